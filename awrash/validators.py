"""The programme's rules, one class each, in the order of the file's life.

A rule names its source, says one sentence for each reason to refuse, and checks a value (rules of a column) or a
record (rules in `__rules__`). Marks of sources, [A] article, [F] fact, [D] decision: docs/programme.md, "Marks".
"""

from collections.abc import Iterable
from datetime import date

from awrash.database.record import changed, is_deleted, is_new, relation_changed, value_before
from awrash.rules import subjects
from awrash.rules.constraints import BEHIND_CONSTRAINT
from awrash.rules.rule import Rule, RuleError
from awrash.values import months
from awrash.values.language import _l
from awrash.values.states import (
    AGREEMENT_OVER,
    NO_MARK,
    OPENED,
    OVER,
    UNPAID_SITUATIONS,
    AccountState,
    AgreementState,
    CallState,
    CertificateState,
    CnssState,
    ContractState,
    CoverState,
    CriterionKind,
    InstalmentState,
    Mark,
    Outcome,
    PaymentState,
    ProjectState,
    SessionState,
    SheetState,
    WorksiteState,
)

# ---- calls and projects


class SpecificationsPublished(Rule):
    """[A] A call takes no project before its specifications (دفتر التحملات) are published
    (docs/programme.md, "Published specifications")."""

    message = _l("Call %(call)s has no published specifications: publish them first.")
    field = "specifications"

    def check(self, call: subjects.Call) -> None:
        if call.state != CallState.draft and not any(version.published_on for version in call.specifications):
            self.refuse(call=call)


class ScoringGrid(Rule):
    """[A] The grid has a criterion for direct impact, innovation, transparency and seriousness
    (docs/programme.md, "Scoring grid")."""

    message = _l("The scoring grid of call %(call)s has no criterion for: %(missing)s.")
    field = "criteria"

    def check(self, call: subjects.Call) -> None:
        if call.state == CallState.draft:
            return
        present = {criterion.kind for criterion in call.criteria}
        missing = [kind for kind in CriterionKind if kind != CriterionKind.other and kind not in present]
        if missing:
            self.refuse(call=call, missing="، ".join(str(kind.label) for kind in missing))


class FreeProposal(Rule):
    """[A] Any association or cooperative proposes freely; a deposit asks for nothing but who, where and what
    (docs/programme.md, "Free proposal")."""

    message = _l(
        "Before the deposit of %(project)s, write its commune, theme, places and duration; nothing else is asked."
    )
    field = "theme"

    def check(self, project: subjects.Project) -> None:
        proposal = (project.carrier, project.commune, project.theme, project.title_ar, project.places, project.months)
        if project.state != ProjectState.draft and not all(proposal):
            self.refuse(project=project)


class OpenCall(Rule):
    """[A] A project is deposited between its call's opening and closing dates (docs/programme.md, "Open call")."""

    message = _l("Call %(call)s is open from %(opens)s to %(closes)s: a project cannot be deposited on %(day)s.")
    field = "call"

    def check(self, project: subjects.Project) -> None:
        day, call = project.deposited_on, project.call
        if not (changed(project, "deposited_on", "call") and day and call):
            return
        if call.state != CallState.open or not call.opens_on <= day <= call.closes_on:
            self.refuse(call=call, opens=call.opens_on, closes=call.closes_on, day=day)


class NewVersionPublished(Rule):
    """[A] A call takes no project before its specifications are published: the new version too, which the first
    deposit comes under (docs/programme.md, "Published specifications")."""

    message = _l("Version %(number)s of the specifications of call %(call)s is not published yet: publish it first.")
    unwritten = _l("Call %(call)s has no version that waits to be published: write it in its specifications first.")
    field = "call"

    def check(self, project: subjects.Project) -> None:
        if not project.is_being_deposited or any(
            other.reference for other in project.call.projects if other is not project
        ):
            return
        last = self.last_version(project.call)
        if last is not None and not last.published_on:
            self.refuse(number=last.number, call=project.call)

    def last_version(self, call: subjects.Call) -> subjects.SpecificationVersion | None:
        """The version of a call's specifications with the highest number; None before one is written."""
        return max(call.specifications, key=lambda version: version.number, default=None)


class OfItsCall(Rule):
    """[F] The checklist and the grid belong to the call: a project brings and is scored on what its own call asks for
    (docs/programme.md, "Complete file")."""

    message = _l("“%(item)s” belongs to call %(other)s, and %(project)s to call %(call)s: take it off.")

    def __init__(self, name: str) -> None:
        self.field = name  # of the line: what its call asks for

    def check(self, line: subjects.DocumentReceived | subjects.Score) -> None:
        if is_new(line) or relation_changed(line, self.field or "", "project"):
            self.check_standing(line)

    def check_standing(self, line: subjects.DocumentReceived | subjects.Score) -> None:
        """Refuse a line of another call, also one that stands from before."""
        item: subjects.OfCall = getattr(line, self.field or "")
        if item.call is not line.project.call:
            self.refuse(item=item, other=item.call, project=line.project, call=line.project.call)


class MovedWithoutLines(Rule):
    """[F] A project that moves to another call leaves the documents and points of the first behind
    (docs/programme.md, "Complete file")."""

    message = _l("%(project)s has documents or points of call %(other)s: take them off first, then choose %(call)s.")
    field = "call"

    def check(self, project: subjects.Project) -> None:
        if is_new(project) or not relation_changed(project, "call"):
            return
        asked = [*(line.document for line in project.documents), *(line.criterion for line in project.scores)]
        for item in asked:
            if item.call is not project.call:
                self.refuse(project=project, other=item.call, call=project.call)


