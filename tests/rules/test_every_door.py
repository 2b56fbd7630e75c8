"""The same refusal, word for word, through the form, the bulk action, the import and the terminal.

A rule about what is written goes through form, import screen and `flask import`; a rule about a step through
the bulk action and `flask do`; a carrier that has benefited meets its rule in the form as well.
"""

import io
from datetime import date

import pytest
from sqlalchemy import func, select, update

from awrash.database.session import db
from awrash.models import Agreement, CommitteeSession, Commune, Contract, Participant, Project, SessionAttendance
from awrash.operations import agreements, selection
from awrash.records.accounts import Role
from awrash.records.issued_papers import IssuedPaper
from awrash.rules.rule import RuleError
from awrash.values.states import AccountState, AgreementState, ContractState, ProjectState
from tests.doors import Visitor, run
from tests.world import REASON, a_carrier, a_contract, a_participant, a_project, a_world

HEAD = ("--as", "head_of_unit@example.ma")
PERSON = {
    "cnie": "J200001", "family_name_ar": "أكنوز", "given_name_ar": "أمينة", "family_name_fr": "AGNOUZ",
    "given_name_fr": "AMINA", "born_on": "1990-01-31", "sex": "F", "commune": "إنزكان", "phone": "0612345678",
    "cnss_number": "", "rib": "",
}  # fmt: skip
WORK = {
    "number": "K-9", "participant.cnie": "J100002", "worksite.code": "W-1", "job": "عاملة",
    "starts_on": "2026-05-01", "ends_on": "2026-07-31", "monthly_wage": "3422,72",
}  # fmt: skip


def bring(app, visitor: Visitor, kind: str, cells: dict[str, str], tmp_path) -> list[str]:
    """What the import screen and `flask import` say of one line."""
    content = "\r\n".join([";".join(cells), ";".join(cells.values())]).encode()
    screen = visitor.post("/admin/import/", kind=kind, file=(io.BytesIO(content), "x.csv"))
    assert screen.status == 422
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    command = run(app, "import", kind, str(path), "--as", "file_officer@example.ma")
    assert command.exit_code == 1
    on_screen = [row.select("td")[2].get_text() for row in screen.soup.select("tbody tr")]
    return [*on_screen, *(line.split(":", 3)[3] for line in command.stderr.strip().splitlines())]


@pytest.mark.parametrize(
    "field, value, sentence",
    [
        ("cnie", "123", "123 is not a CNIE number: write one or two letters and up to six digits, as on the card."),
        ("cnie", "J100001", "CNIE J100001 is already recorded for AMINA AGNOUZ."),
        ("cnss_number", "12A", "12A is not a CNSS number: write its nine digits."),
        ("rib", "350", "350 is not a RIB: write its twenty-four digits and read the last two again."),
        ("given_name_fr", "أمينة", "أمينة is not a name in Latin letters: write it as on the card."),
        ("family_name_ar", "", "Family name in Arabic is missing: fill it in."),
        ("born_on", "2010-01-31", "AMINA AGNOUZ, born on 31 January 2010, is not of age on 31 December 2026."),
    ],
)
def test_what_a_form_refuses_the_import_and_the_terminal_refuse(app, visit, tmp_path, field, value, sentence):
    a_world()
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    typed = {**PERSON, field: value, "commune": db.session.scalar(select(Commune.id))}
    page = visitor.post("/admin/participant/new/", **typed)
    assert page.status == 422
    assert page.says(sentence)
    if (field, value) != ("cnie", "J100001"):  # in a file the same number is the same person, brought up to date
        assert bring(app, visitor, "participants", {**PERSON, field: value}, tmp_path) == [sentence, sentence]
    assert db.session.scalar(select(func.count(Participant.id))) == 1


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"monthly_wage": "3422,71"}, "3,422.71 is below the minimum wage: at least 3,422.72 dirhams a month."),
        (
            {"ends_on": "2026-08-01"},
            "The contract runs from 1 May 2026 to 1 August 2026, outside the worksite: 1 May 2026 to 31 July 2026.",
        ),
        (
            {"participant.cnie": "J100001"},
            "AMINA AGNOUZ already has contract K-1 from 1 May 2026 to 31 July 2026.",
        ),
    ],
)
def test_a_contract_refused_by_its_form_is_refused_by_every_door(app, visit, tmp_path, changed, sentence):
    world = a_world()
    second = a_participant("J100002")
    second.rib, second.account_state = None, AccountState.none
    db.session.add(second)
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    cells = WORK | changed
    typed = {name.split(".")[0]: value for name, value in cells.items()} | {"worksite": str(world.site.id)}
    page = visitor.post("/admin/contract/new/", **typed)
    assert page.status == 422
    assert page.says(sentence)
    assert bring(app, visitor, "contracts", cells, tmp_path) == [sentence, sentence]
    assert db.session.scalar(select(func.count(Contract.id))) == 1


