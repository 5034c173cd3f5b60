"""Small stories for the tests."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from assessments.roleplays.dialogues.story import Choice, Comparison, Effect, Passage, Story

TWINE = """:: StoryTitle
Meeting Mrs Gao


:: StoryData
{
  "ifid": "D674C58C-DEFA-4F70-B7A2-27742230C0FC",
  "format": "Harlowe",
  "format-version": "3.3.9",
  "start": "Reception",
  "zoom": 1
}


:: Setup [startup]
(set: $trust to 0)


:: Reception {"position":"600,100","size":"100,100"}
Mrs Gao looks at her watch. “Five minutes.”

[[Ask what changed this year->Needs]] <!--score: 2--> <!--set: $trust to $trust + 1-->
<!--feedback: Good: a question before an answer.-->
[[Start the slides->Needs]]


:: Needs {"position":"600,250","size":"100,100"}
“And what do you want from me?”

(if: $trust > 0)[[[Ask for a visit to the line->Visit]]]
[[Ask for an order->Thrown out]]


:: Visit [ending]
“Come on Thursday.”


:: Thrown out [ending-failed]
“Send me a leaflet.”
"""


def go(target: str, points: int = 0, **more: Any) -> Choice:
    return Choice({"en": f"to {target}"}, target, points=Fraction(points), **more)


def passage(name: str, *choices: Choice, **more: Any) -> Passage:
    return Passage(name, {"en": name}, choices, **more)


def story(*passages: Passage, **more: Any) -> Story:
    return Story("A talk", "", passages[0].name, passages, **more)


def good(**more: Any) -> Story:
    """Two questions; trust opens the way to the visit; a bribe is a blocker."""
    return story(
        passage("Start", go("Middle", 2, effects=(Effect("trust", 1, True),)), go("Middle"), go("Middle", 5, blocker=True)),
        passage("Middle", go("Visit", 1, condition=(Comparison("trust", ">", 0),)), go("Out")),
        passage("Visit", ending="end"),
        passage("Out", ending="failed"),
        **more,
    )
