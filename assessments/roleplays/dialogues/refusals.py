"""The sentences for what dialogues refuse, and the words for their acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, LazyString] = {
    "dialogue.create": _l("Dialogue created"),
    "dialogue.edit": _l("Dialogue edited"),
    "dialogue.import": _l("Dialogue brought in from a file"),
    "dialogue.publish": _l("Dialogue published"),
    "dialogue.retire": _l("Dialogue retired"),
    "dialogue_play.start": _l("Dialogue begun"),
    "dialogue_play.result": _l("Dialogue scored"),
}

MESSAGES: dict[str, LazyString] = {
    "dialogue_code_taken": _l("Another dialogue has this code."),
    "dialogue_full": _l("A dialogue holds at most %(most)s passages."),
    "dialogue_not_open": _l("This dialogue is not open for practice."),
    "dialogue_problems": _l("The dialogue cannot be published yet: %(count)s problems are listed below."),
    "dialogue_setting": _l("This value is not possible here."),
    "no_such_passage": _l("There is no passage of this name."),
    "passage_name_taken": _l("Another passage has this name."),
    "first_passage_stays": _l("The dialogue begins here. Choose another beginning first."),
    "terms_not_understood": _l("This cannot be read. Write it like “%(example)s”."),
    "scenario_or_dialogue": _l("Choose a scenario or a dialogue, not both."),
    "step_taken": _l("You had gone on already. This is where you are now."),
    "choice_not_open": _l("This answer is not open here. Choose one of those shown."),
    "twee_encoding": _l("The file is not UTF-8 text. Export it from Twine as Twee, and choose that file."),
    "twee_too_large": _l("The file is larger than 512 kB. Divide the story."),
    "twee_no_passages": _l("There is no passage in this file. A Twee file has lines that begin with two colons."),
    "twee_many_passages": _l("The file has more than 200 passages. Divide the story."),
    "twee_long_passage": _l("The passage in line %(line)s is too long. Divide it."),
}
