"""How cases are put into words on pages."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from assessments.roleplays.words import INDUSTRIES as INDUSTRIES
from assessments.roleplays.words import STAGES as STAGES
from assessments.roleplays.words import level_of as level_of
from courses import markdown
from lms.i18n import local

ENDINGS = {"won": _l("Won"), "lost": _l("Lost")}
ENDING_STATE = {"won": "ok", "lost": "bad"}
GOALS = {"answered": _l("All questions answered"), "passed": _l("The score passes")}
STATES = {
    "proposed": ("info", _l("proposed")),
    "declined": ("none", _l("declined")),
    "draft": ("none", _l("draft")),
    "published": ("ok", _l("published")),
    "retired": ("none", _l("retired")),
}
TEXTS = {
    "brief": _l("The case"),
    "aftermath": _l("What became of it (shown at the end)"),
    "title": _l("Title"),
    "facts": _l("What was known at this point"),
    "ask": _l("Question"),
    "model": _l("Model answer"),
    "happened": _l("What really happened"),
}
LACKING = TEXTS | {
    "brief": _l("a text of the case"),
    "questions": _l("at least one question"),
    "title": _l("the title of a question"),
    "ask": _l("the text of a question"),
    "model": _l("a model answer"),
    "happened": _l("what really happened"),
    "rubric": _l("a complete rubric"),
}
FLAGS = {
    "email": _l("E-mail address"),
    "phone": _l("Phone number"),
    "amount": _l("Amount of money"),
    "company": _l("Company"),
    "person": _l("Person"),
    "watched": _l("Name to be hidden"),
    "document": _l("Document to be looked through"),
}


def rich(text: Any) -> Markup:
    """A text of a case in the reader's language, as Markdown says it."""
    return markdown.render(local(text), under=2)


def place(name: str, content: Any) -> str:
    """Where a flag stands: ``questions.k1.model.en`` as “Question 1 · Model answer · English”."""
    parts = name.split(".")
    if parts[0] == "documents":
        return str(_l("Documents"))
    language = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}.get(parts[-1], parts[-1])
    if parts[0] == "questions":
        keys = [each["key"] for each in content["questions"]]
        at = keys.index(parts[1]) + 1 if parts[1] in keys else 0
        return _("Question %(number)s", number=at) + f" · {TEXTS[parts[2]]} · {language}"
    return f"{TEXTS[parts[0]]} · {language}"
