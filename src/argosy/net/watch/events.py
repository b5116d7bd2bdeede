"""What watching a chain tells. Values only."""

from decimal import Decimal
from typing import Any, Literal

import msgspec

from argosy.analytics.mev import Arbitrage, Mev
from argosy.model import Head, PendingTransaction
from argosy.model.calls import DecodedCall
from argosy.model.trades import PoolTrade

Fate = Literal["mined", "failed", "replaced", "dropped", "forgotten"]


class PendingDecoded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="pending"):
    """A transaction waits, and this is what it asks for. `call` is None where its data does not
    read as the function whose selector it has; then `problem` says why.
    """

    transaction: PendingTransaction
    call: DecodedCall | None
    problem: str = ""


class PendingEnded(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="ended"):
    """What became of a transaction that waited.

    mined; failed: mined, and reverted; replaced: another one of its sender has its nonce, `by` says
    which where it is known; dropped: the node has it no more; forgotten: too many wait.

    One that was replaced or dropped may be mined after all, by whoever still had it: then that is
    told, too.
    """

    hash: str
    sender: str
    nonce: int
    fate: Fate
    by: str = ""
    block_number: int = 0
    block_hash: str = ""
    waited_ns: int = 0


class PendingAgain(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="again"):
    """The block that a transaction was in is no longer part of the chain: what was told of its fate
    does not hold, and it may get into another one.
    """

    hash: str
    block_hash: str


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an address: from a table that was given, or guessed (then `guess`)."""

    text: str
    guess: bool = False


class LargeTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer worth much. `amount` in whole tokens; `usd` at the price that was given."""

    transaction: str
    token: str
    symbol: str
    amount: Decimal
    usd: Decimal
    sender: str
    recipient: str
    sender_labels: tuple[Label, ...] = ()
    recipient_labels: tuple[Label, ...] = ()


class ContractEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a contract that is watched, by its ABI."""

    contract: str
    name: str
    arguments: dict[str, Any]
    transaction: str
    index: int


class BlockWatched(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="block"):
    """A block came, and this is what it brought."""

    head: Head
    transactions: int
    failed: int
    trades: tuple[PoolTrade, ...] = ()
    mev: tuple[Mev, ...] = ()
    arbitrage: tuple[Arbitrage, ...] = ()
    transfers: tuple[LargeTransfer, ...] = ()
    events: tuple[ContractEvent, ...] = ()
    problem: str = ""  # why it could not be read; then nothing is known of it but its head


class BlockUndone(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="undone"):
    """A block is no longer part of the chain: what `block` told does not hold."""

    block: BlockWatched


class WatchGap(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="gap"):
    """Something was missed: what waits may have come and gone, blocks may not have been read."""

    why: str


WatchEvent = PendingDecoded | PendingEnded | PendingAgain | BlockWatched | BlockUndone | WatchGap