OF_A_SINGLE_FIELD = ("rib", "cnss_number", "phone", "given_name_fr", "given_name_ar")


@pytest.mark.parametrize(
    "kind, field, value, kept, sentence",
    [
        (
            "participants",
            "rib",
            "350",
            "350",
            "350 is not a RIB: write its twenty-four digits and read the last two again.",
        ),
        ("participants", "cnss_number", "12A", "12A", "12A is not a CNSS number: write its nine digits."),
        (
            *("participants", "phone", "0412345678", "+212412345678"),
            "+212412345678 is not a Moroccan phone number: write ten digits that begin with 05, 06, 07 or 08.",
        ),
        (
            *("participants", "given_name_fr", "أمينة", "أمينة"),
            "أمينة is not a name in Latin letters: write it as on the card.",
        ),
        ("participants", "given_name_ar", "<b>", "<b>", "<b> is not a name: write letters only, as on the card."),
        ("participants", "family_name_fr", "", "", "Family name in French is missing: fill it in."),
        (
            *("participants", "born_on", "2010-01-31", date(2010, 1, 31)),
            "AMINA AGNOUZ, born on 31 January 2010, is not of age on 31 December 2026.",
        ),
        (
            *("contracts", "ends_on", "2026-08-01", date(2026, 8, 1)),
            "The contract runs from 1 May 2026 to 1 August 2026, outside the worksite: 1 May 2026 to 31 July 2026.",
        ),
        (
            *("contracts", "ends_on", "2026-04-30", date(2026, 4, 30)),
            "The last day, 30 April 2026, comes before the first, 1 May 2026.",
        ),
        (
            *("contracts", "ends_on", "2027-06-01", date(2027, 6, 1)),
            "14 months is too long: a contract lasts at most 12.",
        ),
        (
            *("contracts", "participant.cnie", "J100001", 1),
            "AMINA AGNOUZ already has contract K-1 from 1 May 2026 to 31 July 2026.",
        ),
    ],
)
def test_the_form_the_import_the_bulk_action_and_the_terminal_refuse_in_the_same_words(
    app, visit, tmp_path, kind, field, value, kept, sentence
):
    """A record damaged behind the rules' back, as an older system would hand it over, is refused by each step too.

    A single field that stands is not judged again: the step is taken, and `flask check` lists the field.
    """
    world = a_world()
    second = a_participant("J100002")
    second.rib, second.account_state = None, AccountState.none
    contract = a_contract(second, world.site, "K-9")
    contract.state, contract.job = ContractState.prepared, WORK["job"]
    db.session.add(contract)
    db.session.commit()
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    record, name, verb, key = {
        "participants": (second, "participant", "request_number", "J100002"),
        "contracts": (contract, "contract", "sign", "K-9"),
    }[kind]
    cells = (PERSON | {"cnie": "J100002"} if kind == "participants" else WORK) | {field: value}
    assert bring(app, visitor, kind, cells, tmp_path).count(sentence) == 2
    typed = {column.split(".")[0]: cell for column, cell in cells.items()}
    typed |= {"commune": str(second.commune_id), "worksite": str(world.site.id)}
    form = visitor.post(f"/admin/{name}/edit/?id={record.id}", version=str(record.version), **typed)
    assert form.status == 422
    assert form.says(sentence), form.flashes
    column = {"participant.cnie": "participant_id"}.get(field, field)
    damage = (
        update(type(record))
        .where(type(record).id == record.id)
        .values({column: world.person.id if kept == 1 else kept})
    )
    db.session.execute(damage, execution_options={"vouched_by": "a test that needs a fault"})
    db.session.commit()
    if field in OF_A_SINGLE_FIELD:
        assert "Done for one record." in visitor.act(name, verb, [record.id]).flashes
        command = run(app, "check")
    else:
        assert visitor.act(name, verb, [record.id]).flashes.count(sentence) == 1
        command = run(app, "do", name, verb, key)
    assert command.exit_code == 1
    assert sentence in command.stderr


