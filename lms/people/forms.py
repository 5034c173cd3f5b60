"""The shape of what is entered about people, teams and roles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import DateField, EmailField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Email, Length, Optional

from lms.authz import Role
from lms.bodies import sent_id
from lms.db import LocalText
from lms.forms import Form
from lms.i18n import LANGUAGE_NAMES, local, with_remark
from lms.people.course_scopes import CourseName
from lms.people.models import Person, Team
from lms.people.services import PersonData

ROLE_NAMES: dict[str, LazyString] = {
    Role.REP: _l("Sales rep"),
    Role.TRAINER: _l("Trainer"),
    Role.MANAGER: _l("Manager"),
    Role.HR: _l("Human resources"),
    Role.ADMIN: _l("Administrator"),
}
_NEEDED = DataRequired(_l("Please fill this in."))


def _choices(pairs: list[tuple[str, Any]], empty: Any = None) -> list[SelectChoice]:
    first = [] if empty is None else [SelectChoice("", empty)]
    return first + [SelectChoice(value, label) for value, label in pairs]


def _id(field: SelectField) -> int | None:
    return sent_id(field.data)


class PersonForm(Form):
    number = StringField(_l("Person number"), validators=[_NEEDED, Length(max=64)])
    name = StringField(_l("Name"), validators=[_NEEDED, Length(max=200)])
    name_latin = StringField(_l("Name in Latin letters"), validators=[Optional(), Length(max=200)])
    email = EmailField(
        _l("E-mail"), validators=[Optional(), Email(_l("This is not an e-mail address.")), Length(max=254)]
    )
    team_id = SelectField(_l("Team"), validators=[Optional()])
    hired_on = DateField(_l("First day"), validators=[Optional()])
    left_on = DateField(_l("Last day"), validators=[Optional()])
    locale = SelectField(
        _l("Language of pages and mails"),
        validators=[Optional()],
        choices=_choices(list(LANGUAGE_NAMES.items()), _l("As the browser says")),
    )

    def __init__(self, teams: list[tuple[str, str]], *args: Any, obj: Person | None = None, **kwargs: Any) -> None:
        """``teams``: those in the editor's care. A present team outside of it can be kept, not chosen."""
        super().__init__(*args, obj=obj, **kwargs)
        known = {value for value, _label in teams}
        kept = [(str(obj.team_id), "…")] if obj and obj.team_id and str(obj.team_id) not in known else []
        self.team_id.choices = _choices(kept + teams, _l("No team"))
        if not self.is_submitted():
            self.team_id.data = str(obj.team_id or "") if obj else ""
            self.locale.data = (obj.locale or "") if obj else ""

    def values(self) -> PersonData:
        return PersonData(
            number=self.number.data or "",
            name=self.name.data or "",
            name_latin=self.name_latin.data,
            email=self.email.data,
            team_id=_id(self.team_id),
            hired_on=self.hired_on.data,
            left_on=self.left_on.data,
            locale=self.locale.data,
        )


class TeamForm(Form):
    code = StringField(_l("Code"), validators=[_NEEDED, Length(max=64)])
    name_en = StringField(_l("Name in English"), validators=[Optional(), Length(max=200)])
    name_hans = StringField(_l("Name in simplified Chinese"), validators=[Optional(), Length(max=200)])
    name_hant = StringField(_l("Name in traditional Chinese"), validators=[Optional(), Length(max=200)])
    parent_id = SelectField(_l("Team above"), validators=[Optional()])

    def __init__(self, teams: list[tuple[str, str]], *args: Any, team: Team | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = []
        if team and team.parent_id and str(team.parent_id) not in {value for value, _label in teams}:
            kept = [(str(team.parent_id), "…")]
        self.parent_id.choices = _choices(kept + teams, _l("None: this is the top"))
        if team and not self.is_submitted():
            self.code.data, self.parent_id.data = team.code, str(team.parent_id or "")
            self.name_en.data, self.name_hans.data, self.name_hant.data = (
                team.name.get(key, "") for key in ("en", "zh_Hans", "zh_Hant")
            )

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        valid = bool(super().validate(*args, **kwargs))
        if not self.names():
            self.name_en.errors = [*self.name_en.errors, _l("Give the name in one language at least.")]
            return False
        return valid

    def names(self) -> LocalText:
        fields = {"en": self.name_en, "zh_Hans": self.name_hans, "zh_Hant": self.name_hant}
        return {key: field.data for key, field in fields.items() if field.data}

    @property
    def parent(self) -> int | None:
        return _id(self.parent_id)


class GrantForm(Form):
    """``over`` is empty for the company, else the id of a team, or ``course-`` and that of a course."""

    role = SelectField(_l("Role"), choices=_choices(list(ROLE_NAMES.items())))
    over = SelectField(_l("Holds for"))

    def __init__(self, teams: list[tuple[str, str]], courses: Sequence[CourseName], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups = str(_l("A team and all below it")), str(_l("A course, for trainers"))
        self.over.choices = [
            SelectChoice("", _l("The whole company")),
            *(SelectChoice(value, label, optgroup=groups[0]) for value, label in teams),
            *(SelectChoice(f"course-{each.id}", with_remark(local(each.title), each.code), optgroup=groups[1]) for each in courses),
        ]

    @property
    def scope(self) -> str:
        said = self.over.data or ""
        return "course" if said.startswith("course-") else "team" if said else "company"

    @property
    def team_id(self) -> int | None:
        return _id(self.over) if self.scope == "team" else None

    @property
    def course_id(self) -> int | None:
        return int(self.over.data.removeprefix("course-")) if self.scope == "course" else None
