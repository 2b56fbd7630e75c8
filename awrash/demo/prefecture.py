"""An invented prefecture, the same on each run: no person here exists, every number is computed.

What people decide goes through the operations and their rules; the many rows of people, contracts and days
are written set by set, and a test runs the rules over them.
"""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update

from awrash.database.session import db
from awrash.demo import names
from awrash.models import (
    Agreement,
    AttendanceCorrection,
    AttendanceLine,
    AttendanceSheet,
    BudgetLine,
    Call,
    Carrier,
    CommitteeSession,
    Commune,
    Complaint,
    Contract,
    Criterion,
    Edition,
    ExternalSupport,
    InformationMeeting,
    Officer,
    Participant,
    Payment,
    PayrollRun,
    Project,
    RequiredDocument,
    SessionAttendance,
    Skill,
    SpecificationVersion,
    Theme,
    Training,
    Visit,
    Worksite,
)
from awrash.operations import agreements, attendance, declarations, payments, payroll, selection
from awrash.operations.corrections import correct_attendance
from awrash.operations.management_fee import approve_instalment, pay_instalment
from awrash.operations.people import issue_certificate, number_complaint
from awrash.operations.worksites import complete_worksite, open_worksite, suspend_worksite
from awrash.records import steps
from awrash.records.accounts import Role, User, add_user, new_password
from awrash.records.dated_figures import Parameter, full_month_smig
from awrash.records.letterheads import Letterhead
from awrash.values import identifiers
from awrash.values import months as periods
from awrash.values.figure_names import Figure
from awrash.values.language import OFFICE_TIME
from awrash.values.spelling import fold, search_words
from awrash.values.states import (
    BUREAU,
    AccountState,
    AgreementState,
    BudgetKind,
    CarrierKind,
    CnssState,
    ComplaintKind,
    ContractState,
    EditionState,
    Education,
    OfficerRole,
    Outcome,
    ParticipantState,
    PaymentState,
    Sex,
    Situation,
    SupportKind,
    WorksiteState,
)

SHARED_PHONE, ON_OTHER_PAYROLL = 210, 420  # places in the list of people
SAME_ACCOUNT = ((40, 41), (300, 301))  # pairs of places whose people gave the same bank account
PEOPLE = 1_364
SITE = "http://127.0.0.1:8000"  # where `make run` serves
CANDIDATES = 60  # people without a contract
CARRIERS, AGREEMENTS, SECOND_WORKSITES, WORKSITES = 60, 49, 6, 55
LATE_PLACES = 5  # places of a worksite that is planned beside one that is open
VOUCHED = {"vouched_by": "tests/demo/test_prefecture.py::test_what_the_demonstration_writes_set_by_set_obeys_the_rules"}
# How the eighty projects end: sixty of the closed call, twenty of the open one.
CLOSED_CALL = {"approved": 50, "refused": 6, "deferred": 4}
OPEN_CALL = {"scored": 5, "complete": 5, "deposited": 5, "draft": 5}


class Calendar(NamedTuple):
    """The months of the demonstration, counted from the last one with attendance; each is its first day."""

    last: date

    @property
    def first(self) -> date:
        return periods.add_months(self.last, -2)

    def before(self, months: int) -> date:
        """So many months before the first one with attendance."""
        return periods.add_months(self.first, -months)


def publish_at(site: str | None) -> None:
    """Write where codes are verified in every letterhead."""
    for head in db.session.scalars(select(Letterhead)):
        head.site = site


def make(today: date, people: int = PEOPLE, month: date | None = None, site: str = SITE) -> None:
    """Fill an empty database: `people` with contracts, three months of attendance up to `month`.

    `site` is where the codes of its certificates are verified.
    """
    chance = random.Random(2026)
    calendar = Calendar(month or periods.add_months(periods.month_of(today), -1))
    team = _team()
    publish_at(site)
    _meetings(calendar)
    edition = _edition(calendar, people)
    closed, opened = _calls(edition, calendar)
    carriers = _carriers(chance, calendar)
    approved = _projects(closed, opened, carriers, chance, calendar, people)
    worksites = _agreements(approved, calendar)
    _open_worksites(worksites, calendar)
    _fees(worksites, team, calendar.first, today)
    _participants(people + CANDIDATES, chance, calendar)
    _contracts(worksites, people, chance, calendar)
    _visits(worksites, calendar)
    _attendance(worksites, team, chance, calendar)
    _complete(worksites, calendar)
    _payrolls(team, calendar)
    _afterwards(worksites, chance, calendar, today)


