"""Transactions in a file, as desks kept them before the journal had them: each line is one as it
then was. Only read, and put away once it was taken over.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from argosy.errors import ConfigError
from argosy.net.tx_journal import Transaction, TxState

try:
    import fcntl
except ImportError:  # Windows: nobody keeps a second process away there
    fcntl = None  # type: ignore[assignment]


class _Line(msgspec.Struct, frozen=True, kw_only=True):
    chain_id: int
    address: str
    transaction: Transaction


class TxFile:
    """The file of one address on one chain. A line cut short by a crash at the end was never acted
    on, and is passed over; one anywhere else is damage, and is said.
    """

    def __init__(self, path: Path, chain_id: int, address: str) -> None:
        self.path = path
        self._chain_id = chain_id
        self._address = address.lower()

    @contextlib.contextmanager
    def read(self) -> Iterator[list[Transaction]]:
        """Every transaction as it was last, by nonce; nobody else writes the file meanwhile.

        Raises:
            ConfigError: it is in use, cannot be read, is damaged, or is another chain's or
                address's.
        """
        try:
            file = self.path.open("rb")
        except OSError as e:
            raise ConfigError(f"{self.path} cannot be read: {e.strerror}") from e
        with file:
            if fcntl is not None:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise ConfigError(
                        f"{self.path} is in use: one process at a time may send from"
                        f" {self._address}; stop the other"
                    ) from None
            found: dict[int, Transaction] = {}
            for line in file:
                if line.endswith(b"\n"):
                    transaction = self._parse(line)
                    found[transaction.nonce] = transaction
            ids = {
                each.request.id: each  # where a nonce was lost to others, the last one counts
                for _, each in sorted(found.items())
                if each.state is not TxState.REFUSED
            }
            yield sorted(ids.values(), key=lambda each: each.nonce)

    def put_away(self) -> Path:
        """Give it a name under which nobody looks for it; returns that.

        Raises:
            ConfigError: its folder cannot be written.
        """
        number, path = 1, self.path.with_name(f"{self.path.name}.taken")
        while path.exists():
            number += 1
            path = self.path.with_name(f"{self.path.name}.taken{number}")
        try:
            self.path.rename(path)
        except OSError as e:
            raise ConfigError(
                f"{self.path} is in the journal now, and cannot be renamed ({e.strerror}); move it"
                " away"
            ) from e
        return path

    def _parse(self, line: bytes) -> Transaction:
        try:
            told = msgspec.json.decode(line, type=_Line)
        except msgspec.MsgspecError as e:
            raise ConfigError(f"{self.path} is damaged ({e}); restore it before sending") from e
        if (told.chain_id, told.address) != (self._chain_id, self._address):
            raise ConfigError(
                f"{self.path} is of {told.address} on chain {told.chain_id},"
                f" not of {self._address} on {self._chain_id}; give each its own file"
            )
        return told.transaction
