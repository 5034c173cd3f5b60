"""Which rows are about a person, and what becomes of their words at an erasure: one list that can be read in a sitting.

Tables are named, not imported: they belong to floors above. ``tests/lms/privacy`` walks the models and fails when a table that
refers to people, or to rows about people, is missing here, or a column with text is neither kept nor taken away.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from msgspec import Struct

MARK = "—"
"""Stands where somebody's words were."""


class Rule(Struct, frozen=True):
    """``by``: the columns whose row a row belongs to (a person, or a row about one). ``blank``: columns whose words go at an
    erasure. ``keep``: columns with text that stay, being codes, figures or the evidence of a result. ``goes``: the row itself
    goes. ``own``: taken care of by an act of its own in ``erasing``."""

    by: str
    blank: str = ""
    keep: str = ""
    own: str = ""
    goes: bool = False

    @property
    def columns(self) -> list[str]:
        return self.by.split()


RULES: dict[str, Rule] = {
    # the account
    "person": Rule("id", own="number name name_latin email locale password fs_uniquifier tf_primary_method tf_totp_secret mf_recovery_codes"),
    "access_token": Rule("person_id", goes=True),
    "login_session": Rule("person_id", goes=True),
    "role_grant": Rule("person_id", goes=True),
    "team_membership": Rule("person_id"),
    "portfolio_subscription": Rule("person_id", goes=True),
    "audit_entry": Rule("actor_id", keep="action subject_type", own="details"),
    "job": Rule("owner_id", blank="params result", keep="kind state error"),
    # courses
    "enrolment": Rule("person_id", blank="reason", keep="chosen source"),
    "module_outcome": Rule("enrolment_id", keep="source"),
    "completion": Rule("enrolment_id", keep="evidence"),
    "completion_review": Rule("completion_id", keep="why evidence"),
    "certificate": Rule("completion_id", keep="code", own="values revoked_reason pdf_sha256"),
    "certificate_reminder": Rule("certificate_id"),
    # quizzes
    "attempt": Rule("person_id enrolment_id", keep="state frozen marked"),
    "answer_save": Rule("attempt_id", own="answer"),
    "answer_file": Rule("attempt_id", blank="name", keep="media_type sha256"),
    "answer_file_piece": Rule("file_id", own="key"),
    "quiz_activity": Rule("attempt_id", goes=True),
    "grade_entry": Rule("attempt_id", keep="marks earned possible key_fingerprint grader"),
    "hand_grade": Rule("attempt_id", blank="comment", keep="points"),
    "quiz_accommodation": Rule("person_id", blank="reason"),
    "practice_review": Rule("person_id", blank="answer", keep="item share memory scheduler"),
    # oral exams
    "oral_sitting": Rule("person_id enrolment_id", keep="frozen"),
    "oral_sheet": Rule("person_id sitting_id", blank="note", keep="points"),
    "oral_proposal": Rule("sitting_id", blank="reason"),
    "oral_result": Rule("sitting_id", blank="reason", keep="share how sheets"),
    # role-plays
    "play": Rule("person_id enrolment_id", keep="way part consent_hash together"),
    "recording": Rule("play_id", keep="media_type sha256"),
    "recording_piece": Rule("recording_id", own="key"),
    "recording_caption": Rule("recording_id", blank="text", keep="language"),
    "conversation_turn": Rule("play_id", blank="text", keep="model"),
    "score_proposal": Rule("play_id", blank="evidence", keep="model points refused"),
    "play_result": Rule("play_id", keep="rubric_hash exact blocked_by criteria ratings"),
    "anchor": Rule("play_id", blank="why", keep="points"),
    "rating_task": Rule("play_id person_id", keep="reason"),
    "rating": Rule("play_id task_id", blank="best change", keep="points client_key"),
    "rating_comment": Rule("task_id", blank="text"),
    "objection": Rule("play_id result_id", blank="text"),
    "objection_answer": Rule("objection_id", blank="text", keep="decision"),
    "dialogue_play": Rule("person_id enrolment_id", keep="exact"),
    "dialogue_step": Rule("play_id", keep="passage"),
    # cases
    "deal_case_work": Rule("person_id enrolment_id", keep="goal alias"),
    "deal_case_answer": Rule("work_id", blank="text", keep="question"),
    "deal_case_comment": Rule("person_id", blank="text hidden_why", keep="question"),
    "deal_case_score": Rule("work_id person_id", blank="best change", keep="points client_key"),
    # surveys and 360° feedback
    "survey_invitation": Rule("person_id enrolment_id"),
    "survey_response": Rule("invitation_id", keep="id label", own="answers"),
    "survey_draft": Rule("invitation_id", goes=True),
    "feedback_subject": Rule("person_id", keep="tally"),
    "feedback_rater": Rule("subject_id", blank="name reason", keep="relation locale state token_hash", own="email"),
    "feedback_answer": Rule("subject_id", keep="id relation", own="answers"),
    # work
    "kpi_record": Rule("person_id"),
    "target": Rule("person_id", blank="reason", keep="span status method"),
    "initiative_start": Rule("person_id"),
    "job_profile_holder": Rule("person_id"),
    "person_readiness": Rule("person_id", keep="reason"),
    "skill_state": Rule("person_id", keep="reason verdict evidence"),
    "rollout_member": Rule("person_id"),
    "rollout_settlement": Rule("member_id enrolment_id", keep="outcome"),
}

