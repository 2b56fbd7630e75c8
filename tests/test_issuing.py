"""A paper that leaves the office is kept as it left: issued again it is the same, changed it is a new version."""

import io
import subprocess
import zipfile
from datetime import date

import pytest
from pypdf import PdfReader
from sqlalchemy import select, update

from awrash import bulk_papers, issuing, worker
from awrash import operations as do
from awrash import states as s
from awrash.accounts import Role, user_by_email
from awrash.attachments import Attachment
from awrash.audit import AuditLine
from awrash.database import db
from awrash.documents import DOCUMENTS
from awrash.issued import IssuedPaper, IssuedState
from awrash.language import now
from awrash.long_work import Work, WorkState
from awrash.models import Certificate, Contract, Edition, PaySlip
from awrash.rules import RuleError
from awrash.stationery import Letterhead, Quality, Signatory
from awrash.text import clean
from awrash.wordings import Wording, WordingState
from tests.conftest import TODAY
from tests.doors import run
from tests.test_attachments import a_pdf, a_png
from tests.test_papers import text_of
from tests.world import a_contract, a_participant, a_slip, publish_at, world


@pytest.fixture
def office(app, visit):
    """The world, kept, and its head of unit before the screens, in English."""
    w = world()
    db.session.commit()
    w.head = visit(Role.head_of_unit)
    w.head.post("/language/en")
    w.receipt = f"document=deposit_receipt&language=ar&of={w.project.id}"
    w.treaty = f"document=agreement&language=ar&of={w.agreement.id}"
    return w


def issue(w, paper, **more):
    return w.head.post(f"/admin/issued_paper/issue/?{paper}", **more)


def papers(**only):
    return list(db.session.scalars(select(IssuedPaper).filter_by(**only).order_by(IssuedPaper.id)))


def file_of(w, number):
    answer = w.head.get(f"/admin/issued_paper/file/?id={number}").response
    assert answer.mimetype == "application/pdf" and answer.headers["Cache-Control"] == "no-store"
    return answer.get_data()


def test_a_paper_is_looked_at_then_issued_and_kept_as_it_left(office):
    page = office.head.get(f"/admin/issued_paper/issue/?{office.receipt}")
    assert page.status == 200 and page.soup.select("img.page-seen") and page.says("kept as it is")
    issued = issue(office, office.receipt)
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
    issue(office, office.receipt)
    first = papers()[0]
    number, content = first.id, first.content
    issue(office, office.receipt)
    assert [one.id for one in papers()] == [number]
    assert papers()[0].content == content


def test_what_was_done_is_told_an_issue_a_new_version_or_nothing(office):
    card = f"/admin/project/details/?id={office.project.id}"
    issue(office, office.receipt)
    assert office.head.get(card).says("is issued under number 2026-0001.")
    issue(office, office.receipt)
    assert office.head.get(card).says("Nothing has changed")
    office.project.title_ar = "تشجير الحي"
    db.session.commit()
    issue(office, office.receipt, reason="خطأ في العنوان")
    assert office.head.get(card).says("Version 2 of")


def test_an_issued_paper_leads_to_its_record_and_letters_of_a_session_name_their_project(office):
    letter = f"document=approval_letter&language=ar&of={office.decision.id}"
    issue(office, letter)
    page = office.head.get(f"/admin/issued_paper/details/?id={papers()[0].id}")
    assert page.soup.select_one(f"main a[href='/admin/project/details/?id={office.project.id}#papers']")
    page = office.head.get(f"/admin/committee_session/details/?id={office.session.id}")
    named = [row.get_text() for row in page.soup.select("#papers tbody tr") if "Letter of approval" in row.get_text()]
    assert named and all("2026-0001" in one for one in named)
    own = office.head.get(f"/admin/project/details/?id={office.project.id}").soup.select("#papers tbody tr")
    assert not [row for row in own if row.select_one("td br + bdi.soft") and "Deposit receipt" in row.get_text()]


