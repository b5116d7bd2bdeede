"""A node's streams (eth_subscribe) as a session: new heads, logs, waiting transactions. Run it with
`net.feed.FeedRunner`, which connects, reconnects, watches for silence and keeps the audit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from argosy.dialects.evm.jsonrpc import read_head, read_log, read_pending
from argosy.errors import StreamGap, WireError
from argosy.model import ChainEvent, GapReason, Nanos
from argosy.model.time import SECOND
from argosy.ports import NOTHING, FeedPlan, HttpResponse, SessionCall, Step

_HEARTBEAT_NS = 10 * SECOND  # a quiet chain looks like a dead connection otherwise
_CONFIRM_NS = 15 * SECOND
_BEAT = 0  # the id of heartbeats
_READERS: Mapping[str, Callable[[object, str, Nanos], ChainEvent]] = {
    "newHeads": read_head,
    "logs": read_log,
    "newPendingTransactions": read_pending,
}


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What to subscribe to. `addresses` and `topics` narrow logs as eth_subscribe takes them;
    `whole` asks for whole waiting transactions, which not every node gives (geth, anvil do).
    """

    kind: Literal["newHeads", "logs", "newPendingTransactions"]
    addresses: tuple[str, ...] = ()
    topics: tuple[Any, ...] = ()  # for each place: a topic, several of which one must be, or None
    whole: bool = False

    @property
    def params(self) -> list[Any]:
        """The parameters of eth_subscribe."""
        if self.kind == "logs":
            wanted: dict[str, Any] = {}
            if self.addresses:
                wanted["address"] = list(self.addresses)
            if self.topics:
                wanted["topics"] = list(self.topics)
            return [self.kind, wanted]
        return [self.kind, True] if self.whole else [self.kind]


class _Params(msgspec.Struct):
    subscription: str
    result: Any


class _Frame(msgspec.Struct):
    id: int | None = None
    method: str = ""
    params: _Params | None = None
    result: Any = None
    error: Any = None


_DECODER = msgspec.json.Decoder(_Frame)


class ChainSession:
    """One connection to one node. Events: Head, Log, PendingTransaction, as the node tells them:
    heads may be of either side of a reorganisation, and it is `net.heads` that sorts them out.
    """

    def __init__(self, chain: str, watches: Sequence[Watch], plan: FeedPlan | None = None) -> None:
        self.plan = plan or FeedPlan(url="ws_public")
        self.chain = chain
        self._watches = tuple(watches)
        self._names: dict[str, Watch] = {}  # by the node's name of a subscription
        self._opened_ns = 0
        self._beat_ns = 0

    @property
    def ready(self) -> bool:
        """Whether every subscription was confirmed."""
        return len(self._names) == len(self._watches)

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing is asked before the connection."""
        return ()

    def answer(self, tag: str, response: HttpResponse) -> Step:  # noqa: ARG002 - the protocol's
        """Nothing was asked."""
        return NOTHING

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe to everything."""
        self._opened_ns = self._beat_ns = now_ns
        frames = (
            _request(number, "eth_subscribe", watch.params)
            for number, watch in enumerate(self._watches, 1)
        )
        return Step(send=tuple(frames))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """A confirmation, or what happened on the chain."""
        try:
            told = _DECODER.decode(frame)
        except msgspec.MsgspecError as e:
            raise WireError(f"{self.chain}: no JSON-RPC frame ({e})") from e
        if told.params is not None:
            watch = self._names.get(told.params.subscription)
            if watch is None:
                return NOTHING  # one that came before its confirmation; heads make up for it
            event = _READERS[watch.kind](told.params.result, self.chain, received_ns)
            return Step(events=(event,))
        if told.id is None or told.id == _BEAT:
            return NOTHING
        self._confirm(told)
        return NOTHING

    def _confirm(self, told: _Frame) -> None:
        if told.id is None or not 1 <= told.id <= len(self._watches):
            raise WireError(f"{self.chain}: an answer to a question that was not asked: {told.id}")
        watch = self._watches[told.id - 1]
        if told.error is not None or not isinstance(told.result, str):
            raise StreamGap(
                f"{self.chain} refuses {watch.kind}: {str(told.error)[:200]}",
                reason=GapReason.SEQUENCE,
            )
        self._names[told.result] = watch

    def tick(self, now_ns: Nanos) -> Step:
        """Ask for a sign of life now and then; give up where subscriptions are not confirmed."""
        if not self.ready and now_ns - self._opened_ns > _CONFIRM_NS:
            raise StreamGap(f"{self.chain} confirmed {len(self._names)} of {len(self._watches)}")
        if now_ns - self._beat_ns < _HEARTBEAT_NS:
            return NOTHING
        self._beat_ns = now_ns
        return Step(send=(_request(_BEAT, "eth_blockNumber", []),))

    def close(self, now_ns: Nanos) -> Step:  # noqa: ARG002 - the protocol's
        """The connection is gone; what happens meanwhile is found by parent hashes."""
        self._names.clear()
        return NOTHING


def _request(number: int, method: str, params: list[Any]) -> str:
    told = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    return msgspec.json.encode(told).decode()
