"""What a desk knows after it was gone: its own orders by the journal, and that others are not."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import BookSettings, DeskSettings, JournalSettings, Settings
from argosy.errors import ConfigError
from argosy.model import OrderStatus, Side
from desk.running import INSTRUMENT, VENUES, desk_of, order, sandboxed, theirs, until

both = pytest.mark.parametrize("venue", VENUES)


def settings(venue: str, journal: Path) -> Settings:
    return Settings(
        desk=DeskSettings(venues=(venue,), pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        journal=JournalSettings(url=f"sqlite:///{journal}"),
    )


@both
async def test_open_orders_are_taken_up_and_fills_meanwhile_found(
    venue: str, tmp_path: Path
) -> None:
    own = settings(venue, tmp_path / "journal.db")
    async with sandboxed(venue) as sandbox:
        async with desk_of(sandbox, venue, settings=own) as desk:
            sandbox.world.still = True
            resting = order(sandbox, venue)
            best = sandbox.book(venue, INSTRUMENT[venue], 1).asks[0].price - Decimal("0.1")
            near = msgspec.structs.replace(order(sandbox, venue), price=best)
            for one in (resting, near):
                await desk.traders[venue].place(one)
        lots = sandbox.venue(venue).listing(INSTRUMENT[venue]).spec.size_units(near.size) // 2
        sandbox.venue(venue).engine.take(INSTRUMENT[venue], Side.SELL, lots)  # nobody watches
        assert sandbox.fills(venue)
        async with desk_of(sandbox, venue, settings=own) as desk:
            trader = desk.traders[venue]
            assert trader.ledger.find(resting.client_id).status is OrderStatus.ACCEPTED
            await until(lambda: trader.ledger.find(near.client_id).filled == near.size / 2)
            assert sum(fill.size for fill in trader.ledger.fills.values()) == sum(
                fill.order.spec.size(fill.size) for fill in sandbox.fills(venue)
            )
            with pytest.raises(ConfigError, match="used before"):
                await trader.place(resting)
            assert not any(listed.foreign for listed in OrderDesk(desk, random.Random(1)).orders())
        assert len(theirs(sandbox, venue, resting.client_id)) == 1


@both
async def test_what_is_not_ours_is_listed_as_such_and_can_be_cancelled(
    venue: str, tmp_path: Path
) -> None:
    async with sandboxed(venue) as sandbox:
        async with desk_of(sandbox, venue, settings=settings(venue, tmp_path / "a.db")) as other:
            await other.traders[venue].place(order(sandbox, venue))
        async with desk_of(sandbox, venue, settings=settings(venue, tmp_path / "b.db")) as desk:
            orders = OrderDesk(desk, random.Random(1))
            (listed,) = orders.orders()
            assert listed.foreign
            bid, _ = desk.top(INSTRUMENT[venue])
            mine = await orders.place(
                OrderAsk(
                    instrument=INSTRUMENT[venue],
                    side="buy",
                    size="0.01",
                    price=str((bid * Decimal("0.8")).quantize(Decimal(1))),
                )
            )
            flags = {one.client_id: one.foreign for one in orders.orders()}
            assert flags == {listed.client_id: True, mine.client_id: False}
            assert await orders.cancel(CancelAsk(order=listed.venue_id)) == [listed.venue_id]
            assert len(sandbox.orders(venue)) == 1
