"""The settings: one TOML file, environment variables and flags into one frozen tree.

Knows where every value came from. Secrets are never values here, only references.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_type_hints

import msgspec

from argosy.errors import ConfigError

ENV_PREFIX = "ARGOSY_"
_SANDBOX_ID = "1337"
_FILE = "ARGOSY_CONFIG"
_NOT_SETTINGS = {
    "ARGOSY_BUILD",
    "ARGOSY_CACHE",
    _FILE,
    "ARGOSY_CONTRACTS",
    "ARGOSY_INTERPRETED",
    "ARGOSY_PASSPHRASE",
    "ARGOSY_PASSPHRASE_FD",
    "ARGOSY_PASSPHRASE_FILE",
    "ARGOSY_RECORDINGS",
}


class DeskSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[desk]: where the numbers come from, and what to watch."""

    environment: Literal["sandbox", "live"] = "sandbox"  # simulated venues here, or the real ones
    venues: tuple[str, ...] = ("kraken", "okx")  # as `argosy venues` names them
    # A universal book each, the most important first.
    pairs: tuple[str, ...] = ("BTC/USD", "ETH/USD", "SOL/USD")
    quotes_alike: tuple[str, ...] = ("USD", "USDT", "USDC")  # quote currencies shown as one
    # Contracts of the pairs that are heard as well, for arbitrage: "perpetual", "future".
    derivatives: tuple[Literal["perpetual", "future"], ...] = ()
    trades_kept: int = 500  # a pair, in memory
    state_folder: str = ""  # empty: $XDG_STATE_HOME/argosy, or ~/.local/state/argosy


class BookSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[books]: depth, freshness, and how quote currencies are converted."""

    # Levels a side to subscribe to, by venue; a venue that is not named: its usual depth.
    depth: dict[str, int] = msgspec.field(default_factory=lambda: {"kraken": 100})
    max_age_s: float = 10.0  # a venue not heard of for this long leaves the universal book
    # Currency to either an instrument whose mid price is the rate, or a fixed rate ("1.0"). For one
    # that no venue of the desk has, a venue's own pair with USD or its indices stand in.
    conversions: dict[str, str] = msgspec.field(
        default_factory=lambda: {"USDT": "kraken:USDT/USD", "USDC": "okx:USDC/USDT"}
    )


class VenueSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[venues.NAME]: how one venue is reached."""

    credentials: str = ""  # "env:NAME" (NAME_KEY, NAME_SECRET, NAME_PASSPHRASE), or "" for none
    allow_withdrawal_key: bool = False  # a key that can withdraw is refused unless this is set
    endpoints: dict[str, str] = msgspec.field(default_factory=dict)  # role to URL, over the venue's
    ca_file: str = ""  # an authority to trust besides the system's
    taker_fee: Decimal | None = None  # None: asked from the venue with a key, else its schedule's
    chain: str = "ethereum"  # of a decentralised venue: or optimism, polygon, base, arbitrum


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[chains.NAME.limits]: what is signed there, by addresses (0x...); the rest is Blocked."""

    # That may be called and may take tokens, besides the routers of the desk's venues and Permit2.
    contracts: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()  # of NFTs: their numbers are items, not amounts
    recipients: tuple[str, ...] = ()  # who may be sent the chain's currency and tokens
    typed_data: tuple[str, ...] = ()  # contracts whose typed data (EIP-712) is signed unread
    # Caps by symbol ("ETH", "USDC") or token address (then in smallest units); "gas" for fees.
    per_transaction: dict[str, Decimal] = msgspec.field(default_factory=dict)
    per_day: dict[str, Decimal] = msgspec.field(default_factory=dict)  # in any 24 hours
    # Whether what has no cap may be spent. Not set: on the sandbox's chain alone.
    uncapped: bool | None = None
    permit_s: int = 3_600  # how long a permission that is signed may be good
    # Tokens, by symbol or address, that are traded though no node could try selling them.
    unchecked_tokens: tuple[str, ...] = ()


class ChainSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[chains.NAME]: an EVM chain's nodes, the key that sends there, and how it may."""

    rpc: tuple[str, ...] = ()  # your nodes' addresses over HTTP, the preferred one first
    ws: tuple[str, ...] = ()  # and over WebSocket
    relay: str = ""  # where transactions are sent in private, in place of the nodes
    # "vault:NAME": a key of `argosy keys`; "env:NAME": the variable NAME_KEY has a private key; ""
    # for none: only looking.
    key: str = ""
    quorum: int = 1  # of your nodes, that must agree on how a transaction ended
    confirmations: int = 0  # blocks until a transaction counts as final; 0: as the chain needs
    fee_cap_gwei: Decimal = Decimal(500)  # the most for a unit of gas; nothing above it is signed
    stuck_blocks: int = 5  # after so many blocks a waiting transaction pays more; 0: never
    slippage_bps: Decimal = Decimal(50)  # what a market order accepts beyond the pool's price now
    deadline_s: int = 120  # a swap that is mined later than this fails instead
    limits: LimitSettings = msgspec.field(default_factory=LimitSettings)  # what may be signed


class WebSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[web]: where the terminal and the API listen."""

    host: str = "127.0.0.1"  # there is no login: whoever reaches it can read what the page shows
    port: int = 8484  # 0: any free one


class SandboxConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[sandbox]: the simulated world."""

    seed: int = 7  # of the market: the same seed, the same prices
    tls: bool = False  # whether the desk reaches its sandbox over TLS
    key: Literal["trade", "read", "withdraw"] = "trade"  # which sandbox key the desk uses
    # Fixed ports by host ("kraken.api", "kraken.api.tls", "okx.ws"); any free one for the rest.
    ports: dict[str, int] = msgspec.field(default_factory=dict)


class AuditSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[audit]: the log of everything sent and received, secrets blanked."""

    file: str = ""  # JSON lines; ".zst" compresses; empty: in memory only
    frames: bool = False  # also every frame received: much, and what replay and decode read


class JournalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[journal]: where every order and every transaction is written before it is sent."""

    # "sqlite:///FILE" or "postgresql://USER@HOST/NAME" (the password in PGPASSWORD or ~/.pgpass).
    # Empty: SQLite in the state folder; with simulated venues, which forget, a new one each time.
    url: str = ""


class AddressSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[transfers.addresses.NAME]: an address that funds may be withdrawn to."""

    currency: str
    chain: str  # "bitcoin", "ethereum", "tron", ... as `argosy transfer plan` names them
    address: str
    tag: str = ""


class TransferSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """[transfers]: whether and where funds may be moved."""

    # Nothing is moved unless this is set; withdrawals also need venues.NAME.allow_withdrawal_key.
    enabled: bool = False
    poll_s: float = 30.0  # between two looks at transfers under way; Kraken allows few questions
    # Where funds may go besides other venues of the desk: NAME to currency, chain, address, tag.
    addresses: dict[str, AddressSettings] = msgspec.field(default_factory=dict)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything."""

    desk: DeskSettings = DeskSettings()
    books: BookSettings = msgspec.field(default_factory=BookSettings)
    venues: dict[str, VenueSettings] = msgspec.field(default_factory=dict)
    web: WebSettings = WebSettings()
    sandbox: SandboxConfig = msgspec.field(default_factory=SandboxConfig)
    audit: AuditSettings = AuditSettings()
    journal: JournalSettings = JournalSettings()
    transfers: TransferSettings = msgspec.field(default_factory=TransferSettings)
    chains: dict[str, ChainSettings] = msgspec.field(default_factory=dict)

    def venue(self, name: str) -> VenueSettings:
        """A venue's settings; the defaults where the file has none."""
        return self.venues.get(name, VenueSettings())


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, and for each dotted name where its value came from ("default" where absent)."""

    settings: Settings
    origins: dict[str, str]


def load(
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """Merge defaults, a file, ARGOSY_SECTION__NAME variables and flags; later ones win. Without a
    file it is the one that ARGOSY_CONFIG names.

    Raises:
        ConfigError: an unreadable file, an unknown name, a value of the wrong kind; it says which
            name, where it came from and what is possible.
    """
    tree: dict[str, Any] = {}
    origins: dict[str, str] = {}
    variables = os.environ if environment is None else environment
    if file is None and variables.get(_FILE):
        file = Path(variables[_FILE])
    if file is not None:
        _merge(tree, _read(file), str(file), origins)
    for name, text in variables.items():
        if name.startswith(ENV_PREFIX) and name not in _NOT_SETTINGS:
            dotted = _dotted(name)
            _put(tree, dotted, _value(dotted, text, name), f"variable {name}", origins)
    for dotted, value in (overrides or {}).items():
        if value is not None:
            _put(tree, dotted, value, "command line", origins)
    try:
        settings = msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as e:
        raise ConfigError(_explain(str(e), origins)) from e
    _check(settings, origins)
    return Loaded(settings=settings, origins=origins)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"), parse_float=str)
    except FileNotFoundError:
        raise ConfigError(f"there is no settings file {file}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise ConfigError(f"settings file {file}: {e}") from e


def _merge(
    tree: dict[str, Any],
    found: Mapping[str, Any],
    origin: str,
    origins: dict[str, str],
    at: str = "",
) -> None:
    for name, value in found.items():
        dotted = f"{at}.{name}" if at else name
        if isinstance(value, Mapping):
            _merge(tree.setdefault(name, {}), value, origin, origins, dotted)
        else:
            tree[name] = value
            origins[dotted] = origin


def _put(
    tree: dict[str, Any], dotted: str, value: Any, origin: str, origins: dict[str, str]
) -> None:
    *sections, name = dotted.split(".")
    for section in sections:
        tree = tree.setdefault(section, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"{origin}: {section!r} in {dotted!r} is no section")
    tree[name] = value
    origins[dotted] = origin


def _value(dotted: str, text: str, name: str) -> Any:
    """A variable's text as its setting's kind: lists by commas, everything else as it stands."""
    section, _, field = dotted.partition(".")
    if not field:
        raise ConfigError(f"variable {name}: settings are named ARGOSY_SECTION__NAME")
    kind = get_type_hints(Settings).get(section)
    hint = get_type_hints(kind).get(field) if isinstance(kind, type) else None
    if hint is not None and getattr(hint, "__origin__", None) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _dotted(variable: str) -> str:
    """ARGOSY_BOOKS__CONVERSIONS__USDT is books.conversions.USDT: currencies keep their case."""
    parts = variable.removeprefix(ENV_PREFIX).split("__")
    lowered = [part.lower() for part in parts]
    if lowered[:2] == ["books", "conversions"]:
        lowered[2:] = parts[2:]
    return ".".join(lowered)


def _explain(said: str, origins: Mapping[str, str]) -> str:
    """A decoder's words for people: which name, what was expected, where it came from."""
    problem, _, path = said.partition(" - at `$")
    at = path.rstrip("`").lstrip(".")
    if "unknown field `" in problem:
        name = problem.partition("unknown field `")[2].rstrip("`")
        dotted = _named(f"{at}.{name}" if at else name, origins)
        at = dotted.rpartition(".")[0]
        origin = _origin(dotted, origins)
        known = ", ".join(_fields(at))
        return f"there is no setting {dotted}{origin}; [{at or 'the file'}] takes {known}"
    at = _named(at, origins)
    expected = problem[:1].lower() + problem[1:]
    return f"setting {at}: {expected}{_origin(at, origins)}"


