"""How the tests are run: in which order, by whom, with what. The fixtures are in ``fixtures.py``."""

from __future__ import annotations

import gc
import os
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded: threads fight over few cores

LONG = ("tests/journeys", "tests/demo", "tests/effects/stats", "tests/assessments/quizzes/test_server.py")
"""Files that take minutes: begun first, so that no worker waits for the other at the end."""
OF_THE_DEMO = {
    "tests/journeys/test_demo_company.py", "tests/journeys/test_every_page.py", "tests/journeys/test_portfolio.py", "tests/demo/test_demo.py",
}  # fmt: skip
OF_THE_TEXTS = {"tests/test_translations.py", "tests/test_guides.py"}
"""Both read all code and templates, for seconds."""


def pytest_configure(config: pytest.Config) -> None:
    """Whoever only hands tests to workers need not wait for Needle to be loaded."""
    hands_out = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if not hands_out:
        from tests import fixtures

        config.pluginmanager.register(fixtures)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the application's database is marked, so that it can be run again on another one. The long come first."""
    items.sort(key=lambda item: next((at for at, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG)))
    for item in items:
        if "fresh_database" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


def pytest_collection_finish() -> None:
    """From here on the collector looks at what tests make, not at all that was imported, again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


class Together(LoadFileScheduling):
    """One worker runs all of a file. One runs all that is about the demo company, one all other journeys, one what reads all texts:
    each of these is made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        if file in OF_THE_DEMO:
            return "demo"
        if file in OF_THE_TEXTS:
            return "texts"
        return "journeys" if file.startswith("tests/journeys") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return Together(config, log) if config.getvalue("dist") == "loadfile" else None
