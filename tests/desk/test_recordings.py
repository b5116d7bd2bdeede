"""Recordings: made from the simulated venues, read, and played back over sockets."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
import zstandard

from argosy.desk.decoding import Decoding
from argosy.desk.record import record
from argosy.desk.replaying import replay, venue_of
from argosy.desk.settings import SandboxConfig, Settings
from argosy.errors import ConfigError, Unsupported
from argosy.model import BookSnapshot, BookUpdate, Trade
from argosy.venues import catalog

INSTRUMENTS = {
    "kraken": ["kraken:BTC/USD", "kraken:ETH/USD"],
    "okx": ["okx:BTC/USDT", "okx:BTC/USDT:USDT"],
}
both = pytest.mark.parametrize("venue", ["kraken", "okx"])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A short recording of each simulated venue, made once."""
    folder = tmp_path_factory.mktemp("recordings")

    async def make() -> list[Path]:
        return list(
            await asyncio.gather(
                made(folder, "kraken", ".jsonl"), made(folder, "okx", ".jsonl.zst")
            )
        )

    return dict(zip(INSTRUMENTS, asyncio.run(make()), strict=True))


def lines_of(path: Path) -> list[bytes]:
    with path.open("rb") as file:
        packed = file.read(4) == zstandard.FRAME_HEADER
        file.seek(0)
        source = zstandard.ZstdDecompressor().stream_reader(file) if packed else file
        return source.read().splitlines(keepends=True)


async def made(folder: Path, venue: str, suffix: str) -> Path:
    path = folder / f"{venue}{suffix}"
    seen: list[int] = []
    settings = Settings(sandbox=SandboxConfig(seed=11))
    frames = await record(settings, INSTRUMENTS[venue], path, 1.0, seen.append)
    assert frames > 10
    assert seen[-1] <= frames
    return path


@both
async def test_what_is_recorded_is_read_and_played_to_the_same_books(
    venue: str, files: dict[str, Path]
) -> None:
    path = files[venue]
    assert venue_of(path) == venue
    progress: list[int] = []
    decoding = Decoding(catalog.load(venue), path, progress.append)
    events = list(decoding.events())
    summary = decoding.summary
    assert not summary.problems
    assert (summary.errors, summary.gaps, summary.checksums_wrong) == (0, 0, 0)
    assert sorted(summary.instruments) == sorted(INSTRUMENTS[venue])
    assert all(book.live and book.bids and book.asks for book in summary.instruments.values())
    kinds = Counter(type(event) for event in events)
    assert kinds[BookSnapshot] == 2
    assert kinds[BookUpdate] > 5
    assert sum(summary.events.values()) == len(events)
    played = await replay(catalog.load(venue), path)
    assert played.same, played.different
    assert played.books_compared == 2
    assert played.frames_received == played.frames_served == summary.frames
    assert played.instruments == summary.instruments


def test_damage_is_counted_with_its_line_and_the_rest_is_read(
    files: dict[str, Path], tmp_path: Path
) -> None:
    lines = lines_of(files["kraken"])
    at = len(lines) - 3
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b"".join([*lines[:at], b"{nonsense\n", *lines[at:], lines[-1][:40]]))
    decoding = Decoding(catalog.load("kraken"), broken)
    events = list(decoding.events())
    assert events
    assert decoding.summary.errors >= 2
    assert decoding.summary.problems[0].line == at + 1
    assert len(decoding.summary.problems) <= 20


def test_a_missing_frame_is_noticed(files: dict[str, Path], tmp_path: Path) -> None:
    lines = lines_of(files["okx"])
    updates = [
        number
        for number, line in enumerate(lines)
        if b"BTC-USDT-SWAP" in line and b"update" in line and b"books" in line
    ]
    without = [line for number, line in enumerate(lines) if number != updates[len(updates) // 2]]
    path = tmp_path / "gap.jsonl"
    path.write_bytes(b"".join(without))
    decoding = Decoding(catalog.load("okx"), path)
    list(decoding.events())
    assert decoding.summary.gaps == 1
    assert not decoding.summary.instruments["okx:BTC/USDT:USDT"].live
    assert decoding.summary.instruments["okx:BTC/USDT"].live


async def test_another_venue_s_recording_is_all_errors_and_cannot_be_played(
    files: dict[str, Path],
) -> None:
    path = files["kraken"]
    decoding = Decoding(catalog.load("okx"), path)
    assert not [event for event in decoding.events() if isinstance(event, BookUpdate | Trade)]
    with pytest.raises(ConfigError, match="no stream of okx"):
        await replay(catalog.load("okx"), path)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["kraken:NO/USD"], "kraken lists no kraken:NO/USD"),
        (["kraken:BTC/USD", "okx:BTC/USDT"], "one venue"),
        (["nope:BTC/USD"], "nope"),
        (["BTC"], "BTC"),
    ],
)
async def test_what_cannot_be_recorded_leaves_no_file(
    names: list[str], words: str, tmp_path: Path
) -> None:
    path = tmp_path / "never.jsonl"
    with pytest.raises((ConfigError, BaseExceptionGroup)) as error:
        await record(Settings(), names, path, 1, lambda _: None)
    said = error.value
    while isinstance(said, BaseExceptionGroup):
        said = said.exceptions[0]
    assert isinstance(said, ConfigError)
    assert words in str(said)
    assert not await asyncio.to_thread(path.exists)


async def test_a_file_that_is_there_is_never_touched(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.write_text("precious")
    with pytest.raises(ConfigError, match="exists"):
        await record(Settings(), ["kraken:BTC/USD"], path, 1, lambda _: None)
    assert path.read_text() == "precious"


def test_a_header_that_names_no_venue(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("")
    with pytest.raises(ConfigError, match="--venue"):
        venue_of(path)
    with pytest.raises(ConfigError, match="cannot read"):
        venue_of(tmp_path / "none")


def test_a_venue_without_streams_cannot_be_decoded(tmp_path: Path) -> None:
    adapter = catalog.load("kraken")
    adapter.feed = None
    with pytest.raises(Unsupported, match="no public streams"):
        Decoding(adapter, tmp_path / "x")


@pytest.mark.recordings
@pytest.mark.slow
@both
async def test_the_venues_own_frames_are_read_and_played_alike(
    venue: str, recordings: Path
) -> None:
    path = recordings / "feeds" / f"{venue.upper()}.jsonl.zst"
    assert venue_of(path) == venue
    decoding = Decoding(catalog.load(venue), path)
    for _ in decoding.events():
        pass
    summary = decoding.summary
    assert (summary.errors, summary.checksums_wrong, summary.gaps) == (0, 0, 0)
    assert summary.checksums_right > 200
    assert summary.frames > 400
    played = await replay(catalog.load(venue), path)
    assert played.same, played.different
    assert played.books_compared == len(summary.instruments)
    assert (played.gaps, played.checksums_wrong) == (0, 0)
    assert played.checksums_right == summary.checksums_right
