"""Scans of signed papers: attached to their record, read by who reads the record, struck out and never lost."""

import io
import struct
import zlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from sqlalchemy import select, update

from awrash.cnss.records import Complement
from awrash.database.record import record_named
from awrash.database.session import db
from awrash.models import Carrier, Training, Visit
from awrash.operations import attachments
from awrash.papers import catalogue
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import (
    MEGABYTE,
    MOST_MEGABYTES,
    SCANS_OF,
    Attachment,
    AttachmentState,
    ScanKind,
    attachments_of,
)
from awrash.records.audit import AuditLine
from awrash.records.letterheads import HeadKind, Letterhead
from awrash.rules.rule import RuleError
from awrash.values import file_type
from awrash.values.states import DeclarationState
from tests import bombs
from tests.doors import Page
from tests.world import a_payment, a_world

AT = datetime(2026, 6, 3, 10, tzinfo=UTC)


def a_pdf(text: bytes = b"signed") -> bytes:
    head = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Note (" + text + b") >>\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<< /Size 2 /Root 1 0 R >>\n"
    return head + table + b"startxref\n" + str(len(head)).encode() + b"\n%%EOF\n"


def a_locked_pdf(password: str, owner: str | None = None) -> bytes:
    """A page that reads "Attestation of the bank", as a bank protects it."""
    content, held = DecodedStreamObject(), io.BytesIO()
    content.set_data(b"BT /F1 12 Tf 10 50 Td (Attestation of the bank) Tj ET")
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    writer = PdfWriter()
    page = writer.add_blank_page(200, 100)
    kept = DictionaryObject({NameObject(name): NameObject(value) for name, value in font.items()})
    fonts = DictionaryObject({NameObject("/F1"): kept})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = writer._add_object(content)
    writer.encrypt(password, owner, algorithm="AES-256")
    writer.write(held)
    return held.getvalue()


def a_png(grey: int = 0) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    picture = zlib.compress(bytes([0, grey]))
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return file_type.BEGINNINGS[file_type.PNG] + chunk(b"IHDR", header) + chunk(b"IDAT", picture) + chunk(b"IEND", b"")


def a_jpeg() -> bytes:
    def segment(marker: int, data: bytes) -> bytes:
        return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data

    parts = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), segment(0xDB, bytes(65))
    frame, scan = segment(0xC0, b"\x08\0\1\0\1\1\1\x11\0"), segment(0xDA, b"\1\1\0\0\x3f\0")
    return b"\xff\xd8" + b"".join(parts) + frame + scan + b"\x12\x34" + b"\xff\xd9"


WHOLE = {"contract.pdf": a_pdf(), "contract.jpg": a_jpeg(), "contract.png": a_png()}


def attached(world, content, name="scan.pdf", kind=ScanKind.signed_contract, record=None):
    head = user_by_email("head_of_unit@example.ma")
    return attachments.attach(record or world.contract, kind, name, content, head, AT)


def refused(work) -> str:
    with pytest.raises(RuleError) as refusal:
        work()
    assert "%(" not in str(refusal.value)
    db.session.rollback()
    return refusal.value.code


# ---- what a scan is


@pytest.mark.parametrize("name", WHOLE)
def test_a_scan_is_told_by_its_content_and_not_by_its_name(app, name):
    world = a_world()
    kept = attached(world, WHOLE[name], "whatever.exe")
    assert kept.file_name == f"whatever{file_type.SUFFIXES[kept.media_type]}"
    assert kept.media_type == {"pdf": file_type.PDF, "jpg": file_type.JPEG, "png": file_type.PNG}[name[-3:]]
    assert kept.size == len(WHOLE[name]) and kept.content == WHOLE[name]


