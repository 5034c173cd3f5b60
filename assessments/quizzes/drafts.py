"""Between the editor's form and a question: texts are edited in one language at a time, the others stay."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from msgspec import Struct
from werkzeug.datastructures import MultiDict

from assessments.grading import notation
from assessments.grading.answers import ungrouped
from assessments.grading.files import FAMILIES
from assessments.grading.notation import NOTED, BadNotation
from assessments.grading.parts import PARTED
from assessments.grading.questions import CHOICES, MOST_OPTIONS, UNITED, decimal_text
from assessments.quizzes.forms import KeyForm, QuestionForm
from lms.errors import Refused
from lms.i18n import with_language

FRESH_ROWS = 4
SPARE_ROWS = 2
_PART = re.compile(r"([1-9]\d{0,2}/[1-9]\d{0,2}):\s*(\S.*)", re.ASCII)
_PLAIN = re.compile(r"\d{1,15}(\.\d{1,15})?", re.ASCII)


class OptionRow(Struct, frozen=True):
    """A line of the editor: an option in the language being edited, or an empty line for a new one."""

    id: str
    text: str
    feedback: str
    right: bool
    removed: bool = False


def values_of(data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A question's JSON as the form shows it in ``language``."""
    return {
        "stem": data["stem"].get(language, ""),
        "unit": data["unit"],
        "feedback": data["feedback"].get(language, ""),
        **key_values(data["kind"], data["key"]),
        **noted_values(data["kind"], data, language),
    }


