"""Twee 3: what Twine writes is read, what is not understood is named, and nothing is lost on the way out and back."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.roleplays.dialogues import passage_text, twee
from assessments.roleplays.dialogues.story import Choice, Comparison, Effect, Passage, Story
from tests.assessments.roleplays.dialogues.stories import TWINE

words = st.lists(
    st.sampled_from(list("ab你好 \n:[]()<>|$&;-/\"'\\#{}=0") + ["(set: $x to 1)", "<!--", "-->", "<<if", "&lt;", "[[a->b]]", "::", "</div>", "㐀"]),
    max_size=12,
).map(lambda parts: passage_text.clean_text("".join(parts)))  # fmt: skip
texts = st.dictionaries(st.sampled_from(["en", "zh_Hans", "zh_Hant"]), words.filter(bool), max_size=3)
names = st.text(st.sampled_from(list("ab你.,:'-_!?[]{}()")), min_size=1, max_size=9).map(passage_text.clean_name)
variables = st.sampled_from(["x", "trust", "_seen"])
sets = st.builds(Effect, variables, st.integers(-999, 999), st.booleans())
conditions = st.builds(Comparison, variables, st.sampled_from([">", ">=", "<", "<=", "is", "is not"]), st.integers(-999, 999))
some = {"max_size": 3}
choices = st.builds(
    Choice,
    texts,
    names,
    st.lists(conditions, **some).map(tuple),
    st.lists(sets, **some).map(tuple),
    st.sampled_from([Fraction(0), Fraction(2), Fraction(-1), Fraction(1, 2)]),
    texts,
    st.booleans(),
)
passages = st.builds(
    Passage,
    names.filter(lambda name: name not in twee.SPECIAL),
    texts,
    st.lists(choices, **some).map(tuple),
    st.lists(sets, **some).map(tuple),
    st.sampled_from([None, "end", "failed"]),
    st.lists(st.sampled_from(["red", "a[b", "c}d", "头"]), **some).map(tuple),
    st.dictionaries(st.sampled_from(["position", "size"]), st.sampled_from(["100,200", "a\nb]}"]), max_size=2),
)


@st.composite
def stories(draw: st.DrawFn) -> Story:
    found = draw(st.lists(passages, min_size=1, max_size=4, unique_by=lambda each: each.name))
    return Story(
        title=draw(words.map(twee.clean_title)),
        ifid="D674C58C-DEFA-4F70-B7A2-27742230C0FC",
        start=draw(st.sampled_from(found)).name,
        passages=tuple(found),
        initial=tuple(draw(st.lists(sets, **some))),
        pass_mark=draw(st.sampled_from([Fraction(3, 5), Fraction(0), Fraction(1)])),
        feedback=draw(st.sampled_from(["at_once", "at_end"])),
    )


@settings(max_examples=60, deadline=None)
@given(stories(), st.sampled_from(["en", "zh_Hans"]))
def test_whatever_tess_writes_is_the_same_story_after_export_and_import(story: Story, language: str) -> None:
    back = twee.read(twee.write(story), language)
    assert back.story == story
    assert not back.notes


def test_a_file_as_twine_writes_it_becomes_the_story_that_its_author_drew() -> None:
    found = twee.read(TWINE, "en")
    story = found.story
    assert (story.title, story.start, len(story.passages)) == ("Meeting Mrs Gao", "Reception", 4)
    first = story.passage("Reception")
    assert first and first.text == {"en": "Mrs Gao looks at her watch. “Five minutes.”"}
    ask, pitch = first.choices
    assert (ask.target, ask.points, ask.effects) == ("Needs", Fraction(2), (Effect("trust", 1, True),))
    assert ask.feedback == {"en": "Good: a question before an answer."}
    assert (pitch.text, pitch.target, pitch.points) == ({"en": "Start the slides"}, "Needs", Fraction(0))
    last = story.passage("Needs")
    assert last and [choice.condition for choice in last.choices] == [(Comparison("trust", ">", 0),), ()]
    assert [each.ending for each in story.passages] == [None, None, "end", "failed"]
    assert story.initial == (Effect("trust", 0),)
    assert not found.notes


def test_what_is_not_understood_is_named_with_its_line_and_stays_in_the_text() -> None:
    found = twee.read(
        ":: Start\nHello (print: $name) there\n<<include \"Other\">>\n[[On->End]]\n<!--score: many-->\n"
        "(if: (random: 1,2) is 1)[[Luck->End]]\n\n:: End [ending]\nBye\n\n:: Style [stylesheet]\nbody {}\n",
        "en",
    )
    assert [(note.line, note.code) for note in found.notes] == [
        (2, "macro"), (2, "variable"), (3, "macro"), (5, "marker"), (6, "macro"), (6, "macro"), (11, "special"),
    ]  # fmt: skip
    start = found.story.passage("Start")
    assert start and "(print: $name) there" in start.text["en"] and "<<include" in start.text["en"]


def test_a_condition_that_is_not_understood_leaves_the_choice_open_and_is_named() -> None:
    found = twee.read(":: Start\n(if: $a contains 1)[[[On->End]]]\n<<if $b gt 2>>[[Two->End]]<</if>>\n:: End\nx", "en")
    one, two = found.story.passages[0].choices
    assert (one.condition, two.condition) == ((), (Comparison("b", ">", 2),))
    assert [(note.line, note.code) for note in found.notes] == [(2, "condition")]


@pytest.mark.parametrize(
    ("link", "text", "target"),
    [("[[a]]", "a", "a"), ("[[a->b]]", "a", "b"), ("[[b<-a]]", "a", "b"), ("[[a|b]]", "a", "b"), ("[[a->x->b]]", "a->x", "b")],
)
def test_every_form_of_link_is_read(link: str, text: str, target: str) -> None:
    choice = twee.read(f":: Start\n{link}", "en").story.passages[0].choices[0]
    assert (choice.text, choice.target) == ({"en": text}, target)


@pytest.mark.parametrize(
    ("source", "code"),
    [("no passages", "twee_no_passages"), (":: a\n" + "x" * 13_000, "twee_long_passage"), (":: a\nx\n" * 300, "twee_many_passages"), ("你" * 200_000, "twee_too_large")],
)
def test_a_file_that_is_too_large_or_empty_is_refused(source: str, code: str) -> None:
    with pytest.raises(twee.NotTwee) as refused:
        twee.read(source, "en")
    assert refused.value.code == code


@pytest.mark.parametrize("words", [": :a", ":: : a", "  :a:", "a"])
def test_a_name_that_was_cleaned_is_clean(words: str) -> None:
    name = passage_text.clean_name(words)
    assert passage_text.clean_name(name) == name and not name.startswith(":")
