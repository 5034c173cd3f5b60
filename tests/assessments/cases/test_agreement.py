"""A share of the works is scored by two, and how far raters agree is known to trainers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from assessments.cases import agreement, queries
from assessments.cases.doubling import by_two
from lms.errors import Forbidden
from lms.people.models import Person
from lms.values import Reliability
from tests.assessments.cases.factory import answer_all, begin, make_case, score
from tests.assessments.roleplays.factory import FAIR, GOOD, POOR
from tests.courses.factory import actor as act
from tests.people import Cast


def test_one_work_in_five_is_drawn_for_a_second_score_and_stays_drawn() -> None:
    drawn = [by_two(f"mark-{at}") for at in range(2000)]
    assert drawn == [by_two(f"mark-{at}") for at in range(2000)]
    assert 0.17 < sum(drawn) / 2000 < 0.23 and not by_two("mark-1", 0) and by_two("mark-1", 100)


def test_a_drawn_work_that_one_has_scored_waits_for_a_second(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    work = begin(cast.ana, make_case(cast))
    answer_all(cast.ana, work)
    for drawn in (True, False):
        monkeypatch.setattr(queries, "by_two", lambda _alias, drawn=drawn: drawn)
        assert not queries.to_score(act(cast.tess)).rows[0].second_wanted, "nobody has scored it yet"
    score(cast.cleo, work)
    for drawn in (True, False):
        monkeypatch.setattr(queries, "by_two", lambda _alias, drawn=drawn: drawn)
        assert queries.to_score(act(cast.tess)).rows[0].second_wanted is drawn
        assert not queries.to_score(act(cast.cleo)).rows[0].second_wanted, "not for the one who scored"


def test_agreement_counts_each_raters_last_score_alone_and_is_unsettled_from_few(cast: Cast) -> None:
    version = make_case(cast)
    for at, person in enumerate((cast.ana, cast.ben)):
        work = begin(person, version)
        answer_all(person, work)
        score(cast.cleo, work, POOR, f"first-{at:04d}")
        score(cast.cleo, work, (GOOD, FAIR)[at], f"again-{at:04d}")
        score(cast.tess, work, (GOOD, FAIR)[at], f"other-{at:04d}")
    assert version.rubric is not None
    found = agreement.trust_of(act(cast.tess), version.rubric)
    assert (found.plays, found.ratings, found.total.doubled) == (2, 4, 2)
    assert isinstance(found.total.alpha, Reliability) and found.total.alpha.value == pytest.approx(1) and not found.total.alpha.settled
    with pytest.raises(Forbidden):
        agreement.trust_of(act(cast.cleo), version.rubric)


def test_the_agreement_pages_are_the_trainers(cast: Cast, sign_in: Callable[[Person], FlaskClient]) -> None:
    work = begin(cast.ana, make_case(cast))
    answer_all(cast.ana, work)
    score(cast.cleo, work)
    url = f"/cases/agreement/{work.version.rubric_version_id}"
    assert "1 rating" in sign_in(cast.tess).get("/cases/agreement/").text
    assert "only one rater" in sign_in(cast.tess).get(url).text
    assert sign_in(cast.ana).get(url).status_code == sign_in(cast.cleo).get(url).status_code == 403
