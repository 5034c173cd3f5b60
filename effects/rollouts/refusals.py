"""The sentences for what the rollout planner refuses."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "rollout_drawn": _l("This rollout has been drawn. The draw and its plan stay as they are; a departure can be stated."),
    "rollout_not_drawn": _l("This rollout has not been drawn yet: simply change the plan."),
    "rollout_over": _l("This rollout is over already."),
    "rollout_no_teams": _l("Choose at least one team."),
    "rollout_nobody_to_compare": _l("With one wave and nobody who waits there is nobody to compare with."),
    "rollout_starts_in_the_past": _l(
        "The first wave has to start in a period that has not begun: its day is the first of that period."
    ),
    "rollout_few_teams": _l(
        "There are too few teams for a draw: %(n)s, and at least %(fewest)s are needed. Take in more teams."
    ),
    "rollout_few_teams_to_draw": _l(
        "There are too few teams to be drawn as wholes: %(n)s, and these groups need at least %(fewest)s, two in each. Take in more teams, have fewer waves, or draw reps instead."
    ),
    "rollout_few_reps": _l(
        "There are too few reps for these groups: %(n)s, and at least %(fewest)s are needed. Take in more teams or have fewer waves."
    ),
    "rollout_course_not_open": _l("The course is not published: nobody could be enrolled in it."),
    "rollout_power_running": _l("This is being computed already. The result will be here in a moment."),
}
