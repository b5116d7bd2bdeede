"""The running desk: venues connected, books merged, orders in and out. Satisfies DeskView.

Built from settings by `argosy.desk.build`; the web server, the CLI and tests only read and ask.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from decimal import Decimal

from argosy.books import CostQuote, UniversalBook, UniversalView, VenueBook
from argosy.desk.children import Children
from argosy.desk.flows import Flows
from argosy.desk.gas import Gas, priced_by
from argosy.desk.keeping import kept
from argosy.desk.link import VenueLink, default_subscriptions
from argosy.desk.markets import MarketWatch
from argosy.desk.mover import Mover, Pace
from argosy.desk.moving import Moving
from argosy.desk.pairs import Rates, derivatives_of, members_of
from argosy.desk.settings import TransferSettings
from argosy.desk.swapper import SwapTrader
from argosy.desk.trader import Patience, Trader
from argosy.desk.view import VENUES_TOPIC, VenueHealth, VenueState, book_topic, trades_topic
from argosy.desk.works import WorkRunner
from argosy.errors import ConfigError
from argosy.execution.journal import Journal
from argosy.execution.work import Market
from argosy.execution.works import decode
from argosy.model import (
    BookGap,
    FundingRate,
    GapReason,
    IndexPrice,
    Instrument,
    InstrumentId,
    InstrumentKind,
    Nanos,
    Side,
    TopOfBook,
    Trade,
    split_id,
)
from argosy.model.money import ZERO
from argosy.net.audit import Tap
from argosy.ports import BookChanged, Channel, Clock, Event, Subscription
from argosy.sandbox.told import ToldSandbox

_WHOLE = 100_000  # levels: more than any book has
_LATENCY_SAMPLE = 16  # every n-th book change is measured


class Desk:
    """Everything that runs, by venue and by pair."""

    def __init__(
        self,
        *,
        clock: Clock,
        books: dict[str, UniversalBook],
        rates: Rates,
        quotes_alike: Sequence[str],
        depths: dict[str, int],
        trades_kept: int,
        tap: Tap,
        sandbox: ToldSandbox | None = None,
        patience: Patience | None = None,
        journal: Journal | None = None,
        derivatives: Sequence[str] = (),
        transfers: TransferSettings | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.clock = clock
        self.journal = journal
        self.tap = tap
        self.sandbox = sandbox
        self._patience = patience
        self.links: dict[str, VenueLink] = {}
        self.traders: dict[str, Trader] = {}
        self.books = books
        self.rates = rates
        self.funding: dict[InstrumentId, FundingRate] = {}  # the latest of each perpetual
        self._quotes_alike = quotes_alike
        self._derivatives = derivatives
        self._depths = depths
        self._trades: dict[str, deque[Trade]] = {pair: deque(maxlen=trades_kept) for pair in books}
        self._members: dict[str, list[tuple[str, UniversalBook, int]]] = {}
        self._pairs_of: dict[str, list[str]] = {}
        self._current: dict[InstrumentId, VenueBook] = {}  # the book in use of each instrument
        self._rate_ids: set[str] = set(rates.instruments())
        self.flows = Flows(clock)
        self.gas = Gas(clock, self.links, self._current, rates)
        self._listeners: set[_Listener] = set()
        self._seen = 0
        self._children = Children(clock, self.traders)
        self._markets = MarketWatch(clock, self.links, self._current, self._position, depths)
        self.works: WorkRunner | None = None
        if journal is not None:
            self.works = WorkRunner(clock, journal, self._children, self._markets, decode)
        allowed = transfers or TransferSettings()
        self.transfers_enabled = allowed.enabled
        self.addresses = allowed.addresses  # that funds may be withdrawn to, by name
        self.mover: Mover | None = None
        if journal is not None:
            pace = pace or Pace(poll_s=allowed.poll_s)
            self.mover = Mover(clock, journal, self.links, pace)
            self.mover.heard = Moving(self.links, self.traders).heard

    def add(self, link: VenueLink) -> None:
        """Take in a venue, before `run`."""
        self.links[link.id] = link
        trader = self._trader(link)
        if trader is not None:
            self.traders[link.id] = trader
            trader.record.quote = self._quote
            trader.restore()
            self._children.attach(trader)
            link.on_private = trader.feed_state

    def _trader(self, link: VenueLink) -> Trader | None:
        """Who enters orders at a venue; None where there is no key."""
        pools, account = link.adapter.pools, link.account
        if pools is not None and account is not None and account.sender is not None:
            return SwapTrader(link, self.clock, account, pools, self._patience, self.journal)
        if link.settings.credentials is None:
            return None
        return Trader(link, self.clock, self._patience, self.journal)

    async def run(self) -> None:
        """Keep everything going until cancelled.

        ConfigError ends it; any other failure is one venue's own, see `kept`.
        """
        async with asyncio.TaskGroup() as group:
            for link in self.links.values():
                group.create_task(kept(link, link.run, self.clock, link.reset))
            accounts = {id(link.account): link.account for link in self.links.values()}
            for account in accounts.values():
                if account is not None:
                    group.create_task(kept(account, account.run, self.clock))
            for trader in self.traders.values():
                group.create_task(kept(trader.link, trader.run, self.clock))
            if self.works is not None:
                self.works.restore()
                group.create_task(self.works.run())
            if self.mover is not None:
                self.mover.restore()
                group.create_task(self.mover.run())
            group.create_task(self._tell_health())

    async def settled(self, patience_s: float) -> bool:
        """Wait until every venue is live; False when `patience_s` was not enough."""
        until_ns = self.clock.monotonic_ns() + round(patience_s * 1e9)
        while any(link.state is not VenueState.LIVE for link in self.links.values()):
            if self.clock.monotonic_ns() > until_ns:
                return False
            await self.clock.sleep(0.05)
        return True

    async def _tell_health(self) -> None:
        while True:
            await self.clock.sleep(1.0)
            self._changed(VENUES_TOPIC)
            for pair in self.books:
                self._changed(book_topic(pair))  # staleness shows without a frame

    def choose(self, link: VenueLink, instruments: Sequence[Instrument]) -> Iterable[Subscription]:
        """What to subscribe to at a venue: the members of every pair, and the rates."""
        wanted: dict[InstrumentId, Instrument] = {}
        for pair in self.books:
            for instrument in members_of(pair, instruments, self._quotes_alike):
                wanted[instrument.id] = instrument
                self._pairs_of.setdefault(instrument.id, []).append(pair)
            for instrument in derivatives_of(
                pair, instruments, self._quotes_alike, self._derivatives
            ):
                wanted[instrument.id] = instrument
        if link.account is not None:  # what gas is worth
            by = priced_by(link.account.info.native, instruments, self._quotes_alike)
            if by is not None:
                wanted.setdefault(by.id, by)
        for currency, source in self.rates.sources.items():
            if isinstance(source, str) and self._lacks(source, link):
                self.rates.stand_in(
                    currency, link.id, link.instruments, link.adapter.info.index_rates
                )
        self._rate_ids.update(self.rates.instruments())
        for instrument_id in self._rate_ids:
            found = link.instruments.get(InstrumentId(instrument_id))
            if found is not None:
                wanted[found.id] = found
        indices = [
            Subscription(channel=Channel.INDEX_PRICE, instrument=instrument_id)
            for instrument_id in self.rates.indexed()
            if instrument_id in link.instruments
        ]
        paid = Channel.FUNDING.value in link.adapter.info.channels
        funding = [
            Subscription(channel=Channel.FUNDING, instrument=instrument.id)
            for instrument in wanted.values()
            if paid and instrument.kind is InstrumentKind.PERPETUAL
        ]
        books = default_subscriptions(wanted.values(), self._depths.get(link.id))
        return [*books, *indices, *funding]

    def _lacks(self, source: InstrumentId, link: VenueLink) -> bool:
        """Whether a rate's source is at no venue of this desk, or not listed at this one."""
        venue = split_id(source)[0]
        return venue not in self.links or (venue == link.id and source not in link.instruments)

    # --- events, on the hot path ------------------------------------------------------------------

    def deliver(self, link: VenueLink, event: Event) -> None:
        """Take in an event of a venue."""
        if type(event) is BookChanged:
            book = event.book
            if self._current.get(event.instrument) is not book:
                self._adopt(link, event)
            for topic, universal, number in self._members.get(event.instrument, ()):
                universal.changed(number)
                self._changed(topic)
            self._markets.event(event)
            self._seen += 1
            if self._seen % _LATENCY_SAMPLE == 0:
                link.note_latency(book.venue_ns, book.received_ns)
        elif type(event) is Trade:
            self.flows.trade(event)
            for pair in self._pairs_of.get(event.instrument, ()):
                self._trades[pair].appendleft(event)
                self._changed(trades_topic(pair))
            self._markets.event(event)
        elif type(event) is BookGap:
            link.gaps += 1
            if event.reason is GapReason.MALFORMED:
                link.doubt()
            for topic, universal, number in self._members.get(event.instrument, ()):
                universal.changed(number)
                self._changed(topic)
            self._changed(VENUES_TOPIC)
            self._markets.event(event)
        elif type(event) is IndexPrice:
            self.rates.index(event)
            self._markets.event(event)
        elif type(event) is FundingRate:
            self.funding[event.instrument] = event
        else:
            self._markets.event(event)
            trader = self.traders.get(link.id)
            if trader is not None:
                trader.event(event)

    def _adopt(self, link: VenueLink, event: BookChanged) -> None:
        """A book seen for the first time, or the new one after a hand-over: let it in."""
        book = event.book
        assert isinstance(book, VenueBook)
        self._current[event.instrument] = book
        if event.instrument in self._rate_ids:
            self.rates.learn(book)
        found = []
        for pair in self._pairs_of.get(event.instrument, ()):
            universal = self.books[pair]
            about = book.about
            number = universal.add(
                book,
                taker_fee=link.taker_fee(about.id),
                heard_ns=lambda: link.heard_ns,
                conversion=lambda quote=about.quote, target=universal.quote: self.rates.find(  # type: ignore[misc]
                    quote, target
                ),
                gas=self.gas.of(about.id, universal.quote),
            )
            found.append((book_topic(pair), universal, number))
        self._members[event.instrument] = found

    # --- what can be seen (DeskView) --------------------------------------------------------------

    def venues(self) -> list[VenueHealth]:
        """Every configured venue, in a fixed order."""
        return [link.health() for link in self.links.values()]

    def pairs(self) -> list[str]:
        """The pairs that have a universal book, as configured."""
        return list(self.books)

    def universal(self, pair: str, depth: int) -> UniversalView:
        """The book: `depth` levels a side of each venue. KeyError for a pair not configured."""
        return self.books[pair].view(self.clock.now_ns(), depth, each=True)

    def trades(self, pair: str, limit: int) -> list[Trade]:
        """The latest trades, newest first."""
        kept = self._trades[pair]
        return [kept[index] for index in range(min(limit, len(kept)))]

    def top(self, instrument: InstrumentId) -> tuple[Decimal, Decimal]:
        """Best bid and offer of one venue's book; ConfigError where there are none now."""
        book = self._current.get(instrument)
        bids, asks = book.levels(1) if book is not None and book.live else ([], [])
        if not bids or not asks:
            raise ConfigError(f"{instrument} has no prices now; `argosy venues` says why")
        return bids[0][0], asks[0][0]

    def market(self, instrument: InstrumentId) -> Market:
        """One instrument as works see it; ConfigError where this desk hears no prices of it."""
        return self._markets.glance(instrument)

    def average_price(self, instrument: InstrumentId, side: Side, size: Decimal) -> Decimal | None:
        """What taking `size` from one venue's book would cost now, a unit, fees not included; None
        where the book has less.
        """
        book = self._current.get(instrument)
        bids, asks = book.levels(_WHOLE) if book is not None and book.live else ([], [])
        left, value = size, ZERO
        for price, offered in asks if side is Side.BUY else bids:
            taken = min(left, offered)
            left, value = left - taken, value + taken * price
            if not left:
                return value / size
        return None

    def changed_since(self, instrument: InstrumentId, at_ns: int) -> bool:
        """Whether an instrument's book took an update after a moment; or there is none any more."""
        book = self._current.get(instrument)
        return book is None or not book.live or book.received_ns > at_ns

    def venue_books(self) -> list[VenueBook]:
        """The book in use of each instrument that is heard, live or not."""
        return list(self._current.values())

    def _quote(self, instrument: InstrumentId) -> TopOfBook | None:
        book = self._current.get(instrument)
        if book is None or not book.live:
            return None
        bid, ask = book.best_bid(), book.best_ask()
        return None if bid is None or ask is None else TopOfBook(bid=bid[0], ask=ask[0])

    def cost(self, pair: str, side: Side, size: Decimal) -> CostQuote:
        """What taking `size` base units would cost now."""
        return self.books[pair].cost(self.clock.now_ns(), side, size)

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """What changed since the last time, one bounded set for any number of changes."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            while True:
                yield await listener.wait()
        finally:
            self._listeners.discard(listener)

    def _changed(self, topic: str) -> None:
        for listener in self._listeners:
            listener.tell(topic)

    def _position(self, instrument: InstrumentId) -> Decimal | None:
        """What the account holds of a derivative, once its venue was asked."""
        trader = self.traders.get(split_id(instrument)[0])
        about = trader.link.instruments.get(instrument) if trader is not None else None
        if trader is None or about is None or about.payoff is None or not trader.last_reconciled_ns:
            return None
        return sum(
            (
                position.size
                for (held, _), position in trader.ledger.positions.items()
                if held == instrument
            ),
            ZERO,
        )

    # --- orders -----------------------------------------------------------------------------------

    def trader(self, instrument_or_venue: str) -> Trader:
        """Who trades at a venue; ConfigError saying what is missing."""
        venue = (
            split_id(InstrumentId(instrument_or_venue))[0]
            if ":" in instrument_or_venue
            else instrument_or_venue
        )
        if venue not in self.links:
            raise ConfigError(
                f"no venue {venue!r} on this desk; there are: {', '.join(self.links)}"
            )
        if venue not in self.traders:
            raise ConfigError(f"no API key for {venue}: set venues.{venue}.credentials")
        return self.traders[venue]

    def running_works(self) -> WorkRunner:
        """What works orders; ConfigError where this desk works none."""
        if self.works is None:
            raise ConfigError("this desk works no orders: it keeps no journal without an API key")
        return self.works

    def now_ns(self) -> Nanos:
        """The desk's clock."""
        return self.clock.now_ns()


class _Listener:
    """One reader of changes: topics since it last looked."""

    def __init__(self) -> None:
        self._topics: set[str] = set()
        self._event = asyncio.Event()

    def tell(self, topic: str) -> None:
        self._topics.add(topic)
        self._event.set()

    async def wait(self) -> frozenset[str]:
        await self._event.wait()
        self._event.clear()
        topics = frozenset(self._topics)
        self._topics.clear()
        return topics
