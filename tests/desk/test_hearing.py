"""Works in instruments beyond the desk's pairs: perpetuals, their positions, mark and index."""

import random
from decimal import Decimal

import pytest

from argosy.desk.asks import OrderAsk
from argosy.desk.orders import OrderDesk
from argosy.errors import ConfigError, Unsupported
from argosy.model import InstrumentId, OrderStatus
from argosy.ports import Channel
from desk.running import desk_of, sandboxed, until

SWAP = InstrumentId("okx:BTC/USDT:USDT")


def ask(**terms: str) -> OrderAsk:
    return OrderAsk(**{"instrument": SWAP, "side": "buy", "size": "10", "margin": "cross", **terms})


async def test_a_peg_on_a_perpetual_that_was_not_heard() -> None:
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        link = desk.links["okx"]
        assert not link.hears(SWAP)
        orders = OrderDesk(desk, random.Random(3))
        placed = await orders.place(ask(type="pegged", peg="mid"))
        assert placed.status is OrderStatus.ACCEPTED
        assert link.hears(SWAP)
        await until(lambda: sandbox.orders("okx") or sandbox.fills("okx"))
        assert len(link.extra) == 1
        await orders.place(ask(type="pegged", peg="primary"))
        assert len(link.extra) == 1  # it is heard already
        assert link.state.value == "live"


async def test_by_mark_and_index() -> None:
    """OKX triggers by the mark itself; what it has not, a touch, is watched from here."""
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        orders = OrderDesk(desk, random.Random(3))
        for source, channel in (("mark", Channel.MARK_PRICE), ("index", Channel.INDEX_PRICE)):
            touched = ask(type="market_if_touched", trigger_price="1000000", trigger_by=source)
            preview = orders.preview(touched)
            assert preview.work == "conditional"
            before = len(sandbox.fills("okx"))
            await orders.place(touched)  # buys at or below: at once, when the price is known
            assert desk.links["okx"].hears(SWAP, channel)
            await until(lambda before=before: len(sandbox.fills("okx")) > before, 20)


async def test_reduce_only_is_kept_by_the_position() -> None:
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        orders = OrderDesk(desk, random.Random(3))
        await orders.place(ask(type="market"))
        await desk.traders["okx"].reconcile()
        closing = ask(side="sell", size="30", type="pegged", peg="market", reduce_only=True)
        placed = await orders.place(closing)
        await until(lambda: desk.works.find(placed.client_id).filled == Decimal(10), 20)
        position = next(iter(sandbox.account("okx").positions.values()))
        assert position.size == 0


async def test_what_a_venue_does_not_tell_is_said() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        orders = OrderDesk(desk, random.Random(3))
        terms = {"instrument": "kraken:BTC/USD", "side": "buy", "size": "0.01"}
        touched = {"type": "market_if_touched", "trigger_price": "1", "trigger_by": "mark"}
        with pytest.raises(Unsupported, match="does not hear the mark price"):
            await orders.place(OrderAsk(**terms, **touched))
        with pytest.raises(ConfigError, match="lists no"):
            desk.market(InstrumentId("kraken:NO/PE"))
        link = desk.links["kraken"]
        others = [one for one in link.instruments if not link.hears(one)]
        for number in range(len(others)):
            link.hear(others[number], [Channel.TRADES], None)
            if len(link.extra) == 3:
                break
        assert len(link.extra) == min(3, len(others))


async def test_a_link_that_begins_anew_hears_it_again() -> None:
    async with sandboxed("okx") as sandbox, desk_of(sandbox, "okx") as desk:
        orders = OrderDesk(desk, random.Random(3))
        await orders.place(ask(type="pegged", peg="primary", price="1000"))
        await until(lambda: len(sandbox.orders("okx")) == 1)
        link = desk.links["okx"]
        (before,) = link.extra

        def broken(_event: object) -> None:
            link._watchers.remove(broken)
            raise RuntimeError("a defect in someone who watches")

        link.watch(broken)
        await until(lambda: link.extra and link.extra[0] is not before, 30)
        assert link.hears(SWAP)
        await until(lambda: link.state.value == "live", 20)