def _team() -> dict[Role, User]:
    return {
        role: add_user(f"{role.value}@awrash.ma", role, new_password(), str(names.TEAM[index]))
        for index, role in enumerate(Role)
        if role is not Role.administrator
    }


def _meetings(calendar: Calendar) -> None:
    for back in (8, 7):
        db.session.add(
            InformationMeeting(
                held_on=calendar.before(back) + timedelta(days=9),
                place="مقر عمالة إنزكان أيت ملول",
                people_present=120 + back,
                speakers="الكاتب العام، الصندوق الوطني للضمان الاجتماعي، أنابيك",
            )
        )


def _edition(calendar: Calendar, people: int) -> Edition:
    edition = Edition(
        year=calendar.last.year,
        quota_person_months=max(people * 5 + 200, 5_000),
        places=people,
        starts_on=date(calendar.last.year, 1, 1),
        ends_on=date(calendar.last.year + 1, 12, 31),
    )
    db.session.add(edition)
    db.session.flush()
    steps.step(edition, EditionState.open)
    return edition


def _calls(edition: Edition, calendar: Calendar) -> list[Call]:
    windows = [(calendar.before(7), calendar.before(5)), (calendar.first, periods.add_months(calendar.last, 3))]
    calls = []
    for index, (opens, closes) in enumerate(windows, 1):
        call = Call(
            number=f"{index}/{edition.year}",
            edition=edition,
            title_ar=f"طلب مشاريع رقم {index}",
            title_fr=f"Appel à projets n° {index}",
            opens_on=opens,
            closes_on=closes,
        )
        call.specifications = [
            SpecificationVersion(number=1, body_ar=names.SPECIFICATIONS_AR, body_fr=names.SPECIFICATIONS_FR)
        ]
        call.required_documents = [RequiredDocument(name_ar=ar, name_fr=fr) for ar, fr in names.DOCUMENTS]
        call.criteria = [
            Criterion(kind=kind, name_ar=ar, name_fr=fr, weight=weight) for kind, ar, fr, weight in names.CRITERIA
        ]
        db.session.add(call)
        db.session.flush()
        selection.publish_call(call, opens - timedelta(days=5))
        selection.open_call(call)
        calls.append(call)
    return calls


def _carriers(chance: random.Random, calendar: Calendar) -> list[Carrier]:
    communes = list(db.session.scalars(select(Commune).order_by(Commune.id)))
    carriers = []
    for index in range(CARRIERS):
        is_cooperative = index % 4 == 3
        kind = CarrierKind.cooperative if is_cooperative else CarrierKind.association
        word_ar, word_fr = names.CARRIERS[index % len(names.CARRIERS)]
        commune = communes[index % len(communes)]
        label_ar, label_fr = ("تعاونية", "Coopérative") if is_cooperative else ("جمعية", "Association")
        carrier = Carrier(
            kind=kind,
            name_ar=f"{label_ar} {word_ar} {commune.name_ar}",
            name_fr=f"{label_fr} {word_fr} {commune.name_fr}",
            registration_number=f"R-{2000 + index % 20}-{index + 1:03d}",
            founded_on=date(2000 + index % 20, 1 + index % 12, 10),
            ice=identifiers.ice.with_key(f"00{9000000 + index * 37:07d}0000"),
            cnss_affiliation=identifiers.affiliation.with_key(f"{700100 + index * 7}"),
            rib=_rib(chance),
            commune=commune,
            phone=f"05282{index:05d}",
            email=f"contact{index + 1}@example.ma",
        )
        carrier.officers = [_officer(role, index * 3 + rank) for rank, role in enumerate(BUREAU)]
        carriers.append(carrier)
    carriers[7].cnss_affiliation = None  # the wages of its people are blocked: nobody can declare them
    db.session.add_all(carriers)
    db.session.flush()
    for carrier in carriers[:55]:
        selection.complete_carrier(carrier)
        selection.admit_carrier(carrier)
    return carriers