@pytest.mark.parametrize(
    "content, code",
    [
        (b"", "scan_of_paper"),
        (b"MZ\x90\0 a program", "scan_of_paper"),
        (b"<html><script>alert(1)</script>", "scan_of_paper"),
        (b"GIF89a", "scan_of_paper"),
        (a_pdf()[:-30], "whole_scan"),
        (b"%PDF-1.4 and no more", "whole_scan"),
        (a_jpeg()[:-2], "whole_scan"),
        (a_png()[:-1], "whole_scan"),
        (a_pdf(b"x" * MOST_MEGABYTES * MEGABYTE), "light_scan"),
        (a_locked_pdf("secret"), "open_scan"),
    ],
)
def test_what_is_no_scan_is_cut_or_too_heavy_is_refused_with_a_sentence(app, content, code):
    world = a_world()
    assert refused(lambda: attached(world, content)) == code


def test_the_heaviest_scan_is_taken(app):
    world = a_world()
    spare = MOST_MEGABYTES * MEGABYTE - len(a_pdf(b"")) - 6
    assert attached(world, a_pdf(b"x" * spare)).size <= MOST_MEGABYTES * MEGABYTE


def test_a_pdf_that_opens_without_a_password_is_taken_though_it_forbids_changes(app):
    assert attached(a_world(), a_locked_pdf("", "of the bank")).media_type == file_type.PDF


@given(place=some.integers(0, len(a_png()) - 1), bit=some.integers(0, 7))
def test_a_png_with_one_bit_changed_is_never_whole(place, bit):
    damaged = bytearray(a_png())
    damaged[place] ^= 1 << bit
    assert not file_type.is_whole(bytes(damaged))


@given(kind=some.sampled_from(sorted(WHOLE)), end=some.integers(0, 10_000), more=some.binary(max_size=40))
def test_the_reader_stands_any_damage(kind, end, more):
    content = WHOLE[kind]
    assert file_type.is_whole(content)
    file_type.is_whole(content[: end % len(content)] + more)
    file_type.is_whole(file_type.BEGINNINGS[file_type.media_type_of(content)] + more)


@pytest.mark.parametrize(
    "given_name, kept",
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\papers\\عقد موقع.pdf", "عقد موقع.pdf"),
        ("\u202efdp.exe", "fdp.pdf"),
        ("", "scan.pdf"),
        ("..", "scan.pdf"),
        ('a"b\r\nX: y.pdf', "a b X y.pdf"),
        ("x" * 300 + ".pdf", "x" * attachments.LONGEST_STEM + ".pdf"),
    ],
)
def test_a_file_name_is_kept_clean(given_name, kept):
    assert attachments.name_of(given_name, a_pdf()) == kept


# ---- what stays


def test_a_scan_is_never_changed_nor_deleted(app):
    world = a_world()
    kept = attached(world, a_pdf())
    for field, value in (("content", a_pdf(b"other")), ("file_name", "b.pdf"), ("note", "no"), ("record_id", 99)):
        setattr(kept, field, value)
        with pytest.raises(RuleError) as refusal, db.session.begin_nested():
            db.session.flush()
        assert refusal.value.code == "kept_as_attached"
        db.session.expire(kept)
    db.session.delete(kept)
    assert refused(db.session.flush) == "kept_as_attached"


def test_a_scan_taken_off_stays_with_its_reason_and_can_be_attached_again(app):
    world = a_world()
    kept, head = attached(world, a_pdf()), user_by_email("head_of_unit@example.ma")
    db.session.commit()
    assert refused(lambda: attachments.take_off(kept, None, head, AT)) == "taken_off_explained"
    attachments.take_off(kept, "wrong page", head, AT)
    again = attached(world, a_pdf())
    assert [scan.state for scan in attachments_of(world.contract)] == ["attached", "taken_off"]
    assert again.id != kept.id and kept.content == a_pdf()
    line = db.session.scalar(select(AuditLine).filter_by(record="attachment", what="step"))
    assert (line.to_state, line.why) == ("taken_off", "wrong page")
    db.session.commit()
    kept.state = AttachmentState.attached
    assert refused(db.session.flush) == "allowed_step"


