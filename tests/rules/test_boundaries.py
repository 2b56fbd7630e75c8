"""Each rule at its boundary: what stands exactly at the limit is accepted, one day, one centime, one person beyond
is refused, in the rule's own sentence. The figures are typed here, as docs/programme.md has them.
"""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from awrash.database.session import db
from awrash.models import (
    AttendanceLine,
    AttendanceSheet,
    CommitteeSession,
    Decision,
    DocumentReceived,
    Instalment,
    Officer,
    Payment,
    PayrollRun,
    RequiredDocument,
    SessionAttendance,
    Visit,
    Worksite,
)
from awrash.operations import agreements, attendance, selection, worksites
from awrash.records.accounts import user_by_email
from awrash.records.steps import step
from awrash.rules.rule import RuleError
from awrash.values.states import (
    AccountState,
    AgreementState,
    CallState,
    CnssState,
    ComplaintState,
    ContractState,
    CoverState,
    DeclarationState,
    FollowUpState,
    Insertion,
    InstalmentState,
    OfficerRole,
    Outcome,
    PaymentState,
    ProjectState,
    Situation,
    WorksiteState,
)
from tests.rule_cases import (
    a_draft,
    add,
    approved_fee,
    bent_agreement,
    born,
    paid_fee,
    put,
    second_contract,
    second_project,
    sheet_of_june,
)
from tests.rules.test_every_rule import SENTENCES
from tests.world import (
    REASON,
    a_carrier,
    a_certificate,
    a_payment,
    a_world,
    as_draft,
    behind,
    declare,
    with_room,
)

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)


# ---- calls and projects


def deposited(on, **of_call):
    """A draft deposited on a day, into a call with such dates; its call opens on 5 January and closes on 31 March."""

    def bend(world):
        if of_call:
            behind(world.call, **of_call)
        selection.deposit_project(a_draft(world), on)

    return bend


def of_months(months, reason=None, **more):
    return add(lambda world: second_project(world, months=months, months_reason=reason, **more))


def lasting(first, last):
    """An agreement that is drafted from a first to a last day, of a project approved for a year."""

    def make(world):
        agreement = bent_agreement(world, starts_on=first, ends_on=last, **UNSIGNED)
        agreement.project.places, agreement.project.months, agreement.project.months_reason = 1, 12, "موسم"
        return agreement

    return add(make)


UNSIGNED = {"council_signed_on": None, "carrier_signed_on": None}


def quota(person_months, **fields):
    """Ten places for three months approved, beside ten for three months, in an edition of so many person-months."""

    def bend(world):
        world.edition.quota_person_months = person_months
        db.session.flush()
        project = another_project(world, state=ProjectState.scored, **fields)
        selection.approve_project(project, world.session, REASON)

    return bend


def another_project(world, **fields):
    """A project of another carrier."""
    with db.session.no_autoflush:
        project = second_project(world, carrier=a_carrier("R-2", officer="J700002"), **fields)
        db.session.add(project)
    db.session.flush()
    return project


def beside(state):
    """Twenty person-months asked for by another project that stands in a state, under a quota of sixty."""

    def bend(world):
        other = another_project(world, places=30, months=3, reference="2026-0009")
        behind(other, state=state)
        with db.session.no_autoflush:
            project = second_project(world, carrier=a_carrier("R-3", officer="J700003"), state=ProjectState.scored)
            db.session.add(project)
        db.session.flush()
        selection.approve_project(project, world.session, REASON)

    return bend


