"""Orders that wait for a price do what the sandbox's engine does with the same order natively."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.work import Change, Continue, Pause, Stop
from argosy.model import (
    OffsetUnit,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.testing.works import Trouble
from execution.emulated.worlds import BARE, LATE, STEP_NS, World, order, paths, worked

D = Decimal
FIXED = {
    OrderType.STOP: OrderType.STOP,
    OrderType.STOP_LIMIT: OrderType.STOP_LIMIT,
    OrderType.TAKE_PROFIT: OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_LIMIT: OrderType.TAKE_PROFIT_LIMIT,
    OrderType.MARKET_IF_TOUCHED: OrderType.TAKE_PROFIT,
    OrderType.LIMIT_IF_TOUCHED: OrderType.TAKE_PROFIT_LIMIT,
}
NATIVE_SOURCES = (TriggerSource.LAST, TriggerSource.MARK, TriggerSource.INDEX)
prices = st.integers(180, 220).map(lambda ticks: D(ticks) / 2)


def both(asked, path, native_type, trouble=LATE, seed=0):
    """The same path with the order at the engine, and worked from here."""
    there, here = World(), World(seed, trouble)
    for world in (there, here):
        world.reference(100, 100)
    there.native(msgspec.structs.replace(asked, type=native_type))
    work = worked(here, asked)
    here.driver.start(work)

    def references(world):
        def after(number):
            mark = D(world.ticks + number % 3 - 1) / 2
            world.reference(mark, mark + 1)

        return after

    for world in (there, here):
        world.walk(path, references(world))
        world.driver.advance(STEP_NS)
    return there, here


@pytest.mark.parametrize("kind", FIXED)
@given(
    side=st.sampled_from(Side),
    source=st.sampled_from(NATIVE_SOURCES),
    trigger=prices,
    away=st.integers(-4, 4),
    path=paths(),
    seed=st.integers(0, 9),
)
def test_same_fills_as_the_native_order(kind, side, source, trigger, away, path, seed):
    limit = {"price": trigger + D(away) / 2} if "limit" in kind else {}
    asked = order(kind, side, trigger=Trigger(price=trigger, source=source), **limit)
    there, here = both(asked, path, FIXED[kind], seed=seed)
    assert here.fills() == there.fills()


@pytest.mark.parametrize("kind", ["trailing_stop", "trailing_stop_limit"])
@given(
    side=st.sampled_from(Side),
    source=st.sampled_from(NATIVE_SOURCES),
    unit=st.sampled_from((OffsetUnit.PRICE, OffsetUnit.PERCENT)),
    offset=st.integers(1, 8),
    activation=st.none() | prices,
    beyond=st.none() | st.integers(-2, 4).map(lambda ticks: D(ticks) / 2),
    path=paths(),
    seed=st.integers(0, 9),
)
def test_trailing_as_the_native_order(
    kind, side, source, unit, offset, activation, beyond, path, seed
):
    trigger = Trigger(
        offset=D(offset) / 2,
        offset_unit=unit,
        source=source,
        activation_price=activation,
        limit_offset=beyond if kind == "trailing_stop_limit" else None,
    )
    there, here = both(order(kind, side, trigger=trigger), path, OrderType(kind), seed=seed)
    assert here.fills() == there.fills()


@given(offset=st.integers(1, 8), path=paths(), side=st.sampled_from(Side))
def test_ticks_are_price_increments(offset, path, side):
    worlds = []
    for unit, distance in ((OffsetUnit.TICKS, D(offset)), (OffsetUnit.PRICE, D(offset) / 2)):
        world = World()
        trigger = Trigger(offset=distance, offset_unit=unit)
        world.driver.start(worked(world, order("trailing_stop", side, trigger=trigger)))
        world.walk(path)
        worlds.append(world)
    assert worlds[0].fills() == worlds[1].fills()


@given(path=paths(), trigger=prices, steps=st.integers(1, 3))
def test_latency_moves_the_fill_to_the_book_at_arrival(path, trigger, steps):
    """The bound: what is decided on a step fills at the bid so many steps later, all of it."""
    fired_at = next((n for n, bid in enumerate(bids_of(path)) if bid <= trigger), None)
    world = World(trouble=Trouble(reach_ns=steps * STEP_NS))
    asked = order("stop", trigger=Trigger(price=trigger, source=TriggerSource.BOOK))
    at_once = world.driver[asked.instrument].bid <= trigger
    world.driver.start(worked(world, asked))
    world.walk(path)
    if at_once or fired_at is None or fired_at + steps > len(path):
        return
    # It arrives at the end of the pause after a step, before the next one moves the book.
    assert world.fills() == [(Side.SELL, world.bids[fired_at + steps - 1], D(1))]


def bids_of(path):
    """The best bids of a walk."""
    world = World()
    world.walk(path)
    return world.bids


@given(path=paths(), trigger=prices, side=st.sampled_from(Side), stop=st.booleans())
def test_by_the_book_and_by_the_mid(path, trigger, side, stop):
    """Fires on the first step whose bid (selling), offer (buying) or mid reaches the trigger."""
    bids = [D("99.5"), *bids_of(path)]
    kind = "stop" if stop else "take_profit"
    for source, shift in (
        (TriggerSource.BOOK, D(0) if side is Side.SELL else D(1)),
        (TriggerSource.MID, D("0.5")),
    ):
        world = World()
        trigger_ = Trigger(price=trigger, source=source)
        world.driver.start(worked(world, order(kind, side, trigger=trigger_)))
        world.walk(path)
        rising = (side is Side.BUY) == stop
        seen = [bid + shift for bid in bids]
        hits = [n for n, p in enumerate(seen) if (p >= trigger if rising else p <= trigger)]
        took = [bids[hits[0]] + (0 if side is Side.SELL else 1)] if hits else []
        # The book moves side by side: a step that only one side has made may be the one that fires.
        assert [price for _, price, _ in world.fills()] == took or source is TriggerSource.MID
        assert bool(world.fills()) == bool(hits) or source is TriggerSource.MID


PERCENT, PRICE = OffsetUnit.PERCENT, OffsetUnit.PRICE
EXAMPLES = {
    # Binance's FAQ on trailing stops, scenarios A to E (read 2026-11): side, stop price, whether it
    # is on the way to a loss, distance, the prices that are seen, and where the trigger is then.
    "A": (Side.BUY, "44000", True, "5", PERCENT, (40_000, 37_000, 45_000, 46_000, 42_000), "44100"),
    "B": (
        Side.SELL, "39000", True, "10", PERCENT, (40_000, 41_500, 39_000, 37_000, 41_000), "36900"
    ),
    "C": (
        Side.BUY, "38000", False, "8.5", PERCENT,
        (40_000, 42_000, 38_000, 37_000, 39_000, 38_000), "40145",
    ),
    "D": (
        Side.SELL, "42000", False, "7.5", PERCENT,
        (40_000, 41_500, 39_000, 45_000, 44_000, 46_500), "43012.5",
    ),
    "E": (Side.SELL, None, False, "7", PERCENT, (40_000, 42_000, 39_500, 45_500), "42315"),
    # Kraken's support pages on trailing stops and their announcement (read 2026-11).
    "Kraken, percent": (Side.SELL, None, False, "5", PERCENT, (20_000, 22_000), "20900"),
    "Kraken, dollars": (Side.SELL, None, False, "100", PRICE, (28_000, 30_000), "29900"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("side", "activation", "against", "offset", "unit", "seen", "at"),
    EXAMPLES.values(),
    ids=EXAMPLES,
)
def test_worked_examples_of_venues(side, activation, against, offset, unit, seen, at):
    world = World(price=seen[0])
    trigger = Trigger(
        offset=D(offset),
        offset_unit=unit,
        activation_price=None if activation is None else D(activation),
        activation_against=against,
    )
    asked = order("trailing_stop_limit", side, trigger=trigger, price=D(at))
    world.driver.start(worked(world, asked))
    # A trade is a tick above the quoted mid: so quotes are a tick lower than what is to be seen.
    for price in seen:
        world.quote(price * 2 - 1)
        world.trade(Side.BUY)
    work = world.driver.works[asked.client_id]
    assert not work.fired
    assert work.trail.price == D(at)
    beyond = 1 if side is Side.BUY else -1
    world.quote(int(D(at) * 2) - 1 - beyond)
    world.trade(Side.BUY)
    assert not world.driver.works[asked.client_id].fired
    world.quote(int(D(at) * 2) - 1)
    world.trade(Side.BUY)
    assert world.driver.works[asked.client_id].fired


def test_a_stop_does_not_fire_on_stale_prices_and_then_takes_what_there_is():
    world = World()
    asked = order("stop", trigger=Trigger(price=D(95)))
    world.driver.start(worked(world, asked))
    world.driver.lose(asked.instrument)
    world.walk([(-10, Side.SELL)] * 3)
    assert not world.fills()
    world.driver.restore(asked.instrument)
    world.walk([(0, Side.SELL)])
    assert world.fills() == [(Side.SELL, D("84.5"), D(1))]


def test_a_stop_limit_rests_at_its_limit_after_a_gap():
    world = World()
    asked = order("stop_limit", price=D(94), trigger=Trigger(price=D(95)))
    world.driver.start(worked(world, asked))
    world.driver.lose(asked.instrument)
    world.walk([(-10, Side.SELL)] * 3)
    world.driver.restore(asked.instrument)
    world.walk([(0, Side.SELL)])
    assert not world.fills()
    assert world.driver.placed[0].price == D(94)
    world.walk([(20, Side.BUY)] * 2)
    assert world.fills() == [(Side.SELL, D(94), D(1))]


def test_an_extreme_in_a_gap_is_not_followed():
    world = World()
    asked = order("trailing_stop", trigger=Trigger(offset=D(2)))
    world.driver.start(worked(world, asked))
    world.driver.lose(asked.instrument)
    world.walk([(20, Side.BUY), (-18, Side.BUY)])
    world.driver.restore(asked.instrument)
    assert not world.fills()
    assert world.driver.works[asked.client_id].trail.price == D("99.5")  # from 101.5, seen after it


def test_a_refused_order_is_tried_again_and_then_given_up():
    world = World()
    asked = order("stop", size="0.01", trigger=Trigger(price=D(95)))  # below the venue's least
    world.driver.start(worked(world, asked))
    world.walk([(-10, Side.SELL)] * 2)
    world.driver.advance(200_000 * STEP_NS)
    work = world.driver.works[asked.client_id]
    assert (work.status, work.children) == (OrderStatus.REJECTED, 9)
    assert "below" in work.reason


def test_want_of_funds_ends_it_at_once():
    world = World()
    asked = order("stop", size="100000", trigger=Trigger(price=D(95)))
    world.driver.start(worked(world, asked))
    world.walk([(-10, Side.SELL)] * 2)
    work = world.driver.works[asked.client_id]
    assert (work.status, work.children) == (OrderStatus.REJECTED, 1)


def test_paused_it_sees_nothing_until_it_goes_on():
    world = World()
    asked = order("stop", trigger=Trigger(price=D(95)))
    work = worked(world, asked)
    world.driver.start(work)
    world.driver.tell(work.id, Pause())
    world.walk([(-10, Side.SELL)])
    assert not world.fills()
    world.driver.tell(work.id, Continue())
    assert world.fills() == [(Side.SELL, D("94.5"), D(1))]


def test_a_resting_order_comes_back_after_a_pause_for_what_is_left():
    world = World()
    asked = order("stop_limit", price=D(97), trigger=Trigger(price=D(95)))
    work = worked(world, asked)
    world.driver.start(work)
    world.walk([(-12, Side.SELL)])
    world.driver.tell(work.id, Pause())
    assert not world.account.open
    world.driver.tell(work.id, Continue())
    assert len(world.account.open) == 1
    world.driver.tell(work.id, Stop())
    assert not world.account.open
    assert world.driver.works[work.id].status is OrderStatus.CANCELLED


def test_it_expires_while_it_waits_and_while_it_rests():
    for price in (D(90), D(97)):  # never fires; fires and rests
        world = World()
        asked = order(
            "stop_limit",
            price=D(99),
            trigger=Trigger(price=price),
            time_in_force=TimeInForce.GTD,
            expire_ns=world.clock.now_ns() + 10 * STEP_NS,
        )
        world.driver.start(worked(world, asked))
        world.walk([(-10, Side.SELL)])
        world.driver.advance(20 * STEP_NS)
        assert world.driver.works[asked.client_id].status is OrderStatus.EXPIRED
        assert not world.account.open


def test_terms_change_until_it_fired():
    world = World()
    asked = order("stop", trigger=Trigger(price=D(95)))
    work = worked(world, asked)
    world.driver.start(work)
    world.driver.tell(work.id, Change(trigger_price=D(90), size=D(2)))
    with pytest.raises(ValueError, match="no limit price"):
        world.driver.tell(work.id, Change(price=D(90)))
    world.walk([(-10, Side.SELL)])
    assert not world.fills()
    world.walk([(-12, Side.SELL)])
    assert world.fills() == [(Side.SELL, D("88.5"), D(2))]
    trailing = worked(world, order("trailing_stop", trigger=Trigger(offset=D(5))))
    with pytest.raises(ValueError, match="no trigger price of its own"):
        trailing.receive(Change(trigger_price=D(1)), world.driver)


def test_its_report_is_that_of_the_order_asked_for():
    world = World()
    asked = order("trailing_stop", trigger=Trigger(offset=D(5)))
    world.driver.start(worked(world, asked, BARE))
    report = world.driver.works[asked.client_id].report(5)
    assert (report.type, report.client_id, report.status) == (
        OrderType.TRAILING_STOP,
        asked.client_id,
        OrderStatus.ACCEPTED,
    )
    assert report.trigger_price == D("95.5")


LEVELS = {
    # OKX academy, stop orders: bought at 40,000; take profit at 42,000, sold at 41,950 or better.
    "OKX": ("take_profit_limit", 40_000, "42000", "41950", (41_999, 41_000), 42_000),
    # Kraken's support page on stop loss limits: long at 8,000; trigger 7,950, limit 7,900.
    "Kraken": ("stop_limit", 8_000, "7950", "7900", (7_951, 8_100), 7_950),
}


@pytest.mark.parametrize(
    ("kind", "begin", "trigger", "limit", "before", "then"), LEVELS.values(), ids=LEVELS
)
def test_worked_examples_of_stops(kind, begin, trigger, limit, before, then):
    world = World(price=begin)
    asked = order(kind, trigger=Trigger(price=D(trigger)), price=D(limit))
    world.driver.start(worked(world, asked))
    for price in before:
        world.quote(price * 2 - 1)
        world.trade(Side.BUY)
        assert not world.driver.placed
    world.quote(then * 2 - 1)
    world.trade(Side.BUY)
    world.driver.advance(STEP_NS)
    (sent,) = world.driver.placed
    assert (sent.type, sent.price) == (OrderType.LIMIT, D(limit))
    ((_, price, size),) = world.fills()
    assert size == 1
    assert price >= D(limit)
