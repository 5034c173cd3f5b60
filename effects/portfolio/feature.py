"""Lets the portfolio into the house."""

from __future__ import annotations

from flask import Flask

from effects.portfolio import models

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    """Its tables are known from here on."""
