"""What a published version says of itself, as its course page shows it: drawn once, since it never changes."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zlib import compress, decompress

from flask import get_template_attribute
from markupsafe import Markup
from msgspec import msgpack

from courses import markdown, queries, why
from courses.forms import AREA_LABELS
from courses.kinds import kind_of
from courses.models import PARTS
from lms import kept
from lms.i18n import local


class Described(NamedTuple):
    """``line`` is what stands below the heading, ``parts`` the text, ``side`` the modules and what completes the course;
    ``trains`` the words for competencies, whose names somebody may edit."""

    line: Markup
    parts: Markup
    side: Markup
    trains: tuple[str, ...]


def described(version_id: int, published_at: datetime) -> Described:
    """Kept packed, at a sixth of its size: two thousand courses would be 11 MB in each process."""
    packed = kept.drawn(("course", version_id, published_at), lambda: _packed(_draw(version_id)))
    line, parts, side, *trains = msgpack.decode(decompress(packed), type=list[str])
    return Described(Markup(line), Markup(parts), Markup(side), tuple(trains))  # noqa: S704 -- drawn by Jinja, which escaped what it was given


def _packed(said: Described) -> bytes:
    return compress(msgpack.encode([str(said.line), str(said.parts), str(said.side), *said.trains]))


def _draw(version_id: int) -> Described:
    version, modules = queries.described(version_id)
    line = get_template_attribute("courses/_described.html", "line")
    parts_of = get_template_attribute("courses/_parts.html", "parts_of")
    side = get_template_attribute("courses/_described.html", "side")
    parts = [(part, local(version.snapshot[part])) for part in PARTS]
    rules = why.rule_sentences(version.rule.rule, modules)
    return Described(
        line(version, modules, AREA_LABELS), parts_of(parts, markdown.render), side(version, modules, rules, kind_of),
        tuple(version.snapshot["competencies"]),
    )
