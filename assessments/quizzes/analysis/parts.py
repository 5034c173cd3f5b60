"""What was chosen and what was right, part by part: options, gaps, pairs, things to be put in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct, field

from assessments.grading.answers import Answer
from assessments.grading.grade import part_shares
from assessments.grading.options import ItemOptions
from assessments.grading.parts import OrderKey, PartsKey, by_part
from assessments.grading.questions import Key
from assessments.quizzes import bank
from assessments.quizzes.analysis.responses import Responses, answers, column_met
from assessments.quizzes.bank import KeyInForce
from assessments.quizzes.models import QuestionVersion
from assessments.quizzes.results import key_words
from lms.arrays import BoolArray, FloatArray

CHOSEN = ("single", "multiple", "true_false")
Texts = Mapping[int, tuple[QuestionVersion, str]]


class PartAnswers(Struct, frozen=True):
    """The parts of one version by their names, and (n, m) what the answers to them earned: ``nan`` where nothing was said."""

    names: tuple[str, ...]
    shares: FloatArray


class Looked(Struct):
    """By column of the matrices: the options of those that have some, the parts of those that have some."""

    options: dict[int, ItemOptions] = field(default_factory=dict)
    parts: dict[int, PartAnswers] = field(default_factory=dict)


def looked(quiz_id: int, found: Responses, words: Texts) -> Looked:
    """Options and parts of the questions of a quiz, in two statements; each answer is read once."""
    keys = bank.keys_in_force(found.versions)
    kinds = [words[version][1] for version in found.versions]
    boxes = {
        at: _Box(version, words, keys[version], found.n)
        for at, version in enumerate(found.versions)
        if kinds[at] in CHOSEN
    }
    parted = {
        at: _Parted(keys[version].key, found.n)
        for at, version in enumerate(found.versions)
        if isinstance(keys[version].key, PartsKey | OrderKey)
    }
    readers: dict[int, Callable[[int, Sequence[str]], None]] = {at: each.read for at, each in boxes.items()}
    readers |= {at: each.read for at, each in parted.items()}
    _read(quiz_id, found, readers)
    return Looked(
        {at: each.made() for at, each in boxes.items()},
        {at: each.made() for at, each in parted.items()},
    )


def _read(
    quiz_id: int, found: Responses, readers: Mapping[int, Callable[[int, Sequence[str]], None]]
) -> None:
    if not readers:
        return
    rows, columns = found.rows(), found.columns()
    wanted = {found.questions[at] for at in readers}
    for attempt, question, answer in answers(quiz_id, sorted(wanted)):
        row = rows.get(attempt)
        at = None if row is None else column_met(found, row, columns[question])
        if row is not None and at is not None and at in readers:
            readers[at](row, answer)


class _Box:
    """The options of one version, and who ticked which."""

    def __init__(self, version: int, words: Texts, key: KeyInForce, n: int) -> None:
        text, kind = words[version]
        self.names = bank.option_ids(kind, text.options)
        right = key_words(key.key)["correct"]
        self.correct = tuple(name in right for name in self.names)
        self.chosen: BoolArray = np.zeros((n, len(self.names)), dtype=bool)
        self.place = {name: at for at, name in enumerate(self.names)}

    def read(self, row: int, answer: Sequence[str]) -> None:
        for name in answer:
            self.chosen[row, self.place[name]] = True

    def made(self) -> ItemOptions:
        return ItemOptions(tuple(self.names), self.correct, self.chosen)


class _Parted:
    """The parts of one version. Answers repeat: what each earns is reckoned once."""

    def __init__(self, key: Key, n: int) -> None:
        self.key = key
        self.names = tuple(key.order if isinstance(key, OrderKey) else (id_ for id_, _own in key.parts))  # type: ignore[union-attr]
        self.shares: FloatArray = np.full((n, len(self.names)), np.nan)
        self.known: dict[Answer, list[float]] = {}

    def read(self, row: int, answer: Sequence[str]) -> None:
        said = tuple(answer)
        if said not in self.known:
            self.known[said] = self._earned(said)
        self.shares[row] = self.known[said]

    def _earned(self, answer: Answer) -> list[float]:
        given = by_part(answer)
        if isinstance(self.key, OrderKey):
            places = {name: str(at) for at, name in enumerate(self.key.order, 1)}
            right: Mapping[str, Any] = {name: given.get(name) == (places[name],) for name in self.names}
        else:
            right = part_shares(self.key, answer, fold=bank.fold)  # type: ignore[arg-type]
        return [float(right[name]) if given.get(name) else np.nan for name in self.names]

    def made(self) -> PartAnswers:
        return PartAnswers(self.names, self.shares)
