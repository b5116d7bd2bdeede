"""Builds the simulated world: venues with instruments, accounts with keys and money, a market.
Opens no sockets; `server.py` does.
"""

from decimal import Decimal
from random import Random

import msgspec

from argosy.model import (
    BookSnapshot,
    InstrumentId,
    InstrumentStatus,
    Level,
    SelfTradePrevention,
    VenueId,
)
from argosy.model.time import Nanos
from argosy.sandbox.catalogue import kraken_specs, okx_specs
from argosy.sandbox.chain import Chain, address_of
from argosy.sandbox.clock import SandboxClock, WallClock
from argosy.sandbox.engine import Account, Engine, Listing, Rules, Spec
from argosy.sandbox.faults import Faults
from argosy.sandbox.ids import kraken_id, okx_id
from argosy.sandbox.keys import ApiKey, sandbox_keys
from argosy.sandbox.market import Market, MarketSettings
from argosy.sandbox.networks import NETWORKS, same_networks
from argosy.sandbox.prices import START_USD
from argosy.sandbox.wallet import Wallet

D = Decimal
DEPOSITS = {
    "kraken": {
        "USD": D("1000000"),
        "USDT": D("500000"),
        "EUR": D("200000"),
        "BTC": D("12.5"),
        "ETH": D("150"),
        "SOL": D("2000"),
    },
    "okx": {
        "USDT": D("1000000"),
        "USDC": D("100000"),
        "BTC": D("12.5"),
        "ETH": D("150"),
        "SOL": D("2000"),
    },
}
RULES = {
    "kraken": Rules(
        venue=VenueId("kraken"),
        order_id=lambda number: kraken_id("O", number),
        trade_id=lambda number: kraken_id("T", number),
        self_trade=SelfTradePrevention.CANCEL_TAKER,
        exits_per_fill=True,
        max_open_orders=80,
        default_leverage=D(2),
    ),
    "okx": Rules(
        venue=VenueId("okx"),
        order_id=okx_id,
        trade_id=str,
        fee_in_received=True,
        self_trade=SelfTradePrevention.CANCEL_MAKER,
        hold_conditionals=False,
        max_open_orders=500,
        default_leverage=D(3),
    ),
}


class WorldSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the world is made of. The same seed and clock make the same world."""

    seed: int = 7
    venues: tuple[str, ...] = ("kraken", "okx")
    market: MarketSettings | None = MarketSettings()  # None: empty books that stand still
    limits: bool = True  # whether venues enforce their rate limits


class Venue:
    """One venue: its engine, wallet, keys and status."""

    def __init__(
        self, name: str, engine: Engine, faults: Faults, wallet: Wallet, *, limits: bool = True
    ) -> None:
        self.name = name
        self.wallet = wallet
        self.limits = limits  # whether the venue's rate limits are enforced
        self.engine = engine
        self.faults = faults
        self.keys = sandbox_keys(name)
        self.status = "online"  # the venue's words: see set_status

    def now_ns(self) -> int:
        """The venue's clock, skewed when a fault says so."""
        return self.engine.now_ns() + self.faults.skew_ns

    def key(self, api_key: str) -> ApiKey | None:
        """The key that a request names."""
        for key in self.keys.values():
            if key.credentials.key == api_key:
                return key
        return None

    def account(self, name: str = "desk") -> Account:
        """An account by name."""
        return self.engine.accounts[name]

    def listing(self, instrument: str) -> Listing:
        """A listing by id ('kraken:BTC/USD') or symbol ('BTC/USD'); KeyError when unknown."""
        name = instrument if ":" in instrument.partition("/")[0] else f"{self.name}:{instrument}"
        return self.engine.listings[InstrumentId(name)]

    def specs(self) -> list[Spec]:
        """Every instrument, in the order listed."""
        return [listing.spec for listing in self.engine.listings.values()]

    def set_status(self, status: str) -> None:
        """online, maintenance, cancel_only, post_only or limit_only, for every instrument."""
        self.status = status
        kind = {
            "online": InstrumentStatus.TRADING,
            "maintenance": InstrumentStatus.SUSPENDED,
        }.get(status)
        for spec in self.specs():
            self.engine.set_status(spec.id, kind or InstrumentStatus(status))


class World:
    """Every venue and the market that joins them."""

    def __init__(self, settings: WorldSettings, clock: SandboxClock | None = None) -> None:
        self.settings = settings
        self.clock: SandboxClock = clock or WallClock()
        self.faults = Faults(settings.seed)
        self.chain = Chain(Random(settings.seed))
        self.venues = {name: self._venue(name) for name in settings.venues}
        self._approve()
        self.market: Market | None = None
        self.still = False  # nobody else trades: what rests, rests
        if settings.market is not None:
            engines = [venue.engine for venue in self.venues.values()]
            self.market = Market(
                engines, settings.market, Random(settings.seed), self.clock.now_ns()
            )
            self.market.open()

    def _venue(self, name: str) -> Venue:
        if name not in RULES:
            raise ValueError(f"the sandbox has no venue {name!r}; it has {', '.join(RULES)}")
        engine = Engine(RULES[name], self.clock)
        if name == "kraken":
            specs = kraken_specs()
        else:
            specs = okx_specs(self.clock.now_ns(), D(repr(START_USD["BTC"])))
        for spec in specs:
            engine.list_instrument(spec)
        for account_name in ("desk", "rival"):
            account = engine.open_account(account_name)
            for currency, amount in DEPOSITS[name].items():
                engine.deposit(account, currency, amount)
        wallet = Wallet(name, engine, self.chain, NETWORKS[name])
        return Venue(name, engine, self.faults, wallet, limits=self.settings.limits)

    def _approve(self) -> None:
        """What the desk's owner approved on the websites: his addresses at the other venues, and
        one of his own on each network.
        """
        for name, venue in self.venues.items():
            account = venue.account()
            for rule in venue.wallet.rules:
                cold = address_of(rule.chain, "cold")
                venue.wallet.approve(account, f"cold {rule.chain}", rule.currency, rule.chain, cold)
            for other in self.venues.values():
                if other is venue:
                    continue
                for currency, chain in same_networks(name, other.name):
                    there = other.wallet.network(currency, chain)
                    assert there is not None, "both have it"
                    theirs = other.wallet.address(other.account(), there)
                    label = f"{other.name} {currency} {chain}"
                    venue.wallet.approve(account, label, currency, chain, theirs)

    def advance(self) -> None:
        """Bring the market, timers and triggers up to the clock."""
        if self.market is not None and not self.still:
            self.market.advance(self.clock.now_ns())
        else:
            for venue in self.venues.values():
                venue.engine.settle_down()
        for venue in self.venues.values():
            venue.wallet.settle()

    def book(self, venue: str, instrument: str, depth: int | None = None) -> BookSnapshot:
        """The true book now, best first."""
        listing = self.venues[venue].listing(instrument)
        now, book = self.clock.now_ns(), listing.book
        sides = []
        for side in (book.bids, book.asks):
            levels = [
                Level(listing.spec.price(level.price), listing.spec.size(level.size))
                for level in side
            ]
            sides.append(tuple(levels[:depth]))
        return BookSnapshot(
            instrument=listing.spec.id,
            venue_ns=Nanos(now),
            received_ns=Nanos(now),
            bids=sides[0],
            asks=sides[1],
            sequence=book.sequence,
        )
