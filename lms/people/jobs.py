"""What the worker does for people: mails with links."""

from __future__ import annotations

from typing import Any

from lms import jobs
from lms.authz import SYSTEM
from lms.db import transaction
from lms.people import services


@jobs.handler("people.send_invitations")
def send_invitations(params: dict[str, Any], _report: jobs.Report) -> None:
    with transaction():
        services.send_invitations(SYSTEM, params["person_ids"])


@jobs.handler("people.send_link")
def send_link(params: dict[str, Any], _report: jobs.Report) -> None:
    with transaction():
        services.send_link(SYSTEM, params["identity"])
