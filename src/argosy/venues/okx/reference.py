"""OKX's instruments, clock and candles over REST. Builds calls and reads answers; sends nothing."""

from collections.abc import Iterable, Sequence
from functools import partial

from argosy.errors import Unsupported, VenueError, WireError
from argosy.model import (
    Candle,
    Instrument,
    InstrumentId,
    InstrumentKind,
    InstrumentStatus,
    Nanos,
    OptionRight,
    Payoff,
    VenueId,
    instrument_id,
)
from argosy.model.time import to_ms
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.venues.okx.candles import BARS, candle
from argosy.venues.okx.envelope import read_one, read_rows
from argosy.venues.okx.names import VENUE, Names, guess_id
from argosy.venues.okx.values import (
    decoding,
    number,
    positive_or_none,
    shown,
    stamp,
    stamp_or_none,
)
from argosy.venues.okx.wire import InstrumentRow, ServerTime

OPTION_FAMILIES = ("BTC-USD", "ETH-USD")  # coin-settled; a listing of options needs a family
_CANDLES_MAX = 300
_INSTRUMENTS = ("/api/v5/public/instruments", "/api/v5/account/instruments")
_STATES = {
    "live": InstrumentStatus.TRADING,
    "suspend": InstrumentStatus.SUSPENDED,
    "rebase": InstrumentStatus.SUSPENDED,
    "settling": InstrumentStatus.SUSPENDED,
    "preopen": InstrumentStatus.PREOPEN,
    "post_only": InstrumentStatus.POST_ONLY,
    "expired": InstrumentStatus.EXPIRED,
}
_KINDS = {
    "SPOT": InstrumentKind.SPOT,
    "MARGIN": InstrumentKind.SPOT,
    "SWAP": InstrumentKind.PERPETUAL,
    "FUTURES": InstrumentKind.FUTURE,
    "OPTION": InstrumentKind.OPTION,
}


def status_of(state: str | None) -> InstrumentStatus:
    """OKX's `state`; words we do not know count as suspended, never as tradable."""
    return _STATES.get(state or "", InstrumentStatus.SUSPENDED)


def read_instrument(row: InstrumentRow) -> Instrument | None:
    """An instrument, or None for what we do not model: event contracts, tests, and instruments that
    are announced without their increments. Raises WireError.
    """
    kind = _KINDS.get(row.inst_type)
    if kind is None or row.state == "test" or not row.tick_sz or not row.lot_sz:
        return None
    if kind is not InstrumentKind.SPOT and not (row.ct_val and row.settle_ccy):
        return None
    with decoding(f"instrument {shown(row.inst_id)}"):
        return _spot(row) if kind is InstrumentKind.SPOT else _contract(row, kind)


def _spot(row: InstrumentRow) -> Instrument:
    if not row.base_ccy or not row.quote_ccy:
        raise WireError(f"okx: spot {shown(row.inst_id)} has no baseCcy or quoteCcy")
    leverage = positive_or_none(row.lever, "lever")
    margin = row.inst_type == "MARGIN" or (leverage is not None and leverage > 1)
    return Instrument(
        id=instrument_id(VENUE, f"{row.base_ccy}/{row.quote_ccy}"),
        venue=VenueId(VENUE),
        venue_symbol=row.inst_id,
        kind=InstrumentKind.SPOT,
        base=row.base_ccy,
        quote=row.quote_ccy,
        price_increment=number(row.tick_sz, "tickSz"),
        size_increment=number(row.lot_sz, "lotSz"),
        margin=margin,
        max_leverage=leverage if margin else None,
        min_size=positive_or_none(row.min_sz, "minSz"),
        max_size=positive_or_none(row.max_lmt_sz, "maxLmtSz"),
        max_market_size=None,  # maxMktSz of spot is in USDT
        status=status_of(row.state),
        venue_code=None if row.inst_id_code is None else str(row.inst_id_code),
        listed_ns=stamp_or_none(row.list_time, "listTime"),
    )