def noted_values(kind: str, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The fields of the kinds that are written in lines."""
    if kind not in NOTED:
        return {}
    key, body = data["key"], data.get("body") or {}
    values: dict[str, Any] = {"lines": notation.write(kind, data, language)}
    if kind in PARTED:
        values["part_credit"] = key["credit"]
    if kind == "ordering":
        values["order_credit"] = key["credit"]
    if kind == "hotspot":
        values |= {"image": body["image"].removeprefix("file:"), "alt": body["alt"].get(language, "")}
    if kind == "file":
        values |= {f"accept_{each}": each in body["accept"] for each in FAMILIES} | {"most_mb": body["most_mb"]}
    if kind == "oral":
        values["seconds"] = body["seconds"]
    if kind == "calculated":
        values |= {name: key[name] for name in ("formula", "decimals", "tolerance", "relative")} | _percent(key)
    return values


def key_values(kind: str, key: Mapping[str, Any]) -> dict[str, Any]:
    if kind == "true_false":
        return {"truth": "true" if key["correct"] else "false"}
    if kind == "multiple":
        return {"credit": key["credit"]}
    if kind == "numeric":
        return {"value": key["value"], "tolerance": key["tolerance"], "relative": key["relative"]} | _percent(key)
    if kind == "short_text":
        lines = [*key["accepted"], *key.get("patterns", [])]
        lines += [f"{each['share']}: {each['text']}" for each in key.get("partly", [])]
        return {"accepted": "\n".join(lines), "match_case": key["match_case"]}
    return {}


def rows_of(data: Mapping[str, Any] | None, language: str) -> list[OptionRow]:
    """The lines of the editor: the options there are, and some empty ones."""
    options = data["options"] if data and data["kind"] in CHOICES else []
    correct = data["key"]["correct"] if data and options else []
    right = {correct} if isinstance(correct, str) else set(correct)
    rows = [
        OptionRow(
            each["id"],
            each["text"].get(language, ""),
            each["feedback"].get(language, ""),
            each["id"] in right,
        )
        for each in options
    ]
    spare = SPARE_ROWS if rows else FRESH_ROWS
    return rows + [OptionRow("", "", "", False)] * min(spare, MOST_OPTIONS - len(rows))


def sent_rows(form: MultiDict[str, str], kind: str) -> list[OptionRow]:
    """The lines as they were sent, in their order."""
    rows = []
    single = form.get("right", "")
    for at in range(MOST_OPTIONS + SPARE_ROWS):
        if f"option-{at}-text" not in form:
            break
        right = single == str(at) if kind == "single" else f"right-{at}" in form
        rows.append(
            OptionRow(
                form.get(f"option-{at}-id", ""),
                form[f"option-{at}-text"].strip(),
                form.get(f"option-{at}-feedback", "").strip(),
                right,
                f"option-{at}-remove" in form,
            )
        )
    return rows


def question_data(
    kind: str,
    form: QuestionForm,
    rows: Sequence[OptionRow],
    language: str,
    before: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The question's JSON after the edit. A line that is removed, or empty in every language, is no option.

    :raises Refused: ``notation_…`` for a line that cannot be read.
    """
    if kind in NOTED:
        return _noted(kind, form, language, before)
    options, right = _options(rows, language, before) if kind in CHOICES else ([], [])
    return {
        "kind": kind,
        "stem": with_language(before["stem"] if before else {}, language, form.stem.data),
        "options": options,
        "unit": (form.unit.data or "") if kind == "numeric" else "",
        "key": key_data(kind, form, right),
        "feedback": with_language(before["feedback"] if before else {}, language, form.feedback.data),
    }


def key_data(kind: str, form: KeyForm, right: Sequence[str]) -> dict[str, Any]:
    """The key's JSON; ``right`` are the options marked."""
    if kind == "single":
        return {"correct": right[0] if len(right) == 1 else None}
    if kind == "multiple":
        return {"correct": list(right), "credit": form.credit.data}
    if kind == "true_false":
        return {"correct": {"true": True, "false": False}.get(form.truth.data or "")}
    if kind == "numeric":
        return {"value": _digits(form.value.data), **_tolerance(form)}
    return _accepted(form)


def _accepted(form: KeyForm) -> dict[str, Any]:
    """A line with ``*`` is a pattern, one like ``1/2: words`` earns that part."""
    lines = [line.strip() for line in (form.accepted.data or "").splitlines() if line.strip()]
    partly = [match for line in lines if (match := _PART.fullmatch(line))]
    rest = [line for line in lines if not _PART.fullmatch(line)]
    key: dict[str, Any] = {
        "accepted": [line for line in rest if "*" not in line],
        "match_case": form.match_case.data,
    }
    if patterns := [line for line in rest if "*" in line]:
        key["patterns"] = patterns
    if partly:
        key["partly"] = [{"share": match[1], "text": match[2]} for match in partly]
    return key


def _noted(
    kind: str, form: QuestionForm, language: str, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    read = _read(kind, form.lines.data, language, before)
    body = read.get("body")
    if kind == "hotspot":
        alt = (before.get("body") or {}).get("alt", {}) if before else {}
        body = {"image": f"file:{form.image.data or ''}", "alt": with_language(alt, language, form.alt.data)}
    if kind == "file":
        accepted = [each for each in FAMILIES if form[f"accept_{each}"].data]
        body = {"accept": accepted, "most_mb": form.most_mb.data}
    if kind == "oral":
        body = {"seconds": form.seconds.data}
    return {
        "kind": kind,
        "stem": with_language(before["stem"] if before else {}, language, form.stem.data),
        "options": read.get("options", []),
        "unit": (form.unit.data or "") if kind in UNITED else "",
        "key": read["key"] | _key_fields(kind, form),
        "feedback": with_language(before["feedback"] if before else {}, language, form.feedback.data),
        **({"body": body} if body else {}),
    }


def _key_fields(kind: str, form: KeyForm) -> dict[str, Any]:
    """What of a key stands in fields of its own."""
    if kind in PARTED:
        return {"credit": form.part_credit.data}
    if kind == "ordering":
        return {"credit": form.order_credit.data}
    if kind == "calculated":
        return {"formula": form.formula.data or "", "decimals": form.decimals.data or 0, **_tolerance(form)}
    return {}


def _tolerance(form: KeyForm) -> dict[str, Any]:
    tolerance = _digits(form.tolerance.data) or "0"
    return {
        "tolerance": _hundredth(tolerance) if form.relative.data else tolerance,
        "relative": form.relative.data,
    }


def mended_key(kind: str, form: KeyForm, language: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """The key of a kind written in lines, where only the key may differ.

    :raises Refused: ``notation_…``, ``key_alone`` if the lines say something else as well.
    """
    read = _read(kind, form.lines.data, language, before)
    same_options = read.get("options", before["options"]) == before["options"]
    if kind == "ordering":
        same_options = sorted(each["id"] for each in read["options"]) == sorted(each["id"] for each in before["options"])
    body = read.get("body") or before.get("body")
    if not same_options or (kind != "hotspot" and body != before.get("body")):
        raise Refused("key_alone", field="lines")
    return dict(read["key"]) | _key_fields(kind, form)


def _read(kind: str, text: str | None, language: str, before: Mapping[str, Any] | None) -> dict[str, Any]:
    try:
        return notation.read(kind, text or "", language, before)
    except BadNotation as problem:
        raise Refused(problem.code, field="lines", line=problem.line) from problem


def _options(
    rows: Sequence[OptionRow], language: str, before: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], list[str]]:
    known = {each["id"]: each for each in before["options"]} if before else {}
    taken = set(known)
    options, right = [], []
    for row in rows:
        was = known.get(row.id, {"text": {}, "feedback": {}})
        text = with_language(was["text"], language, row.text)
        if not text or row.removed:
            continue
        id_ = row.id if row.id in known else _free(taken)
        taken.add(id_)
        options.append({"id": id_, "text": text, "feedback": with_language(was["feedback"], language, row.feedback)})
        if row.right:
            right.append(id_)
    return options, right


def _free(taken: set[str]) -> str:
    """A name for a new option. Drawn by lot: counted names would tell which option was written first."""
    while (name := f"o{secrets.token_hex(3)}") in taken:
        continue
    return name


def _digits(text: str | None) -> str:
    """What was typed as a number, in the form in which keys are kept: full width → half width, no blanks, thousands not grouped."""
    folded = unicodedata.normalize("NFKC", text or "").replace("\u2212", "-")
    return ungrouped("".join(folded.split()))


def _percent(key: Mapping[str, Any]) -> dict[str, Any]:
    """A relative tolerance is typed in percent and kept as a share."""
    return {"tolerance": decimal_text(Fraction(key["tolerance"]) * 100)} if key["relative"] else {}


def _hundredth(text: str) -> str:
    return decimal_text(Fraction(text) / 100) if _PLAIN.fullmatch(text) else text
