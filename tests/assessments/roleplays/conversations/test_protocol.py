"""The pure rules and the client: what a model is told, what is taken from it, and how it may fail."""

from __future__ import annotations

import json
import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.grading.reliability import one_way
from assessments.roleplays.conversations import client, prompt, proposal, protocol
from assessments.roleplays.conversations.agreement import MODEL, SETTLED, beside
from assessments.roleplays.conversations.endpoint import SettingInvalid, endpoint
from assessments.roleplays.conversations.prompt import Said
from assessments.roleplays.conversations.proposal import NotUsable
from assessments.roleplays.conversations.protocol import ModelFailure
from assessments.roleplays.trust import TOTAL, Given
from lms.values import NotEstimable, Reliability
from tests.assessments.roleplays.conversations import model_server as served
from tests.assessments.roleplays.factory import RUBRIC, content

KEY = "sk-quite-secret-indeed"
TALK = [
    Said(1, "What does measuring by hand cost you?"),
    Said(2, "Two recalls last year, since you ask."),
    Said(3, "I understand. Who decides about it?"),
]
SCENARIO = content(mood={"en": "In a hurry"}, situation={"en": "Audit next month"}, parts={}, buying_role="technical")


def at(url: str, **more: Any) -> Any:
    return endpoint({"LANGUAGE_MODEL_URL": url, "LANGUAGE_MODEL_NAME": "small-model", "LANGUAGE_MODEL_KEY": KEY} | more)


def heard(url: str, **more: Any) -> str:
    return "".join(client.ask(at(url, **more), [{"role": "user", "content": "Hello"}], most_tokens=50))


# The settings


def test_without_an_address_there_is_no_model() -> None:
    assert endpoint({}) is None and endpoint({"LANGUAGE_MODEL_URL": ""}) is None


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://api.example.com/v1", "/v1/chat/completions"),
        ("https://api.example.com/v1/", "/v1/chat/completions"),
        ("https://api.example.com/v1/chat/completions", "/v1/chat/completions"),
        ("http://localhost:11434/v1", "/v1/chat/completions"),
    ],
)
def test_the_address_may_be_given_with_or_without_its_last_part(url: str, path: str) -> None:
    assert at(url).path == path


@pytest.mark.parametrize(
    "more",
    [
        {"LANGUAGE_MODEL_URL": "ftp://host/v1"},
        {"LANGUAGE_MODEL_URL": "https://user:word@host/v1"},
        {"LANGUAGE_MODEL_URL": "https://host/v1?x=1"},
        {"LANGUAGE_MODEL_URL": "https://host:99999/v1"},
        {"LANGUAGE_MODEL_URL": "http://models.example.com/v1"},
        {"LANGUAGE_MODEL_NAME": ""},
        {"LANGUAGE_MODEL_KEY": "two words\r\nHost: elsewhere"},
        {"LANGUAGE_MODEL_PROPOSALS": "always"},
        {"LANGUAGE_MODEL_SECONDS": 0},
    ],
)
def test_a_setting_that_cannot_be_is_refused_at_the_start_and_a_key_never_goes_over_plain_http(more: dict[str, Any]) -> None:
    with pytest.raises(SettingInvalid):
        at("https://host/v1", **more)


# The protocol


def test_a_streamed_answer_arrives_whole_though_it_is_cut_in_the_middle_of_a_character() -> None:
    with served.model(served.says("我们", "去年", "召回了两次。")) as model:
        assert heard(model.url) == "我们去年召回了两次。"
        assert model.asked[0]["model"] == "small-model" and model.asked[0]["stream"] is True
        assert model.headers[0]["Authorization"] == f"Bearer {KEY}"
        assert model.paths == ["/v1/chat/completions"]


def test_a_server_that_does_not_stream_and_one_that_knows_the_newer_name_of_the_limit_are_understood() -> None:
    older = served.fails(400, b'{"error": "use max_completion_tokens"}')
    with served.model(older, served.says_whole("Good morning.")) as model:
        assert heard(model.url) == "Good morning."
        assert "max_tokens" in model.asked[0] and "max_completion_tokens" in model.asked[1]


