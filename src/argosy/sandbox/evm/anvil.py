"""Finds the anvil binary: one that is installed, else the npm package's for this machine, checked
by its hash and kept. Starts nothing.
"""

import os
import platform
import shutil
import sys
import tomllib
from functools import cache
from pathlib import Path

import msgspec

from argosy.errors import ConfigError
from argosy.sandbox.evm.packages import Package, cache_folder, extract


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: str
    integrity: dict[str, str]  # by machine


@cache
def _table() -> _Table:
    text = Path(__file__).with_name("anvil.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _Table)


def find_anvil() -> Path:
    """The anvil to run: ANVIL_BIN, PATH, our cache, else the npm package for this machine.

    Raises:
        ConfigError: there is none, and none can be fetched; says what to do.
    """
    if named := os.environ.get("ANVIL_BIN"):
        if not Path(named).is_file():
            raise ConfigError(f"ANVIL_BIN names {named!r}, which is no file; correct or unset it")
        return Path(named)
    if on_path := shutil.which("anvil"):
        return Path(on_path)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower(), platform.machine()
    )
    which = f"{sys.platform}-{machine}"
    table = _table()
    if which not in table.integrity:
        raise ConfigError(f"no anvil is published for {which}; set ANVIL_BIN to one of yours")
    name = "anvil.exe" if sys.platform == "win32" else "anvil"
    kept = cache_folder() / f"anvil-{table.version}" / name
    if not kept.exists():
        package = Package(
            registry="npm",
            name=f"@foundry-rs/anvil-{which}",
            version=table.version,
            integrity=table.integrity[which],
        )
        content = extract(package, [f"bin/{name}"])[f"bin/{name}"]
        kept.parent.mkdir(parents=True, exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(content)
        fresh.chmod(0o755)
        fresh.replace(kept)
    return kept
