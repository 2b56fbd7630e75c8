"""A paper that leaves the office is kept as it left: issued again it is the same, changed it is a new version."""

import io
import subprocess
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from awrash.database.session import db
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.records.accounts import Role, user_by_email
from awrash.records.attachments import Attachment
from awrash.records.audit import AuditLine
from awrash.records.issued_papers import IssuedPaper, IssuedState
from awrash.records.letterheads import Letterhead, Quality, Signatory
from awrash.rules.rule import RuleError
from awrash.values.language import now
from awrash.values.states import AgreementState
from tests.conftest import TODAY
from tests.doors import run
from tests.papers.test_every_paper import breaches, text_of
from tests.records.test_attachments import a_pdf, a_png
from tests.world import papers


def file_of(world, number):
    answer = world.head.get(f"/admin/issued_paper/file/?id={number}").response
    assert answer.mimetype == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
    return answer.get_data()


def test_a_paper_is_looked_at_then_issued_and_kept_as_it_left(office):
    page = office.head.get(f"/admin/issued_paper/issue/?{office.receipt}")
    assert page.status == 200 and page.soup.select("img.page-seen") and page.says("kept as it is")
    issued = office.head.issue(office.receipt)
    assert issued.response.headers["Location"] == f"/admin/project/details/?id={office.project.id}#papers"
    paper = papers()[0]
    assert (paper.number, paper.revision, paper.state) == ("2026-0001", 1, IssuedState.issued)
    assert paper.issued_by.email == "head_of_unit@example.ma" and paper.issued_on == TODAY
    content = file_of(office, paper.id)
    assert content == paper.content and "2026-0001" in text_of(content)
    page = office.head.get(f"/admin/project/details/?id={office.project.id}")
    assert page.soup.select_one(f"#papers a[href$='file/?id={paper.id}']")
    made = db.session.scalar(select(AuditLine).filter_by(record="issued_paper"))
    assert made.actor == "head_of_unit"


def test_a_paper_issued_again_is_the_same_to_the_byte(office):
    office.head.issue(office.receipt)
    first = papers()[0]
    number, content = first.id, first.content
    office.head.issue(office.receipt)
    assert [paper.id for paper in papers()] == [number]
    assert papers()[0].content == content


def test_what_was_done_is_told_an_issue_a_new_version_or_nothing(office):
    card = f"/admin/project/details/?id={office.project.id}"
    office.head.issue(office.receipt)
    assert office.head.get(card).says("is issued under number 2026-0001.")
    office.head.issue(office.receipt)
    assert office.head.get(card).says("Nothing has changed")
    office.project.title_ar = "تشجير الحي"
    db.session.commit()
    office.head.issue(office.receipt, reason="خطأ في العنوان")
    assert office.head.get(card).says("Version 2 of")


def test_an_issued_paper_leads_to_its_record_and_letters_of_a_session_name_their_project(office):
    letter = f"document=approval_letter&language=ar&of={office.decision.id}"
    office.head.issue(letter)
    page = office.head.get(f"/admin/issued_paper/details/?id={papers()[0].id}")
    assert page.soup.select_one(f"main a[href='/admin/project/details/?id={office.project.id}#papers']")
    page = office.head.get(f"/admin/committee_session/details/?id={office.session.id}")
    named = [row.get_text() for row in page.soup.select("#papers tbody tr") if "Letter of approval" in row.get_text()]
    assert named and all("2026-0001" in line for line in named)
    own = office.head.get(f"/admin/project/details/?id={office.project.id}").soup.select("#papers tbody tr")
    assert not [row for row in own if row.select_one("td br + bdi.soft") and "Deposit receipt" in row.get_text()]


def test_a_record_that_changed_asks_why_and_its_new_version_names_the_old(office):
    office.head.issue(office.receipt)
    office.project.title_ar = "تشجير الحي"
    db.session.commit()
    refused = office.head.issue(office.receipt)
    assert refused.status == 422 and "its record has changed since" in refused.flashes
    assert len(papers()) == 1
    assert office.head.issue(office.receipt, reason="خطأ في العنوان").status == 302
    old, new = papers()
    assert (old.state, new.state) == (IssuedState.replaced, IssuedState.issued)
    assert (new.number, new.revision, new.replaces_id, new.reason) == (old.number, 2, old.id, "خطأ في العنوان")
    assert "تشجير الحي" in text_of(new.content) and "تعوض النسخة 1" in text_of(new.content)
    assert "تشجير الحي" not in text_of(file_of(office, old.id))