def _officer(role: OfficerRole, index: int) -> Officer:
    family, given = names.FAMILIES[index % len(names.FAMILIES)], names.MEN[index % len(names.MEN)]
    return Officer(
        role=role,
        name_ar=f"{given[0]} {family[0]}",
        name_fr=f"{given[1]} {family[1]}",
        cnie=f"JH{200000 + index}",
    )


def _rib(chance: random.Random) -> str:
    return identifiers.rib.with_key(f"350{chance.choice(['145', '640', '810'])}{chance.randrange(10**16):016d}")


def _projects(
    closed: Call, opened: Call, carriers: list[Carrier], chance: random.Random, calendar: Calendar, people: int
) -> list[Project]:
    """Eighty projects through the committee; returns the approved ones."""
    communes = list(db.session.scalars(select(Commune).order_by(Commune.id)))
    themes = list(db.session.scalars(select(Theme).order_by(Theme.id)))
    session = _session(calendar.before(4) + timedelta(days=14))
    approved = []
    ends = [end for call in (CLOSED_CALL, OPEN_CALL) for end, count in call.items() for _ in range(count)]
    for index, end in enumerate(ends):
        call = closed if index < sum(CLOSED_CALL.values()) else opened
        carrier = carriers[index] if call is closed else carriers[len(carriers) + sum(CLOSED_CALL.values()) - index - 1]
        project = _project(index, call, carrier, communes, themes, _places(people, chance))
        db.session.add(project)
        db.session.flush()
        _carry(project, end, call.opens_on + timedelta(days=3 + index % 20), session, chance)
        approved += [project] if end == "approved" else []
    _session(calendar.last + timedelta(days=50))
    selection.close_call(closed)
    selection.close_session(session)
    return approved


