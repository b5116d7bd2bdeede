"""OKX's candles: names of intervals, and one row read. Shared by REST and stream; sends nothing."""

from collections.abc import Mapping, Sequence

from argosy.errors import WireError
from argosy.model import Candle, InstrumentId, Nanos
from argosy.venues.okx.values import decoding, number, number_or_none, stamp

# From 6 hours up the plain names open at Hong Kong's midnight; we ask for UTC's.
# https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks (read 2026-11)
BARS: Mapping[int, str] = {
    1: "1s",
    60: "1m",
    180: "3m",
    300: "5m",
    900: "15m",
    1800: "30m",
    3600: "1H",
    7200: "2H",
    14400: "4H",
    21600: "6Hutc",
    43200: "12Hutc",
    86400: "1Dutc",
    172800: "2Dutc",
    259200: "3Dutc",
    604800: "1Wutc",
}
_SECONDS: Mapping[str, int] = {
    name: seconds for seconds, bar in BARS.items() for name in (bar, bar.removesuffix("utc"))
}


def interval_of(channel: str) -> int:
    """Seconds of a channel like "candle1m"; WireError for one we do not model."""
    try:
        return _SECONDS[channel.removeprefix("candle")]
    except KeyError:
        raise WireError(f"okx: channel {channel!r} has an interval we do not model") from None


def candle(
    row: Sequence[str], instrument: InstrumentId, interval_s: int, received_ns: Nanos
) -> Candle:
    """[ts, open, high, low, close, vol, volCcy, volCcyQuote, confirm]; rows of before 2022-09 have
    seven parts and no `confirm`.
    """
    with decoding("a candle"):
        if len(row) not in {7, 9}:
            raise WireError(f"okx: a candle has {len(row)} parts; 9 are expected")
        opened = stamp(row[0], "ts")
        return Candle(
            instrument=instrument,
            venue_ns=opened,
            received_ns=received_ns,
            interval_s=interval_s,
            open_ns=opened,
            open=number(row[1], "open"),
            high=number(row[2], "high"),
            low=number(row[3], "low"),
            close=number(row[4], "close"),
            volume=number(row[5], "vol"),
            quote_volume=number_or_none(row[7], "volCcyQuote") if len(row) == 9 else None,
            closed=len(row) == 9 and row[8] == "1",
        )