def test_who_signs_since_and_a_new_text_change_no_paper_that_was_issued(office):
    issue(office, office.treaty)
    first = papers()[0].content
    day = date(2026, 12, 1)
    person = Signatory(quality=Quality.council_president, name_ar="خديجة الجديدة", name_fr="Khadija", since=day)
    db.session.add(person)
    db.session.commit()
    office.head.act("wording", "copy", [a_text().id])
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    body = "تنجز {اسم الهيئة} مشروعها."
    office.head.post(f"/admin/wording/edit/?id={draft.id}", **article_form(draft, articles__0__body=body))
    office.head.act("wording", "use", [draft.id])
    asked = issuing.Issue(user_by_email("head_of_unit@example.ma"), day, now())
    again = issuing.issue(DOCUMENTS["agreement"], office.agreement, "ar", asked)
    assert again.content == first and len(papers(document="agreement")) == 1


def test_a_record_that_changed_asks_why_and_its_new_version_names_the_old(office):
    issue(office, office.receipt)
    office.project.title_ar = "تشجير الحي"
    db.session.commit()
    refused = issue(office, office.receipt)
    assert refused.status == 422 and "its record has changed since" in refused.flashes
    assert len(papers()) == 1
    assert issue(office, office.receipt, reason="خطأ في العنوان").status == 302
    old, new = papers()
    assert (old.state, new.state) == (IssuedState.replaced, IssuedState.issued)
    assert (new.number, new.revision, new.replaces_id, new.reason) == (old.number, 2, old.id, "خطأ في العنوان")
    assert "تشجير الحي" in text_of(new.content) and "تعوض النسخة 1" in text_of(new.content)
    assert "تشجير الحي" not in text_of(file_of(office, old.id))


def test_a_draft_says_so_across_the_page_and_is_not_kept(office):
    draft = office.head.get(f"/admin/issued_paper/draft/?{office.receipt}").response.get_data()
    issue(office, office.receipt)
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
    office.agreement.state = s.AgreementState.drafted
    db.session.rollback()
    undone = update(type(office.agreement)).values(number=None)
    db.session.execute(undone, execution_options={"vouched_by": "a test"})
    db.session.commit()
    refused = issue(office, office.treaty)
    assert refused.status == 422 and "give it its number, then print it" in refused.flashes
    assert office.head.get(f"/admin/issued_paper/draft/?{office.treaty}").status == 200
    db.session.execute(
        update(type(office.agreement)).values(number="7-أ ع م-2026"), execution_options={"vouched_by": "a test"}
    )
    db.session.commit()
    assert issue(office, office.treaty).status == 302
    assert papers()[0].number == "7-أ ع م-2026"


@pytest.mark.parametrize("damage", ["change", "delete"])
def test_an_issued_paper_is_never_edited_nor_deleted(office, damage):
    issue(office, office.receipt)
    paper = papers()[0]
    with pytest.raises(RuleError) as refusal:
        if damage == "change":
            paper.number = "2026-0009"
        else:
            db.session.delete(paper)
        db.session.flush()
    assert refusal.value.code == "issued_stays"


def test_the_check_names_a_paper_whose_bytes_are_not_those_that_were_issued(office, app):
    issue(office, office.receipt)
    assert run(app, "check").exit_code == 0
    damaged = update(IssuedPaper).values(content=papers()[0].content + b" ")
    db.session.execute(damaged, execution_options={"vouched_by": "a test"})
    db.session.commit()
    refused = run(app, "check")
    assert refused.exit_code == 1 and "2026-0001" in refused.stderr


def test_who_may_not_write_a_record_issues_none_of_its_papers(office, visit):
    for role, status in ((Role.auditor, 403), (Role.field_officer, 403), (Role.file_officer, 302)):
        visitor = visit(role)
        assert visitor.post(f"/admin/issued_paper/issue/?{office.receipt}").status == status
    assert visit().get(f"/admin/issued_paper/file/?id={papers()[0].id}").status == 302


