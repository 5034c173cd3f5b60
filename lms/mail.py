"""Mail: promised with the transaction that causes it, delivered by a job, in the reader's language."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterable, Sequence
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template
from sqlalchemy import delete

from lms import jobs
from lms.authz import SYSTEM
from lms.db import db, in_parts, transaction
from lms.i18n import speaking

Addressee = TypeVar("Addressee")
"""A row that says who gets a mail, and about what."""


def send(to: str, template: str, *, locale: str | None, matter: str | None = None, **context: Any) -> None:
    """Promise a mail inside the current transaction. Its address and words are forgotten once it is delivered, or has failed.

    ``template`` names a pair under ``emails/``: ``<template>.txt`` whose first line is the subject.
    ``matter`` says what it belongs to, for :func:`take_back`.
    """
    with speaking(locale):
        text = render_template(f"{template}.txt", **context)
    subject, _, body = text.strip().partition("\n")
    more = {"matter": matter} if matter else {}
    jobs.promise(SYSTEM, "mail.deliver", to=to, subject=subject.strip(), body=body.strip() + "\n", **more)


def take_back(matter: str) -> None:
    """Delete the mails of a matter that nobody has begun to deliver."""
    mails = (jobs.Job.kind == "mail.deliver", jobs.Job.state == "queued", jobs.Job.params["matter"].as_string() == matter)
    db.session.execute(delete(jobs.Job).where(*mails).execution_options(synchronize_session=False))


@jobs.handler("mail.deliver", forgets=True)
def _deliver(params: dict[str, Any], _report: jobs.Report) -> None:
    message = EmailMessage()
    message["To"], message["Subject"] = params["to"], params["subject"]
    message["From"] = current_app.config["MAIL_SENDER"]
    message["Date"], message["Message-ID"] = formatdate(localtime=False), make_msgid(domain="needle.local")
    message.set_content(params["body"])
    if current_app.config["SMTP_URL"]:
        _by_smtp(message, current_app.config["SMTP_URL"])
    else:
        _to_file(message)


def _to_file(message: EmailMessage) -> None:
    """Without an SMTP server mails are kept under ``var/mail`` and shown on the console."""
    folder = current_app.config["VAR"] / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    name = str(message["Message-ID"]).strip("<>").split("@")[0]
    (folder / f"{name}.eml").write_bytes(bytes(message))
    current_app.logger.warning("mail to %s: %s\n%s", message["To"], message["Subject"], message.get_content())


def in_parts_to(
    ids: Sequence[int], load: Callable[[list[int]], Iterable[Addressee]], send_to: Callable[[Addressee], None], report: jobs.Report
) -> None:
    """Promise a mail to each of many, some hundred in a transaction: what is cut short has told the first of them once."""
    told = 0
    for some in in_parts(ids, 200):
        with transaction():
            for addressee in load(some):
                send_to(addressee)
            told += len(some)
            report(told, len(ids))


def _by_smtp(message: EmailMessage, url: str) -> None:
    """``smtp://``, ``smtp+starttls://`` or ``smtps://user:password@host:port``; gives up after 20 seconds."""
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or (465 if parts.scheme == "smtps" else 25)
    tls = ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=20, context=tls)
    else:
        server = smtplib.SMTP(host, port, timeout=20)
    with server:
        if parts.scheme == "smtp+starttls":
            server.starttls(context=tls)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(message)
