"""The sentences for what cases refuse, and the words for their acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, LazyString] = {
    "case.create": _l("Case created"),
    "case.edit": _l("Case edited"),
    "case.publish": _l("Case published"),
    "case.retire": _l("Case retired"),
    "case.add_file": _l("Document added to a case"),
    "case.remove_file": _l("Document taken out of a case"),
    "case.propose": _l("Own deal proposed as a case"),
    "case.accept": _l("Proposed deal taken over"),
    "case.decline": _l("Proposed deal declined"),
    "case.dismiss_flag": _l("Flag of the anonymity check dismissed"),
    "case.start": _l("Case begun"),
    "case.answer": _l("Question of a case answered"),
    "case.comment_hide": _l("Contribution hidden"),
    "case.comment_show": _l("Contribution shown again"),
    "case.lesson_add": _l("Lesson added to a case"),
    "case.lesson_remove": _l("Lesson taken out of a case"),
    "case.score": _l("Case scored"),
}

MESSAGES: dict[str, LazyString] = {
    "case_code_taken": _l("Another case has this code."),
    "case_setting": _l("This value is not possible here."),
    "case_incomplete": _l("The case is not complete: %(missing)s."),
    "case_questions_full": _l("A case holds at most %(most)s questions."),
    "case_question_title": _l("Give the question a title."),
    "case_not_open": _l("This case is not open."),
    "case_rubric_needed": _l("This case has no rubric, so nobody can pass it by a score. Choose “all questions answered”."),
    "case_flags_open": _l(
        "The anonymity check has open flags: %(n)s. Change the text, or dismiss each of them with a reason."
    ),
    "case_proposal_waits": _l("Take the proposal over before you publish it."),
    "case_reason_missing": _l("Say why."),
    "case_flag_gone": _l("This flag is not there any more: the text was changed meanwhile."),
    "case_proposal_closed": _l("A trainer has taken this proposal over. It can no longer be changed here."),
    "case_text_missing": _l("Write something first."),
    "case_text_long": _l("A text holds at most %(most)s characters."),
    "case_answer_given": _l("This answer has been handed in and stays as it is."),
    "case_question_closed": _l("This question is not open yet."),
    "case_answer_first": _l("Answer the question yourself first."),
    "case_no_group": _l("You belong to no team, so there is nobody to discuss it with."),
    "case_points": _l("Rate every criterion: one is still open."),
    "case_feedback_missing": _l("Write the best thought and one thing to change: that is what the learner can act on."),
    "case_score_key": _l("This score sheet could not be read. Reload the page and send it again."),
    "case_document_type": _l("Give a PDF, a picture, or a Word, Excel or PowerPoint document."),
}