class CompleteFile(Rule):
    """[F] The committee sees complete files only; the checklist belongs to the call
    (docs/programme.md, "Complete file")."""

    message = _l("The file of %(project)s is not complete: %(missing)s.")
    field = "documents"

    def check(self, project: subjects.Project) -> None:
        if project.state in (ProjectState.draft, ProjectState.deposited):
            return
        if project.missing_documents:
            self.refuse(project=project, missing="، ".join(map(str, project.missing_documents)))


class ScoredOnEveryCriterion(Rule):
    """[A] A project is scored on every criterion of its call's grid (docs/programme.md, "Scoring grid")."""

    message = _l("%(project)s has no points yet for: %(missing)s.")
    field = "scores"

    def check(self, project: subjects.Project) -> None:
        scored = (ProjectState.scored, ProjectState.approved)
        if project.state in scored and project.unscored_criteria:
            self.refuse(project=project, missing="، ".join(map(str, project.unscored_criteria)))


class CommunalPowers(Rule):
    """[A] Work within communal powers names the commune, whose responsibility is not lifted
    (docs/programme.md, "Communal powers")."""

    message = _l("%(project)s is within communal powers: name the commune, which stays responsible.")
    field = "commune"

    def check(self, project: subjects.Project) -> None:
        if project.within_communal_powers and not project.commune:
            self.refuse(project=project)


class Duration(Rule):
    """[A] At least three months and at most twelve (docs/programme.md, "Duration")."""

    message = _l("%(months)s months is not allowed: between %(shortest)s and %(longest)s.")
    field = "months"

    def check(self, lasting: subjects.Lasting) -> None:
        if not lasting.months:
            return
        shortest, longest, _ = lasting.month_bounds()
        if not shortest <= lasting.months <= longest:
            self.refuse(months=lasting.months, shortest=shortest, longest=longest)


class LongDurationExplained(Rule):
    """[A] Over six months asks for a written reason (docs/programme.md, "Duration")."""

    message = _l("%(months)s months is more than %(most)s: write the reason.")
    field = "months_reason"

    def check(self, project: subjects.Project) -> None:
        if not project.months or project.months_reason:
            return
        most = project.month_bounds()[2]
        if project.months > most:
            self.refuse(months=project.months, most=most)


class CommitteeApproval(Rule):
    """[A] A project is approved, deferred or refused by the committee, and by nobody else
    (docs/programme.md, "Committee approval")."""

    message = _l("The committee has not decided on %(project)s: record its session first.")
    field = "decisions"

    def check(self, project: subjects.Project) -> None:
        state, outcomes = str(project.state), {str(decision.outcome) for decision in project.decisions}
        if state in set(Outcome) and state not in outcomes:
            self.refuse(project=project)


class ReasonGiven(Rule):
    """[A] The committee approves, defers or refuses each project always with a written reason
    (docs/programme.md, "Committee approval")."""

    message = _l("Write the reason: %(project)s is %(outcome)s.")
    field = "reason"

    def check(self, decision: subjects.Decision) -> None:
        if not decision.reason:
            self.refuse(project=decision.project, outcome=decision.outcome)


class NoVoteWithInterest(Rule):
    """[F] A member with a declared interest in the carrier does not vote on its project
    (docs/programme.md, "Committee approval")."""

    message = _l("%(member)s declared an interest in %(carrier)s and does not vote on its project.")
    field = "voters"

    def check(self, decision: subjects.Decision) -> None:
        for member in decision.voters:
            if member.interest_in and member.interest_in is decision.project.carrier:
                self.refuse(member=member, carrier=member.interest_in)


class OpenSession(Rule):
    """[A] The committee decides in a session; [D] one whose minutes are not signed, held since the deposit, with the
    quorum of the edition (docs/programme.md, "Committee approval")."""

    message = _l(
        "The minutes of the session of %(day)s are signed: it decides nothing more. Record another session, and decide "
        "in it."
    )
    too_early = _l(
        "The session of %(day)s came before the deposit of %(project)s, on %(deposited)s: choose a session held since."
    )
    too_few = _l(
        "Members present on %(day)s: %(present)s. The committee decides from %(quorum)s on: write on the page of the "
        "session who was there."
    )
    field = "session"

    def check(self, decision: subjects.Decision) -> None:
        session = decision.session
        if not is_new(decision):
            return
        if value_before(session, "state") == SessionState.closed:
            self.refuse(day=session.held_on)
        self.check_sitting(decision)

    def check_sitting(self, decision: subjects.Decision) -> None:
        """Refuse a session that could not decide on the project, whether or not its minutes are signed since."""
        session, project = decision.session, decision.project
        deposited_on, quorum = project.deposited_on, project.call.edition.committee_quorum
        if deposited_on and session.held_on < deposited_on:
            self.refuse(sentence=self.too_early, day=session.held_on, project=project, deposited=deposited_on)
        present = len(session.attendance)
        if present < quorum:
            self.refuse(sentence=self.too_few, day=session.held_on, present=present, quorum=quorum)


