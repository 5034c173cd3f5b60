"""How gunicorn runs Needle: loaded once, then split into workers that share what was loaded."""

import ctypes
import gc
import os
import sys
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
gc.disable()  # while some thousand classes are made nothing becomes garbage, and looking for it takes a fifth of the start

from sqlalchemy.orm import configure_mappers  # noqa: E402

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
    gc.collect()
    give_back_what_loading_left()
    gc.freeze()
    gc.enable()


def post_fork(server, worker):
    """A worker collects less often: what a request makes is mostly gone when it ends."""
    gc.set_threshold(10_000, 20, 50)
    give_back_large_blocks()


def give_back_what_loading_left():
    """glibc keeps what was freed between two blocks in use; before the fork it goes back to the system."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def give_back_large_blocks():
    """The 19 MiB that checking a password takes go back to the system; glibc would learn to keep them for the next one."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 1 << 20)


M_MMAP_THRESHOLD = -3  # malloc.h
