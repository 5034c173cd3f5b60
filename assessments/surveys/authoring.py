"""Verbs of authors: make a survey, write its questions, publish it, retire it, put it into a file and take it out of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import select

from assessments.surveys import branching, builtin, items, policies, refusals
from assessments.surveys.items import Item, Unreadable
from assessments.surveys.models import Purpose, Survey, SurveyModule, SurveyVersion
from courses import authoring as course_authoring
from courses.words import in_three_languages
from lms import audit, codes
from lms.authz import Actor, Permission, require
from lms.db import LocalText, db
from lms.errors import Refused
from lms.i18n import local

FORMAT = "needle-survey"


class Settings(Struct, frozen=True):
    title: LocalText
    intro: LocalText
    thanks: LocalText
    purpose: Purpose
    anonymous: bool


def create(actor: Actor, code: str, template: str, title: LocalText, *, now: datetime) -> Survey:
    """A survey from one of Needle's templates, ``blank`` among them.

    :raises Refused: ``survey_code_taken``, ``survey_code``, ``survey_template_unknown``.
    """
    require(actor, Permission.SURVEY_AUTHOR)
    data = builtin.TEMPLATES.get(template)
    if data is None:
        raise Refused("survey_template_unknown", field="template")
    return load(actor, code, data | ({"title": title} if any(title.values()) else {}), now=now)


def load(actor: Actor, code: str, data: Any, *, now: datetime) -> Survey:
    """A survey from the content of a file. :raises Refused: for a code that is taken and content that cannot be read."""
    require(actor, Permission.SURVEY_AUTHOR)
    if not codes.is_code(code):
        raise Refused("survey_code", field="code")
    codes.check_free(Survey.code, code, "survey_code_taken")
    settings, found = _content(data)
    survey = Survey(code=code, owner_id=actor.person_id, created_at=now, edited_at=now)
    _configure(survey, settings)
    survey.items = items.to_json(found)
    db.session.add(survey)
    db.session.flush()
    return survey


def configure(actor: Actor, survey_id: int, settings: Settings, *, now: datetime) -> Survey:
    """:raises Refused: ``survey_title_missing``."""
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    if not any(settings.title.values()):
        raise Refused("survey_title_missing", field="title_zh")
    _configure(survey, settings)
    survey.edited_at = now
    db.session.flush()
    return survey


def put_item(actor: Actor, survey_id: int, data: dict[str, Any], *, now: datetime) -> Item:
    """Add a question or section, or put it in the place of the one with its id. :raises Refused: if it cannot be read."""
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    try:
        item = items.read_item(_in_three(data))
    except Unreadable as trouble:
        raise Refused(trouble.code, field="text_zh", where=trouble.where) from None
    found = items.with_item(items_of(survey), item)
    if len(found) > items.MOST_ITEMS:
        raise Refused("survey_full")
    _write(survey, found, now)
    return item


def remove_item(actor: Actor, survey_id: int, item_id: str, *, now: datetime) -> Survey:
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    _write(survey, items.without(items_of(survey), item_id), now)
    return survey


def move_item(actor: Actor, survey_id: int, item_id: str, step: int, *, now: datetime) -> Survey:
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    _write(survey, items.moved(items_of(survey), item_id, step), now)
    return survey


def publish(actor: Actor, survey_id: int, *, now: datetime) -> SurveyVersion:
    """Freeze the draft as the next version; sendings already made keep theirs.

    :raises Refused: ``survey_empty``, ``survey_unreachable``, ``survey_measure_required``, ``survey_retired``.
    """
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    if survey.status == "retired":
        raise Refused("survey_retired")
    trouble = next(iter(problems(items_of(survey))), None)
    if trouble is not None:
        raise trouble
    version = SurveyVersion(
        survey_id=survey.id,
        number=survey.version + 1,
        title=dict(survey.title),
        intro=dict(survey.intro),
        thanks=dict(survey.thanks),
        anonymous=survey.anonymous,
        items=list(survey.items),
        published_at=now,
        published_by_id=actor.person_id,
    )
    db.session.add(version)
    survey.version = version.number
    db.session.flush()
    audit.record(actor, "survey.publish", "survey", survey.id, version=version.number)
    return version


def retire(actor: Actor, survey_id: int, *, now: datetime) -> Survey:
    """No new sendings; those under way go on, results stay. Done again it brings the survey back."""
    require(actor, Permission.SURVEY_AUTHOR)
    survey = policies.authored_survey(actor, survey_id)
    survey.status = "active" if survey.status == "retired" else "retired"
    survey.edited_at = now
    db.session.flush()
    return survey


def choose_for_module(actor: Actor, module_id: int, survey_id: int, *, now: datetime) -> SurveyModule:
    """Let a module of a course's draft ask a published survey; any author may ask any of them."""
    require(actor, Permission.SURVEY_AUTHOR)
    course_authoring.touched(actor, module_id, now=now)
    survey = db.session.get(Survey, survey_id)
    if survey is None or not survey.version or survey.status == "retired":
        raise Refused("survey_not_published", field="survey")
    chosen = db.session.get_one(SurveyModule, module_id)
    chosen.survey_id = survey.id
    db.session.flush()
    return chosen


