"""What must hold before a paper is issued; until then it can be printed as a draft."""

from datetime import date
from typing import Any

from awrash.database.record import Record, value_at
from awrash.models import (
    Agreement,
    AttendanceSheet,
    Call,
    Certificate,
    CommitteeSession,
    Complaint,
    Participant,
    PayrollRun,
    PaySlip,
    Project,
    Worksite,
)
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.states import (
    AgreementState,
    CertificateState,
    ComplaintState,
    ProjectState,
    RunState,
    SessionState,
    SheetState,
    WorksiteState,
)


class Requirement(Rule):
    """What must hold of a record on the day that its paper is issued; most requirements are the same on any day."""

    def check_on(self, record: Any, on: date) -> None:
        """Raise RuleError when a paper of the record cannot be issued on a day."""
        self.check(record)


class PlaceOfProof(Requirement):
    """[D] Whoever is shown a code must reach the page that verifies it, wherever it was printed.

    Source: docs/programme.md, "Papers".
    """

    message = _l(
        "No public address is written in the letterhead, and the code would lead nowhere: write it under Settings, "
        "Letterheads."
    )
    field = "site"

    def __init__(self, head: HeadKind) -> None:
        self.head = head

    def check_on(self, record: Any, on: date) -> None:
        if not Letterhead.site_on(self.head, on):
            self.refuse()


class CallPublished(Requirement):
    """[A] What carriers answer is the published specifications (docs/programme.md, "Published specifications")."""

    message = _l("Call %(call)s has no published specifications: publish them first.")
    field = "specifications"

    def check(self, call: Call) -> None:
        if not any(version.published_on for version in call.specifications):
            self.refuse(call=call)


class Deposited(Requirement):
    """[D] The receipt of deposit is given to a carrier that has deposited its project (docs/programme.md, "Papers")."""

    message = _l("%(project)s is not deposited yet: take the file in first, which gives it its number.")
    field = "deposited_on"

    def check(self, project: Project) -> None:
        if project.deposited_on is None:
            self.refuse(project=project)


class ReadyToScore(Requirement):
    """[F] The committee sees complete files only: a file is scored when it is complete.

    Source: docs/programme.md, "Complete file".
    """

    message = _l("%(project)s is “%(state)s”: the scoring sheet is issued when its file is complete.")
    field = "documents"

    def check(self, project: Project) -> None:
        if project.state in (ProjectState.draft, ProjectState.deposited):
            self.refuse(project=project, state=project.state)


class MembersNamed(Requirement):
    """[D] A convocation goes to the members of the committee by name (docs/programme.md, "Papers")."""

    message = _l("No member is named for the session of %(day)s: add the members of the committee first.")
    field = "attendance"

    def check(self, session: CommitteeSession) -> None:
        if not session.attendance:
            self.refuse(day=session.held_on)


class HourWritten(Requirement):
    """[D] A convocation says when to come: the day and the hour (docs/programme.md, "Papers")."""

    message = _l("The session of %(day)s has no hour yet: write at which it opens, then issue its convocation.")
    field = "opens_at"

    def check(self, session: CommitteeSession) -> None:
        if not session.opens_at:
            self.refuse(day=session.held_on)


class SessionToCome(Requirement):
    """[D] Members are called to a session and sent its agenda before it sits, or on its day.

    Source: docs/programme.md, "Papers".
    """

    message = _l("The session of %(day)s is past: members are called, and told its agenda, before it sits.")
    field = "held_on"

    def check_on(self, session: CommitteeSession, on: date) -> None:
        if session.state != SessionState.planned or session.held_on < on:
            self.refuse(day=session.held_on)


class DayHasCome(Requirement):
    """[D] A paper says what happened: none is issued about a day that is still to come.

    Source: docs/programme.md, "Papers".
    """

    message = _l("%(day)s is still to come: the paper is issued from that day on, or once the day is corrected.")

    field: str

    def __init__(self, path: str) -> None:
        self.field = path  # from the paper's record to the day on which it happened

    def check_on(self, record: Any, on: date) -> None:
        day = value_at(record, self.field)
        if day is not None and day > on:
            self.refuse(day=day)


class SessionHeld(Requirement):
    """[A] Minutes say what the committee decided: there are none before it has sat.

    Source: docs/programme.md, "Committee approval".
    """

    message = _l("The session of %(day)s was not held yet: its minutes are issued after it.")
    field = "state"

    def check(self, session: CommitteeSession) -> None:
        if session.state == SessionState.planned:
            self.refuse(day=session.held_on)


class PresidentNamed(Requirement):
    """[A] The carrier signs the agreement: by its president, whose name stands on it.

    Source: docs/programme.md, "Agreement first".
    """

    message = _l("The bureau of %(carrier)s has no president recorded: add who signs for it.")
    field = "carrier"

    def check(self, agreement: Agreement) -> None:
        if agreement.carrier.president is None:
            self.refuse(carrier=agreement.carrier)


class AgreementNumbered(Requirement):
    """[D] What is signed is the paper that is issued, under the number that it keeps (docs/programme.md, "Papers")."""

    message = _l("The agreement with %(carrier)s has no number yet: give it its number, then print it to be signed.")
    field = "number"

    def check(self, agreement: Agreement) -> None:
        if not agreement.number:
            self.refuse(carrier=agreement.carrier)


