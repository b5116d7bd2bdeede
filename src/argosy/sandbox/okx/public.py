"""REST endpoints that need no key: /api/v5/public, /market, /system."""

from argosy.sandbox.engine import Listing
from argosy.sandbox.okx import instruments, market, names
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.call import Call, paged
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.market import BARS


def _listing(call: Call) -> Listing:
    return call.exchange.names.listing(call.args.need("instId"))


def _wanted(call: Call, default: str = "") -> list[Listing]:
    """The listings that instType, instFamily (or uly) and instId choose."""
    args, table = call.args, call.exchange.names
    if args.has("instId"):
        return [table.listing(args.text("instId"))]
    inst_type = args.choice("instType", names.ALL_TYPES, default)
    return table.of_type(inst_type, args.text("instFamily", args.text("uly")))


def time(call: Call) -> list[Row]:
    """GET /public/time."""
    return [{"ts": ms(call.exchange.now_ns())}]


def list_instruments(call: Call) -> list[Row]:
    """GET /public/instruments and /account/instruments."""
    args, table = call.args, call.exchange.names
    inst_type = args.choice("instType", names.ALL_TYPES | {"EVENTS"})
    family = args.text("instFamily", args.text("uly"))
    if inst_type == "OPTION" and not family and not args.has("instId"):
        raise Fault("50015", "uly", "instFamily")
    found = table.of_type(inst_type, family)
    if args.has("instId"):
        found = [each for each in found if each is table.listing(args.text("instId"))]
    now = call.exchange.now_ns()
    return [
        instruments.row(table, listing, inst_type)
        for listing in found
        if not instruments.expired(listing, now)
    ]


def books(call: Call) -> list[Row]:
    """GET /market/books (400 levels at most)."""
    listing, depth = _listing(call), call.args.whole("sz", 1, 400) or 1
    sequence = call.exchange.sequence(listing)
    return [market.book(listing, depth, call.exchange.now_ns(), sequence)]


def books_full(call: Call) -> list[Row]:
    """GET /market/books-full (5,000 levels at most): its levels have no deprecated field."""
    listing, depth = _listing(call), call.args.whole("sz", 1, 5000) or 1
    row = market.book(listing, depth, call.exchange.now_ns(), 0)
    del row["seqId"]
    for side in ("asks", "bids"):
        found = row[side]
        assert isinstance(found, list), "built just above"
        row[side] = [[level[0], level[1], level[3]] for level in found]
    return [row]


def ticker(call: Call) -> list[Row]:
    """GET /market/ticker."""
    return [market.ticker(call.exchange, _listing(call))]


def tickers(call: Call) -> list[Row]:
    """GET /market/tickers."""
    call.args.need("instType")
    return [market.ticker(call.exchange, listing) for listing in _wanted(call)]


def candles(call: Call) -> list[list[str]]:
    """GET /market/candles and /market/history-candles."""
    return _candles(call, _listing(call), 300)


def other_candles(call: Call) -> list[list[str]]:
    """GET /market/mark-price-candles and index-candles: made of trades here, with no volumes."""
    table, name = call.exchange.names, call.args.need("instId")
    listing = table.listings.get(name) or table.indices().get(name)
    if listing is None:
        raise Fault("51001")
    return [[*row[:5], row[8]] for row in _candles(call, listing, 100)]


def _candles(call: Call, listing: Listing, most: int) -> list[list[str]]:
    args = call.args
    bar = args.choice("bar", frozenset(BARS), "1m")
    now = call.exchange.now_ns()
    rows: list[Row] = [
        {"ts": ms(each.open_ns), "row": market.candle(listing.spec, each, BARS[bar], now)}
        for each in market.bars(listing, bar, now)
    ]
    return [row["row"] for row in paged(args, rows, "ts", most)]  # type: ignore[misc]


