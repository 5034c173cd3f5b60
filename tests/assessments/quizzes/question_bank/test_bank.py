"""The bank: what is retired is drawn and added no longer, what is known of a question, and its way to another course."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from assessments.grading.questions import KINDS
from assessments.quizzes import editing, policies, sections
from assessments.quizzes.models import Question, QuestionVersion
from assessments.quizzes.question_bank import figures, queries, services
from assessments.quizzes.question_bank.changes import changes
from assessments.quizzes.question_bank.queries import Wanted
from assessments.quizzes.sections import Section
from courses import files, publishing
from courses.models import CourseFile
from lms.authz import SYSTEM, Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person, RoleGrant
from tests.assessments.quizzes.factory import RIGHT, WRONG, draft_quiz, make_quiz, question, take
from tests.courses.factory import MONDAY, TUESDAY, WEDNESDAY, actor
from tests.courses.test_authoring import picture
from tests.courses.test_pages import MOST_QUERIES, queries_of
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]


def test_a_retired_question_is_drawn_and_added_no_longer(cast: Cast) -> None:
    made = draft_quiz(cast, ["single", "true_false"])
    tess, id_ = actor(cast.tess), made.questions["single"]
    with transaction():
        editing.take_out(tess, made.module.id, id_, now=MONDAY)
        part = sections.add(tess, made.module.id, Section({"en": "All"}, draw=1, competency="Discovery"), now=MONDAY)
    quiz = policies.quiz_of(made.module.id)
    assert [each.id for each in sections.pools([quiz])[part.id]] == [id_]
    with transaction():
        services.retire(tess, id_, now=MONDAY)
    db.session.expire_all()
    assert sections.pools([policies.quiz_of(made.module.id)])[part.id] == []
    with pytest.raises(Refused, match="question_retired"), transaction():
        services.add_to(tess, id_, made.module.id, now=MONDAY)
    with pytest.raises(Refused, match="question_retired"), transaction():
        services.retire(tess, id_, now=MONDAY)
    with transaction():
        services.bring_back(tess, id_, now=MONDAY)
        services.add_to(tess, id_, made.module.id, now=MONDAY)
    with pytest.raises(Refused, match="question_in_use"), transaction():
        services.bring_back(tess, id_, now=MONDAY)


def test_ana_keeps_the_published_question_that_tess_retires(cast: Cast, sign_in: SignIn) -> None:
    made = make_quiz(cast, ["single"])
    with transaction():
        services.retire(actor(cast.tess), made.questions["single"], now=TUESDAY)
    take(cast.ana, made, RIGHT)
    page = sign_in(cast.tess).get(f"/authoring/{made.course.id}/check").text
    assert "1 question of the quiz is retired." in page
    with pytest.raises(Refused, match="course_has_problems"), transaction():
        publishing.publish(actor(cast.tess), made.course.id, now=WEDNESDAY)


def test_nobody_touches_the_bank_of_a_course_that_is_not_theirs(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    other = draft_quiz(cast, ["single"], code="KA-202")
    with transaction():
        uma = make_person("Uma", cast.company)
        grant = RoleGrant(person_id=uma.id, role=Role.TRAINER, scope="course", course_id=other.course.id, granted_at=MONDAY)
        db.session.add(grant)
    client, id_ = sign_in(uma), made.questions["single"]
    assert client.get(f"/authoring/bank/{other.questions['single']}").status_code == 200
    for address in (f"/authoring/bank/{id_}", f"/authoring/bank/{id_}/edit", f"/authoring/{made.course.id}/bank"):
        assert client.get(address).status_code == 404, address
    for act in ("retire", "bring_back", "copy", "add", "review/ask", "review/approve"):
        assert client.post(f"/authoring/bank/{id_}/{act}", data={"course": other.course.id, "module": made.module.id}).status_code == 404
    assert client.post(f"/authoring/{made.course.id}/bank/rule", data={"reviewed_only": "1"}).status_code == 404
    assert {row.question.id for row in queries.listed(actor(uma), Wanted(), 1).rows} == {other.questions["single"]}
    with pytest.raises(Unknown), transaction():
        services.copy_to(actor(uma), other.questions["single"], made.course.id, now=MONDAY)
    with pytest.raises(Forbidden), transaction():
        services.retire(actor(cast.ana), id_, now=MONDAY)
    assert sign_in(cast.ana).get("/authoring/bank").status_code == 403


def test_the_list_finds_by_words_kind_competency_difficulty_tag_and_state(cast: Cast) -> None:
    made = draft_quiz(cast, ["single", "true_false", "numeric"])
    tess = actor(cast.tess)
    single = db.session.get_one(Question, made.questions["single"])
    with transaction():
        sections.describe(tess, single, 3, ["合同", 'a "b"'])
        services.retire(tess, made.questions["numeric"], now=MONDAY)

    def ids(**wanted: Any) -> set[int]:
        return {row.question.id for row in queries.listed(tess, Wanted(**wanted), 1).rows}

    for wanted in ({"q": "关于SINGLE"}, {"kind": "single"}, {"difficulty": 3}, {"tag": "合同"}, {"tag": 'a "b"'}):
        assert ids(**wanted) == {single.id}, wanted
    assert ids(q="100%") == set()
    assert ids(status="retired") == {made.questions["numeric"]}
    assert len(ids(competency="Discovery", review="draft", course=made.course.id)) == 3
    assert queries.choices(tess).tags == ['a "b"', "合同"]


def test_figures_count_first_attempts_as_item_analysis_does(cast: Cast) -> None:
    made = make_quiz(cast, ["single", "numeric"])
    take(cast.ana, made, RIGHT)
    take(cast.ana, made, WRONG)
    take(cast.dov, made, {"single": "s1"})
    with transaction():
        assert figures.count(SYSTEM, now=WEDNESDAY) == 2
        assert figures.count(SYSTEM, now=WEDNESDAY) == 2, "counting again changes nothing"
    rows = {row.question.kind: row for row in queries.listed(actor(cast.tess), Wanted(), 1).rows}
    assert (rows["single"].figure.value, rows["single"].figure.n, rows["single"].figure.settled) == (0.5, 2, False)  # type: ignore[union-attr]
    assert (rows["numeric"].answered, rows["numeric"].figure.value) == (1, 0.5), "left empty counts 0"  # type: ignore[union-attr]
    assert [use.title for use in rows["single"].uses] == [{"en": "Final quiz"}]


def test_a_copy_takes_its_image_along_and_goes_its_own_way(cast: Cast, sign_in: SignIn) -> None:
    made, other = draft_quiz(cast, ["single"]), draft_quiz(cast, ["single"], code="KA-202")
    tess = actor(cast.tess)
    with transaction():
        file = files.add(tess, made.course, picture(), "map.png")
        data = question("single", stem={"en": f"![The map](file:{file.id}) Where?"})
        item = editing.add_question(tess, made.module.id, data, marks=1, competency="Maps", now=MONDAY)
        copy = services.copy_to(tess, item.question_id, other.course.id, now=TUESDAY)
    new = db.session.scalars(select(CourseFile).where(CourseFile.course_id == other.course.id)).one()
    version = db.session.scalars(select(QuestionVersion).where(QuestionVersion.question_id == copy.id)).one()
    assert version.stem == {"en": f"![The map](file:{new.id}) Where?"}
    assert (copy.course_id, copy.competency, version.number) == (other.course.id, "Maps", 1)
    assert f"/course-files/{new.id}" in (page := sign_in(cast.tess).get(f"/authoring/bank/{copy.id}").text) or f"{new.id}" in page
    with pytest.raises(Refused, match="question_same_course"), transaction():
        services.copy_to(tess, copy.id, other.course.id, now=TUESDAY)


def test_versions_say_who_wrote_what_and_what_changed(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["single"])
    id_ = made.questions["single"]
    with transaction():
        editing.take_out(actor(cast.tess), made.module.id, id_, now=MONDAY)
        services.rewrite(actor(cast.tess), id_, question("single", stem={"en": "Who decides?"}, key={"correct": "s3"}), competency="X", now=TUESDAY)
    newest, first = queries.dossier(actor(cast.tess), id_).versions
    assert newest.author == cast.tess
    assert first.changed == []
    said = {(each.field, each.language): (list(each.gone), list(each.new)) for each in newest.changed}
    assert said[("stem", "en")] == (["About single?"], ["Who decides?"])
    assert said[("stem", "zh_Hans")] == (["关于single？"], [])
    assert said[("options", "en")] == (["✓ Option s2", "– Option s3"], ["– Option s2", "✓ Option s3"])
    page = sign_in(cast.tess).get(f"/authoring/bank/{id_}").text
    assert "<del>About single?</del>" in page
    assert "<ins>Who decides?</ins>" in page


def test_a_question_in_no_quiz_is_edited_in_the_bank(cast: Cast, sign_in: SignIn) -> None:
    made = draft_quiz(cast, ["true_false"])
    client, id_ = sign_in(cast.tess), made.questions["true_false"]
    assert f"/authoring/quizzes/{made.module.id}/questions/{id_}" in client.get(f"/authoring/bank/{id_}/edit").headers["Location"]
    with transaction():
        editing.take_out(actor(cast.tess), made.module.id, id_, now=MONDAY)
    assert "About true_false?" in client.get(f"/authoring/bank/{id_}/edit").text
    sent = {"stem": "Is it so?", "truth": "true", "competency": "New", "difficulty": "4", "tags": "one, two"}
    assert client.post(f"/authoring/bank/{id_}/edit?language=en", data=sent).status_code == 302
    row = queries.listed(actor(cast.tess), Wanted(q="is it so"), 1).rows[0]
    assert (row.question.competency, row.question.difficulty, row.question.tags) == ("New", 4, ["one", "two"])
    assert client.post(f"/authoring/bank/{id_}/edit?language=en", data=sent | {"truth": ""}).status_code == 200


def test_every_act_of_the_pages_works(cast: Cast, sign_in: SignIn) -> None:
    made, other = draft_quiz(cast, ["single", "numeric"]), draft_quiz(cast, ["single"], code="KA-202")
    client, id_ = sign_in(cast.tess), made.questions["single"]
    with transaction():
        editing.take_out(actor(cast.tess), made.module.id, id_, now=MONDAY)
    page = f"/authoring/bank/{id_}"
    assert "No quiz of the draft asks it at present." in client.get(page).text
    assert client.post(f"{page}/add", data={"module": made.module.id}).status_code == 302
    assert "Final quiz" in client.get(page).text
    assert "is retired" in client.post(f"{page}/retire", follow_redirects=True).text
    assert "in use again" in client.post(f"{page}/bring_back", follow_redirects=True).text
    assert "This is the copy." in client.post(f"{page}/copy", data={"course": other.course.id}, follow_redirects=True).text


@pytest.mark.parametrize("number", [1, 20])
def test_the_pages_of_the_bank_take_few_queries_that_do_not_grow(cast: Cast, sign_in: SignIn, number: int) -> None:
    made = draft_quiz(cast, ["single"])
    with transaction():
        for at in range(number):
            data = question("single", stem={"en": f"Number {at}?"})
            editing.add_question(actor(cast.tess), made.module.id, data, marks=1, competency="", now=MONDAY)
        sections.add(actor(cast.tess), made.module.id, Section({"en": "All"}, draw=1), now=MONDAY)
    client = sign_in(cast.tess)
    for address in ("/authoring/bank", f"/authoring/{made.course.id}/bank?q=number&kind=single", f"/authoring/bank/{made.questions['single']}"):
        assert queries_of(client, address) <= MOST_QUERIES, address


def test_changes_name_the_lines_that_moved() -> None:
    before = {"kind": "ordering", "stem": {"en": "Order"}, "options": [{"id": id_, "text": {"en": id_}, "feedback": {}} for id_ in "abc"], "unit": "", "feedback": {}, "key": {"order": ["a", "b", "c"], "credit": "pairs"}}
    after = {**before, "key": {"order": ["b", "a", "c"], "credit": "exact"}}
    said = {each.field: (list(each.gone), list(each.new)) for each in changes(before, after)}
    assert said == {"lines": (["b"], ["b"]), "credit": (["pairs"], ["exact"])}
    assert changes(before, before) == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in queries.UNKEYED])
def test_the_bank_shows_a_question_as_learners_meet_it_with_what_is_right(cast: Cast, sign_in: SignIn, kind: str) -> None:
    made = draft_quiz(cast, [kind])
    found = queries.dossier(actor(cast.tess), made.questions[kind])
    assert found.keyed is not None
    assert found.keyed.correct or found.keyed.accepted or all(line.right for line in found.keyed.lines)
    page = sign_in(cast.tess).get(f"/authoring/bank/{made.questions[kind]}").text
    says = page.partition('id="says"')[2].partition("<details")[0]
    if kind in ("single", "multiple", "true_false"):
        assert says.count("right answer") == len(found.keyed.correct or ())
        assert says.count(" checked") == len(found.keyed.correct or ())
    for words in [*found.keyed.accepted, *(line.right for line in found.keyed.lines)]:
        assert str(escape(words)) in says
    assert "->" not in says and "=&gt;" not in says, "no notation of the editor"
