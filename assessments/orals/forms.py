"""The shape of what is asked for in oral exams."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from assessments.orals.services import LONGEST_REASON
from lms.forms import Form


class ExamForm(Form):
    topics = TextAreaField(
        _l("Questions"),
        [InputRequired(), Length(max=40_000)],
        description=_l("One a line. Those to be asked are drawn when the exam is opened; learners do not see them before."),
    )
    criteria = TextAreaField(
        _l("Criteria and levels"),
        [InputRequired(), Length(max=20_000)],
        description=_l("Begin each criterion with ?. Under it its levels, lowest first, with their points: 0 Not named."),
    )
    draw = IntegerField(_l("Questions drawn"), [InputRequired(), NumberRange(1, 20)], default=3)
    minutes = IntegerField(_l("Minutes"), [InputRequired(), NumberRange(1, 240)], default=20)
    pass_mark = IntegerField(_l("Pass mark in percent"), [InputRequired(), NumberRange(0, 100)], default=60)
    apart = IntegerField(
        _l("Examiners may differ by, in percent"),
        [InputRequired(), NumberRange(0, 100)],
        default=20,
        description=_l("Further apart, they talk it over and give a reason, or ask a third who was there."),
    )
    attempts = IntegerField(
        _l("Attempts allowed"),
        [Optional(), NumberRange(1, 100)],
        description=_l("Leave empty when there may be as many as one likes."),
    )


class SecondForm(Form):
    second = SelectField(_l("Second examiner"), choices=[], coerce=int, validate_choice=False)


class ThirdForm(SecondForm):
    second = SelectField(_l("Third examiner"), choices=[], coerce=int, validate_choice=False)


class ReplaceForm(SecondForm):
    old = SelectField(_l("Who does not hand in a sheet"), choices=[], coerce=int, validate_choice=False)
    second = SelectField(_l("Who examines instead"), choices=[], coerce=int, validate_choice=False)
    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=LONGEST_REASON)])


class ProposalForm(Form):
    percent = IntegerField(_l("Score you have agreed on, in percent"), [InputRequired(), NumberRange(0, 100)])
    reason = TextAreaField(_l("What decided it"), [InputRequired(), Length(max=2_000)])


class CorrectionForm(Form):
    percent = IntegerField(_l("Right score, in percent"), [InputRequired(), NumberRange(0, 100)])
    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=2_000)], description=_l("The person examined reads it with the result."))