def test_a_sign_that_no_letter_shows_is_named_and_amazigh_is_printed(office):
    office.project.title_ar = "تشجير ⵜⴰⴼⵓⴽⵜ"
    db.session.commit()
    assert issue(office, office.receipt).status == 302
    assert set("ⵜⴰⴼⵓⴽ") <= set(text_of(papers()[0].content))
    for sign in ("🙂", "\ue000"):
        office.project.title_ar = f"تشجير {sign}"
        db.session.commit()
        refused = issue(office, office.receipt, reason="عنوان جديد")
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
    assert [one.revision for one in papers()] == [1, 2]


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
    said = {day: text_of(issued_on(office, day)) for day in (date(2026, 10, 5), TODAY)}
    before, after = said.values()
    assert "حسن القديم" in before and "قسم العمل الاجتماعي" in before and "إنزكان بتاريخ 5" in before
    assert "خديجة الجديدة" in after and "قسم التشغيل" in after and "أيت ملول بتاريخ" in after


def issued_on(w, day):
    asked = issuing.Issue(user_by_email("head_of_unit@example.ma"), day, now())
    with db.session.begin_nested() as point:
        content = issuing.issue(DOCUMENTS["deposit_receipt"], w.project, "ar", asked).content
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
    images = [len(list(PdfReader(io.BytesIO(one)).pages[0].images)) for one in (plain, with_logo)]
    assert images == [0, 1]


def test_a_letterhead_has_one_logo_and_it_is_a_picture(office):
    head = db.session.scalar(select(Letterhead).filter_by(kind="prefecture"))
    card = f"/admin/letterhead/details/?id={head.id}"
    assert office.head.get(card).says("Attach it here, as a picture in PNG or JPEG.")

    def attach(content, name):
        file = (io.BytesIO(content), name)
        office.head.post(f"/admin/letterhead/attach/?id={head.id}", kind="logo", file=file)
        return office.head.get(card)

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


# ---- the office's own texts


def test_what_happens_to_a_text_is_told_before_and_the_draft_is_one_press_away(office):
    text = a_text()
    before = office.head.post("/admin/wording/action/", action="copy", rowid=[str(text.id)])
    assert before.says("The text in use stays in use until the draft is put in its place.")
    done = office.head.act("wording", "copy", [text.id])
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    assert done.soup.select_one(f"main a.btn-primary[href='/admin/wording/details/?id={draft.id}']")
    before = office.head.post("/admin/wording/action/", action="use", rowid=[str(draft.id)])
    assert before.says("Papers already issued keep what they said.")
    form = office.head.get(f"/admin/wording/edit/?id={draft.id}")
    assert [one.get_text() for one in form.soup.select("aside .history li") if "head_of_unit" in one.get_text()]
    assert form.soup.select("aside [data-word]")


def test_a_text_begun_anew_shows_the_words_of_the_paper_that_was_chosen(office):
    assert not office.head.get("/admin/wording/new/").soup.select("[data-word]")
    refused = office.head.post("/admin/wording/new/", document="agreement", language="ar")
    assert refused.status == 422
    known = [one["data-word"] for one in refused.soup.select("aside [data-word]")]
    assert known == [f"{{{word}}}" for word in DOCUMENTS["agreement"].words["ar"]]


def test_what_is_refused_leads_to_its_record(office):
    page = office.head.act("worksite", "open", [office.site.id])
    assert page.soup.select_one(f".says.error a[href='/admin/worksite/details/?id={office.site.id}']")


def a_text(document="agreement"):
    return db.session.scalar(select(Wording).filter_by(document=document, state=WordingState.in_use))


def article_form(text, **changed):
    """What the browser sends of a text's form, some of it changed."""
    form = {"document": text.document.value, "language": text.language.value, "version": str(text.version)}
    for place, one in enumerate(text.articles):
        line = {"line_id": str(one.id), "position": str(one.position), "title": one.title or "", "body": one.body}
        form |= {f"articles-{place}-{name}": value for name, value in line.items()}
    return form | {name.replace("__", "-"): value for name, value in changed.items()}


