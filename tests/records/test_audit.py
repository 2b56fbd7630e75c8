"""The audit tells who was given a role, who signed in, who took a list out, who read a complaint in confidence."""

import re
from datetime import date
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Complaint, Skill, Training, Worksite
from awrash.operations import payroll, people, worksites
from awrash.records import audit
from awrash.records.accounts import AccountRole, Role, User, user_by_email
from awrash.records.attachments import ScanKind
from awrash.records.audit import AuditEvent, AuditLine, SignInFault
from awrash.records.steps import step
from awrash.rules.rule import RuleError
from awrash.screens.audit import kinds
from awrash.values import language
from awrash.values.states import ComplaintState, ParticipantState, WorksiteState
from tests import servers
from tests.conftest import PASSWORD
from tests.doors import TOKEN, Visitor, run
from tests.records.test_attachments import a_png, sent
from tests.world import a_world, with_room

CLIENT = "127.0.0.1"


def lines(*whats: AuditEvent, **about) -> list[AuditLine]:
    db.session.rollback()
    query = select(AuditLine).filter_by(**about).order_by(AuditLine.id)
    return list(db.session.scalars(query.where(AuditLine.what.in_(whats)) if whats else query))


def the_line(*whats: AuditEvent, **about) -> AuditLine:
    matching = lines(*whats, **about)
    assert len(matching) == 1, [(line.what, line.record, line.record_id) for line in matching]
    return matching[0]


def account(role: Role) -> User:
    return user_by_email(f"{role.value}@example.ma")


def role_numbers(*roles: Role) -> list[str]:
    names = [role.value for role in roles]
    return [str(role.id) for role in db.session.scalars(select(AccountRole).where(AccountRole.name.in_(names)))]


def save(visitor: Visitor, user: User, *roles: Role, active: bool = True):
    number, numbers = user.id, role_numbers(*roles)
    visitor.get(f"/admin/user/edit/?id={number}")
    fields = {"full_name": user.full_name, "version": str(user.version), "roles": numbers}
    return visitor.post(f"/admin/user/edit/?id={number}", **fields | ({"active": "y"} if active else {}))


# ---- what is written


def test_a_role_that_is_granted_stands_in_the_audit_before_and_after(app, visit):
    auditor, giver = account(Role.auditor), account(Role.administrator)
    assert save(visit(Role.administrator), auditor, Role.auditor, Role.head_of_unit).status == 302
    line = the_line(AuditEvent.changed, record="user", record_id=auditor.id)
    assert line.changes == {"roles": [["auditor"], ["auditor", "head_of_unit"]]}
    assert (line.actor_id, line.actor) == (giver.id, "administrator")


def test_a_list_stands_in_the_audit_when_its_record_is_made_changed_and_deleted(app):
    world = with_room(a_world())
    some = list(db.session.scalars(select(Skill).order_by(Skill.id).limit(3)))
    world.site.skills = some[:2]
    db.session.flush()
    world.site.skills = some[1:]
    world.site.name_fr = "Nouveau nom"
    db.session.flush()
    made = Worksite(code="W-9", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=1, skills=some[:1])
    made.opens_on, made.closes_on, made.commune = world.site.opens_on, world.site.closes_on, world.site.commune
    db.session.add(made)
    db.session.flush()
    number = made.id
    db.session.delete(made)
    db.session.flush()
    first, second = (sorted(skill.code for skill in part) for part in (some[:2], some[1:]))
    query = select(AuditLine).order_by(AuditLine.id)
    of_site = list(
        db.session.scalars(query.filter_by(record="worksite", record_id=world.site.id, what=AuditEvent.changed))
    )
    assert of_site[0].changes == {"skills": [[], first]}
    assert of_site[1].changes["skills"] == [first, second] and "name_fr" in of_site[1].changes
    of_deleted = list(db.session.scalars(query.filter_by(record="worksite", record_id=number)))
    skills_by_event = [(line.what, (line.changes or {}).get("skills")) for line in of_deleted]
    assert skills_by_event == [(AuditEvent.made, [[], [some[0].code]]), (AuditEvent.deleted, [[some[0].code], []])]


