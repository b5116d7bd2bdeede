"""Reads the data of OKX's public channels into market events. Holds no state; sends nothing.

Books are not here: `argosy.books` reads those frames.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.errors import WireError
from argosy.model import (
    FundingRate,
    IndexPrice,
    InstrumentChanged,
    Liquidation,
    MarketEvent,
    MarkPrice,
    Nanos,
    OpenInterest,
    OptionGreeks,
    Side,
    Ticker,
    Trade,
)
from argosy.venues.okx.candles import candle, interval_of
from argosy.venues.okx.envelope import decode_rows
from argosy.venues.okx.names import Names
from argosy.venues.okx.reference import read_instrument, status_of
from argosy.venues.okx.values import (
    decoding,
    number,
    number_or_none,
    positive_or_none,
    shown,
    stamp,
    stamp_or_none,
)
from argosy.venues.okx.wire import (
    FundingRow,
    GreeksRow,
    IndexRow,
    InstrumentRow,
    LiquidationRow,
    MarkPriceRow,
    Message,
    OpenInterestRow,
    PriceLimitRow,
    TickerRow,
    TradeRow,
)

Row = TypeVar("Row")
Reader = Callable[[Row, Names, Nanos], list[MarketEvent]]


def side_of(word: str) -> Side:
    """OKX's "buy" and "sell"."""
    if word == "buy":
        return Side.BUY
    if word == "sell":
        return Side.SELL
    raise WireError(f"okx: side is {shown(word)}; buy or sell is expected")


