"""Reads the streams to measure from the captures, where they are at hand."""

import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from benchmarks.rewrite import kraken_v2, okx_today
from benchmarks.streams import Stream, Wire, pairs_of, read

ROOT = Path(__file__).resolve().parent.parent
FEEDS = {"okx": "feeds/OKX.jsonl.zst", "kraken": "feeds/KRAKEN.jsonl.zst"}
MARKET = (
    ("binance-usdm-btc", Wire.BINANCE_USDM, "binance_usdm_btcusdt_20240808.txt.zst", "BTC"),
    ("binance-spot-btc", Wire.BINANCE_SPOT, "binance_spot_btcusdt_20240808.txt.zst", "BTC"),
    ("binance-spot-eth", Wire.BINANCE_SPOT, "binance_spot_ethusdt_20240808.txt.zst", "ETH"),
)


def recordings() -> Path | None:
    """Where the captures are: ARGOSY_RECORDINGS, or shared/recordings beside the checkout."""
    found = Path(os.environ.get("ARGOSY_RECORDINGS") or ROOT.parent / "shared/recordings")
    return found if (found / FEEDS["okx"]).is_file() else None


def _lines(path: Path) -> Iterator[bytes]:
    import zstandard

    with path.open("rb") as file, zstandard.ZstdDecompressor().stream_reader(file) as stream:
        yield from io.BufferedReader(stream)


def _received(path: Path) -> Iterator[bytes]:
    for line in _lines(path):
        said = json.loads(line)
        if said["t"] == "recv":
            yield said["data"].encode()


def okx(folder: Path, limit: int) -> list[Stream]:
    """OKX `books` of May 2022: all three instruments, each kind alone, and as recorded."""
    recorded = [f for f in _received(folder / FEEDS["okx"]) if b'"action"' in f]
    today = okx_today(recorded)
    note = "recorded 2022-05; seqId, prevSeqId and a checksum of 0 written in, as frames have today"
    return [
        _okx_stream("okx", "OKX books, 3 instruments", Wire.OKX, today, b"", limit, note),
        _okx_stream("okx-43", "OKX books, BTC-USDT", Wire.OKX, today, b'"BTC-USDT"', limit, note),
        _okx_stream("okx-8", "OKX books, small", Wire.OKX, today, b'"UNI-USD-SWAP"', limit, note),
        _okx_stream(
            "okx-2022",
            "OKX books, checksum verified",
            Wire.OKX_2022,
            recorded,
            b"",
            limit,
            "as recorded in 2022-05; ours and cryptofeed verify every CRC-32; ccxt.pro verifies "
            "none (its releases that did took 7 times as long)",
        ),
    ]


def _okx_stream(
    key: str, title: str, wire: Wire, frames: list[bytes], only: bytes, limit: int, note: str
) -> Stream:
    chosen = [frame for frame in frames if only in frame]
    names = {}
    for frame in chosen:
        symbol = read(wire, frame)[0]
        base, quote, *rest = symbol.split("-")
        names[symbol] = (base, quote + "".join(rest))
    return Stream(
        key=key,
        title=title,
        wire=wire,
        pairs=pairs_of(wire, chosen, names),
        opening=tuple(f for f in chosen if b'"snapshot"' in f),
        frames=tuple(f for f in chosen if b'"snapshot"' not in f)[:limit],
        depth=400,
        note=note,
    )


def kraken(folder: Path, limit: int) -> list[Stream]:
    """Kraken's v1 `book-1000` of April 2021 with its checksums, and the same as v2."""
    chosen = [
        f for f in _received(folder / FEEDS["kraken"]) if b'"book-1000"' in f and f[:1] == b"["
    ]
    names = {symbol: tuple(symbol.split("/")) for symbol in {json.loads(f)[-1] for f in chosen}}
    opening = [f for f in chosen if b'"as"' in f]
    v1 = Stream(
        key="kraken-v1",
        title="Kraken v1 book, depth 1000, checksum",
        wire=Wire.KRAKEN_V1,
        pairs=pairs_of(Wire.KRAKEN_V1, chosen, names),
        opening=tuple(opening),
        frames=tuple(f for f in chosen if b'"as"' not in f)[:limit],
        depth=1000,
        note="recorded 2021-04",
    )
    return [v1, kraken_v2(v1, 10), kraken_v2(v1, 1000)]


def binance(folder: Path, limit: int) -> list[Stream]:
    """Binance's diff depth of August 2024: unthrottled futures and spot at 100 ms."""
    return [
        _binance_stream(key, wire, folder / "market" / name, base, limit)
        for key, wire, name, base in MARKET
        if (folder / "market" / name).is_file()
    ]


def _binance_stream(key: str, wire: Wire, path: Path, base: str, limit: int) -> Stream:
    snapshot = b""
    frames: list[bytes] = []
    for line in _lines(path):
        body = line.partition(b" ")[2].rstrip()
        if b'"depthUpdate"' in body:
            frames.append(body)
        elif not snapshot and b'"lastUpdateId"' in body[:40]:
            snapshot = body
    start = json.loads(snapshot)["lastUpdateId"]
    # Updates that the snapshot has already are dropped, as the venue's guide asks.
    newer = start if wire is Wire.BINANCE_USDM else start + 1
    wanted = [f for f in frames if int(re.findall(rb'"u":(\d+)', f)[0]) >= newer][:limit]
    product = "USD-M" if wire is Wire.BINANCE_USDM else "spot"
    symbol = f"{base}USDT"
    names = {symbol: (base, "USDT")}
    return Stream(
        key=key,
        title=f"Binance {product} {symbol}, deep",
        wire=wire,
        pairs=pairs_of(wire, [snapshot, *wanted], names, only=symbol),
        opening=(snapshot,),
        frames=tuple(wanted),
        note="recorded 2024-08",
    )
