"""A zip of strangers: how much may be in it, and which document is where. Nothing is ever unpacked to disk. Pure."""

from __future__ import annotations

import io
import posixpath
import stat
import zipfile
import zlib
from collections.abc import Mapping
from urllib.parse import unquote

from assessments.quizzes.formats.entries import BadFile

ZIP = b"PK\x03\x04"
MOST_FILES = 5_000
MOST_UNPACKED = 120 * 1024 * 1024
MOST_RATIO = 200
"""Unpacked ÷ packed of a file, looked at from 1 MB on: XML of questions reaches about 40."""
_MB = 1024 * 1024


def unpacked(content: bytes) -> dict[str, bytes]:
    """Path → bytes of every file in a zip.

    :raises BadFile: ``file_zip_broken``, ``file_zip_bomb`` (too many, too large), ``file_zip_path`` (a way out of the zip).
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > MOST_UNPACKED:
                raise BadFile("file_zip_bomb")
            return _read(archive, infos)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as problem:
        raise BadFile("file_zip_broken") from problem


def _read(archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for info in infos:
        path = inside(info.filename)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadFile("file_zip_broken")
        if path is None or path in found or stat.S_ISLNK(info.external_attr >> 16):
            raise BadFile("file_zip_path")
        if info.file_size > _MB and info.file_size > MOST_RATIO * max(1, info.compress_size):
            raise BadFile("file_zip_bomb")
        with archive.open(info) as file:
            found[path] = file.read(left + 1)
        left -= len(found[path])
        if left < 0:
            raise BadFile("file_zip_bomb")
    return found


def inside(name: str) -> str | None:
    """The path as it stands in the zip, or None if it leads out of it."""
    if "\\" in name or "\0" in name or name.startswith("/") or ":" in name.split("/")[0]:
        return None
    path = posixpath.normpath(name)
    return None if path in (".", "..") or path.startswith("../") else path


def beside(base: str, href: str) -> str | None:
    """The path that a document at ``base`` means by ``href``; None if that is outside, or on another host."""
    if "://" in href or href.startswith(("/", "data:", "//")):
        return None
    clean = unquote(href.split("#")[0].split("?")[0])
    return inside(posixpath.join(posixpath.dirname(base), clean)) if clean else None


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, the same for the same files whenever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