CALLS = [
    ("deposited on the day the call opens", None, deposited(date(2026, 1, 5))),
    ("deposited the day before", "open_call", deposited(date(2026, 1, 4))),
    ("deposited on the day the call closes", None, deposited(date(2026, 3, 31))),
    ("deposited the day after", "open_call", deposited(date(2026, 4, 1))),
    ("deposited in a published call", "open_call", deposited(date(2026, 2, 1), state=CallState.published)),
    ("deposited in a closed call", "open_call", deposited(date(2026, 2, 1), state=CallState.closed)),
    ("two months", "duration", of_months(2)),
    ("three months", None, of_months(3)),
    ("six months without a reason", None, of_months(6)),
    ("seven months without a reason", "long_duration_explained", of_months(7)),
    ("seven months with a reason", None, of_months(7, "موسم")),
    ("twelve months", None, of_months(12, "موسم")),
    ("thirteen months", "duration", of_months(13, "موسم")),
    ("an agreement of three months", None, lasting(MAY, date(2026, 7, 31))),
    ("an agreement of two months", "duration", lasting(MAY, date(2026, 6, 30))),
    ("an agreement of two months and a day", None, lasting(MAY, date(2026, 7, 1))),
    ("an agreement of twelve months", None, lasting(MAY, date(2027, 4, 30))),
    ("an agreement of twelve months and a day", "duration", lasting(MAY, date(2027, 5, 1))),
    ("a period of one day", None, put("edition", "ends_on", date(2026, 1, 1))),
    ("a period that ends the day before it begins", "in_order", put("edition", "ends_on", date(2025, 12, 31))),
    ("the quota is reached", None, quota(60)),
    ("the quota is exceeded by one", "within_quota", quota(59)),
    ("one place more than is left", "within_quota", quota(62, places=11)),
    ("as many places as are left", None, quota(63, places=11)),
    ("a scored project books nothing", None, beside(ProjectState.scored)),
    ("a refused project books nothing", None, beside(ProjectState.refused)),
    ("an approved project books its months", "within_quota", beside(ProjectState.approved)),
    ("a wage at the minimum", None, add(lambda world: second_project(world, monthly_wage=Decimal("3422.72")))),
    (
        "a wage a centime below",
        "minimum_wage",
        add(lambda world: second_project(world, monthly_wage=Decimal("3422.71"))),
    ),
    ("no wage written yet", None, add(lambda world: second_project(world, monthly_wage=None))),
]


def terminated_frees(world):
    """The agreement of the only approved project is terminated: its person-months are free again."""
    agreements.terminate_agreement(world.agreement, date(2026, 6, 1), "تعذر توفير الفضاء")
    quota(30)(world)


def a_checklist(required, received_on):
    """A second document of the checklist, required or not, brought on a day, not yet, or not at all."""

    def bend(world):
        project = another_project(world, state=ProjectState.deposited)
        document = RequiredDocument(name_ar="وثيقة", name_fr="Autre", is_required=required)
        with as_draft(world.call):
            world.call.required_documents.append(document)
        if received_on != "never":
            project.documents.append(DocumentReceived(document=document, received_on=received_on))
        step(project, ProjectState.complete)

    return bend


def scored_on(all_but):
    """A project that has points on every criterion but so many."""

    def bend(world):
        project = another_project(world, state=ProjectState.complete)
        for score in project.scores[: all_but or None] if all_but else []:
            project.scores.remove(score)
        step(project, ProjectState.scored)

    return bend


def decided(outcome, state):
    """A project moved to a state on a decision that says an outcome."""

    def bend(world):
        project = another_project(world, state=ProjectState.scored)
        with db.session.no_autoflush:
            db.session.add(Decision(session=world.session, project=project, outcome=outcome, reason=REASON))
        project.why, project.state = REASON, state

    return bend


def interested(in_carrier):
    """A member who declared an interest votes on the project of a carrier."""

    def make(world):
        session = CommitteeSession(held_on=date(2026, 4, 12), chair="الكاتب العام")
        member = SessionAttendance(session=session, member="عضو", interest_in=in_carrier(world))
        return Decision(
            session=session, project=world.project, outcome=Outcome.approved, reason=REASON, voters=[member]
        )

    return add(make)


def again(state):
    """A second project of the carrier approved, its first agreement in a state."""

    def bend(world):
        behind(world.agreement, state=state)
        add(lambda world: second_project(world, state=ProjectState.scored))(world)
        db.session.flush()
        project = next(project for project in world.carrier.projects if project is not world.project)
        selection.approve_project(project, world.session, REASON)

    return bend


def same_project_again(world):
    """The agreement of a terminated one prepared once more, of the same project."""
    agreements.terminate_agreement(world.agreement, date(2026, 6, 1), "تعذر توفير الفضاء")
    agreements.prepare_agreement(world.project, MAY)


def strictly(reference):
    """A deposit under the strict reading, beside another project with or without a receipt."""

    def bend(world):
        world.edition.strict_once_only = True
        with db.session.no_autoflush:
            carrier = a_carrier("R-5", officer="J700005")
            other = second_project(world, carrier=carrier, reference=reference)
            project = second_project(world, carrier=carrier, reference=None)
            db.session.add_all([other, project])
        db.session.flush()
        selection.deposit_project(project, date(2026, 2, 3))

    return bend


