"""One small world of records that obey every rule, for a test to bend at one place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from sqlalchemy import select, update

from awrash.database.session import db
from awrash.demo.prefecture import publish_at
from awrash.models import (
    Agreement,
    AttendanceLine,
    AttendanceSheet,
    BudgetLine,
    Call,
    Carrier,
    Certificate,
    CommitteeSession,
    Commune,
    Complaint,
    Contract,
    Criterion,
    Declaration,
    DocumentReceived,
    Edition,
    FollowUp,
    Instalment,
    Officer,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    Project,
    RequiredDocument,
    Score,
    SessionAttendance,
    SpecificationVersion,
    Theme,
    Worksite,
)
from awrash.models import Decision as CommitteeDecision
from awrash.operations import attendance
from awrash.records.accounts import user_by_email
from awrash.records.issued_papers import IssuedPaper
from awrash.values import months
from awrash.values.states import (
    AccountState,
    AgreementState,
    BudgetKind,
    CallState,
    CertificateState,
    ContractState,
    CriterionKind,
    DeclarationState,
    Outcome,
    PaymentState,
    ProjectState,
    SessionState,
    WorksiteState,
)
from tests.kept_world import put_back_or

SITE = "https://awrash.example.ma"  # where codes are verified
REASON = "وقع مباشر على الساكنة"
GRID = [kind for kind in CriterionKind if kind != CriterionKind.other]


def a_call(edition: Edition, number: str = "1/2026") -> Call:
    call = Call(number=number, edition=edition, title_ar="طلب", title_fr="Appel")
    call.opens_on, call.closes_on, call.state = date(2026, 1, 5), date(2026, 3, 31), CallState.open
    call.specifications = [SpecificationVersion(number=1, body_ar="دفتر", published_on=date(2026, 1, 2))]
    call.required_documents = [RequiredDocument(name_ar="القانون الأساسي", name_fr="Statuts")]
    call.criteria = [Criterion(kind=kind, name_ar=kind, name_fr=kind, weight=25) for kind in GRID]
    return call


def a_carrier(number: str = "R-1", officer: str = "J700001") -> Carrier:
    carrier = Carrier(kind="association", name_ar=f"جمعية {number}", name_fr=f"Association {number}")
    carrier.registration_number, carrier.cnss_affiliation = number, f"123456{number[-1]}"
    carrier.officers = [Officer(role="president", name_ar="رئيسة", name_fr="Présidente", cnie=officer)]
    return carrier


def a_project(call: Call, carrier: Carrier, reference: str = "2026-0001") -> Project:
    project = Project(call=call, carrier=carrier, title_ar="مشروع", title_fr="Projet", reference=reference)
    project.commune, project.theme = db.session.scalar(select(Commune)), db.session.scalar(select(Theme))
    project.places, project.months, project.monthly_wage = 10, 3, Decimal("3422.72")
    project.deposited_on, project.state = date(2026, 2, 1), ProjectState.approved
    project.budget_lines = [BudgetLine(kind=BudgetKind.wages, amount=Decimal("100000.10"))]
    project.documents = [
        DocumentReceived(document=required_document, received_on=date(2026, 2, 1))
        for required_document in call.required_documents
    ]
    project.scores = [Score(criterion=criterion, points=80) for criterion in call.criteria]
    return project


def an_agreement(project: Project, number: str = "1-أ ع م-2026") -> Agreement:
    agreement = Agreement(number=number, project=project, carrier=project.carrier)
    agreement.starts_on, agreement.ends_on = date(2026, 5, 1), date(2026, 7, 31)
    agreement.value, agreement.management_fee = Decimal("100000.10"), Decimal("5000.01")
    agreement.council_signed_on = agreement.carrier_signed_on = date(2026, 4, 20)
    agreement.state = AgreementState.running
    agreement.instalments = [Instalment(due_on=date(2026, 5, 1), amount=Decimal("5000.01"))]
    return agreement


def a_participant(cnie: str = "J100001") -> Participant:
    person = Participant(cnie=cnie, family_name_ar="أكنوز", given_name_ar="أمينة", given_name_fr="AMINA", sex="F")
    person.family_name_fr, person.born_on = "AGNOUZ", date(1990, 1, 31)
    person.commune, person.account_state = db.session.scalar(select(Commune)), AccountState.verified
    person.rib = "350810000000000123456729"
    return person


def a_contract(person: Participant, site: Worksite, number: str = "K-1") -> Contract:
    contract = Contract(number=number, participant=person, worksite=site, job="عاملة")
    contract.starts_on, contract.ends_on = date(2026, 5, 1), date(2026, 7, 31)
    contract.monthly_wage, contract.anapec_approved_on = Decimal("3422.72"), date(2026, 4, 28)
    contract.state = ContractState.running
    return contract


def papers(**only: object) -> list[IssuedPaper]:
    """What was issued, in its order."""
    return list(db.session.scalars(select(IssuedPaper).filter_by(**only).order_by(IssuedPaper.id)))


def a_world(kept: bool = True) -> SimpleNamespace:
    """Everything from the edition to the certificate, kept in the database unless told otherwise."""
    return put_back_or(lambda: keep(a_new_world()), "world") if kept else a_new_world()


def a_new_world() -> SimpleNamespace:
    """Everything from the edition to the certificate, in no session yet."""
    world = SimpleNamespace()
    publish_at(SITE)
    world.edition = Edition(year=2026, quota_person_months=60, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31))
    world.edition.eligible_kinds, world.edition.committee_quorum = [BudgetKind.wages], 1
    with db.session.no_autoflush:
        world.call = a_call(world.edition)
        world.carrier = a_carrier()
        world.project = a_project(world.call, world.carrier)
        world.session = CommitteeSession(held_on=date(2026, 4, 10), chair="الكاتب العام", state=SessionState.held)
        world.session.attendance = [SessionAttendance(member="ممثلة أنابيك")]
        world.decision = CommitteeDecision(
            session=world.session, project=world.project, outcome=Outcome.approved, reason=REASON
        )
        world.agreement = an_agreement(world.project)
        world.site = Worksite(code="W-1", agreement=world.agreement, name_ar="ورش", name_fr="Chantier", places=10)
        world.site.opens_on, world.site.closes_on, world.site.commune = (
            date(2026, 5, 1),
            date(2026, 7, 31),
            world.project.commune,
        )
        world.site.state = WorksiteState.open
        world.person = a_participant()
        world.contract = a_contract(world.person, world.site)
        world.sheet = AttendanceSheet(worksite=world.site, month=date(2026, 5, 1))
        world.line = AttendanceLine(sheet=world.sheet, contract=world.contract, days_worked=26)
        world.complaint = Complaint(number="R-1", received_on=date(2026, 6, 1), kind="late_wage", text="تأخر الأجر")
        world.follow_up = FollowUp(contract=world.contract, months_after=3, due_on=date(2026, 10, 31))
    return world


def keep(world: SimpleNamespace) -> SimpleNamespace:
    """Write a world, its sheet locked."""
    db.session.add_all(vars(world).values())
    db.session.flush()
    attendance.lock_attendance(world.sheet, date(2026, 5, 31))
    return world


def a_slip(world: SimpleNamespace, run: PayrollRun | None = None) -> PaySlip:
    """A slip of the world's contract in a run, not kept."""
    with db.session.no_autoflush:
        run = run or PayrollRun(month=date(2026, 5, 1), calculated_by=user_by_email("payroll_officer@example.ma"))
        slip = PaySlip(
            run=run, contract=world.contract, month=run.month, days=26, **dict.fromkeys(AMOUNTS, Decimal("1.00"))
        )
    return slip


