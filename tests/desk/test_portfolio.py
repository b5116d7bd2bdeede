"""The account over two venues: valued, netted, with its margin."""

from decimal import Decimal

import pytest

from argosy.desk.asks import new_client_id
from argosy.desk.portfolio import PortfolioDesk
from argosy.errors import ConfigError
from argosy.model import InstrumentId, MarginMode, OrderType, PlaceOrder, Side
from desk.running import desk_of, order, sandboxed, until

D = Decimal
SWAPS = (InstrumentId("okx:BTC/USDT:USDT"), InstrumentId("okx:BTC/USD:BTC"))


def position(desk, instrument, side, size, **more):
    import random

    return PlaceOrder(
        instrument=instrument,
        client_id=new_client_id(random.Random(f"{instrument}{side}{size}")),
        side=side,
        type=OrderType.MARKET,
        size=D(size),
        margin_mode=MarginMode.CROSS,
        **more,
    )


async def test_what_is_held_and_what_it_is_worth() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        account = PortfolioDesk(desk).account()
        true = {
            (venue, currency): holding.total
            for venue in ("kraken", "okx")
            for currency, holding in sandbox.account(venue).holdings.items()
            if holding.total
        }
        assert {(one.venue, one.currency): one.total for one in account.holdings} == true
        btc = next(one for one in account.exposures if one.asset == "BTC")
        assert btc.net == sum(total for (_, currency), total in true.items() if currency == "BTC")
        assert 0 < btc.value < account.value
        assert not account.positions
        assert all(one.as_of_ns for one in account.venues)


async def test_positions_that_cancel_out_and_their_margin() -> None:
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        portfolio = PortfolioDesk(desk)
        idle = portfolio.margin()
        assert idle.level is None
        assert idle.equity > 0
        trader = desk.traders["okx"]
        await trader.place(position(desk, SWAPS[0], Side.BUY, "20"))
        await trader.place(position(desk, SWAPS[1], Side.SELL, "50"))
        await trader.reconcile()
        account = portfolio.account()
        assert {one.instrument for one in account.positions} == set(SWAPS)
        (offset,) = account.offsets
        assert (offset.long, offset.short) == SWAPS
        assert all(amount for _, amount in offset.margin_freed)
        margin = portfolio.margin()
        assert margin.level > 1
        assert margin.cushion > 0
        assert {one.instrument for one in margin.venues[0].positions} == set(SWAPS)
        steep = portfolio.margin(target_level=margin.level * 2)
        assert steep.lacking > 0  # one venue alone cannot help itself
        with pytest.raises(ConfigError, match="above 1"):
            portfolio.margin(target_level=D(1))


async def test_a_position_closed_elsewhere_is_gone_after_reconciling() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        trader = desk.traders["kraken"]

        def theirs() -> list[object]:
            return [one for one in sandbox.account("kraken").positions.values() if one.size]

        bought = order(sandbox, "kraken", away="1.01")
        await trader.place(position(desk, bought.instrument, Side.BUY, "0.02", leverage=D(2)))
        await until(theirs)
        await trader.reconcile()
        (held,) = trader.ledger.positions.values()
        assert held.size == D("0.02")
        await trader.place(position(desk, bought.instrument, Side.SELL, "0.02", leverage=D(2)))
        await until(lambda: not theirs())
        await trader.reconcile()
        assert not trader.ledger.positions


@pytest.mark.parametrize("venue", ["kraken", "okx"])
async def test_what_no_fill_explains_is_flagged(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        for _ in range(3):
            await trader.place(order(sandbox, venue, away="1.01"))
            await trader.reconcile()
        assert not trader.unexplained
        engine = sandbox.venue(venue).engine
        engine.deposit(sandbox.account(venue), "ETH", D(5))
        for _ in range(2):
            await trader.reconcile()
        (found,) = PortfolioDesk(desk).account().venues[0].unexplained
        assert (found.currency, found.amount) == ("ETH", D(5))
        await desk.journal.flushed()
        (row,) = desk.journal.store.history_of(venue)
        assert row.kind == "unexplained"


async def test_no_account_without_a_key() -> None:
    from argosy.desk.build import open_desk
    from argosy.desk.settings import Settings

    async with open_desk(Settings(), keys=False) as desk:
        with pytest.raises(ConfigError, match="no account"):
            PortfolioDesk(desk).account()