def test_a_text_is_rewritten_looked_at_and_put_in_use_without_touching_what_was_issued(office):
    issue(office, office.treaty)
    issued = papers()[0].content
    text = a_text()
    done = office.head.act("wording", "copy", [text.id])
    assert done.says("Version 2 is a draft")
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    page = office.head.get(f"/admin/wording/edit/?id={draft.id}")
    assert {one["data-word"] for one in page.soup.select("[data-word]")} >= {"{اسم الهيئة}", "{قيمة المشروع بالحروف}"}
    body = "يشهد المجلس أن {اسم الهيئة} تنجز «{عنوان المشروع}» في حدود 112-14."
    saved = office.head.post(f"/admin/wording/edit/?id={draft.id}", **article_form(draft, articles__0__body=body))
    assert saved.status == 302, saved.flashes
    page = office.head.get(f"/admin/wording/details/?id={draft.id}")
    assert page.soup.select("img.page-seen")
    office.head.act("wording", "use", [draft.id])
    db.session.expire_all()
    assert (text.state, draft.state) == (WordingState.replaced, WordingState.in_use)
    issue(office, office.treaty, reason="نص جديد للمادة الأولى")
    old, new = papers(document="agreement")
    assert "112-14" in text_of(new.content) and "تنجز" in text_of(new.content) and old.content == issued
    assert (old.wording.number, new.wording.number) == (1, 2)


def test_a_text_in_use_never_changes(office):
    text = a_text()
    refused = office.head.post(f"/admin/wording/edit/?id={text.id}", **article_form(text, articles__0__body="غير ذلك"))
    assert refused.status == 422 and "write a new version of it" in refused.flashes
    db.session.expire_all()
    assert a_text().articles[0].body != "غير ذلك"


def test_a_text_in_use_opens_no_form_but_says_to_write_a_new_version(office):
    text = a_text()
    card, form = f"/admin/wording/details/?id={text.id}", f"/admin/wording/edit/?id={text.id}"
    assert not office.head.get(card).soup.select(f"a[href='{form}'], form[action='/admin/wording/delete/']")
    sent_back = office.head.get(form)
    assert (sent_back.status, sent_back.response.location) == (302, card)
    assert "write a new version of it" in office.head.get(card).flashes
    office.head.act("wording", "copy", [text.id])
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    card, form = f"/admin/wording/details/?id={draft.id}", f"/admin/wording/edit/?id={draft.id}"
    assert office.head.get(card).soup.select_one(f"a[href='{form}']") and office.head.get(form).status == 200


def test_a_word_that_stands_for_nothing_is_refused_and_what_was_typed_stays(office):
    text = a_text()
    office.head.act("wording", "copy", [text.id])
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    for body, said in (("أجر {رقم البطاقة}", "رقم البطاقة"), ("قوس { مفتوح", "…")):
        refused = office.head.post(f"/admin/wording/edit/?id={draft.id}", **article_form(draft, articles__1__body=body))
        assert refused.status == 422 and said in refused.flashes
        assert refused.soup.select_one("textarea[name='articles-1-body']").get_text().strip() == body


@pytest.mark.parametrize("role, is_shown", [(Role.complaints_officer, True), (Role.field_officer, False)])
def test_a_text_is_not_shown_on_a_record_that_the_role_may_not_open(office, visit, role, is_shown):
    office.complaint.answer, office.complaint.answered_on = "سيؤدى الأجر", TODAY
    office.complaint.state = s.ComplaintState.answered
    db.session.commit()
    visitor = visit(role)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/wording/details/?id={a_text('complaint_answer').id}")
    assert bool(page.soup.select("img.page-seen")) == is_shown
    assert page.says("There is no record that you may open") != is_shown


# ---- in bulk


@pytest.fixture
def completed(office):
    """The worksite completed: one person has earned the certificate, another has not."""
    w = office
    w.contract.planned_ends_on = date(2026, 5, 31)
    other = a_contract(a_participant("J100002"), w.site, "K-2")
    other.participant.rib = "350810000000000123456826"
    db.session.add(other)
    db.session.flush()
    do.complete_worksite(w.site, date(2026, 7, 31), "نهاية الورش")
    db.session.commit()
    return w


