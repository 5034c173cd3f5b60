"""Before anybody plays: what the walk through all states finds. And the score, worked by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from msgspec.structs import replace

from assessments.roleplays.dialogues import checks, layout, twee
from assessments.roleplays.dialogues import story as stories
from assessments.roleplays.dialogues.story import Choice, Comparison, Effect, NoSuchChoice, Passage, Story
from tests.assessments.roleplays.dialogues.stories import go, good, passage, story
from tests.test_architecture import ROOT


def codes(found: Story, **more: int) -> dict[str, str]:
    return {problem.code: problem.passage for problem in reversed(checks.check(found, **more).problems)}


def test_a_sound_story_has_nothing_wrong_and_its_best_is_three_points() -> None:
    checked = checks.check(good())
    assert (checked.problems, checked.best, checked.publishable) == ((), Fraction(3), True)


END = passage("End", ending="end")


@pytest.mark.parametrize(
    ("wrong", "code", "place"),
    [
        (story(passage("Start", go("Hall"), go("End")), passage("Hall"), END), "dead_end", "Hall"),
        (story(passage("Start", go("End")), END, passage("Attic", go("End"))), "unreachable", "Attic"),
        (story(passage("Start", go("End"), go("Moon")), END), "link_to_nowhere", "Start"),
        (story(passage("Start", go("Out")), passage("Out", ending="failed")), "unwinnable", ""),
        (story(passage("Start", go("End", blocker=True)), END), "unwinnable", ""),
        (story(passage("Start", go("A"), go("End")), passage("A", go("B")), passage("B", go("A")), END), "endless", "A"),
        (story(passage("Start", go("End"), go("End", condition=(Comparison("x", ">", 1), Comparison("x", "<", 1)))), END), "never_offered", "Start"),
        (story(passage("Start", go("A")), passage("A", go("End", condition=(Comparison("x", "is", 1),))), END), "stuck", "A"),
        (story(passage("Start", go("End")), replace(END, choices=(go("Start"),))), "ending_with_choices", "End"),
        (story(replace(passage("Start", go("End")), text={}), END), "no_text", "Start"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_keeps_it_from_being_published(wrong: Story, code: str, place: str) -> None:
    assert codes(wrong)[code] == place
    assert not checks.check(wrong).publishable


def test_where_all_is_lost_already_is_a_remark_and_no_obstacle() -> None:
    found = story(passage("Start", go("Wrong"), go("End", 2)), passage("Wrong", go("Out")), END, passage("Out", ending="failed"))
    assert codes(found) == {"lost": "Wrong"}
    assert checks.check(found).publishable


def test_a_state_space_without_bound_is_given_up_and_said() -> None:
    grows = (Effect("x", 1, True),)
    found = story(passage("Start", go("Start", effects=grows), go("End")), END)
    assert "too_many_states" in codes(found, most=50)
    assert codes(found) == {}, "1000 values are few enough"


def test_going_round_in_circles_earns_its_points_once() -> None:
    found = story(passage("Start", go("Start", 3), go("End", 1)), END)
    assert checks.check(found).best == 4
    assert stories.walk(found, [0, 0, 0, 1]).points == 4


def test_the_score_is_exact_and_a_blocker_fails_whatever_the_points() -> None:
    found = good()
    best = checks.check(found).best
    well = stories.judge(found, stories.walk(found, [0, 0]), best)
    assert (well.share, well.passed) == (Fraction(1), True)
    bribed = stories.judge(found, replace(stories.walk(found, [0, 0]), blocked=True), best)
    assert (bribed.share, bribed.passed, bribed.blocked) == (Fraction(1), False, True)
    lost = stories.judge(found, stories.walk(found, [0, 1]), best)
    assert (lost.share, lost.passed) == (Fraction(2, 3), False)


def test_a_choice_whose_condition_does_not_hold_cannot_be_taken() -> None:
    with pytest.raises(NoSuchChoice):
        stories.walk(good(), [1, 0])


def test_a_story_is_the_same_after_it_was_kept() -> None:
    assert stories.from_json(stories.to_json(good())) == good()


def test_the_map_has_every_passage_once_and_none_on_another() -> None:
    found = layout.layout(good())
    assert len({(box.x, box.y) for box in found.boxes}) == 4 == len(found.boxes)
    assert len(found.lines) == 5 == len({(line.x, round(line.y)) for line in found.lines}), "no label on another"
    assert all(box.x + layout.WIDTH <= found.width and box.y + layout.HEIGHT <= found.height for box in found.boxes)


def test_on_a_crowded_map_ways_lead_to_the_right_and_no_box_and_no_label_lies_on_another() -> None:
    demo = twee.read((ROOT / "lms/demo/dialogue.twee").read_text(encoding="utf-8"), "zh_Hans").story
    found = layout.layout(demo)
    at = {box.passage.name: box for box in found.boxes}
    for box in found.boxes:
        under = [each for each in found.boxes if each.x == box.x and each.y > box.y]
        assert all(each.y >= box.y + box.height + 10 for each in under), box.passage.name
    for each in demo.passages:
        assert all(at[choice.target].x > at[each.name].x for choice in each.choices), "this story has no circle"
    labels = sorted((line.x, line.y) for line in found.lines)
    assert all(a[0] != b[0] or b[1] - a[1] >= 12 for a, b in zip(labels, labels[1:], strict=False))


def test_a_way_back_is_drawn_and_a_passage_nobody_reaches_stands_last() -> None:
    there = Choice({"en": "On"}, "B")
    back = Choice({"en": "Back"}, "A")
    round_ = Story("T", "", "A", (Passage("A", choices=(there,)), Passage("B", choices=(back, back)), Passage("C")))
    found = layout.layout(round_)
    assert [box.x for box in found.boxes] == [14, 236, 458] and not found.boxes[2].reached
    assert len(found.lines) == 3 and all(line.path.startswith("M") for line in found.lines)


def test_a_passage_has_a_name_in_each_language_that_goes_with_its_file() -> None:
    named = stories.with_name(stories.with_name(Passage("Start"), "zh_Hans", "开场"), "en", "Opening")
    read = twee.read(twee.write(Story("T", "", "Start", (named,))), "en").story
    assert stories.names(read.passages[0]) == {"zh_Hans": "开场", "en": "Opening"}
    assert stories.names(stories.with_name(named, "en", "")) == {"zh_Hans": "开场"}