def trade(row: TradeRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """`side` is the taker's; `count` says how many fills were folded into it."""
    return [
        Trade(
            instrument=names.id_of(row.inst_id),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            venue_trade_id=row.trade_id,
            taker_side=side_of(row.side),
            price=number(row.px, "px"),
            size=number(row.sz, "sz"),
            trades=int(number(row.count, "count")) if row.count else 1,
        )
    ]


def ticker(row: TickerRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """Contracts: `vol24h` counts contracts and `volCcy24h` base coins, so there is no quote volume;
    spot: `vol24h` is in base and `volCcy24h` in quote units.
    """
    instrument = names.id_of(row.inst_id)
    spot = ":" not in instrument.partition(":")[2]
    return [
        Ticker(
            instrument=instrument,
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            bid=positive_or_none(row.bid_px, "bidPx"),
            bid_size=positive_or_none(row.bid_sz, "bidSz"),
            ask=positive_or_none(row.ask_px, "askPx"),
            ask_size=positive_or_none(row.ask_sz, "askSz"),
            last=positive_or_none(row.last, "last"),
            last_size=positive_or_none(row.last_sz, "lastSz"),
            open_24h=positive_or_none(row.open24h, "open24h"),
            high_24h=positive_or_none(row.high24h, "high24h"),
            low_24h=positive_or_none(row.low24h, "low24h"),
            volume_24h=number_or_none(row.vol24h, "vol24h"),
            quote_volume_24h=number_or_none(row.vol_ccy24h, "volCcy24h") if spot else None,
        )
    ]


def funding(row: FundingRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """`fundingTime` is when `fundingRate` is settled; `nextFundingRate` is mostly empty today."""
    return [
        FundingRate(
            instrument=names.id_of(row.inst_id),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            rate=number(row.funding_rate, "fundingRate"),
            funding_ns=stamp(row.funding_time, "fundingTime"),
            next_rate=number_or_none(row.next_funding_rate, "nextFundingRate"),
            next_funding_ns=stamp_or_none(row.next_funding_time, "nextFundingTime"),
        )
    ]


def mark_price(row: MarkPriceRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """The price that margin is counted at."""
    return [
        MarkPrice(
            instrument=names.id_of(row.inst_id),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            price=number(row.mark_px, "markPx"),
        )
    ]


def index_price(row: IndexRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """One event for each learnt instrument that the index prices."""
    price, at = number(row.idx_px, "idxPx"), stamp(row.ts, "ts")
    return [
        IndexPrice(instrument=instrument, venue_ns=at, received_ns=now, price=price)
        for instrument in names.of_index(row.inst_id)
    ]


def open_interest(row: OpenInterestRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """`oi` in contracts, `oiCcy` in base coins."""
    return [
        OpenInterest(
            instrument=names.id_of(row.inst_id),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            size=number(row.oi, "oi"),
            base_size=number_or_none(row.oi_ccy, "oiCcy"),
        )
    ]


def liquidation(row: LiquidationRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """Forced closes, at their bankruptcy price."""
    instrument = names.id_of(row.inst_id)
    return [
        Liquidation(
            instrument=instrument,
            venue_ns=stamp(detail.ts, "ts"),
            received_ns=now,
            side=side_of(detail.side),
            price=number(detail.bk_px, "bkPx"),
            size=number(detail.sz, "sz"),
        )
        for detail in row.details
    ]


def greeks(row: GreeksRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """Nothing for options that the venue shows no greeks of (near expiry)."""
    if not (row.delta and row.gamma and row.vega and row.theta):
        return []
    return [
        OptionGreeks(
            instrument=names.id_of(row.inst_id),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now,
            delta=number(row.delta, "delta"),
            gamma=number(row.gamma, "gamma"),
            vega=number(row.vega, "vega"),
            theta=number(row.theta, "theta"),
            mark_iv=number_or_none(row.mark_vol, "markVol"),
            bid_iv=positive_or_none(row.bid_vol, "bidVol"),
            ask_iv=positive_or_none(row.ask_vol, "askVol"),
            underlying_price=positive_or_none(row.fwd_px, "fwdPx"),
        )
    ]


def instrument_changed(row: InstrumentRow, names: Names, now: Nanos) -> list[MarketEvent]:
    """A changed state; what else changed is learnt as well."""
    if row.inst_type not in {"SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"}:
        return []
    found = read_instrument(row)
    if found is not None:
        names.learn([found])
    return [
        InstrumentChanged(
            instrument=found.id if found is not None else names.id_of(row.inst_id),
            venue_ns=Nanos(0),
            received_ns=now,
            status=status_of(row.state),
        )
    ]


def price_limit(row: PriceLimitRow, names: Names, now: Nanos) -> list[MarketEvent]:  # noqa: ARG001
    """Checked and dropped: the model has no event for it yet."""
    number_or_none(row.buy_lmt, "buyLmt")
    number_or_none(row.sell_lmt, "sellLmt")
    return []


READERS: Mapping[str, tuple[type, Reader]] = {  # type: ignore[type-arg]
    "trades": (TradeRow, trade),
    "trades-all": (TradeRow, trade),
    "tickers": (TickerRow, ticker),
    "funding-rate": (FundingRow, funding),
    "mark-price": (MarkPriceRow, mark_price),
    "index-tickers": (IndexRow, index_price),
    "open-interest": (OpenInterestRow, open_interest),
    "liquidation-orders": (LiquidationRow, liquidation),
    "opt-summary": (GreeksRow, greeks),
    "instruments": (InstrumentRow, instrument_changed),
    "price-limit": (PriceLimitRow, price_limit),
}


class _Levels(msgspec.Struct):
    asks: list[tuple[str, ...]] = []
    bids: list[tuple[str, ...]] = []


def read_levels(message: Message) -> list[tuple[Decimal, Decimal]]:
    """The (price, size) levels of a book frame, slowly: to tell a recording's digits once.

    Raises WireError.
    """
    with decoding("a book"):
        return [
            (number(level[0], "price"), number(level[1], "size"))
            for row in decode_rows(message.data, _Levels, "a book")
            for level in (*row.asks, *row.bids)
            if len(level) >= 2
        ]


def read_data(message: Message, names: Names, now: Nanos) -> list[MarketEvent]:
    """The events of a data frame; none for channels we do not model. Raises WireError."""
    arg = message.arg
    if arg is None:
        raise WireError("okx: a data frame without arg")
    if arg.channel.startswith("candle"):
        instrument, interval_s = names.id_of(arg.inst_id), interval_of(arg.channel)
        rows = decode_rows(message.data, tuple[str, ...], arg.channel)
        return [candle(row, instrument, interval_s, now) for row in rows]
    found = READERS.get(arg.channel)
    if found is None:
        return []
    kind, read = found
    with decoding(arg.channel):
        events: list[MarketEvent] = []
        rows_read: list[object] = decode_rows(message.data, kind, arg.channel)
        for item in rows_read:
            events += read(item, names, now)
        return events
