"""What every file of CNSS is, once a person takes it to Damancom: made, uploaded by hand, accepted or rejected."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, declared_attr

from awrash.database.columns import CODE, NAME, column, foreign_key, relation, state_column
from awrash.values.language import _l
from awrash.values.states import DECLARATION_STEPS, DeclarationState


class CnssFile:
    """The file as it was made, who uploaded it and when, and what CNSS said; its receipt is an attached scan."""

    file_name: Mapped[str | None] = column(_l("File"), type_=NAME)
    content: Mapped[bytes | None] = column(_l("File made"), type_=LargeBinary())
    uploaded_on: Mapped[date | None] = column(_l("Uploaded on"))
    uploaded_by_id: Mapped[int | None] = foreign_key("user", required=False)
    rejection_code: Mapped[str | None] = column(_l("Rejection code"), type_=CODE)
    state: Mapped[DeclarationState] = state_column(DeclarationState.to_make, _l("State"), DECLARATION_STEPS)

    @declared_attr
    def uploaded_by(cls) -> Mapped[Any]:
        return relation(_l("Uploaded by"), "User")
