"""The sentences for what surveys refuse, and the words for their jobs and audited acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KINDS: dict[str, LazyString] = {
    "surveys.tell": _l("Invite people to a survey"),
    "surveys.remind": _l("Remind people of a survey"),
}
ACTIONS: dict[str, LazyString] = {
    "survey.publish": _l("Survey published"),
    "survey.send": _l("Survey sent"),
    "survey.links": _l("Public survey links made"),
    "survey.close": _l("Survey sending closed"),
    "survey.rule": _l("Survey rule set"),
    "survey.rule_end": _l("Survey rule ended"),
    "survey.export": _l("Survey results exported"),
}

MESSAGES: dict[str, LazyString] = {
    "survey_code_taken": _l("Another survey has this code. Choose a different one."),
    "survey_code": _l("A code holds letters, digits, dots and dashes, at most 64 of them."),
    "survey_title_missing": _l("Give the survey a title."),
    "survey_template_unknown": _l("There is no such template."),
    "survey_unreadable": _l("The survey cannot be read at %(where)s."),
    "survey_file_other_format": _l("This is not a Needle survey file of format 1."),
    "survey_kind_unknown": _l("There is no such kind of question."),
    "survey_item_twice": _l("Two parts of the survey have the same name."),
    "survey_text_missing": _l("Write the question, in one language at least."),
    "survey_text_long": _l("A text holds at most 2,000 characters."),
    "survey_options_few": _l("Give at least two options."),
    "survey_options_many": _l("There may be at most 20 options."),
    "survey_option_empty": _l("Every option needs a text."),
    "survey_rows_missing": _l("Give at least one statement."),
    "survey_condition_one": _l("A question can depend on the answer to one question. Choose answers of one only."),
    "survey_points": _l("A scale has 2 to 10 points."),
    "survey_condition": _l("Choose at least one answer on which the question depends."),
    "survey_full": _l("A survey holds at most 100 questions and sections."),
    "survey_empty": _l("The survey asks nothing yet."),
    "survey_unreachable": _l("Nobody could ever be asked “%(question)s”: %(why)s"),
    "survey_measure_required": _l("“%(question)s” is part of the measure: everybody has to be asked it, and it has to be answered."),
    "survey_about_needs_names": _l("A survey about a person cannot be anonymous: whoever knows the manager would know who answered."),
    "survey_not_published": _l("Publish the survey first."),
    "survey_retired": _l("This survey has been retired."),
    "survey_nobody": _l("Choose at least one person. Those who have left or cannot sign in are not asked."),
    "survey_closing_past": _l("The closing date has to lie in the future."),
    "survey_rule_twice": _l("There is such a rule already."),
    "survey_links_number": _l("Make 1 to 2,000 links at a time."),
    "survey_closed": _l("This survey is closed. Thank you for wanting to take part."),
    "survey_close_by_date": _l("What a rule or a course sends is closed by its date."),
    "survey_incomplete": _l("Please check what is marked below; what you entered is kept."),
    "survey_answered": _l("You have answered this survey already. Thank you."),
    "survey_reminder_today": _l("A reminder has been sent today already."),
    "survey_draft_anonymous": _l("An anonymous survey is kept only when it is sent."),
    "survey_answer_required": _l("Please answer this question."),
    "survey_answer_unknown": _l("This question has no such answer. Please choose again."),
    "survey_answer_rows": _l("Please give an answer for every statement."),
    "survey_answer_ranks": _l("Give each option a different place, from first to last."),
    "survey_answer_number": _l("Give a number in digits, like 12.5."),
    "survey_answer_long": _l("This text is too long. Please shorten it."),
}

REASONS: dict[str, LazyString] = {
    "unknown": _l("the question on which it depends is not there."),
    "later": _l("the question on which it depends comes later."),
    "kind": _l("it depends on a question without fixed answers."),
    "values": _l("the answer on which it depends is not offered."),
    "contradiction": _l("its conditions exclude each other."),
}

ESTIMATES: dict[str, LazyString] = {
    "survey_no_answers": _l("no answers yet"),
    "survey_too_few": _l("%(n)s answers are too few; from %(least)s on"),
    "survey_few_answers": _l("fewer than five answers"),
    "survey_none_for_course": _l("no survey asks about this course yet"),
}
