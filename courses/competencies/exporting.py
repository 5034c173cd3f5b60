"""The columns of the catalogue as a table; the import reads the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l

from courses.competencies.models import Competency
from courses.competencies.scale import LEVELS
from courses.competencies.services import aliases_of
from lms.tables import Column

SEPARATOR = "; "


def _text(key: str) -> Callable[[Any], Any]:
    field, suffix = key.split("_")
    return lambda row: getattr(row, field).get(LANGUAGES[suffix], "")


def _anchor(level: int, language: str) -> Callable[[Any], Any]:
    return lambda row: row.anchors.get(str(level), {}).get(language, "")


def joined_aliases(row: Competency) -> str:
    return SEPARATOR.join(aliases_of(row))


LABELS = {
    "name_en": _l("Name in English"),
    "name_zh": _l("Name in Chinese"),
    "description_en": _l("Description in English"),
    "description_zh": _l("Description in Chinese"),
}
LANGUAGES = {"en": "en", "zh": "zh_Hans"}
ANCHORS = {
    (level, suffix): (f"anchor_{level}_{suffix}", label)
    for level in LEVELS
    for suffix, label in (("en", _l("What level %(level)s looks like, in English", level=level)), ("zh", _l("What level %(level)s looks like, in Chinese", level=level)))
}
"""(level, language) → key and heading."""
COLUMNS = (
    Column("code", _l("Code")),
    *(Column(key, label, value=_text(key)) for key, label in LABELS.items()),
    Column("stage", _l("Stage of the development flow"), value=lambda row: row.stage or ""),
    Column("aliases", _l("Words that mean it elsewhere"), value=joined_aliases),
    *(
        Column(key, label, value=_anchor(level, LANGUAGES[suffix]))
        for (level, suffix), (key, label) in ANCHORS.items()
    ),
    Column("active", _l("In use"), value=lambda row: "no" if row.retired_at else "yes"),
)