def problems(found: Sequence[Item]) -> list[Refused]:
    """What keeps a survey from being published, as the refusals it would meet."""
    if not any(item.asks for item in found):
        return [Refused("survey_empty")]
    by_id = {item.id: item for item in found}
    section_of = branching.sections(found)
    troubles = [
        Refused("survey_unreachable", question=local(dict(by_id[each.item].text)), why=str(refusals.REASONS[each.code]))
        for each in branching.unreachable(found)
    ]
    for item in found:
        section = section_of[item.id]
        depends = item.condition or (section.condition if section else None)
        if item.measure and (depends or not item.required):
            troubles.append(Refused("survey_measure_required", question=local(dict(item.text))))
    return troubles


def has_changes(survey: Survey, version: SurveyVersion | None) -> bool:
    """Whether the draft says something else than the version in use."""
    if version is None:
        return True
    return any(getattr(survey, name) != getattr(version, name) for name in ("title", "intro", "thanks", "anonymous", "items"))


def current_version(survey: Survey) -> SurveyVersion | None:
    found: SurveyVersion | None = db.session.scalar(
        select(SurveyVersion).where(SurveyVersion.survey_id == survey.id, SurveyVersion.number == survey.version)
    )
    return found


def items_of(survey: Survey | SurveyVersion) -> tuple[Item, ...]:
    return items.from_json(survey.items)


def exported(survey: Survey) -> dict[str, Any]:
    """The content for a file, without ids of this database."""
    return {
        "format": FORMAT,
        "version": 1,
        "code": survey.code,
        "title": dict(survey.title),
        "intro": dict(survey.intro),
        "thanks": dict(survey.thanks),
        "purpose": survey.purpose,
        "anonymous": survey.anonymous,
        "items": survey.items,
    }


def from_file(data: Any) -> tuple[str, dict[str, Any]]:
    """(code, content) of a file's JSON. :raises Refused: ``survey_file_other_format``."""
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.get("version") != 1:
        raise Refused("survey_file_other_format")
    return str(data.get("code", "")), data


def _content(data: Any) -> tuple[Settings, tuple[Item, ...]]:
    if not isinstance(data, dict) or data.get("purpose") not in set(Purpose):
        raise Refused("survey_unreadable", where="purpose")
    texts = {}
    for name in ("title", "intro", "thanks"):
        value = data.get(name, {})
        if not isinstance(value, dict) or any(
            key not in items.LANGUAGES or not isinstance(words, str) or len(words) > items.LONGEST
            for key, words in value.items()
        ):
            raise Refused("survey_unreadable", where=name)
        texts[name] = in_three_languages(value)
    if not any(texts["title"].values()):
        raise Refused("survey_title_missing")
    try:
        found = items.from_json(_in_three(data.get("items")))
    except Unreadable as trouble:
        raise Refused("survey_unreadable", where=trouble.where) from None
    settings = Settings(**texts, purpose=Purpose(data["purpose"]), anonymous=data.get("anonymous") is True)
    return settings, found


def _in_three(data: Any) -> Any:
    """The same JSON value, each text with the Chinese script it lacks."""
    if isinstance(data, dict):
        if set(data) & set(items.LANGUAGES) and set(data) <= set(items.LANGUAGES):
            return in_three_languages({key: words for key, words in data.items() if isinstance(words, str)})
        return {key: _in_three(value) for key, value in data.items()}
    return [_in_three(each) for each in data] if isinstance(data, list) else data


def _configure(survey: Survey, settings: Settings) -> None:
    survey.title, survey.intro = in_three_languages(settings.title), in_three_languages(settings.intro)
    survey.thanks, survey.purpose = in_three_languages(settings.thanks), settings.purpose.value
    survey.anonymous = settings.anonymous


def _write(survey: Survey, found: Sequence[Item], now: datetime) -> None:
    survey.items = items.to_json(found)
    survey.edited_at = now
    db.session.flush()
