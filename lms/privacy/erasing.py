"""Erasing a person: statistics stay under an anonymous person, words and ways in go. It cannot be undone.

No row that judges is deleted and none is changed but for its words: a grade, a completion, a KPI record stays as it was,
of nobody. See docs/decisions/0008-erasure.md.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import JSON, ColumnElement, String, Table, cast, delete, literal, or_, select, update

from lms import audit, storage
from lms.authz import Actor, Permission, require
from lms.db import after_commit, db
from lms.errors import Refused
from lms.people.models import Person
from lms.people.scope import person_in_scope
from lms.people.services import require_account
from lms.privacy.rules import MARK, RULES, Rule
from lms.privacy.walk import about, names, table

BY_HAND = ("open_text", "file", "oral")
"""Kinds of questions whose answers are words of one's own; other answers are choices and keys, on which the grade rests."""
TOLD = frozenset(["name", "name_latin", "email", "number", "identity", "address", "device"])
"""Keys in the details of the audit trail under which a person is told apart."""


def erase(actor: Actor, person_id: int, typed: str, *, now: datetime) -> Person:
    """Take a closed person's name, address, words, recordings and ways in away; ``typed`` must be the name.

    :raises Refused: ``not_yourself``, ``erased_already``, ``erase_close_first``, ``erase_name_differs``, ``account_above_yours``.
    """
    require(actor, Permission.PERSON_ERASE)
    person = person_in_scope(actor, Permission.PERSON_ERASE, person_id)
    require_account(actor, person)
    if person.id == actor.person_id:
        raise Refused("not_yourself")
    if person.is_active:
        raise Refused("erase_close_first")
    if typed.strip() not in (person.name, person.name_latin or person.name):
        raise Refused("erase_name_differs", field="name")
    told = {person.name, person.name_latin, person.email, person.number} - {None, ""}
    for act in (_pieces, _certificates, _answers, _survey_answers, _feedback, _mails, _imports, _trail):
        act(person, told, now)
    for name in names():
        _apply(name, RULES[name], person.id)
    db.session.expire(person)
    _nobody(person, now)
    audit.record(actor, "person.erase", "person", person.id)
    return person


def _nobody(person: Person, now: datetime) -> None:
    """What is left of the person: team and days of service, which the statistics need, and a number that says nothing."""
    person.number = f"erased-{person.id}"
    person.name, person.name_latin = f"匿名人员 {person.id}", f"Anonymous person {person.id}"
    person.email = person.locale = person.password = person.tf_primary_method = person.tf_totp_secret = None
    person.tf_last_counter = person.mf_recovery_codes = person.last_login_at = person.confirmed_at = person.password_set_at = None
    person.active, person.fs_uniquifier, person.erased_at = False, uuid.uuid4().hex, now
    db.session.flush()


def _apply(name: str, rule: Rule, person_id: int) -> None:
    found = table(name)
    if rule.goes:
        db.session.execute(delete(found).where(about(name, person_id)))
    elif rule.blank:
        values = {column: _empty(found, column) for column in rule.blank.split()}
        db.session.execute(update(found).where(about(name, person_id)).values(values))


def _empty(source: Table, column: str) -> Any:
    kind = source.c[column]
    if kind.nullable:
        return None
    return ([] if (source.name, column) in _LISTS else {}) if isinstance(kind.type, JSON) else MARK


_LISTS = frozenset({("practice_review", "answer")})


def _pieces(person: Person, _told: set[Any], now: datetime) -> None:
    """Recordings and files given as answers: their bytes leave the store, their rows say that they were there."""
    keys: list[str] = []
    for whole, piece, column in (("recording", "recording_piece", "recording_id"), ("answer_file", "answer_file_piece", "file_id")):
        rows, parts = table(whole), table(piece)
        of_person = parts.c[column].in_(select(rows.c.id).where(about(whole, person.id)))
        keys += db.session.scalars(select(parts.c.key).where(of_person)).all()
        db.session.execute(delete(parts).where(of_person))
        db.session.execute(update(rows).where(about(whole, person.id), rows.c.erased_at.is_(None)).values(erased_at=now))
    _throw_away(keys)


def _certificates(person: Person, _told: set[Any], now: datetime) -> None:
    """Course, days and code stay, so that the number can be checked; the name and the PDF go."""
    found, files = table("certificate"), table("stored_file")
    query = select(found.c.id, found.c["values"], found.c.file_id, found.c.revoked_reason).where(about("certificate", person.id))
    for row in db.session.execute(query).all():
        nobody = {"name": MARK, "name_latin": None, "number": MARK}
        reason = row.revoked_reason if row.revoked_reason in (None, "result_corrected") else MARK
        changed = {"values": row[1] | {"person": nobody, "erased_on": now.date().isoformat()}, "revoked_reason": reason}
        db.session.execute(update(found).where(found.c.id == row.id).values(changed | {"file_id": None, "pdf_sha256": None}))
        if row.file_id is not None:
            _throw_away(db.session.scalars(select(files.c.key).where(files.c.id == row.file_id)).all())
            db.session.execute(delete(files).where(files.c.id == row.file_id))


