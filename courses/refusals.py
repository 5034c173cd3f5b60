"""The sentences for what courses refuse."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

MESSAGES: dict[str, LazyString] = {
    "module_kind_unknown": _l("There is no kind of module called “%(kind)s”."),
    "assigned_by_others": _l(
        "This course was assigned to you. Ask your manager or HR to withdraw you."
    ),
    "already_completed": _l("You have completed this course; a completion stays in your record."),
    "nobody_chosen": _l("Choose at least one person."),
    "reason_missing": _l("Please give the reason; it is kept with the record."),
    "due_in_the_past": _l("This day is over. Choose today or a later day."),
    "due_too_far": _l("This day lies more than ten years ahead."),
    "enrolment_over": _l("This enrolment is over: it was completed or withdrawn."),
    "withdrawal_reason_missing": _l("Say why, for whoever asks later."),
    "course_not_open": _l("This course is not open for enrolment."),
    "enrolment_withdrawn": _l("This enrolment was withdrawn. Enrol again to go on."),
    "score_not_a_share": _l("A score is a share between 0 and 1."),
    "already_revoked": _l("This certificate is revoked already."),
    "course_code_shape": _l(
        "A code begins with a letter or digit and holds letters, digits, dots, hyphens and underscores."
    ),
    "course_code_taken": _l("Another course has the code %(taken)s."),
    "title_missing": _l("Please give a title."),
    "language_unknown": _l("Choose English, 简体中文 or 繁體中文."),
    "order_outdated": _l("The modules have changed in the meantime. Reload the page and try again."),
    "rule_asks_nothing": _l(
        "At least one module has to be required: nobody completes a course by doing nothing."
    ),
    "rule_asks_too_many": _l("Only %(most)s modules are required."),
    "score_not_offered": _l("This kind of module gives no score. Choose “passed” instead."),
    "minimum_missing": _l("Give the score that is needed, between 0 and 100 percent."),
    "not_a_draft": _l("This course is not a draft any more."),
    "not_in_review": _l("This course is not in review."),
    "course_has_problems": _l("Something is still missing. The list below says what."),
    "nothing_to_publish": _l("Nothing was changed since the last publication."),
    "not_published": _l("This course is not published."),
    "not_retired": _l("This course is not retired."),
    "lesson_too_long": _l("A lesson holds at most %(most)s characters. Make two of it."),
    "file_empty": _l("This file is empty. Choose another one."),
    "file_too_large": _l("This file is larger than %(limit)s MB."),
    "file_type_refused": _l("This type of file is not accepted here (%(kind)s)."),
    "media_type_refused": _l(
        "This is not an image or a video that browsers show safely. Send PNG, JPEG, WebP, GIF, MP4 or WebM."
    ),
    "image_unreadable": _l(
        "This image cannot be read. Open it, save it again as PNG or JPEG, and send that."
    ),
    "image_too_many_pixels": _l("This image has too many pixels. Make it smaller first."),
    "course_file_too_large": _l("The course file is larger than %(limit)s MB."),
    "course_file_not_json": _l("This is not a course file: it is not JSON in UTF-8."),
    "course_file_other_format": _l("This JSON file is not a Needle course of format 1."),
    "course_file_unreadable": _l("The course file is wrong at %(where)s. Nothing was imported."),
    "certificate_erased": _l("The holder of this certificate was erased; there is no PDF of it any more."),
    "no_certificates": _l("There are no certificates that fit."),
    "too_many_certificates": _l("These are more than %(most)s certificates. Narrow the choice first."),
    "completion_in_use": _l(
        "A certificate or a later cycle stands on one of these completions, so they stay."
    ),
}
