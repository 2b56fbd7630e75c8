"""The grid and the checklist of a call are frozen with its specifications: a change is a new version, in time."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import Call, Criterion, RequiredDocument
from awrash.operations import selection
from awrash.rules.rule import RuleError
from awrash.values.states import CallState, ProjectState
from tests.conftest import TODAY
from tests.doors import run
from tests.rule_cases import a_draft
from tests.world import a_call, as_draft, behind

HEAD = ("--as", "head_of_unit@example.ma")
FROZEN = "The specifications of call 2/2026 are published, with its grid and its checklist"
DEPOSITED = "was deposited under version 1 of the specifications: the grid and the checklist of call 1/2026 stay."


def form_of(call: Call) -> dict[str, str]:
    """What the form of a call sends, untouched."""
    db.session.expire_all()
    form = {name: str(getattr(call, name)) for name in ("number", "title_ar", "title_fr", "version")}
    form |= {"edition": str(call.edition_id)}
    form |= {name: f"{getattr(call, name):%d/%m/%Y}" for name in ("opens_on", "closes_on")}
    kinds = {
        "specifications": ("number", "body_ar"),
        "required_documents": ("name_ar", "name_fr"),
        "criteria": ("kind", "name_ar", "name_fr", "weight"),
    }
    for name, fields in kinds.items():
        for place, line in enumerate(getattr(call, name)):
            values = {"line_id": str(line.id)} | {field: str(getattr(line, field)) for field in fields}
            values |= {"is_required": "y"} if getattr(line, "is_required", False) else {}
            form |= {f"{name}-{place}-{field}": value for field, value in values.items()}
    return form


CHANGES = {
    "a weight": {"criteria-0-weight": "30"},
    "the name of a criterion": {"criteria-1-name_fr": "Nouveauté"},
    "a new criterion": {
        "criteria-4-kind": "other",
        "criteria-4-name_ar": "غ",
        "criteria-4-name_fr": "X",
        "criteria-4-weight": "5",
    },
    "a new document": {"required_documents-1-name_ar": "تقرير", "required_documents-1-name_fr": "Rapport"},
    "the name of a document": {"required_documents-0-name_fr": "Autres statuts"},
    "a document taken out": {"required_documents-0-take_out": "y"},
}
NEW_VERSION = {"specifications-1-number": "2", "specifications-1-body_ar": "دفتر معدل"}


@pytest.fixture
def second_call(office):
    """An open call in which nobody has deposited."""
    with db.session.no_autoflush:
        call = a_call(office.edition, "2/2026")
        call.opens_on, call.closes_on = date(2026, 11, 1), date(2026, 12, 31)
        db.session.add(call)
    db.session.commit()
    office.second = call
    return office


def sent(world, call: Call, **changes: str):
    page = world.head.post(f"/admin/call/edit/?id={call.id}", **form_of(call) | changes)
    db.session.rollback()
    return page


def grid_of(call: Call) -> list[tuple]:
    db.session.expire_all()
    lines = [(line.name_fr, line.weight) for line in call.criteria]
    return lines + [(line.name_fr, line.is_required) for line in call.required_documents]


@pytest.mark.parametrize("state", [CallState.published, CallState.open])
@pytest.mark.parametrize("change", list(CHANGES))
def test_what_is_published_with_the_specifications_does_not_change_on_the_form(second_call, change, state):
    call = second_call.second
    behind(call, state=state)
    db.session.commit()
    before = grid_of(call)
    page = sent(second_call, call, **CHANGES[change])
    assert page.status == 422 and page.says(FROZEN), page.flashes
    assert grid_of(call) == before


@pytest.mark.parametrize("change", list(CHANGES))
def test_a_change_comes_with_a_new_version_before_anybody_deposited(second_call, change):
    call = second_call.second
    before = grid_of(call)
    page = sent(second_call, call, **CHANGES[change] | NEW_VERSION)
    assert page.status == 302, page.flashes
    assert grid_of(call) != before


@pytest.mark.parametrize("change", list(CHANGES))
def test_after_a_deposit_nothing_of_the_grid_changes_not_even_with_a_new_version(office, change):
    before = grid_of(office.call)
    page = sent(office, office.call, **CHANGES[change] | NEW_VERSION)
    assert page.status == 422 and page.says(DEPOSITED), page.flashes
    assert grid_of(office.call) == before


def test_the_rest_of_a_call_that_is_open_is_saved_as_before(office):
    assert sent(office, office.call, title_fr="Autre titre").status == 302
    assert sent(office, office.call, **NEW_VERSION).status == 302
    db.session.refresh(office.call)
    assert office.call.title_fr == "Autre titre" and len(office.call.specifications) == 2


def test_the_grid_of_a_draft_is_written_freely(second_call):
    call = second_call.second
    behind(call, state=CallState.draft)
    behind(call.specifications[0], published_on=None)
    db.session.commit()
    for change in CHANGES.values():
        if "take_out" not in "".join(change):
            assert sent(second_call, call, **change).status == 302


@pytest.mark.parametrize("kind", [Criterion, RequiredDocument])
def test_what_no_form_writes_is_refused_as_well(second_call, kind):
    line = db.session.scalars(select(kind).filter_by(call_id=second_call.second.id)).first()
    line.name_fr = "Autre"
    with pytest.raises(RuleError) as refused:
        db.session.flush()
    assert refused.value.code == "grid_stays"


# ---- the new version is published before the next deposit


def test_nobody_deposits_while_a_new_version_waits_to_be_published(app, second_call):
    call = second_call.second
    assert sent(second_call, call, **CHANGES["a weight"] | NEW_VERSION).status == 302
    draft = a_draft(second_call)
    draft.call, draft.documents, draft.scores, draft.deposited_on = call, [], [], None
    db.session.commit()
    number = draft.id
    page = second_call.head.act("project", "deposit", [number])
    assert page.says("Version 2 of the specifications of call 2/2026 is not published yet: publish it first.")
    call_page = second_call.head.get(f"/admin/call/details/?id={call.id}")
    assert call_page.soup.select_one(".head button[name=action]")["value"] == "publish_version"
    assert second_call.head.act("call", "publish_version", [call.id]).says("Done for one record.")
    db.session.refresh(call)
    assert (call.state, call.specifications[-1].published_on) == (CallState.open, TODAY)
    assert second_call.head.act("project", "deposit", [number]).says("Done for one record.")
    db.session.rollback()
    assert db.session.get(type(draft), number).state == ProjectState.deposited
    assert sent(second_call, call, **{"criteria-0-weight": "35"}).says("was deposited under version 2")


def test_there_is_no_new_version_to_publish_before_one_is_written(app, second_call):
    page = second_call.head.get(f"/admin/call/details/?id={second_call.second.id}")
    assert "publish_version" not in page.text
    done = run(app, "do", "call", "publish_version", "2/2026", *HEAD)
    assert done.exit_code == 1 and "has no version that waits to be published" in done.stderr


def test_a_version_written_before_the_rule_stops_no_deposit_where_others_have_deposited(office):
    assert sent(office, office.call, **NEW_VERSION).status == 302
    selection.deposit_project(a_draft(office), date(2026, 2, 3))


def test_a_grid_that_was_changed_in_use_before_the_rule_is_told_and_is_no_fault(app, second_call):
    call = second_call.second
    draft = a_draft(second_call)
    draft.call, draft.documents, draft.scores, draft.deposited_on = call, [], [], None
    db.session.commit()
    selection.deposit_project(draft, TODAY)
    db.session.commit()
    assert run(app, "check").output == "ok\n"
    with as_draft(call):
        call.criteria[0].weight = 40
    db.session.commit()
    done = run(app, "check")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"call #{call.id}, 2/2026: Scoring grid: 2026-0002") and "the audit says by whom" in line
    assert (done.exit_code, done.stdout) == (0, "ok\n")
