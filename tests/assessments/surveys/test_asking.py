"""Making, sending and answering surveys, by hand, by rule, in a course; and who may see what of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from assessments.surveys import authoring, figures, items, queries, results, sending, services
from assessments.surveys.measures import Measure
from assessments.surveys.models import (
    Recipient,
    SurveyInvitation,
    SurveyModule,
    SurveyResponse,
    SurveySending,
    SurveyVersion,
)
from assessments.surveys.results import Filter
from assessments.surveys.summary import Given, summarise
from assessments.surveys.words import after_words, heading, label_of, sentence
from courses import authoring as course_authoring
from lms.clock import now
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.figures import svg
from lms.people.models import Person
from lms.people.scope import load_actor
from lms.values import NotEstimable
from tests.assessments.surveys.factory import (
    FRIDAY,
    MONDAY,
    NEXT_MONTH,
    TUESDAY,
    answer,
    close,
    crowd,
    invitation_of,
    make_survey,
    reaction,
    send,
)
from tests.courses.factory import enrol, enrolment_of, make_course, make_draft, read_all
from tests.courses.factory import publish as publish_course
from tests.people import Cast

Client = Callable[[Person], FlaskClient]
SEEN = {"q1.r1": ["e"], "q1.r2": ["c"], "q1.r3": ["c"], "q1.r4": ["a"], "q3": ["a"]}
"""What a manager saw: 1, ½, ½ and 0 of the four practices."""


def test_a_version_that_was_answered_stays_as_it_was(cast: Cast) -> None:
    survey = make_survey(cast)
    send(cast, survey, crowd(cast, 5))
    tess = load_actor(cast.tess)
    with transaction():
        authoring.put_item(tess, survey.id, {"id": "q9", "kind": "short", "text": {"en": "Anything else?"}}, now=TUESDAY)
        authoring.publish(tess, survey.id, now=TUESDAY)
    first, second = db.session.scalars(select(SurveyVersion).order_by(SurveyVersion.number)).all()
    assert len(second.items) == len(first.items) + 1
    assert db.session.scalars(select(SurveySending)).one().version_id == first.id


def test_a_survey_with_a_question_that_nobody_can_reach_is_not_published(cast: Cast, sign_in: Client) -> None:
    survey = make_survey(cast, publish=False)
    with transaction():
        authoring.move_item(load_actor(cast.tess), survey.id, "q3", -1, now=MONDAY)
    with pytest.raises(Refused, match="survey_unreachable"), transaction():
        authoring.publish(load_actor(cast.tess), survey.id, now=MONDAY)
    page = sign_in(cast.tess).get(f"/authoring/surveys/{survey.id}").get_data(as_text=True)
    assert "the question on which it depends comes later" in page
    assert f"/authoring/surveys/{survey.id}/publish" not in page


def test_tess_writes_a_question_in_both_languages_side_by_side(cast: Cast, sign_in: Client) -> None:
    survey = make_survey(cast, "blank", publish=False)
    client = sign_in(cast.tess)
    fields = {"text_zh": "您的部门？", "text_en": "Your department?", "required": "y", "option-0-zh": "销售", "option-0-en": "Sales", "option-1-zh": "服务"}
    assert client.post(f"/authoring/surveys/{survey.id}/questions/new/single", data=fields).status_code == 302
    (item,) = authoring.items_of(survey)
    assert (item.text["en"], item.text["zh_Hans"], item.text["zh_Hant"]) == ("Your department?", "您的部门？", "您的部門？")
    assert [dict(option.text).get("en") for option in item.options] == ["Sales", None]
    wrong = client.post(f"/authoring/surveys/{survey.id}/questions/new/single", data={"text_en": "Half done", "option-0-en": "Only this"})
    assert "Give at least two options" in wrong.get_data(as_text=True)
    assert "Only this" in wrong.get_data(as_text=True)
    depends = {"text_en": "Why there?", "cond-q1": ["o1"]}
    assert client.post(f"/authoring/surveys/{survey.id}/questions/new/open", data=depends).status_code == 302
    assert "only if" in client.get(f"/authoring/surveys/{survey.id}").get_data(as_text=True)
    assert client.get(f"/authoring/surveys/{survey.id}/preview").status_code == 200


def test_a_rule_asks_learners_and_managers_once_and_not_for_what_was_long_ago(cast: Cast) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana, cast.ben, cast.dov)
    read_all(cast.dov, course, now=MONDAY - timedelta(days=60))
    survey = make_survey(cast, "behaviour_manager", "S-B")
    with transaction():
        sending.set_rule(load_actor(cast.tess), survey.id, course.id, Recipient.MANAGER, 30, 14, None, now=MONDAY)
    read_all(cast.ana, course, now=TUESDAY)
    for moment, invited in ((TUESDAY, 0), (NEXT_MONTH, 1), (NEXT_MONTH, 0), (NEXT_MONTH + timedelta(days=1), 0)):
        with transaction():
            assert sending.tend(load_actor(cast.hana), now=moment)["invited"] == invited
    invitation = db.session.scalars(select(SurveyInvitation)).one()
    assert (invitation.person_id, invitation.about_id) == (cast.cleo.id, cast.ana.id)
    with pytest.raises(Refused, match="survey_about_needs_names"), transaction():
        anonymous = make_survey(cast, "reaction", "S-R")
        sending.set_rule(load_actor(cast.tess), anonymous.id, course.id, Recipient.MANAGER, 30, 14, None, now=MONDAY)


def test_behaviour_is_measured_from_what_managers_saw_with_its_response_rate(cast: Cast) -> None:
    course = make_course(cast)
    survey = make_survey(cast, "behaviour_manager", "S-B")
    people = crowd(cast, 6)
    send(cast, survey, people, course_id=course.id)
    assert isinstance(queries.behaviour_of_course(course.id), NotEstimable)
    for person in people[:5]:
        answer(person, SEEN)
    found = queries.behaviour_of_course(course.id)
    assert isinstance(found, Measure)
    assert (found.value, found.n, found.invited) == (pytest.approx(0.5), 5, 6)
    assert found.response_rate.value == pytest.approx(5 / 6)
    assert isinstance(queries.behaviour_of_course(course.id, recipient=Recipient.MANAGER), NotEstimable), "not sent by a rule"
    assert queries.reaction_of_course(course.id) == NotEstimable("survey_none_for_course")


def test_satisfaction_is_given_for_a_rep_only_where_five_customers_answered_about_them(cast: Cast) -> None:
    survey = make_survey(cast, "satisfaction", "S-C")
    fields = {"q1": ["4"], "q2.r1": ["d"], "q2.r2": ["d"], "q2.r3": ["d"], "q3": ["9"]}
    for rep, n in ((cast.ana, 7), (cast.ben, 6)):
        with transaction():
            made = sending.make_links(load_actor(cast.tess), survey.id, [f"Customer {at}" for at in range(n)], rep.id, FRIDAY, now=MONDAY)
        for link in made[: 5 if rep is cast.ana else 4]:
            with transaction():
                services.submit_public(link.url.rsplit("/", 1)[1], fields, now=TUESDAY)
    sent = db.session.scalars(select(SurveySending)).one()
    assert (sent.links, sent.links_about) == (13, {str(cast.ana.id): 7, str(cast.ben.id): 6})
    close(cast, sent)
    found = queries.satisfaction_by_rep(MONDAY.date(), FRIDAY)
    assert found == {}, "Ben's four are joined to Ana's five: hers alone would give his away"
    whole = results.findings(load_actor(cast.hana), survey.id, Filter())
    assert whole is not None
    assert whole.n == 9


def test_a_survey_in_a_course_is_done_when_it_is_answered(cast: Cast, sign_in: Client) -> None:
    survey = make_survey(cast)
    draft = make_draft(cast, lessons=0)
    with transaction():
        module = course_authoring.add_module(load_actor(cast.tess), draft.id, "survey", {"en": "Your view"}, now=MONDAY)
    editor = sign_in(cast.tess)
    assert b"Choose a published survey" in editor.get(f"/authoring/{draft.id}/check").data
    assert editor.post(f"/authoring/survey-modules/{module.id}", data={"survey": str(survey.id)}).status_code == 302
    publish_course(cast, draft)
    enrol(cast, draft, cast.ana)
    enrolment = enrolment_of(cast.ana, draft)
    client = sign_in(cast.ana)
    there = f"/surveys/courses/{enrolment.id}/{module.id}"
    assert client.get(there).status_code == 200
    half = client.post(there, data={"q2": "9", "q5": "Kept words"})
    assert half.status_code == 422
    assert b"Kept words" in half.data
    done = client.post(there, data={name: values[0] for name, values in reaction().items()})
    assert done.status_code == 302
    assert enrolment_of(cast.ana, draft).completion is not None
    response = db.session.scalars(select(SurveyResponse)).one()
    assert (response.invitation_id, response.submitted_at) == (None, None)
    assert client.post(there, data={}).status_code == 409
    assert sign_in(cast.ben).get(there).status_code == 404
    assert db.session.get(SurveyModule, module.id) is not None


def test_a_named_survey_is_saved_as_one_goes_and_an_older_save_changes_nothing(cast: Cast, sign_in: Client) -> None:
    send(cast, make_survey(cast, "behaviour_self", "S-B"), [cast.ana])
    there = f"/surveys/{invitation_of(cast.ana).id}"
    client = sign_in(cast.ana)
    _keep_open()
    for question, given, sequence in (("q3", "Lakeside", 2), ("q3", "older", 1), ("q1.r1", "d", 3), ("q4", {"q4.a": "1"}, 4), ("nonsense", "x", 5)):
        assert client.post(f"{there}/draft", json={"question": question, "answer": given, "sequence": sequence}).status_code == 200
    page = client.get(there).get_data(as_text=True)
    assert "Lakeside" in page
    assert "older" not in page
    assert 'id="q1-r1-d" name="q1.r1" value="d" checked' in page
    assert client.post(f"{there}/draft", json=[1]).status_code == 409


def test_what_was_typed_last_may_come_after_what_was_handed_in_and_changes_nothing(cast: Cast, sign_in: Client) -> None:
    send(cast, make_survey(cast, "behaviour_self", "S-B"), [cast.ana])
    there = f"/surveys/{invitation_of(cast.ana).id}"
    client = sign_in(cast.ana)
    _keep_open()
    answer(cast.ana, {f"q1.r{at}": ["d"] for at in range(1, 7)} | {"q2": ["b"], "q3": ["Lakeside"]}, now=now())
    late = client.post(f"{there}/draft", json={"question": "q3", "answer": "Lakeside, again", "sequence": 9})
    assert (late.status_code, late.json["saved"], late.json["final"]) == (200, False, True)
    assert "already" in late.json["sentence"]


def _keep_open() -> None:
    """Let what was sent in the tests' March be open today."""
    with transaction():
        for sent in db.session.scalars(select(SurveySending)):
            sent.closes_at = sent.closes_at + timedelta(days=36_500)


