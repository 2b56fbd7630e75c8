"""Health cover: when it opens and on what it rests, what an absence moves, when rights end, what is read out."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from awrash.cnss.records import Complement
from awrash.database.session import db
from awrash.models import AttendanceLine, AttendanceSheet, Participant, PaySlip
from awrash.operations import attendance, declarations, people
from awrash.records.accounts import Role
from awrash.records.dated_figures import Parameter
from awrash.records.steps import step
from awrash.reports import health_cover
from awrash.reports.health_cover import CoverRule
from awrash.rules.rule import RuleError
from awrash.values import months
from awrash.values.states import AccountState, DeclarationState, SlipKind
from tests.conftest import TODAY
from tests.world import AMOUNTS, a_carrier, a_participant, a_world, behind, declare

MAY, JUNE, JULY, AUGUST = (date(2026, month, 1) for month in (5, 6, 7, 8))


def covered_days(until=None, declared=True, **days):
    """The world with these days worked by month, `may=26`, a contract that lasts until a day, and its declarations.

    Each month is declared on its own first day, so that months are easy to count, unless told that none is.
    """
    world = a_world(kept=False)
    if until:
        world.project.months = 6
        world.agreement.ends_on = world.site.closes_on = world.contract.ends_on = until
    world.line.days_worked = days.pop("may", 26)
    db.session.add_all(vars(world).values())
    db.session.flush()
    attendance.lock_attendance(world.sheet, date(2026, 5, 31))
    for name, count in days.items():
        month = {"june": JUNE, "july": JULY}[name]
        sheet = AttendanceSheet(worksite=world.site, month=month)
        with db.session.no_autoflush:
            db.session.add_all([sheet, AttendanceLine(sheet=sheet, contract=world.contract, days_worked=count)])
        db.session.flush()
        attendance.lock_attendance(sheet, months.last_day(month))
    worked = {MAY: world.line.days_worked} | {{"june": JUNE, "july": JULY}[name]: days[name] for name in days}
    for month, count in worked.items() if declared else ():
        if count:
            declare(world, month, count, on=month)
    return world


def figure(name, value):
    row = db.session.scalars(select(Parameter).filter_by(name=name)).one()
    row.value = Decimal(value)
    db.session.flush()


def leave(world, on=date(2026, 7, 31)):
    people.end_contract(world.contract, on, "نهاية العقد")


def test_both_dates_are_told_with_the_declarations_on_which_they_rest(app):
    told = health_cover.cover_of(covered_days(june=26, july=20).person, date(2026, 8, 3))
    assert (told.opens_on, told.rule) == (AUGUST, CoverRule.months)
    assert (told.by_months, told.first_month) == (AUGUST, MAY)
    assert (told.by_days, told.counted, told.days_counted) == (AUGUST, {MAY: 26, JUNE: 26, JULY: 20}, 72)
    assert (told.days_asked, told.days_left, told.absence) == (54, 0, None)


def test_the_three_months_come_first_where_few_days_are_declared(app):
    told = health_cover.cover_of(covered_days(may=10, june=10).person, date(2026, 7, 3))
    assert (told.opens_on, told.rule, told.by_days) == (AUGUST, CoverRule.months, None)
    assert (told.days_counted, told.days_left) == (20, 34)


def test_the_declared_days_come_first_where_fewer_of_them_are_asked(app):
    world = covered_days(june=26)
    figure("cover_after_days", "52")
    told = health_cover.cover_of(world.person, date(2026, 7, 3))
    assert (told.opens_on, told.rule, told.by_months) == (JULY, CoverRule.days, AUGUST)


def test_days_older_than_the_period_do_not_count(app):
    world = covered_days(june=26)
    told = health_cover.cover_of(world.person, date(2026, 11, 23))
    assert told.counted == {JUNE: 26}  # six months up to November: May is out


def test_an_absence_moves_the_date_by_declared_days_and_says_by_how_many(app):
    absence = health_cover.cover_of(covered_days(june=26).person, date(2026, 7, 3)).absence
    assert (absence.month, absence.days_missing) == (JULY, 2)
    assert (absence.by_days_working, absence.by_days_absent) == (AUGUST, None)  # the contract ends in July
    assert absence.opens_working == absence.opens_absent == AUGUST  # the three months are not moved


def test_an_absence_in_a_longer_contract_moves_the_date_by_one_month(app):
    world = covered_days(date(2026, 8, 31), may=26, june=26)
    absence = health_cover.cover_of(world.person, date(2026, 7, 3)).absence
    assert (absence.by_days_working, absence.by_days_absent) == (AUGUST, date(2026, 9, 1))


def test_days_that_a_month_cannot_hold_are_not_asked_of_it(app):
    absence = health_cover.cover_of(covered_days(may=20).person, date(2026, 6, 3)).absence
    assert (absence.month, absence.days_missing) == (JUNE, None)
    assert (absence.by_days_working, absence.by_days_absent) == (AUGUST, None)


def test_somebody_with_nothing_declared_is_promised_no_day(app):
    told = health_cover.cover_of(covered_days(date(2026, 8, 31), may=0).person, date(2026, 6, 3))
    assert (told.opens_on, told.rule, told.first_month, told.declared) == (None, None, None, {})
    assert told.absence is None


def test_somebody_without_a_contract_is_told_without_an_absence(app):
    world = covered_days()
    leave(world, date(2026, 5, 31))
    assert health_cover.cover_of(world.person, date(2026, 6, 3)).absence is None


# ---- what is declared, and what is not


CERTIFICATE = "/admin/issued_paper/issue/?document=cover_certificate&language=fr&of={}"


@pytest.mark.parametrize("state", [None, DeclarationState.to_make, DeclarationState.made, DeclarationState.rejected])
def test_who_was_not_declared_has_no_cover_at_the_counter_on_the_lists_nor_on_paper(app, visit, state):
    world = covered_days(declared=False, june=26, july=26)
    for month in (MAY, JUNE, JULY) if state else ():
        declare(world, month, 26, state=state)
    told = health_cover.cover_of(world.person, date(2026, 8, 20))
    assert said(world, date(2026, 8, 20))["en"] == [NOTHING_DECLARED]
    assert (told.opens_on, told.by_months, told.by_days, told.declared, told.absence) == (None, None, None, {}, None)
    for day in (JULY, AUGUST, date(2026, 9, 1)):
        assert of(health_cover.opening(day)) == {"this_month": [], "next_month": []}
    with pytest.raises(RuleError) as refused:
        people.confirm_cover(world.person, date(2026, 11, 20))
    assert refused.value.code == "health_cover"
    db.session.rollback()
    db.session.add_all(vars(covered_days(declared=False)).values())
    db.session.commit()
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    refused = officer.post(CERTIFICATE.format(db.session.scalars(select(Participant.id)).first()))
    assert refused.status == 422 and refused.says("cover dates follow the first declaration to CNSS")


def test_another_carrier_does_not_declare_for_the_persons_own(app):
    world = covered_days(declared=False)
    declare(world, MAY, 26, carrier=a_carrier("R-9", "J700009"))
    assert health_cover.cover_of(world.person, date(2026, 8, 20)).declared == {}


def test_a_wage_that_was_blocked_was_not_declared(app):
    world = covered_days()
    behind(world.contract.pay_slips[0], blocked_by="bank_account")
    assert world.person.declared_months() == {}


def test_the_three_months_count_from_the_day_of_the_declaration(app):
    world = covered_days(declared=False, june=10)
    declare(world, MAY, 26, on=date(2026, 6, 9))
    declare(world, JUNE, 10, on=date(2026, 7, 6))
    told = health_cover.cover_of(world.person, date(2026, 7, 10))
    assert (told.by_months, told.declared_on, told.first_month) == (date(2026, 9, 9), date(2026, 6, 9), MAY)
    assert {month: line.days for month, line in told.declared.items()} == {MAY: 26, JUNE: 10}


def test_a_declaration_that_is_rejected_counts_again_from_the_day_on_which_it_is_made_anew(app):
    world = covered_days(declared=False)
    declaration = declare(world, MAY, 26, on=date(2026, 6, 9))
    declarations.reject_declaration(declaration, "E12")
    db.session.flush()
    assert world.person.cover_by_months is None
    step(declaration, DeclarationState.made)
    declarations.record_upload(declaration, date(2026, 7, 2))
    db.session.flush()
    assert world.person.cover_by_months == date(2026, 10, 2)


def test_a_complementary_file_adds_its_days_once_it_is_uploaded(app):
    world = covered_days(declared=False)
    declare(world, MAY, 20, on=date(2026, 6, 9))
    later = declare(world, JUNE, 26, on=date(2026, 7, 9))
    with db.session.no_autoflush:
        for kind, days in ((SlipKind.reversal, 20), (SlipKind.correction, 26)):
            slip = PaySlip(run=later.run, contract=world.contract, month=MAY, days=days, kind=kind)
            for name in AMOUNTS:
                setattr(slip, name, Decimal("1.00"))
            db.session.add(slip)
        complement = Complement(run=later.run, carrier=world.carrier, month=MAY, number=1)
        db.session.add(complement)
    db.session.flush()
    assert world.person.declared_months()[MAY].days == 20
    behind(complement, state=DeclarationState.accepted, uploaded_on=date(2026, 7, 20))
    assert world.person.declared_months()[MAY].days == 26
    assert world.person.cover_by_months == date(2026, 9, 9)


# ---- read out


def said(world, today):
    return health_cover.reading(health_cover.cover_of(world.person, today), today)


def plain(sentences):
    return " ".join(sentences).replace("\u2068", "").replace("\u2069", "")


def test_the_day_is_read_out_in_arabic_first_then_in_french_and_english(app):
    told = said(covered_days(june=26), date(2026, 7, 3))
    assert list(told) == ["ar", "fr", "en"]
    assert plain(told["ar"]) == "تفتح تغطيتكم الصحية يوم 1 غشت 2026."
    assert told["fr"] == ["Votre couverture maladie s’ouvre le 1 août 2026."]
    assert told["en"] == ["Your health cover opens on 1 August 2026."]


NOTHING_DECLARED = "Nothing is declared for you to CNSS yet: the day your health cover opens is known after that."
BY_RULE = "By what is declared for you, your health cover is open since 1 August 2026: CNSS confirms it at its counter."
LASTS = "You have left: your rights last until 31 January 2027 at the latest."


@pytest.mark.parametrize(
    "bend, today, sentences",
    [
        (lambda world: None, date(2026, 8, 1), [BY_RULE]),
        (
            lambda world: people.confirm_cover(world.person, date(2026, 8, 4)),
            date(2026, 9, 1),
            ["Your health cover is open since 4 August 2026."],
        ),
        (leave, date(2026, 7, 31), ["Your health cover opens on 1 August 2026.", LASTS]),
        (leave, date(2027, 1, 31), [BY_RULE, LASTS]),
        (leave, date(2027, 2, 1), ["Your rights after leaving ended on 31 January 2027."]),
    ],
)
def test_what_is_read_out_follows_the_state_of_the_cover(app, bend, today, sentences):
    world = covered_days(june=26)
    bend(world)
    assert said(world, today)["en"] == sentences


def test_an_absence_that_moves_the_first_date_is_read_out(app):
    world = covered_days(date(2026, 8, 31), june=26)
    figure("cover_after_months", "6")
    told = health_cover.cover_of(world.person, date(2026, 7, 3))
    assert (told.by_months, told.by_days) == (date(2026, 11, 1), None)
    assert (told.absence.opens_working, told.absence.opens_absent) == (AUGUST, date(2026, 9, 1))
    assert said(world, date(2026, 7, 3))["en"] == [
        "Your health cover opens on 1 August 2026 if you work until then.",
        "Without a declared day in July 2026 it opens on 1 September 2026.",
    ]


def test_nothing_declared_is_read_out_without_a_date_and_no_rights_last_of_it(app):
    world = covered_days(may=0)
    assert said(world, JUNE)["en"] == [
        "Nothing is declared for you to CNSS yet: the day your health cover opens is known after that."
    ]
    leave(world)
    assert said(world, AUGUST)["en"] == ["You left before your health cover could open: no rights last after that."]


# ---- the lists


def of(lines):
    return {name: [(line.participant_id, line.day) for line in found] for name, found in lines.items()}


def test_a_cover_stands_in_the_month_in_which_it_opens(app):
    world = covered_days(june=26)
    number = world.person.id
    assert of(health_cover.opening(date(2026, 6, 30))) == {"this_month": [], "next_month": []}
    assert of(health_cover.opening(JULY)) == {"this_month": [], "next_month": [(number, AUGUST)]}
    assert of(health_cover.opening(date(2026, 8, 31))) == {"this_month": [(number, AUGUST)], "next_month": []}
    assert of(health_cover.opening(date(2026, 9, 1))) == {"this_month": [], "next_month": []}
    people.confirm_cover(world.person, date(2026, 9, 2))
    assert of(health_cover.opening(date(2026, 9, 1))) == {"this_month": [(number, date(2026, 9, 2))], "next_month": []}


def test_rights_end_six_months_after_leaving_and_are_announced_two_months_ahead(app):
    world = covered_days(june=26)
    assert of(health_cover.ending(date(2026, 12, 1))) == {"ending": [], "ended": []}  # the contract runs
    leave(world)
    one = [(world.person.id, date(2027, 1, 31))]
    assert of(health_cover.ending(date(2026, 11, 29))) == {"ending": [], "ended": []}
    assert of(health_cover.ending(date(2026, 11, 29), within=3)) == {"ending": one, "ended": []}
    assert of(health_cover.ending(date(2026, 12, 1))) == {"ending": one, "ended": []}
    assert of(health_cover.ending(date(2027, 2, 1))) == {"ending": [], "ended": one}


def test_who_left_without_a_declared_day_has_no_rights_to_end(app):
    world = covered_days(may=0)
    leave(world)
    assert of(health_cover.ending(date(2027, 1, 1))) == {"ending": [], "ended": []}


def test_who_left_before_the_cover_could_open_has_no_rights_to_end(app):
    world = covered_days(june=26)
    figure("cover_after_months", "10")
    leave(world)
    assert of(health_cover.ending(date(2027, 1, 1))) == {"ending": [], "ended": []}
    assert said(world, date(2026, 12, 1))["en"] == [
        "You left before your health cover could open: no rights last after that."
    ]


def test_the_lists_of_the_demonstration_are_those_of_each_persons_own_dates(prefecture):
    lists = health_cover.opening(TODAY) | health_cover.ending(TODAY, 6)
    opening: dict[str, list[int]] = {"2026-11": [], "2026-12": []}
    ending = []
    for person in db.session.scalars(select(Participant).order_by(Participant.id)):
        day, _rule = health_cover.opening_of(person)
        if day and f"{day:%Y-%m}" in opening:
            opening[f"{day:%Y-%m}"].append(person.id)
        if day and person.cover_ends_on and max(day, TODAY) <= person.cover_ends_on:
            ending.append(person.id)
    assert [line.participant_id for line in lists["this_month"]] == opening["2026-11"]
    assert [line.participant_id for line in lists["next_month"]] == opening["2026-12"] != []
    assert sorted(line.participant_id for line in lists["ending"]) == ending != []


# ---- the screens


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_each_list_of_covers_opens_in_each_language(tour, language):
    visitor = tour(Role.file_officer)
    visitor.post(f"/language/{language}")
    for which, lines in (health_cover.opening(TODAY) | health_cover.ending(TODAY, 6)).items():
        page = visitor.get(f"/admin/cover/?which={which}&within=6")
        assert page.status == 200
        assert f"which={which}" in page.soup.select_one("nav.tabs a[aria-current=page]")["href"]
        assert len(page.soup.select("tbody tr")) == (min(len(lines), 50) or 1)


@pytest.mark.parametrize("address", ["which=all", "within=0", "within=7", "within=x", "page=x"])
def test_a_list_of_covers_that_is_not_there_is_refused(app, visit, address):
    assert visit(Role.auditor).get(f"/admin/cover/?{address}").status == 400


def test_a_page_of_covers_after_the_last_is_not_found(tour):
    visitor, lines = tour(Role.auditor), health_cover.opening(TODAY)["next_month"]
    last = (len(lines) - 1) // 50
    assert visitor.get(f"/admin/cover/?which=next_month&page={last}").status == 200
    assert visitor.get(f"/admin/cover/?which=next_month&page={last + 1}").status == 404


def test_the_covers_go_out_as_a_file(tour, prefecture):
    visitor = tour(Role.auditor)
    text = visitor.client.get("/admin/cover/export/csv/?which=next_month").get_data(as_text=True)
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
    told = health_cover.opening(TODAY)["next_month"]
    assert len(lines) - 1 == len(told) > 50
    assert lines[1][0] == db.session.get(Participant, told[0].participant_id).cnie
    assert (lines[1][5], lines[1][7]) == ("2026-12-08", str(told[0].days))
    assert len(visitor.client.get("/admin/cover/export/xlsx/?which=ending").data) > 2_000
    assert visitor.get("/admin/cover/export/exe/").status == 404


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_the_counter_and_the_persons_page_read_the_line_out_in_arabic_first(app, visit, language):
    world = covered_days(june=26)
    number = world.person.id
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post(f"/language/{language}")
    for address in ("/admin/find/?q=J100001", f"/admin/participant/details/?id={number}"):
        page = visitor.get(address)
        first = page.soup.select_one(".reading p")
        assert (first["lang"], first["dir"]) == ("ar", "rtl") and "1 غشت 2026" in first.get_text()
        others = page.soup.select(".reading details p")
        assert [(other["lang"], other["dir"]) for other in others] == [("fr", "ltr"), ("en", "ltr")]
        assert "1 août 2026" in others[0].get_text() and "1 August 2026" in others[1].get_text()


def test_the_persons_page_lists_the_months_on_which_the_dates_rest_and_what_an_absence_moves(app, visit):
    world = covered_days(date(2026, 8, 31), june=26)
    number = world.person.id
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/participant/details/?id={number}")
    rows = [[cell.get_text() for cell in row.select("td")] for row in page.soup.select("#cover tbody tr")]
    days = ["1 May 2026", "1 June 2026"]
    is_old, counts = "No", "Yes"  # in November May is over six months old
    assert rows == [["May 2026", "26", days[0], is_old], ["June 2026", "26", days[1], counts]]
    told = " ".join(page.soup.select_one("#cover").get_text().split())
    for sentence in (
        "It rests on the declaration of May 2026, made to CNSS on 1 May 2026.",
        "26 of the 54 days asked are declared: 28 are missing.",
        "With 2 more declared days in July 2026 the date by declared days is 1 August 2026.",
        "Without a declared day in July 2026 it becomes 1 September 2026.",
    ):
        assert sentence in told


def test_a_person_without_a_contract_has_neither_wages_nor_cover_on_their_page(app, visit):
    person = a_participant("J200001")
    person.rib, person.account_state = None, AccountState.none
    db.session.add(person)
    db.session.commit()
    page = visit(Role.file_officer).get(f"/admin/participant/details/?id={person.id}")
    assert page.status == 200 and not page.soup.select("section.person")
