"""Makes streams in the venues' wire formats from a seed, for where no recordings are at hand.

A walk of best prices with busy levels near them; not a market, but the same bytes to read.
"""

import random
from decimal import Decimal

from benchmarks.rewrite import kraken_checksum, kraken_v2
from benchmarks.streams import PlainBook, Stream, Texts, Wire, pairs_of

SEED = 20_261_122


class _Walk:
    """A book that moves: price ticks as ints, sizes in lots."""

    def __init__(self, rng: random.Random, middle: int, depth: int) -> None:
        self.rng = rng
        self.middle = middle
        self.depth = depth
        self.bids = {middle - 1 - i: self._size() for i in range(depth)}
        self.asks = {middle + 1 + i: self._size() for i in range(depth)}

    def _size(self) -> int:
        return int(self.rng.expovariate(1 / 50_000)) + 1

    def step(self, levels: int) -> tuple[dict[int, int], dict[int, int]]:
        """Changes of one frame: {tick: size}, 0 for a level that went."""
        self.middle += self.rng.choice((-1, 0, 0, 0, 1))
        bids: dict[int, int] = {}
        asks: dict[int, int] = {}
        for tick in [t for t in self.bids if t >= self.middle]:
            bids[tick] = 0
        for tick in [t for t in self.asks if t <= self.middle]:
            asks[tick] = 0
        while len(bids) + len(asks) < levels:
            away = 1 + min(self.depth - 1, int(self.rng.expovariate(8 / self.depth)))
            side, book, sign = (
                (bids, self.bids, -1) if self.rng.random() < 0.5 else (asks, self.asks, 1)
            )
            tick = self.middle + sign * away
            gone = tick in book and self.rng.random() < 0.4
            side[tick] = 0 if gone else self._size()
        for book, changes in ((self.bids, bids), (self.asks, asks)):
            for tick, size in changes.items():
                if size:
                    book[tick] = size
                else:
                    book.pop(tick, None)
        return bids, asks


def _texts(levels: dict[int, int], price_decimals: int, size_decimals: int, best: int) -> Texts:
    return [
        (
            f"{Decimal(tick).scaleb(-price_decimals):f}",
            f"{Decimal(size).scaleb(-size_decimals):f}" if size else "0",
        )
        for tick, size in sorted(levels.items(), reverse=best < 0)
    ]


def streams(limit: int) -> list[Stream]:
    """One stream of each format, as deep and as busy as the recorded ones."""
    rng = random.Random(SEED)
    found = []
    for key, title, levels, depth in (
        ("okx-43", "OKX books, BTC-USDT", 43, 400),
        ("okx-8", "OKX books, small", 8, 400),
    ):
        found.append(_okx(rng, key, title, levels, depth, min(limit, 500)))
    v1 = _kraken(rng, min(limit, 2000))
    found += [v1, kraken_v2(v1, 10), kraken_v2(v1, 1000)]
    found.append(_binance(rng, "binance-usdm-btc", Wire.BINANCE_USDM, 62, 5000, min(limit, 1000)))
    found.append(_binance(rng, "binance-spot-btc", Wire.BINANCE_SPOT, 31, 5000, min(limit, 1000)))
    return found


def _okx(rng: random.Random, key: str, title: str, levels: int, depth: int, count: int) -> Stream:
    walk = _Walk(rng, 302_435, depth)
    frames = []
    sequence = 123_456_000_000
    for i in range(count + 1):
        bids, asks = (walk.bids, walk.asks) if i == 0 else walk.step(levels)
        sides = [
            ",".join(f'["{price}","{size}","0","1"]' for price, size in _texts(side, 1, 8, best))
            for side, best in ((asks, 1), (bids, -1))
        ]
        frames.append(
            (
                f'{{"arg":{{"channel":"books","instId":"BTC-USDT"}},"action":'
                f'"{"update" if i else "snapshot"}","data":[{{"asks":[{sides[0]}],'
                f'"bids":[{sides[1]}],"ts":"{1_652_459_226_000 + 100 * i}","checksum":0,'
                f'"seqId":{sequence + 7},"prevSeqId":{sequence if i else -1}}}]}}'
            ).encode()
        )
        sequence += 7
    return Stream(
        key=key,
        title=title,
        wire=Wire.OKX,
        pairs=pairs_of(Wire.OKX, frames, {"BTC-USDT": ("BTC", "USDT")}),
        opening=(frames[0],),
        frames=tuple(frames[1:]),
        depth=400,
        note=f"generated, seed {SEED}",
    )


