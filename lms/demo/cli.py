"""``flask demo``: the demo company, made the first time, introduced every time."""

from __future__ import annotations

from typing import Any

import click
from flask import Flask

from lms import errors
from lms.cli import refusals_as_exit_code, show
from lms.clock import now
from lms.db import LocalText
from lms.demo import fill
from lms.demo.company import PASSWORD, SIGN_INS
from lms.demo.refusals import MESSAGES
from lms.demo.truths import SEED

STEPS: LocalText = {
    "people": "people, teams and roles",
    "figures": "30 months of KPIs",
    "courses": "courses",
    "histories": "who learned what, when, and with which result",
    "today": "what is going on today",
    "studies": "studies of what the courses changed",
}


@click.command("demo")
@click.option(
    "--seed", default=SEED, show_default=True, help="What everything random is drawn from, the first time."
)
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
def demo(seed: int, as_json: bool) -> None:
    """Fill an empty database with a demo company, and say how to sign in to it."""
    with refusals_as_exit_code():
        filled = fill.fill(seed, lambda step: click.echo(f"… {STEPS[step]}", err=True), now=now())
    show(_result(filled), as_json=as_json, text=lambda: _introduction(filled))


def _result(filled: fill.Filled) -> dict[str, Any]:
    return {
        "seed": filled.seed,
        "fresh": filled.fresh,
        "password": PASSWORD,
        "sign_ins": [
            {
                "role": s.role.value,
                "email": s.email,
                "name": s.name.own,
                "name_latin": s.name.latin,
                "what": s.what,
            }
            for s in SIGN_INS
        ],
    }


def _introduction(filled: fill.Filled) -> str:
    lines = [
        "",
        "Demo company: Hengchuan Instruments. Sign in with one of these; the password of all of them is",
        f"演示公司：衡川仪器。可用下列任一账号登录，密码均为    {PASSWORD}",
        "",
    ]
    lines += [
        f"  {s.email:<36} {s.name.own} {s.name.latin} · {s.what['zh_Hans']} {s.what['en']}" for s in SIGN_INS
    ]
    return "\n".join(lines) + "\n"


def register(app: Flask) -> None:
    """Called by the roof, last."""
    errors.register(MESSAGES)
    app.cli.add_command(demo)
