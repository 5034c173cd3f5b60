"""The shape of what role-plays ask for."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from assessments.roleplays.words import BUYING_ROLES, DIFFICULTIES, INDUSTRIES, PARTS, STAGES, TEXTS
from lms.forms import Form, choices, code_field


class NewScenarioForm(Form):
    code = code_field(_l("Letters and digits, like RP-01. It stays."))
    title = StringField(_l("Title"), [DataRequired(), Length(max=200)])


def _text(name: str, rows_help: Any = None) -> Field:
    return TextAreaField(TEXTS[name], [Length(max=6000)], description=rows_help or "")


class ScenarioForm(Form):
    """Texts of one language, and what holds in all of them."""

    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    company = _text("company")
    person = StringField(TEXTS["person"], [Length(max=200)])
    position = StringField(TEXTS["position"], [Length(max=200)])
    buying_role = SelectField(_l("Role in the buying centre"), choices=lambda: choices(BUYING_ROLES))
    mood = StringField(TEXTS["mood"], [Length(max=200)])
    situation = _text("situation")
    goal = _text("goal")
    known = _text("known")
    hidden = _text("hidden", _l("Those who play do not see this before the end."))
    model = _text("model")
    part_AR = TextAreaField(PARTS["AR"], [Length(max=3000)])
    part_SR = TextAreaField(PARTS["SR"], [Length(max=3000)])
    part_FR = TextAreaField(PARTS["FR"], [Length(max=3000)])
    stage = SelectField(_l("Stage of the account"), choices=lambda: choices(STAGES))
    industry = SelectField(_l("Industry"), choices=lambda: choices(INDUSTRIES))
    difficulty = SelectField(_l("Difficulty"), coerce=int, choices=lambda: choices(DIFFICULTIES))
    minutes = IntegerField(_l("Minutes"), [InputRequired(), NumberRange(1, 120)])
    competencies = TextAreaField(_l("Competencies"), [Length(max=2000)], description=_l("One per line."))
    rubric = SelectField(_l("Rubric"), coerce=int)
    recorded = BooleanField(_l("Played alone and recorded"))
    live = BooleanField(_l("Played live before an observer"))
    conversation = BooleanField(
        _l("Played in writing, with a language model as the customer"),
        description=_l("The facts above steer it; what is to be found out it tells only when asked. People rate the talk."),
    )
    media = RadioField(
        _l("What is recorded"),
        choices=lambda: choices({"video": _l("Video with sound"), "audio": _l("Sound only")}),
    )
    takes = IntegerField(_l("Takes allowed"), [InputRequired(), NumberRange(1, 10)])
    retention_days = IntegerField(
        _l("Days a recording is kept"), [InputRequired(), NumberRange(7, 1095)]
    )
    manager = IntegerField(_l("Managers who rate"), [InputRequired(), NumberRange(0, 3)])
    trainer = IntegerField(_l("Trainers who rate"), [InputRequired(), NumberRange(0, 3)])
    peer = IntegerField(_l("Colleagues of the team who rate"), [InputRequired(), NumberRange(0, 5)])
    doubled = IntegerField(
        _l("Rated by one more, in percent"),
        [InputRequired(), NumberRange(0, 100)],
        description=_l("Drawn by chance. Without ratings by two nobody knows how far scores can be trusted."),
    )
    anchors = IntegerField(
        _l("Anchor recordings between the others, in percent"), [InputRequired(), NumberRange(0, 50)]
    )


class NewRubricForm(Form):
    title = StringField(_l("Title"), [DataRequired(), Length(max=200)], id="rubric-title")


class RubricForm(Form):
    title = StringField(_l("Title"), [InputRequired(), Length(max=200)])
    pass_mark = IntegerField(_l("Pass mark in percent"), [InputRequired(), NumberRange(0, 100)])


class CriterionForm(Form):
    title = StringField(_l("What is judged"), [Length(max=200)])
    kind = RadioField(
        _l("Kind"),
        choices=lambda: choices({"levels": _l("Several levels"), "yes_no": _l("Met or not met")}),
    )
    weight = IntegerField(_l("Weight"), [InputRequired(), NumberRange(0, 100)], default=1)
    level_1 = TextAreaField(_l("Level 1 (lowest; or: not met)"), [Length(max=2000)])
    level_2 = TextAreaField(_l("Level 2 (or: met)"), [Length(max=2000)])
    level_3 = TextAreaField(_l("Level 3"), [Optional(), Length(max=2000)])
    level_4 = TextAreaField(_l("Level 4"), [Optional(), Length(max=2000)])
    level_5 = TextAreaField(_l("Level 5"), [Optional(), Length(max=2000)])
    blocks_below = SelectField(
        _l("Fails the whole"),
        coerce=int,
        choices=lambda: choices(
            {
                0: _l("never"),
                2: _l("below level 2 (or: when not met)"),
                3: _l("below level 3"),
                4: _l("below level 4"),
                5: _l("below level 5"),
            }
        ),
        description=_l("For what must not happen, whatever the total: a false promise, a breach of the rules."),
    )
    competency = StringField(_l("Competency"), [Length(max=200)])

    @property
    def anchors(self) -> list[str]:
        return [self[f"level_{number}"].data or "" for number in range(1, 6)]


class ModuleForm(Form):
    scenario = SelectField(_l("Scenario"), coerce=int)
    dialogue = SelectField(
        _l("Or a dialogue"),
        coerce=int,
        description=_l("Answers are chosen step by step and scored at once; nobody has to rate it."),
    )
    attempts = IntegerField(
        _l("Attempts allowed"),
        [Optional(), NumberRange(1, 100)],
        description=_l("Leave empty when there may be as many as one likes."),
    )
