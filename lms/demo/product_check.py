"""The demo's yearly product check: 259 takers, so that every page of the analysis has something to show.

Built in and to be found: a key that is wrong, a question harder for one region, one that became easier with its new words, two people
who answered alike, a gain since the pre-test, and what browsers told of some attempts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from fractions import Fraction
from typing import Any

import numpy as np
from sqlalchemy import insert, select

from assessments.grading.grade import GRADER, Grade, Item, grade
from assessments.quizzes import bank, editing, policies
from assessments.quizzes.analysis import gains, runs
from assessments.quizzes.analysis.models import RunKind
from assessments.quizzes.integrity.models import QuizActivity
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, Quiz, State
from courses import exchange, publishing
from courses import services as courses
from courses.authoring import modules_of
from courses.completion import Outcome
from courses.models import Chosen, Course, CourseVersion, Enrolment, Module, ModuleVersion
from lms.authz import SYSTEM
from lms.db import db
from lms.demo.company import Company
from lms.demo.histories import inserted
from lms.demo.product_check_content import CHECK, PRE, REWORDED, course, single
from lms.people.models import Person, Team

CODE = "PK-50"
SOUTH = "HC-S"
STRANGE, KEYED_WRONG, WORDED_ANEW = 5, 9, 10
HARD = (-1.2, -0.6, -0.9, 0.1, -0.4, -0.2, 0.5, 0.9, 0.3, 0.6, 1.1)
"""Difficulty of the check's questions, in standard deviations of its takers."""
LEARNT = 0.7
WEAK = -1.3
"""Ability of the two who answered alike: what they share is mostly wrong."""
Given = dict[int, list[str]]
Sheet = tuple[int, datetime, Given, dict[str, Any]]
"""Person, moment, answers, questions as they were shown."""


def fill(seed: int, company: Company, *, now: datetime) -> Course:
    """The course in two versions, its takers, the pairing, and what the worker would have computed."""
    rng = np.random.default_rng([seed, 50])
    trainer = company.actors["lu.siyuan"]
    begun = now - timedelta(days=75)
    made = exchange.load(trainer, json.dumps(course(CODE)).encode(), now=begun)
    before, check = (each for each in modules_of(made.id) if each.kind == "quiz")
    shared = policies.quiz_of(check.id).items[0].question_id
    editing.take_in(trainer, before.id, shared, now=begun)
    first = publishing.publish(trainer, made.id, now=begun + timedelta(hours=1))
    people = _people(company)
    able = {person: float(rng.normal(0.3, 1.0)) for person, _south in people}
    ids = inserted(Enrolment, [_enrolment(made, first, person, begun + timedelta(hours=2), company) for person, _south in people])
    enrolled = dict(zip([person for person, _south in people], ids, strict=True))
    room = _Room(rng, enrolled, able, dict(people))
    room.sit(first, before, begun + timedelta(days=2), [person for person, _south in people[:200]], 0.0)
    half = len(people) // 2
    room.sit(first, check, now - timedelta(days=40), [person for person, _south in people[:half]], LEARNT)
    item = policies.quiz_of(check.id).items[WORDED_ANEW]
    anew = single((REWORDED, CHECK[WORDED_ANEW][1]))
    editing.edit_question(trainer, check.id, item.question_id, anew, marks=1, competency=anew["competency"], now=now - timedelta(days=30))
    second = publishing.publish(trainer, made.id, now=now - timedelta(days=29))
    _moved(second, [enrolled[person] for person, _south in people[half:]])
    room.sit(second, check, now - timedelta(days=20), [person for person, _south in people[half:]], LEARNT, easier=True)
    gains.pair(trainer, check.id, before.id, now=now - timedelta(days=19))
    _computed(check, now - timedelta(days=1))
    return made


def _people(company: Company) -> list[tuple[int, bool]]:
    """Everybody who sells but the rep whom the demo introduces, and whether in the south; in an order of no meaning."""
    wanted = [*company.key_accounts[1:], *company.channel]
    codes = dict(db.session.execute(select(Person.id, Team.code).join(Team, Team.id == Person.team_id)).all())
    mixed = np.random.default_rng(7).permutation(len(wanted))
    return [(wanted[int(at)], codes[wanted[int(at)]].startswith(SOUTH)) for at in mixed]


