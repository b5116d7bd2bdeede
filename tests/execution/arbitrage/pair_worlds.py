"""Two markets of one currency at one engine, quoted by the house, and one account that trades a
pair in them.
"""

import random
from decimal import Decimal

from argosy.execution.arbitrage.legs import PairLeg
from argosy.execution.arbitrage.paired import Paired, pair_of
from argosy.model import (
    ClientOrderId,
    Instrument,
    InstrumentId,
    InstrumentKind,
    MarginMode,
    Nanos,
    Payoff,
    Side,
    VenueId,
)
from argosy.model.time import MILLISECOND
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import Engine, Rules, Spec
from argosy.testing.works import Trouble, WorkDriver

D = Decimal
SPOT = InstrumentId("test:BTC/USD")
OTHER = InstrumentId("test:BTC/USDT")
SWAP = InstrumentId("test:BTC/USD:USD")
FEE = D("0.001")
RATE = {SPOT: D(1), OTHER: D("0.999"), SWAP: D(1)}
STEP_NS = 100 * MILLISECOND
TROUBLE = Trouble(
    reach_ns=80 * MILLISECOND,
    late_ns=90 * MILLISECOND,
    twice=0.3,
    restarts=0.2,
    refuses=0.1,
    silent_ns=1_500 * MILLISECOND,
)


def listed(symbol, **more):
    return Instrument(
        **{
            "id": InstrumentId(f"test:{symbol}"),
            "venue": VenueId("test"),
            "venue_symbol": symbol,
            "kind": InstrumentKind.SPOT,
            "base": "BTC",
            "quote": symbol.partition("/")[2].partition(":")[0],
            "price_increment": D("0.5"),
            "size_increment": D("0.01"),
            "min_size": D("0.02"),
            **more,
        }
    )


ABOUT = {
    SPOT: listed("BTC/USD"),
    OTHER: listed("BTC/USDT", size_increment=D("0.05"), min_size=D("0.05")),
    SWAP: listed(
        "BTC/USD:USD",
        kind=InstrumentKind.PERPETUAL,
        settle="USD",
        payoff=Payoff.LINEAR,
        contract_size=D("0.1"),
        size_increment=D(1),
        min_size=D(1),
        max_leverage=D(50),
    ),
}


class PairWorld:
    """An engine with three markets; each is quoted a tick around its own price."""

    def __init__(self, seed=0, trouble=None, usd=10**8, btc=10_000, kept=False):
        self.clock = ManualClock()
        self.engine = Engine(
            Rules(
                venue=VenueId("test"),
                order_id="O{}".format,
                trade_id="T{}".format,
                fee_in_received=kept,
            ),
            self.clock,
        )
        self.kept = 1 - FEE if kept else D(1)
        for about in ABOUT.values():
            self.engine.list_instrument(Spec(about, maker_rate=D(0), taker_rate=FEE))
        self.account = self.engine.open_account("ann")
        for currency, amount in (("USD", D(usd)), ("USDT", D(10**8)), ("BTC", D(btc))):
            self.engine.deposit(self.account, currency, amount)
        self.driver = WorkDriver(
            self.engine, self.account, self.clock, random.Random(seed), trouble or Trouble()
        )

    def quote(self, instrument, bid, ask, size="10", levels=3):
        """Bids from `bid` down and asks from `ask` up, `size` base units at each tick."""
        spec = self.engine.listings[instrument].spec
        book = self.engine.listings[instrument].book
        lots = int(D(size) / spec.instrument.contract_size / spec.instrument.size_increment)
        wanted = {}
        for side, price, way in ((Side.BUY, bid, -1), (Side.SELL, ask, 1)):
            for level in range(levels if price is not None else 0):
                wanted[side, spec.price_units(D(price)) + way * level * spec.tick] = lots
        for side in Side:
            for level in list(book.side(side)):
                if level.house is not None and (side, level.price) not in wanted:
                    self.engine.quote(instrument, side, level.price, 0)
        for (side, price), count in sorted(wanted.items()):
            self.engine.quote(instrument, side, price, count * spec.lot)
        self.engine.settle_down()
        self.driver.run()

    def legs(self, buy=SPOT, sell=OTHER, size="1", ask="100", bid="102"):
        """A pair that buys at up to `ask` and sells at down to `bid`."""
        made = []
        for instrument, side, limit in ((buy, Side.BUY, ask), (sell, Side.SELL, bid)):
            about = ABOUT[instrument]
            made.append(
                PairLeg(
                    instrument=instrument,
                    side=side,
                    size=D(size) / about.contract_size,
                    limit=D(limit),
                    increment=about.size_increment,
                    multiplier=about.contract_size,
                    rate=RATE[instrument],
                    fee=FEE,
                    kept=self.kept if side is Side.BUY else D(1),
                    margin_mode=MarginMode.CASH if about.payoff is None else MarginMode.CROSS,
                )
            )
        return tuple(made)

    def start(self, legs=None, **more) -> None:
        terms = {"max_loss": D(5), "now_ns": Nanos(self.clock.now_ns()), **more}
        self.driver.start(pair_of(ClientOrderId("pair1"), legs or self.legs(), **terms))

    @property
    def work(self) -> Paired:
        found = self.driver.works[ClientOrderId("pair1")]
        assert isinstance(found, Paired)
        return found

    def net(self) -> dict[InstrumentId, Decimal]:
        """What really was traded, in base units, by the fills at the engine."""
        found = dict.fromkeys(ABOUT, D(0))
        names = {order.client_id: order.instrument for order in self.driver.placed}
        for fill in self.driver.fills:
            name = names[fill.client_id]
            signed = fill.size if fill.side is Side.BUY else -fill.size
            found[name] += signed * ABOUT[name].contract_size
        return found

    def cash(self) -> Decimal:
        """What that brought, fees included, in USD."""
        names = {order.client_id: order.instrument for order in self.driver.placed}
        total = D(0)
        for fill in self.driver.fills:
            name = names[fill.client_id]
            worth = fill.price * fill.size * ABOUT[name].contract_size * RATE[name]
            total += -worth * (1 + FEE) if fill.side is Side.BUY else worth * (1 - FEE)
        return total
