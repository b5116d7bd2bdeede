"""Finds front-runs and back-runs: trades whose place in the block is what they are about. Pure.

A block alone does not say who saw whom. A front-run is told only where it is known when both were
seen waiting; a back-run only right after the trade it follows.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from argosy.analytics.mev.found import BackRun, FrontRun, Sandwich, SandwichAttempt, Victim
from argosy.analytics.mev.sandwiches import CurveBefore, fair_out
from argosy.model.trades import PoolTrade

_LOOK_BACK = 20  # trades of a pool before another one


def _by_pool(trades: Sequence[PoolTrade]) -> dict[str, list[PoolTrade]]:
    found: dict[str, list[PoolTrade]] = defaultdict(list)
    for trade in sorted(trades, key=lambda each: each.place):
        found[trade.pool].append(trade)
    return found


def find_front_runs(
    trades: Sequence[PoolTrade],
    seen_ns: Mapping[str, int],
    *,
    sandwiches: Sequence[Sandwich | SandwichAttempt] = (),
    curve_before: CurveBefore | None = None,
) -> list[FrontRun]:
    """Trades seen later than another one of the same pool and direction, and put right before it
    for a higher priority fee. `seen_ns`: when each transaction was first seen waiting. The parts
    of `sandwiches` are left out: they are told already.
    """
    known = {(each.block, each.front.index) for each in sandwiches}
    found = []
    for rows in _by_pool(trades).values():
        for runner, victim in pairwise(rows):
            at, before = seen_ns.get(runner.transaction), seen_ns.get(victim.transaction)
            if (
                at is None
                or before is None
                or at <= before
                or runner.place in known
                or runner.forward != victim.forward
                or runner.position + 1 != victim.position
                or runner.priority_fee <= victim.priority_fee
                or runner.sender == victim.sender
            ):
                continue
            told = Victim(trade=victim, fair_out=fair_out(victim, runner, curve_before))
            found.append(
                FrontRun(
                    block=runner.block,
                    pool=runner.pool,
                    runner=runner,
                    victim=told,
                    later_ns=at - before,
                )
            )
    return found


def find_back_runs(
    trades: Sequence[PoolTrade],
    *,
    cycles: Collection[str] = (),
    sandwiches: Sequence[Sandwich | SandwichAttempt] = (),
) -> list[BackRun]:
    """Trades the other way after somebody else's: of a transaction in `cycles` (see find_arbitrage)
    anywhere after it in the block, of others only in the very next transaction.
    """
    known = {(each.block, at.index) for each in sandwiches for at in (each.front, each.back)}
    found = []
    for rows in _by_pool(trades).values():
        for at, runner in enumerate(rows):
            if runner.place in known:
                continue
            cycle = runner.transaction in cycles
            for leader in reversed(rows[max(0, at - _LOOK_BACK) : at]):
                if leader.transaction == runner.transaction or leader.sender == runner.sender:
                    continue
                near = leader.position + 1 == runner.position
                other_way = leader.forward != runner.forward and leader.place not in known
                if other_way and (cycle or near):
                    found.append(_back_run(leader, runner, cycle=cycle))
                break  # only what came right before it in this pool
    return found


def _back_run(leader: PoolTrade, runner: PoolTrade, *, cycle: bool) -> BackRun:
    return BackRun(block=runner.block, pool=runner.pool, leader=leader, runner=runner, cycle=cycle)
