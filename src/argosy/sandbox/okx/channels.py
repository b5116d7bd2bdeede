"""Which channel lives at which URL, what it is asked with, and the feed behind each public one.

Source: https://www.okx.com/docs-v5/en/#overview-websocket (read 2026-11-22).
"""

from argosy.sandbox.engine import Listing
from argosy.sandbox.okx import instruments, market, names
from argosy.sandbox.okx.args import Args, Row
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.feeds import (
    BookFeed,
    CandleFeed,
    EventFeed,
    Feed,
    RowFeed,
    TopFeed,
    TradeFeed,
)

BOOKS = {
    "books": (400, 0.1),
    "books-elp": (0, 0.1),  # nobody gives enhanced liquidity here: it is always empty
    "books-l2-tbt": (400, 0.01),
    "books50-l2-tbt": (50, 0.01),
}
TOPS = {"books5": (5, 0.1), "bbo-tbt": (1, 0.01)}
TIERS = {"books50-l2-tbt": 4, "books-l2-tbt": 4, "fills": 5}  # fee tier asked for; login too
# Within 10 ms or 100 ms the channels of a book are pushed in this order.
ORDER = ("bbo-tbt", "books-l2-tbt", "books50-l2-tbt", "books", "books-elp", "books5")
BY_INSTRUMENT = frozenset(
    {*BOOKS, *TOPS, "trades", "trades-all", "tickers", "mark-price", "funding-rate", "price-limit"}
    | {"open-interest"}
)
PUBLIC = frozenset(
    (BY_INSTRUMENT - {"trades-all"})
    | {"index-tickers", "instruments", "opt-summary", "liquidation-orders", "status"}
)
PRIVATE = frozenset(
    {"orders", "fills", "account", "positions", "balance_and_position", "liquidation-warning"}
)
BUSINESS_PRIVATE = frozenset({"orders-algo", "algo-advance", "deposit-info", "withdrawal-info"})
COUNTED = frozenset({"orders", "account", "positions", "balance_and_position", "fills"})
CONNECTIONS = 30  # per counted channel and account
_CANDLES = {"candle": 9, "mark-price-candle": 6, "index-candle": 6}


def candle_parts(channel: str) -> tuple[str, int] | None:
    """(bar, fields) of a candle channel, None for others."""
    for prefix, width in _CANDLES.items():
        bar = channel.removeprefix(prefix)
        if channel.startswith(prefix) and bar in market.BARS:
            return bar, width
    return None


def place_of(channel: str) -> str:
    """public, private or business; '' when there is no such channel."""
    if channel in PUBLIC:
        return "public"
    if channel in PRIVATE:
        return "private"
    if channel == "trades-all" or channel in BUSINESS_PRIVATE or candle_parts(channel):
        return "business"
    return ""


def is_private(channel: str) -> bool:
    """Whether it needs a login and shows an account."""
    return channel in PRIVATE or channel in BUSINESS_PRIVATE


def rank(channel: str) -> int:
    """Where a channel stands among those that are pushed together."""
    return ORDER.index(channel) if channel in ORDER else len(ORDER)


def refuse_both(args: Args, held: list[Args]) -> None:
    """Fault 64004: one connection does not get books-l2-tbt beside books or books50-l2-tbt."""
    wanted = args.text("channel")
    for other in held:
        if other.text("instId") != args.text("instId"):
            continue
        pair = {wanted, other.text("channel")}
        if "books-l2-tbt" in pair and pair & {"books", "books50-l2-tbt"}:
            raise Fault("64004", wanted, args.text("instId"))


def described(args: Args) -> str:
    """How error 60018 names a subscription: 'channel:books,instId:BTC-USDT'."""
    shown = ("channel", "instType", "instFamily", "instId")
    return ",".join(f"{name}:{args.text(name)}" for name in shown if args.has(name))


def public_feed(exchange: Exchange, args: Args) -> Feed:
    """The feed that a subscription asks for; Fault 60018 where there is none."""
    channel, table = args.text("channel"), exchange.names
    parts = candle_parts(channel)
    inst_id = args.text("instId")
    if channel == "index-tickers" or channel.startswith("index-candle"):
        found = table.indices().get(inst_id)
    else:
        found = table.listings.get(inst_id)
    if found is None and (channel in BY_INSTRUMENT or parts or channel == "index-tickers"):
        raise Fault("60018", described(args))
    if found is None:
        return _wide_feed(exchange, args)
    if channel in BOOKS:
        return BookFeed(exchange, found, *BOOKS[channel])
    if channel in TOPS:
        return TopFeed(exchange, found, *TOPS[channel])
    if parts is not None:
        return CandleFeed(exchange, found, *parts)
    if channel in {"trades", "trades-all"}:
        return TradeFeed(exchange, found, joined=channel == "trades")
    return _row_feed(exchange, found, args)


def _row_feed(exchange: Exchange, listing: Listing, args: Args) -> Feed:
    channel = args.text("channel")
    if channel == "tickers":
        return RowFeed(lambda: [market.ticker(exchange, listing)], 0.1)
    if channel == "mark-price":
        return RowFeed(lambda: [market.mark_price(exchange, listing)], 0.2, 10)
    if channel == "index-tickers":
        index = args.text("instId")
        return RowFeed(lambda: [market.index_ticker(exchange, index, listing)], 0.1, 60)
    if channel == "price-limit":
        return RowFeed(lambda: [market.price_limit(exchange, listing)], 0.2)
    if channel == "open-interest" and not listing.spec.is_spot:
        return RowFeed(lambda: [market.open_interest(exchange, listing)], 3, 3)
    if channel == "funding-rate" and listing.spec.funding_interval_ns:
        return RowFeed(lambda: [market.funding(exchange, listing)], 30, 60)
    return _wide_feed(exchange, args)


def _wide_feed(exchange: Exchange, args: Args) -> Feed:
    """Channels over many instruments."""
    channel, table = args.text("channel"), exchange.names
    inst_type, family = args.text("instType"), args.text("instFamily", args.text("uly"))
    if channel == "status":
        return EventFeed(exchange.status_rows)
    if channel == "opt-summary" and table.of_type("OPTION", family) and family:
        options = table.of_type("OPTION", family)

        def summaries() -> list[Row]:
            return [market.option_summary(exchange, each) for each in options if each.mark]

        return RowFeed(summaries, 1, 5)
    if channel == "instruments" and inst_type in names.ALL_TYPES:

        def every() -> list[Row]:
            return [instruments.row(table, each, inst_type) for each in table.of_type(inst_type)]

        return EventFeed(every)
    if channel == "liquidation-orders" and inst_type in names.ALL_TYPES:
        return EventFeed()
    raise Fault("60018", described(args))
