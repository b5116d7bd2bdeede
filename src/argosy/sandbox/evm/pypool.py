"""Transactions that wait for a block: who is taken, who replaces whom, in which order they come.
Executes nothing; what an account has is told to it.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

MOST = 4_096
ARRIVALS = 4_096  # remembered for streams
REPLACES_PERCENT = 10  # more that a replacement pays, of both of its fees

Nonces = Callable[[bytes], int]  # the next nonce of an account, by what is mined


class PoolRefused(Exception):
    """It is not taken; in the words of nodes."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A signed transaction. `transaction` is the library's own object; fees in wei."""

    name: bytes  # its hash
    sender: bytes
    nonce: int
    gas: int
    max_fee: int
    max_tip: int
    transaction: Any

    def tip(self, base_fee: int) -> int:
        """What it leaves above the base fee; below 0: it cannot be mined now."""
        return min(self.max_tip, self.max_fee - base_fee)


def waiting(transaction: Any) -> Waiting:
    """One to wait. Old-style transactions have but one price, which is both of the fees."""
    return Waiting(
        name=transaction.hash,
        sender=transaction.sender,
        nonce=transaction.nonce,
        gas=transaction.gas,
        max_fee=transaction.max_fee_per_gas,
        max_tip=transaction.max_priority_fee_per_gas,
        transaction=transaction,
    )


class Pool:
    """What waits, by sender and nonce."""

    def __init__(self, *, fifo: bool = False) -> None:
        self.fifo = fifo  # in the order they came, whatever they pay
        self._by_sender: dict[bytes, dict[int, Waiting]] = {}
        self._names: dict[bytes, tuple[bytes, int]] = {}
        self._numbers: dict[bytes, int] = {}  # in which order they came
        self._count = itertools.count(1)
        self._arrivals: deque[tuple[int, Any]] = deque(maxlen=ARRIVALS)

    def __len__(self) -> int:
        return len(self._names)

    def find(self, name: bytes) -> Waiting | None:
        """One by its hash."""
        if name not in self._names:
            return None
        sender, nonce = self._names[name]
        return self._by_sender[sender][nonce]

    def add(self, new: Waiting, next_nonce: int) -> None:
        """Take one in, in place of the one that has its nonce. Raises PoolRefused."""
        if new.name in self._names:
            raise PoolRefused("already known")
        if new.nonce < next_nonce:
            raise PoolRefused(f"nonce too low: next nonce {next_nonce}, tx nonce {new.nonce}")
        old = self._by_sender.get(new.sender, {}).get(new.nonce)
        if old is not None:
            for was, offered in ((old.max_fee, new.max_fee), (old.max_tip, new.max_tip)):
                if offered * 100 < was * (100 + REPLACES_PERCENT):
                    raise PoolRefused("replacement transaction underpriced")
            self.drop(old.name)
        elif len(self) >= MOST:
            raise PoolRefused("txpool is full")
        self._by_sender.setdefault(new.sender, {})[new.nonce] = new
        self._names[new.name] = (new.sender, new.nonce)
        self._numbers[new.name] = self.notice(new.transaction)

    def notice(self, transaction: Any) -> int:
        """Remember that one came, be it for a moment only; the number of its arrival."""
        number = next(self._count)
        self._arrivals.append((number, transaction))
        return number

    def drop(self, name: bytes) -> bool:
        """Forget one; whether it was there."""
        if name not in self._names:
            return False
        sender, nonce = self._names.pop(name)
        del self._numbers[name]
        del self._by_sender[sender][nonce]
        if not self._by_sender[sender]:
            del self._by_sender[sender]
        return True

    def settle(self, nonces: Nonces) -> None:
        """Forget those whose nonce is used by now."""
        for each in tuple(self):
            if each.nonce < nonces(each.sender):
                self.drop(each.name)

    def next_nonce(self, sender: bytes, mined: int) -> int:
        """The first nonce that neither a block nor anything waiting has."""
        theirs = self._by_sender.get(sender, {})
        while mined in theirs:
            mined += 1
        return mined

    def block(self, base_fee: int, gas_limit: int, nonces: Nonces) -> list[Any]:
        """The transactions of the next block: who pays most comes first, each sender's in the order
        of their nonces, as many as fit by the gas they may use.
        """
        following = {sender: nonces(sender) for sender in self._by_sender}
        found: list[Any] = []
        while following:
            ready = [
                each
                for sender, nonce in following.items()
                if (each := self._by_sender[sender].get(nonce)) is not None
                and each.tip(base_fee) >= 0
                and each.gas <= gas_limit
            ]
            if not ready:
                break
            best = min(ready, key=lambda each: self._rank(each, base_fee))
            found.append(best.transaction)
            gas_limit -= best.gas
            following[best.sender] += 1
        return found

    def _rank(self, each: Waiting, base_fee: int) -> tuple[int, int]:
        return (0 if self.fifo else -each.tip(base_fee), self._numbers[each.name])

    def sorted(self, nonces: Nonces) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
        """What could be mined, and what waits for a nonce before it: by sender, by nonce."""
        pending: dict[str, dict[str, Any]] = {}
        queued: dict[str, dict[str, Any]] = {}
        for sender, theirs in self._by_sender.items():
            first_gap = self.next_nonce(sender, nonces(sender))
            for nonce in sorted(theirs):
                where = pending if nonce < first_gap else queued
                told = where.setdefault("0x" + sender.hex(), {})
                told[str(nonce)] = theirs[nonce].transaction
        return pending, queued

    def arrivals(self, since: int) -> tuple[int, list[Any]]:
        """The transactions that came after arrival number `since`, be they here or not any more,
        and the newest one's number.
        """
        found = [(number, each) for number, each in self._arrivals if number > since]
        return (found[-1][0] if found else since), [each for _, each in found]

    def __iter__(self) -> Iterator[Waiting]:
        for theirs in self._by_sender.values():
            yield from theirs.values()
