"""What a peer, a direct report or a customer says cannot be led back to them: not by any view, and not in the database."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError

from assessments.feedback360 import anonymity, report, scoring
from assessments.feedback360.anonymity import ANONYMOUS, NAMED
from assessments.feedback360.models import FeedbackAnswer, FeedbackRater, Group
from assessments.feedback360.questionnaire import Item
from assessments.feedback360.scoring import Score
from lms.db import db
from lms.people.scope import load_actor
from tests.assessments.feedback360.factory import (
    answer,
    answer_as_customer,
    choose,
    close,
    crowd,
    customers,
    open_cycle,
    rater_of,
    said,
    subject_of,
)
from tests.people import Cast

COUNTS = st.fixed_dictionaries({group: st.integers(0, 7) for group in ANONYMOUS})
LEAST = st.fixed_dictionaries({group: st.integers(3, 5) for group in ANONYMOUS})
SELECTION = st.frozensets(st.sampled_from((*NAMED, *ANONYMOUS)))


@settings(deadline=None)
@given(COUNTS, LEAST)
def test_an_atom_holds_a_full_group_or_several_that_are_full_together(counts: dict[str, int], least: dict[str, int]) -> None:
    found = anonymity.atoms(counts, least)
    assert len({group for atom in found for group in atom}) == sum(len(atom) for atom in found)
    for atom in found:
        assert sum(counts[group] for group in atom) >= max(least[group] for group in atom)


@settings(deadline=None)
@given(COUNTS, LEAST, SELECTION, SELECTION)
def test_no_pair_of_views_differs_by_fewer_raters_than_the_smallest_minimum(
    counts: dict[str, int], least: dict[str, int], one: frozenset[str], other: frozenset[str]
) -> None:
    atoms = anonymity.atoms(counts, least)
    views = [{group for atom in anonymity.within(atoms, selected) for group in atom} for selected in (one, other)]
    first, second = views
    for rest in (first, second, first | second, first & second, first - second, second - first, first ^ second):
        n = sum(counts[group] for group in rest)
        assert n == 0 or n >= 3


RATERS = st.lists(
    st.tuples(st.sampled_from(ANONYMOUS), st.dictionaries(st.sampled_from(["a", "b"]), st.integers(1, 5))), max_size=14
)


@settings(max_examples=60, deadline=None)
@given(RATERS, SELECTION, SELECTION)
def test_question_by_question_too_no_two_figures_rest_on_one_or_two_raters_more(
    raters: list[tuple[str, dict[str, int]]], one: frozenset[str], other: frozenset[str]
) -> None:
    least = dict.fromkeys(ANONYMOUS, 3)
    views = scoring.views(raters, least)
    for item in (Item("a", {}, ()), Item("b", {}, ())):
        counts = []
        for selected in (one, other, one & other, one | other):
            chosen = anonymity.within([view.groups for view in views], selected)
            counts.append(len(scoring.ratings([item], [view for view in views if view.groups in chosen])[0]))
        first, second, both, either = counts
        for n in (*counts, first - both, second - both, either - first, either - second):
            assert n == 0 or n >= 3


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 5)] * 2), min_size=3, max_size=8))
def test_an_answer_left_out_cannot_be_computed_from_the_competency(pairs: list[tuple[int, int]]) -> None:
    """Where somebody left an item out, the competency is what the items' own figures give, and so brings nothing new."""
    items = [Item("a", {}, ()), Item("b", {}, ())]
    raters = [("peer", {key: level for key, level in zip("ab", pair, strict=True) if level}) for pair in pairs]
    views = scoring.views(raters, dict.fromkeys(ANONYMOUS, 3))
    apart = [figure for item in items if isinstance(figure := scoring.score([item], views), Score)]
    together = scoring.score(items, views)
    if not apart:
        assert not isinstance(together, Score)
        return
    assert isinstance(together, Score)
    assert together.value == pytest.approx(sum(figure.value for figure in apart) / len(apart))
    if any(0 in pair for pair in pairs) and together.error is not None:
        assert together.error == pytest.approx(sum(figure.error or 0 for figure in apart) / len(apart))


# --- the database ---------------------------------------------------------------------------------


