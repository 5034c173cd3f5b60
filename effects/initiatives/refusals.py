"""The sentences for what measures refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "initiative_code_taken": _l("Another measure has this code already."),
    "initiative_people_unknown": _l("Nobody in your care has these numbers: %(numbers)s."),
}