def officer_elsewhere(role, cnie="J700001", carrier_role=OfficerRole.president):
    """The agreement signed while somebody of its bureau holds a role in another's."""

    def bend(world):
        world.carrier.officers[0].role = carrier_role
        with db.session.no_autoflush:
            other = a_carrier("R-2", officer="J700002")
            other.officers.append(Officer(role=role, name_ar="أ", name_fr="A", cnie=cnie))
            db.session.add(other)
        db.session.flush()
        worksites.complete_worksite(world.site, date(2026, 7, 31), "انتهاء الورش")
        world.agreement.state = AgreementState.ended

    return bend


PROJECTS = [
    ("a terminated agreement frees its person-months", None, terminated_frees),
    ("the last required document is brought", None, a_checklist(True, date(2026, 2, 2))),
    ("one of two required documents is missing", "complete_file", a_checklist(True, "never")),
    ("a document that is announced and not brought", "complete_file", a_checklist(True, None)),
    ("a document that is not required", None, a_checklist(False, "never")),
    ("points on every criterion", None, scored_on(0)),
    ("points on every criterion but one", "scored_on_every_criterion", scored_on(1)),
    ("approved as decided", None, decided(Outcome.approved, ProjectState.approved)),
    ("approved where the committee deferred", "committee_approval", decided(Outcome.deferred, ProjectState.approved)),
    ("refused where the committee approved", "committee_approval", decided(Outcome.approved, ProjectState.refused)),
    ("deferred as decided", None, decided(Outcome.deferred, ProjectState.deferred)),
    ("an interest in the carrier", "no_vote_with_interest", interested(lambda world: world.carrier)),
    ("an interest in another carrier", None, interested(lambda world: a_carrier("R-4", officer="J700004"))),
    ("again while a draft stands", None, again(AgreementState.drafted)),
    ("again after a termination", None, again(AgreementState.terminated)),
    ("again after a signature", "once_per_carrier", again(AgreementState.signed)),
    ("again while one runs", "once_per_carrier", again(AgreementState.running)),
    ("again after one has ended", "once_per_carrier", again(AgreementState.ended)),
    ("the same project again", None, same_project_again),
    ("strictly, beside a draft", None, strictly(None)),
    ("strictly, beside a receipt", "once_per_carrier.strict", strictly("2026-0007")),
    ("a treasurer of two bureaus", "shared_officers_answered", officer_elsewhere(OfficerRole.treasurer)),
    ("a secretary of two bureaus", "shared_officers_answered", officer_elsewhere(OfficerRole.secretary_general)),
    ("a plain member of the other bureau", None, officer_elsewhere(OfficerRole.member)),
    ("a plain member of this bureau", None, officer_elsewhere(OfficerRole.treasurer, carrier_role=OfficerRole.member)),
    ("another person in the other bureau", None, officer_elsewhere(OfficerRole.treasurer, cnie="J700009")),
]


# ---- agreements and their fee


def fee_after(**fields):
    """The fee of an agreement approved, its fields changed before."""

    def bend(world):
        behind(world.agreement, **fields)
        approved_fee(world)

    return bend


def a_fee(amount):
    return add(lambda world: bent_agreement(world, management_fee=Decimal(amount)))


def instalments(*amounts):
    """The fee of 5,000.01 dirhams in parts."""

    def make(world):
        agreement = bent_agreement(world, **UNSIGNED)
        agreement.instalments = [Instalment(due_on=MAY, amount=Decimal(amount)) for amount in amounts]
        return agreement

    return add(make)


def paid_then(**fields):
    def bend(world):
        paid_fee(world, "VIR-77")
        for name, value in fields.items():
            setattr(world.agreement.instalments[0], name, value)

    return bend


def paid_with(on, reference):
    def bend(world):
        approved_fee(world)
        instalment = world.agreement.instalments[0]
        instalment.paid_on, instalment.reference, instalment.state = on, reference, InstalmentState.paid

    return bend


def signed_with(**fields):
    return add(lambda world: bent_agreement(world, state=AgreementState.signed, **fields))


