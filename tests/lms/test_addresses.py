"""Addresses are written as werkzeug writes them, by builders that are made when they are needed."""

from __future__ import annotations

import pytest
from werkzeug import routing

from lms import addresses


def test_no_builder_is_made_until_an_address_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    compiled = routing.Rule._compile_builder
    monkeypatch.setattr(routing.Rule, "_compile_builder", lambda rule, unknown=True: (made.append(rule.rule), compiled(rule, unknown))[1])
    rules = routing.Map([addresses.Rule("/people/<int:person_id>", endpoint="show"), addresses.Rule("/people", endpoint="index")])
    assert made == []
    written = rules.bind("needle")
    assert written.build("show", {"person_id": 7, "tab": "history"}) == "/people/7?tab=history"
    written.build("show", {"person_id": 8})
    assert made == ["/people/<int:person_id>"]


@pytest.mark.parametrize("values", [{"day": 3}, {"day": 3, "kind": "all"}, {"day": 3, "q": "李 娜&"}, {"day": 3, "kind": "all", "unknown": ["a", "b"]}])
def test_what_is_written_is_what_werkzeug_writes(values: dict[str, object]) -> None:
    ours, theirs = (
        routing.Map([rule("/days/<int:day>/all", endpoint="day", defaults={"kind": "all"}), rule("/days/<int:day>/<kind>", endpoint="day")])
        for rule in (addresses.Rule, routing.Rule)
    )
    values = {"kind": "few"} | values
    assert ours.bind("needle").build("day", values) == theirs.bind("needle").build("day", values)
