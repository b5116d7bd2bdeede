"""How a work did against the market it worked in, and what it means to do. Values; does no I/O."""

from decimal import Decimal
from typing import Self

import msgspec

from argosy.execution.work import Input, Market, Resumed, Traded
from argosy.model import InstrumentId, Nanos, Side
from argosy.model.money import ZERO
from argosy.model.orders import cost_bps


class Progress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How far a work is, and what it cost so far. Prices in quote units, costs in basis points of
    the benchmark: above 0 is worse than it.
    """

    filled: Decimal
    expected: Decimal | None = None  # by its plan, now; None: it has no plan in time
    parts_begun: int = 0
    parts: int = 0  # 0: it is not known how many there will be
    average_price: Decimal | None = None
    arrival_mid: Decimal | None = None
    market_vwap: Decimal | None = None  # of all trades seen since it began
    market_twap: Decimal | None = None  # the mid's average over the time it was seen
    cost_bps: Decimal | None = None  # against arrival
    against_vwap_bps: Decimal | None = None
    against_twap_bps: Decimal | None = None

    @property
    def ahead(self) -> Decimal | None:
        """What is filled beyond the plan; below 0 it is behind; None without a plan."""
        return None if self.expected is None else self.filled - self.expected


class Planned(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that a work means to send. `after_s` counts from its beginning; None: whenever what
    `note` says happens.
    """

    size: Decimal
    after_s: Decimal | None = None
    price: Decimal | None = None  # None: at market
    note: str = ""


class Benchmarks(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The market while a work went on: arrival, trades, and the mid over time.

    Only what was watched counts: not while paused, while prices could not be used, or while the
    desk was down.
    """

    arrival_mid: Decimal | None = None  # the first mid seen
    seen: Decimal = ZERO  # traded by all
    seen_value: Decimal = ZERO
    mid: Decimal | None = None  # as it stands since `mid_since_ns`
    mid_since_ns: Nanos = Nanos(0)
    mid_sum: Decimal = ZERO  # of mids that stood before, each times the ns that it stood
    mid_time_ns: int = 0  # how long those stood

    def observed(
        self, event: Input, instrument: InstrumentId, fresh: Market | None, now_ns: Nanos
    ) -> Self:
        """With one more input; the very same value where it changes nothing."""
        marks = self
        if isinstance(event, Traded) and event.instrument == instrument:
            marks = msgspec.structs.replace(
                marks,
                seen=marks.seen + event.size,
                seen_value=marks.seen_value + event.size * event.price,
            )
        if isinstance(event, Resumed) and marks.mid is not None:
            # How long it still stood before the process ended, nobody knows.
            marks = msgspec.structs.replace(marks, mid=None)
        mid = fresh.mid if fresh is not None else None
        if mid == marks.mid:
            return marks
        return msgspec.structs.replace(
            marks.settled(now_ns),
            mid=mid,
            mid_since_ns=now_ns,
            arrival_mid=mid if marks.arrival_mid is None else marks.arrival_mid,
        )

    def settled(self, now_ns: Nanos) -> Self:
        """With the mid's time counted up to now, and no mid from here on."""
        if self.mid is None:
            return self
        stood_ns = max(0, now_ns - self.mid_since_ns)
        return msgspec.structs.replace(
            self,
            mid=None,
            mid_sum=self.mid_sum + self.mid * stood_ns,
            mid_time_ns=self.mid_time_ns + stood_ns,
        )

    @property
    def vwap(self) -> Decimal | None:
        """The average price of what all traded."""
        return self.seen_value / self.seen if self.seen else None

    def twap(self, now_ns: Nanos) -> Decimal | None:
        """The average of the mid over time, up to now."""
        until = self.settled(now_ns)
        return until.mid_sum / until.mid_time_ns if until.mid_time_ns else self.mid

    def progress(
        self,
        side: Side,
        filled: Decimal,
        value: Decimal,
        expected: Decimal | None,
        parts: tuple[int, int],
        now_ns: Nanos,
    ) -> Progress:
        """How far a work is, beside these. `value`: of what it filled; `parts`: begun, and of how
        many.
        """
        average = value / filled if filled else None
        twap = self.twap(now_ns)
        return Progress(
            filled=filled,
            expected=expected,
            parts_begun=parts[0],
            parts=parts[1],
            average_price=average,
            arrival_mid=self.arrival_mid,
            market_vwap=self.vwap,
            market_twap=twap,
            cost_bps=cost_bps(side, average, self.arrival_mid),
            against_vwap_bps=cost_bps(side, average, self.vwap),
            against_twap_bps=cost_bps(side, average, twap),
        )
