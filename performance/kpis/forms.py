"""The shape of a KPI definition."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from lms.db import LocalText
from lms.forms import Form
from performance.kpis.models import Kpi
from performance.kpis.services import KpiDefinition
from performance.kpis.wording import DIRECTIONS, KINDS, OVER_TIME, PERIODS

LANGUAGES = {"en": "en", "hans": "zh_Hans", "hant": "zh_Hant"}
TEXTS = ("name", "description", "numerator", "denominator")
_CODE = re.compile(r"[a-z][a-z0-9_]*")


class KpiForm(Form):
    """A definition; what would change the meaning of records is refused by the service once there are some."""

    name_en = StringField(_l("Name in English"), [DataRequired(), Length(max=100)])
    name_hans = StringField(_l("Name in simplified Chinese"), [DataRequired(), Length(max=100)])
    name_hant = StringField(
        _l("Name in traditional Chinese"),
        [Optional(), Length(max=100)],
        description=_l("Left empty, the simplified name is shown."),
    )
    code = StringField(
        _l("KPI code"),
        [DataRequired(), Length(max=64), Regexp(_CODE.pattern + "$", message=_l("Use small letters, digits and _."))],
        description=_l("How files and interfaces name it, like sales_amount."),
    )
    kind = RadioField(
        _l("What is counted"), [DataRequired()], choices=[SelectChoice(key, word) for key, word in KINDS.items()]
    )
    unit = StringField(
        _l("Unit"),
        [DataRequired(), Length(max=32)],
        description=_l(
            "CNY or another currency code; customers; points; share for percentages; or any word. Shares and points of"
            " several people are not added up, unless they are a rate with both parts."
        ),
    )
    direction = RadioField(
        _l("Direction"), [DataRequired()], choices=[SelectChoice(key, word) for key, word in DIRECTIONS.items()]
    )
    period = SelectField(_l("Counted"), choices=[SelectChoice(key, word) for key, word in PERIODS.items()])
    over_time = RadioField(
        _l("Several periods together"),
        [DataRequired()],
        default="sum",
        choices=[SelectChoice(key, word) for key, word in OVER_TIME.items()],
        description=_l("How the months of a quarter or year come to one figure, against its target. Rates are sums over sums in any case."),
    )
    digits = IntegerField(_l("Decimals shown"), [InputRequired(), NumberRange(0, 6)], default=0)
    description_en = TextAreaField(_l("What it measures, in English"), [Optional(), Length(max=1000)])
    description_hans = TextAreaField(_l("What it measures, in simplified Chinese"), [Optional(), Length(max=1000)])
    description_hant = TextAreaField(_l("What it measures, in traditional Chinese"), [Optional(), Length(max=1000)])
    numerator_en = StringField(_l("Numerator in English"), [Optional(), Length(max=100)])
    numerator_hans = StringField(_l("Numerator in simplified Chinese"), [Optional(), Length(max=100)])
    numerator_hant = StringField(_l("Numerator in traditional Chinese"), [Optional(), Length(max=100)])
    denominator_en = StringField(_l("Denominator in English"), [Optional(), Length(max=100)])
    denominator_hans = StringField(_l("Denominator in simplified Chinese"), [Optional(), Length(max=100)])
    denominator_hant = StringField(_l("Denominator in traditional Chinese"), [Optional(), Length(max=100)])

    def validate_unit(self, field: Any) -> None:
        if self.kind.data == "rate" and field.data != "share":
            raise ValidationError(_l("The unit of a rate is share: it is shown in percent."))

    def definition(self) -> KpiDefinition:
        rate = self.kind.data == "rate"
        return KpiDefinition(
            code=self.code.data,
            name=self._text("name"),
            description=self._text("description"),
            kind=self.kind.data,
            unit=self.unit.data,
            direction=self.direction.data,
            period=self.period.data,
            digits=self.digits.data,
            numerator_name=self._text("numerator") or None if rate else None,
            denominator_name=self._text("denominator") or None if rate else None,
            over_time="sum" if rate else self.over_time.data,
        )

    def _text(self, name: str) -> LocalText:
        found = {locale: self[f"{name}_{short}"].data or "" for short, locale in LANGUAGES.items()}
        return {locale: text for locale, text in found.items() if text}


def kpi_form(kpi: Kpi | None) -> KpiForm:
    """The form, filled from a definition on the first visit."""
    if kpi is None:
        return KpiForm()
    texts = {
        "name": kpi.name,
        "description": kpi.description,
        "numerator": kpi.numerator_name,
        "denominator": kpi.denominator_name,
    }
    filled = {
        f"{name}_{short}": (text or {}).get(locale, "")
        for name, text in texts.items()
        for short, locale in LANGUAGES.items()
    }
    return KpiForm(obj=kpi, data=filled)
