"""Who benefits: groups named beforehand, each with the whole comparison, none under the minimum."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from flask.testing import FlaskClient
from msgspec.structs import replace
from sqlalchemy import delete, select

from courses.models import Completion
from effects import learning, services
from effects.ladder import Measured
from effects.models import Study
from effects.stats import methods
from effects.stats.options import Options
from effects.stats.panel import Panel
from effects.stats.results import Effect
from effects.stats.simulate import Selection, Settings, company
from effects.subgroups import services as subgroups
from effects.subgroups.estimate import Group, by_group, only, thirds
from effects.subgroups.models import StudySubgroups
from effects.subgroups.queries import named_for
from effects.subgroups.splits import tenure_band
from lms.authz import Actor
from lms.db import db, transaction
from lms.errors import Forbidden, Refused
from lms.people.models import Person
from lms.people.scope import load_actor
from tests.effects.company import NOW, settle
from tests.people import Cast

SignIn = Callable[[Person], FlaskClient]
OPTIONS = Options(horizon=6, transform="none")
SETTINGS = Settings(reps=120, teams=12, months=22, effect=0.10)


@pytest.fixture(scope="module")
def panel() -> Panel:
    return company(5, Selection.RANDOM, settings=SETTINGS).panel


@pytest.fixture
def hana(cast: Cast) -> Actor:
    return load_actor(cast.hana)


def everybody(panel: Panel) -> Group:
    return Group("all", "all", panel.trained_units)


def test_a_group_of_all_the_trained_gives_the_figure_of_the_study(panel: Panel) -> None:
    whole = methods.run("bjs", panel, OPTIONS)
    (found,) = by_group(panel, OPTIONS, "level", "bjs", [everybody(panel)])
    assert isinstance(whole, Effect)
    assert found.estimate == pytest.approx(whole.estimate, rel=1e-9)
    assert found.shrunken is None, "a single group has no middle to be pulled to"


def test_the_others_leave_the_records_with_their_start(panel: Panel) -> None:
    members = np.zeros(panel.n_units, dtype=bool)
    members[np.flatnonzero(panel.trained_units)[:20]] = True
    kept = only(panel, Group("x", "x", members))
    assert (kept.trained_units == members).all()
    others = panel.trained_units & ~members
    before = panel.relative < 0
    assert np.isnan(kept.outcome[others][~before[others]]).all()
    np.testing.assert_array_equal(kept.outcome[others][before[others]], panel.outcome[others][before[others]])


def test_a_group_that_gained_more_is_found_and_pulled_towards_the_middle(panel: Panel) -> None:
    first = np.arange(panel.n_units) % 2 == 0
    gained = first & panel.trained_units
    raised = replace(panel, outcome=panel.outcome + 0.3 * (gained[:, None] & (panel.relative >= 0)))
    groups = [Group("half", "a", gained), Group("half", "b", panel.trained_units & ~first)]
    a, b = by_group(raised, OPTIONS, "level", "bjs", groups)
    assert a.estimate is not None and b.estimate is not None and a.shrunken is not None and b.shrunken is not None
    assert a.estimate - b.estimate == pytest.approx(0.3, abs=0.12)
    assert b.estimate < b.shrunken < a.shrunken < a.estimate


def test_small_groups_and_few_teams_have_no_figure(panel: Panel) -> None:
    some = np.flatnonzero(panel.trained_units)
    few = np.isin(np.arange(panel.n_units), some[:9])
    two_teams = panel.trained_units & (panel.cluster < 2)
    if two_teams.sum() < 10:
        two_teams = panel.trained_units & np.isin(panel.cluster, np.argsort(-np.bincount(panel.cluster[some]))[:2])
    found = by_group(panel, OPTIONS, "level", "bjs", [Group("g", "few", few), Group("g", "teams", two_teams)])
    assert [(e.why, e.estimate) for e in found] == [("few_reps", None), ("few_teams", None)]


def test_results_before_are_split_by_the_months_before_alone(panel: Panel) -> None:
    louder = replace(panel, outcome=np.where(panel.relative >= 0, panel.outcome * 9, panel.outcome))
    np.testing.assert_array_equal(thirds(panel), thirds(louder))
    counts = [(thirds(panel) == i).sum() for i in range(3)]
    assert max(counts) - min(counts) <= 2 and sum(counts) == panel.trained_units.sum()


def test_a_split_by_results_before_is_not_taken_in_by_recovery() -> None:
    # Nobody gains anything; imputation would credit the lowest third with its own recovery.
    null = company(8, Selection.RANDOM, settings=replace(SETTINGS, effect=0.0, effect_spread=0.0, reps=160)).panel
    third = thirds(null)
    groups = [Group("results", str(i), third == i, own_history=True) for i in range(3)]
    found = by_group(null, OPTIONS, "level", "bjs", groups)
    assert all(e.method == "gcomp" and e.interval is not None and 0.0 in e.interval for e in found)


@pytest.mark.parametrize(
    ("hired", "band"),
    [(date(2025, 6, 1), "under_1"), (date(2024, 1, 1), "1_to_3"), (date(2019, 1, 1), "over_3"), (None, None)],
)
def test_tenure_is_counted_at_the_start_of_the_course(hired: date | None, band: str | None) -> None:
    assert tenure_band(hired, date(2025, 9, 1)) == band


def asked(actor: Actor, splits: list[str]) -> Study:
    course_id, kpi_id = settle()
    with transaction():
        study = services.ask(actor, course_id, kpi_id, now=NOW)
        services.confirm_chosen(actor, study.id, services.Chosen.WAVES, "The plan", now=NOW)
        subgroups.name_splits(actor, study.id, splits, now=NOW)
        services.start_run(actor, study.id, now=NOW)
    return study


def test_the_report_shows_the_groups_with_n_and_what_is_too_small(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    study = asked(hana, ["tenure", "results"])
    client = sign_in(cast.hana)
    page = client.get(f"/effects/{study.id}").text
    assert "Who benefits" in page and "The groups were named before this study was first computed." in page
    assert "lowest third" in page and "Better guess" in page
    assert "too few: at least 10 trained reps" in page, "everybody was hired at once: two bands are empty"
    numbers = client.get(f"/effects/{study.id}/runs/1.json").json["numbers"]
    assert {g["split"] for g in numbers["subgroups"]} == {"tenure", "results"}
    assert sum(g["n"] for g in numbers["subgroups"] if g["split"] == "results") == numbers["n_treated"]


def test_groups_named_after_a_look_are_called_a_search(hana: Actor) -> None:
    study = asked(hana, [])
    later = NOW + timedelta(days=400)
    with transaction():
        subgroups.name_splits(hana, study.id, ["results"], now=later)
        run = services.start_run(hana, study.id, now=later)
    assert named_for(run) == (["results"], 1)
    said = db.session.get_one(type(run), run.id).report["words"]["en"]["benefits"]["named"]
    assert said == "The groups were named after run 1 had been seen: read them as a search, not as a test."


def test_naming_the_same_again_is_no_new_naming_and_ana_names_none(hana: Actor, cast: Cast) -> None:
    study = asked(hana, ["tenure"])
    with transaction():
        assert subgroups.name_splits(hana, study.id, ["tenure"], now=NOW) is None
    assert len(db.session.scalars(select(StudySubgroups)).all()) == 1
    with pytest.raises(Refused, match="subgroups_unknown"):
        subgroups.name_splits(hana, study.id, ["shoe size"], now=NOW)
    with pytest.raises(Forbidden):
        subgroups.name_splits(load_actor(cast.ana), study.id, ["tenure"], now=NOW)


def test_those_who_finished_stand_beside_all_who_began(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    study = asked(hana, [])
    client = sign_in(cast.hana)
    assert "Only those who finished" not in client.get(f"/effects/{study.id}").text, "all have finished"
    with transaction():
        some = db.session.scalars(select(Completion.id).order_by(Completion.id).limit(12)).all()
        db.session.execute(delete(Completion).where(Completion.id.in_(some)))
    client.post(f"/effects/{study.id}/run")
    page = client.get(f"/effects/{study.id}").text
    assert "Only those who finished" in page and "Finishing is a choice" in page


def test_levels_not_measured_say_how_they_could_be(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    study = asked(hana, [])
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "ask the participants by a survey" in page and "put a quiz at the start of the course" in page
    assert "From the classroom to the result" in page


def test_a_share_passed_has_its_wilson_interval() -> None:
    # Wilson (1927): 8 of 10 gives 49 % to 94 %
    said: Measured = learning._passed(8, 10)
    assert (said.figure, said.n) == ("80%", 10)
    assert said.low is not None and said.high is not None
    assert (round(said.low, 2), round(said.high, 2)) == (0.49, 0.94)


def test_advice_counts_what_is_missing(hana: Actor, cast: Cast, sign_in: SignIn) -> None:
    short = Settings(reps=40, teams=6, months=8, waves=(4,), effect=0.1)
    course_id, kpi_id = settle(settings=short)
    with transaction():
        study = services.ask(hana, course_id, kpi_id, now=NOW)
        services.confirm_chosen(hana, study.id, services.Chosen.WAVES, "", now=NOW)
        services.start_run(hana, study.id, now=NOW)
    page = sign_in(cast.hana).get(f"/effects/{study.id}").text
    assert "Records from 2 months further back would be enough." in page
    assert "Wait 2 months and run it again: then those who began last have been followed for 6 months too." in page
