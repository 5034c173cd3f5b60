"""How talks with a model's customer and its proposals are put into words on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.roleplays.conversations import services
from lms.i18n import number

REFUSED = {
    "not_json": _l("the answer was not in the form asked for"),
    "wrong_shape": _l("the answer was not in the form asked for"),
    "criterion_unknown": _l("it scored something that the rubric does not know"),
    "criterion_twice": _l("it scored a criterion twice"),
    "criterion_missing": _l("it left a criterion out"),
    "points_unknown": _l("it gave points that the rubric does not have"),
    "quote_missing": _l("it gave a score without quoting anything"),
    "quote_not_said": _l("it quoted words that nobody said"),
    "model_busy": _l("the language model was busy"),
    "model_denied": _l("the language model did not let this site in"),
    "model_failing": _l("the language model failed"),
    "model_slow": _l("the language model took too long"),
    "model_unreachable": _l("the language model could not be reached"),
    "model_garbled": _l("the answer could not be read"),
    "model_silent": _l("the language model said nothing"),
}


def consent_of(content: Mapping[str, Any]) -> str:
    """What a player agrees to; its hash is kept."""
    return _(
        "I know that a language model (%(name)s) plays the customer: a machine, which may say what is wrong. I agree that what "
        "I write is sent to it and that the talk is shown to the people who rate it. The talk is erased after %(days)s days, or "
        "at once when I take this consent back.",
        name=services.place().name,
        days=number(content["retention_days"]),
    )