def scored(reference: str, **fields) -> int:
    """A scored project that waits for the committee."""
    world = db.session.info["world"]
    with db.session.no_autoflush:
        project = a_project(world.call, fields.pop("carrier", None) or a_carrier("R-2", officer="J700002"), reference)
        project.state = ProjectState.scored
        for name, value in fields.items():
            setattr(project, name, value)
        db.session.add(project)
    session = CommitteeSession(held_on=world.session.held_on.replace(day=12), chair="الكاتب العام")
    session.attendance = [SessionAttendance(member="ممثلة أنابيك")]
    db.session.add(session)
    db.session.commit()
    return project.id


@pytest.mark.parametrize(
    "bend, sentence",
    [
        (lambda world: {"carrier": world.carrier}, "Association R-1 has already benefited: agreement 1-أ ع م-2026."),
        (
            lambda world: {"places": 11},
            "2026-0002 · Projet asks for 33 person-months; 30 are left of 60.",
        ),
    ],
)
def test_what_a_bulk_approval_refuses_the_terminal_refuses(app, visit, bend, sentence):
    db.session.info["world"] = world = a_world()
    number = scored("2026-0002", **bend(world))
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    session = db.session.scalar(select(CommitteeSession.id).order_by(CommitteeSession.id.desc()))
    page = visitor.act("project", "approve", [number], session=str(session), reason=REASON)
    assert page.says(sentence)
    command = run(
        app,
        "do",
        "project",
        "approve",
        "2026-0002",
        "--session",
        "2026-04-12",
        "--reason",
        REASON,
        "--as",
        "head_of_unit@example.ma",
    )
    assert command.exit_code == 1
    assert sentence in command.stderr
    assert db.session.get(Project, number).state == ProjectState.scored


def test_a_carrier_that_has_benefited_is_refused_by_the_form_of_an_agreement_too(app, visit):
    db.session.info["world"] = world = a_world()
    number = scored("2026-0002", carrier=world.carrier)
    visitor = visit(Role.file_officer)
    visitor.post("/language/en")
    page = visitor.post(
        "/admin/agreement/new/",
        project=str(number),
        carrier=str(db.session.get(Project, number).carrier_id),
        starts_on="2026-05-01",
        ends_on="2026-07-31",
        value="100000,10",
        management_fee="5000,01",
    )
    assert page.status == 422
    assert page.says("Association R-1 has already benefited: agreement 1-أ ع م-2026.")
    assert page.soup.select_one("input[name=value]")["value"] == "100000,10"
    assert db.session.scalar(select(func.count(Agreement.id))) == 1


def drafted(visit):
    """An agreement that nobody has signed, and the head of unit before the screens, in English."""
    db.session.info["world"] = world = a_world()
    number = scored("2026-0002", places=3)
    selection.approve_project(db.session.get(Project, number), world.session, REASON)
    agreement = agreements.prepare_agreement(db.session.get(Project, number), date(2026, 5, 1))
    db.session.commit()
    head = visit(Role.head_of_unit)
    head.post("/language/en")
    return agreement, head


def test_what_one_party_signed_is_not_rewritten_before_the_other_signs(app, visit):
    agreement, head = drafted(visit)
    form = {name: str(getattr(agreement, name)) for name in ("project_id", "carrier_id", "value", "management_fee")}
    form = {name.removesuffix("_id"): value for name, value in form.items()}
    form |= {"starts_on": "01/05/2026", "ends_on": f"{agreement.ends_on:%d/%m/%Y}", "service": "مديرية الفلاحة"}
    for place, instalment in enumerate(agreement.instalments):
        due_on = f"{instalment.due_on:%d/%m/%Y}"
        line = {"line_id": str(instalment.id), "due_on": due_on, "amount": str(instalment.amount)}
        form |= {f"instalments-{place}-{name}": value for name, value in line.items()}
    address = f"/admin/agreement/edit/?id={agreement.id}"
    saved = head.post(address, version=str(agreement.version), **form)
    assert saved.status == 302, saved.flashes
    head.act("agreement", "sign_carrier", [agreement.id])
    db.session.refresh(agreement)
    form["service"] = ""
    refused = head.post(address, version=str(agreement.version), **form)
    assert refused.status == 422
    assert "A party has signed the agreement of Association R-2, which cannot change" in refused.flashes
    head.act("agreement", "sign_council", [agreement.id])
    head.act("agreement", "sign_service", [agreement.id])
    db.session.refresh(agreement)
    assert (agreement.state, agreement.number) == (AgreementState.signed, "2-أ ع م-2026")


