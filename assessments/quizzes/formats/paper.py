"""The quiz around the questions: its title, its sections, its rules, and what of it a format leaves behind. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from assessments.grading.texts import Text
from assessments.quizzes.formats.entries import Entry, Note

EVERYTHING = frozenset({"sections", "draws", "rules", "tags", "competency", "difficulty"})
RULES = {
    "certainty": "file_certainty",
    "penalty": "file_penalty",
    "one_way": "file_one_way",
    "time_limit": "file_time_limit",
    "attempts": "file_attempts",
    "pass_mark": "file_pass_mark",
}
"""Rules of a quiz that matter to whoever takes it, and the word that they stay behind."""


class PaperSection(Struct, frozen=True):
    """A section: ``numbers`` (from 1) are the places of its questions among the entries; ``draw`` of them, or all."""

    title: Text
    introduction: Text
    numbers: Sequence[int]
    draw: int | None = None
    marks: int = 1


class Paper(Struct, frozen=True):
    """``rules`` are the settings that differ from those of a new quiz; entries beyond ``chosen`` are drawn from."""

    title: Text = field(default_factory=dict)
    sections: Sequence[PaperSection] = ()
    rules: Mapping[str, Any] = field(default_factory=dict)


def left_behind(paper: Paper, entries: Iterable[Entry], carries: frozenset[str]) -> list[Note]:
    """What a format that ``carries`` so much leaves behind of a quiz and of what is known of its questions."""
    notes: list[Note] = []
    if "sections" not in carries and (held := [each for each in paper.sections if not each.draw]):
        notes.append(Note(0, "file_sections", str(len(held))))
    if "draws" not in carries:
        drawn = sum(each.draw or 0 for each in paper.sections)
        notes += [Note(0, "file_draws", str(drawn))] if drawn else []
    if "rules" not in carries:
        notes += [Note(0, code, str(paper.rules[name])) for name, code in RULES.items() if name in paper.rules]
    for number, entry in enumerate(entries, 1):
        if entry.tags and "tags" not in carries:
            notes.append(Note(number, "file_tags_stay", ", ".join(entry.tags)))
        if entry.competency and "competency" not in carries:
            notes.append(Note(number, "file_competency_stays", entry.competency))
        if entry.difficulty and "difficulty" not in carries:
            notes.append(Note(number, "file_difficulty_stays", str(entry.difficulty)))
    return notes
