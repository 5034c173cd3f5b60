"""Who may fetch a stored file: its owner, and whoever a feature that refers to it lets in."""

from __future__ import annotations

from collections.abc import Callable

from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Unknown
from lms.storage import StoredFile

Reader = Callable[[Actor, StoredFile], bool]
_readers: list[Reader] = []


def add_reader(may_read: Reader) -> None:
    """A feature says whether an actor may fetch a file that it refers to."""
    if may_read not in _readers:
        _readers.append(may_read)


def readable(actor: Actor, file_id: int) -> StoredFile:
    """:raises Unknown: if there is no such file or nobody opens it to the actor; the two look alike."""
    require(actor, Permission.FILE_READ)
    file = db.session.get(StoredFile, file_id)
    if file is None:
        raise Unknown()
    if file.owner_id == actor.person_id or any(may_read(actor, file) for may_read in _readers):
        return file
    raise Unknown()
