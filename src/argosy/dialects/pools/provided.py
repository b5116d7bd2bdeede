"""What mined transactions put into pools and took out of them, by their logs; and what positions
that are held now were put in for. Pure.

Sources: events of NonfungiblePositionManager, UniswapV3Pool, UniswapV2Pair.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.logs import Events, Layout, log_of
from argosy.dialects.evm.transfers import TRANSFERS
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.liquidity import PoolPosition
from argosy.dialects.pools.v4_deeds import manager_of
from argosy.dialects.pools.v4_positions import Changed
from argosy.dialects.uniswap_v2 import events as v2
from argosy.dialects.uniswap_v3 import events as v3
from argosy.errors import WireError
from argosy.model import Log
from argosy.model.money import ZERO

_TRANSFER_TOPICS = 3  # of a fungible token's; a position's own has one more


class Increased(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was put into a position, for these amounts."""

    token_id: int
    liquidity: int
    amount0: int
    amount1: int


class Decreased(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was taken out of a position; the amounts are owed to it."""

    token_id: int
    liquidity: int
    amount0: int
    amount1: int


_FIELDS = (
    ("token_id", "uint256", True),
    ("liquidity", "uint128", False),
    ("amount0", "uint256", False),
    ("amount1", "uint256", False),
)
POSITION_EVENTS = Events(
    Layout("IncreaseLiquidity", Increased, _FIELDS),
    Layout("DecreaseLiquidity", Decreased, _FIELDS),
)


class PutIn(msgspec.Struct, frozen=True):
    """What a transaction put into a pool."""

    token_id: int
    liquidity: int
    amounts: tuple[int, int]


class TakenOut(msgspec.Struct, frozen=True):
    """What a transaction took out of a pool: all that was paid, and what of it were fees."""

    amounts: tuple[int, int]
    fees: tuple[int, int]


class Entry(msgspec.Struct, frozen=True):
    """What the liquidity that is held now was put in for: exact parts of what was paid in."""

    liquidity: int
    amount0: Decimal
    amount1: Decimal


def put_in(exchange: Exchange, spec: PoolSpec, owner: str, logs: Sequence[Log]) -> PutIn:
    """What adding came to. Raises WireError where nothing was added."""
    if spec.family is Family.V2:
        minted = _shares(spec, owner, logs)
        for event in _events(v2.PAIR_EVENTS, spec.address, logs):
            if isinstance(event, v2.Mint):
                return PutIn(0, minted, (event.amount0, event.amount1))
    else:
        assert spec.family is Family.V3, "what v4 came to is told by `v4_positions`"
        for event in _events(POSITION_EVENTS, _manager(exchange), logs):
            if isinstance(event, Increased):
                return PutIn(event.token_id, event.liquidity, (event.amount0, event.amount1))
    raise WireError(f"{spec.instrument}: nothing was put in by a transaction of ours")


def taken_out(exchange: Exchange, spec: PoolSpec, logs: Sequence[Log]) -> TakenOut:
    """What taking came to. Raises WireError where nothing was taken."""
    if spec.family is Family.V2:
        for event in _events(v2.PAIR_EVENTS, spec.address, logs):
            if isinstance(event, v2.Burn):
                return TakenOut((event.amount0, event.amount1), (0, 0))
        raise WireError(f"{spec.instrument}: nothing was taken out by a transaction of ours")
    manager = _manager(exchange)
    out0 = out1 = 0
    for event in _events(POSITION_EVENTS, manager, logs):
        if isinstance(event, Decreased):
            out0, out1 = out0 + event.amount0, out1 + event.amount1
    # The manager's own event tells what it asked for; the pool's, what was paid.
    for event in _events(v3.POOL_EVENTS, spec.address, logs):
        if isinstance(event, v3.Collect) and event.owner == manager:
            paid = (event.amount0, event.amount1)
            return TakenOut(paid, (max(paid[0] - out0, 0), max(paid[1] - out1, 0)))
    raise WireError(f"{spec.instrument}: nothing was collected by a transaction of ours")


def entries(
    exchange: Exchange, specs: Iterable[PoolSpec], owner: str, receipts: Iterable[Sequence[Log]]
) -> Mapping[str, Entry]:
    """What liquidity of v2 and v3 was put in for, by `entry_key`, out of the receipts of our
    transactions in their order. Taking a part out takes that part of what was paid in.
    """
    found: dict[str, Entry] = {}
    pairs = [spec for spec in specs if spec.family is Family.V2]
    manager = exchange.v3.positions.lower() if exchange.v3 is not None else ""
    for logs in receipts:
        for event in _events(POSITION_EVENTS, manager, logs):
            sign = 1 if isinstance(event, Increased) else -1
            amounts = (event.amount0, event.amount1)
            _change(found, f"{manager}#{event.token_id}", sign * event.liquidity, amounts)
        for spec in pairs:
            shares = _shares(spec, owner, logs)
            for event in _events(v2.PAIR_EVENTS, spec.address, logs):
                if isinstance(event, (v2.Mint, v2.Burn)) and shares:
                    _change(found, spec.address, shares, (event.amount0, event.amount1))
    return found


def managed_entries(exchange: Exchange, changes: Iterable[Changed]) -> Mapping[str, Entry]:
    """The same for v4, out of what our transactions changed."""
    found: dict[str, Entry] = {}
    for changed in changes:
        key = f"{manager_of(exchange)}#{changed.change.token_id}"
        _change(found, key, changed.change.liquidity, changed.amounts)
    return found


def entry_key(exchange: Exchange, position: PoolPosition) -> str:
    """What an entry of a position is found by: its contract, and the token that it has there."""
    if position.spec.family is Family.V2:
        return position.spec.address
    managed = position.spec.family is Family.V4
    manager = manager_of(exchange) if managed else _manager(exchange)
    return f"{manager}#{position.token_id}"


def _change(found: dict[str, Entry], key: str, delta: int, amounts: tuple[int, int]) -> None:
    before = found.get(key, Entry(0, ZERO, ZERO))
    after = before.liquidity + delta
    if delta > 0:
        amount0, amount1 = before.amount0 + amounts[0], before.amount1 + amounts[1]
        found[key] = Entry(after, amount0, amount1)
    elif after <= 0:
        found.pop(key, None)
    else:
        left = Decimal(after) / before.liquidity
        found[key] = Entry(after, before.amount0 * left, before.amount1 * left)


def _shares(spec: PoolSpec, owner: str, logs: Sequence[Log]) -> int:
    """Shares of a pair that came to an owner, below 0 those that left."""
    found = 0
    for log in logs:
        if log.address.lower() != spec.address or len(log.topics) != _TRANSFER_TOPICS:
            continue
        event = TRANSFERS.read(log_of(log))
        if event is None:
            continue
        if event.sender == ZERO_ADDRESS and event.recipient == owner:
            found += event.amount
        elif event.sender == owner:
            found -= event.amount
    return found


def _events(kinds: Events, address: str, logs: Sequence[Log]) -> list[Any]:
    read = [kinds.read(log_of(log)) for log in logs if log.address.lower() == address]
    return [event for event in read if event is not None]


def _manager(exchange: Exchange) -> str:
    assert exchange.v3 is not None
    return exchange.v3.positions.lower()
