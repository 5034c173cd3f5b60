"""The demo company: Hengchuan Instruments, its tree of teams, its people and who may do what."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from flask_security.utils import hash_password
from msgspec import Struct
from sqlalchemy import insert, select

from lms.authz import SYSTEM, Actor, Role
from lms.db import LocalText, db
from lms.demo import names
from lms.demo.truths import CHANNEL_FOUNDED, MONTHS, month
from lms.demo.world import NEVER, Ints, Roster
from lms.i18n import in_languages
from lms.people.models import Person, RoleGrant, Team, TeamMembership
from lms.people.scope import load_actor
from lms.people.teams import create_team

DOMAIN = "hengchuan.example"
PASSWORD = "Quiet-Harbour-27"  # noqa: S105 - of the demo company, printed at every start
OPENED = datetime(2024, 4, 1, 1, tzinfo=UTC)
"""When the demo company began to use Needle."""
PER_TEAM = 10
JOINERS, LEAVERS = 12, 10


COMPANY = ("HC", in_languages("Hengchuan Instruments", "衡川仪器", "衡川儀器"))
REGIONS: tuple[tuple[str, LocalText, tuple[tuple[str, str, str], ...]], ...] = (
    ("HC-E", in_languages("East China", "华东大区", "華東大區"), (
        ("Shanghai 1", "上海一队", "上海一隊"), ("Shanghai 2", "上海二队", "上海二隊"),
        ("Suzhou", "苏州队", "蘇州隊"), ("Nanjing", "南京队", "南京隊"),
        ("Hangzhou", "杭州队", "杭州隊"), ("Ningbo", "宁波队", "寧波隊"))),
    ("HC-S", in_languages("South China", "华南大区", "華南大區"), (
        ("Shenzhen 1", "深圳一队", "深圳一隊"), ("Shenzhen 2", "深圳二队", "深圳二隊"),
        ("Guangzhou", "广州队", "廣州隊"), ("Dongguan", "东莞队", "東莞隊"), ("Xiamen", "厦门队", "廈門隊"))),
    ("HC-N", in_languages("North China", "华北大区", "華北大區"), (
        ("Beijing 1", "北京一队", "北京一隊"), ("Beijing 2", "北京二队", "北京二隊"),
        ("Tianjin", "天津队", "天津隊"), ("Jinan", "济南队", "濟南隊"),
        ("Qingdao", "青岛队", "青島隊"), ("Shenyang", "沈阳队", "瀋陽隊"))),
    ("HC-W", in_languages("West China", "西部大区", "西部大區"), (
        ("Chengdu", "成都队", "成都隊"), ("Chongqing", "重庆队", "重慶隊"), ("Xi’an", "西安队", "西安隊"),
        ("Wuhan", "武汉队", "武漢隊"), ("Changsha", "长沙队", "長沙隊"))),
    ("HC-C", in_languages("Channel partners", "渠道事业部", "渠道事業部"), (
        ("Channel south-east", "渠道东南队", "渠道東南隊"), ("Channel north-west", "渠道西北队", "渠道西北隊"))),
)  # fmt: skip
CHANNEL = "HC-C"


class SignIn(Struct, frozen=True):
    """A person whom the demo introduces, with the role and the place the visitor should know."""

    role: Role
    name: names.Name
    team: str
    what: LocalText

    @property
    def email(self) -> str:
        return f"{self.name.mailbox}@{DOMAIN}"


def _who(role: Role, own: str, latin: str, team: str, en: str, hans: str, hant: str) -> SignIn:
    return SignIn(role, names.named(own, latin, {}), team, in_languages(en, hans, hant))


SIGN_INS = (
    _who(Role.REP, "林晓芸", "Lin Xiaoyun", "HC-E-1", "sales representative", "销售代表", "銷售代表"),
    _who(
        Role.MANAGER,
        "周明哲",
        "Zhou Mingzhe",
        "HC-E-1",
        "manager of Shanghai 1",
        "上海一队经理",
        "上海一隊經理",
    ),
    _who(
        Role.MANAGER, "沈若兰", "Shen Ruolan", "HC-E", "manager of East China", "华东大区经理", "華東大區經理"
    ),
    _who(Role.MANAGER, "程海川", "Cheng Haichuan", "HC", "sales director", "销售总监", "銷售總監"),
    _who(Role.TRAINER, "陆思远", "Lu Siyuan", "HC", "trainer", "培训师", "培訓師"),
    _who(Role.HR, "许静", "Xu Jing", "HC", "human resources", "人力资源", "人力資源"),
    _who(Role.ADMIN, "方立", "Fang Li", "HC", "administrator", "管理员", "管理員"),
)
MORE_STAFF = (
    _who(Role.TRAINER, "贺兰", "He Lan", "HC", "trainer", "培训师", "培訓師"),
    _who(Role.TRAINER, "欧阳牧", "Ouyang Mu", "HC", "trainer", "培训师", "培訓師"),
    _who(Role.HR, "秦朗", "Qin Lang", "HC", "human resources", "人力资源", "人力資源"),
)


class Company(Struct, frozen=True):
    """What later parts need: ids of reps in the order of the rosters, and actors by their first role's name."""

    key_accounts: list[int]
    channel: list[int]
    roster: Roster
    channel_roster: Roster
    actors: dict[str, Actor]
    person: dict[str, int]
    """E-mail → id of those introduced."""