@pytest.mark.parametrize("door", ["screen", "terminal"])
def test_an_agreement_is_printed_under_its_number_then_signed_and_stays_the_same_paper(app, visit, door):
    agreement, head = drafted(visit)
    paper = f"document=agreement&language=ar&of={agreement.id}"
    assert "give it its number, then print it to be signed" in head.issue(paper).flashes
    if door == "screen":
        head.act("agreement", "number", [agreement.id])
    else:
        assert run(app, "do", "agreement", "number", f"#{agreement.id}").exit_code == 0
    assert head.issue(paper).status == 302
    for party in ("council", "carrier"):
        head.act("agreement", f"sign_{party}", [agreement.id])
    head.issue(paper)
    db.session.refresh(agreement)
    (issued,) = db.session.scalars(select(IssuedPaper))
    assert (issued.number, agreement.number, agreement.state) == ("2-أ ع م-2026", issued.number, "signed")
    card = head.get(f"/admin/agreement/details/?id={agreement.id}")
    assert not card.soup.select("button[value=number]")


PARTIES = {
    "commune": (
        ("tripartite", True),
        "The commune is no party to the agreement of Association R-2: tick “The commune signs too” before",
        "Signed by the commune on 23 November 2026",
    ),
    "service": (
        ("service", "المديرية الإقليمية للفلاحة"),
        "No external service is a party to the agreement of Association R-2: write which one it is before",
        "Signed by the external service on 23 November 2026",
    ),
}


@pytest.mark.parametrize("party", PARTIES)
def test_an_agreement_waits_for_the_commune_or_the_service_that_is_a_party(app, visit, party):
    (field, value), refusal, signed = PARTIES[party]
    agreement, head = drafted(visit)
    assert head.act("agreement", f"sign_{party}", [agreement.id]).says(refusal)
    command = run(app, "do", "agreement", f"sign_{party}", f"#{agreement.id}")
    assert command.exit_code == 1 and refusal in command.stderr
    setattr(agreement, field, value)
    db.session.commit()
    head.act("agreement", "sign_council", [agreement.id], on="20/11/2026")
    run(app, "do", "agreement", "sign_carrier", f"#{agreement.id}", "--on", "2026-11-21")
    db.session.refresh(agreement)
    assert agreement.state == AgreementState.drafted
    head.act("agreement", f"sign_{party}", [agreement.id])
    db.session.refresh(agreement)
    assert agreement.state == AgreementState.signed
    card = head.get(f"/admin/agreement/details/?id={agreement.id}")
    for sentence in ("Signed by the council on 20 November 2026", "Signed by the carrier on 21 November 2026", signed):
        assert card.says(sentence)
    assert agreement.number == "2-أ ع م-2026"


def test_an_agreement_offers_the_signature_of_its_parties_until_each_has_signed(app, visit):
    agreement, head = drafted(visit)

    def offered():
        pages = (f"/admin/agreement/details/?id={agreement.id}", "/admin/agreement/?flt_state=drafted")
        buttons = (head.get(page).soup.select("button[name=action][value^=sign_]") for page in pages)
        on_card, in_list = ({button["value"].removeprefix("sign_") for button in shown} for shown in buttons)
        assert on_card == in_list
        return on_card

    assert offered() == {"council", "carrier"}
    agreement.tripartite, agreement.service = True, "المديرية الإقليمية للفلاحة"
    db.session.commit()
    assert offered() == {"council", "carrier", "commune", "service"}
    for party in ("carrier", "commune"):
        head.act("agreement", f"sign_{party}", [agreement.id])
    assert offered() == {"council", "service"}


@pytest.mark.parametrize("party", ["council", "carrier"])
def test_a_party_signs_once_and_a_terminated_agreement_is_signed_by_nobody(app, visit, party):
    agreement, head = drafted(visit)
    head.act("agreement", f"sign_{party}", [agreement.id], on="20/11/2026")
    again = (
        "The agreement of Association R-2 bears this signature, of 20 November 2026: if the day is wrong, terminate it"
    )
    assert head.act("agreement", f"sign_{party}", [agreement.id], on="21/11/2026").says(again)
    command = run(app, "do", "agreement", f"sign_{party}", f"#{agreement.id}", "--on", "2026-11-21")
    assert command.exit_code == 1 and again in command.stderr
    head.act("agreement", "terminate", [agreement.id], reason="تراجع الهيئة")
    number = agreement.number
    other = {"council": "carrier", "carrier": "council"}[party]
    over = "The agreement of Association R-2 is “Terminated”: only a drafted one is signed."
    assert head.act("agreement", f"sign_{other}", [agreement.id]).says(over)
    command = run(app, "do", "agreement", f"sign_{other}", f"#{agreement.id}")
    assert command.exit_code == 1 and over in command.stderr
    db.session.refresh(agreement)
    days = [str(day) for day in (agreement.council_signed_on, agreement.carrier_signed_on) if day]
    assert days == ["2026-11-20"] and agreement.number == number


