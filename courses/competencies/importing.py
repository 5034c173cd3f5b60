"""Competencies from a file: what is new is added, what is there is said anew, nothing is taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from courses.competencies import services
from courses.competencies.exporting import ANCHORS, LABELS, LANGUAGES, joined_aliases
from courses.competencies.matching import folded
from courses.competencies.models import Competency, CompetencyWord
from courses.competencies.scale import LEVELS, Stage
from courses.competencies.services import Said
from lms import codes
from lms.authz import Permission
from lms.db import db
from lms.imports.cells import boolean, choice, identifier, text
from lms.imports.diff import Incoming, Key, Outcome, Rejection, Values, Verdict
from lms.imports.kinds import Applied, ImportKind, Plan
from lms.imports.mapping import ImportColumn

REASONS = {
    "competency_code_odd": _l("is not a code: letters, digits, dot, dash and underscore"),
    "competency_nameless": _l("has no name in any language"),
    "competency_word_of_other": _l("means another competency already"),
}
_STAGES = {stage.value: stage.value for stage in Stage}


class CompetencyImport(ImportKind):
    """The key is the code. A blank cell leaves what is there."""

    key = "competency"
    label = _l("Competencies")
    hint = _l("One row per competency: code, names, description, the words that mean it elsewhere with semicolons between, and what one sees at each level. An export of the catalogue can be read back.")
    permission = Permission.COMPETENCY_MANAGE
    columns = (
        ImportColumn("code", _l("Code"), identifier, ("competency code", "编号", "能力编号", "代码"), True, "KA-NEEDS"),
        ImportColumn("name_en", LABELS["name_en"], text, ("name", "english name", "英文名称"), False, "Needs analysis"),
        ImportColumn("name_zh", LABELS["name_zh"], text, ("chinese name", "中文名称", "名称", "能力"), False, "需求挖掘"),
        ImportColumn("description_en", LABELS["description_en"], text, ("description", "英文说明")),
        ImportColumn("description_zh", LABELS["description_zh"], text, ("中文说明", "说明")),
        ImportColumn("stage", _l("Stage of the development flow"), choice(_STAGES), ("stage", "阶段"), False, "needs"),
        ImportColumn("aliases", _l("Words that mean it elsewhere"), text, ("aliases", "synonyms", "别名", "同义词"), False, "Discovery; 需求分析"),
        *(ImportColumn(key, label, text) for key, label in ANCHORS.values()),
        ImportColumn("active", _l("In use"), boolean, ("active", "启用", "在用"), False, "yes"),
    )  # fmt: skip

    def record_key(self, values: dict[str, Any]) -> Key:
        return (values.pop("code"),)

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        return {(row.code,): values_of(row) for row in _rows(key[0] for key in keys)}

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        owner = {word: code for word, code in db.session.execute(_OWNERS)}  # noqa: C416
        there = set(db.session.scalars(select(Competency.code)))
        for record in records:
            code, values = record.key[0], record.values
            if not codes.is_code(code):
                yield Rejection(record.row, plan.heading("code"), code, "competency_code_odd")
                continue
            if code not in there and not (values.get("name_en") or values.get("name_zh")):
                yield Rejection(record.row, plan.heading("code"), code, "competency_nameless")
                continue
            for column, word in _words(values):
                if owner.setdefault(folded(word), code) != code:
                    yield Rejection(record.row, plan.heading(column), word, "competency_word_of_other")
                    break

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        rows = {row.code: row for row in _rows(verdict.incoming.key[0] for verdict in verdicts)}
        for verdict in verdicts:
            code = verdict.incoming.key[0]
            before = values_of(rows[code]) if code in rows else {}
            after = before | {name: value for name, value in verdict.incoming.values.items() if value is not None}
            if verdict.outcome is Outcome.NEW:
                row = services.create(plan.actor, code, said_of(after), now=now)
            else:
                row = services.edit(plan.actor, rows[code].id, said_of(after), now=now)
            (services.revive if after.get("active", True) else services.retire)(plan.actor, row.id, now=now)

    def revert(self, actor: Any, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        rows = {row.code: row for row in _rows(change.key[0] for change in changes)}
        for change in changes:
            row = rows[change.key[0]]
            if change.old is None:
                services.retire(actor, row.id, now=now)
                continue
            before = values_of(row) | dict(change.old)
            services.edit(actor, row.id, said_of(before), now=now)
            (services.revive if before["active"] else services.retire)(actor, row.id, now=now)


_OWNERS = select(CompetencyWord.folded, Competency.code).join(Competency, Competency.id == CompetencyWord.competency_id)


def _rows(some: Iterable[str]) -> Sequence[Competency]:
    return db.session.scalars(
        select(Competency).options(selectinload(Competency.words)).where(Competency.code.in_(list(some)))
    ).all()


def values_of(row: Competency) -> dict[str, Any]:
    """A competency as the fields of a file."""
    values: dict[str, Any] = {"stage": row.stage, "aliases": joined_aliases(row) or None, "active": row.retired_at is None}
    for suffix, language in LANGUAGES.items():
        values[f"name_{suffix}"] = row.name.get(language)
        values[f"description_{suffix}"] = row.description.get(language)
        for level in LEVELS:
            values[f"anchor_{level}_{suffix}"] = row.anchors.get(str(level), {}).get(language)
    return values


def said_of(values: Mapping[str, Any]) -> Said:
    """What the fields of a file say."""

    def said(name: str) -> dict[str, str]:
        return {language: values.get(f"{name}_{suffix}") or "" for suffix, language in LANGUAGES.items()}

    return Said(
        name=said("name"),
        description=said("description"),
        stage=values.get("stage"),
        anchors={level: said(f"anchor_{level}") for level in LEVELS},
        aliases=tuple(_split(values.get("aliases"))),
    )


def _split(aliases: str | None) -> list[str]:
    return [word.strip() for word in re.split(r"[;；\n]", aliases or "") if word.strip()]


def _words(values: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for column in ("name_en", "name_zh"):
        if values.get(column):
            yield column, values[column]
    for word in _split(values.get("aliases")):
        yield "aliases", word
