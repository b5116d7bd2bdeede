"""A forecast of fees from what waits alone: the rate to get into the next blocks, if no more came.
For nodes that have seen too few blocks to estimate; it knows nothing of what is yet to come.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from argosy.model import Nanos
from argosy.model.bitcoin import FeeForecast, WaitingTransaction

BLOCK_VSIZE = 1_000_000


def projected(
    waiting: Iterable[WaitingTransaction],
    targets: Sequence[int],
    *,
    chain: str,
    floor: Decimal,
    received_ns: Nanos,
    block_vsize: int = BLOCK_VSIZE,
) -> FeeForecast:
    """The least rate among what fits into so many blocks, filled by what pays best first; `floor`
    where those blocks have room left. What waits for cheaper parents counts at its package's rate.
    """
    queue = sorted(
        ((min(each.rate, each.package_rate), each.vsize) for each in waiting), reverse=True
    )
    rates = []
    filled = place = 0
    for target in sorted(set(targets)):
        room = target * block_vsize
        while place < len(queue) and filled + queue[place][1] <= room:
            filled += queue[place][1]
            place += 1
        full = place < len(queue)
        rates.append((target, max(floor, queue[place][0]) if full else floor))
    return FeeForecast(
        chain=chain, rates=tuple(rates), floor=floor, source="mempool", received_ns=received_ns
    )
