"""Playing: one step is one step, the frozen story decides, the course learns of it, and nobody sees another's."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from assessments.roleplays import scenarios
from assessments.roleplays.dialogues import authoring, queries, services, story, words
from assessments.roleplays.dialogues.models import Dialogue, DialoguePlay, DialogueStep, DialogueVersion
from courses import authoring as course_authoring
from courses import publishing
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.models import ModuleOutcome
from lms.authz import Role
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.i18n import speaking
from lms.people.models import Person
from tests.assessments.roleplays.dialogues.stories import TWINE, go, good, passage
from tests.assessments.roleplays.dialogues.stories import story as told
from tests.assessments.roleplays.test_pages import statements
from tests.courses.factory import MONDAY, TUESDAY, actor, enrol, enrolment_of, make_draft
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def published(cast: Cast, code: str = "DL-1") -> DialogueVersion:
    with transaction():
        row = authoring.load(actor(cast.tess), code, {"en": "Meeting"}, good(), now=MONDAY)
        return authoring.publish(actor(cast.tess), row.id, now=MONDAY)


def begin(person: Person, version: DialogueVersion, *place: int) -> DialoguePlay:
    with transaction():
        return services.start(actor(person), version.dialogue_id, *place, now=MONDAY)


def take(person: Person, play: DialoguePlay, number: int, choice: int) -> DialoguePlay:
    with transaction():
        return services.take(actor(person), play.id, number, choice, now=TUESDAY)


def through(person: Person, play: DialoguePlay, *choices: int) -> DialoguePlay:
    for number, choice in enumerate(choices, 1):
        take(person, play, number, choice)
    return play


def rep(cast: Cast, at: int) -> Person:
    """One more in Ana's team."""
    with transaction():
        return make_person(f"Rep {at}", cast.ana.team, Role.REP, number=f"rep{at}")


def in_a_course(cast: Cast, version: DialogueVersion, attempts: int | None = None) -> tuple[int, int]:
    """Ana is enrolled in a course whose one required module is the dialogue: enrolment and module."""
    course, tess = make_draft(cast, lessons=1), actor(cast.tess)
    with transaction():
        module = course_authoring.add_module(tess, course.id, "roleplay", {"en": "Talk"}, now=MONDAY)
        scenarios.configure_module(tess, module.id, None, attempts, dialogue_id=version.dialogue_id, now=MONDAY)
        modules = course_authoring.modules_of(course.id)
        rules = {each.id: ModuleRule(each is modules[-1], Need.PASSED, None) for each in modules}
        course_authoring.set_rule(tess, course.id, rules, at_least=None, valid_months=None, now=MONDAY)
        publishing.publish(tess, course.id, now=MONDAY)
    enrol(cast, course, cast.ana)
    return enrolment_of(cast.ana, course).id, module.id


def test_a_double_click_is_one_step_and_one_walk(cast: Cast) -> None:
    version = published(cast)
    play = begin(cast.ana, version)
    assert begin(cast.ana, version).id == play.id
    take(cast.ana, play, 1, 0)
    take(cast.ana, play, 1, 0)
    assert db.session.scalar(select(func.count()).select_from(DialogueStep)) == 1
    with pytest.raises(Refused, match="step_taken"):
        take(cast.ana, play, 1, 1)


def test_ana_goes_on_on_another_device_where_she_was(cast: Cast) -> None:
    play = through(cast.ana, begin(cast.ana, published(cast)), 0)
    found = queries.play_page(actor(cast.ana), play.id)
    assert found.passage.name == "Middle"
    assert [number for number, _choice in found.offered] == [0, 1]
    with pytest.raises(Unknown):
        queries.play_page(actor(cast.ben), play.id)


def test_the_result_is_exact_and_stays_when_the_draft_changes(cast: Cast) -> None:
    version = published(cast)
    with transaction():
        authoring.remove_passage(actor(cast.tess), version.dialogue_id, "Visit", now=TUESDAY)
    lost = through(cast.ana, begin(cast.ana, version), 0, 1)
    assert (lost.exact, lost.passed, lost.blocked) == ("2/3", False, False)
    won = through(cast.ana, begin(cast.ana, version), 0, 0)
    assert (won.exact, won.passed, won.number) == ("1", True, 2)
    bribe = through(cast.ana, begin(cast.ana, version), 2, 1)
    assert (bribe.passed, bribe.blocked, bribe.exact) == (False, True, "1")


def test_a_choice_whose_condition_does_not_hold_is_refused_by_the_server(cast: Cast) -> None:
    play = through(cast.ana, begin(cast.ana, published(cast)), 1)
    with pytest.raises(Refused, match="choice_not_open"):
        take(cast.ana, play, 2, 0)


def test_passing_the_dialogue_completes_the_module_in_the_same_act(cast: Cast) -> None:
    version = published(cast)
    enrolment_id, module_id = in_a_course(cast, version, attempts=2)
    through(cast.ana, begin(cast.ana, version, enrolment_id, module_id), 1, 1)
    through(cast.ana, begin(cast.ana, version, enrolment_id, module_id), 0, 0)
    rows = db.session.scalars(select(ModuleOutcome).order_by(ModuleOutcome.id)).all()
    assert [(row.passed, row.score) for row in rows] == [(False, 0.0), (True, 1.0)]
    with pytest.raises(Refused, match="plays_used_up"):
        begin(cast.ana, version, enrolment_id, module_id)


def test_what_cannot_be_won_is_not_published(cast: Cast) -> None:
    hopeless = told(passage("Start", go("Out")), passage("Out", ending="failed"))
    with transaction():
        row = authoring.load(actor(cast.tess), "DL-2", {"en": "Lost"}, hopeless, now=MONDAY)
    with pytest.raises(Refused, match="dialogue_problems"):
        authoring.publish(actor(cast.tess), row.id, now=MONDAY)


