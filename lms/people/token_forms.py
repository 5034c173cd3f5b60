"""The shape of a new token."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Length

from lms.forms import Form
from lms.people.tokens.services import DAYS


def _days() -> list[SelectChoice]:
    return [SelectChoice(value=days, label=ngettext("%(num)s day", "%(num)s days", days)) for days in DAYS]


class TokenForm(Form):
    name = StringField(_l("What is it for?"), [DataRequired(), Length(max=80)], description=_l("For example: figures for the monthly report."))
    password = PasswordField(
        _l("Password"), [DataRequired()], render_kw={"autocomplete": "current-password"},
        description=_l("Once more: a token opens what your account opens."))  # fmt: skip
    days = SelectField(_l("Valid for"), coerce=int, choices=_days, default=90)
