"""The records of a file in the order of its life, a line a column: type, label, rules (`docs/programme.md`)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import LargeBinary, String, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped

from awrash.database.columns import (
    CODE,
    NAME,
    TEXT,
    Instant,
    Month,
    Words,
    column,
    foreign_key,
    link_table,
    owned_lines,
    relation,
    state_column,
    unique_where,
    word_column,
)
from awrash.database.record import Coded, Named, Record, Searchable
from awrash.records.accounts import Role, User
from awrash.records.cnss_file import CnssFile
from awrash.records.derived import (
    AgreementFigures,
    CarrierFigures,
    ContractFigures,
    DeclarationFigures,
    EditionFigures,
    LineFigures,
    ParticipantFigures,
    PaymentFigures,
    ProjectFigures,
    RunFigures,
    SheetFigures,
    SlipFigures,
    VisitFigures,
    WorksiteFigures,
)
from awrash.rules.fields import (
    AffiliationNumber,
    BankCodes,
    Cnie,
    CnssNumber,
    DayMarks,
    Email,
    FirstOfMonth,
    Hour,
    Ice,
    InOrder,
    LatinName,
    NotNegative,
    Percent,
    PersonName,
    Phone,
    Positive,
    Rib,
    SomeChosen,
)
from awrash.rules.immutability import (
    AnswerWritten,
    CnieStays,
    CorrectedByCorrection,
    CorrectionOfLocked,
    CorrectionStays,
    CountedVisitStays,
    DepositedKeepsPlace,
    FollowUpAnswered,
    FrozenRun,
    GridStays,
    IssuedNeverEdited,
    LineOfLockedSheet,
    LockedSheet,
    NeverEdited,
    OpenedWorksiteStays,
    PublishedNeverChanges,
    ReceiptStays,
    RejectionExplained,
    RevokedStays,
    SamePerson,
    SignedContractStays,
    SignedMinutesStay,
    SignedNeverEdited,
    SlipOfFrozenRun,
    StaysAsMade,
    TakenOutInTime,
    UploadedFileStays,
)
from awrash.rules.signatures import SIGNATURES, AgreementFirst, CommuneIsParty, ServiceIsParty, SignedByAll, SignedOnce
from awrash.rules.steps import AllowedStep
from awrash.validators import (
    AccountRecorded,
    Adult,
    AnotherLocks,
    ApprovedInstalmentStays,
    AtTheSheetsWorksite,
    CarrierOfProject,
    CertificateEarned,
    CnssNumberRecorded,
    CommitteeApproval,
    CommunalPowers,
    CommuneOfProject,
    CompleteFile,
    ContractStartsAfterAgreement,
    DamancomRegistration,
    DayByDay,
    DaysOfAgreement,
    DeclaredDays,
    Duration,
    FeeOfSignedAgreement,
    FeeToCarrierOfProject,
    FreeProposal,
    HealthCover,
    InstalmentsAddUp,
    LockedOnceWorked,
    LongDurationExplained,
    LongestContract,
    ManagementFee,
    MinimumWage,
    MonthBegun,
    MovedWithoutLines,
    NewVersionPublished,
    NoDayToCome,
    NotBeforeEditions,
    NothingRunsOn,
    NoVoteWithInterest,
    OfItsCall,
    OncePerCarrier,
    OneAgreementForProject,
    OnePlaceAtATime,
    OpenCall,
    OpenSession,
    PaidAfterSending,
    PaidOnce,
    PaymentOfFeeTold,
    PlacesOfAgreement,
    PlacesTaken,
    ProjectApproved,
    ProjectValue,
    ReasonGiven,
    ScoredOnEveryCriterion,
    ScoringGrid,
    SecondPerson,
    SharedOfficersAnswered,
    SheetOfOpenedWorksite,
    SpecificationsPublished,
    VisitGapAnswered,
    WithinContract,
    WithinProject,
    WithinQuota,
    WithinWorksite,
    WorksitesWithin,
)
from awrash.values.figure_names import DEFAULT_BANKS, DEFAULT_ELIGIBLE, DEFAULT_QUORUM
from awrash.values.language import _l
from awrash.values.money import Money
from awrash.values.states import (
    ACCOUNT_STEPS,
    AGREEMENT_STEPS,
    CALL_STEPS,
    CARRIER_STEPS,
    CERTIFICATE_STEPS,
    CNSS_STEPS,
    COMPLAINT_STEPS,
    CONTRACT_STEPS,
    COVER_STEPS,
    DECLARATION_STEPS,
    DEFAULT_REST,
    EDITION_STEPS,
    FOLLOW_UP_STEPS,
    INSTALMENT_STEPS,
    PARTICIPANT_STEPS,
    PAYMENT_STEPS,
    PROJECT_STEPS,
    RUN_STEPS,
    SESSION_STEPS,
    SHEET_STEPS,
    STEPS_BESIDE,
    WORKSITE_STEPS,
    AccountState,
    AgreementState,
    BudgetKind,
    CallState,
    CarrierKind,
    CarrierState,
    CertificateState,
    CnssState,
    ComplaintKind,
    ComplaintState,
    ContractState,
    CouncilName,
    CoverState,
    CriterionKind,
    EditionState,
    Education,
    FollowUpState,
    Insertion,
    InstalmentState,
    OfficerRole,
    Outcome,
    ParticipantState,
    PaymentState,
    ProjectState,
    Recalculated,
    RunState,
    SessionState,
    Sex,
    SheetState,
    Situation,
    SlipKind,
    SupportKind,
    Weekday,
    WorksiteState,
)

RIB = String(24)
worksite_skill = link_table("worksite_skill", "worksite", "skill")
certificate_skill = link_table("certificate_skill", "certificate", "skill")
training_participant = link_table("training_participant", "training", "participant")
decision_voter = link_table("decision_voter", "decision", "session_attendance")


class Edition(EditionFigures, Record):
    """One year of the programme in this prefecture, with its quota and its settings."""

    __shown__ = ("year",)
    __rules__ = (InOrder("starts_on", "ends_on"), AllowedStep(EDITION_STEPS))
    __key__ = "year"

    year: Mapped[int] = column(_l("Year"), Positive(), unique=True)
    quota_person_months: Mapped[int] = column(_l("Quota, person-months"), Positive())
    places: Mapped[int | None] = column(_l("Places"), Positive())
    starts_on: Mapped[date] = column(_l("First day"))
    ends_on: Mapped[date] = column(_l("Last day"))
    strict_once_only: Mapped[bool] = column(
        _l("Once only, strictly"),
        help=_l("A carrier that has only deposited a project cannot deposit another."),
        default=False,
    )
    one_person_locks: Mapped[bool] = column(
        _l("Who fills a sheet may lock it"),
        help=_l("For an office of one person: elsewhere another person locks what one has filled."),
        default=False,
        server_default=false(),
    )
    rest_days: Mapped[list[Weekday]] = column(
        _l("Weekly rest"),
        SomeChosen(),
        help=_l("Of every worksite that has no day of its own."),
        type_=Words(Weekday),
        insert_default=DEFAULT_REST,
        server_default='["sunday"]',
    )
    council_name: Mapped[CouncilName] = word_column(
        CouncilName, _l("Name of the council on papers"), default=CouncilName.prefectural
    )
    accepted_banks: Mapped[str | None] = column(
        _l("Accepted banks"),
        BankCodes(),
        help=_l("Bank codes; empty accepts every bank."),
        type_=NAME,
        default=DEFAULT_BANKS,
    )
    eligible_kinds: Mapped[list[BudgetKind]] = column(
        _l("Budget lines that make the project's value"),
        SomeChosen(),
        type_=Words(BudgetKind),
        insert_default=DEFAULT_ELIGIBLE,
    )
    committee_quorum: Mapped[int] = column(
        _l("Quorum of the committee"),
        Positive(),
        help=_l("Members who must be present before a session decides on a project."),
        default=DEFAULT_QUORUM,
        server_default=str(DEFAULT_QUORUM),
    )
    damancom_surname_first: Mapped[bool] = column(
        _l("Family name first in CNSS files"), default=True, server_default=true()
    )
    damancom_crlf: Mapped[bool] = column(
        _l("Lines of CNSS files end as in Windows"), default=False, server_default=false()
    )
    damancom_month_first: Mapped[bool] = column(
        _l("Month before year in the names of CNSS files"),
        help=_l("DS_1234567_102026.txt in the place of DS_1234567_202610.txt: only if Damancom asks for it."),
        default=False,
        server_default=false(),
    )
    state: Mapped[EditionState] = state_column(EditionState.draft, _l("State"), EDITION_STEPS)
    calls: Mapped[list[Call]] = relation(_l("Calls"), "edition")


class Commune(Coded):
    """A commune of the prefecture."""

    is_rural: Mapped[bool] = column(_l("Rural"), default=False)


class Theme(Coded):
    """What a worksite is about."""

    name_en: Mapped[str] = column(_l("Name in English"), type_=NAME)


class Skill(Coded):
    """What a participant can do after a worksite; the certificate lists it."""

    name_en: Mapped[str] = column(_l("Name in English"), type_=NAME)


class InformationMeeting(Searchable):
    """A meeting where the programme is presented to associations and cooperatives."""

    __shown__ = ("held_on", "place")
    __search__ = ("place", "speakers")

    held_on: Mapped[date] = column(_l("Held on"))
    place: Mapped[str] = column(_l("Place"), type_=NAME)
    commune_id: Mapped[int | None] = foreign_key("commune", required=False)
    commune: Mapped[Commune | None] = relation(_l("Commune"))
    people_present: Mapped[int | None] = column(_l("People present"), NotNegative())
    speakers: Mapped[str | None] = column(_l("Speakers"), type_=String(240))
    notes: Mapped[str | None] = column(_l("Notes"), type_=TEXT)


class Call(Searchable):
    """A call for projects, with its specifications, checklist and scoring grid."""

    __shown__ = ("number",)
    __rules__ = (
        InOrder("opens_on", "closes_on"), SpecificationsPublished(), ScoringGrid(),
        AllowedStep(CALL_STEPS),
    )  # fmt: skip
    __key__ = "number"
    __search__ = ("number", "title_ar", "title_fr")

    number: Mapped[str] = column(_l("Number"), type_=CODE, unique=True)
    edition_id: Mapped[int] = foreign_key("edition")
    edition: Mapped[Edition] = relation(_l("Edition"), "calls")
    title_ar: Mapped[str] = column(_l("Title in Arabic"), type_=NAME)
    title_fr: Mapped[str] = column(_l("Title in French"), type_=NAME)
    opens_on: Mapped[date] = column(_l("Opens on"))
    closes_on: Mapped[date] = column(_l("Closes on"))
    state: Mapped[CallState] = state_column(CallState.draft, _l("State"), CALL_STEPS)
    specifications: Mapped[list[SpecificationVersion]] = owned_lines(
        _l("Specifications"), "call", order_by="SpecificationVersion.number"
    )
    required_documents: Mapped[list[RequiredDocument]] = owned_lines(
        _l("Required documents"), "call", order_by="RequiredDocument.id"
    )
    criteria: Mapped[list[Criterion]] = owned_lines(_l("Scoring grid"), "call", order_by="Criterion.id")
    projects: Mapped[list[Project]] = relation(_l("Projects"), "call")


class SpecificationVersion(Record):
    """One version of a call's specifications; published, it never changes."""

    __shown__ = ("call", "number")
    __table_args__ = (UniqueConstraint("call_id", "number"),)
    __rules__ = (PublishedNeverChanges(),)

    call_id: Mapped[int] = foreign_key("call")
    call: Mapped[Call] = relation(_l("Call"), "specifications")
    number: Mapped[int] = column(_l("Version"), Positive())
    body_ar: Mapped[str] = column(_l("Text in Arabic"), type_=TEXT)
    body_fr: Mapped[str | None] = column(_l("Text in French"), type_=TEXT)
    published_on: Mapped[date | None] = column(_l("Published on"), active_history=True)


