"""A month closed at a worksite of its own: its sheet locked, its payroll frozen, one transfer sent back by the bank."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select, update

from awrash.database.session import db
from awrash.models import (
    AttendanceCorrection,
    AttendanceSheet,
    CommitteeSession,
    Contract,
    Decision,
    Participant,
    Payment,
    PayrollRun,
    PaySlip,
    SessionAttendance,
    Visit,
    Worksite,
)
from awrash.operations import attendance, corrections, declarations, payroll
from awrash.operations.payments import record_rejected, reissue_payment, send_payment
from awrash.records import steps
from awrash.records.accounts import user_by_email
from awrash.records.audit import AuditLine
from awrash.values import identifiers
from awrash.values.states import CnssState, DeclarationState, Outcome, SessionState, Situation, WorksiteState
from tests.world import REASON, a_carrier, a_contract, a_participant, a_project, an_agreement

MAY = date(2026, 5, 1)
AT = datetime(2026, 6, 2, 9, tzinfo=UTC)
LATIN, ARABIC = "ABDERRAHMANE EL IDRISSI EL ALAOUI ELMARRAKCHI " * 2, "عبد الرحمان الإدريسي العلوي المراكشي " * 3
TAXED = Decimal("12000.00")
MARKS = "PPP.PPPMPPPPP.PPPPPPAPPPPP.PPPP"


def close_month(world: SimpleNamespace, long: bool, people: int = 60) -> dict[str, Any]:
    """Close May at a second worksite of two people, or of many; the records that papers of the month tell of."""
    world.edition.quota_person_months = 500
    crew = a_crew(world, people if long else 2, long)
    sheet = a_filled_sheet(crew, MAY, long)
    if long:
        db.session.add(Visit(worksite=crew, visited_on=date(2026, 5, 12), head_count=people))
    attendance.lock_attendance(sheet, date(2026, 5, 31))
    if long:
        correct(sheet)
    freeze(world.run)
    payments = list(db.session.scalars(select(Payment).order_by(Payment.id)))
    for payment in payments[1:]:
        send_payment(payment, date(2026, 6, 12))
        record_rejected(payment, "الحساب مغلق (compte clôturé, code 04/2026)" if long else "الحساب مغلق")
        if len(payments) > 2 and payment.id % 2:
            reissue_payment(payment)
    recorded = update(AuditLine).values(at=AT)  # the day on which the office records a rejection is printed
    db.session.execute(recorded, execution_options={"vouched_by": "a clock held still", "synchronize_session": False})
    slip = db.session.scalars(select(PaySlip).filter_by(contract_id=crew.contracts[0].id)).one()
    return {"attendance_sheet": sheet, "pay_slip": slip, "payroll_run": world.run}


def a_crew(world: SimpleNamespace, count: int, long: bool = False, number: int = 2) -> Worksite:
    """A worksite of its own carrier with so many people at work from May to July."""
    with db.session.no_autoflush:
        project = a_project(world.call, a_carrier(f"R-{number}", f"J70000{number}"), f"2026-000{number}")
        project.places = count
        agreement = an_agreement(project, f"{number}-أ ع م-2026")
        site = Worksite(code=f"W-{number}", agreement=agreement, name_ar="تهيئة الحديقة", name_fr="Jardin public")
        site.opens_on, site.closes_on, site.commune = MAY, date(2026, 7, 31), project.commune
        site.places, site.state = count, WorksiteState.open
        crew = [a_worker(site, place, number) for place in range(count)]
        if long:
            lengthen(crew[0].participant, crew[0])
        session = CommitteeSession(held_on=date(2026, 4, 12), chair="الكاتب العام", state=SessionState.held)
        session.attendance = [SessionAttendance(member="ممثلة أنابيك")]
        approved = Decision(session=session, project=project, outcome=Outcome.approved, reason=REASON)
        db.session.add_all([session, approved, project, agreement, site, *crew])
    db.session.flush()
    return site


def a_worker(site: Worksite, place: int, number: int = 2) -> Contract:
    person = a_participant(f"JB{number}{place:05d}")
    person.family_name_fr, person.given_name_fr = ("OUBELLA", "TOUDA") if place % 2 else ("AIT BIHI", "SAID")
    person.family_name_ar, person.given_name_ar = ("أوبلا", "تودة") if place % 2 else ("أيت بيهي", "سعيد")
    person.rib = identifiers.rib.with_key(f"350810{number}{place:015d}")
    return a_contract(person, site, f"K-{number}-{place:03d}")


def lengthen(person: Participant, contract: Contract) -> None:
    person.family_name_ar = person.given_name_ar = ARABIC[:80].strip()
    person.family_name_fr = person.given_name_fr = LATIN[:80].strip()
    person.cnss_number, person.cnss_state = identifiers.cnss_number.with_key("19999999"), CnssState.obtained
    contract.monthly_wage = TAXED


def a_filled_sheet(site: Worksite, month: date, long: bool) -> AttendanceSheet:
    """Its lines by day, or in every third line their sum only."""
    sheet = attendance.open_sheet(site, month)
    for place, line in enumerate(sheet.lines):
        if long and place % 3 == 2:
            attendance.mark_line(line, "", 20, Situation.IL)
        else:
            attendance.mark_line(line, MARKS, 0, Situation.present)
    db.session.flush()
    return sheet


def correct(sheet: AttendanceSheet) -> None:
    with db.session.no_autoflush:
        correction = AttendanceCorrection(line=sheet.lines[0], days_worked=19, situation=Situation.IL)
        correction.reason = "شهادة طبية وصلت بعد القفل (certificat n° 12/2026)"
    corrections.correct_attendance(correction, date(2026, 6, 1))


def freeze(run: PayrollRun) -> None:
    """Calculate, approve and freeze a payroll; its declarations are uploaded on the 9th."""
    payroll.calculate_payroll(run, user_by_email("payroll_officer@example.ma"), AT)
    payroll.approve_payroll(run, user_by_email("head_of_unit@example.ma"))
    payroll.freeze_payroll(run, AT)
    for declaration in run.declarations:
        steps.step(declaration, DeclarationState.made)
        declarations.record_upload(declaration, date(2026, 6, 9))
    db.session.flush()
