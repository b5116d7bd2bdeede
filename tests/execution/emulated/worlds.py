"""A market on a seeded path, with one account in it: the same for a native order and for a work."""

import random
from decimal import Decimal

from hypothesis import strategies as st

from argosy.execution.emulated import Declared, How, choose
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Nanos,
    OrderType,
    Payoff,
    PlaceOrder,
    Side,
    TriggerSource,
    VenueId,
)
from argosy.model.time import MILLISECOND
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import Engine, Rules, Spec
from argosy.testing.works import Trouble, WorkDriver, request_of

D = Decimal
SPOT = InstrumentId("test:BTC/USD")
SWAP = InstrumentId("test:BTC/USD:USD")
SHARED = {
    "venue": VenueId("test"),
    "base": "BTC",
    "quote": "USD",
    "price_increment": D("0.5"),
}
ABOUT = Instrument(
    id=SPOT,
    venue_symbol="BTC/USD",
    kind=InstrumentKind.SPOT,
    size_increment=D("0.01"),
    min_size=D("0.02"),
    **SHARED,
)
SWAP_ABOUT = Instrument(
    id=SWAP,
    venue_symbol="BTC-SWAP",
    kind=InstrumentKind.PERPETUAL,
    settle="USD",
    payoff=Payoff.LINEAR,
    contract_size=D("0.01"),
    size_increment=D(1),
    max_leverage=D(50),
    **SHARED,
)
BARE = Declared(
    types=("market", "limit"),
    time_in_force=("gtc", "ioc", "fok"),
    flags=("post_only", "reduce_only"),
    prices=tuple(TriggerSource),
)
LATE = Trouble(late_ns=90 * MILLISECOND, twice=0.5, restarts=0.3)
STEP_NS = 100 * MILLISECOND
DEEP = 100_000  # units at each level


class World:
    """An engine whose house quotes around a price and trades at it, one print at a time."""

    def __init__(self, seed=0, trouble=None, instrument=SPOT, depth=DEEP, price=100):
        self.clock = ManualClock()
        self.engine = Engine(
            Rules(venue=VenueId("test"), order_id="O{}".format, trade_id="T{}".format), self.clock
        )
        free = {"maker_rate": D(0), "taker_rate": D(0)}
        self.engine.list_instrument(Spec(ABOUT, **free))
        self.engine.list_instrument(Spec(SWAP_ABOUT, **free))
        self.account = self.engine.open_account("ann")
        self.engine.deposit(self.account, "USD", D(100_000_000))
        self.engine.deposit(self.account, "BTC", D(10_000))
        self.instrument = instrument
        self.spec = self.engine.listings[instrument].spec
        self.depth = depth
        self.ticks = 0
        self.bids = []
        self.driver = WorkDriver(
            self.engine, self.account, self.clock, random.Random(seed), trouble or Trouble()
        )
        self.quote(price * 2)
        self.trade(Side.BUY)

    def quote(self, ticks, spread=1, levels=3):
        """Bids below and asks above a mid of so many ticks, and nothing else of the house."""
        self.ticks = ticks
        wanted = {
            (side, (ticks + sign * (spread + away)) * self.spec.tick)
            for side, sign in ((Side.BUY, -1), (Side.SELL, 1))
            for away in range(levels)
        }
        engine, book = self.engine, self.engine.listings[self.instrument].book
        for side in Side:
            for level in list(book.side(side)):
                if level.house is not None and (side, level.price) not in wanted:
                    engine.quote(self.instrument, side, level.price, 0)
        for side, price in sorted(wanted):
            if price > 0:
                engine.quote(self.instrument, side, price, self.depth)
        engine.settle_down()
        self.driver.run()

    def trade(self, side, size=1):
        """The house takes a little: one print, or more where orders of the account come first."""
        self.engine.take(self.instrument, side, size * self.spec.lot)
        self.engine.settle_down()
        self.driver.run()

    def reference(self, mark, index):
        units = self.spec.price_units
        self.engine.set_reference(self.instrument, mark=units(D(mark)), index=units(D(index)))
        self.engine.settle_down()
        self.driver.run()

    def walk(self, path, after=None):
        """Steps of (ticks to move, taker side); time passes after each."""
        for number, (move, side) in enumerate(path):
            self.quote(max(10, self.ticks + move))
            self.trade(side)
            self.bids.append((self.ticks - 1) * D("0.5"))
            self.driver.advance(STEP_NS)
            if after is not None:
                after(number)

    def native(self, order):
        """Place an order at the engine itself."""
        return self.engine.place(self.account, request_of(order))

    def fills(self):
        return [(fill.side, fill.price, fill.size) for fill in self.driver.fills]


def order(kind, side=Side.SELL, instrument=SPOT, size="1", **more):
    return PlaceOrder(
        instrument=instrument,
        client_id=ClientOrderId("work1"),
        side=side,
        type=OrderType(kind),
        size=D(size),
        **more,
    )


def paths(steps=40, most=4):
    return st.lists(
        st.tuples(st.integers(-most, most), st.sampled_from(Side)), min_size=5, max_size=steps
    )


def worked(world, order, declared=BARE, **more):
    """The work that stands in for an order."""
    chosen = choose(order, declared, now_ns=Nanos(world.clock.now_ns()), **more)
    assert chosen.how is How.EMULATED, chosen.reason
    return chosen.work


class Seen(dict):
    """Markets as a work sees them: by instrument, at the time of one of them."""

    now_ns = 1_790_000_001_000_000_000

    @classmethod
    def of(cls, *markets):
        seen = cls({market.about.id: market for market in markets if market is not None})
        seen.now_ns = next((one.now_ns for one in seen.values()), cls.now_ns)
        return seen
