"""What the audit trail calls the acts on studies."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ACTIONS = {
    "study.ask": _l("asked for a study"),
    "study.confirm_chosen": _l("confirmed how people were chosen"),
    "study.name_subgroups": _l("named the groups of a study"),
    "study.name_untouchable": _l("named what a course cannot touch"),
    "study.run": _l("computed a study"),
    "study.state_costs": _l("stated the costs of a course"),
}
