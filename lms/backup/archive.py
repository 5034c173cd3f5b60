"""The file of a backup: a ZIP of the database, every stored file and ``manifest.json``, which says what must be in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from msgspec import Struct, field
from msgspec.structs import asdict

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database"
FILES = "files/"
SECRETS = "secrets/"
CHUNK = 1024 * 1024
LARGEST_MANIFEST = 256 * 1024 * 1024
_NAME = re.compile(r"database|files/[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*|secrets/(?:secret_key|password_salt)")


class Unusable(Exception):
    """A backup cannot be made or used. The text is one line for operators."""


class Member(Struct, frozen=True):
    """A file of the archive: bytes and their SHA-256."""

    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """What a backup is.

    ``made_at`` ISO 8601 in UTC; ``database`` sqlite or postgresql; ``schema`` the revision of the migrations; ``rows`` table →
    number of rows at that moment; ``missing`` keys that the database names and the store did not have; ``secrets`` name →
    fingerprint of the secrets under which passwords and second factors were kept.
    """

    made_at: str
    database: str
    schema: str
    rows: dict[str, int]
    missing: list[str]
    secrets: dict[str, str]
    members: dict[str, Member] = field(default_factory=dict)

    @property
    def keys(self) -> list[str]:
        """The keys of the stored files in it."""
        return [name.removeprefix(FILES) for name in self.members if name.startswith(FILES)]

    def as_json(self) -> bytes:
        members = {name: asdict(member) for name, member in self.members.items()}
        return json.dumps({"needle_backup": FORMAT, **asdict(self), "members": members}, ensure_ascii=False, indent=1).encode()


def manifest_of(content: bytes) -> Manifest:
    """:raises Unusable: if it is not one, or of a later format."""
    try:
        said: dict[str, Any] = json.loads(content)
        version = said.pop("needle_backup")
        if version != FORMAT:
            raise Unusable(f"this backup has format {version}; this version of Needle reads format {FORMAT}")
        members = {str(name): Member(int(m["size"]), str(m["sha256"])) for name, m in said.pop("members").items()}
        found = Manifest(**said, members=members)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Unusable("this is not a backup of Needle: its manifest cannot be read") from None
    strange = next((name for name in found.members if not _NAME.fullmatch(name)), None)
    if strange is not None or DATABASE not in found.members:
        raise Unusable(f"the manifest names what no backup holds: {strange!r}" if strange else "there is no database in this backup")
    return found


def fingerprint(secret: str) -> str:
    """Tells two secrets apart and gives neither away: they are long and random."""
    return hashlib.sha256(b"needle backup " + secret.encode()).hexdigest()[:16]


class Writer:
    """Adds members and remembers what they were; :meth:`finish` writes the manifest."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = ZipFile(stream, "w")
        self.members: dict[str, Member] = {}

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes], *, compress: bool = False) -> None:
        info = ZipInfo(name)
        info.compress_type = ZIP_DEFLATED if compress else ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as out:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                out.write(piece)
        self.members[name] = Member(size, digest.hexdigest())

    def finish(self, manifest: Manifest) -> None:
        self._zip.writestr(MANIFEST, manifest.as_json(), ZIP_DEFLATED)


class Reader:
    """Opens a backup. Nothing of it is believed before :meth:`verify`."""

    def __init__(self, path: Path) -> None:
        """:raises Unusable: if it is not there or is not a backup."""
        if not path.is_file():
            raise Unusable(f"there is no file {path}")
        try:
            self._zip = ZipFile(path)
            info = self._zip.getinfo(MANIFEST)
            if info.file_size > LARGEST_MANIFEST:
                raise Unusable("this is not a backup of Needle: its manifest is too large")
            self.manifest = manifest_of(self._zip.read(info))
        except KeyError:
            raise Unusable(f"{path} is not a backup of Needle: it has no manifest") from None
        except (BadZipFile, EOFError, OSError, ValueError) as error:
            raise Unusable(f"{path} is not a whole backup: {error}") from None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_error: object) -> None:
        self._zip.close()

    def verify(self) -> None:
        """Every member is there, has its size and its checksum, and there is nothing else. :raises Unusable: otherwise."""
        there = sorted(self._zip.namelist())
        if there != sorted([*self.manifest.members, MANIFEST]):
            raise Unusable("the backup is damaged: it does not hold the files that its manifest names")
        for name in self.manifest.members:
            for _piece in self.pieces(name):
                pass

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member; its checksum is compared when the last is read. :raises Unusable: if it is another."""
        wanted = self.manifest.members[name]
        digest, size = hashlib.sha256(), 0
        try:
            with self._zip.open(name) as member:
                while piece := member.read(CHUNK):
                    digest.update(piece)
                    size += len(piece)
                    if size > wanted.size:
                        break
                    yield piece
        except (BadZipFile, EOFError, KeyError, OSError, RuntimeError, ValueError) as error:
            raise Unusable(f"the backup is damaged: {name}: {error}") from None
        if (size, digest.hexdigest()) != (wanted.size, wanted.sha256):
            raise Unusable(f"the backup is damaged: {name} is not what it was")

    def read(self, name: str) -> bytes:
        return b"".join(self.pieces(name))

    def save(self, name: str, path: Path) -> None:
        with path.open("wb") as out:
            out.writelines(self.pieces(name))
