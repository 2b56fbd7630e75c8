"""What must hold before a paper is issued; until then it can be printed as a draft."""

from typing import Any

from awrash import states as s
from awrash.language import _l
from awrash.rules import Rule


class CallPublished(Rule):
    """[A] What carriers answer is the published specifications."""

    message = _l("Call %(call)s has no published specifications: publish them first.")
    field = "specifications"

    def check(self, call: Any) -> None:
        if not any(one.published_on for one in call.specifications):
            self.refuse(call=call)


class Deposited(Rule):
    """[D] The receipt of deposit is given to who has deposited."""

    message = _l("%(project)s is not deposited yet: take the file in first, which gives it its number.")
    field = "deposited_on"

    def check(self, project: Any) -> None:
        if project.deposited_on is None:
            self.refuse(project=project)


class ReadyToScore(Rule):
    """[F] The committee sees complete files only: a file is scored when it is complete."""

    message = _l("%(project)s is “%(state)s”: the scoring sheet is issued when its file is complete.")
    field = "documents"

    def check(self, project: Any) -> None:
        if project.state in (s.ProjectState.draft, s.ProjectState.deposited):
            self.refuse(project=project, state=project.state)


class MembersNamed(Rule):
    """[D] A convocation goes to the members of the committee by name."""

    message = _l("No member is named for the session of %(day)s: add the members of the committee first.")
    field = "attendance"

    def check(self, session: Any) -> None:
        if not session.attendance:
            self.refuse(day=session.held_on)


class SessionHeld(Rule):
    """[A] Minutes say what the committee decided: there are none before it has sat."""

    message = _l("The session of %(day)s was not held yet: its minutes are issued after it.")
    field = "state"

    def check(self, session: Any) -> None:
        if session.state == s.SessionState.planned:
            self.refuse(day=session.held_on)


class PresidentNamed(Rule):
    """[A] The carrier signs the agreement: by its president, whose name stands on it."""

    message = _l("The bureau of %(carrier)s has no president recorded: add who signs for it.")
    field = "carrier"

    def check(self, agreement: Any) -> None:
        if agreement.carrier.president is None:
            self.refuse(carrier=agreement.carrier)


class AgreementNumbered(Rule):
    """[D] The agreement gets its number when the council signs; what is signed is the paper that is issued."""

    message = _l("The agreement with %(carrier)s has no number yet: the council's signature gives it.")
    field = "council_signed_on"

    def check(self, agreement: Any) -> None:
        if not agreement.number:
            self.refuse(carrier=agreement.carrier)


class CertificateStands(Rule):
    """[A] A certificate that was replaced or revoked is not printed again as valid."""

    message = _l("Certificate %(serial)s is “%(state)s”: print the one that stands.")
    field = "state"

    def check(self, certificate: Any) -> None:
        if certificate.state != s.CertificateState.issued:
            self.refuse(serial=certificate.serial, state=certificate.state)
