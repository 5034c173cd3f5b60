"""What could not come along from a file, or into one, in words."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from assessments.quizzes.formats.entries import Note
from assessments.quizzes.refusals import MESSAGES
from assessments.quizzes.words import KIND_LABELS
from lms.i18n import with_remark

FORMAT_LABELS: dict[str, LazyString] = {
    "gift": _l("GIFT (Moodle’s text format)"),
    "moodle": _l("Moodle XML"),
    "aiken": _l("Aiken (single choice only)"),
    "qti30": _l("QTI 3.0 (package)"),
    "qti22": _l("QTI 2.2 (package)"),
    "qti21": _l("QTI 2.1 (package)"),
    "xlsx": _l("Workbook (Excel)"),
}
NOTES: dict[str, LazyString] = {
    "file_attempts": _l("How many attempts are allowed stays behind."),
    "file_certainty": _l("That certainty counts stays behind."),
    "file_competency_stays": _l("The competency stays behind."),
    "file_difficulty": _l("A difficulty goes from 1 to 5."),
    "file_difficulty_stays": _l("The difficulty stays behind."),
    "file_draws": _l("Questions drawn for each attempt stay behind, as does how they are drawn."),
    "file_one_way": _l("That there is no going back stays behind."),
    "file_pass_mark": _l("The pass mark stays behind."),
    "file_penalty": _l("That wrong answers cost marks stays behind."),
    "file_picture_place": _l("A picture can stand in the question itself alone; here its words stay."),
    "file_picture_stays": _l("A picture stays behind; its words are kept."),
    "file_sections": _l("The sections stay behind; their questions follow each other."),
    "file_tag": _l("A question has at most 20 tags of at most 40 characters."),
    "file_tags_stay": _l("The tags stay behind."),
    "file_time_limit": _l("The time limit stays behind."),
    "file_all_or_nothing": _l("That marks are given only when every part is right is not said there."),
    "file_answer": _l("This answer cannot be read."),
    "file_arrow": _l("An arrow within the words of a pair cannot be written there."),
    "file_brace": _l("A question has one pair of braces around its answers."),
    "file_category": _l("Categories are not kept; the questions are."),
    "file_characters": _l("It holds a character that cannot stand in XML."),
    "file_credit": _l("How marks are given is kept in a tag alone; the other system gives them for each right and wrong one."),
    "file_feedback": _l("This feedback is not kept."),
    "file_formula_function": _l("There is no such function in formulas here."),
    "file_formula_in_text": _l("A formula within the text cannot be kept: only the numbers drawn are shown there."),
    "file_formula_rounded": _l("The right number is rounded to these decimals here before the tolerance counts."),
    "file_formula_sign": _l("There is no such sign in formulas here."),
    "file_gap_unit": _l("A gap with a unit or a tolerance in percent cannot be written there."),
    "file_gap_weight": _l("All gaps count alike here."),
    "file_geometric": _l("A geometric tolerance becomes a share of the right number."),
    "file_html": _l("The formatting is not kept; the words are."),
    "file_kind": _l("There is no such kind of question on the other side."),
    "file_language": _l("It has no words in this language."),
    "file_marks": _l("The marks are a whole number from 1 to 100 here, and not part of every format."),
    "file_match_case": _l("That capital letters make a difference is not said there."),
    "file_more_numbers": _l("Only the first right number is kept."),
    "file_no_answers": _l("No answers are given."),
    "file_no_right": _l("No answer is right."),
    "file_number": _l("This is no number."),
    "file_one_right": _l("Exactly one answer has to earn all the marks."),
    "file_open_criteria": _l("Criteria of an open question do not come along; here it starts with one criterion from 0 to 4."),
    "file_order_credit": _l("The order earns marks in another way there."),
    "file_other_languages": _l("Words in other languages stay behind."),
    "file_pair": _l("This pair cannot be read."),
    "file_partial_single": _l("With one right option, only that one earns marks here."),
    "file_picture": _l("A picture or file does not come along. Upload it with a lesson and name it in the question."),
    "file_qti_adaptive": _l("An item that goes on after the answer is asked once here."),
    "file_qti_area": _l("An area of this shape cannot be kept."),
    "file_qti_element": _l("This part of an item has no place here; its words are kept where they are part of the question."),
    "file_qti_equal_rounded": _l("Answers that round to the right number become answers within half of its last decimal."),
    "file_qti_float": _l("Any number between two may be drawn there; here those with so many decimals."),
    "file_qti_hotspot": _l("Spots to choose become areas to point at."),
    "file_qti_interaction": _l("There is no such kind of interaction here."),
    "file_qti_missing": _l("The package does not hold this file."),
    "file_qti_mixed": _l("These interactions cannot stand in one question here."),
    "file_qti_most": _l("There, no more options can be ticked than are right."),
    "file_qti_order": _l("There, an order earns all the marks or none; how it earns here is kept for the way back alone."),
    "file_qti_pairs": _l("Each thing has to belong to exactly one other."),
    "file_qti_pattern": _l("A pattern with an asterisk cannot be said there."),
    "file_qti_pixels": _l("Areas are rounded to pixels of the image."),
    "file_qti_processing": _l("Its own way of scoring is not kept: what it marks as right is."),
    "file_qti_round": _l("Rounding to decimals that are drawn themselves cannot be said there."),
    "file_qti_rubric": _l("A rubric or instruction is not kept."),
    "file_qti_rule": _l("This rule of a test is not kept."),
    "file_qti_section": _l("A section in a file of its own is not followed; its items are read if the manifest names them."),
    "file_qti_template": _l("This part of a template has no counterpart in a calculated question."),
    "file_qti_upload": _l("Which files are accepted, or how long may be spoken, is not said there."),
    "file_qti_words_once": _l("Here a word can be put into more than one gap."),
    "file_relative": _l("A tolerance in percent is written as a number."),
    "file_sheet_changed": _l("Something of how it earns marks has no column in the workbook."),
    "file_sheet_column": _l("This column is not known and is left out."),
    "file_sheet_options": _l("A row holds at most 10 options."),
    "file_sheet_right": _l("Say what is right by the letters of the options, like A or A, C."),
    "file_sheet_row": _l("This question cannot be written as a row."),
    "file_sheet_whole": _l("Here stands a whole number."),
    "file_significant": _l("Significant figures become as many decimals as show them for every number that may come out."),
    "file_spelling_feedback": _l("Feedback on a single spelling or number is not kept."),
    "file_truth_feedback": _l("Feedback on true and false alone is not kept."),
    "file_unit": _l("The unit is not kept."),
    "file_variable": _l("This variable has neither a range nor numbers."),
    "file_variable_decimals": _l("A number drawn has at most 9 decimals there."),
    "file_variable_distribution": _l("Small numbers were drawn more often there; here all are equally likely."),
    "file_variable_items": _l("The range cannot be used: numbers are drawn between the least and the largest of the list."),
    "file_variable_name": _l("A variable is named by at most 16 letters, digits and underscores here."),
    "file_variable_range": _l("Some numbers of the list lie outside the range; here the range counts."),
    "file_variable_shared": _l("Numbers that several questions share are drawn for each of them alone here."),
    "file_variable_step": _l("The steps between the numbers that may be drawn differ."),
    "file_variables": _l("A calculated question has at most 10 variables here."),
    "file_weight": _l("This weight is no number."),
    "file_weights_changed": _l("The weights differ from those here: right options share the marks."),
    "file_wrong_spelling": _l("Feedback on a wrong spelling is not kept."),
}


def note_words(note: Note) -> str:
    """The sentence of a note with what it is about."""
    sentence = NOTES.get(note.code) or MESSAGES.get(note.code)
    if sentence is not None and "%(line)s" in str(sentence):  # of lines within a cell
        return str(sentence) % {"line": note.detail}
    words = str(sentence) if sentence is not None else _("It cannot be read.")
    detail = str(KIND_LABELS.get(note.detail, note.detail))
    return with_remark(words, detail) if detail else words
