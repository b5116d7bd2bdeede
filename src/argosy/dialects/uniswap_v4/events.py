"""The events of the Uniswap v4 pool manager that concern one pool. Source: IPoolManager."""

import msgspec

from argosy.dialects.evm.logs import Events, Layout


class Initialize(msgspec.Struct, frozen=True, kw_only=True):
    """A pool got its first price; the event holds its whole key."""

    pool_id: str
    currency0: str
    currency1: str
    fee: int
    spacing: int
    hooks: str
    sqrt_price: int
    tick: int


class ModifyLiquidity(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity between two ticks was added, or taken (below 0)."""

    pool_id: str
    sender: str
    lower: int
    upper: int
    delta: int
    salt: str


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap. Amounts are the swapper's: below 0 was paid in. `fee` is all of it, in millionths."""

    pool_id: str
    sender: str
    amount0: int
    amount1: int
    sqrt_price: int
    liquidity: int
    tick: int
    fee: int


class Donate(msgspec.Struct, frozen=True, kw_only=True):
    """Given to the liquidity of the moment."""

    pool_id: str
    sender: str
    amount0: int
    amount1: int


class ProtocolFeeUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol's fees, as the manager packs them: 12 bits a direction."""

    pool_id: str
    packed: int


_ID = ("pool_id", "bytes32", True)
_SENDER = ("sender", "address", True)

MANAGER_EVENTS = Events(
    Layout(
        "Initialize",
        Initialize,
        [
            _ID,
            ("currency0", "address", True),
            ("currency1", "address", True),
            ("fee", "uint24", False),
            ("spacing", "int24", False),
            ("hooks", "address", False),
            ("sqrt_price", "uint160", False),
            ("tick", "int24", False),
        ],
    ),
    Layout(
        "ModifyLiquidity",
        ModifyLiquidity,
        [
            _ID,
            _SENDER,
            ("lower", "int24", False),
            ("upper", "int24", False),
            ("delta", "int256", False),
            ("salt", "bytes32", False),
        ],
    ),
    Layout(
        "Swap",
        Swap,
        [
            _ID,
            _SENDER,
            ("amount0", "int128", False),
            ("amount1", "int128", False),
            ("sqrt_price", "uint160", False),
            ("liquidity", "uint128", False),
            ("tick", "int24", False),
            ("fee", "uint24", False),
        ],
    ),
    Layout(
        "Donate",
        Donate,
        [_ID, _SENDER, ("amount0", "uint256", False), ("amount1", "uint256", False)],
    ),
    Layout("ProtocolFeeUpdated", ProtocolFeeUpdated, [_ID, ("packed", "uint24", False)]),
)