def behind(record: object, **values: object) -> None:
    """A record written in the database itself, behind the rules, as an older office left it."""
    kind = type(record)
    changes = update(kind).where(kind.id == record.id).values(**values)
    db.session.execute(changes, execution_options={"vouched_by": "a record that no rule saw"})
    db.session.refresh(record)


@contextmanager
def as_draft(call: Call) -> Iterator[None]:
    """A call whose grid and checklist are written as they would have been before it was published."""
    state = call.state
    behind(call, state=CallState.draft)
    with db.session.no_autoflush:
        yield
    db.session.flush()
    behind(call, state=state)


def with_room(world: SimpleNamespace, places: int = 500) -> SimpleNamespace:
    """A world whose project was approved for more places: its agreement has room for more worksites."""
    behind(world.agreement.project, places=places)
    return world


AMOUNTS = ("contract_wage", "wage", "gross", "capped", "employee_share", "employer_share", "net")


def a_payment(world: SimpleNamespace, declared: DeclarationState) -> Payment:
    slip = a_slip(world)
    with db.session.no_autoflush:
        slip.run.declarations = [Declaration(carrier=world.carrier, state=declared)]
        return Payment(pay_slip=slip, amount=Decimal("1.00"), state=PaymentState.sent)


def declare(
    world: SimpleNamespace,
    month: date,
    days: int,
    on: date | None = None,
    state: DeclarationState = DeclarationState.uploaded,
    carrier: Carrier | None = None,
) -> Declaration:
    """The world's person declared for a month by the world's carrier: on a day, else a week after the month."""
    with db.session.no_autoflush:
        run = PayrollRun(month=month, calculated_by=user_by_email("payroll_officer@example.ma"))
        slip = PaySlip(run=run, contract=world.contract, month=month, days=days)
        for name in AMOUNTS:
            setattr(slip, name, Decimal("1.00"))
        declaration = Declaration(run=run, carrier=carrier or world.carrier, state=state)
        declaration.rejection_code = "E12" if state == DeclarationState.rejected else None
        declaration.uploaded_on = on or months.add_months(month, 1) + timedelta(days=7)
        db.session.add_all([run, slip, declaration])
    db.session.flush()
    return declaration


def a_certificate(world: SimpleNamespace, days: int = 26) -> Certificate:
    with db.session.no_autoflush:
        certificate = Certificate(serial="C-1", code="c0de", name_ar="أمينة", name_fr="AMINA", days_worked=days)
        certificate.contract, certificate.issued_on = world.contract, date(2026, 8, 1)
        certificate.state = CertificateState.issued
    return certificate


def a_rib(number: int) -> str:
    """An account of the bank that the office accepts, with its key."""
    account = f"35081000000000012345{number:02d}"
    return f"{account}{97 - int(account) * 100 % 97:02d}"


def a_month_to_pay(people: int = 3, first_leaves_on: date | None = None) -> SimpleNamespace:
    """The world with some people whose May is locked and can be paid; the first may have a shorter contract."""
    world = put_back_or(lambda: a_locked_month(people, first_leaves_on), ("month to pay", people, first_leaves_on))
    db.session.commit()
    return world


def a_locked_month(people: int, first_leaves_on: date | None = None) -> SimpleNamespace:
    """What `a_month_to_pay` keeps."""
    world = a_new_world()
    world.contract.ends_on = first_leaves_on or world.contract.ends_on
    with db.session.no_autoflush:
        for number in range(2, people + 1):
            contract = a_contract(a_participant(f"J10000{number}"), world.site, f"K-{number}")
            contract.participant.rib = a_rib(number)
            AttendanceLine(sheet=world.sheet, contract=contract, days_worked=20 + number)
    return keep(world)