class RequiredDocument(Named):
    """A line of the call's checklist."""

    __rules__ = (GridStays(),)

    call_id: Mapped[int] = foreign_key("call")
    call: Mapped[Call] = relation(_l("Call"), "required_documents")
    is_required: Mapped[bool] = column(_l("Required"), default=True)


class Criterion(Named):
    """A line of the scoring grid, with the weight that the call gives it."""

    __table_args__ = (UniqueConstraint("call_id", "kind", "name_fr"),)
    __rules__ = (GridStays(),)

    call_id: Mapped[int] = foreign_key("call")
    call: Mapped[Call] = relation(_l("Call"), "criteria")
    kind: Mapped[CriterionKind] = word_column(CriterionKind, _l("Criterion"))
    weight: Mapped[int] = column(_l("Weight"), Positive())


class Carrier(CarrierFigures, Named, Searchable):
    """An association or cooperative that proposes, signs and employs."""

    __rules__ = (AllowedStep(CARRIER_STEPS),)
    __key__ = "registration_number"
    __search__ = ("name_ar", "name_fr", "registration_number", "cnss_affiliation", "ice", "phone")

    kind: Mapped[CarrierKind] = word_column(CarrierKind, _l("Kind"))
    registration_number: Mapped[str] = column(_l("Registration number"), type_=CODE, unique=True)
    founded_on: Mapped[date | None] = column(_l("Founded on"))
    ice: Mapped[str | None] = column(_l("ICE"), Ice(), type_=String(15), unique=True)
    cnss_affiliation: Mapped[str | None] = column(
        _l("CNSS affiliation number"), AffiliationNumber(), type_=String(7), unique=True
    )
    rib: Mapped[str | None] = column(_l("Bank account (RIB)"), Rib(), type_=String(24))
    address: Mapped[str | None] = column(_l("Address"), type_=String(240))
    commune_id: Mapped[int | None] = foreign_key("commune", required=False)
    commune: Mapped[Commune | None] = relation(_l("Commune"))
    phone: Mapped[str | None] = column(_l("Phone"), Phone(), type_=String(20))
    email: Mapped[str | None] = column(_l("E-mail"), Email(), type_=NAME)
    overlap_answer: Mapped[str | None] = column(
        _l("Answer about shared officers"),
        help=_l("When an officer also sits in another carrier's bureau: the written answer."),
        type_=TEXT,
    )
    overlap_answered_by: Mapped[str | None] = column(_l("Answered by"), type_=NAME)
    state: Mapped[CarrierState] = state_column(CarrierState.registered, _l("State"), CARRIER_STEPS)
    officers: Mapped[list[Officer]] = owned_lines(_l("Bureau"), "carrier")
    projects: Mapped[list[Project]] = relation(_l("Projects"), "carrier")
    agreements: Mapped[list[Agreement]] = relation(_l("Agreements"), "carrier")
    declarations: Mapped[list[Declaration]] = relation(_l("Declarations"), "carrier")


