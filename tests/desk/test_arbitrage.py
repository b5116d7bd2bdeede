"""Arbitrage on both simulated venues: found, shown with why not, taken, and made even."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from argosy.desk.arbitrage import ArbitrageDesk, ScanAsk, TakeAsk
from argosy.desk.desk import Desk
from argosy.desk.settings import (
    BookSettings,
    DeskSettings,
    JournalSettings,
    Settings,
    VenueSettings,
)
from argosy.desk.stories import story
from argosy.errors import ConfigError
from argosy.execution.arbitrage import Kind, Opportunity, Paired
from argosy.model import InstrumentId, InstrumentKind, OrderStatus, Side
from argosy.sandbox.faults import FaultKind, FaultPlan
from argosy.sandbox.server import Sandbox
from desk.running import VENUES, desk_of, sandboxed, until

D = Decimal
SPOT = InstrumentId("kraken:BTC/USD")
OTHER = InstrumentId("okx:BTC/USDT")
SWAP = InstrumentId("okx:BTC/USDT:USDT")
ASK = TakeAsk(which="cross buy okx:btc/usdt, sell kraken:btc/usd", dry_run=False)


def settings(**more: object) -> Settings:
    return Settings(
        desk=DeskSettings(venues=VENUES, pairs=("BTC/USD",), **more),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        venues={name: VenueSettings(taker_fee=D("0.0001")) for name in VENUES},
    )


def move(sandbox: Sandbox, instrument: str, by: str, size: str = "2") -> None:
    """Put the house's quotes of an instrument `by` times where they are, and nobody trades."""
    sandbox.world.still = True
    venue = sandbox.venue(instrument.partition(":")[0])
    listing = venue.engine.listings[InstrumentId(instrument)]
    spec, book = listing.spec, listing.book
    ask = book.asks.best().price
    for side in Side:
        for level in list(book.side(side)):
            if level.house is not None:
                venue.engine.quote(spec.id, side, level.price, 0)
    units = int(ask * D(by)) // spec.tick * spec.tick
    lots = int(D(size) / spec.instrument.contract_size / spec.instrument.size_increment)
    for level in range(3):
        venue.engine.quote(spec.id, Side.BUY, units - (level + 1) * spec.tick, lots * spec.lot)
        venue.engine.quote(spec.id, Side.SELL, units + level * spec.tick, lots * spec.lot)
    venue.engine.settle_down()


def arbitrage(desk: Desk) -> ArbitrageDesk:
    return ArbitrageDesk(desk, random.Random(1))


def pair(desk: Desk, ident: str) -> Paired:
    assert desk.works is not None
    work = desk.works.find(ident)
    assert isinstance(work, Paired)
    return work


async def found(desk: Desk, which: str, **words: object) -> Opportunity:
    """The opportunity that has these words, once it pays."""
    seen: list[Opportunity] = []

    def there() -> bool:
        scan = arbitrage(desk).scan(ScanAsk(**words))
        seen[:] = [
            each for each in scan.opportunities if which in f"{each.kind.value} {each.words}"
        ]
        return any(each.executable for each in seen)

    await until(there)
    return seen[0]


async def test_a_scan_finds_what_pays_and_the_nearest_of_what_does_not() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        best = await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        assert best.quote == "USD"
        assert best.net == best.gross - sum(best.costs.values())
        assert all(leg.age_ns < 10**10 for leg in best.legs)
        scan = arbitrage(desk).scan(ScanAsk(kinds=("cross",), min_bps="1"))
        nets = [each.net for each in scan.opportunities]
        assert nets == sorted(nets, reverse=True)
        assert {each.kind for each in scan.opportunities} == {Kind.CROSS}
        move(sandbox, SPOT, "0.99")
        nothing = arbitrage(desk).scan(ScanAsk(min_bps="5000"))
        assert {each.kind for each in nothing.opportunities} >= {Kind.CROSS}
        assert not any(each.bps > 5000 for each in nothing.opportunities)
        assert not any(sandbox.orders(venue, final=True) for venue in VENUES)


