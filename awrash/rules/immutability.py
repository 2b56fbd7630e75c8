"""What never changes once it is published, decided, signed, locked, frozen, uploaded or issued; what is explained."""

from typing import Any, NoReturn

from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import object_session

from awrash.database.record import (
    changed,
    is_deleted,
    is_new,
    mapper_of,
    parent_of,
    record_named,
    relation_changed,
    value_before,
)
from awrash.rules import subjects
from awrash.rules.constraints import KEPT_FOR_GOOD
from awrash.rules.rule import Rule, RuleError
from awrash.rules.signatures import SIGNATURES
from awrash.values.language import _l, language
from awrash.values.spelling import same_name
from awrash.values.states import (
    OPENED,
    AgreementState,
    CallState,
    CertificateState,
    ComplaintState,
    ContractState,
    DeclarationState,
    FollowUpState,
    PaymentState,
    ProjectState,
    SessionState,
    SheetState,
    Word,
    WorksiteState,
)


class DeletedAsDraftOnly(Rule):
    """[D] Nothing is deleted after it has a number, a receipt, a decision, a signature or a paper
    (docs/programme.md, "Accountability")."""

    message = _l("“%(field)s” is written on %(record)s, which is not deleted any more. %(way)s")
    moved = _l("%(record)s has gone beyond “%(first)s”: it is not deleted any more. %(way)s")
    issued = _l("A paper of %(record)s was issued: it is not deleted any more. %(way)s")
    attached = _l("Papers are attached to %(record)s, even if taken off: it is not deleted any more. %(way)s")
    on_delete = True

    def check(self, record: subjects.Record) -> None:
        if is_deleted(record):
            self.keep(record)

    def keep(self, record: subjects.Record) -> None:
        """Refuse that a record be deleted, whether or not somebody is about to."""
        columns = mapper_of(record).column_attrs
        for name in record.__given__:
            if getattr(record, name) or value_before(record, name):
                self._say(self.message, record, field=columns[name].info["label"])
        for column in columns:
            if column.info.get("steps"):
                first = column.columns[0].default.arg
                if {getattr(record, column.key), value_before(record, column.key)} != {first}:
                    self._say(self.moved, record, first=first)
        if "state" in columns and _is_named("audit_line", record, what="step"):
            self._say(self.moved, record, first=value_before(record, "state"))
        if _is_named("issued_paper", record):
            self._say(self.issued, record)
        if _is_named("attachment", record):
            self._say(self.attached, record)

    def _say(self, sentence: LazyString, record: subjects.Record, **facts: object) -> NoReturn:
        way = INSTEAD.get(record.__tablename__, INSTEAD_OF_ANY)
        self.refuse(sentence=sentence, record=record, way=way, **facts)


ONLY_DRAFTS = DeletedAsDraftOnly()
KEPT_FOR_GOOD.append(ONLY_DRAFTS)
INSTEAD_OF_ANY = _l("Correct it, or write in it what became of it.")
INSTEAD = {  # what is done with a record that is not deleted any more
    "call": _l("Close it."),
    "edition": _l("Close it."),
    "project": _l("If its carrier withdraws it, the committee refuses it with that reason."),
    "agreement": _l("Terminate it with the reason, and prepare another."),
    "worksite": _l("Suspend it, or complete it."),
    "contract": _l("End it with the reason."),
    "certificate": _l("Replace or revoke it."),
    "complaint": _l("Answer it, say what became of it, and close it."),
    "attendance_sheet": _l("Correct its lines."),
    "payroll_run": _l("Calculate it again."),
    "declaration": _l("When CNSS rejects it, its file is made again."),
    "complement": _l("When CNSS rejects it, its file is made again."),
    "payment": _l("When the bank sends it back, issue it again."),
}


def _is_named(table: str, record: subjects.Record, **only: Any) -> bool:
    """Whether a row of another table, with these values only, names the record by its own table and number."""
    session, kind = object_session(record), record_named(table)
    if session is None:
        return False
    rows = select(kind.id).filter_by(record=record.__tablename__, record_id=record.id, **only).limit(1)
    with session.no_autoflush:
        return session.scalar(rows) is not None


def why_it_stays(record: subjects.Record) -> str:
    """Why a record cannot be deleted any more; empty while it can, as far as it tells by itself."""
    try:
        ONLY_DRAFTS.keep(record)
    except RuleError as refusal:
        return str(refusal)
    return ""


