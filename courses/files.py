"""Images and videos of a course: checked and re-encoded on the way in, shown to those who may see the course."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable
from pathlib import PurePath
from typing import IO, Any, NamedTuple

import filetype
from flask import url_for
from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from courses.markdown import Media
from courses.models import Course, CourseFile
from lms import audit, storage
from lms.authz import Actor, Permission, require
from lms.bodies import sent_id
from lms.db import db
from lms.errors import Refused
from lms.storage import StoredFile

IMAGES = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
VIDEOS = frozenset({"video/mp4", "video/webm"})
LARGEST_IMAGE = 20 * 1024 * 1024
LARGEST_VIDEO = 200 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000


def add(actor: Actor, course: Course, content: IO[bytes], name: str) -> CourseFile:
    """Keep an image or a video with a course.

    Images are decoded and written anew, so that nothing hidden in them survives; what a file is, is read
    from its content.

    :raises Refused: ``file_empty``, ``file_too_large``, ``media_type_refused``, ``image_unreadable``.
    """
    require(actor, Permission.COURSE_AUTHOR)
    data = content.read(LARGEST_VIDEO + 1)
    if not data:
        raise Refused("file_empty", field="file")
    kind = filetype.guess_mime(data)
    if kind in IMAGES:
        if len(data) > LARGEST_IMAGE:
            raise Refused("file_too_large", field="file", limit=LARGEST_IMAGE // 1024 // 1024)
        data, suffix = reencoded(data)
        stored = storage.put(actor, data, f"{PurePath(name).stem or 'image'}{suffix}", allowed=IMAGES)
    elif kind in VIDEOS:
        stored = storage.put(actor, data, name, allowed=VIDEOS, limit=LARGEST_VIDEO)
    else:
        raise Refused("media_type_refused", field="file")
    return _attach(actor, course, stored)


def reencoded(data: bytes) -> tuple[bytes, str]:
    """The picture alone, upright, at most 2,000 pixels long, and its file suffix."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused("image_too_many_pixels", field="file")
            image.seek(0)
            upright = ImageOps.exif_transpose(image)
            see_through = upright.has_transparency_data
            picture = upright.convert("RGBA" if see_through else "RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Refused("image_unreadable", field="file") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    if see_through:
        picture.save(out, "PNG", optimize=True)
        return out.getvalue(), ".png"
    picture.save(out, "JPEG", quality=86, progressive=True)
    return out.getvalue(), ".jpg"


def media_of(course_id: int, references: Iterable[str]) -> dict[str, Media]:
    """The files of a course that a text refers to, ready to be shown; no statement when it refers to none."""
    ids = set(_ids(references))
    if not ids:
        return {}
    rows = db.session.execute(
        select(CourseFile.id, StoredFile.media_type)
        .join(StoredFile, StoredFile.id == CourseFile.file_id)
        .where(CourseFile.course_id == course_id, CourseFile.id.in_(ids))
    )
    return {str(id_): Media(url_for("courses.file", file_id=id_), kind in VIDEOS) for id_, kind in rows}


class ListedFile(NamedTuple):
    """A file of a course, and the words with which a text shows it."""

    id: int
    name: str
    video: bool
    size: int

    @property
    def markdown(self) -> str:
        return f"![{PurePath(self.name).stem}](file:{self.id})"


def files_of(course_id: int, limit: int = 200) -> list[ListedFile]:
    """The files of a course for its editor, the newest first."""
    rows = db.session.execute(
        select(CourseFile.id, StoredFile.name, StoredFile.media_type, StoredFile.size)
        .join(StoredFile, StoredFile.id == CourseFile.file_id)
        .where(CourseFile.course_id == course_id)
        .order_by(CourseFile.id.desc())
        .limit(limit)
    )
    return [ListedFile(id_, name, kind in VIDEOS, size) for id_, name, kind, size in rows]


def _ids(references: Iterable[str]) -> list[int]:
    """The ids among them; a text may refer to anything."""
    return [id_ for reference in references if (id_ := sent_id(reference)) is not None]


def exported(course_id: int, references: Iterable[str]) -> dict[str, dict[str, str]]:
    """The files that a text refers to, embedded: reference → name, media type and content in base64."""
    ids = _ids(references)
    files = db.session.scalars(
        select(CourseFile)
        .options(joinedload(CourseFile.file))
        .where(CourseFile.course_id == course_id, CourseFile.id.in_(ids))
    )
    return {
        str(each.id): {
            "name": each.file.name,
            "media_type": each.file.media_type,
            "data": base64.b64encode(storage.read(each.file)).decode(),
        }
        for each in files
    }


def contents(course_id: int, references: Iterable[str]) -> dict[str, tuple[str, str, bytes]]:
    """The files that a text refers to: reference → name, media type and content."""
    files = db.session.scalars(
        select(CourseFile)
        .options(joinedload(CourseFile.file))
        .where(CourseFile.course_id == course_id, CourseFile.id.in_(_ids(references)))
    )
    return {str(each.id): (each.file.name, each.file.media_type, storage.read(each.file)) for each in files}


def loaded(actor: Actor, course: Course, files: dict[str, Any]) -> dict[str, str]:
    """Take embedded files into a course: old reference → new one. :raises Refused: as :func:`add`."""
    found = {}
    for reference, each in files.items():
        try:
            data = base64.b64decode(each["data"], validate=True)
        except (binascii.Error, KeyError, TypeError, ValueError) as error:
            raise Refused("course_file_unreadable", where=f"files.{reference}") from error
        found[reference] = str(add(actor, course, io.BytesIO(data), str(each.get("name") or "file")).id)
    return found


def copied(actor: Actor, from_course_id: int, course: Course, references: Iterable[str]) -> dict[str, str]:
    """Files of one course copied into another: old reference → new one. The caller has found that the actor edits both."""
    require(actor, Permission.COURSE_AUTHOR)
    rows = db.session.scalars(
        select(CourseFile)
        .options(joinedload(CourseFile.file))
        .where(CourseFile.course_id == from_course_id, CourseFile.id.in_(_ids(references)))
        .order_by(CourseFile.id)
    ).all()
    stored = [(row.id, storage.put(actor, storage.read(row.file), row.file.name)) for row in rows]
    return {str(id_): str(_attach(actor, course, file).id) for id_, file in stored}


def _attach(actor: Actor, course: Course, stored: StoredFile) -> CourseFile:
    file = CourseFile(course_id=course.id, file_id=stored.id)
    db.session.add(file)
    db.session.flush()
    audit.record(actor, "course.add_file", "course", course.id, file=file.id, media_type=stored.media_type)
    return file
