"""What talks with a model's customer give the room of role-plays: pages, the job that asks for scores, sentences of refusal."""

from __future__ import annotations

from flask import Flask

from assessments.roleplays.conversations import models
from assessments.roleplays.conversations.endpoint import endpoint

__all__ = ["models", "register"]


def register(app: Flask) -> None:
    """:raises SettingInvalid: if the settings of the language model cannot be used."""
    endpoint(app.config)
