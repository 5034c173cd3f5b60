"""The pages: what a learner meets, with script and without; who reaches what; what is never shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from assessments.quizzes.bank import latest_versions
from assessments.quizzes.models import AnswerSave, Attempt, QuestionVersion, QuizItem, State
from lms.authz import Role
from lms.clock import now
from lms.db import db, transaction
from lms.people.models import Person
from tests.assessments.quizzes.factory import (
    RIGHT,
    TUESDAY,
    WRONG,
    Made,
    begin,
    draft_quiz,
    enrolled,
    entry_of,
    give,
    make_quiz,
    take,
    version_of,
)
from tests.courses.factory import enrol
from tests.courses.test_pages import MOST_QUERIES, counted, queries_of
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]
TOKENS = ("secret-spelling", "secret-feedback", "· right answer", "Counts as right")


def offer_of(person: Person, made: Made) -> str:
    return f"/quizzes/{enrolled(person, made).id}/{made.module.id}"


def post_answer(client: FlaskClient, attempt: Attempt, question_id: int, answer: Any, **more: Any) -> Any:
    body = {
        "attempt": str(attempt.id),
        "question": str(question_id),
        "answer": answer,
        "given_at": now().isoformat(),
        "sequence": 1,
    }
    return client.post(f"/quizzes/attempts/{attempt.id}/answers", json=body | more)


def page_of(made: Made, answers: dict[str, Any]) -> dict[str, Any]:
    """The attempt's page as a browser without script sends it."""
    asked = ",".join(str(id_) for id_ in made.questions.values())
    sent = {f"q{id_}": answers[kind] for kind, id_ in made.questions.items() if kind in answers}
    return {"asked": asked, "held": "0", "unsent": "all"} | sent


