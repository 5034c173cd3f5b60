"""Who benefited, in words and numbers: a part of the report, frozen with it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from effects.measure import Measure
from effects.stats.results import Effect
from effects.stats.study import StudyResult
from effects.subgroups.estimate import FEWEST_IN_GROUP, FEWEST_TEAMS_IN_GROUP, GroupEffect, told_apart
from effects.subgroups.services import Benefits
from lms.i18n import in_a_sentence, local, number


def numbers_of(found: Benefits) -> dict[str, Any]:
    """The figures without language."""
    return {
        "subgroups": [_json(each) for each in found.groups],
        "subgroups_named": {"splits": found.splits, "after_run": found.after_run},
        "completers": _json(found.completers) if found.completers else None,
    }


def _json(each: GroupEffect) -> dict[str, Any]:
    interval = each.interval
    return {
        "split": each.split,
        "key": each.key,
        "method": each.method,
        "n": each.n,
        "teams": each.teams,
        "estimate": each.estimate,
        "se": each.se,
        "low": interval.low if interval else None,
        "high": interval.high if interval else None,
        "shrunken": each.shrunken,
        "weight": each.weight,
        "why": each.why,
    }


def words_of(found: Benefits, result: StudyResult, measure: Measure) -> dict[str, Any]:
    """``benefits``: the table of groups with its sentence, or None; ``completers``: the second figure, or None."""
    return {"benefits": _table(found, measure), "completers": _completers(found, result, measure)}


def split_name(split: str) -> str:
    return {
        "tenure": _("Time with the firm when the course began"),
        "results": _("Results before the course"),
        "region": _("Part of the company"),
    }[split]


def _group_name(each: GroupEffect, found: Benefits) -> str:
    if each.split == "region":
        return local(found.names.get(each.key, {})) or "–"
    return {
        "under_1": _("under 1 year"),
        "1_to_3": _("1 to 3 years"),
        "over_3": _("3 years and more"),
        "low": _("lowest third"),
        "middle": _("middle third"),
        "high": _("highest third"),
    }[each.key]


def _table(found: Benefits, measure: Measure) -> dict[str, Any] | None:
    if not found.splits:
        return None
    if found.method is None:
        why = _("No groups can be told apart here: that needs an effect to split, and untrained reps to compare each group with.")
        return {"sentence": why, "named": _named(found), "splits": [], "notes": []}
    splits = [
        {
            "split": split,
            "name": split_name(split),
            "rows": [_row(each, found, measure) for each in found.groups if each.split == split],
        }
        for split in found.splits
    ]
    return {"sentence": _sentence(found, measure), "named": _named(found), "splits": splits, "notes": _notes(found)}


def _row(each: GroupEffect, found: Benefits, measure: Measure) -> dict[str, Any]:
    row: dict[str, Any] = {"name": _group_name(each, found), "n": number(each.n), "why": ""}
    if each.estimate is None or each.interval is None:
        return row | {"value": "–", "range": "", "shrunken": "", "why": _why(each)}
    return row | {
        "value": measure.effect(each.estimate),
        "range": measure.range(each.interval.low, each.interval.high),
        "shrunken": "–" if each.shrunken is None else measure.effect(each.shrunken),
    }


def _why(each: GroupEffect) -> str:
    if each.why == "few_reps":
        return _("too few: at least %(n)s trained reps with records before and after", n=number(FEWEST_IN_GROUP))
    if each.why == "few_teams":
        return ngettext(
            "in %(num)s team only; at least %(n)s are needed to tell the group from its teams",
            "in %(num)s teams only; at least %(n)s are needed to tell the group from its teams",
            each.teams,
            n=number(FEWEST_TEAMS_IN_GROUP),
        )
    return _("the method gives no figure for this group")


def _sentence(found: Benefits, measure: Measure) -> str:
    """What the table says, as far as it says anything."""
    looks = len(found.splits)
    apart = [split for split in found.splits if told_apart([e for e in found.groups if e.split == split], looks=looks)]
    if apart:
        first = apart[0]
        groups = [e for e in found.groups if e.split == first and e.shrunken is not None]
        best = max(groups, key=lambda e: measure.good(e.shrunken or 0.0))
        return _(
            "The groups differ more than chance would make them; the most seems to come to: %(group)s (%(split)s).",
            group=_group_name(best, found), split=in_a_sentence(split_name(first)),
        )  # fmt: skip
    if any(e.estimate is not None for e in found.groups):
        return _("No group can be told from the others: what differs between them is no more than chance would make it.")
    return _("No group is large enough for a figure of its own.")


def _named(found: Benefits) -> str:
    if found.after_run is None:
        return _("The groups were named before this study was first computed.")
    return _(
        "The groups were named after run %(number)s had been seen: read them as a search, not as a test.",
        number=number(found.after_run),
    )


def _notes(found: Benefits) -> list[str]:
    notes = [
        _(
            "“Better guess” is pulled towards the middle of the groups as far as each is uncertain, since the largest of several uncertain figures is mostly luck."
        )
    ]
    if "results" in found.splits:
        notes.append(
            _("Results before the course: by forecast from each rep’s own history, since those who were low would have recovered in part anyway.")
        )
    return notes


def _completers(found: Benefits, result: StudyResult, measure: Measure) -> dict[str, str] | None:
    each, headline = found.completers, result.headline
    if each is None or not isinstance(headline, Effect):
        return None
    n = ngettext("%(num)s rep", "%(num)s reps", each.n)
    if each.estimate is None or each.interval is None:
        return {"value": "–", "range": _why(each), "n": n, "note": ""}
    return {
        "value": measure.effect(each.estimate),
        "range": measure.range(each.interval.low, each.interval.high),
        "n": n,
        "note": _("Finishing is a choice: those who finish may differ from those who do not. The figure at the top, of all who began, is the one to go by."),
    }
