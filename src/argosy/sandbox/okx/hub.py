"""Who is subscribed to what: shares public feeds, and passes the engine's events on to sessions."""

from typing import Protocol

import msgspec

from argosy.model.money import plain
from argosy.sandbox.engine import Account, LiquidationEvent, StatusEvent, TradePrint
from argosy.sandbox.okx import channels, instruments, names
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.feeds import EventFeed, Feed, Push, TradeFeed
from argosy.sandbox.okx.rows import order_row

Key = tuple[tuple[str, str], ...]
_KEYED = ("channel", "ccy", "instFamily", "instId", "instType", "uly")


class Subscriber(Protocol):
    """What the hub asks of a session."""

    account: Account | None

    def push(self, arg: Row, push: Push) -> None:
        """Send one frame of a subscription."""
        ...


def key_of(args: Args) -> Key:
    """What makes two subscriptions the same."""
    return tuple((name, args.text(name)) for name in _KEYED if args.has(name))


class Hub:
    """Every public subscription of the venue."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._feeds: dict[Key, Feed] = {}
        self._subscribers: dict[Key, dict[Subscriber, Row]] = {}
        self._trades: dict[str, list[TradeFeed]] = {}
        engine = exchange.engine
        engine.on(TradePrint, self._hear_trade)
        engine.on(StatusEvent, self._hear_status)
        engine.on(LiquidationEvent, self._hear_liquidation)

    def subscribe(self, subscriber: Subscriber, args: Args) -> list[Push]:
        """Add a subscriber; what it gets first. Fault 60018 when there is nothing like that."""
        key = key_of(args)
        feed = self._feeds.get(key)
        if feed is None:
            feed = channels.public_feed(self.exchange, args)
            self._feeds[key] = feed
            ranked = sorted(self._feeds, key=lambda k: channels.rank(dict(k)["channel"]))
            self._feeds = {each: self._feeds[each] for each in ranked}
            self._subscribers[key] = {}
            if isinstance(feed, TradeFeed):
                instrument = self.exchange.names.listing(args.text("instId")).spec.id
                self._trades.setdefault(instrument, []).append(feed)
        self._subscribers[key][subscriber] = args.raw()
        return feed.first()

    def unsubscribe(self, subscriber: Subscriber, key: Key) -> None:
        """Take a subscriber out; a feed that nobody hears ends."""
        heard = self._subscribers.get(key)
        if heard is None:
            return
        heard.pop(subscriber, None)
        if not heard:
            feed = self._feeds.pop(key)
            del self._subscribers[key]
            for found in self._trades.values():
                if feed in found:
                    found.remove(feed)

    def tick(self, now_s: float) -> None:
        """Push what is due. `now_s` is the loop's clock."""
        for key, feed in tuple(self._feeds.items()):
            if now_s < feed.due_s:
                continue
            feed.due_s = now_s + feed.interval_s
            for push in feed.next(now_s):
                for subscriber, arg in tuple(self._subscribers.get(key, {}).items()):
                    subscriber.push(arg, push)

    def _hear_trade(self, print_: TradePrint) -> None:
        for feed in self._trades.get(print_.instrument, ()):
            feed.hear(print_)

    def _events(self, channel: str, inst_type: str) -> list[EventFeed]:
        return [
            feed
            for key, feed in self._feeds.items()
            if isinstance(feed, EventFeed)
            and dict(key)["channel"] == channel
            and dict(key).get("instType", "") in {"", inst_type}
        ]

    def _hear_status(self, event: StatusEvent) -> None:
        listing = self.exchange.engine.listings[event.instrument]
        for inst_type in names.ALL_TYPES:
            if names.is_of(listing.spec, inst_type):
                for feed in self._events("instruments", inst_type):
                    feed.put(instruments.row(self.exchange.names, listing, inst_type))

    def status_changed(self) -> None:
        """Tell the status channel what /system/status says now."""
        for feed in self._events("status", ""):
            for row in self.exchange.status_rows():
                feed.put(row)

    def _hear_liquidation(self, event: LiquidationEvent) -> None:
        order = event.order
        spec = order.spec
        shown = order_row(self.exchange, order)
        price = plain(self.exchange.engine.listings[spec.id].mark_price)
        row: Row = {
            "details": [
                {
                    "bkLoss": "0",
                    "bkPx": price,
                    "ccy": "",
                    "posSide": shown["posSide"],
                    "side": shown["side"],
                    "sz": shown["sz"],
                    "ts": ms(event.at_ns),
                }
            ],
            "instFamily": names.family_of(spec),
            "instId": spec.instrument.venue_symbol,
            "instType": names.type_of_order(order),
            "uly": names.family_of(spec),
        }
        for feed in self._events("liquidation-orders", names.type_of_order(order)):
            feed.put(row)


def frame(arg: Row, push: Push) -> str:
    """The text of a push."""
    body: dict[str, object] = {"arg": arg}
    if push.action:
        body["action"] = push.action
    body["data"] = push.data
    return msgspec.json.encode(body).decode()