def test_ana_takes_a_quiz_without_script(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    client = sign_in(cast.ana)
    offer = client.get(offer_of(cast.ana, made)).text
    assert "Begin the quiz" in offer
    assert "80%" in offer.replace(" ", "")
    started = client.post(offer_of(cast.ana, made) + "/start")
    page = started.location
    assert "About multiple?" in client.get(page).text
    marked = client.post(
        page, data=page_of(made, {"single": "s2"}) | {"go": f"mark:{made.questions['single']}"}
    )
    assert marked.location.startswith(page)
    again = client.get(page).text
    assert re.search(r'value="s2" checked', again)
    assert "data-marked" in again
    checked = client.post(
        page, data=page_of(made, {k: v for k, v in RIGHT.items() if k != "numeric"}) | {"go": "check"}
    )
    check = client.get(checked.location).text
    assert "1 question is not answered yet." in check
    client.post(page, data=page_of(made, RIGHT) | {"go": "check"})
    assert "Every question is answered." in client.get(checked.location).text
    result = client.get(client.post(page + "/submit").location).text
    assert "Passed with 100%" in result
    assert "secret-feedback" in result, "feedback is shown once the quiz is passed"


def test_one_question_at_a_time_keeps_the_others(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single", "numeric"], layout="one", shuffle=False)
    attempt = begin(cast.ana, made)
    client = sign_in(cast.ana)
    address = f"/quizzes/attempts/{attempt.id}"
    first = client.get(address).text
    assert "About single?" in first
    assert "About numeric?" not in first
    single, numeric = made.questions.values()
    moved = client.post(
        f"{address}?q=1", data={"asked": single, "held": 0, "unsent": "all", f"q{single}": "s2", "go": "q:2"}
    )
    assert moved.location.endswith("q=2")
    assert "About numeric?" in client.get(moved.location).text
    client.post(
        f"{address}?q=2",
        data={"asked": numeric, "held": 1, "unsent": "all", f"q{numeric}": "12.5", "go": "check"},
    )
    client.post(address + "/submit")
    assert entry_of(attempt).passed


def test_an_answer_is_acknowledged_with_the_seconds_left(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, time_limit=600)
    attempt = begin(cast.ana, made, now())
    said = post_answer(sign_in(cast.ana), attempt, made.questions["single"], "s2").json
    assert said["saved"] is True
    assert 590 < said["remaining_seconds"] <= 600
    assert "s2" in sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}").text


def test_forged_scores_verdicts_and_people_are_not_looked_at(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"])
    attempt = begin(cast.ana, made)
    client = sign_in(cast.ana)
    forged = {
        "correct": True,
        "score": 1,
        "share": "1",
        "passed": True,
        "marks": 99,
        "person_id": cast.dov.id,
    }
    assert post_answer(client, attempt, made.questions["single"], "s1", **forged).status_code == 200
    client.post(f"/quizzes/attempts/{attempt.id}/submit", data=forged)
    entry = entry_of(attempt)
    assert (entry.earned, entry.score, entry.passed) == ("0", 0.0, False)


@pytest.mark.parametrize(
    "body", ["", "[]", "null", '"x"', '{"question": "1e9", "sequence": 1}', '{"question": [], "sequence": 1}',
             '{"question": "1", "sequence": true}', '{"question": "1", "sequence": "1"}', "[" * 5000, "{"],
)  # fmt: skip
def test_whatever_is_sent_as_an_answer_is_refused_in_words(cast: Cast, sign_in: SignIn, body: str) -> None:
    made = make_quiz(cast, ["single"])
    attempt = begin(cast.ana, made)
    said = sign_in(cast.ana).post(
        f"/quizzes/attempts/{attempt.id}/answers", data=body, content_type="application/json"
    )
    assert said.status_code in (400, 409)
    assert said.json["sentence"]


def test_a_late_answer_is_refused_with_a_sentence_and_the_page_leads_to_the_result(
    cast: Cast, sign_in: SignIn
) -> None:
    made = make_quiz(cast, ["single"], time_limit=600)
    attempt = begin(cast.ana, made, now() - timedelta(hours=1))
    client = sign_in(cast.ana)
    said = post_answer(
        client, attempt, made.questions["single"], "s2", given_at=attempt.started_at.isoformat()
    )
    assert (said.status_code, said.json["error"]) == (409, "deadline_passed")
    assert client.get(f"/quizzes/attempts/{attempt.id}").location.endswith("/result")
    sent = client.post(f"/quizzes/attempts/{attempt.id}", data=page_of(made, RIGHT))
    assert sent.location.endswith("/result")
    assert entry_of(attempt).earned == "0"
    assert db.session.scalar(select(Attempt.state)) == State.EXPIRED


def test_a_second_submit_leads_to_the_same_result(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"])
    attempt = begin(cast.ana, made)
    client = sign_in(cast.ana)
    places = {client.post(f"/quizzes/attempts/{attempt.id}/submit").location for _again in range(2)}
    assert len(places) == 1
    after = client.post(f"/quizzes/attempts/{attempt.id}", data=page_of(made, RIGHT) | {"go": "check"})
    assert after.location.endswith("/result")
    assert entry_of(attempt).earned == "0"


def test_a_start_beyond_the_limit_is_answered_by_a_page_for_people(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"], attempts=1)
    take(cast.ana, made, WRONG)
    said = sign_in(cast.ana).post(offer_of(cast.ana, made) + "/start", follow_redirects=True)
    assert said.status_code == 200
    assert "You have used all attempts at this quiz" in said.text


def test_no_page_shows_the_key_before_its_release(cast: Cast, sign_in: SignIn) -> None:
    for number, review in enumerate(("score", "marks", "key_when_done")):
        made = make_quiz(cast, code=f"KA-30{number}", review=review, attempts=3)
        attempt = begin(cast.ana, made)
        client, address = sign_in(cast.ana), f"/quizzes/attempts/{attempt.id}"
        seen = [client.get(path).text for path in (offer_of(cast.ana, made), address, address + "/check")]
        for sequence, (kind, id_) in enumerate(made.questions.items(), 1):
            seen.append(post_answer(client, attempt, id_, WRONG[kind], sequence=sequence).text)
            seen.append(post_answer(client, attempt, id_, {"x": 1}, sequence=99).text)
        client.post(address + "/submit")
        seen += [client.get(path).text for path in (address + "/result", offer_of(cast.ana, made), "/")]
        for text in seen:
            assert not [token for token in TOKENS if token in text], review


OTHER_KEYS: dict[str, dict[str, Any]] = {
    "single": {"correct": "s3"},
    "multiple": {"correct": ["m2"], "credit": "exact"},
    "true_false": {"correct": True},
    "numeric": {"value": "-7", "tolerance": "3", "relative": True},
    "short_text": {"accepted": ["nobody", "nothing"], "match_case": True},
}


@pytest.mark.parametrize("layout", ["page", "one"])
def test_with_another_key_the_pages_of_an_attempt_are_the_same_to_the_byte(
    cast: Cast, sign_in: SignIn, layout: str
) -> None:
    made = make_quiz(cast, layout=layout)
    attempt = begin(cast.ana, made)
    address = f"/quizzes/attempts/{attempt.id}"
    pages = [
        offer_of(cast.ana, made),
        address,
        address + "/check",
        *(f"{address}?q={n}" for n in range(1, 6)),
    ]

    def seen() -> list[str]:
        client = sign_in(cast.ana)
        return [tokenless(client.get(page).text) for page in pages]

    before = seen()
    with transaction():
        for kind, id_ in made.questions.items():
            version = db.session.get_one(QuestionVersion, version_of(id_))
            version.key, version.feedback = (
                OTHER_KEYS[kind],
                {"all": {"en": "Another feedback"}, "options": {}},
            )
    assert seen() == before


def test_the_key_is_shown_at_once_where_the_trainer_wants_it(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, review="key", attempts=3)
    attempt = take(cast.ana, made, WRONG)
    text = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}/result").text
    assert "secret-spelling" in text
    assert "right answer" in text


def test_the_key_is_shown_when_the_last_attempt_is_over_and_not_while_one_is_open(
    cast: Cast, sign_in: SignIn
) -> None:
    made = make_quiz(cast, attempts=2)
    first = take(cast.ana, made, WRONG)
    begin(cast.ana, made)
    address = f"/quizzes/attempts/{first.id}/result"
    assert "secret-spelling" not in sign_in(cast.ana).get(address).text
    take(cast.ana, made, WRONG)
    assert "secret-spelling" in sign_in(cast.ana).get(address).text


def test_anas_attempt_looks_to_everyone_else_as_if_it_were_not(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    attempt = take(cast.ana, made)
    names = [offer_of(cast.ana, made), offer_of(cast.ana, made) + "/start", f"/quizzes/attempts/{attempt.id}"]
    names += [f"/quizzes/attempts/{attempt.id}/{last}" for last in ("check", "result", "submit", "answers")]
    people = [cast.ben, cast.dov, cast.cleo, cast.tess, cast.hana, cast.ada]
    for person in people:
        client = sign_in(person)
        for name in names:
            strange = name.replace(f"attempts/{attempt.id}", "attempts/987654")
            get, post = client.get(name), client.post(name, json={"question": "1", "sequence": 1})
            assert {get.status_code, post.status_code} <= {404, 405}, (person.name, name)
            if get.status_code == 404 and "attempts" in name:
                assert tokenless(get.text) == tokenless(client.get(strange).text).replace(
                    "987654", str(attempt.id)
                )


def tokenless(text: str) -> str:
    return re.sub(r"[\w.-]{60,}", "", text)


def routes_of_trainers(made: Made, attempt: Attempt) -> Iterator[str]:
    root, question = f"/authoring/quizzes/{made.module.id}", made.questions["single"]
    yield from (root, f"{root}/questions/{question}", f"{root}/questions/new/single", f"{root}/preview")
    yield from (f"{root}/analysis", f"{root}/keys/{version_of(question)}", f"{root}/results/{attempt.id}")


def test_reps_managers_and_hr_reach_no_page_with_a_key(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    attempt = take(cast.ana, made)
    for person in (cast.ana, cast.ben, cast.cleo, cast.hana, cast.ada):
        client = sign_in(person)
        for route in routes_of_trainers(made, attempt):
            assert client.get(route).status_code in (403, 404), (person.name, route)
    tess = sign_in(cast.tess)
    assert {
        route: tess.get(route).status_code for route in routes_of_trainers(made, attempt)
    } == dict.fromkeys(routes_of_trainers(made, attempt), 200)


def test_cleo_reads_the_results_of_her_team_alone_and_reps_none(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    take(cast.ana, made)
    take(cast.dov, made, WRONG)
    address = f"/authoring/quizzes/{made.module.id}/results"
    seen = {p.name: sign_in(p).get(address).text for p in (cast.cleo, cast.tess)}
    assert [("Ana" in text, "Dov" in text) for text in seen.values()] == [(True, False), (True, True)]
    assert sign_in(cast.ben).get(address).status_code == 403
    assert "Dov" not in sign_in(cast.cleo).get(address + "?q=dov").text.split("<main")[1].replace(
        'value="dov"', ""
    )


def test_results_leave_as_csv_and_xlsx_within_the_same_scope(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    take(cast.ana, made)
    take(cast.dov, made, WRONG)
    address = f"/authoring/quizzes/{made.module.id}/results"
    text = sign_in(cast.tess).get(f"{address}.csv").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Name"], row["Passed"], float(row["Score"])) for row in rows] == [
        ("Ana", "TRUE", 1.0),
        ("Dov", "FALSE", 0.0),
    ]
    sheet = load_workbook(io.BytesIO(sign_in(cast.cleo).get(f"{address}.xlsx").data)).active
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == ["Ana"]


def test_pages_take_few_queries_that_do_not_grow(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, attempts=None)
    attempt = take(cast.ana, made)
    open_ = begin(cast.dov, made)
    ids = {name: getattr(cast, name).id for name in ("ana", "dov", "tess", "cleo")}
    root = f"/authoring/quizzes/{made.module.id}"
    pages = {
        "ana": [offer_of(cast.ana, made), f"/quizzes/attempts/{attempt.id}/result"],
        "dov": [f"/quizzes/attempts/{open_.id}", f"/quizzes/attempts/{open_.id}/check"],
        "cleo": [f"{root}/results"],
        "tess": [root, *routes_of_trainers(made, attempt), f"{root}/results", f"{root}/results.csv"],
    }

    def measured() -> dict[str, int]:
        return {
            f"{name} {path}": queries_of(sign_in(db.session.get_one(Person, ids[name])), path)
            for name, paths in pages.items()
            for path in paths
        }

    before = measured()
    with transaction():
        people = [make_person(f"Rep {number}", cast.east, Role.REP) for number in range(12)]
    enrol(cast, made.course, *people)
    for person in people:
        take(person, made, WRONG)
    after = measured()
    assert {page: count for page, count in after.items() if count > MOST_QUERIES} == {}
    assert {page: (before[page], n) for page, n in after.items() if n > before[page] + 1} == {}


def test_an_autosave_costs_few_statements_whatever_the_quiz_holds(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    attempt = begin(cast.ana, made)
    give(cast.ana, attempt, made.questions["numeric"], "1", sequence=1)
    client = sign_in(cast.ana)
    with counted() as statements:
        post_answer(client, attempt, made.questions["single"], "s2", sequence=2)
    own = [line for line in statements if "attempt" in line or "answer_save" in line]
    assert len(own) == 2
    assert len(statements) <= 6
    assert db.session.scalar(select(AnswerSave.answer).where(AnswerSave.sequence == 2)) == ["s2"]


def test_tess_writes_each_kind_of_question_through_forms(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, [])
    client, root = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    options = {f"option-{at}-text": f"Choice {at}" for at in range(3)} | {
        f"option-{at}-id": "" for at in range(3)
    }
    common = {"stem": "Which one?", "marks": "2", "competency": "Discovery", "feedback": "Because."}
    forms: dict[str, dict[str, str]] = {
        "single": options | {"right": "1"},
        "multiple": options | {"right-0": "y", "right-2": "y", "credit": "penalty"},
        "true_false": {"truth": "false"},
        "numeric": {"value": "12.5", "tolerance": "10", "relative": "y", "unit": "%"},
        "short_text": {"accepted": "key account\n大客户", "match_case": ""},
    }
    for kind, form in forms.items():
        said = client.post(f"{root}/questions/new/{kind}?language=en", data=common | form)
        assert said.status_code == 302, (kind, re.findall(r'class="error"[^\n]*', said.text))
    keys = [entry.key for entry in written(made)]
    assert keys[0]["correct"] in [each["id"] for each in written(made)[0].options]
    assert (len(keys[1]["correct"]), keys[1]["credit"]) == (2, "penalty")
    assert keys[2:] == [
        {"correct": False},
        {"value": "12.5", "tolerance": "0.1", "relative": True},
        {"accepted": ["key account", "大客户"], "match_case": False},
    ]
    preview = client.get(f"{root}/preview").text
    assert "Choice 2" in preview
    assert db.session.scalars(select(Attempt.id)).all() == []


@pytest.mark.parametrize(("typed", "kept"), [("1,250.5", "1250.5"), ("１２", "12"), ("1,5", None)])
def test_a_right_number_is_kept_as_it_was_meant_or_asked_for_again(
    cast: Cast, sign_in: SignIn, typed: str, kept: str | None
) -> None:
    made = draft_quiz(cast, [])
    said = sign_in(cast.tess).post(
        f"/authoring/quizzes/{made.module.id}/questions/new/numeric?language=en",
        data={"stem": "How much?", "marks": "1", "value": typed, "tolerance": "0"},
    )
    assert [entry.key["value"] for entry in written(made)] == ([kept] if kept else [])
    assert kept or ("Give the right number in digits" in said.text and f'value="{typed}"' in said.text)


def written(made: Made) -> list[Any]:
    ids = db.session.scalars(select(QuizItem.question_id).order_by(QuizItem.position)).all()
    latest = latest_versions(ids)
    return [latest[id_] for id_ in ids]


def test_names_of_options_do_not_tell_which_was_written_first(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, [])
    client, root = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    form = {f"option-{at}-text": f"Choice {at}" for at in range(8)} | {
        "stem": "?",
        "marks": "1",
        "right": "0",
    }
    for _question in range(3):
        assert client.post(f"{root}/questions/new/single?language=en", data=form).status_code == 302
    orders = [[each["id"] for each in entry.options] for entry in written(made)]
    assert any(order != sorted(order) for order in orders)


def test_what_is_wrong_with_a_question_stands_on_its_page_and_the_input_is_kept(
    cast: Cast, sign_in: SignIn
) -> None:
    made = draft_quiz(cast, [])
    client, root = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    form = {"stem": "Which one?", "marks": "1", "option-0-text": "Only me", "option-0-id": ""}
    said = client.post(f"{root}/questions/new/single?language=en", data=form)
    assert said.status_code == 200
    assert "Give at least two options" in said.text
    assert "Only me" in said.text


def test_a_probable_wrong_key_is_named_and_leads_to_its_mending(cast: Cast, sign_in: SignIn) -> None:
    kinds = ["single", "true_false", "numeric", "short_text"]
    made = make_quiz(cast, kinds)
    with transaction():
        people = [make_person(f"Rep {number}", cast.east, Role.REP) for number in range(40)]
    enrol(cast, made.course, *people)
    for number, person in enumerate(people):
        strong = number % 2 == 0
        answers = dict(RIGHT if strong else WRONG) | {"single": "s1" if strong else "s2"}
        take(person, made, answers)
    client, root = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}"
    page = client.get(f"{root}/analysis").text
    address = f"{root}/keys/{version_of(made.questions['single'])}"
    assert "The key is probably wrong" in page
    assert address in page
    preview = client.post(address, data={"right": "s1"}).text
    assert "Rep 0" in preview
    assert entry_of(first_of(people[0])).earned == "3"
    wanted = re.search(r'name="key" value="([^"]*)"', preview)
    assert wanted is not None
    done = client.post(address + "/mend", data={"key": wanted[1].replace("&#34;", '"')})
    assert done.status_code == 302
    assert entry_of(first_of(people[0])).earned == "4"


def first_of(person: Person) -> Attempt:
    found = db.session.scalars(select(Attempt).where(Attempt.person_id == person.id)).first()
    assert found is not None
    return found


def test_the_analysis_of_few_takers_says_so_and_of_none_what_is_missing(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    client, address = sign_in(cast.tess), f"/authoring/quizzes/{made.module.id}/analysis"
    assert client.get(address).status_code == 200
    take(cast.ana, made)
    assert client.get(address).status_code == 200


def test_pages_speak_chinese_to_those_who_read_it(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast)
    with transaction():
        cast.ana.locale = "zh_Hans"
    attempt = begin(cast.ana, made, TUESDAY)
    text = sign_in(cast.ana).get(f"/quizzes/attempts/{attempt.id}").text
    assert "关于single？" in text
    assert "选项 s1" in text
