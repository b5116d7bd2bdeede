"""Routes on both simulated venues: planned, sent, planned anew, and on record."""

import random
from decimal import Decimal

import msgspec
import pytest

from argosy.desk.desk import Desk
from argosy.desk.flows import Flows
from argosy.desk.routes import RouteAsk, RouteDesk
from argosy.desk.settings import BookSettings, DeskSettings, Settings, VenueSettings
from argosy.desk.stories import story
from argosy.errors import ConfigError
from argosy.execution.routing import LegKind
from argosy.model import InstrumentId, Nanos, Side, Trade
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.faults import FaultKind, FaultPlan
from desk.running import VENUES, desk_of, sandboxed


def asked(**words: object) -> RouteAsk:
    return RouteAsk(**{"pair": "BTC/USD", "side": "buy", "size": "0.5", "dry_run": False, **words})


async def test_a_dry_run_sends_nothing_and_shows_all() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        done = await RouteDesk(desk, random.Random(1)).route(asked(dry_run=True))
        (plan,) = done.plans
        assert plan.proof.proven
        assert sum(leg.size for leg in plan.legs) == Decimal("0.5")
        assert {each.instrument for each in plan.alternatives} >= {
            "kraken:BTC/USD",
            "okx:BTC/USDT",
        }
        assert plan.saved >= 0
        assert not any(sandbox.orders(venue, final=True) for venue in VENUES)


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_a_route_fills_and_is_on_record(side: str) -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        sandbox.world.still = True  # else a part may miss what moved away
        done = await RouteDesk(desk, random.Random(1)).route(asked(side=side))
        assert done.filled == Decimal("0.5"), done
        assert done.missing == 0
        assert all(order.status.final for order in done.orders)
        there = [order for venue in VENUES for order in sandbox.orders(venue, final=True)]
        assert sum(order.spec.size(order.filled) for order in there) == Decimal("0.5")
        told = await story(desk, done.id)
        assert [row.kind for row in told.history] == ["plan"] * len(done.plans)
        evidence = msgspec.json.decode(told.history[0].body)
        assert evidence["tops"]
        assert evidence["alternatives"]
        assert {each.id for each in told.orders} == {order.client_id for order in done.orders}
        one = (await story(desk, done.orders[0].client_id)).orders[0]
        assert one.work == done.id
        assert one.intent.client_id == done.orders[0].client_id
        assert one.history[0].kind == "intended"


async def test_what_one_venue_refuses_goes_elsewhere() -> None:
    settings = Settings(
        desk=DeskSettings(venues=VENUES, pairs=("BTC/USD",)),
        books=BookSettings(conversions={"USDT": "1.0", "USDC": "1.0"}),
        venues={"kraken": VenueSettings(taker_fee=Decimal(0))},  # so it is the cheapest
    )
    async with sandboxed() as sandbox, desk_of(sandbox, settings=settings) as desk:
        sandbox.world.still = True
        sandbox.venue("kraken").set_status("cancel_only")
        done = await RouteDesk(desk, random.Random(1)).route(asked(size="0.05"))
        assert [leg.instrument for leg in done.plans[0].legs] == ["kraken:BTC/USD"]
        assert len(done.plans) == 3  # Kraken has two markets of it, and refuses on both
        assert done.filled == Decimal("0.05"), done
        filled = [order.instrument for order in done.orders if order.filled]
        assert filled
        assert all(instrument.startswith("okx:") for instrument in filled)


async def test_an_answer_that_was_lost_is_not_sent_for_again() -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        for operation in ("in add_order", "in order"):
            sandbox.faults.add(FaultPlan(kind=FaultKind.ANSWER_LOST, operation=operation, times=1))
        done = await RouteDesk(desk, random.Random(1)).route(asked(size="0.3"))
        there = [order for venue in VENUES for order in sandbox.orders(venue, final=True)]
        assert sum(order.spec.size(order.filled) for order in there) == done.filled
        assert done.filled <= Decimal("0.3")
        assert len(there) == len(done.orders)