def _kraken(rng: random.Random, count: int) -> Stream:
    walk = _Walk(rng, 35_820, 950)
    truth = PlainBook(1000)
    frames = []
    for i in range(count + 1):
        bids, asks = (walk.bids, walk.asks) if i == 0 else walk.step(1)
        texts = [
            [(price, size if size != "0" else "0.00000000") for price, size in side]
            for side in (_texts(bids, 2, 8, -1), _texts(asks, 2, 8, 1))
        ]
        truth.apply(i == 0, *texts)
        rows = [",".join(f'["{p}","{s}","1618678133.{i:06}"]' for p, s in side) for side in texts]
        if i == 0:
            body = f'{{"as":[{rows[1]}],"bs":[{rows[0]}]}}'
        else:
            parts = [f'{{"{k}":[{row}]' for k, row in (("a", rows[1]), ("b", rows[0])) if row]
            crc = kraken_checksum(truth.bids, truth.asks, (2, 8))
            body = "},".join(parts) + f',"c":"{crc}"}}'
        frames.append(f'[1664,{body},"book-1000","XMR/USD"]'.encode())
    return Stream(
        key="kraken-v1",
        title="Kraken v1 book, depth 1000, checksum",
        wire=Wire.KRAKEN_V1,
        pairs=pairs_of(Wire.KRAKEN_V1, frames, {"XMR/USD": ("XMR", "USD")}),
        opening=(frames[0],),
        frames=tuple(frames[1:]),
        depth=1000,
        note=f"generated, seed {SEED}",
    )


def _binance(
    rng: random.Random, key: str, wire: Wire, levels: int, depth: int, count: int
) -> Stream:
    walk = _Walk(rng, 618_002, depth)
    update = 5_123_107_852_948
    frames = []
    for i in range(count + 1):
        bids, asks = (walk.bids, walk.asks) if i == 0 else walk.step(levels)
        sides = [
            ",".join(f'["{price}","{size}"]' for price, size in _texts(side, 1, 3, best))
            for side, best in ((bids, -1), (asks, 1))
        ]
        if i == 0:
            frames.append(
                f'{{"lastUpdateId":{update},"E":1723161256501,"T":1723161256493,'
                f'"bids":[{sides[0]}],"asks":[{sides[1]}]}}'.encode()
            )
            continue
        last, update = update, update + 11
        previous = f'"pu":{last},' if wire is Wire.BINANCE_USDM else ""
        first = last if wire is Wire.BINANCE_USDM and i == 1 else last + 1
        frames.append(
            (
                f'{{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate",'
                f'"E":{1_723_161_256_600 + i},"T":{1_723_161_256_598 + i},"s":"BTCUSDT",'
                f'"U":{first},"u":{update},{previous}"b":[{sides[0]}],"a":[{sides[1]}]}}}}'
            ).encode()
        )
    product = "USD-M" if wire is Wire.BINANCE_USDM else "spot"
    return Stream(
        key=key,
        title=f"Binance {product} BTCUSDT, deep",
        wire=wire,
        pairs=pairs_of(wire, frames, {"BTCUSDT": ("BTC", "USDT")}, only="BTCUSDT"),
        opening=(frames[0],),
        frames=tuple(frames[1:]),
        note=f"generated, seed {SEED}",
    )