AGREEMENTS = [
    (
        "the value a centime too low",
        "project_value",
        add(lambda world: bent_agreement(world, value=Decimal("100000.09"))),
    ),
    (
        "the value a centime too high",
        "project_value",
        add(lambda world: bent_agreement(world, value=Decimal("100000.11"))),
    ),
    ("5 % of 100,000.10, half a centime up", None, add(lambda world: bent_agreement(world, **UNSIGNED))),
    ("the fee rounded down", "management_fee", a_fee("5000.00")),
    (
        "the fee a centime too high",
        "management_fee",
        a_fee("5000.02"),
    ),
    ("two parts of the fee", None, instalments("2500.00", "2500.01")),
    ("two parts a centime short", "instalments_add_up", instalments("2500.00", "2500.00")),
    ("two parts a centime over", "instalments_add_up", instalments("2500.01", "2500.01")),
    ("no part planned yet", None, instalments()),
    ("a part of nothing", "positive", instalments("5000.01", "0.00")),
    ("a fee approved under a signed agreement", None, fee_after(state=AgreementState.signed)),
    ("a fee whose council did not sign", "fee_of_signed_agreement", fee_after(council_signed_on=None)),
    ("a fee whose commune did not sign", "fee_of_signed_agreement", fee_after(tripartite=True)),
    ("a fee paid with day and reference", None, paid_with(date(2026, 5, 4), "VIR-77")),
    ("a fee paid without a day", "payment_of_fee_told", paid_with(None, "VIR-77")),
    ("a fee paid without a reference", "payment_of_fee_told", paid_with(date(2026, 5, 4), None)),
    ("another day of a fee that was paid", "approved_instalment_stays", paid_then(paid_on=date(2026, 5, 5))),
    ("another reference of a fee that was paid", "approved_instalment_stays", paid_then(reference="VIR-78")),
    ("another amount of a fee that was paid", "approved_instalment_stays", paid_then(amount=Decimal("5000.00"))),
    ("signed without the council", "signed_by_all", signed_with(council_signed_on=None)),
    ("signed without the carrier", "signed_by_all", signed_with(carrier_signed_on=None)),
    ("signed without the commune that is a party", "signed_by_all", signed_with(tripartite=True)),
    ("signed without the service that is a party", "signed_by_all", signed_with(service="مديرية الفلاحة")),
    ("signed by the two parties", None, signed_with()),
]


# ---- people and contracts


def contract(**fields):
    return add(lambda world: second_contract(world, **fields))


def long_contract(first, last):
    """A contract at a worksite that lasts long enough."""

    def bend(world):
        behind(world.site, closes_on=date(2028, 12, 31))
        contract(starts_on=first, ends_on=last)(world)

    return bend


def taken(places, first=MAY, last=date(2026, 7, 31), of_first=None):
    """A second contract at a worksite of so many places, where one runs from May to July."""

    def bend(world):
        behind(world.site, places=places)
        if of_first:
            behind(world.contract, **of_first)
        contract(starts_on=first, ends_on=last)(world)

    return bend


def same_person(first, last, **of_first):
    """A second contract of one person, whose first ran from 1 to 31 May."""

    def bend(world):
        behind(world.contract, ends_on=date(2026, 5, 31), state=ContractState.ended, **of_first)
        contract(person=world.person, starts_on=first, ends_on=last)(world)

    return bend


def started(site=None, unsigned=False):
    """A contract that begins to run, its worksite and agreement changed before."""

    def bend(world):
        if site:
            behind(world.site, state=site)
        if unsigned:
            behind(world.agreement, carrier_signed_on=None)
        contract(state=ContractState.running)(world)

    return bend


def of_age(born_on, first=MAY):
    return add(lambda world: second_contract(world, person=born(born_on), starts_on=first))


def candidate(born_on):
    return add(lambda world: born(born_on))


def covered(by_day, *days, state=DeclarationState.accepted):
    """The cover of a person recorded open on a day, so many days of May, June and July declared a week after each."""

    def bend(world):
        for month, declared in zip((MAY, JUNE, JULY), days, strict=False):
            declare(world, month, declared, state=state)
        world.person.cover_opened_on, world.person.cover_state = by_day, CoverState.open

    return bend


