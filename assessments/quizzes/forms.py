"""The shape of what the quiz editor asks for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from assessments.grading.files import LONGEST, MOST_MB, SHORTEST
from assessments.quizzes.exchange_words import FORMAT_LABELS
from assessments.quizzes.words import (
    COUNTS_LABELS,
    CREDIT_LABELS,
    DIFFICULTY_LABELS,
    LAYOUT_LABELS,
    ORDER_CREDIT_LABELS,
    PART_CREDIT_LABELS,
    REVIEW_LABELS,
    TRUTH_LABELS,
)
from lms.forms import Form, choices
from lms.i18n import LANGUAGE_NAMES


def _difficulties(nothing: Any) -> list[SelectChoice]:
    return [SelectChoice(value="", label=nothing), *choices(DIFFICULTY_LABELS)]


MINUTES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
"""As browsers send a moment."""


class SettingsForm(Form):
    pass_mark = IntegerField(_l("Pass mark in percent"), [InputRequired(), NumberRange(0, 100)])
    attempts = IntegerField(
        _l("Attempts allowed"),
        [Optional(), NumberRange(1, 100)],
        description=_l("Leave empty when there may be as many as one likes."),
    )
    wait_minutes = IntegerField(
        _l("Minutes between two attempts"), [Optional(), NumberRange(0, 129_600)], default=0
    )
    minutes = IntegerField(
        _l("Time limit in minutes"),
        [Optional(), NumberRange(1, 1440)],
        description=_l("Leave empty for none. The server keeps the time."),
    )
    shuffle = BooleanField(_l("Questions and options in another order for everyone"))
    layout = RadioField(_l("Layout"), choices=lambda: choices(LAYOUT_LABELS))
    review = RadioField(_l("What is shown after an attempt"), choices=lambda: choices(REVIEW_LABELS))
    opens_at = DateTimeLocalField(
        _l("Opens"), [Optional()], format=MINUTES, description=_l("Leave both empty for a quiz that is always open.")
    )
    closes_at = DateTimeLocalField(_l("Closes"), [Optional()], format=MINUTES)
    counts = SelectField(
        _l("Which attempt counts"), [Optional()], choices=lambda: choices(COUNTS_LABELS), validate_choice=False
    )
    penalty = IntegerField(
        _l("A wrong answer costs, in percent of its marks"),
        [Optional(), NumberRange(0, 100)],
        default=0,
        description=_l("0 for nothing. Leaving a question empty costs nothing."),
    )
    one_way = BooleanField(
        _l("No going back: a question that was left does not come back"),
        description=_l("Only with one question after the other. The server holds to it."),
    )
    certainty = BooleanField(
        _l("Learners say how sure they are of each answer, and it counts"),
        description=_l("Right earns 1, 2 or 3 marks by how sure; wrong costs 0, 2 or 6. Not together with a cost of wrong answers."),
    )
    practice = BooleanField(
        _l("Those who have completed the course may practise the questions"),
        description=_l("Right answers are shown to them then. What somebody answered wrongly they may always practise, once the key is shown."),
    )
    doubled = IntegerField(
        _l("Attempts with two graders, in percent"),
        [Optional(), NumberRange(0, 100)],
        default=0,
        description=_l("Of those with open questions. When the two are far apart, a third decides."),
    )


class KeyForm(Form):
    """The fields of every kind's key; :func:`keep_fields` leaves those of one."""

    truth = RadioField(_l("The statement is"), [Optional()], choices=lambda: choices(TRUTH_LABELS))
    credit = SelectField(_l("How marks are given"), [Optional()], choices=lambda: choices(CREDIT_LABELS))
    value = StringField(_l("Right number"), [Length(max=40)])
    tolerance = StringField(
        _l("Tolerance"), [Length(max=40)], description=_l("How far from it still counts; 0 for exactly.")
    )
    relative = BooleanField(_l("The tolerance is in percent of the number"))
    accepted = TextAreaField(
        _l("Answers that count as right"),
        [Length(max=11_000)],
        description=_l(
            "One per line. Full or half width, blanks, and traditional or simplified characters make no difference. "
            "An asterisk stands for any letters: key * manager. A line like 1/2: customer earns half the marks."
        ),
    )
    match_case = BooleanField(_l("Capital letters make a difference"))
    lines = TextAreaField(_l("What is right"), [Length(max=20_000)])
    part_credit = SelectField(
        _l("How marks are given"), [Optional()], choices=lambda: choices(PART_CREDIT_LABELS)
    )
    order_credit = SelectField(
        _l("How marks are given"), [Optional()], choices=lambda: choices(ORDER_CREDIT_LABELS)
    )
    formula = StringField(
        _l("Formula"),
        [Length(max=500)],
        description=_l("With the variables, + - * / ^ and brackets; abs, min, max and round(x; digits) as well."),
    )
    decimals = IntegerField(
        _l("Decimals of the right number"), [Optional(), NumberRange(0, 9)], default=2
    )


