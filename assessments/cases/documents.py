"""Documents of a case: checked on the way in, pictures written anew, shown to those who work on the case."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import IO, Any

import filetype
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from assessments.cases import policies
from assessments.cases.models import CaseFile
from courses import files
from lms import audit, storage
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused, Unknown
from lms.storage import StoredFile

LARGEST = 20 * 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."
DOCUMENTS = frozenset(
    {
        "application/pdf",
        f"{OFFICE}wordprocessingml.document",
        f"{OFFICE}spreadsheetml.sheet",
        f"{OFFICE}presentationml.presentation",
    }
)


def add(actor: Actor, case_id: int, content: IO[bytes], name: str, *, now: datetime) -> CaseFile:
    """Keep a document with a case.

    :raises Refused: ``file_empty``, ``file_too_large``, ``case_document_type``, ``image_unreadable``.
    """
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    data = content.read(LARGEST + 1)
    kind = filetype.guess_mime(data) if data else None
    if data and kind not in DOCUMENTS | files.IMAGES:
        raise Refused("case_document_type", field="file")
    if len(data) <= LARGEST and kind in files.IMAGES:
        data, suffix = files.reencoded(data)
        name = f"{PurePath(name).stem or 'image'}{suffix}"
    stored = storage.put(actor, data, name, allowed=DOCUMENTS | files.IMAGES, limit=LARGEST)
    document = CaseFile(case_id=case.id, file_id=stored.id)
    db.session.add(document)
    case.edited_at = now
    db.session.flush()
    audit.record(actor, "case.add_file", "case", case.id, file=document.id, media_type=stored.media_type)
    return document


def remove(actor: Actor, document_id: int, *, now: datetime) -> CaseFile:
    """Take it out of the draft; published versions keep it."""
    require(actor, Permission.CASE_AUTHOR)
    document = db.session.get(CaseFile, document_id)
    if document is None:
        raise Unknown()
    policies.authored_case(actor, document.case_id)
    if document.removed_at is None:
        document.removed_at = now
        audit.record(actor, "case.remove_file", "case", document.case_id, file=document.id)
    db.session.flush()
    return document


def listed(case_id: int) -> list[dict[str, Any]]:
    """The documents of the draft: ``{"id", "name", "size"}``."""
    rows = db.session.execute(
        select(CaseFile.id, StoredFile.name, StoredFile.size)
        .join(StoredFile, StoredFile.id == CaseFile.file_id)
        .where(CaseFile.case_id == case_id, CaseFile.removed_at.is_(None))
        .order_by(CaseFile.id)
    )
    return [{"id": id_, "name": name, "size": size} for id_, name, size in rows]


def opened(actor: Actor, document_id: int) -> StoredFile:
    """The file behind a document. :raises Unknown: if the actor may not read it."""
    require(actor, Permission.CASE_READ)
    document = db.session.scalar(
        select(CaseFile).options(joinedload(CaseFile.file)).where(CaseFile.id == document_id)
    )
    if document is None or not policies.reads_documents(actor, document.case_id):
        raise Unknown()
    return document.file
