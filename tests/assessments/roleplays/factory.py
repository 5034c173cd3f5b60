"""Role-plays as the tests need them: written by Tess, played by Ana, rated by the others."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select

from assessments.roleplays import rating, rubrics, scenarios, services, uploads
from assessments.roleplays.models import Play, Recording, ScenarioVersion
from assessments.roleplays.rating_models import Rating, RatingTask
from lms.db import db, transaction
from lms.people.models import Person
from tests.courses.factory import MONDAY, actor
from tests.people import Cast

HOUR = timedelta(hours=1)
EBML = b"\x1a\x45\xdf\xa3"


def element(name: str, content: bytes, *, unknown: bool = False) -> bytes:
    """An EBML element of up to 2^28 bytes; ``unknown``: without a size, as a live stream writes it."""
    size = b"\xff" if unknown else (0x10000000 | len(content)).to_bytes(4, "big")
    return bytes.fromhex(name) + size + content


def webm(*, track: int = 1, padding: int = 4000) -> bytes:
    """A recording as a browser would give it: ``track`` 1 video, 2 sound."""
    head = element("1a45dfa3", element("4282", b"webm"))
    tracks = element("1654ae6b", element("ae", element("83", bytes([track]))))
    cluster = element("1f43b675", b"\xa3" * padding, unknown=True)
    return head + element("18538067", tracks + cluster, unknown=True)


def mp4(*, kind: bytes = b"vide", index: bool = True, content: int = 64) -> bytes:
    def box(name: bytes, inside: bytes) -> bytes:
        return (8 + len(inside)).to_bytes(4, "big") + name + inside

    parts = box(b"ftyp", b"isom0000") + box(b"mdat", b"\0" * content)
    return parts + box(b"moov", b"hdlr" + kind) if index else parts


def levels(key: str, weight: str = "1", count: int = 4) -> dict[str, Any]:
    return {
        "key": key,
        "title": {"en": key.capitalize()},
        "kind": "levels",
        "weight": weight,
        "blocks_below": None,
        "competency": "",
        "levels": [{"points": str(i), "anchor": {"en": f"{key} seen {i}"}} for i in range(count)],
    }


RUBRIC: dict[str, Any] = {
    "pass_mark": "3/5",
    "criteria": [
        levels("needs", "3"),
        levels("listening"),
        {
            **levels("honest", "0", 2),
            "kind": "yes_no",
            "blocks_below": "1",
        },
    ],
}
GOOD = {"needs": "3", "listening": "2", "honest": "1"}
FAIR = {"needs": "2", "listening": "2", "honest": "1"}
POOR = {"needs": "0", "listening": "1", "honest": "1"}
DISHONEST = {"needs": "3", "listening": "3", "honest": "0"}


def content(**changes: Any) -> dict[str, Any]:
    texts = {
        "company": {"en": "Jinglan"},
        "person": {"en": "Gao"},
        "position": {"en": "Plant manager"},
        "goal": {"en": "Find the cost"},
        "known": {"en": "They measure by hand"},
        "hidden": {"en": "Two recalls last year"},
        "model": {"en": "Wait after asking"},
        "raters": {"manager": 1, "trainer": 0, "peer": 0, "doubled": 0, "anchors": 0},
    }
    return texts | changes


def make_scenario(cast: Cast, code: str = "RP-1", *, now: datetime = MONDAY, **changes: Any) -> ScenarioVersion:
    """A published scenario with the rubric above."""
    tess = actor(cast.tess)
    with transaction():
        rubric = rubrics.load(tess, {"en": "A talk"}, RUBRIC, now=now)
        row = scenarios.load(tess, code, {"en": "First talk", "zh_Hans": "第一次面谈"}, content(**changes), rubric, now=now)
        return scenarios.publish(tess, row.id, now=now)


def begin(person: Person, version: ScenarioVersion, *, now: datetime = MONDAY, **more: Any) -> Play:
    given = {"consent": lambda _content: "I agree", "for_calibration": False, "part": None} | more
    with transaction():
        return services.start(actor(person), version.scenario_id, **given, now=now)


def take(person: Person, play: Play, data: bytes | None = None, *, claimed: str = "video/webm", now: datetime = MONDAY) -> Recording:
    with transaction():
        return uploads.whole(actor(person), play.id, io.BytesIO(webm() if data is None else data), claimed, now=now)


def send(person: Person, play: Play, recording: Recording, *, now: datetime = MONDAY, seed: int = 1) -> Play:
    with transaction():
        return services.submit(actor(person), play.id, recording.id, now=now, rng=Random(seed))


def sent(person: Person, version: ScenarioVersion, *, now: datetime = MONDAY, **more: Any) -> Play:
    """A performance with a recording, handed in."""
    play = begin(person, version, now=now, **more)
    return send(person, play, take(person, play, now=now), now=now)


def tasks_of(play: Play) -> list[RatingTask]:
    return list(db.session.scalars(select(RatingTask).where(RatingTask.play_id == play.id).order_by(RatingTask.id)))


def task_of(play: Play, person: Person) -> RatingTask:
    return next(task for task in tasks_of(play) if task.rater_id == person.id)


def rate(
    person: Person,
    play: Play,
    points: Mapping[str, str] = GOOD,
    *,
    key: str | None = None,
    now: datetime = MONDAY + HOUR,
) -> Rating:
    task = task_of(play, person)
    with transaction():
        return rating.submit(
            actor(person), task.id, points, "She waited", "Ask who decides", key or f"key-{task.id:08d}", now=now
        )
