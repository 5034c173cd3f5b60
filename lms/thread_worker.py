"""gunicorn's worker with threads, one of a group: for web processes in which a language model plays customers."""

from __future__ import annotations

from gunicorn.workers.gthread import ThreadWorker

from lms.web_group import OneOfAGroup


class Threads(OneOfAGroup, ThreadWorker):  # type: ignore[misc]
    """Connections wait for one of the threads; nothing sleeps in such a process (``lms/deferred.py``)."""