class WithinQuota(Rule):
    """[F] Approvals never exceed the edition's quota in person-months (docs/programme.md, "Quota")."""

    message = _l("%(project)s asks for %(asked)s person-months; %(left)s are left of %(quota)s.")
    field = "places"

    def check(self, project: subjects.Project) -> None:
        if project.state != ProjectState.approved or not changed(project, "state", "places", "months"):
            return
        edition = project.call.edition
        left = edition.quota_person_months - edition.booked_person_months(besides=project)
        if project.person_months > left:
            self.refuse(project=project, asked=project.person_months, left=left, quota=edition.quota_person_months)


class OncePerCarrier(Rule):
    """[A] Last sentence of the article: a carrier that has had a project does not benefit again.

    Benefited means signed; a refused project may come back at the next call. The strict reading, in which
    to have deposited is enough, is a setting of the edition [D].

    Source: docs/programme.md, "Once only".
    """

    message = _l("%(carrier)s has already benefited: agreement %(number)s.")
    strict = _l("%(carrier)s has already deposited a project: %(number)s.")
    field = "carrier"

    def check(self, subject: subjects.Benefiting) -> None:
        carrier, project = subject.carrier, subject.as_project
        if subject.would_benefit:
            for agreement in carrier.agreements:
                if agreement.project is not project and agreement.has_benefited:
                    self.refuse(carrier=carrier, number=agreement.number)
        if subject.is_being_deposited and project.call.edition.strict_once_only:
            for other in carrier.projects:
                if other is not project and other.reference:
                    self.refuse(sentence=self.strict, carrier=carrier, number=other.reference)


class SharedOfficersAnswered(Rule):
    """[D] An officer who sits in two bureaus is a warning that a named person answers in writing
    (docs/programme.md, "Once only")."""

    message = _l("%(officer)s also sits in the bureau of %(other)s: write the answer of %(carrier)s and who answered.")
    field = "carrier"

    def check(self, agreement: subjects.Agreement) -> None:
        carrier = agreement.carrier
        if not agreement.council_signed_on or (carrier.overlap_answer and carrier.overlap_answered_by):
            return
        for officer in carrier.shared_officers:
            self.refuse(officer=officer, other=officer.carrier, carrier=carrier)


# ---- agreements and worksites


class ProjectApproved(Rule):
    """[A] No agreement without an approval by the committee (docs/programme.md, "Committee approval")."""

    message = _l("%(project)s is not approved by the committee: no agreement is prepared before.")
    field = "project"

    def check(self, agreement: subjects.Agreement) -> None:
        if agreement.project.state != ProjectState.approved:
            self.refuse(project=agreement.project)


class CarrierOfProject(Rule):
    """[A] The agreement is signed with the carrier that proposed the project, and with no other
    (docs/programme.md, "Agreement first")."""

    message = _l("The project is that of %(owner)s, not of %(carrier)s: its agreement is prepared from the project.")
    field = "project"

    def check(self, agreement: subjects.Agreement) -> None:
        concerned = is_new(agreement) or relation_changed(agreement, "project", "carrier")
        if concerned and agreement.carrier is not agreement.project.carrier:
            self.refuse(owner=agreement.project.carrier, carrier=agreement.carrier)


class OneAgreementForProject(Rule):
    """[A] An approved project has one agreement; another one follows only when that one is terminated
    (docs/programme.md, "Once only")."""

    message = _l("This project has an agreement already: go on with that one, or terminate it first.")
    named = _l(
        "%(project)s has an agreement already, %(agreement)s, “%(state)s”: go on with that one, or terminate it first."
    )
    field = "project"

    def check(self, agreement: subjects.Agreement) -> None:
        if is_new(agreement) or relation_changed(agreement, "project"):
            self.judge(agreement)

    def judge(self, agreement: subjects.Agreement) -> None:
        if agreement.state == AgreementState.terminated:
            return
        for other in agreement.project.standing_agreements:
            if other is not agreement:
                facts = {"agreement": other, "state": other.state}
                self.refuse(sentence=self.named, project=agreement.project, **facts)


BEHIND_CONSTRAINT["uq_agreement_one_for_project"] = OneAgreementForProject()


class WithinProject(Rule):
    """[A] An agreement lasts no longer than the committee approved its project for
    (docs/programme.md, "Within the agreement")."""

    message = _l("%(project)s was approved for %(most)s months: from %(first)s on, its agreement ends by %(last)s.")
    field = "ends_on"

    def check(self, agreement: subjects.Agreement) -> None:
        if is_new(agreement) or relation_changed(agreement, "project") or changed(agreement, "starts_on", "ends_on"):
            self.judge(agreement)

    def judge(self, agreement: subjects.Agreement) -> None:
        most = agreement.project.months
        if most and agreement.months > most and agreement.state not in AGREEMENT_OVER:
            facts = {"first": agreement.starts_on, "last": months.end_of(agreement.starts_on, most)}
            self.refuse(project=agreement.project, most=most, **facts)


class WorksitesWithin(Rule):
    """[A] A draft keeps the days of the worksites that are planned under it
    (docs/programme.md, "Within the agreement")."""

    message = _l("%(worksite)s runs from %(first)s to %(last)s: move its days first, the agreement holds them.")
    field = "ends_on"

    def check(self, agreement: subjects.Agreement) -> None:
        if is_new(agreement) or not changed(agreement, "starts_on", "ends_on"):
            return
        for worksite in agreement.running_worksites:
            opens_early = worksite.opens_on < agreement.starts_on
            if opens_early or worksite.closes_on > agreement.ends_on:
                refusal = RuleError(self, worksite=worksite, first=worksite.opens_on, last=worksite.closes_on)
                refusal.field = "starts_on" if opens_early else self.field
                raise refusal


