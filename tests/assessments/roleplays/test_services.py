"""Practising, rating and what comes of it, through the services: who may, what is kept, what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from assessments.roleplays import (
    appeals,
    observing,
    policies,
    queries,
    rating,
    rubrics,
    scenarios,
    services,
    uploads,
)
from assessments.roleplays.models import Play, Recording, RecordingPiece, RubricVersion
from assessments.roleplays.rating_models import PlayResult, Rating, RatingTask
from courses import authoring
from courses.models import Completion, ModuleOutcome
from lms import storage
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from tests.assessments.roleplays.factory import (
    DISHONEST,
    FAIR,
    GOOD,
    HOUR,
    POOR,
    RUBRIC,
    begin,
    make_scenario,
    mp4,
    rate,
    send,
    sent,
    take,
    task_of,
    tasks_of,
    webm,
)
from tests.courses.factory import MONDAY, actor, enrol, enrolment_of, make_draft, publish
from tests.people import Cast

TWO = {"raters": {"manager": 1, "trainer": 1, "peer": 0, "doubled": 0, "anchors": 0}}


def refusal_of(act) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as caught, transaction():
        act()
    return caught.value.code


# Rubrics and scenarios


def test_a_rubric_is_frozen_once_and_found_by_its_content(cast: Cast) -> None:
    tess = actor(cast.tess)
    first, second = make_scenario(cast, "RP-1"), make_scenario(cast, "RP-2")
    assert first.rubric_version_id == second.rubric_version_id
    rubric = first.scenario.rubric
    assert rubric is not None
    with transaction():
        rubrics.edit(tess, rubric.id, "zh_Hans", "一次面谈", 60, now=MONDAY)
        third = scenarios.publish(tess, first.scenario_id, now=MONDAY)
    assert third.rubric_version_id != first.rubric_version_id
    assert db.session.get_one(RubricVersion, first.rubric_version_id).content == RUBRIC


def test_a_scenario_that_lacks_something_is_not_published(cast: Cast) -> None:
    tess = actor(cast.tess)
    with transaction():
        row = scenarios.create(tess, "RP-9", {"en": "Empty"}, now=MONDAY)
    assert refusal_of(lambda: scenarios.publish(tess, row.id, now=MONDAY)) == "scenario_incomplete"


def test_ana_cannot_write_scenarios(cast: Cast) -> None:
    with pytest.raises(Forbidden):
        scenarios.create(actor(cast.ana), "RP-9", {"en": "Mine"}, now=MONDAY)


# Recording


def test_nothing_is_recorded_without_consent_and_the_database_holds_it(cast: Cast) -> None:
    version = make_scenario(cast)
    assert refusal_of(lambda: begin(cast.ana, version, consent=None)) == "consent_missing"
    with pytest.raises(IntegrityError), transaction():
        play = services.new_play(version, cast.ana.id, services.Way.RECORDED, None, MONDAY)
        db.session.add(play)
        db.session.flush()


def test_two_clicks_begin_one_performance(cast: Cast) -> None:
    version = make_scenario(cast)
    assert begin(cast.ana, version).id == begin(cast.ana, version).id


def test_pieces_come_in_order_and_one_sent_twice_is_told_where_to_go_on(cast: Cast) -> None:
    ana, play, data = actor(cast.ana), begin(cast.ana, make_scenario(cast)), webm(padding=10_000)
    with transaction():
        recording = uploads.begin(ana, play.id, len(data), now=MONDAY)
        uploads.append(ana, recording.id, 0, data[:4000], now=MONDAY)
    with pytest.raises(Refused) as again, transaction():
        uploads.append(ana, recording.id, 0, data[:4000], now=MONDAY)
    assert (again.value.code, again.value.params) == ("piece_out_of_place", {"offset": 4000})
    assert refusal_of(lambda: uploads.finish(ana, recording.id, "video/webm", now=MONDAY)) == "piece_out_of_place"
    with transaction():
        uploads.append(ana, recording.id, 4000, data[4000:], now=MONDAY)
        uploads.finish(ana, recording.id, "video/webm;codecs=vp8", now=MONDAY)
    assert uploads.read(recording, 0, len(data)) == data
    assert uploads.read(recording, 3990, 20) == data[3990:4010]
    assert recording.media_type == "video/webm"


@pytest.mark.parametrize(
    ("data", "claimed", "code"),
    [
        (b"", "video/webm", "recording_empty"),
        (b"<html>" * 100, "video/webm", "recording_type"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 500, "video/mp4", "recording_type"),
        (b"\x1a\x45\xdf\xa3" + b"\0" * 500, "video/webm", "recording_type"),
        (mp4(), "video/webm", "recording_lies"),
        (webm(track=2), "audio/webm", "recording_audio_only"),
    ],
)
def test_a_wrong_an_empty_and_a_lying_file_are_refused_in_words(cast: Cast, data: bytes, claimed: str, code: str) -> None:
    play = begin(cast.ana, make_scenario(cast))
    assert refusal_of(lambda: take(cast.ana, play, data, claimed=claimed)) == code
    assert db.session.scalar(select(Recording.id)) is None


def test_an_oversized_recording_is_refused_before_a_byte_is_sent(cast: Cast, app: Flask) -> None:
    play = begin(cast.ana, make_scenario(cast))
    size = uploads.limit_bytes() + 1
    assert refusal_of(lambda: uploads.begin(actor(cast.ana), play.id, size, now=MONDAY)) == "recording_too_large"


def test_more_bytes_than_were_announced_are_refused(cast: Cast) -> None:
    play, data = begin(cast.ana, make_scenario(cast)), webm()
    with transaction():
        recording = uploads.begin(actor(cast.ana), play.id, 100, now=MONDAY)
    assert refusal_of(lambda: uploads.append(actor(cast.ana), recording.id, 0, data, now=MONDAY)) == "recording_too_large"


def test_takes_are_limited_and_the_ones_not_sent_are_erased_with_their_bytes(cast: Cast) -> None:
    version = make_scenario(cast, takes=2)
    play = begin(cast.ana, version)
    first, second = take(cast.ana, play), take(cast.ana, play)
    assert refusal_of(lambda: take(cast.ana, play)) == "takes_used_up"
    keys = [piece.key for piece in first.pieces]
    send(cast.ana, play, second)
    assert first.erased_at is not None and second.erased_at is None
    with pytest.raises(FileNotFoundError):
        storage.store().get(keys[0])


def test_ben_cannot_touch_anas_takes(cast: Cast) -> None:
    play = begin(cast.ana, make_scenario(cast))
    recording = take(cast.ana, play)
    ben = actor(cast.ben)
    for act in (
        lambda: uploads.begin(ben, play.id, 10, now=MONDAY),
        lambda: uploads.append(ben, recording.id, 0, b"x", now=MONDAY),
        lambda: uploads.discard(ben, recording.id, now=MONDAY),
        lambda: services.submit(ben, play.id, recording.id, now=MONDAY),
        lambda: services.end_consent(ben, play.id, now=MONDAY),
    ):
        with pytest.raises(Unknown), transaction():
            act()


def test_recordings_are_erased_when_their_time_is_over_and_not_before(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast, retention_days=30))
    with transaction():
        assert uploads.erase_overdue(SYSTEM, now=MONDAY + timedelta(days=30)) == 0
        assert uploads.erase_overdue(SYSTEM, now=MONDAY + timedelta(days=32)) == 1
    assert db.session.scalar(select(RecordingPiece.id)) is None
    assert db.session.get_one(Play, play.id).submitted_at is not None


def test_consent_taken_back_erases_the_recording_and_ends_open_ratings(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast, **TWO))
    with transaction():
        services.end_consent(actor(cast.ana), play.id, now=MONDAY + HOUR)
    assert db.session.scalar(select(RecordingPiece.id)) is None
    assert all(task.closed_at for task in tasks_of(play))
    assert refusal_of(lambda: rate(cast.cleo, play)) == "rating_closed"


# Who may watch


def test_the_circle_of_a_recording_is_its_performer_and_those_who_were_asked(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    recording = db.session.scalars(select(Recording).where(Recording.play_id == play.id)).one()
    allowed = {cast.ana, cast.cleo}
    for person in (cast.ana, cast.ben, cast.cleo, cast.dov, cast.tess, cast.hana, cast.ada):
        if person in allowed:
            assert policies.watched_recording(actor(person), recording.id) is recording
        else:
            with pytest.raises(Unknown):
                policies.watched_recording(actor(person), recording.id)


def test_a_take_that_was_not_sent_is_its_makers_alone(cast: Cast) -> None:
    play = begin(cast.ana, make_scenario(cast))
    recording = take(cast.ana, play)
    with pytest.raises(Unknown):
        policies.watched_recording(actor(cast.cleo), recording.id)


# Rating


def test_ben_cannot_rate_his_own_recording(cast: Cast) -> None:
    play = sent(cast.ben, make_scenario(cast, raters={"manager": 0, "trainer": 0, "peer": 3, "doubled": 0, "anchors": 0}))
    assert cast.ben.id not in {task.rater_id for task in tasks_of(play)}
    assert refusal_of(lambda: rating.ask(SYSTEM, play, cast.ben.id, rating.Reason.RULE, now=MONDAY)) == "own_performance"
    with pytest.raises(IntegrityError), transaction():
        db.session.add(RatingTask(play_id=play.id, person_id=cast.ben.id, rater_id=cast.ben.id, reason="rule", assigned_at=MONDAY))
        db.session.flush()


def test_dov_who_was_not_asked_cannot_rate(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    with pytest.raises(Unknown), transaction():
        rating.submit(actor(cast.dov), task_of(play, cast.cleo).id, GOOD, "x", "y", "key-12345", now=MONDAY)


def test_one_rating_gives_the_result_that_the_frozen_rubric_decides(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    rate(cast.cleo, play, GOOD)
    result = rating.latest(play.id)
    assert result is not None and result.passed and result.exact == "11/12"
    assert result.rubric_hash == play.version.rubric.content_hash


def test_a_blocker_fails_the_whole_though_the_total_is_full(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    rate(cast.cleo, play, DISHONEST)
    result = rating.latest(play.id)
    assert result is not None and not result.passed and result.score == 1.0 and result.blocked_by == ["honest"]


def test_the_same_sheet_sent_twice_is_kept_once_and_another_one_is_refused(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    assert rate(cast.cleo, play, GOOD, key="from-the-phone").id == rate(cast.cleo, play, GOOD, key="from-the-phone").id
    assert refusal_of(lambda: rate(cast.cleo, play, POOR, key="another-sheet")) == "already_rated"
    assert len(rating.counting(play.id)) == 1


@pytest.mark.parametrize(
    ("points", "code"),
    [
        ({"needs": "3", "listening": "2"}, "criteria_missing"),
        ({**GOOD, "needs": "7"}, "no_such_level"),
        ({**GOOD, "charm": "1"}, "no_such_level"),
        ({**GOOD, "needs": "three"}, "no_such_level"),
        ({**GOOD, "needs": "1e9999"}, "no_such_level"),
    ],
)
def test_a_sheet_that_is_not_the_rubrics_is_refused(cast: Cast, points: dict[str, str], code: str) -> None:
    play = sent(cast.ana, make_scenario(cast))
    assert refusal_of(lambda: rate(cast.cleo, play, points)) == code
    assert db.session.scalar(select(Rating.id)) is None


def test_a_level_is_kept_as_the_rubric_writes_it_however_it_was_sent(cast: Cast, sign_in: Callable[[Person], FlaskClient]) -> None:
    play = sent(cast.ana, make_scenario(cast))
    kept = rate(cast.cleo, play, {"needs": "3.0", "listening": " 2 ", "honest": "-0"})
    assert kept.points == {"needs": "3", "listening": "2", "honest": "0"}
    assert sign_in(cast.cleo).get(f"/practice/ratings/{kept.task_id}").status_code == 200


def test_two_who_disagree_bring_in_a_third_and_the_middle_counts(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast, **TWO))
    rate(cast.cleo, play, GOOD)
    assert rating.latest(play.id) is None
    rate(cast.tess, play, POOR)
    assert rating.latest(play.id) is None
    third = next(task for task in tasks_of(play) if task.reason == "third")
    assert third.rater_id == cast.ben.id
    rate(cast.ben, play, FAIR)
    result = rating.latest(play.id)
    assert result is not None and result.criteria["needs"] == "2/3" and len(result.ratings) == 3


def test_raters_do_not_see_each_other_before_they_have_rated(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast, **TWO))
    rate(cast.cleo, play, GOOD)
    blind = queries.sheet(actor(cast.tess), task_of(play, cast.tess).id)
    assert not blind.others and blind.rating is None
    assert not queries.play_page(actor(cast.ana), play.id).ratings
    with pytest.raises(Unknown):
        queries.sheet(actor(cast.tess), task_of(play, cast.cleo).id)
    rate(cast.tess, play, FAIR)
    assert len(queries.sheet(actor(cast.tess), task_of(play, cast.tess).id).others) == 1


def test_an_objection_is_rated_once_more_and_the_earlier_result_stays_in_history(cast: Cast) -> None:
    play = sent(cast.ana, make_scenario(cast))
    rate(cast.cleo, play, POOR)
    with transaction():
        objection = appeals.object_to(actor(cast.ana), play.id, "I did ask.", now=MONDAY)
    assert refusal_of(lambda: appeals.object_to(actor(cast.ana), play.id, "Again", now=MONDAY)) == "objection_once"
    with transaction():
        appeals.answer(actor(cast.tess), objection.id, "rerate", "Somebody else looks at it.", now=MONDAY)
    rate(cast.tess, play, GOOD)
    rate(cast.ben, play, GOOD)  # they disagree: a third
    history = db.session.scalars(select(PlayResult).where(PlayResult.play_id == play.id).order_by(PlayResult.id)).all()
    assert [result.passed for result in history] == [False, True]
    assert history[1].supersedes_id == history[0].id


def test_an_anchor_needs_the_performers_consent_and_changes_no_result(cast: Cast) -> None:
    version = make_scenario(cast, **TWO)
    closed = sent(cast.ana, version)
    rate(cast.tess, closed, GOOD)
    assert refusal_of(lambda: appeals.set_anchor(actor(cast.tess), closed.id, GOOD, "why", now=MONDAY)) == "anchor_not_allowed"
    play = sent(cast.ben, version, for_calibration=True)
    rate(cast.tess, play, GOOD)
    rate(cast.cleo, play, GOOD)
    with transaction():
        appeals.set_anchor(actor(cast.tess), play.id, GOOD, "She got to the cost.", now=MONDAY)
    later = sent(cast.dov, version)
    with transaction():
        task = rating.mix_in_anchor(SYSTEM, later, cast.ana.id, now=MONDAY)
    assert task is not None and task.play_id == play.id
    before = rating.latest(play.id)
    rate(cast.ana, play, POOR)
    assert rating.latest(play.id) is before
    shown = queries.sheet(actor(cast.ana), task.id)
    assert shown.anchor is not None and shown.anchor.points == GOOD


# Live


def test_cleo_observes_her_own_people_and_nobody_elses(cast: Cast) -> None:
    version = make_scenario(cast)
    cleo = actor(cast.cleo)
    with pytest.raises(Unknown), transaction():
        observing.begin(cleo, version.scenario_id, {"": cast.dov.id}, now=MONDAY)
    with pytest.raises(Forbidden), transaction():
        observing.begin(actor(cast.ana), version.scenario_id, {"": cast.ben.id}, now=MONDAY)
    with transaction():
        (task,) = observing.begin(cleo, version.scenario_id, {"": cast.ana.id}, now=MONDAY)
    rate(cast.cleo, task.play, FAIR)
    assert rating.latest(task.play_id) is not None


def test_the_iron_triangle_is_played_together_and_rated_apart(cast: Cast) -> None:
    version = make_scenario(cast, parts={"AR": {"en": "Open"}, "SR": {"en": "Solve"}})
    with transaction():
        tasks = observing.begin(
            actor(cast.cleo), version.scenario_id, {"AR": cast.ana.id, "SR": cast.ben.id}, now=MONDAY
        )
    assert len({task.play.together for task in tasks}) == 1
    assert [task.play.part for task in tasks] == ["AR", "SR"]
    assert refusal_of(
        lambda: observing.begin(actor(cast.cleo), version.scenario_id, {"AR": cast.ana.id, "SR": cast.ana.id}, now=MONDAY)
    ) == "observed_twice"


# In a course


def test_the_result_completes_the_module_of_the_course(cast: Cast) -> None:
    tess, version = actor(cast.tess), make_scenario(cast)
    course = make_draft(cast, lessons=0)
    with transaction():
        module = authoring.add_module(tess, course.id, "roleplay", {"en": "Talk"}, now=MONDAY)
        scenarios.configure_module(tess, module.id, version.scenario_id, 1, now=MONDAY)
    publish(cast, course)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    play = begin(cast.ana, version, enrolment_id=enrolment.id, module_id=module.id)
    send(cast.ana, play, take(cast.ana, play))
    rate(cast.cleo, play, GOOD)
    outcome = db.session.scalars(select(ModuleOutcome)).one()
    assert (outcome.passed, round(outcome.score or 0, 4), outcome.source) == (True, 0.9167, f"roleplay:{play.id}")
    assert db.session.scalar(select(Completion.id).where(Completion.enrolment_id == enrolment.id))
    assert refusal_of(lambda: begin(cast.ana, version, enrolment_id=enrolment.id, module_id=module.id)) == "plays_used_up"


def test_a_recording_sent_as_a_file_takes_the_same_way(cast: Cast) -> None:
    play = begin(cast.ana, make_scenario(cast))
    with transaction():
        recording = uploads.whole(actor(cast.ana), play.id, io.BytesIO(mp4()), "video/mp4", now=MONDAY)
    assert recording.media_type == "video/mp4"
