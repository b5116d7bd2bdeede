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
        """Somebody trades against an open order until it is filled."""
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

    def trouble(self, kind: Trouble) -> None:
        """Make something go wrong, once."""
        ...
