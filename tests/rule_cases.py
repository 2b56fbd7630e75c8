"""Each rule with what it accepts and what it refuses: changes of one small world, and the table of them.

A key is the rule's code, which stands for its `message`; a rule that can say more has a case for each other sentence
too, as `code.attribute`. The rules of papers and of files have tables of their own beside this one.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from awrash.database.session import db
from awrash.models import (
    Agreement,
    AttendanceCorrection,
    AttendanceLine,
    AttendanceSheet,
    BudgetLine,
    Carrier,
    CommitteeSession,
    Commune,
    Contract,
    Decision,
    Edition,
    Officer,
    Participant,
    Payment,
    PayrollRun,
    Score,
    SessionAttendance,
    SpecificationVersion,
    Visit,
    Worksite,
)
from awrash.operations import agreements, attendance, management_fee, payroll, people, selection, worksites
from awrash.operations.corrections import correct_attendance
from awrash.records import audit
from awrash.records.accounts import Role, add_user, user_by_email
from awrash.records.dated_figures import Parameter, TaxBracket
from awrash.records.letterheads import Letterhead
from awrash.records.steps import step
from awrash.rules.constraints import Changed, refusal_of
from awrash.rules.payability import PAYABLE
from awrash.values.states import (
    AccountState,
    AgreementState,
    BudgetKind,
    CnssState,
    ComplaintState,
    ContractState,
    CoverState,
    DeclarationState,
    EditionState,
    FollowUpState,
    Outcome,
    PaymentState,
    ProjectState,
    RunState,
    SessionState,
    SheetState,
    Situation,
    WorksiteState,
)
from tests.world import (
    REASON,
    a_call,
    a_carrier,
    a_certificate,
    a_contract,
    a_participant,
    a_payment,
    a_project,
    a_slip,
    an_agreement,
    behind,
    declare,
    with_room,
)


def put(owner: str, name: str, value):
    """Change one field of the world."""

    def bend(world):
        setattr(getattr(world, owner), name, value)

    return bend


def add(make):
    def bend(world):
        with db.session.no_autoflush:
            made = make(world)
        db.session.add(made)

    return bend


def the_administrator():
    return user_by_email(f"{Role.administrator.value}@example.ma")


def an_account(email: str, role: Role):
    return add_user(email, role, "a long password 2026")


def delete_who_acted(account):
    with audit.acting(account):
        audit.note(audit.AuditEvent.signed_in, account)
    db.session.delete(account)


def renamed(*names):
    """The world's person born on another day, under these names."""

    def bend(world):
        person = world.person
        person.family_name_fr, person.given_name_fr, person.family_name_ar, person.given_name_ar = names
        person.born_on = date(1991, 1, 31)

    return bend


def second_project(world, **fields):
    project = a_project(world.call, world.carrier, fields.pop("reference", "2026-0002"))
    project.state = ProjectState.draft
    for name, value in fields.items():
        setattr(project, name, value)
    return project


def second_agreement(world, same: bool = True):
    carrier = world.carrier if same else a_carrier("R-2", officer="J700002")
    project = a_project(world.call, carrier, "2026-0002")
    Decision(session=world.session, project=project, outcome=Outcome.approved, reason=REASON)
    project.state = ProjectState.approved if not same else ProjectState.draft
    agreement = an_agreement(project, "2-أ ع م-2026")
    agreement.state = AgreementState.drafted
    return agreement


def shared_officer(answered: bool):
    def bend(world):
        with db.session.no_autoflush:
            other = a_carrier("R-2", officer="J700002")
            other.officers.append(Officer(role="treasurer", name_ar="أ", name_fr="A", cnie="J700001"))
            db.session.add(other)
        db.session.flush()
        if answered:
            world.carrier.overlap_answer, world.carrier.overlap_answered_by = "غادرت المكتب.", "الرئيسة"
        worksites.complete_worksite(world.site, date(2026, 7, 31), "انتهاء الورش")
        world.agreement.state = AgreementState.ended

    return bend


def on_draft(**fields):
    """A change of an agreement that nobody has signed."""

    def bend(world):
        with db.session.no_autoflush:
            agreement = bent_agreement(world, council_signed_on=None, carrier_signed_on=None)
        db.session.add(agreement)
        db.session.flush()
        for name, value in fields.items():
            setattr(agreement, name, value)

    return bend


def second_contract(world, **fields):
    contract = a_contract(fields.pop("person", None) or a_participant("J100002"), world.site, "K-2")
    contract.participant.rib = None
    contract.participant.account_state = AccountState.none
    contract.state = ContractState.prepared
    for name, value in fields.items():
        setattr(contract, name, value)
    return contract


def sheet_of_june(world, days=26, situation=Situation.present, contract=None, marks=None):
    sheet = AttendanceSheet(worksite=world.site, month=date(2026, 6, 1))
    AttendanceLine(sheet=sheet, contract=contract or world.contract, days_worked=days, situation=situation, marks=marks)
    return sheet


def correction(days):
    def make(world):
        made = AttendanceCorrection(
            line=world.line, days_worked=days, situation=Situation.present, reason="خطأ في العد"
        )
        correct_attendance(made, date(2026, 6, 2))

    return make


def rewritten(world):
    correction(25)(world)
    world.line.corrections[0].reason = "غيره"


def visited(answer):
    """Two people marked on 3 June where a visit counted one."""

    def lock(world):
        with db.session.no_autoflush:
            sheet = sheet_of_june(world, days=1, marks="..P")
            other = second_contract(world)
            AttendanceLine(sheet=sheet, contract=other, days_worked=1, marks="..P")
            world.site.visits.append(Visit(visited_on=date(2026, 6, 3), head_count=1, gap_answer=answer))
        db.session.add(sheet)
        attendance.lock_attendance(sheet, date(2026, 6, 30))

    return lock


