"""The sentences for work that failed."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "job_failed": _l("Something went wrong on our side; the administrator sees it in the log. Please try again."),
    "job_lost": _l("The worker was stopped in the middle of it several times. Please start it again."),
}
KINDS = {
    "mail.deliver": _l("Sending a mail"),
    "people.send_invitations": _l("Sending invitations"),
    "people.send_link": _l("Sending a password link"),
}
