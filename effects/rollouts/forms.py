"""The shape of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    FloatField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from effects.rollouts.models import Rollout, Unit
from effects.rollouts.services import Plan
from effects.rollouts.words import ESTIMATORS, UNITS
from lms.db import LocalText
from lms.forms import Form
from lms.i18n import local, number, with_remark
from lms.people.models import Team


class MultiCheckboxField(SelectMultipleField):
    """Several of a list, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PlanForm(Form):
    course_id = SelectField(_l("Course"), [InputRequired()], coerce=int)
    kpi_id = SelectField(
        _l("Primary KPI"),
        [InputRequired()],
        coerce=int,
        description=_l("The one KPI by which the course will be judged. It is locked with the draw."),
    )
    teams = MultiCheckboxField(_l("Teams that take part"), coerce=int)
    left_out = TextAreaField(
        _l("People to leave out"),
        [Length(max=5000)],
        description=_l("Person numbers, one in each line. They take no part and are not compared with."),
    )
    unit = RadioField(_l("What is drawn"), [InputRequired()], default=Unit.REPS.value)
    waves = IntegerField(_l("Waves"), [InputRequired(), NumberRange(1, 6)], default=3)
    gap = IntegerField(
        _l("Periods between waves"),
        [InputRequired(), NumberRange(1, 12)],
        default=3,
        description=_l("In periods of the KPI, mostly months."),
    )
    horizon = IntegerField(
        _l("Periods after each start"),
        [InputRequired(), NumberRange(1, 24)],
        default=6,
        description=_l("The effect is averaged over this many periods from the start on."),
    )
    waiting = BooleanField(_l("One more group waits until the last window has closed"), default=True)
    first_on = DateField(
        _l("First wave"),
        [InputRequired()],
        description=_l("It starts on the first day of the period that holds this day."),
    )
    expected = FloatField(
        _l("What you hope it adds, in %"),
        [Optional(), NumberRange(0.1, 500)],
        description=_l("Of today’s level of the KPI. Used for the cost of waiting, never for the result."),
    )
    cost_per_rep = FloatField(_l("Cost of the course per rep"), [Optional(), NumberRange(0)])
    estimator = RadioField(_l("Method"), [InputRequired()], default="bjs")
    transform = SelectField(_l("Scale"), default="auto")
    subgroups = TextAreaField(
        _l("Subgroups that will be looked at"),
        [Length(max=2000)],
        description=_l("One in each line. What is not named here is a search afterwards, not a finding."),
    )
    notes = TextAreaField(
        _l("Plan in words"),
        [Length(max=8000)],
        description=_l("Why this course, what is expected, what will be done with the answer. Locked with the draw."),
    )

    def offer(
        self,
        courses: Sequence[tuple[int, LocalText]],
        kpis: Sequence[tuple[int, LocalText]],
        teams: Sequence[tuple[Team, int]],
    ) -> None:
        """Fill the lists to choose from."""
        self.course_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in courses]
        self.kpi_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in kpis]
        self.teams.choices = [SelectChoice(value=t.id, label=with_remark(local(t.name), number(n))) for t, n in teams]
        self.unit.choices = [SelectChoice(value=key, label=label) for key, label in UNITS.items()]
        self.estimator.choices = [SelectChoice(value=key, label=label) for key, label in ESTIMATORS.items()]
        self.transform.choices = [
            SelectChoice(value="auto", label=_l("As fits the KPI: logs for amounts that are never zero")),
            SelectChoice(value="none", label=_l("In the KPI’s own unit")),
            SelectChoice(value="log", label=_l("In logs")),
        ]

    def plan(self) -> Plan:
        """What was entered."""
        expected = self.expected.data
        return Plan(
            course_id=self.course_id.data,
            kpi_id=self.kpi_id.data,
            teams=tuple(self.teams.data or ()),
            first_on=self.first_on.data,
            unit=self.unit.data,
            left_out=_lines(self.left_out.data),
            waves=self.waves.data,
            gap=self.gap.data,
            horizon=self.horizon.data,
            waiting=self.waiting.data,
            estimator=self.estimator.data,
            transform=self.transform.data,
            subgroups=_lines(self.subgroups.data),
            notes=self.notes.data or "",
            expected=None if expected is None else expected / 100,
            cost_per_rep=self.cost_per_rep.data,
        )


def filled(rollout: Rollout) -> dict[str, Any]:
    """A plan as the form's values."""
    same = ("course_id", "kpi_id", "teams", "unit", "waves", "gap", "horizon", "waiting", "first_on")
    more = ("estimator", "transform", "notes", "cost_per_rep")
    values = {name: getattr(rollout, name) for name in (*same, *more)}
    expected = rollout.expected
    return values | {
        "left_out": "\n".join(rollout.left_out),
        "subgroups": "\n".join(rollout.subgroups),
        "expected": None if expected is None else round(expected * 100, 4),
    }


def fresh(teams: Sequence[tuple[Team, int]], day: date, wanted: dict[str, str]) -> dict[str, Any]:
    """A new plan: every team in scope, the first wave two months on; course and KPI as a link named them."""
    month = day.month + 2
    first = date(day.year + (month - 1) // 12, (month - 1) % 12 + 1, 1)
    named = {name: int(wanted[name]) for name in ("course_id", "kpi_id") if wanted.get(name, "").isdigit()}
    return {"teams": [team.id for team, _n in teams], "first_on": first} | named


def _lines(text: str | None) -> tuple[str, ...]:
    return tuple(line.strip() for line in (text or "").splitlines() if line.strip())


class TextForm(Form):
    """A departure or the reason of a stop."""

    text = TextAreaField(_l("In words"), [InputRequired(), Length(max=1000)])
