"""What stands inside a passage of a Twee file: words, choices, conditions, effects and our markers. Pure.

Understood: links ``[[a]]``, ``[[a->b]]``, ``[[b<-a]]``, ``[[a|b]]``, ``[[a|b][$x to 1]]``; ``(set: …)`` and
``<<set …>>``; ``(if: …)[[[a->b]]]``, ``(if: …)[[a->b]]`` and ``<<if …>>[[a->b]]<</if>>``; languages as
``<div lang="en">`` around words and ``<span lang="en">`` in a choice; after a choice, as comments that Twine does not
show: ``<!--score: 2-->``, ``<!--feedback: …-->``, ``<!--feedback zh-Hans: …-->``, ``<!--set: $x to 1-->``,
``<!--blocker-->``. What else looks like a command stays in the text as it stands and is named in a note.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from fractions import Fraction

from msgspec import Struct, field
from msgspec.structs import replace

from assessments.roleplays.dialogues import terms
from assessments.roleplays.dialogues.story import Choice, Comparison, Effect, Passage
from assessments.roleplays.dialogues.terms import NotUnderstood

MOST_CHOICES = 12
LANGUAGES = {
    "en": "en", "zh-hans": "zh_Hans", "zh": "zh_Hans", "zh-cn": "zh_Hans",
    "zh-hant": "zh_Hant", "zh-tw": "zh_Hant", "zh-hk": "zh_Hant",
}  # fmt: skip
_SIGN = re.compile(
    r"<!--|<div\s+lang=\"([\w-]+)\">|</div>|\[\[|\(\s*([A-Za-z][A-Za-z-]*)\s*:|<<(/?[A-Za-z]+)|</?[A-Za-z]|\$[A-Za-z_]|\]"
)
_SPAN = re.compile(r"<span\s+lang=\"([\w-]+)\">([^<]*)</span>")
_SCORE = re.compile(r"^-?\d{1,3}(\.\d{1,2}|/[1-9]\d?)?$")
_MARKER = re.compile(r"^\s*(score|feedback|set|blocker)(?:\s+([\w-]+))?\s*(?::\s*(.*))?$", re.S)


class Note(Struct, frozen=True):
    """Something not understood: ``code`` names what became of it."""

    line: int
    code: str
    words: str


class Content(Struct, frozen=True):
    text: Mapping[str, str]
    choices: tuple[Choice, ...]
    effects: tuple[Effect, ...]
    notes: list[Note]


def clean_name(words: str) -> str:
    """A passage's name that every Twine can link to."""
    return " ".join(re.sub(r"[\[\]{}|<>\\\"\x00-\x1f]", " ", words).split()).lstrip(": ")[:80].strip() or "Untitled"


def clean_text(words: str) -> str:
    """Line ends of one kind, no other control characters, nothing around."""
    return re.sub(r"[\x00-\x09\x0b-\x1f\x7f]", " ", words.replace("\r\n", "\n").replace("\r", "\n")).strip()


def read(body: str, line: int, language: str) -> Content:
    """``line``: of the body's beginning; ``language``: of words that name none."""
    return _Reader(body, line, language).run()


def initial(body: str, line: int, notes: list[Note]) -> tuple[Effect, ...]:
    """The values that variables begin with."""
    found = read(body, line, "en")
    notes += found.notes
    if found.text or found.choices:
        notes.append(Note(line, "special", body.strip()[:80]))
    return found.effects


