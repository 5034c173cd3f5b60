"""Sections: drawn on the server for each attempt, none twice, kept; refused in words when the bank is too small."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from assessments.quizzes import editing, grading, policies, quiz_file, sections
from assessments.quizzes.analysis import shown as analysis
from assessments.quizzes.drawing import PoolTooSmall, draw
from assessments.quizzes.models import Attempt, Question, Quiz
from assessments.quizzes.sections import Section
from courses import publishing
from courses.models import Chosen
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    TUESDAY,
    Made,
    begin,
    draft_quiz,
    enrolled,
    entry_of,
    give,
    hand_in,
    question,
)
from tests.courses.factory import MONDAY, actor, enrol, publish
from tests.courses.test_pages import MOST_QUERIES, queries_of
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
ENGLISH = {"en": "Prices"}


def stock(cast: Cast, made: Made, number: int, **about: Any) -> list[int]:
    """Questions that lie in the bank of the course and in no quiz: “s2” is right in each."""
    ids = []
    with transaction():
        for each in range(number):
            data = question("single", stem={"en": f"Stock {about} {each}?"})
            competency = about.get("competency", "Price")
            item = editing.add_question(actor(cast.tess), made.module.id, data, marks=1, competency=competency, now=MONDAY)
            asked = db.session.get_one(Question, item.question_id)
            sections.describe(actor(cast.tess), asked, about.get("difficulty"), about.get("tags", []))
            editing.take_out(actor(cast.tess), made.module.id, asked.id, now=MONDAY)
            ids.append(asked.id)
    return ids


def section(cast: Cast, made: Made, **more: Any) -> int:
    with transaction():
        return sections.add(actor(cast.tess), made.module.id, Section(**{"title": ENGLISH, **more}), now=MONDAY).id


def drawn_quiz(cast: Cast, size: int = 6, number: int = 2, **settings: Any) -> Made:
    """One question by choice, and a section that draws; Ana and Dov are enrolled."""
    made = draft_quiz(cast, ["true_false"], **settings)
    stock(cast, made, size)
    section(cast, made, draw=number, competency="Price", marks=2, introduction={"en": "Now about *prices*."})
    publish(cast, made.course)
    enrol(cast, made.course, cast.ana, cast.dov, chosen=Chosen.WAVES)
    return made


def asked_in(attempt: Attempt) -> list[int]:
    return [item["question"] for item in attempt.frozen["items"]]


def quiz_of(made: Made) -> Quiz:
    quiz = policies.quiz_of(made.module.id)
    db.session.refresh(quiz)
    return quiz


def test_each_attempt_draws_its_own_questions_once_and_keeps_them(cast: Cast) -> None:
    made = drawn_quiz(cast, size=10, number=4)
    attempt = begin(cast.ana, made)
    first = asked_in(attempt)
    assert len(first) == len(set(first)) == 5
    assert first[0] == made.questions["true_false"], "what is chosen by hand stands before the first section"
    assert [item["marks"] for item in attempt.frozen["items"]] == [1, 2, 2, 2, 2]
    assert asked_in(begin(cast.ana, made)) == first, "a reload draws nothing anew"
    hand_in(cast.ana, attempt)
    others = {tuple(sorted(first))}
    for _each in range(6):
        again = begin(cast.ana, made)
        others.add(tuple(sorted(asked_in(again))))
        hand_in(cast.ana, again)
    assert len(others) > 1, "seven draws of 4 of 10 were all the same"


def test_sections_draw_by_competency_difficulty_and_tag(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    hard = stock(cast, made, 2, difficulty=4, tags=["contract"])
    stock(cast, made, 2, difficulty=4)
    stock(cast, made, 2, tags=["contract"])
    found = section(cast, made, draw=1, competency="Price", difficulty=4, tag="contract")
    assert [each.id for each in sections.pools([quiz_of(made)])[found]] == hard


def test_what_is_retired_or_chosen_by_hand_is_not_drawn(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    gone, chosen, left = stock(cast, made, 3)
    found = section(cast, made, draw=1, competency="Price")
    with transaction():
        db.session.get_one(Question, gone).status = "retired"
        editing.take_in(actor(cast.tess), made.module.id, chosen, now=MONDAY)
    assert [each.id for each in sections.pools([quiz_of(made)])[found]] == [left]


def test_publishing_says_which_section_finds_too_few(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    stock(cast, made, 2)
    section(cast, made, draw=3, competency="Price")
    with pytest.raises(Refused), transaction():
        publishing.publish(actor(cast.tess), made.course.id, now=MONDAY)
    page = sign_in(cast.tess).get(f"/authoring/{made.course.id}/check").text
    assert "The section “Prices” draws 3 questions, but only 2 in the bank fit." in page
    assert "cannot draw its questions" in sign_in(cast.tess).get(f"/authoring/quizzes/{made.module.id}/preview").text


def test_two_sections_do_not_share_a_question_and_say_so_when_they_would_have_to(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    stock(cast, made, 3)
    section(cast, made, draw=2, competency="Price")
    section(cast, made, draw=2, title={"en": "Again"})
    page = sign_in(cast.tess).get(f"/authoring/{made.course.id}/check").text
    assert "but other sections need them too" in page
    stock(cast, made, 1, competency="Other")
    publish(cast, made.course)
    enrol(cast, made.course, cast.ana)
    ids = asked_in(begin(cast.ana, made))
    assert len(ids) == len(set(ids)) == 5


POOLS = st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=8), st.integers(0, 4)), min_size=1, max_size=4)


def brute(pools: list[set[int]], wanted: list[int]) -> bool:
    """Hall's condition over the sections."""
    for bits in range(1, 2 ** len(pools)):
        chosen = [at for at in range(len(pools)) if bits >> at & 1]
        together = set().union(*(pools[at] for at in chosen))
        if len(together) < sum(wanted[at] for at in chosen):
            return False
    return True