PEOPLE = [
    ("eighteen on the first day", None, of_age(date(2008, 5, 1))),
    ("eighteen the day after the first", "adult", of_age(date(2008, 5, 2))),
    ("eighteen the day after a later first day", "adult", of_age(date(2008, 5, 16), date(2026, 5, 15))),
    ("a candidate of age on the edition's last day", None, candidate(date(2008, 12, 31))),
    ("a candidate of age the day after", "adult", candidate(date(2009, 1, 1))),
    ("a CNSS number is obtained", None, lambda world: (put("person", "cnss_number", "100000019")(world), got(world))),
    ("a CNSS number is obtained and not written", "cnss_number_recorded", lambda world: got(world)),
    ("an account without a RIB", "account_recorded", lambda world: setattr(world.person, "rib", None) or verify(world)),
    ("a contract of twelve months", None, long_contract(MAY, date(2027, 4, 30))),
    ("a contract of twelve months and a day", "longest_contract", long_contract(MAY, date(2027, 5, 1))),
    ("the minimum wage", None, contract(monthly_wage=Decimal("3422.72"))),
    ("a centime below it", "minimum_wage", contract(monthly_wage=Decimal("3422.71"))),
    ("from the worksite's first day to its last", None, contract(starts_on=MAY, ends_on=date(2026, 7, 31))),
    ("from the day before it opens", "within_worksite", contract(starts_on=date(2026, 4, 30))),
    ("to the day after it closes", "within_worksite", contract(ends_on=date(2026, 8, 1))),
    ("the last place", None, taken(2)),
    ("one beyond the last place", "within_worksite.full", taken(1)),
    ("a place whose holder leaves the day before", None, taken(1, JUNE, of_first={"ends_on": date(2026, 5, 31)})),
    ("a place whose holder leaves that day", "within_worksite.full", taken(1, JUNE, of_first={"ends_on": JUNE})),
    ("another contract from the day after the first", None, same_person(JUNE, date(2026, 6, 30))),
    ("another from its last day", "one_place_at_a_time", same_person(date(2026, 5, 31), date(2026, 6, 30))),
    ("another that ends on its first day", "one_place_at_a_time", same_person(MAY, MAY)),
    ("another that ends the day before it begins", None, same_person(MAY, MAY, starts_on=date(2026, 5, 2))),
    ("another in the place of one that never ran", None, lambda world: never_ran(world)),
    ("work begins at an open worksite under a signed agreement", None, started()),
    (
        "work begins at a suspended worksite",
        "contract_starts_after_agreement",
        started(WorksiteState.suspended),
    ),
    ("work begins at a planned worksite", "contract_starts_after_agreement", started(WorksiteState.planned)),
    (
        "work begins without the carrier",
        "contract_starts_after_agreement",
        started(unsigned=True),
    ),
    ("cover three months after the first declaration", None, covered(date(2026, 9, 8), 26)),
    ("cover a day sooner", "health_cover", covered(date(2026, 9, 7), 26)),
    ("cover on no day", "health_cover", covered(None, 26)),
    ("cover the month after 54 declared days", None, covered(date(2026, 8, 1), 26, 26, 2)),
    ("cover a day sooner by declared days", "health_cover", covered(date(2026, 7, 31), 26, 26, 2)),
    ("cover after 53 declared days", "health_cover", covered(date(2026, 8, 1), 26, 26, 1)),
    ("cover of who was never declared", "health_cover", covered(date(2026, 11, 20))),
    *(
        (f"cover by a declaration {state}", "health_cover", covered(date(2026, 11, 20), 26, 26, 26, state=state))
        for state in (DeclarationState.to_make, DeclarationState.made, DeclarationState.rejected)
    ),
]


def got(world):
    world.person.cnss_state = CnssState.obtained


def verify(world):
    world.person.account_state = AccountState.verified


def never_ran(world):
    """A contract that was ended before its first day leaves the person free."""
    behind(world.contract, ends_on=date(2026, 4, 30), state=ContractState.ended)
    contract(person=world.person)(world)


# ---- attendance


def sheet(**fields):
    return add(lambda world: sheet_of_june(world, **fields))


def sheet_of(month, **of_site):
    def bend(world):
        behind(world.site, **of_site)
        add(lambda world: AttendanceSheet(worksite=world.site, month=month))(world)

    return bend


def june_of(first, last, days, marks=None):
    """The sheet of June of a second person, whose contract runs from a first to a last day."""
    return add(
        lambda world: sheet_of_june(
            world, days=days, marks=marks, contract=second_contract(world, starts_on=first, ends_on=last)
        )
    )


def visited(head_count, on=date(2026, 6, 3), answer=None):
    """The sheet of June locked, with two people marked on the third, whom a visit counted."""

    def lock(world):
        with db.session.no_autoflush:
            made = sheet_of_june(world, days=1, marks="..P")
            AttendanceLine(sheet=made, contract=second_contract(world), days_worked=1, marks="..P")
            world.site.visits.append(Visit(visited_on=on, head_count=head_count, gap_answer=answer))
        db.session.add(made)
        attendance.lock_attendance(made, date(2026, 6, 30))

    return lock


