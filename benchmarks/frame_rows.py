"""CPU per frame from raw frame to updated book, in one process, with no network."""

import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks.contenders import CheckedFloor, Contender, Floor, NotMeasured, agree
from benchmarks.ours import Ours
from benchmarks.peer_ccxt import Ccxt, CcxtHandler
from benchmarks.peer_cryptofeed import Cryptofeed
from benchmarks.peer_nautilus import Nautilus
from benchmarks.rows import Row, Target, compared, skipped
from benchmarks.streams import Stream, Wire, final_books

GROUP = "raw frame to book"
FLOOR = Target(text="<= 3x the floor", least_ratio=1 / 3)


def _target(stream: Stream, peer: str) -> Target | None:
    """What the project set itself for this stream against this peer."""
    if peer in {Ccxt.name, CcxtHandler.name}:
        least = {Wire.OKX: 15, Wire.KRAKEN_V2: 10}.get(stream.wire, 0)
    elif peer in {Floor.name, CheckedFloor.name}:
        # The floor leaves out OKX's old checksum, which we verify on the recorded bytes.
        return None if stream.wire is Wire.OKX_2022 else FLOOR
    else:
        least = {Cryptofeed.name: 20, Nautilus.name: 30}[peer]
    return Target(text=f">= {least}", least_ratio=least) if least else None


def measure(
    streams: list[Stream], repeats: int, least_frames: int, floor: Path | None, folder: Path
) -> list[Row]:
    """All streams against all contenders. Only what ends in the right book is reported."""
    rows: list[Row] = []
    for stream in streams:
        rows += _measure(stream, repeats, least_frames, floor, folder)
    return rows


def _measure(
    stream: Stream, repeats: int, least_frames: int, floor: Path | None, folder: Path
) -> list[Row]:
    name = f"{stream.title} ({stream.levels_a_frame:.1f} levels, {stream.bytes_a_frame:.0f} B)"
    wanted = final_books(stream)
    makers: list[tuple[str, Callable[[], Contender]]] = [
        (CcxtHandler.name, lambda: CcxtHandler(stream)),
        (Ccxt.name, lambda: Ccxt(stream)),
        (Cryptofeed.name, lambda: Cryptofeed(stream)),
        (Nautilus.name, lambda: Nautilus(stream)),
        (Floor.name, lambda: Floor(stream, floor, folder)),
    ]
    if stream.wire.venue == "kraken":
        makers.append((CheckedFloor.name, lambda: CheckedFloor(stream, floor, folder)))
    ours = Ours(stream)
    ours.measure(1)
    wrong = agree(ours, wanted) or ours.checks()
    if wrong:
        return [skipped(GROUP, name, "", f"ours ended in another book: {wrong}")]
    rows: list[Row] = []
    running: list[Contender] = []
    for peer, make in makers:
        try:
            contender = make()
            contender.measure(1)
        except NotMeasured as e:
            rows.append(skipped(GROUP, name, peer, str(e)))
            continue
        except Exception as e:  # a peer that cannot read the frames is a row, not our failure
            rows.append(skipped(GROUP, name, peer, f"{type(e).__name__}: {e}"))
            continue
        wrong = agree(contender, wanted)
        if wrong:
            rows.append(skipped(GROUP, name, peer, f"it ended in another book: {wrong}"))
        else:
            running.append(contender)
    figures = interleaved([ours, *running], repeats, max(1, least_frames // len(stream.frames)))
    if not running:
        rows.append(compared(GROUP, name, "us/frame", figures[0], note=stream.note))
    for contender, value in zip(running, figures[1:], strict=True):
        note = "; ".join(part for part in (contender.note, stream.note) if part)
        rows.append(
            compared(
                GROUP,
                name,
                "us/frame",
                figures[0],
                contender.name,
                contender.version,
                value,
                _target(stream, contender.name),
                note,
            )
        )
    if ours.checks():
        return [skipped(GROUP, name, "", f"ours went wrong: {ours.checks()}")]
    return rows


def interleaved(contenders: list[Contender], repeats: int, passes: int) -> list[float]:
    """Median CPU us a frame of each, measured in turn so that a noisy minute hits all alike."""
    found: list[list[float]] = [[] for _ in contenders]
    for turn in range(repeats):
        for i in range(len(contenders)):
            which = (i + turn) % len(contenders)
            found[which].append(contenders[which].measure(passes) / 1000)
    return [statistics.median(values) for values in found]
