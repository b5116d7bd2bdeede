"""`argosy record`, `replay` and `decode`: recordings made, played and read."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from argosy.cli.config import AsJson, ConfigFile

Recording = Annotated[Path, typer.Argument(help="A recording (JSON lines, plain or .zst).")]


def decode(
    venue: Annotated[str, typer.Argument(help="Whose recording it is: kraken, okx, ...")],
    file: Recording,
    summary: Annotated[
        bool, typer.Option("--summary", help="Only count: frames, events, books, checksums.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
) -> None:
    """Read a recording and print its normalised events as JSON lines.

    Exits with 1 when anything could not be read or a checksum was wrong.
    """
    from argosy.cli.output import note, print_json, progress
    from argosy.desk.decoding import Decoding
    from argosy.venues import catalog

    with progress(f"decoding {file.name}, line") as tell:
        decoding = Decoding(catalog.load(venue), file, tell)
        for event in decoding.events():
            if not summary:
                print_json(event)
    found = decoding.summary
    if summary and as_json:
        print_json(found)
    elif summary:
        _show(found)
    for problem in found.problems:
        note(f"line {problem.line}: {problem.reason}")
    if found.errors or found.checksums_wrong:
        raise typer.Exit(1)


def _show(found: "Summary") -> None:  # type: ignore[name-defined]  # noqa: F821
    from argosy.cli.output import table

    table(
        f"{found.venue}: {found.file}",
        ("what", "count"),
        [
            ("frames", found.frames),
            *((f"  {kind}", count) for kind, count in found.events.items()),
            ("ignored frames", found.ignored),
            ("errors", found.errors),
            ("gaps", found.gaps),
            ("checksums right", found.checksums_right),
            ("checksums wrong", found.checksums_wrong),
        ],
        right=("count",),
    )
    _show_books(found.instruments)


def _show_books(books: "dict[str, BookSummary]") -> None:  # type: ignore[name-defined]  # noqa: F821
    from argosy.cli.output import table

    table(
        "",
        ("instrument", "bids", "best bid", "best ask", "asks", "gaps", "right", "wrong", "live"),
        [
            (
                name,
                book.bids,
                book.best_bid,
                book.best_ask,
                book.asks,
                book.gaps,
                book.checksums_right,
                book.checksums_wrong,
                book.live,
            )
            for name, book in books.items()
        ],
        right=("bids", "best bid", "best ask", "asks", "gaps", "right", "wrong"),
    )


def replay(
    file: Recording,
    venue: Annotated[
        str, typer.Option("--venue", help="Whose recording; else its header says.")
    ] = "",
    speed: Annotated[
        float, typer.Option("--speed", min=0, help="1: as recorded; 0: as fast as it goes.")
    ] = 0,
    port: Annotated[int, typer.Option("--port", min=0, help="Where to serve it; 0: any.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Serve a recording over a real WebSocket to the real connector, and compare the final books.

    Exits with 1 when a book ends otherwise than a direct reading of the file ends it.
    """
    from argosy.cli.output import note, print_json, progress
    from argosy.desk.replaying import replay as play
    from argosy.desk.replaying import venue_of
    from argosy.venues import catalog

    adapter = catalog.load(venue or venue_of(file))
    with progress(f"replaying {file.name}, frame") as tell:
        result = asyncio.run(
            play(
                adapter,
                file,
                speed=speed,
                port=port,
                on_start=lambda address: note(f"serving {file.name} at {address}"),
                progress=tell,
            )
        )
    if as_json:
        print_json(result)
    else:
        _show_books(result.instruments)
        typer.echo(
            f"{result.frames_served} frames served, {result.frames_received} received; "
            f"checksums {result.checksums_right} right, {result.checksums_wrong} wrong; "
            f"{result.books_same} of {result.books_compared} books end as the file says"
        )
    if not result.same:
        raise typer.Exit(1)


def record(
    instruments: Annotated[
        list[str], typer.Argument(help="Instruments: kraken:BTC/USD okx:BTC/USDT:USDT ...")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The file to write; .zst compresses.")
    ] = Path("recording.jsonl.zst"),
    seconds: Annotated[
        float, typer.Option("--seconds", min=0, help="How long; 0: until interrupted.")
    ] = 0,
    live: Annotated[
        bool, typer.Option("--live", help="From the venues themselves, not the sandbox.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Record raw frames, with what was sent and asked, in the form that replay and decode read."""
    from argosy.cli.output import note, progress
    from argosy.desk.record import record as run
    from argosy.desk.settings import load

    settings = load(config, overrides={"desk.environment": "live" if live else None}).settings
    note(f"connecting to {'the venue itself' if live else 'a sandbox of its own'}")
    with progress(f"recording to {out}, frames") as tell:
        frames = asyncio.run(run(settings, instruments, out, seconds, tell))
    note(f"{frames} frames in {out}")