def visited_by_sums(answer):
    """Two people on the sheet by their sum of days, all days of June, and a visit that counted one."""

    def lock(world):
        with db.session.no_autoflush:
            sheet = sheet_of_june(world, days=30)
            AttendanceLine(sheet=sheet, contract=second_contract(world), days_worked=30)
            world.site.visits.append(Visit(visited_on=date(2026, 6, 3), head_count=1, gap_answer=answer))
        db.session.add(sheet)
        attendance.lock_attendance(sheet, date(2026, 6, 30))

    return lock


def on_the_day(today, bend):
    """What is done to the world on a day of the office, as a door does it."""

    def act(world):
        with audit.acting(None, "tests", date.fromisoformat(str(today))):
            bend(world)
            db.session.flush()

    return act


def marked_on(today):
    """A letter on the third of June, written on another day."""
    return on_the_day(today, add(lambda world: sheet_of_june(world, days=1, marks="..P")))


def written_on(today):
    """A sum of 26 days of June, written on a day."""
    return on_the_day(today, add(sheet_of_june))


def locked_on(day, today=None):
    """The sheet of June, locked on a day."""

    def lock(world):
        with db.session.no_autoflush:
            sheet = sheet_of_june(world)
        db.session.add(sheet)
        db.session.flush()
        attendance.lock_attendance(sheet, day)

    return on_the_day(today, lock) if today else lock


def locked_by(role):
    """A sheet that the field officer filled, locked by somebody."""

    def lock(world):
        with db.session.no_autoflush:
            field, other = (user_by_email(f"{name.value}@example.ma") for name in (Role.field_officer, role))
            sheet = sheet_of_june(world)
        with audit.acting(field):
            db.session.add(sheet)
            db.session.flush()
        attendance.lock_attendance(sheet, date(2026, 6, 30), other)

    return lock


def with_days_elsewhere(days):
    """Fourteen days of June, and some at another worksite."""

    def write(world):
        with db.session.no_autoflush:
            sheet = elsewhere(world)
            behind(world.contract, ends_on=date(2026, 6, 15))
            other = second_contract(world, starts_on=date(2026, 6, 16), worksite=sheet.worksite, person=world.person)
            sheet.lines[0].contract, sheet.lines[0].days_worked = other, 14
        db.session.add_all((sheet, other))
        db.session.flush()
        add(lambda world: sheet_of_june(world, days=days))(world)

    return write


def with_days_of(months, days):
    """Locked days of the world's person under an earlier contract, which an older office let through."""

    def write(world):
        db.session.flush()
        earlier = {column.key: getattr(world.contract, column.key) for column in Contract.__table__.columns}
        add_behind(Contract, [earlier | {"id": 90, "number": "K-90", "state": ContractState.ended}])
        site = {column.key: getattr(world.site, column.key) for column in Worksite.__table__.columns}
        add_behind(Worksite, [site | {"id": 90, "code": "W-90"}])
        sheets = [{"id": 90 + at, "worksite_id": 90, "month": month} for at, month in enumerate(months)]
        add_behind(AttendanceSheet, [sheet | {"state": SheetState.locked} for sheet in sheets])
        lines = [{"sheet_id": sheet["id"], "contract_id": 90, "days_worked": days} for sheet in sheets]
        add_behind(AttendanceLine, lines)
        db.session.expire_all()

    return write


def add_behind(record, rows):
    """Rows that no rule saw."""
    db.session.execute(insert(record), rows, execution_options={"vouched_by": "a damaged record"})


def elsewhere(world):
    with_room(world)
    site = Worksite(
        code="W-2", agreement=world.agreement, name_ar="ورش", name_fr="C", places=5, commune=world.project.commune
    )
    site.opens_on, site.closes_on, site.state = date(2026, 5, 1), date(2026, 7, 31), WorksiteState.open
    sheet = AttendanceSheet(worksite=site, month=date(2026, 6, 1))
    AttendanceLine(sheet=sheet, contract=world.contract, days_worked=3)
    return sheet


def stopped(bend, rule):
    """A rule of the payroll: it stops one wage instead of refusing the run."""

    def check(world):
        with db.session.no_autoflush:
            bend(world)
            slip = a_slip(world)
            db.session.add(slip)
            rule.check(slip)

    return check


def at_once(world):
    world.person.rib, world.person.account_state = "007780000123400000000101", AccountState.verified


def same_phone(world):
    world.person.phone = "+212612345678"
    with db.session.no_autoflush:
        other = a_participant("J100009")
        other.phone, other.rib, other.account_state = "+212612345678", None, AccountState.none
    db.session.add(other)
    db.session.flush()


def frozen_run(world):
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    made = PayrollRun(month=date(2026, 5, 1), calculated_by=payer, approved_by=head, state=RunState.frozen)
    made.frozen_at, made.seal = datetime(2026, 6, 4, tzinfo=UTC), "x" * 64
    db.session.add(made)
    db.session.flush()
    return made


def approved_fee(world):
    with db.session.no_autoflush:
        head = user_by_email("head_of_unit@example.ma")
    management_fee.approve_instalment(world.agreement.instalments[0], head, date(2026, 5, 2))


def paid_fee(world, reference):
    approved_fee(world)
    management_fee.pay_instalment(world.agreement.instalments[0], date(2026, 5, 4), reference)


def approved_after(world, change):
    """The payroll of May, approved after something happened to it since it was calculated."""
    payer, head = (user_by_email(f"{role.value}@example.ma") for role in (Role.payroll_officer, Role.head_of_unit))
    run = payroll.open_run(date(2026, 5, 1))
    payroll.calculate_payroll(run, payer, datetime(2026, 6, 3, tzinfo=UTC))
    change(world)
    db.session.flush()
    payroll.approve_payroll(run, head)