class _Reader(Struct):
    body: str
    line: int
    language: str
    at: int = 0
    spoken: str | None = None
    """The language of the ``div`` that is open."""
    condition: tuple[Comparison, ...] = ()
    inside: str = ""
    """``hook`` or ``block`` while a condition holds."""
    texts: dict[str | None, list[str]] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def run(self) -> Content:
        while sign := _SIGN.search(self.body, self.at):
            self.keep(self.body[self.at : sign.start()])
            self.at = sign.start()
            if not self.take(sign):
                self.keep(sign[0])
                self.at = sign.end()
        self.keep(self.body[self.at :])
        return Content(self.all_texts(), tuple(self.choices), tuple(self.effects), self.notes)

    def note(self, code: str, words: str) -> None:
        line = self.line + self.body.count("\n", 0, self.at)
        self.notes.append(Note(line, code, " ".join(words.split())[:80]))

    def keep(self, words: str) -> None:
        if self.inside and words.strip():
            self.note("always_shown", words)
        self.texts.setdefault(self.spoken, []).append(html.unescape(words))

    def all_texts(self) -> dict[str, str]:
        joined = {key: clean_text("".join(pieces)) for key, pieces in self.texts.items()}
        bare = re.sub(r"[ ]*\n\s*\n\s*", "\n\n", joined.pop(None, ""))
        text = {key: words for key, words in joined.items() if key and words}
        if bare:
            text[self.language] = "\n\n".join(filter(None, (text.get(self.language), bare)))
        return text

    def take(self, sign: re.Match[str]) -> bool:
        """True: understood, and ``at`` stands behind it. False: it stays in the text."""
        words = sign[0]
        if words == "<!--":
            return self.comment()
        if words == "[[":
            return self.link()
        if words == "]":
            return self.closes("hook")
        if words.startswith("<div") or words == "</div>":
            return self.speak(sign)
        if words.startswith("("):
            return self.macro(sign, sign[2].lower().replace("-", ""), ")")
        if words.startswith("<<"):
            return self.macro(sign, sign[3].lower(), ">>")
        if words.startswith("$"):
            self.note("variable", self.body[self.at : self.at + 30])
        else:
            self.note("html", self.body[self.at : self.at + 40])
        return False

    def closes(self, inside: str) -> bool:
        if self.inside != inside:
            return False
        self.inside, self.condition = "", ()
        self.at += 1
        return True

    def speak(self, sign: re.Match[str]) -> bool:
        spoken = LANGUAGES.get((sign[1] or "").lower())
        if (spoken is None) == (sign[0] != "</div>") or (sign[0] == "</div>") == (self.spoken is None):
            self.note("html", sign[0])
            return False
        self.spoken, self.at = spoken, sign.end()
        return True

    def until(self, end: str, start: int) -> str | None:
        stop = self.body.find(end, start)
        return None if stop < 0 else self.body[start:stop]

    def macro(self, sign: re.Match[str], name: str, end: str) -> bool:
        inner = self.until(end, sign.end())
        if inner is None:
            self.note("macro", sign[0])
            return False
        after = sign.end() + len(inner) + len(end)
        if name == "set" and not self.inside and self.sets(inner):
            self.at = after
            return True
        if name == "if" and not self.inside:
            return self.condition_from(inner, after, "hook" if end == ")" else "block")
        if name == "/if" and self.inside == "block":
            self.inside, self.condition, self.at = "", (), after
            return True
        self.note("macro", self.body[self.at : after])
        if self.inside == "block" and name in {"else", "elseif"}:
            self.inside, self.condition = "", ()
        return False

    def sets(self, inner: str) -> bool:
        try:
            self.effects += terms.effects(inner.strip())
        except NotUnderstood:
            return False
        return True

    def condition_from(self, inner: str, after: int, inside: str) -> bool:
        rest = self.body[after:].lstrip()
        opened = re.match(r"\[\s*(?=\[\[)", rest)
        direct = rest.startswith("[[") and not rest.startswith("[[[")
        if inside == "hook" and not (opened or direct):
            self.note("macro", f"(if:{inner})")
            return False
        try:
            self.condition = terms.condition(inner)
        except NotUnderstood:
            self.note("condition", inner)
        if inside == "block":
            self.inside, self.at = "block", after
            return True
        self.at = len(self.body) - len(rest) + (opened.end() if opened and not direct else 0)
        self.inside = "" if direct else "hook"
        if direct:
            condition, self.condition = self.condition, ()
            before = len(self.choices)
            if self.link() and len(self.choices) > before:
                self.choices[-1] = replace(self.choices[-1], condition=condition)
        return True

    def link(self) -> bool:
        inner = self.until("]]", self.at + 2)
        if inner is None:
            self.note("link", self.body[self.at : self.at + 40])
            return False
        words, _, setter = inner.partition("][")
        text, target = _ends(words)
        if not target.strip():
            self.note("link", f"[[{inner}]]")
            return False
        if len(self.choices) >= MOST_CHOICES:
            self.note("many_choices", f"[[{inner}]]")
            return False
        if clean_name(target) != target.strip():
            self.note("name", target)
        choice = Choice(self.link_text(text), clean_name(target), self.condition)
        self.choices.append(replace(choice, effects=self.setter(setter)))
        self.at += len(inner) + 4
        return True

    def setter(self, words: str) -> tuple[Effect, ...]:
        try:
            return terms.effects(words)
        except NotUnderstood:
            self.note("marker", words)
            return ()

    def link_text(self, words: str) -> dict[str, str]:
        text = {}
        for language, said in _SPAN.findall(words):
            if language.lower() in LANGUAGES:
                text[LANGUAGES[language.lower()]] = clean_text(html.unescape(said))
            else:
                self.note("html", language)
        bare = clean_text(html.unescape(_SPAN.sub("", words)))
        if bare:
            text[self.language] = " ".join(filter(None, (text.get(self.language), bare)))
        return {key: said for key, said in text.items() if said}

    def comment(self) -> bool:
        inner = self.until("-->", self.at + 4)
        if inner is None:
            self.note("html", self.body[self.at : self.at + 40])
            return False
        if not self.marker(inner):
            self.note("comment" if not _MARKER.match(inner) else "marker", inner)
        self.at += len(inner) + 7
        return True

    def marker(self, inner: str) -> bool:
        """A marker of the choice before it."""
        found = _MARKER.match(inner)
        if found is None or not self.choices:
            return False
        name, language, words = found[1], (found[2] or "").lower(), (found[3] or "").strip()
        choice = self.choices[-1]
        if name == "blocker":
            self.choices[-1] = replace(choice, blocker=True)
        elif name == "score" and _SCORE.match(words):
            self.choices[-1] = replace(choice, points=Fraction(words))
        elif name == "feedback" and words and (not language or language in LANGUAGES):
            said = {LANGUAGES.get(language, self.language): clean_text(html.unescape(words))}
            self.choices[-1] = replace(choice, feedback={**choice.feedback, **said})
        elif name == "set" and words:
            try:
                self.choices[-1] = replace(choice, effects=(*choice.effects, *terms.effects(words)))
            except NotUnderstood:
                return False
        else:
            return False
        return True


