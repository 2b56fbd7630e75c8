"""Worksites: opened, suspended, completed."""

from datetime import date

from awrash.models import Worksite
from awrash.operations.people import end_contract
from awrash.records.steps import step
from awrash.rules.steps import starts_from
from awrash.values.states import AgreementState, ContractState, WorksiteState


@starts_from(WorksiteState.planned, WorksiteState.suspended)
def open_worksite(worksite: Worksite) -> None:
    """Open a worksite; the first one sets its agreement running."""
    step(worksite, WorksiteState.open)
    if worksite.agreement.state == AgreementState.signed:
        step(worksite.agreement, AgreementState.running)


@starts_from(WorksiteState.open)
def suspend_worksite(worksite: Worksite, reason: str | None) -> None:
    step(worksite, WorksiteState.suspended, why=reason)


@starts_from(WorksiteState.planned, WorksiteState.open, WorksiteState.suspended)
def close_worksite(worksite: Worksite, on: date, reason: str | None) -> None:
    """End a worksite whose agreement ends: one that has opened is completed on that day, another never opens."""
    if worksite.state == WorksiteState.planned:
        step(worksite, WorksiteState.never_opened, why=reason)
    else:
        complete_worksite(worksite, on, reason)


@starts_from(WorksiteState.open, WorksiteState.suspended)
def complete_worksite(worksite: Worksite, on: date, reason: str | None) -> None:
    """Complete a worksite: its running contracts end with it, and follow-up calls are planned."""
    step(worksite, WorksiteState.completed, why=reason)
    for contract in worksite.contracts:
        if contract.state == ContractState.running:
            end_contract(contract, max(min(on, contract.ends_on), contract.starts_on), reason)
