"""Market data rows: books, trades, tickers, candles, prices, funding, greeks. Changes nothing.

Source: https://www.okx.com/docs-v5/en/#order-book-trading-market-data (read 2026-11-22).
"""

from decimal import Decimal
from itertools import islice

from argosy.model import InstrumentKind
from argosy.model.money import plain
from argosy.model.time import DAY, HOUR, MINUTE
from argosy.sandbox.engine import Bar, BookSide, Listing, Spec, TradePrint
from argosy.sandbox.okx import names, requests
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.positions import short
from argosy.sandbox.prices import option_greeks

BARS = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1H": HOUR,
    "2H": 2 * HOUR,
    "4H": 4 * HOUR,
    "6H": 6 * HOUR,
    "12H": 12 * HOUR,
    "1D": DAY,
    "6Hutc": 6 * HOUR,
    "12Hutc": 12 * HOUR,
    "1Dutc": DAY,
}
HONG_KONG = 8 * HOUR  # bars of 6 hours and more without 'utc' begin by this clock


def levels(spec: Spec, side: BookSide, depth: int) -> list[list[str]]:
    """[[price, size, "0", orders], ...], best first."""
    return [
        [
            names.price(spec, level.price),
            names.size(spec, level.size),
            "0",
            str(len(level.orders)),
        ]
        for level in islice(side, depth)
    ]


def book(listing: Listing, depth: int, now_ns: int, sequence: int) -> Row:
    """GET /market/books."""
    return {
        "asks": levels(listing.spec, listing.book.asks, depth),
        "bids": levels(listing.spec, listing.book.bids, depth),
        "ts": ms(now_ns),
        "seqId": sequence,
    }


def trade(spec: Spec, print_: TradePrint, *, stream: bool = False, sequence: int = 0) -> Row:
    """One public trade."""
    row: Row = {
        "instId": spec.instrument.venue_symbol,
        "tradeId": str(print_.trade_id),
        "px": names.price(spec, print_.price),
        "sz": names.size(spec, print_.size),
        "side": print_.taker_side.value,
        "ts": ms(print_.at_ns),
        "source": "0",
    }
    return row | {"count": "1", "seqId": sequence} if stream else row


def in_coin(spec: Spec, contracts: Decimal, price: Decimal) -> Decimal:
    """Contracts in base units; spot sizes are that already."""
    if spec.is_spot:
        return contracts
    if spec.inverse:
        return contracts * spec.contract_size / price if price else Decimal(0)
    return contracts * spec.contract_size


def ticker(exchange: Exchange, listing: Listing) -> Row:
    """GET /market/ticker and the tickers channel."""
    spec, now = listing.spec, exchange.now_ns()
    bid, ask = listing.book.bids.best(), listing.book.asks.best()
    day = exchange.days.of(listing, now)
    last = spec.price(listing.last)
    volume = spec.size(day.volume) if day else Decimal(0)
    money = in_coin(spec, volume, last)
    if spec.is_spot and day is not None:
        money = Decimal(day.turnover) * spec.price_unit * spec.size_unit
    prints = listing.tape.prints
    opened = names.price(spec, day.open if day else listing.last)
    return {
        "instType": names.type_of(spec),
        "instId": spec.instrument.venue_symbol,
        "last": names.price(spec, listing.last),
        "lastSz": names.size(spec, prints[-1].size) if prints else "0",
        "askPx": names.price(spec, ask.price) if ask else "",
        "askSz": names.size(spec, ask.size) if ask else "0",
        "bidPx": names.price(spec, bid.price) if bid else "",
        "bidSz": names.size(spec, bid.size) if bid else "0",
        "open24h": opened,
        "high24h": names.price(spec, day.high if day else listing.last),
        "low24h": names.price(spec, day.low if day else listing.last),
        "volCcy24h": short(money),
        "vol24h": plain(volume),
        "ts": ms(now),
        "sodUtc0": opened,
        "sodUtc8": opened,
    }


def bars(listing: Listing, bar: str, now_ns: int) -> list[Bar]:
    """Candles of a bar size, oldest first; the tape keeps two days of minutes."""
    interval = BARS[bar]
    if interval < 6 * HOUR or bar.endswith("utc"):
        return listing.tape.bars(interval)
    found: list[Bar] = []
    for minute in listing.tape.bars(MINUTE):
        start = minute.open_ns - (minute.open_ns + HONG_KONG) % interval
        if not found or found[-1].open_ns != start:
            found.append(Bar(start, minute.open))
        found[-1].merge(minute)
    return [candle for candle in found if candle.open_ns <= now_ns]


