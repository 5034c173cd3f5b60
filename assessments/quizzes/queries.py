"""What the learner's pages show: the offer, the sheet of questions, the result. Keys are read for the result alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import bindparam, select

from assessments.grading import certainty
from assessments.grading.answers import number as number_typed
from assessments.grading.areas import point_of
from assessments.grading.files import FILED, parse_rule
from assessments.grading.open_text import BY_HAND
from assessments.grading.parts import by_part
from assessments.quizzes import accommodations, answer_files, answering, policies
from assessments.quizzes.accommodations import Extra
from assessments.quizzes.answer_files import Handed
from assessments.quizzes.layout import with_numbers
from assessments.quizzes.models import AnswerSave, Attempt, GradeEntry, QuestionVersion, State
from assessments.quizzes.services import is_over, standing_grade
from assessments.quizzes.windows import moment_of
from courses import files, markdown
from courses import queries as courses
from courses.models import CourseVersion, Enrolment, ModuleVersion
from courses.queries import Learning
from lms.authz import Actor
from lms.db import LocalText, db
from lms.errors import Unknown
from lms.i18n import local


class Tried(Struct, frozen=True):
    """An attempt and the grade that counts; None while it is open."""

    attempt: Attempt
    entry: GradeEntry | None


class Offer(Struct, frozen=True):
    """A quiz before it is taken: its rules, the attempts made, and whether another may begin."""

    learning: Learning
    settings: Mapping[str, Any]
    questions: int
    marks: int
    tries: Sequence[Tried]
    now: datetime
    extra: Extra = field(default_factory=Extra)

    @property
    def seconds(self) -> int | None:
        """The time limit, with what its taker gets beyond it."""
        return self.extra.seconds(self.settings["time_limit"])

    @property
    def open(self) -> Attempt | None:
        return next((each.attempt for each in self.tries if each.attempt.state == State.OPEN), None)

    @property
    def opens_at(self) -> datetime | None:
        """Only while that is still to come."""
        opens = moment_of(self.settings.get("opens_at"))
        return opens if opens and self.now < opens else None

    @property
    def closed(self) -> bool:
        closes = moment_of(self.settings.get("closes_at"))
        return closes is not None and self.now >= closes

    @property
    def asks_openly(self) -> bool:
        """Whether a question is surely asked whose answer a grader reads."""
        return any(item["kind"] in BY_HAND for item in self.learning.module.content["items"]) if self.learning.module else False

    @property
    def waiting(self) -> Attempt | None:
        """A finished attempt whose open answers wait for a grader."""
        ended = (each for each in self.tries if each.entry is None and each.attempt.state != State.OPEN)
        return next((each.attempt for each in ended), None)

    @property
    def overdue(self) -> bool:
        return self.open is not None and is_over(self.open.deadline_at, self.now)

    @property
    def left(self) -> int | None:
        """Attempts that may still begin; None: as many as one likes."""
        allowed = self.extra.attempts(self.settings["attempts"])
        return None if allowed is None else max(0, allowed - len(self.tries))

    @property
    def wait_until(self) -> datetime | None:
        """Before this moment no other attempt may begin."""
        last = self.tries[-1].attempt if self.tries else None
        if last is None or last.ended_at is None or not self.settings["wait_minutes"]:
            return None
        until = last.ended_at + timedelta(minutes=self.settings["wait_minutes"])
        return until if until > self.now else None

    @property
    def passed(self) -> bool:
        return any(each.entry is not None and each.entry.passed for each in self.tries)


class AskedPart(Struct, frozen=True):
    """A part of a question as its taker meets it; ``given`` is what was said to it."""

    id: str
    kind: str
    text: LocalText
    options: Sequence[tuple[str, LocalText]]
    unit: str = ""
    given: Sequence[str] = ()


class Asked(Struct, frozen=True):
    """A question of an attempt as its taker meets it: no key, no feedback. ``options`` are (id, text) in order."""

    number: int
    id: int
    version_id: int
    kind: str
    stem: LocalText
    options: Sequence[tuple[str, LocalText]]
    unit: str
    marks: int
    answer: Sequence[str] = ()
    marked: bool = False
    sure: int | None = None
    section: int | None = None
    parts: Sequence[AskedPart] = ()
    image: str = ""
    alt: LocalText | None = None
    handed: Handed | None = None
    """What may be given and what was, where the answer is a file or a recording."""
    typed: Mapping[str, str] | None = None
    """What was typed by part, where it could not be kept."""

    def typed_as(self, sent: Mapping[str, Sequence[str]] | Sequence[str]) -> Asked:
        """The question with what its page held, though that could not be kept."""
        if isinstance(sent, Mapping):
            return replace(self, typed={name: " ".join(said) for name, said in sent.items()})
        return replace(self, answer=tuple(sent))

    @property
    def given(self) -> dict[str, tuple[str, ...]]:
        """What was said, by part or by thing."""
        return by_part(self.answer)

    @property
    def placed(self) -> list[tuple[str, LocalText]]:
        """The things to put in order: those that have a place by it, then the others."""
        given = self.given
        return sorted(self.options, key=lambda each: int(given[each[0]][0]) if each[0] in given else len(self.options) + 1)

    @property
    def places(self) -> tuple[int, int]:
        """How many of its parts or things have an answer, and how many there are; one, where it has neither."""
        if self.parts:
            return sum(bool(part.given) for part in self.parts), len(self.parts)
        if self.kind == "ordering":
            return len(self.given), len(self.options)
        return int(bool(self.answer)), 1

    @property
    def misread(self) -> str:
        """What was typed for a number and is none; empty where there is no such thing."""
        typed = [(part.given, part.unit) for part in self.parts if part.kind == "numeric"]
        if self.kind in ("numeric", "calculated"):
            typed = [(self.answer, self.unit)]
        return next((said[0] for said, unit in typed if said and number_typed(said[0], unit) is None), "")

    @property
    def point(self) -> tuple[int, int] | None:
        """The spot that was pointed at, in thousandths of the image's sides."""
        return point_of(self.answer[0]) if self.answer else None