@pytest.mark.parametrize("form", ["pdf", "zip"])
def test_the_certificates_of_a_worksite_come_out_together_and_who_has_none_is_named(completed, form):
    w = completed
    address = f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}"
    page = w.head.get(address)
    assert page.says("Issue 2 papers")
    page = w.head.post(address, form=form, language="ar")
    assert page.status == 302
    work = db.session.scalar(select(Work))
    assert (work.state, work.done, work.total) == (WorkState.done, 2, 2)
    page = w.head.get(f"/admin/work/details/?id={work.id}")
    assert page.says("One paper was not issued") and page.says("K-2")
    content = w.head.get(f"/admin/work/file/?id={work.id}").response.get_data()
    paper = papers(document="certificate")[0]
    if form == "pdf":
        assert len(PdfReader(io.BytesIO(content)).pages) == 1
        assert text_of(content) == text_of(paper.content)
    else:
        bundle = zipfile.ZipFile(io.BytesIO(content))
        assert [one.filename for one in bundle.infolist()] == [bulk_papers.file_name(paper)]
        assert bundle.read(bundle.namelist()[0]) == paper.content
    told = w.head.get(f"/admin/work/progress/?id={work.id}").response.get_json()
    assert told == {"done": 2, "state": "done", "said": "2 of 2"}


def test_a_name_left_out_leads_to_its_record_and_a_work_to_what_it_is_about(completed):
    w = completed
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="zip", language="ar")
    page = w.head.get(f"/admin/work/details/?id={db.session.scalar(select(Work.id))}")
    other = db.session.scalar(select(Contract.id).filter_by(number="K-2"))
    assert page.soup.select_one(f"a[href='/admin/contract/details/?id={other}#papers']")
    assert page.soup.select_one(f"a[href='/admin/worksite/details/?id={w.site.id}#papers']")
    assert page.says("One paper is issued, or kept as it was issued.") and page.says("One paper was not issued")
    assert [one.get_text() for one in page.soup.select(".history li") if "Changed" in one.get_text()] == []


@pytest.mark.parametrize("outcome", s.Outcome)
def test_the_letters_of_a_session_come_out_in_bulk_by_what_was_decided(office, outcome):
    w = office
    changed = update(type(w.decision)).values(outcome=outcome, reason="التمويل")
    db.session.execute(changed, execution_options={"vouched_by": "a test"})
    db.session.commit()
    for one in s.Outcome:
        page = w.head.get(f"/admin/work/ask/?of=committee_session&set={one.value}_letters&id={w.session.id}")
        assert page.says("Issue one paper" if one == outcome else "There is nothing to issue here")
    address = f"/admin/work/ask/?of=committee_session&set={outcome.value}_letters&id={w.session.id}"
    w.head.post(address, form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert (work.state, work.refused, len(work.made)) == (WorkState.done, [], 1)


def test_files_in_a_zip_and_the_zip_itself_are_named_for_a_person(completed):
    w = completed
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="zip", language="ar")
    work = db.session.scalar(select(Work))
    bundle = zipfile.ZipFile(io.BytesIO(w.head.get(f"/admin/work/file/?id={work.id}").response.get_data()))
    assert bundle.namelist() == ["C-2026-00001 أمينة أكنوز.pdf"]
    assert work.file_name == "Certificates of who completed · W-1 · Chantier.zip"