class Officer(Named):
    """A member of a carrier's bureau."""

    carrier_id: Mapped[int] = foreign_key("carrier")
    carrier: Mapped[Carrier] = relation(_l("Carrier"), "officers")
    role: Mapped[OfficerRole] = word_column(OfficerRole, _l("Role"))
    cnie: Mapped[str | None] = column(_l("CNIE"), Cnie(), type_=String(8), index=True)


class Project(ProjectFigures, Searchable):
    """What a carrier proposes: a worksite's purpose, places, months and budget."""

    __shown__ = ("reference", "title")
    __rules__ = (
        FreeProposal(), OpenCall(), NewVersionPublished(), MovedWithoutLines(), OncePerCarrier(), CommunalPowers(),
        Duration(), LongDurationExplained(), MinimumWage(), CompleteFile(), ScoredOnEveryCriterion(),
        CommitteeApproval(), WithinQuota(), DepositedKeepsPlace(), ReceiptStays(), AllowedStep(PROJECT_STEPS),
    )  # fmt: skip
    __key__ = "reference"
    __given__ = ("reference",)
    __search__ = ("reference", "title_ar", "title_fr", "carrier.name_ar", "carrier.name_fr")

    reference: Mapped[str | None] = column(_l("Receipt number"), type_=CODE, unique=True, active_history=True)
    call_id: Mapped[int] = foreign_key("call")
    call: Mapped[Call] = relation(_l("Call"), "projects")
    carrier_id: Mapped[int] = foreign_key("carrier")
    carrier: Mapped[Carrier] = relation(_l("Carrier"), "projects")
    commune_id: Mapped[int | None] = foreign_key("commune", required=False)
    commune: Mapped[Commune | None] = relation(_l("Commune"))
    theme_id: Mapped[int | None] = foreign_key("theme", required=False)
    theme: Mapped[Theme | None] = relation(_l("Theme"))
    title_ar: Mapped[str] = column(_l("Title in Arabic"), type_=NAME)
    title_fr: Mapped[str | None] = column(_l("Title in French"), type_=NAME)
    direct_impact: Mapped[str | None] = column(_l("Direct impact"), type_=TEXT)
    innovation: Mapped[str | None] = column(_l("Innovation"), type_=TEXT)
    within_communal_powers: Mapped[bool] = column(_l("Within communal powers"), default=False)
    places: Mapped[int | None] = column(_l("Places"), Positive())
    months: Mapped[int | None] = column(_l("Duration in months"), Positive())
    months_reason: Mapped[str | None] = column(_l("Reason for a long duration"), type_=TEXT)
    monthly_wage: Mapped[Decimal | None] = column(_l("Monthly wage"), Positive(), type_=Money)
    deposited_on: Mapped[date | None] = column(_l("Deposited on"), active_history=True)
    state: Mapped[ProjectState] = state_column(ProjectState.draft, _l("State"), PROJECT_STEPS)
    budget_lines: Mapped[list[BudgetLine]] = owned_lines(_l("Budget"), "project", order_by="BudgetLine.id")
    supports: Mapped[list[ExternalSupport]] = owned_lines(
        _l("Support of external services"), "project", order_by="ExternalSupport.id"
    )
    documents: Mapped[list[DocumentReceived]] = owned_lines(
        _l("Documents received"), "project", order_by="DocumentReceived.id"
    )
    scores: Mapped[list[Score]] = owned_lines(_l("Scores"), "project")
    decisions: Mapped[list[Decision]] = relation(_l("Decisions of the committee"), "project", order_by="Decision.id")
    agreements: Mapped[list[Agreement]] = relation(_l("Agreements"), "project")


class BudgetLine(Record):
    """A line of a project's budget."""

    __rules__ = (TakenOutInTime(ProjectState.approved, ProjectState.refused),)

    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "budget_lines")
    kind: Mapped[BudgetKind] = word_column(BudgetKind, _l("Kind of cost"))
    in_kind: Mapped[bool] = column(_l("In kind"), default=False)
    amount: Mapped[Decimal] = column(_l("Amount"), NotNegative(), type_=Money)


class ExternalSupport(Record):
    """What a ministry's external service lends to a project."""

    __rules__ = (TakenOutInTime(ProjectState.approved, ProjectState.refused),)

    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "supports")
    service: Mapped[str] = column(_l("External service"), type_=NAME)
    kind: Mapped[SupportKind] = word_column(SupportKind, _l("Kind of support"))
    description: Mapped[str | None] = column(_l("Description"), type_=TEXT)


