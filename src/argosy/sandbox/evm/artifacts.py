"""The published contracts, ready to deploy: ABI, creation bytecode, libraries to link. Reads them
from a cache that is filled from the packages in contracts.toml. Compiles nothing.
"""

import os
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.evm.packages import Package, cache_folder, extract

TABLE = Path(__file__).with_name("contracts.toml")
_HEX_IN_SOLIDITY = re.compile(rb'hex"([0-9a-f]+)"')


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    """Where a library's address goes into bytecode, in bytes."""

    library: str
    start: int


class Artifact(msgspec.Struct, frozen=True, kw_only=True):
    """One contract. `bytecode` is what creates it (hex without 0x), linked or not."""

    name: str
    package: str
    abi: tuple[dict[str, Any], ...]
    bytecode: str
    holes: tuple[Hole, ...] = ()

    def linked(self, libraries: dict[str, str]) -> str:
        """The bytecode with libraries' addresses put in.

        Raises:
            ConfigError: a library's address is not given.
        """
        code = self.bytecode
        for hole in self.holes:
            if hole.library not in libraries:
                raise ConfigError(f"{self.name} needs the library {hole.library}; deploy it first")
            at = hole.start * 2
            code = code[:at] + libraries[hole.library].removeprefix("0x").lower() + code[at + 40 :]
        return code


class _Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    registry: str
    version: str
    integrity: str
    contracts: dict[str, str]


@cache
def table() -> dict[str, tuple[Package, dict[str, str]]]:
    """Every package of contracts.toml, with the contracts taken from it and their files."""
    rows = msgspec.convert(
        tomllib.loads(TABLE.read_text(encoding="utf-8")), dict[str, _Package], strict=True
    )
    return {
        name: (
            msgspec.convert(
                {
                    "registry": row.registry,
                    "name": name,
                    "version": row.version,
                    "integrity": row.integrity,
                },
                Package,
            ),
            row.contracts,
        )
        for name, row in rows.items()
    }


@cache
def artifact(name: str) -> Artifact:
    """A contract by name, fetched on first use.

    Raises:
        ConfigError: it is not in the table, or its package cannot be had.
    """
    for package, contracts in table().values():
        if name in contracts:
            return _package(package.name)[name]
    raise ConfigError(f"contracts.toml names no contract {name!r}")


@cache
def _package(name: str) -> dict[str, Artifact]:
    package, contracts = table()[name]
    cached = cache_folder() / "artifacts" / f"{package.slug}.json"
    if cached.exists():
        try:
            known = msgspec.json.decode(cached.read_bytes(), type=dict[str, Artifact])
        except msgspec.MsgspecError:
            known = {}  # cut short, or of an older form: fetched anew
        if set(contracts) <= set(known):
            return known
    files = extract(package, contracts.values())
    found = {
        contract: read(contract, package.label, files[file]) for contract, file in contracts.items()
    }
    cached.parent.mkdir(parents=True, exist_ok=True)
    fresh = cached.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(found))
    fresh.replace(cached)
    return found


def read(name: str, package: str, content: bytes) -> Artifact:
    """An artifact as Truffle, Hardhat or Foundry write it; of a Solidity file its hex literal.

    Raises:
        ConfigError: it is none of these.
    """
    if found := _HEX_IN_SOLIDITY.search(content):
        return Artifact(name=name, package=package, abi=(), bytecode=found[1].decode())
    try:
        told = msgspec.json.decode(content)
        code, links = told["bytecode"], told.get("linkReferences") or {}
        if isinstance(code, dict):  # Foundry
            code, links = code["object"], code.get("linkReferences") or {}
        holes = tuple(
            Hole(library=library, start=place["start"])
            for libraries in links.values()
            for library, places in libraries.items()
            for place in places
        )
        return Artifact(
            name=name,
            package=package,
            abi=tuple(told["abi"]),
            bytecode=code.removeprefix("0x"),
            holes=holes,
        )
    except (msgspec.MsgspecError, KeyError, TypeError, AttributeError) as e:
        raise ConfigError(f"{name} in {package} is no artifact that we can read: {e!r}") from e
