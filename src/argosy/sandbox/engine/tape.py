"""What an instrument traded: the last prints, minute candles, the day's figures. Bounded."""

from collections import deque
from decimal import Decimal

from argosy.model.time import DAY, MINUTE
from argosy.sandbox.engine.events import TradePrint
from argosy.sandbox.engine.spec import Spec

PRINTS = 2_000
MINUTES = 1_440 * 2


class Bar:
    """One candle; prices and volume in units, `turnover` is the sum of price * size."""

    __slots__ = ("close", "high", "low", "open", "open_ns", "trades", "turnover", "volume")

    def __init__(self, open_ns: int, price: int) -> None:
        self.open_ns = open_ns
        self.open = self.high = self.low = self.close = price
        self.volume = 0
        self.turnover = 0
        self.trades = 0

    def add(self, price: int, size: int) -> None:
        """Count one trade."""
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        self.volume += size
        self.turnover += price * size
        self.trades += 1

    def merge(self, later: "Bar") -> None:
        """Take in the candle that follows."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.turnover += later.turnover
        self.trades += later.trades

    def vwap(self, spec: Spec) -> Decimal:
        """Mean price by volume; the close when nothing traded."""
        if not self.volume:
            return spec.price(self.close)
        return Decimal(self.turnover) / self.volume * spec.price_unit


class Tape:
    """Prints and candles of one instrument."""

    def __init__(self) -> None:
        self.prints: deque[TradePrint] = deque(maxlen=PRINTS)
        self.minutes: deque[Bar] = deque(maxlen=MINUTES)

    def add(self, print_: TradePrint) -> None:
        """Count one execution."""
        self.prints.append(print_)
        self.count(print_.at_ns, print_.price, print_.size)

    def count(self, at_ns: int, price: int, size: int) -> None:
        """Count volume into the minute's candle without a print (for made-up history)."""
        open_ns = at_ns - at_ns % MINUTE
        if not self.minutes or self.minutes[-1].open_ns < open_ns:
            self.minutes.append(Bar(open_ns, price))
        self.minutes[-1].add(price, size)

    def bars(self, interval_ns: int, since_ns: int = 0) -> list[Bar]:
        """Candles of a multiple of a minute, oldest first, the running one last."""
        found: list[Bar] = []
        for minute in self.minutes:
            start = minute.open_ns - minute.open_ns % interval_ns
            if start < since_ns:
                continue
            if not found or found[-1].open_ns != start:
                bar = Bar(start, minute.open)
                found.append(bar)
            found[-1].merge(minute)
        return found

    def day(self, now_ns: int) -> Bar | None:
        """The last 24 hours as one candle; None when nothing traded."""
        total: Bar | None = None
        for minute in self.minutes:
            if minute.open_ns <= now_ns - DAY:
                continue
            if total is None:
                total = Bar(minute.open_ns, minute.open)
            total.merge(minute)
        return total
