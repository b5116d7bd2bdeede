"""What a contract suite asks of a venue's twin: a server that speaks the venue's protocol over real
sockets and whose inside can be looked at. Never an adapter's own code.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from argosy.model import (
    BookSnapshot,
    Credentials,
    Fill,
    Instrument,
    InstrumentId,
    Nanos,
    OrderReport,
    PositionSide,
)
from argosy.ports import Channel


class Trouble(StrEnum):
    """What a twin can make go wrong, once."""

    LOSE_BOOK_FRAME = "lose_book_frame"  # the next update of a book never leaves
    CUT_FRAME = "cut_frame"  # the next update of a book arrives half
    CUT_STREAMS = "cut_streams"  # the connection of the next frame breaks
    LOSE_PLACED_ANSWER = "lose_placed_answer"  # the next order is placed, its answer lost
    LOSE_WITHDRAWAL_ANSWER = "lose_withdrawal_answer"  # the next one is taken, its answer lost
    HOLD_WITHDRAWALS = "hold_withdrawals"  # the next ones wait for a review that does not end
    FAIL_WITHDRAWAL = "fail_withdrawal"  # the next one is taken, and fails before it is sent
    RATE_LIMIT = "rate_limit"  # the next request is refused in the venue's own way
    FAIL = "fail"  # the next request is answered with a 503, not carried out


class Twin(Protocol):
    """A simulated venue. Its market stands still but for `move`; its rate limits are off."""

    def endpoints(self) -> Mapping[str, str]:
        """URL by role, as venue.toml names them."""
        ...

    def credentials(self, label: str) -> Credentials:
        """Of a key "trade", "read" or "withdraw" of one account."""
        ...

    def now_ns(self) -> Nanos:
        """The venue's clock."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let the venue's time jump ahead, and carry out what falls due."""
        ...

    def move(self) -> None:
        """Let the market go on a little: books change, somebody trades."""
        ...

    def cause(self, channel: Channel) -> None:
        """Bring about what a channel tells of, where a moving market does not: an instrument's
        change, somebody's liquidation. Nothing for all others.
        """
        ...

    def instruments(self) -> Sequence[Instrument]:
        """What is listed."""
        ...

    def book(self, instrument: InstrumentId) -> BookSnapshot:
        """The true book."""
        ...

    def orders(self) -> Sequence[OrderReport]:
        """Every order of the account that has a client id, in the order placed, finished ones
        too; what an order has spawned does not count.
        """
        ...

    def fill(self, client_id: str) -> None:
        """The market trades until an open order is filled: against one that rests, through the
        trigger of one that waits, and what it became then.
        """
        ...

    def fills(self) -> Sequence[Fill]:
        """The account's executions, oldest first."""
        ...

    def balances(self) -> Mapping[str, tuple[Decimal, Decimal]]:
        """(total, held) by currency."""
        ...

    def positions(self) -> Mapping[tuple[InstrumentId, PositionSide], Decimal]:
        """Signed sizes of what is open."""
        ...

    def fees(self, instrument: InstrumentId) -> tuple[Decimal, Decimal]:
        """(maker, taker) as fractions."""
        ...

    def purses(self) -> Mapping[tuple[str, str], Decimal]:
        """What is free by (account, currency), accounts named as Transfers.accounts() does."""
        ...

    def approved_address(self, currency: str, chain: str) -> str:
        """Somebody's address on a network, approved for withdrawals of the account."""
        ...

    def arrive(self, currency: str, chain: str, amount: Decimal) -> str:
        """Somebody sends funds to the account's deposit address; returns the transaction's id."""
        ...

    def trouble(self, kind: Trouble) -> None:
        """Make something go wrong, once."""
        ...
