"""The committee decides in an open session, held since the deposit, with a quorum present, the best score first."""

from datetime import date

import pytest
from sqlalchemy import select

from awrash.database.session import db
from awrash.models import CommitteeSession, Project, SessionAttendance
from awrash.values.states import ProjectState, SessionState
from tests.doors import run
from tests.world import REASON, a_carrier, a_project, behind

HEAD = ("--as", "head_of_unit@example.ma")
VERBS = ("approve", "defer", "refuse")
SIGNED = "The minutes of the session of 12 April 2026 are signed: it decides nothing more. Record another session"
BEFORE_DEPOSIT = (
    "The session of 31 January 2026 came before the deposit of 2026-0002 · Projet, on 1 February 2026: choose a session"
)


def waiting(world, number: int = 2, points: int = 80, places: int = 3) -> int:
    """A scored project of another carrier."""
    with db.session.no_autoflush:
        carrier = a_carrier(f"R-{number}", officer=f"J70000{number}")
        project = a_project(world.call, carrier, f"2026-000{number}")
        project.state, project.places = ProjectState.scored, places
        for score in project.scores:
            score.points = points
        db.session.add(project)
    db.session.commit()
    return project.id


def a_session(held_on: date, members: int = 1, state: SessionState = SessionState.planned) -> str:
    """A session with so many members present, by its number."""
    session = CommitteeSession(held_on=held_on, chair="الكاتب العام")
    session.attendance = [SessionAttendance(member=f"عضو {number}") for number in range(members)]
    db.session.add(session)
    db.session.flush()
    behind(session, state=state)
    db.session.commit()
    return str(session.id)


def state_of(number: int) -> ProjectState:
    db.session.rollback()
    return db.session.get(Project, number).state


@pytest.mark.parametrize("verb", VERBS)
def test_a_session_whose_minutes_are_signed_decides_nothing_more(office, verb):
    project, session = waiting(office), a_session(date(2026, 4, 12), state=SessionState.closed)
    page = office.head.act("project", verb, [project], session=session, reason=REASON)
    assert page.says(SIGNED)
    assert state_of(project) == ProjectState.scored


@pytest.mark.parametrize("verb", VERBS)
def test_a_session_held_before_the_deposit_decides_nothing_on_it(office, verb):
    project, session = waiting(office), a_session(date(2026, 1, 31))
    page = office.head.act("project", verb, [project], session=session, reason=REASON)
    assert page.says(BEFORE_DEPOSIT)
    assert state_of(project) == ProjectState.scored


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("members", [0, 1])
def test_a_session_without_its_quorum_decides_nothing(office, verb, members):
    project, session = waiting(office), a_session(date(2026, 4, 12), members)
    behind(office.edition, committee_quorum=2)
    db.session.commit()
    page = office.head.act("project", verb, [project], session=session, reason=REASON)
    assert page.says(f"Members present on 12 April 2026: {members}. The committee decides from 2 on")
    assert state_of(project) == ProjectState.scored


@pytest.mark.parametrize("verb", VERBS)
def test_what_the_bulk_decision_refuses_the_terminal_refuses(app, office, verb):
    project = waiting(office)
    a_session(date(2026, 4, 12), state=SessionState.closed)
    command = ("do", "project", verb, "2026-0002", "--session", "2026-04-12", "--reason", REASON, *HEAD)
    refused = run(app, *command)
    assert refused.exit_code == 1 and "are signed: it decides nothing more" in refused.stderr
    assert state_of(project) == ProjectState.scored


def test_of_two_sessions_of_one_day_the_terminal_takes_the_open_one(app, office):
    project = waiting(office)
    a_session(date(2026, 4, 12), state=SessionState.closed)
    a_session(date(2026, 4, 12))
    a_session(date(2026, 4, 12), state=SessionState.closed)
    command = ("do", "project", "approve", "2026-0002", "--session", "2026-04-12", "--reason", REASON, *HEAD)
    assert run(app, *command).exit_code == 0
    assert state_of(project) == ProjectState.approved


@pytest.mark.parametrize("verb", VERBS)
def test_a_session_on_the_day_of_the_deposit_with_its_quorum_decides(office, verb):
    project, session = waiting(office), a_session(date(2026, 2, 1), members=2)
    behind(office.edition, committee_quorum=2)
    db.session.commit()
    assert office.head.act("project", verb, [project], session=session, reason=REASON).says("Done for one record.")
    assert state_of(project) == {"approve": "approved", "defer": "deferred", "refuse": "refused"}[verb]


# ---- the form leads to a session that can decide


@pytest.mark.parametrize("verb", VERBS)
def test_the_form_offers_the_sessions_that_can_decide_and_no_others(office, verb):
    project = waiting(office)
    before, on_the_day = a_session(date(2026, 1, 31)), a_session(date(2026, 2, 1))
    signed = a_session(date(2026, 4, 12), state=SessionState.closed)
    page = office.head.post("/admin/project/action/", action=verb, rowid=[str(project)])
    offered = [option["value"] for option in page.soup.select("select[name=session] option")]
    assert offered == ["", str(office.session.id), on_the_day]
    assert not {before, signed} & set(offered)
    assert page.soup.select_one("main a[href='/admin/committee_session/new/']")


