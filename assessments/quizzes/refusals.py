"""The sentences for what quizzes refuse."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

KINDS: dict[str, LazyString] = {"quiz.regrade": _l("Grade attempts again after a mended key")}

MESSAGES: dict[str, LazyString] = {
    "attempts_used_up": _l("You have used all attempts at this quiz. Ask your trainer if you need another one."),
    "wait_before_next": _l("The next attempt may begin in %(minutes)s minutes."),
    "attempt_closed": _l("This attempt has been handed in. What was saved before counts."),
    "deadline_passed": _l("The time is over. Every answer saved before counts."),
    "answered_elsewhere": _l(
        "This question was answered in another window in the meantime. Reload the page to see that answer."
    ),
    "answer_unreadable": _l("This answer could not be read. Reload the page and answer again."),
    "answer_no_such_option": _l("This question has no such option. Reload the page and answer again."),
    "answer_too_long": _l("An answer holds at most 1,000 characters."),
    "question_unreadable": _l("This question could not be read."),
    "question_kind_unknown": _l("There is no such kind of question."),
    "question_kind_stays": _l("The kind of a question stays. Make a new question instead."),
    "question_text": _l("A text is too long, or in a language that Needle does not know."),
    "question_stem_missing": _l("Write the question."),
    "question_option_count": _l("Give at least two options and at most 20."),
    "question_option_unreadable": _l("An option could not be read."),
    "question_option_empty": _l("Every option needs a text."),
    "question_option_twice": _l("Two options have the same name."),
    "question_key_missing": _l("Say which answer is right."),
    "question_one_right": _l("Mark the one option that is right."),
    "question_some_right": _l("Mark at least one option as right."),
    "question_credit_unknown": _l("Choose how marks are given."),
    "question_number": _l("Give the right number in digits, like 12.5."),
    "question_tolerance": _l("Give the tolerance as a number in digits, 0 or more."),
    "question_unit": _l("A unit holds at most 40 characters."),
    "question_accepted": _l("Give 1 to 50 answers that count as right, of at most 200 characters each."),
    "marks_range": _l("A question is worth 1 to 100 marks."),
    "quiz_setting": _l("This value is not possible here."),
    "quiz_full": _l("A quiz holds at most %(most)s questions."),
    "questions_outdated": _l("The questions have changed in the meantime. Reload the page and try again."),
    "key_unchanged": _l("This is the key already in force."),
    "quiz_file_other_format": _l("This is not a Needle quiz file of format 1."),
    "quiz_file_unreadable": _l("The quiz cannot be read at %(where)s. Nothing was imported."),
    "quiz_file_question": _l("Question %(number)s cannot be read (%(problem)s at %(where)s). Nothing was imported."),
}
