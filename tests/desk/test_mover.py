"""Following transfers while the machine's own clock steps."""

from pathlib import Path

import pytest

from argosy.model import TransferState
from argosy.model.time import HOUR
from argosy.sandbox.chain import BLOCK_MS
from argosy.sandbox.faults import FaultKind, FaultPlan
from desk.running import VENUES, sandboxed
from desk.test_transfers import WITHDRAW, ask, ended, moving, settings


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("off_h", [1, -1])
async def test_a_clock_that_steps_hides_no_withdrawal(
    venue: str, off_h: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BLOCK_MS, "bitcoin", 150)
    own = settings(tmp_path / "journal.db")
    async with sandboxed() as sandbox, moving(sandbox, own) as (desk, transfers):
        true_ns = desk.clock.now_ns
        lost = FaultPlan(kind=FaultKind.ANSWER_LOST, operation=WITHDRAW[venue], nth=1)
        sandbox.faults.add(lost)
        with monkeypatch.context() as stepped:
            stepped.setattr(desk.clock, "now_ns", lambda: true_ns() + off_h * HOUR)
            begun = await transfers.start(ask(venue))
        done = await ended(transfers, begun.id)
        assert (done.movement.state, done.movement.reason) == (TransferState.DONE, "")
        assert len(sandbox.venue(venue).wallet.withdrawals) == 1
