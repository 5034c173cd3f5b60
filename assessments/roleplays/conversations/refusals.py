"""The sentences for what talks refuse and for a model that does not answer, and the words for their jobs and acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, LazyString] = {
    "conversation.erase": _l("Talk erased"),
    "conversation.proposal": _l("Scores proposed by the language model"),
}
KINDS: dict[str, LazyString] = {"conversations.propose": _l("Ask the language model to propose scores")}
MESSAGES: dict[str, LazyString] = {
    "conversation_off": _l("No language model is set up here, so nobody can play the customer. Record a take, or play it live."),
    "turn_empty": _l("Say something first."),
    "turn_long": _l("Say at most %(most)s characters at once."),
    "turn_taken": _l("The talk has gone on in another window. Read on, and say it again if it still fits."),
    "talk_full": _l("A talk has at most %(most)s turns of yours. Hand it in."),
    "talk_day_full": _l("You have said as much as one may in a day (%(most)s turns). Go on tomorrow; the talk is kept."),
    "talk_short": _l("The customer has not said anything yet."),
    "nothing_to_answer": _l("The customer has answered already."),
    "model_asked_already": _l("The language model is answering already. Wait for it, then go on."),
    "model_asked_often": _l("You have asked the language model very often. What you said is kept: wait a little, or go on tomorrow."),
    "model_busy": _l("The language model is busy. What you said is kept: ask again in %(wait)s seconds."),
    "model_denied": _l("The language model does not let this site in. What you said is kept. Tell your administrator."),
    "model_failing": _l("The language model failed. What you said is kept: ask again."),
    "model_slow": _l("The language model took too long. What you said is kept: ask again."),
    "model_unreachable": _l("The language model cannot be reached. What you said is kept: ask again."),
    "model_garbled": _l("The answer of the language model could not be read. What you said is kept: ask again."),
    "model_silent": _l("The language model said nothing. What you said is kept: ask again."),
}
