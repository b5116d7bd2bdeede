"""A WebSocket server in a process of its own that floods prebuilt frames, as fast as TCP takes.

`python -m benchmarks.flood FILE`: prints its port; a client that says anything gets the frames of
FILE (u32 count, then u32 length + bytes each), then silence. Serves until its input closes.
"""

import asyncio
import json
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from picows import WSFrame, WSListener, WSMsgType, WSTransport, WSUpgradeRequest, ws_create_server

CHUNK = 32  # frames between looks at what the socket still holds


def save(frames: Iterable[bytes], path: Path) -> None:
    """Frames as a file this server reads."""
    kept = list(frames)
    with path.open("wb") as file:
        file.write(struct.pack("=I", len(kept)))
        for frame in kept:
            file.write(struct.pack("=I", len(frame)))
            file.write(frame)


def restore(path: Path) -> list[bytes]:
    """Frames from such a file."""
    data = path.read_bytes()
    (count,) = struct.unpack_from("=I", data)
    at = 4
    frames = []
    for _ in range(count):
        (length,) = struct.unpack_from("=I", data, at)
        frames.append(data[at + 4 : at + 4 + length])
        at += 4 + length
    return frames


class Flood(WSListener):
    """One client's flood; starts at the first text it sends."""

    def __init__(self, frames: list[bytes]) -> None:
        self.frames = frames
        self.started = False
        self.gone = False
        self.writable = asyncio.Event()
        self.writable.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type is WSMsgType.PING:
            transport.send_pong(frame.get_payload_as_bytes())
        elif frame.msg_type is WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif frame.msg_type in {WSMsgType.TEXT, WSMsgType.BINARY} and not self.started:
            self.started = True
            self._confirm(transport, frame.get_payload_as_bytes())
            self.task = asyncio.get_running_loop().create_task(self._send(transport))

    @staticmethod
    def _confirm(transport: WSTransport, text: bytes) -> None:
        """Confirm OKX subscriptions as the venue does; clients differ in what they do before."""
        said = json.loads(text)
        for arg in said.get("args", ()):
            told = {"event": "subscribe", "arg": arg, "connId": "a4d3ae55"}
            if "id" in said:
                told["id"] = said["id"]
            transport.send(WSMsgType.TEXT, json.dumps(told).encode())

    def on_ws_disconnected(self, _transport: WSTransport) -> None:
        self.gone = True
        self.writable.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    async def _send(self, transport: WSTransport) -> None:
        for start in range(0, len(self.frames), CHUNK):
            await self.writable.wait()
            if self.gone:
                return
            for frame in self.frames[start : start + CHUNK]:
                transport.send(WSMsgType.TEXT, frame)
            await asyncio.sleep(0)


async def serve(frames: list[bytes]) -> None:
    def accept(_request: WSUpgradeRequest) -> WSListener:
        return Flood(frames)

    server = await ws_create_server(accept, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(restore(Path(sys.argv[1]))))
