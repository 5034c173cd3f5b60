"""What the audit trail calls the acts on people, teams, roles and accounts."""

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
    "person.create": _l("added a person"),
    "person.edit": _l("changed a person"),
    "person.activate": _l("opened an account"),
    "person.deactivate": _l("closed an account"),
    "person.invite": _l("sent an invitation"),
    "grant.add": _l("gave a role"),
    "grant.revoke": _l("took a role away"),
    "team.create": _l("added a team"),
    "team.edit": _l("changed a team"),
}
