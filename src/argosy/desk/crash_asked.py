"""What a crash campaign's desks were asked for, written down before each is begun.

The journal cannot be its own witness: what the venues have and nobody asked for was begun twice.
"""

import os
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.model.money import ZERO

_NAME = "asked.jsonl"


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is about to be begun, under an id chosen beforehand."""

    id: str
    kind: str  # order, work, route, basket, pair, schedule or transfer
    amount: Decimal = ZERO  # of a transfer


class Notebook:
    """Appends to the folder's list. A line is the system's at once: SIGKILL takes none."""

    def __init__(self, folder: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        self._file = os.open(Path(folder) / _NAME, flags, 0o600)

    def write(self, asked: Asked) -> None:
        """Remember one more."""
        os.write(self._file, msgspec.json.encode(asked) + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def read(folder: Path) -> list[Asked]:
    """Everything that was asked for, by every process, in order."""
    lines = (folder / _NAME).read_bytes().splitlines() if (folder / _NAME).exists() else []
    return [msgspec.json.decode(line, type=Asked) for line in lines]
