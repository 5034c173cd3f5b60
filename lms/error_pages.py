"""Every "no" and every failure as a page that helps, or as JSON for those who asked for JSON."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from lms.addresses import WITHIN
from lms.db import db
from lms.errors import Refused, Unknown, sentence


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or best == "application/json" or request.path.startswith("/api/")


def _page(status: int, code: str, text: str, mark: str = "") -> tuple[str | Response, int]:
    """``mark``: under which the log tells what happened."""
    if wants_json():
        return jsonify(error=code, sentence=text, **({"log": mark} if mark else {})), status
    said = " ".join(filter(None, (str(status), mark or ("" if code in ("not_found", f"http_{status}") else code))))
    return render_template("lms/error.html", status=status, said=said, sentence=text, back=_back()), status


def _back() -> str | None:
    """The page of this site from which a form was sent that was refused."""
    if request.method != "POST" or not request.referrer:
        return None
    came_from = urlsplit(request.referrer)
    page = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return page if came_from.netloc == request.host and page != "/" and WITHIN.fullmatch(page) else None


def _titles(status: int) -> str:
    return {
        400: _("This request could not be read. Go back, check what you entered and send it again."),
        401: _("Please sign in first."),
        403: _("Your role does not allow this. Ask your administrator if you need it."),
        404: _("There is no such page, or it is not open to you."),
        405: _("This address does not take that kind of request."),
        413: _too_large(),
        429: _("Too many tries in a short time. Wait a minute, then try again."),
    }.get(status, _("Something went wrong on our side. Nothing of what you saved before is lost; please try again."))


def _too_large() -> str:
    """A file over the limit; else a form longer than forms are."""
    limit = current_app.config["MAX_CONTENT_LENGTH"]
    if limit and (request.content_length or 0) > limit:
        return _("At most %(limit)s MB are taken at once. Split the file, or ask your administrator to raise the limit.", limit=limit // 2**20)
    return _("This is too much to be taken at once. Shorten it, or save it in parts.")


def init_app(app: Flask) -> None:
    @app.errorhandler(Refused)
    def refused(error: Refused) -> tuple[str | Response, int]:
        if isinstance(error, Unknown):
            return _page(404, "not_found", _titles(404))
        return _page(error.status, error.code, sentence(error))

    @app.errorhandler(CSRFError)
    def csrf(error: CSRFError) -> tuple[str | Response, int]:
        return _page(400, "stale_form", _("This page had been open for too long. Go back, reload it and send it again."))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> tuple[str | Response, int] | HTTPException:
        status = error.code or 500
        if status < 400:
            return error
        return _page(status, {404: "not_found"}.get(status, f"http_{status}"), _titles(status))

    @app.errorhandler(OverflowError)
    @app.errorhandler(DataError)
    def no_such_number(error: Exception) -> tuple[str | Response, int]:
        """A number that no row can have (SQLite: OverflowError; PostgreSQL: 22003): in an address it leads nowhere, in a form it is unreadable."""
        beyond = "to SQLite INTEGER" in str(error) or getattr(getattr(error, "orig", None), "sqlstate", "") == "22003"
        if not beyond:
            return failed(error)
        db.session.rollback()  # PostgreSQL answers nothing more in a transaction that failed
        status, code = (404, "not_found") if request.method == "GET" else (400, "number_beyond")
        return _page(status, code, _titles(status))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> tuple[str | Response, int]:
        mark = secrets.token_hex(4)
        app.logger.exception("%s failed at %s", mark, request.path)
        if app.testing and app.config.get("PROPAGATE_EXCEPTIONS", True):
            raise error
        return _page(500, "failed", _titles(500), mark)