def found(seed: int, now: datetime) -> Company:
    """Make teams, people and roles. The password is hashed once, for all."""
    rng = np.random.default_rng([seed, 0])
    teams = _teams()
    sold = [code for code in teams if code.count("-") == 2]
    key_account_teams = [code for code in sold if not code.startswith(CHANNEL)]
    channel_teams = [code for code in sold if code.startswith(CHANNEL)]
    roster = roster_of(rng, len(key_account_teams))
    channel_roster = Roster(
        np.repeat(np.arange(2), PER_TEAM),
        np.full(2 * PER_TEAM, CHANNEL_FOUNDED),
        np.full(2 * PER_TEAM, NEVER),
    )
    introduced = SIGN_INS + MORE_STAFF
    managers = _managed(teams)
    strangers = names.made(rng, len(sold) * PER_TEAM + len(managers), tuple(each.name for each in introduced))
    writer = _Writer(rng, teams)
    for each in introduced:
        if each.role is not Role.REP:
            writer.add(each.name, each.team, each.role)
    for code in managers:
        writer.add(strangers.pop(), code, Role.MANAGER)
    reps = [
        writer.add(names_of(strangers, code, at), code, Role.REP, joined, left)
        for codes, there in ((key_account_teams, roster), (channel_teams, channel_roster))
        for at, (code, joined, left) in enumerate(_seats(codes, there))
    ]
    ids = writer.write(now)
    cut = len(key_account_teams) * PER_TEAM
    people = [ids[mailbox] for mailbox in reps]
    return Company(people[:cut], people[cut:], roster, channel_roster, *_introduced(introduced))


def names_of(strangers: list[names.Name], team: str, seat: int) -> names.Name:
    """The rep whom the demo introduces has the first seat of the team; the others come as they are."""
    known = next((s.name for s in SIGN_INS if s.role is Role.REP and s.team == team and seat == 0), None)
    return known or strangers.pop()


def _seats(codes: list[str], roster: Roster) -> list[tuple[str, int, int]]:
    return [
        (codes[g], int(j), int(e)) for g, j, e in zip(roster.team, roster.joined, roster.left, strict=True)
    ]


def _teams() -> dict[str, Team]:
    """Code → team, from the top down."""
    made = {}
    top = create_team(SYSTEM, *COMPANY, None, now=OPENED)
    made[top.code] = top
    for code, name, below in REGIONS:
        region = create_team(SYSTEM, code, name, top.id, now=OPENED)
        made[code] = region
        for number, words in enumerate(below, 1):
            team = create_team(SYSTEM, f"{code}-{number}", in_languages(*words), region.id, now=OPENED)
            made[team.code] = team
    return made


