"""How gunicorn runs Needle: loaded once, then split into workers that share what was loaded."""

import gc
import os
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
gc.disable()  # while some thousand classes are made nothing becomes garbage, and looking for it takes a fifth of the start

from sqlalchemy.orm import configure_mappers  # noqa: E402

from lms import heap  # noqa: E402
from lms.deferred import COMMANDS, HEAVY, defer, unused, wake, withhold  # noqa: E402

defer(HEAVY | COMMANDS, rooms=True)
withhold(unused(os.environ))

from flask_babel import force_locale, gettext  # noqa: E402
from werkzeug.test import create_environ, run_wsgi_app  # noqa: E402

from lms.i18n import LOCALES, day  # noqa: E402

preload_app = True
max_requests = 20_000
max_requests_jitter = 2_000
timeout = 120
graceful_timeout = 20
loglevel = "warning"
worker_class = "lms.door_worker.SignInApart"
if os.environ.get("LANGUAGE_MODEL_URL"):
    # A customer whom a model plays takes seconds to answer: others must not wait for it.
    worker_class, threads = "gthread", 8


def warm(app):
    """Read the catalogues once for all workers; nothing of a person is kept.

    A template is loaded by the worker that first draws it: drawing writes into it, so that shared it would be there a third time.
    """
    with app.request_context(create_environ()):
        for locale in LOCALES:
            with force_locale(locale):
                gettext("Today")
                day(date(2026, 1, 1))


def walk(app):
    """Show the sign-in page some times: the interpreter writes what it learns of code into the code, better once than twice."""
    for locale in LOCALES * 4:
        run_wsgi_app(app, create_environ("/login", headers={"Accept-Language": locale.replace("_", "-")}), buffered=True)


def when_ready(server):
    """Before the first worker: make what every worker would make, and keep the collector from touching it.

    The collector writes into every object it looks at; pages of memory that it has written to are shared no more.
    """
    configure_mappers()
    if server.cfg.threads > 1:
        wake()
    warm(server.app.callable)
    walk(server.app.callable)
    heap.settle()
    gc.freeze()
    gc.enable()


def post_fork(server, worker):
    """A worker collects less often: what a request makes is mostly gone when it ends."""
    gc.set_threshold(10_000, 20, 50)
    heap.return_large_blocks()
