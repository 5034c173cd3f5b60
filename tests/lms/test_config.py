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


def test_two_that_start_at_once_share_one_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def while_another_is_faster(_size: int) -> str:
        (tmp_path / "var" / "secret_key").write_text("theirs")
        return "ours"

    monkeypatch.setenv("NEEDLE_VAR", str(tmp_path / "var"))
    monkeypatch.setattr(config.secrets, "token_urlsafe", while_another_is_faster)
    assert config.settings()["SECRET_KEY"] == "theirs"
    assert [file.name for file in (tmp_path / "var").glob(".*")] == []