@given(POOLS, st.randoms(use_true_random=False))
def test_a_draw_is_refused_only_where_none_can_be(cases: list[tuple[set[int], int]], chance: random.Random) -> None:
    pools, wanted = [pool for pool, _n in cases], [number for _pool, number in cases]
    try:
        found = draw([sorted(pool) for pool in pools], wanted, chance)
    except PoolTooSmall:
        assert not brute(pools, wanted)
        return
    assert [len(each) for each in found] == wanted
    taken = [id_ for each in found for id_ in each]
    assert len(taken) == len(set(taken))
    assert all(set(each) <= pool for each, pool in zip(found, pools, strict=True))


def test_every_selection_is_as_likely_as_any_other() -> None:
    chance = random.Random(7)
    counts: dict[frozenset[int], int] = {}
    for _each in range(6_000):
        (found,) = draw([[1, 2, 3, 4]], [2], chance)
        counts[frozenset(found)] = counts.get(frozenset(found), 0) + 1
    assert len(counts) == 6
    assert all(abs(count - 1_000) < 130 for count in counts.values()), "4.5 standard deviations"


def test_drawn_questions_are_graded_analysed_and_graded_again_under_a_mended_key(cast: Cast) -> None:
    made = drawn_quiz(cast, size=3, number=2, pass_mark=100)
    attempts = {}
    for person in (cast.ana, cast.dov):
        attempts[person.name] = attempt = begin(person, made)
        give(person, attempt, made.questions["true_false"], "false")
        for at, id_ in enumerate(asked_in(attempt)[1:], 2):
            give(person, attempt, id_, "s2", sequence=at)
        hand_in(person, attempt)
        entry = entry_of(attempt)
        assert (entry.earned, entry.possible, entry.passed) == ("5", 5, True)
    found = analysis.of_quiz(actor(cast.tess), made.module.id).found
    met = {item["version"] for each in attempts.values() for item in each.frozen["items"]}
    assert {row.version.id: row.statistics.n for row in found.items} == {
        version: sum(version in {i["version"] for i in each.frozen["items"]} for each in attempts.values()) for version in met
    }, "an item counts those who met it"
    version = attempts[cast.ana.name].frozen["items"][1]["version"]
    with transaction():
        grading.mend(actor(cast.tess), made.module.id, version, {"correct": "s1"}, now=TUESDAY)
        grading.regrade(actor(cast.tess), grading.to_regrade(actor(cast.tess), version), now=TUESDAY)
    assert entry_of(attempts[cast.ana.name]).earned == "3"
    dov = attempts[cast.dov.name]
    assert Fraction(entry_of(dov).earned) == (3 if version in {i["version"] for i in dov.frozen["items"]} else 5)


