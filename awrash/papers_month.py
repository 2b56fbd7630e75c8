"""Papers of the month: attendance, wages, transfers, and the page for the governor."""

from awrash.papering import Document

PAPERS: tuple[Document, ...] = ()
