"""The library's notices, sent as our own mails in the reader's language."""

from __future__ import annotations

from typing import Any

from flask_security.mail_util import MailUtil

from lms import mail


class NoticeMails(MailUtil):
    def send_mail(
        self, template: str, subject: str, recipient: Any, sender: Any, body: str | None, html: str | None, **kwargs: Any
    ) -> None:
        """The template is worded again in the language of the person it goes to."""
        person = kwargs["user"]
        if person.email:
            mail.send(person.email, template, locale=person.locale, person=person)
