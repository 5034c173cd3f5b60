"""A cycle from opening to report: who may do what, once, in which order; and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import event, select

from assessments.feedback360 import (
    authoring,
    cycles,
    evidence,
    nominating,
    policies,
    queries,
    report,
    services,
)
from assessments.feedback360.models import (
    FeedbackAnswer,
    FeedbackRater,
    FeedbackVersion,
    Group,
    Purpose,
    State,
)
from assessments.feedback360.scoring import Change, Score
from assessments.grading.evidence import Source
from lms.audit import AuditEntry
from lms.authz import SYSTEM, Role
from lms.db import db, transaction
from lms.errors import Forbidden, Refused, Unknown
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.assessments.feedback360.factory import (
    MONDAY,
    MONTH_END,
    TUESDAY,
    answer,
    answer_as_customer,
    choose,
    close,
    crowd,
    customers,
    make_questionnaire,
    open_cycle,
    rater_of,
    said,
    subject_of,
)
from tests.people import Cast, make_person

Enter = Callable[[Person], FlaskClient]
Mails = list[dict[str, str]]


def test_opening_asks_ana_about_herself_and_cleo_about_ana(cast: Cast, sent: Mails) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    assert subject.manager_id == cast.cleo.id
    assert {(r.relation, r.person_id) for r in db.session.scalars(select(FeedbackRater))} == {("self", cast.ana.id), ("manager", cast.cleo.id)}
    assert [w.kind for w in queries.waiting(load_actor(cast.ana), TUESDAY)] == ["nominate", "answer"]
    assert [w.kind for w in queries.waiting(load_actor(cast.cleo), TUESDAY)] == ["answer"]
    assert queries.waiting(load_actor(cast.dov), TUESDAY) == []
    assert {mail["to"] for mail in sent} == {cast.ana.email, cast.cleo.email}
    assert "not used for appraisal" in sent[0]["body"]
    assert db.session.scalar(select(AuditEntry).where(AuditEntry.action == "feedback.open", AuditEntry.subject_id == cycle.id))


def test_cleo_opens_for_her_people_and_not_for_dov(cast: Cast) -> None:
    open_cycle(cast, cast.ana, cast.dov, by=cast.cleo)
    assert subject_of(cast.ana) and subject_of(cast.dov) is None
    with pytest.raises(Refused, match="feedback_nobody"):
        open_cycle(cast, cast.dov, by=cast.cleo)
    with pytest.raises(Forbidden):
        open_cycle(cast, cast.ben, by=cast.ana)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"least": {"peer": 2, "report": 3, "customer": 3}}, "feedback_least"),
        ({"most": {"peer": 2, "report": 0, "customer": 0}}, "feedback_most"),
        ({"nominate_until": date(2026, 4, 5)}, "feedback_dates"),
        ({"nominate_until": date(2026, 2, 1), "closes_on": date(2026, 2, 1)}, "feedback_date_past"),
        ({"name": {"en": ""}}, "feedback_name_missing"),
    ],
)
def test_a_cycle_that_cannot_be_is_refused(cast: Cast, more: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        open_cycle(cast, cast.ana, **more)


def test_ana_nominates_cleo_decides_and_only_those_approved_are_asked(cast: Cast, sent: Mails) -> None:
    open_cycle(cast, cast.ana)
    subject, ana = subject_of(cast.ana), load_actor(cast.ana)
    with transaction():
        ben = nominating.propose(ana, subject.id, Group.PEER, cast.ben.id, now=TUESDAY)
        dov = nominating.propose(ana, subject.id, Group.PEER, cast.dov.id, now=TUESDAY)
        firm = nominating.propose_customer(ana, subject.id, "Lakeside", "Buyer@Lakeside.example", "en", now=TUESDAY)
    assert {r.state for r in (ben, dov, firm)} == {"proposed"}
    with pytest.raises(Unknown):
        policies.own_rater(load_actor(cast.ben), ben.id)
    with pytest.raises(Refused, match="feedback_reason"), transaction():
        nominating.decide(load_actor(cast.cleo), subject.id, {ben.id, firm.id}, " ", now=TUESDAY)
    with transaction():
        assert nominating.decide(load_actor(cast.cleo), subject.id, {ben.id, firm.id}, "hardly knows her", now=TUESDAY) == 2
    assert (ben.state, dov.state, firm.state) == ("approved", "refused", "approved")
    link = [mail for mail in sent if mail["to"] == "buyer@lakeside.example"]
    assert nominating.token_of(firm) in link[0]["body"]
    assert firm.token_hash not in link[0]["body"]


def test_ana_cannot_decide_about_her_own_raters_nor_cleo_about_hers(cast: Cast) -> None:
    open_cycle(cast, cast.ana, cast.cleo)
    with pytest.raises(Forbidden), transaction():
        nominating.decide(load_actor(cast.ana), subject_of(cast.ana).id, set(), "x", now=TUESDAY)
    with pytest.raises(Unknown), transaction():
        nominating.decide(load_actor(cast.cleo), subject_of(cast.cleo).id, set(), "x", now=TUESDAY)


def test_limits_of_groups_and_of_time_hold(cast: Cast) -> None:
    open_cycle(cast, cast.ana, most={"peer": 3, "report": 0, "customer": 8})
    subject, ana = subject_of(cast.ana), load_actor(cast.ana)
    choose(cast, subject, crowd(cast, 3))
    late = MONDAY + timedelta(days=12)
    for act, code in (
        (lambda: nominating.propose(ana, subject.id, Group.PEER, cast.ben.id, now=TUESDAY), "feedback_group_full"),
        (lambda: nominating.propose(ana, subject.id, Group.REPORT, cast.ben.id, now=TUESDAY), "feedback_group_not_asked"),
        (lambda: nominating.propose(ana, subject.id, Group.SELF, cast.ben.id, now=TUESDAY), "feedback_group_not_asked"),
        (lambda: nominating.propose(ana, subject.id, Group.PEER, cast.ben.id, now=late), "feedback_nominating_over"),
        (lambda: nominating.propose_customer(ana, subject.id, "Ben", "BEN@example.com", "en", now=TUESDAY), "feedback_customer_inside"),
    ):
        with pytest.raises(Refused, match=code), transaction():
            act()


def test_feedback_is_given_once_and_not_by_a_stranger(cast: Cast) -> None:
    open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    choose(cast, subject, [cast.ben])
    answer(cast.ben, subject)
    with pytest.raises(Refused, match="feedback_answered"):
        answer(cast.ben, subject)
    with pytest.raises(Unknown), transaction():
        services.submit(load_actor(cast.dov), rater_of(subject, cast.ben).id, said(), now=TUESDAY)
    assert len(db.session.scalars(select(FeedbackAnswer)).all()) == 1


def test_a_customers_link_works_once_and_is_the_same_in_the_reminder(cast: Cast) -> None:
    open_cycle(cast, cast.ana)
    firm = customers(cast, subject_of(cast.ana), 1)[0]
    token = nominating.token_of(firm)
    assert services.open_link(token, TUESDAY).id == firm.id
    with pytest.raises(services.Incomplete) as trouble, transaction():
        services.submit_public(token, {"i1": ["9"]}, now=TUESDAY)
    assert trouble.value.problems["i1"] == "feedback_answer_unknown"
    assert nominating.token_of(firm) == token
    answer_as_customer(firm)
    for act in (lambda: services.open_link(token, TUESDAY), lambda: services.open_link("x" * 32, TUESDAY)):
        with pytest.raises(Unknown):
            act()


def test_ben_declines_with_a_reason_and_is_not_asked_any_more(cast: Cast) -> None:
    open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    rater = choose(cast, subject, [cast.ben])[0]
    with pytest.raises(Refused, match="feedback_reason"), transaction():
        nominating.decline(load_actor(cast.ben), rater.id, "", now=TUESDAY)
    with transaction():
        nominating.decline(load_actor(cast.ben), rater.id, "We have never worked together.", now=TUESDAY)
    assert rater.state == State.DECLINED
    assert queries.waiting(load_actor(cast.ben), TUESDAY) == []
    with pytest.raises(Unknown), transaction():
        nominating.decline(load_actor(cast.ana), rater_of(subject, cast.ana).id, "no", now=TUESDAY)


def test_the_text_is_frozen_with_the_first_use_and_the_same_text_is_not_frozen_twice(cast: Cast) -> None:
    questionnaire = make_questionnaire(cast)
    first = open_cycle(cast, cast.ana)
    same = open_cycle(cast, cast.ben)
    assert first.version_id == same.version_id
    with transaction():
        authoring.write_comment(load_actor(cast.hana), questionnaire.id, "go_on", {"en": "Keep this"}, now=TUESDAY)
    later = open_cycle(cast, cast.ana)
    assert later.version_id != first.version_id
    assert db.session.get_one(FeedbackVersion, first.version_id).content["comments"][0]["text"]["en"] == "Go on with this"
    assert authoring.asked(later.version).comments[0].text["en"] == "Keep this"


def test_reminders_go_to_those_who_have_not_answered_and_cycles_close_by_themselves(cast: Cast, sent: Mails) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    choose(cast, subject, [cast.ben, cast.dov])
    answer(cast.ben, subject)
    sent.clear()
    with transaction():
        assert cycles.tend(SYSTEM, now=MONDAY + timedelta(days=5)) == {"closed": 0, "reminders": 1}
    with transaction():
        assert cycles.tend(SYSTEM, now=MONDAY + timedelta(days=5)) == {"closed": 0, "reminders": 0}
    assert sorted(mail["to"] for mail in sent) == sorted([cast.ana.email or "", cast.cleo.email or "", cast.dov.email or ""])
    with transaction():
        assert cycles.tend(SYSTEM, now=MONTH_END)["closed"] == 1
    assert cycle.closed_at == MONTH_END
    with pytest.raises(Refused, match="feedback_closed"):
        answer(cast.dov, subject)


def _whole_cycle(cast: Cast, level: int = 4, *, peers: list[Person] | None = None, **more: Any) -> int:
    """Ana rates herself 5; four peers and Cleo say ``level``; the subject's id."""
    cycle = open_cycle(cast, cast.ana, **more)
    subject, peers = subject_of(cast.ana), peers or crowd(cast, 4)
    choose(cast, subject, peers)
    for at, peer in enumerate(peers):
        answer(peer, subject, said(level, i1=level - at % 2))
    answer(cast.cleo, subject, said(level))
    answer(cast.ana, subject, said(5))
    close(cast, cycle)
    return subject.id


