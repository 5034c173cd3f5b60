"""What dialogues say of competencies: the first time that somebody goes through one, if that is in a course, decision by decision.

Later walks say nothing: who has been through a dialogue knows where its answers lead. Walks in the library say nothing either: they are
there to try answers out, the wrong ones too. Whoever calls has made sure that the reader may see the people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from assessments.grading.evidence import SkillEvidence, Source
from assessments.roleplays.dialogues import showing, story
from assessments.roleplays.dialogues.models import Dialogue, DialoguePlay, DialogueStep, DialogueVersion
from assessments.roleplays.dialogues.queries import PlayPage
from assessments.roleplays.dialogues.story import Story
from courses.competencies.advice import Advice, weakest
from lms.db import db, fetch, in_parts

_ENDED = (
    select(
        DialoguePlay.id, DialoguePlay.person_id, DialoguePlay.dialogue_id, DialoguePlay.version_id, DialoguePlay.module_id, DialoguePlay.ended_at
    )
    .where(DialoguePlay.person_id.in_(bindparam("people", expanding=True)), DialoguePlay.ended_at.is_not(None))
    .order_by(DialoguePlay.ended_at, DialoguePlay.id)
)
_STEPS = (
    select(DialogueStep.play_id, DialogueStep.choice)
    .where(DialogueStep.play_id.in_(bindparam("plays", expanding=True)))
    .order_by(DialogueStep.play_id, DialogueStep.number)
)
_CONTENTS = select(DialogueVersion.id, DialogueVersion.content).where(
    DialogueVersion.id.in_(bindparam("versions", expanding=True))
)


def competency_evidence(person_ids: Sequence[int], *, since: datetime | None = None) -> list[SkillEvidence]:
    """One piece per competency of each first walk; a statement each for some hundred people, for the stories, and for the answers."""
    first: dict[tuple[int, int], Any] = {}
    for some in in_parts(person_ids):
        for row in fetch(_ENDED, {"people": some}):
            first.setdefault((row.person_id, row.dialogue_id), row)
    rows = [row for row in first.values() if row.module_id is not None and (since is None or row.ended_at >= since)]
    stories = _stories({row.version_id for row in rows})
    rows = [row for row in rows if row.version_id in stories]
    answers = _answers([row.id for row in rows])
    return [
        SkillEvidence(row.person_id, word, Source.DIALOGUE, share, decisions, None, row.ended_at, ("dialogue_play", row.id))
        for row in rows
        for word, (share, decisions) in showing.shown(stories[row.version_id], answers.get(row.id, ())).items()
    ]


def _stories(versions: set[int]) -> dict[int, Story]:
    """Of these versions those that name a competency anywhere."""
    read = ((id_, story.from_json(content)) for id_, content in fetch(_CONTENTS, {"versions": list(versions)})) if versions else ()
    return {id_: found for id_, found in read if any(map(story.competency, found.passages))}


def _answers(plays: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = {}
    for some in in_parts(plays):
        for play, choice in fetch(_STEPS, {"plays": some}):
            found.setdefault(play, []).append(choice)
    return found


def weak_in(found: PlayPage) -> list[Advice]:
    """What one walk showed to be weak, with the courses that train it."""
    said = showing.shown(found.story, [exchange.number for exchange in found.exchanges])
    return weakest({word: share for word, (share, _decisions) in said.items()})


def words_in_use() -> Counter[str]:
    """The words for competencies in dialogues that are not retired, and how many passages bear each."""
    contents = db.session.scalars(select(Dialogue.content).where(Dialogue.status != "retired"))
    words = (story.competency(passage) for content in contents for passage in story.from_json(content).passages)
    return Counter(filter(None, words))
