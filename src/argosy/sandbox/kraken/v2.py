"""Hears the engine once and tells every WebSocket v2 session what it subscribed to."""

from collections import defaultdict
from typing import Any, Protocol

from argosy.model import InstrumentId
from argosy.sandbox.engine import (
    BalanceEvent,
    BookChange,
    OrderEvent,
    StatusEvent,
    TradePrint,
)
from argosy.sandbox.kraken import v2_private, v2_public
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.v2_books import DepthView
from argosy.sandbox.world import Venue

HEARTBEAT = '{"channel":"heartbeat"}'
Key = tuple[str, InstrumentId, str]  # channel, instrument, depth or interval or trigger


class Listener(Protocol):
    """A session as the hub sees it."""

    @property
    def subscribed(self) -> bool:
        """Whether it subscribed to anything."""
        ...

    def tell(self, text: str, channel: str) -> None:
        """Send a frame."""
        ...

    def executions(self, account: str, rows: list[dict[str, Any]]) -> None:
        """Send execution reports, if it subscribed to that account's."""
        ...

    def balances(self, account: str, rows: list[dict[str, Any]]) -> None:
        """Send ledger rows, if it subscribed to that account's."""
        ...

    def show_status(self) -> None:
        """Send the status message."""
        ...


class Hub:
    """The public channels' state, shared by all connections."""

    def __init__(self, venue: Venue, names: Names) -> None:
        self.venue = venue
        self.names = names
        self.sessions: dict[Listener, None] = {}
        self.views: dict[tuple[InstrumentId, int], DepthView] = {}
        self._heard: defaultdict[Key, dict[Listener, None]] = defaultdict(dict)
        self._best: dict[InstrumentId, tuple[int | None, int | None]] = {}
        self._status = venue.status
        engine = venue.engine
        engine.on(BookChange, self._book)
        engine.on(TradePrint, self._trade)
        engine.on(OrderEvent, self._order)
        engine.on(BalanceEvent, self._balance)
        engine.on(StatusEvent, self._instrument)

    # --- subscriptions ---

    def add(self, key: Key, session: Listener) -> None:
        """Start telling."""
        self._heard[key][session] = None

    def drop(self, key: Key, session: Listener) -> None:
        """Stop telling; a book nobody watches is no longer followed."""
        heard = self._heard.get(key)
        if heard is None:
            return
        heard.pop(session, None)
        if not heard:
            del self._heard[key]
            if key[0] == "book":
                self.views.pop((key[1], int(key[2])), None)

    def leave(self, session: Listener) -> None:
        """Forget a session."""
        self.sessions.pop(session, None)
        for key in [key for key, heard in self._heard.items() if session in heard]:
            self.drop(key, session)

    def view(self, instrument: InstrumentId, depth: int) -> DepthView:
        """The shared view of a book, made when first watched."""
        found = self.views.get((instrument, depth))
        if found is None:
            listing = self.venue.engine.listings[instrument]
            found = self.views[instrument, depth] = DepthView(listing, depth)
        return found

    def _tell(self, key: Key, text: str) -> None:
        for session in tuple(self._heard.get(key, ())):
            session.tell(text, key[0])

    def _hears(self, key: Key) -> bool:
        return bool(self._heard.get(key))

    # --- what the engine says ---

    def _book(self, event: BookChange) -> None:
        for (instrument, depth), view in tuple(self.views.items()):
            if instrument == event.instrument:
                text = view.update(self.venue.now_ns())
                if text is not None:
                    self._tell(("book", instrument, str(depth)), text)
        key = ("ticker", event.instrument, "bbo")
        if self._hears(key):
            listing = self.venue.engine.listings[event.instrument]
            best = (listing.book.bids.best_price(), listing.book.asks.best_price())
            if self._best.get(event.instrument) != best:
                self._best[event.instrument] = best
                self._tell(key, v2_public.ticker(listing, "update", self.venue.now_ns()))

    def _trade(self, event: TradePrint) -> None:
        listing = self.venue.engine.listings[event.instrument]
        key: Key = ("trade", event.instrument, "")
        if self._hears(key):
            row = v2_public.trade_row(listing, event)
            self._tell(key, v2_public.message("trade", "update", [row]))
        key = ("ticker", event.instrument, "trades")
        if self._hears(key):
            self._tell(key, v2_public.ticker(listing, "update", self.venue.now_ns()))
        for key in tuple(self._heard):
            if key[0] == "ohlc" and key[1] == event.instrument:
                self._tell(key, v2_public.candles(listing, int(key[2]), "update"))

    def _order(self, event: OrderEvent) -> None:
        rows: list[dict[str, Any]] | None = None
        for session in tuple(self.sessions):
            if rows is None:
                listing = self.venue.engine.listings[event.order.spec.id]
                rows = v2_private.rows_of(event, listing)
            session.executions(event.order.account.name, rows)

    def _balance(self, event: BalanceEvent) -> None:
        if event.entry is None:
            return
        rows = [v2_private.ledger_row(event.entry)]
        for session in tuple(self.sessions):
            session.balances(event.account.name, rows)

    def _instrument(self, event: StatusEvent) -> None:
        if self._status != self.venue.status:
            self._status = self.venue.status
            for session in tuple(self.sessions):
                session.show_status()
        listing = self.venue.engine.listings[event.instrument]
        text = v2_public.instruments([listing], "update")
        self._tell(("instrument", InstrumentId(""), ""), text)

    def heartbeat(self) -> None:
        """One to every session with a subscription."""
        for session in tuple(self.sessions):
            if session.subscribed:
                session.tell(HEARTBEAT, "heartbeat")
