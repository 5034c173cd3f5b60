"""The sentences for what measures refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "initiative_code_taken": _l("Another measure has this code already."),
}
