"""The shape of a statement of costs: a row of three figures and a source for each part."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DecimalField, FormField, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from effects.roi.costing import PARTS, Costing
from effects.stats.returns import Decay, Range
from lms.errors import Refused, sentence
from lms.forms import Form, Part

LABELS = {
    "development": _l("Development"),
    "delivery": _l("Delivery"),
    "travel": _l("Materials and travel"),
    "hours": _l("Hours off the floor, all reps together"),
    "hourly": _l("Cost of one hour"),
    "margin": _l("Contribution margin, %"),
    "kept": _l("Share of the effect kept from one period to the next, %"),
}
"""Names of the parts, as the form and the reports show them."""
LARGEST = 10**12


class RangeForm(Part):
    """Low, most likely, high and where they come from. Low or high left empty: as the likely figure."""

    low = DecimalField(_l("Low"), [Optional(), NumberRange(0, LARGEST)], places=None)
    likely = DecimalField(_l("Most likely"), [Optional(), NumberRange(0, LARGEST)], places=None)
    high = DecimalField(_l("High"), [Optional(), NumberRange(0, LARGEST)], places=None)
    source = StringField(_l("Source"), [Optional(), Length(max=200)])

    def range(self, scale: float = 1.0) -> Range | None:
        """None where no likely figure was given."""
        if self.likely.data is None:
            return None
        likely = float(self.likely.data)
        low, high = (likely if field.data is None else float(field.data) for field in (self.low, self.high))
        return Range(low * scale, likely * scale, high * scale, (self.source.data or "").strip())


class CostForm(Form):
    development = FormField(RangeForm, LABELS["development"])
    delivery = FormField(RangeForm, LABELS["delivery"])
    travel = FormField(RangeForm, LABELS["travel"])
    hours = FormField(RangeForm, LABELS["hours"])
    hourly = FormField(RangeForm, LABELS["hourly"])
    margin = FormField(RangeForm, LABELS["margin"])
    lasting = BooleanField(_l("Count an effect beyond the periods observed"))
    periods = IntegerField(_l("For how many more periods"), [Optional(), NumberRange(1, 60)])
    kept = FormField(RangeForm, LABELS["kept"])

    @property
    def rows(self) -> list[FormField]:
        return [self[name] for name in PARTS]

    def costing(self) -> Costing:
        """What was entered.

        :raises Refused: ``roi_margin_missing``, ``roi_decay_missing``.
        """
        margin = self.margin.form.range(0.01)
        if margin is None:
            raise Refused("roi_margin_missing", field="margin")
        parts = {name: given for name in PARTS if (given := self[name].form.range()) is not None}
        return Costing(parts, margin, self._decay())

    def _decay(self) -> Decay | None:
        if not self.lasting.data:
            return None
        kept = self.kept.form.range(0.01)
        if kept is None or not self.periods.data:
            raise Refused("roi_decay_missing", field="kept")
        return Decay(self.periods.data, kept)

    def explain(self, refusal: Refused) -> None:
        """A refusal of a part stands at its likely figure, that of a source at the source."""
        part = self._fields.get(refusal.field) if refusal.field else None
        if not isinstance(part, FormField):
            super().explain(refusal)
            return
        at = part.form.source if refusal.code == "roi_source_missing" else part.form.likely
        at.errors = [*at.errors, sentence(refusal)]


def given(costing: Costing) -> dict[str, Any]:
    """The form's values of a statement."""

    def row(value: Range, scale: float = 1.0) -> dict[str, Any]:
        low, likely, high = (_plain(number * scale) for number in (value.low, value.likely, value.high))
        return {"low": low, "likely": likely, "high": high, "source": value.source}

    values: dict[str, Any] = {name: row(value) for name, value in costing.parts.items()}
    values["margin"] = row(costing.margin, 100)
    if costing.decay is not None:
        values |= {"lasting": True, "periods": costing.decay.periods, "kept": row(costing.decay.kept, 100)}
    return values


def _plain(value: float) -> float | int:
    value = round(value, 4)
    return int(value) if value == int(value) else value
