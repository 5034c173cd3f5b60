"""The shape of a competency, of a job profile and of who has it."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, Regexp

from courses.competencies.models import Competency
from courses.competencies.scale import LEVELS
from courses.competencies.services import Said, aliases_of
from courses.competencies.words import STAGES
from lms.codes import PATTERN
from lms.db import LocalText
from lms.forms import Form, choices

LANGUAGES = (("en", "en"), ("zh", "zh_Hans"))
"""Suffix of a field → its language; the traditional script is made from the simplified one."""


def _code() -> StringField:
    return StringField(
        _l("Code"),
        [InputRequired(), Length(max=64), Regexp(PATTERN, message=_l("Letters, digits, dot, dash and underscore."))],
        description=_l("Short and lasting: files name it by this."),
    )


def stage_choices() -> list[SelectChoice]:
    return [SelectChoice(value="", label=_l("No stage in particular")), *choices(STAGES)]


def _anchor(language: str) -> TextAreaField:
    label = _l("What one sees, in English") if language == "en" else _l("What one sees, in Chinese")
    return TextAreaField(label, [Optional(), Length(max=1000)])


class CompetencyForm(Form):
    name_en = StringField(_l("Name in English"), [Optional(), Length(max=200)])
    name_zh = StringField(_l("Name in Chinese"), [Optional(), Length(max=200)])
    stage = SelectField(_l("Stage of the development flow"), choices=stage_choices)
    description_en = TextAreaField(_l("Description in English"), [Optional(), Length(max=2000)])
    description_zh = TextAreaField(_l("Description in Chinese"), [Optional(), Length(max=2000)])
    aliases = TextAreaField(
        _l("Words that mean it elsewhere"),
        [Optional(), Length(max=6000)],
        description=_l("One per line: as courses, questions and rubrics call it. Capitals, width and Chinese script make no difference."),
    )
    anchor_1_en, anchor_1_zh = _anchor("en"), _anchor("zh")
    anchor_2_en, anchor_2_zh = _anchor("en"), _anchor("zh")
    anchor_3_en, anchor_3_zh = _anchor("en"), _anchor("zh")
    anchor_4_en, anchor_4_zh = _anchor("en"), _anchor("zh")

    def anchor(self, level: int, suffix: str) -> Any:
        """The field of a level in a language."""
        return self[f"anchor_{level}_{suffix}"]

    def said(self) -> Said:
        """What was typed, as the service takes it."""
        return Said(
            name=self._text("name"),
            description=self._text("description"),
            stage=self.stage.data or None,
            anchors={level: self._text(f"anchor_{level}") for level in LEVELS},
            aliases=tuple(line.strip() for line in (self.aliases.data or "").splitlines() if line.strip()),
        )

    def _text(self, name: str) -> LocalText:
        return {language: self[f"{name}_{suffix}"].data or "" for suffix, language in LANGUAGES}


class NewCompetencyForm(CompetencyForm):
    code = _code()


def filled(row: Competency) -> dict[str, Any]:
    """The form's values of a competency."""
    values: dict[str, Any] = {"stage": row.stage or "", "aliases": "\n".join(aliases_of(row))}
    for suffix, language in LANGUAGES:
        values[f"name_{suffix}"] = row.name.get(language, "")
        values[f"description_{suffix}"] = row.description.get(language, "")
        for level in LEVELS:
            values[f"anchor_{level}_{suffix}"] = row.anchors.get(str(level), {}).get(language, "")
    return values


class ProfileForm(Form):
    code = _code()
    name_en = StringField(_l("Name in English"), [Optional(), Length(max=200)])
    name_zh = StringField(_l("Name in Chinese"), [Optional(), Length(max=200)])

    def named(self) -> LocalText:
        texts = {"en": self.name_en.data or "", "zh_Hans": self.name_zh.data or ""}
        return {language: words for language, words in texts.items() if words}


class HolderForm(Form):
    team_id = SelectField(_l("A team with all below it"), coerce=str, choices=list)
    numbers = TextAreaField(
        _l("Person numbers"),
        [Optional(), Length(max=200_000)],
        description=_l("One per line, or separated by commas or blanks."),
    )

    def listed(self) -> list[str]:
        """The numbers typed, each once."""
        return list(dict.fromkeys(re.split(r"[\s,，、;；]+", (self.numbers.data or "").strip()))) if self.numbers.data else []
