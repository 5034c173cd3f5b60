"""What is wrong with a story before anybody plays it: every state it can be in is walked, up to a bound. Pure.

A state is the passage, the variables, the points, whether a blocker was taken, and which of the choices that lie on a
circle were taken (their points count once). The walk says which passages and choices are ever met, where one gets
stuck, what never ends, and the most points with which one can pass.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from assessments.roleplays.dialogues.story import Place, Story, Text, begin, judge, offered, step
from assessments.roleplays.dialogues.terms import condition_words

MOST_STATES = 20_000
BLOCKING = {
    "no_text", "no_choice_text", "link_to_nowhere", "unreachable", "dead_end", "stuck", "never_offered",
    "endless", "unwinnable", "too_many_states", "ending_with_choices", "no_start",
}  # fmt: skip
"""The others are said and do not keep it from being published."""

T = TypeVar("T")
Key = tuple[str, tuple[tuple[str, int], ...], frozenset[tuple[str, int]], Fraction, bool]


class Problem(Struct, frozen=True):
    """``passage`` and ``words`` say where; ``code`` is one of :data:`BLOCKING`, or a remark: ``lost``, ``not_translated``."""

    code: str
    passage: str = ""
    words: str = ""

    @property
    def blocks(self) -> bool:
        return self.code in BLOCKING


class Checked(Struct, frozen=True):
    problems: tuple[Problem, ...]
    best: Fraction
    """The most points with which one can pass; what a score is a share of."""
    states: int

    @property
    def publishable(self) -> bool:
        return not any(problem.blocks for problem in self.problems)


def check(story: Story, most: int = MOST_STATES) -> Checked:
    """All that is wrong. Words that are there in another language only are a remark."""
    problems = [*_words(story), *_shape(story)]
    if story.passage(story.start) is None:
        return Checked((*problems, Problem("no_start", story.start)), Fraction(0), 0)
    whole = _without_loose_ends(story)
    graph = _walk(whole, most)
    if graph is None:
        return Checked((*problems, Problem("too_many_states", words=str(most))), Fraction(0), most)
    best = _best(whole, graph)
    problems += _met(story, graph) + _ways_out(whole, graph, best)
    return Checked(tuple(problems), best, len(graph.places))


def _words(story: Story) -> list[Problem]:
    texts = [each.text for each in story.passages] + [c.text for each in story.passages for c in each.choices]
    languages = sorted({key for text in texts for key, words in text.items() if words})
    found = []
    for passage in story.passages:
        found += _lacks("no_text", passage.name, "", passage.text, languages)
        for number, choice in enumerate(passage.choices, 1):
            found += _lacks("no_choice_text", passage.name, str(number), choice.text, languages)
    return found


def _lacks(code: str, name: str, number: str, text: Text, languages: Sequence[str]) -> list[Problem]:
    missing = [language for language in languages if not text.get(language)]
    if not any(text.values()):
        return [Problem(code, name, number)]
    return [Problem("not_translated", name, " · ".join(filter(None, (number, ", ".join(missing)))))] if missing else []


def _shape(story: Story) -> list[Problem]:
    """What is seen without walking: links to nowhere, dead ends, endings that go on."""
    names = {passage.name for passage in story.passages}
    found = []
    for passage in story.passages:
        found += [
            Problem("link_to_nowhere", passage.name, choice.target)
            for choice in passage.choices
            if choice.target not in names
        ]
        if passage.ending and passage.choices:
            found.append(Problem("ending_with_choices", passage.name))
        if not passage.ending and not passage.choices:
            found.append(Problem("dead_end", passage.name))
    return found


def _without_loose_ends(story: Story) -> Story:
    """Choices that lead nowhere lead back to where they are: their place and number stay."""
    names = {passage.name for passage in story.passages}
    return replace(
        story,
        passages=tuple(
            replace(each, choices=tuple(c if c.target in names else replace(c, target=each.name) for c in each.choices))
            for each in story.passages
        ),
    )


class _Graph(Struct):
    places: dict[Key, Place]
    onward: dict[Key, list[Key]]
    taken: set[tuple[str, int]]
    """Choices that were open in some state."""


def _walk(story: Story, most: int) -> _Graph | None:
    """All states; None where there are more than ``most``."""
    circling = _on_circles(story)
    first = begin(story)
    graph = _Graph({_key(first, circling): first}, {}, set())
    queue = deque(graph.places)
    while queue:
        key = queue.popleft()
        place, graph.onward[key] = graph.places[key], []
        for number, _choice in offered(story, place):
            graph.taken.add((place.passage, number))
            after = step(story, place, number)
            after = replace(after, taken=after.taken & circling)
            there = _key(after, circling)
            graph.onward[key].append(there)
            if there not in graph.places:
                if len(graph.places) >= most:
                    return None
                graph.places[there] = after
                queue.append(there)
    return graph


def _key(place: Place, circling: frozenset[tuple[str, int]]) -> Key:
    values = tuple(sorted((name, value) for name, value in place.values.items() if value))
    return place.passage, values, place.taken & circling, place.points, place.blocked


def _on_circles(story: Story) -> frozenset[tuple[str, int]]:
    """Choices with points that can be taken twice: their passage can be reached again from their target."""
    targets = {each.name: [choice.target for choice in each.choices] for each in story.passages}
    reach = {name: _reached([name], targets) for name in targets}
    return frozenset(
        (each.name, number)
        for each in story.passages
        for number, choice in enumerate(each.choices)
        if choice.points and each.name in reach.get(choice.target, set())
    )


def _reached(first: Iterable[T], onward: Mapping[T, Iterable[T]]) -> set[T]:
    seen: set[T] = set()
    queue = list(first)
    while queue:
        here = queue.pop()
        if here not in seen:
            seen.add(here)
            queue += onward.get(here, ())
    return seen


def _best(story: Story, graph: _Graph) -> Fraction:
    ends = [place for key, place in graph.places.items() if not graph.onward[key]]
    good = [p.points for p in ends if not p.blocked and judge(story, p, Fraction(0)).passed]
    return max(good, default=Fraction(0))


def _met(story: Story, graph: _Graph) -> list[Problem]:
    """Passages nobody reaches, and choices nobody is ever offered."""
    visited = {place.passage for place in graph.places.values()}
    found = [Problem("unreachable", each.name) for each in story.passages if each.name not in visited]
    found += [
        Problem("never_offered", each.name, f"{number + 1} · {condition_words(choice.condition)}")
        for each in story.passages
        if each.name in visited
        for number, choice in enumerate(each.choices)
        if choice.condition and (each.name, number) not in graph.taken
    ]
    return found


def _ways_out(story: Story, graph: _Graph, best: Fraction) -> list[Problem]:
    """Where one gets stuck, what never ends, and from where nobody passes any more."""
    back: dict[Key, list[Key]] = {}
    for key, onward in graph.onward.items():
        for there in onward:
            back.setdefault(there, []).append(key)
    ends = [key for key, onward in graph.onward.items() if not onward]
    stuck = {_name(key) for key in ends if _has_choices(story, key)}
    found = [Problem("stuck", name, values) for name, values in sorted(_first_values(ends, stuck).items())]
    ending = _reached(ends, back)
    endless = {_name(key) for key in graph.places if key not in ending}
    found += [Problem("endless", name) for name in sorted(endless)]
    passing = _reached([k for k in ends if judge(story, graph.places[k], best).passed], back)
    if not passing:
        return [*found, Problem("unwinnable")]
    hopeful = {_name(key) for key in passing}
    failed = {each.name for each in story.passages if each.ending == "failed"}
    lost = {_name(key) for key in graph.places} - hopeful - failed - endless - stuck
    return found + [Problem("lost", name) for name in sorted(lost)]


def _name(key: Key) -> str:
    return key[0]


def _has_choices(story: Story, key: Key) -> bool:
    passage = story.passage(key[0])
    return passage is not None and bool(passage.choices)


def _first_values(ends: Iterable[Key], names: set[str]) -> dict[str, str]:
    """Passage → the variables with which one is stuck there."""
    found: dict[str, str] = {}
    for key in ends:
        if key[0] in names:
            found.setdefault(key[0], ", ".join(f"${name} = {value}" for name, value in key[1]))
    return found
