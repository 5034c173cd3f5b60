"""Addresses of pages: which lie within this site; what writes one is made when one is first written."""

from __future__ import annotations

import re
from collections.abc import Callable

from werkzeug import routing

WITHIN = re.compile(r"/(?![/\\])[^\s\\]*")
"""A path of this site: browsers take two slashes, or a slash and a backslash, for another host."""


class Rule(routing.Rule):
    """A rule that compiles its two builders on demand: werkzeug compiles source for both at the start, the costliest part of letting a page in."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder
        made: Callable[..., tuple[str, str]] | None = None

        def build(rule: Rule, /, **values: str) -> tuple[str, str]:
            nonlocal made
            made = made or compile_now(append_unknown)
            return made(rule, **values)

        return build