def test_in_bulk_a_reason_makes_new_versions_of_what_has_changed_and_of_nothing_else(office):
    w = office
    w.contract.worksite.state = s.WorksiteState.open
    second = a_contract(a_participant("J100002"), w.site, "K-2")
    second.participant.rib = "350810000000000123456826"
    db.session.add(second)
    db.session.commit()
    address = f"/admin/work/ask/?of=worksite&set=contracts&id={w.site.id}"
    w.head.post(address, form="zip", language="ar")
    second.job = "بستانية"
    db.session.add(Signatory(quality=Quality.governor, name_ar="عمر", name_fr="Omar", since=date(2026, 1, 1)))
    db.session.commit()
    w.head.post(address, form="zip", language="ar")
    work = db.session.scalars(select(Work).order_by(Work.id.desc())).first()
    assert [(name[:3], number) for name, _why, number in work.refused] == [("K-2", second.id)]
    assert w.head.get(f"/admin/work/details/?id={work.id}").says("give the reason")
    w.head.post(address, form="zip", language="ar", reason="تغيير العمل")
    work = db.session.scalars(select(Work).order_by(Work.id.desc())).first()
    assert (work.refused, len(work.made)) == ([], 2)
    told = [(one.record_id, one.revision, one.reason) for one in papers(document="work_contract")]
    assert told == [(w.contract.id, 1, None), (second.id, 1, None), (second.id, 2, "تغيير العمل")]


def test_what_was_deleted_since_it_was_asked_for_is_named(office, monkeypatch):
    w = office
    monkeypatch.setattr(worker, "enqueue", lambda number: None)
    extra = a_contract(a_participant("J100002"), w.site, "K-2")
    extra.participant.rib, extra.state = "350810000000000123456826", s.ContractState.prepared
    db.session.add(extra)
    db.session.commit()
    w.head.post(f"/admin/work/ask/?of=worksite&set=information&id={w.site.id}", form="zip", language="ar")
    db.session.delete(extra)
    db.session.commit()
    worker.carry(db.session.scalar(select(Work.id)))
    work = db.session.scalar(select(Work))
    assert len(work.made) == 1
    assert [why for _name, why, _number in work.refused] == ["It was deleted after this was asked for."]


@pytest.mark.parametrize(
    "of, name, said",
    [
        ("worksite", "certificates", "One contract has not ended"),
        ("edition", "certificates", "One contract has not ended"),
        ("payroll_run", "slips", "One wage is stopped"),
        ("committee_session", "agreements", "One approved project has no agreement yet"),
    ],
)
def test_before_issuing_in_bulk_what_has_no_paper_yet_is_told(office, of, name, said):
    w = office
    slip = a_slip(w)
    db.session.add(slip)
    db.session.flush()
    w.run = slip.run
    record = {"worksite": w.site, "edition": w.edition, "payroll_run": w.run, "committee_session": w.session}[of]
    address = f"/admin/work/ask/?of={of}&set={name}&id={record.id}"
    for kind, change in (
        (PaySlip, {"blocked_by": "no_account"}),
        (type(w.agreement), {"state": s.AgreementState.terminated}),
    ):
        db.session.execute(update(kind).values(**change), execution_options={"vouched_by": "a test"})
    db.session.commit()
    assert w.head.get(address).says(said)


