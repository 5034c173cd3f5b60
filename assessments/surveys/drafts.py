"""Between the editor's form and a question: Chinese and English stand side by side, 繁體 is made from 简体."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from werkzeug.datastructures import MultiDict

from assessments.surveys.forms import ItemForm
from assessments.surveys.items import BRANCHING, CHOICES, MEASURED, MOST_OPTIONS, Item, Option
from lms.errors import Refused

FRESH, SPARE = 4, 2
_LINE = re.compile(r"(option|row)-(\d{1,2})-(id|zh|en)", re.ASCII)


class Line(Struct, frozen=True):
    """An option or statement in the form; ``id`` is empty for a new one."""

    id: str
    zh: str
    en: str


class Form(Struct, frozen=True):
    """What the form holds beside its WTForms fields."""

    options: Sequence[Line]
    rows: Sequence[Line]
    condition: tuple[str, frozenset[str]]


def side_by_side(zh: str | None, en: str | None) -> dict[str, str]:
    return {key: words for key, words in (("zh_Hans", (zh or "").strip()), ("en", (en or "").strip())) if words}


def values_of(item: Item | None) -> dict[str, Any]:
    """The form's values for a question, or for a new one."""
    if item is None:
        return {"points": 5, "required": True}
    values: dict[str, Any] = {"points": item.points, "required": item.required, "unit": item.unit, "measure": item.measure}
    for name in ("text", "help", "low", "high"):
        text = getattr(item, name) or {}
        values |= {f"{name}_zh": text.get("zh_Hans", ""), f"{name}_en": text.get("en", "")}
    return values


def form_of(item: Item | None, kind: str) -> Form:
    """The lines of a question, with empty ones to write in."""
    options = _lines(item.options) if item else []
    rows = _lines(item.rows) if item else []
    condition = (item.condition.question, item.condition.values) if item and item.condition else ("", frozenset[str]())
    return Form(
        _with_spare(options) if kind in CHOICES | {"likert"} else [], _with_spare(rows) if kind == "likert" else [], condition
    )


def sent_form(form: MultiDict[str, str], kind: str) -> Form:
    """The lines as they were sent, empty ones too, so that nothing typed is lost."""
    found: dict[str, dict[int, dict[str, str]]] = {"option": {}, "row": {}}
    for name, value in form.items():
        match = _LINE.fullmatch(name)
        if match:
            found[match[1]].setdefault(int(match[2]), {})[match[3]] = value
    lines = {which: [Line(each.get("id", ""), each.get("zh", ""), each.get("en", "")) for _at, each in sorted(rows.items())]
             for which, rows in found.items()}  # fmt: skip
    ticked = {name[5:]: frozenset(form.getlist(name)) for name in form if name.startswith("cond-")}
    if len(ticked) > 1:
        raise Refused("survey_condition_one", field="text_zh")
    condition = next(iter(ticked.items()), ("", frozenset[str]()))
    return Form(lines["option"], lines["row"] if kind == "likert" else [], condition)


def item_data(item_id: str, kind: str, form: ItemForm, sent: Form) -> dict[str, Any]:
    """The question as JSON, for ``authoring.put_item``."""
    data: dict[str, Any] = {
        "id": item_id,
        "kind": kind,
        "text": side_by_side(form.text_zh.data, form.text_en.data),
        "help": side_by_side(form.help_zh.data, form.help_en.data),
        "options": _filled(sent.options),
        "rows": _filled(sent.rows, "r"),
    }
    if form.required:
        data["required"] = bool(form.required.data)
    if kind in MEASURED and form.measure:
        data["measure"] = bool(form.measure.data)
    if kind == "rating":
        data["points"] = form.points.data
    if kind in ("rating", "nps"):
        data["low"] = side_by_side(form.low_zh.data, form.low_en.data)
        data["high"] = side_by_side(form.high_zh.data, form.high_en.data)
    if kind == "number":
        data["unit"] = form.unit.data or ""
    question, values = sent.condition
    if question:
        data["condition"] = {"question": question, "values": sorted(values)}
    return data


def sources(items: Sequence[Item], item_id: str | None) -> list[Item]:
    """The questions on whose answer an item can depend: those before it that have fixed answers."""
    found = []
    for item in items:
        if item.id == item_id:
            break
        if item.kind in BRANCHING:
            found.append(item)
    return found


def _lines(options: Sequence[Option]) -> list[Line]:
    return [Line(option.id, option.text.get("zh_Hans", ""), option.text.get("en", "")) for option in options]


def _with_spare(lines: list[Line]) -> list[Line]:
    spare = SPARE if lines else FRESH
    return [*lines, *[Line("", "", "")] * min(spare, max(0, MOST_OPTIONS - len(lines)))]


def _filled(lines: Sequence[Line], prefix: str = "o") -> list[dict[str, Any]]:
    taken = {line.id for line in lines if line.id}
    found = []
    for line in lines:
        text = side_by_side(line.zh, line.en)
        if not text:
            continue
        id_ = line.id or next(name for at in range(1, 99) if (name := f"{prefix}{at}") not in taken)
        taken.add(id_)
        found.append({"id": id_, "text": text})
    return found
