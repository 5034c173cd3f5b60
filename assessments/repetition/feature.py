"""What practising again gives the roof: its pages, a sentence of refusal, a place in the navigation."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from assessments.repetition import models, views
from lms import errors
from lms.authz import Permission
from lms.navigation import NavItem, add_item

__all__ = ["models", "register"]
MESSAGES = {"card_not_due": _l("This card has been answered, or it is not its turn. Here is the next one.")}


def register(app: Flask) -> None:
    errors.register(MESSAGES)
    add_item(NavItem("repetition.index", _l("Practise"), "undo", Permission.COURSE_ENROL_SELF, 12))
    app.register_blueprint(views.blueprint)
