"""The sentences for what statements of cost refuse."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "roi_not_in_money": _l("This KPI is not counted in money, so no return on its cost can be worked out."),
    "roi_range_order": _l("Low must not be above most likely, nor most likely above high; none may be negative."),
    "roi_source_missing": _l("Say where these figures come from: a reader will ask."),
    "roi_hours_without_rate": _l("Hours off the floor and the cost of an hour go together: state both or neither."),
    "roi_margin_range": _l("The margin lies above 0% and not above 100%."),
    "roi_kept_range": _l("The share kept from period to period lies between 0% and 100%."),
    "roi_margin_missing": _l("State the contribution margin: what of each unit of the KPI’s money stays after variable costs."),
    "roi_decay_missing": _l("State for how many periods, and which share of the effect is kept from one to the next."),
    "roi_no_cost": _l("State at least one cost above zero, also at its low end."),
}
