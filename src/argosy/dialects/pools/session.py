"""One connection to a node that follows an exchange's pools: read whole at a block, then kept by
their logs. Books and trades come out. Sends nothing; see ports.FeedSession.

A reorganisation is known by parent hashes, whether or not the node takes its logs back: everything
is then read anew.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from argosy.books.book import VenueBook
from argosy.books.pools import show_pool, units_of
from argosy.dialects.evm.jsonrpc import Ask, read_head
from argosy.dialects.evm.logs import Log, quantity
from argosy.dialects.pools.asking import answers, eth_call, request
from argosy.dialects.pools.board import Board, LivePool
from argosy.dialects.pools.exchange import Family, PoolSpec
from argosy.dialects.pools.loading import Loading, Tracked, loading
from argosy.dialects.pools.trades import trade_of
from argosy.errors import ArgosyError, StreamGap, WireError
from argosy.model import BookGap, GapReason, Head, InstrumentId, Nanos
from argosy.model.time import SECOND
from argosy.ports import (
    NOTHING,
    BookChanged,
    BookShelf,
    Event,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
)

TOLERANCE = Decimal("0.0001")  # how far a ladder may be above what the pool asks
_BATCH = 200  # questions in a request
_LOGS_MAX = 20_000  # kept while pools are read
_CONFIRM_NS = 15 * SECOND
_BEAT_NS = 3 * SECOND
_HEADS, _POOLS, _MANAGER, _FIRST, _BEAT = 1, 2, 3, 10, 11  # ids of our requests


class _Params(msgspec.Struct):
    subscription: str
    result: msgspec.Raw


class _Frame(msgspec.Struct):
    id: int | None = None
    method: str = ""
    params: _Params | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: Any = None


_FRAME = msgspec.json.Decoder(_Frame)
_LOG = msgspec.json.Decoder(Log)


class PoolSession:
    """Satisfies ports.FeedSession."""

    def __init__(self, plan: FeedPlan, board: Board, shelf: BookShelf) -> None:
        self.plan = plan
        self._board = board
        self._venue = board.exchange.venue
        self._chain = board.exchange.chain.key
        wanted = dict.fromkeys(each.instrument for each in plan.subscriptions if each.instrument)
        self._specs = [board.spec(instrument) for instrument in wanted]
        self._books: dict[InstrumentId, VenueBook] = {}
        for spec in self._specs:
            book = shelf.book(board.instruments[spec.instrument])
            assert isinstance(book, VenueBook)
            self._books[spec.instrument] = book
        self._by_name = {spec.name: spec for spec in self._specs}
        self._manager = next((s.address for s in self._specs if s.family is Family.V4), "")
        self._names: dict[str, int] = {}  # the node's names of subscriptions
        self._opened_ns = self._beat_ns = 0
        self._tip: Head | None = None
        self._block = 0  # what the pools were read at
        self._round = 0  # of reading; answers to earlier ones are nobody's
        self._queue: list[tuple[Loading, list[Ask]]] = []
        self._loads: list[Loading] = []
        self._got: dict[InstrumentId, list[str]] = {}
        self._waiting: list[Log] = []
        self._tracked: dict[InstrumentId, Tracked] = {}
        self._told: dict[InstrumentId, int] = {}  # the block of each pool's latest log

    # --- the protocol -----------------------------------------------------------------------------

    @property
    def ready(self) -> bool:
        """Whether every pool was read and is followed."""
        return len(self._tracked) == len(self._specs)

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing is asked before the connection."""
        return ()

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe to heads and to the pools' logs, and ask where the chain is."""
        self._opened_ns = self._beat_ns = now_ns
        return Step(send=tuple(self._first_frames()))

    def _first_frames(self) -> Iterator[str]:
        yield _frame(_HEADS, "eth_subscribe", ["newHeads"])
        own = [spec.address for spec in self._specs if spec.family is not Family.V4]
        if own:
            yield _frame(_POOLS, "eth_subscribe", ["logs", {"address": own}])
        if self._manager:
            managed = [spec.name for spec in self._specs if spec.family is Family.V4]
            wanted = {"address": self._manager, "topics": [None, managed]}
            yield _frame(_MANAGER, "eth_subscribe", ["logs", wanted])
        yield _frame(_FIRST, "eth_getBlockByNumber", ["latest", False])

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """A confirmation, a head, a log."""
        try:
            told = _FRAME.decode(frame)
        except msgspec.MsgspecError as e:
            raise WireError(f"{self._venue}: no JSON-RPC frame ({e})") from e
        if told.params is not None:
            kind = self._names.get(told.params.subscription)
            if kind == _HEADS:
                return self._head(_plain(told.params.result), received_ns)
            if kind is not None:
                return self._log(told.params.result, received_ns)
            return NOTHING  # before its confirmation: the pools are read later than that
        if told.error is not None:
            raise StreamGap(
                f"{self._venue}: the node refuses request {told.id}: {str(told.error)[:200]}"
            )
        if told.id in {_HEADS, _POOLS, _MANAGER}:
            name = _plain(told.result)
            if not isinstance(name, str):
                raise WireError(f"{self._venue}: {str(name)[:80]!r} is no name of a subscription")
            self._names[name] = told.id
            return NOTHING
        if told.id == _FIRST and self._tip is None:
            return self._head(_plain(told.result), received_ns)
        return NOTHING

    def tick(self, now_ns: Nanos) -> Step:
        """Ask for a sign of life now and then; give up where subscriptions are not confirmed."""
        if self._tip is None and now_ns - self._opened_ns > _CONFIRM_NS:
            raise StreamGap(f"{self._venue}: the node does not say where the chain is")
        if now_ns - self._beat_ns < _BEAT_NS:
            return NOTHING
        self._beat_ns = now_ns
        return Step(send=(_frame(_BEAT, "eth_blockNumber", []),))

    def close(self, now_ns: Nanos) -> Step:
        """The connection is gone, and with it what is known of the pools."""
        return Step(events=self._leave(now_ns, GapReason.DISCONNECTED, "the connection is gone"))

    # --- heads ------------------------------------------------------------------------------------

    def _head(self, told: object, received_ns: Nanos) -> Step:
        head = read_head(told, self._chain, received_ns)
        before, self._tip = self._tip, head
        if before is None or head.hash == before.hash:
            if before is None:
                return self._read_all(head, received_ns, None, "")
            return NOTHING
        if head.parent == before.hash:
            return NOTHING
        reason = f"block {head.number} does not follow block {before.number} as it was"
        return self._read_all(head, received_ns, GapReason.SEQUENCE, reason)

    # --- reading ----------------------------------------------------------------------------------

    def _read_all(self, head: Head, now_ns: Nanos, reason: GapReason | None, detail: str) -> Step:
        """Read every pool as of a block, and follow from there."""
        events = self._leave(now_ns, reason, detail) if reason is not None else ()
        self._round += 1
        self._block = head.number
        self._waiting.clear()
        self._tracked.clear()
        self._told.clear()
        self._loads = [loading(spec, self._board.exchange) for spec in self._specs]
        self._queue = []
        return Step(events=events, calls=self._next_calls())

    def _next_calls(self) -> tuple[SessionCall, ...]:
        """The next request: as many questions as fit, of as many pools."""
        if not self._queue:
            for load in self._loads:
                asks = [eth_call(call, hex(self._block)) for call in load.calls()]
                self._got[load.spec.instrument] = []
                if asks:
                    self._queue.append((load, asks))
        batch: list[Ask] = []
        for _, asks in self._queue:
            batch += asks[: _BATCH - len(batch)]
            if len(batch) == _BATCH:
                break
        if not batch:
            return ()
        return (SessionCall(str(self._round), request(batch)),)

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """A part of the pools' states."""
        if tag != str(self._round):
            return NOTHING
        left = _BATCH
        asked: list[tuple[Loading, int]] = []
        batch: list[Ask] = []
        for load, asks in self._queue:
            count = min(left, len(asks))
            asked.append((load, count))
            batch += asks[:count]
            left -= count
            if not left:
                break
        try:
            told = answers(response, batch, self._venue)
        except ArgosyError as e:
            raise StreamGap(f"reading pools at block {self._block}: {e}") from e
        for each in told:
            if not isinstance(each, str):
                raise StreamGap(f"reading pools at block {self._block}: {str(each)[:200]}")
        self._take(asked, told)
        calls = self._next_calls()
        if calls:
            return Step(calls=calls)
        return Step(events=tuple(self._begin(response.received_ns)))

    def _take(self, asked: Sequence[tuple[Loading, int]], told: Sequence[str]) -> None:
        at = 0
        for load, count in asked:
            got = self._got[load.spec.instrument]
            got += told[at : at + count]
            at += count
            asks = self._queue[0][1]
            del asks[:count]
            if asks:
                return
            self._queue.pop(0)
            try:
                load.take(got)
            except WireError as e:
                raise StreamGap(f"{load.spec.instrument}: {e}") from e
            self._got[load.spec.instrument] = []

    def _begin(self, now_ns: Nanos) -> Iterator[Event]:
        """Every pool is read: take in what happened since, then show all."""
        for load in self._loads:
            self._tracked[load.spec.instrument] = load.tracked(self._block)
        self._loads = []
        waiting, self._waiting = self._waiting, []
        for log in waiting:
            spec = self._spec_of(log)
            if spec is not None:
                self._apply(spec, log)
        for spec in self._specs:
            yield from self._show(spec, now_ns)

    # --- logs -------------------------------------------------------------------------------------

    def _log(self, raw: msgspec.Raw, received_ns: Nanos) -> Step:
        try:
            log = _LOG.decode(raw)
        except msgspec.MsgspecError as e:
            raise WireError(f"{self._venue}: no log ({e})") from e
        spec = self._spec_of(log)
        if spec is None:
            return NOTHING
        if not self._tracked:
            if len(self._waiting) >= _LOGS_MAX:
                raise StreamGap(f"{self._venue}: {_LOGS_MAX} logs while pools were read")
            self._waiting.append(log)
            return NOTHING
        event = self._apply(spec, log)
        if event is None:
            return NOTHING
        events: list[Event] = []
        if not log.removed:
            increment = self._books[spec.instrument].about.price_increment
            when = self._time(log, received_ns)
            trade = trade_of(spec, log, event, increment, when, received_ns)
            if trade is not None:
                events.append(trade)
        events += self._show(spec, received_ns)
        return Step(events=tuple(events))

    def _spec_of(self, log: Log) -> PoolSpec | None:
        if self._manager and log.address.lower() == self._manager:
            return self._by_name.get(log.topics[1].lower()) if len(log.topics) > 1 else None
        return self._by_name.get(log.address.lower())

    def _apply(self, spec: PoolSpec, log: Log) -> Any | None:
        """Take a log in; StreamGap where it is none that can be: everything is read anew then."""
        if log.block_number is None:
            return None  # of the block that is being made
        number = quantity(log.block_number)
        if number <= self._block:
            if log.removed:
                raise StreamGap(f"block {self._block}, which pools were read at, is gone")
            return None
        try:
            event = self._tracked[spec.instrument].apply(log)
        except WireError as e:
            raise StreamGap(f"{spec.instrument}: {e}", reason=GapReason.MALFORMED) from e
        self._told[spec.instrument] = number - log.removed
        return event

    def _time(self, log: Log, received_ns: Nanos) -> Nanos:
        """When a log's block says it was made; where that is not known, when it came."""
        tip = self._tip
        if tip is not None and log.block_hash == tip.hash:
            return Nanos(tip.timestamp_s * SECOND)
        return received_ns

    # --- showing ----------------------------------------------------------------------------------

    def _show(self, spec: PoolSpec, now_ns: Nanos) -> Iterator[Event]:
        """A pool's ladders anew, as of the newest block that is heard of: nodes may tell a block's
        logs before its head.
        """
        book, tracked = self._books[spec.instrument], self._tracked[spec.instrument]
        tip = self._tip
        assert tip is not None
        block = max(tip.number, self._block, self._told.get(spec.instrument, 0))
        live = LivePool(spec, tracked, block)
        self._board.live[spec.instrument] = live
        self._board.books[spec.instrument] = book
        units = units_of(book.about, spec.base_token.decimals, spec.quote_token.decimals)
        try:
            show_pool(
                book,
                live.side(buy=True),
                live.side(buy=False),
                units,
                block_number=live.block,
                venue_ns=Nanos(0),
                received_ns=now_ns,
                tolerance=TOLERANCE,
            )
        except ValueError as e:  # a price that no pool can have by now
            raise StreamGap(f"{spec.instrument}: {e}") from e
        yield BookChanged(spec.instrument, book)

    def _leave(self, now_ns: Nanos, reason: GapReason, detail: str) -> tuple[Event, ...]:
        gaps: list[Event] = []
        for spec in self._specs:
            book = self._books[spec.instrument]
            if book.state != 1:
                continue
            book.lose()
            self._board.live.pop(spec.instrument, None)
            gaps.append(
                BookGap(
                    instrument=spec.instrument,
                    venue_ns=now_ns,
                    received_ns=now_ns,
                    reason=reason,
                    detail=detail,
                )
            )
        self._tracked.clear()
        return tuple(gaps)


def _frame(number: int, method: str, params: list[Any]) -> str:
    told = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return msgspec.json.encode(told).decode()


def _plain(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.MsgspecError as e:
        raise WireError(f"no JSON: {e}") from e
