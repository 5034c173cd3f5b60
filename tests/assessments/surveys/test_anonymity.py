"""Anonymous means that neither a page nor the database says who answered what."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from assessments.surveys import results, sending, services
from assessments.surveys.models import SurveyDraft, SurveyLink, SurveyMark, SurveyResponse
from assessments.surveys.queries import reaction_of_course, waiting
from assessments.surveys.results import Filter
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.jobs import Job
from lms.people.models import Person
from lms.people.scope import load_actor
from lms.values import NotEstimable
from tests.assessments.surveys.factory import (
    TUESDAY,
    answer,
    close,
    crowd,
    invitation_of,
    make_survey,
    reaction,
    send,
)
from tests.people import Cast

Client = Callable[[Person], FlaskClient]


def every_word_of_the_database(but: tuple[str, ...] = ()) -> str:
    """All rows of all survey tables as text."""
    names = [name for name in inspect(db.engine).get_table_names() if name.startswith("survey") and name not in but]
    return "\n".join(str(row) for name in names for row in db.session.execute(text(f"SELECT * FROM {name}")))  # noqa: S608


def test_an_anonymous_answer_has_no_person_no_time_and_no_order(cast: Cast) -> None:
    people = crowd(cast, 6)
    send(cast, make_survey(cast), people)
    for at, person in enumerate(people):
        answer(person, reaction(nps=at))
    rows = db.session.scalars(select(SurveyResponse)).all()
    assert len(rows) == 6
    for row in rows:
        assert (row.invitation_id, row.submitted_at, row.label, row.about_id) == (None, None, "", None)
        assert row.unit_id == cast.east.id
    marks = db.session.scalars(select(SurveyMark.mark)).all()
    assert len(marks) == 6
    assert not db.session.scalars(select(SurveyDraft)).all()


@pytest.mark.parametrize(
    "values", ["invitation_id = 1", "submitted_at = '2026-03-03 01:00:00'", "label = 'Ana'", "anonymous = :no"]
)
def test_the_database_refuses_to_link_an_anonymous_answer(cast: Cast, values: str) -> None:
    send(cast, make_survey(cast), crowd(cast, 5))
    person = db.session.scalars(select(Person).where(Person.name == "east 0")).one()
    answer(person, reaction())
    values = values.replace("invitation_id = 1", f"invitation_id = {invitation_of(person).id}")
    with pytest.raises(IntegrityError):
        db.session.execute(text(f"UPDATE survey_response SET {values}"), {"no": False} if ":no" in values else {})  # noqa: S608
        db.session.flush()
    db.session.rollback()


def test_sqlite_keeps_no_hidden_order_of_answers_and_marks(app: Flask, cast: Cast) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("hidden row numbers are SQLite's")
    for table in ("survey_response", "survey_mark"):
        with pytest.raises(Exception, match="no such column: rowid"):
            db.session.execute(text(f"SELECT rowid FROM {table}"))  # noqa: S608


def test_whoever_has_answered_is_not_asked_again_and_closing_forgets_them(cast: Cast) -> None:
    people = crowd(cast, 6)
    sent = send(cast, make_survey(cast), people)
    assert [each.id for each in waiting(load_actor(people[0]), TUESDAY)] == [invitation_of(people[0]).id]
    answer(people[0], reaction())
    assert waiting(load_actor(people[0]), TUESDAY) == []
    with pytest.raises(Refused, match="survey_answered"):
        answer(people[0], reaction())
    close(cast, sent)
    assert not db.session.scalars(select(SurveyMark)).all()


def test_the_mark_of_an_answer_names_nobody_without_the_secret_key(app: Flask, cast: Cast) -> None:
    people = crowd(cast, 5)
    send(cast, make_survey(cast), people)
    invitation = invitation_of(people[0])
    mark = services.mark_of(invitation)
    app.config["SECRET_KEY"], before = "another key", app.config["SECRET_KEY"]
    try:
        assert services.mark_of(invitation) != mark
    finally:
        app.config["SECRET_KEY"] = before


def test_results_wait_for_the_closing_and_for_five_answers(cast: Cast) -> None:
    people = crowd(cast, 12)
    survey = make_survey(cast)
    first = send(cast, survey, people[:6])
    for person in people[:4]:
        answer(person, reaction(text="Secret words"))
    tess = load_actor(cast.tess)
    found = results.findings(tess, survey.id, Filter())
    assert found is not None
    assert (found.n, found.still_open) == (0, 1)
    close(cast, first)
    found = results.findings(tess, survey.id, Filter())
    assert found is not None
    assert (found.n, found.held_back, found.answers, found.invited) == (0, True, 4, 6)
    assert all(result.n == 0 and not result.texts for result in found.results)
    assert isinstance(reaction_of_course(1), NotEstimable)

    second = send(cast, survey, people[6:])
    for person in people[6:9]:
        answer(person, reaction())
    close(cast, second)
    found = results.findings(tess, survey.id, Filter())
    assert found is not None
    assert found.n == 7
    for only in (first, second):
        part = results.findings(tess, survey.id, Filter(sending=only.id))
        assert part is not None
        assert part.n == 0, "either sending alone would give the other away"


def test_a_manager_sees_only_groups_that_lie_in_the_own_team(cast: Cast) -> None:
    """Six of East and three of West answer: West is too small, so East's page would give it away."""
    east, west = crowd(cast, 6), crowd(cast, 5, cast.west)
    survey = make_survey(cast)
    sent = send(cast, survey, [*east, *west])
    for person in [*east, *west[:3]]:
        answer(person, reaction())
    close(cast, sent)
    whole = results.findings(load_actor(cast.hana), survey.id, Filter())
    part = results.findings(load_actor(cast.cleo), survey.id, Filter())
    assert whole is not None
    assert part is not None
    assert whole.n == 9
    assert part.n == 0
    assert part.rate is None
    with pytest.raises(Unknown):
        results.findings(load_actor(cast.cleo), survey.id, Filter(team=cast.west.id))


