"""The records that papers are made of, with the shortest data that the rules let in, and with the longest."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from awrash.database.record import record_named
from awrash.database.session import db
from awrash.models import (
    AttendanceLine,
    AttendanceSheet,
    BudgetLine,
    Carrier,
    CommitteeSession,
    Criterion,
    DocumentReceived,
    ExternalSupport,
    PayrollRun,
    Project,
    RequiredDocument,
    Score,
    SessionAttendance,
    Skill,
    Visit,
)
from awrash.models import Decision as CommitteeDecision
from awrash.operations import attendance, selection
from awrash.papers.catalogue import PAPERS
from awrash.papers.paper import Paper
from awrash.records.accounts import user_by_email
from awrash.records.letterheads import Quality, Signatory
from awrash.values import months
from awrash.values.states import (
    BudgetKind,
    ComplaintKind,
    ComplaintState,
    CriterionKind,
    Outcome,
    ProjectState,
    SessionState,
    SupportKind,
    WorksiteState,
)
from tests.paper_month import close_month
from tests.world import a_carrier, a_certificate, a_project, a_world, declare, keep

LONG_NAME = "عبد الرحمان الإدريسي العلوي المراكشي " * 4
LONG_LATIN = "ABDERRAHMANE EL IDRISSI EL ALAOUI ELMARRAKCHI " * 3
LONG_TEXT = (
    "يطلب من الهيئة تدقيق الكلفة وآجال الإنجاز، وبيان أثر المشروع على الساكنة (Devis n° 12/2026, 3 pages). " * 12
)
STRANGE = '#eval("1") <script>alert(1)</script> =cmd|/C calc *_$x$_ \u202eabc'


def paper_world(long: bool = False) -> SimpleNamespace:
    """Everything that a paper of the catalogue is made of, kept in the database."""
    world = a_world(kept=False)
    with db.session.no_autoflush:
        world.site.skills = list(db.session.scalars(select(Skill).order_by(Skill.id).limit(12 if long else 1)))
        world.visit = Visit(worksite=world.site, visited_on=date(2026, 5, 12), head_count=0 if long else 1)
        world.line.marks = "P" * 26 + "." * 5
        world.project.supports = [ExternalSupport(service="المندوبية", kind=SupportKind.raw_materials)]
        complain(world, long)
        if long:
            lengthen(world)
        keep(world)
    if long:
        more_months(world)
    world.signatory = Signatory(quality=Quality.general_secretary, name_ar="خديجة أمزيل", name_fr="Khadija AMZIL")
    world.signatory.since = date(2022, 1, 1)
    db.session.add(world.signatory)
    world.decisions = {Outcome.approved: world.decision}
    for outcome in (Outcome.deferred, Outcome.refused):
        world.decisions[outcome] = a_decision(world, outcome, LONG_TEXT if long else "لم تستوف الكلفة.")
    plant_committee(world, long)
    with db.session.no_autoflush:
        world.run = PayrollRun(month=date(2026, 5, 1), calculated_by=user_by_email("payroll_officer@example.ma"))
        world.site.state, world.contract.planned_ends_on = WorksiteState.completed, date(2026, 5, 31)
        world.certificate = a_certificate(world)
        world.certificate.code, world.certificate.skills = "0a1b2c3d4e5f60718293a4b5c6d7e8", list(world.site.skills)
        if long:
            world.certificate.name_ar, world.certificate.name_fr = LONG_NAME.strip()[:160], LONG_LATIN.strip()[:160]
        db.session.add_all([world.run, world.certificate])
    db.session.flush()
    world.samples = close_month(world, long)
    for month, days in ((6, 26), (7, 13)) if long else ():
        declare(world, date(2026, month, 1), days)
    return world


def a_decision(world: SimpleNamespace, outcome: Outcome, reason: str) -> CommitteeDecision:
    """What another session decided on the project."""
    with db.session.no_autoflush:
        session = CommitteeSession(held_on=date(2026, 4, 11), chair="الكاتب العام", state=SessionState.held)
        session.attendance = [SessionAttendance(member="ممثلة أنابيك")]
        decision = CommitteeDecision(session=session, project=world.project, outcome=outcome, reason=reason)
        db.session.add_all([session, decision])
    db.session.flush()
    return decision


def complain(world: SimpleNamespace, long: bool) -> None:
    """The world's complaint answered: confidential when short, open with all it can hold when long."""
    world.complaint.kind = ComplaintKind.late_wage
    world.complaint.due_on, world.complaint.answered_on = date(2026, 6, 16), date(2026, 6, 12)
    world.complaint.answer, world.complaint.state = "حول الأجر.", ComplaintState.answered
    if long:
        world.complaint.is_confidential, world.complaint.participant, world.complaint.worksite = (
            False,
            world.person,
            world.site,
        )
        world.complaint.text, world.complaint.answer = f"{LONG_TEXT}\n{STRANGE}", f"{LONG_TEXT}\n{STRANGE}\n{LONG_TEXT}"


def more_months(world: SimpleNamespace) -> None:
    """The other months of the contract, worked and locked."""
    for month, days in ((6, 26), (7, 13)):
        with db.session.no_autoflush:
            sheet = AttendanceSheet(worksite=world.site, month=date(2026, month, 1))
            line = AttendanceLine(sheet=sheet, contract=world.contract, days_worked=days)
            db.session.add_all([sheet, line])
        db.session.flush()
        attendance.lock_attendance(sheet, months.last_day(sheet.month))


