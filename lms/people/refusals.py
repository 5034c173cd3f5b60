"""The sentences for what is refused about people, teams, roles and accounts."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "number_taken": _l("Somebody else has this person number."),
    "numbers_unknown": _l("Nobody in your care has these numbers: %(numbers)s."),
    "email_taken": _l("Somebody else has this e-mail address."),
    "left_before_hired": _l("The last day lies before the first."),
    "team_needed": _l("Choose a team: you look after teams, not after the whole company."),
    "not_yourself": _l("You cannot do this to yourself. Ask another administrator."),
    "grant_course_trainer": _l("For a single course only the role of trainer can be given."),
    "own_grants": _l("Nobody changes their own roles. Ask another administrator."),
    "account_above_yours": _l("This account holds a role above yours. Ask an administrator."),
    "grant_there": _l("This role is there already."),
    "grant_needs_team": _l("Choose the team for which the role holds."),
    "last_admin": _l("This is the last administrator. Name another one first."),
    "team_code_taken": _l("Another team has this code."),
    "team_cycle": _l("A team cannot be moved below itself."),
    "team_too_deep": _l("The tree of teams would become too deep here."),
    "team_above_needed": _l("Choose the team above it: you look after teams, not after the whole company."),
    "token_name_missing": _l("Say what the token is for: without a name nobody knows later which one to take back."),
    "token_password": _l("This password is not right."),
    "token_days_unknown": _l("Choose for how long the token holds."),
    "tokens_enough": _l("You have ten tokens already. Take one back first."),
}
