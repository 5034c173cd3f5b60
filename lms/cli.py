"""Commands for operators: ``flask --app wsgi …``. Bad input ends with exit code 2 and one clear line."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app

from lms import deferred, heap
from lms.errors import Refused, sentence
from lms.i18n import PACKAGES


def fail(line: str) -> NoReturn:
    """One clear line on stderr, exit code 2."""
    click.echo(line, err=True)
    sys.exit(2)


def show(value: Any, *, as_json: bool, text: Callable[[], str]) -> None:
    """The result as JSON on stdout, or as text for people."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) if as_json else text())


def read_bytes(path: Path, largest: int) -> bytes:
    """The content of a file named on the command line, of at most ``largest`` bytes."""
    if not path.is_file():
        fail(f"there is no file {path}")
    if path.stat().st_size > largest:
        fail(f"{path} is larger than {largest // 1024 // 1024} MB")
    return path.read_bytes()


def read_json(path: Path, largest: int) -> Any:
    """The JSON of such a file."""
    try:
        return json.loads(read_bytes(path, largest).decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError):
        fail(f"{path} is not JSON in UTF-8")


def write_text(text: str, output: str | None) -> None:
    """To the file named, or to standard output."""
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")


@contextmanager
def refusals_as_exit_code() -> Iterator[None]:
    """A refused act is one line and exit code 2."""
    try:
        yield
    except Refused as refusal:
        fail(sentence(refusal))


@click.command("worker")
@click.option("--workers", default=2, show_default=True, help="How many jobs at a time.")
@click.option(
    "--nice", default=5, show_default=True, type=click.IntRange(0, 19),
    help="How much to yield to other processes of this machine, such as those that serve pages: 0 not at all.",
)  # fmt: skip
def worker(workers: int, nice: int) -> None:
    """Do the jobs: PDFs, imports, studies, mails, schedules. Pages go before them. Ends after the current job on TERM."""
    huey = current_app.extensions.get("needle_huey")
    if huey is None:
        fail("jobs are done at once by this setting (NEEDLE_JOBS=immediate): no worker is needed")
    deferred.wake()
    heap.spare_the_collector()
    os.nice(nice)
    consumer = huey.create_consumer(workers=workers, worker_type="thread", periodic=True, initial_delay=0.05)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    consumer.run()


@click.group("translations")
def translations() -> None:
    """Collect, check and compile the texts of pages, mails and PDFs."""


@translations.command("compile")
def compile_translations() -> None:
    """Compile every catalogue; 繁體 is derived from 简体 and corrected by its own catalogue."""
    from lms.catalogues import compile_package

    for package in PACKAGES:
        compile_package(package)


@translations.command("missing")
def missing_translations() -> None:
    """Name every text that has no Chinese; exit code 1 if there is one."""
    from lms.catalogues import untranslated

    lines = [f"{package}: {text!r}" for package in PACKAGES for text in untranslated(package)]
    click.echo("\n".join(lines) or "complete")
    sys.exit(1 if lines else 0)


def init_app(app: Flask) -> None:
    for command in (worker, translations):
        app.cli.add_command(command)
