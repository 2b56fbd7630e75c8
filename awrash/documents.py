"""Paper out: each paper is a Typst template and the data it takes."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import segno
import typst
from babel.dates import format_date

from awrash import states as s
from awrash.database import db
from awrash.models import Certificate
from awrash.text import isolate

PAPERS = Path(__file__).parent / "papers"
COUNCIL = {s.CouncilName.prefectural: "مجلس عمالة إنزكان أيت ملول", s.CouncilName.provincial: "المجلس الإقليمي"}


class NoSuchPaper(LookupError):
    """A paper asked for that was never issued."""


def day(value: Any) -> str:
    """A date in Moroccan Arabic, a right-to-left isolate: its month is an Arabic word."""
    return f"\u2067{format_date(value, 'd MMMM y', locale='ar_MA')}\u2069"


def _certificate(one: Certificate, address: str) -> dict[str, Any]:
    contract, site = one.contract, one.contract.worksite
    person = contract.participant
    call = f"{address}/verify/{one.code}"
    return {
        "title_ar": "شهادة الكفاءات المكتسبة",
        "title_fr": "Attestation de compétences",
        "lines_ar": [
            f"يشهد {COUNCIL[site.agreement.project.call.edition.council_name]} أن {one.name_ar}"
            f" ({isolate(one.name_fr)})، رقم البطاقة الوطنية للتعريف الإلكترونية {isolate(person.cnie)}،",
            f"قد أنجز(ت) ورش «{site.name_ar}» مع {site.agreement.carrier.name_ar}"
            f" من {day(contract.starts_on)} إلى {day(contract.ends_on)}،"
            f" بمجموع {isolate(str(one.days_worked))} يوم عمل، واكتسب(ت) المهارات التالية:",
        ],
        "line_fr": f"{one.name_fr} a achevé le chantier « {site.name_fr} » ({site.agreement.carrier.name_fr})"
        f" du {contract.starts_on:%d/%m/%Y} au {contract.ends_on:%d/%m/%Y}, {one.days_worked} jours travaillés.",
        "skills": [{"ar": skill.name_ar, "fr": skill.name_fr} for skill in one.skills],
        "issued": f"حرر بإنزكان في {day(one.issued_on)}",
        "serial": one.serial,
        "address": call,
        "qr": segno.make(call, error="m").svg_inline(scale=4, border=1),
    }


def certificates_paper(certificates: Sequence[Certificate], address: str) -> bytes:
    """Certificates as one PDF/A, a page each; `address` is where their codes are verified."""
    first = certificates[0]
    data = {
        "title": f"شهادة الكفاءات المكتسبة {first.serial}",
        "issuer": "Awrash",
        "year": first.issued_on.year,
        "month": first.issued_on.month,
        "day": first.issued_on.day,
        "kingdom": "المملكة المغربية",
        "prefecture": "عمالة إنزكان أيت ملول",
        "council": COUNCIL[first.contract.worksite.agreement.project.call.edition.council_name],
        "signature": "الرئيس",
        "certificates": [_certificate(one, address) for one in certificates],
    }
    return typst.compile(
        str(PAPERS / "certificate.typ"),
        font_paths=[str(PAPERS / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-2a", "ua-1"],
    )


def certificate_paper(number: int, address: str) -> tuple[io.BytesIO, str]:
    """The paper of one certificate, and its file name; NoSuchPaper when there is none."""
    certificate = db.session.get(Certificate, number)
    if certificate is None:
        raise NoSuchPaper(number)
    return io.BytesIO(certificates_paper([certificate], address)), f"{certificate.serial}.pdf"
