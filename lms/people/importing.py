"""People from a file: who they are, their team, role and account. No password is made or read here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Day
from datetime import datetime
from typing import Any, cast

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from lms.authz import Actor, Permission, Role
from lms.db import db
from lms.errors import Refused
from lms.imports.cells import CellProblem, boolean, choice, date, email, identifier, plain, text, text_up_to
from lms.imports.diff import Incoming, Key, Outcome, Rejection, Values, Verdict
from lms.imports.kinds import Applied, ImportKind, ImportOption, Plan
from lms.imports.mapping import ImportColumn
from lms.people import import_writing as writing
from lms.people import services
from lms.people.models import Person, RoleGrant, Team
from lms.people.team_paths import TeamTree
from lms.tables import Cell

ROLE_WORDS = {
    "rep": "rep", "sales rep": "rep", "representative": "rep", "sales": "rep", "learner": "rep",
    "销售代表": "rep", "销售": "rep", "业务员": "rep", "学员": "rep", "業務員": "rep", "銷售代表": "rep", "業務代表": "rep",
    "trainer": "trainer", "teacher": "trainer", "培训师": "trainer", "讲师": "trainer", "培訓師": "trainer", "講師": "trainer",
    "manager": "manager", "sales manager": "manager", "经理": "manager", "销售经理": "manager", "主管": "manager",
    "經理": "manager", "銷售經理": "manager",
    "hr": "hr", "human resources": "hr", "人力资源": "hr", "人事": "hr", "人力資源": "hr",
    "admin": "admin", "administrator": "admin", "管理员": "admin", "管理員": "admin",
}  # fmt: skip
LOCALE_WORDS = {
    "en": "en", "english": "en", "英文": "en", "英语": "en", "英語": "en", "en-us": "en", "en-gb": "en",
    "zh_hans": "zh_Hans", "zh-hans": "zh_Hans", "zh-cn": "zh_Hans", "zh_cn": "zh_Hans", "zh": "zh_Hans", "chinese": "zh_Hans",
    "简体中文": "zh_Hans", "简体": "zh_Hans", "中文": "zh_Hans",
    "zh_hant": "zh_Hant", "zh-hant": "zh_Hant", "zh-tw": "zh_Hant", "zh_tw": "zh_Hant", "zh-hk": "zh_Hant",
    "繁體中文": "zh_Hant", "繁體": "zh_Hant", "繁体": "zh_Hant",
}  # fmt: skip
REASONS = {
    "team_unknown": _l("is not a team here; correct it, or choose to create unknown teams"),
    "team_ambiguous": _l("names several teams; write the whole path, like East/Shanghai"),
    "person_number_like": _l("differs only in capitals from a number that is here already"),
    "person_name_needed": _l("is missing: a new person needs a name"),
    "person_email_taken": _l("belongs to another person"),
    "person_role_not_yours_to_give": _l("is a role that only an administrator gives"),
    "person_manager_without_team": _l("needs a team to manage"),
    "person_left_before_hired": _l("lies before the day of hire"),
    "person_not_yourself": _l("is yourself: nobody changes their own roles or closes their own account"),
    "person_above_you": _l("holds a role above yours; only an administrator changes this account"),
}
MESSAGES = {
    "person_in_use": _l(
        "Some of these new people have been active or hold records since, so the import cannot be undone. Set them"
        " inactive instead."
    ),
}
_one_role = choice(ROLE_WORDS)
_ROLE_PIECE = re.compile(r"(^|[,;、+·])([^,;、+·]*)")
_FREELY_GIVEN = frozenset({Role.REP.value})


def roles(cell: Cell) -> tuple[str, ...]:
    """One or several roles, separated by comma, semicolon, 、, · or +; ``manager@East`` says over which team.

    :raises CellProblem: ``choice_unknown``.
    """
    said: list[str] = []
    for separator, piece in _ROLE_PIECE.findall(plain(text(cell))):
        word, at, team = piece.partition("@")
        if said and "@" in said[-1] and not at and word.strip().casefold() not in ROLE_WORDS:
            said[-1] += separator + piece  # the name of a team may hold such a mark
        elif word.strip():
            said.append(_one_role(word) + (f"@{team.strip()}" if team.strip() else ""))
    return tuple(sorted({role.strip() for role in said}))


class PeopleImport(ImportKind):
    """The key is the person number. Blank cells leave what is there; a role column replaces the roles held."""

    key = "people"
    label = _l("People")
    hint = _l(
        "One row per person, known by the person number. Empty cells leave what is recorded. Without a role,"
        " new people become sales reps; “manager@East” says over which team a role is held. Nobody needs a password in"
        " the file: they set it by a link."
    )
    permission = Permission.PERSON_IMPORT
    columns = (
        ImportColumn("number", _l("Person number"), identifier, (
            "person number", "person_number", "personnel number", "employee number", "employee no", "employee id",
            "staff id", "staff no", "emp id", "id", "no", "unit",
            "工号", "员工编号", "人员编号", "编号", "员工号", "工號", "員工編號", "人員編號", "編號"), True, "R1001"),
        ImportColumn("name", _l("Name"), text_up_to(200), (
            "full name", "person", "employee", "employee name", "姓名", "名字", "员工姓名", "員工姓名"), False, "王伟"),
        ImportColumn("name_latin", _l("Name in Latin letters"), text_up_to(200), (
            "latin name", "name latin", "english name", "pinyin", "英文名", "英文姓名", "拼音", "姓名拼音"),
            False, "Wang Wei"),
        ImportColumn("email", _l("E-mail"), email, (
            "mail", "e-mail", "email address", "邮箱", "电子邮箱", "邮件", "电子邮件", "郵箱", "電子郵件", "電郵"),
            False, "wang.wei@example.com"),
        ImportColumn("team", _l("Team"), text_up_to(500), (
            "team code", "team_code", "team path", "team_path", "department", "dept", "org", "org unit", "group",
            "团队", "部门", "团队编号", "组织", "所属团队", "團隊", "部門", "組織"), False, "华东/上海/三组"),
        ImportColumn("roles", _l("Role"), roles, (
            "role", "roles", "position", "角色", "岗位", "职位", "崗位", "職位"), False, "rep"),
        ImportColumn("hired_on", _l("Hired on"), date, (
            "first day", "hire date", "hired", "start date", "entry date", "date of hire", "joined",
            "入职日期", "入职时间", "入职", "到職日期", "入職日期"), False, "2024-03-05"),
        ImportColumn("left_on", _l("Left on"), date, (
            "last day", "leave date", "left", "end date", "termination date", "离职日期", "離職日期"), False, ""),
        ImportColumn("locale", _l("Language"), choice(LOCALE_WORDS), (
            "lang", "language", "语言", "語言"), False, "zh_Hans"),
        ImportColumn("active", _l("Active"), boolean, (
            "status", "enabled", "employed", "在职", "状态", "启用", "在職", "狀態", "啟用"), False, "yes"),
    )  # fmt: skip
    options = (
        ImportOption("create_teams", _l("Create teams that do not exist yet")),
        ImportOption("invite", _l("Send new people a link by mail to set their password")),
    )

    def record_key(self, values: dict[str, Any]) -> Key:
        return (values.pop("number"),)

    def current(self, keys: Sequence[Key], plan: Plan) -> Mapping[Key, Values]:
        numbers = [number for (number,) in keys]
        held: dict[int, list[str]] = {}
        grants = (
            select(RoleGrant.person_id, RoleGrant.role, Team.code)
            .join(Person, Person.id == RoleGrant.person_id)
            .outerjoin(Team, Team.id == RoleGrant.team_id)
            .where(Person.number.in_(numbers), RoleGrant.scope != "course")
        )
        for person_id, role, code in db.session.execute(grants):
            held.setdefault(person_id, []).append(f"{role}@{code}" if code else role)
        query = (
            select(*writing.FIELDS, Team.code.label("team"), Person.number, Person.id)
            .outerjoin(Team, Team.id == Person.team_id)
            .where(Person.number.in_(numbers))
        )
        found: dict[Key, Values] = {}
        for row in db.session.execute(query).mappings():
            values = dict(row)
            values["roles"] = tuple(sorted(held.get(values.pop("id"), ())))
            found[(values.pop("number"),)] = values
        return found

    def check(self, records: Sequence[Incoming], plan: Plan) -> Iterable[Rejection]:
        present = self.current([record.key for record in records], plan)
        taken = self._taken_addresses(records, plan)
        alike = self._numbers_alike([record.key[0] for record in records if record.key not in present], plan)
        if "teams" not in plan.memory:
            plan.memory["teams"] = writing.team_tree()
        tree: TeamTree = plan.memory["teams"]
        create = bool(plan.options.get("create_teams"))
        for record in records:
            values = cast("dict[str, Any]", record.values)
            before = present.get(record.key)
            problems = [
                _number_problem(record.key, before, alike),
                _name_problem(values, before),
                _team_problem(values, tree, create=create),
                _roles_problem(values, before, plan.actor, tree, create=create),
                _account_problem(record.key, values, before, plan),
                _days_problem(values, before),
            ]
            problems.append(_address_problem(record.key, values, taken, claim=not any(problems)))
            for column, code in filter(None, problems):
                said = record.key[0] if column == "number" else _said(values, column)
                yield Rejection(record.row, plan.heading(column), said[:200], code)

    def _taken_addresses(self, records: Sequence[Incoming], plan: Plan) -> dict[str, str]:
        """Address → the number of the person who has it, in the database or further up in the file."""
        taken: dict[str, str] = plan.memory.setdefault("addresses", {})
        wanted = [record.values["email"] for record in records if "email" in record.values]
        query = select(func.lower(Person.email), Person.number).where(func.lower(Person.email).in_(wanted))
        for address, number in db.session.execute(query):
            taken.setdefault(address, number)
        return taken

    def _numbers_alike(self, numbers: Sequence[str], plan: Plan) -> dict[str, str]:
        """New numbers in lower case → the number of the first who has it in any capitals, in the database or in the file."""
        alike: dict[str, str] = plan.memory.setdefault("numbers", {})
        wanted = {number.lower() for number in numbers}.difference(alike)
        if wanted:
            query = select(Person.number).where(func.lower(Person.number).in_(wanted))
            alike.update({number.lower(): number for number in db.session.scalars(query)})
        for number in numbers:
            alike.setdefault(number.lower(), number)
        return alike

    def apply(self, batch_id: int, verdicts: Sequence[Verdict], plan: Plan, now: datetime) -> None:
        teams = writing.make_teams(batch_id, _codes_named(verdicts), plan.memory["teams"])
        added = [verdict.incoming for verdict in verdicts if verdict.outcome is Outcome.NEW]
        changed = [verdict for verdict in verdicts if verdict.outcome is Outcome.CHANGED]
        writing.add_people(added, teams, now)
        updates = {v.incoming.key[0]: {name: v.incoming.values[name] for name in v.old} for v in changed}
        writing.change_people(updates, teams, now)
        given = {record.key[0]: record.values["roles"] for record in added}
        given |= {number: values["roles"] for number, values in updates.items() if "roles" in values}
        writing.replace_roles(given, teams, plan.actor, now)
        writing.end_sessions_of_closed(updates, now)
        if plan.options.get("invite"):
            services.invite(plan.actor, writing.ids_of(record.key[0] for record in added), now)

    def revert(self, actor: Actor, batch_id: int, changes: Sequence[Applied], now: datetime) -> None:
        teams = writing.team_ids()
        before = {change.key[0]: dict(change.old) for change in changes if change.old is not None}
        writing.change_people(before, teams, now)
        writing.replace_roles({n: v["roles"] for n, v in before.items() if "roles" in v}, teams, actor, now)
        try:
            with db.session.begin_nested():
                writing.remove_people([change.key[0] for change in changes if change.old is None])
        except IntegrityError as error:
            raise Refused("person_in_use") from error
        writing.remove_empty_teams(batch_id)

    def show(self, name: str, value: Any) -> str:
        if isinstance(value, tuple):
            return ", ".join(value)
        if isinstance(value, bool):
            return str(gettext("yes") if value else gettext("no"))
        return "" if value is None else str(value)


Problem = tuple[str, str]


def _said(values: Mapping[str, Any], column: str) -> str:
    value = values.get(column, "")
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _codes_named(verdicts: Sequence[Verdict]) -> set[str]:
    found: set[str] = set()
    for values in (verdict.incoming.values for verdict in verdicts):
        found |= {values.get("team", ""), *(role.partition("@")[2] for role in values.get("roles", ()))}
    return found - {""}


def _number_problem(key: Key, before: Values | None, alike: Mapping[str, str]) -> Problem | None:
    return ("number", "person_number_like") if before is None and alike[key[0].lower()] != key[0] else None


def _name_problem(values: Mapping[str, Any], before: Values | None) -> Problem | None:
    return ("name", "person_name_needed") if before is None and not values.get("name") else None


def _team_problem(values: dict[str, Any], tree: TeamTree, *, create: bool) -> Problem | None:
    """Put the team's code in the place of what the file says."""
    if "team" not in values:
        return None
    try:
        values["team"] = tree.extend(values["team"]) if create else tree.resolve(values["team"])
    except CellProblem as problem:
        return "team", problem.code
    return None


