"""The sentences for what role-plays refuse, and the words for their jobs and acts."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

ACTIONS: dict[str, LazyString] = {
    "scenario.create": _l("Scenario created"),
    "scenario.edit": _l("Scenario edited"),
    "scenario.publish": _l("Scenario published"),
    "scenario.retire": _l("Scenario retired"),
    "rubric.create": _l("Rubric created"),
    "rubric.edit": _l("Rubric edited"),
    "rubric.freeze": _l("Rubric frozen"),
    "play.start": _l("Role-play begun"),
    "play.submit": _l("Role-play handed in"),
    "play.abandon": _l("Role-play thrown away"),
    "play.consent_end": _l("Consent to a recording taken back"),
    "recording.erase": _l("Recording erased"),
    "recording.captions": _l("Captions of a recording written"),
    "rating.assign": _l("Rater assigned"),
    "rating.submit": _l("Role-play rated"),
    "play.result": _l("Role-play scored"),
    "objection.raise": _l("Objection raised"),
    "objection.answer": _l("Objection answered"),
    "anchor.set": _l("Recording made an anchor"),
    "anchor.end": _l("Anchor ended"),
}

MESSAGES: dict[str, LazyString] = {
    "scenario_code_taken": _l("Another scenario has this code."),
    "scenario_incomplete": _l("The scenario is not complete: %(missing)s."),
    "scenario_not_open": _l("This scenario is not open for practice."),
    "scenario_setting": _l("This value is not possible here."),
    "rubric_incomplete": _l("The rubric cannot be used yet: %(problem)s."),
    "rubric_full": _l("A rubric holds at most %(most)s criteria."),
    "criterion_title_missing": _l("Say what is judged."),
    "criterion_levels_few": _l("Describe at least two levels."),
    "criterion_weight": _l("Give the weight as a number from 0 to 100."),
    "criterion_blocker": _l("Choose a level above the lowest one."),
    "way_not_offered": _l("This scenario is not played in this way."),
    "part_missing": _l("Choose the part to be played."),
    "consent_missing": _l("Without consent nothing is recorded. You can play the scenario live instead."),
    "plays_used_up": _l("You have used all attempts at this role-play. Ask your trainer if you need another one."),
    "takes_used_up": _l("All %(takes)s takes are used. Send one of them."),
    "play_closed": _l("This role-play has been handed in."),
    "no_take_to_send": _l("There is no finished recording to send yet."),
    "recording_empty": _l("The recording is empty. Check camera and microphone, and record again."),
    "recording_too_large": _l("The recording is larger than %(limit)s MB. Make a shorter one."),
    "recording_type": _l(
        "This is neither a video nor a sound recording that Needle can play (WebM, MP4 or Ogg). Nothing was kept."
    ),
    "recording_lies": _l(
        "The file says that it is %(claimed)s, but its content is something else. Nothing was kept."
    ),
    "recording_audio_only": _l("This scenario asks for a video, but the recording has sound only. Nothing was kept."),
    "recording_closed": _l("This recording is complete already."),
    "piece_too_large": _l("A piece holds at most %(limit)s MB."),
    "piece_out_of_place": _l("The server has %(offset)s bytes of this recording; go on from there."),
    "captions_head": _l("This is not WebVTT: the first line has to be WEBVTT."),
    "captions_time": _l("Line %(line)s: a time like 00:00:01.000 --> 00:00:04.000 was expected here."),
    "captions_order": _l("Line %(line)s: the times have to rise, and each has to end after it begins."),
    "captions_long": _l("Line %(line)s: too much is said at once. Divide it."),
    "captions_many": _l("Line %(line)s: these are too many captions."),
    "captions_none": _l("There is nothing said in these captions."),
    "captions_large": _l("Captions hold at most %(most)s kB."),
    "captions_encoding": _l("The file is not UTF-8. Save it as UTF-8 and send it again."),
    "captions_language": _l("Choose one of the languages of this site."),
    "already_rated": _l("You have rated this role-play already."),
    "rating_closed": _l("This rating is not needed any more."),
    "criteria_missing": _l("Rate every criterion: one is still open."),
    "no_such_level": _l("A level that this rubric does not have was sent. Reload the page and rate again."),
    "feedback_missing": _l("Write the best moment and one thing to change: that is what the learner can act on."),
    "feedback_long": _l("A text holds at most %(most)s characters."),
    "rating_key": _l("This score sheet could not be read. Reload the page and send it again."),
    "own_performance": _l("Nobody rates their own performance."),
    "nobody_to_rate": _l("There is nobody else who could rate this."),
    "objection_missing": _l("Say what you do not agree with."),
    "objection_once": _l("You have objected to this result already."),
    "objection_answered": _l("This objection has been answered."),
    "anchor_not_allowed": _l("The person did not allow raters to practise on this recording."),
    "calibration_nobody": _l("Choose at least one rater who has not met this recording."),
    "observed_nobody": _l("Choose who plays."),
    "observed_twice": _l("One person plays one part."),
}
KINDS: dict[str, LazyString] = {"roleplays.erase": _l("Erase recordings whose time is over")}
