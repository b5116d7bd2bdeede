"""What Kraken trades: AssetPairs as instruments, its clock, its candles. Does no I/O."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial

from argosy.errors import Unsupported, VenueError, WireError
from argosy.model import (
    Candle,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    VenueId,
    instrument_id,
)
from argosy.model.time import SECOND
from argosy.ports import Call, HttpResponse
from argosy.venues.kraken import rest, wire_rest
from argosy.venues.kraken.symbols import VENUE, Symbols, asset, from_ws_name

INTERVALS_S = tuple(60 * m for m in (1, 5, 15, 30, 60, 240, 1440, 10080, 21600))
MOST_CANDLES = 720  # Kraken keeps no more, whatever `since` says

STATUS = {
    "online": InstrumentStatus.TRADING,
    "cancel_only": InstrumentStatus.CANCEL_ONLY,
    "post_only": InstrumentStatus.POST_ONLY,
    "limit_only": InstrumentStatus.LIMIT_ONLY,
    "reduce_only": InstrumentStatus.REDUCE_ONLY,
    "maintenance": InstrumentStatus.SUSPENDED,
    "work_in_progress": InstrumentStatus.PREOPEN,
    "delisted": InstrumentStatus.EXPIRED,
}


class KrakenReference:
    """A MarketReference."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols

    def instruments(self) -> Sequence[Call[list[Instrument]]]:
        """AssetPairs, and again for tokenized assets, which it leaves out unless asked."""
        read = rest.reader(wire_rest.asset_pairs, "AssetPairs", _instruments)
        tokens = (("aclass_base", "tokenized_asset"),)
        return [
            Call(rest.public("AssetPairs"), read),
            Call(rest.public("AssetPairs", tokens), read),
        ]

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember instruments."""
        self._symbols.learn(instruments)

    def recognise(self, url: str, response: HttpResponse) -> list[Instrument]:
        """Instruments of a recorded AssetPairs reply; none for any other url."""
        if "/public/AssetPairs" not in url:
            return []
        try:
            return rest.reader(wire_rest.asset_pairs, "AssetPairs", _instruments)(response)
        except (WireError, VenueError):
            return []

    def server_time(self) -> Call[Nanos]:
        """Whole seconds, which is all that Kraken tells."""
        return Call(
            rest.public("Time"),
            rest.reader(wire_rest.server_time, "Time", lambda t, _: Nanos(t.unixtime * SECOND)),
        )

    def candles(
        self, instrument: InstrumentId, interval_s: int, since_ns: Nanos | None, limit: int
    ) -> Call[list[Candle]]:
        """The last `limit` (720 at most) candles that opened after `since_ns`; the newest is open.

        Raises Unsupported for an interval Kraken has not, or an instrument nobody taught us.
        """
        if interval_s not in INTERVALS_S:
            raise Unsupported(f"Kraken has no candles of {interval_s} s; it has {INTERVALS_S}")
        known = self._symbols.need(instrument)
        query = [("pair", known.venue_code or ""), ("interval", str(interval_s // 60))]
        if since_ns is not None:
            query.append(("since", str(since_ns // SECOND)))
        return Call(
            rest.public("OHLC", query),
            rest.reader(wire_rest.ohlc, "OHLC", partial(_candles, instrument, interval_s, limit)),
        )


def _instruments(pairs: dict[str, wire_rest.AssetPair], response: HttpResponse) -> list[Instrument]:
    del response
    return [instrument(code, pair) for code, pair in pairs.items() if pair.wsname]


def instrument(code: str, pair: wire_rest.AssetPair) -> Instrument:
    """A pair as an instrument; the old dark-pool pairs (no wsname) are for nobody.

    Raises ValueError when the figures do not fit together.
    """
    symbol = from_ws_name(pair.wsname)
    if not 0 <= pair.pair_decimals <= 30 or not 0 <= pair.lot_decimals <= 30:
        raise ValueError(f"{code}: {pair.pair_decimals} and {pair.lot_decimals} decimals")
    leverages = [*pair.leverage_buy, *pair.leverage_sell]
    return Instrument(
        id=instrument_id(VENUE, symbol),
        venue=VenueId(VENUE),
        venue_symbol=symbol,
        kind=InstrumentKind.SPOT,
        base=asset(symbol.partition("/")[0]),
        quote=asset(symbol.partition("/")[2]),
        # Recordings from before 2022 have no tick_size; prices then had pair_decimals places.
        price_increment=pair.tick_size or Decimal(1).scaleb(-pair.pair_decimals),
        size_increment=Decimal(1).scaleb(-pair.lot_decimals),
        margin=bool(leverages),
        max_leverage=max(leverages, default=None),
        min_size=pair.ordermin,
        min_notional=pair.costmin,
        status=STATUS.get(pair.status, InstrumentStatus.SUSPENDED),
        venue_code=code,
    )


def _candles(
    of: InstrumentId,
    interval_s: int,
    limit: int,
    result: dict[str, list[wire_rest.OhlcRow] | int | str],
    response: HttpResponse,
) -> list[Candle]:
    rows = next((rows for name, rows in result.items() if name != "last"), [])
    if not isinstance(rows, list):
        raise WireError(f"kraken OHLC: {rows!r} where rows were due")
    wanted = rows[-limit:] if limit > 0 else []
    newest = rows[-1][0] if rows else 0
    return [
        Candle(
            instrument=of,
            venue_ns=Nanos(row[0] * SECOND),
            received_ns=response.received_ns,
            interval_s=interval_s,
            open_ns=Nanos(row[0] * SECOND),
            open=row[1],
            high=row[2],
            low=row[3],
            close=row[4],
            volume=row[6],
            trades=row[7],
            closed=row[0] != newest,
        )
        for row in wanted
    ]
