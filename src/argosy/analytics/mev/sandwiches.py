"""Finds sandwiches: two trades of one party around others' in one pool of one block. Pure.

What makes one: the first goes the same way as the victims, the second the other way, they are in
different transactions, and the second sells about what the first bought.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from fractions import Fraction

from argosy.analytics.mev.found import Sandwich, Victim
from argosy.analytics.mev.parties import is_of, party, shared_contracts
from argosy.model.trades import Curve, PoolTrade

_MOST_TRADES = 500  # of a pool in a block, that are looked at
_MOST_VICTIMS = 50
STRICTER = 10  # times, where only the contract is the same
CurveBefore = Callable[[PoolTrade], Curve | None]


def find_sandwiches(
    trades: Sequence[PoolTrade],
    *,
    routers: Collection[str] = (),
    tolerance: Fraction = Fraction(1, 10),
    curve_before: CurveBefore | None = None,
) -> list[Sandwich]:
    """The sandwiches among one block's trades, in order of their first parts.

    `routers` are contracts that many use; `tolerance` is how far what is sold may be from what
    was bought. `curve_before` tells the pool just before a trade, where it is known: then
    victims' losses are told. Each trade is part of one sandwich at most, with the nearest amount.
    """
    by_pool: dict[str, list[PoolTrade]] = defaultdict(list)
    for trade in sorted(trades, key=lambda each: each.place):
        if len(by_pool[trade.pool]) < _MOST_TRADES:
            by_pool[trade.pool].append(trade)
    shared = shared_contracts(trades, routers)
    found: list[Sandwich] = []
    for rows in by_pool.values():
        found += _of_pool(rows, shared, tolerance, curve_before)
    return sorted(found, key=lambda each: each.front.place)


def _of_pool(
    rows: Sequence[PoolTrade],
    shared: frozenset[str],
    tolerance: Fraction,
    curve_before: CurveBefore | None,
) -> list[Sandwich]:
    candidates = []
    for i, front in enumerate(rows):
        for j in range(i + 2, len(rows)):
            back = rows[j]
            who = _enclosing(front, back, shared)
            if not who:
                continue
            off = abs(Fraction(back.amount_in, front.amount_out) - 1)
            room = tolerance if who == front.sender else tolerance / STRICTER
            if off <= room and _victims(rows, i, j, who):
                candidates.append((off, j - i, i, j, who))
    used: set[int] = set()
    found = []
    for _, _, i, j, who in sorted(candidates):
        if {i, j} & used:
            continue
        victims = [k for k in _victims(rows, i, j, who) if k not in used]
        if victims:
            used |= {i, j}
            found.append(_told(rows, i, j, who, victims, curve_before))
    return found


def _enclosing(front: PoolTrade, back: PoolTrade, shared: frozenset[str]) -> str:
    """Whose two trades may be the parts of a sandwich; empty: they are not."""
    if front.forward == back.forward or front.transaction == back.transaction:
        return ""
    return party(front, back, shared) if front.amount_out and back.amount_in else ""


def _victims(rows: Sequence[PoolTrade], i: int, j: int, who: str) -> list[int]:
    front, back = rows[i], rows[j]
    return [
        k
        for k in range(i + 1, j)
        if rows[k].forward == front.forward
        and rows[k].transaction not in {front.transaction, back.transaction}
        and not is_of(rows[k], who)
    ][:_MOST_VICTIMS]


def _told(
    rows: Sequence[PoolTrade],
    i: int,
    j: int,
    who: str,
    victims: Sequence[int],
    curve_before: CurveBefore | None,
) -> Sandwich:
    front, back = rows[i], rows[j]
    fair = _fair(rows, i, j, curve_before)
    return Sandwich(
        block=front.block,
        pool=front.pool,
        protocol=front.protocol,
        attacker=who,
        front=front,
        back=back,
        victims=tuple(Victim(trade=rows[k], fair_out=fair.get(k)) for k in victims),
    )


def _fair(
    rows: Sequence[PoolTrade], i: int, j: int, curve_before: CurveBefore | None
) -> dict[int, int]:
    """What those between would have got without the first part, one after the other."""
    curve = curve_before(rows[i]) if curve_before is not None else None
    found: dict[int, int] = {}
    if curve is None:
        return found
    for k in range(i + 1, j):
        try:
            found[k], curve = curve.swap(rows[k].amount_in, forward=rows[k].forward)
        except ValueError:
            return found  # the curve tells no further
    return found


def fair_out(victim: PoolTrade, runner: PoolTrade, curve_before: CurveBefore | None) -> int | None:
    """What a trade would have got in the place of the one before it."""
    curve = curve_before(runner) if curve_before is not None else None
    if curve is None:
        return None
    try:
        return curve.swap(victim.amount_in, forward=victim.forward)[0]
    except ValueError:
        return None