def _enrolment(made: Course, version: CourseVersion, person: int, moment: datetime, company: Company) -> dict[str, Any]:
    return {
        "person_id": person, "course_id": made.id, "version_id": version.id, "cycle": 1, "enrolled_at": moment, "started_on": moment.date(),
        "due_on": (moment + timedelta(days=90)).date(), "chosen": Chosen.EVERYONE.value, "reason": "年度考核 · Everybody takes it",
        "chosen_by_id": company.actors["hr"].person_id, "source": "internal",
    }  # fmt: skip


def _moved(version: CourseVersion, enrolments: Sequence[int]) -> None:
    """Those who begin later begin with the version that is then published."""
    for row in db.session.scalars(select(Enrolment).where(Enrolment.id.in_(enrolments))):
        row.version_id = version.id
    db.session.flush()


class _Room:
    """Where people sit a quiz: their answers by ability, written in bulk as the services would have left them."""

    def __init__(self, rng: np.random.Generator, enrolled: Mapping[int, int], able: Mapping[int, float], south: Mapping[int, bool]) -> None:
        self.rng, self.enrolled, self.able, self.south = rng, enrolled, able, south

    def sit(self, version: CourseVersion, module: Module, day: datetime, people: Sequence[int], learnt: float, *, easier: bool = False) -> None:
        content = db.session.scalars(
            select(ModuleVersion.content).where(ModuleVersion.course_version_id == version.id, ModuleVersion.module_id == module.id)
        ).one()
        quiz_id = policies.quiz_id_of(module.id)
        keys = bank.keys_in_force(item["version"] for item in content["items"])
        sheets: list[Sheet] = []
        for at, person in enumerate(people):
            began = datetime.combine(day.date(), time(1), UTC) + timedelta(days=int(self.rng.integers(0, 14)), minutes=int(self.rng.integers(0, 500)))
            two = at < 2 and learnt > 0 and not easier
            able = WEAK if two else self.able[person] + learnt
            given = self._answers(content["items"], keys, able, self.south[person], easier)
            if two and at == 1:
                began, given = sheets[0][1] + timedelta(minutes=1), dict(sheets[0][2])
            sheets.append((person, began, given, self._layout(content)))
        self._write(quiz_id, module, content, keys, sheets)

    def _layout(self, content: Mapping[str, Any]) -> dict[str, Any]:
        items = []
        for place in self.rng.permutation(len(content["items"])):
            item = content["items"][int(place)]
            options = [item["options"][int(at)] for at in self.rng.permutation(len(item["options"]))]
            more = {"shape": item["shape"]} if "shape" in item else {}
            items.append({name: item[name] for name in ("question", "version", "kind", "marks")} | {"options": options} | more)
        return {name: content["settings"][name] for name in ("pass_mark", "review", "layout")} | {"items": items}

    def _answers(self, items: Sequence[Mapping[str, Any]], keys: Mapping[int, Any], able: float, south: bool, easier: bool) -> Given:
        check = len(items) > len(PRE) + 1
        found: Given = {}
        for at, item in enumerate(items):
            hard = HARD[at] if check and at < len(HARD) else -0.3
            hard += 1.6 if check and at == STRANGE and south else 0.0
            hard -= 1.5 if easier and at == WORDED_ANEW else 0.0
            knows = self.rng.random() < 1 / (1 + np.exp(1.3 * (hard - able)))
            said = self._said(item, keys[item["version"]].key, knows, able)
            if said:
                found[item["question"]] = said
        return found

    def _said(self, item: Mapping[str, Any], key: Any, knows: bool, able: float) -> list[str]:
        if item["kind"] == "matching":
            options = item["options"]
            return [f"{id_}={own.correct if self.rng.random() < 1 / (1 + np.exp(-able - 0.4)) else options[int(self.rng.integers(len(options)))]}" for id_, own in key.parts]
        if item["kind"] == "cloze":
            first = ["1=100"] if knows else ["1=10"] if self.rng.random() < 0.5 else []
            return [*first, f"2={20 if self.rng.random() < 0.8 else 60}"]
        if knows:
            return ["k1"]
        if key.correct != "k1":  # keyed wrong: the answer in the key is that of those who do not know
            return [key.correct]
        wrong = ("k2", "k2", "k3", "k3", "k3", "k4") if self.rng.random() < 0.9 else ("k4",)
        return [wrong[int(self.rng.integers(len(wrong)))]]

    def _write(self, quiz_id: int, module: Module, content: Mapping[str, Any], keys: Mapping[int, Any], sheets: Sequence[Sheet]) -> None:
        spans = [timedelta(minutes=min(max(float(self.rng.normal(17, 4)), 6.0), 29.0)) for _sheet in sheets]
        rows = [
            {"quiz_id": quiz_id, "enrolment_id": self.enrolled[person], "person_id": person, "module_id": module.id, "number": 1,
             "allowed": content["settings"]["attempts"], "state": State.SUBMITTED.value, "started_at": began, "ended_at": began + span, "frozen": layout, "marked": []}
            for (person, began, _given, layout), span in zip(sheets, spans, strict=True)
        ]  # fmt: skip
        ids = inserted(Attempt, rows)
        saves, grades, told = [], [], []
        for id_, (person, began, given, layout), span in zip(ids, sheets, spans, strict=True):
            judged = _judged(layout, keys, given)
            moments = self._moments(began, span, len(layout["items"]))
            saves += _saves(id_, layout, given, moments)
            grades.append(_grade(id_, person, layout, judged, keys, began + span))
            told += self._told(id_, began, moments)
            if judged.passed and module.required:
                outcome = Outcome(True, float(judged.score), began + span, f"attempt:{id_}")
                courses.record_outcome(SYSTEM, self.enrolled[person], module.id, outcome, now=began + span)
        db.session.execute(insert(AnswerSave), saves)
        db.session.execute(insert(GradeEntry), grades)
        if told:
            db.session.execute(insert(QuizActivity), told)

    def _moments(self, began: datetime, span: timedelta, number: int) -> list[datetime]:
        """When each answer was given: unevenly, the last before the end."""
        steps = self.rng.gamma(2.0, 1.0, number + 1).cumsum()
        return [began + span * float(steps[at] / steps[-1]) for at in range(number)]

    def _told(self, id_: int, began: datetime, moments: Sequence[datetime]) -> list[dict[str, Any]]:
        """Every third browser told something: the page left for a while, once or more."""
        if self.rng.random() > 0.35:
            return []
        events: list[list[Any]] = []
        for _time in range(int(self.rng.integers(1, 4))):
            left = int(moments[int(self.rng.integers(len(moments)))].timestamp() * 1000) + 3000
            events += [[left, "hidden", None], [left + int(self.rng.gamma(1.5, 12_000)), "shown", None]]
        return [{"attempt_id": id_, "number": 1, "received_at": began + timedelta(minutes=30), "events": sorted(events)}]