def _named(path: str, origins: Mapping[str, str]) -> str:
    """The name a decoder's path means: it writes "[...]" for whichever key of a table."""
    pattern = re.compile(re.escape(path).replace(re.escape("[...]"), r"\.[^.]+"))
    return next((name for name in origins if pattern.fullmatch(name)), path)


def _origin(dotted: str, origins: Mapping[str, str]) -> str:
    for name, where in origins.items():
        if name == dotted or name.startswith((f"{dotted}.", f"{dotted}[")):
            return f" (from {where})"
    plain_name = dotted.partition("[")[0]
    return f" (from {origins[plain_name]})" if plain_name in origins else ""


def _fields(at: str) -> tuple[str, ...]:
    section, _, rest = at.partition(".")
    if not section:
        return Settings.__struct_fields__
    if section == "venues" and rest:
        return VenueSettings.__struct_fields__
    if section == "chains" and rest.endswith(".limits"):
        return LimitSettings.__struct_fields__
    if section == "chains" and rest:
        return ChainSettings.__struct_fields__
    if section == "transfers" and rest.startswith("addresses."):
        return AddressSettings.__struct_fields__
    kind = get_type_hints(Settings).get(section)
    return tuple(getattr(kind, "__struct_fields__", ()))


def _check(settings: Settings, origins: Mapping[str, str]) -> None:
    """What types cannot say."""

    def wrong(name: str, value: object, wanted: str) -> ConfigError:
        return ConfigError(f"setting {name} is {value!r}{_origin(name, origins)}; {wanted}")

    if re.match(r"[^:/]+://[^/@]*:[^/@]*@", settings.journal.url):
        raise ConfigError(
            f"setting journal.url holds a password{_origin('journal.url', origins)}; settings are"
            " shown and kept: put it into PGPASSWORD or ~/.pgpass"
        )
    for pair in settings.desk.pairs:
        base, _, quote = pair.partition("/")
        if not base or not quote or ":" in pair or pair != pair.upper():
            raise wrong("desk.pairs", pair, "pairs are written like BTC/USD")
    if not settings.desk.venues:
        raise wrong("desk.venues", "", "name at least one venue; `argosy venues` lists them")
    if not 0 <= settings.web.port <= 65_535:
        raise wrong("web.port", settings.web.port, "ports are 0 (any free one) to 65535")
    if not 0 < settings.books.max_age_s < float("inf"):
        raise wrong("books.max_age_s", settings.books.max_age_s, "it must be above 0")
    if settings.desk.trades_kept < 1:
        raise wrong("desk.trades_kept", settings.desk.trades_kept, "it must be above 0")
    if not 0 < settings.transfers.poll_s <= 3600:
        raise wrong("transfers.poll_s", settings.transfers.poll_s, "it must be above 0, to 3600")
    for name, place in settings.transfers.addresses.items():
        for field in ("currency", "chain", "address"):
            if not getattr(place, field).strip():
                raise wrong(f"transfers.addresses.{name}.{field}", "", "it must not be empty")
    for name, chain in settings.chains.items():
        if name == _SANDBOX_ID:
            raise wrong("chains", name, "the sandbox's chain goes by its name: [chains.sandbox]")
        for field in ("fee_cap_gwei", "slippage_bps", "deadline_s"):
            if not getattr(chain, field) > 0:
                value = str(getattr(chain, field))
                raise wrong(f"chains.{name}.{field}", value, "it must be above 0")
        if chain.quorum != 1 and not 1 <= chain.quorum <= len(chain.rpc):
            value = str(chain.quorum)
            raise wrong(f"chains.{name}.quorum", value, f"1 to {len(chain.rpc)}, your nodes")
        if chain.slippage_bps >= 10_000:
            value = str(chain.slippage_bps)
            raise wrong(f"chains.{name}.slippage_bps", value, "10000 would be all of it")
        _check_limits(f"chains.{name}.limits", chain.limits, wrong)
    for name, venue in settings.venues.items():
        fee = venue.taker_fee
        if fee is not None and not (fee.is_finite() and abs(fee) < 1):
            raise wrong(f"venues.{name}.taker_fee", str(fee), "a fee is a fraction, like 0.0026")


