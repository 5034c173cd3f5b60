"""What the item analysis says in words: alarms, what cannot be known, and how sure a figure is."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.grading.estimates import Alarm
from assessments.grading.items import SETTLED_DISCRIMINATION, SETTLED_FACILITY
from assessments.grading.part_items import PartStatistics
from assessments.quizzes.analysis.items import ItemRow
from assessments.quizzes.words import option_words, plain
from lms.i18n import local, number, percent
from lms.values import Interval, NotEstimable

__all__ = ["SETTLED_DISCRIMINATION", "SETTLED_FACILITY"]
_REASONS = {
    "few_takers": _l("too few takers"),
    "constant_item": _l("everyone has the same marks here"),
    "constant_rest": _l("everyone has the same result on the other questions"),
    "one_item": _l("the quiz has no other question"),
    "no_answers": _l("nobody has answered"),
    "no_variation": _l("everyone chose alike"),
}


def reason(value: NotEstimable) -> str:
    """Why a figure is missing."""
    known = _REASONS.get(value.code)
    return str(known) if known is not None else _("cannot be estimated from these attempts")


def is_missing(value: object) -> bool:
    return isinstance(value, NotEstimable)


def interval_words(interval: Interval | None, *, share: bool = False) -> str:
    """“95 %: .12 to .53”, in per cent for shares."""
    if interval is None:
        return ""
    low = percent(interval.low) if share else number(interval.low, 2)
    high = percent(interval.high) if share else number(interval.high, 2)
    return _("%(level)s interval: %(low)s to %(high)s", level=percent(interval.level), low=low, high=high)


def is_grave(alarm: Alarm) -> bool:
    return alarm.code == "probable_wrong_key"


def alarm_words(alarm: Alarm, row: ItemRow) -> str:
    """An alarm as a sentence that says what to do."""
    params = alarm.params
    if alarm.code == "probable_wrong_key":
        return _("The key is probably wrong: those who know more get it wrong more often. Check which answer is right.")
    if alarm.code == "low_efficiency":
        return _("It hardly tells those who know from those who do not. See whether it asks what the course teaches.")
    if alarm.code == "dead_distractor":
        return _("Hardly anyone chooses “%(option)s”. Find a wrong answer that tempts.", option=_option(row, params))
    if alarm.code == "attractive_distractor":
        return _("Those who know more prefer “%(option)s”, which is not in the key. Is it right as well?", option=_option(row, params))
    if alarm.code == "often_omitted":
        return _("%(share)s leave it empty. Is it clear what is asked, and is there time?", share=percent(params["share"]))
    if alarm.code == "everyone_right":
        return _("Everyone gets it right: it says nothing about anyone.")
    if alarm.code == "nobody_right":
        return _("Nobody gets it right. Check the key and the lesson.")
    if alarm.code == "too_fast":
        return _("%(share)s answer faster than one can read it.", share=percent(params["share"]))
    return _("%(n)s takers are few; the figures settle from %(minimum)s on.", n=number(params["n"]), minimum=number(params["minimum"]))


_PART_ALARMS = {
    "probable_wrong_key": _l("Those who know more get it wrong more often. Check which answer is right."),
    "often_omitted": _l("Often left empty. Is it clear what is asked?"),
    "everyone_right": _l("Everyone gets it right: it says nothing about anyone."),
    "nobody_right": _l("Nobody gets it right. Check the key and the lesson."),
}


def part_alarm(part: PartStatistics) -> str:
    """What to look at in a part, or nothing."""
    return str(_PART_ALARMS.get(part.alarm, ""))


def part_name(row: ItemRow, name: str) -> str:
    """The words of a part; a gap has only its number."""
    words = row.part_texts.get(name)
    if row.kind == "cloze" or not words:
        return _("Gap %(number)s", number=name)
    return plain(words, 80)


def place_words(row: ItemRow) -> str:
    """Where the question stands if the draft does not fix its place."""
    if row.place.number:
        return ""
    titles = [_("“%(title)s”", title=local(title)) for title in row.place.sections]
    if titles:
        return _("drawn from the bank by %(sections)s", sections=_(", ").join(titles))
    return _("not in the draft any more")


def _option(row: ItemRow, params: dict[str, object]) -> str:
    id_ = str(params["option"])
    return option_words(row.kind, id_, dict(row.option_texts.get(id_, {})))
