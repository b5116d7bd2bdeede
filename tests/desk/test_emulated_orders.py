"""Order types that a venue lacks, asked for as any other: worked by the desk, on real sockets."""

import random
from decimal import Decimal

import msgspec
import pytest

from argosy.desk.asks import AmendAsk, CancelAsk, OrderAsk
from argosy.desk.orders import OrderDesk
from argosy.errors import Unsupported
from argosy.model import OrderStatus, OrderType
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, until

both = pytest.mark.parametrize("venue", VENUES)


def asked(venue: str, **words: object) -> OrderAsk:
    return OrderAsk(**{"instrument": INSTRUMENT[venue], "side": "buy", "size": "0.01", **words})


@both
async def test_a_pegged_order_follows_and_is_withdrawn(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        orders = OrderDesk(desk, random.Random(2))
        report = await orders.place(
            asked(venue, type="pegged", peg="primary", peg_offset="2000 ticks", post_only=True)
        )
        assert report.type is OrderType.PEGGED
        await until(lambda: len(sandbox.orders(venue)) == 1)
        assert [one.client_id for one in orders.orders() if one.type is OrderType.PEGGED] == [
            report.client_id
        ]
        first = sandbox.orders(venue)[0].price
        await until(lambda: [o for o in sandbox.orders(venue) if o.price != first], 30)
        gone = await orders.cancel(CancelAsk(order=report.client_id))
        assert gone == [report.client_id]
        assert not sandbox.orders(venue)
        ended = desk.works.find(report.client_id)
        assert ended.status is OrderStatus.CANCELLED


@both
async def test_a_bracket_enters_and_guards_what_it_has(venue: str) -> None:
    async with sandboxed(venue) as sandbox, desk_of(sandbox, venue) as desk:
        orders = OrderDesk(desk, random.Random(2))
        bid, _ = desk.top(INSTRUMENT[venue])
        far = bid.quantize(Decimal(1))
        report = await orders.place(
            asked(
                venue,
                type="bracket",
                take_profit=str(far * 2),
                stop_loss=str((far / 2).quantize(Decimal(1))),
            )
        )
        work = lambda: desk.works.find(report.client_id)  # noqa: E731
        await until(lambda: work().filled == Decimal("0.01"), 20)
        assert not work().done  # it watches both exits
        await orders.cancel(CancelAsk(venue=venue))
        await until(lambda: not desk.works.works(), 20)
        assert not sandbox.orders(venue)


async def test_a_trailing_stop_in_ticks_is_watched_here() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(2))
        report = await orders.place(
            asked("kraken", side="sell", type="trailing_stop", trailing="20 ticks")
        )
        assert not sandbox.orders("kraken", final=True)  # nothing is sent before it triggers
        await until(lambda: desk.works.find(report.client_id).done, 40)
        ended = desk.works.find(report.client_id)
        assert ended.status is OrderStatus.FILLED
        assert sum(fill.order.spec.size(fill.size) for fill in sandbox.fills("kraken")) == Decimal(
            "0.01"
        )


async def test_terms_are_changed_where_that_makes_sense() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(2))
        report = await orders.place(
            asked("kraken", side="sell", type="market_if_touched", trigger_price="500000")
        )
        changed = await orders.amend(AmendAsk(order=report.client_id, trigger_price="600000"))
        assert changed.client_id == report.client_id
        work = desk.works.find(report.client_id)
        assert work.order.trigger.price == Decimal(600_000)
        await orders.cancel(CancelAsk(order=report.client_id))
        assert sandbox.orders("kraken", final=True) == []


async def test_what_cannot_be_worked_honestly_is_refused() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(2))
        info = desk.links["kraken"].adapter.info  # made poorer: both venues have fill-or-kill
        poor = msgspec.structs.replace(
            info, orders=msgspec.structs.replace(info.orders, time_in_force=("gtc",))
        )
        link = desk.links["kraken"]
        link.adapter = msgspec.structs.replace(link.adapter, info=poor)
        with pytest.raises(Unsupported, match="all or nothing is for the venue"):
            await orders.place(asked("kraken", price="50000", time_in_force="fok"))
        assert desk.works.works() == []