def _address_problem(key: Key, values: Mapping[str, Any], taken: dict[str, str], *, claim: bool) -> Problem | None:
    """``claim``: an address that is free belongs to this row from now on; a row that is not taken in claims none."""
    address = values.get("email")
    if not address:
        return None
    if taken.get(address, key[0]) != key[0]:
        return "email", "person_email_taken"
    if claim:
        taken[address] = key[0]
    return None


def _roles_problem(
    values: dict[str, Any], before: Values | None, actor: Actor, tree: TeamTree, *, create: bool
) -> Problem | None:
    """Put the roles with their reach in the place of what the file says."""
    said = values.get("roles", (Role.REP.value,) if before is None else None)
    if said is None:
        return None
    scoped: set[str] = set()
    for role in said:
        try:
            scoped |= _reach(role, values, before or {}, tree, create=create)
        except CellProblem as problem:
            return "roles", problem.code
    held = set((before or {}).get("roles", ()))
    if not actor.can(Permission.GRANT_MANAGE) and held.symmetric_difference(scoped) - _FREELY_GIVEN:
        return "roles", "person_role_not_yours_to_give"
    values["roles"] = tuple(sorted(scoped))
    return None


def _reach(said: str, values: Mapping[str, Any], before: Values, tree: TeamTree, *, create: bool) -> set[str]:
    """A role with its reach: of the team that it names; else as far as the person holds it; else a manager's own team, or the company.

    Whoever manages the own team and moves takes over the new one.

    :raises CellProblem: ``team_…``, ``person_manager_without_team``.
    """
    role, at, team = said.partition("@")
    if at:
        return {f"{role}@{tree.extend(team) if create else tree.resolve(team)}"}
    held = {each for each in before.get("roles", ()) if each.partition("@")[0] == role}
    if role != Role.MANAGER:
        return held or {role}
    own = values.get("team") or before.get("team")
    if held:
        of_old_team = f"{role}@{before.get('team')}"
        return {f"{role}@{own}" if each == of_old_team else each for each in held}
    if not own:
        raise CellProblem("person_manager_without_team")
    return {f"{role}@{own}"}


_OF_THE_ACCOUNT = ("email", "active", "left_on", "roles")


def _account_problem(
    key: Key, values: Mapping[str, Any], before: Values | None, plan: Plan
) -> Problem | None:
    """Nobody closes their own account, nor takes over one that holds more than they do."""
    if before is None:
        return None
    touched = [name for name in _OF_THE_ACCOUNT if name in values and values[name] != before[name]]
    if not touched:
        return None
    if "own" not in plan.memory:
        plan.memory["own"] = writing.number_of(plan.actor.person_id)
    if key[0] == plan.memory["own"] and touched != ["email"]:
        return "number", "person_not_yourself"
    above = Role.ADMIN in before["roles"] and not plan.actor.can(Permission.GRANT_MANAGE)
    return ("number", "person_above_you") if above else None


def _days_problem(values: Mapping[str, Any], before: Values | None) -> Problem | None:
    hired: Day | None = values.get("hired_on", (before or {}).get("hired_on"))
    left: Day | None = values.get("left_on", (before or {}).get("left_on"))
    return ("left_on", "person_left_before_hired") if hired and left and left < hired else None
