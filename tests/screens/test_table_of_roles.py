"""Who may see, record, change and delete each record, attach its scans and do each of its verbs: a table by hand.

It is typed, not read out of the views: whoever gives a role something more gives it here too, on purpose. A letter
is a role, as in `ROLES`; "-" is nobody.
"""

import io
from types import SimpleNamespace

import pytest
from flask_login import login_user

from awrash.database.session import db
from awrash.models import Complaint
from awrash.papers.catalogue import PAPERS
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import SCANS_OF
from awrash.records.background_work import Work
from awrash.screens.base import view_named
from awrash.screens.papers import may_issue
from tests.conftest import PASSWORD
from tests.doors import Visitor
from tests.rule_cases_of_papers import AT, issued
from tests.world import a_world, behind

ROLES = {
    "A": Role.administrator,
    "H": Role.head_of_unit,
    "F": Role.file_officer,
    "D": Role.field_officer,
    "P": Role.payroll_officer,
    "C": Role.complaints_officer,
    "R": Role.auditor,
}
ALL = "AHFDPCR"

# record: who sees it, records a new one, changes one, deletes one, attaches a scan to one ("" takes no scans)
RECORDS = {
    "information_meeting": (ALL, "AH", "AH", "AH", ""),
    "call": (ALL, "AH", "AH", "AH", ""),
    "carrier": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "project": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "committee_session": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "agreement": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "instalment": (ALL, "-", "-", "-", "AHF"),
    "worksite": (ALL, "AHD", "AHD", "AHD", "AHD"),
    "visit": (ALL, "AHD", "AHD", "AHD", "AHD"),
    "training": (ALL, "AHD", "AHD", "AHD", "AHD"),
    "participant": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "contract": (ALL, "AHF", "AHF", "AHF", "AHF"),
    "certificate": (ALL, "-", "-", "-", ""),
    "follow_up": (ALL, "-", "-", "-", ""),
    "attendance_sheet": (ALL, "AHD", "AHD", "AHD", "AHD"),
    "attendance_correction": (ALL, "-", "-", "-", ""),
    "payroll_run": (ALL, "AHP", "-", "-", "AHP"),
    "pay_slip": (ALL, "-", "-", "-", ""),
    "payroll_change": (ALL, "-", "-", "-", ""),
    "declaration": (ALL, "-", "-", "-", "AHP"),
    "complement": (ALL, "-", "-", "-", "AHP"),
    "payment": (ALL, "-", "-", "-", ""),
    "complaint": ("AHCR", "HC", "HC", "HC", "HC"),
    "edition": (ALL, "AH", "AH", "AH", ""),
    "parameter": (ALL, "AH", "AH", "AH", ""),
    "tax_bracket": (ALL, "AH", "AH", "AH", ""),
    "letterhead": (ALL, "AH", "AH", "AH", "AH"),
    "signatory": (ALL, "AH", "AH", "AH", ""),
    "wording": (ALL, "AH", "AH", "AH", ""),
    "issued_paper": (ALL, "-", "-", "-", ""),
    "work": (ALL, "-", "-", "-", ""),
    "holiday": (ALL, "AH", "AH", "AH", ""),
    "commune": (ALL, "AH", "AH", "AH", ""),
    "theme": (ALL, "AH", "AH", "AH", ""),
    "skill": (ALL, "AH", "AH", "AH", ""),
    "user": ("A", "-", "A", "A", ""),
    "audit_line": ("AHR", "-", "-", "-", ""),
}
VERBS = {
    "edition": {"open": "AH", "close": "AH"},
    "call": {"publish": "AH", "publish_version": "AH", "open": "AH", "close": "AH"},
    "carrier": {"complete": "AHF", "admit": "AHF"},
    "project": {
        "deposit": "AHF",
        "receive": "AHF",
        "complete": "AHF",
        "reopen": "AHF",
        "score": "AHF",
        "approve": "AH",
        "defer": "AH",
        "refuse": "AH",
        "prepare": "AHF",
    },
    "committee_session": {"hold": "AHF", "close": "AHF"},
    "agreement": {
        "number": "AHF",
        "sign_council": "AH",
        "sign_carrier": "AHF",
        "sign_commune": "AHF",
        "sign_service": "AHF",
        "terminate": "AH",
    },
    "instalment": {"approve": "AH", "pay": "AHF", "take_back": "AH", "came_back": "AH"},
    "worksite": {"open": "AHD", "suspend": "AHD", "complete": "AHD", "open_sheet": "AHD"},
    "participant": {
        "request_number": "AHF",
        "record_number": "AHF",
        "verify_account": "AHF",
        "confirm_cover": "AHF",
        "correct_cnie": "AH",
    },
    "contract": {
        "sign": "AHF",
        "take_back": "AHF",
        "change_wage": "AHF",
        "approve_anapec": "AHF",
        "start": "AHD",
        "end": "AHF",
        "issue_certificate": "AHF",
    },
    "attendance_sheet": {"fill": "AHD", "verify": "AHD", "lock": "AHD"},
    "payroll_run": {"calculate": "AHP", "approve": "AHP", "take_back": "AHP", "freeze": "AHP"},
    "pay_slip": {"reverse": "AHP"},
    "declaration": {"make": "AHP", "upload": "AHP", "accept": "AHP", "reject": "AHP"},
    "complement": {"make": "AHP", "upload": "AHP", "accept": "AHP", "reject": "AHP"},
    "payment": {"send": "AHP", "paid": "AHP", "reject": "AHP", "reissue": "AHP"},
    "certificate": {"replace": "AHF", "revoke": "AH"},
    "complaint": {"study": "HC", "answer": "HC", "reopen": "HC", "close": "HC"},
    "follow_up": {"done": "AH"},
    "wording": {"use": "AH", "copy": "AH"},
}
# the pages that are of no one record, and what they write beside the forms: who opens them
PAGES = {
    "/admin/": ALL,
    "/admin/find/": ALL,
    "/admin/paid/": ALL,
    "/admin/gates/": ALL,
    "/admin/cover/": ALL,
    "/admin/report/": ALL,
    "/admin/costs/": "AHFPR",
    "/admin/check/": "AHPR",
    "/admin/returns/": "AHP",
    "/admin/import/": "AHFD",
}
WRITTEN_AT = {
    "/admin/attendance_sheet/fill/?id=0": "AHD",
    "/admin/attendance_correction/of/?id=0": "AHDP",
    "/admin/declaration/prefilled/?id=0": "AHP",
    "/admin/complement/open/": "AHP",
    "/admin/returns/decide/": "AHP",
}
IMPORTS = {"carriers": "AHF", "participants": "AHF", "contracts": "AHF", "attendance": "AHD"}
ISSUES = {  # paper: who issues it; who opens its record may look at it
    "call_specifications": "AH",
    "deposit_receipt": "AHF",
    "completeness_letter": "AHF",
    "scoring_sheet": "AHF",
    "convocation": "AHF",
    "agenda": "AHF",
    "minutes": "AHF",
    "approval_letter": "AHF",
    "deferral_letter": "AHF",
    "refusal_letter": "AHF",
    "agreement": "AHF",
    "opening_report": "AHD",
    "material_receipt": "AHD",
    "visit_report": "AHD",
    "closing_report": "AHF",
    "work_contract": "AHF",
    "information_sheet": "AHF",
    "cover_certificate": "AHF",
    "certificate": "AHF",
    "blank_sheet": "AHD",
    "filled_sheet": "AHD",
    "payroll_statement": "AHP",
    "pay_slip": "AHP",
    "transfer_list": "AHP",
    "payments_rejected": "AHP",
    "complaint_receipt": "HC",
    "complaint_answer": "HC",
    "governor_page": "AHP",
}


