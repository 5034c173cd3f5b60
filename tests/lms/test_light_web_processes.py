"""What a web process leaves out, seen in a process of its own: imports cannot be taken back in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, os, runpy, sys
settings = runpy.run_path("scripts/gunicorn.conf.py")
from lms.app import create_app
app = create_app()
settings["walk"](app)
run = lambda name: name in sys.modules and type(sys.modules[name]).__name__ != "OnDemand"
print(json.dumps({"run": [name for name in sys.argv[1:] if run(name)],
                  "page": app.test_client().get("/login").status_code}))
"""
SIGN_IN = """
import re, runpy, sys
settings = runpy.run_path("scripts/gunicorn.conf.py")
from lms.app import create_app
app = create_app()
from flask_security import hash_password
from lms.db import db, transaction
from tests.people import make_person
with app.app_context():
    db.create_all()
    with transaction():
        make_person("Ana").password = hash_password("a-long-enough-word")
settings["walk"](app)
asleep = lambda: sorted(name for name, module in sys.modules.items() if type(module).__name__ == "OnDemand")
before, client = asleep(), app.test_client()
token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/login").text)[1]
answer = client.post("/login", data={"email": "ana@example.com", "password": "a-long-enough-word", "csrf_token": token})
print(answer.status_code, len(before) > 0, sorted(set(before) - set(asleep())))
"""
LEFT_OUT = [
    "alembic", "redis", "psycopg", "webauthn", "weasyprint", "numpy", "scipy", "scipy.stats", "xlsxwriter", "fsrs", "lxml.etree",
    "PIL.Image", "obstore.store", "opencc", "python_calamine", "charset_normalizer",
]  # fmt: skip


def printed(var: Path, script: str, *arguments: str, **settings: str) -> str:
    """The last line that a script prints in a process of its own."""
    environment = {**os.environ, "NEEDLE_VAR": str(var), "OPENBLAS_NUM_THREADS": "1", **settings}
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name not in settings:
            environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()[-1]


def started(var: Path, **settings: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(printed(var, SCRIPT, *LEFT_OUT, **settings))
    return found


def test_a_web_process_shows_the_sign_in_page_without_what_it_does_not_need(tmp_path: Path) -> None:
    found = started(tmp_path)
    assert found["page"] == 200
    assert found["run"] == []


def test_the_driver_of_a_service_that_is_set_is_there(tmp_path: Path) -> None:
    assert "redis" in started(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")["run"]  # type: ignore[operator]


def test_a_sign_in_wakes_nothing_since_it_runs_beside_pages_that_may(tmp_path: Path) -> None:
    assert printed(tmp_path, SIGN_IN) == "302 True []"
