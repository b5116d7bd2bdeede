"""What an EVM chain tells: blocks, logs, waiting transactions. Values only. Amounts are wei in
ints, hashes and addresses hex text in lower case.
"""

import msgspec

from argosy.model.time import Nanos


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A block's header, as much of it as we use."""

    chain: str
    number: int
    hash: str
    parent: str
    timestamp_s: int
    base_fee: int  # wei a unit of gas; 0 where the chain has none
    gas_used: int
    gas_limit: int
    received_ns: Nanos


class HeadChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The chain's tip is another. `added` came, oldest first. After a reorganisation `dropped` is
    not empty: those blocks, newest first, count no more, nor does anything that was read from them.
    """

    chain: str
    added: tuple[Head, ...]
    dropped: tuple[Head, ...] = ()

    @property
    def tip(self) -> Head:
        """The newest block."""
        return self.added[-1]


class Log(msgspec.Struct, frozen=True, kw_only=True):
    """An event of a contract. `removed`: its block is no longer part of the chain."""

    chain: str
    address: str
    topics: tuple[str, ...]
    data: str
    block_number: int
    block_hash: str
    transaction_hash: str
    index: int
    removed: bool
    received_ns: Nanos


class PendingTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that waits. Where a node tells its hash alone, the rest is empty or 0."""

    chain: str
    hash: str
    sender: str = ""
    to: str = ""  # empty: it creates a contract, or is not told
    nonce: int = 0
    value: int = 0
    data: str = ""
    gas: int = 0
    max_fee: int = 0  # wei a unit of gas, priority included
    priority_fee: int = 0
    received_ns: Nanos


ChainEvent = Head | HeadChanged | Log | PendingTransaction


class ContractCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to say to a contract: asked without a trace, or sent as a transaction."""

    to: str
    data: str  # 0x hex
    value: int = 0  # wei that go with it
    sender: str = ""  # whose rights and balance count when it is asked; empty: nobody's
