"""What the audit trail calls the things that acts are done to."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SUBJECTS = {
    "access_token": _l("access token"),
    "attempt": _l("quiz attempt"),
    "case": _l("case"),
    "case_comment": _l("remark on a case"),
    "case_work": _l("work on a case"),
    "certificate": _l("certificate"),
    "competency": _l("competency"),
    "completion": _l("completion"),
    "course": _l("course"),
    "demo": _l("demo company"),
    "dialogue": _l("dialogue"),
    "dialogue_play": _l("dialogue played"),
    "enrolment": _l("enrolment"),
    "feedback_cycle": _l("360° cycle"),
    "feedback_questionnaire": _l("360° questionnaire"),
    "feedback_subject": _l("360° feedback"),
    "import_batch": _l("import"),
    "initiative": _l("initiative"),
    "installation": _l("installation"),
    "job_profile": _l("job profile"),
    "kpi": _l("KPI"),
    "module": _l("module"),
    "oral_sitting": _l("oral exam"),
    "person": _l("person"),
    "play": _l("role-play performance"),
    "portfolio_run": _l("run of the portfolio"),
    "question": _l("question"),
    "rollout": _l("rollout"),
    "rubric": _l("rubric"),
    "scenario": _l("role-play scenario"),
    "seniority_table": _l("seniority table"),
    "skill_check": _l("check of readiness"),
    "skill_run": _l("snapshot of readiness"),
    "stored_file": _l("file"),
    "study": _l("study"),
    "survey": _l("survey"),
    "team": _l("team"),
}


def subject_in_words(kind: str, number: int | None) -> str:
    """“Survey 5”: the thing and its number; a thing unknown here keeps its own name."""
    name = str(SUBJECTS.get(kind, kind.replace("_", " ")))
    return name if number is None else f"{name} {number}"
