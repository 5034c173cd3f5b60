"""What the audit trail calls the acts on courses, enrolments, completions and certificates."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ACTIONS = {
    "certificate.export": _l("took certificates out as a file"),
    "certificate.issue": _l("issued a certificate"),
    "certificate.revoke": _l("revoked a certificate"),
    "completion.correct": _l("corrected a completion"),
    "completion.create": _l("completed a course"),
    "completion.review": _l("reviewed completions"),
    "course.add_file": _l("added a file to a course"),
    "course.add_module": _l("added a module"),
    "course.create": _l("made a course"),
    "course.edit": _l("changed a course"),
    "course.import": _l("imported a course"),
    "course.publish": _l("published a course"),
    "course.remove_module": _l("took a module out"),
    "course.reopen": _l("opened a course again"),
    "course.retire": _l("closed a course for enrolment"),
    "course.send_back": _l("sent a course back"),
    "course.set_rule": _l("set a completion rule"),
    "course.submit_for_review": _l("asked for the review of a course"),
    "enrolment.assign": _l("assigned a course"),
    "enrolment.create": _l("enrolled in a course"),
    "enrolment.set_due": _l("changed the due date of an enrolment"),
    "enrolment.withdraw": _l("withdrew an enrolment"),
}