def _managed(teams: dict[str, Team]) -> list[str]:
    """The teams whose manager is nobody whom the demo introduces."""
    known = {each.team for each in SIGN_INS if each.role is Role.MANAGER}
    return [code for code in teams if code not in known]


def roster_of(rng: np.random.Generator, teams: int) -> Roster:
    """Some joined during the months on record, some left; never the rep whom the demo introduces."""
    n = teams * PER_TEAM
    team: Ints = np.repeat(np.arange(teams), PER_TEAM)
    joined, left = np.zeros(n, np.int64), np.full(n, NEVER)
    moved = 1 + rng.choice(n - 1, JOINERS + LEAVERS, replace=False)
    joined[moved[:JOINERS]] = rng.integers(2, 20, JOINERS)
    left[moved[JOINERS:]] = rng.integers(8, MONTHS - 2, LEAVERS)
    return Roster(team, joined, left)


class _Writer:
    """Collects people and writes them in two statements."""

    def __init__(self, rng: np.random.Generator, teams: dict[str, Team]) -> None:
        self._rng, self._teams = rng, teams
        self._people: list[dict[str, object]] = []
        self._roles: list[tuple[str, Role, str]] = []

    def add(self, name: names.Name, team: str, role: Role, joined: int = 0, left: int = NEVER) -> str:
        """A person with a role: reps are in their team, managers over it, the others over the company."""
        self._people.append(
            {
                "number": f"HC{len(self._people) + 1001}",
                "name": name.own,
                "name_latin": name.latin,
                "email": f"{name.mailbox}@{DOMAIN}",
                "team_id": self._teams[team].id,
                "hired_on": self._hired(joined),
                "left_on": month(left) - timedelta(days=1) if left < NEVER else None,
                "active": left >= NEVER,
            }
        )
        self._roles.append((name.mailbox, role, team))
        return name.mailbox

    def write(self, now: datetime) -> dict[str, int]:
        """Mailbox → id."""
        common = {"created_at": OPENED, "password": hash_password(PASSWORD), "password_set_at": now}
        rows = [{**common, **each, "fs_uniquifier": uuid.uuid4().hex} for each in self._people]
        db.session.execute(insert(Person), rows)
        ids = {
            str(email).split("@")[0]: id_
            for email, id_ in db.session.execute(select(Person.email, Person.id))
        }
        db.session.execute(
            insert(RoleGrant), [self._grant(ids[m], role, team) for m, role, team in self._roles]
        )
        spells: Any = select(Person.id, Person.team_id, Person.hired_on, Person.left_on).where(Person.team_id.is_not(None))
        db.session.execute(insert(TeamMembership), [_spell(*row) for row in db.session.execute(spells)])
        return ids

    def _grant(self, person_id: int, role: Role, team: str) -> dict[str, object]:
        over_team = role is Role.MANAGER or role is Role.REP
        return {
            "person_id": person_id,
            "role": role.value,
            "scope": "team" if over_team else "company",
            "team_id": self._teams[team].id if over_team else None,
            "granted_at": OPENED,
        }

    def _hired(self, joined: int) -> date:
        if joined:
            return month(joined) + timedelta(days=int(self._rng.integers(0, 2)))
        return date(2024, 4, 1) - timedelta(days=int(self._rng.integers(30, 3000)))


def _spell(person_id: int, team_id: int, hired_on: date, left_on: date | None) -> dict[str, object]:
    until = left_on + timedelta(days=1) if left_on else None
    return {"person_id": person_id, "team_id": team_id, "since": hired_on, "until": until}


def _introduced(people: tuple[SignIn, ...]) -> tuple[dict[str, Actor], dict[str, int]]:
    """Actors by role (of each role the first; the director for "director"), and ids by e-mail."""
    rows = {
        p.email: p
        for p in db.session.scalars(select(Person).where(Person.email.in_([s.email for s in people])))
    }
    actors: dict[str, Actor] = {}
    for each in people:
        actors.setdefault(each.role.value, load_actor(rows[each.email]))
        actors[each.name.mailbox] = load_actor(rows[each.email])
    return actors, {email: person.id for email, person in rows.items() if email}