def test_named_answers_are_exported_to_the_author_and_to_nobody_else(cast: Cast, sign_in: Client) -> None:
    survey = make_survey(cast, "behaviour_manager", "S-B")
    people = crowd(cast, 5)
    send(cast, survey, people)
    for person in people:
        answer(person, {**SEEN, "q4": ["Go along weekly"]})
    there = f"/authoring/surveys/{survey.id}/answers.csv"
    assert "Go along weekly" in sign_in(cast.tess).get(there).get_data(as_text=True)
    manager = results.findings(load_actor(cast.cleo), survey.id, Filter())
    assert manager is not None
    assert manager.n == 0, "named answers of an open sending are the author's alone"
    for person in (cast.cleo, cast.ana, cast.ada):
        assert sign_in(person).get(there).status_code in (403, 404)


def test_a_manager_can_ask_the_own_team_and_nobody_elses(cast: Cast) -> None:
    survey = make_survey(cast)
    with pytest.raises(Refused, match="survey_nobody"), transaction():
        sending.send(load_actor(cast.cleo), survey.id, [cast.dov.id], FRIDAY, now=MONDAY)
    with transaction():
        sending.send(load_actor(cast.cleo), survey.id, [cast.ana.id, cast.dov.id], FRIDAY, now=MONDAY)
    assert [each.person_id for each in db.session.scalars(select(SurveyInvitation))] == [cast.ana.id]
    with pytest.raises(Unknown):
        results.named_rows(load_actor(cast.ana), survey.id, 1)


