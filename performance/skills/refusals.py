"""The sentences for what reckoning of skills refuses."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "snapshot_quarter_runs": _l("This quarter is not over yet; readiness is kept when it ends."),
    "snapshot_is_there": _l("Readiness at the end of this quarter is kept already, and a snapshot is never made twice."),
}
