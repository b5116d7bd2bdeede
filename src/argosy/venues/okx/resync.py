"""Brings OKX books that lost continuity back: when to subscribe anew, when to ask for a snapshot.

First by subscribing again, which today brings a snapshot. Where updates come without one (announced
2026-02-12 for August 2026), by GET /market/books and the updates kept meanwhile:
https://www.okx.com/docs-v5/log_en/#2026-02-12 (read 2026-11).
"""

from argosy.books import BookReader
from argosy.errors import ArgosyError
from argosy.model import InstrumentId, Nanos
from argosy.model.time import SECOND
from argosy.ports import NOTHING, HttpRequest, HttpResponse, SessionCall, Step
from argosy.venues.okx.envelope import read_one
from argosy.venues.okx.formats import DEEP
from argosy.venues.okx.streams import StreamArg, operations
from argosy.venues.okx.wire import BookRow

TAG = "books:"
SNAPSHOT_TRIES = 4  # then subscribe anew
_BACKOFF_MAX_S = 60
_CALM_S = 60  # a book that held so long starts over with its back-off
_SILENCE_S = 90  # an idle book sends an empty update every 60 s


class BookRecovery:
    """The books of one connection that are not in sync, by their OKX name. Sends nothing itself."""

    def __init__(self, reader: BookReader) -> None:
        self._reader = reader
        self._symbols: dict[InstrumentId, str] = {}
        self._acked: set[str] = set()  # subscribed, so what comes now is of this subscription
        self._asked: dict[str, int] = {}  # snapshots asked for, and how often
        self._due: dict[str, Nanos] = {}  # to be subscribed anew, and when
        self._tries: dict[str, tuple[int, Nanos]] = {}  # how often lately, and when last
        self._id = 0

    def watch(self, symbol: str, instrument: InstrumentId) -> None:
        """A book to look after."""
        self._symbols[instrument] = symbol

    def acked(self, symbol: str) -> None:
        """The venue confirmed the subscription."""
        self._acked.add(symbol)

    def lost(self, instrument: InstrumentId, now_ns: Nanos) -> tuple[str, ...]:
        """A book lost continuity: what to send now; nothing while it backs off."""
        symbol = self._symbols[instrument]
        self._asked.pop(symbol, None)
        tries, last_ns = self._tries.get(symbol, (0, Nanos(0)))
        if now_ns - last_ns > _CALM_S * SECOND:
            tries = 0
        wait_s = min(2**tries - 1, _BACKOFF_MAX_S)
        self._tries[symbol] = (min(tries + 1, 10), now_ns)
        self._due[symbol] = Nanos(now_ns + wait_s * SECOND)
        return self._subscribe_due(now_ns)

    def unsynced(self, instrument: InstrumentId, frame: bytes, now_ns: Nanos) -> Step:
        """An update came for a book that has no snapshot."""
        symbol = self._symbols[instrument]
        if symbol not in self._acked or symbol in self._asked or symbol in self._due:
            return NOTHING  # of the subscription before, or a snapshot is on its way
        self._reader.buffer(symbol)
        self._reader.read(frame, now_ns)  # the first to be kept
        self._asked[symbol] = 1
        return Step(calls=(self._call(symbol),))

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """A snapshot that was asked for. A refusal or a stale one is asked for again, then the
        stream is subscribed anew.
        """
        symbol = tag.removeprefix(TAG)
        tries = self._asked.get(symbol)
        if tries is None:
            return NOTHING  # it lost continuity again meanwhile
        step = NOTHING
        try:
            if read_one(response, BookRow, "a book").seq_id is not None:
                step = self._reader.read_reply(symbol, response.body, response.received_ns)
                if self._reader.gap is None:
                    del self._asked[symbol]
                    return step
        except ArgosyError:
            pass  # asked for again below
        if tries < SNAPSHOT_TRIES:
            self._asked[symbol] = tries + 1
            self._reader.buffer(symbol)
            return Step(events=step.events, calls=(self._call(symbol),))
        instrument = next(i for i, name in self._symbols.items() if name == symbol)
        return Step(events=step.events, send=self.lost(instrument, response.received_ns))

    def tick(self, now_ns: Nanos, silent_since: dict[str, int]) -> tuple[str, ...]:
        """What to send as time passed: books whose wait is over, and books that went silent."""
        for symbol, heard_ns in silent_since.items():
            if symbol in self._acked and now_ns - heard_ns > _SILENCE_S * SECOND:
                self._due.setdefault(symbol, now_ns)
        return self._subscribe_due(now_ns)

    def _subscribe_due(self, now_ns: Nanos) -> tuple[str, ...]:
        due = [symbol for symbol, at_ns in self._due.items() if at_ns <= now_ns]
        if not due:
            return ()
        for symbol in due:
            del self._due[symbol]
            self._acked.discard(symbol)
        args = [StreamArg(channel=DEEP, inst_id=symbol) for symbol in due]
        frames: list[str] = []
        for op in ("unsubscribe", "subscribe"):
            made = operations(op, args, len(args), self._id, prefix="r")
            self._id += len(made)
            frames += [text for _, text, _ in made]
        return tuple(frames)

    def _call(self, symbol: str) -> SessionCall:
        query = (("instId", symbol), ("sz", "400"))
        request = HttpRequest(
            method="GET", path="/api/v5/market/books", query=query, cost={"books": 1}
        )
        return SessionCall(TAG + symbol, request)
