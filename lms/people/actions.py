"""What the audit trail calls the acts on people, teams, roles and accounts."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.i18n import LOCALES, local
from lms.people.forms import ROLE_NAMES

ACTIONS = {
    "sign_in": _l("signed in"),
    "sign_in.failed": _l("failed to sign in"),
    "code.failed": _l("gave a wrong code"),
    "sign_out": _l("signed out"),
    "sessions.end": _l("ended all sessions"),
    "password.link": _l("asked for a password link"),
    "password.set": _l("set a password"),
    "password.changed": _l("changed the password"),
    "second_factor.on": _l("turned the second factor on"),
    "second_factor.off": _l("turned the second factor off"),
    "second_factor.reset": _l("reset the second factor"),
    "token.create": _l("made an access token"),
    "token.revoke": _l("took an access token back"),
    "person.create": _l("added a person"),
    "person.edit": _l("changed a person"),
    "person.activate": _l("opened an account"),
    "person.deactivate": _l("closed an account"),
    "person.invite": _l("sent an invitation"),
    "person.export_data": _l("took out everything about a person"),
    "person.erase": _l("erased a person"),
    "grant.add": _l("gave a role"),
    "grant.revoke": _l("took a role away"),
    "team.create": _l("added a team"),
    "team.edit": _l("changed a team"),
}

FIELDS = {
    "number": _l("Person number"),
    "name": _l("Name"),
    "name_latin": _l("Name in Latin letters"),
    "email": _l("E-mail"),
    "team": _l("Team"),
    "hired_on": _l("First day"),
    "left_on": _l("Last day"),
    "locale": _l("Language"),
    "role": _l("Role"),
    "scope": _l("Holds for"),
    "address": _l("Network address"),
    "people": _l("Number of people"),
    "code": _l("Code"),
    "parent": _l("Team above"),
    "version": _l("Version"),
    "named": _l("With names"),
    "format": _l("Format"),
    "kind": _l("Kind"),
    "reason": _l("Reason"),
    "passed": _l("Passed"),
    "before": _l("Before"),
    "after": _l("After"),
    "enrolment": _l("Enrolment"),
    "completion": _l("Completion record"),
    "module": _l("Module"),
    "question": _l("Question"),
    "course": _l("Course"),
    "kpi": _l("KPI"),
    "attempts": _l("Attempts"),
    "minutes": _l("Minutes"),
    "percent": _l("Percent"),
    "pass_mark": _l("Pass mark"),
    "time_limit": _l("Time limit"),
    "wait_minutes": _l("Waiting time in minutes"),
    "shuffle": _l("Shuffled"),
    "opens_at": _l("Opens at"),
    "closes_at": _l("Closes at"),
    "counts": _l("Counts"),
    "penalty": _l("Penalty"),
    "practice": _l("Practice"),
    "certainty": _l("How sure"),
    "one_way": _l("No going back"),
    "review": _l("Review"),
    "run": _l("Number of the run"),
    "cycle": _l("Cycle"),
    "initiative": _l("Initiative"),
    "file": _l("File"),
    "media_type": _l("Type of file"),
    "score": _l("Score"),
    "quarter": _l("Quarter"),
    "quarters": _l("Quarters"),
    "lesson": _l("Lesson drawn"),
    "rater": _l("Rater"),
    "wave": _l("Wave"),
    "study": _l("Study"),
    "chosen": _l("How chosen"),
    "status": _l("State"),
    "new": _l("New"),
    "old": _l("Earlier"),
    "changed": _l("Changed"),
    "certificates": _l("Certificates"),
    "purpose": _l("Purpose"),
    "approved": _l("Approved"),
    "refused": _l("Turned down"),
    "section": _l("Section"),
    "days": _l("Days"),
    "sending": _l("Sending"),
    "rule": _l("Rule"),
    "targets": _l("Targets"),
    "seed": _l("Seed"),
    "recording": _l("Recording"),
    "enrolled": _l("Enrolled"),
    "modules": _l("Modules"),
    "splits": _l("Groups"),
    "after_start": _l("After the first start"),
    "act": _l("Act"),
    "language": _l("Language"),
    "decision": _l("Decision"),
    "result": _l("Result"),
    "codes": _l("Codes"),
    "kpis": _l("KPIs"),
}


CODES: dict[str, dict[str, Any]] = {
    "role": {str(role): words for role, words in ROLE_NAMES.items()},
    "scope": {"company": _l("The whole company"), "team": _l("Team"), "course": _l("Course")},
}
"""Of which details a code is kept, and what it is called."""


def details_in_words(details: dict[str, Any]) -> str:
    """What an entry of the audit trail keeps, for people: "Name: Ana → Ana Lopes; Team: east → west"."""
    changes = details.get("changes")
    parts = [_field(k) + _(": ") + f"{_said(k, old)} → {_said(k, new)}" for k, (old, new) in (changes or {}).items()]
    parts += [_field(k) + _(": ") + _said(k, v) for k, v in details.items() if k != "changes" and v is not None]
    return _("; ").join(parts)


def _field(key: str) -> str:
    return str(FIELDS.get(key, key.replace("_", " ")))


def _said(key: str, value: Any) -> str:
    words = CODES.get(key, {}).get(value) if isinstance(value, str) else None
    return _plain(value) if words is None else str(words)


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dict) and set(value) <= set(LOCALES):
        return local(value)
    if isinstance(value, dict):
        return " / ".join(str(part) for part in value.values())
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return str(len(value)) if all(isinstance(each, int) for each in value) else _(", ").join(map(str, value))
    return str(value)
