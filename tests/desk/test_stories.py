"""What the journal tells of orders that the desk works, while they run and after a restart."""

import random
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.orders import OrderDesk
from argosy.errors import ConfigError
from argosy.model import OrderStatus
from desk.running import INSTRUMENT, desk_of, order, sandboxed, until
from desk.test_restart import settings

VENUE = "kraken"


async def test_an_order_that_the_desk_works_has_a_story(tmp_path: Path) -> None:
    own = settings(VENUE, tmp_path / "journal.db")
    async with sandboxed(VENUE) as sandbox:
        async with desk_of(sandbox, VENUE, settings=own) as desk:
            orders = OrderDesk(desk, random.Random(2))
            waits = await orders.place(
                OrderAsk(
                    instrument=INSTRUMENT[VENUE],
                    side="sell",
                    size="0.01",
                    type="market_if_touched",
                    trigger_price="500000",
                )
            )
            told = await orders.story(waits.client_id)
            assert not told.orders
            assert told.work.kind == "conditional"
            assert (told.work.phase, told.work.children) == ("waiting", 0)
            assert told.work.report.client_id == waits.client_id
            pegged = await orders.place(
                OrderAsk(
                    instrument=INSTRUMENT[VENUE],
                    side="buy",
                    size="0.01",
                    type="pegged",
                    peg="primary",
                    peg_offset="2000 ticks",
                    post_only=True,
                )
            )
            await until(lambda: len(sandbox.orders(VENUE)) == 1)
            told = await orders.story(pegged.client_id)
            assert told.work.children == 1
            assert [one.work for one in told.orders] == [pegged.client_id]
            await orders.cancel(CancelAsk(order=pegged.client_id))
            await orders.cancel(CancelAsk(order=waits.client_id))
        async with desk_of(sandbox, VENUE, settings=own) as desk:
            orders = OrderDesk(desk, random.Random(3))
            for one in (waits, pegged):
                told = await orders.story(one.client_id)
                assert (told.work.phase, told.work.status) == ("done", "cancelled")
            with pytest.raises(ConfigError, match="the journal has no 'nothing'"):
                await orders.story("nothing")


async def test_orders_that_ended_before_a_restart_are_listed(tmp_path: Path) -> None:
    own = settings(VENUE, tmp_path / "journal.db")
    async with sandboxed(VENUE) as sandbox:
        async with desk_of(sandbox, VENUE, settings=own) as desk:
            orders = OrderDesk(desk, random.Random(2))
            ended, rests = order(sandbox, VENUE), order(sandbox, VENUE)
            for one in (ended, rests):
                await desk.traders[VENUE].place(one)
            await orders.cancel(CancelAsk(order=ended.client_id))
            worked = await orders.place(
                OrderAsk(
                    instrument=INSTRUMENT[VENUE],
                    side="sell",
                    size="0.01",
                    type="market_if_touched",
                    trigger_price="500000",
                )
            )
            await orders.cancel(CancelAsk(order=worked.client_id))
            before = {one.client_id: one.status for one in await orders.every_order()}
            assert before == {one.client_id: one.status for one in orders.orders(everything=True)}
        async with desk_of(sandbox, VENUE, settings=own) as desk:
            orders = OrderDesk(desk, random.Random(3))
            assert [one.client_id for one in orders.orders(everything=True)] == [rests.client_id]
            listed = await orders.every_order()
            assert {one.client_id: one.status for one in listed} == before
            assert len(listed) == 3
            assert before[ended.client_id] is before[worked.client_id] is OrderStatus.CANCELLED
            assert not any(one.foreign for one in listed)
            assert next(o for o in listed if o.client_id == ended.client_id).size > Decimal(0)
