"""What trainers do with dialogues: write, bring in and take out as Twee, publish as a frozen version, retire."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from fractions import Fraction

from msgspec.structs import replace
from sqlalchemy import select

from assessments.roleplays.dialogues import checks, editing, story, twee
from assessments.roleplays.dialogues.editing import PassageDraft
from assessments.roleplays.dialogues.models import Dialogue, DialogueVersion
from assessments.roleplays.dialogues.story import Effect, Story
from lms import audit, canonical, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused, Unknown
from lms.i18n import with_language


def create(actor: Actor, code: str, title: LocalText, first: str, *, now: datetime) -> Dialogue:
    """A draft that begins in an empty passage called ``first``. :raises Refused: ``dialogue_code_taken``."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    codes.check_free(Dialogue.code, code, "dialogue_code_taken")
    content = editing.empty(next(iter(title.values()), ""), first, _ifid())
    row = Dialogue(
        code=code,
        title=title,
        status="draft",
        version=0,
        content=story.to_json(content),
        notes=[],
        owner_id=actor.person_id,
        created_at=now,
        edited_at=now,
    )
    db.session.add(row)
    db.session.flush()
    audit.record(actor, "dialogue.create", "dialogue", row.id, code=code)
    return row


def _ifid() -> str:
    return str(uuid.uuid4()).upper()


def authored(actor: Actor, dialogue_id: int) -> Dialogue:
    """A dialogue for its trainers: they share the library. :raises Unknown: otherwise."""
    require(actor, Permission.ROLEPLAY_AUTHOR)
    row = db.session.get(Dialogue, dialogue_id)
    if row is None:
        raise Unknown()
    return row


def _change(actor: Actor, dialogue_id: int, change: Callable[[Story], Story], now: datetime) -> Dialogue:
    """The draft, locked while it is written anew."""
    row = authored(actor, dialogue_id)
    db.session.execute(select(Dialogue.id).where(Dialogue.id == dialogue_id).with_for_update())
    db.session.refresh(row)
    new = change(story.from_json(row.content))
    if len(new.passages) > twee.MOST_PASSAGES:
        raise Refused("dialogue_full", most=twee.MOST_PASSAGES)
    row.content, row.edited_at = story.to_json(new), now
    db.session.flush()
    audit.record(actor, "dialogue.edit", "dialogue", row.id)
    return row


def edit(
    actor: Actor,
    dialogue_id: int,
    language: str,
    title: str,
    *,
    start: str,
    pass_mark: Fraction,
    feedback: str,
    initial: tuple[Effect, ...],
    now: datetime,
) -> Dialogue:
    """What holds for the whole. :raises Refused: ``no_such_passage``."""

    def change(found: Story) -> Story:
        if found.passage(start) is None:
            raise Refused("no_such_passage", field="start")
        return replace(found, title=title, start=start, pass_mark=pass_mark, feedback=feedback, initial=initial)

    row = _change(actor, dialogue_id, change, now)
    row.title = with_language(row.title, language, title)
    db.session.flush()
    return row


def save_passage(
    actor: Actor, dialogue_id: int, name: str, language: str, draft: PassageDraft, *, now: datetime
) -> Dialogue:
    """:raises Unknown: if there is no such passage. :raises Refused: ``passage_name_taken``, ``dialogue_full``."""

    def change(found: Story) -> Story:
        try:
            return editing.written(found, name, language, draft)
        except KeyError:
            raise Unknown() from None
        except ValueError:
            raise Refused("passage_name_taken", field="name") from None

    return _change(actor, dialogue_id, change, now)


def add_passage(actor: Actor, dialogue_id: int, name: str, *, now: datetime) -> Dialogue:
    return _change(actor, dialogue_id, lambda found: editing.with_passage(found, name), now)


def remove_passage(actor: Actor, dialogue_id: int, name: str, *, now: datetime) -> Dialogue:
    """:raises Refused: ``first_passage_stays``."""

    def change(found: Story) -> Story:
        if name == found.start:
            raise Refused("first_passage_stays")
        return editing.without(found, name)

    return _change(actor, dialogue_id, change, now)


def bring_in(actor: Actor, dialogue_id: int, data: bytes, language: str, *, now: datetime) -> Dialogue:
    """A Twee file takes the place of the draft; what was not understood is kept beside it.

    :raises Refused: ``twee_encoding``, and the codes of :class:`twee.NotTwee`.
    """
    row = authored(actor, dialogue_id)
    try:
        found = twee.read(data[: twee.MOST_BYTES + 1].decode("utf-8-sig"), language)
    except twee.NotTwee as refusal:
        raise Refused(refusal.code, field="file", line=refusal.line) from None
    except UnicodeDecodeError:
        too_large = len(data) > twee.MOST_BYTES
        raise Refused("twee_too_large" if too_large else "twee_encoding", field="file") from None
    read = found.story if found.story.ifid else replace(found.story, ifid=_ifid())
    row.content = story.to_json(read)
    row.notes = [[note.line, note.code, note.words] for note in found.notes]
    row.edited_at = now
    if read.title:
        row.title = with_language(row.title, language, read.title)
    db.session.flush()
    audit.record(actor, "dialogue.import", "dialogue", row.id, passages=len(read.passages), notes=len(found.notes))
    return row


def load(actor: Actor, code: str, title: LocalText, found: Story, *, now: datetime) -> Dialogue:
    """A dialogue from a story as a whole. :raises Refused: as :func:`create`."""
    row = create(actor, code, title, found.start, now=now)
    row.content = story.to_json(found if found.ifid else replace(found, ifid=_ifid()))
    db.session.flush()
    return row


def publish(actor: Actor, dialogue_id: int, *, now: datetime) -> DialogueVersion:
    """Freeze it as the next version; walks begun keep theirs. Without a change the open version stays the open one.

    :raises Refused: ``dialogue_problems``.
    """
    row = authored(actor, dialogue_id)
    there = unchanged(row)
    if there is not None:
        return there
    checked = checks.check(story.from_json(row.content))
    if not checked.publishable:
        raise Refused("dialogue_problems", count=sum(problem.blocks for problem in checked.problems))
    row.version, row.status = row.version + 1, "published"
    version = DialogueVersion(
        dialogue_id=row.id,
        number=row.version,
        content_hash=canonical.sha256(row.content),
        title=row.title,
        content=row.content,
        best=str(checked.best),
        published_at=now,
        published_by_id=actor.person_id,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(actor, "dialogue.publish", "dialogue", row.id, version=row.version)
    return version


def unchanged(row: Dialogue) -> DialogueVersion | None:
    """The open version, if the draft says the same."""
    there = current(row.id)
    same = there is not None and there.content_hash == canonical.sha256(row.content) and there.title == row.title
    return there if same else None


def retire(actor: Actor, dialogue_id: int, *, now: datetime) -> Dialogue:
    """Take it out of the list; who has begun may finish, and publishing opens it again."""
    row = authored(actor, dialogue_id)
    if row.status == "published":
        row.status, row.edited_at = "retired", now
        audit.record(actor, "dialogue.retire", "dialogue", row.id)
    db.session.flush()
    return row


def current(dialogue_id: int) -> DialogueVersion | None:
    """The version that is open for practice."""
    return db.session.scalar(
        select(DialogueVersion)
        .join(Dialogue, (Dialogue.id == DialogueVersion.dialogue_id) & (Dialogue.version == DialogueVersion.number))
        .where(Dialogue.id == dialogue_id, Dialogue.status == "published")
    )
