"""How much takers traded at each instrument lately: what passive orders wait for."""

from collections import deque
from collections.abc import Iterable
from decimal import Decimal

from argosy.model import InstrumentId, Side, Trade
from argosy.model.money import ZERO
from argosy.model.time import SECOND
from argosy.ports import Clock

KEPT_S = 3_600
LEAST_WINDOWS = 8
_STEPS = 4  # windows overlap: each begins a quarter of its length after the one before


class Flows:
    """Volumes by taker side, in each instrument's own units, of the last hour."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seconds: dict[InstrumentId, deque[tuple[int, Decimal, Decimal]]] = {}
        self._since: dict[InstrumentId, int] = {}

    def trade(self, trade: Trade) -> None:
        """Take in a trade, at the second it was heard."""
        second = trade.received_ns // SECOND
        seconds = self._seconds.setdefault(trade.instrument, deque(maxlen=KEPT_S))
        self._since.setdefault(trade.instrument, second)
        bought = trade.size if trade.taker_side is Side.BUY else ZERO
        sold = trade.size - bought
        if seconds and seconds[-1][0] == second:
            _, more_bought, more_sold = seconds.pop()
            bought, sold = bought + more_bought, sold + more_sold
        seconds.append((second, bought, sold))

    def windows(
        self, instruments: Iterable[InstrumentId], taker: Side, length_s: float
    ) -> dict[InstrumentId, list[Decimal]]:
        """What takers of a side traded at each in windows of `length_s`, of the same moments for
        all, the latest first; empty where less was heard than makes a few windows.
        """
        wanted = list(instruments)
        now = self._clock.now_ns() // SECOND
        length = max(1, round(length_s))
        since = [self._since[each] for each in wanted if each in self._since]
        if not since:
            return {}
        heard = min(KEPT_S, now - min(since))
        step = max(1, length // _STEPS)
        count = (heard - length) // step + 1
        if count < LEAST_WINDOWS:
            return {}
        return {each: self._of(each, taker, now, length, step, count) for each in wanted}

    def _of(
        self, instrument: InstrumentId, taker: Side, now: int, length: int, step: int, count: int
    ) -> list[Decimal]:
        volumes = [ZERO] * (length + step * (count - 1))
        for second, bought, sold in self._seconds.get(instrument, ()):
            back = now - second
            if 0 <= back < len(volumes):
                volumes[back] += bought if taker is Side.BUY else sold
        return [sum(volumes[k * step : k * step + length], ZERO) for k in range(count)]