def test_a_day_of_signature_stays_though_it_was_not_read_before_another_is_written(app, visit):
    agreement, _head = drafted(visit)
    agreements.sign_for_carrier(agreement, date(2026, 11, 20))
    db.session.commit()  # which forgets what was read
    with pytest.raises(RuleError) as refusal:
        agreements.sign_for_carrier(agreement, date(2026, 11, 21))
    assert refusal.value.code == "signed_once"


def test_an_agreement_that_the_commune_signed_as_no_party_goes_on(app):
    agreement = a_world().agreement
    before = update(Agreement).values(commune_signed_on=date(2026, 4, 21))
    db.session.execute(before, execution_options={"vouched_by": "an agreement signed before the rule"})
    db.session.commit()
    agreements.terminate_agreement(agreement, date(2026, 6, 1), "تراجع الهيئة")
    assert agreement.state == AgreementState.terminated and agreement.is_signed


def test_one_refusal_in_a_bulk_action_stops_nobody_else(app, visit):
    db.session.info["world"] = a_world()
    good = scored("2026-0002", places=3)
    bad = scored("2026-0003", places=30, carrier=a_carrier("R-3", officer="J700003"))
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    session = db.session.scalar(select(CommitteeSession.id))
    page = visitor.act("project", "approve", [bad, good], session=str(session), reason=REASON)
    assert page.says("Done for one record.")
    assert page.says("2026-0003 · Projet asks for 90 person-months; 21 are left of 60.")
    states = dict(db.session.execute(select(Project.id, Project.state)).all())
    assert (states[good], states[bad]) == (ProjectState.approved, ProjectState.scored)


def test_all_rows_that_match_the_filter_are_chosen_as_well_as_ticked_ones(app, visit):
    db.session.info["world"] = a_world()
    scored("2026-0002", places=3)
    scored("2026-0003", places=3, carrier=a_carrier("R-3", officer="J700003"))
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    address = "/admin/project/action/?flt_state=scored"
    assert visitor.post(address, action="approve", everything="1").says("This will touch 2 records:")
    session = str(db.session.scalar(select(CommitteeSession.id)))
    page = visitor.post(address, action="approve", everything="1", confirmed="1", session=session, reason=REASON)
    assert page.says("Done for 2 records.")


@pytest.mark.parametrize("verb, outcome", [("approve", "Approved"), ("defer", "Deferred"), ("refuse", "Refused")])
def test_a_decision_of_the_committee_is_not_recorded_without_its_reason(app, visit, verb, outcome):
    db.session.info["world"] = a_world()
    number = scored("2026-0002", carrier=a_carrier("R-2", officer="J700002"))
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    session = str(db.session.scalar(select(CommitteeSession.id)))
    page = visitor.act("project", verb, [number], session=session, reason="  ")
    assert page.status == 422
    assert page.says("Reason is missing: fill it in.")
    command = run(app, "do", "project", verb, "2026-0002", "--session", "2026-04-12", *HEAD)
    assert f"Write the reason: 2026-0002 · Projet is {outcome}." in command.stderr
    done = visitor.act("project", verb, [number], session=session, reason=REASON)
    assert done.says("Done for one record.")
    assert visitor.get(f"/admin/project/details/?id={number}").says(REASON)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(app, visit):
    world = a_world()
    db.session.commit()
    officer_screen, head_screen = visit(Role.file_officer), visit(Role.head_of_unit)
    officer_screen.post("/language/en")
    address = f"/admin/carrier/edit/?id={world.carrier.id}"
    form = officer_screen.get(address).soup
    typed = {"kind": "association", "name_ar": "جمعية", "name_fr": "Association", "registration_number": "R-1"}
    version, line = form.select_one("input[name=version]")["value"], str(world.carrier.officers[0].id)
    officer = {"line_id": line, "role": "president", "name_ar": "ر", "name_fr": "P"}
    typed |= {"version": version} | {f"officers-0-{name}": value for name, value in officer.items()}
    assert head_screen.post(address, **typed | {"name_fr": "Autre"}).status == 302
    page = officer_screen.post(address, **typed)
    assert page.status == 409
    assert page.says("was changed by somebody else meanwhile: read it again, then save.")
    assert page.soup.select_one("input[name=name_fr]")["value"] == "Association"
