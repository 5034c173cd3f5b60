"""What a web process does before it serves: put off what it may never need, load the rest, and settle its memory for the split.

Imported by the first worker alone (``scripts/gunicorn.conf.py``), before the application is. docs/decisions/0005-light-web-processes.md.
"""

from __future__ import annotations

import gc
import os

gc.disable()  # while some thousand classes are made nothing becomes garbage, and looking for it takes a fifth of the start

from lms.deferred import COMMANDS, HEAVY, defer, unused, wake, withhold  # noqa: E402

defer(HEAVY | COMMANDS, rooms=True)
withhold(unused(os.environ))

from collections.abc import Callable  # noqa: E402
from datetime import date  # noqa: E402

from flask import Flask  # noqa: E402
from flask_babel import force_locale, gettext  # noqa: E402
from sqlalchemy.orm import configure_mappers  # noqa: E402
from werkzeug.test import create_environ, run_wsgi_app  # noqa: E402

from lms import heap  # noqa: E402
from lms.i18n import LOCALES, day  # noqa: E402


def prepare(load: Callable[[], Flask], *, threads: int = 1) -> None:
    """Load the application and make what every worker would make; then keep the collector from touching it.

    The collector writes into every object it looks at; pages of memory that it has written to are shared no more.
    """
    app = load()
    configure_mappers()
    if threads > 1:
        wake()
    warm(app)
    walk(app)
    heap.settle()
    heap.spare_the_collector()


def warm(app: Flask) -> None:
    """Read the catalogues once for all workers; nothing of a person is kept.

    A template is loaded by the worker that first draws it: drawing writes into it, so that shared it would soon be there twice.
    """
    with app.request_context(create_environ()):
        for locale in LOCALES:
            with force_locale(locale):
                gettext("Today")
                day(date(2026, 1, 1))


def walk(app: Flask) -> None:
    """Show the sign-in page some times: the interpreter writes what it learns of code into the code, better once than twice."""
    for locale in LOCALES * 4:
        run_wsgi_app(app, create_environ("/login", headers={"Accept-Language": locale.replace("_", "-")}), buffered=True)
