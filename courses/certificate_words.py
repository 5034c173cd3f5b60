"""What a certificate says beside its values: every word and date in Chinese and English at once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _

from lms.db import LocalText
from lms.i18n import LOCALES, translate_to_all

Fact = tuple[LocalText, LocalText]


@lru_cache(maxsize=1)
def words() -> dict[str, LocalText]:
    return {
        "certificate": translate_to_all(lambda: _("Certificate of completion")),
        "has_completed": translate_to_all(lambda: _("has completed the course")),
        "completed_on": translate_to_all(lambda: _("Completed on")),
        "issued_on": translate_to_all(lambda: _("Issued on")),
        "valid_until": translate_to_all(lambda: _("Valid until")),
        "without_end": translate_to_all(lambda: _("without end")),
        "result": translate_to_all(lambda: _("Result")),
        "check_here": translate_to_all(lambda: _("Scan the code to check this certificate")),
    }


def facts(values: dict[str, Any]) -> list[Fact]:
    """Label and value pairs under the title, from the frozen values."""
    said = words()
    rows: list[Fact] = [
        (said["completed_on"], _day(values["completed_on"])),
        (said["issued_on"], _day(values["issued_on"])),
        (said["valid_until"], _day(values["expires_on"]) if values["expires_on"] else said["without_end"]),
    ]
    scores = [each["score"] for each in values["results"] if each["score"] is not None]
    if scores:
        share = f"{round(sum(scores) / len(scores) * 100)} %"
        rows.append((said["result"], dict.fromkeys(LOCALES, share)))
    return rows


def _day(text: str) -> LocalText:
    day = date.fromisoformat(text)
    return {locale: format_date(day, "long", locale=locale) for locale in LOCALES}
