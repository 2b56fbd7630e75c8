"""Papers from the call to the committee's decision: when they can be issued, and what they say then."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select, update

from awrash.database.session import db
from awrash.models import (
    Call,
    CommitteeSession,
    Criterion,
    Decision,
    Officer,
    RequiredDocument,
    SessionAttendance,
    SpecificationVersion,
)
from awrash.operations import agreements, selection
from awrash.papers import catalogue
from awrash.papers.catalogue import PAPERS
from awrash.records.accounts import Role
from awrash.records.issued_papers import IssuedPaper
from awrash.values.states import OfficerRole, Outcome
from tests.conftest import TODAY
from tests.doors import Page, Visitor, run
from tests.paper_world import a_decision, plant_committee, waits
from tests.world import GRID, a_world, as_draft

ON = date(2026, 8, 3)
LETTERS = {
    Outcome.approved: "approval_letter",
    Outcome.deferred: "deferral_letter",
    Outcome.refused: "refusal_letter",
}


@pytest.fixture
def world(app):
    made = a_world()
    plant_committee(made, long=False)
    made.planned.held_on = TODAY
    db.session.commit()
    return made


@pytest.fixture
def office(visit, world):
    head = visit(Role.head_of_unit)
    head.post("/language/en", next="/admin/")
    return head


def issue(visitor: Visitor, paper: str, record) -> Page:
    """Look at the paper, then press the button, as a person does."""
    address = f"/admin/issued_paper/issue/?document={paper}&language=ar&of={record.id}"
    visitor.get(address)
    return visitor.post(address)


def card_of(visitor: Visitor, record) -> Page:
    return visitor.get(f"/admin/{record.__tablename__}/details/?id={record.id}")


def facts_of(paper: str, record, language: str = "ar"):
    """What a paper says of its record on a day, without the marks that nobody sees."""
    return plain(catalogue.draft_data(PAPERS[paper], record, language, ON)["papers"][0])


def plain(facts):
    if isinstance(facts, dict):
        return {name: plain(value) for name, value in facts.items()}
    return [plain(item) for item in facts] if isinstance(facts, list) else re.sub("[\u2066-\u2069]", "", facts)


def kept(paper: str) -> int:
    return db.session.scalar(select(func.count(IssuedPaper.id)).filter_by(document=paper))


def refused(page: Page, paper: str, sentence: str) -> bool:
    return page.status == 422 and page.says(sentence) and kept(paper) == 0


# ---- what must hold before a paper is issued


def test_a_call_goes_out_once_its_specifications_are_published(office, world):
    call = Call(number="2/2026", edition=world.edition, title_ar="طلب", title_fr="Appel", closes_on=date(2026, 4, 30))
    call.opens_on, call.specifications = date(2026, 4, 1), [SpecificationVersion(number=1, body_ar="دفتر")]
    call.criteria = [Criterion(kind=kind, name_ar=kind, name_fr=kind, weight=25) for kind in GRID]
    db.session.add(call)
    db.session.commit()
    page = issue(office, "call_specifications", call)
    assert refused(page, "call_specifications", "Call 2/2026 has no published specifications")
    selection.publish_call(call, date(2026, 3, 30))
    db.session.commit()
    assert issue(office, "call_specifications", call).status == 302 and kept("call_specifications") == 1


def test_a_scoring_sheet_is_issued_for_a_complete_file(office, world):
    page = issue(office, "scoring_sheet", world.incomplete)
    assert refused(page, "scoring_sheet", "the scoring sheet is issued when its file is complete")
    selection.receive_documents(world.incomplete, ON)
    selection.complete_project(world.incomplete)
    db.session.commit()
    assert issue(office, "scoring_sheet", world.incomplete).status == 302


def test_a_convocation_goes_to_members_by_name(office, world):
    for member in world.planned.attendance:
        db.session.delete(member)
    db.session.commit()
    page = issue(office, "convocation", world.planned)
    assert refused(page, "convocation", "No member is named for the session of")
    db.session.add(SessionAttendance(session=world.planned, member="ممثلة أنابيك"))
    db.session.commit()
    assert issue(office, "convocation", world.planned).status == 302


def test_a_convocation_says_at_what_hour_and_where(office, world):
    world.planned.opens_at = None
    db.session.commit()
    page = issue(office, "convocation", world.planned)
    assert refused(page, "convocation", "has no hour yet: write at which it opens, then issue its convocation.")
    world.planned.opens_at, world.planned.place = "9h30", "قاعة الاجتماعات بالدشيرة"
    db.session.commit()
    assert issue(office, "convocation", world.planned).status == 302
    assert "على الساعة 09:30 في قاعة الاجتماعات بالدشيرة" in lines_of("convocation", world.planned)


@pytest.mark.parametrize("paper", ["convocation", "agenda"])
def test_members_are_called_and_told_the_agenda_before_the_session_sits(office, world, app, tmp_path, paper):
    world.planned.held_on = TODAY - timedelta(days=1)
    db.session.commit()
    refusal = "is past: members are called, and told its agenda, before it sits."
    assert refused(issue(office, paper, world.planned), paper, refusal)
    command = ("papers", "issue", paper, f"#{world.planned.id}", "--out", str(tmp_path / "out.pdf"))
    assert refusal in run(app, *command).output and not kept(paper)
    db.session.get(CommitteeSession, world.planned.id).held_on = TODAY
    db.session.commit()
    assert "1 issued, 0 refused" in run(app, *command).output and kept(paper) == 1


def test_an_agenda_is_no_longer_made_of_a_session_that_has_sat(office, world):
    selection.hold_session(world.planned)
    db.session.commit()
    assert refused(issue(office, "agenda", world.planned), "agenda", "is past")


def test_a_terminated_agreement_is_not_printed_to_be_signed(office, world):
    agreements.terminate_agreement(world.agreement, date(2026, 6, 1), "إخلال بالالتزامات")
    db.session.commit()
    page = issue(office, "agreement", world.agreement)
    assert refused(page, "agreement", "prepare another one, which is printed to be signed.")


def test_a_session_without_a_place_sits_at_the_prefecture(office, world):
    assert "في مقر العمالة بمدينة إنزكان" in lines_of("convocation", world.planned)


def lines_of(paper: str, record) -> str:
    return " ".join(line for article in facts_of(paper, record)["articles"] for line in article["lines"])


def test_there_are_no_minutes_before_the_committee_has_sat(office, world):
    assert refused(issue(office, "minutes", world.planned), "minutes", "was not held yet")
    selection.hold_session(world.planned)
    db.session.commit()
    assert issue(office, "minutes", world.planned).status == 302


def test_an_agreement_says_who_signs_for_the_carrier(office, world):
    for officer in world.carrier.officers:
        db.session.delete(officer)
    db.session.commit()
    page = issue(office, "agreement", world.agreement)
    assert refused(page, "agreement", "has no president recorded: add who signs for it")
    db.session.add(Officer(carrier=world.carrier, role=OfficerRole.president, name_ar="رئيسة", name_fr="Présidente"))
    db.session.commit()
    assert issue(office, "agreement", world.agreement).status == 302


def test_an_external_service_that_is_a_party_stands_on_the_agreement_and_signs(office, world):
    with db.session.no_autoflush:
        world.agreement.service = "المديرية الإقليمية للفلاحة"
        of_three = facts_of("agreement", world.agreement)
        world.agreement.tripartite = True
        of_four = facts_of("agreement", world.agreement)
    assert of_three["signatures"][-1] == {"title": "المصلحة الخارجية", "name": "المديرية الإقليمية للفلاحة"}
    assert (of_three["service_third"], of_three["service_fourth"]) == (["المديرية الإقليمية للفلاحة"], [])
    assert [signature["title"] for signature in of_four["signatures"]][-2:] == ["الجماعة", "المصلحة الخارجية"]
    assert (of_four["service_third"], of_four["service_fourth"]) == ([], ["المديرية الإقليمية للفلاحة"])


# ---- which papers a record has


def test_a_letter_about_missing_documents_is_offered_while_some_are_missing(office, world):
    assert card_of(office, world.incomplete).says("Letter about missing documents")
    assert not card_of(office, world.project).says("Letter about missing documents")


def test_a_letter_that_was_issued_stays_on_the_page_when_nothing_is_missing_any_more(office, world):
    assert issue(office, "completeness_letter", world.incomplete).status == 302
    selection.receive_documents(world.incomplete, ON)
    selection.complete_project(world.incomplete)
    db.session.commit()
    card = card_of(office, world.incomplete).soup.select_one("#papers")
    assert "Letter about missing documents" in card.get_text() and "M-2026-0001" in card.get_text()
    assert not card.select('a[href*="document=completeness_letter"]')


@pytest.mark.parametrize("outcome", Outcome)
def test_each_decision_has_its_own_letter_and_no_other(world, outcome):
    decision = world.decision if outcome == Outcome.approved else a_decision(world, outcome, "لم تستوف الكلفة.")
    assert [paper.name for paper in catalogue.papers_of(decision)] == [LETTERS[outcome]]


# ---- what they say


def test_a_call_prints_the_version_in_force_on_the_day_and_its_grid_with_the_sum(world):
    world.call.specifications += [SpecificationVersion(number=2, body_ar="نسخة لاحقة", published_on=date(2026, 9, 1))]
    with as_draft(world.call):
        report = RequiredDocument(name_ar="التقرير المالي", name_fr="Rapport", is_required=False)
        world.call.required_documents += [report]
    db.session.commit()
    facts = facts_of("call_specifications", world.call)
    assert [text["arabic"] for text in facts["specifications"]] == [["دفتر"]] and facts["weights"] == "100"
    assert [document["is_required"] for document in facts["required_documents"]] == ["نعم", "لا"]


def test_a_call_in_french_prints_the_arabic_text_where_no_french_one_is_written(world):
    (text,) = facts_of("call_specifications", world.call, "fr")["specifications"]
    assert not text["french"] and text["arabic_only"] == [["دفتر"]]
    world.call.specifications += [SpecificationVersion(number=2, body_ar="نسخة", body_fr="Texte", published_on=ON)]
    db.session.commit()
    (text,) = facts_of("call_specifications", world.call, "fr")["specifications"]
    assert text["french"] == ["Texte"] and not text["arabic_only"]


def test_a_letter_lists_what_is_missing_and_nothing_else(world):
    with as_draft(world.call):
        optional = RequiredDocument(name_ar="اختيارية", name_fr="Facultative", is_required=False)
        world.call.required_documents += [optional]
    db.session.commit()
    lines = [
        line for article in facts_of("completeness_letter", world.incomplete)["articles"] for line in article["lines"]
    ]
    assert [line for line in lines if isinstance(line, list)] == [["القانون الأساسي"]]


def test_a_scoring_sheet_has_room_for_points_until_they_are_given(world):
    blank = facts_of("scoring_sheet", world.incomplete)["scoring"]
    assert not any(row["points"] or row["weighted"] for row in blank["rows"]) and not blank["scores"]
    assert "—" not in str(blank)
    world.project.scores[0].points = 100
    db.session.commit()
    scored = facts_of("scoring_sheet", world.project)["scoring"]
    assert [row["weighted"] for row in scored["rows"]] == [["2500"], ["2000"], ["2000"], ["2000"]]
    assert scored["sums"] == ["8500"] and scored["scores"] == ["85,00"]


def test_a_letter_says_the_reason_of_an_approval_and_of_a_refusal(world):
    assert f"عللت اللجنة قرارها بما يلي: {world.decision.reason}" in str(
        facts_of("approval_letter", world.decision)["articles"]
    )
    refusal = a_decision(world, Outcome.refused, "لم تستوف الكلفة.")
    letter = str(facts_of("refusal_letter", refusal)["articles"])
    assert "عللت اللجنة قرارها بما يلي: لم تستوف الكلفة." in letter and "التظلم من هذا القرار كتابة" in letter


def test_an_approval_without_a_reason_says_nothing_of_reasons(world):
    """One that was recorded before a reason was asked of approvals."""
    old = update(Decision).filter_by(id=world.decision.id).values(reason=None)
    db.session.execute(old, execution_options={"vouched_by": "a test"})
    assert "عللت" not in str(facts_of("approval_letter", world.decision)["articles"])


def test_an_agenda_lists_what_waits_the_best_score_first_and_what_the_quota_has_left(world):
    world.waiting[0].scores[0].points = 20
    selection.receive_documents(world.incomplete, ON)
    selection.complete_project(world.incomplete)
    selection.score_project(world.incomplete, dict.fromkeys(world.call.criteria, 90))
    db.session.commit()
    agenda = facts_of("agenda", world.planned)["agenda"]
    assert [row["reference"] for row in agenda["tables"][0]["rows"]] == ["2026-0102", "2026-0103"]
    assert agenda["tables"][0]["total"]["person_months"] == "60"
    assert agenda["quotas"] == [{"year": "2026", "quota": "60", "booked": "30", "left": "30"}]


def test_an_agenda_with_nothing_waiting_says_so(world):
    selection.open_edition(world.edition)
    selection.close_edition(world.edition)
    db.session.commit()
    agenda = facts_of("agenda", world.planned)["agenda"]
    assert not agenda["tables"] and agenda["nothing"] == ["لا يوجد أي مشروع في انتظار قرار اللجنة."]


def test_minutes_say_who_had_an_interest_and_did_not_vote(world):
    world.session.attendance += [SessionAttendance(member="ممثل الجماعة", interest_in=world.incomplete.carrier)]
    world.decision.voters = list(world.session.attendance)
    selection.defer_project(world.waiting[0], world.session, "تدقيق الكلفة.")
    db.session.commit()
    minutes = facts_of("minutes", world.session)["minutes"]
    assert minutes["apart"] == [
        [{"member": "ممثل الجماعة", "interests": ["جمعية R-9"], "projects": ["2026-0103"]}],
    ]
    approved, deferred = minutes["tables"][0]
    assert approved["voters"] == ["جميع الأعضاء الحاضرين"] and approved["reasons"] == [world.decision.reason]
    assert deferred["voters"] == ["ممثلة أنابيك"] and deferred["reasons"] == ["تدقيق الكلفة."]
    assert [total["person_months"] for total in minutes["totals"][0]] == ["30", "30"]


def test_the_papers_of_a_session_take_as_many_reads_for_one_project_as_for_many(app, world):
    papers = (("agenda", world.planned), ("convocation", world.planned), ("minutes", world.session))
    selection.defer_project(world.waiting[0], world.session, "تدقيق الكلفة.")
    add_waiting(world, range(10, 14))
    db.session.commit()
    few = [reads_of(*paper) for paper in papers]
    for project in add_waiting(world, range(20, 40)):
        selection.defer_project(project, world.session, "تدقيق الكلفة.")
    add_waiting(world, range(50, 60))
    db.session.commit()
    assert [reads_of(*paper) for paper in papers] == few


def add_waiting(world, numbers) -> list:
    with db.session.no_autoflush:
        made = [waits(world, world.incomplete.carrier, f"2026-{number:04d}", long=False) for number in numbers]
    db.session.add_all(made)
    db.session.flush()
    return made


def reads_of(paper: str, session: CommitteeSession) -> int:
    counted = []

    def count(*_words) -> None:
        counted.append(1)

    db.session.expire_all()
    event.listen(db.engine, "before_cursor_execute", count)
    facts_of(paper, session)
    event.remove(db.engine, "before_cursor_execute", count)
    return len(counted)
