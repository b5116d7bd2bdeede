"""Whoever reads a stream's frames into books: us, each peer, and the floor; and how they are timed.

CPU time of this thread, garbage collector off, a fresh book each pass, openings untimed.
"""

import gc
import struct
import subprocess
import time
from abc import ABC, abstractmethod
from decimal import Decimal
from pathlib import Path

from benchmarks.streams import Sides, Stream, Wire


class NotMeasured(Exception):
    """A row that cannot be measured here; the message says why."""


class Contender(ABC):
    """One reading of a stream."""

    name: str
    version: str
    note: str = ""
    whole = True  # keeps the whole book: its depth can be compared too

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    @abstractmethod
    def measure(self, passes: int) -> float:
        """CPU ns a frame over this many passes; the books are left as the last pass made them."""

    @abstractmethod
    def book(self, wire: str) -> Sides:
        """The book of a pair after the last pass, best first."""


class InProcess(Contender):
    """A contender that runs in this interpreter."""

    @abstractmethod
    def open(self) -> None:
        """Fresh books, openings applied."""

    @abstractmethod
    def run(self) -> None:
        """Read every frame."""

    def measure(self, passes: int) -> float:
        spent = 0
        gc.collect()
        gc.disable()
        try:
            for _ in range(passes):
                self.open()
                began = time.thread_time_ns()
                self.run()
                spent += time.thread_time_ns() - began
        finally:
            gc.enable()
        return spent / (passes * len(self.stream.frames))


class Floor(Contender):
    """The plain C++ program, in a process of its own; it times itself the same way."""

    name = "C++ floor"
    version = "C++17 -O3"
    note = "scan and apply only: no checksum, no continuity, no errors"

    def __init__(self, stream: Stream, program: Path | None, folder: Path) -> None:
        super().__init__(stream)
        if program is None:
            raise NotMeasured("no C++ compiler (g++ or c++) on this machine")
        self.program = program
        self.file = folder / f"{stream.key}.frames"
        with self.file.open("wb") as file:
            file.write(struct.pack("=II", len(stream.opening), len(stream.frames)))
            for frame in (*stream.opening, *stream.frames):
                file.write(struct.pack("=I", len(frame)))
                file.write(frame)
        self.books: dict[str, Sides] = {}
        self.depths: dict[str, tuple[int, int]] = {}

    def measure(self, passes: int) -> float:
        wire = self.stream.wire
        name = "kraken-v1" if wire is Wire.KRAKEN_V1 else wire.value
        said = subprocess.run(
            [
                str(self.program),
                name,
                str(self.stream.depth),
                str(passes),
                str(self.file),
                *self.decimals(),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        current: Sides = ([], [])
        for line in said[1:]:
            what, *rest = line.split()
            if what == "book":
                # A v1 symbol such as XBT/USD is escaped on the wire as XBT\/USD by some writers.
                symbol = rest[0].replace("\\/", "/")
                current = self.books[symbol] = ([], [])
                self.depths[symbol] = (int(rest[1]), int(rest[2]))
            else:
                level = (Decimal(rest[0]).scaleb(-8), Decimal(rest[1]).scaleb(-8))
                current[0 if what == "bid" else 1].append(level)
        return float(said[0].split()[1])

    def decimals(self) -> list[str]:
        """What the program needs to verify checksums; nothing: it does not."""
        return []

    def book(self, wire: str) -> Sides:
        return self.books[wire]


class CheckedFloor(Floor):
    """The same, verifying Kraken's checksum on every frame: what we do, like for like."""

    name = "C++ floor, checksum"
    note = "scan, apply and verify the CRC-32; no continuity, no errors"

    def __init__(self, stream: Stream, program: Path | None, folder: Path) -> None:
        if stream.wire.venue != "kraken":
            raise NotMeasured("only Kraken's checksum is in the floor program")
        super().__init__(stream, program, folder)

    def decimals(self) -> list[str]:
        pairs = self.stream.pairs
        return [",".join(f"{p.wire}:{p.price_decimals}:{p.size_decimals}" for p in pairs)]


def agree(contender: Contender, wanted: dict[str, Sides], levels: int = 10) -> str:
    """Empty when the contender's books are the right ones; else where they differ.

    Ten best levels a side, price and size; whole depth too where the contender keeps it. Peers
    that hold floats are compared as floats.
    """
    for wire, sides in wanted.items():
        found = contender.book(wire)
        depths = getattr(contender, "depths", {}).get(wire) or tuple(map(len, found))
        for which, right, seen, depth in zip(("bid", "ask"), sides, found, depths, strict=True):
            for place, (a, b) in enumerate(zip(right[:levels], seen[:levels], strict=False)):
                if float(a[0]) != float(b[0]) or float(a[1]) != float(b[1]):
                    return f"{wire}: {which} {place} is {b[0]} x {b[1]}, not {a[0]} x {a[1]}"
            if len(seen) < min(levels, len(right)):
                return f"{wire}: {len(seen)} {which}s, not {len(right)}"
            if contender.whole and depth != len(right):
                return f"{wire}: {depth} {which}s, not {len(right)}"
    return ""
