"""The driver gives works what it promises: by seed, late, twice, overtaking, and nothing untrue."""

from decimal import Decimal

import pytest

from argosy.execution.work import ChildReport
from argosy.model import OrderStatus, Side, Trigger
from argosy.testing.works import Trouble, report_of, request_of
from execution.emulated.worlds import LATE, STEP_NS, World, order, worked

D = Decimal


def run(seed, trouble):
    """A bracket's inputs on one path: what was told of its children, and its fills."""
    world = World(seed, trouble)
    told = []
    give = world.driver._give

    def heard(work_id, event):
        if isinstance(event, ChildReport):
            told.append((event.report.client_id, event.report.status, event.report.filled))
        give(work_id, event)

    world.driver._give = heard
    asked = order("iceberg", price=D(101), display_size=D("0.3"))
    world.driver.start(worked(world, asked))
    for size in (10, 20, 5, 25):
        world.quote(202)
        world.trade(Side.BUY, size)
        world.driver.advance(STEP_NS)
    world.driver.advance(20 * STEP_NS)
    return told, world.fills()


def test_a_seed_is_a_run_and_another_seed_another():
    assert run(1, LATE) == run(1, LATE)
    runs = [run(seed, LATE)[0] for seed in range(5)]
    assert any(told != runs[0] for told in runs[1:])


def test_reports_come_twice_and_late_but_never_take_back():
    told, fills = run(3, LATE)
    calm, same = run(3, Trouble())
    assert sum(size for _, _, size in fills) == sum(size for _, _, size in same)
    assert len(told) > len(calm), "none came twice"
    for child in {client_id for client_id, _, _ in told}:
        own = [(status, filled) for client_id, status, filled in told if client_id == child]
        assert [filled for _, filled in own] == sorted(filled for _, filled in own)
        final = [status.final for status, _ in own]
        assert final == sorted(final), "what was final is open again"


def test_lost_prices_are_not_shown():
    world = World()
    world.driver.lose(world.instrument)
    assert world.driver[world.instrument].bid is None
    assert world.driver[world.instrument].stale
    world.driver.restore(world.instrument)
    assert world.driver[world.instrument].bid == D("99.5")


def test_orders_go_in_and_come_back_the_same():
    world = World()
    asked = order("stop_limit", price=D(95), trigger=Trigger(price=D(96)))
    placed = world.engine.place(world.account, request_of(asked))
    report = report_of(placed, 5)
    assert (report.client_id, report.size, report.price) == (asked.client_id, 1, D(95))
    assert report.status is OrderStatus.ACCEPTED


def test_venues_refuse_and_keep_silent_when_asked_to():
    refusing = World(0, Trouble(refuses=1.0))
    refusing.driver.start(worked(refusing, order("iceberg", price=D(101), display_size=D("0.3"))))
    assert refusing.driver.placed
    assert not refusing.account.open
    silent = Trouble(silent_ns=50 * STEP_NS)
    assert len(run(1, silent)[0]) < len(run(1, Trouble())[0])


def test_works_that_never_come_to_rest_are_found():
    world = World()
    world.driver._at(0, lambda: forever(world))
    with pytest.raises(AssertionError, match="a loop"):
        world.driver.run()


def forever(world):
    world.driver._at(0, lambda: forever(world))
