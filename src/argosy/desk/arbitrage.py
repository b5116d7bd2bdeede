"""Arbitrage over the desk's live books: scanned when asked, and taken as a pair that is worked."""

import random
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.books import VenueBook
from argosy.desk.algos import AlgoDesk, WorkView
from argosy.desk.asks import check, new_client_id
from argosy.desk.desk import Desk
from argosy.desk.routes import free_balance
from argosy.desk.trader import Trader
from argosy.desk.view import VenueState
from argosy.errors import ConfigError
from argosy.execution.arbitrage import (
    Assumptions,
    Funding,
    Kind,
    Offer,
    Opportunity,
    Paired,
    legs_of,
    pair_of,
    scan_pairs,
    scan_triangles,
    sweep,
)
from argosy.execution.arbitrage.legs import leg_order
from argosy.execution.arbitrage.paired import PATIENCE_NS
from argosy.execution.journal import Noted
from argosy.execution.routing import BookSource, Terms
from argosy.model import (
    Instrument,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    Payoff,
    PlaceOrder,
    Side,
)
from argosy.model.money import ZERO, parse_decimal
from argosy.model.time import HOUR, SECOND

_POOL_PATIENCE_NS = 180 * SECOND  # a swap has its own deadline, and blocks take their time
FUNDING_INTERVAL_NS = 8 * HOUR  # where a venue does not say when the next one is
_TAKES_ORDERS = {InstrumentStatus.TRADING, InstrumentStatus.LIMIT_ONLY}
_encode = msgspec.json.Encoder(decimal_format="string").encode


class ScanAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for, in words. Numbers are decimal strings; see Assumptions."""

    kinds: tuple[str, ...] = ()  # of Kind; none: all
    quote: str = ""  # what money is counted in; empty: that of the desk's first pair
    min_bps: str = "0"  # less is left out, but for the nearest of each kind and base
    conversion_bps: str = "0"
    withdrawal: str = "0"
    holding_h: float = 168.0
    exit_costs: bool = True
    delivery_bps: str = "0"
    financing: str = "0"  # a fraction a year
    size: str = ""  # base units at most
    across: bool = False  # triangles over several venues as well


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, what pays most first; and why some instruments could not be looked at."""

    quote: str
    seen_ns: Nanos
    opportunities: tuple[Opportunity, ...]
    left_out: dict[str, str]


class TakeAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An opportunity to trade, looked for anew, and the bounds of doing it. Numbers as strings, in
    the scan's quote currency.
    """

    which: str  # its id, or words that only one of them has
    scan: ScanAsk = ScanAsk()
    size: str = ""  # base units; empty: all that was found
    max_loss: str = ""  # against the plan; empty: what the opportunity was to bring
    max_unhedged: str = ""  # more is never open without its other half; empty: all at once
    first: str = ""  # "buy" or "sell": the leg that goes first; empty: both at once
    open_s: float = 2.0  # after this nothing more is opened
    hedge_s: float = 3.0  # so long a better price than at market is hoped for
    dry_run: bool = True


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about an opportunity: its first orders, and the work that sends them."""

    opportunity: Opportunity
    orders: tuple[PlaceOrder, ...]
    max_loss: Decimal
    work: WorkView | None = None  # None: a dry run