@pytest.fixture
def office(planted):
    """The application on a database that holds the seeds and an account for each role."""
    planted.renew()
    with planted.app.app_context():
        yield planted.app
        db.session.rollback()


def letters(test):
    """The roles for which something is so, as the table writes them."""
    return "".join(letter for letter in ROLES if test(ROLES[letter])) or "-"


def declared(office, test):
    """The roles for which a view says that something may be done, each asked as its own account."""

    def asked(role):
        with office.test_request_context():
            login_user(user_by_email(f"{role.value}@example.ma"))
            return test()

    return letters(asked)


# ---- what the views declare


def test_the_tables_name_every_role_record_verb_and_paper(office):
    views = {view.endpoint: view for view in office.extensions["admin"][0]._views}
    verbs = {(record, verb) for record, verbs in VERBS.items() for verb in verbs}
    assert set(ROLES.values()) == set(Role)
    assert set(RECORDS) == {name for name, view in views.items() if hasattr(view, "verbs")}
    assert set(PAGES) == {f"{view.url}/" for name, view in views.items() if not hasattr(view, "verbs")}
    assert verbs == set(office.extensions["awrash_verbs"])
    assert set(ISSUES) == set(PAPERS)


@pytest.mark.parametrize("record", RECORDS)
def test_the_view_of_a_record_lets_in_whom_the_table_names(office, record):
    sees, makes, changes, _deletes, attaches = RECORDS[record]
    view = view_named(record)
    assert declared(office, view.is_accessible) == sees
    assert declared(office, lambda: view.is_accessible() and view.can_make) == makes
    assert declared(office, lambda: view.is_accessible() and view.can_change) == changes
    assert (record in SCANS_OF) == bool(attaches)
    assert declared(office, lambda: view.can_write) == attaches or not attaches


