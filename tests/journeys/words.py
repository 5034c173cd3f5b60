"""The words of the product in the language of a journey, looked up in its own catalogues by the English source."""

from __future__ import annotations

import gettext
from functools import cache
from typing import Any

from lms.config import ROOT
from lms.i18n import PACKAGES


@cache
def _catalogue(package: str, locale: str) -> gettext.NullTranslations:
    return gettext.translation("messages", str(ROOT / package / "translations"), [locale], fallback=True)


class Words:
    """``words("Sign in")`` is 登录 for a Chinese journey; a sentence without a translation fails the journey."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def __call__(self, source: str, **values: Any) -> str:
        text = source
        if self.locale != "en":
            found = (_catalogue(package, self.locale).gettext(source) for package in reversed(PACKAGES))
            text = next((each for each in found if each != source), "")
            if not text:
                raise AssertionError(f"{source!r} is not translated into {self.locale}")
        return text % values if values else text
