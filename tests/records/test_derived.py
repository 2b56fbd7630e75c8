"""What a record works out from its own state."""

import pytest

from awrash.models import Contract
from awrash.values.states import ContractState


@pytest.mark.parametrize("state", ContractState)
def test_a_contract_ran_once_it_runs_or_has_ended(state):
    assert Contract(state=state).ran is (state in (ContractState.running, ContractState.ended))
