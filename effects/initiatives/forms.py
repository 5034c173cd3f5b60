"""The shape of a measure and of its people."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp

from effects.forms import chosen_choices
from lms.db import LocalText
from lms.forms import Form
from lms.i18n import local

KINDS = {
    "reward_plan": _l("Reward plan"),
    "tool": _l("New tool"),
    "territory": _l("Change of territories"),
    "other": _l("Something else"),
}


def kind_choices() -> list[SelectChoice]:
    return [SelectChoice(value=code, label=label) for code, label in KINDS.items()]


class InitiativeForm(Form):
    code = StringField(
        _l("Code"),
        [InputRequired(), Length(max=64), Regexp(r"^[\w.-]+$", message=_l("Letters, digits, dot, dash and underscore."))],
        description=_l("Short and lasting: files name the measure by it."),
    )
    name_en = StringField(_l("Name in English"), [InputRequired(), Length(max=200)])
    name_zh = StringField(_l("Name in Chinese"), [Length(max=200)])
    kind = SelectField(_l("Kind"), [InputRequired()], choices=kind_choices)
    chosen = SelectField(_l("How were these people chosen?"), [InputRequired()], choices=chosen_choices)

    @property
    def name(self) -> LocalText:
        """The name in the languages given."""
        texts = {"en": self.name_en.data or "", "zh_Hans": self.name_zh.data or ""}
        return {locale: text.strip() for locale, text in texts.items() if text.strip()}


class PeopleForm(Form):
    numbers = TextAreaField(
        _l("Person numbers"),
        [InputRequired(), Length(max=200_000)],
        description=_l("One per line, or separated by commas or blanks."),
    )
    started_on = DateField(_l("It holds for them from"), [InputRequired()])

    def listed(self) -> list[str]:
        """The numbers typed, each once."""
        text = (self.numbers.data or "").replace(",", " ").replace("，", " ").replace("、", " ")
        return list(dict.fromkeys(text.split()))


class StudyOfForm(Form):
    kpi_id = SelectField(_l("KPI"), [InputRequired()], coerce=int)

    def offer(self, kpis: list[tuple[int, LocalText]]) -> None:
        """Fill the list to choose from."""
        self.kpi_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in kpis]