def test_a_person_in_a_list_is_named_with_a_number_and_not_by_a_card(app):
    world = a_world()
    training = Training(worksite=world.site, title="السلامة", held_on=date(2026, 5, 4), hours=3)
    db.session.add(training)
    db.session.flush()
    training.participants.append(world.person)
    db.session.flush()
    line = db.session.scalar(select(AuditLine).filter_by(record="training", what=AuditEvent.changed))
    assert line.changes["participants"] == [[], [f"{world.person} (# {world.person.id})"]]


def test_an_account_that_is_closed_or_opened_again_is_told_so(app, visit):
    auditor, administrator = account(Role.auditor), visit(Role.administrator)
    number = auditor.id
    assert save(administrator, auditor, Role.auditor, active=False).status == 302
    assert save(administrator, account(Role.auditor), Role.auditor).status == 302
    closed, opened = lines(AuditEvent.account_closed, AuditEvent.account_opened, record_id=number)
    assert (closed.what, closed.changes) == (AuditEvent.account_closed, {"active": [True, False]})
    assert (opened.what, opened.actor) == (AuditEvent.account_opened, "administrator")


# ---- passwords and sign-ins


def test_a_password_that_is_changed_is_told_without_its_value(app):
    visitor = Visitor(app)
    visitor.get("/account/login")
    visitor.post("/account/login", email="auditor@example.ma", password=PASSWORD)
    visitor.get("/account/change")
    new = "another long password 2027"
    page = visitor.post("/account/change", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert page.status == 302
    number = account(Role.auditor).id
    line = the_line(AuditEvent.password_changed, record="user", record_id=number)
    assert (line.actor_id, line.actor, line.changes, line.details) == (number, "auditor", None, None)
    assert len(lines(AuditEvent.signed_in, record_id=number)) == 1  # who changes a password doesn't sign in again


def test_a_password_set_by_a_command_says_by_whom_and_for_whom(app, monkeypatch):
    monkeypatch.setenv("AWRASH_PASSWORD", "another long password 2027")
    number = account(Role.auditor).id
    words = ("users", "password", "auditor@example.ma")
    assert run(app, *words, "--as", "administrator@example.ma").exit_code == 0
    assert the_line(AuditEvent.password_changed, record="user", record_id=number).actor == "administrator"
    monkeypatch.setenv("AWRASH_PASSWORD", "yet another long password")
    assert run(app, *words).exit_code == 0
    assert lines(AuditEvent.password_changed, record_id=number)[-1].actor == "command line"
    assert run(app, "users", "password", "nobody@example.ma").exit_code == 1
    assert run(app, *words, "--as", "nobody@example.ma").exit_code == 2
    visitor = Visitor(app)
    visitor.get("/account/login")
    assert visitor.post("/account/login", email="auditor@example.ma", password=PASSWORD).status == 200


def test_a_password_that_is_only_hashed_anew_is_no_change(app):
    user = account(Role.auditor)
    user.password = f"{user.password} hashed anew"
    db.session.flush()
    assert (
        db.session.scalar(select(AuditLine).filter_by(record="user", record_id=user.id, what="password_changed"))
        is None
    )


def test_a_real_server_keeps_who_signed_in_failed_and_signed_out(app):
    number = account(Role.field_officer).id
    db.session.rollback()
    with servers.live_server(app) as address:
        browser = build_opener(HTTPCookieProcessor(CookieJar()))

        def read(path: str, **sent: str) -> str:
            data = urlencode(sent).encode() if sent else None
            return browser.open(address + path, data).read().decode()

        token = TOKEN.search(read("/account/login"))[1]
        typed = {"csrf_token": token, "email": "field_officer@example.ma"}
        read("/account/login", **typed, password="wrong")
        read("/account/login", **typed | {"email": f"{PASSWORD}@x.ma"}, password="x")
        token = TOKEN.search(read("/account/login", **typed, password=PASSWORD))[1]
        read("/account/logout", csrf_token=token)
    sign_ins = lines(AuditEvent.signed_in, AuditEvent.sign_in_failed, AuditEvent.signed_out)
    attempts = [(line.what, line.record_id, line.actor_id, (line.details or {}).get("fault")) for line in sign_ins]
    assert attempts == [
        (AuditEvent.sign_in_failed, number, None, SignInFault.wrong_password),
        (AuditEvent.sign_in_failed, None, None, SignInFault.unknown_account),
        (AuditEvent.signed_in, number, number, None),
        (AuditEvent.signed_out, number, number, None),
    ]
    assert {line.details["address"] for line in sign_ins} == {CLIENT}
    assert not any(PASSWORD in str(line.details) for line in sign_ins)


def test_a_closed_account_that_tries_is_told_so(app, visit):
    save(visit(Role.administrator), account(Role.auditor), Role.auditor, active=False)
    visitor = Visitor(app)
    visitor.get("/account/login")
    assert visitor.post("/account/login", email="auditor@example.ma", password=PASSWORD).status == 200
    line = the_line(AuditEvent.sign_in_failed, record="user", record_id=account(Role.auditor).id)
    assert line.details["fault"] == SignInFault.closed_account


def test_to_look_at_the_sign_in_page_writes_nothing(app):
    before = len(lines())
    Visitor(app).get("/account/login")
    Visitor(app).post("/account/login", email="", password="")
    assert len(lines()) == before


# ---- what goes out


def test_a_list_that_is_exported_says_who_took_which_lines(app, visit):
    world = a_world()
    world.person.state = ParticipantState.eligible
    db.session.commit()
    officer = visit(Role.file_officer)
    officer.post("/language/en")
    for kind in ("csv", "xlsx"):
        page = officer.get(f"/admin/participant/export/{kind}/?flt_state=eligible&q=AGNOUZ&columns=cnie,family_name_fr")
        assert page.status == 200
    first, second = lines(AuditEvent.exported, record="participant")
    assert (first.actor, first.record_id) == ("file_officer", None)
    assert first.details["file"].endswith(".csv") and second.details["file"].endswith(".xlsx")
    assert first.details["filters"] == ["State: Eligible", "Search: AGNOUZ"]
    assert first.details["lines"] == 1 and set(first.details["columns"]) == {"CNIE", "Family name in French"}


@pytest.mark.parametrize(
    ("address", "record"),
    [
        ("/admin/costs/export/csv/?by=carrier", "costs"),
        ("/admin/cover/export/csv/?which=ending", "cover"),
        ("/admin/paid/export/csv/?late=yes", "paid"),
        ("/admin/gates/export/csv/", "gates"),
        ("/admin/payroll_run/transfers/csv/?id={run}", "payroll_run"),
        ("/admin/payroll_run/cnss/?id={run}", "payroll_run"),
    ],
)
def test_every_page_that_gives_a_list_away_says_so(app, visit, address, record):
    a_world()
    numbered = payroll.open_run(date(2026, 5, 1))
    with audit.acting(account(Role.payroll_officer)):
        payroll.calculate_payroll(numbered, account(Role.payroll_officer), language.now())
        db.session.commit()
    assert visit(Role.head_of_unit).get(address.format(run=numbered.id)).status == 200
    line = the_line(AuditEvent.exported)
    assert (line.record, line.actor) == (record, "head_of_unit")
    assert line.record_id == (numbered.id if record == "payroll_run" else None)


def test_a_paper_that_is_printed_or_fetched_again_says_so(office):
    office.head.issue(office.receipt)
    paper = the_line(AuditEvent.made, record="issued_paper")
    assert office.head.get(f"/admin/issued_paper/file/?id={paper.record_id}").status == 200
    assert office.head.get(f"/admin/issued_paper/draft/?{office.treaty}").status == 200
    assert office.head.get(f"/admin/project/dossier/?id={office.project.id}").status == 200
    assert the_line(AuditEvent.fetched).record_id == paper.record_id
    assert [(line.record, line.actor) for line in lines(AuditEvent.printed)] == [
        ("agreement", "head_of_unit"),
        ("project", "head_of_unit"),
    ]


def test_a_command_that_writes_a_list_says_whose_doing_it_is(app, tmp_path, monkeypatch):
    a_world()
    db.session.commit()
    out = tmp_path / "people.csv"
    assert run(app, "export", "participants", "--out", str(out), "--as", "file_officer@example.ma").exit_code == 0
    assert run(app, "export", "carriers", "--out", str(out)).exit_code == 0
    assert run(app, "export", "carriers", "--out", str(out), "--as", "nobody@example.ma").exit_code == 2
    named, unnamed = lines(AuditEvent.exported)
    assert (named.record, named.actor, named.details) == (
        "participant",
        "file_officer",
        {"file": "people.csv", "lines": 1},
    )
    assert (unnamed.record, unnamed.actor, unnamed.actor_id) == ("carrier", "command line", None)


# ---- what is read in confidence


def confide(world) -> int:
    world.complaint.is_confidential, world.complaint.text = True, "شكاية سرية"
    db.session.commit()
    return world.complaint.id


@pytest.mark.parametrize("page", ["details", "edit"])
def test_who_reads_a_confidential_complaint_is_told_and_who_reads_another_is_not(app, visit, page):
    world = a_world()
    number = confide(world)
    officer = visit(Role.complaints_officer)
    assert officer.get(f"/admin/complaint/{page}/?id={number}").status == 200
    line = the_line(AuditEvent.read, record="complaint", record_id=number)
    assert line.actor == "complaints_officer"
    assert officer.get("/admin/complaint/").status == 200
    assert len(lines(AuditEvent.read)) == 1  # the list shows nothing of what it says
    complaint = db.session.get(Complaint, number)
    complaint.is_confidential = False
    db.session.commit()
    assert officer.get(f"/admin/complaint/{page}/?id={number}").status == 200
    assert len(lines(AuditEvent.read)) == 1


@pytest.mark.parametrize("address", ["?columns=number,text", "export/csv/?columns=number,answer"])
def test_a_list_that_shows_what_confidential_complaints_say_is_told_for_each(app, visit, address):
    world = a_world()
    number = confide(world)
    assert visit(Role.complaints_officer).get(f"/admin/complaint/{address}").status == 200
    assert the_line(AuditEvent.read).record_id == number


def test_the_papers_and_scans_of_a_confidential_complaint_are_read_in_confidence(app, visit):
    world = a_world()
    number = confide(world)
    officer = visit(Role.complaints_officer)
    paper = f"document=complaint_receipt&language=ar&of={number}"
    assert officer.get(f"/admin/issued_paper/draft/?{paper}").status == 200
    assert officer.get(f"/admin/issued_paper/issue/?{paper}").status == 200
    assert officer.issue(paper).status == 302
    issued = the_line(AuditEvent.made, record="issued_paper").record_id
    assert officer.get(f"/admin/issued_paper/file/?id={issued}").status == 200
    sent(officer, f"/admin/complaint/attach/?id={number}", a_png(), kind=ScanKind.other.value)
    scan = the_line(AuditEvent.made, record="attachment").record_id
    assert officer.get(f"/admin/complaint/attached/?id={number}&scan={scan}").status == 200
    assert [line.record_id for line in lines(AuditEvent.read)] == [number] * 4


def test_the_whole_file_of_a_person_tells_which_complaints_it_holds(app, visit):
    world = a_world()
    world.complaint.participant = world.person
    number = confide(world)
    address = f"/admin/participant/dossier/?id={world.person.id}"
    assert visit(Role.file_officer).get(address).status == 200
    assert lines(AuditEvent.read) == []  # what that role may not open is not in its file
    assert visit(Role.head_of_unit).get(address).status == 200
    assert the_line(AuditEvent.read).record_id == number


def test_who_reads_in_the_audit_what_a_complaint_said_is_told_as_well(app, visit):
    world = a_world()
    number = confide(world)
    line = lines(AuditEvent.changed, record="complaint", record_id=number)[-1]
    head, auditor = visit(Role.head_of_unit), visit(Role.auditor)
    for reader in (head, auditor):
        for filters in ("", f"?flt_record=complaint&flt_what=changed&flt_record_id_from={number}"):
            page = reader.get(f"/admin/audit_line/{filters}")
            assert page.soup.select("tbody tr[data-id]") and not page.says("شكاية سرية")
    assert not auditor.get(f"/admin/audit_line/details/?id={line.id}").says("شكاية سرية")
    assert lines(AuditEvent.read) == []
    assert head.get(f"/admin/audit_line/details/?id={line.id}").says("شكاية سرية")
    assert the_line(AuditEvent.read).actor == "head_of_unit"


# ---- the screen


def test_the_audit_reads_in_words_in_every_language(app, visit):
    world = a_world()
    confide(world)
    administrator = visit(Role.administrator)
    administrator.post("/language/en")
    save(administrator, account(Role.auditor), Role.auditor, Role.head_of_unit)
    administrator.get("/admin/participant/export/csv/?flt_state=assigned")
    page = administrator.get("/admin/audit_line/")
    details = [row.select("td")[5].get_text() for row in page.soup.select("tbody tr")]
    assert "Roles: Auditor → Auditor, Head of unit" in details
    assert any("Which lines: State: Assigned" in cell for cell in details)
    assert administrator.get("/admin/audit_line/?flt_what=exported&flt_record=participant").says("Participants")
    assert administrator.get("/admin/audit_line/?flt_what=flown").status == 400
    for code in ("ar", "fr", "en"):
        administrator.post(f"/language/{code}")
        page = administrator.get("/admin/audit_line/")
        cells = [row.select("td")[at].get_text(" ") for row in page.soup.select("tbody tr") for at in (2, 3, 5)]
        assert cells and not [cell for cell in cells if re.search(r"\b[a-z]+_[a-z_]+\b", cell)], code


@pytest.mark.parametrize("code", ["ar", "fr", "en"])
def test_every_kind_of_record_has_a_name_of_its_own_in_the_audit(app, code):
    with app.test_request_context("/"), force_locale(code):
        names = [label for name, label in kinds() if label != name]
    assert len(set(names)) == len(names) == len(kinds())


def test_who_may_not_read_the_audit_may_not_read_its_new_lines(app, visit):
    assert visit(Role.payroll_officer).get("/admin/audit_line/?flt_what=signed_in").status == 403


def test_the_page_of_a_record_tells_what_was_done_to_it_and_not_who_read_it(app, visit):
    world = a_world()
    number = confide(world)
    officer = visit(Role.complaints_officer)
    officer.post("/language/en")
    officer.get(f"/admin/complaint/details/?id={number}")
    history = officer.get(f"/admin/complaint/details/?id={number}").soup.select_one(".history").get_text(" ")
    assert "Recorded" in history and "Confidential" not in history
    assert ComplaintState.received in set(ComplaintState)


def reasons_of(record) -> list[tuple[str, str | None]]:
    """What was done to a record and the reason that each line keeps, the latest first."""
    lines = audit.history_of(record)
    return [(line.to_state if line.what == AuditEvent.step else line.what.value, line.why) for line in lines]


def test_the_reason_of_a_step_is_not_that_of_the_change_after_it(app):
    world = a_world()
    worksites.suspend_worksite(world.site, "فيضان")
    world.site.name_fr = "Chantier de la vallée"
    db.session.flush()
    worksites.open_worksite(world.site)
    assert reasons_of(world.site)[:3] == [("open", None), ("changed", None), ("suspended", "فيضان")]


def test_the_reason_of_a_correction_is_not_that_of_the_change_after_it(app):
    world = a_world()
    people.correct_cnie(world.person, "J100009", "خطأ في القراءة")
    world.person.address = "إنزكان"
    db.session.flush()
    assert [why for _, why in reasons_of(world.person)][:2] == [None, "خطأ في القراءة"]


def test_the_reason_of_a_step_that_was_refused_is_not_that_of_the_change_after_it(app):
    world = a_world()
    with pytest.raises(RuleError), db.session.begin_nested():
        step(world.site, WorksiteState.planned, why="فيضان")
    world.site.name_fr = "Chantier de la vallée"
    db.session.flush()
    assert reasons_of(world.site)[0] == ("changed", None)
