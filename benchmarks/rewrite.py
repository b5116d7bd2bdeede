"""Turns recorded frames into today's wire formats, level by level and digit by digit."""

import re
from collections.abc import Iterator
from decimal import Decimal
from heapq import nlargest, nsmallest
from zlib import crc32

from benchmarks.streams import PlainBook, Stream, Texts, Wire, read

CHECKSUM = re.compile(rb'"checksum":-?\d+')


def okx_today(frames: list[bytes]) -> list[bytes]:
    """OKX frames of 2022 with what changed since: seqId and prevSeqId, and a checksum of 0."""
    last: dict[str, int] = {}
    written = []
    for frame in frames:
        symbol, snapshot, _, _ = read(Wire.OKX_2022, frame)
        previous = -1 if snapshot else last[symbol]
        last[symbol] = last.get(symbol, 123_456_000_000) + 7
        ids = b'"checksum":0,"seqId":%d,"prevSeqId":%d' % (last[symbol], previous)
        written.append(CHECKSUM.sub(ids, frame))
    return written


def okx_there_and_back(stream: Stream) -> Iterator[bytes]:
    """An endless OKX stream of one pair: the updates, then the updates that undo them.

    Every frame leaves a book that stood in the recording, so it can run for as long as wanted
    without a second snapshot. Sequence ids go on counting.
    """
    standing: dict[tuple[str, str], str] = {}
    symbol, _, bids, asks = read(Wire.OKX, stream.opening[0])
    for side, levels in (("bids", bids), ("asks", asks)):
        standing.update({(side, price): size for price, size in levels})
    undo: list[tuple[Texts, Texts]] = []
    there: list[tuple[Texts, Texts]] = []
    for frame in stream.frames:
        _, _, bids, asks = read(Wire.OKX, frame)
        there.append((bids, asks))
        undone = []
        for side, levels in (("bids", bids), ("asks", asks)):
            undone.append([(price, standing.get((side, price), "0")) for price, _ in levels])
            standing.update({(side, price): size for price, size in levels})
        undo.append((undone[0], undone[1]))
    rounds = [*there, *reversed(undo)]
    sequence = int(re.findall(rb'"seqId":(\d+)', stream.opening[0])[0])
    at_ms = 1_652_459_226_000
    while True:
        for bids, asks in rounds:
            yield _okx_frame(symbol, bids, asks, at_ms, sequence + 7, sequence)
            sequence += 7
            at_ms += 100


def _okx_frame(symbol: str, bids: Texts, asks: Texts, at_ms: int, now: int, before: int) -> bytes:
    def side(levels: Texts) -> str:
        return ",".join(f'["{price}","{size}","0","{int(size != "0")}"]' for price, size in levels)

    return (
        f'{{"arg":{{"channel":"books","instId":"{symbol}"}},"action":"update","data":[{{'
        f'"asks":[{side(asks)}],"bids":[{side(bids)}],"ts":"{at_ms}","checksum":0,'
        f'"seqId":{now},"prevSeqId":{before}}}]}}'
    ).encode()


def kraken_v2(stream: Stream, depth: int) -> Stream:
    """A Kraken v1 stream as v2 would send it at `depth`: number tokens with the same digits.

    Levels that leave the window are not deleted, as on the wire: the client truncates. Those that
    come into it are sent. The checksum is of the ten best levels a side.
    """
    truth = {pair.wire: PlainBook(stream.depth) for pair in stream.pairs}
    window = {pair.wire: PlainBook(depth) for pair in stream.pairs}
    texts: dict[str, dict[Decimal, str]] = {pair.wire: {} for pair in stream.pairs}
    names = {pair.wire: pair.wire.replace("XBT", "BTC") for pair in stream.pairs}
    places = {pair.wire: (pair.price_decimals, pair.size_decimals) for pair in stream.pairs}
    opening: list[bytes] = []
    frames: list[bytes] = []
    clock = 0
    for frame in (*stream.opening, *stream.frames):
        symbol, snapshot, bids, asks = read(Wire.KRAKEN_V1, frame)
        truth[symbol].apply(snapshot, bids, asks)
        texts[symbol].update({Decimal(price): price for price, _ in (*bids, *asks)})
        best = truth[symbol]
        wanted_bids = dict(nlargest(depth, best.bids.items()))
        wanted_asks = dict(nsmallest(depth, best.asks.items()))
        seen = window[symbol]
        changed = (
            _changes(seen.bids, wanted_bids, best.bids),
            _changes(seen.asks, wanted_asks, best.asks),
        )
        if not (changed[0] or changed[1]):
            continue
        seen.bids, seen.asks = wanted_bids, wanted_asks
        clock += 1
        decimals = places[symbol]
        said = (
            f'{{"channel":"book","type":"{"snapshot" if snapshot else "update"}","data":[{{'
            f'"symbol":"{names[symbol]}","bids":[{_v2_side(changed[0], decimals)}],'
            f'"asks":[{_v2_side(changed[1], decimals)}],'
            f'"checksum":{kraken_checksum(wanted_bids, wanted_asks, decimals)},'
            f'"timestamp":"2021-04-17T16:{clock // 60_000_000 % 60:02}:'
            f'{clock // 1_000_000 % 60:02}.{clock % 1_000_000:06}Z"}}]}}'
        ).encode()
        (opening if snapshot else frames).append(said)
    pairs = tuple(
        type(pair)(
            wire=names[pair.wire],
            base=pair.base.replace("XBT", "BTC"),
            quote=pair.quote.replace("XBT", "BTC"),
            price_decimals=pair.price_decimals,
            size_decimals=pair.size_decimals,
        )
        for pair in stream.pairs
    )
    return Stream(
        key=f"kraken-v2-{depth}",
        title=f"Kraken v2 book, depth {depth}",
        wire=Wire.KRAKEN_V2,
        pairs=pairs,
        opening=tuple(opening),
        frames=tuple(frames),
        depth=depth,
        note="v2 frames written from the v1 stream, every digit kept, right CRC-32",
    )


def _changes(
    seen: dict[Decimal, Decimal], wanted: dict[Decimal, Decimal], truth: dict[Decimal, Decimal]
) -> list[tuple[Decimal, Decimal]]:
    gone = [(price, Decimal(0)) for price in seen if price not in truth]
    return gone + [(price, size) for price, size in wanted.items() if seen.get(price) != size]


def _v2_side(levels: list[tuple[Decimal, Decimal]], decimals: tuple[int, int]) -> str:
    return ",".join(
        f'{{"price":{price:.{decimals[0]}f},"qty":{size:.{decimals[1]}f}}}'
        for price, size in levels
    )


def kraken_checksum(
    bids: dict[Decimal, Decimal], asks: dict[Decimal, Decimal], decimals: tuple[int, int]
) -> int:
    """Kraken's CRC-32 from text: ten best asks, then bids, digits without leading zeros."""
    levels = nsmallest(10, asks.items()) + nlargest(10, bids.items())
    text = "".join(
        f"{price:.{decimals[0]}f}".replace(".", "").lstrip("0")
        + f"{size:.{decimals[1]}f}".replace(".", "").lstrip("0")
        for price, size in levels
    )
    return crc32(text.encode())