class DocumentReceived(Record):
    """A document of the checklist that the carrier has brought."""

    __table_args__ = (UniqueConstraint("project_id", "document_id"),)
    __rules__ = (
        OfItsCall("document"),
        TakenOutInTime(ProjectState.approved, ProjectState.refused),
    )

    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "documents")
    document_id: Mapped[int] = foreign_key("required_document")
    document: Mapped[RequiredDocument] = relation(_l("Document"))
    received_on: Mapped[date | None] = column(_l("Received on"))


class Score(Record):
    """Points out of a hundred that a project got on one criterion."""

    __table_args__ = (UniqueConstraint("project_id", "criterion_id"),)
    __rules__ = (
        OfItsCall("criterion"),
        TakenOutInTime(ProjectState.approved, ProjectState.refused),
    )

    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "scores")
    criterion_id: Mapped[int] = foreign_key("criterion")
    criterion: Mapped[Criterion] = relation(_l("Criterion"))
    points: Mapped[int] = column(_l("Points out of 100"), Percent())


class CommitteeSession(Searchable):
    """A sitting of the selection committee."""

    __shown__ = ("held_on", "chair")
    __rules__ = (AllowedStep(SESSION_STEPS), SignedMinutesStay())
    __search__ = ("chair",)

    held_on: Mapped[date] = column(_l("Held on"))
    opens_at: Mapped[str | None] = column(
        _l("Opens at"), Hour(), help=_l("Its hour, as 09:30: the convocation says it."), type_=String(5)
    )
    place: Mapped[str | None] = column(_l("Place"), help=_l("Empty is the seat of the prefecture."), type_=NAME)
    chair: Mapped[str] = column(_l("Chair"), type_=NAME)
    state: Mapped[SessionState] = state_column(SessionState.planned, _l("State"), SESSION_STEPS)
    attendance: Mapped[list[SessionAttendance]] = owned_lines(
        _l("Members present"), "session", order_by="SessionAttendance.id"
    )
    decisions: Mapped[list[Decision]] = relation(_l("Decisions"), "session")


class SessionAttendance(Record):
    """A member present at a session, and the carrier in which they declared an interest."""

    __shown__ = ("member",)
    __rules__ = (SignedMinutesStay("session"),)

    session_id: Mapped[int] = foreign_key("committee_session")
    session: Mapped[CommitteeSession] = relation(_l("Session"), "attendance")
    member: Mapped[str] = column(_l("Member"), type_=NAME)
    interest_in_id: Mapped[int | None] = foreign_key("carrier", required=False)
    interest_in: Mapped[Carrier | None] = relation(_l("Interest declared in"))


class Decision(Record):
    """What a session decided on one project, with the reason and who voted."""

    __shown__ = ("project", "outcome")
    __table_args__ = (UniqueConstraint("session_id", "project_id"),)
    __rules__ = (
        ReasonGiven(), NoVoteWithInterest(), OpenSession(), NeverEdited(), SignedMinutesStay("session"),
    )  # fmt: skip

    session_id: Mapped[int] = foreign_key("committee_session")
    session: Mapped[CommitteeSession] = relation(_l("Session"), "decisions")
    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "decisions")
    outcome: Mapped[Outcome] = word_column(Outcome, _l("Outcome"))
    reason: Mapped[str | None] = column(_l("Reason"), type_=TEXT)
    voters: Mapped[list[SessionAttendance]] = relation(_l("Members who voted"), secondary=decision_voter)


class Agreement(AgreementFigures, Searchable):
    """The partnership agreement between the council and one carrier."""

    __shown__ = ("number", "carrier")
    __table_args__ = (
        unique_where("uq_agreement_once_per_carrier", "carrier_id", "state IN ('signed', 'running', 'ended')"),
        unique_where("uq_agreement_one_for_project", "project_id", "state <> 'terminated' AND NOT is_second"),
    )
    __rules__ = (
        InOrder("starts_on", "ends_on"), ProjectApproved(), CarrierOfProject(), OneAgreementForProject(),
        OncePerCarrier(), Duration(), SignedNeverEdited(), WithinProject(), WorksitesWithin(), ProjectValue(),
        ManagementFee(), InstalmentsAddUp(), NothingRunsOn(), SharedOfficersAnswered(), SignedByAll(),
        CommuneIsParty(), ServiceIsParty(), SignedOnce(), AllowedStep(AGREEMENT_STEPS),
    )  # fmt: skip
    __key__ = "number"
    __given__ = ("number", *SIGNATURES)
    __search__ = ("number", "carrier.name_ar", "carrier.name_fr", "project.reference")

    number: Mapped[str | None] = column(_l("Number"), type_=CODE, unique=True)
    project_id: Mapped[int] = foreign_key("project")
    project: Mapped[Project] = relation(_l("Project"), "agreements")
    carrier_id: Mapped[int] = foreign_key("carrier")
    carrier: Mapped[Carrier] = relation(_l("Carrier"), "agreements")
    starts_on: Mapped[date] = column(_l("First day"))
    ends_on: Mapped[date] = column(_l("Last day"))
    value: Mapped[Decimal] = column(_l("Value of the project"), Positive(), type_=Money)
    management_fee: Mapped[Decimal] = column(_l("Management fee"), Positive(), type_=Money)
    tripartite: Mapped[bool] = column(_l("The commune signs too"), default=False)
    council_signed_on: Mapped[date | None] = column(_l("Signed by the council on"), active_history=True)
    carrier_signed_on: Mapped[date | None] = column(_l("Signed by the carrier on"), active_history=True)
    commune_signed_on: Mapped[date | None] = column(_l("Signed by the commune on"), active_history=True)
    service: Mapped[str | None] = column(
        _l("External service that signs too"),
        help=_l("Its name as on the agreement; empty when none is a party."),
        type_=NAME,
    )
    service_signed_on: Mapped[date | None] = column(_l("Signed by the external service on"), active_history=True)
    is_second: Mapped[bool] = column(
        _l("Drafted beside another of its project, before that was refused"), default=False, server_default=false()
    )
    state: Mapped[AgreementState] = state_column(AgreementState.drafted, _l("State"), AGREEMENT_STEPS)
    instalments: Mapped[list[Instalment]] = owned_lines(_l("Instalments"), "agreement", order_by="Instalment.due_on")
    worksites: Mapped[list[Worksite]] = relation(_l("Worksites"), "agreement")