def test_ways_are_shown_from_five_people_on_and_only_of_the_own_scope(cast: Cast, sign_in: SignIn) -> None:
    version = published(cast)
    reps = [cast.ana, *(rep(cast, at) for at in range(3))]
    fifth = rep(cast, 5)
    for person in [*reps, cast.ana]:
        through(person, begin(person, version), 0, 0)
    few = queries.results(actor(cast.tess), version.dialogue_id)
    assert (few.people, few.plays, few.enough, few.taken) == (4, 5, False, {})
    through(fifth, begin(fifth, version), 2, 1)
    found = queries.results(actor(cast.tess), version.dialogue_id)
    assert found.enough and (found.plays, found.passed, found.blocked) == (6, 5, 1)
    assert found.taken[("Start", 0)] == 5 and found.stood["Middle"] == 6
    page = sign_in(cast.tess).get(f"/authoring/roleplays/dialogues/{version.dialogue_id}/results")
    assert "5 of 6 performances passed" in page.get_data(as_text=True)


def test_pages_open_for_those_who_may_and_cost_few_statements(cast: Cast, sign_in: SignIn) -> None:
    version = published(cast)
    play = through(cast.ana, begin(cast.ana, version), 0)
    enrolment_id, module_id = in_a_course(cast, version)
    ana = sign_in(cast.ana)
    own = ["/practice/dialogues/", f"/practice/dialogues/{version.dialogue_id}", f"/practice/dialogues/plays/{play.id}"]
    for path in [*own, f"/practice/dialogues/modules/{enrolment_id}/{module_id}"]:
        with statements() as seen:
            assert ana.get(path).status_code == 200, path
        assert len(seen) <= 12, (path, len(seen))
    assert ana.get(f"/practice/modules/{enrolment_id}/{module_id}").headers["Location"].endswith(f"/{enrolment_id}/{module_id}")
    base = f"/authoring/roleplays/dialogues/{version.dialogue_id}"
    pages = [base, f"{base}/passage?name=Start", f"{base}/results", f"{base}/preview?way=0.0", f"{base}/export"]
    assert {ana.get(path).status_code for path in pages} == {403}
    tess = sign_in(cast.tess)
    for path in [*pages, "/authoring/roleplays/dialogues/"]:
        with statements() as seen:
            assert tess.get(path).status_code == 200, path
        assert len(seen) <= 12, (path, len(seen))
    assert sign_in(cast.ben).get(own[-1]).status_code == 404


def test_tess_writes_an_answer_and_its_target_becomes_a_passage(cast: Cast, sign_in: SignIn) -> None:
    with transaction():
        row = authoring.create(actor(cast.tess), "DL-3", {"en": "New"}, "Beginning", now=now())
    tess, url = sign_in(cast.tess), f"/authoring/roleplays/dialogues/{row.id}/passage?name=Beginning&language=en"
    answer = {"c0-text": "Why?", "c0-target": "Reason", "c0-points": "1/2", "c0-condition": "", "c0-effects": "$asked to 1"}
    form = {"name": "Hello", "text": "Good day.", "ending": "", "effects": "", "slots": "2"} | answer
    wrong = tess.post(url, data=form | {"c0-condition": "whenever"})
    assert "This cannot be read." in wrong.get_data(as_text=True)
    assert tess.post(url, data=form).status_code == 302
    db.session.expire_all()
    found = story.from_json(db.session.get_one(Dialogue, row.id).content)
    assert [each.name for each in found.passages] == ["Hello", "Reason"] and found.start == "Hello"
    assert found.passages[0].choices[0].points == Fraction(1, 2)


def test_a_file_that_is_no_text_is_refused_and_the_draft_stays(cast: Cast, sign_in: SignIn) -> None:
    version = published(cast)
    tess, url = sign_in(cast.tess), f"/authoring/roleplays/dialogues/{version.dialogue_id}/import"

    def send(data: bytes) -> str:
        return tess.post(url, data={"file": (io.BytesIO(data), "a.twee"), "spoken": "en"}, follow_redirects=True).get_data(as_text=True)

    assert "not UTF-8" in send(b"\xff\xfe:: Start")
    assert "no passage" in send(b"nothing")
    assert "taken the place" in send(TWINE.encode() + b"\n:: Style [script]\nalert(1)\n")
    page = tess.get(f"/authoring/roleplays/dialogues/{version.dialogue_id}").get_data(as_text=True)
    assert "Mrs Gao looks" in page and "was left out" in page


def test_publishing_without_a_change_makes_no_new_version_and_is_not_offered(cast: Cast, sign_in: SignIn) -> None:
    version = published(cast)
    url = f"/authoring/roleplays/dialogues/{version.dialogue_id}"
    client = sign_in(cast.tess)
    assert "Publish version" not in client.get(url).text
    with transaction():
        assert authoring.publish(actor(cast.tess), version.dialogue_id, now=MONDAY).id == version.id
        authoring.add_passage(actor(cast.tess), version.dialogue_id, "Another", now=MONDAY)
    assert authoring.unchanged(authoring.authored(actor(cast.tess), version.dialogue_id)) is None


@pytest.mark.parametrize(("locale", "name"), [("en", "Start"), ("zh_Hans", "开场"), ("zh_Hant", "开场")])
def test_a_passage_is_shown_by_its_name_in_the_readers_language_or_by_the_one_it_has(app: Flask, locale: str, name: str) -> None:
    named = story.with_name(story.Passage("Start"), "zh_Hans", "开场")
    with app.test_request_context(), speaking(locale):
        assert words.shown(named) == name
