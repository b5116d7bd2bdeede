"""Following transfers while the machine's own clock steps; what they do to balances."""

from decimal import Decimal
from pathlib import Path

import pytest

from argosy.model import TransferState
from argosy.model.time import HOUR
from argosy.sandbox.chain import BLOCK_MS
from argosy.sandbox.faults import FaultKind, FaultPlan
from desk.running import VENUES, sandboxed
from desk.test_transfers import WITHDRAW, ask, ended, moving, settings

WAYS = (
    ("kraken", "kraken", "okx"),
    ("okx", "okx", "kraken"),
    ("okx", "okx:funding", "okx:trading"),
    ("okx", "okx:trading", "okx:funding"),
)


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


@pytest.mark.parametrize(("venue", "source", "target"), WAYS)
async def test_a_transfer_of_ours_seems_strange_nowhere(
    venue: str, source: str, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the balances are looked at before, within or after it."""
    monkeypatch.setitem(BLOCK_MS, "bitcoin", 150)
    own = settings(tmp_path / "journal.db")
    async with sandboxed() as sandbox, moving(sandbox, own) as (desk, transfers):
        moved = ask(venue, source=source, target=target, amount="0.01")
        looking = [trader.reconcile for trader in desk.traders.values()]
        begun = await transfers.start(moved)
        while not transfers.show(begun.id).movement.state.final:
            for look in looking:
                await look()
        for look in looking * 2:
            await look()
        assert not any(trader.unexplained for trader in desk.traders.values())
        lost = sandbox.venue(venue).engine
        lost.deposit(sandbox.account(venue), "BTC", Decimal("0.01"))  # the same, of someone else
        for look in looking * 2:
            await look()
        (found,) = desk.traders[venue].unexplained
        assert (found.currency, found.amount) == ("BTC", Decimal("0.01"))