@pytest.mark.parametrize("record", VERBS)
def test_a_verb_is_offered_to_whom_the_table_names(office, record):
    for name, roles in VERBS[record].items():
        view = view_named(record)
        offered = lambda view=view, name=name: name in [verb.name for verb in view.allowed_verbs()]  # noqa: E731
        assert declared(office, offered) == roles, name


@pytest.mark.parametrize("name", ISSUES)
def test_a_paper_is_issued_by_whom_the_table_names(office, name):
    assert declared(office, lambda: may_issue(PAPERS[name])) == ISSUES[name]


# ---- what the server answers


@pytest.fixture
def desks(office):
    """The browser of each role, by its letter."""
    return {letter: Visitor(office, role, PASSWORD) for letter, role in ROLES.items()}


def let_in(desks, ask, *expected):
    """The roles to which a request is not answered "forbidden"; it is answered to them as `expected`."""
    answers = {letter: ask(desk) for letter, desk in desks.items()}
    assert {answer.status for answer in answers.values()} <= {403, *expected}, {
        letter: answer.status for letter, answer in answers.items()
    }
    return "".join(letter for letter, answer in answers.items() if answer.status != 403) or "-"


@pytest.mark.parametrize("record", RECORDS)
def test_the_server_answers_whom_the_table_names_and_forbids_the_others(desks, record):
    sees, makes, changes, deletes, attaches = RECORDS[record]
    at = f"/admin/{record}"
    assert let_in(desks, lambda desk: desk.get(f"{at}/"), 200) == sees
    assert let_in(desks, lambda desk: desk.get(f"{at}/details/?id=0"), 404) == sees
    assert let_in(desks, lambda desk: desk.get(f"{at}/export/csv/"), 200) == sees
    assert let_in(desks, lambda desk: desk.post(f"{at}/new/"), 422) == makes
    assert let_in(desks, lambda desk: desk.post(f"{at}/edit/?id=0"), 404) == changes
    assert let_in(desks, lambda desk: desk.post(f"{at}/delete/", id="0"), 404) == deletes
    if attaches:
        assert let_in(desks, lambda desk: desk.post(f"{at}/attach/?id=0"), 404) == attaches
        assert let_in(desks, lambda desk: desk.post(f"{at}/take_off/", id="0"), 404) == attaches
        assert let_in(desks, lambda desk: desk.get(f"{at}/attached/?id=0&scan=0"), 404) == sees


@pytest.mark.parametrize("record", VERBS)
def test_the_server_does_a_verb_for_whom_the_table_names(desks, record):
    for verb, roles in VERBS[record].items():
        asked = lambda desk, verb=verb: desk.post(f"/admin/{record}/action/", action=verb, confirmed="1")  # noqa: E731
        assert let_in(desks, asked, 302) == roles, verb  # nothing is ticked: it asks for a row


@pytest.mark.parametrize("address", PAGES)
def test_a_page_opens_for_whom_the_table_names(desks, address):
    assert let_in(desks, lambda desk: desk.get(address), 200) == PAGES[address]


@pytest.mark.parametrize("address", WRITTEN_AT)
def test_what_is_written_beside_the_forms_is_written_by_whom_the_table_names(desks, address):
    assert let_in(desks, lambda desk: desk.post(address), 400, 404) == WRITTEN_AT[address]


@pytest.mark.parametrize("kind", IMPORTS)
def test_a_list_comes_in_by_whom_the_table_names(desks, kind):
    def sent(desk):
        return desk.post("/admin/import/", kind=kind, file=(io.BytesIO(b"wrong;header\r\n1;2\r\n"), "list.csv"))

    assert let_in(desks, sent, 422) == IMPORTS[kind]


