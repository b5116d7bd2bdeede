"""The one tap that everything crossing the network passes, with secrets taken out before any sink
sees it. Never alters what is sent.
"""

import re
from collections import deque
from collections.abc import Iterable
from typing import Protocol
from urllib.parse import quote, quote_plus

import msgspec

from argosy.model import Credentials, Nanos
from argosy.net.recording import Entry
from argosy.ports import Clock

HIDDEN = "***"

_NAMES = (
    "token|access_token|refresh_token|ws_token|listenkey|listen_key|apikey|api_key|api-key|accesskeyid"
    "|secret|client_secret|passphrase|password|otp|sign|signature|signed_challenge"
    "|original_challenge|challenge|jwt|authorization"
)
_IN_JSON = re.compile(rf'("(?i:{_NAMES})"\s*:\s*")((?:[^"\\]|\\.)+)'.encode())
_IN_FORM = re.compile(rf"((?:^|[?&\s])(?i:{_NAMES})=)([^&\s#\"]+)".encode())
_SHORTEST = 4  # a shorter value would blank out half of the text
_LEARNT = 64


class Sink(Protocol):
    """Takes entries; must not keep the network waiting."""

    def write(self, entry: Entry) -> None:
        """Take one."""
        ...


class Redactor:
    """Takes out known secrets, wherever they stand, and whatever stands in a field that names one.

    Values found in such fields (session tokens) count as known from then on.
    """

    def __init__(self, credentials: Iterable[Credentials] = ()) -> None:
        self._known: list[bytes] = []
        self._learnt: deque[bytes] = deque()
        for each in credentials:
            for value in (each.key, each.secret, each.passphrase):
                self.hide(value)

    def hide(self, value: str) -> None:
        """Take `value` out from now on, also as it is written in JSON and in URLs."""
        if len(value) < _SHORTEST:
            return
        forms = {value, quote(value, safe=""), quote_plus(value), quote(value)}
        escaped = msgspec.json.encode(value).decode()[1:-1]
        forms |= {escaped, escaped.replace("/", "\\/")}
        self._known = sorted({*self._known, *(form.encode() for form in forms)}, key=len)[::-1]

    def _learn(self, value: bytes) -> None:
        if len(value) < 16 or value in self._learnt or value == HIDDEN.encode():
            return  # short ones are enumerations, not tokens
        if len(self._learnt) == _LEARNT:
            self._learnt.popleft()
        self._learnt.append(value)

    def clean(self, data: bytes) -> bytes:
        """The same bytes with every secret as '***'."""

        def blank(found: re.Match[bytes]) -> bytes:
            self._learn(found[2])
            return found[1] + HIDDEN.encode()

        if b"=" in data:
            data = _IN_FORM.sub(blank, data)
        if b'"' in data:
            data = _IN_JSON.sub(blank, data)
        for value in (*self._known, *self._learnt):
            if value in data:
                data = data.replace(value, HIDDEN.encode())
        return data

    def clean_text(self, text: str) -> str:
        """The same text with every secret as '***'."""
        return self.clean(text.encode("utf-8", "backslashreplace")).decode()


class Tap:
    """Builds entries, redacts them, hands them to every sink. A sink that fails is dropped."""

    def __init__(
        self, clock: Clock, sinks: Iterable[Sink] = (), redactor: Redactor | None = None
    ) -> None:
        self._clock = clock
        self._sinks = list(sinks)
        self.redactor = redactor or Redactor()
        self.failed: list[str] = []  # sinks that were dropped, and why

    def add(self, sink: Sink) -> None:
        """Another sink, from now on."""
        self._sinks.append(sink)

    def http(
        self,
        conn: str,
        url: str,
        *,
        method: str,
        body: bytes,
        status: int = 0,
        data: bytes = b"",
        detail: str = "",
    ) -> None:
        """A request and what became of it; status 0: no answer."""
        clean = self.redactor.clean
        self._write(
            Entry(
                kind="http",
                conn=conn,
                at_ns=self._clock.now_ns(),
                url=self.redactor.clean_text(url),
                method=method,
                body=clean(body),
                status=status,
                data=clean(data),
                detail=self.redactor.clean_text(detail),
            )
        )

    def connected(self, conn: str, url: str) -> None:
        """A connection stands."""
        self._write(self._entry("connect", conn, url))

    def closed(self, conn: str, reason: str) -> None:
        """A connection is gone."""
        self._write(self._entry("close", conn, detail=reason))

    def sent(self, conn: str, url: str, text: str) -> None:
        """A frame we sent."""
        self._write(self._entry("send", conn, url, data=self.redactor.clean(text.encode())))

    def received(
        self, conn: str, data: bytes, at_ns: Nanos, *, binary: bool, private: bool
    ) -> None:
        """A frame the venue sent. Public frames hold no secret of ours and are not searched."""
        detail = ""
        if private:
            if binary:
                detail = f"{len(data)} binary bytes of a private stream are not kept"
                data = b""
            data = self.redactor.clean(data)
        self._write(
            Entry(kind="recv", conn=conn, at_ns=at_ns, data=data, binary=binary, detail=detail)
        )

    def _entry(
        self, kind: str, conn: str, url: str = "", *, data: bytes = b"", detail: str = ""
    ) -> Entry:
        return Entry(
            kind=kind,  # type: ignore[arg-type]  # one of the three above
            conn=conn,
            at_ns=self._clock.now_ns(),
            url=self.redactor.clean_text(url) if url else "",
            data=data,
            detail=self.redactor.clean_text(detail) if detail else "",
        )

    def _write(self, entry: Entry) -> None:
        for sink in tuple(self._sinks):
            try:
                sink.write(entry)
            except Exception as e:  # a full disk must not stop trading; it is told in `failed`
                self._sinks.remove(sink)
                self.failed.append(f"{type(sink).__name__}: {e}")


class Ring:
    """The last entries in memory, bounded in number and in bytes."""

    def __init__(self, max_entries: int = 10_000, max_bytes: int = 16 * 1024 * 1024) -> None:
        self._entries: deque[Entry] = deque()
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.bytes = 0

    def write(self, entry: Entry) -> None:
        """Take one; the oldest make room."""
        self._entries.append(entry)
        self.bytes += _weight(entry)
        while len(self._entries) > self._max_entries or (
            self.bytes > self._max_bytes and self._entries
        ):
            self.bytes -= _weight(self._entries.popleft())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Oldest first."""
        return tuple(self._entries)


def _weight(entry: Entry) -> int:
    return 200 + len(entry.data) + len(entry.body) + len(entry.url) + len(entry.detail)