def _judged(layout: Mapping[str, Any], keys: Mapping[int, Any], given: Given) -> Grade:
    items = [Item(item["question"], keys[item["version"]].key, item["marks"]) for item in layout["items"]]
    said = {question: tuple(answer) for question, answer in given.items()}
    return grade(items, said, Fraction(layout["pass_mark"], 100), fold=bank.fold)


def _saves(id_: int, layout: Mapping[str, Any], given: Given, moments: Sequence[datetime]) -> list[dict[str, Any]]:
    return [
        {"attempt_id": id_, "question_id": item["question"], "answer": given[item["question"]], "sequence": at, "given_at": moment, "received_at": moment}
        for at, (item, moment) in enumerate(zip(layout["items"], moments, strict=True), 1)
        if item["question"] in given
    ]


def _grade(id_: int, person: int, layout: Mapping[str, Any], judged: Grade, keys: Mapping[int, Any], at: datetime) -> dict[str, Any]:
    versions = {item["question"]: item["version"] for item in layout["items"]}
    marks = [
        {"question": mark.question, "version": versions[mark.question], "share": str(mark.share), "marks": mark.marks, "answered": mark.answered}
        for mark in judged.marks
    ]
    return {
        "attempt_id": id_, "marks": marks, "earned": str(judged.earned), "possible": judged.possible, "score": float(judged.score), "passed": judged.passed,
        "key_fingerprint": bank.fingerprint({version: keys[version].key for version in versions.values()}), "grader": GRADER, "at": at, "by_id": person,
    }  # fmt: skip


def _computed(check: Module, moment: datetime) -> None:
    """What the worker would have kept by now: the scale, the pairs, and the figures of every quiz."""
    quizzes = db.session.scalars(select(Quiz).where(Quiz.id.in_(select(Attempt.quiz_id).where(Attempt.ended_at.is_not(None)))).order_by(Quiz.id)).all()
    wanted = [(quiz, RunKind.SUMMARY) for quiz in quizzes]
    own = policies.quiz_of(check.id)
    for quiz, kind in [*wanted, (own, RunKind.SCALE), (own, RunKind.SIMILARITY)]:
        run = runs.begun(SYSTEM, quiz.id, kind, now=moment)
        runs.keep(run.id, runs.computed(quiz, kind)[kind], now=moment)
