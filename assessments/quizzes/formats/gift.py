"""GIFT, the text format of Moodle: one language, questions between blank lines. Pure.

Read: single, multiple, true/false, numeric, short text, matching, open text. Written: the same. What GIFT has no words
for (the other kinds, a unit, capital letters that count) is noted. How a multiple choice earns is kept in a comment,
``// [tag:credit=exact]``, which Moodle reads as a tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from assessments.grading.keys import Credit, MultipleKey, NumericKey, SingleKey, TextKey, TrueFalseKey
from assessments.grading.parts import PartCredit, PartsKey
from assessments.grading.questions import Question
from assessments.grading.texts import decimal_text, written
from assessments.quizzes.formats.entries import (
    OPEN_CRITERIA,
    Collector,
    Entry,
    Found,
    Left,
    Note,
    Written,
    named,
    other_languages,
    percent,
    share_of,
)
from assessments.quizzes.formats.media import SHOWN, Media, words_only
from assessments.quizzes.formats.weights import Weighted, choice, spellings, spelt, weights_of

_ESCAPED = re.compile(r"\\([~=#{}:\\\[\]>n])")
_SPECIAL = re.compile(r"([~=#{}:\\])")
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.I)
_TITLE = re.compile(r"\s*::(?:[^\\]|\\.)*?::", re.S)
_GENERAL = re.compile(r"((?:\\.|[^\\])*?)####(.*)", re.S)
"""What is said of the whole question; a number sign that is part of an answer has a backslash."""
_WEIGHT = re.compile(r"%(-?[\d.,]+)%")
_TAG = re.compile(r"\[tag:([^\]]*)\]")
_NUMBER = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)"
_RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_CLOSE = re.compile(rf"({_NUMBER})(?:\s*:\s*({_NUMBER}))?")
_TAGS_OF_HTML = re.compile(r"<[a-zA-Z/!]")


class Block(NamedTuple):
    """The lines between two blank ones, comments taken out; ``tags`` stood in them."""

    line: int
    text: str
    tags: tuple[str, ...]


def read(content: bytes, language: str) -> Found:
    """The questions of a GIFT file in UTF-8, read in one language. :raises BadFile: ``file_not_utf8``."""
    out = Collector()
    for block in _blocks(content.decode("utf-8-sig")):
        if block.text.lstrip().startswith("$CATEGORY:"):
            out.note(block.line, "file_category", block.text.partition(":")[2].strip())
            continue
        try:
            out.add(block.line, _question(block, language, out))
        except Left as left:
            out.leave(left.line or block.line, left.code, left.detail)
    return out.found()


def write(entries: Iterable[Entry], language: str, media: Media | None = None) -> Written:
    """A GIFT file of the questions, and what it cannot say of them; pictures stay behind."""
    pieces: list[str] = []
    notes: list[Note] = []
    for number, entry in enumerate(entries, 1):
        try:
            text, said = _written(entry.question, language)
        except Left as left:
            notes.append(Note(number, left.code, left.detail, left_out=True))
            continue
        if entry.marks != 1:
            said.append(("file_marks", str(entry.marks)))
        pieces.append(text)
        notes += [Note(number, code, detail) for code, detail in said]
    return Written(("\n\n".join(pieces) + "\n").encode() if pieces else b"", tuple(notes))


# --- reading --------------------------------------------------------------------------------------


def _blocks(text: str) -> Iterator[Block]:
    lines: list[str] = []
    tags: list[str] = []
    first = 0
    for at, line in enumerate([*text.replace("\r\n", "\n").split("\n"), ""], 1):
        if line.lstrip().startswith("//"):
            tags += _TAG.findall(line)
        elif line.strip():
            first = first or at
            lines.append(line)
        elif lines:
            yield Block(first, "\n".join(lines), tuple(tags))
            lines, tags, first = [], [], 0
        if lines and lines[-1].lstrip().startswith("$CATEGORY:"):
            yield Block(first, lines[-1], ())
            lines, tags, first = [], [], 0


def _question(block: Block, language: str, out: Collector) -> dict[str, Any]:
    title = _TITLE.match(block.text)
    rest = block.text[title.end() :] if title else block.text
    form = _FORMAT.match(rest)
    rest = rest[form.end() :] if form else rest
    start, end = _braces(rest, block.line)
    stem = _plain(rest[:start])
    after = _plain(rest[end + 1 :])
    inner, _marks, general = _general(rest[start + 1 : end])
    if form and form[1].lower() == "html" and _TAGS_OF_HTML.search(stem):
        out.note(block.line, "file_html")
    data = _answers(inner, language, out, block)
    data["stem"] = {language: f"{stem} _____ {after}" if after else stem}
    data["feedback"] = {language: general} if general else {}
    return data


def _braces(text: str, line: int) -> tuple[int, int]:
    """Where the answers begin and end. :raises Left: ``file_no_answers``, ``file_brace``."""
    found = [match.start() for match in re.finditer(r"(?<!\\)[{}]", text)]
    if not found:
        raise Left("file_no_answers", line)
    if len(found) != 2 or text[found[0]] != "{" or text[found[1]] != "}":
        raise Left("file_brace", line + text[: found[0]].count("\n"))
    return found[0], found[1]


def _general(inner: str) -> tuple[str, str, str]:
    match = _GENERAL.fullmatch(inner)
    return (match[1], "####", _plain(match[2])) if match else (inner, "", "")


def _answers(inner: str, language: str, out: Collector, block: Block) -> dict[str, Any]:
    text = inner.strip()
    if not text:
        out.note(block.line, "file_open_criteria")
        return {"kind": "open_text", "key": OPEN_CRITERIA}
    if text.startswith("#"):
        return {"kind": "numeric", "key": _numeric(text[1:], block, out)}
    truth, *said = (each.strip() for each in re.split(r"(?<!\\)#", text))
    if truth.upper() in ("T", "TRUE", "F", "FALSE"):
        if any(said):
            out.note(block.line, "file_truth_feedback", " / ".join(filter(None, said)))
        return {"kind": "true_false", "key": {"correct": truth.upper().startswith("T")}}
    found = list(_each(text, block))
    signs = {sign for sign, _answer in found}
    if signs == {"="} and any("->" in answer.text for _sign, answer in found):
        return _matching([answer for _sign, answer in found], language, block)
    if signs == {"="}:
        key = spellings([answer for _sign, answer in found], False, out, block.line)
        return {"kind": "short_text", "key": key}
    answers = [answer for _sign, answer in found]
    single = "=" in signs
    data = choice(answers, single, language, out, block.line)
    credit = next((tag.partition("=")[2] for tag in block.tags if tag.startswith("credit=")), "")
    if credit in {each.value for each in Credit} and not single:
        data["key"]["credit"] = credit
    return data


def _each(text: str, block: Block) -> Iterator[tuple[str, Weighted]]:
    """Every answer with its sign, = or ~. :raises Left: ``file_answer``."""
    pieces = re.split(r"(?<!\\)([=~])", text)
    if pieces[0].strip():
        raise Left("file_answer", block.line, pieces[0].strip())
    line = block.line + block.text[: block.text.find("{") + 1].count("\n")
    for sign, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        weight = _WEIGHT.match(piece.lstrip())
        rest = piece.lstrip()[weight.end() :] if weight else piece
        share = share_of(weight[1]) if weight else Fraction(sign == "=")
        words, _mark, feedback = _cut(rest)
        if share is None:
            raise Left("file_weight", line, weight[1] if weight else "")
        yield sign, Weighted(_answer_text(words), share, _plain(feedback), line)
        line += piece.count("\n")


def _cut(text: str) -> tuple[str, str, str]:
    words, *rest = re.split(r"(?<!\\)#", text, maxsplit=1)
    return words, "#" if rest else "", rest[0] if rest else ""


def _matching(answers: Sequence[Weighted], language: str, block: Block) -> dict[str, Any]:
    pairs = []
    for each in answers:
        thing, arrow, target = each.text.partition("->")
        if not arrow or not target.strip():
            raise Left("file_pair", each.line, each.text)
        pairs.append((thing.strip(), target.strip()))
    targets = list(dict.fromkeys(target for _thing, target in pairs))
    things = [pair for pair in pairs if pair[0]]
    options = named("k", targets, language)
    parts = named("p", (thing for thing, _target in things), language)
    ids = {target: option["id"] for target, option in zip(targets, options, strict=True)}
    key = {part["id"]: ids[target] for part, (_thing, target) in zip(parts, things, strict=True)}
    if len(options) < 2:
        raise Left("question_option_count", block.line)
    return {"kind": "matching", "options": options, "body": {"parts": parts}, "key": {"pairs": key}}


def _numeric(text: str, block: Block, out: Collector) -> dict[str, Any]:
    """The first number that earns all; others cannot be kept and are noted."""
    found = None
    for sign, each in _each(text, block) if re.search(r"(?<!\\)[=~]", text) else [("=", Weighted(*_bare(text)))]:
        value = _value(each.text)
        if value is None:
            raise Left("file_number", each.line or block.line, each.text)
        if each.feedback:
            out.note(each.line or block.line, "file_spelling_feedback", each.feedback)
        if found is None and each.share == 1:
            found = value
        else:
            out.note(each.line or block.line, "file_more_numbers", sign + each.text)
    if found is None:
        raise Left("file_no_right", block.line)
    return {"value": decimal_text(found[0]), "tolerance": decimal_text(found[1]), "relative": False}


def _bare(text: str) -> tuple[str, Fraction, str]:
    words, _mark, feedback = _cut(text)
    return _plain(words), Fraction(1), _plain(feedback)


def _value(text: str) -> tuple[Fraction, Fraction] | None:
    """Number and tolerance of ``12:0.5`` or ``11.5..12.5``; None if it is neither."""
    text = text.strip()
    try:
        if ends := _RANGE.fullmatch(text):
            low, high = written(ends[1]), written(ends[2])
            return ((low + high) / 2, (high - low) / 2) if low <= high else None
        if match := _CLOSE.fullmatch(text):
            return written(match[1]), written(match[2] or "0")
    except ValueError:
        return None
    return None


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else match[1], text).strip()


def _answer_text(text: str) -> str:
    r"""As :func:`_plain`, but ``\*`` stays, for it says that the asterisk is meant."""
    return _plain(text)


# --- writing --------------------------------------------------------------------------------------


def _written(question: Question, language: str) -> tuple[str, list[tuple[str, str]]]:
    said: list[tuple[str, str]] = []
    stem = question.stem.get(language, "")
    if not stem:
        raise Left("file_language", detail=language)
    if SHOWN.search(stem):
        said.append(("file_picture_stays", ""))
        stem = words_only(stem)
    if others := other_languages(question, language):
        said.append(("file_other_languages", ", ".join(others)))
    if question.unit:
        said.append(("file_unit", question.unit))
    tags, inner = _inner(question, language, said)
    general = question.feedback.get(language, "")
    closing = f"####{_escaped(general)}" if general else ""
    return f"{tags}[markdown]{_escaped(stem)} {{{inner}{closing}}}", said


def _inner(question: Question, language: str, said: list[tuple[str, str]]) -> tuple[str, str]:
    key = question.key
    if isinstance(key, TrueFalseKey):
        return "", "TRUE" if key.correct else "FALSE"
    if isinstance(key, NumericKey):
        if key.relative:
            said.append(("file_relative", ""))
        margin = key.tolerance * abs(key.value) if key.relative else key.tolerance
        return "", f"#{decimal_text(key.value)}:{decimal_text(margin)}"
    if isinstance(key, TextKey):
        if key.match_case:
            said.append(("file_match_case", ""))
        return "", " ".join(f"={_percent(each.share, each.text)}{_escaped(each.text, stars=True)}" for each in spelt(key))
    if isinstance(key, SingleKey | MultipleKey):
        return _choices(question, key, language, said)
    if isinstance(key, PartsKey) and question.kind == "matching":
        if key.credit is PartCredit.EXACT:
            said.append(("file_all_or_nothing", ""))
        return "", _pairs(question, key, language)
    if question.kind == "open_text":
        said.append(("file_open_criteria", ""))
        return "", ""
    raise Left("file_kind", detail=question.kind)


def _choices(
    question: Question, key: SingleKey | MultipleKey, language: str, said: list[tuple[str, str]]
) -> tuple[str, str]:
    ids = [each.id for each in question.options]
    tag = ""
    if isinstance(key, SingleKey):
        signs = ["=" if id_ == key.correct else "~" for id_ in ids]
    else:
        signs = [f"~%{percent(weight)}%" for weight in weights_of(key, ids)]
        if key.credit is not Credit.PENALTY:
            tag = f"// [tag:credit={key.credit.value}]\n"
            said.append(("file_credit", key.credit.value))
    lines = []
    for sign, option in zip(signs, question.options, strict=True):
        feedback = option.feedback.get(language, "")
        words = option.text.get(language)
        if not words:
            raise Left("file_language", detail=language)
        if words.startswith("%") and len(sign) == 1:
            sign += "%100%" if sign == "=" else "%0%"
        lines.append(f"\t{sign}{_escaped(words)}" + (f" #{_escaped(feedback)}" if feedback else ""))
    return tag, "\n" + "\n".join(lines) + "\n"


def _pairs(question: Question, key: PartsKey, language: str) -> str:
    words = {each.id: each.text.get(language, "") for each in question.options}
    pairs = {id_: own.correct for id_, own in key.parts if isinstance(own, SingleKey)}
    things = [(part.text.get(language, ""), words[pairs[part.id]]) for part in question.parts]
    things += [("", words[id_]) for id_ in words if id_ not in set(pairs.values())]
    if not all(words.values()) or not all(part.text.get(language) for part in question.parts):
        raise Left("file_language", detail=language)
    if any("->" in each for pair in things for each in pair):
        raise Left("file_arrow")
    return "\n" + "\n".join(f"\t={_escaped(thing)} -> {_escaped(target)}" for thing, target in things) + "\n"


def _percent(share: Fraction, text: str) -> str:
    """Words that begin with a per cent sign would be read as a weight: it is said then."""
    return f"%{percent(share)}%" if share != 1 or text.startswith("%") else ""


def _escaped(text: str, *, stars: bool = False) -> str:
    if stars:
        text = text.replace("\\*", "\x00")
    text = _SPECIAL.sub(r"\\\1", text).replace("\n", "\\n")
    return text.replace("\x00", "\\*")