class TakenOutInTime(Rule):
    """[D] What is published, decided, signed or closed is whole: no line is taken out of it
    (docs/programme.md, "Accountability")."""

    message = _l("%(record)s is “%(state)s”: nothing is taken out of it any more.")
    on_delete = True

    def __init__(self, *states: Word) -> None:
        self.states = states

    def check(self, line: object) -> None:
        record = parent_of(line) if is_deleted(line) else None
        if record is None or is_deleted(record):
            return
        before = value_before(record, "state")
        if any(before is state for state in self.states):
            self.refuse(record=record, state=before)


class PublishedNeverChanges(Rule):
    """[A] A published version of the specifications never changes; a change is a new version
    (docs/programme.md, "Published specifications")."""

    message = _l("Version %(number)s is published and cannot change: write a new version.")
    field = "body_ar"
    on_delete = True

    def check(self, version: subjects.SpecificationVersion) -> None:
        if value_before(version, "published_on") and (changed(version) or is_deleted(version)):
            self.refuse(number=version.number)


class GridStays(Rule):
    """[A] The grid and the checklist are published with the specifications; [D] a change is a new version, written
    before anybody has deposited (docs/programme.md, "Published specifications")."""

    message = _l(
        "The specifications of call %(call)s are published, with its grid and its checklist: write a new version of "
        "them in the same form, and publish it afterwards."
    )
    deposited = _l(
        "%(project)s was deposited under version %(number)s of the specifications: the grid and the checklist of call "
        "%(call)s stay. What has to change goes into another call."
    )
    field = "specifications"
    on_delete = True

    def check(self, line: object) -> None:
        call: subjects.Call | None = parent_of(line)
        if call is None or is_deleted(call) or value_before(call, "state") in (None, CallState.draft):
            return
        if not (changed(line) or is_deleted(line)):
            return
        self.check_in_use(call)
        last = max(call.specifications, key=lambda version: version.number or 0, default=None)
        if last is None or last.published_on:
            self.refuse(call=call)

    def check_in_use(self, call: subjects.Call) -> None:
        """Refuse what would change the grid or the checklist of a call in which somebody has deposited."""
        in_force = max((version.number for version in call.specifications if version.published_on), default=0)
        for project in call.projects:
            if project.reference:
                self.refuse(sentence=self.deposited, project=project, number=in_force, call=call)


class ReceiptStays(Rule):
    """[D] A file is taken in once: the number and the day of its receipt are for ever
    (docs/programme.md, "Free proposal")."""

    message = _l(
        "%(project)s has its receipt, %(number)s of %(day)s: its number and its day stay. To take a document back, "
        "reopen the file."
    )
    field = "reference"

    def check(self, project: subjects.Project) -> None:
        number, day = (value_before(project, name) for name in ("reference", "deposited_on"))
        if (number and project.reference != number) or (number and day and project.deposited_on != day):
            self.refuse(project=project, number=number, day=day or "—")


class DepositedKeepsPlace(Rule):
    """[D] What the committee decided on is not rewritten afterwards (docs/programme.md, "Accountability")."""

    message = _l(
        "%(project)s has been decided by the committee: its commune, places, duration, wage and call stay as decided."
    )
    field = "places"

    def check(self, project: subjects.Project) -> None:
        decided = (ProjectState.approved, ProjectState.refused)
        terms = ("places", "months", "monthly_wage", "call", "carrier", "budget_lines")
        has_moved = value_before(project, "commune_id") and relation_changed(project, "commune")
        if value_before(project, "state") in decided and (has_moved or changed(project, *terms)):
            self.refuse(project=project)


class NeverEdited(Rule):
    """[D] A decision stays as it was taken; another session takes another one (docs/programme.md, "Accountability")."""

    message = _l("The decision on %(project)s is recorded and cannot change: another session can decide again.")
    on_delete = True

    def check(self, decision: subjects.Decision) -> None:
        if not is_new(decision) and (changed(decision) or is_deleted(decision)):
            self.refuse(project=decision.project)