async def test_a_limit_that_nothing_meets() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        done = await RouteDesk(desk, random.Random(1)).route(asked(limit_price="100"))
        assert done.filled == 0
        assert done.orders == ()
        assert done.missing == Decimal("0.5")
        assert done.reason == "the book had no more at this price"
        assert len(done.plans) == 1  # on record, though it sends nothing


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"pair": "NO/PE"}, "no universal book"),
        ({"side": "hold"}, "one of buy, sell"),
        ({"size": "-1"}, "size"),
        ({"size": "x"}, "size"),
        ({"attempts": 99}, "attempts is 99"),
        ({"venues": ("mtgox",)}, "no venue mtgox"),
    ],
)
async def test_what_cannot_be_routed_says_why(words: dict[str, object], said: str) -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        with pytest.raises(ConfigError, match=said):
            await RouteDesk(desk, random.Random(1)).route(asked(**words))


async def test_a_story_of_nothing() -> None:
    async with sandboxed("kraken") as sandbox, desk_of(sandbox, "kraken") as desk:
        with pytest.raises(ConfigError, match="the journal has no 'nothing'"):
            await story(desk, "nothing")


@pytest.mark.parametrize("side", ["buy", "sell"])
async def test_a_passive_route_waits_and_then_takes_the_rest(side: str) -> None:
    async with sandboxed() as sandbox, desk_of(sandbox) as desk:
        routes = RouteDesk(desk, random.Random(1))
        words = {"passive": True, "wait_s": 4.0, "side": side, "size": "0.1"}
        with pytest.raises(ConfigError, match="too few trades"):
            routes.plan(asked(**words))
        desk.flows = lively(desk)  # as after a busy minute: queues are worth joining
        planned = routes.plan(asked(**words))
        assert planned.waiting + planned.filled == Decimal("0.1")
        done = await routes.route(asked(**words))
        first = done.plans[0]
        joins = [leg for leg in first.legs if leg.kind is LegKind.JOIN]
        assert joins, first
        assert done.filled == Decimal("0.1"), done
        assert done.missing == 0
        assert not any(sandbox.orders(venue) for venue in VENUES)  # nothing rests on
        there = [order for venue in VENUES for order in sandbox.orders(venue, final=True)]
        assert sum(order.spec.size(order.filled) for order in there) == Decimal("0.1")
        assert any(order.request.post_only for order in there)


def lively(desk: Desk) -> Flows:
    """Flows of a minute in which takers of both sides traded a lot everywhere."""
    flows = Flows(desk.clock)
    for back in range(60, 0, -1):
        for member in desk.books["BTC/USD"].members:
            for side in Side:
                flows.trade(
                    traded(member.book.about.id, Nanos(desk.now_ns() - back * 10**9), "2", side)
                )
    return flows


def traded(instrument: str, at_ns: Nanos, size: str, side: Side) -> Trade:
    return Trade(
        instrument=InstrumentId(instrument),
        venue_ns=at_ns,
        received_ns=at_ns,
        venue_trade_id="",
        taker_side=side,
        price=Decimal(1),
        size=Decimal(size),
    )


def test_flows_are_counted_in_windows_of_the_same_moments() -> None:
    clock = ManualClock()
    flows = Flows(clock)
    start = clock.now_ns()

    def trade(instrument: str, second: int, size: str, side: Side = Side.SELL) -> None:
        flows.trade(traded(instrument, Nanos(start + second * 10**9), size, side))

    for second in range(0, 40, 4):
        trade("a:X/Y", second, "1")
        trade("a:X/Y", second, "9", Side.BUY)
    trade("b:X/Y", 39, "5")
    clock.advance(40 * 10**9)
    found = flows.windows([InstrumentId("a:X/Y"), InstrumentId("b:X/Y")], Side.SELL, 8)
    assert {len(windows) for windows in found.values()} == {17}  # every 2 s, of 32 s and one more
    assert found["a:X/Y"] == [1] + [2] * 16  # the latest second is not over yet
    assert found["b:X/Y"] == [5] + [0] * 16
    assert flows.windows([InstrumentId("a:X/Y")], Side.SELL, 30) == {}
    assert flows.windows([InstrumentId("c:X/Y")], Side.SELL, 8) == {}
