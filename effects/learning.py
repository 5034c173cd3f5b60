"""Level 2 of the ladder, from the quizzes of a course: the gain from a first quiz to a last one, else the share passed."""

from __future__ import annotations

import numpy as np
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from assessments.grading.estimates import wilson
from assessments.grading.gain import Gain, learning_gain
from assessments.quizzes.models import Attempt, GradeEntry
from assessments.quizzes.services import standing_grade
from courses.models import CourseVersion, Enrolment, ModuleVersion
from effects.ladder import Measured
from lms.db import db
from lms.i18n import number, percent

FEWEST = 5
"""People under which no figure is shown: a share of three says little, and says it of persons."""


def learning(course_id: int) -> Measured | None:
    """What the quizzes of a course say of learning; None where fewer than five people have a graded attempt."""
    first, last = _quizzes(course_id)
    if last is None:
        return None
    scores = _scores(course_id, [last] if first is None else [first, last])
    if first is not None:
        pairs = {person: (scores[first].get(person), score) for person, (score, _passed) in scores[last].items()}
        both = [(before[0], after) for before, after in pairs.values() if before is not None]
        if len(both) >= FEWEST:
            before, after = (np.array(side, np.float64) for side in zip(*both, strict=True))
            gain = learning_gain(before, after)
            if isinstance(gain, Gain):
                return _gained(gain)
    passed = [passed for _score, passed in scores[last].values()]
    return _passed(sum(passed), len(passed)) if len(passed) >= FEWEST else None


def _quizzes(course_id: int) -> tuple[int | None, int | None]:
    """(module of a quiz that opens the course, module of its last quiz) of the version now published. The first is
    None unless something is taught between the two."""
    newest = (
        select(CourseVersion.id)
        .where(CourseVersion.course_id == course_id)
        .order_by(CourseVersion.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    modules = db.session.execute(
        select(ModuleVersion.module_id, ModuleVersion.kind)
        .where(ModuleVersion.course_version_id == newest)
        .order_by(ModuleVersion.position)
    ).all()
    quizzes = [i for i, module in enumerate(modules) if module.kind == "quiz"]
    if not quizzes:
        return None, None
    opens = quizzes[0] == 0 and quizzes[-1] > 1
    return (modules[0].module_id if opens else None), modules[quizzes[-1]].module_id


def _scores(course_id: int, modules: list[int]) -> dict[int, dict[int, tuple[float, bool]]]:
    """Module → person → (score of the first graded attempt, whether any attempt passed)."""
    rows = db.session.execute(
        select(Attempt.module_id, Attempt.person_id, GradeEntry.score, GradeEntry.passed)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(GradeEntry, standing_grade())
        .where(Enrolment.course_id == course_id, Attempt.module_id.in_(modules))
        .order_by(Attempt.id)
    )
    found: dict[int, dict[int, tuple[float, bool]]] = {module: {} for module in modules}
    for module, person, score, passed in rows:
        before = found[module].get(person)
        found[module][person] = (score, passed) if before is None else (before[0], before[1] or passed)
    return found


def _gained(gain: Gain) -> Measured:
    figure = _("%(points)s points", points=_signed(gain.mean))
    span = gain.interval
    notes = [ngettext("%(num)s person, first to last quiz", "%(num)s people, first to last quiz", gain.n)]
    if span is not None:
        notes.append(_("%(low)s to %(high)s points", low=_signed(span.low), high=_signed(span.high)))
    notes.append(_("out of 100; whether both quizzes are equally hard is not checked"))
    return Measured(figure, " · ".join(notes), None, gain.mean, span.low if span else None, span.high if span else None, gain.n)


def _signed(share: float) -> str:
    text = number(abs(100 * share), 0)
    return text if text == "0" else ("+" if share > 0 else "−") + text


def _passed(passed: int, n: int) -> Measured:
    span = wilson(passed / n, n)
    notes = (
        _("%(passed)s of %(n)s passed the last quiz", passed=number(passed), n=number(n)),
        _("%(low)s to %(high)s", low=percent(span.low), high=percent(span.high)),
        _("what they knew before was not measured"),
    )
    return Measured(percent(passed / n), " · ".join(notes), None, passed / n, span.low, span.high, n)
