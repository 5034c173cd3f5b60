"""Lets the rollout planner into the house."""

from __future__ import annotations

from flask import Flask

from effects.rollouts import models

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    """Called by the roof."""