def test_a_peers_answer_has_no_rater_no_moment_and_no_order(app: Flask, cast: Cast) -> None:
    open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 4)
    choose(cast, subject, peers)
    for peer in peers:
        answer(peer, subject)
    rows = db.session.scalars(select(FeedbackAnswer).where(FeedbackAnswer.relation == "peer")).all()
    assert len(rows) == 4
    assert {row.rater_id for row in rows} == {None}
    columns = {column["name"] for column in inspect(db.engine).get_columns("feedback_answer")}
    assert columns == {"id", "subject_id", "relation", "rater_id", "answers"}
    if db.engine.dialect.name == "sqlite":
        with pytest.raises(Exception, match="no such column: rowid"):
            db.session.execute(text("SELECT rowid FROM feedback_answer"))


def test_the_database_refuses_a_name_at_a_peers_answer_and_a_managers_answer_without_one(cast: Cast) -> None:
    open_cycle(cast, cast.ana)
    subject = subject_of(cast.ana)
    choose(cast, subject, [cast.ben])
    ids = {"peer": rater_of(subject, cast.ben).id, "manager": rater_of(subject, cast.cleo).id}
    for relation, rater in (("peer", ids["peer"]), ("manager", None), ("manager", ids["peer"])):
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.add(FeedbackAnswer(id=f"x{relation}{rater}", subject_id=subject.id, relation=relation, rater_id=rater, answers={}))
            db.session.flush()
    db.session.rollback()


def test_closing_deletes_what_may_not_be_shown_and_forgets_who_answered(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 4)
    choose(cast, subject, peers)
    outside = customers(cast, subject, 3)
    for peer in peers[:3]:
        answer(peer, subject)
    for each in outside[:2]:
        answer_as_customer(each)
    close(cast, cycle)
    db.session.expire_all()
    assert db.session.scalars(select(FeedbackAnswer.relation)).all() == ["peer"] * 3
    assert subject.tally == {"self": [1, 0], "manager": [1, 0], "peer": [4, 3], "customer": [3, 2]}
    raters = db.session.scalars(select(FeedbackRater).where(FeedbackRater.relation.in_(ANONYMOUS))).all()
    assert not any(rater.answered or rater.token_hash for rater in raters)


def test_two_small_groups_are_shown_together_under_both_names(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 2)
    choose(cast, subject, peers)
    for peer in peers:
        answer(peer, subject, said(2))
    for each in customers(cast, subject, 2):
        answer_as_customer(each, said(4))
    close(cast, cycle)
    found = report.of(load_actor(cast.ana), subject.id)
    assert [view.groups for view in found.views] == [frozenset({"peer", "customer"})]
    assert found.findings[0].row.others == found.findings[0].row.by_view[0]
    assert report.of(load_actor(cast.ana), subject.id, frozenset({"peer"})).views == ()


def test_the_choice_of_groups_never_tells_whose_comment_it_is(cast: Cast) -> None:
    cycle = open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 3)
    choose(cast, subject, peers)
    for peer in peers:
        answer(peer, subject, said(comment=f"from {peer.name}"))
    for each in customers(cast, subject, 3):
        answer_as_customer(each, said(comment="from outside"))
    answer(cast.cleo, subject, said(comment="from Cleo"))
    close(cast, cycle)
    everything = report.of(load_actor(cast.ana), subject.id)
    assert report.of(load_actor(cast.ana), subject.id, frozenset({"customer"})).remarks == everything.remarks
    said_by = {text: group for group, text in everything.remarks[0].texts}
    assert said_by["from Cleo"] == "manager"
    assert said_by["from peer 1"] == said_by["from outside"] == ""


def test_hana_learns_how_many_have_answered_and_never_who(cast: Cast, sign_in) -> None:  # type: ignore[no-untyped-def]
    cycle = open_cycle(cast, cast.ana)
    subject, peers = subject_of(cast.ana), crowd(cast, 4)
    choose(cast, subject, peers)
    answer(peers[2], subject)
    client = sign_in(cast.hana)
    page = client.get(f"/feedback/cycles/{cycle.id}").get_data(as_text=True)
    assert "Peers 1 of 4" in page
    lines = client.get(f"/feedback/people/{subject.id}/raters").get_data(as_text=True).splitlines()
    said_of = [next(line for line in lines if peer.name in line).replace(peer.name, "") for peer in peers]
    assert len({line.split("<li")[0] for line in said_of}) == 1
    assert Group.PEER.value in {rater.relation for rater in db.session.scalars(select(FeedbackRater))}
