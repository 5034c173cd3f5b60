"""Certainty-based marking: an answer earns and costs by how sure its giver says to be. Pure.

The scheme of A. R. Gardner-Medwin, “Confidence assessment in the teaching of basic science”, ALT-J 3 (1995) 80–85, as given in
Gardner-Medwin & Gahan, “Formative and summative confidence-based assessment”, Proc. 7th CAA Conference (2003) 147–155. With it one
does best by saying how sure one is: level 2 pays from a chance of 2/3 of being right, level 3 from 4/5.
"""

from __future__ import annotations

from fractions import Fraction

RIGHT = {1: 1, 2: 2, 3: 3}
"""Level → marks when right."""
WRONG = {1: 0, 2: -2, 3: -6}
"""Level → marks when wrong."""
MOST = 3
LEAST = 1
"""The level of an answer whose giver has not said how sure."""


def earned(correct: Fraction, level: int | None) -> Fraction:
    """The share of the most that can be earned, -2 to 1. ``correct`` is what of the answer is right, 0 to 1.

    A partly right answer earns its part of what a right one would; only a wholly wrong one costs.
    """
    chosen = level or LEAST
    return Fraction(RIGHT[chosen], MOST) * correct if correct else Fraction(WRONG[chosen], MOST)
