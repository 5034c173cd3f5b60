"""Accounts on Flask-Security: its settings, and the doors around its views that count, note and save."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_security import (
    Security,
    logout_user,
    password_changed,
    password_reset,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
    user_authenticated,
    verify_password,
)
from werkzeug.wrappers import Response

from lms import audit
from lms.authz import SYSTEM, Actor
from lms.clock import now
from lms.db import db, transaction
from lms.people import limits, login_sessions, services
from lms.people.account_forms import (
    ChangeOwnPasswordForm,
    CodeForm,
    ConfirmItIsYouForm,
    ForgottenPasswordForm,
    NewPasswordForm,
    NoRescueForm,
    PasswordRules,
    RecoveryCodeForm,
    SecondFactorForm,
    SignInForm,
)
from lms.people.datastore import PersonDatastore
from lms.people.mail_util import NoticeMails
from lms.people.models import Person
from lms.people.second_factor import OneTimeCodes, derived_key

View = Callable[..., Any]

LINK_LIFETIME = timedelta(days=3)
"""How long a link to set a password works, unless it is used before."""

SETTINGS: dict[str, Any] = {
    # argon2id, 19 MiB, 2 passes, 1 lane (OWASP Password Storage Cheat Sheet); HMAC with the salt before it.
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__type": "ID",
        "argon2__memory_cost": 19 * 1024,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    "SECURITY_PASSWORD_NORMALIZE_FORM": "NFKC",
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_PASSWORD_WITHIN": LINK_LIFETIME,
    "SECURITY_CHANGEABLE": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_FRESHNESS": timedelta(minutes=30),
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {"code": "flask_security.twofactor.CodeTfPlugin"},
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "people.account",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "SECURITY_TOTP_ISSUER": "Needle",
    "SECURITY_POST_LOGIN_VIEW": "/",
    "SECURITY_POST_CHANGE_VIEW": "people.account",
    "SECURITY_POST_RESET_VIEW": ".login",
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_EMAIL_PLAINTEXT": False,  # lms.people.mail_util words the mail in its reader's language
    "SECURITY_EMAIL_TEMPLATE_PASSWORD_RESET_NOTICE": "people/emails/password_changed",
    "SECURITY_EMAIL_TEMPLATE_PASSWORD_CHANGE_NOTICE": "people/emails/password_changed",
    "SECURITY_LOGIN_USER_TEMPLATE": "people/sign_in.html",
    "SECURITY_RESET_PASSWORD_TEMPLATE": "people/set_password.html",
    "SECURITY_CHANGE_PASSWORD_TEMPLATE": "people/change_password.html",
    "SECURITY_VERIFY_TEMPLATE": "people/confirm.html",
    "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "people/second_factor.html",
    "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "people/code.html",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "people/recovery_codes.html",
    "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "people/recovery.html",
}

MESSAGES = {
    "GENERIC_AUTHN_FAILED": (_l("E-mail, number or password is not right, or this account is closed."), "error"),
    "INVALID_REDIRECT": (_l("That address leads out of Needle; it was not followed."), "error"),
    "UNAUTHENTICATED": (_l("Please sign in first."), "info"),
    "REAUTHENTICATION_REQUIRED": (_l("This needs your password once more."), "info"),
    "REAUTHENTICATION_SUCCESSFUL": (_l("Thank you. You can go on."), "success"),
    "PASSWORD_NOT_PROVIDED": (_l("Please fill this in."), "error"),
    "INVALID_PASSWORD": (_l("This password is not right."), "error"),
    "PASSWORD_IS_THE_SAME": (_l("This is your present password. Please choose another."), "error"),
    "PASSWORD_CHANGE": (_l("Your password is changed. You were signed out everywhere else."), "success"),
    "PASSWORD_RESET_NO_LOGIN": (_l("Your password is set. Please sign in with it."), "success"),
    "PASSWORD_RESET_EXPIRED": (_l("This link is too old. Ask for a new one here."), "error"),
    "INVALID_RESET_PASSWORD_TOKEN": (
        _l("This link was used before or is not complete. Ask for a new one here."), "error"),
    "TWO_FACTOR_PERMISSION_DENIED": (_l("That took too long. Please sign in once more."), "error"),
    "TWO_FACTOR_INVALID_TOKEN": (_l("This code is not right, or it was used before. Wait for the next one."), "error"),
    "TWO_FACTOR_LOGIN_SUCCESSFUL": (_l("Welcome."), "success"),
    "TWO_FACTOR_CHANGE_METHOD_SUCCESSFUL": (
        _l("The second factor is on. Keep recovery codes for the day when your phone is lost."), "success"),
    "TWO_FACTOR_DISABLED": (_l("The second factor is off."), "success"),
    "TWO_FACTOR_METHOD_NOT_AVAILABLE": (_l("Your role requires a second factor."), "error"),
    "TWO_FACTOR_SETUP_EXPIRED": (_l("That took too long. Please begin again."), "error"),
    "INVALID_RECOVERY_CODE": (_l("This recovery code is not right, or it was used before."), "error"),
    "NO_RECOVERY_CODES_SETUP": (_l("You have no recovery codes yet."), "info"),
    "API_ERROR": (_l("This link is not complete."), "error"),
}  # fmt: skip

CLOSED = ("two_factor_rescue", "tf_select")
"""Views of the library that Needle does not use: asking the administrator, choosing between second factors."""
SAVING = (
    "reset_password",
    "change_password",
    "two_factor_setup",
    "two_factor_setup_validate",
    "mf_recovery_codes",
)


def init_app(app: Flask) -> None:
    secret = app.config["SECURITY_PASSWORD_SALT"]
    for name, value in SETTINGS.items():
        app.config.setdefault(name, value)
    app.config.update({f"SECURITY_MSG_{key}": message for key, message in MESSAGES.items()})
    app.config["SECURITY_TOTP_SECRETS"] = {1: derived_key(secret, "totp")}
    app.config["SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS"] = [derived_key(secret, "recovery").encode()]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.config["PERMANENT_SESSION_LIFETIME"] = login_sessions.LIFETIME
    limits.init_app(app)
    security = Security(
        app,
        PersonDatastore(),
        login_form=SignInForm,
        reset_password_form=NewPasswordForm,
        change_password_form=ChangeOwnPasswordForm,
        verify_form=ConfirmItIsYouForm,
        two_factor_setup_form=SecondFactorForm,
        two_factor_verify_code_form=CodeForm,
        two_factor_rescue_form=NoRescueForm,
        mf_recovery_form=RecoveryCodeForm,
        totp_cls=OneTimeCodes,
        mail_util_cls=NoticeMails,
        password_util_cls=PasswordRules,
    )
    security.want_json(lambda _request: False)
    security.login_manager.user_loader(login_sessions.load)
    security.login_manager.request_loader(lambda _request: None)
    # Grants decide here (lms.authz): the library's own identity would ask the database on every request.
    app.before_request_funcs[None].remove(security.principal._on_before_request)
    _put_doors_around(app)
    _listen(app)


def _put_doors_around(app: Flask) -> None:
    views = app.view_functions
    views["security.login"] = _counted("sign_in", _typed_identity)(views["security.login"])
    views["security.forgot_password"] = forgotten_password
    views["security.logout"] = sign_out
    views["security.verify"] = _counted("sign_in", _own_identity)(views["security.verify"])
    for name in ("two_factor_token_validation", "mf_recovery"):
        views[f"security.{name}"] = _counted("code", _half_signed_in)(_saving(views[f"security.{name}"]))
    for name in SAVING:
        views[f"security.{name}"] = _saving(views[f"security.{name}"])
    for name in CLOSED:
        views[f"security.{name}"] = _closed


def _closed(**_arguments: Any) -> Response:
    return redirect(url_for("security.login"))


def _saving(view: View) -> View:
    """What the library's view changes happens in one transaction of ours."""

    @wraps(view)
    def door(*args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return view(*args, **kwargs)
        with transaction():
            return view(*args, **kwargs)

    return door


def _counted(scope: str, identity: Callable[[], str]) -> Callable[[View], View]:
    """Failed tries are counted and noted; too many are answered by 429 before any password is looked at.

    The password is checked outside a transaction: its 50 ms must not keep others from writing.
    """

    def around(view: View) -> View:
        @wraps(view)
        def door(*args: Any, **kwargs: Any) -> Any:
            if request.method != "POST":
                return view(*args, **kwargs)
            who = identity()
            limits.check(scope, who)
            response = view(*args, **kwargs)
            if not _came_further(response):
                limits.count(scope, who)
                _note_failure(scope)
            elif "tf_user_id" in session and request.form.get("stay"):
                session["stay"] = True  # remembered until the second factor is shown
            return response

        return door

    return around


def _came_further(response: Any) -> bool:
    """The library answers a failed try with the same page, a successful one with a redirect."""
    return not isinstance(response, str)


def knows_password(typed: str) -> bool:
    """Whether this is the password of who is signed in; tries are counted and noted as at the sign-in.

    :raises TooManyRequests: before the password is looked at. Not inside a transaction: it takes its 50 ms.
    """
    who = _own_identity()
    limits.check("sign_in", who)
    normal = current_app.extensions["security"].password_util.normalize(typed)
    if current_user.password and verify_password(normal, current_user.password):
        return True
    limits.count("sign_in", who)
    _note_failure("sign_in")
    return False


def _typed_identity() -> str:
    return request.form.get("email", "")


def _own_identity() -> str:
    return str(current_user.id) if current_user.is_authenticated else ""


def _half_signed_in() -> str:
    return str(session.get("tf_user_id", "")) or _own_identity()


def _note_failure(scope: str) -> None:
    """Only who was tried, never what was typed: people type passwords into the wrong field."""
    person_id = g.get("tried_person_id")
    if scope == "code" and session.get("tf_user_id"):
        person = current_app.extensions["security"].datastore.find_user(fs_uniquifier=session["tf_user_id"])
        person_id = person.id if person else None
    elif current_user.is_authenticated:
        person_id = current_user.id
    with transaction():
        audit.record(SYSTEM, f"{scope}.failed", "person", person_id, address=request.remote_addr)


def forgotten_password() -> Any:
    """Takes an identity and says the same to everyone; a job sends the link if there is such a person."""
    form = ForgottenPasswordForm()
    if not form.validate_on_submit():
        return current_app.extensions["security"].render_template("people/forgotten.html", form=form)
    limits.check("reset", form.identity.data or "")
    limits.count("reset", form.identity.data or "")
    with transaction():
        services.ask_for_link(form.identity.data or "")
    flash(_("If there is an account with an e-mail address, a link to set a new password is on its way."), "info")
    return redirect(url_for("security.login"))


def sign_out() -> Response:
    """Ends the session on the server too: a copied cookie is worth nothing afterwards."""
    if g.actor is not None:
        with transaction():
            login_sessions.end(session[login_sessions.KEY], now())
            audit.record(g.actor, "sign_out", "person", g.actor.person_id)
        logout_user()
    session.clear()
    return redirect(url_for("security.login"))


def _as_actor(person: Person) -> Actor:
    return Actor(person.id, person.name, (), frozenset())


def _listen(app: Flask) -> None:
    """What the library announces is noted in the audit trail; a sign-in gets a session of its own."""

    @user_authenticated.connect_via(app, weak=False)
    def signed_in(_app: Flask, user: Person, **_more: Any) -> None:
        person_id = user.id
        with transaction():
            person = db.session.get_one(Person, person_id)
            person.last_login_at = now()
            key = login_sessions.begin(
                person_id, now(), address=request.remote_addr or "", device=request.user_agent.string
            )
            audit.record(_as_actor(person), "sign_in", "person", person_id, address=request.remote_addr)
        session[login_sessions.KEY] = key
        session.permanent = bool(session.pop("stay", False) or request.form.get("stay"))
        session.pop("csrf_token", None)
        g.pop("csrf_token", None)

    def note(action: str) -> Callable[..., None]:
        def noted(_app: Flask, user: Person, **_more: Any) -> None:
            audit.record(_as_actor(user), action, "person", user.id)
            if action.startswith("password."):
                user.password_set_at = now()

        return noted

    for signal, action in (
        (password_reset, "password.set"),
        (password_changed, "password.changed"),
        (tf_profile_changed, "second_factor.on"),
        (tf_disabled, "second_factor.off"),
    ):
        signal.connect_via(app, weak=False)(note(action))

    @tf_code_confirmed.connect_via(app, weak=False)
    def set_up_at_sign_in(_app: Flask, user: Person, **_more: Any) -> None:
        if session.get("tf_state") == "validating_profile":
            audit.record(_as_actor(user), "second_factor.on", "person", user.id)
