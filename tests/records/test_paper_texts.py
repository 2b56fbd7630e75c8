"""The office's own texts: written by version, looked at before use, never changed once in use."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.papers import issue
from awrash.papers.catalogue import PAPERS
from awrash.records.accounts import Role, user_by_email
from awrash.records.letterheads import Quality, Signatory
from awrash.records.paper_texts import Wording, WordingState
from awrash.values.language import now
from awrash.values.states import ComplaintState
from tests.conftest import TODAY
from tests.papers.test_every_paper import text_of
from tests.world import papers


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
    assert [entry.get_text() for entry in form.soup.select("aside .history li") if "head_of_unit" in entry.get_text()]
    assert form.soup.select("aside [data-word]")


def test_a_text_begun_anew_shows_the_words_of_the_paper_that_was_chosen(office):
    assert not office.head.get("/admin/wording/new/").soup.select("[data-word]")
    refused = office.head.post("/admin/wording/new/", document="agreement", language="ar")
    assert refused.status == 422
    known = [word["data-word"] for word in refused.soup.select("aside [data-word]")]
    assert known == [f"{{{word}}}" for word in PAPERS["agreement"].words["ar"]]


def a_text(document="agreement"):
    return db.session.scalar(select(Wording).filter_by(document=document, state=WordingState.in_use))


def article_form(text, **changed):
    """What the browser sends of a text's form, some of it changed."""
    form = {"document": text.document.value, "language": text.language.value, "version": str(text.version)}
    for place, article in enumerate(text.articles):
        line = {
            "line_id": str(article.id),
            "position": str(article.position),
            "title": article.title or "",
            "body": article.body,
        }
        form |= {f"articles-{place}-{name}": value for name, value in line.items()}
    return form | {name.replace("__", "-"): value for name, value in changed.items()}


def test_a_text_is_rewritten_looked_at_and_put_in_use_without_touching_what_was_issued(office):
    office.head.issue(office.treaty)
    issued = papers()[0].content
    text = a_text()
    done = office.head.act("wording", "copy", [text.id])
    assert done.says("Version 2 is a draft")
    draft = db.session.scalar(select(Wording).filter_by(document="agreement", number=2))
    page = office.head.get(f"/admin/wording/edit/?id={draft.id}")
    assert {word["data-word"] for word in page.soup.select("[data-word]")} >= {"{اسم الهيئة}", "{قيمة المشروع بالحروف}"}
    body = "يشهد المجلس أن {اسم الهيئة} تنجز «{عنوان المشروع}» في حدود 112-14."
    saved = office.head.post(f"/admin/wording/edit/?id={draft.id}", **article_form(draft, articles__0__body=body))
    assert saved.status == 302, saved.flashes
    page = office.head.get(f"/admin/wording/details/?id={draft.id}")
    assert page.soup.select("img.page-seen")
    office.head.act("wording", "use", [draft.id])
    db.session.expire_all()
    assert (text.state, draft.state) == (WordingState.replaced, WordingState.in_use)
    office.head.issue(office.treaty, reason="نص جديد للمادة الأولى")
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
    for body, named in (("أجر {رقم البطاقة}", "رقم البطاقة"), ("قوس { مفتوح", "…")):
        refused = office.head.post(f"/admin/wording/edit/?id={draft.id}", **article_form(draft, articles__1__body=body))
        assert refused.status == 422 and named in refused.flashes
        assert refused.soup.select_one("textarea[name='articles-1-body']").get_text().strip() == body


@pytest.mark.parametrize("role, is_shown", [(Role.complaints_officer, True), (Role.field_officer, False)])
def test_a_text_is_not_shown_on_a_record_that_the_role_may_not_open(office, visit, role, is_shown):
    office.complaint.answer, office.complaint.answered_on = "سيؤدى الأجر", TODAY
    office.complaint.state = ComplaintState.answered
    db.session.commit()
    visitor = visit(role)
    visitor.post("/language/en")
    page = visitor.get(f"/admin/wording/details/?id={a_text('complaint_answer').id}")
    assert bool(page.soup.select("img.page-seen")) == is_shown
    assert page.says("There is no record that you may open") != is_shown


def test_who_signs_since_and_a_new_text_change_no_paper_that_was_issued(office):
    office.head.issue(office.treaty)
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
    occasion = issue.Issuance(user_by_email("head_of_unit@example.ma"), day, now())
    again = issue.issue(PAPERS["agreement"], office.agreement, "ar", occasion)
    assert again.content == first and len(papers(document="agreement")) == 1