class ArbitrageDesk:
    """Arbitrage for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng
        self._algos = AlgoDesk(desk, rng)

    # --- looking ----------------------------------------------------------------------------------

    def scan(self, ask: ScanAsk) -> Scan:
        """What there is now, with balances where there is a key. Sends nothing.

        Raises:
            ConfigError: words or numbers that cannot be used.
        """
        quote = (ask.quote or next(iter(self._desk.books)).partition("/")[2]).upper()
        now_ns = self._desk.now_ns()
        try:
            kinds = frozenset(Kind(kind) for kind in ask.kinds) or frozenset(Kind)
            assume = _assumptions(ask)
        except ValueError as e:
            raise ConfigError(f"arbitrage: {e}; kinds are {', '.join(Kind)}") from None
        offers, left_out = self._offers(quote, now_ns)
        found = scan_pairs(offers, assume, quote=quote, now_ns=now_ns, kinds=kinds)
        spot = [o for o in offers if o.kind in {InstrumentKind.SPOT, InstrumentKind.POOL}]
        if Kind.SWEEP in kinds:
            found += _sweeps(spot, assume, quote, now_ns)
        if Kind.TRIANGLE in kinds:
            found += scan_triangles(spot, assume, quote=quote, now_ns=now_ns, across=ask.across)
        found.sort(key=lambda each: (-each.net, each.id))
        return Scan(
            quote=quote,
            seen_ns=now_ns,
            opportunities=tuple(found),
            left_out=left_out,
        )

    def _offers(self, quote: str, now_ns: int) -> tuple[list[Offer], dict[str, str]]:
        """Every instrument that can be looked at, and why the others cannot."""
        offers: list[Offer] = []
        left_out: dict[str, str] = {}
        for book in self._desk.venue_books():
            made = self._offer(book, quote, now_ns)
            if isinstance(made, str):
                left_out[book.instrument] = made
            else:
                offers.append(made)
        return offers, left_out

    def _offer(self, book: VenueBook, quote: str, now_ns: int) -> Offer | str:
        about = book.about
        link = self._desk.links[about.venue]
        if about.payoff not in {None, Payoff.LINEAR} or about.kind is InstrumentKind.OPTION:
            return f"{about.payoff or about.kind} contracts have no fixed size in {about.base}"
        if not book.live:
            return "its book is crossed" if book.crossed else "its book is not in sync"
        if link.state is not VenueState.LIVE:
            return f"{about.venue} is {link.state.value}"
        age_ns = now_ns - max(link.heard_ns, book.received_ns)
        if age_ns > link.settings.max_age_s * SECOND:
            return f"not heard of for {age_ns // SECOND} s"
        rate = self._rate(about.quote, quote)
        if rate is None:
            return f"no rate {about.quote} to {quote}"
        trader = self._desk.traders.get(about.venue)
        blocked = "" if trader is not None else f"no API key for {about.venue}"
        if about.status not in _TAKES_ORDERS:
            blocked = f"{about.id} takes no orders: {about.status}"
        unit = about.contract_size if about.payoff is not None else Decimal(1)
        return Offer(
            source=BookSource(
                about.id,
                _terms(
                    about,
                    unit,
                    link.taker_fee(about.id),
                    rate,
                    trader,
                    self._desk.gas.cost(about.id, quote),
                ),
                bids=book.bids,
                asks=book.asks,
                price_decimals=book.price_decimals,
                size_decimals=book.size_decimals,
                multiplier=unit,
            ),
            venue=about.venue,
            base=about.base,
            quote=about.quote,
            kind=about.kind,
            multiplier=unit,
            converted=about.quote != quote,
            age_ns=max(0, age_ns),
            blocked=blocked,
            fee_in_base=link.fee_in_base(about) > 0,
            expiry_ns=about.expiry_ns,
            funding=self._funding(about),
        )

    def _rate(self, currency: str, quote: str) -> Decimal | None:
        """A currency's rate, else the middle of its universal book."""
        found = self._desk.rates.find(currency, quote)
        if found is not None:
            return found.rate
        book = self._desk.books.get(f"{currency}/{quote}")
        bid, ask = book.best(self._desk.now_ns()) if book is not None else (None, None)
        return (bid.net_price + ask.net_price) / 2 if bid is not None and ask is not None else None

    def _funding(self, about: Instrument) -> Funding | None:
        seen = self._desk.funding.get(about.id)
        if seen is None:
            return None
        interval_ns = (seen.next_funding_ns or 0) - seen.funding_ns
        return Funding(
            rate=seen.rate,
            at_ns=seen.funding_ns,
            interval_ns=interval_ns if interval_ns > 0 else FUNDING_INTERVAL_NS,
            later=seen.rate if seen.next_rate is None else seen.next_rate,
            seen_ns=seen.received_ns,
        )

    # --- taking -----------------------------------------------------------------------------------

    async def take(self, ask: TakeAsk) -> Taken:
        """Look again and, unless it is a dry run, begin the pair; what was seen goes on record.

        Raises:
            ConfigError: there is no such opportunity now, it is no pair, or a bound makes no sense.
            JournalFailed: it is not durable; nothing was sent.
        """
        found = _pick(self.scan(ask.scan).opportunities, ask.which)
        if not found.executable:
            raise ConfigError(f"{found.id} ({found.words}) cannot be executed: {found.why_not}")
        try:
            work = self._pair(found, ask)
        except ValueError as e:
            raise ConfigError(f"{found.id} ({found.words}): {e}") from None
        orders = tuple(
            leg_order(work.id, leg, leg.side, leg.size * leg.multiplier, leg.limit)
            for leg in work.legs
        )
        for order in orders:
            check(order, self._about(order.instrument))
        done = Taken(opportunity=found, orders=orders, max_loss=work.max_loss)
        if ask.dry_run:
            return done
        works, journal = self._desk.works, self._desk.journal
        if works is None or journal is None:
            raise ConfigError("this desk works no orders: it keeps no journal without an API key")
        at_ns = self._desk.now_ns()
        await journal.commit(
            Noted(about=work.id, kind="opportunity", body=_encode(found), at_ns=at_ns)
        )
        begun = await works.start(work)
        return msgspec.structs.replace(done, work=self._algos.view(begun))

    def _pair(self, found: Opportunity, ask: TakeAsk) -> Paired:
        about = {leg.instrument: self._about(leg.instrument) for leg in found.legs}
        size = parse_decimal(ask.size, "size") if ask.size else found.size
        legs = legs_of(found.legs, size, about)
        loss = found.net * size / found.size
        loss = parse_decimal(ask.max_loss, "max_loss") if ask.max_loss else loss
        unhedged = parse_decimal(ask.max_unhedged, "max_unhedged") if ask.max_unhedged else None
        if ask.first not in {"", "buy", "sell"}:
            raise ValueError(f"first is {ask.first!r}; it must be buy, sell or empty")
        sides = [leg.side for leg in legs]
        first = sides.index(Side(ask.first)) if ask.first else None
        slow = [at for at, leg in enumerate(legs) if self._is_pool(leg.instrument)]
        if slow and first is None:  # what is surest to be had once the other is comes second
            first = slow[0]
        return pair_of(
            new_client_id(self._rng),
            legs,
            max_loss=loss,
            max_unhedged=unhedged,
            first=first,
            open_for_ns=round(ask.open_s * SECOND),
            hedge_for_ns=round(ask.hedge_s * SECOND),
            patience_ns=_POOL_PATIENCE_NS if slow else PATIENCE_NS,
            now_ns=self._desk.now_ns(),
        )

    def _is_pool(self, instrument: str) -> bool:
        return self._about(instrument).kind is InstrumentKind.POOL

    def _about(self, instrument: str) -> Instrument:
        trader = self._desk.trader(instrument)
        return trader.link.instruments[instrument]  # type: ignore[index]


