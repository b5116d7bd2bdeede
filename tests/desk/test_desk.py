"""A whole desk on the simulated venues: health, books merged and dropped, hand-over, orders."""

import asyncio
import random
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from argosy.desk.asks import AmendAsk, CancelAsk, OrderAsk, command
from argosy.desk.build import open_desk
from argosy.desk.desk import Desk
from argosy.desk.keeping import cause_of, kept
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import (
    AuditSettings,
    BookSettings,
    DeskSettings,
    SandboxConfig,
    Settings,
    VenueSettings,
)
from argosy.desk.view import VenueState
from argosy.errors import ConfigError, InvalidOrder, OrderRejected, Unsupported
from argosy.model import ClientOrderId, OrderStatus, Side, VenueId
from argosy.net.clock import SystemClock
from argosy.net.recording import read
from argosy.ports import BookChanged
from argosy.sandbox.faults import FaultKind, FaultPlan
from desk.running import VENUES, desk_of, order, sandboxed, until

PAIR = "BTC/USD"


def venues_in(desk: Desk) -> set[str]:
    view = desk.universal(PAIR, 5)
    return {level.venue for level in (*view.bids, *view.asks)}


async def test_every_venue_is_in_the_book_net_of_its_fee() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        assert venues_in(desk) == set(VENUES)
        view = desk.universal(PAIR, 5)
        assert not view.excluded
        for level in view.asks:
            fee = view.taker_fees[level.instrument]
            assert level.net_price == level.price * (1 + fee)
        quote = desk.cost(PAIR, Side.BUY, Decimal("0.01"))
        assert quote.missing == 0
        await until(lambda: desk.trades(PAIR, 3))
        health = {one.id: one for one in desk.venues()}
        assert {one.state for one in health.values()} == {VenueState.LIVE}
        assert all(one.detail == "" and one.environment == "sandbox" for one in health.values())
        with pytest.raises(KeyError):
            desk.universal("DOGE/USD", 5)


async def test_a_venue_that_is_cut_off_leaves_at_once_and_comes_back() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        link = desk.links["okx"]
        plan = sandbox.faults.add(
            FaultPlan(kind=FaultKind.REQUEST_LOST, venue="okx", operation="in connect")
        )
        for feed in link.feeds:
            feed.resync("cut by the test")
        await until(lambda: not all(feed.ready for feed in link.feeds))
        await until(lambda: venues_in(desk) == {"kraken"})
        reasons = {entry.reason for entry in desk.universal(PAIR, 5).excluded}
        assert reasons
        assert link.state is VenueState.DISCONNECTED
        assert link.gaps
        sandbox.faults.remove(plan)
        await until(lambda: venues_in(desk) == set(VENUES))
        assert link.state is VenueState.LIVE
        (health,) = (one for one in desk.venues() if one.id == "okx")
        assert health.reconnects >= 1


async def test_a_hand_over_switches_the_book_without_a_gap() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        link = desk.links["kraken"]
        feed = link.feeds[0]
        gaps, members = link.gaps, len(desk.books[PAIR].members)
        before = [member.book for member in desk.books[PAIR].members]
        seen: list[object] = []
        link.watch(lambda event: seen.append(event.book) if type(event) is BookChanged else None)
        feed.renew()
        await until(lambda: feed.stats.handovers == 1)
        await until(
            lambda: all(
                member.book is not old
                for member, old in zip(desk.books[PAIR].members, before, strict=True)
            )
        )
        assert len(desk.books[PAIR].members) == members
        assert link.gaps == gaps
        assert venues_in(desk) == {"kraken"}
        fresh = desk.books[PAIR].members[0].book
        seen.clear()
        await until(lambda: fresh in seen)
        assert all(book not in before for book in seen[-3:])


async def test_link_states_from_connecting_to_stale() -> None:
    async with sandboxed("kraken") as sandbox:
        async with desk_of(sandbox, "kraken", start=False) as desk:
            (health,) = desk.venues()
            assert health.state is VenueState.CONNECTING
            assert health.last_received_ns is None
            assert health.frames_per_s is None
            assert not await desk.settled(0.0)
        async with desk_of(sandbox, "kraken") as desk:
            link = desk.links["kraken"]
            assert link.state is VenueState.LIVE
            link.settings = msgspec.structs.replace(link.settings, max_age_s=-1.0)
            assert link.state is VenueState.STALE


