"""What the office does for people beside their file: meetings, trainings, complaints heard, follow-up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped

from awrash import states as s
from awrash import validators as v
from awrash.database import (
    CODE,
    NAME,
    TEXT,
    Record,
    Searched,
    column,
    link,
    owner,
    state_column,
    to,
    word_column,
)
from awrash.language import _l

if TYPE_CHECKING:
    from awrash.models import Commune, Contract, Participant, Skill, Worksite

training_participant = link("training_participant", "training", "participant")


class Training(Record):
    """A training session given to the people of a worksite."""

    __shown__ = ("held_on", "title")

    worksite_id: Mapped[int] = owner("worksite")
    worksite: Mapped[Worksite] = to(_l("Worksite"), "trainings")
    title: Mapped[str] = column(_l("Title"), type_=NAME)
    skill_id: Mapped[int | None] = owner("skill", required=False)
    skill: Mapped[Skill | None] = to(_l("Skill"))
    held_on: Mapped[date] = column(_l("Held on"))
    hours: Mapped[int] = column(_l("Hours"), v.Positive())
    participants: Mapped[list[Participant]] = to(_l("Present"), "trainings", secondary=training_participant)


class Complaint(Searched):
    """A complaint; a confidential one is seen by the complaints officer and the head of unit only."""

    __shown__ = ("number",)
    __given__ = ("number",)
    __rules__ = (v.AnswerWritten(), v.AllowedStep(s.COMPLAINT_STEPS))
    __search__ = ("number", "from_name", "participant.cnie")

    number: Mapped[str] = column(_l("Number"), type_=CODE, unique=True)
    received_on: Mapped[date] = column(_l("Received on"))
    participant_id: Mapped[int | None] = owner("participant", required=False)
    participant: Mapped[Participant | None] = to(_l("Participant"), "complaints")
    from_name: Mapped[str | None] = column(_l("Name of the person, when not recorded"), type_=NAME)
    worksite_id: Mapped[int | None] = owner("worksite", required=False)
    worksite: Mapped[Worksite | None] = to(_l("Worksite"))
    kind: Mapped[s.ComplaintKind] = word_column(s.ComplaintKind, _l("About"))
    is_confidential: Mapped[bool] = column(_l("Confidential"), default=True)
    text: Mapped[str] = column(_l("Complaint"), type_=TEXT)
    due_on: Mapped[date | None] = column(_l("Answer due on"))
    answer: Mapped[str | None] = column(_l("Answer"), type_=TEXT)
    answered_on: Mapped[date | None] = column(_l("Answered on"))
    state: Mapped[s.ComplaintState] = state_column(s.ComplaintState.received, _l("State"), s.COMPLAINT_STEPS)


class FollowUp(Record):
    """What became of a person some months after the programme."""

    __shown__ = ("contract", "months_after")
    __table_args__ = (UniqueConstraint("contract_id", "months_after"),)
    __rules__ = (v.FollowUpAnswered(), v.AllowedStep(s.FOLLOW_UP_STEPS))

    contract_id: Mapped[int] = owner("contract")
    contract: Mapped[Contract] = to(_l("Contract"), "follow_ups")
    months_after: Mapped[int] = column(_l("Months after leaving"), v.Positive())
    due_on: Mapped[date] = column(_l("Due on"))
    called_on: Mapped[date | None] = column(_l("Called on"))
    situation: Mapped[s.Insertion | None] = word_column(s.Insertion, _l("Situation"), nullable=True)
    notes: Mapped[str | None] = column(_l("Notes"), type_=TEXT)
    state: Mapped[s.FollowUpState] = state_column(s.FollowUpState.planned, _l("State"), s.FOLLOW_UP_STEPS)


class InformationMeeting(Searched):
    """A meeting where the programme is presented to associations and cooperatives."""

    __shown__ = ("held_on", "place")
    __search__ = ("place", "speakers")

    held_on: Mapped[date] = column(_l("Held on"))
    place: Mapped[str] = column(_l("Place"), type_=NAME)
    commune_id: Mapped[int | None] = owner("commune", required=False)
    commune: Mapped[Commune | None] = to(_l("Commune"))
    people_present: Mapped[int | None] = column(_l("People present"), v.NotNegative())
    speakers: Mapped[str | None] = column(_l("Speakers"), type_=String(240))
    notes: Mapped[str | None] = column(_l("Notes"), type_=TEXT)
