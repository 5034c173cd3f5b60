"""The application for a WSGI server: ``gunicorn wsgi:app``; for operators: ``flask --app wsgi …``."""

import os

# One thread per process: several fight each other for the cores on which the web server runs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from lms.app import create_app  # noqa: E402

app = create_app()
