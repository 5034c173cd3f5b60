"""When a page was before its taker's eyes, from what the browser told. Pure.

A browser tells that a page was covered by another tab or window, or that another window was typed into; not what was there,
nor what lay beside the screen. Events may be missing, and the clock is the taker's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

WHAT = ("hidden", "shown", "blurred", "focused", "changed", "pasted")
"""The page was covered, came back; another window got the keyboard, gave it back; an answer was changed; text was pasted."""
AWAY = {"hidden": "shown", "blurred": "focused"}
Event = tuple[int, str, int | None]
"""Moment in milliseconds, what, the number of the question."""


class Attention(Struct, frozen=True):
    """``left`` times away, ``seconds`` of it as far as the return is known, ``longest`` at once; ``pasted`` texts; ``changes`` of answers."""

    left: int
    seconds: float
    longest: float
    pasted: int
    changes: int
    told: bool
    """Whether the browser told anything at all."""


def attention(events: Iterable[Event], until: int | None = None) -> Attention:
    """Times away from events in any order. Away is from the first sign of leaving to the first of its being undone; one that has no
    return ends at ``until``, the end of the attempt, if that is known."""
    ordered = sorted(events, key=lambda each: each[0])
    spells: list[float] = []
    since: int | None = None
    back = ""
    for moment, what, _question in ordered:
        if what in AWAY and since is None:
            since, back = moment, AWAY[what]
        elif what == "hidden" and since is not None:
            back = "shown"
        elif since is not None and what == back:
            spells.append((moment - since) / 1000)
            since = None
    if since is not None:
        spells.append(max(0.0, ((until or since) - since) / 1000))
    return Attention(
        left=len(spells),
        seconds=sum(spells),
        longest=max(spells, default=0.0),
        pasted=sum(what == "pasted" for _moment, what, _question in ordered),
        changes=sum(what == "changed" for _moment, what, _question in ordered),
        told=bool(ordered),
    )


def read(data: object, earliest: int, latest: int, most: int) -> list[Event]:
    """Events from untrusted JSON ``[[moment, what, question], …]``: what cannot be one is left out, moments lie between
    ``earliest`` and ``latest``, at most ``most`` are taken."""
    found: list[Event] = []
    for each in data if isinstance(data, list) else []:
        if len(found) == most:
            break
        if isinstance(each, list) and len(each) in (2, 3) and _number(each[0]) and each[1] in WHAT:
            question = each[2] if len(each) == 3 and _number(each[2]) else None
            found.append((min(max(each[0], earliest), latest), each[1], question))
    return found


def _number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def quick(seconds: Sequence[float | None], fewer_than: float) -> int:
    """How many answers came in less than so many seconds after the one before."""
    return sum(each is not None and each < fewer_than for each in seconds)