def candle(spec: Spec, bar: Bar, interval_ns: int, now_ns: int) -> list[str]:
    """[ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm]."""
    price = [names.price(spec, units) for units in (bar.open, bar.high, bar.low, bar.close)]
    volume = spec.size(bar.volume)
    close = spec.price(bar.close)
    coin = in_coin(spec, volume, close)
    quote = Decimal(bar.turnover) * spec.price_unit * spec.size_unit
    if not spec.is_spot:
        quote = coin * close
    done = "1" if bar.open_ns + interval_ns <= now_ns else "0"
    middle = short(quote) if spec.is_spot else short(coin)
    return [ms(bar.open_ns), *price, plain(volume), middle, short(quote), done]


def funding(exchange: Exchange, listing: Listing) -> Row:
    """GET /public/funding-rate."""
    interval = listing.spec.funding_interval_ns
    return {
        "formulaType": "withRate",
        "fundingRate": plain(listing.funding_rate),
        "fundingTime": ms(listing.next_funding_ns),
        "impactValue": "20000",
        "instId": listing.spec.instrument.venue_symbol,
        "instType": "SWAP",
        "interestRate": "0.0001",
        "maxFundingRate": "0.0075",
        "method": "current_period",
        "minFundingRate": "-0.0075",
        "nextFundingRate": "",
        "nextFundingTime": ms(listing.next_funding_ns + interval),
        "premium": plain(listing.funding_rate),
        "prevFundingTime": ms(listing.next_funding_ns - interval),
        "settFundingRate": plain(listing.funding_rate),
        "settState": "settled",
        "ts": ms(exchange.now_ns()),
    }


def mark_price(exchange: Exchange, listing: Listing, inst_type: str = "") -> Row:
    """GET /public/mark-price."""
    spec = listing.spec
    return {
        "instId": spec.instrument.venue_symbol,
        "instType": inst_type or ("MARGIN" if spec.is_spot else names.type_of(spec)),
        "markPx": names.price(spec, listing.mark),
        "ts": ms(exchange.now_ns()),
    }


def index_ticker(exchange: Exchange, index: str, listing: Listing) -> Row:
    """GET /market/index-tickers."""
    price = plain(exchange.names.index_price(listing))
    return {
        "instId": index,
        "idxPx": price,
        "high24h": price,
        "low24h": price,
        "open24h": price,
        "sodUtc0": price,
        "sodUtc8": price,
        "ts": ms(exchange.now_ns()),
    }


def open_interest(exchange: Exchange, listing: Listing) -> Row:
    """GET /public/open-interest: a made-up base, and what the sandbox's customers hold."""
    spec = listing.spec
    held = sum(
        (
            abs(position.size)
            for account in exchange.engine.accounts.values()
            for (instrument, _), position in account.positions.items()
            if instrument == spec.id
        ),
        Decimal(0),
    )
    contracts = Decimal(250_000) + listing.open_interest + held
    coin = in_coin(spec, contracts, listing.mark_price)
    return {
        "instId": spec.instrument.venue_symbol,
        "instType": names.type_of(spec),
        "oi": plain(contracts),
        "oiCcy": short(coin),
        "oiUsd": short(coin * exchange.names.usd(spec.instrument.base)),
        "ts": ms(exchange.now_ns()),
    }


def price_limit(exchange: Exchange, listing: Listing) -> Row:
    """GET /public/price-limit."""
    spec = listing.spec
    most, least = requests.band(exchange, listing)
    return {
        "instId": spec.instrument.venue_symbol,
        "instType": names.type_of(spec),
        "buyLmt": plain(most),
        "sellLmt": plain(least),
        "enabled": bool(exchange.options.price_band),
        "ts": ms(exchange.now_ns()),
    }


def option_summary(exchange: Exchange, listing: Listing) -> Row:
    """GET /public/opt-summary: greeks of the flat volatility that the sandbox prices options by."""
    spec, now = listing.spec, exchange.now_ns()
    index = exchange.names.index_price(listing)
    greeks = option_greeks(spec, float(index), now)
    shown = {name: f"{value:.10f}".rstrip("0").rstrip(".") for name, value in greeks.items()}
    return {
        "instType": "OPTION",
        "instId": spec.instrument.venue_symbol,
        "uly": names.family_of(spec),
        "instFamily": names.family_of(spec),
        "delta": shown["delta"],
        "gamma": shown["gamma"],
        "theta": shown["theta"],
        "vega": shown["vega"],
        "deltaBS": shown["delta"],
        "gammaBS": shown["gamma"],
        "thetaBS": shown["theta"],
        "vegaBS": shown["vega"],
        "realVol": "",
        "bidVol": shown["volatility"],
        "askVol": shown["volatility"],
        "markVol": shown["volatility"],
        "volLv": shown["volatility"],
        "lever": plain(round(1 / listing.mark_price, 4)) if listing.mark else "",
        "fwdPx": f"{greeks['forward']:.2f}",
        "buyApr": "",
        "sellApr": "",
        "distance": "",
        "ts": ms(now),
    }


def has_index(listing: Listing) -> bool:
    """Whether mark prices are shown: everything but options that have none yet."""
    return bool(listing.mark) or listing.spec.instrument.kind is not InstrumentKind.OPTION