def test_what_a_model_thinks_aloud_is_not_said_to_the_rep() -> None:
    with served.model(served.says("<th", "ink>he wants the reca", "lls</thi", "nk>\n\nGood ", "morning.")) as model:
        assert heard(model.url) == "Good morning."
    assert "".join(protocol.without_thoughts(["<", "b> or not"])) == "<b> or not"


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (served.fails(500), "model_failing"),
        (served.fails(404), "model_failing"),
        (served.fails(401), "model_denied"),
        (served.garbage, "model_garbled"),
        (served.endless_line, "model_garbled"),
        (served.broken_event, "model_garbled"),
        (served.error_event, "model_failing"),
        (served.says_whole(""), None),
    ],
)
def test_every_failure_has_its_name(plan: served.Answer, code: str | None) -> None:
    with served.model(plan) as model:
        if code is None:
            assert heard(model.url) == ""
            return
        with pytest.raises(ModelFailure) as failure:
            heard(model.url)
        assert failure.value.code == code


def test_a_stream_that_breaks_off_is_no_answer() -> None:
    with served.model(served.cut) as model, pytest.raises(ModelFailure) as failure:
        heard(model.url)
    assert failure.value.code in {"model_failing", "model_unreachable"}


@pytest.mark.parametrize(("asked", "wait"), [("7", 7), ("0", 1), ("soon", client.DEFAULT_WAIT), ("99999", 3600)])
def test_a_busy_server_is_believed_how_long_to_wait_within_reason(asked: str, wait: int) -> None:
    with served.model(served.fails(429, Retry_After=asked)) as model, pytest.raises(ModelFailure) as failure:
        heard(model.url)
    assert (failure.value.code, failure.value.wait) == ("model_busy", wait)


@pytest.mark.parametrize("plan", [served.drips, served.silent])
def test_an_answer_has_its_time_as_a_whole_however_steadily_it_drips(plan: served.Answer) -> None:
    with served.model(plan) as model, pytest.raises(ModelFailure) as failure:
        heard(model.url, LANGUAGE_MODEL_SECONDS=0.4)
    assert failure.value.code == "model_slow"


def test_nobody_there_is_said_so() -> None:
    with served.model(served.says("x")) as model:
        url = model.url
    with pytest.raises(ModelFailure) as failure:
        heard(url)
    assert failure.value.code == "model_unreachable"


def test_a_redirection_is_not_followed_so_that_only_the_configured_address_is_asked() -> None:
    with served.model(served.says("inside")) as inner, served.model(served.fails(307, Location=f"{inner.url}/x")) as model:
        with pytest.raises(ModelFailure) as failure:
            heard(model.url)
        assert failure.value.code == "model_failing"
        assert inner.paths == []


def test_neither_the_key_nor_a_word_of_the_talk_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), served.model(served.fails(500, b"Hello again")) as model, pytest.raises(ModelFailure):
        heard(model.url)
    assert "model_failing" in caplog.text
    assert KEY not in caplog.text and "Hello" not in caplog.text
    assert KEY not in repr(at("https://host/v1"))


# What a model is told


def test_the_customer_knows_the_hidden_facts_and_is_told_to_keep_them_until_asked() -> None:
    system, *talk = prompt.customer(SCENARIO, None, "en", TALK)
    assert "Two recalls last year" in system["content"] and "only when the representative asks" in system["content"]
    assert "Wait after asking" not in system["content"], "the model answer is for the rep alone"
    assert [each["role"] for each in talk] == ["user", "assistant", "user"]


@given(st.text(max_size=200))
def test_whatever_the_rep_says_stays_between_its_marks_and_out_of_the_rules(words: str) -> None:
    messages = prompt.customer(SCENARIO, None, "en", [Said(1, words)])
    quiet = prompt.customer(SCENARIO, None, "en", [Said(1, "Hello")])
    assert messages[0] == quiet[0]
    said = messages[1]["content"]
    assert messages[1]["role"] == "user" and said.startswith("<said>") and said.endswith("</said>")
    assert "<" not in said[6:-7] and ">" not in said[6:-7]


@given(st.text(max_size=200))
def test_for_a_proposal_the_talk_is_one_json_value(words: str) -> None:
    system, user = prompt.proposal(RUBRIC, "en", [Said(1, words)])
    assert system == prompt.proposal(RUBRIC, "en", [])[0]
    assert json.loads(user["content"])["talk"] == [{"turn": 1, "speaker": "rep", "words": words}]


# What is taken from it


def row(key: str, points: Any = "1", quote: str = "What does measuring by hand cost you?", **more: Any) -> dict[str, Any]:
    return {"key": key, "points": points, "turn": 1, "quote": quote, "why": "asked"} | more