NOT_EXPORTED = {
    "feedback_answer": _l("360° feedback is read in its report, which shows groups alone: single answers would show who gave them"),
    "feedback_rater": _l("who was asked about somebody in 360° feedback is told by its report, as far as it may be"),
    "answer_file_piece": _l("the bytes are in the folder files"),
    "recording_piece": _l("the bytes are in the folder files"),
    "score_proposal": _l("what a machine proposed to raters decides nothing"),
    "rating_task": _l("who was asked to rate is not told; the ratings themselves are in it"),
    "anchor": _l("chosen recordings that raters practise on"),
}
"""Tables of :data:`RULES` whose rows are not in the export, and why."""

SECRET = frozenset(
    ["password", "fs_uniquifier", "tf_totp_secret", "mf_recovery_codes", "tf_last_counter", "key_hash", "digest", "account_key", "token_hash", "client_key"]
)
"""Columns that open something: never in an export."""

ACTS = frozenset(
    ["by_id", "created_by_id", "owner_id", "granted_by_id", "chosen_by_id", "recorded_by_id", "revoked_by_id", "published_by_id", "frozen_by_id", "rater_id", "grader_id", "examiner_id", "observer_id", "manager_id", "opened_by_id", "confirmed_by_id", "decided_by_id", "hidden_by_id", "proposed_by_id", "accepted_by_id", "undone_by_id", "actor_id", "set_by_id", "stated_by_id", "given_by_id", "made_by_id", "named_by_id", "drawn_by_id", "changed_by_id", "key_by_id", "copied_by_id"]
)
"""Columns that say who did something to something else. The export lists such acts; at an erasure they stay, naming nobody."""

ABOUT_OTHERS = {
    "survey_invitation.about_id": "an answer about somebody belongs to who gave it",
    "survey_link.about_id": "answers of customers without account, read as a sum alone",
    "survey_response.about_id": "answers given about somebody are read as a sum alone: no single one is shown",
    "survey_response.invitation_id": "named answers, in the export of who gave them",
    "survey_draft.sending_id": "the other half of the key to its invitation",
    "feedback_rater.person_id": "who was asked as a rater; what a rater said belongs to the feedback about somebody",
    "feedback_answer.rater_id": "what a rater said belongs to the feedback about somebody",
    "feedback_answer.relation": "the second half of the key to the rater",
    "deal_case_lesson.comment_id": "a lesson is the case's own, in words of its author",
    "rollout_report.rollout_id": "about a plan",
    "rating.rater_id": "who rated",
    "grade_entry.supersedes_id": "the entry before it, of the same attempt",
    "hand_grade.supersedes_id": "the mark before it, of the same attempt",
    "oral_result.supersedes_id": "the result before it, of the same sitting",
    "play_result.supersedes_id": "the result before it, of the same recording",
    "deal_case_score.supersedes_id": "the score before it, of the same work",
    "import_batch.job_id": "imports hold many people; erased in their rows",
    "portfolio_run.job_id": "a run of an analysis",
    "quiz_analysis_run.job_id": "a run of an analysis",
    "study_run.job_id": "a run of an analysis",
    "rollout_power.job_id": "a run of an analysis",
}
"""Other references to people, or to rows about people: why neither export nor erasure follows them."""
