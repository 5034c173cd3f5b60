"""The small version of benchmarks/coverage: the routed estimator is right where the simple ones are not."""

import json

import numpy as np
import pytest

from benchmarks.coverage.__main__ import main
from effects.stats.coverage import ROWS, Batch, measure
from effects.stats.panel import NEVER
from effects.stats.simulate import Selection, Settings, Trouble, company

COMPANIES = 20
NAMED = {row.name: row for row in ROWS}


def scores(name):
    return scores_of(name, COMPANIES)


def scores_of(name, companies):
    return {score.estimator: score for score in measure(NAMED[name], companies, seed=501)}


def test_a_course_without_effect_works_by_before_and_after_and_not_by_the_routed_estimator():
    found = scores("null")
    assert found["prepost"].wins > 0.9
    assert found["routed"].wrong <= 0.15
    assert abs(found["routed"].bias) < 0.008


def test_weak_reps_sent_to_training_flatter_callaway_and_santanna_and_not_the_routed_estimator():
    found = scores("low_recent")
    assert found["cs"].bias > 0.05
    assert found["cs"].coverage < 0.2
    assert abs(found["routed"].bias) < 0.008
    assert found["routed"].coverage >= 0.8


def test_a_wrong_answer_to_the_design_question_is_overruled_by_the_records():
    found = scores("said random, was low_recent")
    assert abs(found["routed"].bias) < 0.008


def test_growing_volunteers_are_left_to_their_own_trends():
    found = scores("growing")
    assert found["gcomp"].bias > 0.02
    assert abs(found["routed"].bias) < 0.012
    assert found["routed"].coverage >= 0.8


def test_the_command_prints_every_figure_as_json(capsys):
    assert main(["--companies", "2", "--rows", "null", "--json", "--seed", "9"]) == 0
    out = capsys.readouterr().out
    assert '"companies": 2' in out
    assert '"estimator": "routed"' in out
    with pytest.raises(SystemExit) as refused:
        main(["--rows", "no such row"])
    assert refused.value.code == 2


def test_companies_under_a_threshold_are_refused_every_one():
    for name in (n for n in NAMED if n.startswith("under a threshold")):
        assert scores_of(name, 3)["whole study"].missing == 3, name


def test_counts_and_rates_are_answered_in_their_own_kind():
    counts, rates = scores_of("random, counts", 12), scores_of("random, rates", 12)
    assert abs(counts["routed"].bias) < 0.08
    assert counts["routed"].coverage >= 0.75
    assert abs(rates["routed"].bias) < 0.008


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, capsys):
    kept = tmp_path / "batches.jsonl"
    asked = ["--rows", "no effect, whole_teams", "--into", str(kept)]
    assert main([*asked, "--companies", "2"]) == 0
    assert main([*asked, "--companies", "2"]) == 0
    assert len(kept.read_text().splitlines()) == 1
    assert main([*asked, "--companies", "3"]) == 0
    capsys.readouterr()
    assert sum(Batch.from_dict(json.loads(line)).companies for line in kept.read_text().splitlines()) == 3


def test_a_company_is_its_seed_and_nothing_else():
    one, two, other = company(4), company(4), company(5)
    assert np.array_equal(one.panel.outcome, two.panel.outcome)
    assert not np.array_equal(one.panel.outcome, other.panel.outcome)


def test_the_true_effect_is_what_it_says():
    assert np.mean([company(seed).truth(6) for seed in range(40)]) == pytest.approx(0.066, abs=0.003)
    made = company(3)
    assert made.panel.outcome - made.untreated == pytest.approx(made.effect)
    assert company(3, Selection.NULL).truth() == 0.0
    untrained = made.panel.start == NEVER
    assert (made.effect[untrained] == 0).all()


def test_each_way_of_choosing_does_what_it_says():
    growing = company(3, Selection.GROWING, settings=Settings(drift_sd=0.02))
    slope = growing.untreated[:, -8:].mean(axis=1) - growing.untreated[:, :8].mean(axis=1)
    trained = growing.panel.trained_units
    assert slope[trained].mean() > slope[~trained].mean() + 0.1
    weak = company(3, Selection.LOW_LEVEL)
    level, trained = weak.untreated.mean(axis=1), weak.panel.trained_units
    assert level[trained].mean() < level[~trained].mean() - 0.2
    whole = company(3, Selection.WHOLE_TEAMS).panel
    assert all(len(np.unique(whole.start[whole.cluster == g])) == 1 for g in range(8))


def test_each_trouble_is_in_the_records():
    assert (company(3, trouble=Trouble.ZEROS).panel.outcome == 0).mean() == pytest.approx(0.05, abs=0.01)
    assert not company(3, trouble=Trouble.LEAVERS).panel.observed[:, -1].all()
    assert 0.85 < company(3, trouble=Trouble.UNBALANCED).panel.observed.mean() < 0.97
    assert (company(3, trouble=Trouble.TWO_COURSES).other_course < NEVER).sum() > 30
    tails = company(3, trouble=Trouble.HEAVY_TAILS).untreated
    jumps = np.diff(tails, axis=1).ravel()
    assert ((jumps - jumps.mean()) ** 4).mean() / jumps.var() ** 2 > 5
