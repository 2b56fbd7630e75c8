"""What leaves a screen as a file: a list as CSV, as a workbook or on paper, and papers to read."""

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from flask import Response, send_file

from awrash.database.record import Record
from awrash.files.exports import csv_stream, xlsx_bytes
from awrash.papers.printed_lists import printed_list
from awrash.records.audit import AuditEvent
from awrash.screens import tracing
from awrash.values.cells import cell
from awrash.values.language import language, local_today

IN_MEMORY = 1_000_000  # bytes of a file that are kept in memory until it is sent; a longer one waits on the disk
PART_SENT = 64_000  # bytes of a file that are sent at once


def send_list(
    about: Record | str,
    name: str,
    kind: str,
    header: list[str],
    rows: Iterable[Sequence[Any]],
    title: str,
    filters: Sequence[str] = (),
    **details: object,
) -> Response:
    """A list as a file, or on paper when its `kind` is pdf; `rows` hold the values of each line under the header.

    `filters` say in words what narrows the list. RuleError when it can't be printed.
    """
    if kind != "pdf":
        lines = ([cell(value) for value in row] for row in rows)
        return send(about, name, kind, header, lines, filters=[title, *filters], **details)
    content = printed_list(title, header, rows, filters, language(), local_today())
    tracing.trace(AuditEvent.printed, about, file=f"{name}.pdf", columns=header, filters=[title, *filters], **details)
    return pdf_response(content, name)


def send(
    about: Record | str, name: str, kind: str, header: list[str], cells: Iterable[list[str]], **details: object
) -> Response:
    """A list as a file, made whole before its first byte leaves: a fault is a page, never a file cut short.

    `name` is the file's, without its ending; `kind` is csv or xlsx; `cells` are those of each line under the header.
    `about` is the record that the list is of, or the name of its page: the audit keeps who takes it, with `details`.
    """
    tracing.trace(AuditEvent.exported, about, file=f"{name}.{kind}", columns=header, **details)
    disposition = {"Content-Disposition": f"attachment; filename={name}.{kind}"}
    if kind == "xlsx":
        sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        return Response(xlsx_bytes(header, cells), mimetype=sheet, headers=disposition)
    with ExitStack() as on_fault:
        file = on_fault.enter_context(SpooledTemporaryFile(IN_MEMORY))
        file.writelines(csv_stream(header, cells))
        disposition["Content-Length"] = str(file.tell())
        file.seek(0)
        on_fault.pop_all()
    return Response(_read_out(file), mimetype="text/csv", headers=disposition)


def _read_out(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file, which is closed after the last of them."""
    with file:
        yield from iter(lambda: file.read(PART_SENT), b"")


def pdf_response(content: bytes, name: str) -> Response:
    """A PDF to read or to print, named without its suffix; never kept by a browser."""
    response = send_file(io.BytesIO(content), "application/pdf", download_name=f"{name}.pdf")
    response.headers["Cache-Control"] = "no-store"
    return response
