"""`python -m benchmarks`: measures, prints one table, writes the same as JSON."""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    algo_rows,
    applied_rows,
    arbitrage_rows,
    chain_rows,
    frame_rows,
    generated,
    journal_rows,
    pool_rows,
    quoter_rows,
    recorded,
    route_rows,
    sign_rows,
    socket_rows,
    start_rows,
    universal_rows,
)
from benchmarks.rows import Row, show, write
from benchmarks.streams import Stream

PARTS = (
    "frames",
    "socket",
    "universal",
    "router",
    "arbitrage",
    "algorithms",
    "pools",
    "chain",
    "journal",
    "orders",
    "start",
)


def load(limit: int) -> tuple[list[Stream], str]:
    """The streams, and where they come from."""
    folder = recorded.recordings()
    if folder is None:
        return generated.streams(limit), f"frames generated with seed {generated.SEED}"
    found = recorded.okx(folder, limit) + recorded.kraken(folder, limit)
    return found + recorded.binance(folder, min(limit, 2000)), "recorded frames"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--floor", type=Path, help="the compiled floor program")
    parser.add_argument("--frames", type=int, default=4_300, help="most frames of a stream")
    parser.add_argument("--repeats", type=int, default=9, help="odd, so that a median was measured")
    parser.add_argument("--least", type=int, default=1_000, help="frames a repetition")
    parser.add_argument("--flood", type=int, default=20_000, help="frames over the socket")
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    options = parser.parse_args(arguments)
    streams, source = load(options.frames)
    if source != "recorded frames":
        print(f"No recordings (ARGOSY_RECORDINGS, ../shared/recordings): {source}.")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        if "frames" in options.parts:
            _say("books from raw frames, in one process")
            rows += frame_rows.measure(
                streams, options.repeats, options.least, options.floor, Path(folder)
            )
        few = max(1, options.repeats // 2)  # whole processes are slow and steadier
        by_key = {stream.key: stream for stream in streams}
        if "socket" in options.parts:
            _say("a flood over a loopback socket")
            rows += socket_rows.measure(by_key["okx-43"], few, options.flood, Path(folder))
        if "universal" in options.parts:
            _say("the universal book")
            rows += universal_rows.measure(by_key["okx-8"], options.repeats, 3_200)
        if "router" in options.parts:
            _say("the router")
            rows += route_rows.measure(options.repeats)
        if "arbitrage" in options.parts:
            _say("the scan for arbitrage")
            rows += arbitrage_rows.measure(options.repeats)
        if "algorithms" in options.parts:
            _say("execution algorithms on recorded trades")
            rows += algo_rows.measure(recorded.recordings(), few)
        if "pools" in options.parts:
            _say("pools")
            rows += applied_rows.measure(options.repeats)
            rows += pool_rows.measure(options.repeats)
            rows += quoter_rows.measure(options.repeats)
        if "chain" in options.parts:
            _say("a chain watched")
            rows += chain_rows.measure(options.repeats)
        if "journal" in options.parts:
            _say("the journal")
            rows += journal_rows.measure(options.repeats, Path(folder))
        if "orders" in options.parts:
            _say("orders")
            rows += sign_rows.measure(options.repeats)
        if "start" in options.parts:
            _say("imports and the command line")
            rows += start_rows.measure(few)
    show(rows, source)
    write(rows, options.json, source)
    print(f"Written to {options.json}")
    return 0


def _say(what: str) -> None:
    print(f"Measuring {what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
