"""In which language the texts of an editor are: the tabs above it, for courses and the kinds of upper floors."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from lms.i18n import LANGUAGE_NAMES, LOCALES, current_locale


def language() -> str:
    """The language of the texts being edited: ``?language=``, else the reader's own."""
    wanted = request.args.get("language", "")
    return wanted if wanted in LOCALES else current_locale()


def language_tabs(endpoint: str, **values: Any) -> list[tuple[str, str, bool]]:
    """Name, address and whether it is the present one, for each language of ours."""
    return [
        (name, url_for(endpoint, language=key, **values), key == language())
        for key, name in LANGUAGE_NAMES.items()
    ]
