"""The shape of what an import asks: a file, how to read it, whether to leave rejected rows out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectChoice, SelectField

from lms.forms import Form
from lms.imports.kinds import ImportKind
from lms.imports.models import ImportBatch
from lms.tables import ENCODINGS

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030 / GBK (简体)",
    "big5": "Big5 (繁體)",
    "cp1252": "Windows-1252",
    "utf-16": "UTF-16",
}
NOT_USED = "-1"


class UploadForm(Form):
    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l("CSV or XLSX. The first row holds the headings."),
    )


class AcceptForm(Form):
    leave_out_rejected = BooleanField(_l("Leave the rejected rows out and import the rest"))


class SettleForm(Form):
    """Encoding or sheet, one select per column of the kind, one box per option; built by :func:`settle_form`."""

    def mapping(self) -> dict[str, int]:
        return {
            name.removeprefix("column_"): int(field.data)
            for name, field in self._fields.items()
            if name.startswith("column_") and field.data != NOT_USED
        }

    def options(self) -> dict[str, bool]:
        return {
            name.removeprefix("option_"): bool(field.data)
            for name, field in self._fields.items()
            if name.startswith("option_")
        }

    def chosen(self, name: str) -> str | None:
        field = self._fields.get(name)
        return str(field.data) if field is not None and field.data else None


def settle_form(kind: ImportKind, batch: ImportBatch, sheets: Sequence[str]) -> SettleForm:
    """The form for one file: its fields depend on the kind's columns and the file's headings."""
    fields: dict[str, Any] = {}
    if batch.encoding is not None:
        choices = [SelectChoice(name, ENCODING_NAMES[name]) for name in ENCODINGS]
        fields["encoding"] = SelectField(_l("Encoding"), choices=choices, default=batch.encoding)
    elif len(sheets) > 1:
        choices = [SelectChoice(name, name) for name in sheets]
        fields["sheet"] = SelectField(_l("Sheet"), choices=choices, default=batch.sheet)
    places = [SelectChoice(NOT_USED, _l("not in the file"))]
    places += [SelectChoice(str(place), heading) for place, heading in enumerate(batch.header) if heading]
    for column in kind.columns:
        place = str(batch.mapping.get(column.key, NOT_USED))
        fields[f"column_{column.key}"] = SelectField(column.label, choices=places, default=place)
    for option in kind.options:
        ticked = bool(batch.options.get(option.key, option.default))
        fields[f"option_{option.key}"] = BooleanField(option.label, default=ticked)
    form: SettleForm = type("SettleFormOfBatch", (SettleForm,), fields)()
    return form
