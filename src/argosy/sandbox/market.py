"""Makes the books look alive: makers that follow the fair price, takers, made-up history. Seeded,
moved by hand or by the world's loop; it trades through the engine like anybody else.
"""

from decimal import Decimal
from random import Random

import msgspec

from argosy.model import InstrumentKind, InstrumentStatus, Side
from argosy.model.time import MINUTE, SECOND
from argosy.sandbox.engine import Engine, Listing, Spec, TradePrint
from argosy.sandbox.prices import Prices

HISTORY_MINUTES = 1_440
PRINTED_MINUTES = 20  # of the made-up day, what the venue still lists trade by trade


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How lively the market is."""

    steps_per_second: float = 8.0  # book updates of a busy instrument; quiet ones have fewer
    levels: int = 250  # a side
    volatility: float = 0.6  # a year
    jumps_per_day: float = 6.0
    takers_per_step: float = 0.12
    top_usd: float = 15_000.0  # worth of a level near the best price
    spread_bps: float = 0.8


class Maker:
    """The market makers and takers of one instrument."""

    def __init__(
        self, engine: Engine, listing: Listing, settings: MarketSettings, random: Random
    ) -> None:
        self.engine = engine
        self.listing = listing
        self.settings = settings
        self.random = random
        spec = listing.spec
        kind = spec.instrument.kind
        self.rate = 1.0 if spec.instrument.base in {"BTC", "ETH"} else 0.5
        if kind is InstrumentKind.OPTION:
            self.rate = 0.1
        self.levels = settings.levels if kind is not InstrumentKind.OPTION else 20
        wide = 150.0 if kind is InstrumentKind.OPTION else 1.0
        self.spread = settings.spread_bps * 1e-4 * wide
        self.due = random.random()
        self._lots_per_usd = 1.0

    def scale(self, fair: float, quote_usd: float) -> None:
        """Tell what a unit is worth, so that sizes make sense in USD."""
        spec = self.listing.spec
        contract = float(spec.contract_size)
        if spec.instrument.kind is InstrumentKind.OPTION:
            worth = contract * quote_usd
        elif spec.inverse:
            worth = contract
        else:
            worth = contract * fair * quote_usd
        self._lots_per_usd = 1 / (worth * float(spec.size_unit) * spec.lot)

    def _size(self, depth: int) -> int:
        usd = self.random.lognormvariate(0, 1) * self.settings.top_usd * (0.3 + depth / 40)
        spec = self.listing.spec
        lots = max(1, int(usd * self._lots_per_usd))
        return max(lots * spec.lot, -(-spec.min_size // spec.lot) * spec.lot)

    def _gap(self, price: int, depth: int) -> int:
        mean = price * 2e-5 * (1 + depth / 25) / self.listing.spec.tick
        return (1 + int(self.random.expovariate(1 / max(mean, 0.3)))) * self.listing.spec.tick

    def fill(self, fair: float) -> None:
        """Build the whole book around `fair`."""
        bid, ask = self._tops(fair)
        for side, top in ((Side.BUY, bid), (Side.SELL, ask)):
            self._extend(side, top, self.levels)

    def _extend(self, side: Side, price: int, count: int) -> None:
        tick = self.listing.spec.tick
        for depth in range(count):
            if price < tick:
                return
            self.engine.quote(self.listing.spec.id, side, price, self._size(depth))
            gap = self._gap(price, depth)
            price += -gap if side is Side.BUY else gap

    def _tops(self, fair: float) -> tuple[int, int]:
        spec = self.listing.spec
        unit, tick = float(spec.price_unit), spec.tick
        half = fair * self.spread / 2
        bid = max(tick, int((fair - half) / unit / tick) * tick)
        ask = max(bid + tick, -int(-(fair + half) / unit // tick) * tick)
        return bid, ask

    def step(self, fair: float, lean: float = 0.0) -> None:
        """Follow the fair price: pull what is stale, quote anew, change some sizes, maybe take.

        `lean` shifts the odds of a taker buying away from a half.
        """
        bid, ask = self._tops(fair)
        self._pull(Side.BUY, (bid + ask + 1) // 2)
        self._pull(Side.SELL, (bid + ask) // 2)
        self._improve(Side.BUY, bid)
        self._improve(Side.SELL, ask)
        for side in Side:
            self._resize(side)
            self._trim(side)
        if self.random.random() < self.settings.takers_per_step:
            self._take(lean)

    def _pull(self, side: Side, beyond: int) -> None:
        """Makers cancel what the fair price went through; customers' orders stay."""
        book = self.listing.book.side(side)
        stale = []
        for level in book:
            if (level.price < beyond) if side is Side.BUY else (level.price > beyond):
                break
            if level.house is not None:
                stale.append(level.price)
        for price in stale:
            self.engine.quote(self.listing.spec.id, side, price, 0)

    def _improve(self, side: Side, top: int) -> None:
        best = self.listing.book.side(side).best_price()
        if best is not None and ((best >= top) if side is Side.BUY else (best <= top)):
            return
        price, spec = top, self.listing.spec
        for depth in range(4):
            better = best is None or (price > best if side is Side.BUY else price < best)
            if not better or price < spec.tick:
                return
            self.engine.quote(spec.id, side, price, self._size(depth))
            gap = self._gap(price, depth)
            price += -gap if side is Side.BUY else gap

    def _resize(self, side: Side) -> None:
        """Change one level near the top, sometimes one far away."""
        book = self.listing.book.side(side)
        if not book:
            return
        reach = min(len(book), 12 if self.random.random() < 0.8 else self.levels)
        depth = int(self.random.random() * reach)
        price = book.keys[-1 - depth] * book.sign
        gone = depth > 2 and self.random.random() < 0.25 and len(book) > self.levels // 2
        if gone and book.levels[price].house is None:
            return
        size = 0 if gone else self._size(depth)
        self.engine.quote(self.listing.spec.id, side, price, size)

    def _trim(self, side: Side) -> None:
        """Keep the number of levels near what it should be, at the far end."""
        book = self.listing.book.side(side)
        spec = self.listing.spec
        while len(book) > self.levels + 10:
            price = book.keys[0] * book.sign
            if book.levels[price].house is None:
                return
            self.engine.quote(spec.id, side, price, 0)
        missing = self.levels - len(book)
        if not book or missing <= 0:
            return
        for _ in range(1 + missing // 6):  # a jump leaves many missing: they come back in steps
            far = book.keys[0] * book.sign
            gap = self._gap(far, len(book))
            price = far - gap if side is Side.BUY else far + gap
            if price < spec.tick:
                return
            self.engine.quote(spec.id, side, price, self._size(len(book)))

    def _take(self, lean: float) -> None:
        side = Side.BUY if self.random.random() < 0.5 + lean else Side.SELL
        usd = min(self.random.lognormvariate(6.5, 1.4), self.settings.top_usd * 3)
        spec = self.listing.spec
        lots = max(1, int(usd * self._lots_per_usd))
        self.engine.take(spec.id, side, max(lots * spec.lot, spec.min_size))


class Market:
    """Every maker of every venue, moved together so that the venues agree."""

    def __init__(
        self, engines: list[Engine], settings: MarketSettings, random: Random, now_ns: int
    ) -> None:
        self.settings = settings
        self.engines = engines
        self.prices = Prices(
            random, volatility=settings.volatility, jumps_per_day=settings.jumps_per_day
        )
        self._random = random
        self._last_ns = now_ns
        self.makers = [
            Maker(engine, listing, settings, random)
            for engine in engines
            for listing in engine.listings.values()
        ]

    def open(self) -> None:
        """Fill the books and make up a day of history."""
        for maker in self.makers:
            spec = maker.listing.spec
            fair = self.prices.fair(spec, self._last_ns)
            maker.scale(fair, self._worth(spec))
            self._invent(maker, fair)
            self._reference(maker, fair)
            maker.fill(fair)
        for engine in self.engines:
            engine.settle_down()

    def _worth(self, spec: Spec) -> float:
        if spec.instrument.kind is InstrumentKind.OPTION:
            return self.prices.usd["BTC"]
        return self.prices.usd[spec.instrument.quote]

    def _invent(self, maker: Maker, fair: float) -> None:
        """A day of minute candles that ends at the fair price, for charts and 24 h figures; the
        last of it as single trades too, as no venue that is open has none to list.
        """
        if maker.listing.spec.instrument.kind is InstrumentKind.OPTION:
            return
        sigma = self.settings.volatility / 725  # a year has 725 ** 2 minutes
        path = [fair]
        for _ in range(HISTORY_MINUTES):
            path.append(path[-1] * (1 + self._random.gauss(0, sigma)))
        listing = maker.listing
        spec, tape = listing.spec, listing.tape
        unit = float(spec.price_unit) * spec.tick
        for back in range(HISTORY_MINUTES, 0, -1):
            at_ns = self._last_ns - back * MINUTE
            way = (path[back], (path[back] + path[back - 1]) / 2, path[back - 1])
            for third, fraction in enumerate(way):
                price = max(1, int(fraction / unit)) * spec.tick
                size = maker._size(0)  # noqa: SLF001
                if back > PRINTED_MINUTES:
                    tape.count(at_ns, price, size)
                    continue
                listing.prints += 1
                side = Side.BUY if path[back - 1] >= path[back] else Side.SELL
                when = at_ns + third * (MINUTE // 3)
                listing.last = price
                tape.add(TradePrint(spec.id, listing.prints, price, size, side, True, when))

    def advance(self, now_ns: int) -> None:
        """Let the market live until `now_ns`; cheap when called often."""
        seconds = (now_ns - self._last_ns) / SECOND
        if seconds <= 0:
            return
        self._last_ns = now_ns
        self.prices.advance(seconds)
        for maker in self.makers:
            maker.due += seconds * maker.rate * self.settings.steps_per_second
            if maker.due < 1 or maker.listing.status is InstrumentStatus.EXPIRED:
                continue
            maker.due = min(maker.due - 1, 1)  # what a pause missed is not made up for
            fair = self.prices.fair(maker.listing.spec, now_ns)
            self._reference(maker, fair)
            maker.step(fair, self.prices.lean)
        for engine in self.engines:
            engine.settle_down()

    def _reference(self, maker: Maker, fair: float) -> None:
        listing = maker.listing
        spec = listing.spec
        unit = float(spec.price_unit)
        mark = max(1, round(fair / unit))
        index = max(1, round(self.prices.index(spec) / unit))
        maker.engine.set_reference(spec.id, mark=mark, index=index)
        if spec.funding_interval_ns:
            premium = (fair / self.prices.index(spec) - 1) * 0.5
            listing.funding_rate = Decimal(repr(round(max(-0.0075, min(0.0075, premium)), 8)))