def test_nobody_without_an_account_is_let_in_anywhere(office):
    stranger = Visitor(office)
    for address in [*(f"/admin/{record}/" for record in RECORDS), *PAGES]:
        answer = stranger.get(address)
        assert answer.status == 302 and "/account/login" in answer.response.location, address


# ---- lists of which a role sees a part


def a_work(asked_by, about):
    """A piece of long work that somebody asked for."""
    work = Work(kind="papers", about=about, asked={"of": "worksite", "set": "contracts"}, asked_at=AT)
    with db.session.no_autoflush:
        work.asked_by = user_by_email(f"{asked_by.value}@example.ma")
    db.session.add(work)
    db.session.flush()
    return work.id


@pytest.fixture
def shared(office):
    """A world with a paper of a project and one of a complaint, and long work of two people."""
    world = a_world()
    receipt = issued(world)
    answer = issued(world, record="complaint", record_id=world.complaint.id, number="R-1-A")
    behind(answer, document="complaint_receipt")
    theirs, ours = a_work(Role.head_of_unit, "عمل الرئيسة"), a_work(Role.file_officer, "عمل الموظف")
    numbers = SimpleNamespace(
        receipt=receipt.id, answer=answer.id, theirs=theirs, ours=ours, complaint=world.complaint.id
    )
    db.session.commit()
    return numbers


def rows_in(desk, record):
    """The numbers of the records that the page of a list shows."""
    page = desk.get(f"/admin/{record}/")
    links = page.soup.select(f"main a[href*='/admin/{record}/details/?id=']")
    return {int(link["href"].split("id=")[1].split("&")[0]) for link in links}


SEES = {  # what of the two papers and of the two pieces of work each role sees
    "A": ("receipt answer", "theirs ours"),
    "H": ("receipt answer", "theirs"),
    "F": ("receipt", "ours"),
    "D": ("receipt", ""),
    "P": ("receipt", ""),
    "C": ("receipt answer", ""),
    "R": ("receipt answer", "theirs ours"),
}


@pytest.mark.parametrize("letter", ROLES)
def test_of_papers_and_of_long_work_a_role_reads_its_part_by_every_door(office, shared, letter):
    desk = Visitor(office, ROLES[letter], PASSWORD)
    for record, names, seen in (
        ("issued_paper", ("receipt", "answer"), SEES[letter][0]),
        ("work", ("theirs", "ours"), SEES[letter][1]),
    ):
        numbers = {name: getattr(shared, name) for name in names}
        mine = {numbers[name] for name in seen.split()}
        assert rows_in(desk, record) == mine, record
        file = desk.get(f"/admin/{record}/export/csv/").text.splitlines()
        assert len(file) == 1 + len(mine), record
        looked_up = desk.get(f"/admin/{record}/lookup/?q=").response.get_json()
        assert {int(row["value"]) for row in looked_up} == mine, record
        for name, number in numbers.items():
            hidden = number not in mine
            assert (desk.get(f"/admin/{record}/details/?id={number}").status == 404) == hidden, name
            if hidden:
                assert desk.get(f"/admin/{record}/file/?id={number}").status == 404, name
        for number in numbers.values() if record == "work" else ():
            assert (desk.get(f"/admin/work/progress/?id={number}").status == 404) == (number not in mine)


@pytest.mark.parametrize("letter", ROLES)
def test_a_complaint_is_read_by_no_door_that_its_list_keeps_shut(office, shared, letter):
    desk = Visitor(office, ROLES[letter], PASSWORD)
    may_read = letter in RECORDS["complaint"][0]
    at, number = "/admin/complaint", shared.complaint
    for address in (
        f"{at}/",
        f"{at}/details/?id={number}",
        f"{at}/export/csv/",
        f"{at}/export/xlsx/",
        f"{at}/lookup/?q=",
    ):
        assert desk.get(address).status == (200 if may_read else 403), address
    draft = desk.get(f"/admin/issued_paper/draft/?document=complaint_receipt&language=ar&of={number}")
    assert draft.status == (200 if ROLES[letter] in Complaint.__confided_to__ else 403)
    text = db.session.get(Complaint, number).text
    for address in ("/admin/", "/admin/find/?q=R-1", "/admin/find/?q=J100001"):
        page = desk.get(address)
        told = text in page.text or "/admin/complaint/" in page.text
        assert page.status == 200 and (may_read or not told), address