def test_a_paper_is_filed_once_and_under_the_papers_of_its_record(app):
    world = a_world()
    attached(world, a_pdf())
    db.session.commit()
    assert refused(lambda: attached(world, a_pdf(), "other.pdf")) == "attached_once"
    assert refused(lambda: attached(world, a_png(), kind=ScanKind.statutes)) == "paper_of_record"
    assert attached(world, a_pdf(), kind=ScanKind.statutes, record=world.carrier)


def test_a_record_with_papers_is_not_deleted(app):
    a_world()
    carrier = Carrier(kind="association", name_ar="جمعية", name_fr="Autre", registration_number="R-9")
    db.session.add(carrier)
    kept = attached(None, a_pdf(), kind=ScanKind.statutes, record=carrier)
    db.session.commit()
    assert kept.record_id == carrier.id
    db.session.delete(carrier)
    assert refused(db.session.flush) == "deleted_as_draft_only"


def test_a_letterhead_with_its_logo_is_not_deleted(app):
    a_world()
    head = a_head()
    attached(None, a_png(), kind=ScanKind.logo, record=head)
    db.session.commit()
    db.session.delete(head)
    assert refused(db.session.flush) == "deleted_as_draft_only"


def a_head():
    head = Letterhead(
        kind=HeadKind.council, since=date(2027, 1, 1), lines_ar="أ", lines_fr="A", city_ar="أ", city_fr="A"
    )
    db.session.add(head)
    return head


@pytest.mark.parametrize("content", [bombs.png(2_001, 2_001), a_jpeg()], ids=["large", "damaged inside"])
def test_a_logo_that_would_stop_every_paper_is_refused(app, content):
    a_world()
    head = a_head()
    db.session.flush()
    assert refused(lambda: attached(None, content, kind=ScanKind.logo, record=head)) == "logo_is_drawn"


def test_a_large_logo_attached_before_the_limit_is_not_drawn(app):
    a_world()
    head = a_head()
    kept = attached(None, a_png(), kind=ScanKind.logo, record=head)
    with_logo = catalogue.letterhead_data(HeadKind.council, "ar", date(2027, 2, 1))["head"]["logos"]
    large = update(Attachment).filter_by(id=kept.id).values(content=bombs.png(2_001, 2_001))
    db.session.execute(large, execution_options={"vouched_by": "a logo attached before the limit"})
    db.session.expire(kept)
    without_logo = catalogue.letterhead_data(HeadKind.council, "ar", date(2027, 2, 1))["head"]["logos"]
    assert (len(with_logo), without_logo) == (1, [])


# ---- the card on the record's page


def sent(visitor, address, content=b"", name="signed.pdf", **data):
    file = {"file": (io.BytesIO(content), name)} if content else {}
    return visitor.client.post(address, data={"csrf_token": visitor.token, **data, **file}, buffered=True)


def test_a_signed_sheet_is_attached_downloaded_and_taken_off_on_its_page(app, visit):
    world = a_world()
    db.session.commit()
    visitor, number = visit(Role.field_officer), world.sheet.id
    visitor.post("/language/en")
    home = f"/admin/attendance_sheet/details/?id={number}"
    assert visitor.get(home).says("No paper is attached yet")
    attach = f"/admin/attendance_sheet/attach/?id={number}"
    assert sent(visitor, attach, a_pdf(), kind="signed_sheet", note="June").status_code == 302
    page = visitor.get(home)
    assert page.says("“signed.pdf” is attached.") and page.says("June") and page.says("1 kB")
    link = page.soup.select_one("#attached tbody a")["href"]
    answer = visitor.get(link).response
    assert answer.get_data() == a_pdf() and answer.mimetype == file_type.PDF
    assert answer.headers["Content-Disposition"] == "attachment; filename=signed.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    scan = db.session.scalar(select(Attachment.id))
    off = "/admin/attendance_sheet/take_off/"
    sent(visitor, off, id=number, scan=scan)
    assert visitor.get(home).says("Write why “signed.pdf” is taken off.")
    sent(visitor, off, id=number, scan=scan, reason="another worksite")
    page = visitor.get(home)
    assert page.says("another worksite") and page.says("Taken off") and visitor.get(link).status == 200


