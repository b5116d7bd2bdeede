"""One exchange on one chain: which families of pools it has, by which contracts. Values only."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.chains import ChainInfo, Token
from argosy.dialects.evm.deployments import Contracts, Deployment
from argosy.dialects.uniswap_v2 import deployments as v2
from argosy.dialects.uniswap_v2.amounts import PairFee
from argosy.dialects.uniswap_v3 import deployments as v3
from argosy.dialects.uniswap_v4 import deployments as v4
from argosy.dialects.uniswap_v4.keys import PoolKey
from argosy.errors import ConfigError
from argosy.model import InstrumentId, VenueId

PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3"  # the same on every chain
# What prices are told in, the most usual first: of two tokens the earlier one is the quote.
QUOTES = ("USDT", "USDC", "DAI", "ETH", "POL", "WBTC", "CBBTC")
_DOLLARS = {"USDT", "USDC", "DAI"}


class Family(StrEnum):
    """How a pool prices."""

    V2 = "v2"
    V3 = "v3"
    V4 = "v4"


class PoolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One pool: its tokens, its terms, and which token is the base."""

    venue: VenueId
    family: Family
    token0: Token
    token1: Token
    fee: int  # millionths
    spacing: int  # 0 for v2
    address: str  # of the pool; for v4 of the manager; lower case
    base: int  # 0 or 1
    key: PoolKey | None = None  # v4

    @property
    def base_token(self) -> Token:
        """What is bought and sold."""
        return (self.token0, self.token1)[self.base]

    @property
    def quote_token(self) -> Token:
        """What it is paid in."""
        return (self.token1, self.token0)[self.base]

    @property
    def name(self) -> str:
        """What the contracts know it by: an address, or of v4 the pool's id."""
        return self.address if self.key is None else self.key.pool_id

    @property
    def instrument(self) -> InstrumentId:
        """As in "uniswap:ETH/USDC@v3-500"; "v4w" where a v4 pool has the wrapped currency."""
        terms = self.family.value if self.family is Family.V2 else f"{self.family.value}-{self.fee}"
        if self.family is Family.V4 and self._wrapped:
            terms = f"v4w-{self.fee}"
        symbol = f"{self.base_token.currency}/{self.quote_token.currency}"
        return InstrumentId(f"{self.venue}:{symbol}@{terms}")

    @property
    def _wrapped(self) -> bool:
        return any(
            token.symbol != token.currency and token.symbol == f"W{token.currency}"
            for token in (self.token0, self.token1)
        )

    @property
    def least_notional(self) -> int:
        """The power of ten, in quote units, that the smallest trade is worth about."""
        return 0 if self.quote_token.currency in _DOLLARS else -3


class Exchange(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A protocol's contracts on a chain. A family that is not there has none."""

    venue: VenueId
    chain: ChainInfo
    v2: Contracts | None = None
    v2_fee: PairFee = PairFee()
    v3: Contracts | None = None
    spacings: Mapping[int, int] = {}
    v4: Contracts | None = None
    universal_router: str = ""  # empty: each family's own router

    @cached_property
    def tokens(self) -> tuple[Token, ...]:
        """The tokens of the chain, its own currency among them, where v4 pools may have it."""
        return (self.chain.own, *self.chain.tokens) if self.v4 else self.chain.tokens

    def spec(
        self, family: Family, a: Token, b: Token, *, fee: int, address: str, spacing: int = 0
    ) -> PoolSpec:
        """A pool of two tokens, in the contracts' order and ours."""
        token0, token1 = sorted((a, b), key=lambda token: int(token.address, 16))
        key = None
        if family is Family.V4:
            key = PoolKey(
                currency0=token0.address, currency1=token1.address, fee=fee, spacing=spacing
            )
        return PoolSpec(
            venue=self.venue,
            family=family,
            token0=token0,
            token1=token1,
            fee=fee,
            spacing=spacing,
            address=address.lower(),
            base=0 if _rank(token0) > _rank(token1) else 1,
            key=key,
        )

    def own_side(self, spec: PoolSpec) -> int | None:
        """Which of a pool's tokens goes in and comes out as the chain's own currency: its wrapper
        in v2 and v3, that currency itself in v4; None where neither does.
        """
        native = ZERO_ADDRESS if spec.family is Family.V4 else self.chain.wrapper.address
        if spec.token0.address == native:
            return 0
        return 1 if spec.token1.address == native else None

    def pairs(self, family: Family) -> list[tuple[Token, Token]]:
        """Every two tokens that a pool of this family may have."""
        tokens = self.tokens if family is Family.V4 else self.chain.tokens
        return [
            (a, b)
            for at, a in enumerate(tokens)
            for b in tokens[at + 1 :]
            if a.currency != b.currency
        ]


def _rank(token: Token) -> int:
    return QUOTES.index(token.currency) if token.currency in QUOTES else len(QUOTES)


def is_native(token: Token) -> bool:
    """Whether it is the chain's own currency, which is no contract."""
    return token.address == ZERO_ADDRESS


def live_exchange(venue: str, protocol: str, chain: ChainInfo) -> Exchange:
    """A protocol as it is deployed on a chain, by the dialects' data.

    Raises:
        ConfigError: it is not known there.
    """
    found: dict[str, tuple[Deployment, Contracts]] = {}
    for family, known in (("v2", v2.deployments()), ("v3", v3.deployments())):
        about = known.get(protocol)
        if about is not None and chain.id in about.chains:
            found[family] = (about, about.on(chain.id))
    about = v4.deployments().get(protocol)
    if about is not None and chain.id in about.chains and about.on(chain.id).state_view:
        found["v4"] = (about, about.on(chain.id))
    if not found:
        raise ConfigError(f"{protocol} is not known on {chain.key}; choose another chain")
    return Exchange(
        venue=VenueId(venue),
        chain=chain,
        v2=found["v2"][1] if "v2" in found else None,
        v2_fee=PairFee(*found["v2"][0].fee) if "v2" in found else PairFee(),
        v3=found["v3"][1] if "v3" in found else None,
        spacings=found["v3"][0].spacings if "v3" in found else {},
        v4=found["v4"][1] if "v4" in found else None,
        universal_router=found["v4"][1].universal_router if "v4" in found else "",
    )