class ProjectValue(Rule):
    """[D] The agreement's value is the sum of the project's eligible budget lines
    (docs/programme.md, "Project value")."""

    message = _l("The value is %(given)s; the eligible lines of the budget make %(due)s.")
    field = "value"

    def check(self, agreement: subjects.Agreement) -> None:
        if agreement.state == AgreementState.drafted and agreement.value != agreement.project.value:
            self.refuse(given=agreement.value, due=agreement.project.value)


class ManagementFee(Rule):
    """[A] The carrier gets a share of the project's value for administrative management
    (docs/programme.md, "Management fee")."""

    message = _l("The management fee is %(given)s; the rate gives %(due)s.")
    field = "management_fee"

    def check(self, agreement: subjects.Agreement) -> None:
        due = agreement.project.management_fee
        if agreement.state == AgreementState.drafted and agreement.management_fee != due:
            self.refuse(given=agreement.management_fee, due=due)


class NothingRunsOn(Rule):
    """[A] Nobody works under an agreement that has ended: its worksites and contracts end with it
    (docs/programme.md, "Agreement first")."""

    message = _l("The agreement of %(carrier)s is over, and nothing runs on under it: end first %(running)s.")
    field = "state"

    def check(self, agreement: subjects.Agreement) -> None:
        if changed(agreement, "state"):
            self.judge(agreement)

    def judge(self, agreement: subjects.Agreement) -> None:
        if agreement.state not in AGREEMENT_OVER:
            return
        running = [*agreement.running_worksites, *agreement.running_contracts]
        if running:
            self.refuse(carrier=agreement.carrier, running="، ".join(map(str, running)))


class InstalmentsAddUp(Rule):
    """[A] The fee is paid in instalments that add up to it exactly (docs/programme.md, "Management fee")."""

    message = _l("The instalments add up to %(given)s; the management fee is %(due)s.")
    field = "instalments"

    def check(self, agreement: subjects.Agreement) -> None:
        total = sum(instalment.amount or 0 for instalment in agreement.instalments)
        if agreement.instalments and total != agreement.management_fee:
            self.refuse(given=total, due=agreement.management_fee)


class FeeOfSignedAgreement(Rule):
    """[A] The fee is written on the agreement: owed once all have signed, no more once it is terminated [D]
    (docs/programme.md, "Management fee")."""

    message = _l("%(agreement)s is not in force: its management fee is approved once all have signed it.")
    field = "state"

    def check(self, instalment: subjects.Instalment) -> None:
        agreement, before = instalment.agreement, value_before(instalment, "state")
        is_terminated = agreement.state == AgreementState.terminated
        is_being_approved = instalment.state == InstalmentState.approved and before == InstalmentState.due
        if is_being_approved and (is_terminated or not agreement.is_signed):
            self.refuse(agreement=agreement)


class FeeToCarrierOfProject(Rule):
    """[A] The fee goes to the carrier that proposed the project (docs/programme.md, "Management fee")."""

    message = _l(
        "The agreement names %(carrier)s and its project is that of %(owner)s: nothing is paid on it. Terminate it and "
        "prepare another from the project."
    )
    field = "agreement"

    def check(self, instalment: subjects.Instalment) -> None:
        agreement = instalment.agreement
        is_owed = instalment.state in (InstalmentState.approved, InstalmentState.paid)
        if is_owed and changed(instalment, "state") and agreement.carrier is not agreement.project.carrier:
            self.refuse(carrier=agreement.carrier, owner=agreement.project.carrier)


class PaymentOfFeeTold(Rule):
    """[D] An instalment is paid on a day, by a transfer that can be found again
    (docs/programme.md, "Accountability")."""

    message = _l("Write the day and the reference of the transfer to %(carrier)s.")
    field = "reference"

    def check(self, instalment: subjects.Instalment) -> None:
        if instalment.state == InstalmentState.paid and not (instalment.paid_on and instalment.reference):
            self.refuse(carrier=instalment.agreement.carrier)


class ApprovedInstalmentStays(Rule):
    """[D] What was approved is paid as it was approved; the approval is taken back first
    (docs/programme.md, "Accountability")."""

    message = _l("The instalment of %(due)s is approved: take the approval back before you change it.")
    field = "amount"
    on_delete = True

    def check(self, instalment: subjects.Instalment) -> None:
        before = value_before(instalment, "state")
        is_altered = is_deleted(instalment) or changed(instalment, "due_on", "amount")
        if before in (InstalmentState.approved, InstalmentState.paid) and is_altered:
            self.refuse(due=instalment.due_on)
        if before == instalment.state == InstalmentState.paid and changed(instalment, "paid_on", "reference"):
            self.refuse(due=instalment.due_on)


class OfRunningAgreement(Rule):
    """A rule of a worksite that binds it to its agreement while somebody works there, or still may."""

    @staticmethod
    def binds(worksite: subjects.Worksite) -> bool:
        """Whether what the worksite is still asks for what was agreed."""
        return worksite.state not in OVER and worksite.agreement.state not in AGREEMENT_OVER


