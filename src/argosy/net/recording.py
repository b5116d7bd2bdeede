"""Reads and writes recordings of venues: one JSON object a line, plain or zstd. Never holds a file
in memory; a broken line is reported and passed over.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec
import zstandard

from argosy.errors import ConfigError
from argosy.model import Nanos
from argosy.model.time import SECOND

Kind = Literal["header", "http", "connect", "send", "recv", "close"]

MAX_LINE_BYTES = 64 * 1024 * 1024
_CHUNK = 256 * 1024


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that crossed the network. `data` is as sent; binary frames stay binary.

    The last five say more than recordings have (they are written only where they are not the
    usual), so that the same lines serve as an audit.
    """

    kind: Kind
    conn: str = ""  # which connection: "OKX.ws.1", "OKX.http.0"
    at_ns: Nanos = Nanos(0)
    url: str = ""  # of http, connect and send
    data: bytes = b""
    binary: bool = False
    method: str = "GET"
    status: int = 200  # 0: no answer came
    body: bytes = b""  # what an http request carried
    detail: str = ""  # why it failed, or why a connection closed
    line: int = 0  # where it stands in the file it was read from


class Broken(msgspec.Struct, frozen=True, kw_only=True):
    """A line that is not an entry."""

    line: int
    reason: str


class _Line(msgspec.Struct):
    t: Kind
    conn: str = ""
    ts: Decimal = Decimal(0)
    url: str = ""
    addr: str = ""
    data: str | None = None
    b64: str | None = None
    method: str = "GET"
    status: int = 200
    body: str = ""
    detail: str = ""


_decode = msgspec.json.Decoder(_Line).decode
_encode = msgspec.json.Encoder().encode


def encode(entry: Entry) -> bytes:
    """One entry as a line, newline included. Times keep their nanoseconds."""
    if entry.kind == "header":
        return entry.data.rstrip(b"\n") + b"\n"
    parts = [
        b'{"t":"%s","conn":%s,"ts":%d.%09d'
        % (entry.kind.encode(), _encode(entry.conn), *divmod(entry.at_ns, SECOND))
    ]
    if entry.kind == "http":
        parts.append(b'"url":' + _encode(entry.url))
    elif entry.url:
        parts.append(b'"addr":' + _encode(entry.url))
    if entry.kind in {"http", "send", "recv"}:
        try:
            text = None if entry.binary else entry.data.decode()
        except UnicodeDecodeError:
            text = None
        if text is None:
            parts.append(b'"b64":"' + base64.b64encode(entry.data) + b'"')
        else:
            parts.append(b'"data":' + _encode(text))
    if entry.method != "GET":
        parts.append(b'"method":' + _encode(entry.method))
    if entry.status != 200:
        parts.append(b'"status":%d' % entry.status)
    if entry.body:
        parts.append(b'"body":' + _encode(entry.body.decode("utf-8", "backslashreplace")))
    if entry.detail:
        parts.append(b'"detail":' + _encode(entry.detail))
    return b",".join(parts) + b"}\n"


def header(exchange: str, config: dict[str, list[str]], at_ns: Nanos) -> Entry:
    """The first line of a recording: which venue, and which channels of which instruments."""
    data = b'{"t":"header","format":2,"exchange":%s,"config":%s,"recorded":%d.%09d}' % (
        _encode(exchange),
        _encode(config),
        *divmod(at_ns, SECOND),
    )
    return Entry(kind="header", at_ns=at_ns, data=data)


def decode(text: bytes, line: int) -> Entry:
    """Read one line. Raises ValueError saying what is wrong with it."""
    try:
        read = _decode(text)
        data = base64.b64decode(read.b64, validate=True) if read.b64 is not None else None
        at_ns = Nanos(int(read.ts * SECOND))
    except (msgspec.DecodeError, binascii.Error, ArithmeticError, UnicodeError) as e:
        raise ValueError(str(e)) from e
    if read.t == "header":
        return Entry(kind="header", data=text, line=line)
    if not 0 <= at_ns < 1 << 63:
        raise ValueError(f"ts is {read.ts}; unix seconds are needed")
    if data is None and read.data is None and read.t in {"http", "send", "recv"}:
        raise ValueError(f"a {read.t} line needs `data` or `b64`")
    return Entry(
        kind=read.t,
        conn=read.conn,
        at_ns=at_ns,
        url=read.url or read.addr,
        data=data if data is not None else (read.data or "").encode(),
        binary=data is not None,
        method=read.method,
        status=read.status,
        body=read.body.encode(),
        detail=read.detail,
        line=line,
    )


