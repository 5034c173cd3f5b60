"""What the pages of dialogues show. Every list is scoped by its viewer in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, func, select

from assessments.roleplays.dialogues import services, story
from assessments.roleplays.dialogues.models import Dialogue, DialoguePlay, DialogueStep, DialogueVersion
from assessments.roleplays.dialogues.story import Choice, Passage, Place, Story
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Unknown
from lms.people.models import Person
from lms.people.scope import people_in_scope

CURRENT = (Dialogue.id == DialogueVersion.dialogue_id) & (Dialogue.version == DialogueVersion.number)
LEAST_PEOPLE = 5
"""Below it no result is shown: one could tell who answered what."""


class Row(NamedTuple):
    version: DialogueVersion
    plays: int
    """The viewer's own that came to an end."""
    best: float | None


def catalogue(actor: Actor) -> list[Row]:
    """The published dialogues, with the viewer's own plays."""
    own = (
        select(
            DialoguePlay.dialogue_id,
            func.count(DialoguePlay.id).label("n"),
            func.max(DialoguePlay.score).label("best"),
        )
        .where(DialoguePlay.person_id == actor.person_id, DialoguePlay.ended_at.is_not(None))
        .group_by(DialoguePlay.dialogue_id)
        .subquery()
    )
    rows = db.session.execute(
        select(DialogueVersion, func.coalesce(own.c.n, 0), own.c.best)
        .join(Dialogue, CURRENT)
        .outerjoin(own, own.c.dialogue_id == DialogueVersion.dialogue_id)
        .where(Dialogue.status == "published")
        .order_by(Dialogue.code)
        .limit(100)
    )
    return [Row(*row) for row in rows]


def version_page(dialogue_id: int, version_id: int | None = None) -> DialogueVersion:
    """The open version, or the one that a course asks for. :raises Unknown: if there is none."""
    query = select(DialogueVersion).where(DialogueVersion.dialogue_id == dialogue_id)
    if version_id is None:
        query = query.join(Dialogue, CURRENT).where(Dialogue.status == "published")
    else:
        query = query.where(DialogueVersion.id == version_id)
    version = db.session.scalar(query)
    if version is None:
        raise Unknown()
    return version


def own_plays(actor: Actor, dialogue_id: int, limit: int = 50) -> Sequence[DialoguePlay]:
    """The newest first."""
    return db.session.scalars(
        select(DialoguePlay)
        .where(DialoguePlay.person_id == actor.person_id, DialoguePlay.dialogue_id == dialogue_id)
        .order_by(DialoguePlay.id.desc())
        .limit(limit)
    ).all()


class Exchange(NamedTuple):
    """A passage, what was answered (and as which of its choices), and what it earned (0 where it was answered so before)."""

    passage: Passage
    choice: Choice
    earned: Fraction
    number: int


class PlayPage(Struct, frozen=True):
    play: DialoguePlay
    story: Story
    place: Place
    passage: Passage
    offered: Sequence[tuple[int, Choice]]
    exchanges: Sequence[Exchange]

    @property
    def said_back(self) -> Exchange | None:
        """The last exchange, if its feedback is due now."""
        due = self.exchanges and (self.story.feedback == story.AT_ONCE or self.play.ended_at)
        return self.exchanges[-1] if due and any(self.exchanges[-1].choice.feedback.values()) else None


def play_page(actor: Actor, play_id: int) -> PlayPage:
    """One's own walk, where it stands. :raises Unknown: otherwise."""
    play = services.own(actor, play_id)
    found = story.from_json(play.version.content)
    place, exchanges = retraced(found, [step.choice for step in services.steps_of(play.id)])
    return PlayPage(play, found, place, _passage(found, place), story.offered(found, place), exchanges)


def retraced(found: Story, numbers: Sequence[int]) -> tuple[Place, list[Exchange]]:
    """The place after these choices, and the talk so far. :raises NoSuchChoice: if one is not open."""
    place, exchanges = story.begin(found), []
    for number in numbers:
        passage = _passage(found, place)
        after = story.step(found, place, number)
        exchanges.append(Exchange(passage, passage.choices[number], after.points - place.points, number))
        place = after
    return place, exchanges


def _passage(found: Story, place: Place) -> Passage:
    return next(each for each in found.passages if each.name == place.passage)


# Results


class Results(Struct, frozen=True):
    """How a version was played by the people in the viewer's scope. ``taken``, ``stood``: in how many walks."""

    version: DialogueVersion
    story: Story
    people: int
    plays: int
    passed: int
    blocked: int
    taken: Mapping[tuple[str, int], int]
    stood: Mapping[str, int]

    @property
    def enough(self) -> bool:
        return self.people >= LEAST_PEOPLE


def results(actor: Actor, dialogue_id: int, number: int | None = None) -> Results:
    """Of the newest version, or of a chosen one; counts only from ``LEAST_PEOPLE`` people on.

    :raises Unknown: if nothing was published.
    """
    query = select(DialogueVersion).where(DialogueVersion.dialogue_id == dialogue_id)
    query = query.where(DialogueVersion.number == number) if number else query.order_by(DialogueVersion.number.desc())
    version = db.session.scalar(query.limit(1))
    if version is None:
        raise Unknown()
    counted = _counted(actor, version.id)
    people, plays, passed, blocked = db.session.execute(
        select(
            func.count(func.distinct(DialoguePlay.person_id)),
            func.count(DialoguePlay.id),
            func.count(DialoguePlay.id).filter(DialoguePlay.passed.is_(True)),
            func.count(DialoguePlay.id).filter(DialoguePlay.blocked.is_(True)),
        ).where(*counted)
    ).one()
    found = story.from_json(version.content)
    if people < LEAST_PEOPLE:
        return Results(version, found, people, plays, 0, 0, {}, {})
    return Results(version, found, people, plays, passed, blocked, _taken(counted), _stood(counted))


def _counted(actor: Actor, version_id: int) -> list[ColumnElement[bool]]:
    scope = select(Person.id).where(people_in_scope(actor, Permission.ROLEPLAY_AUTHOR))
    return [
        DialoguePlay.version_id == version_id,
        DialoguePlay.ended_at.is_not(None),
        DialoguePlay.person_id.in_(scope),
    ]


def _taken(counted: Sequence[ColumnElement[bool]]) -> dict[tuple[str, int], int]:
    rows: Any = db.session.execute(
        select(DialogueStep.passage, DialogueStep.choice, func.count(func.distinct(DialogueStep.play_id)))
        .join(DialoguePlay, DialoguePlay.id == DialogueStep.play_id)
        .where(*counted)
        .group_by(DialogueStep.passage, DialogueStep.choice)
    )
    return {(passage, choice): n for passage, choice, n in rows}


def _stood(counted: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    rows: Any = db.session.execute(
        select(DialogueStep.passage, func.count(func.distinct(DialogueStep.play_id)))
        .join(DialoguePlay, DialoguePlay.id == DialogueStep.play_id)
        .where(*counted)
        .group_by(DialogueStep.passage)
    )
    return dict(rows.all())
