"""Recordings are found where they are said to be, and their absence is told."""

from pathlib import Path

import pytest

from argosy.testing import recordings


def test_beside_the_checkout_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("ARGOSY_RECORDINGS", raising=False)
    assert recordings.folder(tmp_path / "argosy") == tmp_path / "shared" / "recordings"
    monkeypatch.setenv("ARGOSY_RECORDINGS", str(tmp_path))
    assert recordings.folder(Path("/anywhere")) == tmp_path
    assert recordings.missing(tmp_path) == ""
    assert "ARGOSY_RECORDINGS" in recordings.missing(tmp_path / "none")


def test_feeds_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ARGOSY_RECORDINGS", str(tmp_path))
    (tmp_path / "feeds").mkdir()
    for name in ("OKX.jsonl.zst", "KRAKEN.jsonl", "README.md"):
        (tmp_path / "feeds" / name).touch()
    assert [path.name for path in recordings.feeds(tmp_path)] == ["KRAKEN.jsonl", "OKX.jsonl.zst"]
    assert [path.name for path in recordings.feeds(tmp_path, "okx")] == ["OKX.jsonl.zst"]
