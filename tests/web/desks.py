"""A small deterministic desk to show: two venues, a seeded market that moves by steps."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator
from decimal import Decimal

from argosy.books.universal import (
    Conversion,
    CostPart,
    CostQuote,
    Crossing,
    Excluded,
    UniversalLevel,
    UniversalView,
)
from argosy.desk.view import (
    VENUES_TOPIC,
    Environment,
    VenueHealth,
    VenueState,
    book_topic,
    trades_topic,
)
from argosy.model import InstrumentId, Nanos, Side, Trade, VenueId
from argosy.model.time import MILLISECOND

START_NS = 1_790_000_000_000_000_000
STEP_NS = 50 * MILLISECOND
FEES = {VenueId("kraken"): Decimal("0.0026"), VenueId("okx"): Decimal("0.001")}
NAMES = {VenueId("kraken"): "Kraken", VenueId("okx"): "OKX"}
RATE = Decimal("1.00002")  # USDT in USD
LEVELS = 60


class Market:
    """One pair: a mid price in ticks, and each venue's levels around it."""

    def __init__(self, pair: str, mid: int, tick: Decimal, unit: Decimal, seed: int) -> None:
        self.pair, self.mid, self.tick, self.unit = pair, mid, tick, unit
        self.rng = random.Random(seed)
        self.sizes: dict[tuple[str, int], int] = {}
        self.trades: deque[Trade] = deque(maxlen=1000)
        self.last_trade = 0

    def size(self, venue: str, price: int) -> int:
        away = abs(price - self.mid)
        key = (venue, price)
        if key not in self.sizes or self.rng.random() < 0.04:
            lump = 9 if self.rng.random() < 0.03 else 1
            self.sizes[key] = self.rng.randint(40, 400) * (10 + away // 9) * lump
        return self.sizes[key]

    def step(self, now_ns: int) -> bool:
        self.mid += self.rng.choice((-6, -3, -2, -1, -1, 0, 0, 1, 1, 2, 3, 6))
        if len(self.sizes) > 4000:
            self.sizes.clear()
        if self.rng.random() > 0.45:
            return False
        venue = self.rng.choice(list(FEES))
        side = self.rng.choice(list(Side))
        self.last_trade += 1
        self.trades.appendleft(
            Trade(
                instrument=instrument(venue, self.pair),
                venue_ns=Nanos(now_ns - self.rng.randint(4, 60) * MILLISECOND),
                received_ns=Nanos(now_ns),
                venue_trade_id=str(self.last_trade),
                taker_side=side,
                price=(self.mid + (2 if side is Side.BUY else -2)) * self.tick,
                size=Decimal(self.rng.randint(1, 90) ** 2) * self.unit * 10,
            )
        )
        return True


def instrument(venue: VenueId, pair: str) -> InstrumentId:
    base = pair.partition("/")[0]
    return InstrumentId(f"{venue}:{base}/{'USD' if venue == 'kraken' else 'USDT'}")


class SteppedDesk:
    """Implements DeskView; `step()` moves the market and tells every reader of `changes()`."""

    def __init__(self, seed: int = 7, environment: Environment = Environment.SANDBOX) -> None:
        self.now_ns = START_NS
        self.environment = environment
        self.rng = random.Random(seed)
        self.states = dict.fromkeys(FEES, VenueState.LIVE)
        self.markets = {
            market.pair: market
            for market in (
                Market("BTC/USD", 642_310, Decimal("0.1"), Decimal("0.00001"), seed),
                Market("ETH/USD", 318_244, Decimal("0.01"), Decimal("0.0001"), seed + 1),
                Market("SOL/USD", 14_817, Decimal("0.01"), Decimal("0.01"), seed + 2),
            )
        }
        self.readers: list[tuple[set[str], asyncio.Event]] = []
        self.crossed = False
        self.stopped = False

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            self.now_ns += STEP_NS
            topics = {VENUES_TOPIC}
            for market in self.markets.values():
                if market.step(self.now_ns):
                    topics.add(trades_topic(market.pair))
                topics.add(book_topic(market.pair))
            for pending, event in self.readers:
                pending |= topics
                event.set()

    def stop(self) -> None:
        self.stopped = True
        for _, event in self.readers:
            event.set()

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        pending: set[str] = set()
        event = asyncio.Event()
        self.readers.append((pending, event))
        try:
            while not self.stopped:
                await event.wait()
                event.clear()
                topics = frozenset(pending)
                pending.clear()
                yield topics
        finally:
            self.readers.remove((pending, event))

    def venues(self) -> list[VenueHealth]:
        return [
            VenueHealth(
                id=venue,
                name=NAMES[venue],
                environment=self.environment,
                state=state,
                latency_p50_ms=round(base + self.rng.random() * 2, 2),
                latency_p99_ms=round(base * 2.4 + self.rng.random() * 9, 2),
                frames_per_s=round(rate + self.rng.random() * 14, 1),
                gaps=gaps,
                reconnects=1 if gaps else 0,
                last_received_ns=Nanos(self.now_ns - 20 * MILLISECOND),
                detail="" if state is VenueState.LIVE else "no frame for 5.2 s",
            )
            for (venue, state), base, rate, gaps in zip(
                self.states.items(), (11.3, 4.1), (84, 212), (0, 1), strict=True
            )
        ]

    def pairs(self) -> list[str]:
        return list(self.markets)

    def levels(
        self, venue: VenueId, market: Market, side: Side, depth: int
    ) -> list[UniversalLevel]:
        sign = -1 if side is Side.BUY else 1
        fee = 1 + sign * FEES[venue]
        rate = RATE if venue == "okx" else Decimal(1)
        inside = (
            -(market.mid // 300) if self.crossed and (venue == "okx") == (side is Side.BUY) else 1
        )
        return [
            UniversalLevel(
                venue=venue,
                instrument=instrument(venue, market.pair),
                net_price=price * market.tick * rate * fee,
                price=price * market.tick,
                size=market.size(venue, price) * market.unit,
            )
            for away in range(min(depth, LEVELS))
            for price in [market.mid + sign * (inside + away * (2 + away % 3) + away * away // 3)]
        ]

    def universal(self, pair: str, depth: int) -> UniversalView:
        market = self.markets[pair]
        live = [venue for venue, state in self.states.items() if state is VenueState.LIVE]
        bids, asks = (
            sorted(
                (level for venue in live for level in self.levels(venue, market, side, depth)),
                key=lambda level: level.net_price,
                reverse=side is Side.BUY,
            )
            for side in (Side.BUY, Side.SELL)
        )
        crossings: tuple[Crossing, ...] = ()
        if self.crossed and live:
            crossings = (Crossing(bid=bids[0], ask=asks[0], net=True),)
        return UniversalView(
            pair=pair,
            quote="USD",
            generated_ns=Nanos(self.now_ns),
            bids=tuple(bids),
            asks=tuple(asks),
            crossings=crossings,
            excluded=tuple(
                Excluded(
                    venue=venue,
                    instrument=instrument(venue, pair),
                    reason="stale: not heard of for 12 s",
                )
                for venue in self.states
                if venue not in live
            ),
            conversions=(
                Conversion(
                    source_currency="USDT",
                    target_currency="USD",
                    rate=RATE,
                    origin="kraken:USDT/USD mid",
                    at_ns=Nanos(self.now_ns),
                ),
            ),
            taker_fees={instrument(venue, pair): fee for venue, fee in FEES.items()},
        )

    def trades(self, pair: str, limit: int) -> list[Trade]:
        return list(self.markets[pair].trades)[:limit]

    def cost(self, pair: str, side: Side, size: Decimal) -> CostQuote:
        view = self.universal(pair, LEVELS)
        left, value, worst = size, Decimal(0), None
        taken: dict[VenueId, list[Decimal]] = {}
        for level in view.asks if side is Side.BUY else view.bids:
            take = min(left, level.size)
            if take <= 0:
                break
            left -= take
            value += take * level.net_price
            worst = level.net_price
            part = taken.setdefault(level.venue, [Decimal(0), Decimal(0), level.price])
            part[:] = [part[0] + take, part[1] + take * level.net_price, level.price]
        filled = size - left
        return CostQuote(
            pair=pair,
            side=side,
            size=size,
            filled=filled,
            missing=left,
            net_value=value,
            average_net_price=value / filled if filled else None,
            worst_net_price=worst,
            parts=tuple(
                CostPart(
                    venue=venue,
                    instrument=instrument(venue, pair),
                    size=part[0],
                    net_value=part[1],
                    worst_price=part[2],
                )
                for venue, part in taken.items()
            ),
        )


async def run_market(desk: SteppedDesk, seconds: float = 0.05) -> None:
    """Move the market until cancelled."""
    while True:
        desk.step()
        await asyncio.sleep(seconds)
