"""The analysis in the background, and each night the figures of the quizzes that were taken."""

from __future__ import annotations

from typing import Any

from huey import crontab

from assessments.quizzes.analysis import across, runs, shown
from assessments.quizzes.analysis.models import RunKind
from lms import jobs
from lms.authz import SYSTEM, Actor
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from lms.people.scope import load_actor

PLACES = {RunKind.SUMMARY: "analysis", RunKind.ITEMS: "analysis", RunKind.SCALE: "scale", RunKind.SIMILARITY: "integrity"}


@jobs.handler("quiz.analyse")
def analyse(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    report(0, 1)
    made = runs.compute(params["run_id"])
    if made is None:
        return {}
    with transaction():
        run = runs.keep(params["run_id"], made, now=now())
    return {"url": f"/authoring/quizzes/{run.quiz.module_id}/{PLACES[RunKind(run.kind)]}"}


@jobs.handler("quiz.summarise")
def summarise(params: dict[str, Any], report: jobs.Report) -> dict[str, Any]:
    """In the name of who asked, with the rights that person has now."""
    person = db.session.get(Person, params["person"])
    _summarise(load_actor(person) if person else SYSTEM, report)
    return {"url": "/authoring/quizzes/analysis"}


@jobs.every("summarise_quizzes", crontab(minute="20", hour="2"))
def summarise_all() -> None:
    _summarise(SYSTEM, lambda _done, _total: None)


def _summarise(actor: Actor, report: jobs.Report) -> None:
    """One quiz after the other, each kept as soon as it is computed; reading holds nobody up."""
    quizzes = across.outdated(actor)
    for done, quiz in enumerate(quizzes):
        report(done, len(quizzes))
        began = now()
        made = runs.computed(quiz, *([RunKind.SUMMARY, RunKind.ITEMS] if shown.many_took(quiz.id) else [RunKind.SUMMARY]))
        with transaction():
            for kind, one in made.items():
                run = runs.begun(actor, quiz.id, kind, now=began)
                runs.keep(run.id, one, now=now())
