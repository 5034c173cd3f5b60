"""The figures of the demo company: what was built in is in them, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from courses.models import Chosen
from lms.demo import channel, names, world
from lms.demo.company import roster_of
from lms.demo.truths import HORIZON, SEED, TRUTHS, month, truth_of

DOC = Path(__file__).resolve().parents[2] / "docs" / "demo.md"
TEAMS = 22


@pytest.fixture(scope="module")
def key_accounts() -> world.World:
    return world.key_accounts(SEED, roster_of(np.random.default_rng([SEED, 0]), TEAMS))


@pytest.fixture(scope="module")
def unit() -> world.World:
    return channel.channel(SEED, channel.roster_of(np.repeat(np.arange(2), 10)))


@pytest.mark.parametrize(
    "truth", [t for t in TRUTHS if t.chosen is not Chosen.EVERYONE], ids=lambda t: t.course
)
def test_the_average_effect_that_happened_is_the_truth(key_accounts: world.World, truth) -> None:  # type: ignore[no-untyped-def]
    starts, effect = key_accounts.starts[truth.course], key_accounts.effects[truth.course]
    cells = world.counted(starts, key_accounts.roster.present)
    if truth.unit == "share":
        due = key_accounts.parts["collection_rate"][1]
        known = cells & np.isfinite(due)
        assert np.average(effect[known], weights=due[known]) == pytest.approx(truth.size, rel=0.01)
    else:
        assert effect[cells].mean() == pytest.approx(truth.size, abs=1e-12)
    assert (effect[np.arange(30)[None, :] < starts[:, None]] == 0).all(), "nothing happens before the start"


def test_the_effect_differs_from_rep_to_rep(key_accounts: world.World) -> None:
    trained = key_accounts.starts["KA-04"] < world.NEVER
    last = key_accounts.effects["KA-04"][trained, -1]
    assert last.std() / last.mean() == pytest.approx(0.5, abs=0.15)


def test_the_same_seed_gives_the_same_company_and_another_seed_another() -> None:
    rosters = [roster_of(np.random.default_rng([seed, 0]), TEAMS) for seed in (7, 7, 8)]
    first, second, third = (world.key_accounts(s, r) for s, r in zip((7, 7, 8), rosters, strict=True))
    np.testing.assert_array_equal(first.values["sales_amount"], second.values["sales_amount"])
    assert not np.array_equal(first.values["sales_amount"], third.values["sales_amount"], equal_nan=True)


def test_the_weak_reps_were_weak_before_the_course_and_the_others_were_not(key_accounts: world.World) -> None:
    always = key_accounts.roster.present.all(axis=1)
    sales = np.log(key_accounts.values["sales_amount"][always])
    for code, weak in (("KA-03", True), ("KA-02", False)):
        gaps = []
        for start in truth_of(code).starts:
            late, early = sales[:, start - 2 : start], sales[:, start - 8 : start - 2]
            known = np.isfinite(late).any(axis=1) & np.isfinite(early).any(axis=1)
            sent = (key_accounts.starts[code][always] == start)[known]
            recent = np.nanmean(late[known], axis=1) - np.nanmean(early[known], axis=1)
            gaps.append(recent[sent].mean() - recent[~sent].mean())
        assert bool(np.mean(gaps) < -0.03) is weak, f"{code}: {gaps}"


def test_who_is_not_there_has_no_record_and_missing_is_not_zero(key_accounts: world.World) -> None:
    absent = ~key_accounts.roster.present
    assert absent.any()
    for code, values in key_accounts.values.items():
        assert np.isnan(values[absent]).all(), code
    assert np.nanmin(key_accounts.values["sales_amount"]) > 0
    assert np.isnan(key_accounts.parts["customer_satisfaction"][1][~absent]).mean() > 0.03
    satisfied, answers = key_accounts.parts["customer_satisfaction"]
    assert (satisfied <= answers)[np.isfinite(answers)].all()


def test_new_customers_bring_the_sales_from_new_customers(key_accounts: world.World) -> None:
    new = key_accounts.values["new_customers"].ravel()
    share = (key_accounts.values["sales_new_customers"] / key_accounts.values["sales_amount"]).ravel()
    known = np.isfinite(new) & np.isfinite(share)
    assert np.corrcoef(new[known], share[known])[0, 1] > 0.6


def test_the_worked_case_doubles_as_the_article_says(unit: world.World) -> None:
    start = truth_of("KA-01").starts[0]
    before, after = slice(start - HORIZON, start), slice(start, start + HORIZON)
    sales, customers = unit.values["channel_sales"], unit.values["channel_customers"]
    typical = [np.exp(np.log(sales[:, side]).mean()) for side in (before, after)]
    assert typical == pytest.approx([100_000, 200_000], rel=0.002)
    assert [round(customers[:, side].mean()) for side in (before, after)] == [50, 100]
    satisfied, answers = unit.parts["channel_satisfaction"]
    shares = [satisfied[:, side].sum() / answers[:, side].sum() for side in (before, after)]
    assert shares == pytest.approx([0.80, 0.90], abs=0.005)
    assert not unit.effects["KA-01"].any(), "the course added nothing"


def test_names_are_all_different_and_so_are_the_mailboxes() -> None:
    found = names.made(np.random.default_rng(1), 276, ())
    assert len({each.own for each in found}) == len({each.mailbox for each in found}) == 276
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+\d*", each.mailbox) for each in found)


def test_the_documented_truths_are_those_in_the_code() -> None:
    rows = re.findall(
        r"^\| (KA-\d\d) [^|]*\| `(\w+)` \| `(\w+)` \| ([\d.]+) (\w+)[^|]*\| ([\d-]+(?:, [\d-]+)*) \|",
        DOC.read_text("utf-8"),
        re.M,
    )
    documented = {
        (c, k, ch, float(size), unit, tuple(starts.split(", "))) for c, k, ch, size, unit, starts in rows
    }
    built = {
        (t.course, t.kpi, t.chosen.value, t.size, t.unit, tuple(f"{month(s):%Y-%m}" for s in t.starts))
        for t in TRUTHS
    }
    assert documented == built
    assert f"`{SEED}`" in DOC.read_text("utf-8")
