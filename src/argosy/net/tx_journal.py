"""Transactions of one address, as values and on disk: what was signed is written down before it is
sent, so that no nonce is used twice whatever breaks. Talks to no node.
"""

import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Literal

import msgspec

from argosy.errors import ConfigError, NotSent
from argosy.model import Nanos

try:
    import fcntl
except ImportError:  # Windows: nobody keeps a second process away there
    fcntl = None  # type: ignore[assignment]


class TxState(StrEnum):
    """How far a transaction is."""

    PENDING = "pending"  # signed; with the nodes, or on its way to them
    MINED = "mined"  # in a block that may still be reorganised away
    DONE = "done"
    REVERTED = "reverted"  # in the chain, and its contract refused: the gas is paid
    CANCELLED = "cancelled"  # our cancellation is in the chain instead
    REPLACED = "replaced"  # a transaction that is not ours has its nonce
    REFUSED = "refused"  # no node took it; its nonce is free

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {TxState.PENDING, TxState.MINED}


class TxRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to do. `to` None creates a contract; amounts in wei; `data` is 0x hex."""

    id: str  # ours; the same one is never carried out twice
    to: str | None
    value: int = 0
    data: str = "0x"
    gas: int = 21_000
    expires_ns: Nanos | None = None  # not sent again after this; its nonce is then filled


class Attempt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One signed form of it; all have the same nonce, so that one at most gets into the chain."""

    kind: Literal["send", "speed_up", "cancel"]
    hash: str
    raw: str  # 0x hex
    max_fee: int
    priority_fee: int
    at_block: int  # the newest block when it was sent


class Transaction(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A request, its nonce, and what became of it."""

    request: TxRequest
    nonce: int
    attempts: tuple[Attempt, ...]
    state: TxState = TxState.PENDING
    mined_hash: str = ""
    block_number: int = 0
    block_hash: str = ""
    gone_block: int = 0  # when its nonce was first seen used by none of ours
    note: str = ""  # the last trouble, for people

    @property
    def last(self) -> Attempt:
        """The attempt that should get in: each one pays more than those before it."""
        return self.attempts[-1]


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    chain_id: int
    address: str
    transaction: Transaction


class TxJournal:
    """An append-only file of one address on one chain: each line is a transaction as it then was.

    Opened by one process at a time. A line cut short by a crash at the end was never acted on, and
    is dropped; one anywhere else is damage, and is said.
    """

    def __init__(self, path: Path, chain_id: int, address: str) -> None:
        self.path = path
        self._chain_id = chain_id
        self._address = address.lower()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        if fcntl is not None:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise ConfigError(
                    f"{path} is in use: one process at a time may send from {address}"
                ) from None

    def read(self) -> dict[int, Transaction]:
        """Every transaction by nonce, as it was last; lower nonces first.

        Raises:
            ConfigError: the file is damaged, or another chain's or address's.
        """
        self._file.seek(0)
        found: dict[int, Transaction] = {}
        whole = 0
        for line in self._lines():
            told = self._parse(line)
            found[told.transaction.nonce] = told.transaction
            whole += len(line)
        self._file.truncate(whole)
        return {
            nonce: each for nonce, each in sorted(found.items()) if each.state != TxState.REFUSED
        }

    def _lines(self) -> Iterator[bytes]:
        for line in self._file:
            if line.endswith(b"\n"):
                yield line

    def _parse(self, line: bytes) -> _Line:
        try:
            told = msgspec.json.decode(line, type=_Line)
        except msgspec.MsgspecError as e:
            raise ConfigError(f"{self.path} is damaged ({e}); restore it before sending") from e
        if (told.chain_id, told.address) != (self._chain_id, self._address):
            raise ConfigError(
                f"{self.path} is of {told.address} on chain {told.chain_id},"
                f" not of {self._address} on {self._chain_id}; give each its own file"
            )
        return told

    def write(self, transaction: Transaction) -> None:
        """Have it on disk before returning.

        Raises:
            NotSent: the disk did not take it; so nothing may be sent.
        """
        line = _Line(chain_id=self._chain_id, address=self._address, transaction=transaction)
        try:
            self._file.write(msgspec.json.encode(line) + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as e:
            raise NotSent(f"{self.path} could not be written ({e}); nothing was sent") from e

    def close(self) -> None:
        """Let others have it."""
        self._file.close()
