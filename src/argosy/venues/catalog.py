"""Finds venues by their folders and reads `venue.toml` without importing any venue's code."""

import importlib
import importlib.util
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Literal

import msgspec

from argosy.dialects.evm.addresses import checksummed
from argosy.dialects.pools.venue import PoolVenue
from argosy.errors import ConfigError, Unsupported
from argosy.model import FeeRates
from argosy.ports import (
    Account,
    Lending,
    MarketFeed,
    MarketReference,
    NftListings,
    NftMarket,
    PrivateFeed,
    Signer,
    Staking,
    Trading,
    Transfers,
)

CAPABILITIES: Mapping[str, type] = {
    "reference": MarketReference,
    "feed": MarketFeed,
    "trading": Trading,
    "private": PrivateFeed,
    "account": Account,
    "transfers": Transfers,
    "signer": Signer,
    "pools": PoolVenue,
    "lending": Lending,
    "staking": Staking,
    "nft": NftMarket,
    "nft_listings": NftListings,
}
PROTOCOL = "protocol"  # the kind of venue that is contracts, named by chain id


class Bucket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a venue's rate limits, counted per key or per IP address.

    window: at most `max` cost in each fixed window of `window_s`, counted from its first request.
    sliding: at most `max` cost in any `window_s`.
    decay: a counter that each request raises by its cost and that falls by `decay_per_s`; a request
    waits until the counter would stay at or under `max`.
    """

    kind: Literal["window", "sliding", "decay"]
    max: float
    window_s: float = 0
    decay_per_s: float = 0
    scope: Literal["ip", "key"] = "key"
    used_header: str = ""  # the answer says how much is used
    remaining_header: str = ""  # the answer says how much is left
    source: str = ""  # the document, with the date it was read


class FeedLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of streams."""

    subscriptions_per_connection: int = 100
    subscribe_batch: int = 50  # subscriptions in one frame
    messages_per_s: float = 5  # that we send
    connects_per_window: int = 3
    connect_window_s: float = 1
    max_frame_bytes: int = 16 * 1024 * 1024
    idle_close_s: float = 30  # silence after which we take the connection for dead
    lifetime_s: float = 0  # the venue closes after this long; 0: it does not say


class Endpoints(msgspec.Struct, frozen=True, kw_only=True):
    """Base URLs by role. More than one for a role: fail-over, in order of preference."""

    roles: dict[str, tuple[str, ...]]

    def first(self, role: str) -> str:
        """The preferred URL of a role."""
        if role not in self.roles:
            known = ", ".join(sorted(self.roles))
            raise ConfigError(f"no endpoint for role {role!r}; known: {known}")
        return self.roles[role][0]


class OrderSupport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Native order types and flags; what is not listed here is emulated or refused."""

    types: tuple[str, ...] = ()
    time_in_force: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    triggers: tuple[str, ...] = ()
    self_trade: tuple[str, ...] = ()
    max_batch: int = 1
    max_cancel_batch: int = 1
    client_id_pattern: str = ".{1,36}"
    over_stream: bool = False  # order entry over WebSocket
    amend: bool = False  # price and size of a resting order, in place
    fee_in_received: bool = False  # spot: a buyer's fee is taken out of what was bought


class Format(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wire format and the day (UTC, ISO) until which it was in use; empty: today's."""

    name: str
    until: str = ""


class VenueInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A venue.toml, read."""

    id: str
    name: str
    kind: str
    status: Literal["live", "closed"]
    docs: str
    capabilities: tuple[str, ...]
    instrument_kinds: tuple[str, ...]
    endpoints: dict[str, Endpoints]  # by environment: live, testnet
    buckets: dict[str, Bucket]
    feed: FeedLimits
    orders: OrderSupport
    fees: FeeRates
    formats: tuple[Format, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    headers: dict[str, dict[str, str]] = {}  # by environment: sent with every REST request there
    aliases: tuple[str, ...] = ()  # former names, as old recordings have them
    # Currency to two instruments: the index of the first over the second's is its rate in USD.
    index_rates: dict[str, tuple[str, str]] = {}
    ordered_nonces: bool = False  # signed requests must arrive in the order of their nonces
    # Of a protocol: its contracts by chain id and role. Its parts speak to those of the first.
    contracts: dict[int, dict[str, str]] = {}
    module: str = ""  # the package whose `adapter` module has the Adapter class
    closed: str = ""


_NO_FEES = {"maker": 0, "taker": 0}  # a protocol's are in its contracts


def _check_contracts(contracts: Mapping[int, Mapping[str, str]], where: str) -> None:
    """Every address as EIP-55 writes it, so that a typing error is found."""
    for chain, roles in contracts.items():
        for role, address in roles.items():
            try:
                right = checksummed(address)
            except ValueError as e:
                raise ConfigError(f"{where}: contracts.{chain}.{role}: {e}") from e
            if address != right:
                raise ConfigError(
                    f"{where}: contracts.{chain}.{role}: {address} has a wrong checksum;"
                    f" {right} would be right"
                )


def parse(text: str, *, module: str, where: str) -> VenueInfo:
    """Read the text of a venue.toml. Raises ConfigError naming the file and the field."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
        venue = raw["venue"]
        info = {
            **venue,
            "module": module,
            "endpoints": {
                environment: {
                    "roles": {
                        role: (urls,) if isinstance(urls, str) else tuple(urls)
                        for role, urls in roles.items()
                    }
                }
                for environment, roles in raw.get("endpoints", {}).items()
            },
            "buckets": raw.get("limits", {}),
            "feed": raw.get("feed", {}),
            "orders": raw.get("orders", {}),
            "fees": raw.get("fees", _NO_FEES) if venue.get("kind") == PROTOCOL else raw["fees"],
            "formats": raw.get("formats", []),
            "headers": raw.get("headers", {}),
            "contracts": raw.get("contracts", {}),
        }
        read = msgspec.convert(info, VenueInfo, strict=False)
        _check_contracts(read.contracts, where)
        return read
    except KeyError as e:
        raise ConfigError(f"{where}: [{e.args[0]}] is missing") from e
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as e:
        raise ConfigError(f"{where}: {e}") from e


def _folders() -> Iterator[tuple[str, Path]]:
    here = Path(__file__).parent
    for toml in sorted(here.glob("*/venue.toml")):
        yield f"argosy.venues.{toml.parent.name}", toml
    for point in entry_points(group="argosy.venues"):  # third parties: NAME = "package.of.venue"
        spec = importlib.util.find_spec(point.value)
        if spec is not None and spec.origin is not None:
            yield point.value, Path(spec.origin).parent / "venue.toml"


@cache
def venues() -> Mapping[str, VenueInfo]:
    """Every venue by id. Raises ConfigError for a broken or doubled one."""
    found: dict[str, VenueInfo] = {}
    for module, toml in _folders():
        info = parse(toml.read_text(encoding="utf-8"), module=module, where=str(toml))
        if info.id in found:
            raise ConfigError(
                f"{toml}: venue {info.id!r} exists already in {found[info.id].module}"
            )
        found[info.id] = info
    return found


def exchanges() -> Mapping[str, VenueInfo]:
    """Those that have books and take orders: all but the protocols."""
    return {name: info for name, info in venues().items() if info.kind != PROTOCOL}


def venue(name: str) -> VenueInfo:
    """One venue by id; ConfigError listing those there are."""
    try:
        return venues()[name]
    except KeyError:
        raise ConfigError(f"no venue {name!r}; there are: {', '.join(venues())}") from None


class Adapter(msgspec.Struct, kw_only=True):
    """A venue's code, by capability; None where the venue has it not."""

    info: VenueInfo
    reference: MarketReference | None = None
    feed: MarketFeed | None = None
    trading: Trading | None = None
    private: PrivateFeed | None = None
    account: Account | None = None
    transfers: Transfers | None = None
    signer: Signer | None = None
    pools: PoolVenue | None = None  # swaps at pools, by transactions of ours
    lending: Lending | None = None
    staking: Staking | None = None
    nft: NftMarket | None = None
    nft_listings: NftListings | None = None

    def need(self, capability: str) -> object:
        """A capability, or Unsupported naming the venue."""
        found = getattr(self, capability)
        if found is None:
            raise Unsupported(f"{self.info.id} has no {capability} capability")
        return found


def on_chain(name: str, chain: int, contracts: Mapping[str, str] | None = None) -> Adapter:
    """A protocol's parts for one chain, with its own contracts or with others given by role.

    Raises:
        ConfigError: it is not known on that chain, and no contracts are given.
    """
    info = venue(name)
    found = dict(contracts) if contracts is not None else info.contracts.get(chain)
    if found is None:
        known = ", ".join(str(each) for each in info.contracts)
        raise ConfigError(f"{name} is not known on chain {chain}; known: {known}")
    return _build(msgspec.structs.replace(info, contracts={chain: found}))


def load(name: str) -> Adapter:
    """Import a venue's code by `<package>.adapter.build(info) -> Adapter`.

    Of a protocol: for the first chain that its venue.toml names.
    """
    return _build(venue(name))


def _build(info: VenueInfo) -> Adapter:
    module = importlib.import_module(f"{info.module}.adapter")
    built: Adapter = module.build(info)
    return built
