"""The complementary file of a carrier: what later payrolls add to a month that was declared already.

Experimental: docs/cnss.md, "1.4 Fields" knows its lines from one source, and no portal has confirmed them.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from awrash.database.columns import Month, column, foreign_key, relation
from awrash.database.record import Searchable
from awrash.models import Carrier, PayrollRun
from awrash.records.cnss_file import CnssFile
from awrash.records.derived import EditionFigures, edition_of
from awrash.rules.fields import FirstOfMonth
from awrash.rules.immutability import RejectionExplained, StaysAsMade, UploadedFileStays
from awrash.rules.rule import Rule
from awrash.rules.steps import AllowedStep
from awrash.values.language import _l
from awrash.values.states import DECLARATION_STEPS

MOST_COMPLEMENTS = 9  # the name of the file and its first line have one digit for the number


class NineComplements(Rule):
    """The complementary files of a month are numbered from 1 to 9 (docs/cnss.md, "1.8 File names")."""

    message = _l("CNSS takes at most %(most)s complementary files for a month: write to its agency for what is left.")

    def check(self, number: int) -> None:
        if not 1 <= number <= MOST_COMPLEMENTS:
            self.refuse(most=MOST_COMPLEMENTS)


class EarlierMonth(Rule):
    """A complementary file corrects a month before that of the payroll that pays the correction
    (docs/cnss.md, "1.2 Flow of a month")."""

    message = _l("A complementary file is for an earlier month than %(month)s: correct this one in its own file.")
    field = "month"

    def check(self, complement: Complement) -> None:
        if complement.month >= complement.run.month:
            self.refuse(month=f"{complement.run.month:%Y-%m}")


class SomethingToAdd(Rule):
    """A complementary file adds days and wages; without a line there is nothing to send
    (docs/cnss.md, "1.4 Fields")."""

    message = _l(
        "The payroll of %(run)s adds no day to %(month)s for %(carrier)s: what is only taken back is settled with the "
        "agency of CNSS, by letter."
    )
    field = "month"


class UploadedComplementStays(UploadedFileStays):
    """[D] A complementary file that went to Damancom is kept as it went (docs/programme.md, "Accountability")."""

    fixed = ("content", "file_name", "number")


class Complement(CnssFile, Searchable):
    """What one payroll corrects of one earlier month of one carrier, as the file E00 to E06; experimental."""

    __shown__ = ("month", "carrier", "number")
    __table_args__ = (
        UniqueConstraint("run_id", "carrier_id", "month"),
        UniqueConstraint("carrier_id", "month", "number"),
    )
    __rules__ = (
        EarlierMonth(), StaysAsMade("run", "carrier", "month"),
        AllowedStep(DECLARATION_STEPS), RejectionExplained(), UploadedComplementStays(),
    )  # fmt: skip
    __search__ = ("carrier.name_ar", "carrier.name_fr", "carrier.cnss_affiliation", "file_name")

    run_id: Mapped[int] = foreign_key("payroll_run")
    run: Mapped[PayrollRun] = relation(_l("Payroll that corrects"))
    carrier_id: Mapped[int] = foreign_key("carrier")
    carrier: Mapped[Carrier] = relation(_l("Carrier"))
    month: Mapped[date] = column(_l("Month"), FirstOfMonth(), type_=Month)
    number: Mapped[int] = column(_l("Complement"), NineComplements())

    @property
    def carrier_edition(self) -> EditionFigures:
        """The edition whose settings of the CNSS files are those of the month."""
        return edition_of(self.carrier, self.month)
