"""Completions earned elsewhere, from a file: with start date and how the person was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Day
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, exists, func, select, tuple_
from sqlalchemy.orm import joinedload

from courses import certificates
from courses.dates import day_of
from courses.forms import CHOSEN_LABELS
from courses.models import Certificate, Chosen, Completion, Course, CourseVersion, Enrolment, Source
from lms import audit, clock
from lms.authz import Actor, Permission
from lms.db import db
from lms.errors import Refused
from lms.i18n import day, percent
from lms.imports.cells import CellProblem, boolean, choice, date, identifier, number, text_up_to
from lms.imports.diff import Incoming, Key, Outcome, Rejection, Values, Verdict
from lms.imports.kinds import Applied, ImportKind, Plan
from lms.imports.mapping import ImportColumn
from lms.people.models import Person
from lms.tables import Cell

CHOSEN_WORDS = {
    "random": "random", "lottery": "random", "lot": "random", "randomised": "random", "randomized": "random",
    "随机": "random", "抽签": "random", "隨機": "random", "抽籤": "random",
    "waves": "waves", "wave": "waves", "calendar": "waves", "rollout": "waves", "分批": "waves", "按批次": "waves", "轮训": "waves", "輪訓": "waves",
    "low_kpi": "low_kpi", "low kpi": "low_kpi", "low results": "low_kpi", "poor results": "low_kpi", "weak": "low_kpi",
    "业绩低": "low_kpi", "绩效低": "low_kpi", "业绩不佳": "low_kpi", "業績低": "low_kpi",
    "volunteers": "volunteers", "volunteer": "volunteers", "voluntary": "volunteers", "self": "volunteers",
    "自愿": "volunteers", "自愿报名": "volunteers", "主动报名": "volunteers", "自願": "volunteers",
    "teams": "teams", "team": "teams", "whole team": "teams", "按团队": "teams", "团队": "teams", "團隊": "teams",
    "everyone": "everyone", "all": "everyone", "全员": "everyone", "所有人": "everyone", "全員": "everyone",
    "unknown": "unknown", "other": "unknown", "未知": "unknown", "不详": "unknown", "不詳": "unknown",
}  # fmt: skip
REASONS = {
    "completion_person_unknown": _l("is not the number of a person here"),
    "completion_course_unknown": _l("is not the code of a course here"),
    "completion_in_future": _l("lies in the future"),
    "completion_before_start": _l("lies before the start"),
    "completion_learnt_here": _l(
        "was completed here on that day; what was learnt here is not changed by a file"
    ),
    "score_not_a_share": _l("is not a share: write 85 % or 0.85"),
}


def share(cell: Cell) -> float:
    """A score as a share from 0 to 1: ``85%`` or ``0.85``; a bare 85 could be points, so it is refused."""
    value = number(cell)
    if not 0 <= value <= 1:
        raise CellProblem("score_not_a_share")
    return float(value)


class CompletionImport(ImportKind):
    """The key is person, course and day of completion: another day is another cycle, never a new date."""

    key = "completions"
    label = _l("Completions from elsewhere")
    hint = _l(
        "One row per person and completed course. What the course can be credited with depends on when it began and"
        " how the person was chosen, so give both where you know them."
    )
    permission = Permission.COMPLETION_IMPORT
    columns = (
        ImportColumn("number", _l("Person number"), identifier, (
            "person number", "person_number", "employee number", "employee no", "employee id", "staff id", "id", "unit",
            "工号", "员工编号", "人员编号", "工號", "員工編號"), True, "R1001"),
        ImportColumn("course", _l("Course code"), identifier, (
            "course code", "course_code", "code", "training", "课程编号", "课程代码", "课程", "課程編號", "課程代碼"), True, "KA-101"),
        ImportColumn("started_on", _l("Started on"), date, (
            "start", "start date", "started", "started_on", "开始日期", "开始时间", "開始日期"), False, "2024-03-04"),
        ImportColumn("completed_on", _l("Completed on"), date, (
            "completed", "completion date", "date completed", "end date", "completed_on", "完成日期", "结业日期", "完成时间", "結業日期"),
            True, "2024-03-15"),
        ImportColumn("chosen", _l("How chosen"), choice(CHOSEN_WORDS), (
            "selection", "chosen by", "how chosen", "how", "选拔方式", "选派方式", "如何选出", "選派方式"), False, "waves"),
        ImportColumn("reason", _l("Reason"), text_up_to(500), (
            "why", "note", "原因", "选派原因", "备注", "備註"), False, "Second wave"),
        ImportColumn("score", _l("Score"), share, ("result", "mark", "grade", "成绩", "得分", "分数", "成績"), False, "85 %"),
        ImportColumn("certificate", _l("Issue a certificate"), boolean, (
            "certificate", "cert", "证书", "发证", "是否发证", "證書"), False, "no"),
    )  # fmt: skip

    def record_key(self, values: dict[str, Any]) -> Key:
        return values.pop("number"), values.pop("course"), values.pop("completed_on").isoformat()

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        wanted = [(number, code, Day.fromisoformat(on)) for number, code, on in keys]
        rows = db.session.execute(
            select(
                Person.number, Course.code, Completion.completed_on, Enrolment.started_on, Enrolment.chosen,
                Enrolment.reason, Completion.evidence, exists().where(Certificate.completion_id == Completion.id),
            )
            .select_from(Completion)
            .join(Enrolment, Enrolment.id == Completion.enrolment_id)
            .join(Person, Person.id == Enrolment.person_id)
            .join(Course, Course.id == Enrolment.course_id)
            .where(tuple_(Person.number, Course.code, Completion.completed_on).in_(wanted))
        )  # fmt: skip
        return {
            (number, code, on.isoformat()): {
                "started_on": started, "chosen": chosen, "reason": reason, "score": evidence.get("score"),
                "certificate": certified,
            }
            for number, code, on, started, chosen, reason, evidence, certified in rows
        }  # fmt: skip

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        people = _ids(Person.number, Person.id, {record.key[0] for record in records})
        courses = _ids(Course.code, Course.id, {record.key[1] for record in records})
        here = self._learnt_here([record.key for record in records])
        today = day_of(clock.now())
        for record in records:
            number, code, on = record.key
            started = record.values.get("started_on")
            if number not in people:
                yield Rejection(record.row, plan.heading("number"), number, "completion_person_unknown")
            if code not in courses:
                yield Rejection(record.row, plan.heading("course"), code, "completion_course_unknown")
            wrong = None
            if Day.fromisoformat(on) > today:
                wrong = "completion_in_future"
            elif started is not None and started.isoformat() > on:
                wrong = "completion_before_start"
            elif record.key in here:
                wrong = "completion_learnt_here"
            if wrong is not None:
                yield Rejection(record.row, plan.heading("completed_on"), on, wrong)

    def _learnt_here(self, keys: Sequence[Key]) -> set[Key]:
        wanted = [(number, code, Day.fromisoformat(on)) for number, code, on in keys]
        rows = db.session.execute(
            select(Person.number, Course.code, Completion.completed_on)
            .select_from(Completion)
            .join(Enrolment, Enrolment.id == Completion.enrolment_id)
            .join(Person, Person.id == Enrolment.person_id)
            .join(Course, Course.id == Enrolment.course_id)
            .where(Enrolment.source == Source.INTERNAL)
            .where(tuple_(Person.number, Course.code, Completion.completed_on).in_(wanted))
        )
        return {(number, code, on.isoformat()) for number, code, on in rows}

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        people = _ids(Person.number, Person.id, {verdict.incoming.key[0] for verdict in verdicts})
        courses = _ids(Course.code, Course.id, {verdict.incoming.key[1] for verdict in verdicts})
        new = sorted(
            (v.incoming for v in verdicts if v.outcome is Outcome.NEW), key=lambda record: record.key[2]
        )
        cycles = _cycles({people[record.key[0]] for record in new})
        certified: list[Enrolment] = []
        for record in new:
            pair = people[record.key[0]], courses[record.key[1]]
            cycles[pair] = cycles.get(pair, 0) + 1
            enrolment = _enrolment(record, *pair, cycles[pair], batch_id, plan.actor, now)
            db.session.add(enrolment)
            if record.values.get("certificate"):
                certified.append(enrolment)
        db.session.flush()
        _complete(new, people, courses, batch_id, now)
        for verdict in verdicts:
            if verdict.outcome is Outcome.CHANGED:
                self._change(plan.actor, verdict.incoming.key, dict(verdict.incoming.values), now)
        for enrolment in certified:
            _certify(plan.actor, enrolment.id, now)

    def _change(self, actor: Actor, key: Key, values: dict[str, Any], now: datetime) -> None:
        """Correct what is known about a completion; its day stays, because it is part of the key."""
        completion = _completion(key)
        enrolment = completion.enrolment
        for name in ("started_on", "chosen", "reason"):
            if name in values:
                setattr(enrolment, name, values[name] if values[name] is not None else _EMPTY[name])
        if "score" in values:
            completion.evidence = {**completion.evidence, "score": values["score"]}
        audit.record(actor, "completion.correct", "completion", completion.id, fields=sorted(values))
        db.session.flush()
        if values.get("certificate"):
            _certify(actor, enrolment.id, now)

    def revert(self, actor: Actor, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        for change in changes:
            if change.old is None:
                _take_back(_completion(change.key))
            else:
                self._change(actor, change.key, {**change.old, "certificate": False}, now)

    def show(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(gettext("yes") if value else gettext("no"))
        if name == "chosen" and value in CHOSEN_WORDS.values():
            return str(CHOSEN_LABELS[Chosen(value)])
        if name == "score" and value is not None:
            return percent(value)
        if isinstance(value, Day):
            return day(value)
        return "" if value is None else str(value)


_EMPTY: dict[str, Any] = {"started_on": None, "chosen": Chosen.UNKNOWN.value, "reason": ""}


def _ids(name: Any, id_: Any, wanted: set[str]) -> dict[str, int]:
    return dict(db.session.execute(select(name, id_).where(name.in_(wanted))).all())


def _cycles(people: set[int]) -> dict[tuple[int, int], int]:
    rows = db.session.execute(
        select(Enrolment.person_id, Enrolment.course_id, func.max(Enrolment.cycle))
        .where(Enrolment.person_id.in_(people))
        .group_by(Enrolment.person_id, Enrolment.course_id)
    )
    return {(person, course): cycle for person, course, cycle in rows}


def _enrolment(
    record: Incoming, person_id: int, course_id: int, cycle: int, batch_id: int, actor: Actor, now: datetime
) -> Enrolment:
    return Enrolment(
        person_id=person_id,
        course_id=course_id,
        cycle=cycle,
        enrolled_at=now,
        started_on=record.values.get("started_on"),
        chosen=record.values.get("chosen", Chosen.UNKNOWN.value),
        reason=record.values.get("reason", ""),
        chosen_by_id=actor.person_id,
        source=Source.IMPORTED.value,
        import_batch_id=batch_id,
    )


def _complete(
    records: Sequence[Incoming], people: dict[str, int], courses: dict[str, int], batch_id: int, now: datetime
) -> None:
    """The completions of enrolments just made: they follow one another in the order of the records."""
    pairs = db.session.execute(
        select(Enrolment.person_id, Enrolment.course_id, Enrolment.id)
        .where(Enrolment.import_batch_id == batch_id)
        .where(~exists().where(Completion.enrolment_id == Enrolment.id))
        .order_by(Enrolment.cycle.desc())
    )
    waiting: dict[tuple[int, int], list[int]] = {}
    for person, course, id_ in pairs:
        waiting.setdefault((person, course), []).append(id_)
    for record in records:
        enrolment_id = waiting[people[record.key[0]], courses[record.key[1]]].pop()
        evidence = {
            "imported": True,
            "batch": batch_id,
            "row": record.row,
            "score": record.values.get("score"),
        }
        db.session.add(
            Completion(
                enrolment_id=enrolment_id,
                completed_on=Day.fromisoformat(record.key[2]),
                evidence=evidence,
                recorded_at=now,
            )
        )
    db.session.flush()


def _completion(key: Key) -> Completion:
    number, code, on = key
    return db.session.scalars(
        select(Completion)
        .join(Completion.enrolment)
        .join(Enrolment.person)
        .join(Enrolment.course)
        .options(joinedload(Completion.enrolment))
        .where(Person.number == number, Course.code == code, Completion.completed_on == Day.fromisoformat(on))
        .where(Enrolment.source == Source.IMPORTED)
    ).one()


def _certify(actor: Actor, enrolment_id: int, now: datetime) -> None:
    enrolment = db.session.scalars(
        select(Enrolment)
        .options(
            joinedload(Enrolment.course),
            joinedload(Enrolment.completion),
            joinedload(Enrolment.version).joinedload(CourseVersion.rule),
        )
        .where(Enrolment.id == enrolment_id)
        .execution_options(populate_existing=True)
    ).one()
    if enrolment.completion is not None:
        certificates.issue(actor, enrolment, enrolment.completion, None, now=now)


def _take_back(completion: Completion) -> None:
    """Undo an imported completion. :raises Refused: ``completion_in_use`` if a certificate stands on it."""
    if db.session.scalar(select(Certificate.id).where(Certificate.completion_id == completion.id).limit(1)):
        raise Refused("completion_in_use")
    enrolment_id = completion.enrolment_id
    db.session.execute(delete(Completion).where(Completion.id == completion.id))
    db.session.execute(delete(Enrolment).where(Enrolment.id == enrolment_id))
