"""What a study fixes before anyone looks at the result."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Control = Literal["notyet", "never"]
Aggregate = Literal["simple", "group", "calendar", "event"]
Kind = Literal["amount", "count", "rate"]
Direction = Literal["higher", "lower"]
Transform = Literal["auto", "none", "log"]
Inference = Literal["auto", "jackknife", "influence"]
Base = Literal["varying", "universal"]


class Options(Struct, frozen=True):
    """The analysis plan, the same for every estimator.

    ``horizon``       effects are averaged over the first H periods from the start on (None: all observed).
    ``anticipation``  periods before the start that may already be touched; they are used neither as
                      untrained nor as trained.
    ``window``        periods on each side of the start for before/after.
    ``leads``         placebo coefficients before the start (None: as many as the data bear, at most 12).
    ``base``          base period of Callaway-Sant'Anna before the start: the period before each ("varying",
                      as in R ``did``) or always the last untrained one ("universal").
    ``plausible``     largest effect anyone would believe, in KPI units (None: half the level before training).
    ``lottery``       the starts were drawn by lot, and the draw is stored with this plan: no sign in the records sends
                      the study to another method than ``method`` ("auto": the one for people drawn by lot).
    """

    method: str = "auto"
    control: Control = "notyet"
    aggregate: Aggregate = "simple"
    horizon: int | None = None
    anticipation: int = 0
    window: int = 6
    transform: Transform = "auto"
    kind: Kind = "amount"
    direction: Direction = "higher"
    inference: Inference = "auto"
    base: Base = "varying"
    leads: int | None = None
    plausible: float | None = None
    lottery: bool = False
    seed: int = 1
    level: float = 0.95