async def test_a_dry_run_sends_nothing_and_shows_its_orders() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        best = await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        done = await arbitrage(desk).take(TakeAsk(which=best.id, size="0.1"))
        assert done.work is None
        assert {(order.side, order.size) for order in done.orders} == {
            (Side.BUY, D("0.1")),
            (Side.SELL, D("0.1")),
        }
        assert done.max_loss == done.opportunity.net * D("0.1") / done.opportunity.size
        assert not any(sandbox.orders(venue, final=True) for venue in VENUES)


@pytest.mark.parametrize("first", ["", "sell"])
async def test_a_pair_is_traded_and_is_on_record(first: str) -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        ask = msgspec.structs.replace(ASK, size="0.2", first=first)
        done = await arbitrage(desk).take(ask)
        assert done.work is not None
        ident = done.work.id
        await until(lambda: pair(desk, ident).done)
        work = pair(desk, ident)
        assert work.status is OrderStatus.FILLED, work.reason
        there = {
            order.spec.id: (order.side, order.spec.size(order.filled))
            for venue in VENUES
            for order in sandbox.orders(venue, final=True)
        }
        assert there == {OTHER: (Side.BUY, D("0.2")), SPOT: (Side.SELL, D("0.2"))}
        assert work.cash > 0
        told = await story(desk, ident)
        assert "opportunity" in [row.kind for row in told.history]
        assert len(told.orders) == 2


async def test_all_that_a_balance_allows_is_not_too_much() -> None:
    told = msgspec.structs.replace(settings(), venues={})  # the fees that the venues do charge
    async with sandboxed() as sandbox, desk_of(sandbox, settings=told) as desk:
        move(sandbox, SPOT, "0.98", "6")  # eighteen, more than the money is enough for
        move(sandbox, OTHER, "1.01", "6")
        best = await found(desk, "cross buy kraken:BTC/USD, sell okx:BTC/USDT")

        def limited() -> str:
            scan = arbitrage(desk).scan(ScanAsk(kinds=("cross",)))
            return next(each.limited_by for each in scan.opportunities if each.id == best.id)

        await until(lambda: limited() == "kraken:BTC/USD: balance of USD")
        done = await arbitrage(desk).take(TakeAsk(which=best.id, dry_run=False))
        assert done.work is not None
        ident = done.work.id
        await until(lambda: pair(desk, ident).done)
        assert pair(desk, ident).status is OrderStatus.FILLED, pair(desk, ident).reason


async def test_a_leg_that_is_refused_is_made_up_for() -> None:
    """Kraken takes no orders any more: what OKX bought is sold there again, and told."""
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        sandbox.venue("kraken").set_status("cancel_only")
        done = await arbitrage(desk).take(msgspec.structs.replace(ASK, size="0.1", hedge_s=0.5))
        assert done.work is not None
        ident = done.work.id
        await until(lambda: pair(desk, ident).done, 20)
        work = pair(desk, ident)
        assert work.status is OrderStatus.CANCELLED
        assert work.is_even
        assert work.reason.startswith("made even at market")
        bought = [
            order.spec.size(order.filled) * (1 if order.side is Side.BUY else -1)
            for order in sandbox.orders("okx", final=True)
        ]
        assert bought == [D("0.1"), D("-0.09999")]  # OKX took its fee out of what was bought


def traded(sandbox: Sandbox) -> Decimal:
    """What is bought and not sold, by the venues."""
    return sum(
        (
            order.spec.size(order.filled) * (1 if order.side is Side.BUY else -1)
            for venue in VENUES
            for order in sandbox.orders(venue, final=True)
        ),
        D(0),
    )


