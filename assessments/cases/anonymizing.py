"""The anonymity check of real deals: its flags, dismissed with a reason or mended; nothing is published with open ones."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from sqlalchemy import select

from assessments.cases import anonymity, documents, policies
from assessments.cases import case as rules
from assessments.cases.anonymity import Flag
from assessments.cases.models import Case, CaseDismissal
from lms import audit
from lms.authz import Actor, Permission, require
from lms.db import db
from lms.errors import Refused
from lms.people.models import Person


class Checked(Struct, frozen=True):
    """A flag with the words around it, and how it was dismissed (None: it is open)."""

    flag: Flag
    before: str
    after: str
    dismissed: CaseDismissal | None


def check(case: Case) -> list[Checked]:
    """All flags of a real deal, place by place; the same words at the same place are one flag."""
    if not case.real_deal:
        return []
    decided = {
        (row.place, row.kind, row.text): row
        for row in db.session.scalars(select(CaseDismissal).where(CaseDismissal.case_id == case.id))
    }
    people = [name for row in db.session.execute(select(Person.name, Person.name_latin)) for name in row if name]
    found: dict[tuple[str, str, str], Checked] = {}
    for place, text in rules.texts(case.title, case.content):
        for flag in anonymity.find(place, text, people, case.watch):
            before, _own, after = anonymity.around(text, flag)
            key = (flag.place, flag.kind, flag.text[:255])
            found.setdefault(key, Checked(flag, before, after, decided.get(key)))
    for each in documents.listed(case.id):
        key = (f"documents.{each['id']}", "document", each["name"])
        found[key] = Checked(Flag(*key, 0, len(each["name"])), "", "", decided.get(key))
    return list(found.values())


def open_flags(case: Case) -> list[Checked]:
    return [each for each in check(case) if each.dismissed is None]


def dismiss(actor: Actor, case_id: int, place: str, kind: str, text: str, reason: str, *, now: datetime) -> CaseDismissal:
    """Let a flag stand, and say why. :raises Refused: ``case_reason_missing``, ``case_flag_gone``, ``case_text_long``."""
    require(actor, Permission.CASE_AUTHOR)
    case = policies.authored_case(actor, case_id)
    if not reason.strip():
        raise Refused("case_reason_missing", field="reason")
    if len(reason) > 1000:
        raise Refused("case_text_long", most=1000)
    wanted = (place, kind, text)
    found = next((each for each in check(case) if (each.flag.place, each.flag.kind, each.flag.text[:255]) == wanted), None)
    if found is None:
        raise Refused("case_flag_gone")
    if found.dismissed is not None:
        return found.dismissed
    row = CaseDismissal(
        case_id=case.id, place=place, kind=kind, text=text, reason=reason.strip(), by_id=actor.person_id, at=now
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "case.dismiss_flag", "case", case.id, place=place, kind=kind)
    return row
