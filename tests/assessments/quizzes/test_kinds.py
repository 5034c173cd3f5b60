"""The kinds with parts on their pages: written by Tess, taken by Ana without script and with it, judged, mended."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from assessments.grading.notation import NOTED
from assessments.grading.open_text import BY_HAND
from assessments.grading.questions import to_json
from assessments.quizzes import bank, editing
from assessments.quizzes.models import AnswerSave, Attempt, QuestionVersion
from courses import files
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.grading.kinds import NEW, RIGHT, WRONG
from tests.assessments.quizzes.factory import (
    Made,
    actor,
    begin,
    draft_quiz,
    entry_of,
    give,
    hand_in,
    make_quiz,
    question,
)
from tests.courses.factory import MONDAY, enrol, publish
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
JUDGED = [kind for kind in NOTED if kind not in BY_HAND]


def named(version: QuestionVersion, said: dict[str, Any]) -> dict[str, Any]:
    """An answer of the examples in the names that the bank gave, which are made from the words."""
    words = {f"k{n}": f"Option k{n}" for n in range(1, 5)} | {f"p{n}": f"Thing p{n}" for n in range(1, 5)}
    body = version.body or {}
    there = {each["text"]["en"]: each["id"] for each in [*version.options, *body.get("parts", [])] if each.get("text")}
    names = {old: there[text] for old, text in words.items() if text in there}

    def name(each: Any) -> Any:
        return [name(e) for e in each] if isinstance(each, list) else names.get(each, each)

    return {name(key): name(value) for key, value in said.items()}


def latest(made: Made, kind: str) -> QuestionVersion:
    id_ = made.questions[kind]
    return bank.latest_versions([id_])[id_]


def answer_to(made: Made, attempt: Attempt, kind: str, right: bool = True) -> Any:
    if kind == "calculated":
        values = next(item["values"] for item in attempt.frozen["items"] if item["kind"] == kind)
        return str(float(values["a"]) * (100 - float(values["b"])) / 100) if right else "0"
    return named(latest(made, kind), (RIGHT if right else WRONG)[kind])


@pytest.mark.parametrize("right", [True, False])
def test_ana_takes_every_kind_and_is_graded(cast: Cast, right: bool) -> None:
    made = make_quiz(cast, JUDGED)
    attempt = begin(cast.ana, made)
    for sequence, kind in enumerate(JUDGED, 1):
        give(cast.ana, attempt, made.questions[kind], answer_to(made, attempt, kind, right), sequence=sequence)
    hand_in(cast.ana, attempt)
    assert entry_of(attempt).earned == (str(len(JUDGED)) if right else "0")


def test_ana_takes_them_without_script_and_finds_her_answers_again(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, JUDGED)
    attempt = begin(cast.ana, made)
    client, page = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
    sent: dict[str, Any] = {"asked": ",".join(map(str, made.questions.values())), "held": "0", "unsent": "all"}
    for kind, id_ in made.questions.items():
        said = answer_to(made, attempt, kind)
        sent |= {f"q{id_}.{part}": value for part, value in said.items()} if isinstance(said, dict) else {f"q{id_}": said}
    assert client.get(page).status_code == 200
    client.post(page, data=sent | {"go": "check"})
    again = client.get(page).text
    assert len(re.findall(r"<option value=\"[^\"]+\" selected", again)) == 2 + 4 + 3 + 1
    assert 'value="30.5 %"' in again
    assert 'value="10.0"' in again, "the spot in per cent"
    assert client.get(page + "/check").text.count("answered") >= len(JUDGED)
    client.post(page + "/submit")
    result = client.get(page + "/result").text
    assert "Passed with 100%" in result
    assert result.count("right answer") == 0, "nothing was wrong"
    drawn = next(item["values"] for item in attempt.frozen["items"] if item["kind"] == "calculated")
    assert f"Take {drawn['b']} per cent off {drawn['a']}." in result, "feedback shows the numbers that were drawn"


def test_ana_is_told_what_is_half_done_and_what_is_no_number_before_she_hands_in(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["matching", "ordering", "scenario", "numeric"])
    attempt = begin(cast.ana, made)
    client, page = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
    for sequence, kind in enumerate(made.questions, 1):
        said = "about ten" if kind == "numeric" else answer_to(made, attempt, kind)
        if kind in ("matching", "ordering", "scenario"):
            said = dict([next(iter(said.items()))])
        give(cast.ana, attempt, made.questions[kind], said, sequence=sequence)
    check = client.get(page + "/check").text
    assert "3 questions are answered in part." in check
    assert "1 answer should be a number and cannot be read as one." in check
    assert "Every question is answered." not in check
    assert len(re.findall(r"1 of \d answered", check)) == 3
    assert "“about ten” cannot be read as a number." in client.get(page).text
    for sequence, kind in enumerate(made.questions, 9):
        give(cast.ana, attempt, made.questions[kind], "1,234.5" if kind == "numeric" else answer_to(made, attempt, kind), sequence=sequence)
    assert "Every question is answered." in client.get(page + "/check").text
    assert "cannot be read" not in client.get(page).text


def test_no_page_before_the_release_tells_what_is_right(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, [*JUDGED, *BY_HAND], review="score", shuffle=False)
    attempt = begin(cast.ana, made)
    page = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}").text
    for secret in ("discount", "dis*t", "Names the need", "(100 - b)", 'class="area"', "secret-feedback"):
        assert secret not in page
    order = latest(made, "ordering")
    assert sorted(each["id"] for each in order.options) != ["k1", "k2", "k3"], "counted names would tell the order"


def test_the_order_shown_is_not_the_one_written(cast: Cast) -> None:
    made = make_quiz(cast, ["ordering"], shuffle=False)
    written = [each["id"] for each in latest(made, "ordering").options]
    shown = {tuple(begin_again(cast, made)) for _ in range(30)}
    assert len(shown) > 1
    assert all(sorted(each) == sorted(written) for each in shown)


def begin_again(cast: Cast, made: Made) -> list[str]:
    attempt = begin(cast.ana, made)
    hand_in(cast.ana, attempt)
    options: list[str] = attempt.frozen["items"][0]["options"]
    return options


@pytest.mark.parametrize("kind", NOTED)
def test_tess_writes_every_kind_in_lines(cast: Cast, sign_in: SignIn, kind: str) -> None:
    made = draft_quiz(cast, ["single"])
    client = sign_in(cast.tess)
    address = f"/authoring/quizzes/{made.module.id}/questions/new/{kind}"
    assert client.get(address).status_code == 200
    done = client.post(address, data=sent_for(cast, made, kind))
    assert done.status_code == 302, re.findall(r'class="error[^>]*>([^<]+)', done.text)
    id_ = int(done.location.rsplit("-", 1)[1])
    version = bank.latest_versions([id_])[id_]
    assert to_json(bank.question_of(kind, version))["stem"] == NEW[kind]["stem"]
    again = client.get(f"/authoring/quizzes/{made.module.id}/questions/{id_}")
    assert again.status_code == 200
    assert client.get(f"/authoring/quizzes/{made.module.id}/preview").status_code == 200


LINES = {
    "matching": "Budget -> Situation\nPain -> Problem\n-> Need-payoff",
    "categorisation": "Price list -> Facts\nRumour -> Opinion",
    "ordering": "Prepare\nCall\nWrite it down",
    "cloze": "[[1]]\n* value\n- price\n\n[[2]]\n= discount | rebate\n\n[[3]]\n# 30 +- 0.5 %",
    "scenario": "? Who decides?\n* The buyer\n* The user\n- The porter\n\n? The budget is known.\n! false",
    "calculated": "a = 10 .. 50 step 5\nb = 2.5 .. 10 step 0.5",
    "hotspot": "rectangle 10 20 30 40\nellipse 70 70 10 5",
    **dict.fromkeys(BY_HAND, "? Names the need\n0 Not\n2 Fully"),
}


def sent_for(cast: Cast, made: Made, kind: str) -> dict[str, Any]:
    sent: dict[str, Any] = {"stem": NEW[kind]["stem"]["en"], "lines": LINES[kind], "marks": 2, "feedback": "Because."}
    sent |= {"part_credit": "partial", "order_credit": "pairs", "tolerance": "0", "decimals": "2", "accept_pdf": "y", "most_mb": "5", "seconds": "60"}
    if kind == "calculated":
        sent["formula"] = "a * b"
    if kind == "hotspot":
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "red").save(picture, "PNG")
        picture.seek(0)
        with transaction():
            kept = files.add(actor(cast.tess), made.course, picture, "chart.png")
        sent |= {"image": str(kept.id), "alt": "A chart"}
    return sent


def test_a_bad_line_is_named_at_its_field(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    address = f"/authoring/quizzes/{made.module.id}/questions/new/matching"
    page = sign_in(cast.tess).post(address, data={"stem": "Which?", "lines": "a -> b\nc", "marks": 1}).text
    assert "Line 2: write a thing, an arrow" in page.replace("&gt;", ">")


def test_a_mended_order_lets_ana_pass(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["ordering"])
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["ordering"], answer_to(made, attempt, "ordering", right=False))
    hand_in(cast.ana, attempt)
    version = latest(made, "ordering")
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}/keys/{version.id}"
    assert "Option k2" in client.get(address).text
    lines = "Option k3\nOption k1\nOption k2"
    page = client.post(address, data={"lines": lines, "order_credit": "pairs"}).text
    assert "1 attempt goes from not passed to passed" in page
    changed = client.post(address, data={"lines": lines + "\nOption new", "order_credit": "pairs"}).text
    assert "only what is right can be mended" in changed


def test_item_analysis_takes_the_new_kinds(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, JUDGED)
    for person in (cast.ana, cast.dov):
        attempt = begin(person, made)
        for sequence, kind in enumerate(JUDGED, 1):
            said = answer_to(made, attempt, kind, right=person is cast.ana)
            give(person, attempt, made.questions[kind], said, sequence=sequence)
        hand_in(person, attempt)
    page = sign_in(cast.tess).get(f"/authoring/quizzes/{made.module.id}/analysis")
    assert page.status_code == 200
    assert "Sell … , give" in page.text or "Sell …, give" in page.text


def test_editing_keeps_the_words_of_the_other_language(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["matching"])
    id_ = made.questions["matching"]
    address = f"/authoring/quizzes/{made.module.id}/questions/{id_}?language=en"
    sent = {"stem": "Which?", "lines": "Thing p1 -> Option k2\nThing two -> Option k1", "marks": 1, "part_credit": "exact"}
    assert sign_in(cast.tess).post(address, data=sent).status_code == 302
    version = bank.latest_versions([id_])[id_]
    texts = {each["text"]["en"]: each["text"].get("zh_Hans") for each in version.options}
    assert texts == {"Option k2": "选项k2", "Option k1": "选项k1"}


def test_a_kind_in_a_published_course_reaches_a_new_enrolment(cast: Cast) -> None:
    made = draft_quiz(cast, ["single"])
    with transaction():
        editing.add_question(actor(cast.tess), made.module.id, question("cloze"), marks=3, competency="", now=MONDAY)
    publish(cast, made.course)
    enrol(cast, made.course, cast.ana)
    attempt = begin(cast.ana, made)
    assert {item["kind"] for item in attempt.frozen["items"]} == {"single", "cloze"}
    assert db.session.get(Attempt, attempt.id) is attempt


def test_a_half_given_point_comes_back_with_its_reason_and_the_other_answers_are_kept(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["hotspot", "single"])
    attempt = begin(cast.ana, made)
    spot, single = made.questions["hotspot"], made.questions["single"]
    client, address = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
    sent = {"asked": f"{spot},{single}", "held": 0, "unsent": "all", "go": "check"}
    sent |= {f"q{spot}.x": "41.2", f"q{spot}.y": "", f"q{single}": "s1"}
    answer = client.post(address, data=sent)
    assert answer.status_code == 422
    assert re.search(r'value="41.2"[^>]*aria-invalid="true"', answer.text)
    assert "Give the place on the image by two numbers from 0 to 100." in answer.text
    assert list(db.session.scalars(select(AnswerSave.answer).where(AnswerSave.question_id == single))) == [["s1"]]
    assert client.post(address, data={**sent, f"q{spot}.y": "8"}).status_code == 302
