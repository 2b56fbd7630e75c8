"""Papers of the month: attendance, wages, transfers, and the page for the governor."""

from awrash import papers_governor, papers_sheets, papers_transfers, papers_wages
from awrash.papering import Document

PAPERS: tuple[Document, ...] = (
    *papers_sheets.PAPERS,
    *papers_wages.PAPERS,
    *papers_transfers.PAPERS,
    *papers_governor.PAPERS,
)
