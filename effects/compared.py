"""Two runs side by side, in words: the rows of the comparison page."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from msgspec import Struct

from effects import check_words, words
from effects.comparison import Change, Given, compare
from effects.dossier import Dossier
from effects.sentences import joined
from lms.i18n import day, number
from performance.kpis.wording import period


class Row(Struct, frozen=True):
    """One line of the comparison; ``changed`` marks it."""

    name: str
    earlier: str
    later: str
    changed: bool


class Compared(Struct, frozen=True):
    """``sentence`` what changed in the answer; ``why`` what changed in what went in."""

    earlier: Dossier
    later: Dossier
    sentence: str
    why: list[str]
    rows: list[Row]


def compared(earlier: Dossier, later: Dossier) -> Compared:
    """The comparison of two runs of one study, the later one by number second."""
    change = compare(_given(earlier), _given(later))
    return Compared(earlier, later, _sentence(earlier, later, change), _why(earlier, later, change), _rows(earlier, later, change))


def _given(found: Dossier) -> Given:
    run = found.run
    return Given(run.fingerprint, run.version, run.chosen, run.grade or "D", found.numbers)


def _sentence(earlier: Dossier, later: Dossier, change: Change) -> str:
    before, after = _figure(earlier), _figure(later)
    figures = {"before": before, "after": after}
    move = "same_rounded" if change.move == "moved_within" and before == after else change.move
    sentence = {
        "same": _("Both runs give the same figure: %(after)s.", **figures),
        "same_rounded": _("Both runs give %(after)s; they differ by less than is shown.", **figures),
        "moved_within": _("The figure moved from %(before)s to %(after)s, within what the earlier run called plausible.", **figures),
        "moved_beyond": _("The figure moved from %(before)s to %(after)s, beyond what the earlier run called plausible.", **figures),
        "appeared": _("The earlier run could give no figure; the later one gives %(after)s.", **figures),
        "vanished": _("The earlier run gave %(before)s; the later one can give no figure.", **figures),
        "not_comparable": _("The two figures, %(before)s and %(after)s, are on different scales and cannot be set against each other.", **figures),
        "none": _("Neither run can give a figure."),
    }[move]
    if change.same_grade:
        return sentence
    return joined(sentence, _("The grade went from %(before)s to %(after)s.", before=str(earlier.run.grade), after=str(later.run.grade)))


def _why(earlier: Dossier, later: Dossier, change: Change) -> list[str]:
    if change.same_data and change.same_version and change.same_chosen:
        return [_("Nothing that goes in has changed: the same data, the same answer on how they were chosen, the same engine.")]
    lines = [] if change.same_data else [_data(earlier, later, change)]
    if change.same_data:
        lines.append(_("The data are the same."))
    if not change.same_chosen:
        how = {"before": words.chosen(earlier.run.chosen), "after": words.chosen(later.run.chosen)}
        lines.append(_("How they were chosen was answered differently: “%(before)s”, then “%(after)s”.", **how))
    if not change.same_method:
        lines.append(_("So another method was used."))
    if not change.same_version:
        lines.append(_("The engine changed from version %(before)s to %(after)s.", before=earlier.run.version, after=later.run.version))
    return lines


def _data(earlier: Dossier, later: Dossier, change: Change) -> str:
    if change.in_ is None:
        return _("The data changed; the earlier run did not yet keep who was in it.")
    figures = {
        "came": number(change.in_),
        "went": number(change.out),
        "began": number((change.began or 0) - (change.undone or 0)).replace("-", "−"),
    }
    return _("The data changed. Reps new in the records: %(came)s; no longer in them: %(went)s; of those in both, more who count as trained: %(began)s.", **figures)


def _figure(found: Dossier) -> str:
    estimate = found.numbers.get("estimate")
    return "–" if estimate is None else found.measure.effect(estimate)


def _range(found: Dossier) -> str:
    run = found.run
    return "–" if run.low is None or run.high is None else found.measure.range(run.low, run.high)


def _rows(earlier: Dossier, later: Dossier, change: Change) -> list[Row]:
    pairs: list[tuple[str, Any]] = [
        (_("Computed"), lambda d: day(d.run.finished_at)),
        (_("Records until"), _until),
        (_("How they were chosen"), lambda d: words.chosen(d.run.chosen)),
        (_("Method"), lambda d: words.method(str(d.numbers.get("method", "")))),
        (_("Evidence"), lambda d: f"{d.run.grade} · {d.words['grade']}"),
        (_("Effect"), _figure),
        (_("Plausible range"), _range),
        (_("Smallest effect these records can show"), _smallest),
        (_("Trained reps"), lambda d: number(d.numbers.get("n_treated"))),
        (_("Reps compared with"), lambda d: number(d.numbers.get("n_comparison"))),
        (_("Teams"), lambda d: number(d.numbers.get("n_clusters"))),
        (_("Reps left out"), lambda d: number(len(d.numbers.get("left_out") or []))),
        (_("Fingerprint of the data"), lambda d: (d.run.fingerprint or "–")[:12]),
        (_("Version of the engine"), lambda d: d.run.version),
    ]
    rows = [Row(name, text(earlier), text(later), text(earlier) != text(later)) for name, text in pairs]
    said = [{check["name"]: check["word"] for check in d.words.get("checks") or []} for d in (earlier, later)]
    names = list(dict.fromkeys([*said[1], *said[0]]))
    rows += [
        Row(check_words.question(name), said[0].get(name, "–"), said[1].get(name, "–"), said[0].get(name) != said[1].get(name))
        for name in names
    ]
    return rows


def _until(found: Dossier) -> str:
    until = found.run.data_until
    return "–" if until is None else period(found.study.kpi.period, until)


def _smallest(found: Dossier) -> str:
    smallest = found.numbers.get("smallest_detectable")
    return "–" if smallest is None else found.measure.size(smallest)
