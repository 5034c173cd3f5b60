"""The words for levels, verdicts and figures of readiness, as people read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from courses.competencies.scale import begins
from courses.competencies.words import level as level_words
from lms.i18n import local, number, percent
from lms.values import NotEstimable
from performance.kpis.wording import period
from performance.skills.gaps import Readiness
from performance.skills.levels import DAY, Level
from performance.skills.models import PersonReadiness, SkillCheck, SkillState

VERDICTS = {"met": _l("reached"), "gap": _l("gap"), "unsettled": _l("to be settled"), "unknown": _l("not known yet")}
STATES = {"met": "ok", "gap": "bad", "unsettled": "warn", "unknown": "none"}
"""The verdict as a state of the badge."""
SOURCES = {
    "quiz": _l("Quiz"),
    "dialogue": _l("Dialogue"),
    "role_play": _l("Role-play"),
    "case": _l("Case"),
    "observation": _l("Live observation"),
    "feedback_360": _l("360° feedback"),
}
WHY_UNKNOWN = {
    "no_evidence": _l("Nothing has been seen of it yet."),
    "too_little": _l("Too little has been seen of it to say a level."),
    "too_old": _l("What was seen of it is too old to say where it stands today."),
}
CHECK_VERDICTS = {
    "predicts": _l("predicts"),
    "opposite": _l("goes the other way"),
    "does_not": _l("does not predict"),
    "cannot_say": _l("cannot be said yet"),
}
CHECK_STATES = {"predicts": "ok", "opposite": "bad", "does_not": "warn", "cannot_say": "none"}


def state_level(state: SkillState) -> Level | None:
    """The level of a stored state; None where it is unknown."""
    if state.mean is None or state.error is None:
        return None
    return Level(state.mean, state.error, state.reliability or 0.0, len(state.evidence), 0.0, state.knowledge_only)


def level(state: SkillState) -> str:
    """``3 Proficient``, or a dash."""
    found = state_level(state)
    return level_words(found.level) if found else "–"


def range_words(state: SkillState) -> str:
    """``between 2 and 4``: the levels that are plausible."""
    found = state_level(state)
    if found is None:
        return ""
    low, high = found.levels
    return _("surely level %(level)s", level=low) if low == high else _("plausibly level %(low)s to %(high)s", low=low, high=high)


def sure(state: SkillState) -> str:
    """How sure, in a word and with the figure."""
    if state.reliability is None:
        return "–"
    words = _("very sure") if state.reliability >= 0.8 else _("fairly sure") if state.reliability >= 0.65 else _("roughly")
    return _("%(words)s (reliability %(figure)s)", words=words, figure=number(state.reliability, 2)) if state.mean is not None else number(state.reliability, 2)


def age(state: SkillState, now: datetime) -> str:
    """How long ago the last occasion was."""
    if state.last_at is None:
        return "–"
    days = int((now - state.last_at).total_seconds() / DAY)
    if days < 1:
        return _("today")
    if days < 60:
        return ngettext("%(num)s day ago", "%(num)s days ago", days)
    return ngettext("%(num)s month ago", "%(num)s months ago", round(days / 30.4))


def sentence(ready: PersonReadiness | None, own: bool) -> str:
    """The finding of a person's page."""
    if ready is None or not ready.required:
        return _("Nothing is asked for yet") if own else _("No job profile asks for anything here yet")
    values = {"met": number(ready.met), "all": number(ready.required), "gaps": number(ready.gaps)}
    left = ready.required - ready.met - ready.gaps
    if own:
        return _("You meet %(met)s of %(all)s competencies of your job; %(gaps)s are gaps and %(left)s are open.", left=number(left), **values)
    return _("%(met)s of %(all)s competencies of the job are met; %(gaps)s are gaps and %(left)s are open.", left=number(left), **values)


def readiness(ready: PersonReadiness | Readiness | NotEstimable | None) -> str:
    """``72 %``, or "not known"."""
    share = getattr(ready, "share", None)
    return percent(share) if share is not None else _("not known yet")


def readiness_range(ready: PersonReadiness | Readiness | NotEstimable | None) -> str:
    """``54 % to 91 %``; for what is not known, why."""
    if isinstance(ready, Readiness):
        return _("%(low)s to %(high)s", low=percent(ready.interval.low), high=percent(ready.interval.high))
    if isinstance(ready, PersonReadiness) and ready.share is not None:
        return _("%(low)s to %(high)s", low=percent(ready.low), high=percent(ready.high))
    if isinstance(ready, PersonReadiness):
        return _("%(known)s of %(all)s known", known=number(ready.known), all=number(ready.required))
    if isinstance(ready, NotEstimable) and ready.code == "too_little_known":
        return _("%(known)s of %(all)s known", known=number(ready.params["known"]), all=number(ready.params["required"]))
    return ""


def cell(state: SkillState | None) -> str:
    """What a cell of the team table says: ``3 · met``."""
    if state is None:
        return ""
    found = state_level(state)
    verdict = str(VERDICTS[state.verdict or "unknown"])
    return f"{found.level} · {verdict}" if found else verdict