@pytest.mark.parametrize("verb", VERBS)
def test_the_form_leads_to_recording_a_session_when_none_can_decide(office, verb):
    project = waiting(office)
    behind(office.session, state=SessionState.closed)
    db.session.commit()
    page = office.head.post("/admin/project/action/", action=verb, rowid=[str(project)])
    assert page.says("No session can decide on this")
    assert page.soup.select_one("main a.btn-primary[href='/admin/committee_session/new/']")
    assert not page.soup.select("main form[data-makes]")
    assert office.head.get("/admin/committee_session/new/").status == 200


# ---- decisions follow the score


def scores_shown(page) -> list[str]:
    """The cells of the score in the list, in its order."""
    heads = [head.get_text(" ", strip=True).strip(" ▾▴") for head in page.soup.select("#rows thead th")]
    at = heads.index("Score out of 100")
    return [row.select("td")[at].get_text(strip=True) for row in page.soup.select("#rows tbody tr")]


def test_the_list_shows_the_score_and_is_ordered_by_it_the_best_first(office):
    waiting(office, 2, points=60), waiting(office, 3, points=90)
    unscored = waiting(office, 4)
    with db.session.no_autoflush:
        project = db.session.get(Project, unscored)
        project.scores = []
        behind(project, state=ProjectState.complete)
    db.session.commit()
    best_first = office.head.get("/admin/project/?sort=-score")
    assert scores_shown(best_first) == ["90.00", "80.00", "60.00", "—"]
    assert scores_shown(office.head.get("/admin/project/?sort=score")) == ["60.00", "80.00", "90.00", "—"]
    assert "score" in office.head.get("/admin/project/").soup.select_one("#rows thead").decode()


def test_the_score_leaves_with_the_list(office):
    waiting(office, 2, points=60)
    file = office.head.get("/admin/project/export/csv/").response.get_data(as_text=True)
    header, *lines = file.splitlines()
    at = header.split(";").index("Score out of 100")
    assert sorted(line.split(";")[at] for line in lines) == ["60,00", "80,00"]


def ranked(page) -> list[tuple[str, str]]:
    """The receipt number and the last cell of each row of the preview."""
    rows = page.soup.select("main .card tbody tr")
    cells = [[cell.get_text(" ", strip=True) for cell in row.select("td")] for row in rows]
    return [(row[0].split(" ")[0], row[-1]) for row in cells]


def test_the_preview_says_who_passes_within_the_quota_and_who_does_not_the_best_first(office):
    low, best, middle = waiting(office, 2, 60, 3), waiting(office, 3, 95, 5), waiting(office, 4, 70, 6)
    page = office.head.post("/admin/project/action/", action="approve", rowid=[str(low), str(best), str(middle)])
    assert ranked(page) == [
        ("2026-0003", "Passes"),
        ("2026-0004", "Does not pass 15 person-months are left"),
        ("2026-0002", "Passes"),
    ]
    assert page.says("24 person-months will be booked of the 30 that are left.")
    session = str(office.session.id)
    done = office.head.act("project", "approve", [low, best, middle], session=session, reason=REASON)
    assert done.says("Done for 2 records.") and done.says("2026-0004 · Projet asks for 18 person-months; 15 are left")
    assert [state_of(number) for number in (best, middle, low)] == ["approved", "scored", "approved"]


def test_an_approval_takes_the_best_first_whatever_the_order_of_the_rows(office):
    lower, higher = waiting(office, 2, 60, 6), waiting(office, 3, 95, 6)
    session = str(office.session.id)
    office.head.act("project", "approve", [lower, higher], session=session, reason=REASON)
    assert (state_of(lower), state_of(higher)) == ("scored", "approved")


def test_the_preview_names_who_waits_with_a_better_score_and_was_not_chosen(office):
    lower, higher = waiting(office, 2, 60), waiting(office, 3, 95)
    page = office.head.post("/admin/project/action/", action="approve", rowid=[str(lower)])
    warning = page.soup.select_one("main .says.warning")
    assert "2026-0003" in warning.get_text() and "95.00" in warning.get_text()
    everybody = office.head.post("/admin/project/action/", action="approve", rowid=[str(lower), str(higher)])
    assert not everybody.soup.select("main .says.warning")


def test_the_score_in_sql_is_the_score_in_python(office):
    for number, points in enumerate(((1, 2, 2, 2), (33, 66, 99, 0), (100, 100, 100, 100), (7, 0, 0, 1)), 2):
        project = db.session.get(Project, waiting(office, number))
        for line, point in zip(project.scores, points, strict=True):
            behind(line, points=point)
    for criterion, weight in zip(office.call.criteria, (40, 25, 20, 15), strict=True):
        behind(criterion, weight=weight)
    db.session.commit()
    in_sql = dict(db.session.execute(select(Project.id, Project.score)).tuples().all())
    db.session.expire_all()
    assert in_sql == {project.id: project.score for project in db.session.scalars(select(Project))}
    assert len(set(in_sql.values())) == 5
