"""What a dialogue shows of competencies: decisions between what was open, the first time through, in a course alone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from assessments.grading.evidence import Source
from assessments.roleplays.dialogues import authoring, editing, evidence, story, twee
from assessments.roleplays.dialogues.models import DialogueVersion
from assessments.roleplays.dialogues.showing import decision, shown
from assessments.roleplays.dialogues.story import Choice, Passage, Story, with_competency
from lms.db import db, transaction
from performance.skills.levels import sampling_variance
from performance.skills.occasions import gathered
from tests.assessments.roleplays.dialogues.stories import go, passage
from tests.assessments.roleplays.dialogues.stories import story as told
from tests.assessments.roleplays.dialogues.test_playing import begin, in_a_course, through
from tests.courses.factory import MONDAY, TUESDAY, actor
from tests.people import Cast


def asking(name: str, word: str, *choices: Choice) -> Passage:
    return with_competency(passage(name, *choices), word)


STORY: Story = told(
    asking("Start", "Needs", go("Middle", 2), go("Middle", 1), go("Middle", 0), go("Middle", 9, blocker=True)),
    asking("Middle", "Needs", go("Start", 0), go("End", 1)),
    passage("End", ending="end"),
)


def test_a_decision_lies_between_the_least_and_the_most_that_was_open_and_a_blocker_is_nothing() -> None:
    best, middle, least, bribe = STORY.passages[0].choices
    taken = [decision(STORY.passages[0].choices, choice) for choice in (best, middle, least, bribe)]
    assert taken == [1, Fraction(1, 2), 0, 0]
    assert decision([best], best) is None and decision([best, best], best) is None, "nothing to decide"
    assert decision([best, bribe], best) == 1, "the only answer that is not against the rules"
    assert decision([middle, best], middle) == 0


def test_each_passage_is_one_decision_however_often_one_comes_back() -> None:
    assert shown(STORY, [1, 0, 0, 1]) == {"Needs": (0.25, 2)}
    assert shown(STORY, [0, 1]) == {"Needs": (1.0, 2)}
    assert shown(told(passage("Start", go("End", 1), go("End", 0)), passage("End", ending="end")), [0]) == {}


def test_the_word_survives_the_file_and_the_editor() -> None:
    again = twee.read(twee.write(STORY), "en").story
    assert [story.competency(each) for each in again.passages] == ["Needs", "Needs", ""]
    draft = editing.PassageDraft("Start", "Hello", None, (), (), competency="  Value  talk ")
    changed = editing.written(STORY, "Start", "en", draft).passages[0]
    assert story.competency(changed) == "Value talk"
    without = editing.PassageDraft("Start", "Hello", None, (), ())
    assert story.competency(editing.written(STORY, "Start", "en", without).passages[0]) == ""


@pytest.fixture
def version(cast: Cast) -> DialogueVersion:
    with transaction():
        row = authoring.load(actor(cast.tess), "DL-S", {"en": "Meeting"}, STORY, now=MONDAY)
        return authoring.publish(actor(cast.tess), row.id, now=MONDAY)


def test_anas_first_time_through_counts_in_a_course_and_no_later_one(cast: Cast, version: DialogueVersion) -> None:
    place = in_a_course(cast, version)
    first = through(cast.ana, begin(cast.ana, version, *place), 1, 1)
    through(cast.ana, begin(cast.ana, version, *place), 0, 1)
    (found,) = evidence.competency_evidence([cast.ana.id, cast.ben.id])
    assert (found.competency, found.source, found.share, found.items) == ("Needs", Source.DIALOGUE, 0.75, 2)
    assert (found.reference, found.at) == (("dialogue_play", first.id), TUESDAY)
    assert evidence.competency_evidence([cast.ana.id], since=TUESDAY.replace(hour=23, minute=59)) == []
    assert evidence.words_in_use() == {"Needs": 2}


def test_trying_out_in_the_library_is_no_evidence_and_who_did_knows_the_answers_afterwards(
    cast: Cast, version: DialogueVersion
) -> None:
    place = in_a_course(cast, version)
    through(cast.ana, begin(cast.ana, version), 2, 1)
    through(cast.ana, begin(cast.ana, version, *place), 0, 1)
    assert evidence.competency_evidence([cast.ana.id]) == []


def test_a_choice_among_answers_is_known_not_done_and_rests_on_its_few_decisions(cast: Cast, version: DialogueVersion) -> None:
    through(cast.ana, begin(cast.ana, version, *in_a_course(cast, version)), 1, 1)
    seen = gathered(evidence.competency_evidence([cast.ana.id]), lambda _word: 1, db.session.get_one(DialogueVersion, version.id).published_at.replace(year=2030))
    (occasion,) = seen[cast.ana.id][1]
    p = (0.75 * 2 + 1) / 4
    assert occasion.source.chosen and sampling_variance(occasion) == pytest.approx(p * (1 - p) / 2)
