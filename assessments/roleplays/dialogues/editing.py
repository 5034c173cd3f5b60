"""What an editor does to a story: one passage written anew, added, renamed, taken out. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from assessments.roleplays.dialogues.passage_text import clean_name, clean_text
from assessments.roleplays.dialogues.story import (
    Choice,
    Comparison,
    Effect,
    Passage,
    Story,
    with_competency,
    with_name,
)


class ChoiceDraft(Struct, frozen=True):
    """A choice as it was typed in one language. ``number``: which one of the passage it was, None for a new one."""

    number: int | None
    text: str
    target: str
    condition: tuple[Comparison, ...]
    effects: tuple[Effect, ...]
    points: Fraction
    feedback: str
    blocker: bool


class PassageDraft(Struct, frozen=True):
    """``choices``: those that stay, in their order."""

    name: str
    text: str
    ending: str | None
    effects: tuple[Effect, ...]
    choices: Sequence[ChoiceDraft]
    shown: str = ""
    """The name in this language; empty: the name itself."""
    competency: str = ""
    """The word for what the choice of an answer shows; empty: nothing."""


def empty(title: str, first: str, ifid: str) -> Story:
    """A story that begins in a passage without words."""
    return Story(title, ifid, first, (Passage(first),))


def said(text: Mapping[str, str], language: str, words: str) -> dict[str, str]:
    """The text with the words of one language in their place; without words, without it."""
    words = clean_text(words)
    kept = {key: value for key, value in text.items() if key != language or words}
    return {**kept, language: words} if words else kept


def with_passage(story: Story, name: str) -> Story:
    """One more, empty; as it was if there is one of this name."""
    name = clean_name(name)
    return story if story.passage(name) else replace(story, passages=(*story.passages, Passage(name)))


def without(story: Story, name: str) -> Story:
    """Taken out; the choices that lead there stay and are found by the checks. The first passage stays."""
    if name == story.start:
        return story
    return replace(story, passages=tuple(each for each in story.passages if each.name != name))


def written(story: Story, name: str, language: str, draft: PassageDraft) -> Story:
    """A passage as it was typed: links follow a new name, and targets that are not there are made.

    :raises KeyError: if there is no such passage. :raises ValueError: if another one has the new name.
    """
    old = story.passage(name)
    if old is None:
        raise KeyError(name)
    new_name = clean_name(draft.name)
    if new_name != name and story.passage(new_name) is not None:
        raise ValueError(new_name)
    named = with_name(old, language, " ".join(draft.shown.split()))
    new = replace(
        with_competency(named, " ".join(draft.competency.split())),
        text=said(old.text, language, draft.text),
        ending=draft.ending,
        effects=draft.effects,
        choices=tuple(_choice(old, language, each) for each in draft.choices),
    )
    passages = tuple(new if each.name == name else each for each in story.passages)
    changed = renamed(replace(story, passages=passages), name, new_name)
    for each in draft.choices:
        if clean_name(each.target) != name:
            changed = with_passage(changed, each.target)
    return changed


def _choice(old: Passage, language: str, draft: ChoiceDraft) -> Choice:
    there = draft.number is not None and draft.number < len(old.choices)
    before = old.choices[draft.number] if there and draft.number is not None else Choice({}, "")
    return Choice(
        text=said(before.text, language, " ".join(draft.text.split())),
        target=clean_name(draft.target),
        condition=draft.condition,
        effects=draft.effects,
        points=draft.points,
        feedback=said(before.feedback, language, draft.feedback),
        blocker=draft.blocker,
    )


def renamed(story: Story, old: str, new: str) -> Story:
    """The passage and every link to it."""
    if old == new:
        return story
    return replace(
        story,
        start=new if story.start == old else story.start,
        passages=tuple(
            replace(
                each,
                name=new if each.name == old else each.name,
                choices=tuple(replace(c, target=new) if c.target == old else c for c in each.choices),
            )
            for each in story.passages
        ),
    )
