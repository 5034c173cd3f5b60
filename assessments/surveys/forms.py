"""The shape of what survey pages ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from assessments.surveys.words import PURPOSE_LABELS, RECIPIENT_LABELS, TEMPLATE_LABELS
from lms.forms import Form, choices


class NewSurveyForm(Form):
    template = RadioField(_l("Begin with"), [InputRequired()], choices=lambda: choices(TEMPLATE_LABELS), default="reaction")
    code = StringField(_l("Code"), [InputRequired(), Length(max=64)],
                       description=_l("A short name for lists and exports, like S-REACTION. It stays for good."))  # fmt: skip
    title_zh = StringField(_l("Title in Chinese"), [Length(max=200)], description=_l("Leave empty to keep the template’s."))
    title_en = StringField(_l("Title in English"), [Length(max=200)])


class SurveyForm(Form):
    title_zh = StringField(_l("Title in Chinese"), [Length(max=200)])
    title_en = StringField(_l("Title in English"), [Length(max=200)])
    intro_zh = TextAreaField(_l("Introduction in Chinese"), [Length(max=2000)])
    intro_en = TextAreaField(_l("Introduction in English"), [Length(max=2000)])
    thanks_zh = TextAreaField(_l("Thanks in Chinese"), [Length(max=2000)])
    thanks_en = TextAreaField(_l("Thanks in English"), [Length(max=2000)])
    purpose = SelectField(_l("Purpose"), choices=lambda: choices(PURPOSE_LABELS))
    anonymous = BooleanField(
        _l("Anonymous"),
        description=_l(
            "Answers are kept without name and time. Results appear when a sending is closed, and never for fewer than five answers."
        ),
    )


class ItemForm(Form):
    text_zh = TextAreaField(_l("Text in Chinese"), [Length(max=2000)])
    text_en = TextAreaField(_l("Text in English"), [Length(max=2000)])
    help_zh = StringField(_l("Hint in Chinese"), [Length(max=500)])
    help_en = StringField(_l("Hint in English"), [Length(max=500)])
    required = BooleanField(_l("Has to be answered"))
    points = IntegerField(_l("Points of the scale"), [Optional(), NumberRange(2, 10)])
    low_zh = StringField(_l("Lowest point in Chinese"), [Length(max=100)])
    low_en = StringField(_l("Lowest point in English"), [Length(max=100)])
    high_zh = StringField(_l("Highest point in Chinese"), [Length(max=100)])
    high_en = StringField(_l("Highest point in English"), [Length(max=100)])
    unit = StringField(_l("Unit"), [Length(max=40)])
    measure = BooleanField(
        _l("Part of the measure"), description=_l("What course pages and evidence show of this survey is made of these questions.")
    )


OWN_FIELDS = {
    "points": ("rating",),
    "low_zh": ("rating", "nps"),
    "low_en": ("rating", "nps"),
    "high_zh": ("rating", "nps"),
    "high_en": ("rating", "nps"),
    "unit": ("number",),
    "measure": ("likert", "rating", "nps"),
}


def keep_fields(form: Form, kind: str) -> None:
    """Take the fields of other kinds out of the form."""
    for name, kinds in OWN_FIELDS.items():
        if kind not in kinds:
            del form[name]
    if kind == "section":
        del form["required"]


class RuleForm(Form):
    course = SelectField(_l("Course"), coerce=int)
    recipient = RadioField(_l("Who is asked"), choices=lambda: choices(RECIPIENT_LABELS), default="learner")
    days = IntegerField(_l("Days after completion"), [InputRequired(), NumberRange(0, 365)], default=0)
    open_days = IntegerField(_l("Days open after the month’s end"), [InputRequired(), NumberRange(1, 90)], default=14)
    remind_days = IntegerField(
        _l("Remind after days"), [Optional(), NumberRange(1, 60)], description=_l("Leave empty for no reminder.")
    )


class SendForm(Form):
    course = SelectField(_l("About the course"), [Optional()])
    numbers = TextAreaField(
        _l("Person numbers"), [Length(max=200_000)], description=_l("One per line, or separated by commas or blanks.")
    )
    closes_on = DateField(_l("Open until"), [InputRequired()])
    remind_days = IntegerField(
        _l("Remind after days"), [Optional(), NumberRange(1, 60)], description=_l("Leave empty for no reminder.")
    )


class LinksForm(Form):
    labels = TextAreaField(
        _l("Customers"), [InputRequired(), Length(max=200_000)],
        description=_l("One per line; each gets a link that works once. Of an anonymous survey the names stand in your file alone."),
    )  # fmt: skip
    about = StringField(_l("Person number of the sales representative"), [Length(max=64)],
                        description=_l("Whose customers they are; leave empty if it is about nobody in particular."))  # fmt: skip
    closes_on = DateField(_l("Open until"), [InputRequired()])


class ModuleForm(Form):
    survey = SelectField(_l("Survey"), coerce=int)
