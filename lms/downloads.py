"""What a browser saves: under a name in any script, and written while it is still known who reads.

A header holds Latin letters alone: a server turns an answer away whose name is Chinese. The name is said twice, as
RFC 6266 has it, in what letters are left and in all of them.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, TypeVar
from urllib.parse import quote

import werkzeug
from flask import Response

from lms import tables

Answer = TypeVar("Answer", bound=werkzeug.Response)
_AS_THEY_ARE = "!#$&+-.^_`|~"
_IN_MEMORY = 1 << 20
"""Bytes of a table; a longer one waits on disk until it is sent."""


def call(answer: Answer, name: str, *, download: bool = True) -> Answer:
    """The answer under its name; ``download`` False: to be looked at in the page."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    wide = {} if name.isascii() else {"filename*": f"UTF-8''{quote(name, safe=_AS_THEY_ARE)}"}
    answer.headers.set("Content-Disposition", "attachment" if download else "inline", filename=plain, **wide)
    return answer


def table(
    rows: Iterable[Any], columns: Sequence[tables.Column], format: str, name: str, *, title: str, zone: dt.tzinfo = dt.UTC
) -> Response:
    """A table as CSV or XLSX (``name`` without the ending), in flat memory.

    It is written whole before the first byte is sent: what is written while it is sent has forgotten the reader's language, and
    can no longer be refused.
    """
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  closed when it has been sent
    try:
        for piece in tables.export(rows, columns, format, title=title, zone=zone):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    length = file.tell()
    file.seek(0)
    answer = Response(_sent(file), content_type=tables.CONTENT_TYPES[format])
    answer.content_length = length
    answer.call_on_close(file.close)
    return call(answer, f"{name}.{format}")


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 16):
            yield piece
