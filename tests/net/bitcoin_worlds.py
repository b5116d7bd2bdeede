"""Bitcoin chains for the tests: the simulation, as new and as old nodes speak, and a real litecoind
(a Bitcoin Core 0.21) where one is installed. All are made to do the same things.
"""

import asyncio
import base64
import contextlib
import http.client
import json
import random
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from argosy.model import Credentials
from argosy.net.bitcoin import BitcoinClient, BitcoinSettings
from argosy.net.bitcoin_node import BitcoinNode
from argosy.net.clock import SystemClock
from argosy.net.http import HttpSettings
from argosy.sandbox.bitcoin.encoding import Tx, TxIn, TxOut, serialized, txid
from argosy.sandbox.bitcoin.scripts import pay_to
from argosy.sandbox.bitcoin.server import PASSWORD, USER, BitcoinSandbox
from argosy.sandbox.bitcoin.server import BitcoinSettings as Made

FAST = HttpSettings(attempts=2, backoff_s=0.001, timeout_s=20)
COIN = 100_000_000
_PLACES = ("litecoind", "/usr/lib/litecoin/litecoind")


class World(Protocol):
    """What every chain can be made to do. Amounts are satoshi."""

    prevouts: bool  # whether blocks tell what inputs spend
    change_returns: bool  # to the address that pays; else to a new one

    @property
    def node(self) -> BitcoinNode: ...

    async def mine(self, count: int = 1) -> None: ...
    async def reorganise(self, depth: int) -> None:
        """Drop that many blocks for one more, which are empty or hold what they held."""

    async def address(self) -> str:
        """Nobody was paid at it yet."""

    async def pay(self, address: str, value: int) -> str:
        """The txid of what waits now."""

    async def raw(self, value: int) -> tuple[bytes, str]:
        """A transaction that could be sent, and its id."""

    async def spend(self, txid: str, address: str) -> str:
        """Spend what `pay` paid to that address, to nobody."""


def client(*nodes: BitcoinNode, **more: Any) -> BitcoinClient:
    return BitcoinClient(
        nodes=nodes,
        clock=SystemClock(),
        rng=random.Random(1),
        settings=BitcoinSettings(http=FAST, **more),
    )


def sandbox_node(url: str, name: str = "node", password: str = PASSWORD) -> BitcoinNode:
    return BitcoinNode(name=name, url=url, login=Credentials(key=USER, secret=password))


class Simulated:
    """The simulation. Its addresses belong to names."""

    change_returns = True

    def __init__(self, sandbox: BitcoinSandbox) -> None:
        self.sandbox = sandbox
        self.prevouts = not sandbox.settings.old
        self._names: dict[str, str] = {}

    @property
    def node(self) -> BitcoinNode:
        return sandbox_node(self.sandbox.nodes[0].url)

    async def mine(self, count: int = 1) -> None:
        for _ in range(count):
            self.sandbox.chain.mine()

    async def reorganise(self, depth: int) -> None:
        self.sandbox.chain.reorganise(depth, empty=True)

    async def address(self) -> str:
        name = f"stranger{len(self._names)}"
        address = self.sandbox.crowd.address(name)
        self._names[address] = name
        return address

    async def pay(self, address: str, value: int) -> str:
        entry = self.sandbox.crowd.pay("miner", self._names[address], value, 5)
        assert entry is not None
        return entry.txid

    def _tx(self, value: int) -> Tx:
        chain = self.sandbox.chain
        place, coin = next(
            (place, coin)
            for place, coin in chain.coins.items()
            if coin.out.script == pay_to("miner")
            and chain.free(place)
            and coin.height is not None
            and len(chain.best) - coin.height >= 100
        )
        change = coin.out.value - value - 1_000
        outputs = (TxOut(value, pay_to("stranger")), TxOut(change, pay_to("miner")))
        return Tx((TxIn(*place),), outputs)

    async def raw(self, value: int) -> tuple[bytes, str]:
        tx = self._tx(value)
        return serialized(tx), txid(tx)

    async def spend(self, txid: str, address: str) -> str:
        script = pay_to(self._names[address])
        tx = self.sandbox.chain.txs[txid]
        index = next(n for n, out in enumerate(tx.outputs) if out.script == script)
        out = TxOut(tx.outputs[index].value - 1_000, pay_to("stranger"))
        return self.sandbox.chain.submit(Tx((TxIn(txid, index),), (out,))).txid


