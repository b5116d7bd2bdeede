"""Where a family's protocols are deployed: each dialect's `deployments.toml`, read and checked."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from argosy.dialects.evm.addresses import checksummed
from argosy.errors import ConfigError


class Contracts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One chain's contracts of a protocol; empty where there is none, or none was verified."""

    factory: str = ""
    router: str = ""
    quoter: str = ""
    positions: str = ""
    manager: str = ""  # v4: the pool manager, in place of a factory
    state_view: str = ""
    universal_router: str = ""


class Deployment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A protocol of a family: what it differs by, and where it is.

    `fee` is (kept, whole) of a v2 family; `spacings` maps a v3 family's fees (millionths) to their
    tick spacings.
    """

    name: str
    source: str
    chains: dict[int, Contracts]  # by chain id
    init_code_hash: str = ""
    fee: tuple[int, int] = (0, 0)
    spacings: dict[int, int] = {}

    def on(self, chain: int) -> Contracts:
        """The contracts on a chain; ConfigError naming the chains there are."""
        found = self.chains.get(chain)
        if found is None:
            known = ", ".join(str(each) for each in self.chains)
            raise ConfigError(f"{self.name} is not known on chain {chain}; known: {known}")
        return found


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    protocols: dict[str, Deployment]


def read_deployments(path: Path) -> Mapping[str, Deployment]:
    """The protocols of a `deployments.toml` by name.

    Raises:
        ConfigError: the file is malformed, or an address has a wrong checksum (a typing error).
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        found = msgspec.convert(raw, _File, strict=False).protocols
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
        raise ConfigError(f"{path.name}: {e}") from e
    for name, deployment in found.items():
        for chain, contracts in deployment.chains.items():
            for role, address in msgspec.structs.asdict(contracts).items():
                _check(f"{path.name}: {name}.{chain}.{role}", address)
    return found


def _check(where: str, address: str) -> None:
    if not address:
        return
    try:
        right = checksummed(address)
    except ValueError as e:
        raise ConfigError(f"{where}: {e}") from e
    if address != right:
        raise ConfigError(f"{where}: {address} has a wrong checksum; {right} would be right")
