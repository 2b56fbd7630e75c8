"""Each series of numbers has a counter: no gap, no number twice, whoever numbers at once and however long it is."""

from datetime import UTC, date, datetime

from flask_migrate import downgrade, upgrade
from sqlalchemy import event, insert, select
from sqlalchemy.exc import IntegrityError

from awrash.database.session import db, only_reading
from awrash.models import Agreement, Certificate, Complaint, Project
from awrash.operations import agreements, people, selection
from awrash.records.accounts import User
from awrash.records.issued_papers import IssuedPaper
from awrash.records.numbering import NUMBER_SERIES, next_number
from awrash.values.states import ComplaintState, ProjectState
from tests.processes import one_inside_the_other
from tests.world import a_carrier, a_project, a_world, behind

VOUCHED = {"vouched_by": "a record that no rule saw"}
DEPOSITED_ON = date(2026, 2, 1)


def a_draft(world, index: int) -> Project:
    with db.session.no_autoflush:
        project = a_project(world.call, a_carrier(f"R-{index}", officer=f"J70000{index}"), None)
        project.state, project.deposited_on = ProjectState.draft, None
        db.session.add(project)
    db.session.flush()
    return project


def a_complaint(number: str | None = None) -> Complaint:
    complaint = Complaint(received_on=date(2026, 6, 1), kind="late_wage", text="تأخر الأجر", number=number)
    if number is None:
        people.number_complaint(complaint)
    db.session.add(complaint)
    db.session.flush()
    return complaint


def receipt() -> str:
    return next_number(Project, "reference", "2026-", width=4)


def kept_series() -> dict:
    """The last number of each series that is kept, by the texts around it."""
    return {(row.before, row.after): row.last for row in db.session.execute(select(NUMBER_SERIES))}


def test_a_deposit_takes_the_number_after_the_last_one(app):
    world = a_world()
    assert world.project.reference == "2026-0001"
    numbers = []
    for index in (2, 3):
        project = a_draft(world, index)
        selection.deposit_project(project, DEPOSITED_ON)
        numbers.append(project.reference)
    assert numbers == ["2026-0002", "2026-0003"]


def test_two_projects_numbered_before_either_is_written_have_two_numbers(app):
    world = a_world()
    first, second = a_draft(world, 2), a_draft(world, 3)
    with db.session.no_autoflush:
        first.reference, second.reference = receipt(), receipt()
    db.session.flush()
    assert (first.reference, second.reference) == ("2026-0002", "2026-0003")


def test_what_is_taken_back_takes_no_number(app):
    world = a_world()
    project = a_draft(world, 2)
    db.session.commit()
    selection.deposit_project(project, DEPOSITED_ON)
    assert project.reference == "2026-0002"
    db.session.rollback()
    with db.session.begin_nested() as savepoint:
        assert receipt() == "2026-0002"
        savepoint.rollback()
    selection.deposit_project(project, DEPOSITED_ON)
    assert project.reference == "2026-0002"


def test_a_number_written_by_hand_is_passed_over_and_leaves_no_gap_before_it(app):
    a_world()
    a_complaint("R-2026-0002")
    assert [a_complaint().number for _ in range(2)] == ["R-2026-0001", "R-2026-0003"]


def test_each_series_counts_for_itself(app):
    world = a_world()
    assert (receipt(), next_number(Project, "reference", "2027-", width=4)) == ("2026-0002", "2027-0001")
    assert next_number(Complaint, "number", "R-2026-", width=4) == "R-2026-0001"
    assert next_number(Certificate, "serial", "C-2026-", width=5) == "C-2026-00001"
    assert next_number(IssuedPaper, "number", "TS-2026-", width=4) == "TS-2026-0001"
    assert next_number(IssuedPaper, "number", "PV-2026-", width=4) == "PV-2026-0001"
    behind(world.agreement, number=None, state="drafted", council_signed_on=None, carrier_signed_on=None)
    agreements.number_agreement(world.agreement, date(2026, 4, 20))
    assert world.agreement.number == "1-أ ع م-2026"


def test_a_series_goes_on_past_its_width(app):
    a_world()
    last = insert(NUMBER_SERIES).values(record="project", before="2026-", after="", last=9_999)
    db.session.connection().execute(last)
    assert receipt() == "2026-10000"


