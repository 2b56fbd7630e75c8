"""What a rule says that it reads of a record is there on the record."""

from typing import Protocol

import pytest

from awrash.database.session import Base
from awrash.models import (
    Agreement,
    Contract,
    Criterion,
    Declaration,
    Participant,
    Payment,
    PayrollRun,
    Project,
    RequiredDocument,
)
from awrash.records.dated_figures import Parameter, TaxBracket
from awrash.rules import subjects

IN_COMMON = {  # what several records have in common, and which they are
    "OfCall": (RequiredDocument, Criterion),
    "Lasting": (Project, Agreement),
    "Benefiting": (Project, Agreement),
    "OfAge": (Participant, Contract),
    "Waged": (Project, Contract),
    "DoneForMonth": (PayrollRun,),
    "Rejectable": (Payment, Declaration),
    "Figure": (Parameter, TaxBracket),
}
RECORDS = {mapper.class_.__name__: mapper.class_ for mapper in Base.registry.mappers}
PROTOCOLS = {
    name: kind
    for name, kind in vars(subjects).items()
    if isinstance(kind, type) and issubclass(kind, Protocol) and kind.__module__ == subjects.__name__
}


def read_of(protocol):
    methods = {name for name, value in vars(protocol).items() if callable(value) and not name.startswith("_")}
    return methods | set(protocol.__annotations__)


@pytest.mark.parametrize("name", list(PROTOCOLS))
def test_every_record_has_what_its_rules_read_of_it(name):
    kinds = RECORDS.values() if name == "Record" else IN_COMMON.get(name) or (RECORDS[name],)
    missing = {
        (kind.__name__, attribute)
        for kind in kinds
        for attribute in read_of(PROTOCOLS[name])
        if not hasattr(kind, attribute)
    }
    assert missing == set()
