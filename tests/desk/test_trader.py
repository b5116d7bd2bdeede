"""Orders at the simulated venues over real sockets: placed once, whatever breaks."""

import asyncio
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import ConfigError, InsufficientFunds, NotSent, OrderNotFound, VenueError
from argosy.model import AmendOrder, CancelOrder, ClientOrderId, OrderStatus, PlaceOrder
from argosy.sandbox.faults import FaultKind, FaultPlan
from desk.running import (
    INSTRUMENT,
    PATIENCE,
    PLACING,
    VENUES,
    desk_of,
    order,
    sandboxed,
    theirs,
    until,
)

both = pytest.mark.parametrize("venue", VENUES)
ways = pytest.mark.parametrize("way", ["stream", "rest"])


def choose(desk, venue: str, way: str) -> None:
    """Without a private stream that is ready, orders go over REST."""
    if way == "rest":
        desk.links[venue].private.clear()


def cancel_of(placed: PlaceOrder) -> CancelOrder:
    return CancelOrder(instrument=placed.instrument, client_id=placed.client_id, type=placed.type)


@both
@ways
async def test_an_order_s_whole_life(venue: str, way: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        choose(desk, venue, way)
        trader = desk.traders[venue]
        wanted = order(sandbox, venue)
        report = await trader.place(wanted)
        assert report.status is OrderStatus.ACCEPTED
        assert report.venue_id
        over_stream, over_rest = (sandbox.faults.operations[name] for name in PLACING[venue])
        assert (over_stream, over_rest) == ((1, 0) if way == "stream" else (0, 1))
        amended = await trader.amend(
            AmendOrder(
                instrument=wanted.instrument,
                client_id=wanted.client_id,
                venue_id=report.venue_id,
                new_price=wanted.price - 100,
            )
        )
        assert amended.price == wanted.price - 100
        ended = await trader.cancel(cancel_of(wanted))
        assert ended.status is OrderStatus.CANCELLED
        again = await trader.cancel(cancel_of(wanted))  # safe to repeat
        assert again.status is OrderStatus.CANCELLED
        assert not sandbox.orders(venue)
        assert len(theirs(sandbox, venue, wanted.client_id)) == 1


@both
async def test_a_taking_order_fills_once_and_moves_the_balance(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        before = {balance.currency: balance.total for balance in trader.ledger.balances.values()}
        wanted = order(sandbox, venue, away="1.01")
        await trader.place(wanted)
        await until(lambda: trader.ledger.find(wanted.client_id).status is OrderStatus.FILLED)
        await trader.reconcile()  # tells the fills a second time
        fills = [fill for fill in trader.ledger.fills.values() if fill.size]
        assert sum(fill.size for fill in fills) == wanted.size
        assert len(fills) == len(sandbox.fills(venue))
        after = {balance.currency: balance.total for balance in trader.ledger.balances.values()}
        assert after["BTC"] > before.get("BTC", Decimal(0))


@both
@ways
async def test_a_refused_order_is_final_and_says_why(venue: str, way: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        choose(desk, venue, way)
        trader = desk.traders[venue]
        wanted = order(sandbox, venue, size="100000")
        with pytest.raises((InsufficientFunds, VenueError)):
            await trader.place(wanted)
        settled = trader.ledger.find(wanted.client_id)
        assert settled.status is OrderStatus.REJECTED
        assert settled.reason
        assert not trader.ledger.open()
        with pytest.raises(ConfigError, match="used before"):
            await trader.place(wanted)


@both
@ways
async def test_a_lost_answer_is_looked_up_and_never_doubled(venue: str, way: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        choose(desk, venue, way)
        trader = desk.traders[venue]
        operation = PLACING[venue][way == "rest"]
        sandbox.faults.add(FaultPlan(kind=FaultKind.ANSWER_LOST, operation=operation, nth=1))
        wanted = order(sandbox, venue)
        report = await trader.place(wanted)
        assert sandbox.faults.counts[FaultKind.ANSWER_LOST] == 1
        assert report.status is OrderStatus.ACCEPTED
        assert report.venue_id
        assert len(theirs(sandbox, venue, wanted.client_id)) == 1
        assert not trader.unresolved


@both
@ways
async def test_a_lost_request_is_rejected_after_its_deadline(venue: str, way: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        choose(desk, venue, way)
        trader = desk.traders[venue]
        operation = PLACING[venue][way == "rest"]
        sandbox.faults.add(FaultPlan(kind=FaultKind.REQUEST_LOST, operation=operation, nth=1))
        wanted = order(sandbox, venue)
        began = asyncio.get_running_loop().time()
        report = await trader.place(wanted)
        assert asyncio.get_running_loop().time() - began >= PATIENCE.sure_s
        assert report.status is OrderStatus.REJECTED
        assert "never reached" in report.reason
        assert not theirs(sandbox, venue, wanted.client_id)
        assert not trader.unresolved


@both
async def test_an_order_whose_caller_gave_up_is_still_found(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        sandbox.faults.add(
            FaultPlan(kind=FaultKind.LATE, operation=PLACING[venue][0], nth=1, delay_ms=300.0)
        )
        wanted = order(sandbox, venue)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await trader.place(wanted)
        await until(lambda: theirs(sandbox, venue, wanted.client_id))
        await until(lambda: trader.ledger.find(wanted.client_id).venue_id)
        assert trader.ledger.find(wanted.client_id).status is OrderStatus.ACCEPTED


@both
async def test_a_cut_connection_loses_nothing_that_happened_meanwhile(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        wanted = order(sandbox, venue)
        await trader.place(wanted)
        private = desk.links[venue].private
        connects = [feed.stats.connects for feed in private]
        for feed in private:
            feed.resync("cut by the test")
        mine = next(one for one in sandbox.orders(venue) if one.client_id == wanted.client_id)
        sandbox.venue(venue).engine.cancel(mine)
        await until(
            lambda: all(
                feed.stats.connects > before for feed, before in zip(private, connects, strict=True)
            )
        )
        await until(lambda: trader.ledger.find(wanted.client_id).status is OrderStatus.CANCELLED)


@both
async def test_cancel_all_cancels_first_and_says_which(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        ids = [(await trader.place(order(sandbox, venue))).venue_id for _ in range(3)]
        assert sorted(await trader.cancel_all(INSTRUMENT[venue])) == sorted(ids)
        assert not sandbox.orders(venue)
        await until(lambda: not trader.ledger.open())
        assert await trader.cancel_all() == []


@both
async def test_reconciling_adopts_orders_the_desk_did_not_place(venue: str) -> None:
    async with sandboxed(venue) as sandbox:
        async with desk_of(sandbox, venue) as first:
            wanted = order(sandbox, venue)
            placed = await first.traders[venue].place(wanted)
        async with desk_of(sandbox, venue) as second:  # a new process would know nothing
            trader = second.traders[venue]
            (found,) = trader.ledger.open()
            assert found.venue_id == placed.venue_id
            assert (await trader.cancel(cancel_of(wanted))).status is OrderStatus.CANCELLED


@both
async def test_what_the_venue_does_not_know_is_said_so(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        trader = desk.traders[venue]
        stranger = msgspec.structs.replace(
            order(sandbox, venue), client_id=ClientOrderId("0" * 31 + "1")
        )
        with pytest.raises(OrderNotFound):
            await trader.cancel(cancel_of(stranger))
        elsewhere = msgspec.structs.replace(stranger, instrument=f"{venue}:NO/USD")
        with pytest.raises(ConfigError, match="lists no"):
            await trader.place(elsewhere)
        assert trader.ledger.find(stranger.client_id) is None


async def test_a_closed_desk_sends_nothing() -> None:
    async with sandboxed("kraken") as sandbox:
        async with desk_of(sandbox, "kraken") as desk:
            trader = desk.traders["kraken"]
            wanted = order(sandbox, "kraken")
        with pytest.raises(NotSent):
            await trader.place(wanted)
        assert trader.ledger.find(wanted.client_id).status is OrderStatus.REJECTED
        assert not theirs(sandbox, "kraken", wanted.client_id)
