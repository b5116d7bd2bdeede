"""Orders that wait for a price at the simulated venues: once triggered, one order all the same."""

from decimal import Decimal

import pytest

from argosy.model import OrderStatus, OrderType, PlaceOrder, Side, Trigger
from argosy.sandbox.server import Sandbox
from desk.running import INSTRUMENT, VENUES, desk_of, order, sandboxed, until
from venues.twins import JumpingClock, SandboxTwin


def stop(sandbox: Sandbox, venue: str) -> PlaceOrder:
    level = sandbox.book(venue, INSTRUMENT[venue], 5).asks[4].price
    return PlaceOrder(
        instrument=INSTRUMENT[venue],
        client_id=order(sandbox, venue).client_id,
        side=Side.BUY,
        type=OrderType.STOP,
        size=Decimal("0.01"),
        trigger=Trigger(price=level),
    )


@pytest.mark.parametrize("venue", VENUES)
async def test_a_stop_stays_one_order_with_what_it_filled(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        wanted = stop(sandbox, venue)
        placed = await trader.place(wanted)
        SandboxTwin(venue, sandbox, JumpingClock()).fill(wanted.client_id)
        await until(lambda: trader.ledger.find(wanted.client_id).status is OrderStatus.FILLED)
        await until(lambda: sum(f.size for f in trader.ledger.fills.values()) == wanted.size)
        (found,) = trader.ledger.everything()
        assert (found.client_id, found.filled) == (wanted.client_id, wanted.size)
        assert found == trader.ledger.find(placed.venue_id) == trader.ledger.find(found.venue_id)
        fills = trader.ledger.fills.values()
        assert {fill.client_id for fill in fills} == {wanted.client_id}
        assert {fill.venue_order_id for fill in fills} == {found.venue_id}
        await trader.reconcile()
        assert trader.ledger.everything() == [found]
        refreshed = await trader.refresh(wanted.instrument, wanted.client_id)
        assert (refreshed.status, refreshed.filled) == (OrderStatus.FILLED, wanted.size)