@contextlib.asynccontextmanager
async def simulated(**settings: Any) -> AsyncIterator[Simulated]:
    async with BitcoinSandbox(Made(**settings)) as sandbox:
        yield Simulated(sandbox)


class Daemon:
    """A litecoind of its own on this machine, with a wallet. Asked past the client."""

    def __init__(self, binary: str, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [
                binary, "-regtest", f"-datadir={folder}", "-server", "-listen=0", "-txindex=0",
                f"-rpcport={self.port}", "-fallbackfee=0.0002", "-printtoconsole=0", "-dnsseed=0",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()
        self.call("createwallet", "tests")
        self.call("generatetoaddress", 110, self.call("getnewaddress"))

    @property
    def cookie(self) -> Path:
        return self.folder / "regtest" / ".cookie"

    def _wait(self) -> None:
        for _ in range(300):
            with contextlib.suppress(OSError, RuntimeError):
                self.call("getblockcount")
                return
            assert self._process.poll() is None, "litecoind ended"
            time.sleep(0.05)
        raise AssertionError("litecoind does not answer")

    def call(self, method: str, *params: object) -> Any:
        token = base64.b64encode(self.cookie.read_bytes()).decode()
        body = json.dumps({"id": 1, "method": method, "params": params})
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("POST", "/", body, {"Authorization": f"Basic {token}"})
            told = json.loads(connection.getresponse().read() or b"{}")
        except ValueError as e:
            raise RuntimeError(str(e)) from e
        finally:
            connection.close()
        if told.get("error") or "result" not in told:
            raise RuntimeError(str(told.get("error")))
        return told["result"]

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)


class Real:
    """The same over a litecoind."""

    prevouts = False
    change_returns = False

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon

    @property
    def node(self) -> BitcoinNode:
        url = f"http://127.0.0.1:{self.daemon.port}"
        return BitcoinNode(name="node", url=url, cookie_file=str(self.daemon.cookie))

    async def _call(self, method: str, *params: object) -> Any:
        return await asyncio.to_thread(self.daemon.call, method, *params)

    async def mine(self, count: int = 1) -> None:
        await self._call("generatetoaddress", count, await self.address())

    async def reorganise(self, depth: int) -> None:
        height = await self._call("getblockcount")
        block = await self._call("getblockhash", height - depth + 1)
        await self._call("invalidateblock", block)
        await self.mine(depth + 1)

    async def address(self) -> str:
        return await self._call("getnewaddress")

    async def pay(self, address: str, value: int) -> str:
        return await self._call("sendtoaddress", address, f"{value / COIN:.8f}")

    async def raw(self, value: int) -> tuple[bytes, str]:
        outputs = {await self.address(): f"{value / COIN:.8f}"}
        made = await self._call("createrawtransaction", [], outputs)
        funded = (await self._call("fundrawtransaction", made))["hex"]
        signed = (await self._call("signrawtransactionwithwallet", funded))["hex"]
        told = await self._call("decoderawtransaction", signed)
        return bytes.fromhex(signed), told["txid"]

    async def spend(self, txid: str, address: str) -> str:
        told = (await self._call("gettransaction", txid, False, True))["decoded"]
        out = next(o for o in told["vout"] if address in o["scriptPubKey"].get("addresses", ()))
        outputs = {await self.address(): f"{out['value'] - 0.0001:.8f}"}
        made = await self._call("createrawtransaction", [{"txid": txid, "vout": out["n"]}], outputs)
        signed = (await self._call("signrawtransactionwithwallet", made))["hex"]
        return await self._call("sendrawtransaction", signed)


@contextlib.contextmanager
def daemon(folder: Path) -> Iterator[Daemon]:
    binary = next((found for place in reversed(_PLACES) if (found := shutil.which(place))), None)
    if binary is None:
        pytest.skip("no litecoind on this machine (Debian: apt-get install litecoind)")
    running = Daemon(binary, folder)
    try:
        yield running
    finally:
        running.close()
