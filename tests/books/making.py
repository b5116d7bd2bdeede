"""Makes instruments, books and readers for the tests of books."""

from decimal import Decimal

from argosy.books import BookFormat, BookReader, Checksum, Continuity, Role, Shelf, VenueBook
from argosy.model import Instrument, InstrumentId, InstrumentKind, VenueId


def spot(venue="okx", symbol="BTC/USDT", *, price="0.1", size="0.00000001", **more) -> Instrument:
    base, _, quote = symbol.partition("/")
    return Instrument(
        id=InstrumentId(f"{venue}:{symbol}"),
        venue=VenueId(venue),
        venue_symbol=symbol.replace("/", "-"),
        kind=InstrumentKind.SPOT,
        base=base,
        quote=quote,
        price_increment=Decimal(price),
        size_increment=Decimal(size),
        **more,
    )


OKX_FORM = BookFormat(
    roles={
        "instId": Role.SYMBOL,
        "action": Role.KIND,
        "asks": Role.ASKS,
        "bids": Role.BIDS,
        "ts": Role.TIME_MS,
        "checksum": Role.CHECKSUM,
        "prevSeqId": Role.PREVIOUS,
        "seqId": Role.SEQUENCE,
    },
    continuity=Continuity.PREVIOUS,
    checksum=Checksum.OKX,
)

KRAKEN_FORM = BookFormat(
    roles={
        "symbol": Role.SYMBOL,
        "type": Role.KIND,
        "asks": Role.ASKS,
        "bids": Role.BIDS,
        "checksum": Role.CHECKSUM,
        "timestamp": Role.TIME_ISO,
    },
    price_key="price",
    size_key="qty",
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    truncate=True,
)

KRAKEN_V1_FORM = BookFormat(
    roles={
        "as": Role.SNAPSHOT_ASKS,
        "bs": Role.SNAPSHOT_BIDS,
        "a": Role.ASKS,
        "b": Role.BIDS,
        "c": Role.CHECKSUM,
    },
    continuity=Continuity.NONE,
    checksum=Checksum.KRAKEN,
    time_index=2,
    symbol_last=True,
    scale_from_snapshot=True,
    truncate=True,
)

BINANCE_ROLES = {
    "s": Role.SYMBOL,
    "U": Role.FIRST,
    "u": Role.SEQUENCE,
    "pu": Role.PREVIOUS,
    "b": Role.BIDS,
    "a": Role.ASKS,
    "bids": Role.BIDS,
    "asks": Role.ASKS,
    "lastUpdateId": Role.SEQUENCE,
    "E": Role.TIME_MS,
}
BINANCE_SPOT_FORM = BookFormat(roles=BINANCE_ROLES, continuity=Continuity.RANGE)
BINANCE_FUTURES_FORM = BookFormat(roles=BINANCE_ROLES, continuity=Continuity.RANGE_PREVIOUS)


def reader(
    form: BookFormat, instrument: Instrument | None = None, symbol="BTC-USDT", depth=0
) -> tuple[BookReader, VenueBook]:
    made = BookReader(form, Shelf())
    return made, made.attach(symbol, instrument or spot(), depth)


def okx_frame(  # noqa: PLR0917
    kind="update", bids=(), asks=(), previous=-1, sequence=1, symbol="BTC-USDT", checksum=0
) -> bytes:
    def side(levels):
        return ",".join(f'["{price}","{size}","0","1"]' for price, size in levels)

    return (
        f'{{"arg":{{"channel":"books","instId":"{symbol}"}},"action":"{kind}","data":[{{"asks":'
        f'[{side(asks)}],"bids":[{side(bids)}],"ts":"1597026383085","checksum":{checksum},'
        f'"prevSeqId":{previous},"seqId":{sequence}}}]}}'
    ).encode()
