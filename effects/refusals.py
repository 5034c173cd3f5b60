"""The sentences for what studies refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "study_window_reversed": _l("The end of the window lies before its beginning."),
    "study_chosen_unconfirmed": _l("Say first how these people were chosen: the answer decides which method is honest."),
    "subgroups_unknown": _l("A study cannot be split by this."),
    "study_running": _l("This study is being computed already. Its result will be here in a moment."),
}
