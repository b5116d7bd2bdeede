"""What waits to get into blocks, and what became of it. Holds state, does no I/O: it is told of
transactions, blocks and times, and returns events. Bounded.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from argosy.dialects.evm.calldata import read_call
from argosy.errors import WireError
from argosy.model import Nanos, PendingTransaction
from argosy.net.watch.events import Fate, PendingAgain, PendingDecoded, PendingEnded, WatchEvent

MOST_WAITING = 20_000
_ENDED_KEPT = 20_000  # hashes not to be told again, as nodes tell some twice
_BLOCKS_KEPT = 128


class Mined(NamedTuple):
    """A transaction of a block."""

    hash: str
    sender: str
    nonce: int
    failed: bool


class _Block(NamedTuple):
    number: int
    hash: str
    waited: tuple[PendingTransaction, ...]  # those of ours whose fate it was


class Mempool:
    """One node's waiting transactions, as far as it told of them."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self.most = most
        self._waiting: OrderedDict[str, PendingTransaction] = OrderedDict()  # oldest first
        self._by_nonce: dict[tuple[str, int], str] = {}
        # With the transaction where its fate may still be another: replaced, forgotten.
        self._ended: OrderedDict[str, PendingTransaction | None] = OrderedDict()
        self._blocks: OrderedDict[str, _Block] = OrderedDict()
        self._missing: set[str] = set()  # those that the node had no more, when it was last asked

    def __len__(self) -> int:
        return len(self._waiting)

    def waiting(self) -> list[PendingTransaction]:
        """All that waits, oldest first."""
        return list(self._waiting.values())

    def get(self, transaction: str) -> PendingTransaction | None:
        """One that waits."""
        return self._waiting.get(transaction)

    def is_news(self, transaction: str) -> bool:
        """Whether nothing was told of this hash yet."""
        return transaction not in self._waiting and transaction not in self._ended

    # --- what a node tells ------------------------------------------------------------------------

    def add(self, transaction: PendingTransaction, now_ns: Nanos) -> list[WatchEvent]:
        """A whole transaction waits. What it asks for is told once; one that had its nonce is
        replaced.
        """
        if not self.is_news(transaction.hash):
            return []
        found: list[WatchEvent] = [decoded(transaction)]
        key = (transaction.sender, transaction.nonce)
        rival = self._waiting.get(self._by_nonce.get(key, ""))
        if rival is not None:
            found.append(self._end(rival, "replaced", now_ns, by=transaction.hash))
        self._waiting[transaction.hash] = msgspec.structs.replace(transaction, data="")
        self._by_nonce[key] = transaction.hash
        while len(self._waiting) > self.most:
            oldest = next(iter(self._waiting.values()))
            found.append(self._end(oldest, "forgotten", now_ns))
        return found

    def block(
        self, number: int, block_hash: str, mined: Iterable[Mined], now_ns: Nanos
    ) -> list[WatchEvent]:
        """A block came: the fates of those that it has, and of those whose nonces it used up."""
        found: list[WatchEvent] = []
        waited = []
        used: dict[str, int] = {}
        for each in mined:
            used[each.sender] = max(used.get(each.sender, -1), each.nonce)
            own = self._waiting.get(each.hash) or self._ended.get(each.hash)
            rival = self._waiting.get(self._by_nonce.get((each.sender, each.nonce), ""))
            place = (number, block_hash)
            if own is not None:
                waited.append(own)
                fate: Fate = "failed" if each.failed else "mined"
                found.append(self._end(own, fate, now_ns, block=place))
            if rival is not None and rival.hash != each.hash:
                waited.append(rival)
                found.append(self._end(rival, "replaced", now_ns, by=each.hash, block=place))
            self._remember(each.hash, None)
        passed = [
            each for each in self._waiting.values() if each.nonce <= used.get(each.sender, -1)
        ]
        for transaction in passed:  # its nonce was used in a block that was not seen
            waited.append(transaction)
            found.append(self._end(transaction, "replaced", now_ns, block=(number, block_hash)))
        self._blocks[block_hash] = _Block(number, block_hash, tuple(waited))
        while len(self._blocks) > _BLOCKS_KEPT:
            self._blocks.popitem(last=False)
        return found

    def undo(self, block_hash: str) -> list[WatchEvent]:
        """A block is no longer part of the chain: what it had waits again, until something is told
        of it.
        """
        block = self._blocks.pop(block_hash, None)
        if block is None:
            return []
        found: list[WatchEvent] = []
        for transaction in block.waited:
            self._ended.pop(transaction.hash, None)
            self._waiting[transaction.hash] = transaction
            self._by_nonce[transaction.sender, transaction.nonce] = transaction.hash
            found.append(PendingAgain(hash=transaction.hash, block_hash=block_hash))
        return found

    # --- what a node has no more ------------------------------------------------------------------

    def stale(self, before_ns: Nanos, most: int = 500) -> list[str]:
        """Those that wait since before then, to ask the node whether it still has them."""
        found: list[str] = []
        for each in self._waiting.values():
            if each.received_ns >= before_ns or len(found) >= most:
                break
            found.append(each.hash)
        return found

    def looked_up(self, answers: Sequence[tuple[str, bool]], now_ns: Nanos) -> list[WatchEvent]:
        """(hash, whether the node has it): dropped is what it has not twice in a row, as one answer
        may come from a node that lags.
        """
        found: list[WatchEvent] = []
        for name, there in answers:
            transaction = self._waiting.get(name)
            if transaction is None:
                continue
            if there:
                self._missing.discard(name)
                self._waiting.move_to_end(name)  # the others' turn
            elif name in self._missing:
                found.append(self._end(transaction, "dropped", now_ns))
            else:
                self._missing.add(name)
        return found

    # --- within -----------------------------------------------------------------------------------

    def _end(
        self,
        transaction: PendingTransaction,
        fate: Fate,
        now_ns: Nanos,
        *,
        by: str = "",
        block: tuple[int, str] = (0, ""),
    ) -> PendingEnded:
        self._waiting.pop(transaction.hash, None)
        self._missing.discard(transaction.hash)
        key = (transaction.sender, transaction.nonce)
        if self._by_nonce.get(key) == transaction.hash:
            del self._by_nonce[key]
        if fate != "dropped":  # who sends it again makes it news
            self._remember(
                transaction.hash, transaction if fate in {"replaced", "forgotten"} else None
            )
        return PendingEnded(
            hash=transaction.hash,
            sender=transaction.sender,
            nonce=transaction.nonce,
            fate=fate,
            by=by,
            block_number=block[0],
            block_hash=block[1],
            waited_ns=max(0, now_ns - transaction.received_ns),
        )

    def _remember(self, name: str, transaction: PendingTransaction | None) -> None:
        self._ended[name] = transaction
        while len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)


def decoded(transaction: PendingTransaction) -> PendingDecoded:
    """What a waiting transaction asks for."""
    try:
        call = read_call(transaction.to, transaction.data, transaction.value)
    except WireError as e:
        return PendingDecoded(transaction=transaction, call=None, problem=str(e)[:300])
    return PendingDecoded(transaction=transaction, call=call)