def test_the_certificates_of_an_edition_are_those_of_its_own_worksites(completed):
    w = completed
    after = Edition(year=2027, quota_person_months=60, starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    db.session.add(after)
    db.session.commit()
    asked = "/admin/work/ask/?of=edition&set=certificates&id="
    assert w.head.get(f"{asked}{w.edition.id}").says("Issue 2 papers")
    assert w.head.get(f"{asked}{after.id}").says("There is nothing to issue here")


@pytest.mark.parametrize("name, of", [("agreements", "committee_session"), ("contracts", "worksite")])
def test_what_is_printed_in_bulk_reads_sign_for_sign_as_each_paper_issued(office, name, of):
    w = office
    record = {"committee_session": w.session, "worksite": w.site}[of]
    w.head.post(f"/admin/work/ask/?of={of}&set={name}&id={record.id}", form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert (work.state, work.fault, work.refused) == (WorkState.done, None, [])
    content = w.head.get(f"/admin/work/file/?id={work.id}").response.get_data()
    each = [db.session.get(IssuedPaper, one).content for one in work.made]
    assert each and signs_of(content) == "".join(signs_of(one) for one in each)


def signs_of(content):
    """The text of a PDF in the order in which it stands on its pages, which marks of direction decide."""
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_papers_of_two_days_printed_together_keep_each_its_day_and_its_letterhead(completed):
    made = []
    for day, number in ((date(2026, 11, 3), "K-1"), (date(2026, 11, 20), "K-2")):
        head = user_by_email("head_of_unit@example.ma")
        asked = issuing.Issue(head, day, now())
        contract = db.session.scalar(select(Contract).filter_by(number=number))
        made.append(issuing.issue(DOCUMENTS["work_contract"], contract, "fr", asked))
        if not made[1:]:
            old = db.session.scalar(select(Letterhead).filter_by(kind=DOCUMENTS["work_contract"].head))
            then = Letterhead(kind=old.kind, since=date(2026, 11, 10), city_ar="أيت ملول", city_fr="Aït Melloul")
            then.lines_ar, then.lines_fr = "عمالة جديدة", "Préfecture nouvelle"
            db.session.add(then)
            db.session.commit()
    together = text_of(issuing.together([one.id for one in made]))
    assert together == "".join(text_of(one.content) for one in made)
    assert together.count("3 novembre 2026") and together.count("20 novembre 2026")
    assert together.count("Préfecture nouvelle") == text_of(made[1].content).count("Préfecture nouvelle") > 0


def test_papers_whose_text_was_kept_in_part_are_not_printed_together(completed):
    w = completed
    address = f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}"
    w.head.post(address, form="zip", language="ar")
    paper = papers(document="certificate")[0]
    cut = update(IssuedPaper).values(told=clean(paper.told))  # as papers were kept before 2026-11-26
    db.session.execute(cut, execution_options={"vouched_by": "a test"})
    db.session.commit()
    w.head.post(address, form="pdf", language="ar")
    failed = db.session.scalar(select(Work).filter_by(state=WorkState.failed))
    assert paper.number in failed.fault and "ask for a ZIP" in failed.fault
    w.head.post(address, form="zip", language="ar")
    assert db.session.scalars(select(Work.state).order_by(Work.id.desc())).first() == WorkState.done


def test_nobody_else_reads_the_file_of_ones_work(completed, visit):
    w = completed
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="pdf", language="ar")
    number = db.session.scalar(select(Work.id))
    assert visit(Role.payroll_officer).get(f"/admin/work/file/?id={number}").status == 404
    assert (
        visit(Role.field_officer).get(f"/admin/work/ask/?of=edition&set=certificates&id={w.edition.id}").status == 403
    )


def test_a_fault_ends_the_work_says_so_and_keeps_what_was_issued(completed, monkeypatch):
    w = completed
    monkeypatch.setattr(bulk_papers, "brought_together", lambda work: 1 // 0)
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="pdf", language="ar")
    work = db.session.scalar(select(Work))
    assert work.state == WorkState.failed and "kept" in work.fault
    assert len(papers(document="certificate")) == 1
    assert w.head.get(f"/admin/work/details/?id={work.id}").says("ask again")
    assert w.head.get(f"/admin/work/file/?id={work.id}").status == 404


def test_work_that_a_stopped_server_left_half_done_says_so(completed, visit):
    w = completed
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="pdf", language="ar")
    done = db.session.scalar(select(Work))
    left = Work(kind=done.kind, about=done.about, asked=done.asked, total=2, refused=[], made=[], asked_at=now())
    left.asked_by, left.state = done.asked_by, WorkState.running
    db.session.add(left)
    db.session.commit()
    number, other = left.id, done.id
    worker.tell_interrupted()
    page = w.head.get(f"/admin/work/details/?id={number}")
    assert page.says("The server stopped meanwhile") and page.says("ask again")
    assert db.session.get(Work, other).state == WorkState.done