def elsewhere(there, here):
    """Days of June of one person at two worksites."""

    def bend(world):
        with_room(world)
        with db.session.no_autoflush:
            site = Worksite(code="W-2", agreement=world.agreement, name_ar="ورش", name_fr="C", places=5, state="open")
            site.opens_on, site.closes_on, site.commune = MAY, date(2026, 7, 31), world.project.commune
            other = second_contract(world, starts_on=date(2026, 6, 16), worksite=site, person=world.person)
            behind(world.contract, ends_on=date(2026, 6, 15))
            db.session.add(site)
            db.session.add(other)
            first = AttendanceSheet(worksite=site, month=JUNE)
            AttendanceLine(sheet=first, contract=other, days_worked=there)
            db.session.add(first)
        db.session.flush()
        add(lambda world: sheet_of_june(world, days=here))(world)

    return bend


def locked_on(day):
    def lock(world):
        with db.session.no_autoflush:
            made = sheet_of_june(world)
        db.session.add(made)
        attendance.lock_attendance(made, day)

    return lock


ATTENDANCE = [
    ("a sheet of the month in which the worksite opens", None, sheet_of(JUNE, opens_on=date(2026, 6, 30))),
    ("a sheet of the month before", "sheet_of_opened_worksite.outside", sheet_of(JUNE, opens_on=JULY)),
    ("a sheet of the month in which it closes", None, sheet_of(JUNE, closes_on=JUNE)),
    ("a sheet of the month after", "sheet_of_opened_worksite.outside", sheet_of(JUNE, closes_on=date(2026, 5, 31))),
    ("a sheet of a suspended worksite", None, sheet_of(JUNE, state=WorksiteState.suspended)),
    ("a sheet of a completed worksite", None, sheet_of(JUNE, state=WorksiteState.completed)),
    ("a sheet of a closed worksite", None, sheet_of(JUNE, state=WorksiteState.closed)),
    ("a sheet of a planned worksite", "sheet_of_opened_worksite", sheet_of(JUNE, state=WorksiteState.planned)),
    ("a sheet of one never opened", "sheet_of_opened_worksite", sheet_of(JUNE, state=WorksiteState.never_opened)),
    ("26 days", None, sheet(days=26)),
    ("27 days, of which the payroll counts 26", None, sheet(days=27)),
    ("31 days of June", "within_contract", sheet(days=31)),
    ("no day", None, sheet(days=0)),
    ("a day less than none", "not_negative", sheet(days=-1)),
    ("26 days at two worksites", None, elsewhere(12, 14)),
    ("27 days at two worksites", "declared_days", elsewhere(12, 15)),
    *(
        (f"a day in {situation}", "declared_days.unpaid", sheet(days=1, situation=situation))
        for situation in (Situation.CS, Situation.MS, Situation.MP)
    ),
    *(
        (f"a day in {situation}", None, sheet(days=1, situation=situation))
        for situation in (Situation.SO, Situation.DE, Situation.IT, Situation.IL, Situation.AT)
    ),
    ("as many days as the contract covers", None, june_of(date(2026, 6, 29), date(2026, 7, 31), 2)),
    ("one more", "within_contract", june_of(date(2026, 6, 29), date(2026, 7, 31), 3)),
    ("as many as it covers before its end", None, june_of(MAY, date(2026, 6, 2), 2)),
    ("one more than before its end", "within_contract", june_of(MAY, date(2026, 6, 2), 3)),
    ("a mark on the first and the last day", None, june_of(date(2026, 6, 2), date(2026, 6, 3), 2, ".PP")),
    ("a mark the day before", "day_by_day", june_of(date(2026, 6, 2), date(2026, 6, 3), 2, "PP.")),
    ("a mark the day after", "day_by_day", june_of(date(2026, 6, 2), date(2026, 6, 3), 2, ".P.P")),
    ("a mark on the thirtieth", None, sheet(days=1, marks="." * 29 + "P")),
    ("a mark on a day that June does not have", "day_by_day", sheet(days=1, marks="." * 30 + "P")),
    ("marks of 31 days", None, sheet(days=0, marks="." * 31)),
    ("marks of 32 days", "too_long", sheet(days=0, marks="." * 32)),
    ("a day marked and not written", "day_by_day.sum", sheet(days=1, marks="PP")),
    ("a day written and not marked", "day_by_day.sum", sheet(days=2, marks="P")),
    ("as many counted as marked", None, visited(2)),
    ("one fewer counted", "visit_gap_answered", visited(1)),
    ("one fewer counted, answered", None, visited(1, answer="غائبة مرخص لها")),
    ("fewer counted on another day", None, visited(0, on=date(2026, 6, 4))),
    ("a month locked on its last day", None, locked_on(date(2026, 6, 30))),
    ("a month locked the day before", "locked_once_worked", locked_on(date(2026, 6, 29))),
]


