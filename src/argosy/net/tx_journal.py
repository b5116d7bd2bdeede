"""Transactions of one address, as values, and what must be able to keep them: what was signed is
written down before it is sent, so that no nonce is used twice whatever breaks. Does no I/O.
"""

from enum import StrEnum
from typing import Literal, Protocol

import msgspec

from argosy.model import Nanos


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


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an address as it begins to send."""

    transactions: tuple[Transaction, ...]  # all that are open, and the newest that are not
    next_nonce: int  # the one after the highest that was ever used


class TxStore(Protocol):
    """Where the transactions of one address are kept. One sender at a time has it open.

    All but `close` raise NotSent where it cannot be written or read, so that nothing may be sent.
    """

    async def open(self, chain_id: int, address: str) -> None:
        """Have it for oneself. ConfigError where somebody else has."""

    async def read(self, newest: int) -> Known:
        """What is open, and so many of what has ended. ConfigError where it is damaged."""

    async def find(self, id_: str) -> Transaction | None:
        """One, however long ago; None: the id is free. ConfigError where it is damaged."""

    async def write(self, transaction: Transaction) -> None:
        """Have it on disk before returning. ConfigError where its id or nonce is another's."""

    def tell(self, transaction: Transaction) -> None:
        """Have it written in its turn, and tried until it is."""

    def close(self) -> None:
        """Let others have it."""
