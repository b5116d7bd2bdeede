"""What `argosy keys` does: one function each. No key and no passphrase is in what they return."""

from pathlib import Path

import msgspec

from argosy.desk import state
from argosy.desk.onchain import exchanges_on, sandbox_chain
from argosy.desk.sandbox_limits import SANDBOX, openly
from argosy.desk.settings import ChainSettings, Settings
from argosy.desk.signing import book_of, limits_of, vault_of
from argosy.dialects.evm.addresses import checksummed
from argosy.dialects.evm.chains import chains
from argosy.errors import ConfigError
from argosy.ports import StoredKey
from argosy.sandbox.told import find
from argosy.vault.limits import GAS, Limits
from argosy.vault.passphrase import Passphrases
from argosy.vault.secret import Secret
from argosy.vault.store import key_of_hex, key_of_keystore


class Cap(msgspec.Struct, frozen=True, kw_only=True):
    """What may leave of a token; None: there is no such cap."""

    token: str
    per_transaction: str | None
    per_day: str | None
    spent: str  # in the last 24 hours; "": no key says whose


class PolicyTold(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed on a chain."""

    chain: str
    chain_id: int
    key: str  # the reference of the settings
    address: str  # "": not known without the key
    calls: tuple[tuple[str, str], ...]  # (address, what it is)
    recipients: tuple[str, ...]
    typed_data: tuple[str, ...]
    caps: tuple[Cap, ...]
    uncapped: bool  # whether what has no cap may be spent


def create(settings: Settings, name: str, passphrase: Secret) -> StoredKey:
    """A new random key in the vault. Raises ConfigError."""
    return vault_of(settings, Passphrases()).create(name, passphrase)


def import_hex(settings: Settings, name: str, key: str, passphrase: Secret) -> StoredKey:
    """A private key that was made elsewhere. Raises ConfigError."""
    return vault_of(settings, Passphrases()).take_in(name, key_of_hex(key), passphrase)


def import_keystore(
    settings: Settings, name: str, file: Path, unlocks: Secret, passphrase: Secret
) -> StoredKey:
    """The key of another wallet's keystore (version 3). Raises ConfigError."""
    key = key_of_keystore(file, unlocks)
    return vault_of(settings, Passphrases()).take_in(name, key, passphrase)


def stored(settings: Settings) -> list[StoredKey]:
    """The keys of the vault, with checksummed addresses. Raises ConfigError."""
    return [
        StoredKey(name=each.name, address=checksummed(each.address))
        for each in vault_of(settings, Passphrases()).stored()
    ]


def address(settings: Settings, name: str) -> str:
    """A key's address, checksummed. Raises ConfigError."""
    for each in stored(settings):
        if each.name == name:
            return each.address
    raise ConfigError(f"there is no key {name}; `argosy keys list` lists them")


def policy(settings: Settings, chain: str) -> PolicyTold:
    """What is signed on a chain, and what was spent there. Raises ConfigError."""
    folder = state.folder(settings.desk.state_folder)
    reach = settings.chains.get(chain, ChainSettings())
    told = None
    if chain == SANDBOX:
        found = find(folder)
        told = found.chain if found is not None else None
        if told is None:
            raise ConfigError("no sandbox with a chain runs; start `argosy sandbox`")
        info = sandbox_chain(told)
    elif chain in chains():
        info = chains()[chain]
    else:
        raise ConfigError(f"there is no chain {chain}; there are: {', '.join(chains())}, {SANDBOX}")
    free = openly(told.contracts) if told is not None else None
    limits = limits_of(
        info,
        exchanges_on(settings, chain, told),
        reach.limits,
        sandbox=told is not None,
        openly=free,
    )
    whose = ""
    if told is not None:
        whose = told.accounts["desk"].lower()
    elif reach.key.startswith("vault:"):
        whose = address(settings, reach.key.partition(":")[2])
    return PolicyTold(
        chain=chain,
        chain_id=info.id,
        key=reach.key,
        address=checksummed(whose) if whose else "",
        calls=_calls(
            limits, free.contracts | free.collections if free is not None else frozenset()
        ),
        recipients=tuple(sorted(map(checksummed, limits.recipients))),
        typed_data=tuple(sorted(map(checksummed, limits.typed_data))),
        caps=_caps(limits, _spent(limits, folder, whose) if told is None else None),
        uncapped=limits.uncapped,
    )


def _calls(limits: Limits, own: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """`own`: the sandbox's, which need no setting."""

    def why(contract: str) -> str:
        return "of the sandbox" if contract in own else "by the settings"

    found = [
        *((router, f"router ({kind})") for router, kind in limits.routers.items()),
        (limits.permit2, "Permit2"),
        *((contract, why(contract)) for contract in sorted(limits.contracts)),
        *((contract, f"collection, {why(contract)}") for contract in sorted(limits.collections)),
        *(
            (token, f"{known.symbol}: approve, transfer")
            for token, known in limits.tokens.items()
            if int(token, 16)
        ),
    ]
    return tuple((checksummed(contract), what) for contract, what in found)


def _spent(limits: Limits, folder: Path, whose: str) -> dict[str, int] | None:
    if not whose:
        return None
    from argosy.net.clock import SystemClock

    return book_of(limits.chain_id, whose, folder).day(SystemClock().now_ns())


def _caps(limits: Limits, spent: dict[str, int] | None) -> tuple[Cap, ...]:
    def told(token: str, cap: int | None) -> str | None:
        return None if cap is None else limits.amount(token, cap)

    named = dict.fromkeys([*limits.tokens, GAS, *limits.per_transaction, *limits.per_day])
    return tuple(
        Cap(
            token=GAS if token == GAS else limits.name(token),
            per_transaction=told(token, limits.per_transaction.get(token)),
            per_day=told(token, limits.per_day.get(token)),
            spent="" if spent is None else limits.amount(token, spent.get(token, 0)),
        )
        for token in named
    )
