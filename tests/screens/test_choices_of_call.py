"""A project has the documents and the criteria of its own call, as a list to tick; no door takes those of another."""

from datetime import date

import pytest

from awrash.database.session import db
from awrash.models import DocumentReceived, Project, Score
from awrash.rules.rule import RuleError
from awrash.values.states import ProjectState
from tests.conftest import TODAY
from tests.doors import run
from tests.rule_cases import a_draft
from tests.world import a_call, behind


@pytest.fixture
def two_calls(office):
    """A draft in the first call, and a second call with documents and criteria of its own."""
    with db.session.no_autoflush:
        office.second = a_call(office.edition, "2/2026")
        office.second.required_documents[0].name_fr = "Statuts du second appel"
        for criterion in office.second.criteria:
            criterion.name_fr = f"{criterion.name_fr} du second appel"
        db.session.add(office.second)
    db.session.flush()
    office.draft = a_draft(office)
    office.draft.documents, office.draft.scores, office.draft.deposited_on = [], [], None
    db.session.commit()
    return office


def address(project: Project) -> str:
    return f"/admin/project/edit/?id={project.id}"


def as_it_stands(page) -> dict[str, str]:
    """What the form of a page sends when nothing is touched."""
    form = next(form for form in page.soup.select("main form") if form.select_one("[name=version]"))
    sent = {}
    for field in form.select("input[name], select[name], textarea[name]"):
        if field.find_parent("template") or (field.get("type") == "checkbox" and not field.has_attr("checked")):
            continue
        option = field.select_one("option[selected]") if field.name == "select" else None
        value = (option["value"] if option else "") if field.name == "select" else field.get("value")
        sent[field["name"]] = (field.get_text() if field.name == "textarea" else value) or ""
    return {name: value for name, value in sent.items() if name not in ("csrf_token", "once")}


def received(project: Project) -> dict[str, date | None]:
    db.session.expire_all()
    return {line.document.name_fr: line.received_on for line in project.documents}


def test_the_form_offers_the_documents_and_criteria_of_its_own_call_and_no_others(two_calls):
    page = two_calls.head.get(address(two_calls.draft))
    documents, scores = page.soup.select_one("#documents"), page.soup.select_one("#scores")
    own = [str(document.id) for document in two_calls.call.required_documents]
    assert [field["value"] for field in documents.select("input[name$=-document]")] == own
    assert [label.get_text(strip=True) for label in documents.select("label.form-check")] == ["Statuts"]
    grid = [str(criterion.id) for criterion in two_calls.call.criteria]
    assert [field["value"] for field in scores.select("input[name$=-criterion]")] == grid
    assert "second appel" not in page.text


def test_a_document_is_ticked_with_its_day_and_taken_off_again(two_calls):
    draft = two_calls.draft
    form = as_it_stands(two_calls.head.get(address(draft)))
    ticked = form | {"documents-0-ticked": "y", "documents-0-received_on": "20/11/2026"}
    assert two_calls.head.post(address(draft), **ticked).status == 302
    assert received(draft) == {"Statuts": date(2026, 11, 20)}
    page = two_calls.head.get(address(draft))
    assert page.soup.select_one("[name=documents-0-ticked]").has_attr("checked")
    form = as_it_stands(page)
    del form["documents-0-ticked"]
    assert two_calls.head.post(address(draft), **form).status == 302
    assert received(draft) == {}


def test_a_document_that_is_ticked_alone_was_brought_today(two_calls):
    form = as_it_stands(two_calls.head.get(address(two_calls.draft)))
    assert two_calls.head.post(address(two_calls.draft), **form | {"documents-0-ticked": "y"}).status == 302
    assert received(two_calls.draft) == {"Statuts": TODAY}


def test_points_are_written_on_the_criteria_of_the_call_and_left_empty_until_they_are_known(two_calls):
    draft = two_calls.draft
    form = as_it_stands(two_calls.head.get(address(draft)))
    assert two_calls.head.post(address(draft), **form | {"scores-1-points": "70"}).status == 302
    db.session.expire_all()
    assert [(score.criterion.name_fr, score.points) for score in draft.scores] == [("innovation", 70)]
    form = as_it_stands(two_calls.head.get(address(draft)))
    refused = two_calls.head.post(address(draft), **form | {"scores-1-points": "101"})
    assert refused.status == 422 and refused.soup.select_one("[name=scores-1-points].is-invalid")
    assert two_calls.head.post(address(draft), **form | {"scores-1-points": ""}).status == 302
    db.session.expire_all()
    assert draft.scores == []


def test_a_form_that_is_saved_untouched_changes_nothing(two_calls):
    project = two_calls.draft
    project.documents = [DocumentReceived(document=two_calls.call.required_documents[0], received_on=date(2026, 2, 3))]
    db.session.commit()
    version = project.version
    form = as_it_stands(two_calls.head.get(address(project)))
    assert two_calls.head.post(address(project), **form).status == 302
    db.session.expire_all()
    assert received(project) == {"Statuts": date(2026, 2, 3)} and project.version == version


