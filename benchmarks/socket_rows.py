"""The same over a loopback WebSocket: a flood from another process, CPU and wall time a frame."""

import itertools
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.flood import save
from benchmarks.rewrite import okx_there_and_back
from benchmarks.rows import Row, Target, compared, skipped
from benchmarks.socket_client import CLIENTS
from benchmarks.streams import PlainBook, Stream, Wire, read

GROUP = "loopback WebSocket"
SOCKET = Target(text="<= 6 us CPU", most_ours=6.0)
BARE = "our reader on bare picows"
ROOT = Path(__file__).resolve().parent.parent


def measure(stream: Stream, repeats: int, frames: int, folder: Path) -> list[Row]:
    """Ours and each peer receive the same flood of one OKX stream, in turn."""
    flood = list(itertools.islice(okx_there_and_back(stream), frames))
    last = int(re.findall(rb'"seqId":(\d+)', flood[-1])[0])
    wanted = _best((*stream.opening, *flood))
    path = folder / "flood.frames"
    save((*stream.opening, *flood), path)
    title = f"{stream.title} over a socket ({stream.levels_a_frame:.1f} levels)"
    found: dict[str, list[dict[str, Any]]] = {who: [] for who in CLIENTS}
    failed: dict[str, str] = {}
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.flood", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        for turn in range(repeats):
            order = list(CLIENTS)
            for who in order[turn % len(order) :] + order[: turn % len(order)]:
                if who in failed:
                    continue
                said = _client(who, port, frames, last)
                if "failed" in said:
                    failed[who] = said["failed"]
                elif said["best"] != wanted:
                    failed[who] = f"it ended in another book: {said['best'][0]}, not {wanted[0]}"
                else:
                    found[who].append(said)
    finally:
        server.communicate(timeout=30)
    return _rows(title, found, failed)


def _rows(title: str, found: dict[str, list[dict[str, Any]]], failed: dict[str, str]) -> list[Row]:
    ours, *peers = CLIENTS
    if ours in failed or not found[ours]:
        return [skipped(GROUP, title, "", failed.get(ours, "nothing was received"))]
    about = f"{found[ours][0]['note']}; updates and their undoing in turn, so every book is real"
    rows = []
    for unit, key in (("us CPU/frame", "cpu_us"), ("us wall/frame", "wall_us")):
        own = statistics.median(said[key] for said in found[ours])
        target = SOCKET if key == "cpu_us" else None
        rows.append(compared(GROUP, title, unit, own, target=target, note=about))
        for who in peers:
            if who in failed or not found[who]:
                continue
            theirs = statistics.median(said[key] for said in found[who])
            first = found[who][0]
            peer = BARE if who == "bare" else who
            rows.append(
                compared(
                    GROUP, title, unit, own, peer, first["version"], theirs, note=first["note"]
                )
            )
    rows += [skipped(GROUP, title, who, why) for who, why in failed.items()]
    return rows


def _client(who: str, port: str, frames: int, last: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.socket_client", who, port, str(frames), str(last)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=120,
    )
    lines = done.stdout.strip().splitlines()
    if not lines:
        return {"failed": f"ended with {done.returncode}: {done.stderr[-300:]}"}
    said: dict[str, Any] = json.loads(lines[-1])
    return said


def _best(frames: tuple[bytes, ...]) -> list[list[str]]:
    book = PlainBook()
    for frame in frames:
        _, snapshot, bids, asks = read(Wire.OKX, frame)
        book.apply(snapshot, bids, asks)
    return [[str(float(x)) for x in level] for side in book.sides() for level in side[:5]]