def _places(people: int, chance: random.Random) -> int:
    return max(chance.randrange(28, 33), -(-people // 45))


def _session(held_on: date) -> CommitteeSession:
    session = CommitteeSession(held_on=held_on, opens_at="09:30", chair="السيد الكاتب العام للعمالة")
    session.attendance = [SessionAttendance(member=member) for member in names.MEMBERS]
    db.session.add(session)
    db.session.flush()
    return session


def _project(
    index: int, call: Call, carrier: Carrier, communes: list[Commune], themes: list[Theme], places: int
) -> Project:
    title_ar, title_fr, theme = names.TITLES[index % len(names.TITLES)]
    commune = communes[index % len(communes)]
    months = 3 if index % 6 == 0 else 8 if index == 5 else 4 + index % 2
    wage = full_month_smig(periods.add_months(call.closes_on, 3))
    total = wage * places * months
    project = Project(
        call=call,
        carrier=carrier,
        commune=commune,
        theme=themes[theme],
        title_ar=f"{title_ar} ب{commune.name_ar}",
        title_fr=f"{title_fr} à {commune.name_fr}",
        direct_impact="أثر مباشر على ساكنة الحي وعلى محيطها.",
        innovation="إشراك الساكنة في تتبع الأشغال.",
        within_communal_powers=index % 3 == 0,
        places=places,
        months=months,
        months_reason="تتطلب الأشغال موسما كاملا." if months > 6 else None,
        monthly_wage=wage,
    )
    project.budget_lines = [
        BudgetLine(kind=BudgetKind.wages, amount=total),
        BudgetLine(kind=BudgetKind.employer_contributions, amount=(total * 21 / 100).quantize(Decimal("0.01"))),
        BudgetLine(kind=BudgetKind.accident_insurance, amount=Decimal(80) * places),
        BudgetLine(kind=BudgetKind.materials, in_kind=True, amount=Decimal(15_000)),
    ]
    if index % 5 == 0:
        project.supports = [
            ExternalSupport(service=names.SERVICE, kind=SupportKind.raw_materials, description="شتائل وأتربة")
        ]
    return project


def _carry(project: Project, end: str, on: date, session: CommitteeSession, chance: random.Random) -> None:
    """Take a project, deposited on a day, as far as its end in the demonstration."""
    on_the_way = ["deposited", "complete", "scored"]
    is_decided = end in Outcome.__members__
    path = [*on_the_way, end] if is_decided else on_the_way[: ["draft", *on_the_way].index(end)]
    for step in path:
        if step == "deposited":
            selection.deposit_project(project, on)
        elif step == "complete":
            selection.receive_documents(project, on + timedelta(days=6))
            selection.complete_project(project)
        elif step == "scored":
            low, high = (35, 60) if end == "refused" else (60, 98)
            points = {criterion: chance.randrange(low, high) for criterion in project.call.criteria}
            selection.score_project(project, points)
        elif step == "approved":
            selection.approve_project(project, session, "للمشروع وقع مباشر على الساكنة حسب شبكة التنقيط.")
        elif step == "deferred":
            selection.defer_project(project, session, "يطلب من الهيئة تدقيق الكلفة وآجال الإنجاز.")
        else:
            selection.refuse_project(project, session, "لا يظهر للمشروع وقع مباشر على الساكنة حسب شبكة التنقيط.")


def _agreements(approved: list[Project], calendar: Calendar) -> list[Worksite]:
    """Forty-nine agreements: two drafted, one signed and waiting, one terminated, the others signed."""
    worksites: list[Worksite] = []
    skills = list(db.session.scalars(select(Skill).order_by(Skill.id)))
    signed = calendar.before(1) + timedelta(days=10)
    for index, project in enumerate(approved[:AGREEMENTS]):
        agreement = agreements.prepare_agreement(project, calendar.first, tripartite=index % 10 == 4)
        agreement.service = names.SERVICE if index % 10 == 9 else None
        if index >= AGREEMENTS - 2:
            continue
        agreements.sign_for_council(agreement, signed + timedelta(days=index % 9))
        agreements.sign_for_carrier(agreement, signed + timedelta(days=index % 9 + 1))
        if agreement.tripartite:
            agreements.sign_for_commune(agreement, signed + timedelta(days=index % 9 + 2))
        if agreement.service:
            agreements.sign_for_service(agreement, signed + timedelta(days=index % 9 + 2))
        is_divided = 1 < index < SECOND_WORKSITES + 2
        for half, places in enumerate(_halves(agreement.places) if is_divided else [agreement.places]):
            worksites.append(_worksite(agreement, len(worksites) + 1, half, places, skills))
            db.session.add(worksites[-1])
    while len(worksites) < WORKSITES:  # those that come later have the places that the first one leaves them
        first = worksites[len(worksites) - 40]
        first.places -= LATE_PLACES
        worksites.append(_worksite(first.agreement, len(worksites) + 1, 2, LATE_PLACES, skills))
        db.session.add(worksites[-1])
    db.session.flush()
    return worksites


def _halves(places: int) -> list[int]:
    return [places - places // 2, places // 2]


def _fees(worksites: list[Worksite], team: dict[Role, User], first: date, today: date) -> None:
    """Of the instalments whose day has come, most are paid, some approved, some late."""
    for index, agreement in enumerate(dict.fromkeys(worksite.agreement for worksite in worksites)):
        if not agreement.is_signed or agreement.state == AgreementState.terminated:
            continue
        for instalment in [instalment for instalment in agreement.instalments if instalment.due_on < today]:
            paid_on = min(max(instalment.due_on, first) + timedelta(days=index % 7 + 1), today)
            if index % 5 < 4:
                approve_instalment(instalment, team[Role.head_of_unit], instalment.due_on)
            if index % 5 < 3:
                pay_instalment(instalment, paid_on, f"VIR-{agreement.id}-{instalment.due_on:%m}")


def _worksite(agreement: Agreement, number: int, half: int, places: int, skills: list[Skill]) -> Worksite:
    project = agreement.project
    suffix = ("", " - الشطر الثاني", " - الشطر الثالث")[half]
    return Worksite(
        code=f"W-{agreement.starts_on.year}-{number:03d}",
        agreement=agreement,
        name_ar=f"ورش {project.title_ar}{suffix}"[:160],
        name_fr=f"Chantier {project.title_fr}"[:160],
        commune=project.commune,
        opens_on=agreement.starts_on,
        closes_on=agreement.ends_on,
        places=places,
        skills=[skills[number % len(skills)], skills[(number + 5) % len(skills)]],
    )


def _open_worksites(worksites: list[Worksite], calendar: Calendar) -> None:
    """The last three stay planned; one never opens, with its agreement terminated."""
    for worksite in worksites[1:-3]:
        open_worksite(worksite)
    agreements.terminate_agreement(worksites[0].agreement, calendar.first, "تعذر توفير فضاء الورش.")
    suspend_worksite(worksites[-4], "أشغال طرقية تحول دون الولوج إلى الورش.")
    db.session.flush()


def _participants(count: int, chance: random.Random, calendar: Calendar) -> None:
    """People whose names are drawn and whose numbers are computed; some lack what a payment needs."""
    communes = list(db.session.scalars(select(Commune.id).order_by(Commune.id)))
    people = [_participant(index, chance, communes) for index in range(count)]
    for first, second in SAME_ACCOUNT:
        if count > second:
            people[second]["rib"] = people[first]["rib"]
    if count > SHARED_PHONE + 1:
        people[SHARED_PHONE + 1]["phone"] = people[SHARED_PHONE]["phone"]
    if count > ON_OTHER_PAYROLL:
        people[ON_OTHER_PAYROLL]["declared_elsewhere_by"] = "شركة أركان سوس"
    db.session.execute(insert(Participant), people, execution_options=VOUCHED)


def _participant(index: int, chance: random.Random, communes: list[int]) -> dict[str, Any]:
    is_woman = chance.random() < 0.46
    family = chance.choice(names.FAMILIES)
    given = chance.choice(names.WOMEN if is_woman else names.MEN)
    prefix = ("J", "JA", "JB", "JC", "JE")[index % 5]
    has_number, is_verified = index % 9 != 0, index % 53 != 7
    row: dict[str, Any] = {
        "cnie": f"{prefix}{100000 + index // 5 * 7 % 900000}",
        "family_name_ar": family[0],
        "given_name_ar": given[0],
        "family_name_fr": family[1],
        "given_name_fr": given[1],
        "born_on": date(1968, 1, 1) + timedelta(days=chance.randrange(13_000)),
        "sex": Sex.F if is_woman else Sex.M,
        "commune_id": communes[index % len(communes)],
        "phone": f"+2126{10000000 + index * 61 % 89999999:08d}",
        "anapec_number": f"{1000000 + index * 13}",
        "cnss_number": identifiers.cnss_number.with_key(f"1{3000000 + index * 11:07d}") if has_number else None,
        "cnss_state": CnssState.obtained if has_number else CnssState.requested,
        "rib": _rib(chance),
        "account_state": AccountState.verified if is_verified else AccountState.being_opened,
        "education": chance.choice(list(Education)),
        "declared_elsewhere_by": None,
        "state": ParticipantState.candidate,
    }
    texts = [row[name] for name in Participant.__search__ if row[name]]
    row["search_text"] = search_words(texts, [row[name] for name in Participant.__sounds__])
    return row


def _contracts(worksites: list[Worksite], people: int, chance: random.Random, calendar: Calendar) -> None:
    """A contract each, spread over the places of the open worksites; six are not approved by ANAPEC."""
    everybody = db.session.execute(select(Participant.id, Participant.search_text).order_by(Participant.id)).all()
    _never_opened, *others = worksites
    at_work = [worksite for worksite in others if worksite.state != WorksiteState.planned]
    seats = _seats(at_work)
    rows = [
        _contract(index, participant_id, words, next(seats), chance)
        for index, (participant_id, words) in enumerate(everybody[:people])
    ]
    db.session.execute(insert(Contract), rows, execution_options=VOUCHED)
    hired = update(Participant).where(Participant.id.in_(select(Contract.participant_id)))
    db.session.execute(hired.values(state=ParticipantState.assigned), execution_options=VOUCHED)
    half_of_candidates = [participant.id for participant in everybody[people : people + CANDIDATES // 2]]
    eligible = update(Participant).where(Participant.id.in_(half_of_candidates))
    db.session.execute(eligible.values(state=ParticipantState.eligible), execution_options=VOUCHED)
    db.session.expire_all()


def _seats(worksites: list[Worksite]) -> Iterator[Worksite]:
    """A worksite for each of its places, one place of every worksite after the other."""
    for place in range(max(worksite.places for worksite in worksites)):
        yield from (worksite for worksite in worksites if place < worksite.places)


def _contract(index: int, participant_id: int, words: str, worksite: Worksite, chance: random.Random) -> dict[str, Any]:
    wage = full_month_smig(worksite.opens_on)
    if index % 97 == 11:
        wage = Decimal("6500.00") if index % 2 else Decimal("4200.00")
    approved = None if index % 227 == 30 else worksite.opens_on - timedelta(days=2)
    number = f"{worksite.opens_on.year}-{index + 1:05d}"
    return {
        "number": number,
        "participant_id": participant_id,
        "worksite_id": worksite.id,
        "job": chance.choice(names.JOBS),
        "starts_on": worksite.opens_on,
        "ends_on": worksite.closes_on,
        "planned_ends_on": worksite.closes_on,
        "monthly_wage": wage,
        "signed_on": worksite.opens_on - timedelta(days=6),
        "anapec_approved_on": approved,
        "state": ContractState.running,
        "search_text": fold(f"{number} {words}"),
    }


def _visits(worksites: list[Worksite], calendar: Calendar) -> None:
    """Visits in the last month; where fewer people were counted than work there, the answer says why."""
    for index, worksite in enumerate(worksites):
        if worksite.contracts and index % 2:
            missing = index % 4
            visit = Visit(
                worksite=worksite,
                visited_on=calendar.last + timedelta(days=index % 25),
                head_count=max(len(worksite.contracts) - missing, 0),
                gap_answer="غيابات مرخص بها، أدلي بما يثبتها." if missing else None,
            )
            db.session.add(visit)
    db.session.flush()


def _attendance(worksites: list[Worksite], team: dict[Role, User], chance: random.Random, calendar: Calendar) -> None:
    """Three months of sheets that the field officer filled and the head of the unit locked; one was forgotten."""
    full = int(Parameter.on(Figure.full_month_days, calendar.first))  # days of a full month
    lines = []
    with_people = [worksite for worksite in worksites if worksite.contracts]
    for month in periods.months(calendar.first, calendar.last):
        for worksite in with_people:
            sheet = AttendanceSheet(month=month, filled_by=team[Role.field_officer])
            sheet.worksite = worksite
            db.session.add(sheet)
            db.session.flush()
            lines += [_line(sheet.id, contract.id, full, chance) for contract in worksite.contracts]
    db.session.execute(insert(AttendanceLine), lines, execution_options=VOUCHED)
    db.session.expire_all()
    for sheet in db.session.scalars(select(AttendanceSheet).order_by(AttendanceSheet.id)):
        if sheet.month == calendar.last and sheet.worksite is with_people[-1]:
            attendance.fill_sheet(sheet)
        else:
            attendance.lock_attendance(sheet, periods.last_day(sheet.month), team[Role.head_of_unit])
    _correct(with_people[0], calendar)


def _correct(worksite: Worksite, calendar: Calendar) -> None:
    """A day of the first month that was found wrong after the lock, before anybody was paid."""
    sheet = next(sheet for sheet in worksite.sheets if sheet.month == calendar.first)
    line = next(line for line in sheet.lines if line.days_worked > 1)
    with db.session.no_autoflush:
        correction = AttendanceCorrection(
            line=line, days_worked=line.days_worked - 1, situation=Situation.IL, reason="شهادة طبية وصلت بعد القفل"
        )
    correct_attendance(correction, periods.add_months(calendar.first, 1))


def _line(sheet_id: int, contract_id: int, full: int, chance: random.Random) -> dict[str, Any]:
    """A line of a sheet: most have worked the `full` month, some less, a few were ill."""
    situation, days = Situation.present, full
    drawn = chance.random()
    if drawn > 0.97:
        situation, days = Situation.IL, chance.randrange(8, 20)
    elif drawn > 0.85:
        days = chance.randrange(18, full)
    return {"sheet_id": sheet_id, "contract_id": contract_id, "days_worked": days, "situation": situation}


def _complete(worksites: list[Worksite], calendar: Calendar) -> None:
    """Worksites whose months are over are completed, and their people leave with a certificate."""
    ended = periods.last_day(calendar.last)
    for worksite in worksites:
        if worksite.state == WorksiteState.open and worksite.closes_on <= ended:
            complete_worksite(worksite, ended, "انتهاء مدة الورش.")


def _payrolls(team: dict[Role, User], calendar: Calendar) -> None:
    """Two months calculated by one person, approved by another, frozen, declared; the last is left to do."""
    for index, month in enumerate([calendar.first, periods.add_months(calendar.first, 1)]):
        at = _instant(periods.add_months(month, 1) + timedelta(days=3))
        run = payroll.open_run(month)
        payroll.calculate_payroll(run, team[Role.payroll_officer], at)
        payroll.approve_payroll(run, team[Role.head_of_unit])
        payroll.freeze_payroll(run, at)
        for declaration in run.declarations:
            declarations.make_declaration(declaration)
            declarations.record_upload(declaration, periods.add_months(month, 1) + timedelta(days=7))
            declarations.accept_declaration(declaration)
        _pay(run, all_paid=index == 0)


def _pay(run: PayrollRun, all_paid: bool) -> None:
    """Payments sent, then paid but for a few that the bank rejects."""
    sent_on = periods.add_months(run.month, 1) + timedelta(days=12)
    of_run = select(Payment.id).join(Payment.pay_slip).filter_by(run_id=run.id).order_by(Payment.id)
    payment_ids = list(db.session.scalars(of_run))
    sent = update(Payment).where(Payment.id.in_(of_run)).values(sent_on=sent_on, state=PaymentState.sent)
    db.session.execute(sent, execution_options=VOUCHED)
    if all_paid:
        paid = update(Payment).where(Payment.id.in_(of_run))
        paid = paid.values(paid_on=sent_on + timedelta(days=3), state=PaymentState.paid)
        db.session.execute(paid, execution_options=VOUCHED)
    db.session.expire_all()
    for payment_id in [] if all_paid else payment_ids[5::290]:
        payments.record_rejected(db.session.get_one(Payment, payment_id), "الحساب مغلق")


def _instant(day: date) -> datetime:
    """Ten in the morning of a day, by the office's clock."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=OFFICE_TIME)


def _afterwards(worksites: list[Worksite], chance: random.Random, calendar: Calendar, today: date) -> None:
    """Certificates, trainings and complaints."""
    skills = list(db.session.scalars(select(Skill).order_by(Skill.id)))
    for index, worksite in enumerate(worksites):
        for contract in worksite.contracts if worksite.state == WorksiteState.completed else ():
            if contract.worked_days >= contract.certificate_days and contract.ends_on <= today:
                issue_certificate(contract, today)
        if worksite.contracts and index % 2:
            day = calendar.last + timedelta(days=index % 25)
            db.session.add(
                Training(worksite=worksite, title="السلامة في الورش", skill=skills[-1], held_on=day, hours=6)
            )
    people = list(db.session.scalars(select(Participant).order_by(Participant.id).limit(5)))
    for kind, person, text in zip(ComplaintKind, people, names.COMPLAINTS, strict=False):
        complaint = Complaint(received_on=calendar.last + timedelta(days=12), participant=person, kind=kind, text=text)
        db.session.add(complaint)
        number_complaint(complaint)
        db.session.flush()
    db.session.flush()
