"""What must hold before a paper is issued; until then it can be printed as a draft."""

from typing import Any

from awrash import states as s
from awrash.language import _l
from awrash.rules import Rule


class Deposited(Rule):
    """[D] The receipt of deposit is given to who has deposited."""

    message = _l("%(project)s is not deposited yet: take the file in first, which gives it its number.")
    field = "deposited_on"

    def check(self, project: Any) -> None:
        if project.deposited_on is None:
            self.refuse(project=project)


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
