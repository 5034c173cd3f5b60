"""Forms: the shape of input. What a refused act says at a field is put there by ``explain``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_wtf import FlaskForm
from wtforms import SelectChoice
from wtforms.fields import Field

from lms.errors import Refused, sentence


class Form(FlaskForm):
    """The base of all forms: CSRF, messages in the reader's language, white space trimmed."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            filters = list(unbound_field.kwargs.get("filters", ()))
            if unbound_field.field_class.__name__ in {"StringField", "TextAreaField", "EmailField"}:
                filters.append(_trim)
            return unbound_field.bind(form=form, filters=filters, **options)

        @property
        def locales(self) -> list[str]:  # type: ignore[override]
            locale = str(get_locale() or "en")
            return ["zh" if locale.startswith("zh") else "en"]

    def explain(self, refusal: Refused) -> None:
        """Put a refusal's sentence at the field it belongs to, or above the form."""
        field = self._fields.get(refusal.field) if refusal.field else None
        message = sentence(refusal)
        if field is None:
            self.form_errors.append(message)
        else:
            field.errors = [*field.errors, message]


def choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """Value → label as the choices of a select or radio field."""
    return [SelectChoice(value=value, label=label) for value, label in labels.items()]


def _trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
