"""The sentences of a rollout: what it could see, what waiting costs, what became of people, where the plan was left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from effects.measure import Measure, in_sentence
from effects.rollouts.models import Rollout
from effects.rollouts.timing import Waiting
from effects.words import chance
from lms.i18n import day, local, money, number, percent
from performance.kpis.models import Kpi

ESTIMATORS = {
    "bjs": _l("Difference-in-differences by imputation (recommended)"),
    "gcomp": _l("Forecast from each rep’s own history"),
}
UNITS = {"reps": _l("Reps, within each team"), "teams": _l("Whole teams")}
SCALES = {"log": _l("in logs: effects are percentages"), "level": _l("in the KPI’s own unit")}


def measure(kpi: Kpi, scale: str) -> Measure:
    return Measure(kpi.kind, kpi.unit, kpi.digits, kpi.direction, kpi.period, scale)


def tercile(value: int | None) -> str:
    return "–" if value is None else (_("low third"), _("middle third"), _("high third"))[value]


def group(number_: int | None) -> str:
    """The name of a wave, or of the group that waits."""
    return _("Waits until the end") if not number_ else _("Wave %(number)s", number=number(number_))


def outcome(code: str | None) -> str:
    return {
        "enrolled": _("enrolled"),
        "otherwise": _("was in the course already"),
        "left": _("left before the wave"),
        "stopped": _("not enrolled: the rollout was stopped"),
    }.get(code or "", _("not due yet"))


def outcome_counts(counts: dict[str, int]) -> str:
    """ "38 enrolled, 2 left before the wave"."""
    known = [(what, n) for what, n in counts.items() if what]
    return _(", ").join(f"{number(n)} {outcome(what)}" for what, n in known) or outcome(None)


def state(rollout: Rollout) -> tuple[str, str]:
    """(mark, word) of where a rollout stands."""
    if rollout.draw is None:
        return "none", _("not drawn yet")
    if rollout.report is not None:
        return "ok", _("reported")
    if rollout.stop is not None:
        return "bad", _("stopped")
    return "info", _("drawn")


def why_not(code: str, params: dict[str, Any], kpi: Kpi) -> str:
    """Why nothing can be said about a plan, and what would help."""
    if code == "too_short_history":
        unit = measure(kpi, "level")
        return _(
            "The records are too short: trying this plan on the past takes %(needed)s of records, and there are %(have)s. Fewer waves, less time between them or a shorter window need less; a rollout drawn by lot is still the best there is.",
            needed=unit.periods(params["needed"]),
            have=unit.periods(params["have"]),
        )
    if code == "few_teams":
        return _(
            "There are too few teams: %(n)s, and at least %(fewest)s are needed for an honest range. Take in more teams.",
            n=number(params["n"]),
            fewest=number(params["fewest"]),
        )
    if code == "few_teams_to_draw":
        return _(
            "There are too few teams to be drawn as wholes: %(n)s, and these groups need at least %(fewest)s, two in each. Take in more teams, have fewer waves, or draw reps instead.",
            n=number(params["n"]),
            fewest=number(params["fewest"]),
        )
    if code == "few_reps":
        return _(
            "There are too few reps: %(n)s, and these groups need at least %(fewest)s, five in each. Take in more teams or have fewer waves.",
            n=number(params["n"]),
            fewest=number(params["fewest"]),
        )
    return _("The records do not bear it: too few of the trial draws on the past gave a figure.")


def warning(code: str, kpi: Kpi) -> str:
    if code == "waves_close":
        return _(
            "There are fewer than %(three)s between the first and the last wave. The course has little time to show before everybody has it: take three to six.",
            three=measure(kpi, "level").periods(3),
        )
    return _(
        "Nobody waits until the end: once the last wave has started there is nobody left to compare with. A group that waits makes the last wave count as well."
    )


def left_out(reasons: dict[str, int]) -> list[str]:
    """Why reps of these teams do not take part."""
    words = {
        "knows": lambda n: ngettext("%(num)s has been in the course", "%(num)s have been in the course", n),
        "short": lambda n: ngettext(
            "%(num)s has records of fewer than six periods", "%(num)s have records of fewer than six periods", n
        ),
        "leaving": lambda n: ngettext("%(num)s leaves before it starts", "%(num)s leave before it starts", n),
        "excluded": lambda n: ngettext("%(num)s was left out by name", "%(num)s were left out by name", n),
    }
    return [words[reason](n) for reason, n in reasons.items() if reason in words]


def seen(rollout: Rollout, result: dict[str, Any]) -> dict[str, Any]:
    """What a plan could see: headline, money, power in plain words, the hope, the curve's finding."""
    plan, kpi = result["plan"], rollout.kpi
    unit = measure(kpi, result["scale"])
    if "code" in plan:
        return {"cannot": why_not(plan["code"], plan["params"], kpi)}
    size = unit.size(plan["effect"])
    words: dict[str, Any] = {
        "size": size,
        "headline": _(
            "With %(waves)s, %(gap)s apart, this plan can see a change of %(size)s or more in %(kpi)s.",
            waves=ngettext("%(num)s wave", "%(num)s waves", plan["waves"]),
            gap=unit.periods(plan["gap"]),
            size=size,
            kpi=in_sentence(local(kpi.name)),
        ),
        "worth": _worth(kpi, result, plan["effect"]),
        "power": _(
            "If the course really changes it by %(size)s, eight of ten such rollouts would show it; in the other two it would be lost in the noise. A smaller effect is missed more often, a larger one less.",
            size=size,
        ),
        "false_alarms": _(
            "Tried on your own past, where nobody was taught: of %(draws)s draws, %(n)s would have raised a false alarm (about five of a hundred are normal).",
            draws=number(plan["draws"]),
            n=number(round(plan["false_alarms"] * plan["draws"])),
        ),
        "hope": None,
        "curve": curve_finding(kpi, result),
    }
    if plan.get("chance") is not None and rollout.expected:
        words["hope"] = _(
            "You hope for %(hoped)s: this plan would show it in %(chance)s of cases.",
            hoped=percent(rollout.expected, 1),
            chance=chance(plan["chance"]),
        )
    return words