def _contract(row: InstrumentRow, kind: InstrumentKind) -> Instrument:
    instrument = guess_id(row.inst_id)
    pair, _, tail = instrument.partition(":")[2].partition(":")
    base, _, quote = pair.partition("/")
    settle = row.settle_ccy or ""
    guessed, dash, rest = tail.partition("-")
    if guessed != settle:  # the settlement currency is the venue's word, not the name's
        instrument = instrument_id(VENUE, f"{pair}:{settle}{dash}{rest}")
    option = kind is InstrumentKind.OPTION
    return Instrument(
        id=instrument,
        venue=VenueId(VENUE),
        venue_symbol=row.inst_id,
        kind=kind,
        base=base,
        quote=quote,
        settle=settle,
        payoff=Payoff.INVERSE if settle == base else Payoff.LINEAR,
        contract_size=number(row.ct_val, "ctVal") * number(row.ct_mult or "1", "ctMult"),
        price_increment=number(row.tick_sz, "tickSz"),
        size_increment=number(row.lot_sz, "lotSz"),
        max_leverage=positive_or_none(row.lever, "lever"),
        min_size=positive_or_none(row.min_sz, "minSz"),
        max_size=positive_or_none(row.max_lmt_sz, "maxLmtSz"),
        max_market_size=positive_or_none(row.max_mkt_sz, "maxMktSz"),
        expiry_ns=None
        if kind is InstrumentKind.PERPETUAL
        else stamp_or_none(row.exp_time, "expTime"),
        strike=number(row.stk, "stk") if option else None,
        right=(OptionRight.CALL if row.opt_type == "C" else OptionRight.PUT) if option else None,
        status=status_of(row.state),
        venue_code=None if row.inst_id_code is None else str(row.inst_id_code),
        listed_ns=stamp_or_none(row.list_time, "listTime"),
    )


def read_instruments(response: HttpResponse) -> list[Instrument]:
    """Every instrument of a listing that we model."""
    rows = read_rows(response, InstrumentRow, "a list of instruments")
    return [found for row in rows if (found := read_instrument(row)) is not None]


class OkxReference:
    """What is traded at OKX, and plain public REST data."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def instruments(self) -> Sequence[Call[list[Instrument]]]:
        """A call per instrument type, margin after spot, and per option family."""
        queries = [
            *((("instType", kind),) for kind in ("SPOT", "MARGIN", "SWAP", "FUTURES")),
            *((("instType", "OPTION"), ("instFamily", name)) for name in OPTION_FAMILIES),
        ]
        return [
            Call(
                HttpRequest(
                    method="GET",
                    path=_INSTRUMENTS[0],
                    query=query,
                    cost={f"instruments/{query[0][1]}": 1},
                ),
                read_instruments,
            )
            for query in queries
        ]

    def learn(self, instruments: Iterable[Instrument]) -> None:
        """Remember instruments, for every capability of this adapter."""
        self._names.learn(instruments)

    def recognise(self, url: str, response: HttpResponse) -> list[Instrument]:
        """Instruments from a recorded listing; empty when it is none."""
        path = url.partition("?")[0]
        if not path.endswith(_INSTRUMENTS):
            return []
        try:
            return read_instruments(response)
        except VenueError:
            return []

    def server_time(self) -> Call[Nanos]:
        """The venue's clock."""
        return Call(
            HttpRequest(method="GET", path="/api/v5/public/time", cost={"time": 1}),
            lambda response: stamp(read_one(response, ServerTime, "server time").ts, "ts"),
        )

    def candles(
        self, instrument: InstrumentId, interval_s: int, since_ns: Nanos | None, limit: int
    ) -> Call[list[Candle]]:
        """Up to 300 candles, oldest first, starting with the one that opens at or after `since_ns`
        (None: the newest). Candles too old for the first endpoint come from the history.
        """
        if interval_s not in BARS:
            known = ", ".join(str(seconds) for seconds in BARS)
            raise Unsupported(f"OKX has no candles of {interval_s} s; it has {known}")
        limit = max(1, min(limit, _CANDLES_MAX))
        query = [
            ("instId", self._names.instrument(instrument).venue_symbol),
            ("bar", BARS[interval_s]),
            ("limit", str(limit)),
        ]
        if since_ns is None:
            return self._candles("candles", query, instrument, interval_s)
        before = max(to_ms(since_ns) - 1, 0)  # OKX's "before" is exclusive, and means newer than
        query += [("before", str(before)), ("after", str(before + 1000 * interval_s * limit))]
        old = self._candles("history-candles", query, instrument, interval_s)
        new = self._candles("candles", query, instrument, interval_s)
        return Call(new.request, new.read, lambda response: None if new.read(response) else old)

    def _candles(
        self, what: str, query: list[tuple[str, str]], instrument: InstrumentId, interval_s: int
    ) -> Call[list[Candle]]:
        request = HttpRequest(
            method="GET",
            path=f"/api/v5/market/{what}",
            query=tuple(query),
            cost={what.replace("-", "_"): 1},
        )
        return Call(request, partial(_read_candles, instrument, interval_s))


def _read_candles(
    instrument: InstrumentId, interval_s: int, response: HttpResponse
) -> list[Candle]:
    rows = read_rows(response, tuple[str, ...], "candles")
    return [candle(row, instrument, interval_s, response.received_ns) for row in reversed(rows)]
