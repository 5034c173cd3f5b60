"""The sentences for what KPIs refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "kpi_code_taken": _l("There is a KPI with this code already. Choose another code."),
    "kpi_has_records": _l(
        "This KPI has records: its kind, unit, direction and period stay as they are. Define a new KPI instead."
    ),
}