def a_bracket():
    return db.session.scalar(select(TaxBracket).filter_by(since=date(2025, 1, 1)).limit(1))


def frozen_slip(world):
    slip = a_slip(world)
    db.session.add(slip)
    db.session.flush()
    slip.run.frozen_at, slip.run.state = datetime(2026, 6, 4, tzinfo=UTC), RunState.calculated
    db.session.flush()
    slip.net = Decimal("2.00")


def completed(world, days=26):
    """The world's contract with enough locked days, and its worksite completed."""
    with db.session.no_autoflush:
        for month in (date(2026, 6, 1), date(2026, 7, 1)):
            sheet = AttendanceSheet(worksite=world.site, month=month)
            AttendanceLine(sheet=sheet, contract=world.contract, days_worked=days)
            db.session.add(sheet)
            attendance.lock_attendance(sheet, date(2026, 8, 1))
    worksites.complete_worksite(world.site, date(2026, 7, 31), "انتهاء الورش")


def certificate(days):
    def bend(world):
        completed(world, days)
        db.session.add(a_certificate(world))
        db.session.flush()

    return bend


def certified_on(world, day):
    completed(world)
    people.issue_certificate(world.contract, day)


def after_revoking(reason):
    """Another certificate for who had one revoked: by a decision with its reason, or in passing."""

    def bend(world):
        certificate(26)(world)
        first = world.contract.certificates[0]
        people.revoke_certificate(first, "حصل عليها غيره")
        db.session.flush()
        if reason:
            people.replace_certificate(first, reason, date(2026, 8, 3))
        else:
            people.issue_certificate(world.contract, date(2026, 8, 3))

    return bend


def renamed_certificate(world):
    certificate(26)(world)
    world.contract.certificates[0].name_ar = "غيرها"


def approve(places):
    def bend(world):
        with db.session.no_autoflush:
            project = second_project(
                world, carrier=a_carrier("R-2", officer="J700002"), places=places, state=ProjectState.scored
            )
            db.session.add(project)
        db.session.flush()
        selection.approve_project(project, world.session, REASON)

    return bend


def paid_on(day):
    """A wage sent on 12 June that is recorded as paid on a day."""

    def bend(world):
        payment = a_payment(world, DeclarationState.accepted)
        payment.sent_on, payment.paid_on, payment.state = date(2026, 6, 12), day, PaymentState.paid
        db.session.add(payment)

    return bend


def cover(day):
    def bend(world):
        declare(world, date(2026, 5, 1), 26, on=date(2026, 5, 1))
        world.person.cover_opened_on, world.person.cover_state = day, CoverState.open

    return bend


def with_interest(interested):
    def make(world):
        session = CommitteeSession(held_on=date(2026, 4, 12), chair="الكاتب العام")
        member = SessionAttendance(session=session, member="عضو", interest_in=world.carrier if interested else None)
        return Decision(
            session=session,
            project=world.project,
            outcome=Outcome.approved,
            reason=REASON,
            voters=[member],
        )

    return make


def decide(outcome, reason, on=date(2026, 4, 12), members=1, state=SessionState.planned):
    def make(world):
        session = CommitteeSession(held_on=on, chair="الكاتب العام")
        session.attendance = [SessionAttendance(member=f"عضو {number}") for number in range(members)]
        db.session.add(session)
        db.session.flush()
        behind(session, state=state)
        return Decision(session=session, project=world.project, outcome=outcome, reason=reason)

    return make


def call(**fields):
    def make(world):
        made = a_call(world.edition, "2/2026")
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    return make


def second_call(world):
    """Another open call, in which nobody has deposited."""
    with db.session.no_autoflush:
        made = a_call(world.edition, "2/2026")
    db.session.add(made)
    db.session.flush()
    return made


def waiting_version(world):
    """A call whose new version waits to be published."""
    made = second_call(world)
    made.specifications.append(SpecificationVersion(number=2, body_ar="دفتر معدل"))
    db.session.flush()
    return made


def regraded(new_version):
    """A weight that changes after the call was opened, with a new version of its specifications or without one."""

    def bend(world):
        made = waiting_version(world) if new_version else second_call(world)
        made.criteria[0].weight = 30

    return bend


def new_version(published):
    """The first deposit into a call, its new version published or waiting."""

    def bend(world):
        made = waiting_version(world)
        if published:
            selection.publish_version(made, date(2026, 1, 6))
        draft = a_draft(world)
        draft.call, draft.documents, draft.scores = made, [], []
        selection.deposit_project(draft, date(2026, 2, 3))

    return bend


def a_bare_draft(world):
    """A project without documents and points."""
    draft = a_draft(world)
    draft.documents, draft.scores = [], []
    db.session.flush()
    return draft


def strict(world):
    world.edition.strict_once_only = True
    db.session.flush()
    with db.session.no_autoflush:
        project = second_project(world, reference=None)
        db.session.add(project)
    db.session.flush()
    selection.deposit_project(project, date(2026, 2, 3))


def lenient(world):
    with db.session.no_autoflush:
        project = second_project(world, reference=None)
        db.session.add(project)
    db.session.flush()
    selection.deposit_project(project, date(2026, 2, 3))


def nothing(world):
    world.carrier.address = "إنزكان"


def rejected(said):
    def bend(world):
        payment = a_payment(world, DeclarationState.accepted)
        db.session.add(payment)
        db.session.flush()
        payment.state, payment.rejection_reason = PaymentState.rejected, said

    return bend


def other_amount(world):
    rejected("الحساب مغلق")(world)
    db.session.flush()
    db.session.scalars(select(Payment)).one().amount = Decimal("2.00")


def recounted(day):
    """A visit whose head count is written again, in a month whose sheet is locked or in another."""

    def bend(world):
        seen = Visit(visited_on=day, head_count=1)
        world.site.visits.append(seen)
        db.session.flush()
        seen.head_count = 2

    return bend


