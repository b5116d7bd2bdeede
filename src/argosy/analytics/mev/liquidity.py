"""Finds liquidity that was put in just before others' swaps and taken out just after. Pure."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from argosy.analytics.mev.found import JustInTime
from argosy.analytics.mev.parties import is_of, party, shared_contracts
from argosy.model.trades import LiquidityMove, PoolTrade

_MOST_MOVES = 200  # of a pool in a block


def find_just_in_time(
    trades: Sequence[PoolTrade], moves: Sequence[LiquidityMove], *, routers: Collection[str] = ()
) -> list[JustInTime]:
    """Liquidity of one party, of the same range and size, that came and went around others' swaps
    in one block. `routers`: contracts that many use, managers of positions among them.
    """
    by_pool: dict[str, list[LiquidityMove]] = defaultdict(list)
    for move in sorted(moves, key=lambda each: each.index):
        if len(by_pool[move.pool]) < _MOST_MOVES:
            by_pool[move.pool].append(move)
    shared = shared_contracts([*trades, *moves], routers)
    found = []
    for pool, rows in by_pool.items():
        used: set[int] = set()
        for i, added in enumerate(rows):
            if added.liquidity <= 0:
                continue
            for j in range(i + 1, len(rows)):
                removed = rows[j]
                if (
                    j in used
                    or removed.ticks != added.ticks
                    or removed.liquidity != -added.liquidity
                    or not (who := party(added, removed, shared))
                ):
                    continue
                served = tuple(
                    trade
                    for trade in trades
                    if trade.pool == pool
                    and added.index < trade.index < removed.index
                    and not is_of(trade, who)
                )
                if served:
                    used.add(j)
                    found.append(_told(added, removed, who, served))
                break
    return found


def _told(
    added: LiquidityMove, removed: LiquidityMove, who: str, served: tuple[PoolTrade, ...]
) -> JustInTime:
    return JustInTime(
        block=added.block,
        pool=added.pool,
        provider=who,
        added=added.transaction,
        removed=removed.transaction,
        liquidity=added.liquidity,
        ticks=added.ticks,
        served=served,
    )
