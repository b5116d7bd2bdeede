"""The part of the trading contract that runs over real sockets against a venue's twin."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import (
    ArgosyError,
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    Unsupported,
    VenueError,
    VenueUnavailable,
    WouldTake,
)
from argosy.model import (
    AmendOrder,
    ClientOrderId,
    Credentials,
    Fill,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
    Trigger,
)
from argosy.ports import HttpResponse
from argosy.testing import samples
from argosy.testing.contract import READ_ERRORS, Contract
from argosy.testing.damage import damaged
from argosy.testing.rig import Rig, rig
from argosy.testing.twin import Trouble

FINAL = {OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
CONDITIONAL = (
    OrderType.STOP,
    OrderType.STOP_LIMIT,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT,
)
_DAMAGED = 40  # per answer that came


def near(on: Rig, kind: OrderType = OrderType.LIMIT) -> Decimal:
    """The best ask where an order type is tried, in whole numbers."""
    return on.twin.book(on.facts.home(kind)).asks[0].price.quantize(Decimal(1))


async def placed(
    on: Rig, kind: OrderType = OrderType.LIMIT, number: int = 1, **more: Any
) -> PlaceOrder:
    """An order, placed far from the market; the venue has it exactly once."""
    order = samples.order(on.facts, kind, number, near=near(on, kind), **more)
    report = await on.call(on.trading.place(order))
    assert report.client_id == order.client_id
    assert report.venue_id
    assert len(on.at_venue(order.client_id)) == 1
    return order


async def asked(on: Rig, order: PlaceOrder, venue_id: str | None = None) -> OrderReport:
    """What the venue says of an order, asked by our id alone."""
    return await on.call(on.trading.order(order.instrument, order.client_id, venue_id))


class TradingWireContract(Contract):
    """The live half of `trading.TradingContract`."""

    def resting_cases(self) -> Sequence[str]:
        """Declared types that rest, wait or work."""
        return [kind for kind in self.adapter.info.orders.types if kind != OrderType.MARKET]

    def trigger_cases(self) -> Sequence[str]:
        """Declared types that wait for a price."""
        return [kind for kind in self.adapter.info.orders.types if kind in CONDITIONAL]

    @pytest.mark.asyncio
    async def test_each_type_is_placed_found_and_cancelled(self, resting: str) -> None:
        """TR-20 Each native type: placed once, found by our id, listed as open, cancelled."""
        kind = OrderType(resting)
        async with rig(self.facts) as on:
            order = await placed(on, kind)
            found = await asked(on, order)
            assert found.client_id == order.client_id
            assert (found.instrument, found.side, found.type) == (
                order.instrument,
                order.side,
                kind,
            )
            assert found.size == order.size
            assert not found.status.final
            if order.price is not None:
                assert found.price == order.price
            if order.trigger is not None and order.trigger.price is not None:
                assert found.trigger_price == order.trigger.price
            listed = await on.collect(on.trading.open_orders())
            assert [one.client_id for one in listed] == [order.client_id]
            assert listed[0].type is kind
            await on.call(on.trading.cancel(samples.cancel(found)))
            (true,) = on.at_venue(order.client_id)
            assert true.status in FINAL
            assert (await asked(on, order)).status in FINAL
            assert await on.collect(on.trading.open_orders()) == []

    @pytest.mark.asyncio
    async def test_cancelling_by_our_id_alone(self, resting: str) -> None:
        """TR-21 Each native type is cancelled without knowing the venue's id."""
        async with rig(self.facts) as on:
            order = await placed(on, OrderType(resting))
            await on.call(on.trading.cancel(samples.cancel(order)))
            (true,) = on.at_venue(order.client_id)
            assert true.status in FINAL

    @pytest.mark.asyncio
    async def test_market_orders_fill(self) -> None:
        """TR-22 A market order fills; its report and fills agree with the venue's own."""
        async with rig(self.facts) as on:
            began = on.twin.now_ns()
            order = samples.order(self.facts, OrderType.MARKET)
            await on.call(on.trading.place(order))
            report = await asked(on, order)
            (true,) = on.at_venue(order.client_id)
            assert report.status is OrderStatus.FILLED
            assert report.filled == true.filled == order.size
            assert report.average_price is not None
            assert true.average_price is not None
            assert abs(report.average_price / true.average_price - 1) < Decimal("0.00001")
            self._same_fills(await on.collect(on.trading.fills(began)), list(on.twin.fills()))

    @staticmethod
    def _same_fills(ours: Sequence[Fill], theirs: Sequence[Fill]) -> None:
        assert theirs
        mine = {one.venue_trade_id: one for one in ours}
        assert set(mine) == {one.venue_trade_id for one in theirs}
        for true in theirs:
            found = mine[true.venue_trade_id]
            for name in ("instrument", "venue_order_id", "side", "price", "size", "liquidity"):
                assert getattr(found, name) == getattr(true, name), name
            assert abs(found.fee - true.fee) <= Decimal("0.00001") * max(abs(true.fee), Decimal(1))
            assert found.fee_currency == true.fee_currency

    @pytest.mark.asyncio
    async def test_resting_orders_fill_as_makers(self) -> None:
        """TR-23 A limit order that somebody trades against is filled, its fill a maker's."""
        async with rig(self.facts) as on:
            began = on.twin.now_ns()
            price = on.twin.book(self.facts.instrument).bids[0].price
            order = await placed(on, price=price)
            on.twin.fill(order.client_id)
            report = await asked(on, order)
            assert (report.status, report.filled) == (OrderStatus.FILLED, order.size)
            self._same_fills(await on.collect(on.trading.fills(began)), list(on.twin.fills()))

    @pytest.mark.asyncio
    async def test_amending(self) -> None:
        """TR-24 Price and size change in place: one order, the new values, ours and theirs."""
        async with rig(self.facts) as on:
            order = await placed(on)
            assert order.price is not None
            assert order.size is not None
            await on.call(
                on.trading.amend(
                    AmendOrder(
                        instrument=order.instrument,
                        client_id=order.client_id,
                        new_price=order.price - 7,
                        new_size=order.size * 2,
                    )
                )
            )
            found = await asked(on, order)
            (true,) = on.at_venue(order.client_id)
            assert (found.price, found.size) == (order.price - 7, order.size * 2)
            assert (true.price, true.size) == (order.price - 7, order.size * 2)
            assert not found.status.final

    @pytest.mark.asyncio
    async def test_amending_each_type(self, resting: str) -> None:
        """TR-28 Each native type: its size changes in place, or is Unsupported before sending."""
        async with rig(self.facts) as on:
            order = await placed(on, OrderType(resting))
            assert order.size is not None
            amend = AmendOrder(
                instrument=order.instrument,
                client_id=order.client_id,
                type=order.type,
                new_size=order.size * 2,
            )
            try:
                call = on.trading.amend(amend)
            except Unsupported:
                return
            await on.call(call)
            (true,) = on.at_venue(order.client_id)
            assert true.size == order.size * 2
            assert not true.status.final
            assert (await asked(on, order)).size == order.size * 2

    @pytest.mark.asyncio
    async def test_triggers_fire(self, trigger: str) -> None:
        """TR-29 A conditional order whose price comes fires, and what it became is filled."""
        kind = OrderType(trigger)
        async with rig(self.facts) as on:
            book = on.twin.book(self.facts.instrument)
            stop = kind in {OrderType.STOP, OrderType.STOP_LIMIT}
            level = book.asks[4].price if stop else book.bids[4].price
            limit = {OrderType.STOP_LIMIT: level * 2, OrderType.TAKE_PROFIT_LIMIT: level}
            order = samples.order(
                self.facts,
                kind,
                trigger=Trigger(price=level),
                price=limit[kind].quantize(Decimal(1)) + 1000 if kind in limit else None,
            )
            await on.call(on.trading.place(order))
            assert not (await asked(on, order)).status.final
            assert not on.twin.fills()
            on.twin.fill(order.client_id)
            found = await asked(on, order)
            assert (found.status, found.filled) == (OrderStatus.FILLED, order.size)
            assert found.client_id == order.client_id

    @pytest.mark.asyncio
    async def test_batches_placed_and_cancelled(self) -> None:
        """TR-25 A batch is placed in order, one bad one refused alone; a batch is cancelled."""
        async with rig(self.facts) as on:
            price = near(on)
            orders = [samples.order(self.facts, number=n, near=price) for n in (1, 2, 3, 4)]
            orders[2] = samples.order(self.facts, number=3, near=price, size=Decimal(10_000))
            results = await on.call(on.trading.place_many(orders))
            assert [isinstance(one, OrderReport) for one in results] == [True, True, False, True]
            assert isinstance(results[2], InsufficientFunds)
            good = [one for one in results if isinstance(one, OrderReport)]
            assert {one.client_id for one in await on.collect(on.trading.open_orders())} == {
                one.client_id for one in good
            }
            ended = await on.call(on.trading.cancel_many([samples.cancel(one) for one in good]))
            assert ended == [None, None, None]
            assert await on.collect(on.trading.open_orders()) == []

    @pytest.mark.asyncio
    async def test_cancel_all_of_one_and_of_all(self) -> None:
        """TR-26 Cancel-all of one instrument leaves the others; of all leaves none, of any type."""
        async with rig(self.facts) as on:
            other = next(
                one
                for one in on.instruments.values()
                if one.kind == on.instruments[self.facts.instrument].kind
                and one.id != self.facts.instrument
                and one.base == "ETH"
            )
            await placed(on, number=1)
            await placed(on, OrderType.STOP, number=2)
            price = on.twin.book(other.id).bids[-1].price
            kept = await placed(on, number=3, instrument=other.id, price=price, size=Decimal("0.1"))
            await on.collect(on.trading.cancel_all(self.facts.instrument))
            left = [one.client_id for one in on.twin.orders() if not one.status.final]
            assert left == [kept.client_id]
            await on.collect(on.trading.cancel_all(None))
            assert [one for one in on.twin.orders() if not one.status.final] == []

    @pytest.mark.asyncio
    async def test_dead_man_switch_fires(self) -> None:
        """TR-27 Armed and not told again, everything is cancelled; disarmed, nothing is."""
        async with rig(self.facts) as on:
            order = await placed(on)
            await on.call(on.trading.cancel_all_after(self.facts.dead_man_s))
            await on.call(on.trading.cancel_all_after(0))
            on.twin.pass_time(self.facts.dead_man_s + 5)
            await on.sync()
            assert not (await asked(on, order)).status.final
            await on.call(on.trading.cancel_all_after(self.facts.dead_man_s))
            on.twin.pass_time(self.facts.dead_man_s + 5)
            (true,) = on.at_venue(order.client_id)
            assert true.status in FINAL

    # --- refusals ---------------------------------------------------------------------------------

    async def _refused(self, on: Rig, kind: type[ArgosyError], order: PlaceOrder) -> None:
        with pytest.raises(kind) as raised:
            await on.call(on.trading.place(order))
        if isinstance(raised.value, VenueError):
            assert raised.value.venue == self.facts.venue

    @pytest.mark.asyncio
    async def test_too_little_money(self) -> None:
        """TR-30 Not enough balance is InsufficientFunds, and no order stands."""
        async with rig(self.facts) as on:
            order = samples.order(self.facts, near=near(on), size=Decimal(10_000))
            await self._refused(on, InsufficientFunds, order)
            assert on.at_venue(order.client_id) == []

    @pytest.mark.asyncio
    async def test_off_the_grid(self) -> None:
        """TR-31 A price between the increments is InvalidOrder, never rounded."""
        async with rig(self.facts) as on:
            step = on.instruments[self.facts.instrument].price_increment
            price = near(on) * Decimal("0.9") // 1 + step / 3
            order = samples.order(self.facts, price=price.quantize(step / 1000))
            await self._refused(on, InvalidOrder, order)
            assert on.at_venue(order.client_id) == []

    @pytest.mark.asyncio
    async def test_too_small(self) -> None:
        """TR-32 A size under the venue's least is InvalidOrder."""
        async with rig(self.facts) as on:
            step = on.instruments[self.facts.instrument].size_increment
            await self._refused(
                on, InvalidOrder, samples.order(self.facts, near=near(on), size=step)
            )

    @pytest.mark.asyncio
    async def test_the_same_id_twice(self) -> None:
        """TR-33 A client id that is in use is DuplicateOrder; the first order stands alone."""
        async with rig(self.facts) as on:
            order = await placed(on)
            await self._refused(on, DuplicateOrder, order)
            assert len(on.at_venue(order.client_id)) == 1

    @pytest.mark.asyncio
    async def test_unknown_orders(self) -> None:
        """TR-34 Asking for, cancelling or amending what is not there is OrderNotFound."""
        async with rig(self.facts) as on:
            order = samples.order(self.facts, number=77)
            with pytest.raises(OrderNotFound):
                await asked(on, order)
            with pytest.raises(OrderNotFound):
                await on.call(on.trading.cancel(samples.cancel(order)))
            amend = AmendOrder(
                instrument=order.instrument, client_id=order.client_id, new_price=Decimal(50_000)
            )
            with pytest.raises(OrderNotFound):
                await on.call(on.trading.amend(amend))

    @pytest.mark.asyncio
    async def test_cancelling_twice(self) -> None:
        """TR-35 Cancelling what has ended is OrderNotFound: unknown or final is not told apart."""
        async with rig(self.facts) as on:
            order = await placed(on)
            await on.call(on.trading.cancel(samples.cancel(order)))
            with pytest.raises(OrderNotFound):
                await on.call(on.trading.cancel(samples.cancel(order)))

    @pytest.mark.asyncio
    async def test_post_only_that_would_take(self) -> None:
        """TR-36 Post-only that would match is WouldTake at once, or a report that it was ended."""
        async with rig(self.facts) as on:
            price = on.twin.book(self.facts.instrument).asks[5].price
            order = samples.order(self.facts, price=price, post_only=True)
            try:
                await on.call(on.trading.place(order))
            except WouldTake:
                pass
            else:
                assert (await asked(on, order)).status in FINAL
            assert list(on.twin.fills()) == []

    @pytest.mark.asyncio
    async def test_a_wrong_signature(self) -> None:
        """TR-37 A wrong secret is AuthFailed; the message shows neither secret nor key."""
        async with rig(self.facts) as on:
            right = on.twin.credentials("trade")
            wrong = Credentials(
                key=right.key,
                secret=on.twin.credentials("read").secret,
                passphrase=right.passphrase,
            )
            order = samples.order(self.facts, near=near(on))
            async with on.client(wrong) as http:
                with pytest.raises(AuthFailed) as raised:
                    await http.call(on.trading.place(order))
            assert wrong.secret not in str(raised.value)
            assert on.at_venue(order.client_id) == []

    @pytest.mark.asyncio
    async def test_a_key_that_may_not(self) -> None:
        """TR-38 A key that can only read is AuthFailed when it places."""
        async with rig(self.facts) as on:
            order = samples.order(self.facts, near=near(on))
            async with on.client(on.twin.credentials("read")) as http:
                with pytest.raises(AuthFailed):
                    await http.call(on.trading.place(order))

    @pytest.mark.asyncio
    async def test_rate_limits(self) -> None:
        """TR-39 A request over the venue's limit is RateLimited, and was not carried out."""
        async with rig(self.facts) as on:
            on.twin.trouble(Trouble.RATE_LIMIT)
            order = samples.order(self.facts, near=near(on))
            await self._refused(on, RateLimited, order)
            assert on.at_venue(order.client_id) == []

    @pytest.mark.asyncio
    async def test_a_failing_server(self) -> None:
        """TR-40 A server's failure leaves the order open: OutcomeUnknown, then looked up."""
        async with rig(self.facts) as on:
            on.twin.trouble(Trouble.FAIL)
            order = samples.order(self.facts, near=near(on))
            with pytest.raises((OutcomeUnknown, VenueUnavailable)):
                await on.call(on.trading.place(order))
            assert on.at_venue(order.client_id) == []
            with pytest.raises(OrderNotFound):
                await asked(on, order)

    @pytest.mark.asyncio
    async def test_a_lost_answer(self) -> None:
        """TR-41 An order whose answer was lost is OutcomeUnknown, found by our id, there once."""
        async with rig(self.facts) as on:
            on.twin.trouble(Trouble.LOSE_PLACED_ANSWER)
            order = samples.order(self.facts, near=near(on))
            with pytest.raises(OutcomeUnknown):
                await on.call(on.trading.place(order))
            assert len(on.at_venue(order.client_id)) == 1
            assert not (await asked(on, order)).status.final

    @pytest.mark.asyncio
    async def test_damaged_answers(self) -> None:
        """TR-42 Real answers with damage: only documented errors come out of any reader."""
        async with rig(self.facts) as on:
            order = await placed(on)
            await on.call(on.trading.place(samples.order(self.facts, OrderType.MARKET, 2)))
            await asked(on, order)
            await on.collect(on.trading.open_orders())
            await on.collect(on.trading.fills(None))
            await on.call(on.trading.cancel(samples.cancel(order)))
            rng = random.Random(7)
            for call, answer in on.answers:
                for _ in range(_DAMAGED):
                    bad = HttpResponse(
                        status=answer.status,
                        body=damaged(answer.body, rng),
                        received_ns=answer.received_ns,
                        headers=answer.headers,
                    )
                    try:
                        call.read(bad)
                        if call.then is not None:
                            call.then(bad)
                    except READ_ERRORS:
                        continue

    @pytest.mark.asyncio
    async def test_selling_what_we_hold(self) -> None:
        """TR-43 A sale says so: side, balances and fills."""
        async with rig(self.facts) as on:
            order = samples.order(self.facts, OrderType.MARKET, side=Side.SELL)
            await on.call(on.trading.place(order))
            report = await asked(on, order)
            assert report.side is Side.SELL
            assert {one.side for one in on.twin.fills()} == {Side.SELL}
            assert report.client_id == ClientOrderId(order.client_id)
