"""The management fee of an agreement: its instalments, due, approved, then paid to the carrier."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Mapped

from awrash import states as s
from awrash import validators as v
from awrash.database import CODE, Record, column, owner, state_column, to
from awrash.language import _l
from awrash.money import Money

if TYPE_CHECKING:
    from awrash.models import Agreement


class Instalment(Record):
    """A part of the management fee, in dirhams: due on a day, approved by a person, paid to the carrier."""

    __shown__ = ("agreement", "due_on")
    __rules__ = (
        v.StaysAsMade("agreement"), v.AllowedStep(s.INSTALMENT_STEPS), v.FeeOfSignedAgreement(),
        v.FeeToCarrierOfProject(), v.PaymentOfFeeTold(), v.ApprovedInstalmentStays(),
        v.TakenOutInTime(*(one for one in s.AgreementState if one is not s.AgreementState.drafted)),
    )  # fmt: skip

    agreement_id: Mapped[int] = owner("agreement")
    agreement: Mapped[Agreement] = to(_l("Agreement"), "instalments")
    due_on: Mapped[date] = column(_l("Due on"))
    amount: Mapped[Decimal] = column(_l("Amount"), v.Positive(), type_=Money)
    approved_by_id: Mapped[int | None] = owner("user", required=False)
    approved_by: Mapped[Any] = to(_l("Approved by"), "User", foreign_keys=approved_by_id)
    approved_on: Mapped[date | None] = column(_l("Approved on"))
    paid_on: Mapped[date | None] = column(_l("Paid on"))
    reference: Mapped[str | None] = column(_l("Reference"), type_=CODE)
    state: Mapped[s.InstalmentState] = state_column(s.InstalmentState.due, _l("State"), s.INSTALMENT_STEPS)
