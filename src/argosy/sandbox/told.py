"""What a sandbox tells of itself: addresses, worthless keys, contracts. As JSON, and as the file by
which this user's other programs find the one that runs.
"""

import contextlib
import os
from pathlib import Path

import msgspec

from argosy.errors import ConfigError
from argosy.model import Credentials

FILE = "sandbox.json"


class ToldKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key of a simulated venue. It opens nothing else."""

    key: str
    secret: str
    passphrase: str = ""


class ToldVenue(msgspec.Struct, frozen=True, kw_only=True):
    """Where a simulated venue listens, by role, and who may log in."""

    endpoints: dict[str, str]
    endpoints_tls: dict[str, str] = {}
    ca_file: str = ""
    keys: dict[str, ToldKey] = {}


class ToldChain(msgspec.Struct, frozen=True, kw_only=True):
    """The EVM chain: its node, and what stands on it. `keys` are of the public test mnemonic."""

    chain_id: int
    rpc: str
    ws: str
    accounts: dict[str, str]
    keys: dict[str, str]
    tokens: dict[str, str]
    decimals: dict[str, int]
    contracts: dict[str, str]
    opensea: str = ""  # where the market of NFTs beside it listens
    lost: tuple[str, ...] = ()  # what it lacks, for want of anvil


class ToldSandbox(msgspec.Struct, frozen=True, kw_only=True):
    """A whole sandbox."""

    pid: int
    venues: dict[str, ToldVenue]
    chain: ToldChain | None = None
    chain_venues: tuple[str, ...] = ()  # those on the chain

    @property
    def names(self) -> tuple[str, ...]:
        """Every venue it has."""
        return (*self.venues, *self.chain_venues)

    def endpoints(self, venue: str, *, tls: bool = False) -> dict[str, str]:
        """URL by role. Those of the chain have no TLS. ConfigError naming the venues there are."""
        if self.chain is not None and venue in self.chain_venues:
            return {"rpc": self.chain.rpc, "ws_public": self.chain.ws}
        if venue not in self.venues:
            there = ", ".join(self.names)
            raise ConfigError(f"the sandbox has no venue {venue}; it has {there}")
        told = self.venues[venue]
        return told.endpoints_tls if tls and told.endpoints_tls else told.endpoints

    def credentials(self, venue: str, label: str) -> Credentials | None:
        """A key of a venue; None for those of the chain, which have none."""
        if venue in self.chain_venues:
            return None
        told = self.venues[venue].keys[label]
        return Credentials(key=told.key, secret=told.secret, passphrase=told.passphrase)

    @property
    def ca_file(self) -> Path | None:
        """The authority of its TLS addresses."""
        found = next((venue.ca_file for venue in self.venues.values() if venue.ca_file), "")
        return Path(found) if found else None

    def addresses(self) -> str:
        """Where the venues listen, a line each."""
        return "\n".join(
            f"  {name}: " + " ".join(dict.fromkeys(filter(None, self.endpoints(name).values())))
            for name in self.names
        )


def announce(where: Path, told: ToldSandbox) -> None:
    """Write the file, readable by its owner alone. Raises ConfigError where that cannot be."""
    try:
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = where / f"{FILE}.{told.pid}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(told))
        fresh.replace(where / FILE)
    except OSError as e:
        raise ConfigError(f"{where / FILE} cannot be written: {e.strerror}") from e


def withdraw(where: Path, pid: int) -> None:
    """Remove the file if it is that process's."""
    with contextlib.suppress(ConfigError, OSError):
        found = find(where)
        if found is None or found.pid == pid:
            (where / FILE).unlink(missing_ok=True)


def find(where: Path) -> ToldSandbox | None:
    """The sandbox that runs, or None; a file that a dead process left counts as none.

    Raises:
        ConfigError: the file cannot be read.
    """
    try:
        told = msgspec.json.decode((where / FILE).read_bytes(), type=ToldSandbox)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as e:
        raise ConfigError(f"{where / FILE} cannot be read ({e}); delete it") from e
    if told.pid <= 0:  # would ask about a whole group of processes
        raise ConfigError(f"{where / FILE} names process {told.pid}; delete it")
    try:
        os.kill(told.pid, 0)
    except (ProcessLookupError, OverflowError):
        return None
    except PermissionError:
        return told
    return told