class Sheet(Struct, frozen=True):
    """An attempt with its questions; ``sequence`` is the highest of the answers held."""

    attempt: Attempt
    title: LocalText
    course_title: LocalText
    course_id: int
    questions: Sequence[Asked]
    sequence: int = 0

    @property
    def turn(self) -> int:
        """The number of the one question that is asked now, where there is no going back; else 0."""
        return answering.turn(self.attempt.frozen, self.attempt.reached)

    def asks_certainty(self, question: Asked) -> bool:
        return answering.asks_certainty(self.attempt.frozen, question.kind)

    def headed(self, shown: Sequence[Asked]) -> dict[int, Mapping[str, Any]]:
        """Question → the section that it opens among those shown."""
        return headed(self.attempt.frozen, shown)

    @property
    def unanswered(self) -> list[Asked]:
        return [each for each in self.questions if not each.answer]

    @property
    def begun(self) -> list[Asked]:
        """Those that are answered in part."""
        return [each for each in self.questions if each.answer and each.places[0] < each.places[1]]

    @property
    def misread(self) -> list[Asked]:
        return [each for each in self.questions if each.misread]

    @property
    def marked(self) -> list[Asked]:
        return [each for each in self.questions if each.marked]


def headed(frozen: Mapping[str, Any], shown: Sequence[Asked]) -> dict[int, Mapping[str, Any]]:
    """Question → the section that it opens among those shown."""
    found: dict[int, Mapping[str, Any]] = {}
    before: int | None = None
    for each in shown:
        if each.section is not None and each.section != before:
            found[each.id] = frozen["sections"][each.section]
        before = each.section
    return found


def offer(actor: Actor, enrolment_id: int, module_id: int, now: datetime) -> Offer:
    """The quiz of an enrolment of one's own. :raises Unknown: if it is not, or has no such quiz."""
    learning = courses.learning(actor, enrolment_id, module_id)
    if learning.module is None or learning.module.kind != "quiz":
        raise Unknown()
    content = learning.module.content
    tries = [
        Tried(attempt, entry)
        for attempt, entry in db.session.execute(
            select(Attempt, GradeEntry)
            .outerjoin(GradeEntry, standing_grade())
            .where(Attempt.enrolment_id == enrolment_id, Attempt.module_id == module_id)
            .order_by(Attempt.number)
        )
    ]
    settings = content["settings"]
    questions, marks = size_of(content)
    quiz_id = tries[0].attempt.quiz_id if tries else policies.quiz_id_of(module_id)
    extra = accommodations.at_start(actor.person_id, quiz_id, settings, now)
    return Offer(learning, settings, questions, marks, tries, now, extra)


def size_of(content: Mapping[str, Any]) -> tuple[int, int]:
    """Questions and marks of a published quiz; with certainty each question can earn three times its marks."""
    drawn = [each for each in content.get("sections", []) if each["draw"]]
    questions = len(content["items"]) + sum(each["draw"] for each in drawn)
    marks = sum(item["marks"] for item in content["items"]) + sum(each["draw"] * each["marks"] for each in drawn)
    return questions, marks * (certainty.MOST if content["settings"].get("certainty") else 1)


def sheet(actor: Actor, attempt_id: int) -> Sheet:
    """One's own attempt, in three statements. :raises Unknown: if it is somebody else's."""
    row = db.session.execute(_sheet(), {"attempt": attempt_id, "person": actor.person_id}).one_or_none()
    if row is None:
        raise Unknown()
    return sheet_of(*row)


