"""How closely algorithms keep to their benchmark on recorded trades, and what an input costs.

The error is the root mean square, over windows of two minutes, of how far the average price paid is
from the market's, in basis points (`argosy.testing.tracking`); beside doing without algorithms.
"""

import gc
import statistics
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from argosy.execution.work import Input, Market, Work
from argosy.model import Instrument, InstrumentId, InstrumentKind, Side, VenueId
from argosy.testing.replayed import Replayed, binance_spot
from argosy.testing.tracking import Contenders, Window, error_bps, windows
from benchmarks.rows import Row, compared, skipped

GROUP = "algorithms"
FILES = {
    "BTC": "binance_spot_btcusdt_20240808.txt.zst",
    "ETH": "binance_spot_ethusdt_20240808.txt.zst",
}
PARTS = 24


class _Seen(dict[InstrumentId, Market]):
    """One market at its time, as works look at it."""

    def __init__(self, market: Market) -> None:
        super().__init__({market.about.id: market})
        self.now_ns = market.now_ns


_NOTE = "{} windows of 120 s, {} parts; Binance spot, recorded 2024-08"


def measure(folder: Path | None, repeats: int) -> list[Row]:
    """Rows for each recording that is there."""
    rows = []
    for base, name in FILES.items():
        path = folder / "market" / name if folder is not None else None
        if path is None or not path.is_file():
            rows.append(skipped(GROUP, f"tracking {base}", "", f"no recording of {base} trades"))
        else:
            rows += _measure(base, path, repeats)
    return rows


def _measure(base: str, path: Path, repeats: int) -> list[Row]:
    about = Instrument(
        id=InstrumentId(f"binance:{base}/USDT"),
        venue=VenueId("binance"),
        venue_symbol=f"{base}USDT",
        kind=InstrumentKind.SPOT,
        base=base,
        quote="USDT",
        price_increment=Decimal("0.01"),
        size_increment=Decimal("0.00001"),
        min_size=Decimal("0.00001"),
    )
    over = windows(list(binance_spot(path)), length_s=120, every_s=10, after_s=120, step_s=1)
    ours = Contenders(about, Side.BUY, Decimal(1), PARTS)
    note = _NOTE.format(len(over), PARTS)

    def row(
        name: str,
        make: Callable[[Window], Work],
        peer: str,
        other: Callable[[Window], Work],
        benchmark: Callable[[Window], Decimal],
    ) -> Row:
        error, theirs = (error_bps(one, over, about, benchmark) for one in (make, other))
        return compared(GROUP, f"{name}, {base}", "bps", error, peer, "", theirs, note=note)

    return [
        row("TWAP, error to TWAP", ours.equal, "all at once", ours.at_once, _twap),
        row("VWAP, error to VWAP", ours.by_curve, "all at once", ours.at_once, _vwap),
        row("VWAP, error to VWAP", ours.by_curve, "equal parts", ours.equal, _vwap),
        row("POV, error to VWAP", ours.participating, "equal parts", ours.equal, _vwap),
        _cost(f"TWAP, an input, {base}", about, ours.equal, over[0], repeats),
        _cost(f"VWAP, an input, {base}", about, ours.by_curve, over[0], repeats),
        _cost(f"POV, an input, {base}", about, ours.participating, over[0], repeats),
    ]


def _vwap(window: Window) -> Decimal:
    return window.vwap


def _twap(window: Window) -> Decimal:
    return window.twap


def _cost(
    name: str, about: Instrument, make: Callable[[Window], Work], window: Window, repeats: int
) -> Row:
    """Every input of a window again, each given to the work as it was then."""
    heard: list[tuple[Work, Input, _Seen]] = []
    replayed = Replayed(about, make(window))
    replayed.heard = lambda work, event, market: heard.append((work, event, _Seen(market)))
    replayed.run(window.ticks, window.until_ns)
    times = []
    for _ in range(repeats):
        gc.collect()
        gc.disable()
        try:
            began = time.thread_time_ns()
            for work, event, markets in heard:
                work.receive(event, markets)
            times.append((time.thread_time_ns() - began) / 1e3 / len(heard))
        finally:
            gc.enable()
    note = f"{len(heard)} inputs of one window: trades, moves of the best prices, reports, wake-ups"
    return compared(GROUP, name, "us/input", statistics.median(times), note=note)
