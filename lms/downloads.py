"""What a browser saves: under a name in any script, and written while it is still known who reads.

A header holds Latin letters alone: a server turns an answer away whose name is Chinese. The name is said twice, as
RFC 6266 has it, in what letters are left and in all of them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import werkzeug
from flask import Response

from lms import tables

Answer = TypeVar("Answer", bound=werkzeug.Response)
_AS_THEY_ARE = "!#$&+-.^_`|~"


def call(answer: Answer, name: str, *, download: bool = True) -> Answer:
    """The answer under its name; ``download`` False: to be looked at in the page."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    wide = {} if name.isascii() else {"filename*": f"UTF-8''{quote(name, safe=_AS_THEY_ARE)}"}
    answer.headers.set("Content-Disposition", "attachment" if download else "inline", filename=plain, **wide)
    return answer


def table(
    rows: Iterable[Any], columns: Sequence[tables.Column], format: str, name: str, *, title: str, zone: dt.tzinfo = dt.UTC
) -> Response:
    """A table as CSV or XLSX (``name`` without the ending), whole: what is sent in pieces has forgotten the reader's language."""
    content = b"".join(tables.export(rows, columns, format, title=title, zone=zone))
    return call(Response(content, content_type=tables.CONTENT_TYPES[format]), f"{name}.{format}")
