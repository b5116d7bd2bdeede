"""Recordings: what is written is read back; broken files are told, not fatal; memory is bounded."""

import contextlib
import resource
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import ConfigError
from argosy.model import Nanos
from argosy.net.recording import Broken, Entry, RecordingFile, decode, encode, header, read

AT = Nanos(1_652_459_225_298_788_301)
SAMPLE = [
    header("OKX", {"trades": ["BTC-USDT"]}, AT),
    Entry(kind="http", conn="OKX.http.0", at_ns=AT, url="https://www.okx.com/a?b=1", data=b"{}"),
    Entry(kind="connect", conn="OKX.ws.1", at_ns=AT, url="wss://ws.okx.com:8443/ws/v5/public"),
    Entry(kind="send", conn="OKX.ws.1", at_ns=AT, url="wss://x/", data=b'{"op":"subscribe"}'),
    Entry(kind="recv", conn="OKX.ws.1", at_ns=AT, data='{"x":"\u20ac\\n"}'.encode()),
    Entry(kind="recv", conn="OKX.ws.1", at_ns=AT, data=b"\x1f\x8b\x00", binary=True),
]


def _plain(entries: list[Entry]) -> list[tuple]:
    return [(e.kind, e.conn, e.url, e.data.rstrip(b"\n"), e.binary) for e in entries]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst"])
def test_round_trip(tmp_path: Path, name: str):
    file = RecordingFile(tmp_path / "deep" / name)
    for entry in SAMPLE:
        file.write(entry)
    file.write(Entry(kind="close", conn="OKX.ws.1"))  # an audit's, not a recording's
    file.flush()
    file.close()
    found = list(read(tmp_path / "deep" / name))
    assert _plain(found) == _plain(SAMPLE)
    assert [entry.line for entry in found] == [1, 2, 3, 4, 5, 6]
    assert found[1].at_ns == AT


def test_the_lines_are_as_recordings_have_them():
    assert encode(SAMPLE[1]) == (
        b'{"t":"http","conn":"OKX.http.0","ts":1652459225.298788301,'
        b'"url":"https://www.okx.com/a?b=1","data":"{}"}\n'
    )
    assert encode(SAMPLE[2]).endswith(b',"addr":"wss://ws.okx.com:8443/ws/v5/public"}\n')
    assert b'"addr"' not in encode(SAMPLE[4])
    assert b'"b64":"H4sA"' in encode(SAMPLE[5])


@given(
    st.builds(
        Entry,
        kind=st.sampled_from(["http", "send", "recv"]),
        conn=st.text(max_size=20),
        at_ns=st.integers(0, 2**62),
        url=st.text(max_size=50),
        data=st.binary(max_size=200) | st.text(max_size=50).map(str.encode),
        method=st.sampled_from(["GET", "POST"]),
        status=st.integers(0, 599),
        body=st.text(max_size=50).map(str.encode),
        detail=st.text(max_size=50),
    )
)
def test_every_entry_survives(entry: Entry):
    text = encode(entry)
    assert text.count(b"\n") == 1
    again = decode(text, 0)
    for name in ("kind", "conn", "at_ns", "url", "data", "method", "status", "body", "detail"):
        assert getattr(again, name) == getattr(entry, name), name


@given(st.binary(max_size=300))
def test_nothing_but_value_error_comes_out_of_a_line(text: bytes):
    with contextlib.suppress(ValueError):
        decode(text, 1)


@pytest.mark.parametrize(
    "text",
    [
        b'{"t":"recv","conn":"x","ts":1}',
        b'{"t":"recv","conn":"x","ts":-5,"data":""}',
        b'{"t":"recv","conn":"x","ts":1e400,"data":""}',
        b'{"t":"recv","conn":"x","ts":1,"b64":"%%"}',
        b'{"t":"nonsense"}',
        b"[1]",
    ],
)
def test_broken_lines_are_told_and_passed_over(tmp_path: Path, text: bytes):
    path = tmp_path / "x.jsonl"
    path.write_bytes(encode(SAMPLE[1]) + text + b"\n\n" + encode(SAMPLE[2]))
    broken: list[Broken] = []
    assert [entry.line for entry in read(path, broken.append)] == [1, 4]
    assert [each.line for each in broken] == [2]
    assert broken[0].reason


