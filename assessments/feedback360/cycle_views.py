"""Pages of those who run feedback: cycles, a new one, who has got how far, approval, reminders, closing."""

from __future__ import annotations

from datetime import timedelta

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response
from wtforms import SelectChoice

from assessments.feedback360 import anonymity, cycles, nominating, overview, policies, queries, words
from assessments.feedback360.cycles import Settings
from assessments.feedback360.forms import CycleForm, DecideForm
from assessments.feedback360.models import Purpose
from assessments.feedback360.views import blueprint
from lms.authz import Permission, requires
from lms.clock import now, today
from lms.db import transaction
from lms.errors import Refused, sentence
from lms.i18n import local, with_remark

NOMINATE_FOR, OPEN_FOR = timedelta(days=10), timedelta(days=28)


@blueprint.get("/cycles/")
@requires(Permission.FEEDBACK_MANAGE)
def cycle_index() -> str:
    page = queries.cycles(g.actor, request.args.get("page", 1, int))
    return render_template("feedback360/cycles.html", page=page, words=words, moment=now())


@blueprint.route("/cycles/new", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_MANAGE)
def new_cycle() -> str | Response:
    form = CycleForm(nominate_until=today() + NOMINATE_FOR, closes_on=today() + OPEN_FOR)
    usable = queries.questionnaires(usable=True)
    form.questionnaire.choices = [SelectChoice(value=each.id, label=with_remark(local(each.title), each.code)) for each in usable]
    if form.validate_on_submit():
        try:
            return _opened(form)
        except Refused as refusal:
            form.explain(refusal)
    teams, total = queries.choice(g.actor)
    return render_template("feedback360/new_cycle.html", form=form, usable=usable, teams=teams, total=total,
                           ticked=set(request.form.getlist("teams", type=int)))  # fmt: skip


def _opened(form: CycleForm) -> Response:
    numbers = (form.numbers.data or "").replace(",", " ").replace("，", " ").replace("、", " ").split()
    people = queries.people_meant(g.actor, request.form.getlist("teams", type=int), numbers)
    with transaction():
        cycle = cycles.open_cycle(g.actor, _settings(form), people, now=now())
    flash(ngettext("The cycle is open for %(num)s person.", "The cycle is open for %(num)s people.", len(people)), "success")
    return redirect(url_for(".cycle", cycle_id=cycle.id))


def _settings(form: CycleForm) -> Settings:
    return Settings(
        name={"en": form.name_en.data or "", "zh_Hans": form.name_zh.data or ""},
        purpose=Purpose(form.purpose.data),
        questionnaire_id=form.questionnaire.data,
        least={group: form[f"least_{group}"].data for group in anonymity.ANONYMOUS},
        most={group: form[f"most_{group}"].data for group in anonymity.ANONYMOUS},
        nominate_until=form.nominate_until.data,
        closes_on=form.closes_on.data,
        remind_days=form.remind_days.data,
    )


@blueprint.get("/cycles/<int:cycle_id>")
@requires(Permission.FEEDBACK_MANAGE)
def cycle(cycle_id: int) -> str:
    found = policies.visible_cycle(g.actor, cycle_id)
    return render_template("feedback360/cycle.html", cycle=found, found=overview.of_cycle(g.actor, found),
                           runs=policies.runs(g.actor, found), words=words, moment=now())  # fmt: skip


@blueprint.post("/cycles/<int:cycle_id>/<any(close, remind):act>")
@requires(Permission.FEEDBACK_MANAGE)
def tend_cycle(cycle_id: int, act: str) -> Response:
    try:
        with transaction():
            {"close": cycles.close, "remind": cycles.remind}[act](g.actor, cycle_id, now=now())
        flash(_("Closed. The reports can be read.") if act == "close" else _("The reminder is on its way."), "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".cycle", cycle_id=cycle_id))


@blueprint.route("/people/<int:subject_id>/approval", methods=["GET", "POST"])
@requires(Permission.FEEDBACK_MANAGE)
def approve(subject_id: int) -> str | Response:
    subject = policies.managed_subject(g.actor, subject_id)
    form = DecideForm()
    if form.validate_on_submit():
        try:
            with transaction():
                n = nominating.decide(g.actor, subject_id, set(request.form.getlist("raters", type=int)), form.reason.data or "", now=now())
            flash(ngettext("%(num)s rater is asked.", "%(num)s raters are asked.", n), "success")
            return redirect(url_for(".cycle", cycle_id=subject.cycle_id))
        except Refused as refusal:
            form.explain(refusal)
    ticked = set(request.form.getlist("raters", type=int)) if form.is_submitted() else None
    return render_template("feedback360/approve.html", subject=subject, groups=queries.chosen(subject), form=form, ticked=ticked, words=words)
