"""Twee 3 (the text form of Twine's stories): read into a :class:`~…story.Story` and written from one. Pure.

Read as the Twee 3 specification of the Interactive Fiction Technology Foundation has it: passages with tags and
metadata, ``StoryTitle``, ``StoryData``. Of the languages inside passages a small subset is understood, see
``passage_text.py``. Whatever is not understood is named with its line; nothing is left out in silence.
``read(write(story), …)`` is the same story.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from assessments.roleplays.dialogues import passage_text
from assessments.roleplays.dialogues.passage_text import Note, clean_name
from assessments.roleplays.dialogues.story import AT_END, AT_ONCE, END, FAILED, Effect, Passage, Story
from assessments.roleplays.dialogues.terms import effect_words

MOST_BYTES = 512 * 1024
MOST_PASSAGES = 200
MOST_TEXT = 12_000
"""Characters of one passage, markers included."""
MOST_HEADER = 1_000
ENDING_TAGS = {"ending": END, "ending-failed": FAILED}
TAG_OF = {kind: tag for tag, kind in ENDING_TAGS.items()}
SPECIAL = {
    "StoryAuthor", "StoryBanner", "StoryCaption", "StoryDisplayTitle", "StoryInterface", "StoryMenu", "StorySettings",
    "StorySubtitle", "StoryScript", "StoryStylesheet", "StoryShare", "PassageDone", "PassageFooter", "PassageHeader",
    "PassageReady",
}  # fmt: skip
SPECIAL_TAGS = {"script", "stylesheet", "header", "footer", "debug-header", "debug-footer", "debug-startup"}
_HEADER = re.compile(r"^::\s*((?:\\.|[^\\\[{])*)(?:\[((?:\\.|[^\\\]])*)\])?\s*(\{.*\})?\s*$")
_MARK = re.compile(r"^(\d{1,3})/([1-9]\d{0,2})$")


class NotTwee(ValueError):
    """``code``: ``twee_too_large``, ``twee_no_passages``, ``twee_many_passages``, ``twee_long_passage``."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code)
        self.code, self.line = code, line


class Read(Struct, frozen=True):
    story: Story
    notes: tuple[Note, ...]
    """What was not understood, by line."""


class _Raw(Struct, frozen=True):
    name: str
    tags: tuple[str, ...]
    metadata: Mapping[str, Any]
    line: int
    body: str