class AgreementStands(Requirement):
    """[A] The agreement binds its parties until it is terminated: nobody is given a terminated one to sign.

    Source: docs/programme.md, "Agreement first".
    """

    message = _l("The agreement with %(carrier)s is “%(state)s”: prepare another one, which is printed to be signed.")
    field = "state"

    def check(self, agreement: Agreement) -> None:
        if agreement.state == AgreementState.terminated:
            self.refuse(carrier=agreement.carrier, state=agreement.state)


class CertificateStands(Requirement):
    """[A] A certificate that was replaced or revoked is not printed again as valid.

    Source: docs/programme.md, "Certificate".
    """

    message = _l("Certificate %(serial)s is “%(state)s”: print the one that stands.")
    field = "state"

    def check(self, certificate: Certificate) -> None:
        if certificate.state != CertificateState.issued:
            self.refuse(serial=certificate.serial, state=certificate.state)


class WorksiteOpened(Requirement):
    """[A] Agreement first, then the worksite opens; the report describes an opening that took place.

    Source: docs/programme.md, "Agreement first".
    """

    message = _l("%(worksite)s is not open: open it first, its report follows.")
    field = "state"

    def check(self, worksite: Worksite) -> None:
        if worksite.state in (WorksiteState.planned, WorksiteState.never_opened):
            self.refuse(worksite=worksite)


class UnderSignedAgreement(Requirement):
    """[A] Nobody starts and nothing is handed over before the agreement is signed by all its parties.

    Source: docs/programme.md, "Agreement first".
    """

    message = _l("The agreement with %(carrier)s is not signed by all its parties yet: this paper follows it.")
    field = "state"

    def __init__(self, path: str) -> None:
        self.path = path  # from the paper's record to the agreement

    def check(self, record: Record) -> None:
        agreement = value_at(record, self.path)
        if not agreement.is_signed:
            self.refuse(carrier=agreement.carrier)


class WorksitesOver(Requirement):
    """[D] The closing report describes finished work, so no worksite of the agreement still runs.

    Source: docs/programme.md, "Accountability".
    """

    message = _l("%(worksite)s is “%(state)s”: the closing report follows when every worksite is completed.")
    none_yet = _l("The agreement with %(carrier)s has no worksite yet: there is nothing to close.")
    field = "worksites"

    def check(self, agreement: Agreement) -> None:
        if not agreement.worksites:
            self.refuse(sentence=self.none_yet, carrier=agreement.carrier)
        over = (WorksiteState.completed, WorksiteState.closed, WorksiteState.never_opened)
        for worksite in agreement.worksites:
            if worksite.state not in over:
                self.refuse(worksite=worksite, state=worksite.state)


class DaysDeclared(Requirement):
    """[A/F] Cover dates rest on what was declared to CNSS and not rejected: before it there is nothing to certify.

    Source: docs/programme.md, "Health cover".
    """

    message = _l("No day of %(participant)s is declared yet: cover dates follow the first declaration to CNSS.")
    field = "contracts"

    def check(self, participant: Participant) -> None:
        if not participant.declared_months():
            self.refuse(participant=participant)


class ComplaintAnswered(Requirement):
    """[D] A complaint register with deadlines: the letter carries the answer that was given.

    Source: docs/programme.md, "Papers".
    """

    message = _l("Complaint %(number)s is not answered: write its answer first.")
    field = "answer"

    def check(self, complaint: Complaint) -> None:
        answered = (ComplaintState.answered, ComplaintState.closed)
        if complaint.state not in answered or not complaint.answer:
            self.refuse(number=complaint.number)


class SheetNamesPeople(Requirement):
    """[D] A sheet is handed out with the names of those who sign it: nobody adds a name by hand.

    Source: docs/programme.md, "Papers".
    """

    message = _l("The sheet %(sheet)s has nobody yet: start the contracts of the worksite, then open the sheet again.")
    field = "lines"

    def check(self, sheet: AttendanceSheet) -> None:
        if not sheet.lines:
            self.refuse(sheet=sheet)


class SheetIsLocked(Requirement):
    """[D] The filled sheet that is handed out is the one wages are computed from: locked, with its corrections.

    Source: docs/programme.md, "Papers".
    """

    message = _l("The sheet %(sheet)s is “%(state)s”: lock it first, wages rest on what is locked.")
    field = "state"

    def check(self, sheet: AttendanceSheet) -> None:
        if sheet.state != SheetState.locked:
            self.refuse(sheet=sheet, state=sheet.state)


class RunIsFrozen(Requirement):
    """[D] A paper about wages states figures that no longer change, so its payroll is frozen.

    Source: docs/programme.md, "Accountability".
    """

    message = _l("The payroll of %(run)s is “%(state)s”: its papers are issued once it is approved and frozen.")
    field = "state"

    def check(self, run_or_slip: PayrollRun | PaySlip) -> None:
        run = run_or_slip.run if isinstance(run_or_slip, PaySlip) else run_or_slip
        if run.state != RunState.frozen:
            self.refuse(run=run, state=run.state)


class WageNotBlocked(Requirement):
    """[D] A pay slip states a wage that is paid; a blocked wage has the reasons that block it instead.

    Source: docs/programme.md, "Papers".
    """

    message = _l("The wage of %(slip)s is blocked: mend what blocks it, the next payroll pays it.")
    field = "blocked_by"

    def check(self, slip: PaySlip) -> None:
        if slip.blocked_by:
            self.refuse(slip=slip)
