"""The world: what is listed, what ids and prices look like, who may do what."""

from decimal import Decimal
from random import Random

import pytest

from argosy.model import InstrumentKind, OptionRight, Permission
from argosy.model.time import DAY, Nanos, format_utc, parse_utc
from argosy.sandbox.catalogue import code_of, kraken_specs, next_quarter, okx_specs
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.engine import fixed
from argosy.sandbox.ids import kraken_id, okx_id
from argosy.sandbox.keys import sandbox_keys
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.prices import Prices, option_greeks
from argosy.sandbox.world import World, WorldSettings

NOW = parse_utc("2026-11-22T12:00:00Z")


def test_ids_are_unique_and_look_right():
    ids = {kraken_id("O", number) for number in range(20_000)}
    assert len(ids) == 20_000
    assert all(len(i) == 19 and i[6] == i[12] == "-" and i[0] == "O" for i in ids)
    assert int(okx_id(2)) > int(okx_id(1)) > 10**18


@pytest.mark.parametrize(
    ("now", "expiry"),
    [
        ("2026-11-22T12:00:00Z", "2026-12-25T08:00:00Z"),
        ("2026-12-20T12:00:00Z", "2027-03-26T08:00:00Z"),
        ("2026-01-01T00:00:00Z", "2026-03-27T08:00:00Z"),
    ],
)
def test_quarterly_contracts_end_on_the_last_friday(now, expiry):
    assert format_utc(next_quarter(parse_utc(now)), 0) == expiry
    assert code_of(parse_utc(expiry)) == expiry[2:10].replace("-", "")


def test_every_kind_is_listed_once():
    specs = [*kraken_specs(), *okx_specs(NOW, Decimal(91_000))]
    assert len({spec.id for spec in specs}) == len(specs)
    kinds = {spec.instrument.kind for spec in specs}
    assert kinds == {
        InstrumentKind.SPOT,
        InstrumentKind.PERPETUAL,
        InstrumentKind.FUTURE,
        InstrumentKind.OPTION,
    }
    assert {spec.inverse for spec in specs if not spec.is_spot} == {True, False}


def test_calls_and_puts_are_at_parity():
    options = [s for s in okx_specs(NOW, Decimal(91_000)) if s.instrument.strike]
    pairs = {}
    for spec in options:
        greeks = option_greeks(spec, 91_000.0, NOW)
        pairs.setdefault(spec.instrument.strike, {})[spec.instrument.right] = greeks
    for strike, both in pairs.items():
        call, put = both[OptionRight.CALL], both[OptionRight.PUT]
        worth = (call["forward"] - float(strike)) / call["forward"]
        assert call["value"] - put["value"] == pytest.approx(worth, abs=1e-12)
        assert call["delta"] - put["delta"] == pytest.approx(1)


def test_prices_stay_sane_over_a_day():
    prices = Prices(Random(4), volatility=0.6, jumps_per_day=6)
    for _ in range(24 * 60):
        prices.advance(60)
    assert 70_000 < prices.usd["BTC"] < 120_000
    assert 0.99 < prices.usd["USDT"] < 1.01
    assert abs(prices.lean) <= 0.3


def test_keys_are_fixed_and_hidden():
    for venue in ("kraken", "okx"):
        first, again = sandbox_keys(venue), sandbox_keys(venue)
        assert {k: v.credentials.key for k, v in first.items()} == {
            k: v.credentials.key for k, v in again.items()
        }
        assert Permission.TRADE not in first["read"].permissions
        assert Permission.WITHDRAW not in first["trade"].permissions
        assert Permission.WITHDRAW in first["withdraw"].permissions
        assert first["trade"].credentials.secret not in repr(first)


def test_fixed_keeps_every_decimal():
    assert (fixed(1250, 2), fixed(5, 3), fixed(0, 1), fixed(-15, 1), fixed(7, 0)) == (
        "12.50",
        "0.005",
        "0.0",
        "-1.5",
        "7",
    )


def test_books_stay_deep_through_a_wild_hour():
    clock = ManualClock(NOW)
    market = MarketSettings(levels=60, volatility=3.0, jumps_per_day=500, steps_per_second=2)
    world = World(WorldSettings(venues=("kraken",), market=market), clock)
    for _ in range(1200):
        clock.advance(3_000_000_000)
        world.advance()
    for spec in world.venues["kraken"].specs():
        book = world.book("kraken", spec.id)
        assert min(len(book.bids), len(book.asks)) >= 30, spec.id
        assert book.bids[0].price < book.asks[0].price
        gap = book.asks[0].price / book.bids[0].price - 1
        assert gap < Decimal("0.01"), spec.id


def test_dated_contracts_end_in_a_world_that_runs_that_long():
    clock = ManualClock(NOW)
    market = MarketSettings(levels=10, steps_per_second=1)
    world = World(WorldSettings(venues=("okx",), market=market), clock)
    clock.advance(40 * DAY)
    world.advance()
    clock.advance(DAY)
    world.advance()
    ended = [s for s in world.venues["okx"].specs() if s.instrument.expiry_ns]
    assert ended
    for spec in ended:
        assert spec.instrument.expiry_ns < Nanos(clock.now_ns())
        listing = world.venues["okx"].listing(spec.id)
        assert listing.status == "expired"
        assert not len(listing.book.bids)


def test_a_market_that_opens_lists_trades_already():
    world = World(WorldSettings(market=MarketSettings(levels=20)), ManualClock(NOW))
    for venue in world.venues.values():
        for listing in venue.engine.listings.values():
            if listing.spec.instrument.kind is InstrumentKind.OPTION:
                continue
            prints = list(listing.tape.prints)
            assert len(prints) == 60
            assert [print_.trade_id for print_ in prints] == list(range(1, 61))
            assert [print_.at_ns for print_ in prints] == sorted(print_.at_ns for print_ in prints)
            assert NOW - 21 * 60 * 10**9 < prints[0].at_ns < prints[-1].at_ns < NOW
            assert listing.last == prints[-1].price == listing.tape.minutes[-1].close
