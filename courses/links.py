"""Addresses that leave the browser: in mails, PDFs and QR codes."""

from __future__ import annotations

from typing import Any

from flask import current_app


def absolute(endpoint: str, **values: Any) -> str:
    """The full address of a page under ``BASE_URL``, with or without a request."""
    base = current_app.config["BASE_URL"].rstrip("/")
    return base + current_app.url_map.bind("localhost").build(endpoint, values)
