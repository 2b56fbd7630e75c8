"""What blocks one person's wage: the reason stays beside the name, and the payroll goes on without it.

The payroll asks the same of all wages at once (`reports/month_wages.py`); a test holds the two together.
"""

from awrash.rules import subjects
from awrash.rules.rule import Rule
from awrash.values.language import _l
from awrash.values.states import AccountState


class AgreementSigned(Rule):
    """[A] Nothing is paid before the agreement is signed by council and carrier
    (docs/programme.md, "Agreement first")."""

    message = _l("The agreement of %(participant)s is not signed.")
    title = _l("agreement not signed")

    def check(self, slip: subjects.PaySlip) -> None:
        if not slip.contract.worksite.agreement.is_signed:
            self.refuse(participant=slip.contract.participant)


class ContractApproved(Rule):
    """[F] ANAPEC approves the work contract (docs/programme.md, "ANAPEC approval")."""

    message = _l("The contract of %(participant)s is not approved by ANAPEC.")
    title = _l("contract not approved by ANAPEC")

    def check(self, slip: subjects.PaySlip) -> None:
        if not slip.contract.anapec_approved_on:
            self.refuse(participant=slip.contract.participant)


class AttendanceLocked(Rule):
    """A wage is worked out from a locked sheet (docs/programme.md, "Life of a file")."""

    message = _l("The attendance of %(participant)s is not locked.")
    title = _l("attendance not locked")

    def check(self, slip: subjects.PaySlip) -> None:
        if not any(line.sheet.month == slip.month for line in slip.contract.locked_lines):
            self.refuse(participant=slip.contract.participant)


class DeclaredByCarrier(Rule):
    """[A/F] Nobody is paid without a declaration, and a carrier declares under its affiliation number
    (docs/programme.md, "Damancom registration")."""

    message = _l("The carrier of %(participant)s has no CNSS affiliation number and cannot declare.")
    title = _l("carrier without CNSS affiliation number")

    def check(self, slip: subjects.PaySlip) -> None:
        if not slip.contract.worksite.agreement.carrier.cnss_affiliation:
            self.refuse(participant=slip.contract.participant)


class BankAccount(Rule):
    """[A/F] A wage goes only to a verified account in the person's own name, at an accepted bank
    (docs/programme.md, "Bank account")."""

    message = _l("%(participant)s has no verified account at an accepted bank.")
    title = _l("no verified account")

    def check(self, slip: subjects.PaySlip) -> None:
        person, edition = slip.contract.participant, slip.contract.worksite.agreement.project.call.edition
        verified_rib = person.rib if person.account_state == AccountState.verified else None
        if not verified_rib or (edition.accepted_banks and verified_rib[:3] not in edition.accepted_banks):
            self.refuse(participant=person)


class AccountOfOnePerson(Rule):
    """[A/F] The same account on two people is an alert: neither is paid before somebody looks
    (docs/programme.md, "Bank account")."""

    message = _l("The account of %(participant)s is also recorded for somebody else.")
    title = _l("account shared with another person")

    def check(self, slip: subjects.PaySlip) -> None:
        if slip.contract.participant.others_with("rib"):
            self.refuse(participant=slip.contract.participant)


class KnownToCnss(Rule):
    """[A/F] A person without a CNSS number is declared with the CNIE; without either, not at all
    (docs/programme.md, "Damancom registration")."""

    message = _l("%(participant)s has neither a CNSS number nor a CNIE: nobody can be declared so.")
    title = _l("no CNSS number and no CNIE")

    def check(self, slip: subjects.PaySlip) -> None:
        person = slip.contract.participant
        if not person.cnss_number and not person.cnie:
            self.refuse(participant=person)


class PhoneOfOnePerson(Rule):
    """[A/F] The same phone on two people is an alert: somebody looks, and writes why it is right
    (docs/programme.md, "Bank account")."""

    message = _l(
        "The phone of %(participant)s is also recorded for somebody else: correct it, or write why it is right."
    )
    title = _l("phone shared with another person")

    def check(self, slip: subjects.PaySlip) -> None:
        person = slip.contract.participant
        if not person.phone_answer and person.others_with("phone"):
            self.refuse(participant=person)


class NotDeclaredElsewhere(Rule):
    """People who stand on another payroll are not paid by the programme
    (docs/programme.md, "What went wrong elsewhere")."""

    message = _l("%(participant)s is declared by %(employer)s: write the day it ended, once CNSS says so.")
    title = _l("declared by another employer")

    def check(self, slip: subjects.PaySlip) -> None:
        person = slip.contract.participant
        until = person.declared_elsewhere_until
        if person.declared_elsewhere_by and (until is None or until >= slip.month):
            self.refuse(participant=person, employer=person.declared_elsewhere_by)


class DaysWithinMonth(Rule):
    """[F] At most 26 declared days a month for a person, all worksites together
    (docs/programme.md, "One place at a time")."""

    message = _l("%(participant)s has %(days)s days in this month on locked sheets: at most %(most)s.")
    title = _l("more days than a month has")

    def check(self, slip: subjects.PaySlip) -> None:
        person, most = slip.contract.participant, slip.most_days
        days = person.locked_days().get(slip.month, 0)
        if days > most:
            self.refuse(participant=person, days=days, most=most)


class WithinTwelveMonths(Rule):
    """[A] Nobody works more than twelve months, one contract after the other: twelve times 26 declared days [D]
    (docs/programme.md, "Duration")."""

    message = _l("%(participant)s has %(days)s declared days in the programme: twelve months make %(most)s.")
    title = _l("over twelve months in the programme")

    def check(self, slip: subjects.PaySlip) -> None:
        person, most = slip.contract.participant, slip.most_days_in_all
        days = sum(count for month, count in person.locked_days().items() if month <= slip.month)
        if days > most:
            self.refuse(participant=person, days=days, most=most)


PAYABLE = (
    AgreementSigned(),
    ContractApproved(),
    AttendanceLocked(),
    DeclaredByCarrier(),
    BankAccount(),
    AccountOfOnePerson(),
    KnownToCnss(),
    PhoneOfOnePerson(),
    NotDeclaredElsewhere(),
    DaysWithinMonth(),
    WithinTwelveMonths(),
)
