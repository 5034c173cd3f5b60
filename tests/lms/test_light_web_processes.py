"""What a web process leaves out, seen in a process of its own: imports cannot be taken back in this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from lms import jobs, navigation
from lms.db import db

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import json, re, sys
from lms import web_process
from lms.app import create_app
app = create_app()
from tests.lms.test_light_web_processes import known
knows = known(app)
from flask_security import hash_password
from lms.db import db, transaction
from tests.people import make_person
with app.app_context():
    db.create_all()
    with transaction():
        make_person("Ana").password = hash_password("a-long-enough-word")
web_process.walk(app)
asleep = lambda: {name for name, module in sys.modules.items() if type(module).__name__ == "OnDemand"}
run = lambda name: name in sys.modules and name not in asleep()
client = app.test_client()
page = client.get("/login")
found = {"page": page.status_code, "run": [name for name in sys.argv[1:] if run(name)]}
before = asleep()
token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
answer = client.post("/login", data={"email": "ana@example.com", "password": "a-long-enough-word", "csrf_token": token})
woken = sorted(before - asleep())
from lms import deferred
deferred.wake()
del sys.modules["xlsxwriter"]
import xlsxwriter
print(json.dumps(found | {"knows": knows, "asleep_at_last": sorted(asleep()), "signed_in": answer.status_code == 302, "asleep": len(before), "woken": woken}))
"""
DRIVER = """
from lms import web_process
try:
    import redis
    print("there")
except ImportError:
    print("left out")
"""
LEFT_OUT = [
    "alembic", "redis", "psycopg", "webauthn", "weasyprint", "numpy", "scipy", "scipy.stats", "xlsxwriter", "fsrs", "lxml.etree",
    "PIL.Image", "obstore.store", "opencc", "python_calamine", "charset_normalizer", "email_validator", "markdown_it",
]  # fmt: skip


def known(app: Flask) -> dict[str, list[str]]:
    """What the rooms have entered, by name (the gallery of components is there for tests alone)."""
    return {
        "addresses": sorted(f"{rule.rule} {rule.endpoint}" for rule in app.url_map.iter_rules() if rule.endpoint != "gallery"),
        "tables": sorted(db.metadata.tables),
        "jobs": sorted(jobs._handlers),
        "navigation": sorted(navigation._items),
        "panels": sorted(navigation._panels),
        "templates": sorted(app.jinja_env.globals),
    }


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


@pytest.fixture(scope="module")
def web_process(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A web process that has shown the sign-in page, and then let Ana in."""
    found: dict[str, Any] = json.loads(printed(tmp_path_factory.mktemp("var"), SCRIPT, *LEFT_OUT))
    return found


def test_a_web_process_shows_the_sign_in_page_without_what_it_does_not_need(web_process: dict[str, Any]) -> None:
    assert web_process["page"] == 200
    assert web_process["run"] == []


def test_what_is_put_off_is_missed_nowhere(web_process: dict[str, Any], bare: Flask) -> None:
    for what, names in known(bare).items():
        assert web_process["knows"][what] == names, what


def test_most_of_the_rooms_sleeps_until_somebody_enters(web_process: dict[str, Any]) -> None:
    assert web_process["asleep"] > 100


def test_a_sign_in_wakes_nothing_since_it_runs_beside_pages_that_may(web_process: dict[str, Any]) -> None:
    assert web_process["signed_in"]
    assert web_process["asleep"] > 0
    assert web_process["woken"] == []


def test_before_threads_come_everything_is_woken_and_nothing_falls_asleep_again(web_process: dict[str, Any]) -> None:
    assert web_process["asleep_at_last"] == []


def test_the_driver_of_a_service_is_there_if_the_service_is_set(tmp_path: Path) -> None:
    assert printed(tmp_path, DRIVER) == "left out"
    assert printed(tmp_path, DRIVER, REDIS_URL="redis://127.0.0.1:1/0") == "there"