def test_a_quiz_with_sections_comes_out_of_a_file_as_it_went_in(cast: Cast) -> None:
    made = draft_quiz(cast, ["single", "numeric"])
    stock(cast, made, 3, difficulty=2, tags=["list"])
    kept = section(cast, made, title={"en": "By choice", "zh_Hans": "自选"})
    section(cast, made, draw=2, competency="Price", tag="list", difficulty=2, marks=4)
    with transaction():
        sections.place(actor(cast.tess), made.module.id, made.questions["numeric"], kept, now=MONDAY)
    data = json.loads(json.dumps(quiz_file.exported(quiz_of(made))))
    assert [each.get("section") for each in data["questions"]] == [None, 1]
    assert [len(data["sections"]), len(data["bank"])] == [2, 3]
    other = draft_quiz(cast, [], code="KA-202")
    with transaction():
        quiz_file.load(actor(cast.tess), other.module.id, data, now=MONDAY)
    assert quiz_file.exported(quiz_of(other)) == data
    third = draft_quiz(cast, [], code="KA-203")
    with transaction():
        quiz_file.load(actor(cast.tess), third.module.id, data | {"sections": [], "bank": [], "questions": data["bank"]}, now=MONDAY)
        before = db.session.scalars(select(Question.id).where(Question.course_id == third.course.id)).all()
        quiz_file.load(actor(cast.tess), third.module.id, data | {"questions": []}, now=MONDAY)
    after = db.session.scalars(select(Question.id).where(Question.course_id == third.course.id)).all()
    assert before == after, "what the bank holds already does not come twice"


@pytest.mark.parametrize("change", [{"draw": "2"}, {"title": {}}, {"difficulty": 9}, {"surprise": 1}, {"draw": 0}])
def test_a_section_that_cannot_be_is_refused_with_its_place(cast: Cast, change: dict[str, Any]) -> None:
    made = draft_quiz(cast, [])
    data = {"sections": [{"title": ENGLISH} | change], "questions": []}
    with pytest.raises(Refused, match="quiz_file_unreadable"), transaction():
        quiz_file.load(actor(cast.tess), made.module.id, data, now=MONDAY)


def test_tess_makes_sections_on_their_page_and_puts_questions_into_them(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single", "true_false"])
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    assert client.post(f"{address}/sections/new", data={"title": "Basics"}).status_code == 302
    (row,) = quiz_of(made).sections
    sent = {"stem": "About single?", "marks": "1", "tags": "list， price", "difficulty": "3", "section": str(row.id), "right": "0"}
    sent |= {f"option-{at}-{name}": value for at, id_ in enumerate(("s1", "s2")) for name, value in (("id", id_), ("text", f"Option {id_}"))}
    assert client.post(f"{address}/questions/{made.questions['single']}", data=sent).status_code == 302
    asked = db.session.get_one(Question, made.questions["single"])
    assert (asked.difficulty, asked.tags) == (3, ["list", "price"])
    page = client.get(address).text
    assert page.index("About true_false?") < page.index("Basics") < page.index("About single?")
    refused = client.post(f"{address}/sections/{row.id}", data={"title": "Basics", "draw": "2"}).text
    assert "holds questions of your choice" in refused
    client.post(f"{address}/sections/{row.id}/remove")
    assert [item.section_id for item in quiz_of(made).items] == [None, None]


def test_nobody_but_the_trainers_of_the_course_reaches_its_sections(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    id_ = section(cast, made)
    address = f"/authoring/quizzes/{made.module.id}/sections/{id_}"
    assert sign_in(cast.ana).get(address).status_code == 403
    other = draft_quiz(cast, ["single"], code="KA-202")
    with pytest.raises(Unknown), transaction():
        sections.remove(actor(cast.tess), other.module.id, id_, now=MONDAY)


def test_ana_sees_the_sections_and_how_much_is_drawn(cast: Cast, sign_in: SignIn) -> None:
    made = drawn_quiz(cast)
    client = sign_in(cast.ana)
    address = f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}"
    assert "3 questions, 5 marks" in client.get(address).text
    attempt = begin(cast.ana, made)
    page = client.get(f"/quizzes/attempts/{attempt.id}").text
    assert "Now about <em>prices</em>." in page
    assert page.count("Prices</h2>") == 1
    hidden = set(db.session.scalars(select(Question.id).where(Question.course_id == made.course.id))) - set(asked_in(attempt))
    assert hidden
    assert not any(f'id="q{id_}"' in page for id_ in hidden)


def test_the_pages_of_a_quiz_that_draws_take_few_queries(cast: Cast, sign_in: SignIn) -> None:
    made = drawn_quiz(cast)
    attempt = begin(cast.ana, made)
    trainer, learner = sign_in(cast.tess), None
    address = f"/authoring/quizzes/{made.module.id}"
    pages = [address, f"{address}/preview", f"{address}/extra-time", f"{address}/open-answers", f"{address}/import", f"{address}/export", f"{address}/analysis"]
    counts = {page: queries_of(trainer, page) for page in pages}
    learner = sign_in(cast.ana)
    pages = [f"/quizzes/attempts/{attempt.id}", f"/quizzes/{enrolled(cast.ana, made).id}/{made.module.id}"]
    counts |= {page: queries_of(learner, page) for page in pages}
    assert {page: count for page, count in counts.items() if count > MOST_QUERIES} == {}