def test_a_document_that_is_still_awaited_stays_awaited_and_is_ticked_later(two_calls):
    project = two_calls.draft
    project.documents = [DocumentReceived(document=two_calls.call.required_documents[0])]
    db.session.commit()
    form = as_it_stands(two_calls.head.get(address(project)))
    assert "documents-0-ticked" not in form
    assert two_calls.head.post(address(project), **form | {"title_fr": "Autre"}).status == 302
    assert received(project) == {"Statuts": None}
    form = as_it_stands(two_calls.head.get(address(project)))
    assert two_calls.head.post(address(project), **form | {"documents-0-ticked": "y"}).status == 302
    assert received(project) == {"Statuts": TODAY}


@pytest.mark.parametrize("lines", ["documents", "scores"])
def test_the_form_refuses_what_stands_in_another_call(two_calls, lines):
    item = {"documents": two_calls.second.required_documents, "scores": two_calls.second.criteria}[lines][0]
    form = as_it_stands(two_calls.head.get(address(two_calls.draft)))
    sent = {"documents-0-document": str(item.id), "documents-0-ticked": "y"}
    if lines == "scores":
        sent = {"scores-0-criterion": str(item.id), "scores-0-points": "70"}
    page = two_calls.head.post(address(two_calls.draft), **form | sent)
    assert page.status == 422 and page.says(f"“{item.name_fr}” belongs to call 2/2026")
    db.session.expire_all()
    assert two_calls.draft.documents == [] and two_calls.draft.scores == []


@pytest.mark.parametrize(
    "line",
    [
        lambda world: DocumentReceived(document=world.second.required_documents[0], received_on=TODAY),
        lambda world: Score(criterion=world.second.criteria[0], points=80),
    ],
)
def test_what_no_form_writes_is_refused_as_well(two_calls, line):
    with db.session.no_autoflush:
        made = line(two_calls)
        made.project = two_calls.draft
        db.session.add(made)
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "of_its_call"


def test_a_project_with_documents_does_not_move_to_another_call_with_them(two_calls):
    draft = two_calls.draft
    draft.documents = [DocumentReceived(document=two_calls.call.required_documents[0], received_on=TODAY)]
    db.session.commit()
    form = as_it_stands(two_calls.head.get(address(draft))) | {"call": str(two_calls.second.id)}
    refused = two_calls.head.post(address(draft), **form)
    assert refused.status == 422 and refused.says("has documents or points of call 1/2026: take them off first")
    del form["documents-0-ticked"]
    assert two_calls.head.post(address(draft), **form).status == 302
    db.session.expire_all()
    assert draft.call.number == "2/2026"
    assert [
        label.get_text(strip=True)
        for label in two_calls.head.get(address(draft)).soup.select("#documents label.form-check")
    ] == ["Statuts du second appel"]


# ---- what stands from before


@pytest.fixture
def old(two_calls):
    """A project that has a document and points of another call, as the form of before let it."""
    draft = two_calls.draft
    draft.documents = [DocumentReceived(document=two_calls.call.required_documents[0], received_on=TODAY)]
    draft.scores = [Score(criterion=two_calls.call.criteria[0], points=60)]
    db.session.flush()
    behind(draft.documents[0], document_id=two_calls.second.required_documents[0].id)
    behind(draft.scores[0], criterion_id=two_calls.second.criteria[0].id)
    db.session.commit()
    return two_calls


def test_an_old_line_of_another_call_stays_is_named_and_can_be_taken_off(old):
    page = old.head.get(address(old.draft))
    assert page.soup.select_one("#documents").get_text().count("Statuts du second appel (call 2/2026)") == 1
    form = as_it_stands(page)
    assert old.head.post(address(old.draft), **form | {"title_fr": "Autre"}).status == 302
    assert received(old.draft) == {"Statuts du second appel": TODAY} and old.draft.title_fr == "Autre"
    form = as_it_stands(old.head.get(address(old.draft)))
    [place] = [name for name in form if name.startswith("documents-") and name.endswith("-ticked")]
    del form[place]
    assert old.head.post(address(old.draft), **form).status == 302
    assert received(old.draft) == {}


def test_old_lines_of_another_call_are_listed_until_they_are_taken_off(app, old):
    done = run(app, "check")
    lines = done.stderr.splitlines()
    assert done.exit_code == 1 and len(lines) == 2
    assert all(line.startswith(f"project #{old.draft.id}, ") for line in lines)
    assert "Correct “Documents received” on its page" in lines[0] and "Correct “Scores” on its page" in lines[1]


def test_old_lines_of_a_decided_project_are_told_and_are_no_fault(app, old):
    behind(old.draft, state=ProjectState.refused)
    db.session.commit()
    done = run(app, "check")
    assert (done.exit_code, done.stdout) == (0, "ok\n") and len(done.stderr.splitlines()) == 2
