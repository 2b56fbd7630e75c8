"""Papers of a participant: contract, information, cover, certificate."""

from datetime import date
from typing import Any

from awrash import ready
from awrash.facts import Rows, Told
from awrash.paper_kinds import PaperKind
from awrash.papering import CouncilInFull, Document
from awrash.papers_selection import council_of
from awrash.stationery import HeadKind, Quality


def _council(certificate: Any, _on: date) -> CouncilInFull:
    return council_of(certificate.contract.worksite.agreement.project.call.edition)


PAPERS = (
    Document(
        PaperKind.certificate,
        "certificate",
        "{record.serial}",
        (
            *("name_ar", "name_fr", "contract.participant.cnie", "contract.worksite.name_ar"),
            *("contract.worksite.name_fr", "contract.worksite.agreement.carrier.name_ar"),
            *("contract.worksite.agreement.carrier.name_fr", "contract.starts_on", "contract.starts_on|short"),
            *("contract.ends_on", "contract.ends_on|short", "days_worked"),
            Told("council", _council),
            Rows("skills", ("name_ar", "name_fr")),
        ),
        head=HeadKind.council,
        signed=(Quality.council_president,),
        needs=(ready.CertificateStands(),),
        proves="code",
    ),
)
