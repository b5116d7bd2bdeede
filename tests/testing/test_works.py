"""The driver of works: one seed is one run, and what it does to reports is harmless."""

import pytest

from argosy.execution.work import FeedBack, FeedLost, Stop
from argosy.model import OrderStatus, Peg, Side
from argosy.testing.works import Trouble
from execution.emulated.worlds import LATE, SPOT, World, order, worked

PATH = [(3, Side.BUY), (-2, Side.SELL), (4, Side.BUY), (-6, Side.SELL), (1, Side.BUY)] * 4


def played(seed: int, trouble: Trouble | None = None) -> World:
    world = World(seed=seed, trouble=trouble)
    world.driver.start(worked(world, order("pegged", peg=Peg(min_interval_ms=0))))
    world.walk(PATH)
    world.driver.advance(10**9)
    return world


@pytest.mark.parametrize("trouble", [None, LATE])
def test_the_same_seed_is_the_same_run(trouble: Trouble | None) -> None:
    one, two = played(7, trouble), played(7, trouble)
    assert one.driver.placed == two.driver.placed
    assert one.fills() == two.fills()
    assert one.driver.inputs == two.driver.inputs


def test_reports_told_twice_are_more_inputs_and_no_more_fills() -> None:
    plain, doubled = played(7), played(7, Trouble(twice=1.0))
    assert doubled.driver.inputs > plain.driver.inputs
    assert doubled.fills() == plain.fills()


def test_it_is_told_that_prices_are_lost_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    work = worked(world, order("pegged", peg=Peg()))
    world.driver.start(work)
    seen = []
    true = type(work).receive
    monkeypatch.setattr(
        type(work),
        "receive",
        lambda self, event, markets: seen.append(type(event)) or true(self, event, markets),
    )
    world.driver.lose(SPOT)
    assert world.driver[SPOT].stale
    assert world.driver[SPOT].bid is None
    world.driver.restore(SPOT)
    assert not world.driver[SPOT].stale
    assert [kind for kind in seen if kind in {FeedLost, FeedBack}] == [FeedLost, FeedBack]


def test_a_work_is_told_what_is_asked_of_it() -> None:
    world = World()
    work = worked(world, order("pegged", peg=Peg()))
    world.driver.start(work)
    world.driver.tell(work.id, Stop())
    world.driver.advance(10**9)
    assert world.driver.works[work.id].status is OrderStatus.CANCELLED
    assert not world.account.open
