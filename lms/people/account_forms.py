"""The shape of what is typed at the sign-in, when a password is set and when a code is asked for."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import lazy_gettext as _l
from flask_security.forms import (
    ChangePasswordForm,
    LoginForm,
    ResetPasswordForm,
    TwoFactorRescueForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    VerifyForm,
)
from flask_security.password_util import PasswordUtil
from flask_security.recovery_codes import MfRecoveryForm
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo, Length

from lms.forms import Form
from lms.i18n import LANGUAGE_NAMES
from lms.people import passwords
from lms.people.datastore import find_by_identity

_NEEDED = _l("Please fill this in.")
_DIFFERENT = _l("The two passwords are not the same.")
_PASSWORD_HELP = _l("At least 10 characters. A few words that only you would put together are easiest to remember.")


def _new_password(label: Any, **kwargs: Any) -> PasswordField:
    return PasswordField(
        label, validators=[DataRequired(_NEEDED)], render_kw={"autocomplete": "new-password"}, **kwargs
    )


class SignInForm(LoginForm):
    """By e-mail address or person number. Whatever is wrong is said in the same words."""

    email = StringField(
        _l("E-mail or person number"),
        validators=[DataRequired(_NEEDED), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(_NEEDED), Length(max=1000)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = None
    stay = BooleanField(_l("Stay signed in on this device"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.password.description = ""  # the library puts a link of its own there; ours stands below

    def validate(self, **kwargs: Any) -> bool:
        self.ifield = self.email
        self.user = find_by_identity(self.email.data or "")
        g.tried_person_id = self.user.id if self.user else None
        return bool(super().validate(**kwargs))


class ForgottenPasswordForm(Form):
    identity = StringField(
        _l("E-mail or person number"),
        validators=[DataRequired(_NEEDED), Length(max=254)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )


class NewPasswordForm(ResetPasswordForm):
    password = _new_password(_l("New password"), description=_PASSWORD_HELP)
    password_confirm = PasswordField(
        _l("New password once more"),
        validators=[DataRequired(_NEEDED), EqualTo("password", _DIFFERENT)],
        render_kw={"autocomplete": "new-password"},
    )


class ChangeOwnPasswordForm(ChangePasswordForm):
    password = PasswordField(
        _l("Present password"),
        validators=[DataRequired(_NEEDED)],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = _new_password(_l("New password"), description=_PASSWORD_HELP)
    new_password_confirm = PasswordField(
        _l("New password once more"),
        validators=[DataRequired(_NEEDED), EqualTo("new_password", _DIFFERENT)],
        render_kw={"autocomplete": "new-password"},
    )


class ConfirmItIsYouForm(VerifyForm):
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(_NEEDED)],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )


class SecondFactorForm(TwoFactorSetupForm):
    """``setup`` is 'authenticator' or 'disable'; telephone numbers are not used."""

    setup = HiddenField()


class CodeForm(TwoFactorVerifyCodeForm):
    code = StringField(
        _l("Code from the app"),
        validators=[DataRequired(_NEEDED), Length(max=12)],
        filters=[lambda text: text.replace(" ", "") if isinstance(text, str) else text],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True},
    )


class NoRescueForm(TwoFactorRescueForm):
    """The library makes it beside the code; our page links to the recovery codes instead."""

    help_setup = SelectField(choices=[])


class RecoveryCodeForm(MfRecoveryForm):
    code = StringField(
        _l("Recovery code"),
        validators=[DataRequired(_NEEDED), Length(max=40)],
        filters=[lambda text: text.strip().lower() if isinstance(text, str) else text],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "autofocus": True},
    )


class AccountForm(Form):
    locale = SelectField(
        _l("Language of pages and mails"),
        choices=[SelectChoice("", _l("As my browser says")), *(SelectChoice(k, v) for k, v in LANGUAGE_NAMES.items())],
    )


_WEAK = {
    "too_short": _l("Please use at least 10 characters."),
    "too_long": _l("Please use at most 200 characters."),
    "too_common": _l("This password is easy to guess. Add words or signs that nobody would expect."),
    "too_personal": _l("This password is made of your own name, number or address. Please choose another."),
}


class PasswordRules(PasswordUtil):
    """The rules of ``lms.people.passwords`` for the library's forms."""

    def validate(self, password: str, is_register: bool, **kwargs: Any) -> tuple[list[Any] | None, str]:
        normal = self.normalize(password)
        person = kwargs.get("user")
        personal = (person.name, person.name_latin, person.number, person.email) if person else ()
        code = passwords.weakness(normal, personal)
        return ([_WEAK[code]] if code else None), normal