class Instalment(Record):
    """A part of the management fee, in dirhams: due on a day, approved by a person, paid to the carrier."""

    __shown__ = ("agreement", "due_on")
    __rules__ = (
        StaysAsMade("agreement"), AllowedStep(INSTALMENT_STEPS), FeeOfSignedAgreement(),
        FeeToCarrierOfProject(), PaymentOfFeeTold(), ApprovedInstalmentStays(),
        TakenOutInTime(*(state for state in AgreementState if state is not AgreementState.drafted)),
    )  # fmt: skip

    agreement_id: Mapped[int] = foreign_key("agreement")
    agreement: Mapped[Agreement] = relation(_l("Agreement"), "instalments")
    due_on: Mapped[date] = column(_l("Due on"))
    amount: Mapped[Decimal] = column(_l("Amount"), Positive(), type_=Money)
    approved_by_id: Mapped[int | None] = foreign_key("user", required=False)
    approved_by: Mapped[User | None] = relation(_l("Approved by"), "User", foreign_keys=approved_by_id)
    approved_on: Mapped[date | None] = column(_l("Approved on"))
    paid_on: Mapped[date | None] = column(_l("Paid on"))
    reference: Mapped[str | None] = column(_l("Reference"), type_=CODE)
    state: Mapped[InstalmentState] = state_column(InstalmentState.due, _l("State"), INSTALMENT_STEPS)


class Worksite(WorksiteFigures, Named, Searchable):
    """Where the people of an agreement work."""

    __shown__ = ("code", "name")
    __rules__ = (
        InOrder("opens_on", "closes_on"), AgreementFirst(), OpenedWorksiteStays(), CommuneOfProject(),
        DaysOfAgreement(), PlacesOfAgreement(), PlacesTaken(), AllowedStep(WORKSITE_STEPS),
    )  # fmt: skip
    __key__ = "code"
    __search__ = ("code", "name_ar", "name_fr", "agreement.number", "agreement.carrier.name_ar")

    code: Mapped[str] = column(_l("Code"), type_=CODE, unique=True)
    agreement_id: Mapped[int] = foreign_key("agreement")
    agreement: Mapped[Agreement] = relation(_l("Agreement"), "worksites")
    commune_id: Mapped[int] = foreign_key("commune")
    commune: Mapped[Commune] = relation(_l("Commune"))
    opens_on: Mapped[date] = column(_l("Opens on"), active_history=True)
    closes_on: Mapped[date] = column(_l("Closes on"), active_history=True)
    places: Mapped[int] = column(_l("Places"), Positive(), active_history=True)
    rest_days: Mapped[list[Weekday] | None] = column(
        _l("Weekly rest"), help=_l("None chosen: that of the office, as its edition says."), type_=Words(Weekday)
    )
    state: Mapped[WorksiteState] = state_column(WorksiteState.planned, _l("State"), WORKSITE_STEPS)
    skills: Mapped[list[Skill]] = relation(_l("Skills acquired"), secondary=worksite_skill)
    visits: Mapped[list[Visit]] = owned_lines(_l("Visits"), "worksite", order_by="Visit.visited_on")
    contracts: Mapped[list[Contract]] = relation(_l("Contracts"), "worksite")
    sheets: Mapped[list[AttendanceSheet]] = relation(_l("Attendance"), "worksite")
    trainings: Mapped[list[Training]] = relation(_l("Trainings"), "worksite")


class Visit(VisitFigures, Record):
    """A visit to a worksite, with the people counted there."""

    __shown__ = ("visited_on", "worksite")
    __rules__ = (CountedVisitStays(),)

    worksite_id: Mapped[int] = foreign_key("worksite")
    worksite: Mapped[Worksite] = relation(_l("Worksite"), "visits")
    visited_on: Mapped[date] = column(_l("Visited on"))
    head_count: Mapped[int] = column(_l("People counted"), NotNegative())
    notes: Mapped[str | None] = column(_l("Notes"), type_=TEXT)
    gap_answer: Mapped[str | None] = column(_l("Answer about the gap with the sheet"), type_=TEXT)


class Training(Record):
    """A training session given to the people of a worksite."""

    __shown__ = ("held_on", "title")

    worksite_id: Mapped[int] = foreign_key("worksite")
    worksite: Mapped[Worksite] = relation(_l("Worksite"), "trainings")
    title: Mapped[str] = column(_l("Title"), type_=NAME)
    skill_id: Mapped[int | None] = foreign_key("skill", required=False)
    skill: Mapped[Skill | None] = relation(_l("Skill"))
    held_on: Mapped[date] = column(_l("Held on"))
    hours: Mapped[int] = column(_l("Hours"), Positive())
    participants: Mapped[list[Participant]] = relation(_l("Present"), "trainings", secondary=training_participant)


class Participant(ParticipantFigures, Searchable):
    """A person of the programme, from candidate to the end of the contract."""

    __shown__, __between__ = ("given_name", "family_name"), " "
    __rules__ = (
        Adult(), CnieStays(), SamePerson(), CnssNumberRecorded(), AccountRecorded(), HealthCover(),
        AllowedStep(PARTICIPANT_STEPS),
        *(AllowedStep(steps, field) for steps, field in STEPS_BESIDE),
    )  # fmt: skip
    __key__ = "cnie"
    __search__ = ("family_name_ar", "given_name_ar", "family_name_fr", "given_name_fr", "cnie", "cnss_number", "phone")
    __sounds__ = ("family_name_fr", "given_name_fr")

    cnie: Mapped[str] = column(_l("CNIE"), Cnie(), type_=String(8), unique=True)
    family_name_ar: Mapped[str] = column(_l("Family name in Arabic"), PersonName(), type_=String(80))
    given_name_ar: Mapped[str] = column(_l("Given name in Arabic"), PersonName(), type_=String(80))
    family_name_fr: Mapped[str] = column(_l("Family name in French"), LatinName(), type_=String(80))
    given_name_fr: Mapped[str] = column(_l("Given name in French"), LatinName(), type_=String(80))
    born_on: Mapped[date] = column(_l("Date of birth"))
    sex: Mapped[Sex] = word_column(Sex, _l("Sex"))
    address: Mapped[str | None] = column(_l("Address"), type_=String(240))
    commune_id: Mapped[int] = foreign_key("commune")
    commune: Mapped[Commune] = relation(_l("Commune"))
    phone: Mapped[str | None] = column(_l("Phone"), Phone(), type_=String(20), index=True)
    phone_answer: Mapped[str | None] = column(
        _l("Why two people have this phone"),
        help=_l("When the phone is also somebody else's, and rightly so: who looked, and what they found."),
        type_=TEXT,
    )
    declared_elsewhere_by: Mapped[str | None] = column(
        _l("Declared by another employer"), help=_l("As CNSS answered: the employer's name."), type_=NAME
    )
    declared_elsewhere_until: Mapped[date | None] = column(_l("Declared elsewhere until"))
    anapec_number: Mapped[str | None] = column(_l("ANAPEC number"), type_=CODE)
    cnss_number: Mapped[str | None] = column(_l("CNSS number"), CnssNumber(), type_=String(9), unique=True)
    cnss_state: Mapped[CnssState] = state_column(CnssState.none, _l("CNSS registration"), CNSS_STEPS)
    rib: Mapped[str | None] = column(_l("Bank account (RIB)"), Rib(), type_=RIB, index=True, active_history=True)
    account_state: Mapped[AccountState] = state_column(AccountState.none, _l("Bank account"), ACCOUNT_STEPS)
    education: Mapped[Education | None] = word_column(Education, _l("Education"), nullable=True)
    cover_state: Mapped[CoverState] = state_column(CoverState.waiting, _l("Health cover"), COVER_STEPS)
    cover_opened_on: Mapped[date | None] = column(_l("Cover opened on"))
    state: Mapped[ParticipantState] = state_column(ParticipantState.candidate, _l("State"), PARTICIPANT_STEPS)
    recorded_on: Mapped[date | None] = column(_l("Recorded on"))
    contracts: Mapped[list[Contract]] = relation(_l("Contracts"), "participant")
    trainings: Mapped[list[Training]] = relation(_l("Trainings"), "participants", secondary=training_participant)
    complaints: Mapped[list[Complaint]] = relation(_l("Complaints"), "participant", passive_deletes="all")


