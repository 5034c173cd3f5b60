"""Those who run feedback see how far it has got, and are told when raters wait; nobody is shown who has answered."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from assessments.feedback360 import anonymity, nominating, overview, queries
from assessments.feedback360.models import Group
from lms.authz import Role
from lms.db import transaction
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.assessments.feedback360.factory import (
    TUESDAY,
    answer,
    choose,
    crowd,
    open_cycle,
    subject_of,
)
from tests.courses.test_pages import MOST_QUERIES, counted
from tests.people import Cast, make_person

Enter = Callable[[Person], FlaskClient]
Mails = list[dict[str, str]]
PAIRS = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(lambda pair: [max(pair), min(pair)])


def propose(who: Person, about: Person, rater: Person) -> int:
    with transaction():
        return nominating.propose(load_actor(who), subject_of(about).id, Group.PEER, rater.id, now=TUESDAY).id


def test_cleo_is_told_once_and_in_her_language_that_raters_wait_and_again_after_she_has_decided(cast: Cast, sent: Mails) -> None:
    with transaction():
        cast.cleo.locale = "zh_Hans"
    open_cycle(cast, cast.ana)
    sent.clear()
    first = propose(cast.ana, cast.ana, cast.ben)
    second = propose(cast.ana, cast.ana, cast.dov)
    assert [mail["to"] for mail in sent] == [cast.cleo.email], "one mail, however many are named"
    assert f"/feedback/people/{subject_of(cast.ana).id}/approval" in sent[0]["body"]
    assert "Ana" in sent[0]["body"]
    assert "评价人" in sent[0]["body"]
    with transaction():
        nominating.decide(load_actor(cast.cleo), subject_of(cast.ana).id, {first, second}, "", now=TUESDAY)
    sent.clear()
    propose(cast.ana, cast.ana, crowd(cast, 1)[0])
    assert [mail["to"] for mail in sent] == [cast.cleo.email]


def test_nobody_is_told_of_raters_whom_the_manager_named_or_who_has_gone(cast: Cast, sent: Mails) -> None:
    open_cycle(cast, cast.ana)
    sent.clear()
    propose(cast.cleo, cast.ana, cast.ben)
    assert [mail["to"] for mail in sent] == [cast.ben.email], "who runs it has them asked at once"
    with transaction():
        cast.cleo.active = False
    sent.clear()
    propose(cast.ana, cast.ana, cast.dov)
    assert sent == []


def test_the_overview_says_who_has_named_nobody_what_waits_and_which_group_is_too_small(cast: Cast, sign_in: Enter) -> None:
    cycle = open_cycle(cast, cast.ana, cast.ben, cast.dov)
    peers = crowd(cast, 4)
    choose(cast, subject_of(cast.ana), peers[:3])
    propose(cast.ana, cast.ana, peers[3])
    choose(cast, subject_of(cast.ben), peers[:2])
    for peer in peers[:2]:
        answer(peer, subject_of(cast.ana))
        answer(peer, subject_of(cast.ben))
    found = overview.of_cycle(load_actor(cast.hana), cycle)
    assert (len(found.rows), found.nobody, found.waiting, found.short) == (3, 1, 1, 1)
    ana, ben, dov = found.rows
    assert (ana.tally["peer"], ana.waiting, ana.short) == ([3, 2], 1, {})
    assert (ben.short, "peer" in ben.tally) == ({"peer": 3}, False), "of two who were asked nobody learns who has answered"
    assert (dov.named, ben.answered) == (0, 0)
    assert [row.subject.person_id for row in overview.of_cycle(load_actor(cast.cleo), cycle).rows] == [cast.ana.id, cast.ben.id]
    listed = queries.cycles(load_actor(cast.hana)).rows[0]
    assert (listed.asked, listed.answered) == (found.asked, found.answered), "no sum tells what the rows do not"
    client = sign_in(cast.hana)
    with counted() as statements:
        page = client.get(f"/feedback/cycles/{cycle.id}").text
    assert len(statements) <= MOST_QUERIES
    assert "Peers 2 of 3" in page
    assert "3 approved, 1 waits" in page
    assert "3 are needed" in page
    assert "nobody named" in page
    assert not any(peer.name in page for peer in peers)


def test_dov_and_another_manager_see_nothing_of_the_cycle(cast: Cast, sign_in: Enter) -> None:
    cycle = open_cycle(cast, cast.ana)
    with transaction():
        walt = make_person("Walt", cast.west, Role.MANAGER, scope=cast.west)
    for person in (walt, cast.ana, cast.dov, cast.tess):
        assert sign_in(person).get(f"/feedback/cycles/{cycle.id}").status_code in (403, 404)


@given(st.dictionaries(st.sampled_from([*anonymity.NAMED, *anonymity.ANONYMOUS]), PAIRS), st.integers(3, 6))
def test_what_is_told_of_an_anonymous_group_rests_on_as_many_as_it_takes_to_show_it(tally: dict[str, list[int]], least: int) -> None:
    found = anonymity.told(tally, dict.fromkeys(anonymity.ANONYMOUS, least))
    assert all(pair == tally[group] for group, pair in found.items())
    assert all(pair[0] >= least for group, pair in found.items() if group in anonymity.ANONYMOUS)
    assert all(group in found for group in tally if group in anonymity.NAMED)
