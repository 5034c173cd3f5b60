"""Forms: the shape of input. What a refused act says at a field is put there by ``explain``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.i18n import translations
from wtforms import Form as PlainForm
from wtforms import SelectChoice, StringField
from wtforms.fields import Field
from wtforms.meta import DefaultMeta
from wtforms.validators import DataRequired, Length, Regexp

from lms import codes
from lms.errors import Refused, sentence

OWN_WORDS = {
    "This field is required.": _l("Please fill this in."),
    "Not a valid choice.": _l("Please choose one of these."),
    "Not a valid integer value.": _l("Please give a whole number."),
    "Not a valid decimal value.": _l("Please give a number."),
    "Not a valid float value.": _l("Please give a number."),
    "Not a valid date value.": _l("Please give a date."),
}
"""What WTForms says → what to do, as Needle says it, in all three languages."""


class _Words:
    """WTForms' sentences, ours first."""

    def gettext(self, text: str) -> str:
        own = OWN_WORDS.get(text)
        return str(own) if own is not None else str(translations.gettext(text))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return str(translations.ngettext(one, many, n))


_WORDS = _Words()


class Part(PlainForm):
    """A form within a form (``FormField``): without a token of its own, in the same words."""

    class Meta(DefaultMeta):
        def get_translations(self, _form: Any) -> _Words:
            return _WORDS


class Form(FlaskForm):
    """The base of all forms: CSRF, messages in the reader's language, white space trimmed."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            filters = list(unbound_field.kwargs.get("filters", ()))
            if unbound_field.field_class.__name__ in {"StringField", "TextAreaField", "EmailField"}:
                filters.append(_trim)
            return unbound_field.bind(form=form, filters=filters, **options)

        def get_translations(self, _form: Any) -> _Words:
            return _WORDS

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


def code_field(description: Any) -> Any:
    """The code of something new (see ``lms.codes``); ``description`` gives an example."""
    odd = _l("A code begins with a letter or digit and holds letters, digits, dots, hyphens and underscores.")
    return StringField(_l("Code"), [DataRequired(), Length(max=64), Regexp(codes.PATTERN, message=odd)], description=description)


def choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """Value → label as the choices of a select or radio field."""
    return [SelectChoice(value=value, label=label) for value, label in labels.items()]


def _trim(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value
