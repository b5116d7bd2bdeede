"""mempool.space's stream over the simulated chain: who wants what, and the frames they get. Ordered
and bounded; a reader that is too slow is cut off.

https://mempool.space/docs/api/websocket (2026-11-27), and for what the documents leave out
backend/src/api/websocket-handler.ts of github.com/mempool/mempool.
"""

import asyncio
import re
from typing import Any

import msgspec
from aiohttp import WSMsgType, web

from argosy.sandbox.bitcoin.chain import Block, Waiting
from argosy.sandbox.bitcoin.encoding import Tx
from argosy.sandbox.bitcoin.explorer import Explorer

_WANTABLE = ("blocks", "mempool-blocks", "live-2h-chart", "stats")
_TXID = re.compile(r"[0-9a-fA-F]{64}")
_FRAMES = 1_000
_MOST_ADDRESSES = 10
_SHOWN = 8  # blocks of a list of them
_JSON = msgspec.json.Encoder(decimal_format="number")


class Reader:
    """One connection, and what it wants."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[bytes | None] = asyncio.Queue(_FRAMES)
        self.wants: set[str] = set()
        self.address = ""
        self.addresses: tuple[str, ...] = ()
        self.txid = ""

    def send(self, frame: dict[str, Any]) -> None:
        """Queue a frame, if there is something in it."""
        if not frame:
            return
        if self.frames.full():
            self.frames.get_nowait()
            self.frames.put_nowait(None)
            return
        self.frames.put_nowait(_JSON.encode(frame))


class Stream:
    """Every reader, and what they are told."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.chain = explorer.chain
        self.readers: set[Reader] = set()
        self.chain.blocks_told.append(self._block)
        self.chain.reorg_told.append(self._reorganised)
        self.chain.pool_told.append(self._pool)

    # --- one connection ---------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The request handler: upgrades, then serves until either side closes."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20, timeout=2.0)
        await socket.prepare(request)
        reader = Reader()
        self.readers.add(reader)
        try:
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(_write(socket, reader, request))
                async for message in socket:
                    if message.type is WSMsgType.TEXT and not self.receive(reader, message.data):
                        break
                writer.cancel()
        finally:
            self.readers.discard(reader)
        return socket

    def cut(self) -> None:
        """Break every connection."""
        for reader in self.readers:
            while not reader.frames.empty():
                reader.frames.get_nowait()
            reader.frames.put_nowait(None)

    def receive(self, reader: Reader, text: str) -> bool:
        """A frame came; False: it cannot be read, and the connection ends."""
        try:
            told = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return False
        if not isinstance(told, dict):
            return False
        answer: dict[str, Any] = {}
        if told.get("action") == "init":
            reader.send(self._everything())
        if told.get("action") == "want" and isinstance(told.get("data"), list):
            wanted = {name for name in _WANTABLE if name in told["data"]}
            answer |= self._first(wanted - reader.wants)
            reader.wants = wanted
        if told.get("action") == "ping":
            answer["pong"] = True
        if isinstance(told.get("track-address"), str):
            reader.address = told["track-address"]
        if isinstance(told.get("track-addresses"), list):
            answer |= self._track(reader, [str(each) for each in told["track-addresses"]])
        if "track-tx" in told:
            name = str(told["track-tx"])
            reader.txid = name if _TXID.fullmatch(name) else ""
            if reader.txid and told.get("watch-mempool") and name in self.chain.pool:
                answer["tx"] = self.explorer.tx(self.chain.pool[name].tx)
            answer |= self._position(reader)
        reader.send(answer)
        return True

    def _track(self, reader: Reader, addresses: list[str]) -> dict[str, Any]:
        if len(addresses) > _MOST_ADDRESSES:
            reader.addresses = ()
            return {
                "track-addresses-error": "too many addresses requested, this connection supports"
                f" tracking a maximum of {_MOST_ADDRESSES} addresses"
            }
        reader.addresses = tuple(addresses)
        return {}

    # --- what is told -----------------------------------------------------------------------------

    def _blocks(self) -> list[dict[str, Any]]:
        return [self.explorer.block(block) for block in self.chain.best[-_SHOWN:]]

    def _stats(self) -> dict[str, Any]:
        return {
            "mempoolInfo": self.explorer.info(),
            "vBytesPerSecond": 0,
            "fees": self.explorer.fees(),
        }

    def _first(self, wanted: set[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if "blocks" in wanted:
            told["blocks"] = self._blocks()
        if "mempool-blocks" in wanted:
            told["mempool-blocks"] = self.explorer.projected()
        if "stats" in wanted:
            told |= self._stats()
        return told

    def _everything(self) -> dict[str, Any]:
        told = self._first({"blocks", "mempool-blocks", "stats"})
        return told | {"backend": "esplora", "transactions": self.explorer.recent()[:6]}

    def _position(self, reader: Reader) -> dict[str, Any]:
        if reader.txid not in self.chain.pool:
            return {}
        for place, block in enumerate(self.explorer.dealt()):
            if any(each.txid == reader.txid for each in block):
                position = {"block": place, "vsize": self.chain.pool[reader.txid].vsize}
                return {"txPosition": {"txid": reader.txid, "position": position}}
        return {}

    def _changed(self, reader: Reader) -> dict[str, Any]:
        told = self._stats() if "stats" in reader.wants else {}
        if "mempool-blocks" in reader.wants:
            told["mempool-blocks"] = self.explorer.projected()
        return told | self._position(reader)

    def _block(self, block: Block) -> None:
        for reader in self.readers:
            told = self._changed(reader)
            if "blocks" in reader.wants:
                told["block"] = self.explorer.block(block)
            if reader.txid in block.txids:
                told["txConfirmed"] = reader.txid
            told |= self._addresses(reader, [], list(block.txs), [])
            reader.send(told)

    def _reorganised(self) -> None:
        for reader in self.readers:
            told = self._changed(reader)
            if "blocks" in reader.wants:
                told["blocks"] = self._blocks()
            reader.send(told)

    def _pool(self, added: list[Waiting], removed: list[Waiting]) -> None:
        for reader in self.readers:
            told = self._changed(reader)
            if any(each.txid == reader.txid for each in removed):
                told["rbfTransaction"] = {"txid": added[0].txid}
            came, gone = [each.tx for each in added], [each.tx for each in removed]
            reader.send(told | self._addresses(reader, came, [], gone))

    def _addresses(
        self, reader: Reader, came: list[Tx], mined: list[Tx], gone: list[Tx]
    ) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if reader.address:
            names = ("address-transactions", "block-transactions", "address-removed-transactions")
            for name, txs in zip(names, (came, mined, gone), strict=True):
                if found := self._touching(reader.address, txs):
                    told[name] = found
        several = {}
        for address in reader.addresses:
            lists = [self._touching(address, txs) for txs in (came, mined, gone)]
            # The real one tells what was removed only beside something that came.
            if lists[0] or lists[1]:
                several[address] = dict(
                    zip(("mempool", "confirmed", "removed"), lists, strict=True)
                )
        return told | ({"multi-address-transactions": several} if several else {})

    def _touching(self, address: str, txs: list[Tx]) -> list[dict[str, Any]]:
        return [self.explorer.tx(tx) for tx in txs if self.explorer.touches(tx, address)]


async def _write(socket: web.WebSocketResponse, reader: Reader, request: web.Request) -> None:
    try:
        while (frame := await reader.frames.get()) is not None:
            await socket.send_str(frame.decode())
    except ConnectionError:
        return
    if request.transport is not None:
        request.transport.abort()
