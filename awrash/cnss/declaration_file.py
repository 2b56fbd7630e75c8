"""The file that a carrier sends to CNSS for a month: its content, its limits, its name and its faults.

A declaration and a complement each make one (`declarations.file_of`, `complements.file_of`); `damancom.py` knows the
bytes.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypedDict

from awrash.cnss import damancom
from awrash.models import Carrier
from awrash.records.dated_figures import Parameter
from awrash.records.derived import EditionFigures
from awrash.rules.immutability import FileAccepted
from awrash.values.figure_names import Figure
from awrash.values.money import centimes


class MonthLimits(TypedDict):
    """What CNSS accepts of one person and month: at most so many days, and the capped wage in centimes."""

    most_days: int
    ceiling: int


def limits_of(month: date) -> MonthLimits:
    """The limits in force in a month; FigureMissing for a month before the figures begin."""
    most_days, ceiling = (Parameter.on(name, month) for name in (Figure.full_month_days, Figure.ceiling))
    return {"most_days": int(most_days), "ceiling": centimes(ceiling)}


@dataclass(frozen=True)
class DeclarationFile:
    """A B-file, or the E-file whose `complement` says which of the month it is, from 1 to 9."""

    carrier: Carrier
    edition: EditionFigures  # its settings of the CNSS files: order of names, ends of lines, name of the file
    month: date
    lines: tuple[damancom.DeclaredMonth, ...]
    prefilled: damancom.Prefilled | None = None
    complement: int = 0

    @property
    def name(self) -> str:
        """The name that Damancom takes (1.8): year before month unless the edition's setting says otherwise."""
        period = f"{self.month:%m%Y}" if self.edition.damancom_month_first else f"{self.month:%Y%m}"
        prefix = f"DSC{self.complement}" if self.complement else "DS"
        return f"{prefix}_{self.carrier.cnss_affiliation}_{period}.txt"

    @property
    def limits(self) -> MonthLimits:
        return limits_of(self.month)

    def content(self) -> bytes:
        """The bytes as the edition's settings want them; RuleError in the place of a file that CNSS would send back."""
        carrier = self.carrier
        city = carrier.commune.name_fr if carrier.commune else ""
        try:
            return damancom.write_declaration(
                damancom.Employer(carrier.cnss_affiliation or "", carrier.name_fr, carrier.address or "", city),
                self.month,
                self.lines,
                **self.limits,
                prefilled=self.prefilled,
                surname_first=self.edition.damancom_surname_first,
                line_end="\r\n" if self.edition.damancom_crlf else "\n",
                complementary=self.complement,
            )
        except damancom.Unwritable as unwritable:
            FileAccepted().refuse(carrier=carrier, fault=unwritable.faults[0].sentence)

    def faults(self, content: bytes) -> list[damancom.FileFault]:
        """What CNSS would send this content back for, if it stood in this file."""
        return damancom.check(content, **self.limits)
