"""What a process may never need, libraries above all: loaded at their first use instead of at the start, or not at all.

``defer(HEAVY)`` is called before the application is imported: by ``wsgi.py`` for commands, by ``lms/web_process.py`` for web
processes, which also put off whatever in the rooms only defines, do without the commands themselves and ``withhold(unused(…))``. Tests import as usual. Modules that use these
libraries import them at the top as always, but as modules (``from scipy import stats``, ``import weasyprint``): naming something
inside them loads them. See docs/decisions/0005-light-web-processes.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, cast

HEAVY = frozenset(
    {
        "numpy", "scipy", "scipy.optimize", "scipy.sparse", "scipy.special", "scipy.stats",
        "PIL.Image", "PIL.ImageOps", "charset_normalizer", "lxml.etree", "lxml.html", "obstore", "obstore.store", "opencc", "python_calamine",
        "email_validator", "fsrs", "limits.aio", "markdown_it", "pyhanko", "quickjs", "segno", "weasyprint", "xlsxwriter",
    }
)  # fmt: skip
COMMANDS = frozenset({"flask_migrate", "lms.backup.cli", "lms.demo.cli"})
"""What commands alone use."""
ROOMS = ("courses", "assessments", "performance", "effects")
ENTERED = frozenset({"api", "cli", "feature", "jobs", "models", "schedule", "views"})
"""How the names of those modules of a room end that enter something somewhere while they are loaded: a table, an address, a job."""


def only_defines(name: str) -> bool:
    """Whether a module of a room does nothing but define when it runs, so that it may run later (``tests/test_architecture.py``)."""
    return name.startswith(_IN_A_ROOM) and name.rpartition(".")[2].rpartition("_")[2] not in ENTERED


_IN_A_ROOM = tuple(f"{room}." for room in ROOMS)


class OnDemand(ModuleType):
    """A module that was found and has not run yet. What is asked of it makes it run; that it has submodules does not."""

    def __getattr__(self, name: str) -> Any:
        if name in _ASKED_OF_EVERY_MODULE:
            raise AttributeError(name)
        child = f"{self.__name__}.{name}"
        if child in _deferred():
            return import_module(child)
        return getattr(run(self), name)


_ASKED_OF_EVERY_MODULE = frozenset({"__cached__", "__file__", "__path__", "__warningregistry__", "__wrapped__"})
"""By the import system while it makes one, and by tools that walk through all of them: no reason to run one."""


def run(module: ModuleType) -> ModuleType:
    """The module, having run. Not for several threads at once: see :func:`wake`."""
    if isinstance(module, OnDemand):
        spec = cast(ModuleSpec, module.__spec__)
        loader = cast(_Later, spec.loader).loader
        spec.loader = module.__loader__ = loader
        module.__class__ = ModuleType  # type: ignore[assignment]  # from here on it is as any other
        made = loader.create_module(spec)
        loader.exec_module(made or module)
        if made is not None:  # of an extension: it made a module of its own
            vars(module).update(vars(made))
            sys.modules[module.__name__] = made
    return sys.modules[module.__name__]


class _Later(Loader):
    """Makes a module that runs on demand."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return OnDemand(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Not yet."""


class _There(Loader):
    """Gives a module that its package has imported while it ran."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return sys.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """It has run."""


class DeferredFinder(MetaPathFinder):
    """Finds the named modules as usual, and puts off running them."""

    def __init__(self, names: Iterable[str], *, rooms: bool = False) -> None:
        self.names = frozenset(names)
        self.rooms = rooms

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        in_a_room = self.rooms and only_defines(fullname)
        if fullname not in self.names and not in_a_room:
            package = sys.modules.get(fullname.rpartition(".")[0])
            if isinstance(package, OnDemand):
                run(package)
                if fullname in sys.modules:
                    return ModuleSpec(fullname, _There())
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        is_package = spec is not None and spec.submodule_search_locations is not None
        if spec is not None and spec.loader is not None and not (in_a_room and is_package):
            spec.loader = _Later(spec.loader)
        return spec


def wake() -> None:
    """Run whatever is still asleep, and let nothing fall asleep again: before threads come that would wake it at the same time."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, DeferredFinder)]
    while asleep := [module for module in sys.modules.values() if isinstance(module, OnDemand)]:
        for module in asleep:
            run(module)


def _deferred() -> frozenset[str]:
    return frozenset().union(*(finder.names for finder in sys.meta_path if isinstance(finder, DeferredFinder)))


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
    return any(isinstance(finder, WithheldFinder) for finder in sys.meta_path)


def defer(names: Iterable[str], *, rooms: bool = False) -> None:
    """From now on the modules called ``names`` are run when something in them is first asked for; with ``rooms`` all that only define, too."""
    sys.meta_path.insert(0, DeferredFinder(names, rooms=rooms))
