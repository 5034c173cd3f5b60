"""The words of the product in the language of a journey, looked up in its own catalogues by the English source."""

from __future__ import annotations

import gettext
from functools import cache
from typing import Any

from lms.config import ROOT
from lms.i18n import PACKAGES


class _Missing(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ""


@cache
def _catalogue(package: str, locale: str) -> gettext.NullTranslations:
    found = gettext.translation("messages", str(ROOT / package / "translations"), [locale], fallback=True)
    found.add_fallback(_Missing())
    return found


class Words:
    """``words("Sign in")`` is 登录 for a Chinese journey; a sentence without a translation fails the journey."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def __call__(self, source: str, **values: Any) -> str:
        text = source
        if self.locale != "en":
            catalogues = [_catalogue(package, self.locale) for package in reversed(PACKAGES)]
            found = (said for each in catalogues for said in (each.gettext(source), each.ngettext(source, source, 1)))
            text = next(filter(None, found), "")
            if not text:
                raise AssertionError(f"{source!r} is not translated into {self.locale}")
        return text % values if values else text
