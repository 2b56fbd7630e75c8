"""Who signs an agreement: its parties, all of them, before a worksite opens."""

from typing import Any

from awrash import states as s
from awrash.language import _l
from awrash.rules import Rule


class SignedByAll(Rule):
    """[A/F] An agreement is signed when council and carrier signed it, and whoever else is a party."""

    message = _l("Agreement of %(carrier)s is not signed by all its parties yet.")
    field = "council_signed_on"

    def check(self, agreement: Any) -> None:
        if agreement.has_benefited and not agreement.is_signed:
            self.refuse(carrier=agreement.carrier)


class CommuneIsParty(Rule):
    """[A/F] The commune signs the agreement to which it is a party."""

    message = _l("The commune is no party to the agreement of %(carrier)s: tick “The commune signs too”, first.")
    field = "tripartite"

    def check(self, agreement: Any) -> None:
        if agreement.commune_signed_on and not agreement.tripartite:
            self.refuse(carrier=agreement.carrier)


class ServiceIsParty(Rule):
    """[D] An external service signs the agreement to which it is a party, by its name."""

    message = _l("No external service is a party to the agreement of %(carrier)s: write which one signs, first.")
    field = "service"

    def check(self, agreement: Any) -> None:
        if agreement.service_signed_on and not agreement.service:
            self.refuse(carrier=agreement.carrier)


class AgreementFirst(Rule):
    """[A] No worksite opens before the partnership agreement is signed by all its parties."""

    message = _l("%(worksite)s cannot open: its agreement is not signed by all parties.")
    field = "agreement"

    def check(self, worksite: Any) -> None:
        closed = (s.WorksiteState.planned, s.WorksiteState.never_opened)
        if worksite.state not in closed and not worksite.agreement.is_signed:
            self.refuse(worksite=worksite)
