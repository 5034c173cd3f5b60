"""A trainer calibrates raters on an anchor: asks them, and sees who was how far from the experts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from assessments.roleplays import appeals, calibration, rating
from lms.clock import now
from lms.db import transaction
from lms.errors import Refused, Unknown
from lms.people.models import Person
from tests.assessments.roleplays.factory import GOOD, POOR, RUBRIC, make_scenario, rate, sent
from tests.courses.factory import MONDAY, actor
from tests.people import Cast

TRAINER = {"raters": {"manager": 0, "trainer": 1, "peer": 0, "doubled": 0, "anchors": 0}}


def test_levels_apart_have_their_sign() -> None:
    assert calibration.apart(RUBRIC["criteria"], GOOD, POOR) == {"needs": 3, "listening": 1, "honest": 0}
    assert calibration.apart(RUBRIC["criteria"], POOR, GOOD) == {"needs": -3, "listening": -1, "honest": 0}


def test_tess_asks_cleo_and_reads_how_far_she_was_from_the_experts(
    cast: Cast, sign_in: Callable[[Person], FlaskClient]
) -> None:
    tess = actor(cast.tess)
    play = sent(cast.ana, make_scenario(cast, **TRAINER), now=now(), for_calibration=True)
    rate(cast.tess, play, GOOD)
    with transaction():
        anchor = appeals.set_anchor(tess, play.id, GOOD, "She waited", now=MONDAY)
    url = f"/practice/calibration/{anchor.id}"
    assert cast.cleo.id in {person.id for person in calibration.session(tess, anchor.id).others}
    assert url in sign_in(cast.tess).get("/practice/ratings/").text and url not in sign_in(cast.cleo).get("/practice/ratings/").text
    assert sign_in(cast.tess).post(url, data={"rater": [str(cast.cleo.id)]}).status_code == 302
    assert [person.id for person in calibration.session(tess, anchor.id).waiting] == [cast.cleo.id]
    before = rating.latest(play.id)
    rate(cast.cleo, play, POOR)
    (row,) = calibration.session(tess, anchor.id).compared
    assert row.rater.id == cast.cleo.id and row.apart["needs"] == -3 and row.mean == pytest.approx(4 / 3)
    assert before is not None and rating.latest(play.id) is before, "calibration changes no result"
    assert "−3" in sign_in(cast.tess).get(url).text
    for person in (cast.ana, cast.cleo, cast.dov):
        assert sign_in(person).get(url).status_code == 403
    with pytest.raises(Refused, match="calibration_nobody"), transaction():
        calibration.ask(tess, anchor.id, {cast.cleo.id, cast.ana.id}, now=MONDAY)
    with pytest.raises(Unknown):
        calibration.session(tess, 0)
