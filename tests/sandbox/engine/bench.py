"""A small venue to test the engine on: one spot pair, one linear and one inverse swap."""

from decimal import Decimal

from argosy.model import (
    Instrument,
    InstrumentId,
    InstrumentKind,
    Payoff,
    Side,
    VenueId,
)
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import Engine, Rules, Spec

D = Decimal
SPOT = InstrumentId("test:BTC/USD")
LINEAR = InstrumentId("test:BTC/USDT:USDT")
INVERSE = InstrumentId("test:BTC/USD:BTC")


def specs():
    shared = {"venue": VenueId("test"), "base": "BTC", "price_increment": D("0.5")}
    spot = Instrument(
        id=SPOT,
        venue_symbol="BTC/USD",
        kind=InstrumentKind.SPOT,
        quote="USD",
        size_increment=D("0.001"),
        min_size=D("0.002"),
        min_notional=D("0.5"),
        max_size=D(1000),
        margin=True,
        max_leverage=D(5),
        **shared,
    )
    linear = Instrument(
        id=LINEAR,
        venue_symbol="BTC-USDT-SWAP",
        kind=InstrumentKind.PERPETUAL,
        quote="USDT",
        settle="USDT",
        payoff=Payoff.LINEAR,
        contract_size=D("0.01"),
        size_increment=D(1),
        max_leverage=D(50),
        **shared,
    )
    inverse = Instrument(
        id=INVERSE,
        venue_symbol="BTC-USD-SWAP",
        kind=InstrumentKind.PERPETUAL,
        quote="USD",
        settle="BTC",
        payoff=Payoff.INVERSE,
        contract_size=D(100),
        size_increment=D(1),
        max_leverage=D(50),
        **shared,
    )
    hour = 3_600_000_000_000
    fees = {"maker_rate": D("0.001"), "taker_rate": D("0.002")}
    return [
        Spec(spot, **fees),
        Spec(linear, **fees, funding_interval_ns=8 * hour),
        Spec(inverse, **fees, funding_interval_ns=8 * hour),
    ]


class Bench:
    """An engine, its clock, two customers, and what was heard."""

    def __init__(self, **rules):
        self.clock = ManualClock()
        settings = {"venue": VenueId("test"), "order_id": "O{}".format, "trade_id": "T{}".format}
        self.engine = Engine(Rules(**{**settings, **rules}), self.clock)
        for spec in specs():
            self.engine.list_instrument(spec)
        self.ann = self.engine.open_account("ann")
        self.bob = self.engine.open_account("bob")
        for account in (self.ann, self.bob):
            for currency in ("USD", "USDT", "BTC"):
                self.engine.deposit(account, currency, D(1_000_000 if currency != "BTC" else 100))

    def marks(self, price):
        for instrument in (SPOT, LINEAR, INVERSE):
            units = self.engine.listings[instrument].spec.price_units(D(price))
            self.engine.set_reference(instrument, mark=units, index=units)
        self.engine.settle_down()

    def quote(self, instrument, side, price, size):
        spec = self.engine.listings[instrument].spec
        units = spec.size_units(D(size)) if D(size) else 0
        self.engine.quote(instrument, side, spec.price_units(D(price)), units)
        self.engine.settle_down()

    def depth(self, instrument=SPOT):
        """{side: [(price, size), ...]} as text, best first."""
        listing = self.engine.listings[instrument]
        return {
            side: [
                (listing.spec.price_text(level.price), listing.spec.size_text(level.size))
                for level in listing.book.side(side)
            ]
            for side in Side
        }