def trades(call: Call) -> list[Row]:
    """GET /market/trades."""
    listing, limit = _listing(call), call.args.whole("limit", 100, 500) or 100
    prints = list(listing.tape.prints)[-limit:]
    return [market.trade(listing.spec, print_) for print_ in reversed(prints)]


def history_trades(call: Call) -> list[Row]:
    """GET /market/history-trades: paged by tradeId (type 1) or time (type 2)."""
    listing = _listing(call)
    key = "ts" if call.args.text("type", "1") == "2" else "tradeId"
    rows = [market.trade(listing.spec, print_) for print_ in listing.tape.prints]
    return paged(call.args, rows, key)


def funding_rate(call: Call) -> list[Row]:
    """GET /public/funding-rate; instId ANY gives every swap."""
    table = call.exchange.names
    if call.args.need("instId") == "ANY":
        found = table.of_type("SWAP")
    else:
        found = [_listing(call)]
        if not found[0].spec.funding_interval_ns:
            raise Fault("51001")
    return [market.funding(call.exchange, listing) for listing in found]


def funding_history(call: Call) -> list[Row]:
    """GET /public/funding-rate-history."""
    listing = _listing(call)
    symbol = listing.spec.instrument.venue_symbol
    return paged(call.args, call.exchange.funding_log.rows(symbol), "fundingTime", 400)


def mark_price(call: Call) -> list[Row]:
    """GET /public/mark-price."""
    asked = call.args.text("instType")
    return [
        market.mark_price(call.exchange, listing, asked)
        for listing in _wanted(call, "SWAP")
        if market.has_index(listing)
    ]


def index_tickers(call: Call) -> list[Row]:
    """GET /market/index-tickers."""
    args, indices = call.args, call.exchange.names.indices()
    if not args.has("instId") and not args.has("quoteCcy"):
        raise Fault("50015", "quoteCcy", "instId")
    if args.has("instId") and args.text("instId") not in indices:
        raise Fault("51001")
    return [
        market.index_ticker(call.exchange, index, listing)
        for index, listing in indices.items()
        if args.text("instId", index) == index
        and args.text("quoteCcy", index.split("-")[1]) == index.split("-")[1]
    ]


def open_interest(call: Call) -> list[Row]:
    """GET /public/open-interest."""
    call.args.need("instType")
    return [market.open_interest(call.exchange, listing) for listing in _wanted(call)]


def option_summary(call: Call) -> list[Row]:
    """GET /public/opt-summary."""
    family = call.args.text("instFamily", call.args.text("uly"))
    if not family:
        raise Fault("50015", "uly", "instFamily")
    options = call.exchange.names.of_type("OPTION", family)
    return [market.option_summary(call.exchange, each) for each in options if each.mark]


def price_limit(call: Call) -> list[Row]:
    """GET /public/price-limit."""
    return [market.price_limit(call.exchange, _listing(call))]


def position_tiers(call: Call) -> list[Row]:
    """GET /public/position-tiers."""
    args, table = call.args, call.exchange.names
    inst_type = args.choice("instType", names.ALL_TYPES - {"SPOT"})
    args.need("tdMode")
    family = args.text("instFamily", args.text("uly"))
    wanted = set(args.text("instId").split(",")) - {""}
    return [
        row
        for listing in table.of_type(inst_type, family)
        if not wanted or listing.spec.instrument.venue_symbol in wanted
        for row in instruments.tiers(listing, inst_type)
    ]


def tick_bands(call: Call) -> list[Row]:
    """GET /public/instrument-tick-bands."""
    call.args.need("instType")
    return instruments.tick_bands(call.exchange.names, call.args.text("instFamily"))


def underlying(call: Call) -> list[list[str]]:
    """GET /public/underlying."""
    found = call.exchange.names.of_type(call.args.need("instType"))
    return [list(dict.fromkeys(names.family_of(listing.spec) for listing in found))]


def status(call: Call) -> list[Row]:
    """GET /system/status."""
    return call.exchange.status_rows(call.args.text("state"))
