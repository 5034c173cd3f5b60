"""Why the demo company is not made."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "demo_beside_others": _l(
        "This database already holds people, so the demo company is not put among them. "
        "Start without it (./run --no-demo), or give the demo a folder of its own (NEEDLE_VAR=…)."
    ),
}
