"""The contract of a PrivateFeed: orders, fills, balances and positions as they happen, and order
entry over the stream where the venue has it.
"""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import (
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    StreamGap,
    Unsupported,
    VenueError,
    WireError,
)
from argosy.model import (
    AmendOrder,
    Balance,
    Credentials,
    Fill,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    Position,
    VenueStatus,
)
from argosy.net.feed import FeedRunner
from argosy.ports import Channel, CommandSession, PrivateFeed
from argosy.testing import samples
from argosy.testing.account import agree, opening
from argosy.testing.contract import Contract
from argosy.testing.damage import bad_bytes, damaged
from argosy.testing.rig import Rig, rig
from argosy.testing.trading_wire import FINAL, near, placed
from argosy.testing.twin import Trouble

AT = Nanos(1_700_000_000_000_000_000)
PRIVATE = frozenset({Channel.ORDERS, Channel.FILLS, Channel.BALANCES, Channel.POSITIONS})
_DAMAGED = 1_000


class PrivateFeedContract(Contract):
    """Subclass it with `facts`."""

    capability = "private"

    def _private(self) -> PrivateFeed:
        private = self.adapter.private
        assert private is not None
        return private

    def _sessions(self) -> list[CommandSession]:
        """A session of each plan, with what it asked for before opening answered."""
        private = self._private()
        made = []
        for plan in private.private_plans():
            session = private.private_session(plan, self.facts.credentials)
            for call in session.prepare():
                session.answer(call.tag, self.facts.prepared[call.tag])
            made.append(session)
        return made

    def resting_cases(self) -> Sequence[str]:
        """Declared types that rest, wait or work."""
        return [kind for kind in self.adapter.info.orders.types if kind != OrderType.MARKET]

    def test_declared(self) -> None:
        """PF-01 Declared in venue.toml, and whole; the private channels are those declared."""
        self.check_declared()
        plans = self._private().private_plans()
        carried = {one.channel for plan in plans for one in plan.subscriptions}
        assert carried == PRIVATE & {Channel(name) for name in self.adapter.info.channels}
        for plan in plans:
            assert plan.private
            for endpoints in self.adapter.info.endpoints.values():
                assert plan.url in endpoints.roles

    def test_what_is_asked_before(self) -> None:
        """PF-02 REST calls of a session are signed, repeatable, and within the limits."""
        private = self._private()
        for plan in private.private_plans():
            for call in private.private_session(plan, self.facts.credentials).prepare():
                self.check_request(call.request, signed=True)
                assert call.request.idempotent

    def test_the_secret_stays_here(self) -> None:
        """PF-03 No frame that opens a session holds the secret, nor does its repr."""
        secret = self.facts.credentials.secret
        for session in self._sessions():
            sent = session.open(AT).send
            assert sent
            assert not any(secret in text for text in sent)
            assert secret not in repr(session)
            assert not session.ready

    def test_bad_bytes(self) -> None:
        """PF-04 Whatever the bytes, nothing comes out but WireError and StreamGap."""
        for session in self._sessions():
            session.open(AT)
            for data in bad_bytes([], 0):
                _hear(session, data)
            assert not session.ready

    def test_order_entry_frames(self) -> None:
        """PF-05 Orders over the stream carry our id; what it does not take is Unsupported; without
        order entry everything is.
        """
        session = self._sessions()[0]
        session.open(AT)
        for frame in self.facts.login:
            session.receive(frame, AT)
        carried = set()
        for kind in self.adapter.info.orders.types:
            order = samples.order(self.facts, OrderType(kind))
            try:
                text = session.place(order, "4711", AT)
            except Unsupported:
                continue
            carried.add(kind)
            assert order.client_id in text
        assert ({"limit", "market"} <= carried) is self.adapter.info.orders.over_stream

    # --- over real sockets ------------------------------------------------------------------------

    @pytest.mark.asyncio
    async def test_balances_come_first(self) -> None:
        """PF-20 Once ready, the balances that came are the venue's own."""
        async with rig(self.facts) as on, on.private_streams():
            await on.until(lambda: agree(on, _latest(on)), "balances are the venue's own")

    @pytest.mark.asyncio
    async def test_orders_are_seen(self, resting: str) -> None:
        """PF-21 Each native type, placed over REST: seen as it is, then its end."""
        kind = OrderType(resting)
        async with rig(self.facts) as on, on.private_streams():
            order = await placed(on, kind)
            report = await on.event(OrderReport, client_id=order.client_id, type=kind)
            assert (report.instrument, report.side) == (order.instrument, order.side)
            assert report.size == order.size
            assert not report.status.final
            (true,) = on.at_venue(order.client_id)
            assert report.venue_id == true.venue_id
            await on.call(on.trading.cancel(samples.cancel(report)))
            await on.until(
                lambda: any(
                    one.status in FINAL for one in on.seen(OrderReport, venue_id=true.venue_id)
                ),
                "the end of the order",
            )

    @pytest.mark.asyncio
    async def test_fills_are_seen(self) -> None:
        """PF-22 A fill: the order filled, the Fill as the venue has it, once, and the balances."""
        async with rig(self.facts) as on, on.private_streams():
            order = samples.order(self.facts, OrderType.MARKET)
            await on.call(on.trading.place(order))
            done = await on.event(OrderReport, client_id=order.client_id, status=OrderStatus.FILLED)
            assert done.filled == order.size
            theirs = list(on.twin.fills())
            await on.until(lambda: len(on.seen(Fill)) >= len(theirs), "every fill")
            ours = {one.venue_trade_id: one for one in on.seen(Fill)}
            assert set(ours) == {one.venue_trade_id for one in theirs}
            for true in theirs:
                found = ours[true.venue_trade_id]
                for name in ("client_id", "side", "price", "size", "fee_currency", "liquidity"):
                    assert getattr(found, name) == getattr(true, name), name
                assert abs(found.fee - true.fee) < Decimal("0.00001") * max(true.fee, Decimal(1))
            await on.until(lambda: agree(on, _latest(on)), "balances after the fill")

    @pytest.mark.asyncio
    async def test_resting_fills_are_seen(self) -> None:
        """PF-23 Somebody trades against our order: we hear it without asking."""
        async with rig(self.facts) as on, on.private_streams():
            price = on.twin.book(self.facts.instrument).bids[0].price
            order = await placed(on, price=price)
            on.twin.fill(order.client_id)
            await on.event(OrderReport, client_id=order.client_id, status=OrderStatus.FILLED)
            sizes = sum(one.size for one in on.seen(Fill, client_id=order.client_id))
            assert sizes == order.size

    @pytest.mark.asyncio
    async def test_amendments_are_seen(self) -> None:
        """PF-24 An amendment shows with its new price."""
        async with rig(self.facts) as on, on.private_streams():
            order = await placed(on)
            assert order.price is not None
            price = order.price - 7
            amend = AmendOrder(
                instrument=order.instrument, client_id=order.client_id, new_price=price
            )
            await on.call(on.trading.amend(amend))
            report = await on.event(OrderReport, client_id=order.client_id, price=price)
            assert not report.status.final

    def _entry(self, runners: list[FeedRunner]) -> FeedRunner:
        if not self.adapter.info.orders.over_stream:
            pytest.skip(f"{self.facts.venue} has no order entry over its streams")
        return runners[0]

    @pytest.mark.asyncio
    async def test_order_entry(self) -> None:
        """PF-25 Placed, amended and cancelled over the stream: the venue's state follows."""
        async with rig(self.facts) as on, on.private_streams() as runners:
            entry = self._entry(runners)
            order = samples.order(self.facts, near=near(on))
            assert order.price is not None
            done = await entry.place(order, "1")
            (true,) = on.at_venue(order.client_id)
            assert done.venue_id == true.venue_id
            amend = AmendOrder(
                instrument=order.instrument,
                client_id=order.client_id,
                venue_id=done.venue_id,
                new_price=order.price - 7,
            )
            await entry.amend(amend, "2")
            (true,) = on.at_venue(order.client_id)
            assert true.price == order.price - 7
            await entry.cancel(samples.cancel(order), "3")
            (true,) = on.at_venue(order.client_id)
            assert true.status in FINAL

    @pytest.mark.asyncio
    async def test_refusals_over_the_stream(self) -> None:
        """PF-26 Refusals over the stream are the errors that REST gives."""
        async with rig(self.facts) as on, on.private_streams() as runners:
            entry, price = self._entry(runners), near(on)
            order = samples.order(self.facts, near=price)
            await entry.place(order, "1")
            with pytest.raises(DuplicateOrder):
                await entry.place(order, "2")
            dear = samples.order(self.facts, number=2, near=price, size=Decimal(10_000))
            with pytest.raises(InsufficientFunds):
                await entry.place(dear, "3")
            step = on.instruments[self.facts.instrument].size_increment
            with pytest.raises(InvalidOrder):
                await entry.place(samples.order(self.facts, number=3, near=price, size=step), "4")
            with pytest.raises(OrderNotFound):
                await entry.cancel(samples.cancel(samples.order(self.facts, number=4)), "5")
            assert len(on.twin.orders()) == 1

    @pytest.mark.asyncio
    async def test_positions_are_seen(self) -> None:
        """PF-27 Where positions are declared, an opened one is seen, signed, and so is its end."""
        if Channel.POSITIONS not in self.adapter.info.channels:
            pytest.skip(f"{self.facts.venue} declares no stream of positions")
        async with rig(self.facts) as on, on.private_streams():
            order = opening(on)
            await on.call(on.trading.place(order))
            await on.event(Position, instrument=order.instrument, size=order.size)
            assert list(on.twin.positions().values()) == [order.size]

    @pytest.mark.asyncio
    async def test_a_lost_connection(self) -> None:
        """PF-28 After a broken connection the stream is back, and tells what happens next."""
        async with rig(self.facts) as on, on.private_streams() as runners:
            on.twin.trouble(Trouble.CUT_STREAMS)
            await placed(on, number=1)
            await on.until(
                lambda: (
                    sum(one.stats.connects for one in runners) > len(runners)
                    and all(one.ready for one in runners)
                ),
                "connected anew",
            )
            second = await placed(on, number=2)
            await on.event(OrderReport, client_id=second.client_id)

    @pytest.mark.asyncio
    async def test_a_wrong_key(self) -> None:
        """PF-29 A login that is refused never gets ready, and says why without the secret."""
        async with rig(self.facts) as on:
            right = on.twin.credentials("trade")
            other = on.twin.credentials("read").secret
            wrong = Credentials(key=right.key, secret=other, passphrase=right.passphrase)
            plan = on.private.private_plans()[0]
            async with on.client(wrong) as http:
                session = on.private.private_session(plan, wrong)
                calls = session.prepare()
                if calls:
                    answer = await http.exchange(calls[0].request)
                    with pytest.raises(VenueError):
                        session.answer(calls[0].tag, answer)
                    return
            runner = on.runner(plan, wrong)
            async with on.running([runner], ready=False):
                await on.until(
                    lambda: runner.last_error or on.seen(VenueStatus), "the login is refused"
                )
                assert not runner.ready
                assert other not in f"{runner.last_error} {on.seen(VenueStatus)}"

    @pytest.mark.asyncio
    async def test_damaged_live_frames(self) -> None:
        """PF-30 Frames as they came from the venue, damaged: WireError and StreamGap alone."""
        async with rig(self.facts) as on:
            async with on.private_streams():
                for number, kind in enumerate(self.resting_cases(), 1):
                    await placed(on, OrderType(kind), number)
                await on.call(on.trading.place(samples.order(self.facts, OrderType.MARKET, 99)))
                await on.event(Fill)
            sessions = self._sessions()
            for session in sessions:
                session.open(AT)
            rng = random.Random(7)
            for _ in range(_DAMAGED):
                _, frame = rng.choice(on.frames)
                _hear(rng.choice(sessions), damaged(frame, rng))


def _hear(session: CommandSession, data: bytes) -> None:
    try:
        session.receive(data, AT)
    except (WireError, StreamGap):
        return
    except Exception as e:
        raise AssertionError(f"{e!r} for {data[:300]!r}") from e


def _latest(on: Rig) -> list[Any]:
    """The newest balance of each currency."""
    return list({one.currency: one for one in on.seen(Balance)}.values())