def scale(state: SkillState) -> dict[str, float | None]:
    """The level on a line from 0 to 100: plausible range, mean, where the level asked for begins."""
    found = state_level(state)
    asked = 100 * begins(state.required) if state.required else None
    if found is None:
        return {"low": None, "high": None, "mean": None, "asked": asked}
    low, high = 100 * found.interval.low, 100 * found.interval.high
    return {"low": low, "width": max(high - low, 0.5), "mean": 100 * found.mean, "asked": asked}


_PAGES = {
    "attempt": ("quizzes.result", "attempt_id"),
    "play": ("roleplays.play", "play_id"),
    "dialogue_play": ("dialogues.play", "play_id"),
    "case_work": ("cases.work", "work_id"),
    "feedback_subject": ("feedback360.report", "subject_id"),
}


CLOSED = {
    "attempt": _l("A quiz is opened by the person, and by those who read the results of its course."),
    "play": _l("A role-play is opened by the person, and by those who look after their practice."),
    "dialogue_play": _l("Only the person opens their walk through a dialogue."),
    "case_work": _l("Cases are scored without names, so only the person opens the work from here."),
    "feedback_subject": _l("A 360° report is opened by the person, the manager and HR."),
}


def closed(pieces: Collection[Mapping[str, Any]], opens: Collection[str]) -> list[str]:
    """Why some of these pieces lead nowhere for this reader, each reason once."""
    kinds = dict.fromkeys(piece["reference"][0] for piece in pieces)
    return [str(CLOSED[kind]) for kind in kinds if kind not in opens]


def piece_url(piece: Mapping[str, Any], opens: Collection[str], quizzes: Mapping[int, int], number: str | None) -> str | None:
    """The address of the rows behind a piece of evidence, for those to whom its kind is open.

    An attempt at a quiz leads its taker to the result, others to the results of the quiz (``quizzes``: attempt → module) for the person of
    this ``number``.
    """
    kind, id_ = piece["reference"]
    if kind not in opens:
        return None
    if kind == "attempt" and number is not None:
        return url_for("quiz_authoring.result_list", module_id=quizzes[id_], q=number) if id_ in quizzes else None
    endpoint, name = _PAGES[kind]
    return url_for(endpoint, **{name: id_})


def items(piece: Mapping[str, Any]) -> str:
    """How much one occasion rests on: ``3 questions``."""
    if piece["source"] == "quiz":
        return ngettext("%(num)s question", "%(num)s questions", piece["items"])
    if piece["source"] == "dialogue":
        return ngettext("%(num)s decision", "%(num)s decisions", piece["items"])
    if piece["source"] == "feedback_360":
        return ngettext("%(num)s rater", "%(num)s raters", piece["items"])
    return ngettext("%(num)s criterion", "%(num)s criteria", piece["items"])


def piece_share(piece: Mapping[str, Any]) -> str:
    """What was reached; of one or two questions or decisions nothing is said, since that would tell which answer was right."""
    return "" if piece["source"] in ("quiz", "dialogue") and piece["items"] < 3 else percent(piece["share"])


def moment(text: str) -> datetime:
    """An ISO moment as it is stored with a piece."""
    return datetime.fromisoformat(text)


def quarter(day: date) -> str:
    """``Q3 2026``, ``2026年第3季度``."""
    return period("quarter", day)


def check_sentence(check: SkillCheck) -> str:
    """What a check found, in a sentence that does not say more than it may."""
    kpi = local(check.kpi.name)
    if check.reason == "few_teams":
        return _("%(kpi)s: too few teams with readiness and figures to say anything (%(n)s of %(least)s).", kpi=kpi, n=number(check.params["teams"]), least=number(check.params["least"]))
    if check.reason == "few_people":
        return _("%(kpi)s: too few people with readiness and figures to say anything (%(n)s of %(least)s).", kpi=kpi, n=number(check.params["people"]), least=number(check.params["least"]))
    if check.reason is not None:
        return _("%(kpi)s: everybody is as ready as their colleagues, so nothing can be compared.", kpi=kpi)
    return {
        "predicts": _("%(kpi)s: who was readier than the colleagues of the same team tended to do better in the next quarter.", kpi=kpi),
        "opposite": _("%(kpi)s: who was readier than the colleagues of the same team tended to do worse in the next quarter.", kpi=kpi),
        "does_not": _("%(kpi)s: readiness said nothing worth having about the next quarter.", kpi=kpi),
        "cannot_say": _("%(kpi)s: readiness may have said something about the next quarter, or nothing; more quarters will tell.", kpi=kpi),
    }[check.verdict]


def correlation(found: Mapping[str, float] | None) -> str:
    """``0.21``"""
    return "–" if found is None else number(found["value"], 2)


def correlation_range(found: Mapping[str, float] | None) -> str:
    """``0.05 to 0.36``"""
    return "" if found is None else _("%(low)s to %(high)s", low=number(found["low"], 2), high=number(found["high"], 2))