class CommuneOfProject(OfRunningAgreement):
    """[A] People work in the commune that the project was approved for (docs/programme.md, "Within the agreement")."""

    message = _l("%(worksite)s is in %(commune)s and its project is in %(agreed)s: it is planned where the project is.")
    field = "commune"

    def check(self, worksite: subjects.Worksite) -> None:
        if is_new(worksite) or relation_changed(worksite, "agreement", "commune"):
            self.judge(worksite)

    def judge(self, worksite: subjects.Worksite) -> None:
        agreed = worksite.agreement.project.commune
        if self.binds(worksite) and agreed and worksite.commune is not agreed:
            self.refuse(worksite=worksite, commune=worksite.commune, agreed=agreed)


class DaysOfAgreement(OfRunningAgreement):
    """[A] A worksite runs while its agreement does, three months at least and twelve at most
    (docs/programme.md, "Within the agreement")."""

    message = _l("The agreement runs from %(first)s to %(last)s: %(worksite)s opens and closes within these days.")
    length = _l("%(worksite)s would last %(months)s months: a worksite lasts between %(shortest)s and %(longest)s.")
    field = "closes_on"

    def check(self, worksite: subjects.Worksite) -> None:
        is_moved = is_new(worksite) or relation_changed(worksite, "agreement")
        if self.binds(worksite):
            self._judge(worksite, is_moved or changed(worksite, "opens_on"), is_moved or changed(worksite, "closes_on"))

    def judge(self, worksite: subjects.Worksite) -> None:
        if self.binds(worksite):
            self._judge(worksite, first=True, last=True)

    def _judge(self, worksite: subjects.Worksite, first: bool, last: bool) -> None:
        """Judge the first day, the last one, or both, and with either how long that is."""
        agreement = worksite.agreement
        opens_early = first and worksite.opens_on < agreement.starts_on
        if opens_early or (last and worksite.closes_on > agreement.ends_on):
            facts = {"first": agreement.starts_on, "last": agreement.ends_on, "worksite": worksite}
            refusal = RuleError(self, **facts)
            refusal.field = "opens_on" if opens_early else self.field
            raise refusal
        shortest, longest, _ = agreement.month_bounds()
        if (first or last) and not shortest <= worksite.months <= longest:
            facts = {"shortest": shortest, "longest": longest, "worksite": worksite}
            self.refuse(sentence=self.length, months=worksite.months, **facts)


class PlacesOfAgreement(OfRunningAgreement):
    """[A] The worksites of an agreement have together, on each day, no more places than were agreed
    (docs/programme.md, "Within the agreement")."""

    message = _l(
        "The agreement is for %(places)s places, and its other worksites have %(others)s of them on the same days: "
        "%(worksite)s has %(left)s at most."
    )
    field = "places"

    def check(self, worksite: subjects.Worksite) -> None:
        if is_new(worksite) or relation_changed(worksite, "agreement") or self._asks_for_more(worksite):
            self.judge(worksite)

    def _asks_for_more(self, worksite: subjects.Worksite) -> bool:
        """Whether it is about to have more places, or to have them on other days."""
        return (
            worksite.places > value_before(worksite, "places")
            or worksite.opens_on < value_before(worksite, "opens_on")
            or worksite.closes_on > value_before(worksite, "closes_on")
        )

    def judge(self, worksite: subjects.Worksite) -> None:
        if not self.binds(worksite):
            return
        agreed, others = worksite.agreement.places, worksite.places_beside
        if worksite.places + others > agreed:
            self.refuse(places=agreed, others=others, left=max(agreed - others, 0), worksite=worksite)


class PlacesTaken(Rule):
    """[F] A worksite keeps the places that people have there (docs/programme.md, "One place at a time")."""

    message = _l("%(taken)s people have a place at %(worksite)s: it has no fewer places until somebody leaves.")
    field = "places"

    def check(self, worksite: subjects.Worksite) -> None:
        if is_new(worksite) or worksite.places >= value_before(worksite, "places"):
            return
        taken = worksite.places_taken
        if worksite.places < taken:
            self.refuse(taken=taken, worksite=worksite)


# ---- people and contracts


class Adult(Rule):
    """[D] Eighteen or over on the first day; a candidate on the last day that the programme could be theirs
    (docs/programme.md, "Adult")."""

    message = _l("%(participant)s, born on %(born)s, is not of age on %(day)s.")
    field = "born_on"

    def check(self, subject: subjects.OfAge) -> None:
        person, day = subject.as_person, subject.first_day
        if day and not person.is_adult_on(day):
            self.refuse(participant=person, born=person.born_on, day=day)


class CnssNumberRecorded(Rule):
    """[F] The registration is obtained when the CNSS number is there (docs/programme.md, "Damancom registration")."""

    message = _l("%(participant)s has no CNSS number yet: write it first.")
    field = "cnss_number"

    def check(self, participant: subjects.Participant) -> None:
        if participant.cnss_state == CnssState.obtained and not participant.cnss_number:
            self.refuse(participant=participant)


class AccountRecorded(Rule):
    """[A/F] An account is verified on its RIB; a new RIB is verified again (docs/programme.md, "Bank account")."""

    message = _l("%(participant)s has no RIB that was verified: write the RIB, then verify that the account is theirs.")
    field = "rib"

    def check(self, participant: subjects.Participant) -> None:
        if participant.account_state != AccountState.verified:
            return
        was_verified = value_before(participant, "account_state") == AccountState.verified
        if not participant.rib or (was_verified and changed(participant, "rib")):
            self.refuse(participant=participant)


