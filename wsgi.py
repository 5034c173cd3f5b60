"""The application for a WSGI server: ``gunicorn wsgi:app``; for operators: ``flask --app wsgi …``."""

from lms.app import create_app

app = create_app()
