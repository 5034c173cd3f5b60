"""The roof: makes the application and lets every feature in. Knows all; nobody imports it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import flask_migrate
from flask import Flask
from flask_compress import Compress
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from assessments.cases import feature as cases
from assessments.feedback360 import feature as feedback360
from assessments.orals import feature as orals
from assessments.quizzes import feature as quizzes
from assessments.quizzes.question_bank import feature as question_bank
from assessments.repetition import feature as repetition
from assessments.roleplays import feature as roleplays
from assessments.surveys import feature as surveys
from courses import feature as courses
from courses.competencies import feature as competencies
from effects import feature as effects
from effects.initiatives import feature as initiatives
from effects.portfolio import feature as portfolio
from effects.rollouts import feature as rollouts
from lms import (
    addresses,
    api,
    assets,
    bodies,
    cli,
    components,
    config,
    db,
    deferred,
    door,
    error_pages,
    frame,
    gallery,
    i18n,
    jobs,
    navigation,
    security_headers,
    storage,
    templating,
)
from lms.backup import cli as backup
from lms.demo import cli as demo
from lms.home import feature as home
from lms.imports import feature as imports
from lms.people import feature as people
from lms.privacy import feature as privacy
from performance.kpis import feature as kpis
from performance.skills import feature as skills
from performance.targets import feature as targets

HASHED = re.compile(r"^.+\.[0-9a-f]{8,}\.\w+$")
csrf = CSRFProtect()


class Needle(Flask):
    """Flask, without its question at every step of a request whether the next one is a coroutine: none is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """A ready application; ``overrides`` replace settings of the environment (tests, benchmarks)."""
    app = Needle("lms", root_path=str(config.ROOT / "lms"))
    app.request_class = bodies.Request
    app.url_rule_class = addresses.Rule
    app.config.update(config.settings() | (overrides or {}))
    if app.config["TRUSTED_PROXIES"]:
        hops = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    for ground in (templating, db, i18n, storage, assets, components, navigation, frame, security_headers, error_pages, gallery):
        ground.init_app(app)
    if not deferred.is_web_process():
        flask_migrate.Migrate(app, db.db, str(config.ROOT / "migrations"), render_as_batch=True, compare_type=True)
    csrf.init_app(app)
    api.init_app(app)
    app.config.update(COMPRESS_BR_LEVEL=1, COMPRESS_BR_WINDOW=16)  # a page: a fifth of the work of level 4, a sixth longer
    app.config["COMPRESS_EVALUATE_CONDITIONAL_REQUEST"] = False  # a page is made anew; files that stay as they are say so themselves
    Compress(app)
    _let_in(app)
    door.init_app(app)
    jobs.init_app(app)
    cli.init_app(app)
    _serve_assets(app)
    return app


def _serve_assets(app: Flask) -> None:
    """Built assets carry their hash in the name: served before the application is asked, kept for good."""
    built = config.ROOT / "lms" / "static" / "dist"
    built.mkdir(exist_ok=True)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=built,
        prefix="static/dist",
        autorefresh=app.debug,
        immutable_file_test=HASHED.pattern,
        allow_all_origins=False,
    )


def _let_in(app: Flask) -> None:
    """Every feature, floor by floor: its pages, commands, jobs, sentences of refusal, kinds and panels."""
    people.register(app)
    privacy.register(app)
    imports.register(app)
    home.register(app)
    courses.register(app)
    competencies.register(app)
    quizzes.register(app)
    question_bank.register(app)
    repetition.register(app)
    orals.register(app)
    roleplays.register(app)
    surveys.register(app)
    feedback360.register(app)
    cases.register(app)
    kpis.register(app)
    skills.register(app)
    targets.register(app)
    effects.register(app)
    initiatives.register(app)
    portfolio.register(app)
    rollouts.register(app)
    if not deferred.is_web_process():
        backup.register(app)
        demo.register(app)
