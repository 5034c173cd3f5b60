"""The shape of what cases ask for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, Field, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from assessments.cases.words import ENDINGS, GOALS, INDUSTRIES, STAGES, TEXTS
from assessments.roleplays.forms import choices
from lms.forms import Form, code_field

WATCH_HELP = _l("One per line: the customer, its people, its places. The check looks for them; they are never published.")


def _text(name: str, help_: Any = None, most: int = 12000) -> Field:
    return TextAreaField(TEXTS[name], [Length(max=most)], description=help_ or "")


class NewCaseForm(Form):
    code = code_field(_l("Letters and digits, like CASE-01. It stays."))
    title = StringField(_l("Title"), [DataRequired(), Length(max=200)])


class _Place(Form):
    stage = SelectField(_l("Stage of the account"), choices=lambda: choices(STAGES))
    industry = SelectField(_l("Industry"), choices=lambda: choices(INDUSTRIES))
    ending = RadioField(_l("How the deal ended"), choices=lambda: choices(ENDINGS), default="won")
    watch = TextAreaField(_l("Names to be hidden"), [Length(max=4000)], description=WATCH_HELP)

    @property
    def watched(self) -> list[str]:
        lines = (line.strip()[:100] for line in (self.watch.data or "").splitlines())
        return [line for line in lines if len(line) >= 2][:60]


class CaseForm(_Place):
    """Texts of one language, and what holds in all of them."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    brief = _text("brief", _l("Who the customer is, what was at stake, who took part. Markdown works."))
    aftermath = _text("aftermath")
    minutes = IntegerField(_l("Minutes"), [InputRequired(), NumberRange(1, 480)])
    competencies = TextAreaField(_l("Competencies"), [Length(max=2000)], description=_l("One per line."))
    rubric = SelectField(
        _l("Rubric"), coerce=int, description=_l("Without a rubric the case is discussed and not scored.")
    )
    open = BooleanField(_l("Open to everybody in the library; otherwise in courses alone"))
    real_deal = BooleanField(_l("This really happened: check it for names before it is published"))


class QuestionForm(Form):
    title = StringField(TEXTS["title"], [InputRequired(), Length(max=200)])
    facts = _text("facts", most=6000)
    ask = _text("ask", _l("What would you do now, and why?"), most=3000)
    model = _text("model", _l("Shown after the own answer and the discussion."), most=6000)
    happened = _text("happened", most=6000)


class ProposalForm(_Place):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    brief = TextAreaField(
        _l("What was at stake"),
        [InputRequired(), Length(max=12000)],
        description=_l("Say “a maker of gearboxes in the east” instead of the name, “a seven-figure sum” instead of the amount."),
    )
    aftermath = TextAreaField(
        _l("How it went, and what you would do differently"), [InputRequired(), Length(max=12000)]
    )


class DocumentForm(Form):
    file = FileField(_l("Document"), [FileRequired()], description=_l("PDF, picture, Word, Excel or PowerPoint, up to 20 MB."))


class ModuleForm(Form):
    case = SelectField(_l("Case"), coerce=int)
    goal = RadioField(_l("The module is done when"), choices=lambda: choices(GOALS))
