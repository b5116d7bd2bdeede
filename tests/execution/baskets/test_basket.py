"""Baskets on the sandbox's engine in virtual time: side by side, all of it or as agreed."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.execution.baskets import Basket, BasketLeg, OnFailure, Style
from argosy.execution.work import Continue, Pause, Phase, Stop
from argosy.model import InstrumentId, MarginMode, OrderStatus, Side
from argosy.model.time import SECOND
from execution.emulated.worlds import LATE, SPOT, SWAP, World

D = Decimal
LOT = {SPOT: D("0.01"), SWAP: D(1)}
LEAST = {SPOT: D("0.02"), SWAP: D(1)}


class Markets(World):
    """Both instruments quoted, each as deep as it is told."""

    def __init__(self, seed=0, trouble=None, depth=100_000):
        super().__init__(seed, trouble, depth=depth)
        self.show(SWAP, 200, depth)

    def show(self, instrument, ticks, depth):
        self.instrument, self.spec = instrument, self.engine.listings[instrument].spec
        self.depth = depth
        self.quote(ticks)

    def spec_of(self, instrument):
        return self.engine.listings[instrument].spec.instrument

    def net(self, instrument):
        """What the account's fills of an instrument add up to."""
        spec = self.engine.listings[instrument].spec
        return sum(
            (fill.size if fill.side is Side.BUY else -fill.size)
            for fill in self.driver.fills
            if self.engine.find(self.account, client_id=fill.client_id).spec is spec
        )


def spot(size="1", side=Side.BUY, **more):
    return BasketLeg(instrument=SPOT, side=side, size=D(size), **more)


def swap(size="100", side=Side.SELL, **more):
    return BasketLeg(instrument=SWAP, side=side, size=D(size), margin_mode=MarginMode.CROSS, **more)


def begun(world, *legs, **terms):
    work = Basket(id="basket1", legs=legs or (spot(), swap()), **terms)
    world.driver.start(work)
    return lambda: world.driver.works["basket1"]


@pytest.mark.parametrize("trouble", [None, LATE])
def test_all_legs_are_filled(trouble):
    world = Markets(trouble=trouble)
    work = begun(world)
    world.driver.advance(5 * SECOND)
    assert work().status is OrderStatus.FILLED
    assert (world.net(SPOT), world.net(SWAP)) == (1, -100)
    assert [leg.arrival_mid for leg in work().legs] == [100, 100]
    assert [leg.average_price for leg in work().legs] == [D("100.5"), D("99.5")]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["0.05", "0.1", "0.25", "0.5", "1"]).map(D),
    st.lists(st.tuples(st.sampled_from([SPOT, SWAP]), st.integers(0, 30)), max_size=30),
    st.integers(0, 99),
)
def test_no_leg_runs_ahead(most, moves, seed):
    world = Markets(seed, LATE)
    work = begun(world, max_ahead=most, within_ns=3600 * SECOND)
    least = max(LEAST[SPOT] / 1, LEAST[SWAP] / 100)
    for instrument, depth in moves:
        world.show(instrument, 200, depth)
        world.driver.advance(SECOND)
        assert work().ahead <= most + least
        bought, sold = world.net(SPOT), -world.net(SWAP) / 100
        assert abs(bought - sold) <= most + least
    world.show(SPOT, 200, 100_000)
    world.show(SWAP, 200, 100_000)
    world.driver.advance(120 * SECOND)
    assert work().done
    # A partial fill may leave less than the venue takes: that is the only thing that may be left.
    assert 1 - world.net(SPOT) < LEAST[SPOT]
    assert world.net(SWAP) == -100
    assert work().status is (OrderStatus.FILLED if world.net(SPOT) == 1 else OrderStatus.CANCELLED)
    assert ("less than can be placed" in work().reason) == (world.net(SPOT) < 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 50), st.integers(0, 40), st.integers(0, 99), st.booleans())
def test_all_or_nothing(bought, sold, seed, stopped):
    """Where a leg cannot be done, what was filled is taken back; also when people stop it."""
    world = Markets(seed, LATE)
    world.show(SPOT, 200, bought)
    world.show(SWAP, 200, sold)
    terms = {"on_failure": OnFailure.UNWIND, "slippage": D(0), "within_ns": 2 * SECOND}
    work = begun(world, **terms)
    world.driver.advance(SECOND)
    if stopped and not work().done:
        world.driver.tell("basket1", Stop())
    world.driver.advance(10 * SECOND)
    world.show(SPOT, 200, 100_000)
    world.show(SWAP, 200, 100_000)
    world.driver.advance(60 * SECOND)
    ended = work()
    assert ended.done
    if "missing, less than can be placed" in ended.reason:
        assert 1 - world.net(SPOT) < LEAST[SPOT]
        assert world.net(SWAP) == -100
    elif ended.status is OrderStatus.FILLED:
        assert (world.net(SPOT), world.net(SWAP)) == (1, -100)
    else:
        assert abs(world.net(SPOT)) < LEAST[SPOT]
        assert world.net(SWAP) == 0
        assert "taken back" in ended.reason or not ended.touched


