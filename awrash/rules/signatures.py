"""Who signs an agreement: its parties, each once, all of them before a worksite opens."""

from awrash.database.record import changed, is_new, relation_changed, value_before
from awrash.rules import subjects
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.states import AGREEMENT_OVER, OVER, AgreementState, WorksiteState

PARTIES = ("council", "carrier", "commune", "service")  # `<party>_signed_on` of an agreement
SIGNATURES = tuple(f"{party}_signed_on" for party in PARTIES)


class SignedByAll(Rule):
    """[A/F] An agreement is signed when council and carrier signed it, and whoever else is a party
    (docs/programme.md, "Agreement first")."""

    message = _l("Agreement of %(carrier)s is not signed by all its parties yet.")
    field = "council_signed_on"

    def check(self, agreement: subjects.Agreement) -> None:
        if agreement.has_benefited and not agreement.is_signed:
            self.refuse(carrier=agreement.carrier)


class CommuneIsParty(Rule):
    """[A/F] The commune signs the agreement to which it is a party; what it signed before 2026-11-28 stands
    (docs/programme.md, "Signing parties")."""

    message = _l(
        "The commune is no party to the agreement of %(carrier)s: tick “The commune signs too” before anybody signs."
    )
    field = "tripartite"

    def check(self, agreement: subjects.Agreement) -> None:
        has_signed = agreement.commune_signed_on and changed(agreement, "commune_signed_on", "tripartite")
        if has_signed and not agreement.tripartite:
            self.refuse(carrier=agreement.carrier)


class ServiceIsParty(Rule):
    """[D] An external service signs the agreement to which it is a party, by its name
    (docs/programme.md, "Signing parties")."""

    message = _l(
        "No external service is a party to the agreement of %(carrier)s: write which one it is before anybody signs."
    )
    field = "service"

    def check(self, agreement: subjects.Agreement) -> None:
        if agreement.service_signed_on and not agreement.service:
            self.refuse(carrier=agreement.carrier)


class SignedOnce(Rule):
    """[D] A drafted agreement is signed, by each party once; the day of a signature stays
    (docs/programme.md, "Accountability")."""

    message = _l(
        "The agreement of %(carrier)s bears this signature, of %(day)s: if the day is wrong, terminate it and prepare "
        "another."
    )
    not_drafted = _l("The agreement of %(carrier)s is “%(state)s”: only a drafted one is signed.")
    field = "council_signed_on"

    def check(self, agreement: subjects.Agreement) -> None:
        for name in () if is_new(agreement) else SIGNATURES:
            if not changed(agreement, name):
                continue
            if (day := value_before(agreement, name)) is not None:
                self.refuse(carrier=agreement.carrier, day=day)
            if (state := value_before(agreement, "state")) != AgreementState.drafted:
                self.refuse(sentence=self.not_drafted, carrier=agreement.carrier, state=state)

    def check_first(self, agreement: subjects.Agreement, name: str) -> None:
        """Refuse the second of two people who sign at once, also when both write the same day."""
        if day := getattr(agreement, name):
            self.refuse(carrier=agreement.carrier, day=day)


class AgreementFirst(Rule):
    """[A] No worksite opens before the partnership agreement is signed by all its parties, or once it is over
    (docs/programme.md, "Agreement first")."""

    message = _l("%(worksite)s cannot open: its agreement is not signed by all parties.")
    over = _l("The agreement of %(carrier)s is over: %(worksite)s does not run under it.")
    field = "agreement"

    def check(self, worksite: subjects.Worksite) -> None:
        begins = is_new(worksite) or relation_changed(worksite, "agreement") or changed(worksite, "state")
        is_over = worksite.agreement.state in AGREEMENT_OVER
        if begins and is_over and worksite.state not in OVER:
            self.refuse(sentence=self.over, carrier=worksite.agreement.carrier, worksite=worksite)
        unopened = (WorksiteState.planned, WorksiteState.never_opened)
        if worksite.state not in unopened and not worksite.agreement.is_signed:
            self.refuse(worksite=worksite)
