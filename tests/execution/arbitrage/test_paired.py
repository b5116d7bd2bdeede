"""A pair of legs at a matching engine: opened, made even within its bounds, and told where not."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution import works
from argosy.execution.arbitrage.paired import HEDGE, LEG, RETRY, pair_of
from argosy.execution.work import (
    Change,
    ChildRefused,
    ChildReport,
    Moved,
    Pause,
    Place,
    Stop,
)
from argosy.model import ClientOrderId, Nanos, OrderStatus, OrderType, Side
from argosy.model.time import SECOND
from argosy.testing.works import Trouble
from execution.arbitrage.pair_worlds import (
    ABOUT,
    OTHER,
    SPOT,
    STEP_NS,
    SWAP,
    TROUBLE,
    D,
    PairWorld,
)
from execution.emulated.inputs import markets, of_child, plain_inputs
from execution.emulated.worlds import Seen

LATE = Trouble(reach_ns=STEP_NS, late_ns=0)


def world_at(ask="100", bid="102", trouble=None, sizes=("10", "10"), **more):
    world = PairWorld(0, trouble, **more)
    world.quote(SPOT, D(ask) - 1, ask, sizes[0])
    world.quote(OTHER, bid, D(bid) + 1, sizes[1])
    return world


def orders(world):
    return [
        (order.instrument, order.side, order.size, order.price) for order in world.driver.placed
    ]


@pytest.mark.parametrize("first", [None, 0, 1])
def test_both_legs_fill_and_it_earns_what_it_should(first):
    world = world_at()
    world.start(first=first)
    world.driver.advance(SECOND)
    assert world.work.status is OrderStatus.FILLED
    assert sorted(orders(world)) == [(SPOT, Side.BUY, 1, 100), (OTHER, Side.SELL, 1, 102)]
    assert world.driver.placed[0].instrument == (OTHER if first else SPOT)
    assert world.work.cash == world.cash() == 102 * D("0.999") * D("0.999") - 100 * D("1.001")


def test_a_spot_and_a_perpetual_in_contracts():
    world = PairWorld()
    world.quote(SPOT, 99, 100)
    world.quote(SWAP, 102, 103)
    world.start(world.legs(SPOT, SWAP))
    assert orders(world) == [(SPOT, Side.BUY, 1, 100), (SWAP, Side.SELL, 10, 102)]
    assert world.work.status is OrderStatus.FILLED
    assert world.net() == {SPOT: 1, SWAP: -1, OTHER: 0}


def test_rounds_keep_what_is_unhedged_within_its_bound():
    world = world_at()
    world.start(max_unhedged=D(26))
    world.driver.advance(SECOND)
    assert world.work.status is OrderStatus.FILLED
    sizes = [order.size for order in world.driver.placed]
    assert sizes == [D("0.25")] * 8
    assert world.work.rounds == 4


def test_it_waits_for_its_prices_and_sends_nothing_without():
    world = world_at(ask="101")
    world.start()
    assert orders(world) == []
    world.driver.advance(SECOND)
    world.quote(SPOT, 99, 100)
    world.driver.advance(SECOND // 2)
    assert world.work.status is OrderStatus.FILLED
    never = world_at(ask="101")
    never.start()
    never.driver.advance(3 * SECOND)
    assert (never.work.status, never.work.reason) == (
        OrderStatus.EXPIRED,
        "its prices did not come",
    )
    assert orders(never) == []


def test_what_the_missing_leg_lacks_is_tried_again_within_the_loss_limit():
    world = world_at(trouble=LATE)
    world.start()
    world.quote(OTHER, 101, 103)  # while its order is on its way
    world.driver.advance(2 * SECOND)
    assert [(child[0], child[1]) for child in orders(world)][2:] == [(OTHER, Side.SELL)]
    assert world.driver.placed[2].type is OrderType.LIMIT
    assert world.net() == {SPOT: 1, OTHER: -1, SWAP: 0}
    assert world.work.status is OrderStatus.FILLED
    assert world.cash() >= world.work.allowed(D(1))


def test_beyond_the_loss_limit_it_goes_the_cheaper_way_at_market():
    world = world_at(trouble=LATE)
    world.start(max_loss=D("0.5"))
    world.quote(OTHER, 90, 103)  # completing would lose ten, going back about one
    world.driver.advance(SECOND)
    assert orders(world)[2:] == [(SPOT, Side.SELL, 1, None)]
    assert world.net() == {SPOT: 0, OTHER: 0, SWAP: 0}
    assert world.work.status is OrderStatus.CANCELLED
    assert world.work.reason.startswith("made even at market, with -1.1")
    # Where completing is cheaper than going back, that is the way, loss limit or not.
    world = world_at(trouble=LATE)
    world.start(max_loss=D("0.5"))
    world.quote(OTHER, 99, 103)
    world.quote(SPOT, 90, 100)
    world.driver.advance(SECOND)
    assert orders(world)[2:] == [(OTHER, Side.SELL, 1, None)]
    assert world.net() == {SPOT: 1, OTHER: -1, SWAP: 0}


def test_a_purchase_that_is_missing_is_bounded_as_well():
    world = world_at(trouble=LATE)
    world.start(max_loss=D("0.5"))
    world.quote(SPOT, 99, 112)
    world.driver.advance(SECOND)
    assert orders(world)[2:] == [(OTHER, Side.BUY, 1, None)]
    world = world_at(trouble=LATE)
    world.start()
    world.quote(SPOT, 99, 103)
    world.driver.advance(SECOND)
    (again,) = world.driver.placed[2:]
    assert (again.instrument, again.side) == (SPOT, Side.BUY)
    # What it may cost: what selling brought, and five.
    assert again.price == (D(102) * D("0.999") * D("0.999") + 5) / D("1.001") // D("0.5") * D("0.5")


def test_it_hopes_for_a_better_price_while_that_is_bearable():
    world = world_at(trouble=LATE)
    world.start(max_loss=D(3))
    world.quote(OTHER, 90, 103)  # going back loses one: bearable for a time
    world.driver.advance(2 * SECOND)
    assert len(orders(world)) == 2
    world.quote(OTHER, 101, 103)
    world.driver.advance(SECOND)
    assert world.net() == {SPOT: 1, OTHER: -1, SWAP: 0}
    assert world.driver.placed[2].price is not None
    # And not for ever.
    world = world_at(trouble=LATE)
    world.start(max_loss=D(3))
    world.quote(OTHER, 90, 103)
    world.driver.advance(4 * SECOND)
    assert orders(world)[2:] == [(SPOT, Side.SELL, 1, None)]


def test_the_first_leg_sizes_the_second():
    world = world_at(sizes=("0.1", "10"))
    world.start(world.legs(ask="101"), first=0)
    world.driver.advance(3 * SECOND)
    assert orders(world) == [(SPOT, Side.BUY, 1, 101), (OTHER, Side.SELL, D("0.3"), 102)]
    assert world.work.status is OrderStatus.CANCELLED
    assert world.work.reason == "no more was there at its limits"
    missed = world_at(trouble=LATE)
    missed.start(first=0)
    missed.quote(SPOT, 100, 101)  # the first finds nothing: the second is never sent
    missed.driver.advance(2 * SECOND)
    assert [order[0] for order in orders(missed)] == [SPOT]
    assert missed.work.status is OrderStatus.CANCELLED


def test_a_round_that_found_nothing_is_the_last():
    world = world_at(trouble=LATE)
    world.start(first=0, open_for_ns=60 * SECOND)
    world.quote(SPOT, 100, 101)
    world.driver.advance(2 * STEP_NS)
    world.quote(SPOT, 99, 100)  # back again, as such prices come and go
    world.driver.advance(SECOND)
    assert orders(world) == [(SPOT, Side.BUY, 1, 100)]
    assert world.work.done


def test_each_round_has_its_own_time_to_be_made_even():
    world = world_at(trouble=LATE)
    world.start(max_unhedged=D(51), open_for_ns=60 * SECOND, hedge_for_ns=SECOND)
    for _ in range(2):
        world.quote(OTHER, 101, 103)  # while its order is on its way
        world.driver.advance(3 * SECOND)
        world.quote(OTHER, 102, 103)
    world.driver.advance(SECOND)
    assert [order.price is None for order in world.driver.placed] == [False] * 6
    assert world.work.status is OrderStatus.FILLED


def test_an_order_that_does_not_end_is_withdrawn():
    world = world_at(trouble=Trouble(reach_ns=20 * SECOND))
    world.start()
    world.driver.advance(4 * SECOND)
    assert [child.withdrawing for child in world.work.live] == [False, False]
    world.driver.advance(2 * SECOND)
    assert [child.withdrawing for child in world.work.live] == [True, True]


def test_no_hedge_while_an_outcome_is_not_known():
    """Both fill at once, but one answer takes seconds: nothing is sent in between."""
    world = world_at(trouble=Trouble(silent_ns=4 * SECOND))
    world.driver._rng.random = lambda: 0.05  # every order is among the silent ones
    world.start(max_loss=D(0))
    for _ in range(39):
        world.driver.advance(STEP_NS)
        assert len(orders(world)) == 2
    world.driver.advance(SECOND)
    assert world.work.status is OrderStatus.FILLED
    assert len(orders(world)) == 2


def test_without_funds_the_other_leg_is_undone():
    world = world_at(usd=10)
    world.start()
    world.driver.advance(SECOND)
    assert world.net() == {SPOT: 0, OTHER: 0, SWAP: 0}
    assert orders(world)[2:] == [(OTHER, Side.BUY, 1, None)]
    assert "ann has 10 USD available and needs 100.1" in world.work.reason


def test_a_purchase_is_undone_by_what_its_fee_left_of_it():
    """The fee came out of what was bought, and there is no more of it to sell."""
    world = world_at(btc=0, kept=True)
    world.start()
    world.driver.advance(SECOND)
    assert orders(world)[2:] == [(SPOT, Side.SELL, D("0.99"), None)]
    assert world.work.done
    assert world.work.is_even
    assert "OPEN" not in world.work.reason


def test_stale_prices_open_nothing_and_are_waited_for():
    world = world_at(trouble=LATE)
    world.start()
    world.quote(OTHER, None, 103)
    world.driver.lose(SPOT)
    world.driver.lose(OTHER)
    world.driver.advance(10 * SECOND)
    assert len(orders(world)) == 2
    assert not world.work.done
    world.driver.restore(SPOT)
    world.driver.advance(SECOND)
    assert orders(world)[2:] == [(SPOT, Side.SELL, 1, None)]
    lost = world_at()
    lost.driver.lose(OTHER)
    lost.start()
    lost.driver.advance(5 * SECOND)
    assert orders(lost) == []
    assert lost.work.status is OrderStatus.EXPIRED


def test_what_cannot_be_made_even_is_told():
    world = world_at(trouble=LATE)
    world.start()
    world.quote(OTHER, None, 103)
    world.driver.lose(SPOT)
    world.driver.lose(OTHER)
    world.driver.advance(200 * SECOND)
    assert world.work.done
    assert world.work.status is OrderStatus.CANCELLED
    assert world.work.reason.endswith(
        "OPEN: 1 bought and not sold (test:BTC/USD 1, test:BTC/USDT 0)"
    )


def test_a_rest_below_the_least_size_is_told():
    world = world_at(sizes=("10", "0.25"))
    legs = world.legs()
    world.start((legs[0], legs[1]), max_loss=D(50))
    world.quote(OTHER, 102, 103, "0.33", levels=1)
    world.driver.advance(10 * SECOND)
    assert world.work.done
    gap = sum(world.net().values())
    assert abs(gap) < D("0.05") or "OPEN" in world.work.reason


def test_stopping_places_nothing_more_and_says_what_is_open():
    world = world_at(trouble=LATE)
    world.start(max_loss=D(3))
    world.quote(OTHER, 90, 103)
    world.driver.advance(SECOND)
    world.driver.tell(ClientOrderId("pair1"), Stop("stopped"))
    world.driver.advance(10 * SECOND)
    assert len(orders(world)) == 2
    assert world.work.done
    assert world.work.reason.startswith("stopped; OPEN: 1 bought and not sold")
    paused = world_at(trouble=LATE)
    paused.start(max_loss=D(3))
    paused.quote(OTHER, 90, 103)
    paused.driver.tell(ClientOrderId("pair1"), Pause())
    paused.driver.advance(10 * SECOND)
    assert len(orders(paused)) == 2
    with pytest.raises(ValueError, match="no changes"):
        paused.work.receive(Change(size=D(2)), paused.driver)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"max_loss": D(-1)}, "max_loss"),
        ({"max_unhedged": D(0)}, "max_unhedged"),
        ({"open_for_ns": 0}, "open_for_ns"),
        ({"hedge_for_ns": 4_000 * SECOND}, "hedge_for_ns"),
    ],
)
def test_bounds_that_make_no_sense(terms, said):
    legs = PairWorld().legs()
    with pytest.raises(ValueError, match=said):
        pair_of(ClientOrderId("x"), legs, **{"max_loss": D(1), "now_ns": Nanos(0), **terms})
    with pytest.raises(ValueError, match="two instruments"):
        pair_of(ClientOrderId("x"), (legs[0], legs[0]), max_loss=D(1), now_ns=Nanos(0))


moves = st.tuples(
    st.sampled_from([SPOT, OTHER]), st.integers(-4, 4), st.sampled_from([1, 3, 7, 40])
)


@settings(max_examples=250)
@given(
    path=st.lists(moves, min_size=5, max_size=40),
    seed=st.integers(0, 10_000),
    first=st.sampled_from([None, 0, 1]),
    unhedged=st.sampled_from([None, D(12), D(30)]),
    loss=st.sampled_from([D(0), D("0.3"), D(2), D(50)]),
    stopped=st.none() | st.integers(0, 15),
)
def test_whatever_happens_it_ends_even_or_says_what_is_open(
    path, seed, first, unhedged, loss, stopped
):
    world = PairWorld(seed, TROUBLE)
    prices = {SPOT: D(100), OTHER: D(102)}
    world.quote(SPOT, D(99), D(100), "0.4")
    world.quote(OTHER, D(102), D(103), "0.4")
    world.start(first=first, max_unhedged=unhedged, max_loss=loss)
    for number, (instrument, move, tenths) in enumerate(path):
        prices[instrument] += move * D("0.5")
        top = prices[instrument]
        bid, ask = (top - 1, top) if instrument == SPOT else (top, top + 1)
        world.quote(instrument, bid, ask, Decimal(tenths) / 10)
        if stopped == number:
            world.driver.tell(ClientOrderId("pair1"), Stop("stopped"))
        world.driver.advance(STEP_NS)
        check_bound(world, unhedged)
    for instrument in (SPOT, OTHER):  # a market that both legs can end in
        top = prices[instrument]
        bid, ask = (top - 1, top) if instrument == SPOT else (top, top + 1)
        world.quote(instrument, bid, ask, "40")
    world.driver.advance(60 * SECOND)
    work = world.work
    assert work.done
    net = world.net()
    assert [leg.net for leg in work.legs] == [net[SPOT], net[OTHER]]
    assert abs(work.cash - world.cash()) < D("1e-12")
    if stopped is None:
        assert abs(work.gap) < D("0.05") or "OPEN" in work.reason
        assert not (work.status is OrderStatus.FILLED and not work.even)
        if not work.hedged and work.is_even:
            assert work.cash >= work.allowed(work.even)
    elif not work.is_even:
        assert "OPEN" in work.reason
    assert len({order.client_id for order in world.driver.placed}) == len(world.driver.placed)
    assert {child.role for child in work.live} <= {LEG, RETRY, HEDGE}


@settings(max_examples=200)
@given(data=st.data())
def test_any_input_in_any_phase_raises_nothing_and_places_no_id_twice(data):
    work = pair_of(
        ClientOrderId("pair1"), PairWorld().legs(), max_loss=D(1), now_ns=Nanos(0), first=None
    )
    ids = set()
    for _ in range(data.draw(st.integers(1, 30))):
        market = data.draw(markets)
        seen = Seen()
        if market is not None:
            seen = Seen.of(market, msgspec.structs.replace(market, about=ABOUT[OTHER]))
        if work.live and data.draw(st.booleans()):
            event = of_child(data, data.draw(st.sampled_from(work.live)))
        else:
            event = data.draw(plain_inputs)
        before = work
        outcome = work.receive(event, seen)
        work = works.decode("paired", msgspec.json.encode(outcome.work))
        assert work == outcome.work
        for action in outcome.actions:
            if isinstance(action, Place):
                assert action.order.client_id not in ids
                assert not before.live or isinstance(event, ChildReport | ChildRefused)
                ids.add(action.order.client_id)
        again = work.receive(Moved(SPOT), seen).work.receive(Moved(OTHER), seen)
        assert not [each for each in again.actions if isinstance(each, Place)]
    work = work.receive(Stop(), Seen()).work
    for child in work.live:
        work = work.receive(ChildRefused(child.client_id, "gone"), Seen()).work
    assert work.done
    assert work.is_even or "OPEN" in work.reason


def check_bound(world, unhedged):
    """No more is open than the bound, by the fills at the engine, and no leg beyond its size."""
    net = world.net()
    if unhedged is not None:
        # A second leg may fill while the first one's order is on its way: one round, no more.
        assert abs(net[SPOT] + net[OTHER]) * 102 <= unhedged + 102 * ABOUT[OTHER].size_increment
    assert abs(net[SPOT]) <= 1
    assert abs(net[OTHER]) <= 1
