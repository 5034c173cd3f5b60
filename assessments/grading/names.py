"""Which thing of an edited question is which one of before: names stay, and so do the words in other languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assessments.grading.texts import LANGUAGES


def shown(text: Mapping[str, str], language: str) -> str:
    """The words in the language, else in the first that has any; on one line."""
    words = text.get(language) or next((text[each] for each in LANGUAGES if text.get(each)), "")
    return " ".join(words.split())


class Kept:
    """The question as it was, in the language it is edited in."""

    def __init__(self, language: str, before: Mapping[str, Any]) -> None:
        self.language, self.before = language, before

    def options(self, words: Sequence[str]) -> list[dict[str, Any]]:
        return self._named(words, self.before.get("options") or [], "k")

    def parts(self, words: Sequence[str]) -> list[dict[str, Any]]:
        found = self._named(words, (self.before.get("body") or {}).get("parts") or [], "p")
        return [{"id": each["id"], "text": each["text"]} for each in found]

    def criteria(self, words: Sequence[str]) -> list[dict[str, Any]]:
        found = self._named(words, (self.before.get("key") or {}).get("criteria") or [], "c")
        return [{"id": each["id"], "text": each["text"]} for each in found]

    def levels(self, criterion: str, words: Sequence[str]) -> list[dict[str, str]]:
        """The words of levels; a level is known by its place."""
        known = (self.before.get("key") or {}).get("criteria") or []
        there: list[Any] = next((each["levels"] for each in known if each["id"] == criterion), [])
        olds = [level["text"] for level in there] + [{}] * len(words)
        return [self._said(old, each) for old, each in zip(olds, words, strict=False)]

    def within(self, part: str) -> Kept:
        """The options of one part."""
        parts = (self.before.get("body") or {}).get("parts") or []
        there: Mapping[str, Any] = next((each for each in parts if each["id"] == part), {})
        return Kept(self.language, {"options": there.get("options", [])})

    def _named(
        self, words: Sequence[str], known: Sequence[Mapping[str, Any]], letter: str
    ) -> list[dict[str, Any]]:
        """First those that say the same as before, then those in the same place, then new names."""
        olds: list[Mapping[str, Any] | None] = [None] * len(words)
        free = list(known)
        for at, each in enumerate(words):
            olds[at] = next((old for old in free if shown(old["text"], self.language) == each), None)
            if olds[at] is not None:
                free = [old for old in free if old is not olds[at]]
        for at in range(len(words)):
            if olds[at] is None and at < len(known) and known[at] in free:
                olds[at] = known[at]
                free = [old for old in free if old is not known[at]]
        taken = {each["id"] for each in known}
        found = []
        for each, old in zip(words, olds, strict=True):
            id_ = old["id"] if old else _free(letter, taken)
            taken.add(id_)
            found.append(self._entry(id_, old, each))
        return found

    def _entry(self, id_: str, old: Mapping[str, Any] | None, words: str) -> dict[str, Any]:
        feedback = old.get("feedback") if old else None
        entry: dict[str, Any] = {"id": id_, "text": self._said(old["text"] if old else {}, words)}
        return entry | ({"feedback": feedback} if feedback else {})

    def _said(self, old: Mapping[str, str], words: str) -> dict[str, str]:
        """What was only shown for want of words in this language is not taken for words in it."""
        if shown(old, self.language) == words:
            return dict(old)
        return {**old, self.language: words}


def _free(letter: str, taken: set[str]) -> str:
    at = 1
    while f"{letter}{at}" in taken:
        at += 1
    return f"{letter}{at}"