def test_a_file_cut_short_gives_what_it_has(tmp_path: Path):
    whole = zstandard.compress(b"".join(encode(SAMPLE[4]) for _ in range(50_000)))
    path = tmp_path / "x.zst"
    for cut in (3, 5, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        broken: list[Broken] = []
        found = sum(1 for _ in read(path, broken.append))
        assert found <= 50_000
    path.write_bytes(whole[: len(whole) // 2] + b"rubbish" * 10)
    list(read(path, broken.append))
    assert any("damaged" in each.reason for each in broken)


def test_a_line_too_long_is_told_and_passed_over(tmp_path: Path):
    path = tmp_path / "x.jsonl"
    path.write_bytes(encode(SAMPLE[1]) + b"x" * 3_000_000 + b"\n" + encode(SAMPLE[2]))
    broken: list[Broken] = []
    assert [e.line for e in read(path, broken.append, max_line_bytes=1000)] == [1, 3]
    assert broken == [Broken(line=2, reason="longer than 1000 bytes")]


def test_an_absent_file_is_the_operators_to_fix(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot read"):
        list(read(tmp_path / "none"))


def test_files_rotate_and_old_ones_go(tmp_path: Path):
    file = RecordingFile(tmp_path / "audit.jsonl", max_bytes=500, keep=2)
    for number in range(30):
        file.write(Entry(kind="recv", conn="c", at_ns=AT, data=b"%03d" % number * 20))
    file.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]
    assert list(read(tmp_path / "audit.jsonl"))[-1].data == b"029" * 20
    assert all(path.stat().st_size <= 500 for path in tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.zst"])
def test_a_crash_loses_a_second_at_most(tmp_path: Path, name: str):
    file = RecordingFile(tmp_path / name)
    for tenth in range(100):
        at = Nanos(AT + tenth * 100_000_000)
        file.write(Entry(kind="recv", conn="c", at_ns=at, data=b"%d" % tenth))
    assert len(list(read(tmp_path / name))) >= 90  # as another process finds it now
    file.close()
    assert len(list(read(tmp_path / name))) == 100


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot write"):
        RecordingFile(tmp_path / "file" / "a.jsonl")


def test_reading_holds_no_file_in_memory(tmp_path: Path):
    path = tmp_path / "big.zst"
    file = RecordingFile(path)
    entry = Entry(kind="recv", conn="c", at_ns=AT, data=b"x" * 100_000)
    for _ in range(1_000):  # 100 MB of lines
        file.write(entry)
    file.close()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read(path)) == 1_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40_000


@pytest.mark.recordings
def test_every_real_recording_reads_whole_and_writes_back(recordings: Path):
    files = sorted((recordings / "feeds").glob("*.zst"))
    assert files
    for path in files:
        broken: list[Broken] = []
        count = 0
        for entry in read(path, broken.append):
            again = decode(encode(entry), entry.line)
            assert (again.data.rstrip(), again.conn, again.url) == (
                entry.data.rstrip(),
                entry.conn,
                entry.url,
            )
            assert again.at_ns == entry.at_ns
            count += 1
        assert not broken, (path, broken[:3])
        assert count > 100


@pytest.mark.parametrize("frames", [1, 3])
def test_a_packed_file_that_ends_too_early_is_told(tmp_path: Path, frames: int) -> None:
    path = tmp_path / "a.jsonl.zst"
    ends = set()  # between two frames nothing is missing
    for number in range(frames):
        with contextlib.closing(RecordingFile(path)) as file:
            file.write(header("OKX", {}, Nanos(number)))
        ends.add(path.stat().st_size)
    whole = path.read_bytes()
    said: list[Broken] = []
    assert len(list(read(path, said.append))) == frames
    assert not said
    for size in range(4, len(whole)):
        path.write_bytes(whole[:size])
        said.clear()
        found = list(read(path, said.append))
        assert bool(said) != (size in ends), size
        assert len(found) <= frames
