"""What a Bitcoin chain tells: blocks, transactions, what waits, fees. Values only. Amounts are
satoshi in ints, fee rates satoshi a virtual byte in Decimals, hashes hex text as explorers write.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.model.time import Nanos

SATOSHI_PER_COIN = 100_000_000


class BitcoinInput(msgspec.Struct, frozen=True, kw_only=True):
    """Where a transaction takes coins from. `value` and `address` are those of the output that it
    spends: None and empty where the node does not tell them, and for newly mined coins.
    """

    txid: str  # empty: newly mined coins
    index: int
    value: int | None = None
    address: str = ""


class BitcoinOutput(msgspec.Struct, frozen=True, kw_only=True):
    """Where a transaction puts coins."""

    index: int
    value: int
    address: str  # empty: data, a bare script, or a script without an address
    kind: str  # of the script, in the words of Bitcoin Core: witness_v0_keyhash, nulldata


class BitcoinTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction, waiting or in a block (`block_hash` is then not empty)."""

    chain: str
    txid: str
    inputs: tuple[BitcoinInput, ...]
    outputs: tuple[BitcoinOutput, ...]
    vsize: int
    weight: int
    fee: int | None = None  # None: not told, as what is spent is not known
    block_hash: str = ""
    block_number: int | None = (
        None  # may be None though there is a block: a node told its hash alone
    )
    received_ns: Nanos

    @property
    def mined(self) -> bool:
        """Whether it takes its coins from nowhere: a block's first transaction."""
        return bool(self.inputs) and not self.inputs[0].txid

    @property
    def value(self) -> int:
        """What all of its outputs hold, change included."""
        return sum(output.value for output in self.outputs)


class BitcoinBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block; `transactions` is empty where it was told without them."""

    chain: str
    number: int
    hash: str
    parent: str  # empty: the first block
    timestamp_s: int
    size: int
    weight: int
    transaction_count: int
    transactions: tuple[BitcoinTransaction, ...] = ()
    received_ns: Nanos


class WaitingTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """What a node's pool of waiting transactions tells of one of them."""

    chain: str
    txid: str
    fee: int
    vsize: int
    ancestor_fee: int  # of it and of all that must be mined before it
    ancestor_vsize: int
    depends: tuple[str, ...] = ()  # transactions that wait too, and must be mined before it
    replaceable: bool | None = None  # None: not told
    entered_s: int
    received_ns: Nanos

    @property
    def rate(self) -> Decimal:
        """What it pays, alone."""
        return Decimal(self.fee) / self.vsize

    @property
    def package_rate(self) -> Decimal:
        """What a miner gets who takes it with all that must come before."""
        return Decimal(self.ancestor_fee) / self.ancestor_vsize


class MempoolState(msgspec.Struct, frozen=True, kw_only=True):
    """How full a node's pool of waiting transactions is."""

    chain: str
    count: int
    vsize: int
    total_fee: int | None = None  # None: the node is too old to tell
    floor: Decimal  # the rate below which it takes nothing
    received_ns: Nanos


class MempoolChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What came into a node's pool, and what left it: mined, replaced or expired is not said."""

    chain: str
    added: tuple[WaitingTransaction, ...]
    removed: tuple[str, ...]  # txids
    untold: int = (
        0  # came too, and are not in `added`: over the limit, or gone before they were read
    )
    received_ns: Nanos


class FeeForecast(msgspec.Struct, frozen=True, kw_only=True):
    """The rate at which a transaction is expected to be mined within so many blocks."""

    chain: str
    rates: tuple[tuple[int, Decimal], ...]  # (blocks, rate), blocks rising; may be empty
    floor: Decimal  # below it, it is not even passed on
    source: str  # who forecasts: a node's history ("node"), its pool ("mempool"), an explorer
    received_ns: Nanos

    def rate(self, blocks: int) -> Decimal | None:
        """The rate for being mined within `blocks`, by the nearest target that is not later; for
        a nearer one than any, the first. None: there is no forecast.
        """
        found = self.rates[0][1] if self.rates else None
        for target, rate in self.rates:
            if target <= blocks:
                found = rate
        return found


class ProjectedBlock(msgspec.Struct, frozen=True, kw_only=True):
    """A block that would be mined of what waits now."""

    transaction_count: int
    vsize: Decimal
    total_fee: int
    median_rate: Decimal
    rates: tuple[Decimal, ...]  # percentiles, rising


class ProjectedBlocks(msgspec.Struct, frozen=True, kw_only=True):
    """The blocks that would be mined next, first one first; the last holds all of the rest."""

    chain: str
    blocks: tuple[ProjectedBlock, ...]
    received_ns: Nanos


class TransferState(StrEnum):
    """Where a transfer stands."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"  # in a block
    UNDONE = "undone"  # its block is no longer part of the chain; it may wait again
    REMOVED = "removed"  # waited, and does no more, though no block has it: replaced or expired


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """An address on one side of a transfer."""

    address: str
    label: str = ""  # whose it is, by the labels that were given
    value: int


class CoinTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """Coins that changed hands: what went back to an address that paid is change, and not counted;
    change to a new address cannot be told from a payment.

    Senders are empty where it is not known whose coins were spent; then `value` is all that the
    transaction puts anywhere, change included.
    """

    chain: str
    txid: str
    state: TransferState
    value: int  # received by others than the senders
    senders: tuple[Party, ...]  # what each had spent, less what it got back
    recipients: tuple[Party, ...]
    watched: tuple[str, ...]  # addresses among them that are watched; empty: large enough by itself
    block_hash: str = ""
    block_number: int | None = None
    received_ns: Nanos


class TransactionNews(msgspec.Struct, frozen=True, kw_only=True):
    """What an explorer tells of a transaction that is tracked."""

    chain: str
    txid: str
    state: TransferState
    replaced_by: str = ""  # another transaction took its place
    block_ahead: int | None = None  # waiting: in which of the projected blocks, from 0
    block_hash: str = ""  # confirmed: in this block, where it is told
    block_number: int | None = None
    received_ns: Nanos


class SeenTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that came to wait, in brief."""

    chain: str
    txid: str
    fee: int
    vsize: int
    value: int  # what all of its outputs hold, change included
    received_ns: Nanos


class TransactionCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a node would take a signed transaction."""

    chain: str
    txid: str
    accepted: bool
    fee: int | None = None  # only where it is accepted
    vsize: int | None = None
    reason: str = ""  # in the node's words, where it is not


class AddressState(msgspec.Struct, frozen=True, kw_only=True):
    """What an address has received and spent, in blocks and in what waits."""

    chain: str
    address: str
    received: int
    spent: int
    transaction_count: int
    waiting_received: int
    waiting_spent: int
    waiting_count: int
    received_ns: Nanos

    @property
    def balance(self) -> int:
        """What blocks have put there and left there."""
        return self.received - self.spent


class UnspentOutput(msgspec.Struct, frozen=True, kw_only=True):
    """Coins at an address."""

    chain: str
    txid: str
    index: int
    value: int
    block_hash: str = ""  # empty: its transaction waits
    block_number: int | None = None


BitcoinEvent = (
    BitcoinBlock
    | BitcoinTransaction
    | MempoolState
    | MempoolChanged
    | FeeForecast
    | ProjectedBlocks
    | CoinTransfer
    | TransactionNews
)