def test_what_cannot_be_taken_back_is_said():
    world = Markets()
    world.show(SWAP, 200, 1)
    work = begun(world, on_failure=OnFailure.UNWIND, within_ns=2 * SECOND)
    world.driver.advance(SECOND)
    assert world.net(SPOT) == 1
    for level in list(world.engine.listings[SPOT].book.side(Side.BUY)):
        world.engine.quote(SPOT, Side.BUY, level.price, 0)
    world.engine.settle_down()
    world.driver.advance(120 * SECOND)
    ended = work()
    assert ended.done
    assert "1 not taken back (nothing filled in 9 tries)" in ended.reason
    assert "its time is over" in ended.reason


def test_completed_at_any_price():
    world = Markets()
    world.show(SWAP, 200, 30)
    work = begun(world, on_failure=OnFailure.COMPLETE, slippage=D(0), within_ns=2 * SECOND)
    world.driver.advance(SECOND)
    world.show(SWAP, 150, 100_000)  # far below the limit
    assert work().legs[1].filled == 30
    world.driver.advance(30 * SECOND)
    assert work().status is OrderStatus.FILLED
    assert (world.net(SPOT), world.net(SWAP)) == (1, -100)


def test_kept_as_it_is_when_stopped():
    world = Markets()
    world.show(SWAP, 200, 10)
    work = begun(world, on_failure=OnFailure.COMPLETE, slippage=D(0))
    world.driver.advance(SECOND // 10)
    world.driver.tell("basket1", Stop())
    world.driver.advance(10 * SECOND)
    assert work().done
    assert work().status is OrderStatus.CANCELLED
    assert "test:BTC/USD:USD: 90 missing" in work().reason
    assert world.net(SPOT) == 1


def test_it_waits_for_prices_of_every_leg():
    world = Markets()
    world.driver.lose(SWAP)
    work = begun(world)
    world.driver.advance(SECOND)
    assert not world.driver.placed
    assert work().phase is Phase.WORKING
    world.driver.restore(SWAP)
    world.driver.advance(SECOND)
    assert work().status is OrderStatus.FILLED


def test_resting_legs_rest_no_further_than_the_slowest_allows():
    world = Markets()
    rest = {"style": Style.REST}
    work = begun(
        world,
        spot(price=D(99), **rest),
        swap(price=D(101), **rest),
        max_ahead=D("0.25"),
        within_ns=3600 * SECOND,
    )
    world.driver.advance(SECOND)
    assert [(o.instrument, o.size) for o in world.driver.placed] == [(SPOT, D("0.25")), (SWAP, 25)]
    for _ in range(8):
        world.show(SPOT, 196, 100_000)
        world.driver.advance(SECOND)
        assert work().ahead <= D("0.25")
        world.show(SPOT, 200, 100_000)
        world.show(SWAP, 204, 100_000)
        world.driver.advance(SECOND)
        world.show(SWAP, 200, 100_000)
        assert work().ahead <= D("0.25")
    assert work().status is OrderStatus.FILLED


def test_paused_and_continued():
    world = Markets()
    rest = {"style": Style.REST}
    work = begun(world, spot(price=D(99), **rest), swap(price=D(101), **rest))
    world.driver.advance(SECOND)
    world.driver.tell("basket1", Pause())
    world.driver.advance(SECOND)
    assert not world.account.open
    world.driver.tell("basket1", Continue())
    world.driver.advance(SECOND)
    assert len(world.account.open) == 2
    assert work().phase is Phase.WORKING


def test_a_refused_leg_ends_it():
    world = Markets()
    poor = spot("1000000")  # more than there is money for
    work = begun(world, poor, swap(), on_failure=OnFailure.UNWIND)
    world.driver.advance(60 * SECOND)
    ended = work()
    assert ended.done
    assert ended.status is OrderStatus.CANCELLED
    assert world.net(SWAP) == 0


def test_fees_in_base_are_not_sold_again():
    leg = spot(fee_in_base=D("0.001"), filled=D(1), value=D(100))
    assert leg.to_undo(Markets().spec_of(SPOT)) == D("0.99")


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"legs": ()}, "1 to 50"),
        ({"max_ahead": D(0)}, "max_ahead"),
        ({"slippage": D(1)}, "slippage"),
        ({"within_ns": 0}, "within"),
        ({"legs": (spot("0"),)}, "leg 1: size"),
        ({"legs": (spot(style=Style.REST),)}, "needs a price"),
    ],
)
def test_terms_that_make_no_sense(terms, said):
    with pytest.raises(ValueError, match=said):
        Basket(**{"id": "basket1", "legs": (spot(), swap()), **terms})


def test_it_watches_each_instrument_once():
    legs = (spot(), spot("2"), swap())
    assert Basket(id="basket1", legs=legs).watches == (SPOT, InstrumentId(SWAP))