# --- within ---------------------------------------------------------------------------------------


def _terms(
    about: Instrument,
    unit: Decimal,
    fee: Decimal,
    rate: Decimal,
    trader: Trader | None,
    gas: Decimal | None,
) -> Terms:
    """The instrument's grid and fee, and what there is to trade with where that is known."""
    spot = about.payoff is None and trader is not None and bool(trader.last_reconciled_ns)
    assert trader is not None or not spot
    return Terms(
        lot=about.size_increment * unit,
        taker_fee=fee,
        rate=rate,
        min_size=(about.min_size or ZERO) * unit,
        min_notional=about.min_notional or ZERO,
        max_size=None if about.max_size is None else about.max_size * unit,
        base_cap=free_balance(trader, about.base) if spot and trader else None,
        quote_cap=free_balance(trader, about.quote) if spot and trader else None,
        fixed_cost=gas or ZERO,
    )


def _assumptions(ask: ScanAsk) -> Assumptions:
    if not 0 < ask.holding_h <= 24 * 3660:
        raise ValueError(f"holding_h is {ask.holding_h}; above 0, and ten years at most")
    more = {"most": parse_decimal(ask.size, "size")} if ask.size else {}
    return Assumptions(
        floor_bps=parse_decimal(ask.min_bps, "min_bps"),
        conversion_bps=parse_decimal(ask.conversion_bps, "conversion_bps"),
        withdrawal=parse_decimal(ask.withdrawal, "withdrawal"),
        holding_ns=round(ask.holding_h * HOUR),
        exit_costs=ask.exit_costs,
        delivery_bps=parse_decimal(ask.delivery_bps, "delivery_bps"),
        financing=parse_decimal(ask.financing, "financing"),
        **more,
    )


def _sweeps(
    spot: Sequence[Offer], assume: Assumptions, quote: str, now_ns: int
) -> list[Opportunity]:
    """The best over all venues of each base, where it takes more than two of them."""
    found = []
    for base in dict.fromkeys(offer.base for offer in spot):
        group = [offer for offer in spot if offer.base == base]
        seen = sweep(group, assume, quote=quote, now_ns=now_ns)
        if seen is not None and len(seen.legs) > 2:
            found.append(seen)
    return found


def _spaced(text: str) -> str:
    """Whole words with one space around each, so that one is not found within another."""
    return f" {' '.join(text.lower().replace(',', ' ').split())} "


def _pick(found: Sequence[Opportunity], which: str) -> Opportunity:
    """The one that is meant; ConfigError where it is none, or more than one."""
    exact = [each for each in found if each.id == which]
    words = _spaced(which)
    chosen = exact or [
        each
        for each in found
        if words.strip() and words in _spaced(f"{each.kind.value} {each.words}")
    ]
    if len(chosen) == 1:
        return chosen[0]
    if not chosen:
        raise ConfigError(f"there is no opportunity {which!r} now; `argosy arbitrage scan` lists")
    some = "; ".join(f"{each.id} {each.words}" for each in chosen[:5])
    raise ConfigError(f"{which!r} may be {len(chosen)} opportunities: {some}")