def test_no_survey_page_asks_more_than_twelve_queries(cast: Cast, sign_in: Client) -> None:
    survey = make_survey(cast)
    people = crowd(cast, 8)
    sent = send(cast, survey, people)
    for person in people[:6]:
        answer(person, reaction(text="案例很好"))
    close(cast, sent)
    send(cast, survey, people)
    _keep_open()
    there = f"/authoring/surveys/{survey.id}"
    pages = [(cast.tess, path) for path in (f"{there}/results", f"{there}/sendings", there, "/authoring/surveys", f"{there}/send")]
    for person, path in [*pages, (people[0], f"/surveys/{invitation_of(people[0]).id}"), (people[0], "/surveys/")]:
        client = sign_in(person)
        client.get(path)
        asked: list[str] = []

        def note(_c: object, _u: object, statement: str, *_more: object, into: list[str] = asked) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "ROLLBACK")):
                into.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        assert 0 < len(asked) <= 12, (path, len(asked))


def test_a_survey_goes_into_a_file_and_out_again(app: Flask, cast: Cast, tmp_path: Path) -> None:
    survey = make_survey(cast, "needs", "S-N")
    runner = app.test_cli_runner()
    file = tmp_path / "survey.json"
    assert runner.invoke(args=["survey", "export", "S-N", "-o", str(file)]).exit_code == 0
    again = runner.invoke(args=["survey", "import", str(file), "--code", "S-N2", "--publish", "--json"])
    assert again.exit_code == 0
    assert json.loads(again.output)["items"] == len(survey.items)
    copy = authoring.exported(db.session.scalars(select(type(survey)).where(type(survey).code == "S-N2")).one())
    assert copy | {"code": "S-N"} == authoring.exported(survey)
    assert runner.invoke(args=["survey", "import", str(file)]).exit_code == 2
    file.write_text('{"format": "needle-quiz"}')
    assert runner.invoke(args=["survey", "import", str(file)]).exit_code == 2
    send(cast, survey, crowd(cast, 5))
    shown = runner.invoke(args=["survey", "results", "S-N", "--json"])
    assert json.loads(shown.output)["n"] == 0