class FileForm(KeyForm):
    """What may be given as a file or a recording."""

    accept_pdf = BooleanField(_l("PDF"), default=True)
    accept_image = BooleanField(_l("Pictures: JPEG, PNG, WebP, HEIC"), default=True)
    accept_office = BooleanField(_l("Word, Excel and PowerPoint, without macros"))
    most_mb = IntegerField(_l("Largest size in MB"), [Optional(), NumberRange(1, MOST_MB)], default=20)
    seconds = IntegerField(
        _l("Longest answer in seconds"), [Optional(), NumberRange(SHORTEST, LONGEST)], default=180
    )


class QuestionForm(FileForm):
    stem = TextAreaField(_l("Question"), [Length(max=10_000)])
    unit = StringField(
        _l("Unit"), [Length(max=40)], description=_l("Shown beside the field, like % or days.")
    )
    image = SelectField(_l("Image"), [Optional()], choices=[], validate_choice=False)
    alt = StringField(
        _l("What the image shows"),
        [Length(max=1_000)],
        description=_l("Read out to those who cannot see it. It must not give the answer away."),
    )
    feedback = TextAreaField(
        _l("Said to everyone afterwards"),
        [Length(max=10_000)],
        description=_l("Why the right answer is right. Shown together with it."),
    )
    marks = IntegerField(_l("Marks"), [InputRequired(), NumberRange(1, 100)], default=1)
    competency = StringField(
        _l("Competency"), [Length(max=200)], description=_l("What this question shows, in the course's words.")
    )
    difficulty = SelectField(_l("Difficulty"), [Optional()], choices=lambda: _difficulties(_l("not said")), validate_choice=False)
    tags = StringField(
        _l("Tags"), [Length(max=400)], description=_l("With commas between. Sections of a quiz can draw by competency, difficulty and tag.")
    )
    section = SelectField(_l("Section"), [Optional()], choices=[], validate_choice=False)


class SectionForm(Form):
    """A section in the language being edited."""

    title = StringField(_l("Title"), [Length(max=200)])
    introduction = TextAreaField(
        _l("Introduction"), [Length(max=10_000)], description=_l("Shown above its questions. May stay empty.")
    )
    draw = IntegerField(
        _l("Questions drawn for each attempt"),
        [Optional(), NumberRange(1, 100)],
        description=_l("From the bank of this course, by what is chosen below. Leave empty for a section whose questions you choose yourself."),
    )
    competency = StringField(_l("Competency"), [Length(max=200)], description=_l("Leave empty for any."))
    difficulty = SelectField(_l("Difficulty"), [Optional()], choices=lambda: _difficulties(_l("any")), validate_choice=False)
    tag = StringField(_l("Tag"), [Length(max=40)], description=_l("Leave empty for any."))
    marks = IntegerField(_l("Marks of each question drawn"), [Optional(), NumberRange(1, 100)], default=1)


class AccommodationForm(Form):
    person = SelectField(_l("Person"), choices=[])
    extra_percent = IntegerField(_l("More time, in percent of the limit"), [Optional(), NumberRange(0, 300)], default=0)
    extra_minutes = IntegerField(_l("More minutes"), [Optional(), NumberRange(0, 600)], default=0)
    extra_attempts = IntegerField(_l("More attempts"), [Optional(), NumberRange(0, 100)], default=0)
    until = DateField(_l("Last day it holds"), [Optional()], description=_l("Leave empty when it holds until further notice."))
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(), Length(max=500)],
        description=_l("Seen by those who may grant this, and by nobody else. A diagnosis does not belong here."),
    )


class HandForm(Form):
    comment = TextAreaField(
        _l("What you say to the person"),
        [Length(max=4_000)],
        description=_l("Shown with the result, without your name."),
    )


class ImportForm(Form):
    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    format = SelectField(
        _l("Format"),
        [Optional()],
        choices=lambda: [SelectChoice(value="", label=_l("As its name says")), *choices(FORMAT_LABELS)],
    )
    language = SelectField(
        _l("Language of the file"),
        choices=choices(LANGUAGE_NAMES),
    )


OWN_FIELDS: dict[str, tuple[str, ...]] = {
    "true_false": ("truth",),
    "multiple": ("credit",),
    "numeric": ("value", "tolerance", "relative", "unit"),
    "short_text": ("accepted", "match_case"),
    "matching": ("lines", "part_credit"),
    "categorisation": ("lines", "part_credit"),
    "ordering": ("lines", "order_credit"),
    "cloze": ("lines", "part_credit"),
    "scenario": ("lines", "part_credit"),
    "calculated": ("lines", "formula", "decimals", "tolerance", "relative", "unit"),
    "hotspot": ("lines", "image", "alt"),
    "open_text": ("lines",),
    "file": ("lines", "accept_pdf", "accept_image", "accept_office", "most_mb"),
    "oral": ("lines", "seconds"),
}


def keep_fields(form: Form, kind: str) -> None:
    """Take the fields of other kinds out of the form."""
    own = OWN_FIELDS.get(kind, ())
    for name in {name for names in OWN_FIELDS.values() for name in names} - set(own):
        if name in form._fields:
            del form[name]
