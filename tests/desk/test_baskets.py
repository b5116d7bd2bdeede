"""Baskets on a running desk, over two venues: planned, filled, all or nothing, after a restart."""

import random
from decimal import Decimal

import pytest

from argosy.desk.asks import CancelAsk
from argosy.desk.baskets import BasketAsk, BasketDesk, LegAsk
from argosy.desk.orders import OrderDesk
from argosy.errors import ConfigError, InvalidOrder
from argosy.model import OrderStatus
from desk.running import INSTRUMENT, VENUES, desk_of, sandboxed, until

D = Decimal


def leg(venue: str, side: str = "buy", size: str = "0.02", **more: str) -> LegAsk:
    return LegAsk(instrument=INSTRUMENT[venue], side=side, size=size, **more)


def ask(*legs: LegAsk, **terms: object) -> BasketAsk:
    return BasketAsk(legs=legs or (leg("kraken"), leg("okx", "sell")), **terms)


async def test_two_venues_as_one_instruction() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        baskets = BasketDesk(desk, random.Random(3))
        planned = await baskets.start(ask(dry_run=True))
        assert planned.dry_run
        assert not desk.works.works()
        for each in planned.legs:
            assert each.first == D("0.02")
            assert each.average_price
            assert each.limit
        begun = await baskets.start(ask(max_ahead="0.25", name="pair"))
        await until(lambda: not baskets.baskets(), 20)
        (ended,) = baskets.baskets(everything=True)
        assert (ended.id, ended.name, ended.status) == (begun.id, "pair", OrderStatus.FILLED.value)
        assert [each.filled for each in ended.legs] == [D("0.02")] * 2
        for venue in VENUES:
            fills = sandbox.fills(venue)
            assert sum(fill.order.spec.size(fill.size) for fill in fills) == D("0.02")
            sent = sandbox.orders(venue, final=True)  # what one missed, the next asked for
            assert len(sent) >= 4
            assert all(order.spec.size(order.size) <= D("0.005") for order in sent)


async def test_all_or_nothing_is_taken_back() -> None:
    """The second leg's limit is out of reach: what the first one bought is sold again."""
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        baskets = BasketDesk(desk, random.Random(3))
        far = leg("okx", "sell", price="1000000")
        await baskets.start(ask(leg("kraken"), far, on_failure="unwind", within_s=1.5))
        await until(lambda: not baskets.baskets(), 20)
        (ended,) = baskets.baskets(everything=True)
        assert ended.status == OrderStatus.CANCELLED.value
        assert "its time is over" in ended.detail
        assert (ended.legs[0].filled, ended.legs[0].undone) == (D("0.02"), D("0.02"))
        sides = [fill.order.side.value for fill in sandbox.fills("kraken")]
        assert sorted(set(sides)) == ["buy", "sell"]


async def test_cancelling_all_of_a_venue_stops_its_baskets() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        baskets = BasketDesk(desk, random.Random(3))
        resting = leg("okx", price="20000", style="rest")
        begun = await baskets.start(ask(resting, leg("kraken", price="20000", style="rest")))
        await until(lambda: len(sandbox.orders("okx")) == 1)
        orders = OrderDesk(desk, random.Random(4))
        assert all(report.client_id != begun.id for report in orders.orders())
        assert begun.id in await orders.cancel(CancelAsk(venue="okx"))
        await until(lambda: not baskets.baskets())
        assert not sandbox.orders("kraken")


@pytest.mark.parametrize(
    ("made", "error", "said"),
    [
        (lambda: ask(leg("kraken", "hold")), ConfigError, "leg 1: side is 'hold'"),
        (lambda: ask(leg("kraken", size="0.000000001")), InvalidOrder, "no multiple"),
        (lambda: ask(leg("kraken", style="rest")), ConfigError, "needs a price"),
        (lambda: ask(leg("kraken"), max_ahead="2"), ConfigError, "max_ahead"),
        (lambda: ask(leg("kraken"), on_failure="pray"), ConfigError, "keep, unwind, complete"),
        (lambda: ask(leg("kraken"), within_s=0.0), ConfigError, "within_s"),
        (
            lambda: ask(LegAsk(instrument="kraken:NO/PE", side="buy", size="1")),
            ConfigError,
            "leg 1: kraken lists no",
        ),
        (
            lambda: ask(LegAsk(instrument="mars:BTC/USD", side="buy", size="1")),
            ConfigError,
            "no venue 'mars'",
        ),
    ],
)
async def test_what_cannot_be_begun_says_why(made, error, said) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        with pytest.raises(error, match=said):
            await BasketDesk(desk, random.Random(3)).start(made())
