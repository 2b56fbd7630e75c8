"""Papers of a worksite: opened, supplied, visited, closed."""

from awrash.papering import Document

PAPERS: tuple[Document, ...] = ()