def another_carrier(world):
    """An agreement made, before that was refused, with another carrier than its project's."""
    with db.session.no_autoflush:
        other = a_carrier("R-2", officer="J700002")
    db.session.add(other)
    db.session.flush()
    damaged(Agreement, carrier_id=other.id)(world)


def issued_again(first: PaymentState):
    """A second payment of one wage, beside a first in some state."""

    def bend(world):
        rejected("الحساب مغلق")(world)
        payment = db.session.scalars(select(Payment)).one()
        db.session.flush()
        payment.state = first
        db.session.add(Payment(pay_slip=payment.pay_slip, amount=payment.amount))

    return bend


def verified_at(site: str):
    def bend(world):
        db.session.scalar(select(Letterhead).filter_by(kind="prefecture")).site = site

    return bend


# rule: what it accepts, what it refuses


def bent_agreement(world, instalment=None, **fields):
    agreement = second_agreement(world, same=False)
    for name, value in fields.items():
        setattr(agreement, name, value)
    if instalment:
        agreement.instalments[0].amount = instalment
    return agreement


def terminated(world):
    agreements.terminate_agreement(world.agreement, date(2026, 6, 1), "تعذر توفير الفضاء")


def drafted(world):
    """Another project's agreement, kept: nobody has signed it."""
    on_draft()(world)
    return db.session.scalar(select(Agreement).where(Agreement.id != world.agreement.id))


def drafted_at_once(world):
    """A second draft of one project for the database to refuse, as of two people who press at once."""
    agreement = drafted(world)
    row = {name: getattr(agreement, name) for name in set(Agreement.__table__.columns.keys()) - {"id", "number"}}
    try:
        db.session.execute(insert(Agreement), [row], execution_options={"vouched_by": "a test"})
    except IntegrityError as error:
        raise refusal_of(error) from error


def a_draft(world):
    """A project that nobody has deposited."""
    with db.session.no_autoflush:
        draft = second_project(world, reference=None, carrier=a_carrier("R-7", officer="J700007"))
        db.session.add(draft)
    db.session.flush()
    return draft


def a_draft_deleted(world):
    db.session.delete(a_draft(world))


def a_cost_taken_out(world):
    draft = a_draft(world)
    draft.budget_lines.remove(draft.budget_lines[0])


def planned_site(world, **fields):
    """A second worksite, planned in an agreement that has room for thirty places beside the ten of the first."""
    with_room(world, places=40)
    site = Worksite(
        code="W-3", agreement=world.agreement, name_ar="ورش", name_fr="C", places=5, commune=world.project.commune
    )
    site.opens_on, site.closes_on = date(2026, 5, 1), date(2026, 7, 31)
    for name, value in fields.items():
        setattr(site, name, value)
    return site


def redated(last):
    """A draft that ends on another day than it did, over a worksite planned to the end of July."""

    def bend(world):
        agreement = drafted(world)
        with db.session.no_autoflush:
            db.session.add(planned_site(world, agreement=agreement, commune=agreement.project.commune))
        db.session.flush()
        behind(agreement, ends_on=date(2026, 8, 1))
        agreement.ends_on = last

    return bend


def another_commune(world):
    return db.session.scalars(select(Commune).where(Commune.id != world.project.commune_id)).first()


def unsigned_site(world):
    with db.session.no_autoflush:
        agreement = bent_agreement(world, carrier_signed_on=None)
        site = planned_site(world)
        site.agreement, site.state = agreement, WorksiteState.open
        db.session.add(site)


def born(day):
    person = a_participant("J100002")
    person.born_on = day
    return person


def smig():
    return db.session.scalar(select(Parameter).filter_by(name="smig_hourly", since=date(2026, 1, 1)))


def damaged(record, **values):
    """A record that its own rules would refuse: changed behind their back."""

    def bend(world):
        changes = update(record).values(**values)
        db.session.execute(changes, execution_options={"vouched_by": "a damaged record"})
        db.session.expire_all()

    return bend


def enforced(change):
    """A change that no rule sees and that the database refuses: the rule behind its constraint says so."""

    def bend(world):
        try:
            change(world)
            db.session.flush()
        except IntegrityError as error:
            raise refusal_of(error) from error

    return bend


def lost(subject):
    """Two people changed the same record, and the second flush found it gone; the first sees nothing of it."""

    def bend(world):
        raise refusal_of(StaleDataError(), subject(world))

    return bend


def seen(version):
    """A form opened at some version of the call."""
    return lambda world: Changed().check_seen(world.call, version(world))


def signed_by_one(change):
    """An agreement that its carrier alone has signed, changed afterwards."""

    def bend(world):
        with db.session.no_autoflush:
            agreement = bent_agreement(world, council_signed_on=None)
        db.session.add(agreement)
        db.session.flush()
        change(agreement)

    return bend


def second_person_in(world, **fields):
    """A running contract of a second person, of whom no day is counted yet."""
    with db.session.no_autoflush:
        contract = second_contract(world, state=ContractState.running)
    db.session.add(contract)
    db.session.flush()
    for name, value in fields.items():
        setattr(contract, name, value)


def corrected_early(world):
    """A correction of a sheet that nobody has locked."""
    with db.session.no_autoflush:
        sheet = sheet_of_june(world)
        db.session.add(sheet)
    db.session.flush()
    made = AttendanceCorrection(line=sheet.lines[0], days_worked=25, situation=Situation.present, reason="خطأ في العد")
    correct_attendance(made, date(2026, 6, 30))


def last_day_after_the_end(world):
    completed(world)
    world.site.closes_on = date(2026, 8, 31)


def deleted(make):
    """A record that would be a draft, but for what `make` does to it."""

    def bend(world):
        with db.session.no_autoflush:
            record = make(world)
        db.session.add(record)
        db.session.flush()
        db.session.delete(record)

    return bend


