"""What the settings make of the machine they are read on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lms import config


def test_the_data_folder_is_for_whoever_runs_needle_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEEDLE_VAR", str(tmp_path / "var"))
    config.settings()
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
    assert (tmp_path / "var" / "secret_key").stat().st_mode & 0o077 == 0
