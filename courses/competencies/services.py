"""Keep the catalogue: write a competency, add and take away the words it answers to, retire it, take it up again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct, field
from sqlalchemy import select

from courses.competencies.matching import folded
from courses.competencies.models import Competency, CompetencyWord
from courses.competencies.scale import LEVELS
from courses.competencies.seeds import SEEDS
from courses.words import in_three_languages
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown

LONGEST = 200
MOST_WORDS = 60


class Said(Struct, frozen=True):
    """What a competency says: ``aliases`` are the words beside its names."""

    name: LocalText
    description: LocalText = field(default_factory=dict)
    stage: str | None = None
    anchors: Mapping[int, LocalText] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()


def create(actor: Actor, code: str, said: Said, *, now: datetime) -> Competency:
    """A new competency. :raises Refused: ``competency_code_taken``, ``competency_name_missing``, ``competency_word_taken``."""
    require(actor, Permission.COMPETENCY_MANAGE)
    codes.check_free(Competency.code, code, "competency_code_taken")
    made = Competency(code=code, name={}, created_at=now, edited_at=now, created_by_id=actor.person_id)
    _say(made, said, now)
    audit.record(actor, "competency.create", "competency", made.id, code=code)
    return made


def edit(actor: Actor, competency_id: int, said: Said, *, now: datetime) -> Competency:
    """Say a competency anew, its aliases too. :raises Refused: as :func:`create`."""
    found = managed(actor, competency_id)
    _say(found, said, now)
    audit.record(actor, "competency.edit", "competency", found.id)
    return found


def managed(actor: Actor, competency_id: int) -> Competency:
    """:raises Unknown: if there is none."""
    require(actor, Permission.COMPETENCY_MANAGE)
    found = db.session.get(Competency, competency_id)
    if found is None:
        raise Unknown()
    return found


def add_alias(actor: Actor, competency_id: int, word: str, *, now: datetime) -> Competency:
    """From now on the word means this competency. :raises Refused: ``competency_word_taken``, ``competency_word_empty``."""
    found = managed(actor, competency_id)
    if not folded(word):
        raise Refused("competency_word_empty", field="word")
    _set_words(found, [each.word for each in found.words if each.is_name], [*aliases_of(found), word])
    found.edited_at = now
    audit.record(actor, "competency.add_alias", "competency", found.id, word=word[:LONGEST])
    return found


def adopt(actor: Actor, code: str, word: str, *, now: datetime) -> Competency:
    """A new competency of the word as it is used; its description and levels can follow."""
    require(actor, Permission.COMPETENCY_MANAGE)
    language = "en" if word.isascii() else "zh_Hans"
    return create(actor, code, Said({language: word.strip()}), now=now)


def retire(actor: Actor, competency_id: int, *, now: datetime) -> None:
    """No longer required and offered; its words keep their meaning, its past evidence stays."""
    found = managed(actor, competency_id)
    if found.retired_at is None:
        found.retired_at = now
        audit.record(actor, "competency.retire", "competency", found.id)
    db.session.flush()


def revive(actor: Actor, competency_id: int, *, now: datetime) -> None:
    """Take a retired competency up again."""
    found = managed(actor, competency_id)
    if found.retired_at is not None:
        found.retired_at, found.edited_at = None, now
        audit.record(actor, "competency.revive", "competency", found.id)
    db.session.flush()


def seed(actor: Actor, *, now: datetime) -> list[Competency]:
    """Add those competencies of key-account selling whose codes and words are free; those added."""
    require(actor, Permission.COMPETENCY_MANAGE)
    there = set(db.session.scalars(select(Competency.code)))
    taken = set(db.session.scalars(select(CompetencyWord.folded)))
    added = []
    for code, said in SEEDS:
        names = [folded(name) for name in said["name"].values()]
        if code in there or taken & set(names):
            continue
        free = tuple(word for word in said["aliases"] if folded(word) not in taken)
        added.append(
            create(actor, code, Said(said["name"], said["description"], said["stage"], said["anchors"], free), now=now)
        )
        taken |= {word.folded for word in added[-1].words}
    return added


def aliases_of(competency: Competency) -> list[str]:
    """The words beside its names."""
    return [each.word for each in competency.words if not each.is_name]


def _say(row: Competency, said: Said, now: datetime) -> None:
    name = in_three_languages(_clean(said.name))
    if not name:
        raise Refused("competency_name_missing", field="name_en")
    row.name, row.stage, row.edited_at = name, said.stage or None, now
    row.description = in_three_languages(_clean(said.description))
    row.anchors = {
        str(level): in_three_languages(_clean(said.anchors[level]))
        for level in LEVELS
        if level in said.anchors and _clean(said.anchors[level])
    }
    db.session.add(row)
    db.session.flush()
    _set_words(row, name.values(), said.aliases)


def _clean(text: LocalText) -> LocalText:
    return {language: words.strip() for language, words in text.items() if words and words.strip()}


def _set_words(row: Competency, names: Iterable[str], aliases: Iterable[str]) -> None:
    """Let the competency answer to exactly these. Words that stay keep their rows."""
    wanted: dict[str, tuple[str, bool]] = {}
    for is_name, some in ((True, names), (False, aliases)):
        for word in some:
            wanted.setdefault(folded(word[:LONGEST]), (word.strip()[:LONGEST], is_name))
    wanted.pop("", None)
    if len(wanted) > MOST_WORDS:
        raise Refused("competency_words_many", field="aliases", most=MOST_WORDS)
    _check_free(row.id, wanted)
    kept = {each.folded: each for each in row.words}
    for key in kept.keys() - wanted.keys():
        row.words.remove(kept[key])
    for key, (word, is_name) in wanted.items():
        if key in kept:
            kept[key].word, kept[key].is_name = word, is_name
        else:
            row.words.append(CompetencyWord(word=word, folded=key, is_name=is_name))
    db.session.flush()


def _check_free(competency_id: int, wanted: Mapping[str, tuple[str, bool]]) -> None:
    other = db.session.execute(
        select(CompetencyWord.folded, Competency.code)
        .join(Competency, Competency.id == CompetencyWord.competency_id)
        .where(CompetencyWord.folded.in_(list(wanted)), CompetencyWord.competency_id != competency_id)
        .limit(1)
    ).first()
    if other is not None:
        word, is_name = wanted[other[0]]
        raise Refused(
            "competency_word_taken", field="name_en" if is_name else "aliases", word=word, competency=other[1]
        )
