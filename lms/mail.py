"""Mail: promised with the transaction that causes it, delivered by a job, in the reader's language."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, render_template

from lms import jobs
from lms.authz import SYSTEM
from lms.i18n import speaking


def send(to: str, template: str, *, locale: str | None, **context: Any) -> None:
    """Promise a mail inside the current transaction.

    ``template`` names a pair under ``emails/``: ``<template>.txt`` whose first line is the subject.
    """
    with speaking(locale):
        text = render_template(f"{template}.txt", **context)
    subject, _, body = text.strip().partition("\n")
    jobs.promise(SYSTEM, "mail.deliver", to=to, subject=subject.strip(), body=body.strip() + "\n")


@jobs.handler("mail.deliver")
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
