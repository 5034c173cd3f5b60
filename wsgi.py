"""The application for a WSGI server: ``gunicorn wsgi:app``; for operators: ``flask --app wsgi …``."""

import gc
import os
import sys

# One thread per process: several fight each other for the cores on which the web server runs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
collecting = gc.isenabled()
gc.disable()  # while some thousand classes are made nothing becomes garbage, and looking for it takes a fifth of the start

from lms.deferred import HEAVY, defer  # noqa: E402

if os.environ.get("FLASK_RUN_FROM_CLI") == "true" and "run" not in sys.argv:
    defer(HEAVY)  # a command that makes no PDF and computes no study need not wait for their libraries; a server's threads may not

from lms.app import create_app  # noqa: E402

app = create_app()
if collecting:
    gc.enable()
