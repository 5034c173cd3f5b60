"""Who may do what: permissions, roles, scopes and the mark every route carries. Decided here alone."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct

from lms.errors import Forbidden


class Role(StrEnum):
    REP = "rep"
    TRAINER = "trainer"
    MANAGER = "manager"
    HR = "hr"
    ADMIN = "admin"


class Permission(StrEnum):
    TODAY_READ = "today:read"
    ACCOUNT_MANAGE_OWN = "account:manage_own"
    JOB_READ_OWN = "job:read_own"
    FILE_READ = "file:read"

    PERSON_READ = "person:read"
    PERSON_MANAGE = "person:manage"
    PERSON_IMPORT = "person:import"
    PERSON_EXPORT_DATA = "person:export_data"
    PERSON_ERASE = "person:erase"
    GRANT_MANAGE = "grant:manage"
    IMPORT_READ = "import:read"

    COURSE_READ = "course:read"
    COURSE_AUTHOR = "course:author"
    COURSE_PUBLISH = "course:publish"
    COURSE_ENROL_SELF = "course:enrol_self"
    COURSE_ASSIGN = "course:assign"
    PROGRESS_READ = "progress:read"
    COMPLETION_IMPORT = "completion:import"
    CERTIFICATE_READ_OWN = "certificate:read_own"
    CERTIFICATE_EXPORT = "certificate:export"
    CERTIFICATE_REVOKE = "certificate:revoke"

    QUIZ_AUTHOR = "quiz:author"
    QUIZ_ATTEMPT = "quiz:attempt"
    QUIZ_RESULT_READ = "quiz:result_read"

    ROLEPLAY_PRACTISE = "roleplay:practise"
    ROLEPLAY_RATE = "roleplay:rate"
    ROLEPLAY_OBSERVE = "roleplay:observe"
    ROLEPLAY_AUTHOR = "roleplay:author"
    ROLEPLAY_PROGRESS_READ = "roleplay:progress_read"

    ORAL_EXAMINE = "oral:examine"

    CASE_READ = "case:read"
    CASE_PROPOSE = "case:propose"
    CASE_SCORE = "case:score"
    CASE_AUTHOR = "case:author"

    SURVEY_ANSWER = "survey:answer"
    SURVEY_AUTHOR = "survey:author"
    SURVEY_SEND = "survey:send"
    SURVEY_RESULT_READ = "survey:result_read"

    FEEDBACK_TAKE_PART = "feedback:take_part"
    FEEDBACK_MANAGE = "feedback:manage"
    FEEDBACK_AUTHOR = "feedback:author"

    KPI_READ_OWN = "kpi:read_own"
    KPI_READ = "kpi:read"
    KPI_DEFINE = "kpi:define"
    KPI_IMPORT = "kpi:import"

    TARGET_READ_OWN = "target:read_own"
    TARGET_READ = "target:read"
    TARGET_SET = "target:set"

    EFFECT_READ = "effect:read"
    EFFECT_RUN = "effect:run"
    ROLLOUT_PLAN = "rollout:plan"
    PORTFOLIO_READ = "portfolio:read"
    PORTFOLIO_RUN = "portfolio:run"
    PRIMARY_KPI_NAME = "primary_kpi:name"
    INITIATIVE_MANAGE = "initiative:manage"

    COMPETENCY_MANAGE = "competency:manage"
    SKILL_READ_OWN = "skill:read_own"
    SKILL_READ = "skill:read"
    SKILL_COMPUTE = "skill:compute"

    AUDIT_READ = "audit:read"
    JOB_READ = "job:read"
    SETTING_MANAGE = "setting:manage"


P = Permission
SIGNED_IN = frozenset({P.TODAY_READ, P.ACCOUNT_MANAGE_OWN, P.JOB_READ_OWN})
"""What anybody who is signed in may do, also before a role has been given to them."""
_EVERYONE = frozenset({P.TODAY_READ, P.ACCOUNT_MANAGE_OWN, P.JOB_READ_OWN, P.FILE_READ, P.COURSE_READ, P.QUIZ_ATTEMPT, P.CERTIFICATE_READ_OWN}) | {P.ROLEPLAY_PRACTISE, P.SURVEY_ANSWER, P.CASE_READ, P.FEEDBACK_TAKE_PART}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REP: _EVERYONE
    | {P.SKILL_READ_OWN, P.COURSE_ENROL_SELF, P.KPI_READ_OWN, P.TARGET_READ_OWN, P.ROLEPLAY_RATE, P.CASE_PROPOSE},
    Role.TRAINER: _EVERYONE
    | {
        P.COMPETENCY_MANAGE,
        P.SKILL_READ,
        P.SKILL_COMPUTE,
        P.SURVEY_AUTHOR,
        P.SURVEY_SEND,
        P.SURVEY_RESULT_READ,
        P.COURSE_AUTHOR,
        P.COURSE_PUBLISH,
        P.PROGRESS_READ,
        P.QUIZ_AUTHOR,
        P.ORAL_EXAMINE,
        P.QUIZ_RESULT_READ,
        P.ROLEPLAY_AUTHOR,
        P.ROLEPLAY_RATE,
        P.ROLEPLAY_OBSERVE,
        P.ROLEPLAY_PROGRESS_READ,
        P.CASE_AUTHOR,
        P.CASE_SCORE,
        P.EFFECT_READ,
        P.ROLLOUT_PLAN,
        P.PRIMARY_KPI_NAME,
    },
    Role.MANAGER: _EVERYONE
    | {
        P.FEEDBACK_MANAGE,
        P.SKILL_READ,
        P.SURVEY_SEND,
        P.SURVEY_RESULT_READ,
        P.PERSON_READ,
        P.COURSE_ASSIGN,
        P.PROGRESS_READ,
        P.CERTIFICATE_EXPORT,
        P.ORAL_EXAMINE,
        P.QUIZ_RESULT_READ,
        P.ROLEPLAY_RATE,
        P.ROLEPLAY_OBSERVE,
        P.ROLEPLAY_PROGRESS_READ,
        P.CASE_SCORE,
        P.KPI_READ,
        P.KPI_IMPORT,
        P.TARGET_READ,
        P.TARGET_SET,
        P.IMPORT_READ,
        P.EFFECT_READ,
        P.ROLLOUT_PLAN,
        P.EFFECT_RUN,
        P.PORTFOLIO_READ,
        P.PORTFOLIO_RUN,
        P.PRIMARY_KPI_NAME,
        P.INITIATIVE_MANAGE,
    },
    Role.HR: _EVERYONE
    | {
        P.FEEDBACK_MANAGE,
        P.FEEDBACK_AUTHOR,
        P.COMPETENCY_MANAGE,
        P.SKILL_READ,
        P.SKILL_COMPUTE,
        P.SURVEY_AUTHOR,
        P.SURVEY_SEND,
        P.SURVEY_RESULT_READ,
        P.PERSON_READ,
        P.PERSON_MANAGE,
        P.PERSON_IMPORT,
        P.PERSON_EXPORT_DATA,
        P.PERSON_ERASE,
        P.IMPORT_READ,
        P.COURSE_ASSIGN,
        P.PROGRESS_READ,
        P.COMPLETION_IMPORT,
        P.CERTIFICATE_EXPORT,
        P.CERTIFICATE_REVOKE,
        P.KPI_READ,
        P.KPI_DEFINE,
        P.KPI_IMPORT,
        P.TARGET_READ,
        P.TARGET_SET,
        P.EFFECT_READ,
        P.ROLLOUT_PLAN,
        P.EFFECT_RUN,
        P.PORTFOLIO_READ,
        P.PORTFOLIO_RUN,
        P.PRIMARY_KPI_NAME,
        P.INITIATIVE_MANAGE,
    },
    Role.ADMIN: _EVERYONE
    | {
        P.PERSON_READ,
        P.PERSON_MANAGE,
        P.PERSON_IMPORT,
        P.PERSON_EXPORT_DATA,
        P.PERSON_ERASE,
        P.IMPORT_READ,
        P.GRANT_MANAGE,
        P.AUDIT_READ,
        P.JOB_READ,
        P.SETTING_MANAGE,
    },
}


class ScopeKind(StrEnum):
    COMPANY = "company"
    TEAM = "team"
    COURSE = "course"


class Grant(Struct, frozen=True):
    """A role held over a scope. ``team_path`` like ``/1/4/`` covers the team and everything below it."""

    role: Role
    scope: ScopeKind
    team_path: str | None = None
    course_id: int | None = None


class Actor(Struct, frozen=True):
    """Who acts: a signed-in person, or the system itself (``person_id`` None) in jobs and on the command line."""

    person_id: int | None
    name: str
    grants: tuple[Grant, ...]
    permissions: frozenset[Permission]
    locale: str | None = None
    name_latin: str | None = None

    def can(self, permission: Permission | str) -> bool:
        return permission in self.permissions

    def has_role(self, role: Role | str) -> bool:
        return any(grant.role == role for grant in self.grants)

    def grants_for(self, permission: Permission) -> tuple[Grant, ...]:
        """The grants that carry ``permission``: their scopes together say over whom it holds."""
        return tuple(g for g in self.grants if permission in ROLE_PERMISSIONS[g.role])

    def company_wide(self, permission: Permission) -> bool:
        return any(g.scope is ScopeKind.COMPANY for g in self.grants_for(permission))


def actor(
    person_id: int | None,
    name: str,
    grants: tuple[Grant, ...],
    locale: str | None = None,
    name_latin: str | None = None,
) -> Actor:
    return Actor(person_id, name, grants, _permissions_of(tuple(g.role for g in grants)), locale, name_latin)


@lru_cache(maxsize=256)
def _permissions_of(roles: tuple[Role, ...]) -> frozenset[Permission]:
    return SIGNED_IN.union(*(ROLE_PERMISSIONS[role] for role in roles))


SYSTEM = Actor(
    person_id=None,
    name="system",
    grants=tuple(Grant(role, ScopeKind.COMPANY) for role in Role),
    permissions=frozenset(Permission),
)
"""Acts for jobs, schedules and operators on the command line; every act is audited under this name."""


def require(who: Actor, permission: Permission) -> None:
    """The first line of every service.

    :raises Forbidden: if the actor's roles do not carry ``permission`` over any scope.
    """
    if permission not in who.permissions:
        raise Forbidden()


View = TypeVar("View", bound=Callable[..., Any])


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a route: only signed-in people whose roles carry ``permission`` pass the door."""

    def mark(view: View) -> View:
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a route that is open to everyone, signed in or not."""
    view.required_permission = None  # type: ignore[attr-defined]
    return view


def is_marked(view: Callable[..., Any]) -> bool:
    return hasattr(view, "required_permission")
