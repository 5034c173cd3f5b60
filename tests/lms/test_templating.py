"""What Jinja does here a little differently must say the same: words with values, calls, globals."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from jinja2 import pass_context
from jinja2.runtime import Context

NAME = "<b>Wang & Co</b>"
SAFE = "&lt;b&gt;Wang &amp; Co&lt;/b&gt;"


def drawn(app: Flask, template: str, **values: object) -> str:
    with app.test_request_context("/"):
        return render_template_string(template, **values)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ('{{ _("Good day, %(name)s.", name=name) }}', f"Good day, {SAFE}."),
        ('{{ ngettext("%(num)s of %(name)s", "%(num)s by %(name)s", 2, name=name) }}', f"2 by {SAFE}"),
        ('{{ _("%(name)s", name=name|safe) }}', NAME),
        ('{{ _("%(share)s done", share="25%") }}', "25% done"),
    ],
)
def test_what_a_person_has_written_is_escaped_in_a_sentence(bare: Flask, template: str, says: str) -> None:
    assert drawn(bare, template, name=NAME) == says


def test_functions_are_given_what_they_ask_for(bare: Flask) -> None:
    @pass_context
    def whose(context: Context, word: str) -> str:
        return f"{word} of {context['name']}"

    class Shelf:
        def holds(self, *words: str, more: str = "") -> str:
            return "+".join((*words, more))

    shown = "{% for word in ['ink', 'pen'] %}{{ whose(word) }}, {{ plain(word) }}, {{ shelf.holds(word, more='cup') }}; {% endfor %}"
    assert drawn(bare, shown, name="Ana", whose=whose, plain=lambda word: word.upper(), shelf=Shelf()) == (
        "ink of Ana, INK, ink+cup; pen of Ana, PEN, pen+cup; "
    )


def test_no_template_changes_what_all_of_them_see(bare: Flask) -> None:
    bare.jinja_env.get_template("lms/base.html")
    with pytest.raises(AttributeError):
        bare.jinja_env.get_template("lms/base.html", globals={"csrf_token": "mine"})
    assert callable(bare.jinja_env.globals["csrf_token"])
