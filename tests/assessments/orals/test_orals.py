"""Oral exams: two examiners, each blind to the other; apart they agree with a reason or ask a third; the course hears the result."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from assessments.orals import authoring, queries, services
from assessments.orals.authoring import Rules
from assessments.orals.models import OralResult, OralSitting
from assessments.orals.scoring import settle
from courses import authoring as courses
from courses.authoring import ModuleRule
from courses.completion import Need
from courses.models import Area, Certificate, Chosen, Completion, Course, Module, ModuleOutcome
from lms.audit import AuditEntry
from lms.authz import Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person, RoleGrant
from tests.courses.factory import MONDAY, TUESDAY, actor, enrol, enrolment_of, publish
from tests.courses.test_pages import MOST_QUERIES, counted
from tests.people import Cast, make_person

SignIn = Callable[[Person], FlaskClient]
TOPICS = "Why do customers change supplier?\nHow do you find who decides?\nWhat is a discount worth?\nsecret-question"
CRITERIA = "? Knows it\n0 No\n1 Partly\n2 Wholly\n\n? Says it clearly\n0 No\n1 Yes"
SHARES = st.fractions(0, 1, max_denominator=40)


@given(SHARES, SHARES, SHARES, SHARES)
def test_two_who_are_close_come_to_their_mean_and_three_to_their_median_in_any_order(
    a: Fraction, b: Fraction, c: Fraction, apart: Fraction
) -> None:
    two = settle([a, b], apart)
    assert two == settle([b, a], apart)
    assert (two is None) == (abs(a - b) > apart)
    three = settle([a, b, c], apart)
    assert three is not None
    assert three == settle([c, a, b], apart)
    assert min(a, b, c) <= three.share <= max(a, b, c)
    assert settle([a], apart) is None


def exam(cast: Cast, *, attempts: int | None = None) -> tuple[Course, Module]:
    tess = actor(cast.tess)
    with transaction():
        course = courses.create(tess, "KA-OR", {"en": "Key accounts"}, Area.SKILLS, now=MONDAY)
        texts = dict.fromkeys(("background", "benefits", "features", "audience", "duration", "outline"), "About it.")
        courses.edit_parts(tess, course.id, "en", texts, area=Area.SKILLS, competencies=[], now=MONDAY)
        module = courses.add_module(tess, course.id, "oral", {"en": "Oral exam"}, now=MONDAY)
        authoring.edit(tess, module.id, "en", TOPICS, CRITERIA, Rules(2, 60, 20, 20, attempts), now=MONDAY)
        courses.set_rule(tess, course.id, {module.id: ModuleRule(True, Need.PASSED, None)}, at_least=None, valid_months=None, now=MONDAY)
    publish(cast, course)
    enrol(cast, course, cast.ana, chosen=Chosen.WAVES)
    return course, module


def opened(cast: Cast, made: tuple[Course, Module]) -> OralSitting:
    with transaction():
        return services.convene(actor(cast.cleo), enrolment_of(cast.ana, made[0]).id, made[1].id, cast.tess.id, now=TUESDAY)


def points(sitting: OralSitting, knows: str, clear: str) -> dict[str, dict[str, str]]:
    return {each["id"]: {"c1": knows, "c2": clear} for each in sitting.frozen["topics"]}


def give(person: Person, sitting: OralSitting, knows: str, clear: str, note: str = "") -> None:
    with transaction():
        services.give(actor(person), sitting.id, points(sitting, knows, clear), note, now=TUESDAY)


def result() -> OralResult:
    return db.session.scalars(select(OralResult)).one()


def refusal_of(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught, transaction():
        act()
    return caught.value.code


def test_one_sheet_settles_nothing_and_two_further_apart_than_allowed_neither(cast: Cast) -> None:
    sitting = opened(cast, exam(cast))
    assert len(sitting.frozen["topics"]) == 2
    give(cast.cleo, sitting, "2", "1")
    assert refusal_of(lambda: services.propose(actor(cast.cleo), sitting.id, 80, "So it was.", now=TUESDAY)) == "oral_not_apart"
    give(cast.tess, sitting, "1", "1")
    assert db.session.scalar(select(OralResult.id)) is None
    assert queries.desk(actor(cast.cleo), sitting.id).apart, "0.25 is further than 20 percent"


def test_the_mean_of_two_close_sheets_goes_to_the_course(cast: Cast) -> None:
    sitting = opened(cast, exam(cast))
    give(cast.cleo, sitting, "2", "1")
    give(cast.tess, sitting, "2", "1")
    assert (result().share, result().how, result().passed) == ("1", "agreed", True)
    outcome = db.session.scalars(select(ModuleOutcome)).one()
    assert (outcome.source, outcome.passed) == (f"oral:{sitting.id}", True)
    assert db.session.scalar(select(Completion.id)) is not None
    give(cast.tess, sitting, "0", "0")
    assert result().share == "1", "a sheet is never changed"


def test_apart_they_agree_with_a_reason_that_the_other_confirms(cast: Cast) -> None:
    sitting = opened(cast, exam(cast))
    give(cast.cleo, sitting, "2", "1")
    give(cast.tess, sitting, "0", "0")
    cleo, tess = actor(cast.cleo), actor(cast.tess)
    assert refusal_of(lambda: services.propose(cleo, sitting.id, 70, "  ", now=TUESDAY)) == "oral_reason"
    with transaction():
        row = services.propose(cleo, sitting.id, 50, "The second question was misheard.", now=TUESDAY)
    assert refusal_of(lambda: services.confirm(cleo, sitting.id, row.id, now=TUESDAY)) == "oral_proposal_other"
    with transaction():
        services.confirm(tess, sitting.id, row.id, now=TUESDAY)
    assert (result().share, result().how, result().passed) == ("1/2", "discussion", False)


def test_apart_a_third_decides_by_the_median_without_having_seen_the_sheets(cast: Cast) -> None:
    sitting = opened(cast, exam(cast))
    give(cast.cleo, sitting, "2", "1", "cleos-note")
    give(cast.tess, sitting, "0", "0", "tesss-note")
    with transaction():
        third = make_person("Theo", cast.company)
        db.session.add(RoleGrant(person_id=third.id, role=Role.TRAINER, scope="company", granted_at=TUESDAY))
    for wrong in (cast.ana.id, cast.tess.id, cast.ben.id):
        assert refusal_of(lambda wrong=wrong: services.call_third(actor(cast.cleo), sitting.id, wrong, now=TUESDAY)) == "oral_second"
    with transaction():
        services.call_third(actor(cast.cleo), sitting.id, third.id, now=TUESDAY)
    assert queries.desk(actor(third), sitting.id).others == []
    give(third, sitting, "1", "1")
    assert (result().share, result().how) == ("3/4", "third")


def test_nobody_sees_the_others_sheet_before_both_are_in(cast: Cast, sign_in: SignIn) -> None:
    made = exam(cast)
    sitting = opened(cast, made)
    give(cast.cleo, sitting, "2", "1", "cleos-note")
    page = sign_in(cast.tess).get(f"/orals/sittings/{sitting.id}").text
    assert "checked" not in page
    assert "cleos-note" not in page
    assert queries.desk(actor(cast.cleo), sitting.id).others == []
    learner = sign_in(cast.ana).get(f"/orals/{sitting.enrolment_id}/{sitting.module_id}").text
    assert "cleos-note" not in learner
    assert "secret-question" not in learner


def test_who_may_not(cast: Cast, sign_in: SignIn) -> None:
    made = exam(cast)
    enrolment, module = enrolment_of(cast.ana, made[0]).id, made[1].id
    for person in (cast.ana, cast.ben, cast.dov):
        with pytest.raises(Forbidden), transaction():
            services.convene(actor(person), enrolment, module, cast.tess.id, now=TUESDAY)
    assert refusal_of(lambda: services.convene(actor(cast.cleo), enrolment, module, cast.ben.id, now=TUESDAY)) == "oral_second"
    assert refusal_of(lambda: services.convene(actor(cast.cleo), enrolment, module, cast.cleo.id, now=TUESDAY)) == "oral_second"
    sitting = opened(cast, made)
    for person in (cast.hana, cast.dov):
        assert sign_in(person).get(f"/orals/sittings/{sitting.id}").status_code in (403, 404)
    assert sign_in(cast.dov).get(f"/orals/{enrolment}/{module}").status_code == 404
    with pytest.raises(Unknown):
        queries.desk(actor(cast.ada), sitting.id)


def test_one_that_was_not_held_counts_as_no_attempt(cast: Cast) -> None:
    made = exam(cast, attempts=1)
    first = opened(cast, made)
    assert opened(cast, made).id == first.id, "opened twice it is one"
    with transaction():
        services.cancel(actor(cast.cleo), first.id, now=TUESDAY)
    second = opened(cast, made)
    give(cast.cleo, second, "0", "0")
    assert refusal_of(lambda: services.cancel(actor(cast.cleo), second.id, now=TUESDAY)) == "oral_begun"
    give(cast.tess, second, "0", "0")
    assert refusal_of(lambda: opened(cast, made)) == "oral_attempts"


def trainer(cast: Cast, name: str) -> Person:
    with transaction():
        made = make_person(name, cast.company)
        db.session.add(RoleGrant(person_id=made.id, role=Role.TRAINER, scope="company", granted_at=TUESDAY))
    return made


def test_another_takes_the_place_of_an_examiner_who_left_without_a_sheet(cast: Cast) -> None:
    sitting, theo = opened(cast, exam(cast)), trainer(cast, "Theo")
    cleo = actor(cast.cleo)
    give(cast.cleo, sitting, "2", "1")
    with transaction():
        cast.tess.active = False

    def replaced(old: Person, new: Person, reason: str = "Has left.") -> str:
        return refusal_of(lambda: services.replace_examiner(cleo, sitting.id, old.id, new.id, reason, now=TUESDAY))

    assert replaced(cast.cleo, theo) == "oral_sheet_given", "a sheet that is in stays"
    assert replaced(cast.tess, theo, " ") == "oral_replace_reason"
    for wrong in (cast.ana, cast.ben, cast.cleo, cast.tess):
        assert replaced(cast.tess, wrong) == "oral_second"
    with transaction():
        services.replace_examiner(cleo, sitting.id, cast.tess.id, theo.id, "Has left.", now=TUESDAY)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "oral.replace")).one()
    assert entry.details == {"old": cast.tess.id, "new": theo.id, "reason": "Has left."}
    with pytest.raises(Unknown):
        queries.desk(actor(cast.tess), sitting.id)
    assert queries.desk(actor(theo), sitting.id).others == []
    give(theo, sitting, "2", "1")
    assert (result().share, result().how) == ("1", "agreed")
    assert replaced(theo, cast.hana) == "oral_closed"


def test_a_third_who_hands_nothing_in_is_replaced_by_a_trainer_who_is_no_examiner_in_pages(cast: Cast, sign_in: SignIn) -> None:
    sitting, theo, uta = opened(cast, exam(cast)), trainer(cast, "Theo"), trainer(cast, "Uta")
    give(cast.cleo, sitting, "2", "1", "cleos-note")
    assert "handed in" in sign_in(cast.cleo).get("/orals/").text
    give(cast.tess, sitting, "0", "0")
    assert "far apart: talk it over" in sign_in(cast.cleo).get("/orals/").text
    with transaction():
        services.call_third(actor(cast.cleo), sitting.id, theo.id, now=TUESDAY)
    assert "handed in" in sign_in(cast.cleo).get("/orals/").text
    assert f"/orals/sittings/{sitting.id}/examiners" in sign_in(cast.cleo).get(f"/orals/sittings/{sitting.id}").text
    client, address = sign_in(uta), f"/orals/sittings/{sitting.id}/examiners"
    assert address in client.get("/orals/").text
    with counted() as statements:
        page = client.get(address).text
    assert len(statements) <= MOST_QUERIES
    assert "Theo" in page
    assert "cleos-note" not in page
    fields = {"old": theo.id, "second": uta.id, "reason": "Long away."}
    for person in (cast.ana, cast.ben, cast.dov, cast.hana):
        assert sign_in(person).post(address, data=fields).status_code in (403, 404)
    assert sign_in(uta).post(address, data=fields).status_code == 302
    give(uta, sitting, "1", "1")
    assert (result().share, result().how) == ("3/4", "third")


def test_the_second_of_two_who_open_an_exam_is_told_so(cast: Cast, sign_in: SignIn) -> None:
    made, theo = exam(cast), trainer(cast, "Theo")
    enrolment, module = enrolment_of(cast.ana, made[0]).id, made[1].id
    sitting = opened(cast, made)
    page = sign_in(theo).post(f"/orals/open/{enrolment}/{module}", data={"second": cast.tess.id})
    assert page.status_code == 200
    assert "Somebody else has opened this exam already." in page.text
    assert opened(cast, made).id == sitting.id, "sent twice it is one"


def test_who_stands_beyond_the_end_of_a_list_is_found_all_the_same(cast: Cast, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exam(cast)
    enrol(cast, made[0], cast.ben, chosen=Chosen.WAVES)
    trainer(cast, "Theo")
    zoe = trainer(cast, "Zoe")
    monkeypatch.setattr(queries, "MOST", 1)
    addresses = [f"/orals/open/{enrolment_of(person, made[0]).id}/{made[1].id}" for person in (cast.ana, cast.ben)]
    client = sign_in(cast.cleo)
    assert [client.get(address).status_code for address in addresses] == [200, 200]
    assert "Zoe" not in client.get(addresses[0]).text
    assert "Zoe" in client.get(f"{addresses[0]}?q=zoe").text
    assert client.post(f"{addresses[0]}?q=zoe", data={"second": zoe.id}).status_code == 302


def test_an_exam_is_held_in_pages(cast: Cast, sign_in: SignIn) -> None:
    made = exam(cast)
    enrolment, module = enrolment_of(cast.ana, made[0]).id, made[1].id
    cleo = sign_in(cast.cleo)
    with counted() as statements:
        assert "Ana" in cleo.get("/orals/").text
    assert len(statements) <= MOST_QUERIES
    done = cleo.post(f"/orals/open/{enrolment}/{module}", data={"second": cast.tess.id})
    sitting = db.session.scalars(select(OralSitting)).one()
    assert done.location == f"/orals/sittings/{sitting.id}"
    half = cleo.post(f"{done.location}/sheet", data={f"c:{sitting.frozen['topics'][0]['id']}:c1": "2", "note": "Good."})
    assert "Choose a level for every criterion" in half.text
    assert half.text.count("checked") == 1, "what was chosen stays"
    fields = {f"c:{each['id']}:{name}": value for each in sitting.frozen["topics"] for name, value in (("c1", "2"), ("c2", "1"))}
    cleo.post(f"{done.location}/sheet", data=fields)
    tess = sign_in(cast.tess)
    assert "Ana" in tess.get("/").text, "it waits on her first page"
    tess.post(f"{done.location}/sheet", data=fields | {"note": "Clear and complete."})
    with counted() as statements:
        page = sign_in(cast.ana).get(f"/orals/{enrolment}/{module}").text
    assert len(statements) <= MOST_QUERIES
    assert "Clear and complete." in page
    assert "The mean of two examiners" in page


def test_questions_are_written_one_a_line_in_each_language(cast: Cast, sign_in: SignIn) -> None:
    _course, module = exam(cast)
    client, address = sign_in(cast.tess), f"/authoring/orals/{module.id}"
    chinese = {"topics": "甲\n乙\n丙\n丁", "criteria": "? 了解\n0 否\n1 部分\n2 完全\n\n? 表达清楚\n0 否\n1 是"}
    rules = {"draw": 2, "pass_mark": 60, "apart": 20, "minutes": 20}
    assert client.post(f"{address}?language=zh_Hans", data=chinese | rules).status_code == 302
    content = authoring.authored(actor(cast.tess), module.id).content
    assert content["topics"][0]["text"] == {"en": "Why do customers change supplier?", "zh_Hans": "甲"}
    assert content["criteria"][0]["text"] == {"en": "Knows it", "zh_Hans": "了解"}
    bad = client.post(address, data={"topics": "One", "criteria": "? Knows\n0 No"} | rules).text
    assert "each with 2 to 8 levels" in bad


def test_two_examiners_who_left_with_sheets_far_apart_do_not_keep_ana_waiting(cast: Cast, sign_in: SignIn) -> None:
    sitting, theo, uta = opened(cast, exam(cast)), trainer(cast, "Theo"), trainer(cast, "Uta")
    give(cast.cleo, sitting, "2", "1", "cleos-note")
    give(cast.tess, sitting, "0", "0")
    with transaction():
        cast.tess.active = cast.cleo.active = False
    for person in (cast.ben, cast.dov, cast.hana):
        with pytest.raises((Forbidden, Unknown)), transaction():
            services.call_third(actor(person), sitting.id, theo.id, now=TUESDAY)
    client, address = sign_in(uta), f"/orals/sittings/{sitting.id}/examiners"
    assert address in client.get("/orals/").text
    page = client.get(address).text
    assert "Third examiner" in page
    assert "cleos-note" not in page
    assert client.post(f"/orals/sittings/{sitting.id}/third", data={"second": theo.id, "from": "outside"}).location == "/orals/"
    give(theo, sitting, "1", "1")
    assert (result().share, result().how) == ("3/4", "third")
    assert refusal_of(lambda: services.call_third(actor(uta), sitting.id, uta.id, now=TUESDAY)) == "oral_closed"


def test_a_trainer_of_the_course_corrects_a_result_and_the_certificate_follows(cast: Cast, sign_in: SignIn) -> None:
    made = exam(cast)
    sitting = opened(cast, made)
    give(cast.cleo, sitting, "0", "1")
    give(cast.tess, sitting, "0", "1")
    first, tess = result(), actor(cast.tess)
    assert (first.share, first.passed, in_force()) == ("1/2", False, 0)
    client, address = sign_in(cast.tess), f"/orals/sittings/{sitting.id}/result"
    assert address in client.get("/orals/?q=ana").text
    assert address not in client.get("/orals/?q=nobody").text
    assert client.post(address, data={"seen": first.id, "percent": "70", "reason": "Wrong level ticked."}).status_code == 302
    with counted() as statements:
        page = client.get(address).text
    assert len(statements) <= MOST_QUERIES
    assert "corrected by Tess" in page
    assert "as the sheets settled it" in page
    assert in_force() == 1
    learner = sign_in(cast.ana).get(f"/orals/{sitting.enrolment_id}/{sitting.module_id}").text
    assert "Wrong level ticked." in learner
    assert learner.count('class="verdict"') == 1
    assert "70" in client.get(f"/orals/sittings/{sitting.id}").text, "the desk of an examiner shows what counts"
    again = lambda **changes: services.correct(tess, sitting.id, **{"seen_id": result_now().id, "percent": 40, "reason": "So.", **changes}, now=TUESDAY)  # noqa: E731
    assert refusal_of(lambda: again(seen_id=first.id)) == "oral_result_changed", "two at once: the second is told"
    assert refusal_of(lambda: again(percent=70)) == "oral_result_same"
    assert refusal_of(lambda: again(percent=101)) == "oral_percent"
    assert refusal_of(lambda: again(reason=" ")) == "oral_reason"
    with transaction():
        again()
    assert in_force() == 0
    assert [each.share for each in queries.chain(sitting.id)] == ["2/5", "7/10", "1/2"], "nothing is overwritten"


def test_a_result_is_corrected_by_nobody_else_and_by_nobody_for_themselves(cast: Cast, sign_in: SignIn) -> None:
    made = exam(cast)
    sitting = opened(cast, made)
    for person in (cast.cleo, cast.tess):
        with pytest.raises(Unknown), transaction():
            services.correctable(actor(person), sitting.id)
    give(cast.cleo, sitting, "2", "1")
    give(cast.tess, sitting, "2", "1")
    with transaction():
        db.session.add(RoleGrant(person_id=cast.ana.id, role=Role.TRAINER, scope="company", granted_at=TUESDAY))
    for person in (cast.ana, cast.ben, cast.cleo, cast.dov, cast.hana, cast.ada):
        client = sign_in(person)
        assert client.get(f"/orals/sittings/{sitting.id}/result").status_code in (403, 404)
        assert client.post(f"/orals/sittings/{sitting.id}/result", data={"seen": result().id, "percent": 0, "reason": "So."}).status_code in (403, 404)
        assert f"/orals/sittings/{sitting.id}/result" not in client.get("/orals/").text
    assert result().share == "1"


def result_now() -> OralResult:
    return queries.chain(db.session.scalars(select(OralSitting.id)).one())[0]


def in_force() -> int:
    return len(db.session.scalars(select(Certificate.id).where(Certificate.revoked_at.is_(None))).all())
