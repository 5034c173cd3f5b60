"""The certificate as a PDF: made once from its frozen values, hashed and kept."""

from __future__ import annotations

from datetime import datetime

from courses import notices
from courses.models import Certificate
from lms import storage
from lms.authz import SYSTEM
from lms.db import db, transaction
from lms.errors import Unknown
from lms.storage import StoredFile


def finish(certificate_id: int, *, now: datetime) -> StoredFile:
    """Make and keep the PDF, and tell its holder; a certificate that has one keeps it."""
    with transaction():
        certificate = db.session.get(
            Certificate, certificate_id, with_for_update=True, populate_existing=True
        )
        if certificate is None:
            raise Unknown()
        if certificate.file is not None:
            return certificate.file
        file = storage.put(SYSTEM, b"%PDF", f"{certificate.code}.pdf")
        certificate.file, certificate.pdf_sha256 = file, file.sha256
        notices.tell_certified(certificate)
    return file