# ---- payroll, payments, certificates, follow-up


def payroll_of(month, **fields):
    return add(lambda world: PayrollRun(month=month, **fields))


def calculated_in(hour):
    """The payroll of May calculated in an hour of 30 April, in UTC: the office's clock is one hour ahead."""
    return payroll_of(MAY, calculated_at=datetime(2026, 4, 30, hour, tzinfo=UTC))


def first_edition(starts_on, month):
    def bend(world):
        behind(world.edition, starts_on=starts_on)
        payroll_of(month)(world)

    return bend


def paid_in(state, declared):
    """A payment in a state, the carrier's declaration in another."""

    def bend(world):
        payment = a_payment(world, declared)
        payment.state, payment.rejection_reason = state, "الحساب مغلق"
        db.session.add(payment)

    return bend


def second_payment(first):
    """Another payment of a wage whose first is in a state."""

    def bend(world):
        payment = a_payment(world, DeclarationState.accepted)
        db.session.add(payment)
        db.session.flush()
        behind(payment, state=first)
        with db.session.no_autoflush:
            db.session.add(Payment(pay_slip=payment.pay_slip, amount=payment.amount))

    return bend


def approved_by(name):
    def make(world):
        accounts = {role: user_by_email(f"{role}@example.ma") for role in ("payroll_officer", "head_of_unit")}
        return PayrollRun(month=MAY, calculated_by=accounts["payroll_officer"], approved_by=accounts[name])

    return add(make)


def earned(in_june, in_july, site="completed", contract="ended", ends_on=date(2026, 7, 31)):
    """A certificate after 26 days in May and some in June and July, of 78 that were planned."""

    def bend(world):
        with db.session.no_autoflush:
            for month, days in ((JUNE, in_june), (JULY, in_july)):
                made = AttendanceSheet(worksite=world.site, month=month)
                AttendanceLine(sheet=made, contract=world.contract, days_worked=days)
                db.session.add(made)
                attendance.lock_attendance(made, date(2026, 8, 1))
        behind(world.site, state=WorksiteState(site))
        behind(world.contract, state=ContractState(contract), ends_on=ends_on, planned_ends_on=date(2026, 7, 31))
        db.session.add(a_certificate(world))

    return bend


def closed_with(record, **fields):
    def bend(world):
        for name, value in fields.items():
            setattr(getattr(world, record), name, value)

    return bend


def answered(**fields):
    return closed_with("complaint", **fields, state=ComplaintState.answered)


def called(**fields):
    return closed_with("follow_up", **fields, state=FollowUpState.done)


ON, LOOKING = date(2026, 6, 10), Insertion.looking
PAYROLL = [
    ("the month of the first edition's first day", None, first_edition(date(2026, 1, 31), date(2026, 1, 1))),
    ("the month before it", "not_before_editions", first_edition(date(2026, 2, 1), date(2026, 1, 1))),
    (
        "calculated in the month's first hour",
        None,
        calculated_in(23),
    ),
    (
        "calculated in the hour before",
        "month_begun",
        calculated_in(22),
    ),
    ("approved by another person", None, approved_by("head_of_unit")),
    ("approved by who calculated", "second_person", approved_by("payroll_officer")),
    *(
        (f"sent on a file {state}", None, paid_in(PaymentState.sent, state))
        for state in ("made", "uploaded", "accepted")
    ),
    *(
        (f"{state} on a file {declared}", "damancom_registration", paid_in(state, declared))
        for state in (PaymentState.sent, PaymentState.paid)
        for declared in (DeclarationState.to_make, DeclarationState.rejected)
    ),
    ("due before the file is made", None, paid_in(PaymentState.due, DeclarationState.to_make)),
    *(
        (f"a second beside one {state}", "paid_once", second_payment(state))
        for state in ("due", "sent", "paid", "rejected")
    ),
    ("a second beside one reissued", None, second_payment(PaymentState.reissued)),
    ("63 days of 78: 80 % and a part", None, earned(26, 11)),
    ("62 days of 78: short of 80 %", "certificate_earned", earned(26, 10)),
    ("the worksite is completed", None, earned(26, 26, contract="running")),
    ("the worksite is closed", None, earned(26, 26, "closed", "running")),
    ("the contract alone has ended", None, earned(26, 26, "open")),
    ("neither is over", "certificate_earned.unfinished", earned(26, 26, "open", "running")),
    (
        "a suspended worksite is not over",
        "certificate_earned.unfinished",
        earned(26, 26, "suspended", "running"),
    ),
    ("left sooner than planned, 62 of 78", "certificate_earned", earned(26, 10, ends_on=date(2026, 7, 15))),
    ("answered with a text and a day", None, answered(answer="جواب", answered_on=ON)),
    (
        "answered without a day",
        "answer_written",
        answered(answer="جواب"),
    ),
    (
        "answered without a text",
        "answer_written",
        answered(answered_on=ON),
    ),
    ("called, with what became of them", None, called(called_on=ON, situation=LOOKING)),
    ("called, without a word", "follow_up_answered", called(called_on=ON)),
    ("a word, on no day", "follow_up_answered", called(situation=LOOKING)),
    ("could not be reached", None, closed_with("follow_up", state=FollowUpState.unreachable)),
]


