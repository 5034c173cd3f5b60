"""What a browser sends: read so that nothing it can hold ends in a server error."""

from __future__ import annotations

from typing import Any

import flask

LONGEST_ID = 9
"""Digits of an id: enough for a thousand million rows, and far from what a database column cannot hold."""


class Request(flask.Request):
    """A request whose JSON may be nested deeper than the parser can go: it is then as unreadable as any other."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        try:
            return super().get_json(force=force, silent=silent, cache=cache)
        except RecursionError as error:
            return None if silent else self.on_json_loading_failed(ValueError(str(error)))


def sent_id(value: object) -> int | None:
    """An id as it was sent, a number or its digits; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value) if isinstance(value, str) or abs(value) < 10**LONGEST_ID else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_ID else None


def sent_ids(value: object) -> list[int] | None:
    """A list of ids; None if it is no list or holds anything else."""
    if not isinstance(value, list):
        return None
    found = [sent_id(each) for each in value]
    return [each for each in found if each is not None] if None not in found else None
