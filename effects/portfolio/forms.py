"""The shape of what the portfolio asks."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField
from wtforms.validators import InputRequired

from lms.db import LocalText
from lms.forms import Form
from lms.i18n import local


class PrimaryForm(Form):
    kpi_id = SelectField(
        _l("Primary KPI"),
        [InputRequired()],
        coerce=int,
        description=_l("The one KPI the course is meant to move. Name it before anybody starts: then nobody can say it was picked by its result."),
    )

    def offer(self, kpis: list[tuple[int, LocalText]]) -> None:
        """Fill the list to choose from."""
        self.kpi_id.choices = [SelectChoice(value=i, label=local(name)) for i, name in kpis]
