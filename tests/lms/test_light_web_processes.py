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
LEFT_OUT = [
    "alembic", "redis", "psycopg", "webauthn", "weasyprint", "numpy", "scipy", "scipy.stats", "xlsxwriter", "fsrs", "lxml.etree",
    "PIL.Image", "obstore.store", "opencc", "python_calamine", "charset_normalizer",
]  # fmt: skip


def started(var: Path, **settings: str) -> dict[str, object]:
    environment = {**os.environ, "NEEDLE_VAR": str(var), "OPENBLAS_NUM_THREADS": "1", **settings}
    for name in ("DATABASE_URL", "REDIS_URL"):
        if name not in settings:
            environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *LEFT_OUT], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_web_process_shows_the_sign_in_page_without_what_it_does_not_need(tmp_path: Path) -> None:
    found = started(tmp_path)
    assert found["page"] == 200
    assert found["run"] == []


def test_the_driver_of_a_service_that_is_set_is_there(tmp_path: Path) -> None:
    assert "redis" in started(tmp_path, REDIS_URL="redis://127.0.0.1:1/0")["run"]  # type: ignore[operator]
