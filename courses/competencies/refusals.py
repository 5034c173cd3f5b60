"""The sentences for what the catalogue of competencies refuses."""

from flask_babel import lazy_gettext as _l

MESSAGES = {
    "competency_code_taken": _l("Another competency has the code %(taken)s already."),
    "competency_name_missing": _l("A competency needs a name in at least one language."),
    "competency_word_taken": _l("“%(word)s” means the competency %(competency)s already. A word can mean only one."),
    "competency_word_empty": _l("Write the word that is to mean this competency."),
    "competency_words_many": _l("A competency can answer to at most %(most)s words."),
    "profile_code_taken": _l("Another job profile has the code %(taken)s already."),
    "profile_name_missing": _l("A job profile needs a name."),
    "profile_not_company": _l("What a job asks for concerns everybody who has it: only those who look after the whole company change it."),
}