class Contract(ContractFigures, Searchable):
    """The work contract of one person at one worksite."""

    __shown__ = ("number", "participant")
    __table_args__ = (unique_where("uq_contract_one_running", "participant_id", "state = 'running'"),)
    __rules__ = (
        SignedContractStays(), InOrder("starts_on", "ends_on"), Adult(), LongestContract(),
        MinimumWage(), WithinWorksite(),
        OnePlaceAtATime(), ContractStartsAfterAgreement(), AllowedStep(CONTRACT_STEPS),
    )  # fmt: skip
    __key__ = "number"
    __given__ = ("signed_on", "anapec_approved_on")
    __search__ = ("number", "participant.cnie", "participant.family_name_ar", "participant.family_name_fr")

    number: Mapped[str] = column(_l("Number"), type_=CODE, unique=True)
    participant_id: Mapped[int] = foreign_key("participant")
    participant: Mapped[Participant] = relation(_l("Participant"), "contracts")
    worksite_id: Mapped[int] = foreign_key("worksite")
    worksite: Mapped[Worksite] = relation(_l("Worksite"), "contracts")
    job: Mapped[str] = column(_l("Job"), type_=NAME)
    starts_on: Mapped[date] = column(_l("First day"), active_history=True)
    ends_on: Mapped[date] = column(_l("Last day"), active_history=True)
    planned_ends_on: Mapped[date | None] = column(_l("Last day as planned"))
    monthly_wage: Mapped[Decimal] = column(_l("Monthly wage"), Positive(), type_=Money)
    signed_on: Mapped[date | None] = column(_l("Signed on"))
    anapec_approved_on: Mapped[date | None] = column(_l("Approved by ANAPEC on"))
    state: Mapped[ContractState] = state_column(ContractState.prepared, _l("State"), CONTRACT_STEPS)
    ended_reason: Mapped[str | None] = column(_l("Reason for ending"), type_=String(240))
    attendance_lines: Mapped[list[AttendanceLine]] = relation(_l("Attendance"), "contract")
    pay_slips: Mapped[list[PaySlip]] = relation(_l("Pay slips"), "contract")
    certificates: Mapped[list[Certificate]] = relation(_l("Certificates"), "contract")
    follow_ups: Mapped[list[FollowUp]] = relation(_l("Follow-up"), "contract")


class AttendanceSheet(SheetFigures, Searchable):
    """The days worked at one worksite in one month."""

    __shown__ = ("worksite.code", "month")
    __table_args__ = (UniqueConstraint("worksite_id", "month"),)
    __rules__ = (
        SheetOfOpenedWorksite(), AllowedStep(SHEET_STEPS), LockedSheet(), LockedOnceWorked(), AnotherLocks(),
        VisitGapAnswered(),
    )  # fmt: skip
    __search__ = ("worksite.code", "worksite.name_ar", "worksite.name_fr")

    worksite_id: Mapped[int] = foreign_key("worksite")
    worksite: Mapped[Worksite] = relation(_l("Worksite"), "sheets")
    month: Mapped[date] = column(_l("Month"), FirstOfMonth(), type_=Month, index=True)
    filled_by_id: Mapped[int | None] = foreign_key("user", required=False)
    filled_by: Mapped[User | None] = relation(_l("Filled by"), "User", foreign_keys=filled_by_id)
    locked_by_id: Mapped[int | None] = foreign_key("user", required=False)
    locked_by: Mapped[User | None] = relation(_l("Locked by"), "User", foreign_keys=locked_by_id)
    locked_on: Mapped[date | None] = column(_l("Locked on"))
    state: Mapped[SheetState] = state_column(SheetState.open, _l("State"), SHEET_STEPS)
    lines: Mapped[list[AttendanceLine]] = owned_lines(_l("People"), "sheet")


class AttendanceLine(LineFigures, Record):
    """The days of one person on a sheet, and the situation that CNSS asks for."""

    __table_args__ = (UniqueConstraint("sheet_id", "contract_id"),)
    __rules__ = (
        LineOfLockedSheet(), CorrectedByCorrection(), AtTheSheetsWorksite(), DayByDay(), WithinContract(),
        DeclaredDays(), NoDayToCome(),
    )  # fmt: skip

    sheet_id: Mapped[int] = foreign_key("attendance_sheet")
    sheet: Mapped[AttendanceSheet] = relation(_l("Attendance sheet"), "lines")
    contract_id: Mapped[int] = foreign_key("contract")
    contract: Mapped[Contract] = relation(_l("Contract"), "attendance_lines")
    days_worked: Mapped[int] = column(_l("Days worked"), NotNegative())
    marks: Mapped[str | None] = column(_l("Day by day"), DayMarks(), type_=String(31))
    situation: Mapped[Situation] = word_column(Situation, _l("Situation"), default=Situation.present)
    corrected_days: Mapped[int | None] = column(_l("Days as corrected"), NotNegative())
    corrected_situation: Mapped[Situation | None] = word_column(
        Situation, _l("Situation as corrected"), checked=False, nullable=True
    )
    corrections: Mapped[list[AttendanceCorrection]] = owned_lines(
        _l("Corrections"), "line", order_by="AttendanceCorrection.id"
    )


