"""Values of records as JSON and back: dates, moments and decimals keep their type. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any


def encode(value: Any) -> Any:
    """A value that JSON can hold; a date becomes ``{'date': '2024-03-05'}``."""
    if isinstance(value, Mapping):
        return {str(name): encode(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [encode(each) for each in value]
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"date": value.isoformat()}
    if isinstance(value, Decimal):
        return {"decimal": str(value)}
    return value


_READERS: dict[str, Callable[[str], Any]] = {
    "moment": dt.datetime.fromisoformat,
    "date": dt.date.fromisoformat,
    "decimal": Decimal,
}


def decode(value: Any) -> Any:
    """The value that was encoded; lists come back as tuples."""
    if isinstance(value, list):
        return tuple(decode(each) for each in value)
    if isinstance(value, dict):
        if len(value) == 1:
            ((name, text),) = value.items()
            if name in _READERS and isinstance(text, str):
                return _READERS[name](text)
        return {name: decode(each) for name, each in value.items()}
    return value


def readable(value: Any) -> Any:
    """A value as the command line prints it in JSON: plain text for dates and decimals."""
    if isinstance(value, list | tuple):
        return [readable(each) for each in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
