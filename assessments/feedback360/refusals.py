"""The sentences for what 360° feedback refuses, and the words for its jobs and audited acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KINDS: dict[str, LazyString] = {
    "feedback360.tell": _l("Ask raters for feedback"),
    "feedback360.remind": _l("Remind raters of feedback"),
    "feedback360.report": _l("Announce feedback reports"),
}
ACTIONS: dict[str, LazyString] = {
    "feedback.questionnaire": _l("360° questionnaire made"),
    "feedback.open": _l("360° cycle opened"),
    "feedback.close": _l("360° cycle closed"),
    "feedback.approve": _l("360° raters approved"),
    "feedback.export": _l("360° report exported"),
    "feedback.read": _l("360° report read by somebody else"),
}

MESSAGES: dict[str, LazyString] = {
    "feedback_code": _l("A code holds letters, digits, dots and dashes, at most 64 of them."),
    "feedback_code_taken": _l("Another questionnaire has this code. Choose a different one."),
    "feedback_title_missing": _l("Give the questionnaire a title."),
    "feedback_text": _l("Write the text in one language at least, in at most 500 characters."),
    "feedback_anchors": _l("Describe the behaviour on each of the five levels."),
    "feedback_ids": _l("Two parts of the questionnaire have the same name."),
    "feedback_competencies": _l("A questionnaire has 1 to 12 competencies."),
    "feedback_items": _l("Each competency needs at least one item; there may be 60 in all."),
    "feedback_comments": _l("There may be at most five questions for comments."),
    "feedback_name_missing": _l("Give the cycle a name."),
    "feedback_questionnaire": _l("Choose a questionnaire that is in use."),
    "feedback_least": _l("Fewer than three could be recognised: set three or more."),
    "feedback_most": _l("The most must not be under the minimum, nor above 20. Write 0 for a group that is not asked."),
    "feedback_dates": _l("Nominations have to end before the cycle closes."),
    "feedback_date_past": _l("This date has to lie in the future."),
    "feedback_nobody": _l("Choose at least one person in your scope who is still here."),
    "feedback_too_many": _l("A cycle looks at no more than %(most)s people. Open several."),
    "feedback_numbers_many": _l("Write at most %(most)s numbers at once."),
    "feedback_closed": _l("This feedback is closed. Thank you for wanting to take part."),
    "feedback_reminder_today": _l("A reminder has been sent today already."),
    "feedback_nominating_over": _l("The time for nominating is over. Ask your manager to add a rater."),
    "feedback_group_full": _l("This group is full: at most %(most)s can be asked."),
    "feedback_group_not_asked": _l("This group is not asked in this cycle."),
    "feedback_rater_twice": _l("This person is among the raters already."),
    "feedback_rater_self": _l("Everybody rates themselves anyway; choose somebody else."),
    "feedback_rater_gone": _l("This person cannot be asked: they have left or cannot sign in."),
    "feedback_customer_inside": _l("This address belongs to a colleague. Search for them by name instead."),
    "feedback_decided": _l("This has been decided already."),
    "feedback_reason": _l("Say why in a few words."),
    "feedback_answered": _l("You have given this feedback already. Thank you."),
    "feedback_incomplete": _l("Please check what is marked below; what you entered is kept."),
    "feedback_answer_required": _l("Choose a level, or “not observed”."),
    "feedback_answer_unknown": _l("There is no such level. Please choose again."),
    "feedback_nothing_observed": _l("If you have observed none of this, please decline at the end of the page and say so."),
    "feedback_comment_long": _l("This text is too long. Please shorten it to 4,000 characters."),
}