class AttendanceCorrection(Record):
    """The right days of a line, found after the lock: the line keeps what was locked, its wage is taken back."""

    __shown__ = ("line.sheet", "line.contract.participant")
    __rules__ = (CorrectionOfLocked(), CorrectionStays())

    line_id: Mapped[int] = foreign_key("attendance_line")
    line: Mapped[AttendanceLine] = relation(_l("Attendance"), "corrections")
    days_worked: Mapped[int] = column(_l("Right number of days"), NotNegative())
    situation: Mapped[Situation] = word_column(Situation, _l("Situation"), default=Situation.present)
    reason: Mapped[str] = column(_l("Reason"), type_=TEXT)
    corrected_on: Mapped[date | None] = column(_l("Corrected on"))


class PayrollRun(RunFigures, Record):
    """The wages of one month; frozen, it never changes."""

    __shown__ = ("month",)
    __rules__ = (
        FrozenRun(), NotBeforeEditions(), MonthBegun(), SecondPerson(), AllowedStep(RUN_STEPS),
    )  # fmt: skip
    __key__ = "month"

    month: Mapped[date] = column(_l("Month"), FirstOfMonth(), type_=Month, unique=True)
    calculated_by_id: Mapped[int | None] = foreign_key("user", required=False)
    calculated_by: Mapped[User | None] = relation(_l("Calculated by"), "User", foreign_keys=calculated_by_id)
    calculated_at: Mapped[datetime | None] = column(_l("Calculated at"), type_=Instant)
    approved_by_id: Mapped[int | None] = foreign_key("user", required=False)
    approved_by: Mapped[User | None] = relation(_l("Approved by"), "User", foreign_keys=approved_by_id)
    frozen_at: Mapped[datetime | None] = column(_l("Frozen at"), type_=Instant, active_history=True)
    seal: Mapped[str | None] = column(_l("Seal"), type_=String(64))
    seal_version: Mapped[int | None] = column(_l("What the seal covers, version"))
    state: Mapped[RunState] = state_column(RunState.open, _l("State"), RUN_STEPS)
    slips: Mapped[list[PaySlip]] = relation(_l("Pay slips"), "run")
    changes: Mapped[list[PayrollChange]] = relation(_l("Changes by calculating again"), "run")
    declarations: Mapped[list[Declaration]] = relation(_l("Declarations"), "run")


class PaySlip(SlipFigures, Searchable):
    """The wage of one contract for one month, or what blocks it; amounts in dirhams.

    A reversal takes a frozen slip back in a later run: same figures, negative, `reverses` names it.
    """

    __shown__ = ("month", "contract.participant")
    __table_args__ = (
        UniqueConstraint("run_id", "contract_id", "month", "kind"),
        unique_where("uq_pay_slip_reversed_once", "reverses_id", "kind = 'reversal'"),
    )
    __rules__ = (SlipOfFrozenRun(),)
    __search__ = ("contract.participant.cnie", "contract.participant.family_name_ar", "contract.number")

    run_id: Mapped[int] = foreign_key("payroll_run")
    run: Mapped[PayrollRun] = relation(_l("Payroll run"), "slips")
    contract_id: Mapped[int] = foreign_key("contract")
    contract: Mapped[Contract] = relation(_l("Contract"), "pay_slips")
    month: Mapped[date] = column(_l("Month"), type_=Month)
    kind: Mapped[SlipKind] = word_column(SlipKind, _l("Kind"), default=SlipKind.regular)
    reverses_id: Mapped[int | None] = foreign_key("pay_slip", required=False)
    reverses: Mapped[PaySlip | None] = relation(_l("Reverses"), remote_side="PaySlip.id")
    days: Mapped[int] = column(_l("Days"))
    situation: Mapped[Situation] = word_column(Situation, _l("Situation"), default=Situation.present)
    contract_wage: Mapped[Decimal] = column(_l("Wage of the contract"), type_=Money)
    wage: Mapped[Decimal] = column(_l("Wage used"), type_=Money)
    gross: Mapped[Decimal] = column(_l("Gross wage"), type_=Money)
    capped: Mapped[Decimal] = column(_l("Capped wage"), type_=Money)
    employee_share: Mapped[Decimal] = column(_l("Employee contribution"), type_=Money)
    employer_share: Mapped[Decimal] = column(_l("Employer contribution"), type_=Money)
    net: Mapped[Decimal] = column(_l("Net wage"), type_=Money)
    income_tax: Mapped[Decimal] = column(_l("Income tax"), type_=Money, default=Decimal("0.00"), server_default="0")
    cnss_number: Mapped[str | None] = column(_l("CNSS number declared"), type_=String(9))
    rib: Mapped[str | None] = column(_l("Account paid to"), type_=String(24))
    cnie: Mapped[str | None] = column(_l("CNIE"), type_=String(8))
    family_name_ar: Mapped[str | None] = column(_l("Family name in Arabic"), type_=String(80))
    given_name_ar: Mapped[str | None] = column(_l("Given name in Arabic"), type_=String(80))
    family_name_fr: Mapped[str | None] = column(_l("Family name in French"), type_=String(80))
    given_name_fr: Mapped[str | None] = column(_l("Given name in French"), type_=String(80))
    contract_number: Mapped[str | None] = column(_l("Number of the contract"), type_=CODE)
    worksite_code: Mapped[str | None] = column(_l("Code of the worksite"), type_=CODE)
    blocked_by: Mapped[str | None] = column(_l("What blocks it"), type_=String(240), index=True)
    payments: Mapped[list[Payment]] = relation(_l("Payments"), "pay_slip")


class PayrollChange(Record):
    """What a new calculation of an open payroll changed of one wage, in dirhams; a first one changes nothing."""

    __shown__ = ("run", "contract.participant")

    run_id: Mapped[int] = foreign_key("payroll_run")
    run: Mapped[PayrollRun] = relation(_l("Payroll run"), "changes")
    contract_id: Mapped[int] = foreign_key("contract")
    contract: Mapped[Contract] = relation(_l("Contract"))
    month: Mapped[date] = column(_l("Month"), type_=Month)
    what: Mapped[Recalculated] = word_column(Recalculated, _l("What happened"))
    net_before: Mapped[Decimal | None] = column(_l("Net wage before"), type_=Money)
    net_after: Mapped[Decimal | None] = column(_l("Net wage after"), type_=Money)
    blocked_before: Mapped[str | None] = column(_l("Blocked before by"), type_=String(240))
    blocked_after: Mapped[str | None] = column(_l("Blocked after by"), type_=String(240))
    at: Mapped[datetime] = column(_l("Calculated at"), type_=Instant)


