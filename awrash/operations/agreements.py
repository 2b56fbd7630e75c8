"""Agreements: prepared, signed by each party, numbered, terminated."""

from datetime import date

from awrash.database.session import db
from awrash.models import Agreement, Contract, Instalment, Project
from awrash.operations.people import end_contract
from awrash.operations.worksites import close_worksite
from awrash.records.numbering import next_number
from awrash.records.steps import step
from awrash.rules.signatures import SignedOnce
from awrash.rules.steps import starts_from
from awrash.values import months
from awrash.values.money import split_evenly
from awrash.values.states import OVER, AgreementState, ContractState, ProjectState

# ---- agreement and worksite


@starts_from(ProjectState.approved)
def prepare_agreement(project: Project, starts_on: date, instalments: int = 2, tripartite: bool = False) -> Agreement:
    """Draft the agreement of an approved project: value, fee and instalments come from it."""
    ends_on = months.end_of(starts_on, project.months or 0)
    fee = project.management_fee
    dues = [months.add_months(starts_on, index * (project.months or 0) // instalments) for index in range(instalments)]
    agreement = Agreement(
        starts_on=starts_on,
        ends_on=ends_on,
        value=project.value,
        management_fee=fee,
        tripartite=tripartite,
        instalments=[
            Instalment(due_on=due, amount=part) for due, part in zip(dues, split_evenly(fee, instalments), strict=True)
        ],
    )
    agreement.project = project
    db.session.add(agreement)
    db.session.flush()
    return agreement


def _signed(agreement: Agreement) -> None:
    if agreement.is_signed and agreement.state == AgreementState.drafted:
        agreement.state = AgreementState.signed
    db.session.flush()


@starts_from(AgreementState.drafted)
def number_agreement(agreement: Agreement, on: date) -> None:
    """Give an agreement the number under which it is printed and signed."""
    _numbered(agreement, on)
    db.session.flush()


@starts_from(AgreementState.drafted, judged=True)
def sign_for_council(agreement: Agreement, on: date) -> None:
    """Sign for the council; an agreement that was not printed from here gets its number now."""
    _sign(agreement, "council_signed_on", on)
    _numbered(agreement, on)
    _signed(agreement)


@starts_from(AgreementState.drafted, judged=True)
def sign_for_carrier(agreement: Agreement, on: date) -> None:
    _sign(agreement, "carrier_signed_on", on)
    _signed(agreement)


@starts_from(AgreementState.drafted, judged=True)
def sign_for_commune(agreement: Agreement, on: date) -> None:
    _sign(agreement, "commune_signed_on", on)
    _signed(agreement)


@starts_from(AgreementState.drafted, judged=True)
def sign_for_service(agreement: Agreement, on: date) -> None:
    _sign(agreement, "service_signed_on", on)
    _signed(agreement)


@starts_from(AgreementState.drafted, AgreementState.signed, AgreementState.running)
def terminate_agreement(agreement: Agreement, on: date, reason: str | None) -> None:
    """Terminate an agreement before its end: its worksites and contracts end on that day, for the same reason.

    A contract that begins later ends with its first day. What was worked until then is paid as usual.
    """
    for worksite in agreement.worksites:
        if worksite.state not in OVER:
            close_worksite(worksite, on, reason)
        for contract in worksite.contracts:
            if contract.state != ContractState.ended:
                end_contract(contract, max(on, contract.starts_on), reason)
    step(agreement, AgreementState.terminated, why=reason)


@starts_from(ContractState.signed, ContractState.approved)
def take_back_signature(contract: Contract, reason: str | None) -> None:
    """A signature taken back before the work begins: what was written wrong is mended, then signed again."""
    contract.signed_on = contract.anapec_approved_on = None
    step(contract, ContractState.prepared, why=reason)


def _sign(agreement: Agreement, name: str, on: date) -> None:
    SignedOnce().check_first(agreement, name)
    setattr(agreement, name, on)


def _numbered(agreement: Agreement, on: date) -> None:
    if not agreement.number:
        agreement.number = next_number(Agreement, "number", "", f"-أ ع م-{on.year}")
