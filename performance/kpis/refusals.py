"""The sentences for what KPIs refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "kpi_code_taken": _l("There is a KPI with this code already. Choose another code."),
    "kpi_name_taken": _l("The KPI %(taken)s has this name or code already, and files name KPIs by it. Choose another name."),
    "kpi_has_records": _l(
        "This KPI has records: its kind, unit, direction and period stay as they are. Define a new KPI instead."
    ),
}
