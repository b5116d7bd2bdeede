"""What gas will cost in the next blocks, and how long an offer may wait. A forecast: only the next
base fee is certain. Pure arithmetic in wei.

Source: EIP-1559. The guess of waiting counts what waits with a better offer against the room of
full blocks; what goes to builders past the public pool is in it only as far as past blocks show it.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from argosy.model import Head, PendingTransaction
from argosy.net.chain_fees import PERCENTILES, Fees, next_base_fee

AHEAD = (1, 3, 6, 12)  # blocks for which the base fee is bounded
_CHANGE = 8
_MOST_BLOCKS = 100  # beyond, "long" is all that can be said
_USUAL_GAS = 21_000  # the least a transaction takes


class BaseFeeRange(msgspec.Struct, frozen=True, kw_only=True):
    """Between which the base fee is, so many blocks ahead: empty blocks make the one bound, full
    ones the other. Ahead by one block both are the same: that is known.
    """

    blocks: int
    least: int
    usual: int  # if blocks go on as full as the last ones were
    most: int


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A priority fee, and how many blocks it may wait (0: longer than can be told)."""

    percentile: float  # of what was paid lately
    priority_fee: int
    max_fee: int
    blocks: int
    seconds: float


class GasForecast(msgspec.Struct, frozen=True, kw_only=True):
    """The outlook after a block. All but `base_fee` is a guess."""

    block: int
    base_fee: int  # of the next block, by the rule
    fullness: float  # of the last blocks, of what they may hold
    block_s: float  # between blocks, lately
    ahead: tuple[BaseFeeRange, ...]
    offers: tuple[Offer, ...]
    waiting: int  # transactions that were seen waiting
    waiting_gas: int
    priced_out: int  # of those, how many pay less than the next base fee


def forecast(
    heads: Sequence[Head],
    history: Mapping[float, Fees],
    waiting: Iterable[PendingTransaction] = (),
    *,
    block_s: float = 12.0,
) -> GasForecast:
    """The outlook, from the newest blocks (oldest first, one at least), the fees of `read_history`,
    and what waits. `block_s` where the blocks themselves do not say how far apart they are.

    Raises:
        ValueError: no block is given.
    """
    if not heads:
        raise ValueError("no block is given; the newest one is needed")
    tip = heads[-1]
    base_fee = next_base_fee(tip.base_fee, tip.gas_used, tip.gas_limit)
    full = [head.gas_used / head.gas_limit for head in heads if head.gas_limit]
    fullness = sum(full) / len(full) if full else 0.0
    apart = (tip.timestamp_s - heads[0].timestamp_s) / (len(heads) - 1) if len(heads) > 1 else 0
    seconds = apart if apart > 0 else block_s
    queue, priced_out, count, gas = _queue(waiting, base_fee)
    room = max(1, tip.gas_limit)
    offers = []
    for percentile in PERCENTILES:
        fees = history.get(percentile)
        if fees is None:
            continue
        blocks = _blocks(queue, fees.priority_fee, room)
        offers.append(
            Offer(
                percentile=percentile,
                priority_fee=fees.priority_fee,
                max_fee=2 * base_fee + fees.priority_fee,
                blocks=blocks,
                seconds=blocks * seconds,
            )
        )
    return GasForecast(
        block=tip.number,
        base_fee=base_fee,
        fullness=fullness,
        block_s=seconds,
        ahead=tuple(_ahead(base_fee, blocks, fullness) for blocks in AHEAD),
        offers=tuple(offers),
        waiting=count,
        waiting_gas=gas,
        priced_out=priced_out,
    )


def _queue(
    waiting: Iterable[PendingTransaction], base_fee: int
) -> tuple[list[tuple[int, int]], int, int, int]:
    """(what it pays the builder, gas) of all that can get in; how many cannot; all; their gas."""
    queue = []
    priced_out = count = gas = 0
    for each in waiting:
        count += 1
        gas += each.gas
        if each.max_fee < base_fee:
            priced_out += 1
            continue
        tip = min(each.priority_fee, each.max_fee - base_fee)
        queue.append((tip, max(each.gas, _USUAL_GAS)))
    return queue, priced_out, count, gas


def _blocks(queue: Sequence[tuple[int, int]], tip: int, room: int) -> int:
    """In which block an offer gets in, if all that waits with at least as good a one goes first and
    nothing new comes; 0: beyond what can be told.
    """
    before = sum(gas for theirs, gas in queue if theirs >= tip)
    blocks = 1 + before // room
    return blocks if blocks <= _MOST_BLOCKS else 0


def _ahead(base_fee: int, blocks: int, fullness: float) -> BaseFeeRange:
    least = usual = most = base_fee
    part = max(-1.0, min(1.0, 2 * fullness - 1))  # of an eighth, a block
    for _ in range(blocks - 1):
        least -= least // _CHANGE
        most += max(1, most // _CHANGE)
        usual += int(usual * part) // _CHANGE
    return BaseFeeRange(blocks=blocks, least=least, usual=min(most, max(least, usual)), most=most)