@pytest.mark.parametrize("name", sorted(SCANS_OF))
def test_a_scan_is_attached_on_the_page_of_every_record_that_takes_papers(app, visit, name):
    world = a_world()
    a_record_of_each(world)
    db.session.commit()
    number = db.session.scalars(select(record_named(name).id)).first()
    visitor = visit(Role.head_of_unit)
    visitor.post("/language/en")
    home, usual = f"/admin/{name}/details/?id={number}", SCANS_OF[name][0].value
    offered = [option["value"] for option in visitor.get(home).soup.select("#attached select[name=kind] option[value]")]
    assert usual in offered or len(SCANS_OF[name]) == 1
    assert sent(visitor, f"/admin/{name}/attach/?id={number}", a_png(), kind=usual).status_code == 302
    page = visitor.get(home)
    assert page.says("“signed.png” is attached.")
    link = page.soup.select_one("#attached tbody a")["href"]
    assert visitor.get(link).response.get_data() == a_png()
    if name == "complaint":
        assert visit(Role.field_officer).get(link).status == 403


def a_record_of_each(world):
    """What the world has none of: a visit, a training, a payroll with its declaration and a complement."""
    with db.session.no_autoflush:
        visited = Visit(worksite=world.site, visited_on=date(2026, 5, 12), head_count=1)
        taught = Training(worksite=world.site, title="السلامة", held_on=date(2026, 5, 20), hours=6)
        paid = a_payment(world, DeclarationState.made)
        more = Complement(run=paid.pay_slip.run, carrier=world.carrier, month=date(2026, 4, 1), number=1)
        db.session.add_all([visited, taught, paid, more])


def test_what_is_refused_says_what_to_do_on_the_page(app, visit):
    world = a_world()
    db.session.commit()
    visitor, number = visit(Role.file_officer), world.contract.id
    visitor.post("/language/en")
    visitor.get(f"/admin/contract/details/?id={number}")
    for content, sentence in (
        (b"", "Choose the scan first."),
        (b"MZ program", "neither PDF, JPEG nor PNG"),
        (a_locked_pdf("secret"), "“signed.pdf” asks for a password"),
    ):
        page = Page(sent(visitor, f"/admin/contract/attach/?id={number}", content, kind="signed_contract"))
        assert page.status == 422 and sentence in page.flashes
    assert sent(visitor, f"/admin/contract/attach/?id={number}", a_pdf(), kind="nothing").status_code == 400
    assert db.session.scalar(select(Attachment.id)) is None


def test_a_scan_is_closed_as_its_record_is(app, visit):
    world = a_world()
    scan = attached(world, a_pdf()).id
    db.session.commit()
    link = f"/admin/contract/attached/?id={world.contract.id}&scan={scan}"
    auditor = visit(Role.auditor)
    assert auditor.get(link).status == 200
    assert sent(auditor, f"/admin/contract/attach/?id={world.contract.id}", a_png(), kind="other").status_code == 403
    assert sent(auditor, "/admin/contract/take_off/", id=world.contract.id, scan=scan, reason="x").status_code == 403
    for wrong in (
        f"/admin/participant/attached/?id={world.person.id}&scan={scan}",
        f"/admin/contract/attached/?id=999&scan={scan}",
        f"/admin/contract/attached/?id={world.contract.id}&scan=999",
        f"/admin/contract/attached/?id={world.contract.id}&scan=x",
    ):
        assert auditor.get(wrong).status == 404
    nobody = visit(None)
    answer = nobody.get(link)
    assert answer.status == 302 and "/account/login" in answer.response.headers["Location"]