def _answers(person: Person, _told: set[Any], _now: datetime) -> None:
    saved, question = table("answer_save"), table("question")
    in_words = select(question.c.id).where(question.c.kind == BY_HAND[0])
    db.session.execute(update(saved).where(about("answer_save", person.id), saved.c.question_id.in_(in_words)).values(answer=[MARK]))


def _survey_answers(person: Person, _told: set[Any], _now: datetime) -> None:
    """Only what was written in words; choices and numbers stay in the figures."""
    response, sending, version = table("survey_response"), table("survey_sending"), table("survey_version")
    query = (
        select(response.c.id, response.c.answers, version.c["items"])
        .join(sending, sending.c.id == response.c.sending_id)
        .join(version, version.c.id == sending.c.version_id)
        .where(about("survey_response", person.id))
    )
    for row_id, answers, items in db.session.execute(query).all():
        texts = {item["id"] for item in items if item["kind"] in ("short", "open")}
        left = {key: MARK if key in texts else value for key, value in answers.items()}
        db.session.execute(update(response).where(response.c.id == row_id).values(answers=left))


def _feedback(person: Person, _told: set[Any], _now: datetime) -> None:
    """Comments about the person, and the addresses of customers who were asked."""
    answer, rater = table("feedback_answer"), table("feedback_rater")
    by_mail = (about("feedback_rater", person.id), rater.c.email.is_not(None))
    db.session.execute(update(rater).where(*by_mail).values(email=literal(MARK) + cast(rater.c.id, String)))
    for row_id, answers in db.session.execute(select(answer.c.id, answer.c.answers).where(about("feedback_answer", person.id))).all():
        db.session.execute(update(answer).where(answer.c.id == row_id).values(answers=answers | {"comments": {}}))


def _mails(person: Person, _told: set[Any], _now: datetime) -> None:
    """Mails that wait, requests for links, and mails that were kept in a folder for want of a server."""
    job, email = table("job"), person.email
    params = job.c.params
    asked = or_(params["identity"].as_string().in_([email or "", person.number]), params["to"].as_string() == (email or ""))
    db.session.execute(update(job).where(job.c.kind.in_(("people.send_link", "mail.deliver")), asked).values(params={}, state="done"))
    if email:
        after_commit(lambda: _forget_kept_mails(email))


def _forget_kept_mails(email: str) -> None:
    for path in (current_app.config["VAR"] / "mail").glob("*.eml"):
        if f"To: {email}".encode() in path.read_bytes():
            path.unlink(missing_ok=True)


def _imports(person: Person, told: set[Any], _now: datetime) -> None:
    """What imports keep of the person: previews go, the old and new values of a change lose the words that tell who it is."""
    number = json.dumps(person.number, ensure_ascii=False)
    preview, change = table("import_preview_row"), table("import_change")
    db.session.execute(delete(preview).where(_holds(preview.c.key, number)))
    for row in db.session.execute(select(change).where(_holds(change.c.key, number))).mappings().all():
        people = row["kind"] == "people"
        key = json.dumps(_without(json.loads(row["key"]), told, f"erased-{person.id}"), ensure_ascii=False, separators=(",", ":"))
        old, new = ({} if people else _without(row[which], told) for which in ("old", "new"))
        db.session.execute(update(change).where(change.c.id == row["id"]).values(key=key, old=old, new=new))


def _holds(column: ColumnElement[str], word: str) -> ColumnElement[bool]:
    return column.contains(word, autoescape=True)


def _trail(person: Person, told: set[Any], _now: datetime) -> None:
    """Every entry stays, with who, what and when; the words in it that tell who the person is are replaced."""
    entry = table("audit_entry")
    query = select(entry.c.id, entry.c.details).where(about("audit_entry", person.id))
    own = or_(entry.c.subject_type == "person", entry.c.action.startswith("sign_"))
    for row_id, details in db.session.execute(query.where(own)).all():
        if (left := _without(details, told, keys=TOLD)) != details:
            db.session.execute(update(entry).where(entry.c.id == row_id).values(details=left))


def _without(value: Any, told: set[Any], mark: str = MARK, keys: frozenset[str] = frozenset()) -> Any:
    """The value with every text that is one of ``told``, and every text under one of ``keys``, replaced."""
    if isinstance(value, dict):
        return {key: _marked(inner, mark) if key in keys else _without(inner, told, mark, keys) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without(inner, told, mark, keys) for inner in value]
    return mark if isinstance(value, str) and value in told else value


def _marked(value: Any, mark: str) -> Any:
    if isinstance(value, list):
        return [_marked(inner, mark) for inner in value]
    return value if value is None else mark


def _throw_away(keys: Any) -> None:
    gone = list(keys)
    if gone:
        store = storage.store()
        after_commit(lambda: store.delete(gone))

