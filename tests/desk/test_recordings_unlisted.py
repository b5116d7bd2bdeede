"""Recordings as others have made them: without lists of instruments, from other book channels."""

import asyncio
import shutil
from pathlib import Path

import pytest

from argosy.desk.decoding import Decoding
from argosy.desk.replaying import replay, venue_of
from argosy.net import recording
from argosy.venues import catalog

pytestmark = pytest.mark.recordings


def rewritten(source: Path, target: Path, *, drop_http=False, change=()) -> Path:
    """The same recording, with lines left out or words changed."""
    with target.open("wb") as file:
        for entry in recording.read(source):
            if drop_http and entry.kind == "http":
                continue
            line = recording.encode(entry)
            for old, new in change:
                line = line.replace(old, new)
            file.write(line)
    return target


def summary(venue: str, path: Path):
    decoding = Decoding(catalog.load(venue), path)
    for _ in decoding.events():
        pass
    return decoding.summary


@pytest.mark.parametrize(("venue", "name"), [("kraken", "KRAKEN"), ("okx", "OKX")])
def test_books_are_the_same_without_a_list_of_instruments(recordings, tmp_path, venue, name):
    source = recordings / "feeds" / f"{name}.jsonl.zst"
    bare = summary(venue, rewritten(source, tmp_path / "bare.jsonl", drop_http=True))
    whole = summary(venue, source)
    assert bare.errors == bare.checksums_wrong == bare.gaps == 0
    assert bare.checksums_right == whole.checksums_right > 0
    assert bare.instruments == whole.instruments


@pytest.mark.parametrize("channel", [b"books-l2-tbt", b"books50-l2-tbt"])
async def test_okx_books_of_other_channels_are_books_too(recordings, tmp_path, channel):
    change = [
        (rb"\"channel\":\"books\"", rb"\"channel\":\"%s\"" % channel),
        (b"okx.com", b"okex.com"),
        (b'"exchange":"OKX"', b'"exchange":"OKEX"'),
    ]
    source = recordings / "feeds" / "OKX.jsonl.zst"
    path = rewritten(source, tmp_path / "okex.jsonl", change=change)
    assert venue_of(path) == "okx"
    found = await asyncio.to_thread(summary, "okx", path)
    assert (found.errors, found.checksums_wrong) == (0, 0)
    assert found.checksums_right == 290
    played = await replay(catalog.load("okx"), path)
    assert played.same
    assert (played.checksums_right, played.gaps) == (290, 0)


def test_a_plain_copy_reads_as_the_packed_one(recordings, tmp_path):
    source = recordings / "feeds" / "OKX.jsonl.zst"
    plain = rewritten(source, tmp_path / "plain.jsonl")
    packed = Path(shutil.copy(source, tmp_path / "plain.jsonl.zst"))
    first, second = summary("okx", plain), summary("okx", packed)
    assert first.instruments == second.instruments
    assert first.events == second.events
