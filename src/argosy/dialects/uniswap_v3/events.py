"""The events of a Uniswap v3 pool, as its logs carry them. Source: IUniswapV3PoolEvents."""

import msgspec

from argosy.dialects.evm.logs import Events, Layout


class Initialize(msgspec.Struct, frozen=True, kw_only=True):
    """The pool got its first price."""

    sqrt_price: int
    tick: int


class Mint(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was put between two ticks, for these amounts."""

    sender: str
    owner: str
    lower: int
    upper: int
    liquidity: int
    amount0: int
    amount1: int


class Burn(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was taken from between two ticks; the amounts are due to its owner."""

    owner: str
    lower: int
    upper: int
    liquidity: int
    amount0: int
    amount1: int


class Collect(msgspec.Struct, frozen=True, kw_only=True):
    """An owner took what was due: fees, and liquidity burnt before."""

    owner: str
    recipient: str
    lower: int
    upper: int
    amount0: int
    amount1: int


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap. Amounts above 0 came into the pool; price, liquidity and tick are those after it."""

    sender: str
    recipient: str
    amount0: int
    amount1: int
    sqrt_price: int
    liquidity: int
    tick: int


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """A flash loan: what was lent, and what was paid for it."""

    sender: str
    recipient: str
    amount0: int
    amount1: int
    paid0: int
    paid1: int


class SetFeeProtocol(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol's part of the fees: one in so many, 0 for none."""

    old0: int
    old1: int
    new0: int
    new1: int


class CollectProtocol(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol took its part."""

    sender: str
    recipient: str
    amount0: int
    amount1: int


_RANGE = (("lower", "int24", True), ("upper", "int24", True))
_AMOUNTS = (("amount0", "uint256", False), ("amount1", "uint256", False))

POOL_EVENTS = Events(
    Layout("Initialize", Initialize, [("sqrt_price", "uint160", False), ("tick", "int24", False)]),
    Layout(
        "Mint",
        Mint,
        [
            ("sender", "address", False),
            ("owner", "address", True),
            *_RANGE,
            ("liquidity", "uint128", False),
            *_AMOUNTS,
        ],
    ),
    Layout(
        "Burn",
        Burn,
        [("owner", "address", True), *_RANGE, ("liquidity", "uint128", False), *_AMOUNTS],
    ),
    Layout(
        "Collect",
        Collect,
        [
            ("owner", "address", True),
            ("recipient", "address", False),
            *_RANGE,
            ("amount0", "uint128", False),
            ("amount1", "uint128", False),
        ],
    ),
    Layout(
        "Swap",
        Swap,
        [
            ("sender", "address", True),
            ("recipient", "address", True),
            ("amount0", "int256", False),
            ("amount1", "int256", False),
            ("sqrt_price", "uint160", False),
            ("liquidity", "uint128", False),
            ("tick", "int24", False),
        ],
    ),
    Layout(
        "Flash",
        Flash,
        [
            ("sender", "address", True),
            ("recipient", "address", True),
            *_AMOUNTS,
            ("paid0", "uint256", False),
            ("paid1", "uint256", False),
        ],
    ),
    Layout(
        "SetFeeProtocol",
        SetFeeProtocol,
        [(name, "uint8", False) for name in ("old0", "old1", "new0", "new1")],
    ),
    Layout(
        "CollectProtocol",
        CollectProtocol,
        [
            ("sender", "address", True),
            ("recipient", "address", True),
            ("amount0", "uint128", False),
            ("amount1", "uint128", False),
        ],
    ),
)
