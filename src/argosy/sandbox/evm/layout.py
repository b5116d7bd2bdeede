"""What stands on the chain, as values: accounts by role, tokens, contracts by label, pools.
Saved beside the chain's state, so that who loads the one knows the other.
"""

from decimal import Decimal

import msgspec

from argosy.sandbox.prices import START_USD

# Who uses the node's unlocked accounts, in order.
ROLES = (
    "deployer",
    "provider_a",
    "provider_b",
    "swapper_a",
    "swapper_b",
    "swapper_c",
    "swapper_d",
    "arbitrageur",
    "sandwicher",
    "whale_a",
    "whale_b",
    "desk",
    "rival",
)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """An ERC-20. `usd` is the price that pools begin at, not one that anybody promises."""

    symbol: str
    name: str
    address: str
    decimals: int
    usd: Decimal

    def units(self, amount: Decimal) -> int:
        """An amount in the smallest unit, cut down to it."""
        return int(amount.scaleb(self.decimals))

    def worth(self, usd: Decimal) -> int:
        """How many units this many USD buy at the first price."""
        return self.units(usd / self.usd)


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """A pool of two tokens. `fee` is in millionths; tokens in the pool's own order (by address)."""

    protocol: str  # "uniswap_v2", "uniswap_v3", "sushi_v2", ...
    token0: str  # symbols
    token1: str
    fee: int
    address: str  # of the pool; of v4 the pool's id

    @property
    def label(self) -> str:
        """For people and as a key: 'uniswap_v3 USDC/WETH 500'."""
        return f"{self.protocol} {self.token0}/{self.token1} {self.fee}"


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was deployed. Addresses are hex in lower case."""

    accounts: dict[str, str]  # by role
    tokens: dict[str, Token]  # by symbol
    contracts: dict[str, str]  # by label: "uniswap_v3.factory"
    artifacts: dict[str, str]  # label -> name of its artifact, for its ABI
    pools: tuple[Pool, ...]

    def pool(self, protocol: str, one: str, other: str, fee: int | None = None) -> Pool:
        """The pool of two tokens, whichever comes first, and of a fee where there are several.

        Raises:
            KeyError: there is none such, or more than one.
        """
        found = [
            pool
            for pool in self.pools
            if pool.protocol == protocol
            and {pool.token0, pool.token1} == {one, other}
            and fee in {None, pool.fee}
        ]
        if len(found) != 1:
            raise KeyError(f"{len(found)} pools {protocol} {one}/{other} {fee or ''}".strip())
        return found[0]


# Symbol, name, decimals, and whose price of the simulated venues it has.
LISTED = (
    ("WETH", "Wrapped Ether", 18, "ETH"),
    ("USDC", "USD Coin", 6, "USDC"),
    ("USDT", "Tether USD", 6, "USDT"),
    ("DAI", "Dai Stablecoin", 18, "USD"),
    ("WBTC", "Wrapped BTC", 8, "BTC"),
)


def first_price(asset: str) -> Decimal:
    """What an asset costs in USD when the simulated venues open."""
    return Decimal(repr(START_USD[asset]))