async def test_a_venue_that_is_down_does_not_keep_the_other_from_trading() -> None:
    async with sandboxed() as sandbox:
        sandbox.faults.add(FaultPlan(kind=FaultKind.REQUEST_LOST, venue="okx"))
        async with desk_of(sandbox, start=False) as desk, asyncio.TaskGroup() as group:
            running = group.create_task(desk.run())
            await until(lambda: desk.links["kraken"].state is VenueState.LIVE)
            await until(lambda: venues_in(desk) == {"kraken"})
            okx = next(one for one in desk.venues() if one.id == "okx")
            assert okx.state is VenueState.CONNECTING
            await until(
                lambda: "at okx" in desk.links["okx"].detail or "of okx" in desk.links["okx"].detail
            )
            sandbox.faults.clear()
            await until(lambda: venues_in(desk) == set(VENUES))
            running.cancel()


@pytest.mark.parametrize("venue", VENUES)
async def test_a_key_that_can_withdraw_is_refused_unless_allowed(venue: str) -> None:
    desk_settings = DeskSettings(venues=(venue,), pairs=(PAIR,))
    settings = Settings(
        desk=desk_settings,
        sandbox=SandboxConfig(key="withdraw"),
        books=BookSettings(conversions={"USDT": "1"}),
    )
    async with sandboxed(venue) as sandbox:
        async with desk_of(sandbox, settings=settings, start=False) as desk:
            with pytest.raises(BaseExceptionGroup) as error:
                await desk.run()
        cause = cause_of(error.value)
        assert isinstance(cause, ConfigError)
        assert f"venues.{venue}.allow_withdrawal_key" in str(cause)
        allowed = {venue: VenueSettings(allow_withdrawal_key=True)}
        settings = msgspec.structs.replace(settings, venues=allowed)
        async with desk_of(sandbox, settings=settings) as desk:
            assert venues_in(desk) == {venue}


async def test_a_defect_at_one_venue_is_retried_and_never_ends_the_desk() -> None:
    class Venue:
        id = VenueId("kraken")
        detail = ""

    class Quick(SystemClock):
        async def sleep(self, seconds: float) -> None:
            del seconds

    venue, runs, resets = Venue(), [], []

    async def run() -> None:
        runs.append(venue.detail)
        if len(runs) == 1:
            raise ZeroDivisionError("a defect")
        if len(runs) == 2:
            raise ExceptionGroup("", [ValueError("deep")])

    await kept(venue, run, Quick(), lambda: resets.append(1))
    assert runs == ["", "ZeroDivisionError: a defect", "ValueError: deep"]
    assert len(resets) == 2

    async def unsupported() -> None:
        raise Unsupported("no streams")

    await kept(venue, unsupported, Quick())
    assert venue.detail == "Unsupported: no streams"

    async def wrong() -> None:
        raise ExceptionGroup("", [ValueError("x"), ExceptionGroup("", [ConfigError("key")])])

    with pytest.raises(ConfigError, match="key"):
        await kept(venue, wrong, Quick())


@pytest.mark.parametrize(
    ("desk_settings", "words"),
    [
        (DeskSettings(venues=("nope",)), "desk.venues names nope"),
        (DeskSettings(venues=("kraken",), environment="live"), "venues.kraken.endpoints"),
    ],
)
async def test_settings_that_cannot_be_built(desk_settings: DeskSettings, words: str) -> None:
    venues = {"kraken": VenueSettings(endpoints={"fax": "http://127.0.0.1:1"})}
    settings = Settings(desk=desk_settings, venues=venues)
    with pytest.raises(ConfigError, match=words.replace(".", r"\.")):
        async with open_desk(settings, environment={}):
            pass


async def test_changes_are_told_in_bounded_sets() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        changes = desk.changes()
        topics: set[str] = set()
        async with asyncio.timeout(10):
            async for some in changes:
                topics |= some
                if topics >= {"venues", f"book:{PAIR}", f"trades:{PAIR}"}:
                    break
        await changes.aclose()
        assert topics == {"venues", f"book:{PAIR}", f"trades:{PAIR}"}