class Declaration(DeclarationFigures, CnssFile, Searchable):
    """What one carrier declares to CNSS for one month."""

    __shown__ = ("run", "carrier")
    __table_args__ = (UniqueConstraint("run_id", "carrier_id"),)
    __rules__ = (
        StaysAsMade("run", "carrier"), AllowedStep(DECLARATION_STEPS), RejectionExplained(),
        UploadedFileStays(),
    )  # fmt: skip
    __search__ = ("carrier.name_ar", "carrier.name_fr", "carrier.cnss_affiliation", "file_name")

    run_id: Mapped[int] = foreign_key("payroll_run")
    run: Mapped[PayrollRun] = relation(_l("Payroll run"), "declarations")
    carrier_id: Mapped[int] = foreign_key("carrier")
    carrier: Mapped[Carrier] = relation(_l("Carrier"), "declarations")
    prefilled: Mapped[bytes | None] = column(_l("Pre-filled file"), type_=LargeBinary())


class Payment(PaymentFigures, Searchable):
    """The transfer of one wage by CNSS to one person, in dirhams."""

    __shown__ = ("pay_slip", "amount")
    __table_args__ = (unique_where("uq_payment_one_for_a_wage", "pay_slip_id", "state <> 'reissued'"),)
    __rules__ = (
        StaysAsMade("pay_slip", "amount"), PaidOnce(), DamancomRegistration(), PaidAfterSending(),
        RejectionExplained(), AllowedStep(PAYMENT_STEPS),
    )  # fmt: skip
    __search__ = ("reference", "pay_slip.contract.participant.cnie", "pay_slip.contract.participant.family_name_ar")

    pay_slip_id: Mapped[int] = foreign_key("pay_slip")
    pay_slip: Mapped[PaySlip] = relation(_l("Pay slip"), "payments")
    amount: Mapped[Decimal] = column(_l("Amount"), type_=Money)
    sent_on: Mapped[date | None] = column(_l("Sent on"))
    paid_on: Mapped[date | None] = column(_l("Paid on"))
    rejection_reason: Mapped[str | None] = column(_l("Reason for the rejection"), type_=String(240))
    reference: Mapped[str | None] = column(_l("Reference"), type_=CODE)
    state: Mapped[PaymentState] = state_column(PaymentState.due, _l("State"), PAYMENT_STEPS)


class Certificate(Searchable):
    """The certificate of skills that a person leaves with; issued, it is only replaced or revoked."""

    __shown__ = ("serial", "name")
    __table_args__ = (unique_where("uq_certificate_one_valid", "contract_id", "state = 'issued'"),)
    __rules__ = (CertificateEarned(), RevokedStays(), IssuedNeverEdited(), AllowedStep(CERTIFICATE_STEPS))
    __key__ = "serial"
    __given__ = ("serial",)
    __search__ = ("serial", "code", "name_ar", "name_fr", "contract.participant.cnie")

    serial: Mapped[str] = column(_l("Serial number"), type_=CODE, unique=True)
    code: Mapped[str] = column(_l("Code to verify"), type_=CODE, unique=True)
    contract_id: Mapped[int] = foreign_key("contract")
    contract: Mapped[Contract] = relation(_l("Contract"), "certificates")
    name_ar: Mapped[str] = column(_l("Name printed, Arabic"), type_=NAME)
    name_fr: Mapped[str] = column(_l("Name printed, French"), type_=NAME)
    days_worked: Mapped[int] = column(_l("Days worked"))
    issued_on: Mapped[date | None] = column(_l("Issued on"))
    replaces_id: Mapped[int | None] = foreign_key("certificate", required=False)
    replaces: Mapped[Certificate | None] = relation(_l("Replaces"), remote_side="Certificate.id")
    skills: Mapped[list[Skill]] = relation(_l("Skills acquired"), secondary=certificate_skill)
    state: Mapped[CertificateState] = state_column(CertificateState.eligible, _l("State"), CERTIFICATE_STEPS)


class FollowUp(Record):
    """What became of a person some months after the programme."""

    __shown__ = ("contract", "months_after")
    __table_args__ = (UniqueConstraint("contract_id", "months_after"),)
    __rules__ = (FollowUpAnswered(), AllowedStep(FOLLOW_UP_STEPS))

    contract_id: Mapped[int] = foreign_key("contract")
    contract: Mapped[Contract] = relation(_l("Contract"), "follow_ups")
    months_after: Mapped[int] = column(_l("Months after leaving"), Positive())
    due_on: Mapped[date] = column(_l("Due on"))
    called_on: Mapped[date | None] = column(_l("Called on"))
    situation: Mapped[Insertion | None] = word_column(Insertion, _l("Situation"), nullable=True)
    notes: Mapped[str | None] = column(_l("Notes"), type_=TEXT)
    state: Mapped[FollowUpState] = state_column(FollowUpState.planned, _l("State"), FOLLOW_UP_STEPS)


class Complaint(Searchable):
    """A complaint; what a confidential one says, and whose it is, the complaints officer and the head of unit read."""

    __confided_to__ = (Role.complaints_officer, Role.head_of_unit)
    __confided__ = ("participant", "from_name", "worksite", "text", "answer")
    __shown__ = ("number",)
    __given__ = ("number",)
    __rules__ = (AnswerWritten(), AllowedStep(COMPLAINT_STEPS))
    __search__ = ("number", "from_name", "participant.cnie")

    number: Mapped[str] = column(_l("Number"), type_=CODE, unique=True)
    received_on: Mapped[date] = column(_l("Received on"))
    participant_id: Mapped[int | None] = foreign_key("participant", required=False)
    participant: Mapped[Participant | None] = relation(_l("Participant"), "complaints")
    from_name: Mapped[str | None] = column(_l("Name of the person, when not recorded"), type_=NAME)
    worksite_id: Mapped[int | None] = foreign_key("worksite", required=False)
    worksite: Mapped[Worksite | None] = relation(_l("Worksite"))
    kind: Mapped[ComplaintKind] = word_column(ComplaintKind, _l("About"))
    is_confidential: Mapped[bool] = column(_l("Confidential"), default=True)
    text: Mapped[str] = column(_l("Complaint"), type_=TEXT)
    due_on: Mapped[date | None] = column(_l("Answer due on"))
    answer: Mapped[str | None] = column(_l("Answer"), type_=TEXT)
    answered_on: Mapped[date | None] = column(_l("Answered on"))
    state: Mapped[ComplaintState] = state_column(ComplaintState.received, _l("State"), COMPLAINT_STEPS)