# ---- single fields


FIELDS = [
    ("no points", None, lambda world: setattr(world.project.scores[0], "points", 0)),
    ("a hundred points", None, lambda world: setattr(world.project.scores[0], "points", 100)),
    ("a point below none", "percent", lambda world: setattr(world.project.scores[0], "points", -1)),
    ("a point over a hundred", "percent", lambda world: setattr(world.project.scores[0], "points", 101)),
    ("one place", None, put("edition", "places", 1)),
    ("no place", "positive", put("edition", "places", 0)),
    ("a place less than none", "positive", put("edition", "places", -1)),
    ("nobody counted", None, add(lambda world: Visit(worksite=world.site, visited_on=JUNE, head_count=0))),
    (
        "fewer than nobody",
        "not_negative",
        add(lambda world: Visit(worksite=world.site, visited_on=JUNE, head_count=-1)),
    ),
    ("the first minute", None, put("session", "opens_at", "00:00")),
    ("the last minute", None, put("session", "opens_at", "23:59")),
    ("an hour that no day has", "hour", put("session", "opens_at", "24:00")),
    ("a minute that no hour has", "hour", put("session", "opens_at", "09:60")),
    ("the largest number", None, put("edition", "places", 2**31 - 1)),
    ("one number more", "too_large", put("edition", "places", 2**31)),
    ("the last year", None, put("edition", "ends_on", date(2100, 12, 31))),
    ("the year after", "far_away", put("edition", "ends_on", date(2101, 1, 1))),
    ("the first year", None, put("carrier", "founded_on", date(1900, 1, 1))),
    ("the year before", "far_away", put("carrier", "founded_on", date(1899, 12, 31))),
    ("a month's first day", None, payroll_of(MAY)),
    ("a month's second day", "first_of_month", payroll_of(date(2026, 5, 2))),
    ("a bank's code", None, put("edition", "accepted_banks", "350")),
    ("a code of two digits", "bank_codes", put("edition", "accepted_banks", "35")),
    ("a code of four digits", "bank_codes", put("edition", "accepted_banks", "3500")),
    ("240 signs", None, put("carrier", "address", "x" * 240)),
    ("241 signs", "too_long", put("carrier", "address", "x" * 241)),
]


@pytest.fixture
def office(planted):
    """The application on a database that holds the seeds and an account for each role."""
    planted.renew()
    with planted.app.app_context():
        yield planted.app
        db.session.rollback()


BOUNDARIES = [*CALLS, *PROJECTS, *AGREEMENTS, *PEOPLE, *ATTENDANCE, *PAYROLL, *FIELDS]


@pytest.mark.parametrize("key, bend", [pytest.param(key, bend, id=name) for name, key, bend in BOUNDARIES])
def test_a_rule_accepts_the_limit_and_refuses_what_is_beyond(office, key, bend):
    world = a_world()
    if key is None:
        bend(world)
        db.session.flush()
        return
    with pytest.raises(RuleError) as refused:
        bend(world)
        db.session.flush()
    assert refused.value.code == key.split(".")[0]
    assert refused.value.sentence is SENTENCES[key]


def test_no_two_boundaries_have_the_same_name():
    names = [name for name, *_ in BOUNDARIES]
    assert len(names) == len(set(names))
