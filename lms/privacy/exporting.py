"""Everything the installation holds about one person, as a ZIP: one JSON, a CSV per table, and the files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import IO, Any

from flask_babel import gettext as _
from sqlalchemy import Column, Row, select

from lms import audit, storage
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.people.models import Person
from lms.people.scope import person_in_scope
from lms.privacy.rules import ACTS, NOT_EXPORTED, RULES, SECRET
from lms.privacy.walk import about, names, table

FILES = (("recording", "recording_piece", "recording_id"), ("answer_file", "answer_file_piece", "file_id"))


def export(actor: Actor, person_id: int, stream: IO[bytes], *, now: datetime) -> Person:
    """Write the ZIP; the audit trail says who took it. Other people stand in it without name or number."""
    require(actor, Permission.PERSON_EXPORT_DATA)
    person = person_in_scope(actor, Permission.PERSON_EXPORT_DATA, person_id)
    found = {name: _rows(name, person.id) for name in names() if name not in NOT_EXPORTED}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in found.items():
            if rows:
                archive.writestr(f"csv/{name}.csv", _csv(rows))
        for name, pieces in _files(person.id):
            with archive.open(name, "w", force_zip64=True) as member:
                member.writelines(pieces)
        whole = {"person": person.number, "made_at": now.isoformat(timespec="seconds"), "tables": found, "acts": _acts(person.id)}
        archive.writestr("person.json", json.dumps(whole, ensure_ascii=False, indent=1, default=_plain))
        archive.writestr("about.txt", _about())
    audit.record(actor, "person.export_data", "person", person.id)
    return person


def _rows(name: str, person_id: int) -> list[dict[str, Any]]:
    source = table(name)
    columns = [column for column in source.columns if column.name not in SECRET]
    query = select(*columns).where(about(name, person_id)).order_by(*source.primary_key.columns)
    return [_without_others(columns, row, person_id) for row in db.session.execute(query)]


def _without_others(columns: list[Column[Any]], row: Row[Any], person_id: int) -> dict[str, Any]:
    """Who else had to do with a row is not told: that is about them."""
    values = dict(zip([column.name for column in columns], row, strict=True))
    for column in columns:
        others = any(key.column.table.name == "person" for key in column.foreign_keys)
        if others and values[column.name] not in (None, person_id):
            values[column.name] = _("another person")
    return values


def _acts(person_id: int) -> list[dict[str, Any]]:
    """What the person did to other things: where their number stands beside it, and in which row."""
    acts = []
    for source in db.metadata.sorted_tables:
        for column in source.columns:
            refers = any(key.column.table.name == "person" for key in column.foreign_keys)
            if refers and column.name in ACTS and column.name not in (RULES[source.name].columns if source.name in RULES else ()):
                key = next(iter(source.primary_key.columns))
                ids = list(db.session.scalars(select(key).where(column == person_id).order_by(key)))
                acts += [{"table": source.name, "as": column.name, "rows": ids}] if ids else []
    return acts


def _files(person_id: int) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name in the ZIP, bytes) of certificates, recordings and files given as answers."""
    certificate, file = table("certificate"), table("stored_file")
    query = select(file.c.name, file.c.key).join(certificate, certificate.c.file_id == file.c.id).where(about("certificate", person_id))
    for name, key in db.session.execute(query).all():
        yield f"files/{_safe(name)}", _bytes([key])
    for whole, piece, column in FILES:
        rows, parts = table(whole), table(piece)
        ids = select(rows.c.id, rows.c.media_type).where(about(whole, person_id), rows.c.erased_at.is_(None)).order_by(rows.c.id)
        for row_id, media_type in db.session.execute(ids).all():
            keys = db.session.scalars(select(parts.c.key).where(parts.c[column] == row_id).order_by(parts.c.start)).all()
            ending = _safe((media_type or "application/bin").split("/")[-1].split(";")[0])
            yield f"files/{whole}-{row_id}.{ending}", _bytes(list(keys))


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:100] or "file"


def _bytes(keys: list[str]) -> Iterator[bytes]:
    return (bytes(part) for key in keys for part in storage.store().get(key).stream(min_chunk_size=storage.CHUNK))


def _csv(rows: list[dict[str, Any]]) -> str:
    """With a mark of its encoding, so that it opens right in Excel; what begins like a formula gets an apostrophe."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value[:1] in "=+-@\t\r" and value:
        return "'" + value
    return _plain(value) if isinstance(value, date) else value


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


def _about() -> str:
    lines = [
        _("Everything that this installation holds about one person: person.json has all of it, csv/ the same by table, files/ the files."),
        _("Passwords and keys are not in it. Where another person had to do with something, that person is not named."),
        _("“acts” in person.json lists where the person did something to other things, such as a course they wrote."),
        "",
        _("Not in it, and why:"),
        *(f"- {name}: {why}" for name, why in NOT_EXPORTED.items()),
        "- stored_file: " + _("files of courses and of imports hold the work of the organisation or many people at once"),
        "- survey_response: " + _("anonymous answers cannot be found by person: the database does not know whose they are"),
    ]
    return "\n".join(lines) + "\n"