def read(source: str, language: str) -> Read:
    """``language``: of words whose language the file does not name. :raises NotTwee: too large, or no passages."""
    if len(source.encode()) > MOST_BYTES:
        raise NotTwee("twee_too_large")
    notes: list[Note] = []
    raws = _raw_passages(source.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"), notes)
    title, data = "", {}
    initial: list[Effect] = []
    passages: list[Passage] = []
    for raw in raws:
        if raw.name == "StoryTitle":
            title = clean_title(raw.body)
        elif raw.name == "StoryData":
            data = _object(raw.body, raw.line + 1, notes)
        elif raw.name == "StoryInit" or "startup" in raw.tags:
            initial += passage_text.initial(raw.body, raw.line + 1, notes)
        elif raw.name in SPECIAL or SPECIAL_TAGS & set(raw.tags):
            notes.append(Note(raw.line, "special", raw.name or " ".join(raw.tags)))
        else:
            passages.append(_passage(raw, language, {each.name for each in passages}, notes))
    if not passages:
        raise NotTwee("twee_no_passages")
    story = Story(title, "", "", tuple(passages), tuple(initial))
    return Read(_with_data(story, data, notes), tuple(sorted(notes, key=lambda note: note.line)))


def _raw_passages(source: str, notes: list[Note]) -> list[_Raw]:
    found: list[tuple[int, str, list[str]]] = []
    for line, words in enumerate(source.split("\n"), 1):
        if words.startswith("::"):
            found.append((line, words, []))
        elif found:
            found[-1][2].append(words)
        elif words.strip():
            notes.append(Note(line, "before_first", words[:80]))
    if len(found) > MOST_PASSAGES + 10:
        raise NotTwee("twee_many_passages")
    return [_raw(line, header, "\n".join(body).rstrip(), notes) for line, header, body in found]


def _raw(line: int, header: str, body: str, notes: list[Note]) -> _Raw:
    if len(body) > MOST_TEXT or len(header) > MOST_HEADER:
        raise NotTwee("twee_long_passage", line)
    match = _HEADER.match(header)
    if match is None:
        notes.append(Note(line, "header", header[:80]))
        return _Raw(header[2:].strip(), (), {}, line, body)
    tags = tuple(_bare(tag) for tag in (match[2] or "").split())
    metadata = _object(match[3], line, notes) if match[3] else {}
    return _Raw(_bare(match[1].strip()), tags, metadata, line, body)


def _bare(words: str) -> str:
    return re.sub(r"\\(.)", r"\1", words)


def _object(words: str, line: int, notes: list[Note]) -> dict[str, Any]:
    try:
        found = json.loads(words)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return found
    notes.append(Note(line, "json", words[:80]))
    return {}


def _passage(raw: _Raw, language: str, names: set[str], notes: list[Note]) -> Passage:
    name = plain = clean_name(raw.name)
    if plain != raw.name:
        notes.append(Note(raw.line, "name", raw.name[:80]))
    count = 1
    while name in names:
        count += 1
        name = f"{plain} {count}"
    if count > 1:
        notes.append(Note(raw.line, "twice", plain))
    metadata = {str(key): value for key, value in raw.metadata.items() if isinstance(value, str)}
    for key in raw.metadata.keys() - metadata.keys():
        notes.append(Note(raw.line, "json", str(key)[:80]))
    text = passage_text.read(raw.body, raw.line + 1, language)
    notes += text.notes
    ending = next((ENDING_TAGS[tag] for tag in raw.tags if tag in ENDING_TAGS), None)
    tags = tuple(tag for tag in raw.tags if tag not in ENDING_TAGS)
    return Passage(name, text.text, text.choices, text.effects, ending, tags, metadata)


def _with_data(story: Story, data: Mapping[str, Any], notes: list[Note]) -> Story:
    """Start, identity and our own settings. Without a start: the passage called Start, else the first."""
    start = clean_name(str(data.get("start", "")))
    if story.passage(start) is None:
        start = "Start" if story.passage("Start") else story.passages[0].name
    own = data.get("needle")
    own = own if isinstance(own, dict) else {}
    mark = _MARK.match(str(own.get("pass_mark", "")))
    share = Fraction(int(mark[1]), int(mark[2])) if mark else story.pass_mark
    if share > 1:
        notes.append(Note(1, "json", "pass_mark"))
        share = story.pass_mark
    feedback = AT_END if own.get("feedback") == AT_END else AT_ONCE
    ifid = re.sub(r"[^0-9A-F-]", "", str(data.get("ifid", "")).upper())[:36]
    return replace(story, ifid=ifid, start=start, pass_mark=share, feedback=feedback)


def clean_title(words: str) -> str:
    return " ".join(words.split()).lstrip(":")[:200].strip()


# Writing


def write(story: Story) -> str:
    data = {
        "ifid": story.ifid,
        "format": "Harlowe",
        "format-version": "3.3.9",
        "start": story.start,
        "needle": {"pass_mark": _share(story.pass_mark), "feedback": story.feedback},
    }
    parts = [
        f":: StoryTitle\n{story.title}",
        f":: StoryData\n{json.dumps(data, ensure_ascii=False, indent=2)}",
    ]
    if story.initial:
        sets = "\n".join(f"(set: {effect_words(effect)})" for effect in story.initial)
        parts.append(f":: StoryInit [startup]\n{sets}")
    parts += [_written(passage) for passage in story.passages]
    return "\n\n\n".join(parts) + "\n"


def _share(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"


def _written(passage: Passage) -> str:
    tags = ([TAG_OF[passage.ending]] if passage.ending else []) + list(passage.tags)
    listed = " ".join(re.sub(r"([\[\]{}\\])", r"\\\1", tag) for tag in tags)
    metadata = json.dumps(dict(passage.metadata), ensure_ascii=False) if passage.metadata else ""
    header = " ".join(part for part in (f":: {passage.name}", f"[{listed}]" if listed else "", metadata) if part)
    return f"{header}\n{passage_text.write(passage)}".rstrip()
