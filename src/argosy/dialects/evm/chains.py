"""EVM chains by name, as data: ids, currencies, tokens, how long a block takes. Asks no node."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS, checksummed
from argosy.errors import ConfigError


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A token as traders name it. The wrapped native one counts as the native currency."""

    symbol: str  # the contract's: "WETH"
    currency: str  # ours: "ETH"
    address: str  # lower case; the zero address: the chain's own currency
    decimals: int


class ChainInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One chain."""

    id: int
    key: str  # "ethereum": as settings name it
    name: str
    native: str
    wrapped: str  # the symbol of the token that wraps it
    block_s: float
    confirmations: int
    tokens: tuple[Token, ...]
    data_fee: Literal["", "op", "arbitrum"] = ""

    def token(self, symbol: str) -> Token:
        """A token by its symbol; ConfigError listing those there are."""
        for each in self.tokens:
            if each.symbol == symbol:
                return each
        known = ", ".join(each.symbol for each in self.tokens)
        raise ConfigError(f"no token {symbol} on {self.key}; there are: {known}")

    @property
    def own(self) -> Token:
        """The chain's own currency as a token."""
        return Token(symbol=self.native, currency=self.native, address=ZERO_ADDRESS, decimals=18)

    @property
    def wrapper(self) -> Token:
        """The token that wraps it."""
        return self.token(self.wrapped)


class _Token(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    address: str
    decimals: int
    currency: str = ""


class _Chain(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: int
    name: str
    native: str
    wrapped: str
    block_s: float
    confirmations: int
    tokens: dict[str, _Token]
    data_fee: Literal["", "op", "arbitrum"] = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    chains: dict[str, _Chain]


@cache
def chains() -> Mapping[str, ChainInfo]:
    """Every chain by its key. Raises ConfigError for a broken file."""
    return read_chains((Path(__file__).parent / "chains.toml").read_text(encoding="utf-8"))


def read_chains(text: str) -> Mapping[str, ChainInfo]:
    """The chains of a TOML text.

    Raises:
        ConfigError: it is malformed, an address has a wrong checksum, or a wrapped token is
            missing; what is wrong is named.
    """
    try:
        told = msgspec.convert(tomllib.loads(text), _File).chains
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
        raise ConfigError(f"chains.toml: {e}") from e
    return {key: _chain(key, chain) for key, chain in told.items()}


def _chain(key: str, told: _Chain) -> ChainInfo:
    tokens = []
    for symbol, token in told.tokens.items():
        if checksummed(token.address) != token.address:
            right = checksummed(token.address)
            raise ConfigError(f"chains.toml: {symbol} on {key}: wrong checksum; {right} is right")
        currency = token.currency or (told.native if symbol == told.wrapped else symbol)
        tokens.append(
            Token(
                symbol=symbol,
                currency=currency,
                address=token.address.lower(),
                decimals=token.decimals,
            )
        )
    found = ChainInfo(
        id=told.id,
        key=key,
        name=told.name,
        native=told.native,
        wrapped=told.wrapped,
        block_s=told.block_s,
        confirmations=told.confirmations,
        tokens=tuple(tokens),
        data_fee=told.data_fee,
    )
    found.token(told.wrapped)
    return found
