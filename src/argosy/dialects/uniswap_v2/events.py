"""The events of a Uniswap v2 pair, as its logs carry them. Source: IUniswapV2Pair."""

import msgspec

from argosy.dialects.evm.logs import Events, Layout


class Sync(msgspec.Struct, frozen=True, kw_only=True):
    """The reserves after a change; comes just before the event that says what it was."""

    reserve0: int
    reserve1: int


class Swap(msgspec.Struct, frozen=True, kw_only=True):
    """A swap: what came in and went out of either token."""

    sender: str
    to: str
    amount0_in: int
    amount1_in: int
    amount0_out: int
    amount1_out: int


class Mint(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was put in."""

    sender: str
    amount0: int
    amount1: int


class Burn(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity was taken out."""

    sender: str
    to: str
    amount0: int
    amount1: int


PAIR_EVENTS = Events(
    Layout("Sync", Sync, [("reserve0", "uint112", False), ("reserve1", "uint112", False)]),
    Layout(
        "Swap",
        Swap,
        [
            ("sender", "address", True),
            ("amount0_in", "uint256", False),
            ("amount1_in", "uint256", False),
            ("amount0_out", "uint256", False),
            ("amount1_out", "uint256", False),
            ("to", "address", True),
        ],
    ),
    Layout(
        "Mint",
        Mint,
        [
            ("sender", "address", True),
            ("amount0", "uint256", False),
            ("amount1", "uint256", False),
        ],
    ),
    Layout(
        "Burn",
        Burn,
        [
            ("sender", "address", True),
            ("amount0", "uint256", False),
            ("amount1", "uint256", False),
            ("to", "address", True),
        ],
    ),
)