class LongestContract(Rule):
    """[A] Nobody works more than twelve months (docs/programme.md, "Duration")."""

    message = _l("%(months)s months is too long: a contract lasts at most %(longest)s.")
    field = "ends_on"

    def check(self, contract: subjects.Contract) -> None:
        if contract.months > contract.longest_months:
            self.refuse(months=contract.months, longest=contract.longest_months)


class MinimumWage(Rule):
    """[A/F] A wage is never below the SMIG in force: hourly SMIG × hours of a full month
    (docs/programme.md, "Minimum wage")."""

    message = _l("%(wage)s is below the minimum wage: at least %(floor)s dirhams a month.")
    field = "monthly_wage"

    def check(self, subject: subjects.Waged) -> None:
        wage = subject.monthly_wage
        if wage is not None and changed(subject, "monthly_wage") and wage < subject.wage_floor:
            self.refuse(wage=wage, floor=subject.wage_floor)


class WithinWorksite(Rule):
    """[F] A contract runs while its worksite does, and a worksite has so many places
    (docs/programme.md, "One place at a time")."""

    message = _l("The contract runs from %(first)s to %(last)s, outside the worksite: %(opens)s to %(closes)s.")
    full = _l("%(worksite)s has %(places)s places and all of them are taken on %(day)s.")
    field = "worksite"

    def check(self, contract: subjects.Contract) -> None:
        site = contract.worksite
        if contract.starts_on < site.opens_on or contract.ends_on > site.closes_on:
            facts = {"opens": site.opens_on, "closes": site.closes_on}
            self.refuse(first=contract.starts_on, last=contract.ends_on, **facts)
        if not changed(contract, "worksite", "starts_on", "ends_on"):
            return
        for day, taken in contract.taken_places().items():
            if taken >= site.places:
                self.refuse(sentence=self.full, worksite=site, places=site.places, day=day)


class OnePlaceAtATime(Rule):
    """[F] One running contract a day for a person, in the whole programme
    (docs/programme.md, "One place at a time")."""

    message = _l("%(participant)s already has contract %(number)s from %(first)s to %(last)s.")
    field = "participant"

    def check(self, contract: subjects.Contract) -> None:
        for other in contract.participant.contracts:
            overlap = other.starts_on <= contract.ends_on and other.ends_on >= contract.starts_on
            if other is not contract and overlap and not other.never_ran:
                facts = {"number": other.number, "first": other.starts_on, "last": other.ends_on}
                self.refuse(participant=contract.participant, **facts)


class ContractStartsAfterAgreement(Rule):
    """[A] Nobody starts before the agreement is signed and the worksite is open
    (docs/programme.md, "Agreement first")."""

    message = _l("%(contract)s cannot start: the agreement is signed and the worksite open first.")
    field = "worksite"

    def check(self, contract: subjects.Contract) -> None:
        if contract.state != ContractState.running or value_before(contract, "state") == ContractState.running:
            return
        if not contract.worksite.agreement.is_signed or contract.worksite.state != WorksiteState.open:
            self.refuse(contract=contract)


class HealthCover(Rule):
    """[A] Cover opens three months after the declaration; [F] after 54 declared days within six months.

    Both dates are computed and shown; cover is recorded open from the earlier one.

    Source: docs/programme.md, "Health cover".
    """

    message = _l(
        "The cover of %(participant)s opens on %(months)s by the three-month rule, on %(days)s by declared days."
    )
    field = "cover_opened_on"

    def check(self, participant: subjects.Participant) -> None:
        if participant.cover_state == CoverState.waiting or not changed(participant, "cover_opened_on"):
            return
        by_months, by_days, opened_on = (
            participant.cover_by_months,
            participant.cover_by_days,
            participant.cover_opened_on,
        )
        possible = [day for day in (by_months, by_days) if day]
        if not possible or not opened_on or opened_on < min(possible):
            self.refuse(participant=participant, months=by_months or "—", days=by_days or "—")


# ---- attendance


class SheetOfOpenedWorksite(Rule):
    """[A] People are counted where a worksite has opened, in the months in which it runs
    (docs/programme.md, "Attendance")."""

    message = _l("%(worksite)s has not opened: there is no attendance to count.")
    outside = _l("%(worksite)s runs from %(opens)s to %(closes)s: %(month)s is not one of its months.")
    field = "worksite"

    def check(self, sheet: subjects.AttendanceSheet) -> None:
        site = sheet.worksite
        if not changed(sheet, "worksite", "month"):
            return
        if site.state not in OPENED:
            self.refuse(worksite=site)
        if not site.opens_on.replace(day=1) <= sheet.month <= site.closes_on:
            facts = {"opens": site.opens_on, "closes": site.closes_on, "month": f"{sheet.month:%Y-%m}"}
            self.refuse(sentence=self.outside, worksite=site, **facts)


class AtTheSheetsWorksite(Rule):
    """[F] A person stands on the sheet of the worksite where their contract is (docs/programme.md, "Attendance")."""

    message = _l("%(contract)s is not at worksite %(worksite)s.")
    field = "contract"

    def check(self, line: subjects.AttendanceLine) -> None:
        if line.contract.worksite is not line.sheet.worksite:
            self.refuse(contract=line.contract, worksite=line.sheet.worksite)


