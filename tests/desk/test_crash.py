"""The crash campaign: nothing is lost, and it would notice if something were."""

import msgspec
import pytest

from argosy.desk import crash, crash_desk
from argosy.desk.crash import run_crashes
from argosy.execution.journal import Store
from argosy.model import OrderStatus
from desk import planted

pytestmark = pytest.mark.timeout(240)


@pytest.mark.slow
async def test_a_killed_desk_loses_and_doubles_nothing() -> None:
    result = await run_crashes(6, 4000, lambda _done, _of: None)
    assert not result.failed, result
    assert result.kills >= 6
    assert result.runs == 6
    assert set(result.troubles) == {"disk full", "database locked", "clock stepped"}


@pytest.mark.slow
async def test_all_that_can_trade_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_STEPS", 1)
    monkeypatch.setattr(crash._World, "_life", _living(crash._World._life))
    result = await run_crashes(3, 4300, lambda _done, _of: None)
    assert not result.failed, result
    assert set(result.kinds) >= {"order", "work", "route", "basket", "pair", "schedule"}
    assert result.schedule_runs >= 5


@pytest.mark.slow
async def test_the_campaign_notices_what_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_STEPS", 1)  # killed at once, so only the second life trades
    monkeypatch.setattr(crash._World, "_life", _living(crash._World._life))
    true_orders, true_fills = Store.latest_orders, Store.fills_since

    def forgetful(self: Store, limit: int) -> list[object]:
        there = [one for one in true_orders(self, limit) if one.report.venue_id]
        unknown = msgspec.structs.replace(there[1].report, status=OrderStatus.UNKNOWN)
        return [msgspec.structs.replace(there[1], report=unknown), *there[2:]]

    monkeypatch.setattr(Store, "latest_orders", forgetful)
    monkeypatch.setattr(Store, "fills_since", lambda *args: true_fills(*args)[1:])
    result = await run_crashes(1, 4100, lambda _done, _of: None)
    assert result.failed
    assert result.lost_orders >= 1
    assert result.unresolved == 1
    assert result.position_mismatches >= 1


@pytest.mark.slow
async def test_the_campaign_notices_runs_that_begin_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "_STEPS", 1)
    monkeypatch.setattr(crash._World, "_life", _living(crash._World._life))
    monkeypatch.setattr(crash_desk, "main", planted.beginning_twice)
    result = await run_crashes(1, 4200, lambda _done, _of: None)
    assert result.failed
    assert result.doubled_runs >= 1


def _living(life):
    """A life that trades and is not killed."""

    async def longer(self, sandbox, *, kill_at, actions=0, **more):
        many = 120 * bool(actions)  # enough of them come to something on a busy machine too
        return await life(sandbox=sandbox, self=self, kill_at=0, actions=many, **more)

    return longer
