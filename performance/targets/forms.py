"""The shape of a target, of what is handed down, and of the seniority table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from lms.forms import Form
from lms.imports.cells import CellProblem, integer, number
from performance.targets.seniority import Band
from performance.targets.services import Subject

UNREADABLE = _l("Give a number, like 120000, 12万 or 90%.")
_REASON = _l("Kept with the target. Needed where a published target changes.")


def _read(text: str) -> float:
    try:
        return float(number(text))
    except CellProblem as problem:
        raise ValidationError(UNREADABLE) from problem


class TargetForm(Form):
    """One target."""

    value = StringField(_l("Target"), [InputRequired(), Length(max=40)])
    reason = StringField(_l("What it is for, or why it changes"), [Optional(), Length(max=500)], description=_REASON)

    def validate_value(self, field: Any) -> None:
        _read(field.data)

    @property
    def number(self) -> float:
        return _read(self.value.data)


class SharesForm(Form):
    """What is handed down: an input for each team and member (``t7``, ``p55``), an empty one is left as it is."""

    reason = StringField(_l("What it is for, or why it changes"), [Optional(), Length(max=500)], description=_REASON)

    def read(self, typed: Mapping[str, str]) -> dict[Subject, float]:
        """The numbers; what cannot be read is said above the form."""
        found: dict[Subject, float] = {}
        for name, text in typed.items():
            subject = subject_of(name)
            if subject is None or not text.strip():
                continue
            try:
                found[subject] = _read(text)
            except ValidationError:
                self.form_errors.append(_l("“%(text)s” is not a number. Give one like 120000, 12万 or 90%%.", text=text[:40]))
        return found


def key_of(subject: Subject) -> str:
    """The name of a subject's input."""
    return f"t{subject.team_id}" if subject.team_id is not None else f"p{subject.person_id}"


def subject_of(name: str) -> Subject | None:
    """The subject of an input's name; None for other inputs."""
    kind, digits = name[:1], name[1:]
    if kind not in ("t", "p") or not (digits.isascii() and digits.isdigit()):
        return None
    return Subject(int(digits), None) if kind == "t" else Subject(None, int(digits))


class SeniorityForm(Form):
    """The seniority table as lines "months: factor"."""

    bands = TextAreaField(
        _l("Months in the firm, and the factor from then on"),
        [InputRequired(), Length(max=1000)],
        description=_l("One line for each step: full months since joining, a colon, the factor. The first line begins at 0."),
    )
    reason = StringField(_l("Why"), [InputRequired(), Length(max=500)])

    def validate_bands(self, field: Any) -> None:
        self.read()

    def read(self) -> list[Band]:
        found = []
        for line in (self.bands.data or "").splitlines():
            if line.strip():
                months, _colon, factor = line.replace("：", ":").partition(":")
                try:
                    found.append(Band(integer(months), float(number(factor))))
                except CellProblem as problem:
                    raise ValidationError(_l("Write each line like 12: 0.95.")) from problem
        return found


def as_lines(bands: Any) -> str:
    """A table as the form's text."""
    return "\n".join(f"{band.months}: {band.factor:g}" for band in bands)
