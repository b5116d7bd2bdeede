"""What an address may sign on a chain, as values: the contracts that are known, and the caps."""

from collections.abc import Mapping

import msgspec

from argosy.dialects.evm.outgoing import NATIVE
from argosy.dialects.pools.outgoing import RouterKind

GAS = "gas"  # in place of a token: what transactions may pay at most for being mined
DAY_S = 86_400


class KnownToken(msgspec.Struct, frozen=True, kw_only=True):
    """A token by its address, as people name it."""

    symbol: str
    decimals: int


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """A policy. Addresses in lower case, amounts in smallest units; `gas` in wei.

    What is not named is not allowed. A cap that is missing: nothing may leave at all, unless
    `uncapped`, or unless the other of both caps is there.
    """

    chain_id: int
    setting: str  # where it is set: "chains.ethereum.limits"
    wrapper: str
    permit2: str
    routers: Mapping[str, RouterKind] = msgspec.field(default_factory=dict)
    tokens: Mapping[str, KnownToken] = msgspec.field(default_factory=dict)  # NATIVE among them
    contracts: frozenset[str] = frozenset()  # allowed besides: called, and let take tokens
    managers: frozenset[str] = frozenset()  # of positions: contracts too, whose calls are read
    collections: frozenset[str] = frozenset()  # of items (NFTs): their numbers are no amounts
    recipients: frozenset[str] = frozenset()  # of plain transfers, and of what swaps give
    typed_data: frozenset[str] = frozenset()  # contracts whose typed data is signed unread
    per_transaction: Mapping[str, int] = msgspec.field(default_factory=dict)
    per_day: Mapping[str, int] = msgspec.field(default_factory=dict)
    uncapped: bool = False
    permit_s: int = 3_600  # how long a signed permission may be good

    def name(self, token: str) -> str:
        """A token as settings name it: its symbol, else its address."""
        known = self.tokens.get(token)
        return known.symbol if known is not None else token

    def amount(self, token: str, units: int) -> str:
        """An amount for people, exactly."""
        known = self.tokens.get(NATIVE if token == GAS else token)
        if known is None or not known.decimals:
            return f"{units} units of {self.name(token)}"
        whole, part = divmod(units, 10**known.decimals)
        digits = f"{part:0{known.decimals}d}".rstrip("0")
        unit = f"{known.symbol} of gas" if token == GAS else known.symbol
        return f"{whole}.{digits} {unit}" if digits else f"{whole} {unit}"
