"""What a sandwich around one's own swap would bring its maker; which limit leaves nothing. Pure.

Of one pool and one attacker with enough of the token: what could be taken, not what will be.
"""

import msgspec

from argosy.model.trades import Curve

_STEPS = 96  # halvings: enough for any amount below 2**96
_THIRDS = 200  # of which each leaves two
_NEAR = 8  # sizes that are tried one by one in the end


class SandwichRisk(msgspec.Struct, frozen=True, kw_only=True):
    """The best attack on a swap. Amounts in smallest units; `profit` after `cost`."""

    amount: int
    limit: int
    quoted: int  # what it gets when nobody interferes
    front: int  # what an attacker would give first, in the same token; 0: nothing pays
    worst: int  # what the swap would get then
    profit: int  # of the attacker, in the token given; 0 or below: nobody bothers
    safe_limit: int  # a least amount to get that leaves nothing to take; `quoted` at most

    @property
    def exposed(self) -> bool:
        """Whether somebody would do it."""
        return self.profit > 0

    @property
    def loss(self) -> int:
        """What it would cost, in the token got."""
        return self.quoted - self.worst


def sandwich_risk(
    curve: Curve, amount: int, limit: int, *, forward: bool, cost: int = 0, most: int = 1 << 96
) -> SandwichRisk:
    """The risk of giving `amount` for at least `limit`; `forward`: token 0 is given.

    `cost` is what an attack costs its maker beside the pool's fees (gas, what the builder asks), in
    the token given; `most` is what they have of it.

    Raises:
        ValueError: the curve cannot tell what the swap gets.
    """
    quoted, _ = curve.swap(amount, forward=forward)
    front, profit = _best(curve, amount, limit, forward=forward, most=most)
    profit -= cost
    if profit <= 0:
        return SandwichRisk(
            amount=amount,
            limit=limit,
            quoted=quoted,
            front=0,
            worst=quoted,
            profit=profit,
            safe_limit=min(limit, quoted),
        )
    worst = _play(curve, amount, front, forward=forward)[0]
    return SandwichRisk(
        amount=amount,
        limit=limit,
        quoted=quoted,
        front=front,
        worst=worst,
        profit=profit,
        safe_limit=_safe(curve, amount, limit, quoted, forward=forward, cost=cost, most=most),
    )


def _play(curve: Curve, amount: int, front: int, *, forward: bool) -> tuple[int, int]:
    """What the swap gets behind an attack of this size, and the attacker's profit."""
    bought, after = curve.swap(front, forward=forward)
    theirs, after = after.swap(amount, forward=forward)
    back, _ = after.swap(bought, forward=not forward)
    return theirs, back - front


def _leaves(curve: Curve, amount: int, front: int, limit: int, *, forward: bool) -> bool:
    try:
        return _play(curve, amount, front, forward=forward)[0] >= limit
    except ValueError:
        return False


def _best(curve: Curve, amount: int, limit: int, *, forward: bool, most: int) -> tuple[int, int]:
    """The size that pays most among those that leave the swap its limit; (0, 0): none pays."""
    low, high = 0, most
    for _ in range(_STEPS):
        if low >= high:
            break
        middle = (low + high + 1) // 2
        if _leaves(curve, amount, middle, limit, forward=forward):
            low = middle
        else:
            high = middle - 1
    if not low:
        return 0, 0

    def profit(front: int) -> int:
        try:
            return _play(curve, amount, front, forward=forward)[1] if front else 0
        except ValueError:
            return -front

    least, largest = (0, low) if profit(low) < profit(low - low // 100) else (low, low)
    for _ in range(_THIRDS):  # fees make the largest not always the best
        if largest - least <= _NEAR:
            break
        third = (largest - least) // 3
        if profit(least + third) < profit(largest - third):
            least += third
        else:
            largest -= third
    front = max((low, *range(least, largest + 1)), key=profit)
    gained = profit(front)
    return (front, gained) if gained > 0 else (0, 0)


def _safe(
    curve: Curve,
    amount: int,
    limit: int,
    quoted: int,
    *,
    forward: bool,
    cost: int,
    most: int,
) -> int:
    """The lowest limit that leaves an attacker nothing, to a ten-thousandth of what is quoted."""
    low, high = limit, quoted
    while high - low > max(1, quoted // 10_000):
        middle = (low + high) // 2
        if _best(curve, amount, middle, forward=forward, most=most)[1] > cost:
            low = middle
        else:
            high = middle
    return high
