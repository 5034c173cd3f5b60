"""A course as one JSON file, out and in: whole or not at all. The format is described in docs/course-format.md."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from courses import authoring, kinds
from courses.completion import Need
from courses.models import PARTS, Area, Course, Module
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused
from lms.i18n import LOCALES

FORMAT = "needle-course"
VERSION = 1
LARGEST = 300 * 1024 * 1024
MOST_MODULES = 200


def exported(course: Course) -> dict[str, Any]:
    """The draft of a course with its modules, without ids of this database."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "code": course.code,
        "title": course.title,
        "area": course.area,
        **{part: getattr(course, part) for part in PARTS},
        "competencies": course.competencies,
        "at_least": course.at_least,
        "valid_months": course.valid_months,
        "modules": [_exported_module(module) for module in authoring.modules_of(course.id)],
    }


def exported_text(course: Course) -> str:
    return json.dumps(exported(course), ensure_ascii=False, indent=1) + "\n"


def _exported_module(module: Module) -> dict[str, Any]:
    return {
        "kind": module.kind,
        "title": module.title,
        "required": module.required,
        "need": module.need,
        "minimum": module.minimum,
        "minutes": module.minutes,
        "content": kinds.kind_of(module.kind).export(module),
    }


def load(actor: Actor, content: bytes, *, now: datetime) -> Course:
    """Make a new draft from a course file.

    :raises Refused: ``course_file_too_large``, ``course_file_not_json``, ``course_file_other_format``,
        ``course_file_unreadable`` with the place; what :func:`courses.authoring.create` and the kinds refuse.
    """
    require(actor, Permission.COURSE_AUTHOR)
    data = _parsed(content)
    course = authoring.create(
        actor, _text(data, "code"), _local(data, "title"), _one_of(data, "area", Area), now=now
    )
    for part in PARTS:
        setattr(course, part, _local(data, part))
    course.competencies = _names(data, "competencies")
    course.valid_months = _whole(data, "valid_months", 600)
    modules = data.get("modules", [])
    if not isinstance(modules, list) or len(modules) > MOST_MODULES:
        raise Refused("course_file_unreadable", field="file", where="modules")
    for at, module in enumerate(modules):
        _load_module(actor, course, module, f"modules[{at}]", now)
    course.at_least = _whole(data, "at_least", MOST_MODULES)
    db.session.flush()
    audit.record(actor, "course.import", "course", course.id, modules=len(modules))
    return course


def _parsed(content: bytes) -> dict[str, Any]:
    if len(content) > LARGEST:
        raise Refused("course_file_too_large", field="file", limit=LARGEST // 1024 // 1024)
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Refused("course_file_not_json", field="file") from error
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != VERSION:
        raise Refused("course_file_other_format", field="file")
    return data


def _load_module(actor: Actor, course: Course, data: Any, where: str, now: datetime) -> None:
    if not isinstance(data, dict) or not isinstance(data.get("content"), dict):
        raise Refused("course_file_unreadable", field="file", where=where)
    module = authoring.add_module(
        actor, course.id, _text(data, "kind", where), _local(data, "title", where), now=now
    )
    module.minutes = _whole(data, "minutes", 6000, where)
    rule = authoring.ModuleRule(
        data.get("required", True) is True, _one_of(data, "need", Need, where, "passed"), _share(data, where)
    )
    authoring.set_module_rule(module, rule)
    try:
        kinds.kind_of(module.kind).load(actor, module, data["content"], now)
    except Refused as refusal:
        if refusal.code == "course_file_unreadable":
            inner = refusal.params.get("where", "")
            raise Refused(
                "course_file_unreadable", field="file", where=f"{where}.content.{inner}"
            ) from refusal
        refusal.field = "file"
        raise


def _place(key: str, where: str) -> str:
    return f"{where}.{key}" if where else key


def _text(data: dict[str, Any], key: str, where: str = "") -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise Refused("course_file_unreadable", field="file", where=_place(key, where))
    return value


def _local(data: dict[str, Any], key: str, where: str = "") -> LocalText:
    value = data.get(key, {})
    if not isinstance(value, dict) or not all(k in LOCALES and isinstance(v, str) for k, v in value.items()):
        raise Refused("course_file_unreadable", field="file", where=_place(key, where))
    return {language: text for language, text in value.items() if text}


def _names(data: dict[str, Any], key: str) -> list[str]:
    value = data.get(key, [])
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise Refused("course_file_unreadable", field="file", where=key)
    return value


def _one_of(data: dict[str, Any], key: str, values: Any, where: str = "", default: str | None = None) -> Any:
    try:
        return values(data.get(key, default))
    except ValueError as error:
        raise Refused("course_file_unreadable", field="file", where=_place(key, where)) from error


def _whole(data: dict[str, Any], key: str, most: int, where: str = "") -> int | None:
    value = data.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise Refused("course_file_unreadable", field="file", where=_place(key, where))
    return value


def _share(data: dict[str, Any], where: str) -> float | None:
    value = data.get("minimum")
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise Refused("course_file_unreadable", field="file", where=_place("minimum", where))
    return float(value)
