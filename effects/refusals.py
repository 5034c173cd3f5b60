"""The sentences for what studies refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "study_window_reversed": _l("The end of the window lies before its beginning."),
    "study_chosen_unconfirmed": _l("Say first how these people were chosen: the answer decides which method is honest."),
    "study_cohort_not_yours": _l("Only somebody who looks after everybody who took part can say this: HR, or a manager of all their teams."),
    "study_is_planned": _l("The draw of the planned rollout says how these people were chosen: by lot. That cannot be answered otherwise afterwards."),
    "subgroups_unknown": _l("A study cannot be split by this."),
    "untouchable_is_studied": _l("This is the KPI that the study asks about. Choose another one."),
    "untouchable_other_period": _l("This KPI is recorded for other periods than the one studied. Choose one with the same period."),
    "study_running": _l("This study is being computed already. Its result will be here in a moment."),
}