def test_a_draft_says_so_across_the_page_and_is_not_kept(office):
    draft = office.head.get(f"/admin/issued_paper/draft/?{office.receipt}").response.get_data()
    office.head.issue(office.receipt)
    paper = papers()[0]
    assert len(papers()) == 1
    assert mark_across(draft) > 1000 and mark_across(paper.content) < 100


def mark_across(content):
    """How many points of a first page have the grey of the word across a draft, which nothing else has."""
    seen = subprocess.run(
        ["pdftoppm", "-r", "50", "-f", "1", "-l", "1"], input=content, capture_output=True, check=True
    )
    body = seen.stdout.split(b"\n", 3)[3]
    return sum(body[at : at + 3] == b"\xe4\xe4\xe4" for at in range(0, len(body), 3))


def test_an_agreement_is_not_issued_before_the_council_gives_it_its_number(office):
    office.agreement.state = AgreementState.drafted
    db.session.rollback()
    undone = update(type(office.agreement)).values(number=None)
    db.session.execute(undone, execution_options={"vouched_by": "a test"})
    db.session.commit()
    refused = office.head.issue(office.treaty)
    assert refused.status == 422 and "give it its number, then print it" in refused.flashes
    assert office.head.get(f"/admin/issued_paper/draft/?{office.treaty}").status == 200
    db.session.execute(
        update(type(office.agreement)).values(number="7-أ ع م-2026"), execution_options={"vouched_by": "a test"}
    )
    db.session.commit()
    assert office.head.issue(office.treaty).status == 302
    assert papers()[0].number == "7-أ ع م-2026"


@pytest.mark.parametrize("damage", ["change", "delete"])
def test_an_issued_paper_is_never_edited_nor_deleted(office, damage):
    office.head.issue(office.receipt)
    paper = papers()[0]
    with pytest.raises(RuleError) as refusal:
        if damage == "change":
            paper.number = "2026-0009"
        else:
            db.session.delete(paper)
        db.session.flush()
    assert refusal.value.code == "issued_stays"


def test_the_check_names_a_paper_whose_bytes_are_not_those_that_were_issued(office, app):
    office.head.issue(office.receipt)
    assert run(app, "check").exit_code == 0
    damaged = update(IssuedPaper).values(content=papers()[0].content + b" ")
    db.session.execute(damaged, execution_options={"vouched_by": "a test"})
    db.session.commit()
    refused = run(app, "check")
    assert refused.exit_code == 1 and "2026-0001" in refused.stderr


def test_who_may_not_write_a_record_issues_none_of_its_papers(office, visit):
    for role, status in ((Role.auditor, 403), (Role.field_officer, 403), (Role.file_officer, 302)):
        visitor = visit(role)
        assert visitor.issue(office.receipt).status == status
    assert visit().get(f"/admin/issued_paper/file/?id={papers()[0].id}").status == 302


def test_a_sign_that_no_letter_shows_is_named_and_amazigh_is_printed(office):
    office.project.title_ar = "تشجير ⵜⴰⴼⵓⴽⵜ"
    db.session.commit()
    assert office.head.issue(office.receipt).status == 302
    assert set("ⵜⴰⴼⵓⴽ") <= set(text_of(papers()[0].content))
    for sign in ("🙂", "\ue000"):
        office.project.title_ar = f"تشجير {sign}"
        db.session.commit()
        refused = office.head.issue(office.receipt, reason="عنوان جديد")
        assert refused.status == 422 and f"“{sign}” cannot be printed" in refused.flashes
        draft = office.head.get(f"/admin/issued_paper/draft/?{office.receipt}")
        assert draft.status == 409 and draft.says("take this sign off")
    assert len(papers()) == 1


@pytest.mark.parametrize("wrong", ["document=nothing", "language=en", "of=99999", "of=x", "of=²"])
def test_a_paper_that_does_not_exist_is_not_found(office, wrong):
    name = wrong.partition("=")[0]
    kept = "&".join(part for part in office.receipt.split("&") if not part.startswith(f"{name}="))
    assert office.head.get(f"/admin/issued_paper/draft/?{kept}&{wrong}").status == 404


def test_papers_are_issued_from_the_terminal_by_the_same_rules(office, app, tmp_path):
    out = tmp_path / "receipt.pdf"
    done = run(app, "papers", "issue", "deposit_receipt", "2026-0001", "--out", str(out))
    assert done.exit_code == 0, done.stderr
    assert out.read_bytes() == papers()[0].content
    office.project.title_ar = "تشجير الحي"
    db.session.commit()
    refused = run(app, "papers", "issue", "deposit_receipt", "2026-0001", "--out", str(out))
    assert refused.exit_code == 1 and "its record has changed since" in refused.stderr
    words = ("papers", "issue", "deposit_receipt", "2026-0001", "--out", str(out), "--reason", "خطأ")
    assert run(app, *words).exit_code == 0
    assert [paper.revision for paper in papers()] == [1, 2]


