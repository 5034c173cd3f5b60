"""A scenario is published anew only when it or its rubric says something else."""

from __future__ import annotations

from assessments.roleplays import rubrics, scenarios
from lms.db import transaction
from tests.assessments.roleplays.factory import make_scenario
from tests.courses.factory import MONDAY, actor
from tests.people import Cast


def test_a_scenario_that_did_not_change_is_not_published_again_and_a_changed_rubric_is_a_change(cast: Cast) -> None:
    version, tess = make_scenario(cast), actor(cast.tess)
    with transaction():
        assert scenarios.publish(tess, version.scenario_id, now=MONDAY).id == version.id
        row = scenarios.authored(tess, version.scenario_id)
        assert row.rubric is not None
        rubrics.edit(tess, row.rubric.id, "en", "A talk", 80, now=MONDAY)
        assert scenarios.publish(tess, version.scenario_id, now=MONDAY).number == 2