def test_the_report_shows_self_beside_the_others_and_names_the_blind_spot(cast: Cast) -> None:
    subject_id = _whole_cycle(cast, 3)
    found = report.of(load_actor(cast.ana), subject_id)
    first = found.findings[0]
    assert isinstance(first.row.own, Score) and first.row.own.value == 5
    assert isinstance(first.row.others, Score)
    assert first.row.others.n == 5
    assert first.row.others.value == pytest.approx((3 * 5 - 2) / 5 / 3 + 2)
    assert [view.groups for view in found.views] == [frozenset({"manager"}), frozenset({"peer"})]
    assert found.blind_spots == list(found.findings)
    assert report.of(load_actor(cast.cleo), subject_id).findings == found.findings
    assert [step.finding.competency.id for step in report.steps(found)][0] == "c1"


def test_nobody_reads_before_the_end_and_then_only_who_may(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    for person in (cast.ana, cast.cleo, cast.hana):
        with pytest.raises(Unknown):
            report.of(load_actor(person), subject.id)
    close(cast, cycle)
    for person in (cast.ana, cast.cleo, cast.hana):
        assert report.of(load_actor(person), subject.id).known == []
    for person in (cast.ben, cast.dov, cast.tess, cast.ada):
        with pytest.raises(Unknown):
            report.of(load_actor(person), subject.id)


def test_a_second_cycle_says_what_has_changed_and_evidence_carries_both(cast: Cast) -> None:
    peers = crowd(cast, 4)
    _whole_cycle(cast, 3, peers=peers)
    second = _whole_cycle(cast, 4, peers=peers, now=MONTH_END, nominate_until=date(2026, 4, 12), closes_on=date(2026, 4, 30))
    db.session.expire_all()
    subject = subject_of(cast.ana)
    with transaction():
        subject.cycle.closed_at = MONTH_END + timedelta(days=28)
    found = report.of(load_actor(cast.ana), second)
    change = found.findings[0].change
    assert isinstance(change, Change) and change.value == pytest.approx(1)
    pieces = evidence.competency_evidence([cast.ana.id, cast.ben.id])
    assert len(pieces) == 8
    assert {piece.source for piece in pieces} == {Source.FEEDBACK_360}
    piece = next(p for p in pieces if p.competency == "需求挖掘" and p.reference == ("feedback_subject", second))
    assert piece.share == pytest.approx(((4 * 5 - 2) / 5 / 3 + 8 / 3 - 1) / 4)
    assert piece.items == 5
    assert piece.standard_error is not None
    assert len(evidence.competency_evidence([cast.ana.id], since=MONTH_END + timedelta(days=1))) == 4
    assert evidence.competency_evidence([cast.ana.id], purpose=Purpose.APPRAISAL) == []


def test_a_manager_alone_is_no_evidence(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    answer(cast.cleo, subject_of(cast.ana))
    close(cast, cycle)
    assert evidence.competency_evidence([cast.ana.id]) == []


# --- pages ----------------------------------------------------------------------------------------


def test_unknown_and_forbidden_look_alike_on_every_page_with_a_number(cast: Cast, sign_in: Enter) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    rater = choose(cast, subject, [cast.ben])[0]
    close(cast, cycle)
    paths = {
        f"/feedback/answers/{rater.id}": {cast.ben.id},
        f"/feedback/people/{subject.id}/raters": {cast.ana.id, cast.cleo.id, cast.hana.id},
        f"/feedback/people/{subject.id}/report": {cast.ana.id, cast.cleo.id, cast.hana.id},
        f"/feedback/people/{subject.id}/report.svg": {cast.ana.id, cast.cleo.id, cast.hana.id},
        f"/feedback/people/{subject.id}/report.csv": {cast.ana.id, cast.cleo.id, cast.hana.id},
        f"/feedback/people/{subject.id}/approval": {cast.cleo.id, cast.hana.id},
        f"/feedback/cycles/{cycle.id}": {cast.cleo.id, cast.hana.id},
        f"/feedback/questionnaires/{cycle.version.questionnaire_id}": {cast.hana.id},
    }
    with transaction():
        west = make_person("Wen", cast.west, Role.MANAGER, scope=cast.west)
    for person in (cast.ana, cast.ben, cast.cleo, cast.dov, west, cast.tess, cast.hana, cast.ada):
        client = sign_in(person)
        for path, allowed in paths.items():
            status = client.get(path).status_code
            unknown = client.get(path.replace(str(rater.id), "999999").replace(f"/{subject.id}/", "/999999/")
                                 if "answers" in path or "people" in path else path.rsplit("/", 1)[0] + "/999999").status_code  # fmt: skip
            assert (status == 200) == (person.id in allowed), f"{person.name} gets {status} for {path}"
            if status != 200:
                assert status == unknown, f"{person.name} can tell that {path} is there"


def test_the_pages_ask_few_questions_of_the_database_however_many_raters_there_are(cast: Cast, sign_in: Enter) -> None:
    subject_id = _whole_cycle(cast, 3, peers=crowd(cast, 8))
    subject = subject_of(cast.ana)
    open_cycle(cast, cast.ben, cast.ana)
    asked: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        for person, path in (
            (cast.ana, f"/feedback/people/{subject_id}/report"),
            (cast.hana, f"/feedback/cycles/{subject.cycle_id}"),
            (cast.hana, f"/feedback/people/{subject_of(cast.ana).id}/raters?q=p"),
            (cast.hana, f"/feedback/people/{subject_of(cast.ana).id}/approval"),
            (cast.hana, "/feedback/cycles/"),
            (cast.ana, "/feedback/"),
            (cast.ana, f"/feedback/answers/{rater_of(subject_of(cast.ana), cast.ana).id}"),
        ):
            client = sign_in(person)
            client.get(path)
            asked.clear()
            assert client.get(path).status_code == 200
            found = [each for each in asked if not each.startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
            assert len(found) <= 12, f"{path}: {len(found)} queries\n" + "\n".join(each[:90] for each in found)
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_what_was_typed_is_there_again_when_something_is_missing(cast: Cast, sign_in: Enter) -> None:
    open_cycle(cast, cast.ana, closes_on=date(2099, 1, 1), nominate_until=date(2098, 1, 1))
    rater = choose(cast, subject_of(cast.ana), [cast.ben])[0]
    answer_page = sign_in(cast.ben).post(f"/feedback/answers/{rater.id}", data={"i1": "4", "i2": "0", "go_on": "Her notes"})
    page = answer_page.get_data(as_text=True)
    assert answer_page.status_code == 422
    assert 'id="i1-4" name="i1" value="4" checked' in page
    assert 'id="i2-0" name="i2" value="0" checked' in page
    assert "Her notes</textarea>" in page
    assert "Choose a level" in page


@pytest.mark.parametrize("group", ["customer", "direct", "peer", "manager", "nobody"])
def test_the_report_opens_for_any_choice_of_groups_also_of_one_that_has_not_observed_a_competency(
    cast: Cast, sign_in: Enter, group: str
) -> None:
    """Cleo has not seen how Ana finds needs: of her view alone there is no level and no range."""
    cycle = open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 4)
    choose(cast, subject, peers)
    for peer in peers:
        answer(peer, subject, said(3))
    answer(cast.cleo, subject, said(3, i1=0, i2=0, i3=0))
    answer(cast.ana, subject, said(5))
    close(cast, cycle)
    client, subject_id = sign_in(cast.ana), subject.id
    for form in ("", ".svg", ".csv", ".pdf"):
        assert client.get(f"/feedback/people/{subject_id}/report{form}?groups={group}").status_code == 200, form


def test_the_report_is_a_pdf_and_a_table_of_the_same_figures(cast: Cast, sign_in: Enter) -> None:
    subject_id = _whole_cycle(cast, 3)
    client = sign_in(cast.cleo)
    printed = PdfReader(BytesIO(client.get(f"/feedback/people/{subject_id}/report.pdf").data))
    words = " ".join("".join(page.extract_text() for page in printed.pages).split())
    assert "Where the views part" in words and "The own view parts from" in words, "paper says what the page says"
    table = client.get(f"/feedback/people/{subject_id}/report.csv").get_data(as_text=True)
    assert "Finding needs,,All others,5," in table
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_type == "feedback_subject")).all()
    assert actions.count("feedback.export") == 2