@pytest.mark.parametrize("operation", ["in add_order", "in order"])
async def test_a_pair_outlives_its_process_and_a_lost_answer(
    operation: str, tmp_path: Path
) -> None:
    """One leg's answer never comes and the desk dies: the next one finds it, and sends no other."""
    own = msgspec.structs.replace(
        settings(), journal=JournalSettings(url=f"sqlite:///{tmp_path / 'journal.db'}")
    )
    async with sandboxed() as sandbox:
        async with desk_of(sandbox, settings=own) as desk:
            move(sandbox, SPOT, "1.01")
            await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
            sandbox.faults.add(FaultPlan(kind=FaultKind.ANSWER_LOST, operation=operation, times=1))
            done = await arbitrage(desk).take(msgspec.structs.replace(ASK, size="0.2"))
            assert done.work is not None
            ident = done.work.id
            await until(lambda: all(sandbox.orders(venue, final=True) for venue in VENUES))
        async with desk_of(sandbox, settings=own) as desk:
            assert desk.works is not None
            if desk.works.find(ident) is not None:  # else it had ended before it died
                await until(lambda: pair(desk, ident).done, 20)
                assert pair(desk, ident).status is OrderStatus.FILLED, pair(desk, ident).reason
            assert traded(sandbox) == 0
            assert sum(len(sandbox.orders(venue, final=True)) for venue in VENUES) == 2


async def test_perpetuals_and_futures_carry_where_they_are_heard() -> None:
    own = settings(derivatives=("perpetual", "future"))
    async with sandboxed() as sandbox, desk_of(sandbox, settings=own) as desk:
        await until(lambda: SWAP in desk.funding)
        move(sandbox, SWAP, "1.02")
        best = await found(desk, "perpetual buy kraken:BTC/USD, sell okx:BTC/USDT:USDT")
        assert best.holding_ns == 7 * 86_400 * 10**9
        assert "funding" in best.costs
        assert best.legs[1].order_size == best.legs[1].size / D("0.01")
        kinds = {each.kind for each in arbitrage(desk).scan(ScanAsk()).opportunities}
        assert kinds >= {Kind.PERPETUAL, Kind.DATED}
        dated = arbitrage(desk).scan(ScanAsk(kinds=("dated",))).opportunities
        assert all(each.annualised is not None for each in dated)
        which = "perpetual buy kraken:BTC/USD sell okx:BTC/USDT:USDT"
        done = await arbitrage(desk).take(TakeAsk(which=which, size="0.05", dry_run=False))
        assert done.work is not None
        ident = done.work.id
        await until(lambda: pair(desk, ident).done)
        assert pair(desk, ident).status is OrderStatus.FILLED, pair(desk, ident).reason
        position = sandbox.account("okx").positions
        assert any(
            held.spec.instrument.kind is InstrumentKind.PERPETUAL and held.size == -5
            for held in position.values()
        )


async def test_without_a_balance_it_says_so() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        balances = desk.traders["kraken"].ledger.balances
        for key, balance in tuple(balances.items()):
            balances[key] = msgspec.structs.replace(balance, free=D(0))
        scan = arbitrage(desk).scan(ScanAsk(kinds=("cross",)))
        (mine,) = [
            each
            for each in scan.opportunities
            if each.words == "buy okx:BTC/USDT, sell kraken:BTC/USD"
        ]
        assert mine.why_not.startswith("kraken:BTC/USD: ")
        assert mine.net > 0
        with pytest.raises(ConfigError, match="cannot be executed"):
            await arbitrage(desk).take(msgspec.structs.replace(ASK, which=mine.id))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"which": "nothing like it"}, "there is no opportunity"),
        ({"which": "cross buy"}, "may be"),
        ({"scan": ScanAsk(kinds=("magic",))}, "kinds are"),
        ({"scan": ScanAsk(min_bps="x")}, "min_bps"),
        ({"scan": ScanAsk(holding_h=0)}, "holding_h"),
        ({"size": "99"}, "size is 99"),
        ({"size": "0.000000001"}, "steps of"),
        ({"first": "last"}, "first is"),
        ({"max_loss": "-1"}, "max_loss"),
    ],
)
async def test_what_cannot_be_taken_says_why(words: dict[str, object], said: str) -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        with pytest.raises(ConfigError, match=said):
            await arbitrage(desk).take(msgspec.structs.replace(ASK, **words))


async def test_a_desk_without_keys_looks_and_says_what_is_missing() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings()) as desk:
        move(sandbox, SPOT, "1.01")
        await found(desk, "cross buy okx:BTC/USDT, sell kraken:BTC/USD")
        desk.traders.clear()
        scan = arbitrage(desk).scan(ScanAsk(kinds=("cross",)))
        assert scan.opportunities[0].net > 0
        assert scan.opportunities[0].why_not.startswith("no API key for ")
