"""Who signs on a chain, and within which limits, by settings: the only place where a key is taken
from a variable or a vault, and where it is put behind its limits.
"""

import getpass
import sys
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.desk import state
from argosy.desk.secrets import resolve_key
from argosy.desk.settings import LimitSettings, Settings
from argosy.dialects.evm.chains import ChainInfo, chains
from argosy.dialects.evm.outgoing import NATIVE
from argosy.dialects.pools.exchange import PERMIT2, Exchange
from argosy.dialects.pools.outgoing import RouterKind
from argosy.errors import ConfigError
from argosy.net.tx_signing import KeySigner
from argosy.ports import Clock, TxSigner, Vault
from argosy.vault.guarded import GuardedSigner
from argosy.vault.limits import GAS, KnownToken, Limits
from argosy.vault.passphrase import Passphrases
from argosy.vault.spending import SpendingBook
from argosy.vault.store import KeyVault


class Openly(msgspec.Struct, frozen=True, kw_only=True):
    """What may be used where the settings name no contracts at all: on a sandbox's chain."""

    contracts: frozenset[str] = frozenset()
    collections: frozenset[str] = frozenset()
    typed_data: frozenset[str] = frozenset()


def vault_of(settings: Settings, passphrases: Passphrases | None = None) -> KeyVault:
    """The keyfiles of the state folder."""
    folder = state.folder(settings.desk.state_folder) / "keys"
    return KeyVault(folder, passphrases or Passphrases(prompt()))


def prompt() -> Callable[[str], str] | None:
    """How a person is asked for a passphrase; None where nobody sits at a terminal."""
    return getpass.getpass if sys.stdin is not None and sys.stdin.isatty() else None


def signer_of(reference: str, setting: str, vault: Vault) -> TxSigner:
    """The key that a setting names, not limited yet: only for `guarded`.

    Raises:
        ConfigError: another kind of reference, or a key that is not there or cannot be opened.
    """
    kind, _, name = reference.partition(":")
    if kind == "vault" and name:
        return vault.open(name)
    return KeySigner(resolve_key(reference, setting))


def guarded(signer: TxSigner, limits: Limits, folder: Path, clock: Clock) -> GuardedSigner:
    """A key behind its limits. What it spends is counted in the folder, a file for each address."""
    book = book_of(limits.chain_id, signer.address, folder)
    return GuardedSigner(signer, limits, book, clock)


def book_of(chain_id: int, address: str, folder: Path) -> SpendingBook:
    """The file that counts what an address spends on a chain."""
    name = f"spending-{chain_id}-{address.lower()[2:10]}.jsonl"
    return SpendingBook(folder / name, chain_id, address)


def limits_of(
    info: ChainInfo,
    exchanges: Iterable[Exchange],
    told: LimitSettings,
    *,
    sandbox: bool,
    openly: Openly | None = None,
) -> Limits:
    """The policy of a chain: what the desk's venues need, and what the settings allow besides;
    `openly`, where they name no contracts, collections and typed data.

    Raises:
        ConfigError: a cap for a token that is not known.
    """
    setting = f"chains.{info.key}.limits"
    known = list(exchanges)
    named_some = told.contracts or told.collections or told.typed_data
    free = Openly() if named_some or openly is None else openly
    tokens = {
        token.address: KnownToken(symbol=token.symbol, decimals=token.decimals)
        for token in (info.own, *info.tokens)
    }
    return Limits(
        chain_id=info.id,
        setting=setting,
        wrapper=info.wrapper.address if info.wrapped else "",
        permit2=PERMIT2,
        routers=routers(known),
        tokens=tokens,
        contracts=_lower(told.contracts) | free.contracts,
        managers=position_managers(known) - _lower(told.contracts),
        collections=_lower(told.collections) | free.collections,
        recipients=_lower(told.recipients),
        typed_data=_lower(told.typed_data) | free.typed_data,
        per_transaction=_caps(told.per_transaction, info, f"{setting}.per_transaction"),
        per_day=_caps(told.per_day, info, f"{setting}.per_day"),
        uncapped=sandbox if told.uncapped is None else told.uncapped,
        permit_s=told.permit_s,
    )


def named(chain_id: int) -> ChainInfo:
    """A chain by its id. One that nobody wrote down has no tokens, and its id for a name."""
    for info in chains().values():
        if info.id == chain_id:
            return info
    return ChainInfo(
        id=chain_id,
        key=str(chain_id),
        name=f"chain {chain_id}",
        native="ETH",
        wrapped="",
        block_s=12.0,
        confirmations=1,
        tokens=(),
    )


def routers(exchanges: Iterable[Exchange]) -> dict[str, RouterKind]:
    """The routers that exchanges swap through."""
    found: dict[str, RouterKind] = {}
    for exchange in exchanges:
        if exchange.universal_router:
            found[exchange.universal_router.lower()] = RouterKind.UNIVERSAL
        elif exchange.v3 is not None and exchange.v3.router:
            found[exchange.v3.router.lower()] = RouterKind.V3
        if exchange.v2 is not None and exchange.v2.router:  # liquidity of pairs goes through it too
            found[exchange.v2.router.lower()] = RouterKind.V2
    return found


def position_managers(exchanges: Iterable[Exchange]) -> frozenset[str]:
    """The contracts that keep liquidity of v3 and v4 pools for its owner."""
    return frozenset(
        family.positions.lower()
        for exchange in exchanges
        for family in (exchange.v3, exchange.v4)
        if family is not None and family.positions
    )


def token_address(name: str, info: ChainInfo) -> str:
    """A token's address by its symbol, whatever its case, or by its address. Raises ConfigError."""
    if name.startswith("0x"):
        return name.lower()
    for token in (info.own, *info.tokens):
        if token.symbol.upper() == name.upper():
            return token.address
    known = ", ".join(token.symbol for token in (info.own, *info.tokens))
    raise ConfigError(f"no token {name} on {info.key}; there are: {known}, or write its address")


def _caps(told: dict[str, Decimal], info: ChainInfo, setting: str) -> dict[str, int]:
    found: dict[str, int] = {}
    decimals = {token.address: token.decimals for token in (info.own, *info.tokens)}
    decimals[GAS] = decimals[NATIVE]
    for name, cap in told.items():
        try:
            token = GAS if name.lower() == GAS else token_address(name, info)
        except ConfigError as e:
            raise ConfigError(f"setting {setting}.{name}: {e}") from None
        if token in found:
            raise ConfigError(f"setting {setting}.{name}: another name of it has a cap already")
        found[token] = int(cap.scaleb(decimals.get(token, 0)))
    return found


def _lower(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset(address.lower() for address in addresses)
