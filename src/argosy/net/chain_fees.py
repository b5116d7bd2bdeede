"""What a transaction should offer (EIP-1559), from a chain's fee history. Pure arithmetic in wei.

Source: EIP-1559, "base fee" and `eth_feeHistory` of the execution API, read 2026-11-27.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from argosy.dialects.evm.jsonrpc import quantity
from argosy.errors import WireError

PERCENTILES = (10.0, 50.0, 90.0)  # of what blocks' transactions paid: slow, usual, fast
HISTORY_BLOCKS = 20
_CHANGE = 8  # a block changes the base fee by an eighth at most
_ELASTICITY = 2  # a block may hold twice what it aims at
GWEI = 10**9


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """What to offer for a unit of gas, in wei."""

    base_fee: int  # of the next block, which is certain
    priority_fee: int  # for who builds the block
    max_fee: int  # the most that is paid, both together

    def bumped(self, per_mille: int = 125) -> "Fees":
        """Offer so much more, rounded up; nodes want a tenth more to replace a transaction."""
        return Fees(
            base_fee=self.base_fee,
            priority_fee=_more(self.priority_fee, per_mille),
            max_fee=_more(self.max_fee, per_mille),
        )

    def at_least(self, other: "Fees") -> "Fees":
        """The higher of both, in each part."""
        return Fees(
            base_fee=self.base_fee,
            priority_fee=max(self.priority_fee, other.priority_fee),
            max_fee=max(self.max_fee, other.max_fee),
        )


def _more(fee: int, per_mille: int) -> int:
    return max(fee + 1, -(-fee * (1_000 + per_mille) // 1_000))


def next_base_fee(base_fee: int, gas_used: int, gas_limit: int) -> int:
    """The base fee of the block after one, by the rule of the chain itself."""
    target = gas_limit // _ELASTICITY
    if target in {0, gas_used}:
        return base_fee
    change = base_fee * abs(gas_used - target) // target // _CHANGE
    return base_fee + max(change, 1) if gas_used > target else base_fee - change


def read_history(told: Any, *, least_priority: int = GWEI // 100) -> Mapping[float, Fees]:
    """Fees for each of PERCENTILES, from the answer to eth_feeHistory with those.

    The priority fee is the median over blocks that held anything: an empty one says 0, which nobody
    paid. The most that is paid leaves room for the base fee to double: six full blocks in a row.

    Raises:
        WireError: the answer is not in its documented form.
    """
    if not isinstance(told, dict):
        raise WireError(f"eth_feeHistory: {str(told)[:80]!r}")
    bases = _list(told, "baseFeePerGas")
    if not bases:
        raise WireError("eth_feeHistory: no base fee")
    base_fee = quantity(bases[-1])
    rows = [_row(row) for row in _list(told, "reward")]
    filled = _list(told, "gasUsedRatio")
    used = [row for row, ratio in zip(rows, filled, strict=False) if ratio]
    found = {}
    for place, percentile in enumerate(PERCENTILES):
        paid = sorted(row[place] for row in used)
        priority = max(least_priority, paid[len(paid) // 2] if paid else 0)
        most = 2 * base_fee + priority
        found[percentile] = Fees(base_fee=base_fee, priority_fee=priority, max_fee=most)
    return found


def _list(told: dict[str, Any], name: str) -> Sequence[Any]:
    found = told.get(name)
    if found is None and name == "reward":
        return ()  # geth leaves it out for a chain of no blocks
    if not isinstance(found, list):
        raise WireError(f"eth_feeHistory: {name} is {str(found)[:80]!r}")
    return found


def _row(row: Any) -> list[int]:
    if not isinstance(row, list) or len(row) != len(PERCENTILES):
        raise WireError(f"eth_feeHistory: a reward is {str(row)[:80]!r}")
    return [quantity(each) for each in row]