def an_edition(state=EditionState.draft):
    return Edition(
        year=2027, quota_person_months=60, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), state=state
    )


def a_new_carrier():
    return Carrier(kind="association", name_ar="جمعية", name_fr="Autre", registration_number="R-9")


CASES = {
    "cnie": (add(lambda world: a_participant("ja 12345")), add(lambda world: a_participant("12345"))),
    "cnss_number": (put("person", "cnss_number", "100000019"), put("person", "cnss_number", "12345678A")),
    "affiliation_number": (put("carrier", "cnss_affiliation", "1234568"), put("carrier", "cnss_affiliation", "12")),
    "ice": (put("carrier", "ice", "001234567000062"), put("carrier", "ice", "001234567000063")),
    "rib": (put("carrier", "rib", "007780000123400000000101"), put("carrier", "rib", "007780000123400000000102")),
    "hour": (put("session", "opens_at", "9h30"), put("session", "opens_at", "25:00")),
    "web_address": (verified_at("https://awrash.example.ma"), verified_at("javascript:alert(1)")),
    "phone": (put("person", "phone", "0612-34.56 78"), put("person", "phone", "0412345678")),
    "email": (put("carrier", "email", "a@b.ma"), put("carrier", "email", "a b.ma")),
    "person_name": (put("person", "given_name_ar", "عبد الله"), put("person", "given_name_ar", "<script>")),
    "latin_name": (put("person", "given_name_fr", "Zoé N'Guessan"), put("person", "given_name_fr", "أمينة")),
    "bank_codes": (put("edition", "accepted_banks", "350 007"), put("edition", "accepted_banks", "35")),
    "positive": (put("edition", "places", 1), put("edition", "places", 0)),
    "not_negative": (
        put("complaint", "answer", "x"),
        add(lambda world: BudgetLine(project=second_project(world), kind="other", amount=Decimal(-1))),
    ),
    "percent": (
        lambda world: setattr(world.project.scores[0], "points", 100),
        lambda world: setattr(world.project.scores[0], "points", 101),
    ),
    "some_chosen": (put("edition", "eligible_kinds", [BudgetKind.wages]), put("edition", "eligible_kinds", [])),
    "first_of_month": (add(sheet_of_june), put("sheet", "month", date(2026, 5, 2))),
    "day_marks": (
        add(lambda world: sheet_of_june(world, days=1, marks="P")),
        add(lambda world: sheet_of_june(world, days=1, marks="Z")),
    ),
    "taken": (
        add(
            lambda world: Parameter(name="smig_hourly", since=date(2027, 1, 1), value=Decimal("19"), reference="Décret")
        ),
        enforced(
            add(
                lambda world: Parameter(name="smig_hourly", since=smig().since, value=Decimal("19"), reference="Décret")
            )
        ),
    ),
    "still_in_use": (
        deleted(lambda world: an_edition()),
        enforced(lambda world: db.session.delete(world.project.commune)),
    ),
    "changed": (seen(lambda world: str(world.call.version)), seen(lambda world: str(world.call.version + 1))),
    "changed.unnamed": (nothing, lost(lambda world: None)),
    "changed.unread": (seen(lambda world: str(world.call.version)), seen(lambda world: None)),
    "required": (put("carrier", "address", None), put("carrier", "name_ar", "  ")),
    "too_long": (put("carrier", "address", "x" * 240), put("carrier", "address", "x" * 241)),
    "too_large": (put("edition", "places", 2**31 - 1), put("edition", "places", 2**31)),
    "far_away": (
        put("edition", "ends_on", date(2100, 12, 31)),
        put("edition", "ends_on", date(9999, 12, 31)),
    ),
    "unique": (add(lambda world: a_participant("J100003")), add(lambda world: a_participant("J100001"))),
    "in_order": (put("edition", "ends_on", date(2026, 12, 30)), put("edition", "ends_on", date(2025, 12, 31))),
    "allowed_step": (put("edition", "state", EditionState.open), put("edition", "state", EditionState.closed)),
    "allowed_step.why": (
        lambda world: worksites.suspend_worksite(world.site, "أشغال"),
        lambda world: worksites.suspend_worksite(world.site, None),
    ),
    "allowed_step.already": (
        lambda world: step(world.edition, EditionState.open),
        lambda world: step(world.edition, EditionState.draft),
    ),
    "specifications_published": (add(call()), add(call(specifications=[]))),
    "deleted_as_draft_only": (a_draft_deleted, lambda world: db.session.delete(world.complaint)),
    "deleted_as_draft_only.moved": (
        deleted(lambda world: an_edition()),
        deleted(lambda world: an_edition(EditionState.open)),
    ),
    "taken_out_in_time": (a_cost_taken_out, lambda world: db.session.delete(world.project.scores[0])),
    "published_never_changes": (nothing, lambda world: setattr(world.call.specifications[0], "body_ar", "غيره")),
    "grid_stays": (regraded(new_version=True), regraded(new_version=False)),
    "grid_stays.deposited": (
        put("call", "title_fr", "Autre"),
        lambda world: setattr(world.call.criteria[0], "weight", 30),
    ),
    "new_version_published": (new_version(published=True), new_version(published=False)),
    "new_version_published.unwritten": (
        lambda world: selection.publish_version(waiting_version(world), date(2026, 1, 6)),
        lambda world: selection.publish_version(world.call, date(2026, 1, 6)),
    ),
    "scoring_grid": (add(call()), add(call(criteria=[]))),
    "free_proposal": (
        add(lambda world: second_project(world, theme=None)),
        add(lambda world: second_project(world, theme=None, state=ProjectState.deposited)),
    ),
    "open_call": (add(second_project), add(lambda world: second_project(world, deposited_on=date(2026, 4, 1)))),
    "receipt_stays": (put("project", "title_fr", "Autre"), put("project", "reference", "2026-0099")),
    "deposited_keeps_place": (put("project", "title_fr", "Autre"), put("project", "places", 9)),
    "of_its_call": (
        add(lambda world: Score(project=a_bare_draft(world), criterion=world.call.criteria[0], points=80)),
        add(lambda world: Score(project=a_bare_draft(world), criterion=second_call(world).criteria[0], points=80)),
    ),
    "moved_without_lines": (
        lambda world: setattr(a_bare_draft(world), "call", second_call(world)),
        lambda world: setattr(a_draft(world), "call", second_call(world)),
    ),
    "complete_file": (nothing, add(lambda world: second_project(world, documents=[], state=ProjectState.complete))),
    "scored_on_every_criterion": (
        nothing,
        add(lambda world: second_project(world, scores=[], state=ProjectState.scored)),
    ),
    "communal_powers": (
        add(lambda world: second_project(world, within_communal_powers=True)),
        add(lambda world: second_project(world, within_communal_powers=True, commune=None)),
    ),
    "duration": (
        add(lambda world: second_project(world, months=12, months_reason="موسم")),
        add(lambda world: second_project(world, months=2)),
    ),
    "long_duration_explained": (
        add(lambda world: second_project(world, months=6)),
        add(lambda world: second_project(world, months=7)),
    ),
    "committee_approval": (
        approve(3),
        add(lambda world: second_project(world, state=ProjectState.approved, carrier=a_carrier("R-2"))),
    ),
    "reason_given": (add(decide("approved", "الوقع ظاهر")), add(decide("approved", None))),
    "no_vote_with_interest": (add(with_interest(False)), add(with_interest(True))),
    "open_session": (
        add(decide("approved", REASON, state=SessionState.held)),
        add(decide("approved", REASON, state=SessionState.closed)),
    ),
    "open_session.too_early": (
        add(decide("approved", REASON, on=date(2026, 2, 1))),
        add(decide("approved", REASON, on=date(2026, 1, 31))),
    ),
    "open_session.too_few": (add(decide("approved", REASON)), add(decide("approved", REASON, members=0))),
    "never_edited": (nothing, put("decision", "reason", "سبب آخر")),
    "within_quota": (approve(10), approve(11)),
    "once_per_carrier": (lenient, add(lambda world: second_project(world, state=ProjectState.approved))),
    "once_per_carrier.strict": (lenient, strict),
    "shared_officers_answered": (shared_officer(True), shared_officer(False)),
    "project_approved": (add(lambda world: second_agreement(world, same=False)), add(second_agreement)),
    "one_agreement_for_project": (drafted, drafted_at_once),
    "one_agreement_for_project.named": (
        lambda world: agreements.terminate_agreement(drafted(world), date(2026, 6, 1), "حررت خطأ"),
        lambda world: agreements.prepare_agreement(drafted(world).project, date(2026, 5, 1)),
    ),
    "carrier_of_project": (
        add(lambda world: second_agreement(world, same=False)),
        add(lambda world: bent_agreement(world, carrier=world.carrier)),
    ),
    "fee_to_carrier_of_project": (approved_fee, lambda world: (another_carrier(world), approved_fee(world))),
    "project_value": (nothing, add(lambda world: bent_agreement(world, value=Decimal("1.00")))),
    "management_fee": (nothing, add(lambda world: bent_agreement(world, management_fee=Decimal("5000.00")))),
    "instalments_add_up": (nothing, add(lambda world: bent_agreement(world, instalment=Decimal("5000.00")))),
    "signed_by_all": (
        nothing,
        add(lambda world: bent_agreement(world, state=AgreementState.signed, carrier_signed_on=None)),
    ),
    "commune_is_party": (
        add(lambda world: bent_agreement(world, tripartite=True, commune_signed_on=date(2026, 4, 22))),
        add(lambda world: bent_agreement(world, commune_signed_on=date(2026, 4, 22))),
    ),
    "service_is_party": (
        add(lambda world: bent_agreement(world, service="مديرية الفلاحة", service_signed_on=date(2026, 4, 22))),
        add(lambda world: bent_agreement(world, service_signed_on=date(2026, 4, 22))),
    ),
    "signed_once": (
        on_draft(carrier_signed_on=date(2026, 4, 22)),
        put("agreement", "council_signed_on", date(2026, 4, 30)),
    ),
    "signed_once.not_drafted": (
        on_draft(carrier_signed_on=date(2026, 4, 22)),
        lambda world: (
            damaged(Agreement, tripartite=True)(world),
            setattr(world.agreement, "commune_signed_on", date(2026, 4, 22)),
        ),
    ),
    "signed_never_edited": (on_draft(service="مديرية الفلاحة"), put("agreement", "ends_on", date(2026, 8, 31))),
    "signed_never_edited.in_part": (
        signed_by_one(lambda agreement: setattr(agreement, "council_signed_on", date(2026, 4, 22))),
        signed_by_one(lambda agreement: setattr(agreement, "ends_on", date(2026, 8, 31))),
    ),
    "within_project": (on_draft(ends_on=date(2026, 7, 30)), on_draft(ends_on=date(2026, 8, 1))),
    "worksites_within": (redated(date(2026, 7, 31)), redated(date(2026, 7, 30))),
    "commune_of_project": (
        add(planned_site),
        add(lambda world: planned_site(world, commune=another_commune(world))),
    ),
    "days_of_agreement": (add(planned_site), add(lambda world: planned_site(world, closes_on=date(2026, 8, 1)))),
    "days_of_agreement.length": (
        add(lambda world: planned_site(world, opens_on=date(2026, 5, 31))),
        add(lambda world: planned_site(world, opens_on=date(2026, 6, 1))),
    ),
    "places_of_agreement": (
        add(lambda world: planned_site(world, places=30)),
        add(lambda world: planned_site(world, places=31)),
    ),
    "places_taken": (
        lambda world: (add(second_contract)(world), db.session.flush(), put("site", "places", 2)(world)),
        lambda world: (add(second_contract)(world), db.session.flush(), put("site", "places", 1)(world)),
    ),
    "nothing_runs_on": (
        terminated,
        lambda world: (setattr(world.agreement, "why", REASON), put("agreement", "state", "terminated")(world)),
    ),
    "agreement_first.over": (
        lambda world: (terminated(world), put("site", "name_fr", "Autre nom")(world)),
        lambda world: (terminated(world), db.session.add(planned_site(world))),
    ),
    "agreement_first": (nothing, lambda world: unsigned_site(world)),
    "opened_worksite_stays": (put("site", "closes_on", date(2026, 7, 30)), put("site", "code", "W-9")),
    "opened_worksite_stays.over": (completed, last_day_after_the_end),
    "signed_contract_stays": (
        lambda world: second_person_in(world, job="مشرفة"),
        lambda world: second_person_in(world, number="K-9"),
    ),
    "signed_contract_stays.unexplained": (
        lambda world: second_person_in(world, monthly_wage=Decimal("4000.00"), why="ترقية"),
        lambda world: second_person_in(world, monthly_wage=Decimal("4000.00")),
    ),
    "signed_contract_stays.paid": (
        lambda world: people.end_contract(world.contract, date(2026, 6, 30), "استقالة"),
        lambda world: setattr(world.contract, "participant", a_participant("J100002")),
    ),
    "cnie_stays": (
        lambda world: people.correct_cnie(world.person, "J100099", "قرئت خطأ"),
        put("person", "cnie", "J100099"),
    ),
    "same_person": (
        renamed("AGNOUZE", "AMINA", "أكنوز", "أمينة"),
        renamed("OUARDI", "KHADIJA", "الوردي", "خديجة"),
    ),
    "counted_visit_stays": (recounted(date(2026, 6, 3)), recounted(date(2026, 5, 4))),
    "signed_minutes_stay": (
        put("session", "place", "مقر الجماعة"),
        lambda world: (selection.close_session(world.session), setattr(world.session, "place", "مقر الجماعة")),
    ),
    "stays_as_made": (rejected("الحساب مغلق"), other_amount),
    "adult": (
        add(lambda world: second_contract(world, person=born(date(2008, 5, 1)))),
        add(lambda world: second_contract(world, person=born(date(2008, 5, 2)))),
    ),
    "cnss_number_recorded": (nothing, put("person", "cnss_state", CnssState.obtained)),
    "account_recorded": (put("person", "rib", "007780000123400000000101"), at_once),
    "longest_contract": (nothing, add(lambda world: second_contract(world, ends_on=date(2027, 5, 1)))),
    "minimum_wage": (add(second_contract), add(lambda world: second_contract(world, monthly_wage=Decimal("3422.71")))),
    "within_worksite.full": (
        add(second_contract),
        lambda world: (damaged(Worksite, places=1)(world), add(second_contract)(world)),
    ),
    "within_worksite": (add(second_contract), add(lambda world: second_contract(world, ends_on=date(2026, 8, 1)))),
    "one_place_at_a_time": (add(second_contract), add(lambda world: second_contract(world, person=world.person))),
    "contract_starts_after_agreement": (
        nothing,
        add(lambda world: second_contract(world, state=ContractState.running, worksite=planned_site(world))),
    ),
    "health_cover": (cover(date(2026, 8, 1)), cover(date(2026, 7, 31))),
    "locked_sheet": (nothing, put("sheet", "month", date(2026, 6, 1))),
    "line_of_locked_sheet": (nothing, put("line", "days_worked", 25)),
    "corrected_by_correction": (correction(25), put("line", "corrected_days", 25)),
    "correction_of_locked": (correction(25), corrected_early),
    "correction_of_locked.same": (correction(25), correction(26)),
    "correction_stays": (correction(25), rewritten),
    "sheet_of_opened_worksite": (
        add(sheet_of_june),
        add(lambda world: AttendanceSheet(worksite=planned_site(world), month=date(2026, 6, 1))),
    ),
    "sheet_of_opened_worksite.outside": (
        add(sheet_of_june),
        add(lambda world: AttendanceSheet(worksite=world.site, month=date(2026, 8, 1))),
    ),
    "at_the_sheets_worksite": (add(sheet_of_june), add(elsewhere)),
    "within_contract": (
        add(sheet_of_june),
        add(lambda world: sheet_of_june(world, contract=second_contract(world, starts_on=date(2026, 6, 29)))),
    ),
    "day_by_day": (
        add(lambda world: sheet_of_june(world, days=2, marks="PPA")),
        add(
            lambda world: sheet_of_june(
                world, days=1, marks="P", contract=second_contract(world, starts_on=date(2026, 6, 2))
            )
        ),
    ),
    "day_by_day.sum": (
        add(lambda world: sheet_of_june(world, days=2, marks="PPA")),
        add(lambda world: sheet_of_june(world, days=3, marks="PPA")),
    ),
    "visit_gap_answered": (visited("غائبة مرخص لها"), visited(None)),
    "visit_gap_answered.by_sums": (visited_by_sums("غائبة مرخص لها"), visited_by_sums(None)),
    "no_day_to_come": (marked_on("2026-06-04"), marked_on("2026-06-02")),
    "no_day_to_come.passed": (written_on("2026-06-26"), written_on("2026-06-25")),
    "locked_once_worked": (locked_on(date(2026, 6, 30)), locked_on(date(2026, 6, 29))),
    "locked_once_worked.early": (
        locked_on(date(2026, 6, 30), today=date(2026, 6, 30)),
        locked_on(date(2026, 7, 1), today=date(2026, 6, 30)),
    ),
    "another_locks": (locked_by(Role.head_of_unit), locked_by(Role.field_officer)),
    "declared_days": (with_days_elsewhere(12), with_days_elsewhere(15)),
    "declared_days.unpaid": (
        add(lambda world: sheet_of_june(world, days=0, situation=Situation.CS)),
        add(lambda world: sheet_of_june(world, days=1, situation=Situation.CS)),
    ),
    "month_begun": (
        add(lambda world: PayrollRun(month=date(2026, 5, 1), calculated_at=datetime(2026, 5, 1, tzinfo=UTC))),
        add(lambda world: PayrollRun(month=date(2026, 5, 1), calculated_at=datetime(2026, 4, 30, 20, tzinfo=UTC))),
    ),
    "not_before_editions": (
        add(lambda world: PayrollRun(month=date(2026, 1, 1))),
        add(lambda world: PayrollRun(month=date(2025, 12, 1))),
    ),
    "second_person": (
        frozen_run,
        lambda world: setattr(frozen_run(world), "approved_by", user_by_email("payroll_officer@example.ma")),
    ),
    "frozen_run": (frozen_run, lambda world: setattr(frozen_run(world), "seal", "y" * 64)),
    "slip_of_frozen_run": (nothing, frozen_slip),
    "used_figure_never_changes": (
        add(
            lambda world: Parameter(name="smig_hourly", since=date(2027, 1, 1), value=Decimal("19"), reference="Décret")
        ),
        lambda world: (frozen_run(world), setattr(smig(), "value", Decimal("19"))),
    ),
    "used_bracket_never_changes": (
        add(
            lambda world: TaxBracket(
                since=date(2027, 1, 1), over=Decimal("50000"), rate=Decimal("0.1"), reference="Loi"
            )
        ),
        lambda world: (frozen_run(world), setattr(a_bracket(), "rate", Decimal("0.5"))),
    ),
    "calculated_as_it_is": (
        lambda world: approved_after(world, nothing),
        lambda world: approved_after(world, put("person", "declared_elsewhere_by", "Société Argane")),
    ),
    "fee_of_signed_agreement": (
        lambda world: approved_fee(world),
        lambda world: (terminated(world), approved_fee(world)),
    ),
    "payment_of_fee_told": (lambda world: paid_fee(world, "VIR-77"), lambda world: paid_fee(world, None)),
    "starts_from": (
        lambda world: paid_fee(world, "VIR-77"),
        lambda world: management_fee.pay_instalment(world.agreement.instalments[0], date(2026, 5, 4), "VIR-77"),
    ),
    "starts_from.already": (approved_fee, lambda world: (paid_fee(world, "VIR-77"), approved_fee(world))),
    "approved_instalment_stays": (
        lambda world: setattr(world.agreement.instalments[0], "due_on", date(2026, 6, 1)),
        lambda world: (approved_fee(world), setattr(world.agreement.instalments[0], "due_on", date(2026, 6, 1))),
    ),
    "damancom_registration": (
        lambda world: db.session.add(a_payment(world, DeclarationState.made)),
        lambda world: db.session.add(a_payment(world, DeclarationState.to_make)),
    ),
    "paid_after_sending": (paid_on(date(2026, 6, 12)), paid_on(date(2026, 6, 11))),
    "paid_once": (issued_again(PaymentState.reissued), issued_again(PaymentState.rejected)),
    "rejection_explained": (rejected("الحساب مغلق"), rejected(None)),
    "certificate_earned": (certificate(26), certificate(10)),
    "certificate_earned.early": (certificate(26), lambda world: certified_on(world, date(2026, 7, 30))),
    "certificate_earned.unfinished": (certificate(26), lambda world: db.session.add(a_certificate(world))),
    "issued_never_edited": (certificate(26), renamed_certificate),
    "revoked_stays": (after_revoking("تبين الخطأ"), after_revoking(None)),
    "administrator_stays": (
        lambda world: (
            an_account("second@example.ma", Role.administrator),
            setattr(the_administrator(), "active", False),
        ),
        lambda world: setattr(the_administrator(), "roles", []),
    ),
    "used_account_stays": (
        lambda world: db.session.delete(an_account("second@example.ma", Role.auditor)),
        lambda world: delete_who_acted(an_account("second@example.ma", Role.auditor)),
    ),
    "answer_written": (nothing, put("complaint", "state", ComplaintState.answered)),
    "follow_up_answered": (nothing, put("follow_up", "state", FollowUpState.done)),
}

# a rule of the payroll: what stops a wage; without it nothing does
STOPS = {
    "agreement_signed": damaged(Agreement, carrier_signed_on=None),
    "contract_approved": put("contract", "anapec_approved_on", None),
    "attendance_locked": put("sheet", "state", SheetState.verified),
    "declared_by_carrier": put("carrier", "cnss_affiliation", None),
    "bank_account": put("edition", "accepted_banks", "007"),
    "account_of_one_person": lambda world: (db.session.add(a_participant("J100009")), db.session.flush()),
    "known_to_cnss": damaged(Participant, cnie=""),
    "phone_of_one_person": same_phone,
    "not_declared_elsewhere": put("person", "declared_elsewhere_by", "Société Argane"),
    "days_within_month": with_days_of([date(2026, 5, 1)], days=1),
    "within_twelve_months": with_days_of([date(2025, month, 1) for month in range(1, 13)], days=26),
}
CASES |= {rule.code: (stopped(nothing, rule), stopped(STOPS[rule.code], rule)) for rule in PAYABLE}


BEHIND = {"attendance_locked": damaged(AttendanceSheet, state=SheetState.verified)}


UNSIGNED_SERVICE = ("agreement_signed", damaged(Agreement, service="مديرية الفلاحة"))
