"""Swaps of a pool as trades: who took which way, at what price, fees of the pool included."""

from decimal import Decimal
from typing import Any

from argosy.dialects.evm.logs import Log, quantity
from argosy.dialects.pools.exchange import PoolSpec
from argosy.dialects.uniswap_v2 import events as v2
from argosy.dialects.uniswap_v3 import events as v3
from argosy.dialects.uniswap_v4 import events as v4
from argosy.model import Nanos, Side, Trade


def swapped(event: Any) -> tuple[int, int] | None:
    """What came into the pool of token 0 and 1, below 0 what went out; None: it is no swap."""
    if isinstance(event, v2.Swap):
        return event.amount0_in - event.amount0_out, event.amount1_in - event.amount1_out
    if isinstance(event, v3.Swap):
        return event.amount0, event.amount1
    if isinstance(event, v4.Swap):
        return -event.amount0, -event.amount1
    return None


def trade_of(
    spec: PoolSpec,
    log: Log,
    event: Any,
    increment: Decimal,
    venue_ns: Nanos,
    received_ns: Nanos,
) -> Trade | None:
    """A swap's trade, its price rounded to the increment; None for what is none."""
    came = swapped(event)
    if came is None:
        return None
    base, quote = came if spec.base == 0 else came[::-1]
    size = Decimal(abs(base)).scaleb(-spec.base_token.decimals)
    value = Decimal(abs(quote)).scaleb(-spec.quote_token.decimals)
    if not size or not value:
        return None
    index = quantity(log.log_index) if log.log_index is not None else 0
    return Trade(
        instrument=spec.instrument,
        venue_ns=venue_ns,
        received_ns=received_ns,
        venue_trade_id=f"{log.transaction_hash}-{index}",
        taker_side=Side.BUY if base < 0 else Side.SELL,
        price=(value / size).quantize(increment),
        size=size,
    )
