"""The shape of what course pages ask for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from courses.models import Area, Chosen
from lms.forms import Form
from lms.imports.cells import plain

AREA_LABELS = {
    Area.SKILLS: _l("Skills"),
    Area.PRODUCT: _l("Product knowledge"),
    Area.INDUSTRY: _l("Industry knowledge"),
}
CHOSEN_LABELS = {
    Chosen.RANDOM: _l("Drawn by lot"),
    Chosen.WAVES: _l("In waves by the calendar, whoever’s turn it was"),
    Chosen.LOW_KPI: _l("Because their results were low"),
    Chosen.VOLUNTEERS: _l("They asked for it themselves"),
    Chosen.TEAMS: _l("Whole teams were picked"),
    Chosen.EVERYONE: _l("Everyone takes it"),
    Chosen.UNKNOWN: _l("Another way, or not known"),
}
NEED_LABELS = {
    "done": _l("only has to be taken"),
    "passed": _l("has to be passed"),
    "score": _l("needs a score of at least"),
}


def area_choices() -> list[SelectChoice]:
    return [SelectChoice(value=area.value, label=label) for area, label in AREA_LABELS.items()]


def chosen_choices() -> list[SelectChoice]:
    return [SelectChoice(value=chosen.value, label=label) for chosen, label in CHOSEN_LABELS.items()]


class NewCourseForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=64)],
        description=_l("A short name for lists, imports and exports, like KA-101. It stays for good."),
    )
    area = SelectField(_l("Kind of knowledge"), choices=area_choices)


class PartsForm(Form):
    title = StringField(_l("Title"), [Length(max=200)])
    area = SelectField(_l("Kind of knowledge"), choices=area_choices)
    background = TextAreaField(
        _l("Background"), [Length(max=20000)], description=_l("Why this course: the need that it answers.")
    )
    benefits = TextAreaField(
        _l("Benefits"), [Length(max=20000)], description=_l("What those who take it will be able to do.")
    )
    features = TextAreaField(
        _l("Features"), [Length(max=20000)], description=_l("How it teaches: cases, exercises, role-plays.")
    )
    audience = TextAreaField(_l("Audience"), [Length(max=20000)], description=_l("Who should take it."))
    duration = TextAreaField(
        _l("Duration"), [Length(max=2000)], description=_l("How long it takes, and over which time.")
    )
    outline = TextAreaField(
        _l("Outline"),
        [Length(max=50000)],
        description=_l("The contents, with cases, exercises and the task after class."),
    )
    competencies = StringField(
        _l("Competencies trained"), [Length(max=1000)], description=_l("Names, separated by commas.")
    )


class ModuleForm(Form):
    kind = SelectField(_l("Kind"))
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])


class LessonForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    minutes = IntegerField(
        _l("Minutes"), [Optional(), NumberRange(1, 6000)], description=_l("About how long it takes.")
    )
    body = TextAreaField(_l("Text"), [Length(max=200_000)])


class UploadForm(Form):
    file = FileField(
        _l("Image or video"),
        [FileRequired(_l("Choose a file."))],
        description=_l("PNG, JPEG, WebP or GIF up to 20 MB; MP4 or WebM up to 200 MB."),
    )


class RuleForm(Form):
    at_least = IntegerField(
        _l("How many of the required modules are enough"),
        [Optional(), NumberRange(1, 500)],
        description=_l("Leave empty when all of them are needed."),
    )
    valid_months = IntegerField(
        _l("Certificate valid for (months)"),
        [Optional(), NumberRange(1, 600)],
        description=_l("Leave empty when it does not expire."),
    )


class NoteForm(Form):
    note = TextAreaField(_l("What should be changed"), [InputRequired(), Length(max=2000)])


class RevokeForm(Form):
    reason = StringField(
        _l("Why it is revoked"),
        [InputRequired(), Length(max=500)],
        description=_l("Kept with the certificate. The public check page shows only that it is revoked."),
    )


class DueForm(Form):
    due_on = DateField(_l("Due on"), [Optional()], description=_l("Leave it empty for no due date."))


class TakeOutForm(Form):
    reason = StringField(
        _l("Why this enrolment ends"),
        [InputRequired(), Length(max=500)],
        description=_l("Kept in the audit trail. What was learnt stays on record."),
    )


class AssignForm(Form):
    course = SelectField(_l("Course"), coerce=int)
    chosen = RadioField(
        _l("How were these people chosen?"),
        [
            InputRequired(
                _l("Please say how they were chosen; what the course can be credited with depends on it.")
            )
        ],
        choices=chosen_choices,
    )
    reason = StringField(
        _l("Reason"),
        [Length(max=500)],
        description=_l("In a sentence: shown to them, and kept for the evaluation."),
    )
    due_on = DateField(_l("Due on"), [Optional()])
    again = BooleanField(_l("Also those who have completed it before: they begin a new cycle"))
    numbers = TextAreaField(
        _l("Person numbers"),
        [Length(max=200_000)],
        description=_l("One per line, or separated by commas or blanks."),
    )

    def chosen_people(self, request_form: Any) -> tuple[list[int], list[int], list[str]]:
        """Ids ticked, teams ticked, numbers typed."""
        numbers = plain(self.numbers.data or "").replace(",", " ").replace("、", " ").split()
        return request_form.getlist("people", type=int), request_form.getlist("teams", type=int), numbers
