"""Own answer first, then the others, then the truth; scores that are only added; real deals without names."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from assessments.cases import (
    anonymizing,
    authoring,
    discussion,
    policies,
    proposals,
    queries,
    scoring,
    services,
)
from assessments.cases.models import Case, CaseAnswer, CaseScore, Goal
from courses import services as courses
from lms.authz import Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from tests.assessments.cases.factory import (
    answer_all,
    begin,
    begin_in,
    course_of,
    give,
    make_case,
    make_draft_case,
    score,
)
from tests.assessments.roleplays.factory import DISHONEST, FAIR, GOOD, POOR
from tests.courses.factory import MONDAY, TUESDAY, actor, enrolment_of
from tests.people import Cast


def act(person: Person) -> Actor:
    return actor(person)


# Answering


def test_ana_reads_bens_answer_only_after_her_own(cast: Cast) -> None:
    version = make_case(cast)
    ben, ana = begin(cast.ben, version), begin(cast.ana, version)
    give(cast.ben, ben, "k1", "Ben asks for the cost")
    assert queries.work_page(act(cast.ana), ana.id).others == {}
    give(cast.ana, ana, "k1", "Ana waits", reveal=False)
    found = queries.work_page(act(cast.ana), ana.id)
    assert [each.text for each in found.others["k1"]] == ["Ben asks for the cost"]
    assert found.content["questions"][0]["step"] == "compare" and "model" not in found.content["questions"][0]


def test_a_draft_of_ben_is_nobody_elses_to_read(cast: Cast) -> None:
    version = make_case(cast)
    ben, ana = begin(cast.ben, version), begin(cast.ana, version)
    with transaction():
        services.save(act(cast.ben), ben.id, "k1", "Half a thought", 1, now=MONDAY)
    give(cast.ana, ana, "k1")
    assert queries.work_page(act(cast.ana), ana.id).others == {}


def test_dov_of_another_team_is_not_in_anas_group(cast: Cast) -> None:
    version = make_case(cast)
    dov, ana = begin(cast.dov, version), begin(cast.ana, version)
    give(cast.dov, dov, "k1")
    give(cast.ana, ana, "k1")
    assert queries.work_page(act(cast.ana), ana.id).others == {}


def test_in_a_course_the_group_is_everybody_enrolled(cast: Cast) -> None:
    course = course_of(cast, make_case(cast), cast.ana, cast.dov)
    dov, ana = begin_in(cast.dov, course), begin_in(cast.ana, course)
    give(cast.dov, dov, "k1", "Dov calls")
    give(cast.ana, ana, "k1")
    assert [each.person.name for each in queries.work_page(act(cast.ana), ana.id).others["k1"]] == ["Dov"]


def test_an_answer_is_saved_as_it_is_typed_and_an_older_save_never_wins(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    for words, sequence in (("Ask", 1), ("Ask what it costs", 3), ("Ask what", 2)):
        with transaction():
            services.save(act(cast.ana), work.id, "k1", words, sequence, now=MONDAY)
    assert services.answers_of(work)["k1"].text == "Ask what it costs"


def test_an_answer_handed_in_stays_as_it_is(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    give(cast.ana, work, "k1", "My answer", reveal=False)
    for verb in (services.give, lambda *a, now: services.save(*a, 9, now=now)):
        with pytest.raises(Refused, match="case_answer_given"), transaction():
            verb(act(cast.ana), work.id, "k1", "Another one", now=TUESDAY)
    with transaction():
        services.save(act(cast.ana), work.id, "k1", "My answer ", 9, now=TUESDAY)
    assert services.answers_of(work)["k1"].text == "My answer"


def test_the_next_question_waits_and_the_truth_comes_after_ones_own_answer(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    with pytest.raises(Refused, match="case_answer_first"), transaction():
        services.reveal(act(cast.ana), work.id, "k1", now=MONDAY)
    give(cast.ana, work, "k1", reveal=False)
    with pytest.raises(Refused, match="case_question_closed"), transaction():
        services.give(act(cast.ana), work.id, "k2", "Too early", now=MONDAY)
    with pytest.raises(Refused, match="case_text_missing"), transaction():
        services.reveal(act(cast.ana), work.id, "k1", now=MONDAY)
        services.give(act(cast.ana), work.id, "k2", "  ", now=MONDAY)


def test_the_database_reveals_nothing_before_an_answer(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    with transaction():
        services.save(act(cast.ana), work.id, "k1", "Ask", 1, now=MONDAY)
    with pytest.raises(IntegrityError):
        db.session.execute(text("UPDATE deal_case_answer SET revealed_at = saved_at"))
    db.session.rollback()


def test_nobody_works_on_bens_work_and_a_second_beginning_finds_the_first(cast: Cast) -> None:
    version = make_case(cast)
    work = begin(cast.ben, version)
    assert begin(cast.ben, version).id == work.id
    for person in (cast.ana, cast.cleo, cast.tess):
        with pytest.raises(Unknown), transaction():
            services.give(act(person), work.id, "k1", "Not mine", now=MONDAY)


def test_a_new_version_leaves_begun_work_alone(cast: Cast) -> None:
    version = make_case(cast)
    work = begin(cast.ana, version)
    texts = {"title": "Other", "facts": "", "ask": "Changed?", "model": "New", "happened": "New"}
    with transaction():
        authoring.put_question(act(cast.tess), version.case_id, "k1", "en", texts, now=TUESDAY)
        authoring.publish(act(cast.tess), version.case_id, now=TUESDAY)
    assert queries.work_page(act(cast.ana), work.id).content["questions"][0]["ask"] == {"en": "What now at k1?"}
    assert begin(cast.ana, version).id != work.id


def test_a_case_kept_for_courses_is_not_in_the_library(cast: Cast) -> None:
    version = make_case(cast, open=False)
    assert queries.library(act(cast.ana)).total == 0
    with pytest.raises(Unknown):
        begin(cast.ana, version)
    assert begin_in(cast.ana, course_of(cast, version, cast.ana)).version_id == version.id


@pytest.mark.parametrize(("query", "n"), [("齿轮", 1), ("GEARBOXES half", 1), ("model of", 0), ("%", 0), ("", 1)])
def test_the_library_is_searched_by_words_and_filtered(cast: Cast, query: str, n: int) -> None:
    make_case(cast, ending="lost")
    assert queries.library(act(cast.ana), query=query).total == n
    assert queries.library(act(cast.ana), query=query, ending="won").total == 0


# Courses


def test_the_module_is_done_when_all_questions_are_answered(cast: Cast) -> None:
    course = course_of(cast, make_case(cast), cast.ana)
    work = begin_in(cast.ana, course)
    give(cast.ana, work, "k1")
    assert enrolment_of(cast.ana, course).completion is None
    give(cast.ana, work, "k2", reveal=False)
    assert enrolment_of(cast.ana, course).completion is not None


def test_where_the_score_counts_the_module_waits_for_it(cast: Cast) -> None:
    course = course_of(cast, make_case(cast), cast.ana, goal=Goal.PASSED)
    work = begin_in(cast.ana, course)
    answer_all(cast.ana, work)
    assert enrolment_of(cast.ana, course).completion is None
    score(cast.cleo, work, POOR)
    assert enrolment_of(cast.ana, course).completion is None
    score(cast.cleo, work, GOOD, "sheet-0002")
    assert enrolment_of(cast.ana, course).completion is not None
    outcomes = courses.outcomes_of([enrolment_of(cast.ana, course).id])
    (known,) = next(iter(outcomes.values())).values()
    assert [each.passed for each in known] == [False, True] and {each.source for each in known} == {f"case:{work.id}"}


def test_a_module_cannot_ask_for_a_score_that_nobody_can_give(cast: Cast) -> None:
    with pytest.raises(Refused, match="case_rubric_needed"):
        course_of(cast, make_case(cast, scored=False), cast.ana, goal=Goal.PASSED)


# Scores


def test_nobody_scores_their_own_work_and_strangers_none(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    answer_all(cast.ana, work)
    for person in (cast.ana, cast.ben, cast.dov, cast.hana):
        with pytest.raises((Unknown, Forbidden)):
            score(person, work)
    own = begin(cast.cleo, work.version)
    answer_all(cast.cleo, own)
    with pytest.raises(Unknown):
        score(cast.cleo, own)
    values = f"{work.id}, {work.person_id}, {work.person_id}, {work.version.rubric_version_id}, '{{}}', 1, :yes, '', '', 'k', '2026-01-01'"
    names = "work_id, person_id, rater_id, rubric_version_id, points, total, passed, best, change, client_key, at"
    with pytest.raises(IntegrityError, match="not_ones_own"):
        db.session.execute(text(f"INSERT INTO deal_case_score ({names}) VALUES ({values})"), {"yes": True})  # noqa: S608
    db.session.rollback()


def test_an_unfinished_work_is_not_scored(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    give(cast.ana, work, "k1")
    with pytest.raises(Unknown):
        score(cast.cleo, work)


def test_a_second_score_is_added_and_the_first_stays(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    answer_all(cast.ana, work)
    first = score(cast.cleo, work, POOR)
    assert score(cast.cleo, work, POOR).id == first.id, "the same sheet sent twice is one score"
    second = score(cast.cleo, work, GOOD, "sheet-0002")
    assert second.supersedes_id == first.id and len(db.session.scalars(select(CaseScore)).all()) == 2
    score(cast.tess, work, FAIR, "sheet-0003")
    counting = scoring.counting(work.id)
    assert [each.client_key for each in counting] == ["sheet-0002", "sheet-0003"]
    settled = scoring.result(work, counting)
    assert settled is not None and settled.raters == 2 and settled.passed
    assert float(settled.total) == pytest.approx((counting[0].total + counting[1].total) / 2)


def test_a_blocker_fails_the_whole_and_an_open_criterion_is_refused(cast: Cast) -> None:
    work = begin(cast.ana, make_case(cast))
    answer_all(cast.ana, work)
    assert not score(cast.cleo, work, DISHONEST).passed
    with pytest.raises(Refused, match="case_points"):
        score(cast.tess, work, {"needs": "3"}, "sheet-0009")


def test_the_list_to_score_holds_whom_the_manager_leads_and_no_names(cast: Cast) -> None:
    version = make_case(cast)
    for person in (cast.ana, cast.dov):
        answer_all(person, begin(person, version))
    assert [row.alias for row in queries.to_score(act(cast.cleo)).rows] == [begin(cast.ana, version).alias]
    assert queries.to_score(act(cast.tess)).total == 2 and queries.waiting_to_score(act(cast.cleo)) == 1
    assert queries.to_score(act(cast.ben)).total == 0


# Discussion and lessons


def test_one_speaks_after_answering_and_a_hidden_word_is_its_authors_alone(cast: Cast) -> None:
    version = make_case(cast)
    ben, ana = begin(cast.ben, version), begin(cast.ana, version)
    with pytest.raises(Refused, match="case_answer_first"), transaction():
        discussion.comment(act(cast.ben), ben.id, "k1", "First!", now=MONDAY)
    give(cast.ben, ben, "k1")
    give(cast.ana, ana, "k1")
    with transaction():
        said = discussion.comment(act(cast.ben), ben.id, "k1", "That buyer was a fool", now=MONDAY)
    assert len(queries.comments(ana)["k1"]) == 1
    with pytest.raises(Forbidden), transaction():
        discussion.hide(act(cast.cleo), said.id, "rude", now=MONDAY)
    with pytest.raises(Refused, match="case_reason_missing"), transaction():
        discussion.hide(act(cast.tess), said.id, " ", now=MONDAY)
    with transaction():
        discussion.hide(act(cast.tess), said.id, "No insults", now=MONDAY)
    assert queries.comments(ana) == {} and len(queries.comments(ben)["k1"]) == 1
    with transaction():
        discussion.show(act(cast.tess), said.id)
    assert len(queries.comments(ana)["k1"]) == 1


def test_lessons_are_for_those_who_have_read_the_end(cast: Cast) -> None:
    version = make_case(cast)
    work = begin(cast.ana, version)
    with transaction():
        discussion.draw_lesson(act(cast.tess), version.case_id, "en", "Ask who decides", now=MONDAY)
    give(cast.ana, work, "k1")
    give(cast.ana, work, "k2", reveal=False)
    with pytest.raises(Unknown):
        queries.case_for_lessons(act(cast.ana), version.case_id)
    with transaction():
        services.reveal(act(cast.ana), work.id, "k2", now=MONDAY)
    assert queries.case_for_lessons(act(cast.ana), version.case_id).id == version.case_id
    assert [each.text for each in queries.work_page(act(cast.ana), work.id).lessons] == [{"en": "Ask who decides"}]


# Own deals

DEAL = {"brief": "苏州景澜精密有限公司的王总要降价320万元", "aftermath": "Ben called 13812345678"}
SETTINGS = {"stage": "agreement", "industry": "automotive", "ending": "lost"}


def propose(cast: Cast) -> Case:
    with transaction():
        return proposals.propose(act(cast.ana), "en", "A deal", DEAL, SETTINGS, ["王总"], now=MONDAY)


def complete(cast: Cast, case: Case) -> None:
    with transaction():
        proposals.accept(act(cast.tess), case.id, now=MONDAY)
        texts = {"title": "Price", "facts": "", "ask": "What now?", "model": "Hold", "happened": "Gave in"}
        authoring.put_question(act(cast.tess), case.id, None, "en", texts, now=MONDAY)


def test_a_proposed_deal_is_not_published_with_open_flags(cast: Cast) -> None:
    case = propose(cast)
    complete(cast, case)
    flags = {(each.flag.kind, each.flag.text) for each in anonymizing.check(case)}
    assert flags == {
        ("company", "苏州景澜精密有限公司"), ("watched", "王总"), ("amount", "320万元"), ("person", "Ben"), ("phone", "13812345678")
    }  # fmt: skip
    with pytest.raises(Refused, match="case_flags_open"), transaction():
        authoring.publish(act(cast.tess), case.id, now=MONDAY)
    mended = {"brief": "一家齿轮箱厂的采购负责人要求大幅降价", "aftermath": "Ben gave in"}
    with transaction():
        authoring.edit(act(cast.tess), case.id, "en", "A deal", mended, SETTINGS, None, real_deal=False, now=MONDAY)
        with pytest.raises(Refused, match="case_reason_missing"):
            anonymizing.dismiss(act(cast.tess), case.id, "aftermath.en", "person", "Ben", " ", now=MONDAY)
    with pytest.raises(Refused, match="case_flags_open"), transaction():
        authoring.publish(act(cast.tess), case.id, now=MONDAY)
    with transaction():
        anonymizing.dismiss(act(cast.tess), case.id, "aftermath.en", "person", "Ben", "A common name", now=MONDAY)
        version = authoring.publish(act(cast.tess), case.id, now=MONDAY)
    assert version.number == 1 and "watch" not in version.content and case.real_deal


def test_a_dismissed_flag_at_one_place_is_open_at_another(cast: Cast) -> None:
    case = make_draft_case(cast, scored=False, brief={"en": "Ben came"}, aftermath={"en": "Ben left"})
    with transaction():
        case.real_deal = True
        anonymizing.dismiss(act(cast.tess), case.id, "brief.en", "person", "Ben", "Not our Ben", now=MONDAY)
    assert [each.flag.place for each in anonymizing.open_flags(case)] == ["aftermath.en"]
    with pytest.raises(Refused, match="case_flag_gone"), transaction():
        anonymizing.dismiss(act(cast.tess), case.id, "brief.en", "person", "Dov", "Not there", now=MONDAY)


def test_a_proposal_is_its_authors_until_a_trainer_takes_it(cast: Cast) -> None:
    case = propose(cast)
    with pytest.raises(Unknown), transaction():
        proposals.edit(act(cast.ben), case.id, "en", "Mine", DEAL, SETTINGS, [], now=MONDAY)
    with pytest.raises(Refused, match="case_proposal_waits"), transaction():
        authoring.publish(act(cast.tess), case.id, now=MONDAY)
    with transaction():
        proposals.decline(act(cast.tess), case.id, "Say more about the buyer", now=MONDAY)
        proposals.edit(act(cast.ana), case.id, "en", "A longer deal", DEAL, SETTINGS, [], now=MONDAY)
    assert case.status == "proposed"
    complete(cast, case)
    with pytest.raises(Refused, match="case_proposal_closed"), transaction():
        proposals.edit(act(cast.ana), case.id, "en", "Too late", DEAL, SETTINGS, [], now=MONDAY)
    for person in (cast.ana, cast.cleo, cast.hana):
        with pytest.raises(Unknown):
            policies.authored_case(act(person), case.id)


def test_the_database_holds_that_a_proposal_is_a_real_deal(cast: Cast) -> None:
    propose(cast)
    with pytest.raises(IntegrityError, match="proposal_is_real"):
        db.session.execute(text("UPDATE deal_case SET real_deal = :no"), {"no": False})
    db.session.rollback()
    assert not db.session.scalars(select(CaseAnswer)).all()