class SignedNeverEdited(Rule):
    """[D] What was signed is not rewritten; an amendment or a termination follows
    (docs/programme.md, "Accountability")."""

    message = _l("Agreement %(number)s is signed and cannot change: terminate it, and prepare another.")
    in_part = _l(
        "A party has signed the agreement of %(carrier)s, which cannot change: terminate it, and prepare another."
    )
    field = "value"
    on_delete = True
    terms = (
        *("starts_on", "ends_on", "project", "carrier", "tripartite", "service", "value", "management_fee"),
        "instalments",
    )

    def check(self, agreement: subjects.Agreement) -> None:
        is_renumbered = changed(agreement, "number") and value_before(agreement, "number")  # the council's gives it
        if not (is_deleted(agreement) or is_renumbered or changed(agreement, *self.terms)):
            return
        if value_before(agreement, "state") not in (None, AgreementState.drafted):
            self.refuse(number=agreement.number)
        if not is_new(agreement) and any(value_before(agreement, name) for name in SIGNATURES):
            self.refuse(sentence=self.in_part, carrier=agreement.carrier)


class SignedContractStays(Rule):
    """[D] Who works where and when stays as it was signed, and as it was counted or paid
    (docs/programme.md, "Accountability")."""

    message = _l(
        "Contract %(number)s is signed: its number, person, worksite and days stay. Before the work begins the "
        "signature can be taken back, with the reason; later it is ended, and another is made."
    )
    unexplained = _l("Contract %(number)s is signed: its wage changes by “Change the wage” alone, with the reason.")
    paid = _l(
        "Contract %(number)s was counted or paid: its number, person, worksite, days and wage stay. If it is wrong, "
        "end it and make another."
    )
    field = "participant"

    def check(self, contract: subjects.Contract) -> None:
        if is_new(contract):
            return
        moved_field, is_raised = self._moved_field(contract), changed(contract, "monthly_wage")
        if (moved_field and contract.locked_lines) or ((moved_field or is_raised) and contract.is_paid):
            self._say(self.paid, contract, moved_field)
        if value_before(contract, "state") == ContractState.prepared:
            return
        if moved_field:
            self._say(self.message, contract, moved_field)
        if is_raised and not contract.why:
            self._say(self.unexplained, contract)

    def _say(self, sentence: LazyString, contract: subjects.Contract, field: str = "") -> NoReturn:
        refusal = RuleError(self, sentence, number=value_before(contract, "number"))
        refusal.field = field or "monthly_wage"
        raise refusal

    def _moved_field(self, contract: subjects.Contract) -> str:
        """The field of person, worksite or days that changes; empty when none does.

        A last day may come sooner because the contract ends.
        """
        for name in ("participant", "worksite"):
            if relation_changed(contract, name):
                return name
        is_ending = contract.state == ContractState.ended != value_before(contract, "state")
        ends_sooner = is_ending and contract.ends_on <= value_before(contract, "ends_on")
        for name in ("number", "starts_on", *(() if ends_sooner else ("ends_on",))):
            if changed(contract, name):
                return name
        return ""


class CnieStays(Rule):
    """[D] Who signed a contract keeps the number of their card; a mistake is mended with its reason
    (docs/programme.md, "Accountability")."""

    message = _l(
        "%(participant)s signed contract %(number)s: a CNIE that was read wrong is mended by “Correct the CNIE” alone, "
        "with the reason."
    )
    field = "cnie"

    def check(self, participant: subjects.Participant) -> None:
        if is_new(participant) or participant.why or not changed(participant, "cnie"):
            return
        for contract in participant.contracts:
            if value_before(contract, "state") not in (None, ContractState.prepared):
                self.refuse(participant=participant, number=contract.number)


class SamePerson(Rule):
    """[D] A record stays that of one person: the name and the birth are never both replaced at once
    (docs/programme.md, "Accountability")."""

    message = _l(
        "%(cnie)s is recorded for %(before)s, born on %(born)s, and would become %(after)s, born on %(other_birth)s. "
        "Read the card: somebody else is recorded under their own CNIE; of the same person, correct the name and the "
        "birth one after the other."
    )
    field = "cnie"

    def check(self, participant: subjects.Participant) -> None:
        if is_new(participant) or not changed(participant, "born_on"):
            return
        names = {script: self._names(participant, script) for script in ("ar", "fr")}
        if any(same_name(before, after) for before, after in names.values()):
            return
        before, after = names["ar" if language() == "ar" else "fr"]
        self.refuse(
            cnie=participant.cnie,
            before=before,
            born=value_before(participant, "born_on"),
            after=after,
            other_birth=participant.born_on,
        )

    def _names(self, participant: subjects.Participant, script: str) -> tuple[str, str]:
        """The person's name in a script, as the database has it and as it would become."""
        fields = f"given_name_{script}", f"family_name_{script}"
        before = " ".join(value_before(participant, name) or "" for name in fields)
        return before, " ".join(getattr(participant, name) or "" for name in fields)