# --- orders in words ------------------------------------------------------------------------------


async def test_orders_in_words() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(2))
        placed = await orders.place(
            OrderAsk(instrument="kraken:BTC/USD", side="BUY", size="0.01", price="20000")
        )
        assert placed.status is OrderStatus.ACCEPTED
        assert [one.venue_id for one in orders.orders()] == [placed.venue_id]
        amended = await orders.amend(AmendAsk(order=placed.venue_id, price="21000"))
        assert amended.price == 21000
        assert await orders.cancel(CancelAsk(order=str(placed.client_id))) == [placed.venue_id]
        assert not orders.orders()
        taken = await orders.place(
            OrderAsk(instrument="kraken:BTC/USD", side="sell", size="0.01", type="market")
        )
        await until(lambda: orders.known(taken.venue_id)[1].status is OrderStatus.FILLED)
        await until(orders.fills)
        with pytest.raises(OrderRejected, match="it is filled"):
            await orders.cancel(CancelAsk(order=taken.venue_id))
        assert len(orders.orders(everything=True)) == 2
        assert await orders.cancel(CancelAsk(venue="kraken")) == []
        refusals = {
            "did you mean kraken:BTC/USD": OrderAsk(
                instrument="kraken:BTC/UST", side="buy", size="1", price="1"
            ),
            "no venue 'nope'": OrderAsk(instrument="nope:X/Y", side="buy", size="1", price="1"),
            "side is 'by'": OrderAsk(instrument="kraken:BTC/USD", side="by", size="1", price="1"),
        }
        for words, ask in refusals.items():
            with pytest.raises(ConfigError, match=words):
                await orders.place(ask)
        for words, size, price in (
            ("price 1.001 is no multiple", "1", "1.001"),
            ("size 1.0000000001 is no multiple", "1.0000000001", "1"),
            ("below the least", "0.00000001", "1"),
        ):
            ask = OrderAsk(instrument="kraken:BTC/USD", side="buy", size=size, price=price)
            with pytest.raises(InvalidOrder, match=words):
                await orders.place(ask)
        for cancel, words in (
            (CancelAsk(order="zzz"), "knows no order 'zzz'"),
            (CancelAsk(), "say which order"),
            (CancelAsk(venue="kraken", instrument="okx:BTC/USDT"), "not an instrument of kraken"),
        ):
            with pytest.raises(ConfigError, match=words):
                await orders.cancel(cancel)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"expire_in_s": -1.0}, "expire_in_s is -1"),
        ({"expire_in_s": float("inf")}, "expire_in_s is inf"),
        ({"type": "wish"}, "type is 'wish'"),
        ({"size": "1e-3x"}, "size"),
        ({"size": "nan"}, "size"),
        ({"size": "1e100000"}, "size is '1e100000'; a number of at most 60 digits"),
        ({"price": ""}, "needs a price"),
    ],
)
def test_words_that_are_no_order(more: dict[str, object], words: str) -> None:
    ask = OrderAsk(**{"instrument": "okx:A/B", "side": "buy", "size": "1", "price": "1"} | more)
    with pytest.raises(ConfigError, match=words):
        command(ask, SystemClock().now_ns(), ClientOrderId("c"))


@pytest.mark.parametrize("frames", [False, True])
async def test_the_audit_log_holds_what_was_sent_and_no_secret(
    frames: bool, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    settings = Settings(
        desk=DeskSettings(venues=("kraken",), pairs=(PAIR,)),
        audit=AuditSettings(file=str(path), frames=frames),
    )
    async with sandboxed("kraken") as sandbox:
        async with desk_of(sandbox, settings=settings) as desk:
            await desk.traders["kraken"].place(order(sandbox, "kraken"))
        secret = sandbox.venue("kraken").keys["trade"].credentials.secret
    text = await asyncio.to_thread(path.read_text)
    kinds = {entry.kind for entry in read(path)}
    assert kinds >= {"http", "connect", "send"}
    assert ("recv" in kinds) is frames
    assert "add_order" in text
    assert secret not in text
