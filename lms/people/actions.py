"""What the audit trail calls the acts on people, teams, roles and accounts."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

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
}


def details_in_words(details: dict[str, Any]) -> str:
    """What an entry of the audit trail keeps, for people: "Name: Ana → Ana Lopes; Team: east → west"."""
    changes = details.get("changes")
    parts = [f"{_field(k)}: {_plain(old)} → {_plain(new)}" for k, (old, new) in (changes or {}).items()]
    parts += [f"{_field(k)}: {_plain(v)}" for k, v in details.items() if k != "changes" and v is not None]
    return "; ".join(parts)


def _field(key: str) -> str:
    return str(FIELDS.get(key, key.replace("_", " ")))


def _plain(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, dict):
        return " / ".join(str(part) for part in value.values())
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return str(len(value)) if all(isinstance(each, int) for each in value) else _(", ").join(map(str, value))
    return str(value)
