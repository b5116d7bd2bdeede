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
_NAMED_HEX = rb'^%s = "+0x([0-9a-f]+)'


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


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where in a package a contract is. `code` is set where its bytecode is in another file: as a
    hex literal of Solidity, or what a Python file calls `named`, `less` so many bytes at its end.
    """

    abi: str
    code: str = ""
    named: str = ""
    less: int = 0

    @property
    def files(self) -> set[str]:
        """The files it takes."""
        return {self.abi, self.code} - {""}


class _Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    registry: str
    version: str
    integrity: str
    contracts: dict[str, str | Source]


@cache
def table() -> dict[str, tuple[Package, dict[str, Source]]]:
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
            {
                contract: Source(abi=told) if isinstance(told, str) else told
                for contract, told in row.contracts.items()
            },
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
    files = extract(package, {file for source in contracts.values() for file in source.files})
    found = {
        contract: _joined(contract, package.label, files, source)
        for contract, source in contracts.items()
    }
    cached.parent.mkdir(parents=True, exist_ok=True)
    fresh = cached.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(msgspec.json.encode(found))
    fresh.replace(cached)
    return found


def _joined(name: str, package: str, files: dict[str, bytes], source: Source) -> Artifact:
    found = read(name, package, files[source.abi])
    if not source.code:
        return found
    pattern = re.compile(_NAMED_HEX % source.named.encode(), re.MULTILINE) if source.named else None
    match = (pattern or _HEX_IN_SOLIDITY).search(files[source.code])
    if match is None:
        raise ConfigError(f"{source.code} of {package} has no bytecode {source.named or 'in hex'}")
    code = match[1].decode()
    return msgspec.structs.replace(found, bytecode=code[: len(code) - 2 * source.less])


def read(name: str, package: str, content: bytes) -> Artifact:
    """An artifact as Truffle, Hardhat or Foundry write it.

    Raises:
        ConfigError: it is none of these.
    """
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
