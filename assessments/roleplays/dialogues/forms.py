"""The shape of what dialogues ask for."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from assessments.roleplays.dialogues import terms
from assessments.roleplays.dialogues.words import ENDINGS, FEEDBACK
from assessments.roleplays.forms import choices
from lms.errors import Refused
from lms.forms import Form, code_field
from lms.i18n import LANGUAGE_NAMES

POINTS = r"^-?\d{1,3}(\.\d{1,2}|/[1-9]\d?)?$"


def condition_of(field: Any) -> tuple[terms.Comparison, ...]:
    """:raises Refused: ``terms_not_understood``."""
    try:
        return terms.condition(field.data or "")
    except terms.NotUnderstood:
        raise Refused("terms_not_understood", field=field.short_name, example="$trust > 1 and $asked is 1") from None


def effects_of(field: Any) -> tuple[terms.Effect, ...]:
    """:raises Refused: ``terms_not_understood``."""
    try:
        return terms.effects(field.data or "")
    except terms.NotUnderstood:
        raise Refused("terms_not_understood", field=field.short_name, example="$trust += 1, $asked to 1") from None


class NewDialogueForm(Form):
    code = code_field(_l("Letters and digits, like DL-01. It stays."))
    title = StringField(_l("Title"), [DataRequired(), Length(max=200)])


class TweeForm(Form):
    file = FileField(_l("Twee file"), [FileRequired(_l("Choose a file."))])
    spoken = SelectField(
        _l("Language of the words"),
        choices=lambda: [SelectChoice(value=key, label=name) for key, name in LANGUAGE_NAMES.items()],
    )


class DialogueForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    start = SelectField(_l("Begins with"))
    pass_mark = IntegerField(
        _l("Pass mark in percent"),
        [InputRequired(), NumberRange(0, 100)],
        description=_l("Of the most points with which one can pass. What that is, is computed."),
    )
    feedback = RadioField(_l("Feedback is shown"), choices=lambda: choices(FEEDBACK))
    initial = StringField(
        _l("Variables at the beginning"), [Length(max=500)], description=_l("Like $trust to 1. Others begin with 0.")
    )


class PassageForm(Form):
    name = StringField(
        _l("Name of the passage"), [InputRequired(), Length(max=80)], description=_l("Only trainers see it.")
    )
    shown = StringField(
        _l("Name in this language"), [Length(max=80)], description=_l("Shown in its place; leave it empty if the name will do.")
    )
    text = TextAreaField(_l("What the customer says and does"), [Length(max=6000)])
    ending = RadioField(_l("How the talk goes on"), choices=lambda: choices(ENDINGS))
    competency = StringField(
        _l("Competency"),
        [Length(max=200)],
        description=_l("What the choice of an answer shows here. It counts as evidence the first time that somebody goes through the dialogue in a course."),
    )
    effects = StringField(
        _l("What coming here changes"), [Length(max=500)], description=_l("Like $trust += 1 or $asked to 1; leave empty if nothing.")
    )


class ChoiceForm(Form):
    """One answer; several of them on the page of a passage."""

    class Meta(Form.Meta):
        csrf = False

    number = HiddenField()
    text = TextAreaField(_l("Answer"), [Length(max=1000)])
    target = StringField(_l("Leads to"), [Length(max=80)], description=_l("A name that is not there yet becomes a new passage."))
    points = StringField(
        _l("Points"),
        [Optional(), Regexp(POINTS, message=_l("Write a number like 2, -1, 0.5 or 1/3."))],
    )
    feedback = TextAreaField(_l("Feedback"), [Length(max=2000)])
    condition = StringField(_l("Only open if"), [Length(max=500)], description=_l("Like $trust > 1; leave empty for always."))
    effects = StringField(_l("Changes"), [Length(max=500)], description=_l("Like $trust += 1."))
    blocker = BooleanField(_l("Fails the whole (against the rules)"))
    remove = BooleanField(_l("Take this answer out"))

    @property
    def used(self) -> bool:
        """Whether there is something in it that is to stay."""
        return not self.remove.data and bool(self.text.data or self.target.data)

    @property
    def worth(self) -> Fraction:
        return Fraction(self.points.data) if re.match(POINTS, self.points.data or "") else Fraction(0)
