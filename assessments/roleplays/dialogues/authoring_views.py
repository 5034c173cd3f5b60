"""Pages of trainers: the dialogues, the map, one passage, files in and out, results."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from assessments.roleplays.dialogues import authoring, checks, layout, queries, story, terms, twee
from assessments.roleplays.dialogues.editing import ChoiceDraft, PassageDraft
from assessments.roleplays.dialogues.forms import (
    ChoiceForm,
    DialogueForm,
    NewDialogueForm,
    PassageForm,
    TweeForm,
    condition_of,
    effects_of,
)
from assessments.roleplays.dialogues.models import Dialogue
from assessments.roleplays.dialogues.passage_text import MOST_CHOICES, clean_name
from assessments.roleplays.dialogues.story import NoSuchChoice, Passage, Story
from assessments.roleplays.dialogues.words import shown
from courses.languages import language, language_tabs
from lms import downloads
from lms.authz import Permission, requires
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown, sentence

blueprint = Blueprint("dialogue_authoring", __name__, url_prefix="/authoring/roleplays/dialogues")


@blueprint.route("/", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def index() -> str | Response:
    """The dialogues, and a form for a new one."""
    form = NewDialogueForm()
    if form.validate_on_submit():
        try:
            with transaction():
                title = {language(): form.title.data}
                row = authoring.create(g.actor, form.code.data, title, clean_name(_("Beginning")), now=now())
            return redirect(url_for(".edit", dialogue_id=row.id))
        except Refused as refusal:
            form.explain(refusal)
    rows = db.session.scalars(select(Dialogue).order_by(Dialogue.code).limit(200)).all()
    return render_template("dialogues/authoring/index.html", rows=rows, form=form)


@blueprint.route("/<int:dialogue_id>", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def edit(dialogue_id: int) -> str | Response:
    row = authoring.authored(g.actor, dialogue_id)
    found = story.from_json(row.content)
    form = DialogueForm(data=_settings(row, found))
    form.start.choices = [(each.name, shown(each)) for each in found.passages]
    if form.validate_on_submit():
        try:
            _save(dialogue_id, form)
            return redirect(url_for(".edit", dialogue_id=dialogue_id, language=language()))
        except Refused as refusal:
            form.explain(refusal)
    return render_template(
        "dialogues/authoring/dialogue.html",
        row=row,
        story=found,
        form=form,
        twee_form=TweeForm(formdata=None, data={"spoken": language()}),
        checked=checks.check(found),
        map=layout.layout(found),
        unchanged=authoring.unchanged(row) is not None,
        tabs=language_tabs(".edit", dialogue_id=dialogue_id),
    )


def _settings(row: Dialogue, found: Story) -> dict[str, object]:
    return {
        "title": row.title.get(language(), ""),
        "start": found.start,
        "pass_mark": round(found.pass_mark * 100),
        "feedback": found.feedback,
        "initial": terms.effects_words(found.initial),
    }


def _save(dialogue_id: int, form: DialogueForm) -> None:
    with transaction():
        authoring.edit(
            g.actor,
            dialogue_id,
            language(),
            form.title.data,
            start=form.start.data,
            pass_mark=Fraction(form.pass_mark.data, 100),
            feedback=form.feedback.data,
            initial=effects_of(form.initial),
            now=now(),
        )
    flash(_("Saved. It is played like this from the next publication on."), "success")


@blueprint.route("/<int:dialogue_id>/passage", methods=["GET", "POST"])
@requires(Permission.ROLEPLAY_AUTHOR)
def passage(dialogue_id: int) -> str | Response:
    row = authoring.authored(g.actor, dialogue_id)
    found = story.from_json(row.content)
    name = request.args.get("name", "")
    old = found.passage(name)
    if old is None:
        raise Unknown()
    form = PassageForm(data=_passage_values(old))
    answers = [ChoiceForm(prefix=f"c{at}-", data=_choice_values(old, at)) for at in range(_slots(old))]
    if form.validate_on_submit() and all(each.validate() for each in answers):
        saved = _save_passage(dialogue_id, name, form, answers)
        if saved is not None:
            return saved
    return render_template(
        "dialogues/authoring/passage.html",
        row=row,
        story=found,
        passage=old,
        form=form,
        answers=answers,
        tabs=language_tabs(".passage", dialogue_id=dialogue_id, name=name),
    )


def _slots(old: Passage) -> int:
    """The answers that are there, and room for two more."""
    return min(MOST_CHOICES, max(len(old.choices), request.form.get("slots", 0, int)) + (request.method == "GET") * 2)


def _passage_values(old: Passage) -> dict[str, object]:
    return {
        "name": old.name,
        "shown": story.names(old).get(language(), ""),
        "text": old.text.get(language(), ""),
        "ending": old.ending or "",
        "effects": terms.effects_words(old.effects),
        "competency": story.competency(old),
    }


def _choice_values(old: Passage, at: int) -> dict[str, object]:
    if at >= len(old.choices):
        return {"number": ""}
    choice = old.choices[at]
    return {
        "number": str(at),
        "text": choice.text.get(language(), ""),
        "target": choice.target,
        "points": str(choice.points) if choice.points else "",
        "feedback": choice.feedback.get(language(), ""),
        "condition": terms.condition_words(choice.condition),
        "effects": terms.effects_words(choice.effects),
        "blocker": choice.blocker,
    }


def _save_passage(dialogue_id: int, name: str, form: PassageForm, answers: list[ChoiceForm]) -> Response | None:
    """None: refused, and said at the form."""
    try:
        drafts = [_draft(each) for each in answers if each.used]
        draft = PassageDraft(
            form.name.data,
            form.text.data or "",
            form.ending.data or None,
            effects_of(form.effects),
            drafts,
            form.shown.data or "",
            form.competency.data or "",
        )
        with transaction():
            authoring.save_passage(g.actor, dialogue_id, name, language(), draft, now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        form.explain(refusal)
        return None
    flash(_("Saved. It is played like this from the next publication on."), "success")
    return redirect(url_for(".passage", dialogue_id=dialogue_id, name=clean_name(form.name.data), language=language()))


def _draft(form: ChoiceForm) -> ChoiceDraft:
    """:raises Refused: said at the answer's own field."""
    try:
        if not form.target.data:
            raise Refused("dialogue_setting", field="target")
        condition, effects = condition_of(form.condition), effects_of(form.effects)
    except Refused as refusal:
        form.explain(refusal)
        raise
    number = int(form.number.data) if (form.number.data or "").isdigit() else None
    return ChoiceDraft(
        number, form.text.data or "", form.target.data, condition, effects, form.worth, form.feedback.data or "", form.blocker.data
    )


