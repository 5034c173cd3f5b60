"""Libraries that a web process may never need: loaded at their first use instead of at the start.

``defer(HEAVY)`` is called by ``scripts/gunicorn.conf.py`` alone, before the application is imported. Commands, the worker
and tests import as usual. Modules that use these libraries import them at the top as always, but as modules
(``from scipy import stats``, ``import weasyprint``): naming something inside them loads them. See
docs/decisions/0005-light-web-processes.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType

HEAVY = frozenset({"scipy.stats", "scipy.optimize", "scipy.sparse", "weasyprint", "pyhanko"})


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


def defer(names: Iterable[str]) -> None:
    """From now on the modules called ``names`` are run when something in them is first asked for."""
    sys.meta_path.insert(0, DeferredFinder(names))