def test_one_day_is_a_day(app: Flask) -> None:
    assert after_words(1, "KA-01", "The learner") == "1 day after KA-01: The learner"
    assert after_words(30, "KA-01", "The learner") == "30 days after KA-01: The learner"


def test_a_scale_of_how_often_is_not_called_agreement(app: Flask) -> None:
    often = [{"id": f"o{at}", "text": {"en": text}} for at, text in enumerate(("Never", "Rarely", "Sometimes", "Often", "Almost always"))]
    (item,) = items.from_json([{"id": "q1", "kind": "likert", "text": {"en": "How often?"}, "options": often, "rows": [{"id": "r1", "text": {"en": "Asks first."}}]}])
    given = [Given(key, (1, 1, 0), {"q1": {"r1": key}}) for key in ("o4", "o0")]
    (found,) = summarise([item], given, [1], None, anonymous=False)
    assert sentence(found) == "50% answer “Often” or “Almost always”: “Asks first”"
    axis = figures.diverging([found], label_of, heading)["xAxis"]
    assert (axis["min"], axis["max"]) == (-0.5, 0.5), "an axis to 100 % on both sides leaves the bars half the room"


def test_on_a_phone_a_statement_stands_over_its_bar_and_not_beside_it(app: Flask) -> None:
    options = [{"id": f"o{at}", "text": {"en": text}} for at, text in enumerate(("No", "Half", "Yes"))]
    rows = [{"id": "r1", "text": {"en": "I know what I will do differently"}}]
    (item,) = items.from_json([{"id": "q1", "kind": "likert", "text": {"en": "Agree?"}, "options": options, "rows": rows}])
    (found,) = summarise([item], [Given("a", (1, 1, 0), {"q1": {"r1": "o2"}})], [1], None, anonymous=False)
    option = figures.diverging([found], label_of, heading)
    beside, above = (svg(option, width=width, height=160) for width in (640, 320))
    assert "I know what I will do differently" in above
    assert "I know what I will do differently" not in beside, "beside its bar it takes two lines"


def test_a_whole_team_is_asked_with_all_teams_below(cast: Cast) -> None:
    hana = cast.actor(cast.hana)
    offered = {node.code: people for node, people in queries.choice(hana).teams}
    asked = queries.people_named(hana, [cast.company.id], [])
    assert {cast.ana.id, cast.dov.id} <= set(asked) and len(asked) == offered[cast.company.code]
    assert len(queries.people_named(hana, [cast.east.id], [])) == offered[cast.east.code] < len(asked)