@blueprint.post("/<int:dialogue_id>/passages")
@requires(Permission.ROLEPLAY_AUTHOR)
def add_passage(dialogue_id: int) -> Response:
    name = clean_name(request.form.get("name", ""))
    with transaction():
        authoring.add_passage(g.actor, dialogue_id, name, now=now())
    return redirect(url_for(".passage", dialogue_id=dialogue_id, name=name))


@blueprint.post("/<int:dialogue_id>/passages/remove")
@requires(Permission.ROLEPLAY_AUTHOR)
def remove_passage(dialogue_id: int) -> Response:
    name = request.form.get("name", "")
    return _done(
        dialogue_id,
        lambda: authoring.remove_passage(g.actor, dialogue_id, name, now=now()),
        _("“%(name)s” is taken out.", name=name),
    )


def _done(dialogue_id: int, act: Callable[[], object], said: str) -> Response:
    """An act from the dialogue's page, and back to it with what came of it."""
    try:
        with transaction():
            act()
        flash(said, "success")
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
    return redirect(url_for(".edit", dialogue_id=dialogue_id))


@blueprint.post("/<int:dialogue_id>/import")
@requires(Permission.ROLEPLAY_AUTHOR)
def bring_in(dialogue_id: int) -> Response:
    form = TweeForm()
    if not form.validate():
        flash(_("Choose a file."), "warning")
        return redirect(url_for(".edit", dialogue_id=dialogue_id))
    data, spoken = form.file.data.stream.read(twee.MOST_BYTES + 1), form.spoken.data
    return _done(
        dialogue_id,
        lambda: authoring.bring_in(g.actor, dialogue_id, data, spoken, now=now()),
        _("The file has taken the place of the draft. What was published stays as it is."),
    )


@blueprint.get("/<int:dialogue_id>/export")
@requires(Permission.ROLEPLAY_AUTHOR)
def export(dialogue_id: int) -> Response:
    row = authoring.authored(g.actor, dialogue_id)
    answer = Response(twee.write(story.from_json(row.content)), mimetype="text/plain")
    downloads.call(answer, f"{row.code}.twee")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.post("/<int:dialogue_id>/publish")
@requires(Permission.ROLEPLAY_AUTHOR)
def publish(dialogue_id: int) -> Response:
    return _done(
        dialogue_id,
        lambda: authoring.publish(g.actor, dialogue_id, now=now()),
        _("It is published and open for practice."),
    )


@blueprint.post("/<int:dialogue_id>/retire")
@requires(Permission.ROLEPLAY_AUTHOR)
def retire(dialogue_id: int) -> Response:
    return _done(
        dialogue_id,
        lambda: authoring.retire(g.actor, dialogue_id, now=now()),
        _("It is no longer in the catalogue. Publishing it opens it again."),
    )


@blueprint.get("/<int:dialogue_id>/results")
@requires(Permission.ROLEPLAY_AUTHOR)
def results(dialogue_id: int) -> str:
    found = queries.results(g.actor, dialogue_id, request.args.get("version", type=int))
    row = authoring.authored(g.actor, dialogue_id)
    return render_template(
        "dialogues/authoring/results.html", row=row, found=found, story=found.story, map=layout.layout(found.story)
    )


@blueprint.get("/<int:dialogue_id>/preview")
@requires(Permission.ROLEPLAY_AUTHOR)
def preview(dialogue_id: int) -> str:
    """The draft as a player meets it; the way is in the address and nothing is kept."""
    row = authoring.authored(g.actor, dialogue_id)
    return preview_of(row, url_for(".preview", dialogue_id=row.id), url_for(".edit", dialogue_id=row.id))


def preview_of(row: Dialogue, here: str, back: str) -> str:
    found = story.from_json(row.content)
    way = [int(part) for part in request.args.get("way", "").split(".") if part.isdigit()][:500]
    try:
        place, exchanges = queries.retraced(found, way)
    except NoSuchChoice:
        raise Unknown() from None
    return render_template(
        "dialogues/authoring/preview.html",
        row=row,
        passage=found.passage(place.passage),
        place=place,
        offered=story.offered(found, place),
        last=exchanges[-1] if exchanges else None,
        way=way,
        here=here,
        back=back,
    )
