"""The small language of conditions and effects, as trainers type it and as Harlowe and SugarCube write it. Pure.

Conditions: ``$trust > 1 and $known is 0``, also with ``gt``, ``gte``, ``==``, ``!=``, ``&&``, ``$flag``, ``not $flag``.
Effects: ``$trust to 3``, ``$trust = $trust + 1``, ``$trust += 1``, ``$trust to it + 1``; several by ``,`` or ``;``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assessments.roleplays.dialogues.story import Comparison, Effect

_WORDS = {
    ">": ">", "gt": ">", ">=": ">=", "gte": ">=", "<": "<", "lt": "<", "<=": "<=", "lte": "<=",
    "is": "is", "==": "is", "===": "is", "eq": "is", "=": "is",
    "is not": "is not", "!=": "is not", "!==": "is not", "neq": "is not", "isnot": "is not",
}  # fmt: skip
_NUMBER = r"(-?\d{1,3}|true|false)"
_NAME = r"\$([A-Za-z_]\w{0,31})"
_TEST = re.compile(
    rf"^{_NAME}\s*(is\s+not|isnot|is|gte|gt|lte|lt|eq|neq|>=|<=|>|<|===|==|!==|!=|=)\s*{_NUMBER}$"
)
_FLAG = re.compile(rf"^(not\s+|!\s*)?{_NAME}$")
_SET = re.compile(rf"^{_NAME}\s*(?:to\b|=)\s*{_NUMBER}$")
_GROW = re.compile(rf"^{_NAME}\s*(?:to\b|=)\s*(?:(it)\b|{_NAME})\s*([+-])\s*(\d{{1,3}})$")
_SHORT = re.compile(rf"^{_NAME}\s*([+-])=\s*(\d{{1,3}})$")
MOST = 12
"""Tests in a condition, and effects of one choice."""


class NotUnderstood(ValueError):
    """These words say nothing in this language."""


def _number(word: str) -> int:
    return {"true": 1, "false": 0}[word] if word in {"true", "false"} else int(word)


def condition(words: str) -> tuple[Comparison, ...]:
    """Empty words: no condition. :raises NotUnderstood: otherwise unreadable, or too long."""
    parts = [part.strip() for part in re.split(r"\band\b|&&", words)] if words.strip() else []
    if len(parts) > MOST:
        raise NotUnderstood(words)
    return tuple(_test(part) for part in parts)


def _test(words: str) -> Comparison:
    found = _TEST.match(words)
    if found:
        return Comparison(found[1], _WORDS[" ".join(found[2].split())], _number(found[3]))
    flag = _FLAG.match(words)
    if flag is None:
        raise NotUnderstood(words)
    return Comparison(flag[2], "is" if flag[1] else "is not", 0)


def effects(words: str) -> tuple[Effect, ...]:
    """:raises NotUnderstood: for what is no effect, or too many."""
    parts = [part.strip() for part in re.split(r"[,;\n]", words) if part.strip()]
    if len(parts) > MOST:
        raise NotUnderstood(words)
    return tuple(_effect(part) for part in parts)


def _effect(words: str) -> Effect:
    found = _SET.match(words)
    if found:
        return Effect(found[1], _number(found[2]))
    short = _SHORT.match(words)
    if short:
        return Effect(short[1], int(short[2] + short[3]), adds=True)
    grow = _GROW.match(words)
    if grow is None or not (grow[2] or grow[3] == grow[1]):
        raise NotUnderstood(words)
    return Effect(grow[1], int(grow[4] + grow[5]), adds=True)


def condition_words(tests: Sequence[Comparison]) -> str:
    """What :func:`condition` reads back."""
    return " and ".join(f"${test.variable} {test.op} {test.number}" for test in tests)


def effect_words(effect: Effect) -> str:
    if not effect.adds:
        return f"${effect.variable} to {effect.number}"
    return f"${effect.variable} to ${effect.variable} {'-' if effect.number < 0 else '+'} {abs(effect.number)}"


def effects_words(effects: Sequence[Effect]) -> str:
    return ", ".join(effect_words(effect) for effect in effects)