def _check_limits(
    at: str, limits: LimitSettings, wrong: Callable[[str, object, str], ConfigError]
) -> None:
    for field in ("contracts", "collections", "recipients", "typed_data"):
        for address in getattr(limits, field):
            if not re.fullmatch(r"0x[0-9a-fA-F]{40}", address):
                raise wrong(f"{at}.{field}", address, "an address is 0x and 40 hex digits")
    for field in ("per_transaction", "per_day"):
        for token, cap in getattr(limits, field).items():
            if not (cap.is_finite() and cap >= 0):
                raise wrong(f"{at}.{field}.{token}", str(cap), "a cap is a number from 0")
    if limits.permit_s <= 0:
        raise wrong(f"{at}.permit_s", limits.permit_s, "it must be above 0")


def flatten(settings: Settings) -> dict[str, Any]:
    """Every setting by its dotted name, in order."""
    found: dict[str, Any] = {}

    def walk(value: Any, at: str) -> None:
        if isinstance(value, msgspec.Struct):
            for field in value.__struct_fields__:
                walk(getattr(value, field), f"{at}.{field}" if at else field)
        elif isinstance(value, dict) and value:
            for key, item in value.items():
                walk(item, f"{at}.{key}")
        else:
            found[at] = value

    walk(settings, "")
    return found
