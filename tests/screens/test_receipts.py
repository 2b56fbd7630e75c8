"""A receipt keeps its number and its day; a file goes back one step by name, with the reason."""

from datetime import date

import pytest

from awrash.database.session import db
from awrash.models import Project
from awrash.rules.rule import RuleError
from awrash.values.states import ProjectState
from tests.doors import run
from tests.world import behind

OFFICER = ("--as", "file_officer@example.ma")
RECEIPT = ("2026-0001", date(2026, 2, 1))
REASON = "الوثيقة لا تخص الهيئة"


@pytest.fixture
def complete(office):
    """The world's project as it stood when its file had just been found complete."""
    behind(office.project, state=ProjectState.complete)
    db.session.commit()
    return office


def stands(number: int) -> tuple[ProjectState, str, date]:
    db.session.rollback()
    project = db.session.get(Project, number)
    return project.state, project.reference, project.deposited_on


def test_a_complete_file_is_not_taken_in_a_second_time(app, complete):
    number = complete.project.id
    page = complete.head.act("project", "deposit", [number])
    assert page.says("is already “Complete”")
    assert run(app, "do", "project", "deposit", "2026-0001", *OFFICER).exit_code == 1
    assert stands(number) == (ProjectState.complete, *RECEIPT)


def test_a_file_found_incomplete_is_reopened_by_name_with_its_reason_and_keeps_its_receipt(complete):
    number = complete.project.id
    asked = complete.head.post("/admin/project/action/", action="reopen", rowid=[str(number)])
    assert asked.says("Reopen the file: 1 record") and asked.soup.select_one("textarea[name=reason]")
    without = complete.head.act("project", "reopen", [number], reason=" ")
    assert without.status == 422 and without.says("Reason is missing: fill it in.")
    assert complete.head.act("project", "reopen", [number], reason=REASON).says("Done for one record.")
    assert stands(number) == (ProjectState.deposited, *RECEIPT)
    page = complete.head.get(f"/admin/project/details/?id={number}")
    assert page.says("from Complete to Deposited") and page.says(REASON)
    assert complete.head.act("project", "complete", [number]).says("Done for one record.")
    assert stands(number) == (ProjectState.complete, *RECEIPT)


def test_the_step_back_is_never_the_first_nor_the_blue_one(complete):
    page = complete.head.get(f"/admin/project/details/?id={complete.project.id}")
    buttons = page.soup.select(".head button[name=action]")
    names = [button["value"] for button in buttons]
    assert names[0] == "score" and names[-1] == "reopen"
    assert "deposit" not in names
    [reopen] = [button for button in buttons if button["value"] == "reopen"]
    assert not {"btn-primary", "btn-danger"} & set(reopen["class"])
    assert "btn-primary" in buttons[0]["class"]


def test_the_step_back_stands_behind_the_rest_also_where_no_other_step_is_possible(complete):
    complete.project.scores = []
    db.session.commit()
    page = complete.head.get(f"/admin/project/details/?id={complete.project.id}")
    shown = [button.get_text(strip=True) for button in page.soup.select(".head .btn")]
    assert shown == ["Change", "Reopen the file…"]


def test_a_step_back_is_refused_without_its_reason_at_the_terminal(app, complete):
    done = run(app, "do", "project", "reopen", "2026-0001", *OFFICER)
    assert done.exit_code == 1 and "Give the reason" in done.stderr
    assert stands(complete.project.id) == (ProjectState.complete, *RECEIPT)


@pytest.mark.parametrize("name, value", [("reference", "2026-0099"), ("deposited_on", date(2026, 2, 2))])
@pytest.mark.parametrize("other", [None, ProjectState.deposited])
def test_the_number_and_the_day_of_a_receipt_stay_whatever_else_happens(complete, name, value, other):
    project = complete.project
    setattr(project, name, value)
    if other:
        project.state, project.why = other, REASON
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "receipt_stays"


def test_an_old_project_without_the_day_of_its_receipt_gets_it(complete):
    behind(complete.project, deposited_on=None)
    complete.project.deposited_on = date(2026, 2, 1)
    db.session.flush()
    assert complete.project.deposited_on == date(2026, 2, 1)