class OpenedWorksiteStays(Rule):
    """[D] Whose worksite it is, where and from when, stays once it has opened (docs/programme.md, "Accountability")."""

    message = _l(
        "Worksite %(code)s has opened: its code, agreement, commune and first day stay. If they are wrong, complete it "
        "and plan another."
    )
    over = _l("Worksite %(code)s is completed: its last day stays.")
    field = "agreement"

    def check(self, worksite: subjects.Worksite) -> None:
        state = value_before(worksite, "state")
        if state not in OPENED:
            return
        if relation_changed(worksite, "agreement", "commune") or changed(worksite, "code", "opens_on"):
            self.refuse(code=value_before(worksite, "code"))
        if state in (WorksiteState.completed, WorksiteState.closed) and changed(worksite, "closes_on"):
            self.refuse(sentence=self.over, code=value_before(worksite, "code"))


class StaysAsMade(Rule):
    """[D] A file, a payment, an instalment is about one month, carrier, wage or agreement, for good
    (docs/programme.md, "Accountability")."""

    message = _l("%(subject)s is recorded: its “%(field)s” stays.")

    def __init__(self, *names: str) -> None:
        self.names, self.field = names, names[0]

    def check(self, record: object) -> None:
        if is_new(record):
            return
        mapper = mapper_of(record)
        for name in self.names:
            has_moved = relation_changed if name in mapper.relationships else changed
            if has_moved(record, name):
                self.refuse(subject=record, field=mapper.attrs[name].info["label"])


class CountedVisitStays(Rule):
    """[D] A visit against which a sheet was locked stays: where, when and how many
    (docs/programme.md, "Accountability")."""

    message = _l("The sheet of %(month)s is locked on the visit of %(day)s: its worksite, day and head count stay.")
    field = "head_count"
    on_delete = True

    def check(self, visit: subjects.Visit) -> None:
        if is_new(visit):
            return
        if not (is_deleted(visit) or relation_changed(visit, "worksite") or changed(visit, "visited_on", "head_count")):
            return
        day = value_before(visit, "visited_on")
        for sheet in visit.sheets_before():
            if sheet.state == SheetState.locked and sheet.month == day.replace(day=1):
                self.refuse(month=f"{sheet.month:%Y-%m}", day=day)


class SignedMinutesStay(Rule):
    """[D] What a session was, who sat in it and what it decided stays once its minutes are signed
    (docs/programme.md, "Accountability")."""

    message = _l("The minutes of the session of %(day)s are signed: nothing of it changes.")
    field = "held_on"
    on_delete = True

    def __init__(self, session_field: str = "") -> None:
        self.session_field = session_field  # of a line of the session; empty for the session itself

    def check(self, record: object) -> None:
        field = self.session_field
        session = (getattr(record, field) or value_before(record, field)) if field else record
        if value_before(session, "state") == SessionState.closed and (is_deleted(record) or changed(record)):
            self.refuse(day=value_before(session, "held_on"))


class LockedSheet(Rule):
    """[D] A locked sheet never changes; a correction is a dated line beside it
    (docs/programme.md, "Accountability")."""

    message = _l("The sheet %(sheet)s is locked and cannot change: write a correction of the line.")
    field = "month"
    on_delete = True

    def check(self, sheet: subjects.AttendanceSheet) -> None:
        if is_deleted(sheet) or changed(sheet, "worksite", "month", "state", "locked_on"):
            self.closed(sheet)

    def closed(self, sheet: subjects.AttendanceSheet) -> None:
        if value_before(sheet, "state") == SheetState.locked:
            self.refuse(sheet=sheet)


class LineOfLockedSheet(Rule):
    """[D] The lines of a locked sheet never change either (docs/programme.md, "Accountability")."""

    message = LockedSheet.message
    field = "days_worked"
    on_delete = True

    def check(self, line: subjects.AttendanceLine) -> None:
        if is_deleted(line) or changed(line, "sheet", "contract", "days_worked", "marks", "situation"):
            self.closed(line)

    def closed(self, line: subjects.AttendanceLine) -> None:
        sheet = parent_of(line)
        if sheet is not None and value_before(sheet, "state") == SheetState.locked:
            self.refuse(sheet=sheet)


