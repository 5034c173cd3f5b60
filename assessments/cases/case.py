"""What a case consists of, what it lacks before it can be published, and what a learner may see at which step. Pure.

``content`` is ``{"brief": LocalText, "aftermath": LocalText, "stage", "industry", "ending", "minutes", "open",
"competencies": [str], "questions": [{"key", "title", "facts", "ask", "model", "happened"}]}``; the texts of a
question are in several languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct

TEXTS = ("brief", "aftermath")
QUESTION_TEXTS = ("title", "facts", "ask", "model", "happened")
NEEDED = ("title", "ask", "model", "happened")
STAGES = ("profile", "leads", "needs", "objections", "agreement", "cash")
INDUSTRIES = ("manufacturing", "electronics", "automotive", "energy", "pharma", "food", "public", "other")
ENDINGS = ("won", "lost")
MOST_QUESTIONS = 8
LONGEST_ANSWER = 6000

EMPTY: dict[str, Any] = {
    "brief": {},
    "aftermath": {},
    "stage": "needs",
    "industry": "manufacturing",
    "ending": "won",
    "minutes": 30,
    "open": True,
    "competencies": [],
    "questions": [],
}


class Step(StrEnum):
    """Where a learner stands with one question."""

    CLOSED = "closed"
    ANSWER = "answer"
    COMPARE = "compare"
    KNOWN = "known"


class Given(Struct, frozen=True):
    """An answer as far as it has come: handed in, and the model answer opened."""

    given: bool
    revealed: bool


def steps(keys: Sequence[str], answers: Mapping[str, Given]) -> dict[str, Step]:
    """Question → step. A question opens when the model answer to the one before was opened."""
    found: dict[str, Step] = {}
    open_ = True
    for key in keys:
        answer = answers.get(key, Given(False, False))
        if not open_:
            found[key] = Step.CLOSED
        elif not answer.given:
            found[key] = Step.ANSWER
        else:
            found[key] = Step.KNOWN if answer.revealed else Step.COMPARE
        open_ = found[key] is Step.KNOWN
    return found


def keys_of(content: Mapping[str, Any]) -> list[str]:
    return [each["key"] for each in content["questions"]]


def finished(keys: Sequence[str], answers: Mapping[str, Given]) -> bool:
    """Every question answered and every model answer opened."""
    return bool(keys) and all(step is Step.KNOWN for step in steps(keys, answers).values())


def seen(content: Mapping[str, Any], answers: Mapping[str, Given]) -> dict[str, Any]:
    """The content as a learner may see it now: closed questions by their number alone, no model answer before its time."""
    at = steps(keys_of(content), answers)
    over = finished(keys_of(content), answers)
    shown = {name: value for name, value in content.items() if name not in ("questions", "aftermath")}
    shown["aftermath"] = content["aftermath"] if over else {}
    shown["questions"] = [_question(each, at[each["key"]]) for each in content["questions"]]
    return shown


def _question(question: Mapping[str, Any], step: Step) -> dict[str, Any]:
    names = {
        Step.CLOSED: (),
        Step.ANSWER: ("title", "facts", "ask"),
        Step.COMPARE: ("title", "facts", "ask"),
        Step.KNOWN: QUESTION_TEXTS,
    }[step]
    return {"key": question["key"], "step": step.value} | {name: question[name] for name in names}


def problem_of(content: Mapping[str, Any]) -> str | None:
    """The name of the first setting that cannot be, or None."""
    known = {"stage": STAGES, "industry": INDUSTRIES, "ending": ENDINGS}
    for name, values in known.items():
        if content[name] not in values:
            return name
    return None if 1 <= content["minutes"] <= 480 else "minutes"


def missing(content: Mapping[str, Any]) -> list[str]:
    """What is needed before others may work on it: ``brief``, ``questions``, or names of texts of a question."""
    lacking = [] if any(content["brief"].values()) else ["brief"]
    if not content["questions"]:
        lacking.append("questions")
    said = {name for each in content["questions"] for name in NEEDED if not any(each[name].values())}
    return [*lacking, *(name for name in NEEDED if name in said)]


def texts(title: Mapping[str, str], content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every text with its place: ``title.en``, ``brief.zh_Hans``, ``questions.KEY.model.en``."""
    named: list[tuple[str, Mapping[str, str]]] = [("title", title), *((name, content[name]) for name in TEXTS)]
    for each in content["questions"]:
        named += [(f"questions.{each['key']}.{name}", each[name]) for name in QUESTION_TEXTS]
    for place, words in named:
        yield from ((f"{place}.{language}", said) for language, said in words.items() if said)


def findable(title: Mapping[str, str], content: Mapping[str, Any]) -> str:
    """What a search may look through: nothing that gives an answer away."""
    said = [*title.values(), *content["brief"].values(), *content["competencies"]]
    return "\n".join(said).casefold()
