"""Papers of the selection committee: what its members are sent, and what they decided."""

from awrash.papering import Document

PAPERS: tuple[Document, ...] = ()