# Statements of the pages that everyone opens during a quiz, built once: building one costs more than running it.


@cache
def _sheet() -> Any:
    return (
        select(Attempt, ModuleVersion.title, CourseVersion.title, CourseVersion.course_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(CourseVersion, CourseVersion.id == Enrolment.version_id)
        .join(
            ModuleVersion,
            (ModuleVersion.course_version_id == CourseVersion.id)
            & (ModuleVersion.module_id == Attempt.module_id),
        )
        .where(Attempt.id == bindparam("attempt"), Attempt.person_id == bindparam("person"))
    )


@cache
def _answers() -> Any:
    return select(AnswerSave.question_id, AnswerSave.answer, AnswerSave.sequence, AnswerSave.certainty).where(
        AnswerSave.attempt_id == bindparam("attempt")
    )


@cache
def _texts() -> Any:
    return select(
        QuestionVersion.id,
        QuestionVersion.stem,
        QuestionVersion.options,
        QuestionVersion.unit,
        QuestionVersion.body,
    ).where(QuestionVersion.id.in_(bindparam("versions", expanding=True)))


def sheet_of(attempt: Attempt, title: LocalText, course_title: LocalText, course_id: int) -> Sheet:
    """The sheet of an attempt that the caller has found the reader may see."""
    answers = {
        question_id: (answer, sequence, sure)
        for question_id, answer, sequence, sure in db.session.execute(_answers(), {"attempt": attempt.id})
    }
    sure = {id_: level for id_, (_answer, _n, level) in answers.items() if level}
    said = {id_: each[0] for id_, each in answers.items()}
    questions = asked(attempt.frozen["items"], said, sure, answer_files.handed(attempt, said))
    marked = set(attempt.marked)
    return Sheet(
        attempt,
        title,
        course_title,
        course_id,
        [replace(each, marked=True) if each.id in marked else each for each in questions],
        max((sequence for _answer, sequence, _sure in answers.values()), default=0),
    )


def asked(
    items: Sequence[Mapping[str, Any]],
    answers: Mapping[int, Sequence[str]],
    sure: Mapping[int, int] | None = None,
    handed: Mapping[int, Handed] | None = None,
) -> list[Asked]:
    """The questions of frozen items in their order, options in theirs, in one statement; no key is read."""
    rows = db.session.execute(_texts(), {"versions": [item["version"] for item in items]})
    texts = {row.id: row for row in rows}
    found = []
    for number, item in enumerate(items, 1):
        text = texts[item["version"]]
        words = {option["id"]: option["text"] for option in text.options}
        options = [(id_, words.get(id_, {})) for id_ in item["options"]]
        answer = answers.get(item["question"], ())
        more = _body(item, text.body, options, answer) if text.body else {}
        if item["kind"] in FILED:
            nobody = Handed(0, 0, parse_rule(item["kind"], text.body), None)
            more = {"handed": (handed or {}).get(item["question"], nobody)}
        found.append(
            Asked(
                number,
                item["question"],
                item["version"],
                item["kind"],
                with_numbers(item, text.stem) if "values" in item else text.stem,
                options,
                text.unit,
                item["marks"],
                answer,
                sure=sure.get(item["question"]) if sure else None,
                section=item.get("section"),
                **more,
            )
        )
    return found


def _body(
    item: Mapping[str, Any],
    body: Mapping[str, Any],
    options: Sequence[tuple[str, LocalText]],
    answer: Sequence[str],
) -> dict[str, Any]:
    """Parts in the order of the attempt, or the image."""
    if "image" in body:
        return {"image": body["image"].removeprefix("file:"), "alt": body["alt"]}
    if "shape" not in item:
        return {}
    written = {part["id"]: part for part in body["parts"]}
    given = by_part(answer)
    return {
        "parts": [
            _part(written[shape["id"]], shape, options, given.get(shape["id"], ())) for shape in item["shape"]
        ]
    }


def _part(
    part: Mapping[str, Any],
    shape: Mapping[str, Any],
    options: Sequence[tuple[str, LocalText]],
    given: Sequence[str],
) -> AskedPart:
    own = {each["id"]: each["text"] for each in part.get("options", [])}
    choices = options if "kind" not in part else [(id_, own.get(id_, {})) for id_ in shape["options"]]
    return AskedPart(part["id"], shape["kind"], part.get("text", {}), choices, part.get("unit", ""), given)


def media_of(
    course_id: int, questions: Sequence[Asked], texts: Sequence[LocalText] = ()
) -> dict[str, markdown.Media]:
    """The files that questions and other texts show, in one statement; none where nothing names any."""
    wanted = {name for text in [*(each.stem for each in questions), *texts] for name in markdown.references(local(text))}
    wanted |= {each.image for each in questions if each.image}
    return files.media_of(course_id, wanted) if wanted else {}
