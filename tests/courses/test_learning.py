"""Enrolling, learning, completing: one transaction from the last act to the certificate."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from courses import authoring, enrolments, own, publishing, queries, services
from courses.completion import Outcome
from courses.models import Certificate, Chosen, Completion, CompletionReview, Enrolment, ModuleOutcome
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from tests.courses.factory import (
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    actor,
    add_lesson,
    enrol,
    enrolment_of,
    make_course,
    make_draft,
    publish,
    read_all,
    require_score,
    score,
)
from tests.people import Cast


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def certificates() -> list[Certificate]:
    return list(db.session.scalars(select(Certificate).order_by(Certificate.id)))


def test_ana_completes_with_her_last_lesson_and_has_a_certificate_at_once(cast: Cast) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana)
    enrolment = read_all(cast.ana, course)
    assert enrolment.completion is not None
    assert enrolment.completion.completed_on == date(2026, 3, 3)
    assert enrolment.completion.rule.number == 1
    assert [each["met"] for each in enrolment.completion.evidence["requirements"]] == [True, True]
    (certificate,) = certificates()
    assert certificate.completion_id == enrolment.completion.id


def test_ana_has_not_completed_before_the_last_lesson(cast: Cast) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana)
    first = authoring.modules_of(course.id)[0]
    enrolment = enrolment_of(cast.ana, course)
    with transaction():
        judgement = services.record_outcome(
            actor(cast.ana), enrolment.id, first.id, Outcome(True, None, TUESDAY, "read"), now=TUESDAY
        )
    assert judgement.share == 0.5
    assert count(Completion) == count(Certificate) == 0


def test_the_same_outcome_sent_twice_is_recorded_once(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    enrolment = read_all(cast.ana, course)
    read_all(cast.ana, course, now=WEDNESDAY)
    assert count(ModuleOutcome) == count(Completion) == count(Certificate) == 1
    assert enrolment_of(cast.ana, course).completion.completed_on == enrolment.completion.completed_on


def test_ben_cannot_record_or_see_anything_of_anas_enrolment(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana, cast.ben)
    enrolment, module = enrolment_of(cast.ana, course), authoring.modules_of(course.id)[0]
    with pytest.raises(Unknown), transaction():
        services.record_outcome(
            actor(cast.ben), enrolment.id, module.id, Outcome(True, None, TUESDAY, "read"), now=TUESDAY
        )
    with pytest.raises(Unknown):
        queries.learning(actor(cast.ben), enrolment.id)
    with pytest.raises(Unknown), transaction():
        services.start(actor(cast.ben), enrolment.id, now=TUESDAY)
    with pytest.raises(Unknown), transaction():
        services.withdraw(actor(cast.ben), enrolment.id, now=TUESDAY)
    assert count(ModuleOutcome) == 0


def test_a_module_of_another_course_counts_for_nothing(cast: Cast) -> None:
    course, other = make_course(cast, lessons=1), make_course(cast, code="KA-102", lessons=1)
    enrol(cast, course, cast.ana)
    foreign = authoring.modules_of(other.id)[0]
    with pytest.raises(Unknown), transaction():
        services.record_outcome(
            actor(cast.ana),
            enrolment_of(cast.ana, course).id,
            foreign.id,
            Outcome(True, None, TUESDAY, "read"),
            now=TUESDAY,
        )


def test_a_score_above_one_is_refused(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    with pytest.raises(Refused, match="score_not_a_share"):
        score(actor(cast.ana), enrolment_of(cast.ana, course), authoring.modules_of(course.id)[0], 10.0)


def test_the_regrade_that_fails_ana_keeps_the_completion_in_history_and_revokes_the_certificate(
    cast: Cast,
) -> None:
    course = make_draft(cast, lessons=1)
    module = require_score(cast, course, 0.8)
    publish(cast, course)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    score(actor(cast.ana), enrolment, module, 0.9)
    score(SYSTEM, enrolment, module, 0.5)
    assert count(Completion) == 1
    assert [review.stands for review in db.session.scalars(select(CompletionReview))] == [False]
    (certificate,) = certificates()
    assert certificate.revoked_reason == "result_corrected"
    (start,) = queries.starts(course.id)
    assert start.completed_on is None


def test_the_regrade_that_passes_ana_again_issues_a_new_certificate_without_a_new_date(cast: Cast) -> None:
    course = make_draft(cast, lessons=1)
    module = require_score(cast, course, 0.8)
    publish(cast, course)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    for share in (0.9, 0.5, 0.85):
        score(SYSTEM if share < 0.9 else actor(cast.ana), enrolment, module, share)
    first, second = certificates()
    assert first.revoked_at is not None
    assert second.revoked_at is None
    assert first.code != second.code
    assert second.values["results"][0]["score"] == 0.85
    assert count(Completion) == 1
    assert [start.completed_on for start in queries.starts(course.id)] == [date(2026, 3, 3)]


def test_a_better_later_attempt_leaves_the_certificate_as_it_is(cast: Cast) -> None:
    course = make_draft(cast, lessons=1)
    module = require_score(cast, course, 0.8)
    publish(cast, course)
    enrol(cast, course, cast.ana)
    enrolment = enrolment_of(cast.ana, course)
    score(actor(cast.ana), enrolment, module, 0.8, source="attempt:1")
    score(actor(cast.ana), enrolment, module, 1.0, source="attempt:2")
    (certificate,) = certificates()
    assert certificate.values["results"][0]["score"] == 0.8


def test_another_cycle_gives_another_certificate_and_keeps_the_first(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    read_all(cast.ana, course)
    with transaction():
        again = services.enrol(actor(cast.ana), course.id, now=WEDNESDAY)
    assert again.cycle == 2
    read_all(cast.ana, course, now=WEDNESDAY)
    assert [certificate.values["cycle"] for certificate in certificates()] == [1, 2]
    assert all(certificate.revoked_at is None for certificate in certificates())


def test_enrolling_twice_is_enrolling_once(cast: Cast) -> None:
    course = make_course(cast)
    for _click in range(2):
        with transaction():
            services.enrol(actor(cast.ana), course.id, now=MONDAY)
    assert count(Enrolment) == 1


def test_the_database_itself_refuses_a_second_enrolment_of_a_cycle(cast: Cast) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.ana)
    first = enrolment_of(cast.ana, course)
    copy = Enrolment(
        person_id=first.person_id,
        course_id=first.course_id,
        version_id=first.version_id,
        cycle=1,
        enrolled_at=MONDAY,
        chosen="waves",
    )
    with pytest.raises(IntegrityError), transaction():
        db.session.add(copy)
        db.session.flush()


def test_a_draft_takes_nobody_and_a_retired_course_says_why(cast: Cast) -> None:
    draft = make_draft(cast)
    with pytest.raises(Unknown), transaction():
        services.enrol(actor(cast.ana), draft.id, now=MONDAY)
    publish(cast, draft)
    with transaction():
        publishing.retire(actor(cast.tess), draft.id, now=TUESDAY)
    with pytest.raises(Refused, match="course_not_open"), transaction():
        services.enrol(actor(cast.ana), draft.id, now=TUESDAY)


def test_cleo_assigns_her_team_but_not_dov_and_then_nobody(cast: Cast) -> None:
    course = make_course(cast)
    with pytest.raises(Unknown), transaction():
        services.assign(
            actor(cast.cleo), course.id, [cast.ana.id, cast.dov.id],
            chosen=Chosen.TEAMS, reason="whole team", due_on=None, now=MONDAY,
        )  # fmt: skip
    assert count(Enrolment) == 0


def test_assigning_asks_why_and_not_for_a_day_that_is_over(cast: Cast) -> None:
    course = make_course(cast)
    with pytest.raises(Refused, match="reason_missing"), transaction():
        services.assign(
            actor(cast.cleo),
            course.id,
            [cast.ana.id],
            chosen=Chosen.LOW_KPI,
            reason=" ",
            due_on=None,
            now=MONDAY,
        )
    with pytest.raises(Refused, match="due_in_the_past"), transaction():
        services.assign(
            actor(cast.cleo), course.id, [cast.ana.id],
            chosen=Chosen.LOW_KPI, reason="low", due_on=MONDAY.date() - timedelta(days=1), now=MONDAY,
        )  # fmt: skip


def test_a_rep_assigns_nobody(cast: Cast) -> None:
    course = make_course(cast)
    with pytest.raises(Forbidden), transaction():
        services.assign(
            actor(cast.ana),
            course.id,
            [cast.ana.id],
            chosen=Chosen.TEAMS,
            reason="x",
            due_on=None,
            now=MONDAY,
        )


def test_assigning_again_leaves_learners_alone_and_reopens_only_when_asked(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana, cast.ben)
    read_all(cast.ana, course)

    def assign(again: bool) -> services.Assigned:
        with transaction():
            return services.assign(
                actor(cast.hana), course.id, [cast.ana.id, cast.ben.id, cast.dov.id],
                chosen=Chosen.EVERYONE, reason="", due_on=None, again=again, now=WEDNESDAY,
            )  # fmt: skip

    assert assign(again=False) == services.Assigned(enrolled=1, learning=1, completed=1)
    assert assign(again=True) == services.Assigned(enrolled=1, learning=2, completed=0)
    assert enrolment_of(cast.ana, course).cycle == 2


def test_what_was_assigned_cannot_be_withdrawn_from_and_what_was_chosen_can(cast: Cast) -> None:
    course, other = make_course(cast), make_course(cast, code="KA-102")
    enrol(cast, course, cast.ana)
    with pytest.raises(Refused, match="assigned_by_others"), transaction():
        services.withdraw(actor(cast.ana), enrolment_of(cast.ana, course).id, now=TUESDAY)
    with transaction():
        own = services.enrol(actor(cast.ana), other.id, now=MONDAY)
    with transaction():
        services.withdraw(actor(cast.ana), own.id, now=TUESDAY)
    with pytest.raises(Refused, match="enrolment_withdrawn"):
        score(actor(cast.ana), own, authoring.modules_of(other.id)[0], 1.0)
    with transaction():
        assert services.enrol(actor(cast.ana), other.id, now=WEDNESDAY).cycle == 2


def test_cleo_moves_a_due_date_and_withdraws_who_was_assigned_by_mistake(cast: Cast) -> None:
    course, cleo = make_course(cast), actor(cast.cleo)
    enrol(cast, course, cast.ana, cast.ben)
    ana, ben = enrolment_of(cast.ana, course), enrolment_of(cast.ben, course)
    with transaction():
        enrolments.set_due(cleo, ana.id, date(2026, 4, 30), now=TUESDAY)
    assert enrolment_of(cast.ana, course).due_on == date(2026, 4, 30)
    with transaction():
        enrolments.set_due(cleo, ana.id, None, now=TUESDAY)
    assert enrolment_of(cast.ana, course).due_on is None
    for day, code in ((date(2026, 3, 2), "due_in_the_past"), (date(9999, 1, 1), "due_too_far")):
        with pytest.raises(Refused, match=code), transaction():
            enrolments.set_due(cleo, ana.id, day, now=TUESDAY)
    with pytest.raises(Refused, match="withdrawal_reason_missing"), transaction():
        enrolments.take_out(cleo, ben.id, "  ", now=TUESDAY)
    with transaction():
        enrolments.take_out(cleo, ben.id, "Another Ben was meant", now=TUESDAY)
    assert own.open_learning(actor(cast.ben), 9) == ([], 0)
    with pytest.raises(Refused, match="enrolment_over"), transaction():
        enrolments.set_due(cleo, ben.id, None, now=TUESDAY)
    read_all(cast.ana, course)
    with pytest.raises(Refused, match="enrolment_over"), transaction():
        enrolments.take_out(cleo, ana.id, "too late", now=WEDNESDAY)


def test_nobody_changes_an_enrolment_outside_their_care(cast: Cast) -> None:
    course = make_course(cast)
    enrol(cast, course, cast.dov)
    dov = enrolment_of(cast.dov, course)
    with pytest.raises(Unknown), transaction():
        enrolments.take_out(actor(cast.cleo), dov.id, "not mine", now=TUESDAY)
    for who in (cast.dov, cast.tess):
        with pytest.raises(Forbidden), transaction():
            enrolments.set_due(actor(who), dov.id, None, now=TUESDAY)
    assert enrolment_of(cast.dov, course).withdrawn_at is None


def test_a_new_version_leaves_those_who_are_learning_on_theirs(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana)
    add_lesson(cast, course, "Added later", now=TUESDAY)
    publish(cast, course, now=TUESDAY)
    enrol(cast, course, cast.ben, now=TUESDAY)
    ana = queries.learning(actor(cast.ana), enrolment_of(cast.ana, course).id)
    ben = queries.learning(actor(cast.ben), enrolment_of(cast.ben, course).id)
    assert (len(ana.modules), len(ben.modules)) == (1, 2)
    first = authoring.modules_of(course.id)[0]
    score(actor(cast.ana), enrolment_of(cast.ana, course), first, 1.0)
    completion = enrolment_of(cast.ana, course).completion
    assert completion is not None and completion.rule.number == 1
    assert ben.version.rule.number == 2


def test_the_engine_reads_when_each_began_finished_and_was_chosen(cast: Cast) -> None:
    course = make_course(cast, lessons=1)
    enrol(cast, course, cast.ana, cast.ben, chosen=Chosen.RANDOM)
    read_all(cast.ana, course)
    found = {start.person_id: start for start in queries.starts(course.id)}
    assert found[cast.ana.id].started_on == found[cast.ana.id].completed_on == date(2026, 3, 3)
    assert found[cast.ben.id].started_on is None
    assert {start.chosen for start in found.values()} == {"random"}
    assert [row.completions for row in queries.courses_with_completions()] == [1]


def test_a_day_begins_with_what_is_due_first_and_knows_how_much_more_there_is(cast: Cast) -> None:
    due = {"soon": date(2026, 4, 1), "late": date(2026, 6, 1), "any": None, "newer": None, "done": date(2026, 3, 9), "left": None}
    courses = {code: make_course(cast, code=code) for code in due}
    for code, day in due.items():
        with transaction():
            if code == "left":
                enrolment = services.enrol(actor(cast.ana), courses[code].id, now=MONDAY)
                services.withdraw(actor(cast.ana), enrolment.id, now=TUESDAY)
            else:
                services.assign(
                    actor(cast.hana), courses[code].id, [cast.ana.id, cast.ben.id], chosen=Chosen.EVERYONE, reason=code, due_on=day, now=MONDAY
                )
    read_all(cast.ana, courses["done"])
    soon = authoring.modules_of(courses["soon"].id)
    for source in ("attempt:1", "attempt:2"):
        score(actor(cast.ana), enrolment_of(cast.ana, courses["soon"]), soon[0], 0.9, source=source)

    def seen(at_most: int) -> tuple[list[tuple[str, int]], int]:
        found, how_many = own.open_learning(actor(cast.ana), at_most)
        return [(each.enrolment.reason, each.judgement.done if each.judgement else -1) for each in found], how_many

    assert seen(9) == ([("soon", 1), ("late", 0), ("newer", 0), ("any", 0)], 4)
    assert seen(1) == ([("soon", 1)], 4)
    assert own.open_learning(actor(cast.cleo), 9) == ([], 0)