def _worth(kpi: Kpi, result: dict[str, Any], effect: float) -> str | None:
    """The size at today's level, in the KPI's own unit; only where the size is a percentage."""
    level, unit = result["level"], measure(kpi, result["scale"])
    if not unit.share or level is None:
        return None
    plain = measure(kpi, "level")
    return _(
        "That is %(size)s %(per_period)s, at today’s level of %(level)s.",
        size=plain.size(level * unit.plain(effect)),
        per_period=unit.per_period,
        level=plain.level(level),
    )


def curve_finding(kpi: Kpi, result: dict[str, Any]) -> str | None:
    """What the curve says, from its worst to its best point."""
    known = [point for point in result["curve"] if "effect" in point]
    if len(known) < 2:
        return None
    unit = measure(kpi, result["scale"])
    worst, best = max(known, key=lambda p: p["effect"]), min(known, key=lambda p: p["effect"])
    return _(
        "The smallest effect that can be seen goes from %(worst)s (%(worst_plan)s) down to %(best)s (%(best_plan)s)",
        worst=unit.size(worst["effect"]),
        worst_plan=shape(kpi, worst),
        best=unit.size(best["effect"]),
        best_plan=shape(kpi, best),
    )


def shape(kpi: Kpi, point: dict[str, Any]) -> str:
    """ "3 waves, 2 months apart"."""
    return _(
        "%(waves)s, %(gap)s apart",
        waves=ngettext("%(num)s wave", "%(num)s waves", point["waves"]),
        gap=measure(kpi, "level").periods(point["gap"]),
    )


def waiting(rollout: Rollout, found: Waiting, result: dict[str, Any]) -> dict[str, Any] | None:
    """What waiting costs if the course works, and what is lost if nobody can tell."""
    kpi, level = rollout.kpi, result["level"]
    share = rollout.expected
    unit = measure(kpi, result["scale"])
    if share is None and "effect" in result["plan"]:
        effect = result["plan"]["effect"]
        share = unit.plain(effect) if unit.share else (effect / abs(level) if level else None)
    if share is None or level is None:
        return None
    plain, each = measure(kpi, "level"), abs(level) * share
    return {
        "assumed": _(
            "If the course improves it by %(share)s (%(each)s %(per_period)s):",
            share=percent(share, 1),
            each=plain.size(each),
            per_period=plain.per_period,
        ),
        "lines": [
            _(
                "%(group)s: %(people)s start %(periods)s later",
                group=group(delay.number),
                people=ngettext("%(num)s rep", "%(num)s reps", delay.people),
                periods=plain.periods(delay.periods),
            )
            for delay in found.delays
        ],
        "forgone": _forgone(kpi, plain, each, found),
        "unknown": _unknown(rollout, plain, each, found),
    }


def _forgone(kpi: Kpi, plain: Measure, each: float, found: Waiting) -> str:
    if plain.in_points:
        return _(
            "Waiting costs at most this once: %(n)s rep-periods at %(each)s less.",
            n=number(found.rep_periods),
            each=plain.size(each),
        )
    return _("Waiting costs at most this once: %(sum)s in all.", sum=total(kpi, plain, each * found.rep_periods))


def total(kpi: Kpi, plain: Measure, value: float) -> str:
    return plain.worth(value) if plain.in_money else f"{number(value)} {_unit(kpi)}".strip()