class CorrectionOfLocked(Rule):
    """[D] Only what is locked is corrected, and a correction says something else
    (docs/programme.md, "Accountability")."""

    message = _l("The sheet %(sheet)s is not locked: change the sheet itself.")
    same = _l("The sheet already says %(days)s days in this situation: there is nothing to correct.")
    field = "days_worked"

    def check(self, correction: subjects.AttendanceCorrection) -> None:
        line = correction.line
        if not is_new(correction):
            return
        if value_before(line.sheet, "state") != SheetState.locked:
            self.refuse(sheet=line.sheet)
        if (correction.days_worked, correction.situation) == line.said_before(correction):
            self.refuse(sentence=self.same, days=correction.days_worked)


class CorrectedByCorrection(Rule):
    """[D] The days that count differ from those locked by a dated correction alone
    (docs/programme.md, "Accountability")."""

    message = _l("The days of %(participant)s change by a correction that says why.")
    field = "days_worked"

    def check(self, line: subjects.AttendanceLine) -> None:
        last = line.corrections[-1] if line.corrections else None
        expected = (last.days_worked, last.situation) if last is not None else (None, None)
        if (line.corrected_days, line.corrected_situation) != expected:
            self.refuse(participant=line.contract.participant)


class CorrectionStays(Rule):
    """[D] A correction stays as it was written; another one corrects it (docs/programme.md, "Accountability")."""

    message = _l("The correction of %(correction)s is recorded and cannot change: write another one.")
    field = "days_worked"
    on_delete = True

    def check(self, correction: subjects.AttendanceCorrection) -> None:
        if not is_new(correction) and (changed(correction) or is_deleted(correction)):
            self.refuse(correction=correction)


class FrozenRun(Rule):
    """[D] A frozen payroll never changes; a correction is a reversal in a later run
    (docs/programme.md, "Accountability")."""

    message = _l("The payroll of %(month)s is frozen and cannot change: reverse the slip in a later payroll.")
    field = "month"
    on_delete = True

    def check(self, run: subjects.PayrollRun) -> None:
        if is_deleted(run) or changed(run):
            self.closed(run)

    def closed(self, run: subjects.PayrollRun) -> None:
        if value_before(run, "frozen_at"):
            self.refuse(month=run)


class SlipOfFrozenRun(Rule):
    """[D] The slips of a frozen payroll never change either (docs/programme.md, "Accountability")."""

    message = FrozenRun.message
    field = "month"
    on_delete = True

    def check(self, slip: subjects.PaySlip) -> None:
        if is_deleted(slip) or changed(slip):
            self.closed(slip)

    def closed(self, slip: subjects.PaySlip) -> None:
        if value_before(slip.run, "frozen_at"):
            self.refuse(month=slip.run)


class UsedFigureNeverChanges(Rule):
    """[D] A figure that a frozen payroll used stays; a new decree is a new row
    (docs/programme.md, "Accountability")."""

    message = _l("The payroll of %(month)s was worked out with this figure: add a new row instead of changing it.")
    field = "value"
    on_delete = True

    def check(self, parameter: subjects.Figure) -> None:
        if changed(parameter, "name", "since", "value", "borne_by") or is_deleted(parameter):
            month = parameter.used_by_frozen_payroll()
            if month:
                self.refuse(month=f"{month:%Y-%m}")


class UsedBracketNeverChanges(UsedFigureNeverChanges):
    """[D] A scale that a frozen payroll used stays; a new law is a new scale (docs/programme.md, "Accountability")."""

    field = "rate"

    def check(self, bracket: subjects.Figure) -> None:
        if changed(bracket, "since", "over", "rate") or is_deleted(bracket):
            month = bracket.used_by_frozen_payroll()
            if month:
                self.refuse(month=f"{month:%Y-%m}")


class IssuedNeverEdited(Rule):
    """[D] An issued certificate is replaced or revoked, never edited (docs/programme.md, "Accountability")."""

    message = _l("Certificate %(serial)s is issued and cannot change: replace or revoke it.")
    field = "serial"
    on_delete = True

    def check(self, certificate: subjects.Certificate) -> None:
        fixed = ("serial", "code", "contract", "name_ar", "name_fr", "days_worked", "issued_on", "skills")
        is_altered = is_deleted(certificate) or changed(certificate, *fixed)
        if value_before(certificate, "state") not in (None, CertificateState.eligible) and is_altered:
            self.refuse(serial=certificate.serial)