def test_two_who_deposit_at_once_have_the_next_number_each(app):
    world = a_world()
    numbers = [a_draft(world, index).id for index in (2, 3)]
    db.session.commit()

    def depositing(number):
        def deposit():
            only_reading.set(False)
            project = db.session.get(Project, number)
            try:
                selection.deposit_project(project, DEPOSITED_ON)
                reference = project.reference
                db.session.commit()
            except IntegrityError as refusal:
                return str(refusal.orig)
            return reference

        return deposit

    assert one_inside_the_other(app, *map(depositing, numbers)) == ["2026-0002", "2026-0003"]


def test_a_number_after_25_000_others_is_read_in_the_statements_of_the_first(app):
    a_world()
    statements = []

    def note(_c, _cursor, statement, *_):
        statements.append(statement)

    def counted() -> int:
        statements.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            number = next_number(Complaint, "number", "R-2026-", width=4)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        complaint = {"received_on": date(2026, 6, 1), "kind": "late_wage", "text": "x", "is_confidential": True}
        rows = [complaint | {"number": number, "state": ComplaintState.received}]
        db.session.execute(insert(Complaint), rows, execution_options=VOUCHED)
        return len(statements)

    few = counted()
    complaint = {"received_on": date(2026, 6, 1), "kind": "late_wage", "text": "x", "is_confidential": True}
    rows = [complaint | {"number": f"R-2026-{count:04d}"} for count in range(2, 25_002)]
    db.session.execute(insert(Complaint), rows, execution_options=VOUCHED)
    db.session.connection().execute(NUMBER_SERIES.update().values(last=25_001))
    assert counted() == few == 3
    assert db.session.scalar(select(Complaint.number).order_by(Complaint.id.desc())) == "R-2026-25002"


PAPER = {"size": 1, "sha256": "0" * 64, "content": b"x", "about": "x", "told": "{}", "fingerprint": "0" * 64}
PAPER |= {"document": "agreement", "language": "ar", "record": "call", "record_id": 1, "revision": 1, "state": "issued"}


def test_the_upgrade_counts_on_from_the_numbers_that_exist_and_changes_none(app):
    world = a_world()
    drafts = [a_draft(world, index) for index in (2, 3)]
    behind(world.project, reference="2026-0041")
    behind(drafts[0], reference="2025-0007")
    behind(drafts[1], reference="old / 12")
    behind(world.agreement, number="23-أ ع م-2026")
    behind(world.complaint, number="R-2026-0104")
    at = datetime(2026, 11, 1, tzinfo=UTC)
    issued = PAPER | {"issued_on": at.date(), "issued_at": at, "issued_by_id": db.session.scalar(select(User.id))}
    numbers = ["TS-2026-0009", "TS-2026-0010", "PV-2025-0003", "PAIE-2026-05", "BP-2026-05-12", "FP-3", "2026-0041"]
    rows = [issued | {"number": number, "record_id": index} for index, number in enumerate(numbers)]
    db.session.execute(insert(IssuedPaper), rows, execution_options=VOUCHED)
    db.session.commit()
    db.session.remove()
    downgrade(revision="0016")
    upgrade()
    assert kept_series() == {
        ("2026-", ""): 41,
        ("2025-", ""): 7,
        ("", "-أ ع م-2026"): 23,
        ("R-2026-", ""): 104,
        ("TS-2026-", ""): 10,
        ("PV-2025-", ""): 3,
    }
    assert sorted(db.session.scalars(select(IssuedPaper.number))) == sorted(numbers)
    references = set(db.session.scalars(select(Project.reference)))
    assert references == {"2026-0041", "2025-0007", "old / 12"}
    assert receipt() == "2026-0042"
    assert next_number(Agreement, "number", "", "-أ ع م-2026") == "24-أ ع م-2026"
    assert a_complaint().number == "R-2026-0105"
    assert next_number(IssuedPaper, "number", "TS-2026-", width=4) == "TS-2026-0011"


def test_the_upgrade_of_an_office_without_numbers_begins_every_series_at_one(app):
    db.session.remove()
    downgrade(revision="0016")
    upgrade()
    assert kept_series() == {}
    assert receipt() == "2026-0001"
