"""What one walk through a dialogue shows of competencies: its decisions, each between the answers that were open. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from assessments.roleplays.dialogues import story
from assessments.roleplays.dialogues.story import Choice, Story

NONE, WHOLE = Fraction(0), Fraction(1)


def shown(found: Story, numbers: Sequence[int]) -> dict[str, tuple[float, int]]:
    """Word → (mean share of its decisions, how many there were), from the choices taken since the beginning.

    A passage that names a competency is a decision the first time one comes to it: whoever comes back has read what the answer led to.
    ``{"Needs": (0.75, 2)}``. :raises NoSuchChoice: if one is not open.
    """
    place, met = story.begin(found), set[str]()
    said: dict[str, list[Fraction]] = {}
    for number in numbers:
        passage = found.passage(place.passage)
        word = story.competency(passage) if passage else ""
        if word and place.passage not in met:
            share = decision([choice for _at, choice in story.offered(found, place)], dict(story.offered(found, place)).get(number))
            if share is not None:
                said.setdefault(word, []).append(share)
        met.add(place.passage)
        place = story.step(found, place, number)
    return {word: (float(sum(shares, NONE) / len(shares)), len(shares)) for word, shares in said.items()}


def decision(choices: Sequence[Choice], taken: Choice | None) -> Fraction | None:
    """Where the points of the answer taken lie between the least and the most that were open, 0–1; a blocker is 0 whatever its points.

    None where there was nothing to decide: one answer, or all alike.
    """
    fit = [choice.points for choice in choices if not choice.blocker]
    if taken is None or len(choices) < 2 or (len(fit) == len(choices) and max(fit) == min(fit)):
        return None
    if taken.blocker:
        return None if not fit else NONE
    low, high = min(fit), max(fit)
    return WHOLE if high == low else (taken.points - low) / (high - low)