class DayByDay(Rule):
    """[F] Days are counted from the sheet: each in the month and in the contract, their sum the days worked
    (docs/programme.md, "Attendance")."""

    message = _l("%(contract)s does not cover %(day)s: take the mark off that day.")
    sum = _l("%(marked)s days are marked at work and %(days)s written: they should be the same.")
    field = "marks"

    def check(self, line: subjects.AttendanceLine) -> None:
        marks, contract = line.marks or "", line.contract
        if not marks.strip(NO_MARK):
            return
        for day in line.marked_days():
            if day is None or not contract.starts_on <= day <= contract.ends_on:
                self.refuse(contract=contract, day=day or months.last_day(line.sheet.month))
        marked = marks.count(Mark.worked)
        if marked != line.days_worked:
            self.refuse(sentence=self.sum, marked=marked, days=line.days_worked)


class VisitGapAnswered(Rule):
    """[D] A visit that counted fewer people than the sheet says is answered before the lock
    (docs/programme.md, "Accountability")."""

    message = _l("%(counted)s people were counted on %(day)s and the sheet says %(marked)s: write the answer first.")
    by_sums = _l(
        "%(counted)s people were counted on %(day)s; by its sums of days, the sheet has %(marked)s at work each day: "
        "write the answer first."
    )
    field = "lines"

    def check(self, sheet: subjects.AttendanceSheet) -> None:
        if sheet.state != SheetState.locked or value_before(sheet, "state") == SheetState.locked:
            return
        for visit, marked in sheet.gaps():
            if not visit.gap_answer:
                sentence = self.message if sheet.has_marks_on(visit.visited_on) else self.by_sums
                self.refuse(sentence=sentence, counted=visit.head_count, day=visit.visited_on, marked=marked)


class NoDayToCome(Rule):
    """[D] Nothing is recorded of a day before it is there: no letter, and no more days than have passed
    (docs/programme.md, "Attendance")."""

    message = _l("%(day)s is still to come: take the mark off that day.")
    passed = _l("%(days)s days on the sheet: of this month, %(contract)s has only %(most)s up to %(today)s.")
    field = "marks"

    def check(self, line: subjects.AttendanceLine) -> None:
        today = line.sheet.written_on
        if today is None or not changed(line, "marks", "days_worked"):
            return
        self._judge_marks(line.days_newly_marked(), today)
        if changed(line, "days_worked"):
            self._judge_sum(line, today)

    def check_whole(self, line: subjects.AttendanceLine, today: date) -> None:
        """Refuse what stands on a line of the days after today, also from before this rule."""
        self._judge_marks(line.marked_days(), today)
        self._judge_sum(line, today)

    def _judge_marks(self, days: Iterable[date | None], today: date) -> None:
        for day in days:
            if day is not None and day > today:
                self.refuse(day=day)

    def _judge_sum(self, line: subjects.AttendanceLine, today: date) -> None:
        first = max(line.contract.starts_on, line.sheet.month)
        last = min(line.contract.ends_on, months.last_day(line.sheet.month), today)
        most = max((last - first).days + 1, 0)
        if line.days_worked > most:
            self.refuse(sentence=self.passed, days=line.days_worked, contract=line.contract, most=most, today=today)


class LockedOnceWorked(Rule):
    """[D] A sheet is locked once the last day on which its people work in the month is there
    (docs/programme.md, "Attendance")."""

    message = _l("%(sheet)s: its people work until %(last)s. Lock it from that day on.")
    early = _l("A sheet is locked today, %(today)s, or was locked before: %(day)s is still to come.")
    field = "locked_on"

    def check(self, sheet: subjects.AttendanceSheet) -> None:
        day, today = sheet.locked_on, sheet.written_on
        if day and changed(sheet, "locked_on"):
            self.check_whole(sheet)
            if today and day > today:
                self.refuse(sentence=self.early, today=today, day=day)

    def check_whole(self, sheet: subjects.AttendanceSheet) -> None:
        """Refuse the day of a lock that came too early, also from before this rule."""
        if sheet.locked_on and sheet.locked_on < sheet.last_worked_day:
            self.refuse(sheet=sheet, last=sheet.last_worked_day)


class AnotherLocks(Rule):
    """[D] Who fills a sheet doesn't lock it; an office of one person says so in its edition
    (docs/programme.md, "Attendance")."""

    message = _l("%(person)s filled %(sheet)s: another person locks it.")
    field = "locked_by"

    def check(self, sheet: subjects.AttendanceSheet) -> None:
        person = sheet.locked_by
        if person is None or person is not sheet.filled_by or not changed(sheet, "state", "locked_by_id"):
            return
        if not sheet.worksite.agreement.project.call.edition.one_person_locks:
            self.refuse(person=person, sheet=sheet)


class WithinContract(Rule):
    """[F] Nobody works before or after their contract (docs/programme.md, "One place at a time")."""

    message = _l("%(days)s days on the sheet: %(contract)s covers only %(most)s days of this month.")
    field = "days_worked"

    def check(self, line: subjects.AttendanceLine) -> None:
        contract, month = line.contract, line.sheet.month
        first, last = max(contract.starts_on, month), min(contract.ends_on, months.last_day(month))
        most = max((last - first).days + 1, 0)
        if line.days > most:
            self.refuse(days=line.days, contract=contract, most=most)


