"""The shape of a study's question."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from effects.stats.design import Chosen
from effects.subgroups.splits import Split
from lms.db import LocalText
from lms.forms import Form
from lms.i18n import local

CHOSEN_LABELS = {
    Chosen.RANDOM: _l("By lot, in planned waves"),
    Chosen.WAVES: _l("By calendar or territory, without a look at recent results"),
    Chosen.LOW_KPI: _l("Because their recent results were low"),
    Chosen.VOLUNTEERS: _l("They came forward, or were nominated as promising"),
    Chosen.TEAMS: _l("Whole teams at a time"),
    Chosen.EVERYONE: _l("Everyone at once"),
    Chosen.UNKNOWN: _l("Nobody knows any more"),
}


def chosen_choices() -> list[SelectChoice]:
    return [SelectChoice(value=str(value), label=label) for value, label in CHOSEN_LABELS.items()]


SPLIT_LABELS = {
    Split.TENURE: _l("Time with the firm when the course began"),
    Split.RESULTS: _l("Results before the course"),
    Split.REGION: _l("Part of the company"),
}


def split_choices() -> list[SelectChoice]:
    return [SelectChoice(value=split.value, label=label) for split, label in SPLIT_LABELS.items()]


class ChosenForm(Form):
    chosen = RadioField(
        _l("How were these people chosen?"),
        [InputRequired()],
        choices=chosen_choices,
        description=_l("The answer decides which method is honest. The records are searched for signs that contradict it."),
    )
    reason = TextAreaField(
        _l("How do you know?"),
        [Length(max=500)],
        description=_l("For example: the plan of the rollout, or who decided. It is kept with the study."),
    )
    splits = SelectMultipleField(
        _l("Who may benefit more than others?"),
        choices=split_choices,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        description=_l("Name the groups before the study is computed: found afterwards, some group always looks special. Leave empty for none."),
    )
    untouchable_id = SelectField(
        _l("A KPI that the course cannot touch"),
        [Optional()],
        coerce=lambda value: int(value) if value else None,
        description=_l("The study looks at it in the same way. If it moves as well, something other than the course was going on."),
    )

    def offer_untouchable(self, kpis: list[tuple[int, LocalText]]) -> None:
        none = SelectChoice(value="", label=_l("None named"))
        self.untouchable_id.choices = [none, *(SelectChoice(value=i, label=local(name)) for i, name in kpis)]


class StudyForm(ChosenForm):
    course_id = SelectField(_l("Course"), [InputRequired()], coerce=int)
    kpi_id = SelectField(_l("KPI"), [InputRequired()], coerce=int)
    horizon = IntegerField(
        _l("Periods after the start"),
        [Optional(), NumberRange(1, 60)],
        default=6,
        description=_l("The effect is averaged over this many periods from the start on. Leave empty for all."),
    )
    since = DateField(_l("Records from"), [Optional()], description=_l("Leave empty for all records."))
    until = DateField(_l("Records to"), [Optional()])
    anticipation = IntegerField(
        _l("Periods before the start that may be touched already"),
        [Optional(), NumberRange(0, 12)],
        default=0,
        description=_l("For example when people prepare for the course. Usually 0."),
    )

    def offer(self, courses: list[tuple[int, LocalText]], kpis: list[tuple[int, LocalText]]) -> None:
        """Fill the lists to choose from."""
        self.course_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in courses]
        self.kpi_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in kpis]
        self.offer_untouchable(kpis)