# ---- letterhead, logo, who signs


def test_a_paper_has_the_letterhead_and_the_signatory_of_its_day(office):
    first, then = date(2022, 1, 1), date(2026, 11, 1)
    for since, until, name in ((first, date(2026, 10, 31), "حسن القديم"), (then, None, "خديجة الجديدة")):
        person = Signatory(quality=Quality.head_of_unit, name_ar=name, name_fr="Hassan", since=since, until=until)
        db.session.add(person)
    head = db.session.scalar(select(Letterhead).filter_by(kind="prefecture"))
    later = Letterhead(kind=head.kind, since=then, city_ar="أيت ملول", city_fr="Aït Melloul")
    later.lines_ar, later.lines_fr = "المملكة المغربية\nقسم التشغيل", "Royaume du Maroc"
    db.session.add(later)
    db.session.flush()
    texts = {day: text_of(issued_on(office, day)) for day in (date(2026, 10, 5), TODAY)}
    before, after = texts.values()
    assert "حسن القديم" in before and "قسم العمل الاجتماعي" in before and "إنزكان بتاريخ 5" in before
    assert "خديجة الجديدة" in after and "قسم التشغيل" in after and "أيت ملول بتاريخ" in after


def issued_on(world, day):
    issuance = issue.Issuance(user_by_email("head_of_unit@example.ma"), day, now())
    with db.session.begin_nested() as point:
        content = issue.issue(PAPERS["deposit_receipt"], world.project, "ar", issuance).content
        point.rollback()
    return content


def test_the_logo_attached_to_the_letterhead_stands_on_its_papers(office):
    plain = issued_on(office, TODAY)
    db.session.commit()
    head = db.session.scalar(select(Letterhead).filter_by(kind="prefecture"))
    page = office.head.post(
        f"/admin/letterhead/attach/?id={head.id}", kind="logo", file=(io.BytesIO(a_png(90)), "logo.png")
    )
    assert page.status == 302
    with_logo = issued_on(office, TODAY)
    images = [len(list(PdfReader(io.BytesIO(pdf)).pages[0].images)) for pdf in (plain, with_logo)]
    assert images == [0, 1] and breaches(with_logo) == []


def test_a_letterhead_has_one_logo_and_it_is_a_picture(office):
    head = db.session.scalar(select(Letterhead).filter_by(kind="prefecture"))
    card = f"/admin/letterhead/details/?id={head.id}"
    assert office.head.get(card).says("Attach it here, as a picture in PNG or JPEG.")

    def attach(content, name):
        file = (io.BytesIO(content), name)
        answer = office.head.post(f"/admin/letterhead/attach/?id={head.id}", kind="logo", file=file)
        return answer if answer.status == 422 else office.head.get(card)

    assert attach(a_pdf(), "logo.pdf").says("“logo.pdf” is no picture")
    assert attach(a_png(90), "logo.png").says("“logo.png” is attached.")
    assert attach(a_png(10), "new.png").says("“logo.png” is the logo of this letterhead: take it off first.")
    scan = db.session.scalar(select(Attachment.id))
    office.head.post("/admin/letterhead/take_off/", id=head.id, scan=scan, reason="شعار جديد")
    assert attach(a_png(10), "new.png").says("“new.png” is attached.")


@pytest.mark.parametrize(
    "site, is_taken",
    [
        ("https://awrash.example.ma", True),
        ("http://192.168.1.20:8000", True),
        ("https://awrash.example.ma/a/", True),
        ("javascript:alert(1)", False),
        ("awrash.example.ma", False),
        ("https://a b", False),
        ('https://a.ma/"><b>', False),
    ],
)
def test_codes_are_verified_at_the_address_of_a_site(office, site, is_taken):
    head = db.session.scalar(select(Letterhead).filter_by(kind="council"))
    form = {name: getattr(head, name) for name in ("lines_ar", "lines_fr", "city_ar", "city_fr")}
    form |= {"kind": "council", "since": "01/01/2026", "version": str(head.version), "site": site}
    page = office.head.post(f"/admin/letterhead/edit/?id={head.id}", **form)
    assert page.status == (302 if is_taken else 422)
    assert is_taken or "is not the address of a site" in page.flashes


def test_what_is_refused_leads_to_its_record(office):
    page = office.head.act("worksite", "open", [office.site.id])
    assert page.soup.select_one(f".says.error a[href='/admin/worksite/details/?id={office.site.id}']")
