"""Jinja as the product runs it: compiled templates kept beside the data, globals looked at and not copied name by name."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, cast

from flask import Flask
from flask.templating import Environment
from jinja2 import FileSystemBytecodeCache, pass_eval_context
from jinja2.runtime import Context

_WANTS_EVALUATION = vars(pass_eval_context(lambda: None))
"""How Jinja marks a function that is given whether the template escapes: the words of every sentence."""


class _Values(Context):
    """The values of a template. Calls of plain functions and methods go straight to them; Jinja looks twice at each for what it wants to be given."""

    def call(self, called: Any, /, *given: Any, **named: Any) -> Any:
        kind = type(called)
        marks = called.__dict__ if kind is FunctionType or kind is MethodType else None  # a method shows what its function holds
        if marks == _WANTS_EVALUATION:
            given = (self.eval_ctx, *given)
        elif marks != {}:
            return super().call(called, *given, **named)
        named.pop("_loop_vars", None)
        named.pop("_block_vars", None)
        return called(*given, **named)


class Templates(Environment):
    """Flask's environment, in which all templates have the same globals: they see them, and cannot change them.

    Jinja lays a map of its own over them for each template; to copy that for each template, include and import was a fortieth of a page.
    """

    context_class = _Values

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else cast(MutableMapping[str, Any], MappingProxyType(self.globals))


def init_app(app: Flask) -> None:
    """To be called before anybody asks for ``app.jinja_env``.

    Templates are compiled once and kept by their text: the next process only reads them.
    """
    folder = Path(app.config["VAR"]) / "cache" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    app.jinja_environment = Templates
    app.jinja_options = {
        **app.jinja_options, "trim_blocks": True, "lstrip_blocks": True, "bytecode_cache": FileSystemBytecodeCache(str(folder)),
    }  # fmt: skip