def _cut_short(file: BinaryIO) -> bool:
    """Whether a zstd file ends before its last frame does: unpacking alone would not tell.

    Walks over block headers only, RFC 8878 section 3.1.1 (read 2026-11-22).
    """
    file.seek(0, 2)
    size, at = file.tell(), 0
    while at < size:
        file.seek(at)
        head = file.read(18)  # the longest frame header
        if len(head) >= 8 and 0x184D2A50 <= int.from_bytes(head[:4], "little") <= 0x184D2A5F:
            at += 8 + int.from_bytes(head[4:8], "little")
            continue
        try:
            at += zstandard.frame_header_size(head)
            checked = zstandard.get_frame_parameters(head).has_checksum
        except zstandard.ZstdError:
            return True
        last = False
        while not last:
            file.seek(at)
            block = file.read(3)
            if len(block) < 3:
                return True
            word = int.from_bytes(block, "little")
            last = bool(word & 1)
            at += 3 + (1 if word >> 1 & 3 == 1 else word >> 3)  # a run holds one byte
        at += 4 if checked else 0
    return at != size


def _lines(source: BinaryIO, max_line_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Lines with their numbers; None for one that is too long."""
    number, held, skipping = 1, bytearray(), False
    while chunk := source.read(_CHUNK):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            held += part
            yield number, None if skipping or len(held) > max_line_bytes else bytes(held)
            number, skipping = number + 1, False
            held.clear()
        held += rest
        if len(held) > max_line_bytes:
            skipping = True
            held.clear()
    if held or skipping:
        yield number, None if skipping else bytes(held)


def read(
    path: Path,
    on_broken: Callable[[Broken], None] | None = None,
    *,
    max_line_bytes: int = MAX_LINE_BYTES,
) -> Iterator[Entry]:
    """The entries of a file in order, zstd by its first bytes. Bounded memory.

    `on_broken` hears of each line that is no entry, and of a file cut short.

    Raises:
        ConfigError: the file cannot be opened.
    """
    report = on_broken or (lambda _: None)
    line = 0
    try:
        with path.open("rb") as file:
            packed = file.read(4) == zstandard.FRAME_HEADER
            file.seek(0)
            source: BinaryIO = (
                zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
                if packed
                else file
            )
            for line, text in _lines(source, max_line_bytes):
                if text is None:
                    report(Broken(line=line, reason=f"longer than {max_line_bytes} bytes"))
                elif text.strip():
                    try:
                        entry = decode(text, line)
                    except ValueError as e:
                        report(Broken(line=line, reason=str(e)))
                    else:
                        yield entry
            if packed and _cut_short(file):
                report(Broken(line=line + 1, reason="the file ends within a packed block"))
    except zstandard.ZstdError as e:
        report(Broken(line=line + 1, reason=f"the file is damaged from here on: {e}"))
    except OSError as e:
        raise ConfigError(f"cannot read the recording {path}: {e.strerror}") from e


class RecordingFile:
    """Writes entries to a file, zstd when its name ends in .zst, rotating above `max_bytes`.

    The old file becomes `name.1`, that one `name.2`, up to `keep`; older ones are deleted. What was
    written reaches the operating system every second of the entries' own time.

    Raises ConfigError when the file cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        *,
        kinds: frozenset[Kind] = frozenset({"header", "http", "connect", "send", "recv"}),
        max_bytes: int = 0,
        keep: int = 5,
    ) -> None:
        self.path = path
        self.written = 0  # entries
        self._kinds = kinds
        self._max_bytes = max_bytes  # of lines, before packing; 0: no limit
        self._keep = keep
        self._bytes = 0
        self._flushed_ns = 0
        self._file = self._open()

    def _open(self) -> BinaryIO:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = self.path.open("ab", buffering=_CHUNK)
        except OSError as e:
            raise ConfigError(f"cannot write to {self.path}: {e.strerror}") from e
        self._bytes = 0
        if self.path.suffix != ".zst":
            return file
        return zstandard.ZstdCompressor(level=3).stream_writer(file, closefd=True)

    def write(self, entry: Entry) -> None:
        """Add an entry of the kinds this file takes."""
        if entry.kind not in self._kinds:
            return
        text = encode(entry)
        if self._max_bytes and self._bytes and self._bytes + len(text) > self._max_bytes:
            self._rotate()
        self._file.write(text)
        self._bytes += len(text)
        self.written += 1
        if entry.at_ns - self._flushed_ns >= SECOND:
            self._flushed_ns = entry.at_ns
            self.flush()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._keep, 0, -1):
            newer = (
                self.path.with_name(f"{self.path.name}.{number - 1}") if number > 1 else self.path
            )
            if newer.exists():
                newer.replace(self.path.with_name(f"{self.path.name}.{number}"))
        self._file = self._open()

    def flush(self) -> None:
        """Hand what was written to the operating system."""
        if not self._file.closed:
            self._file.flush()

    def close(self) -> None:
        """Finish the file; writing on is an error."""
        self._file.close()
