"""mempool.space's stream as a session: blocks, fees, projected blocks, addresses, transactions. Run
it with `net.feed.FeedRunner`, which connects, reconnects, watches for silence and keeps the audit.

https://mempool.space/docs/api/websocket (2026-11-27)
"""

from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from argosy.errors import StreamGap
from argosy.model import GapReason, Nanos
from argosy.model.bitcoin import BitcoinEvent, TransactionNews, TransferState
from argosy.model.time import SECOND
from argosy.ports import NOTHING, Event, FeedPlan, HttpResponse, SessionCall, Step
from argosy.sources.mempool_space import read, wire

_HEARTBEAT_NS = 10 * SECOND  # silence would look like a dead connection
_CONFIRM_NS = 20 * SECOND
_REMEMBERED = 64  # blocks: they are told again with each list of them
_FRAME = msgspec.json.Decoder(wire.Frame)


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What to subscribe to. A server tracks one transaction a connection, and few addresses."""

    blocks: bool = True
    mempool_blocks: bool = True
    stats: bool = True
    addresses: tuple[str, ...] = ()
    transaction: str = ""

    @property
    def data(self) -> list[str]:
        """In the words of `want`."""
        names = {"blocks": self.blocks, "mempool-blocks": self.mempool_blocks, "stats": self.stats}
        return [name for name, wanted in names.items() if wanted]


class ExplorerSession:
    """One connection. Events: Head for each block it tells (of either side of a reorganisation,
    which `net.heads` sorts out), ProjectedBlocks, MempoolState, FeeForecast, BitcoinTransaction of
    watched addresses, TransactionNews of the tracked transaction and of what left the pool.
    """

    def __init__(
        self, wanted: Wanted, *, chain: str = "bitcoin", plan: FeedPlan | None = None
    ) -> None:
        self.plan = plan or FeedPlan(url="ws_public")
        self.chain = chain
        self._wanted = wanted
        self._missing = set(wanted.data)
        self._blocks: deque[str] = deque(maxlen=_REMEMBERED)
        self._heard = False
        self._opened_ns = 0
        self._beat_ns = 0

    @property
    def ready(self) -> bool:
        """Whether everything wanted came once. Addresses are not confirmed; refusals are told."""
        return self._heard and not self._missing

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing is asked before the connection."""
        return ()

    def answer(self, tag: str, response: HttpResponse) -> Step:  # noqa: ARG002 - the protocol's
        """Nothing was asked."""
        return NOTHING

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe to everything; the ping at the end shows that all of it was read."""
        self._opened_ns = self._beat_ns = now_ns
        frames: list[dict[str, Any]] = [{"action": "init"}]
        if self._wanted.data:
            frames.append({"action": "want", "data": self._wanted.data})
        if len(self._wanted.addresses) == 1:
            frames.append({"track-address": self._wanted.addresses[0]})
        elif self._wanted.addresses:
            frames.append({"track-addresses": list(self._wanted.addresses)})
        if self._wanted.transaction:
            frames.append({"track-tx": self._wanted.transaction, "watch-mempool": True})
        frames.append({"action": "ping"})
        return Step(send=tuple(msgspec.json.encode(frame).decode() for frame in frames))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame tells, blocks first. Raises StreamGap where addresses are refused."""
        told = read.decoded(_FRAME, frame, "a frame of mempool.space")
        if told.addresses_error is not None:
            raise StreamGap(
                f"mempool.space refuses the addresses: {str(told.addresses_error)[:200]}",
                reason=GapReason.SEQUENCE,
            )
        self._heard |= told.pong
        events: list[Event] = [*self._block_events(told, received_ns)]
        if told.mempool_blocks is not None:
            self._missing.discard("mempool-blocks")
            if self._wanted.mempool_blocks:
                events.append(read.projected(told.mempool_blocks, self.chain, received_ns))
        if told.mempoolInfo is not None and self._wanted.stats:
            self._missing.discard("stats")
            events.append(read.mempool_info(told.mempoolInfo, self.chain, received_ns))
        if told.fees is not None and self._wanted.stats:
            events.append(read.fees(told.fees, self.chain, received_ns))
        events += self._transactions(told, received_ns)
        events += self._tracked(told, received_ns)
        return Step(events=tuple(events))

    def _block_events(self, told: wire.Frame, received_ns: Nanos) -> list[Event]:
        if told.blocks is not None:
            self._missing.discard("blocks")
        if not self._wanted.blocks:
            return []
        found: list[Event] = []
        blocks = [*(told.blocks or ()), *([told.block] if told.block is not None else ())]
        heads = [read.head(each, self.chain, received_ns) for each in blocks]
        for head in sorted(heads, key=lambda head: head.number):
            if head.hash not in self._blocks:
                self._blocks.append(head.hash)
                found.append(head)
        return found

    def _transactions(self, told: wire.Frame, received_ns: Nanos) -> list[BitcoinEvent]:
        """Those of watched addresses; one of several addresses is told once."""
        came = {
            each.txid: each
            for each in (
                *told.address_transactions,
                *told.block_transactions,
                *(tx for news in told.multi_address.values() for tx in news.mempool),
                *(tx for news in told.multi_address.values() for tx in news.confirmed),
            )
        }
        gone = {
            each.txid
            for each in (
                *told.removed_transactions,
                *(tx for news in told.multi_address.values() for tx in news.removed),
            )
        }
        found: list[BitcoinEvent] = [
            read.transaction(each, self.chain, received_ns) for each in came.values()
        ]
        found += [self._news(txid, TransferState.REMOVED, received_ns) for txid in sorted(gone)]
        return found

    def _tracked(self, told: wire.Frame, received_ns: Nanos) -> Iterable[BitcoinEvent]:
        if told.tx is not None:
            yield read.transaction(told.tx, self.chain, received_ns)
        if told.txPosition is not None:
            position = told.txPosition
            yield self._news(
                position.txid,
                TransferState.WAITING,
                received_ns,
                block_ahead=position.position.block,
            )
        for replaced in (told.rbfTransaction, told.txReplaced):
            if replaced is not None and self._wanted.transaction:
                yield self._news(
                    self._wanted.transaction,
                    TransferState.REMOVED,
                    received_ns,
                    replaced_by=replaced.txid,
                )
        if told.txConfirmed:
            yield self._news(told.txConfirmed, TransferState.CONFIRMED, received_ns)

    def _news(
        self,
        txid: str,
        state: TransferState,
        received_ns: Nanos,
        *,
        replaced_by: str = "",
        block_ahead: int | None = None,
    ) -> TransactionNews:
        return TransactionNews(
            chain=self.chain,
            txid=txid,
            state=state,
            replaced_by=replaced_by,
            block_ahead=block_ahead,
            received_ns=received_ns,
        )

    def tick(self, now_ns: Nanos) -> Step:
        """Ask for a sign of life now and then; give up where what is wanted does not come."""
        if not self.ready and now_ns - self._opened_ns > _CONFIRM_NS:
            raise StreamGap(f"mempool.space sent no {', '.join(sorted(self._missing)) or 'pong'}")
        if now_ns - self._beat_ns < _HEARTBEAT_NS:
            return NOTHING
        self._beat_ns = now_ns
        return Step(send=('{"action":"ping"}',))

    def close(self, now_ns: Nanos) -> Step:  # noqa: ARG002 - the protocol's
        """The connection is gone; what happens meanwhile is found by parent hashes."""
        return NOTHING
