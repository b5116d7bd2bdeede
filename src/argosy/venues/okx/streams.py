"""Which OKX channel carries what we subscribe to, and the frames that subscribe to it.

https://www.okx.com/docs-v5/en/#overview-websocket-subscribe (read 2026-11). Sends nothing.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from argosy.errors import Unsupported
from argosy.model import Instrument, InstrumentKind
from argosy.ports import Channel, Subscription
from argosy.venues.okx.candles import BARS
from argosy.venues.okx.names import Names, family, index_of, inst_type

PUBLIC = "ws_public"
BUSINESS = "ws_business"
PRIVATE = "ws_private"
MAX_ARGS_BYTES = 60_000  # the venue takes 64 KB of arguments in one frame
PRIVATE_CHANNELS = frozenset({Channel.ORDERS, Channel.FILLS, Channel.BALANCES, Channel.POSITIONS})


class StreamArg(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One argument of a subscribe operation; hashable: the key of a stream."""

    channel: str
    inst_id: str = ""
    inst_type: str = ""
    inst_family: str = ""


def book_channel(depth: int | None) -> str:
    """The channel for so many levels a side: best only, 5, or 400 (also for None and 0)."""
    if depth == 1:
        return "bbo-tbt"
    if depth is not None and 1 < depth <= 5:
        return "books5"
    if depth is not None and depth > 400:
        raise Unsupported(f"OKX streams at most 400 levels a side, not {depth}")
    return "books"


_BY_INSTRUMENT: Mapping[Channel, tuple[str, frozenset[InstrumentKind]]] = {
    Channel.TRADES: ("trades", frozenset(InstrumentKind)),
    Channel.TICKER: ("tickers", frozenset(InstrumentKind)),
    Channel.FUNDING: ("funding-rate", frozenset({InstrumentKind.PERPETUAL})),
    Channel.MARK_PRICE: ("mark-price", frozenset(InstrumentKind)),
    Channel.OPEN_INTEREST: (
        "open-interest",
        frozenset({InstrumentKind.PERPETUAL, InstrumentKind.FUTURE, InstrumentKind.OPTION}),
    ),
}


def _candle_arg(instrument: Instrument, subscription: Subscription) -> StreamArg:
    interval_s = subscription.interval_s or 60
    if interval_s not in BARS:
        raise Unsupported(
            f"OKX has no candles of {interval_s} s; it has {', '.join(map(str, BARS))}"
        )
    return StreamArg(channel=f"candle{BARS[interval_s]}", inst_id=instrument.venue_symbol)


def _greeks_arg(instrument: Instrument, _: Subscription) -> StreamArg:
    if instrument.kind is not InstrumentKind.OPTION:
        raise Unsupported(f"{instrument.id} is no option: it has no greeks")
    return StreamArg(channel="opt-summary", inst_family=family(instrument))


def _liquidations_arg(instrument: Instrument, _: Subscription) -> StreamArg:
    if instrument.kind is InstrumentKind.SPOT:
        raise Unsupported(f"OKX publishes no liquidations of spot ({instrument.id})")
    return StreamArg(channel="liquidation-orders", inst_type=inst_type(instrument))


_SPECIAL: Mapping[Channel, Callable[[Instrument, Subscription], StreamArg]] = {
    Channel.BOOK: lambda i, s: StreamArg(channel=book_channel(s.depth), inst_id=i.venue_symbol),
    Channel.CANDLES: _candle_arg,
    Channel.GREEKS: _greeks_arg,
    Channel.LIQUIDATIONS: _liquidations_arg,
    Channel.INDEX_PRICE: lambda i, _: StreamArg(channel="index-tickers", inst_id=index_of(i)),
    Channel.INSTRUMENTS: lambda i, _: StreamArg(channel="instruments", inst_type=inst_type(i)),
}


def stream_arg(subscription: Subscription, names: Names) -> StreamArg:
    """The argument that subscribes to it; Unsupported for what OKX does not stream."""
    channel = subscription.channel
    if channel in PRIVATE_CHANNELS:
        raise Unsupported(f"{channel} is a private stream: see private_plans")
    if subscription.instrument is None:
        raise Unsupported(f"{channel} needs an instrument")
    instrument = names.instrument(subscription.instrument)
    special = _SPECIAL.get(channel)
    if special is not None:
        return special(instrument, subscription)
    word, kinds = _BY_INSTRUMENT[channel]
    if instrument.kind not in kinds:
        raise Unsupported(f"OKX has no {channel} of a {instrument.kind} ({instrument.id})")
    return StreamArg(channel=word, inst_id=instrument.venue_symbol)


def url_of(arg: StreamArg) -> str:
    """The role of the URL that carries a channel: candles live on the business one."""
    return BUSINESS if arg.channel.startswith("candle") else PUBLIC


def operations(
    op: str, args: Sequence[StreamArg], batch: int, first_id: int, prefix: str = "s"
) -> list[tuple[str, str, tuple[StreamArg, ...]]]:
    """(id, frame, its arguments) of the frames that carry `args`, within count and bytes."""
    frames: list[tuple[str, str, tuple[StreamArg, ...]]] = []
    start = 0
    while start < len(args):
        stop, size = start, 0
        while stop < len(args) and stop - start < batch:
            size += len(msgspec.json.encode(args[stop])) + 1
            if size > MAX_ARGS_BYTES:
                break
            stop += 1
        chunk = tuple(args[start:stop])
        ident = f"{prefix}{first_id + len(frames)}"
        text = msgspec.json.encode({"id": ident, "op": op, "args": chunk}).decode()
        frames.append((ident, text, chunk))
        start = stop
    return frames