def test_nobody_gets_the_answers_of_an_anonymous_survey_one_by_one(cast: Cast, sign_in: Client) -> None:
    """HR, the author, the manager, the administrator: by page, by export, by any address."""
    people = crowd(cast, 6)
    survey = make_survey(cast)
    sent = send(cast, survey, people)
    for at, person in enumerate(people[:4]):
        answer(person, reaction(text=f"Words of number {at}"))
    close(cast, sent)
    for person in (cast.hana, cast.tess, cast.cleo, cast.ada, cast.ana):
        client = sign_in(person)
        for path in ("results", "results.csv", "results.xlsx", "answers.csv", "answers.xlsx", "answers.csv?version=1",
                     f"results?sending={sent.id}", f"results?team={cast.east.id}", "sendings", "export.json", ""):  # fmt: skip
            response = client.get(f"/authoring/surveys/{survey.id}/{path}".rstrip("/"))
            assert b"Words of number" not in response.data, (person.name, path)
            if path.startswith("answers"):
                assert response.status_code in (403, 404), (person.name, path)
    assert sign_in(cast.hana).get(f"/authoring/surveys/{survey.id}/results").status_code == 200
    with pytest.raises(Unknown):
        results.named_rows(load_actor(cast.tess), survey.id, 1)


def test_another_persons_invitation_is_no_page(cast: Cast, sign_in: Client) -> None:
    people = crowd(cast, 5)
    send(cast, make_survey(cast), people)
    there = invitation_of(people[0]).id
    for person in (cast.ben, cast.hana, cast.tess, cast.ada, people[1]):
        client = sign_in(person)
        assert client.get(f"/surveys/{there}").status_code == 404
        assert client.post(f"/surveys/{there}", data={}).status_code == 404
        assert client.post(f"/surveys/{there}/draft", json={"question": "q2", "answer": "1", "sequence": 1}).status_code == 404


def test_an_anonymous_survey_keeps_no_draft(cast: Cast, sign_in: Client) -> None:
    people = crowd(cast, 5)
    send(cast, make_survey(cast), people)
    there = invitation_of(people[0]).id
    client = sign_in(people[0])
    assert b"data-autosave-url" not in client.get(f"/surveys/{there}").data
    saved = client.post(f"/surveys/{there}/draft", json={"question": "q2", "answer": "1", "sequence": 1})
    assert saved.status_code == 409
    assert not db.session.scalars(select(SurveyDraft)).all()


def test_a_public_link_works_once_and_leaves_nothing_of_an_anonymous_customer(
    cast: Cast, client: FlaskClient, sign_in: Client
) -> None:
    survey = make_survey(cast, "satisfaction", "S-CUST")
    made = sign_in(cast.tess).post(
        f"/authoring/surveys/{survey.id}/links", data={"labels": "Lakeside Steel\nHarbour Motors", "closes_on": "2099-01-31"}
    )
    assert made.status_code == 200
    assert "Lakeside Steel" in made.get_data(as_text=True)
    tokens = [line.split("/s/")[-1] for line in made.get_data(as_text=True).splitlines()]
    address = next(cell for line in tokens for cell in line.split(",") if "/surveys/link/" in cell).split("/surveys/link/")[1]
    fields = {"q1": "4", "q2.r1": "d", "q2.r2": "d", "q2.r3": "e", "q3": "9"}
    client.get("/logout")
    assert address not in every_word_of_the_database()
    page = client.post(f"/surveys/link/{address}", data={"q3": "9", "q6": "A plant in Suzhou"})
    assert page.status_code == 422
    assert b"A plant in Suzhou" in page.data, "what was typed is kept"
    assert client.post(f"/surveys/link/{address}", data=fields).status_code == 200
    assert client.get(f"/surveys/link/{address}").status_code == 404
    assert client.post(f"/surveys/link/{address}", data=fields).status_code == 404
    assert client.get("/surveys/link/never-was").status_code == 404
    assert db.session.scalars(select(SurveyResponse)).one().answers["q1"] == 4
    assert len(db.session.scalars(select(SurveyLink)).all()) == 1
    assert "Lakeside" not in every_word_of_the_database()


def test_the_job_that_reminds_carries_no_list_of_those_who_have_not_answered(cast: Cast, sent: list[dict[str, str]]) -> None:
    people = crowd(cast, 6)
    survey = send(cast, make_survey(cast), people)
    answer(people[0], reaction())
    with transaction():
        sending.remind(load_actor(cast.tess), survey.id, now=TUESDAY)
    reminder = db.session.scalars(select(Job).where(Job.kind == "surveys.remind")).one()
    assert set(reminder.params) == {"sending", "since"}
    assert sorted(mail["to"] for mail in sent[-6:]) == sorted(person.email or "" for person in people), "everybody, answered or not"
