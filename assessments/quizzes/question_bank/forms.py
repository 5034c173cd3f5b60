"""The shape of what the pages of the bank ask for."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from assessments.quizzes.question_bank.reviewing import LONGEST_COMMENT
from lms.forms import Form


class ReviewForm(Form):
    comment = TextAreaField(
        _l("What you say about it"),
        [Length(max=LONGEST_COMMENT)],
        description=_l("Needed to send a question back: say what should change."),
    )


class AddForm(Form):
    module = SelectField(_l("Quiz"), choices=[], validate_choice=False)


class CopyForm(Form):
    course = SelectField(_l("Course"), choices=[], validate_choice=False)
