"""The sentences for what the portfolio refuses."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "portfolio_running": _l("The portfolio is being computed already. Its result will be here in a moment."),
    "portfolio_empty": _l("There is nothing to look at yet: nobody has started a course, or there are no KPIs."),
    "course_not_yours_to_judge": _l("Only the course’s trainers, HR, or somebody who looks after everybody enrolled can name its primary KPI."),
}