def test_a_revoked_certificate_is_not_made_valid_again_in_passing(completed, app, tmp_path):
    w = completed
    w.head.act("contract", "issue_certificate", [w.contract.id])
    first = db.session.scalar(select(Certificate))
    w.head.act("certificate", "revoke", [first.id], reason="حصل عليها غيره")
    said = f"Certificate {first.serial} was revoked"
    assert said in w.head.act("contract", "issue_certificate", [w.contract.id]).flashes
    w.head.post(f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}", form="zip", language="ar")
    assert any(said in why for _name, why, _number in db.session.scalar(select(Work)).refused)
    command = run(app, "certificates", "issue", "--worksite", "W-1", "--out", str(tmp_path / "all.pdf"))
    assert said in command.stderr
    assert w.head.act("certificate", "replace", [first.id], reason="").status == 422
    w.head.act("certificate", "replace", [first.id], reason="تبين الخطأ في السحب")
    db.session.expire_all()
    old, new = db.session.scalars(select(Certificate).order_by(Certificate.id))
    assert (old.state, new.state, new.replaces_id) == ("revoked", "issued", old.id)
    told = db.session.scalar(select(AuditLine).filter_by(record="certificate", record_id=new.id))
    assert told.why == "تبين الخطأ في السحب"


def test_a_new_version_of_a_certificate_and_of_a_sheet_of_information_names_the_one_before(completed):
    w = completed
    w.head.act("contract", "issue_certificate", [w.contract.id])
    ways = {"certificate": db.session.scalar(select(Certificate.id)), "information_sheet": w.contract.id}
    for name, number in ways.items():
        issue(w, f"document={name}&language=ar&of={number}")
    w.site.name_ar = "ورش آخر"
    db.session.commit()
    for name, number in ways.items():
        assert issue(w, f"document={name}&language=ar&of={number}", reason="خطأ").status == 302
        assert "تعوض" in text_of(papers(document=name)[1].content)


def test_before_a_code_leads_nowhere_the_office_is_told(completed, app, tmp_path):
    w = completed
    w.head.act("contract", "issue_certificate", [w.contract.id])
    address = (
        f"/admin/issued_paper/issue/?document=certificate&language=ar&of={db.session.scalar(select(Certificate.id))}"
    )
    bulk = f"/admin/work/ask/?of=worksite&set=certificates&id={w.site.id}"
    out = ("certificates", "issue", "--worksite", "W-1", "--out", str(tmp_path / "all.pdf"))
    publish_at(None)
    db.session.commit()
    said = "No public address is written in the letterhead"
    assert w.head.get(address).says(said) and w.head.get(bulk).says(said)
    assert w.head.post(address).status == w.head.post(bulk, form="pdf", language="ar").status == 422
    assert said in run(app, *out).output and not papers()
    publish_at("https://awrash.example.ma/")
    db.session.commit()
    assert not w.head.get(address).says(said) and not w.head.get(bulk).says(said)
    run(app, *out)
    told = db.session.scalar(select(IssuedPaper.told))
    assert "https://awrash.example.ma/verify/" in told


def test_a_certificate_with_a_fault_is_replaced_and_both_say_so(completed, visit):
    w = completed
    w.head.act("contract", "issue_certificate", [w.contract.id])
    first = db.session.scalar(select(Certificate))
    w.person.given_name_ar = "آمنة"
    db.session.commit()
    refused = w.head.act("certificate", "replace", [first.id], reason="")
    assert refused.status == 422
    done = w.head.act("certificate", "replace", [first.id], reason="خطأ في الاسم")
    old, new = db.session.scalars(select(Certificate).order_by(Certificate.id))
    assert done.says(new.serial) and new.replaces_id == old.id and new.name_ar.startswith("آمنة")
    assert (old.state, new.state) == (s.CertificateState.replaced, s.CertificateState.issued)
    issue(w, f"document=certificate&language=ar&of={new.id}")
    assert old.serial in text_of(papers(document="certificate")[0].content)
    refused = issue(w, f"document=certificate&language=ar&of={old.id}")
    assert refused.status == 422 and "print the one that stands" in refused.flashes
    nobody = visit()
    nobody.get("/verify/")
    nobody.post("/language/en", next="/verify/")
    assert "replaced" in nobody.get(f"/verify/{old.code}").soup.select_one("[role=status]").get_text()
    assert "valid" in nobody.get(f"/verify/{new.code}").soup.select_one("[role=status]").get_text()
