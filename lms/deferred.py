"""Libraries that a web process may never need: loaded at their first use instead of at the start, or not at all.

``defer(HEAVY)`` and ``withhold(unused(…))`` are called by
``scripts/gunicorn.conf.py`` alone, before the application is imported. Commands, the worker and tests import as usual. Modules that use these libraries import them at the top as always, but as modules
(``from scipy import stats``, ``import weasyprint``): naming something inside them loads them. See
docs/decisions/0005-light-web-processes.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

HEAVY = frozenset({"flask_migrate", "scipy.stats", "scipy.optimize", "scipy.sparse", "weasyprint", "pyhanko", "xlsxwriter", "fsrs"})


class DeferredFinder(MetaPathFinder):
    """Finds the named modules as usual, and puts off running them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in self.names:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


class WithheldFinder(MetaPathFinder):
    """Says that the named packages are not there, to libraries that would import them in case they are needed."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname in self.names:
            raise ModuleNotFoundError(f"{fullname} is withheld from web processes", name=fullname)
        return None


def unused(environment: Mapping[str, str]) -> frozenset[str]:
    """Packages that the settings leave without a use: drivers of services that are not set, keys that are not offered."""
    names = {"webauthn"}
    if not environment.get("REDIS_URL"):
        names.add("redis")
    if not environment.get("DATABASE_URL", "").startswith("postgres"):
        names.add("psycopg")
    return frozenset(names)


def withhold(names: Iterable[str]) -> None:
    """From now on the packages called ``names`` cannot be imported. They must be ones that their users can do without."""
    sys.meta_path.insert(0, WithheldFinder(names))


def is_web_process() -> bool:
    """Whether this process serves pages and runs no commands."""
    return any(isinstance(finder, DeferredFinder) for finder in sys.meta_path)


def defer(names: Iterable[str]) -> None:
    """From now on the modules called ``names`` are run when something in them is first asked for."""
    sys.meta_path.insert(0, DeferredFinder(names))