class DeclaredDays(Rule):
    """[F] At most 26 declared days a month for a person, all worksites together; none in a situation without wage.

    [D] One worksite's sheet says the days that were worked, 27 if it was 27: the payroll counts at most 26 of them.

    Source: docs/programme.md, "One place at a time".
    """

    message = _l("%(days)s days for %(participant)s in this month: at most %(most)s, other worksites counted.")
    unpaid = _l("“%(situation)s” goes with no day worked: write 0 or choose another situation.")
    field = "days_worked"

    def check(self, line: subjects.AttendanceLine) -> None:
        elsewhere = line.sheet.days_elsewhere(line)
        days = min(line.days, line.sheet.most_days) + elsewhere
        if elsewhere and days > line.sheet.most_days:
            self.refuse(days=days, participant=line.contract.participant, most=line.sheet.most_days)
        if line.said in UNPAID_SITUATIONS and line.days:
            self.refuse(sentence=self.unpaid, situation=line.said)


# ---- payroll: what blocks one person's wage is in `rules/payability.py`


class MonthBegun(Rule):
    """Nobody is paid for a month that is still to come."""

    message = _l("%(month)s has not begun: its days are counted once they are worked.")
    field = "month"

    def check(self, subject: subjects.DoneForMonth) -> None:
        done_on = subject.done_on
        if done_on and done_on < subject.month:
            self.refuse(month=f"{subject.month:%Y-%m}")


class NotBeforeEditions(Rule):
    """[F] The programme pays within its editions, or what it still owes after one; never before the first
    (docs/programme.md, "Quota")."""

    message = _l("%(month)s is before the first edition, which begins on %(day)s: choose another month.")
    field = "month"

    def check(self, run: subjects.PayrollRun) -> None:
        first = run.first_edition_on
        if is_new(run) and first and months.last_day(run.month) < first:
            self.refuse(month=f"{run.month:%Y-%m}", day=first)


class CalculatedAsItIs(Rule):
    """[D] What is approved is what was calculated and still stands (docs/programme.md, "Accountability")."""

    message = _l("Wages changed since the payroll of %(month)s was calculated: %(count)s. Calculate it again.")
    field = "state"


class SecondPerson(Rule):
    """A payroll is approved by a second person (docs/programme.md, "Life of a file")."""

    message = _l("%(person)s calculated the payroll of %(month)s: another person approves it.")
    field = "approved_by"

    def check(self, run: subjects.PayrollRun) -> None:
        if run.approved_by and run.approved_by is run.calculated_by:
            self.refuse(person=run.approved_by, month=run)


class DamancomRegistration(Rule):
    """[A/F] Nobody is paid without a declaration in that month (docs/programme.md, "Damancom registration")."""

    message = _l("The wage of %(participant)s cannot be sent: %(carrier)s has not declared %(month)s.")
    field = "state"

    def check(self, payment: subjects.Payment) -> None:
        if payment.state in (PaymentState.sent, PaymentState.paid) and not payment.is_declared:
            carrier = payment.pay_slip.contract.worksite.agreement.carrier
            facts = {"carrier": carrier, "month": payment.pay_slip.run}
            self.refuse(participant=payment.pay_slip.contract.participant, **facts)


class PaidAfterSending(Rule):
    """[D] A wage is paid on the day on which it was sent or later, never before
    (docs/programme.md, "Damancom registration")."""

    message = _l("The wage of %(participant)s was sent on %(sent)s: it was not paid on %(paid)s, read the day again.")
    field = "paid_on"

    def check(self, payment: subjects.Payment) -> None:
        sent, paid = payment.sent_on, payment.paid_on
        if sent and paid and paid < sent and changed(payment, "sent_on", "paid_on"):
            self.refuse(participant=payment.pay_slip.contract.participant, sent=sent, paid=paid)


class PaidOnce(Rule):
    """[D] A wage has one payment at a time; another one follows only in the place of a rejected one
    (docs/programme.md, "Accountability")."""

    message = _l("This wage has a payment already: it is issued again only once the bank has sent that one back.")
    field = "pay_slip"

    def check(self, payment: subjects.Payment) -> None:
        others = [other for other in payment.pay_slip.payments if other is not payment]
        if is_new(payment) and any(other.state != PaymentState.reissued for other in others):
            self.refuse()


BEHIND_CONSTRAINT["uq_payment_one_for_a_wage"] = PaidOnce()


# ---- certificates, complaints, follow-up


class CertificateEarned(Rule):
    """[A] Who completed the worksite gets a certificate; [D] from 80 % of the planned days
    (docs/programme.md, "Certificate")."""

    message = _l("%(participant)s worked %(days)s of %(planned)s planned days: the certificate asks for %(asked)s.")
    unfinished = _l("%(worksite)s is not completed yet: certificates follow.")
    early = _l("The contract of %(participant)s ends on %(day)s: its certificate is issued from that day on.")
    field = "contract"

    def check(self, certificate: subjects.Certificate) -> None:
        contract = certificate.contract
        if certificate.state != CertificateState.issued or value_before(certificate, "state") == certificate.state:
            return
        over = (WorksiteState.completed, WorksiteState.closed)
        if contract.worksite.state not in over and contract.state != ContractState.ended:
            self.refuse(sentence=self.unfinished, worksite=contract.worksite)
        if certificate.issued_on and certificate.issued_on < contract.ends_on:
            self.refuse(sentence=self.early, participant=contract.participant, day=contract.ends_on)
        if contract.worked_days < contract.certificate_days:
            facts = {"days": contract.worked_days, "planned": contract.planned_days}
            self.refuse(participant=contract.participant, asked=contract.certificate_days, **facts)
