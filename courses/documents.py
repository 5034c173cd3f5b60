"""The certificate as a PDF, made once from its frozen values; many of them as a ZIP with an index."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import IO, Any

import segno
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from courses import certificate_words, certificates, notices, reports
from courses.dates import day_of
from courses.models import Certificate
from courses.reports import CertificateRow
from lms import audit, pdf, storage
from lms.authz import SYSTEM, Actor, Permission, require
from lms.db import db, transaction
from lms.errors import Refused, Unknown
from lms.i18n import local
from lms.jobs import Report
from lms.people.links import absolute
from lms.storage import StoredFile
from lms.tables import Column, Kind, Sheet, write_workbook

MOST_AT_ONCE = 20_000


def finish(certificate_id: int, *, now: datetime, issuing: bool = False) -> StoredFile:
    """Make and keep the PDF; a certificate that has one keeps it. :raises Refused: ``certificate_erased``.

    Its holder is told when it is drawn as part of ``issuing``, or by somebody who was quicker on the same day: not when a PDF
    that was never needed before is drawn years later for an export, and not of a certificate that is no longer valid.
    Drawn outside the transaction, so that nobody waits for the writing; if two draw it, the first is kept.
    """
    certificate = db.session.get(Certificate, certificate_id, options=[joinedload(Certificate.file)])
    if certificate is None:
        raise Unknown()
    if certificate.file is not None:
        return certificate.file
    if certificate.values.get("erased_on"):
        raise Refused("certificate_erased")
    content = drawn(certificate)
    with transaction():
        certificate = db.session.get_one(
            Certificate, certificate_id, with_for_update={"of": Certificate}, populate_existing=True
        )
        if certificate.file is None:
            file = storage.put(SYSTEM, content, f"certificate-{certificate.code}.pdf")
            certificate.file, certificate.pdf_sha256 = file, file.sha256
            db.session.flush()
            if (issuing or certificate.issued_on == day_of(now)) and certificate.revoked_at is None:
                notices.tell_certified(certificate)
        return certificate.file


def drawn(certificate: Certificate) -> bytes:
    """The PDF of the frozen values, in Chinese and English; the same values give the same bytes."""
    address = absolute("verify.show", code=certificate.code)
    values = certificate.values
    return pdf.render(
        "courses/certificate.html",
        code=certificate.code,
        values=values,
        words=certificate_words.words(),
        facts=certificate_words.facts(values),
        zh=values["chinese"],
        address=address,
        qr=segno.make(address, error="m").svg_data_uri(border=0, dark="#1d1c2b", omitsize=True),
    )


def bundle(
    actor: Actor, filters: dict[str, Any], today: date, report: Report, *, now: datetime
) -> StoredFile:
    """The certificates that the filters find among the people in scope, with an index sheet, as a ZIP.

    :raises Refused: ``no_certificates``, ``too_many_certificates``.
    """
    require(actor, Permission.CERTIFICATE_EXPORT)
    rows = [
        CertificateRow(*row)
        for row in db.session.execute(reports.certificates_query(actor, today, **filters))
    ]
    rows = [row for row in rows if not row.certificate.values.get("erased_on")]
    if not rows:
        raise Refused("no_certificates")
    if len(rows) > MOST_AT_ONCE:
        raise Refused("too_many_certificates", most=MOST_AT_ONCE)
    with tempfile.TemporaryFile() as file:
        _write_zip(file, rows, today, report, now)
        file.seek(0)
        with transaction():
            stored = storage.put(actor, file, f"certificates-{today.isoformat()}.zip")
            audit.record(actor, "certificate.export", "stored_file", stored.id, certificates=len(rows))
            report(len(rows), len(rows))
    return stored


def _write_zip(
    file: IO[bytes], rows: Sequence[CertificateRow], today: date, report: Report, now: datetime
) -> None:
    names: dict[int, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for done, row in enumerate(rows):
            names[row.certificate.id] = _file_name(row)
            archive.writestr(names[row.certificate.id], storage.read(finish(row.certificate.id, now=now)))
            if done % 20 == 0:
                report(done, len(rows))
        with tempfile.TemporaryFile() as index:
            write_workbook(index, [Sheet(_("Certificates"), _index_columns(names, today), rows)])
            index.seek(0)
            archive.writestr("index.xlsx", index.read())


def _file_name(row: CertificateRow) -> str:
    """A name without path or mark that an unpacking program could misread."""
    parts = [row.person.number, row.person.name, row.course.code, row.certificate.code]
    return "_".join(re.sub(r"[^\w-]+", "-", part).strip("-_")[:60] or "x" for part in parts) + ".pdf"


def _index_columns(names: dict[int, str], today: date) -> list[Column]:
    return [
        Column("number", _("Person number"), value=lambda row: row.person.number),
        Column("name", _("Name"), value=lambda row: row.certificate.values["person"]["name"]),
        Column("course", _("Course code"), value=lambda row: row.course.code),
        Column("title", _("Course"), value=lambda row: local(row.certificate.values["course"]["title"])),
        Column(
            "completed",
            _("Completed on"),
            Kind.DATE,
            value=lambda row: date.fromisoformat(row.certificate.values["completed_on"]),
        ),
        Column("issued", _("Issued on"), Kind.DATE, value=lambda row: row.certificate.issued_on),
        Column("expires", _("Valid until"), Kind.DATE, value=lambda row: row.certificate.expires_on),
        Column("state", _("State"), value=lambda row: state_word(certificates.state(row.certificate, today))),
        Column("code", _("Certificate number"), value=lambda row: row.certificate.code),
        Column("file", _("File"), value=lambda row: names[row.certificate.id]),
        Column("sha256", "SHA-256", value=lambda row: row.certificate.pdf_sha256),
    ]


def state_word(state: str) -> str:
    return {"valid": _("valid"), "expired": _("expired"), "revoked": _("revoked")}[state]