# ---- accounts


class AdministratorStays(Rule):
    """[D] Somebody always opens and closes accounts: the last administrator stays one
    (docs/programme.md, "Accountability")."""

    message = _l("%(account)s is the last administrator: give this role to another active account first.")
    field = "roles"
    on_delete = True

    def check(self, account: subjects.User) -> None:
        if is_new(account) or account.administers or not account.administered():
            return
        if not account.others_administer():
            self.refuse(account=account)


class UsedAccountStays(Rule):
    """[D] Who did something stays named by it: an account that was used is closed, never deleted
    (docs/programme.md, "Accountability")."""

    message = _l("%(account)s stands in what was written here and stays: take off “Active” to close the account.")
    field = "active"
    on_delete = True

    def check(self, account: subjects.User) -> None:
        if is_deleted(account) and account.is_used():
            self.refuse(account=account)


# ---- the files of CNSS


class PrefilledReadable(Rule):
    """A pre-filled file is read whole, or not at all (docs/cnss.md, "1.3 Encoding")."""

    message = _l("This is not a pre-filled file of CNSS. %(fault)s")
    field = "prefilled"


class PrefilledOfCarrier(Rule):
    """The pre-filled file is that of the carrier and of the month (docs/cnss.md, "1.2 Flow of a month")."""

    message = _l("This file is that of affiliation %(found)s for %(month)s, not that of %(carrier)s for this month.")
    field = "prefilled"


class FileAccepted(Rule):
    """A file that CNSS would send back is never written (docs/cnss.md, "1.7 Checks before export")."""

    message = _l("CNSS would send the file of %(carrier)s back. %(fault)s")
    field = "state"


class UploadedFileStays(Rule):
    """[D] What went to Damancom is kept as it went; a rejected one is made again
    (docs/programme.md, "Accountability")."""

    message = _l("The declaration of %(declaration)s is uploaded: its files stay as they went.")
    field = "prefilled"
    fixed: tuple[str, ...] = ("prefilled", "content", "file_name")

    def check(self, declaration: object) -> None:
        is_uploaded = value_before(declaration, "state") in (DeclarationState.uploaded, DeclarationState.accepted)
        if is_uploaded and changed(declaration, *self.fixed):
            self.refuse(declaration=declaration)


# ---- what is said when something is taken back, answered or closed


class RejectionExplained(Rule):
    """[D] A rejection is recorded with what CNSS or the bank said (docs/programme.md, "Accountability")."""

    message = _l("%(subject)s is rejected: write the code or the reason that was given.")
    field = "rejection_reason"

    def check(self, subject: subjects.Rejectable) -> None:
        explanation = getattr(subject, "rejection_code", None) or getattr(subject, "rejection_reason", None)
        if subject.state == PaymentState.rejected and not explanation:
            self.refuse(subject=subject)


class AnswerWritten(Rule):
    """[D] A complaint is answered in writing, on a day (docs/programme.md, "Accountability")."""

    message = _l("Complaint %(number)s has no written answer yet.")
    field = "answer"

    def check(self, complaint: subjects.Complaint) -> None:
        answered = (ComplaintState.answered, ComplaintState.closed)
        if complaint.state in answered and not (complaint.answer and complaint.answered_on):
            self.refuse(number=complaint.number)


class FollowUpAnswered(Rule):
    """A follow-up is done when it says what became of the person (docs/programme.md, "Life of a file")."""

    message = _l("Write what became of %(participant)s before closing the follow-up.")
    field = "situation"

    def check(self, follow_up: subjects.FollowUp) -> None:
        if follow_up.state == FollowUpState.done and not (follow_up.situation and follow_up.called_on):
            self.refuse(participant=follow_up.contract.participant)


class RevokedStays(Rule):
    """[D] Who lost a certificate gets another by a decision with its reason, never in passing
    (docs/programme.md, "Accountability")."""

    message = _l(
        "Certificate %(serial)s was revoked: only “Replace by a corrected one”, with a reason, issues another."
    )
    field = "contract"

    def check(self, certificate: subjects.Certificate) -> None:
        if not is_new(certificate) or (certificate.replaces is not None and certificate.why):
            return
        for other in certificate.contract.certificates:
            if other is not certificate and other.state == CertificateState.revoked:
                self.refuse(serial=other.serial)