def lengthen(world: SimpleNamespace) -> None:
    """The longest texts, the largest amounts, and many of each line."""
    world.agreement.tripartite, world.agreement.commune_signed_on = True, date(2026, 4, 21)
    world.agreement.service, world.agreement.service_signed_on = LONG_NAME[:160].strip(), date(2026, 4, 22)
    world.carrier.name_ar, world.carrier.name_fr = (LONG_NAME + STRANGE)[:160], (LONG_LATIN + STRANGE)[:160]
    world.carrier.address = LONG_TEXT[:240]
    world.site.name_ar, world.site.name_fr = f"{STRANGE} {LONG_NAME}"[:160], f"{STRANGE} {LONG_LATIN}"[:160]
    world.project.title_ar = f"{STRANGE} {LONG_NAME}"[:160]
    world.project.within_communal_powers = True
    world.visit.notes, world.visit.gap_answer = f"{LONG_TEXT}\n{STRANGE}", LONG_TEXT
    world.decision.reason = LONG_TEXT
    world.call.title_ar, world.call.title_fr = (STRANGE + LONG_NAME)[:160], (STRANGE + LONG_LATIN)[:160]
    world.call.specifications[0].body_ar = "\n".join([LONG_TEXT] * 12 + [STRANGE])
    world.call.specifications[0].body_fr = "\n".join([f"Chaque pièce est datée et signée. {STRANGE}"] * 12)
    world.call.required_documents += [RequiredDocument(name_ar=LONG_NAME[:150], name_fr=LONG_LATIN[:120])]
    world.call.required_documents += [
        RequiredDocument(name_ar=f"وثيقة {index}", name_fr=f"Pièce {index}", is_required=index % 2 == 0)
        for index in range(20)
    ]
    world.call.criteria += [
        Criterion(kind=CriterionKind.other, name_ar=f"{LONG_NAME[:90]} {index}", name_fr=f"{index}", weight=7)
        for index in range(8)
    ]
    world.project.documents = [
        DocumentReceived(document=document, received_on=date(2026, 2, 1)) for document in world.call.required_documents
    ]
    world.project.scores = [Score(criterion=criterion, points=87) for criterion in world.call.criteria]
    world.project.budget_lines = [
        BudgetLine(kind=kind, amount=Decimal("100000.10"), in_kind=kind != BudgetKind.wages) for kind in BudgetKind
    ]
    world.person.family_name_ar, world.person.given_name_ar = LONG_NAME[:80].strip(), LONG_NAME[:80].strip()
    world.person.family_name_fr, world.person.given_name_fr = LONG_LATIN[:80].strip(), LONG_LATIN[:80].strip()
    world.contract.job, world.person.cnss_number = LONG_NAME[:160].strip(), "130000026"
    world.person.address, world.person.phone = LONG_TEXT[:240], "+212612345678"
    world.project.supports = [
        ExternalSupport(service=LONG_NAME[:160].strip(), kind=SupportKind.raw_materials, description=STRANGE)
        for _ in range(6)
    ]


def plant_committee(world: SimpleNamespace, long: bool) -> None:
    """A file with documents missing, projects that wait, a session to come, and what the first one decided."""
    with db.session.no_autoflush:
        other = a_carrier("R-9", "J700009")
        world.incomplete = a_project(world.call, other, "2026-0102")
        world.incomplete.state, world.incomplete.scores = ProjectState.deposited, []
        world.incomplete.documents = world.incomplete.documents[1:] if long else []
        world.waiting = [waits(world, other, f"2026-{index + 100:04d}", long) for index in range(3, 33 if long else 4)]
        world.planned = CommitteeSession(
            held_on=date(2026, 9, 10), opens_at="09:30", chair=LONG_NAME[:120].strip() if long else "العامل"
        )
        members = [f"{LONG_NAME[:100]} {index}" if long else "ممثلة أنابيك" for index in range(12 if long else 1)]
        world.planned.attendance = [SessionAttendance(member=member) for member in members]
        world.decision.voters = list(world.session.attendance)
        if long:
            world.session.attendance += [SessionAttendance(member=member) for member in members]
            world.session.attendance += [SessionAttendance(member=LONG_NAME[:100].strip(), interest_in=other)]
            world.decision.voters = list(world.session.attendance)
    db.session.add_all([world.incomplete, *world.waiting, world.planned])
    db.session.flush()
    for project in world.waiting[::2] if long else ():
        selection.defer_project(project, world.session, LONG_TEXT[:400])


def waits(world: SimpleNamespace, carrier: Carrier, reference: str, long: bool) -> Project:
    """A scored project, its value the largest that a column of the paper must hold."""
    project = a_project(world.call, carrier, reference)
    project.state, project.title_ar = ProjectState.scored, (STRANGE + LONG_NAME)[:160] if long else "مشروع ينتظر"
    project.budget_lines = [BudgetLine(kind=BudgetKind.wages, amount=Decimal("9999999.99" if long else "50000.00"))]
    return project


def can_issue(paper: Paper, on: date, record: Any) -> bool:
    """Whether a paper can be issued of a record as it stands."""
    return paper.offered(record) and not list(paper.lacks(record, on))


def sample(world: SimpleNamespace, record: str, offered: Callable[[Any], bool]) -> Any:
    """The record of a kind that a paper of this world can be made of."""
    if record in world.samples:
        return world.samples[record]
    rows = db.session.scalars(select(record_named(record)).order_by(record_named(record).id))
    return next(row for row in rows if offered(row))


EVERY_PAPER = [(paper.name, language) for paper in PAPERS.values() for language in paper.languages]