def answer(*rows: Any, **more: Any) -> str:
    return json.dumps({"criteria": list(rows)} | more)


SOUND = (row("needs", "2"), row("listening", 1, "I  understand."), row("honest"))


def test_a_sound_proposal_is_read_with_its_quotations_and_where_they_are_from() -> None:
    found = proposal.read(f"```json\n{answer(*SOUND)}\n```", RUBRIC, TALK)
    assert found.points == {"needs": "2", "listening": "1", "honest": "1"}
    assert [each.turn for each in found.evidence] == [1, 3, 1]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("The rep did well: full points!", "not_json"),
        ("[" * 100_000, "not_json"),
        (answer(*SOUND, passed=True), "wrong_shape"),
        (json.dumps([*SOUND]), "wrong_shape"),
        (answer(*SOUND[:2], row("honest", blocks_below=None)), "wrong_shape"),
        (answer(*SOUND[:2], row("honest", True)), "wrong_shape"),
        (answer(*SOUND, row("charm")), "criterion_unknown"),
        (answer(*SOUND, row("needs")), "criterion_twice"),
        (answer(*SOUND[:2]), "criterion_missing"),
        (answer(row("needs", "4"), *SOUND[1:]), "points_unknown"),
        (answer(row("needs", "2.0"), *SOUND[1:]), "points_unknown"),
        (answer(row("needs", quote=""), *SOUND[1:]), "quote_missing"),
        (answer(row("needs", quote="You have my word on it"), *SOUND[1:]), "quote_not_said"),
        (answer(row("needs", quote="cost you? Two recalls"), *SOUND[1:]), "quote_not_said"),
    ],
)
def test_a_proposal_that_is_not_of_this_rubric_and_this_talk_is_not_used_at_all(said: str, code: str) -> None:
    with pytest.raises(NotUsable) as refused:
        proposal.read(said, RUBRIC, TALK)
    assert refused.value.code == code


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_no_answer_breaks_the_reader(said: str) -> None:
    with pytest.raises(NotUsable):
        proposal.read(said, RUBRIC, TALK)


# Agreement with people


def scored(n: int, lenient: float) -> list[Given]:
    rows = []
    for play in range(n):
        settled = play % 4 / 3
        model = min(1.0, settled + (lenient if play % 2 else 0.0))
        for key in (TOTAL, "needs"):
            rows += [Given(play, SETTLED, key, settled), Given(play, MODEL, key, model)]
    return rows


def test_a_model_that_gives_what_people_give_agrees_and_a_lenient_one_agrees_less() -> None:
    same, lenient = beside(scored(40, 0.0), [], ["needs"]), beside(scored(40, 2 / 3), [], ["needs"])
    assert isinstance(same[1].kappa, Reliability) and same[1].kappa.value == pytest.approx(1)
    assert isinstance(lenient[1].kappa, Reliability) and isinstance(lenient[1].icc, Reliability)
    assert lenient[1].kappa.value < 0.8 and lenient[1].icc.value < 0.8
    assert lenient[1].kappa.settled and lenient[1].kappa.interval is not None


def test_agreement_from_few_talks_is_unsettled_and_from_none_unknown() -> None:
    few, none = beside(scored(8, 1 / 3), [], ["needs"]), beside([], [], ["needs"])
    assert few[0].n == 8 and isinstance(few[0].icc, Reliability) and not few[0].icc.settled
    assert none[1].n == 0 and isinstance(none[1].kappa, NotEstimable)
    assert few[0].doubled == 0 and isinstance(few[0].people, NotEstimable)


def test_beside_the_machine_stands_how_far_single_people_agree_on_the_same_talks() -> None:
    """Two raters a third apart on every talk of a spread of two thirds, and one rating of a talk that no machine saw."""
    apart = [Given(play, rater, TOTAL, (play % 3 + rater) / 3) for play in range(12) for rater in (0, 1)]
    total, _needs = beside(scored(12, 0.0), [*apart, Given(99, 7, TOTAL, 0.5), Given(99, 8, TOTAL, 0.1)], ["needs"])
    assert total.doubled == 12 and isinstance(total.people, Reliability)
    assert total.people.n == 12 and total.people.value == pytest.approx(one_way(np.array([[i % 3 / 3, (i % 3 + 1) / 3] for i in range(12)]))[0].value)  # type: ignore[union-attr]
    assert isinstance(total.icc, Reliability) and total.icc.value > total.people.value