def _unit(kpi: Kpi) -> str:
    return in_sentence(local(kpi.name))


def _unknown(rollout: Rollout, plain: Measure, each: float, found: Waiting) -> list[str]:
    """What not knowing costs: a course that works is dropped, or one that does nothing is repeated."""
    per_year = {"week": 52, "month": 12, "quarter": 4, "year": 1}[rollout.kpi.period]
    lines = []
    if not plain.in_points:
        lines.append(
            _(
                "If everybody starts at once, nobody can tell. Dropped for want of proof, a course that works costs %(sum)s a year.",
                sum=total(rollout.kpi, plain, each * found.people * per_year),
            )
        )
    else:
        lines.append(
            _(
                "If everybody starts at once, nobody can tell. Dropped for want of proof, a course that works costs %(each)s for %(people)s, each period.",
                each=plain.size(each),
                people=ngettext("%(num)s rep", "%(num)s reps", found.people),
            )
        )
    if rollout.cost_per_rep:
        lines.append(
            _(
                "Kept on trust, one that does nothing costs %(sum)s each time they are all sent.",
                sum=money(rollout.cost_per_rep * found.people),
            )
        )
    return lines


DEPARTURES = {
    "left": lambda n: ngettext("%(num)s person left before their wave.", "%(num)s people left before their wave.", n),
    "unsettled": lambda n: ngettext(
        "%(num)s person was not enrolled, though their wave has started.",
        "%(num)s people were not enrolled, though their wave has started.",
        n,
    ),
    "otherwise": lambda n: ngettext(
        "%(num)s person was in the course already when their wave was due, enrolled in another way.",
        "%(num)s people were in the course already when their wave was due, enrolled in another way.",
        n,
    ),
    "crossed_early": lambda n: ngettext(
        "%(num)s person started before their turn.", "%(num)s people started before their turn.", n
    ),
    "started_late": lambda n: ngettext(
        "%(num)s person started after the period of their wave.",
        "%(num)s people started after the period of their wave.",
        n,
    ),
    "never_started": lambda n: ngettext(
        "%(num)s person was enrolled and never started.", "%(num)s people were enrolled and never started.", n
    ),
    "revised": lambda n: ngettext(
        "%(num)s record from before the draw came or was corrected after it.",
        "%(num)s records from before the draw came or were corrected after it.",
        n,
    ),
    "stated": lambda n: ngettext(
        "%(num)s departure was stated by those who run it.", "%(num)s departures were stated by those who run it.", n
    ),
}


def part_of_definition(name: str) -> str:
    return {"kind": _("kind"), "unit": _("unit"), "direction": _("direction"), "period": _("length of its periods")}[name]


def departure(code: str, params: dict[str, Any]) -> str:
    """One departure from the locked plan, as a sentence."""
    if code in DEPARTURES:
        return str(DEPARTURES[code](params["n"]))
    if code == "kpi_changed":
        return _("The KPI is no longer defined as it was locked (%(parts)s).", parts=_(", ").join(part_of_definition(part) for part in params["parts"]))
    if code == "wave_late":
        return ngettext(
            "Wave %(wave)s was enrolled %(num)s day late.",
            "Wave %(wave)s was enrolled %(num)s days late.",
            params["days"],
            wave=number(params["wave"]),
        )
    if code == "data_missing":
        return ngettext(
            "%(num)s of %(of)s people has no record in the last period.",
            "%(num)s of %(of)s people have no record in the last period.",
            params["n"],
            of=number(params["of"]),
        )
    if code == "reported_late":
        return ngettext(
            "The report was made %(num)s day after the last window closed.",
            "The report was made %(num)s days after the last window closed.",
            params["days"],
        )
    return _("The records sent the analysis another way than the plan: %(how)s.", how=params.get("how", ""))


def lottery_test(test: dict[str, Any]) -> str:
    """The randomisation p-value in plain words."""
    if "p_value" not in test:
        return _("The stored lottery could not be tested: no figure comes out of these records.")
    return _(
        "The stored lottery was drawn again %(draws)s times: if the course did nothing, a difference as large as this one would come up with probability %(p)s.",
        draws=number(test["draws"]),
        p=percent(test["p_value"], 1),
    )


def followed(rollout: Rollout, sentences: Sequence[str]) -> str:
    """One line for the study's page."""
    drawn = rollout.draw
    when = day(drawn.drawn_at) if drawn else ""
    if not sentences:
        return _("Planned in advance: drawn and locked on %(day)s, and carried out as planned.", day=when)
    return ngettext(
        "Planned in advance: drawn and locked on %(day)s. It departed from the plan in %(num)s point:",
        "Planned in advance: drawn and locked on %(day)s. It departed from the plan in %(num)s points:",
        len(sentences),
        day=when,
    )
