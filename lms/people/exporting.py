"""People as a file: in the words of the reader, and so that an import of the same file changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from lms import tables
from lms.authz import Actor
from lms.db import db
from lms.i18n import local
from lms.people import import_writing, queries
from lms.people.course_scopes import every_course
from lms.people.forms import ROLE_NAMES
from lms.people.models import Team

COLUMNS = (
    tables.Column("number", _l("Person number")),
    tables.Column("name", _l("Name")),
    tables.Column("name_latin", _l("Name in Latin letters")),
    tables.Column("email", _l("E-mail")),
    tables.Column("team", _l("Team")),
    tables.Column("roles", _l("Roles")),
    tables.Column("course_roles", _l("Roles for single courses")),
    tables.Column("hired_on", _l("First day"), tables.Kind.DATE),
    tables.Column("left_on", _l("Last day"), tables.Kind.DATE),
)


def people(viewer: Actor, wanted: queries.Filter) -> Iterator[Mapping[str, Any]]:
    """The people whom the viewer may read. Teams are named so that no other could be meant; a role says over which team."""
    called, courses = _team_caller(), {each.id: each.code for each in every_course()}
    for row in queries.people_export(viewer, wanted):
        yield {
            **{name: getattr(row, name) for name in ("number", "name", "name_latin", "email", "hired_on", "left_on")},
            "team": called(row.team_code) if row.team_code else "",
            "roles": " · ".join(_said(each.role, called(each.team) if each.team else "") for each in row.grants if each.scope != "course"),
            "course_roles": " · ".join(
                _said(each.role, courses.get(each.course_id or 0, "")) for each in row.grants if each.scope == "course"
            ),
        }


def _said(role: str, over: str) -> str:
    return f"{ROLE_NAMES[role]}@{over}" if over else str(ROLE_NAMES[role])


def _team_caller() -> Callable[[str], str]:
    """A team's code → the least of its path by which an import finds it again."""
    tree = import_writing.team_tree()
    names = {code: local(name) for code, name in db.session.execute(select(Team.code, Team.name))}
    known: dict[str, str] = {}

    def called(code: str) -> str:
        if code not in known:
            known[code] = tree.shortest(code, names)
        return known[code]

    return called
