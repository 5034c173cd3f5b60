"""Export and erasure of one person's data: let in by the roof."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from lms import errors
from lms.privacy import cli
from lms.privacy.views import blueprint

__all__ = ["cli", "register"]

MESSAGES = {
    "erased_already": _l("This person was erased: nobody is there to whom this could be done."),
    "erase_close_first": _l("Close the account first: as long as it is open, the person is at work here."),
    "erase_name_differs": _l("This is not the name of the person. Type it as it stands above."),
}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    errors.register(MESSAGES)
