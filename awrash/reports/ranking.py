"""Which projects pass within the quota, the best score first, and the sessions that may decide on them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from awrash.database.session import db
from awrash.models import CommitteeSession, Edition, Project
from awrash.values.states import ProjectState, SessionState

WAITING = (ProjectState.scored, ProjectState.deferred)  # for a decision of the committee
LOWEST = Decimal(-1)  # below every score: a project without one comes last


@dataclass(frozen=True)
class Ranked:
    """A project in its place: its score out of a hundred, and the person-months that are left when its turn comes."""

    project: Project
    score: Decimal | None
    left: int

    @property
    def waits(self) -> bool:
        """Whether the committee has it to decide on."""
        return self.project.state in WAITING

    @property
    def passes(self) -> bool:
        """Whether it waits and fits into what is left."""
        return self.waits and self.project.person_months <= self.left


@dataclass(frozen=True)
class Ranking:
    """Some projects, the best score first; `better` wait too, scored above one that passes, and are not among them."""

    ranked: list[Ranked]
    better: list[Project]

    @property
    def passing(self) -> list[Project]:
        """The projects that pass."""
        return [place.project for place in self.ranked if place.passes]


def scores_of(projects: Iterable[Project]) -> dict[int, Decimal | None]:
    """The score of each project by its number, in one select; None before the scoring."""
    ids = [project.id for project in projects]
    return dict(db.session.execute(select(Project.id, Project.score).where(Project.id.in_(ids))).tuples().all())


def best_first(projects: Sequence[Project]) -> list[Project]:
    """Projects in the order of their scores, the earlier deposited first of those that have the same."""
    scores = scores_of(projects)
    return sorted(projects, key=lambda project: (-(scores[project.id] or 0), project.reference or "", project.id))


def ranking_of(projects: Sequence[Project]) -> Ranking:
    """Go through projects the best first: each that fits into what its edition's quota has left takes its part.

    One that asks for more than is left is passed over, and the next that fits is taken, as the approval itself does.
    """
    scores = scores_of(projects)
    left: dict[Edition, int] = {}
    ranked = []
    for project in best_first(projects):
        edition = project.call.edition
        if edition not in left:
            left[edition] = person_months_left(edition)
        place = Ranked(project, scores[project.id], left[edition])
        if place.passes:
            left[edition] -= project.person_months
        ranked.append(place)
    return Ranking(ranked, _better(ranked))


def person_months_left(edition: Edition) -> int:
    """Person-months of an edition's quota that no approval has booked."""
    return edition.quota_person_months - edition.booked_person_months()


def _better(ranked: Sequence[Ranked]) -> list[Project]:
    """Projects of the same calls that wait with a higher score than one that passes, and that nobody chose."""
    passing = [place.score or LOWEST for place in ranked if place.passes]
    if not passing:
        return []
    chosen = [place.project for place in ranked]
    others = select(Project).where(
        Project.state.in_(WAITING),
        Project.call_id.in_({project.call_id for project in chosen}),
        Project.id.not_in([project.id for project in chosen]),
        Project.score > min(passing),
    )
    return best_first(list(db.session.scalars(others)))


def first_deposit(projects: Sequence[Project]) -> date | None:
    """The earliest day on which one of these projects was deposited; None when none was."""
    return min((project.deposited_on for project in projects if project.deposited_on), default=None)


def sessions_for(projects: Sequence[Project]) -> list[CommitteeSession]:
    """The sessions that may decide on one of these projects at least: not signed yet, held since; the latest first."""
    since = first_deposit(projects)
    sessions = select(CommitteeSession).where(CommitteeSession.state != SessionState.closed)
    if since is not None:
        sessions = sessions.where(CommitteeSession.held_on >= since)
    return list(db.session.scalars(sessions.order_by(CommitteeSession.held_on.desc(), CommitteeSession.id.desc())))
