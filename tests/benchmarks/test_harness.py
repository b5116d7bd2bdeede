"""The benchmark harness runs on a handful of frames; no test here looks at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = {
    "group", "name", "ours", "peer", "peer_version", "ratio", "unit",
    "ours_value", "peer_value", "target", "met", "note", "skipped",
}  # fmt: skip


def run(tmp_path: Path, *arguments: str, recordings: str) -> dict:
    out = tmp_path / "bench.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "benchmarks", "--json", str(out), "--frames", "12",
            "--repeats", "1", "--least", "12", "--flood", "40", *arguments,
        ],
        cwd=ROOT,
        env={**os.environ, "ARGOSY_RECORDINGS": recordings},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(out.read_text())
    said["printed"] = done.stdout
    return said


@pytest.mark.timeout(120)
def test_generated_frames_end_in_the_right_books(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "frames", "universal", recordings=str(tmp_path))
    assert "seed" in said["frames"]
    assert "No recordings" in said["printed"]
    assert {"made_at", "machine", "frames", "rows"} <= set(said)
    for row in said["rows"]:
        assert set(row) == KEYS
        # Peers live in an environment of their own; ours must never be the reason.
        assert "ours" not in row["skipped"]
        assert row["skipped"] or row["ours"] is not None
    names = " ".join(row["name"] for row in said["rows"])
    for wanted in ("OKX", "Kraken v1", "Kraken v2", "USD-M", "spot", "32 venues"):
        assert wanted in names


@pytest.mark.timeout(120)
def test_the_socket_rows_end_in_the_right_book(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "socket", recordings=str(tmp_path))
    ours = [row for row in said["rows"] if not row["peer"]]
    assert [row["unit"] for row in ours] == ["us CPU/frame", "us wall/frame"]


@pytest.mark.timeout(120)
def test_the_router_rows_agree_with_their_witnesses(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "router", recordings=str(tmp_path))
    assert len(said["rows"]) == 9
    assert all(row["ours"] is not None for row in said["rows"])
    assert {row["peer"] for row in said["rows"]} == {"plain merge", "scipy HiGHS", ""}


@pytest.mark.timeout(120)
def test_the_arbitrage_rows_agree_with_a_plain_walk(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "arbitrage", recordings=str(tmp_path))
    assert len(said["rows"]) == 6
    assert not any(row["skipped"] for row in said["rows"])
    assert [row["peer"] for row in said["rows"]] == ["plain walk", ""] * 3


def test_algorithms_without_recordings_say_so(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "algorithms", recordings=str(tmp_path))
    assert [row["skipped"] for row in said["rows"]] == [
        "no recording of BTC trades",
        "no recording of ETH trades",
    ]


@pytest.mark.recordings
@pytest.mark.timeout(120)
def test_algorithms_on_recorded_trades(tmp_path: Path, recordings: Path) -> None:
    said = run(tmp_path, "--parts", "algorithms", recordings=str(recordings))
    rows = said["rows"]
    assert [row["unit"] for row in rows] == (["bps"] * 4 + ["us/input"] * 3) * 2
    assert {row["peer"] for row in rows} == {"all at once", "equal parts", ""}
    assert all(row["ours"] > 0 for row in rows)


@pytest.mark.timeout(120)
def test_the_pool_rows_read_what_others_read(tmp_path: Path) -> None:
    said = run(tmp_path, "--parts", "pools", recordings=str(tmp_path))
    assert [row["name"][:9] for row in said["rows"][:3]] == ["keep a v2", "keep a v3", "keep a v4"]
    assert all(row["ours"] > 0 for row in said["rows"][:3])
    assert len(said["rows"]) >= 11  # those against quoters need a chain, which may not be here
    for row in said["rows"]:
        asked = row["peer"] == "RPC quoter"
        assert (
            row["ours"] is not None or asked or row["skipped"].endswith("not installed beside us")
        )


@pytest.mark.recordings
@pytest.mark.timeout(120)
def test_recorded_frames_end_in_the_right_books(tmp_path: Path, recordings: Path) -> None:
    said = run(tmp_path, "--parts", "frames", recordings=str(recordings))
    assert said["frames"] == "recorded frames"
    assert all("ours" not in row["skipped"] for row in said["rows"])
