"""The sentences for what targets refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "target_from_above": _l("This target is given to you from above. You can hand it down, but not change it."),
    "target_kpi_retired": _l("This KPI is retired: it takes no more records, so a target could not be followed."),
    "target_span_too_short": _l("This KPI is counted in longer periods than the target would run. Choose a longer period."),
    "target_not_addable": _l("Figures of this KPI cannot be added up over people: set targets for members, not for teams."),
    "target_value_range": _l("Give a number that the KPI can reach: a rate between 0 and 100 %, amounts and counts not below zero."),
    "target_reason_missing": _l("Say why: a published target is being changed, and the reason stays with it."),
    "target_number_unreadable": _l("Nothing was kept: a number cannot be read."),
    "target_nothing_to_publish": _l("There is no draft to publish here."),
    "target_not_standing": _l("This target has been changed meanwhile. Look at how it stands now."),
    "target_nobody_below": _l("There is no team and no rep below to hand this target down to."),
    "target_nothing_to_hand_down": _l("Set the target of the team first; then it can be handed down."),
    "seniority_from_zero": _l("The first line must begin at month 0, so that everybody has a factor."),
    "seniority_not_rising": _l("The months must rise from line to line."),
    "seniority_factor_range": _l("Give each factor as a number above 0 and at most 3."),
    "seniority_company_only": _l("The table holds for the whole company: only HR for the company changes it."),
}
