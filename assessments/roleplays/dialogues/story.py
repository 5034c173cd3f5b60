"""A branching dialogue: passages, choices, whole-number variables, and the walk through them. Pure.

A choice leads to a passage by its name. It may be bound to a condition, change variables, earn or cost points, say
something back, and be a blocker: who takes it has not passed, whatever the points. Points count the first time a
choice is taken, so that going round in circles earns nothing. A passage without choices is an ending if it says so.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

Text = Mapping[str, str]
"""Language → words."""
Values = Mapping[str, int]
"""Variable → value; one that was never set is 0."""
END, FAILED = "end", "failed"
ENDINGS = (END, FAILED)
AT_ONCE, AT_END = "at_once", "at_end"
COMPETENCY = "competency"
LIMIT = 999
"""A variable stays within -999 to 999."""

COMPARE: dict[str, Callable[[int, int], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "is": operator.eq,
    "is not": operator.ne,
}


class NoSuchChoice(ValueError):
    """The choice is not there, or its condition does not hold."""


class Comparison(Struct, frozen=True):
    """``$variable op number``."""

    variable: str
    op: str
    number: int

    def holds(self, values: Values) -> bool:
        return COMPARE[self.op](values.get(self.variable, 0), self.number)


class Effect(Struct, frozen=True):
    """``$variable`` becomes ``number``, or grows by it."""

    variable: str
    number: int
    adds: bool = False

    def on(self, values: Values) -> dict[str, int]:
        new = values.get(self.variable, 0) + self.number if self.adds else self.number
        return {**values, self.variable: max(-LIMIT, min(LIMIT, new))}


class Choice(Struct, frozen=True):
    text: Text
    target: str
    condition: tuple[Comparison, ...] = ()
    """All of them have to hold."""
    effects: tuple[Effect, ...] = ()
    points: Fraction = Fraction(0)
    feedback: Text = field(default_factory=dict)
    blocker: bool = False

    def offered(self, values: Values) -> bool:
        return all(test.holds(values) for test in self.condition)


class Passage(Struct, frozen=True):
    name: str
    text: Text = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    effects: tuple[Effect, ...] = ()
    """What entering it changes."""
    ending: str | None = None
    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    """Twine's: place and size on its map. Ours: ``name-en``, ``name-zh-Hans``: what trainers read instead of the name;
    ``competency``: the word for what the choice of an answer here shows."""


def names(passage: Passage) -> dict[str, str]:
    """Language → the name of a passage in it."""
    prefix = "name-"
    known = {key: words for key, words in passage.metadata.items() if key.startswith(prefix) and words}
    return {key.removeprefix(prefix).replace("-", "_"): words for key, words in known.items()}


def with_name(passage: Passage, language: str, words: str) -> Passage:
    """The passage with its name in one language; without words, without it."""
    key = f"name-{language.replace('_', '-')}"
    kept = {name: value for name, value in passage.metadata.items() if name != key}
    return replace(passage, metadata={**kept, key: words} if words else kept)


def competency(passage: Passage) -> str:
    """The word for the competency that the choice of an answer here shows; empty where none is named."""
    return passage.metadata.get(COMPETENCY, "").strip()


def with_competency(passage: Passage, word: str) -> Passage:
    """The passage with the word; without one, without it."""
    kept = {name: value for name, value in passage.metadata.items() if name != COMPETENCY}
    return replace(passage, metadata={**kept, COMPETENCY: word} if word else kept)


class Story(Struct, frozen=True):
    title: str
    ifid: str
    start: str
    passages: tuple[Passage, ...]
    initial: tuple[Effect, ...] = ()
    pass_mark: Fraction = Fraction(3, 5)
    """Of the best that can be reached."""
    feedback: str = AT_ONCE

    def passage(self, name: str) -> Passage | None:
        return next((each for each in self.passages if each.name == name), None)


class Place(Struct, frozen=True):
    """Where somebody stands: the passage, the variables, the choices taken, the points, whether a blocker was taken."""

    passage: str
    values: Values
    taken: frozenset[tuple[str, int]]
    points: Fraction
    blocked: bool


class Verdict(Struct, frozen=True):
    """``share`` of the best, 0-1, exact."""

    share: Fraction
    passed: bool
    blocked: bool


def apply(effects: Iterable[Effect], values: Values) -> Values:
    for effect in effects:
        values = effect.on(values)
    return values


def begin(story: Story) -> Place:
    """:raises NoSuchChoice: if there is no first passage."""
    return _enter(story, story.start, apply(story.initial, {}), frozenset(), Fraction(0), False)


def _enter(
    story: Story, name: str, values: Values, taken: frozenset[tuple[str, int]], points: Fraction, blocked: bool
) -> Place:
    passage = story.passage(name)
    if passage is None:
        raise NoSuchChoice(name)
    return Place(name, apply(passage.effects, values), taken, points, blocked)


def offered(story: Story, place: Place) -> list[tuple[int, Choice]]:
    """The choices that are open, with their numbers in the passage (from 0)."""
    passage = story.passage(place.passage)
    choices = passage.choices if passage else ()
    return [(at, choice) for at, choice in enumerate(choices) if choice.offered(place.values)]


def step(story: Story, place: Place, number: int) -> Place:
    """Take a choice. :raises NoSuchChoice: if it is not open, or leads nowhere."""
    choice = dict(offered(story, place)).get(number)
    if choice is None:
        raise NoSuchChoice(str(number))
    mark = (place.passage, number)
    earned = Fraction(0) if mark in place.taken else choice.points
    values = apply(choice.effects, place.values)
    blocked = place.blocked or choice.blocker
    return _enter(story, choice.target, values, place.taken | {mark}, place.points + earned, blocked)


def walk(story: Story, numbers: Sequence[int]) -> Place:
    """The place after these choices from the beginning. :raises NoSuchChoice: as :func:`step`."""
    place = begin(story)
    for number in numbers:
        place = step(story, place, number)
    return place


def ended(story: Story, place: Place) -> bool:
    """Whether nothing is left to choose."""
    return not offered(story, place)


def judge(story: Story, place: Place, best: Fraction) -> Verdict:
    """The result of a walk that has ended. ``best``: the most points a passing walk can earn; where nothing can be
    earned, the ending alone decides. A blocker or an ending that is lost does not pass."""
    share = max(Fraction(0), min(Fraction(1), place.points / best)) if best > 0 else Fraction(1)
    passage = story.passage(place.passage)
    well = passage is not None and passage.ending == END
    if best <= 0 and not well:
        share = Fraction(0)
    return Verdict(share, well and not place.blocked and share >= story.pass_mark, place.blocked)


# As JSON


def to_json(story: Story) -> dict[str, Any]:
    return {
        "title": story.title,
        "ifid": story.ifid,
        "start": story.start,
        "initial": [_effect(each) for each in story.initial],
        "pass_mark": str(story.pass_mark),
        "feedback": story.feedback,
        "passages": [_passage(each) for each in story.passages],
    }


def _passage(passage: Passage) -> dict[str, Any]:
    return {
        "name": passage.name,
        "text": dict(passage.text),
        "choices": [_choice(each) for each in passage.choices],
        "effects": [_effect(each) for each in passage.effects],
        "ending": passage.ending,
        "tags": list(passage.tags),
        "metadata": dict(passage.metadata),
    }


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "text": dict(choice.text),
        "target": choice.target,
        "condition": [[test.variable, test.op, test.number] for test in choice.condition],
        "effects": [_effect(each) for each in choice.effects],
        "points": str(choice.points),
        "feedback": dict(choice.feedback),
        "blocker": choice.blocker,
    }


def _effect(effect: Effect) -> list[Any]:
    return [effect.variable, effect.number, effect.adds]


def from_json(data: Mapping[str, Any]) -> Story:
    """What :func:`to_json` wrote."""
    return Story(
        title=data["title"],
        ifid=data["ifid"],
        start=data["start"],
        passages=tuple(_read_passage(each) for each in data["passages"]),
        initial=tuple(Effect(*each) for each in data["initial"]),
        pass_mark=Fraction(data["pass_mark"]),
        feedback=data["feedback"],
    )


def _read_passage(data: Mapping[str, Any]) -> Passage:
    return Passage(
        name=data["name"],
        text=data["text"],
        choices=tuple(_read_choice(each) for each in data["choices"]),
        effects=tuple(Effect(*each) for each in data["effects"]),
        ending=data["ending"],
        tags=tuple(data["tags"]),
        metadata=data["metadata"],
    )


def _read_choice(data: Mapping[str, Any]) -> Choice:
    return Choice(
        text=data["text"],
        target=data["target"],
        condition=tuple(Comparison(*each) for each in data["condition"]),
        effects=tuple(Effect(*each) for each in data["effects"]),
        points=Fraction(data["points"]),
        feedback=data["feedback"],
        blocker=data["blocker"],
    )