def _ends(words: str) -> tuple[str, str]:
    """The words and the target of a link, as Twine parts them: the last ``->``, the first ``<-``, else ``|``."""
    if "->" in words:
        text, _, target = words.rpartition("->")
    elif "<-" in words:
        target, _, text = words.partition("<-")
    elif "|" in words:
        text, _, target = words.partition("|")
    else:
        text = target = words
    return text, html.unescape(target)


# Writing


def escape(words: str) -> str:
    """Words in which nothing can be taken for a command."""
    words = html.escape(words, quote=False)
    words = words.replace("[", "&#91;").replace("]", "&#93;").replace("|", "&#124;")
    words = re.sub(r"\((?=\s*[A-Za-z])", "&#40;", words)
    words = re.sub(r"\$(?=[A-Za-z_])", "&#36;", words)
    return re.sub(r"(?m)^:", "&#58;", words)


def _tag(language: str) -> str:
    return language.replace("_", "-")


def write(passage: Passage) -> str:
    """The body of a passage, which :func:`read` reads back whatever the language it is told."""
    lines = [f"(set: {terms.effect_words(effect)})" for effect in passage.effects]
    lines += [f'<div lang="{_tag(key)}">\n{escape(words)}\n</div>' for key, words in passage.text.items() if words]
    return "\n".join([*lines, *(_choice(choice) for choice in passage.choices)])


def _choice(choice: Choice) -> str:
    words = "".join(f'<span lang="{_tag(key)}">{escape(said)}</span>' for key, said in choice.text.items() if said)
    parts = [f"[[{words}->{choice.target}]]"]
    if choice.points:
        parts.append(f"<!--score: {choice.points}-->")
    if choice.blocker:
        parts.append("<!--blocker-->")
    if choice.effects:
        parts.append(f"<!--set: {terms.effects_words(choice.effects)}-->")
    parts += [f"<!--feedback {_tag(key)}: {escape(said)}-->" for key, said in choice.feedback.items() if said]
    whole = " ".join(parts)
    return f"(if: {terms.condition_words(choice.condition)})[{whole}]" if choice.condition else whole
