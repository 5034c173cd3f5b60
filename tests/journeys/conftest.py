"""Journeys: a real browser against a real server. Set ``NEEDLE_PICTURES`` to a folder to keep the pictures taken."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.customer import Customer, open_for_talks
from tests.journeys.scenes import House, furnish
from tests.journeys.server import Needle
from tests.journeys.visitor import Visitor

ARGUMENTS = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
Enter = Callable[..., Visitor]
expect.set_options(timeout=20_000)  # milliseconds, on a machine that is busy with other tests


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Chromium without its window, as Debian has it: less than half the work. As root it has to do without its sandbox."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {"executable_path": os.environ.get("CHROMIUM") or which("chromium-headless-shell") or "/usr/bin/chromium", "args": arguments}


@pytest.fixture(scope="session")
def customer() -> Iterator[Customer]:
    """The language model that plays customers in the journeys, and proposes scores."""
    with open_for_talks() as found:
        yield found


@pytest.fixture(scope="session")
def needle(
    migrated_database: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, customer: Customer
) -> Iterator[Needle]:
    """The server of the journeys, with its database migrated and its worker at work."""
    running = Needle(tmp_path_factory.mktemp("journey-var"), migrated_database("journeys"), **customer.settings)
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def demo(demo_company: Callable[[str], tuple[Path, str]]) -> Iterator[Needle]:
    """A server of the demo company."""
    running = Needle(*demo_company("demo_served"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def house(needle: Needle) -> House:
    """The cast with passwords, and a published course."""
    return furnish(needle)


@pytest.fixture
def enter(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Enter]:
    """``enter(locale="zh_Hans", phone=True)``: somebody opens a browser. Whatever went wrong there is raised at the end.

    ``at`` is another server than that of the cast: the demo company.
    """
    inside: list[Visitor] = []

    def act(
        *, locale: str = "en", phone: bool = False, scripts: bool = True, at: Needle | None = None
    ) -> Visitor:
        url = (at or request.getfixturevalue("needle")).url
        visitor = Visitor(browser, url, locale=locale, phone=phone, scripts=scripts)
        inside.append(visitor)
        return visitor

    yield act
    troubles = []
    for visitor in inside:
        try:
            visitor.leave()
        except AssertionError as trouble:
            troubles.append(str(trouble))
    if troubles:
        pytest.fail("\n".join(troubles), pytrace=False)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    chosen = os.environ.get("NEEDLE_PICTURES")
    return Path(chosen) if chosen else tmp_path_factory.mktemp("pictures")
