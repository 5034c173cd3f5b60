"""How gunicorn runs Needle: loaded once by the first worker, which then splits the others off and shares what was loaded with them."""

import os
import sys

PROCESSES = os.environ.get("WEB_WORKERS") or "2"
if not PROCESSES.isdecimal() or int(PROCESSES) < 1:
    sys.exit(f"WEB_WORKERS must be a number of processes, 1 or more, and is {PROCESSES!r}")

workers = 1  # the first of the processes; gunicorn need not know the others
max_requests = 200_000
max_requests_jitter = 20_000
timeout = 120
graceful_timeout = 20
loglevel = "warning"
worker_class = "lms.door_worker.SignInApart"
if os.environ.get("LANGUAGE_MODEL_URL"):
    # A customer whom a model plays takes seconds to answer: others must not wait for it.
    worker_class, threads = "lms.thread_worker.Threads", 8


def post_fork(server, worker):
    from lms import heap, web_process  # not before: the arbiter has no use for what these load

    web_process.prepare(server.app.wsgi, threads=worker.cfg.threads)
    worker.split(int(PROCESSES))
    heap.return_large_blocks()
