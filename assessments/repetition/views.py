"""The rep's own practice: how many cards are due, a card, and what was right."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from assessments.quizzes.queries import media_of
from assessments.quizzes.words import stem_of
from assessments.repetition import queries, services
from lms.authz import Permission, requires
from lms.bodies import sent_id
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, sentence

blueprint = Blueprint("repetition", __name__, url_prefix="/repetition", template_folder="templates")


@blueprint.get("/")
@requires(Permission.QUIZ_ATTEMPT)
def index() -> str:
    found = queries.deck(g.actor, now())
    titles = queries.course_titles(g.actor, {card.course for card in found.cards})
    return render_template("repetition/index.html", deck=found, titles=titles)


@blueprint.get("/card")
@requires(Permission.QUIZ_ATTEMPT)
def card() -> str | Response:
    """The card whose turn it is."""
    found = queries.deck(g.actor, now())
    if not found.due:
        return redirect(url_for(".index"))
    turn = found.due[0]
    number = found.last[turn.question].number + 1 if turn.question in found.last else 1
    asked = queries.asked(queries.laid_out(g.actor, turn, number))
    media = media_of(turn.course, [asked])
    return render_template(
        "repetition/card.html", card=turn, number=number, asked=asked, stem=stem_of(asked.stem, media), media=media, left=len(found.due)
    )


@blueprint.post("/card/<int:question_id>")
@requires(Permission.QUIZ_ATTEMPT)
def answer(question_id: int) -> Response:
    try:
        with transaction():
            row = services.answer(g.actor, question_id, sent_id(request.form.get("number")) or 0, _given(question_id), now=now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        flash(sentence(refusal), "warning")
        return redirect(url_for(".card"))
    return redirect(url_for(".review", review_id=row.id))


def _given(id_: int) -> object:
    """What the page holds for a question: one field's values, or those of its parts (``q12.p1``) by part."""
    parts = {name.partition(".")[2]: request.form.getlist(name) for name in request.form if name.startswith(f"q{id_}.")}
    return parts or request.form.getlist(f"q{id_}")


@blueprint.get("/answers/<int:review_id>")
@requires(Permission.QUIZ_ATTEMPT)
def review(review_id: int) -> str:
    """What was right, at once, and when the card comes back; while its key is held back, only that."""
    row, found = queries.own_review(g.actor, review_id), queries.deck(g.actor, now())
    if row.question_id in found.held:
        return render_template("repetition/held.html", left=len(found.due))
    judged = queries.judged(row)
    course = next((card.course for card in found.cards if card.question == row.question_id), 0)
    media = media_of(course, [judged.question]) if course else {}
    return render_template(
        "repetition/review.html", row=row, each=judged, stem=stem_of(judged.question.stem, media), media=media,
        release=queries.SEEN, left=len(found.due), moment=now(),
    )  # fmt: skip
