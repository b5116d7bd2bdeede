"""What watching a chain costs: a transaction decoded, a block looked at, and the time from a node's
pool to the decoded event.

Decoding is measured against web3's `decode_function_input` and eth-abi's `decode` on the same
bytes, where they are installed; before a row is reported, both read the same arguments.
"""

import asyncio
import contextlib
import random
import statistics
import threading
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from eth_abi import encode

from argosy.dialects.evm.calldata import FUNCTIONS, read_call
from argosy.errors import ConfigError
from argosy.net.clock import SystemClock
from argosy.net.rpc import RpcClient, RpcNode
from argosy.net.watch.events import PendingDecoded
from argosy.net.watch.feed import ChainWatch, WatchSettings
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from benchmarks.route_rows import timed
from benchmarks.rows import Row, compared, skipped

GROUP = "chain"
WAY = "from a transaction's way to the node to its decoded event"
SENT = 300
A, B, ME = "0x" + "ab" * 20, "0x" + "cd" * 20, "0x" + "ef" * 20
ROUTER = "0x" + "12" * 20
BY_SIGNATURE = {entry.signature: entry for entry in FUNCTIONS}


def _calls() -> dict[str, tuple[str, list[Any]]]:
    """Common calls: (signature, arguments)."""
    packed = bytes.fromhex(A[2:] + "000bb8" + B[2:])
    wrap = encode(["address", "uint256"], ["0x" + "00" * 19 + "02", 10**18])
    swap = encode(
        ["address", "uint256", "uint256", "bytes", "bool"], [ME, 10**18, 1, packed, False]
    )
    single = "(address,address,uint24,address,uint256,uint256,uint160)"
    return {
        "an ERC-20 transfer": ("transfer(address,uint256)", [ME, 10**18]),
        "an ERC-20 approve": ("approve(address,uint256)", [ME, 2**256 - 1]),
        "a v2 swap": (
            "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)",
            [10**18, 3_000 * 10**6, [A, B], ME, 1_800_000_000],
        ),
        "a v3 swap": (f"exactInputSingle({single})", [(A, B, 3_000, ME, 10**18, 1, 0)]),
        "a Universal Router call of two commands": (
            "execute(bytes,bytes[],uint256)",
            [b"\x0b\x00", [wrap, swap], 1_800_000_000],
        ),
    }


def measure(repeats: int) -> list[Row]:
    """Rows for decoding, and for the whole way."""
    rows: list[Row] = []
    for what, (signature, arguments) in _calls().items():
        rows += _decoding(what, signature, arguments, repeats)
    return rows + _ways(max(1, repeats // 3))


# --- decoding -------------------------------------------------------------------------------------


def _decoding(what: str, signature: str, arguments: list[Any], repeats: int) -> list[Row]:
    name = f"decode {what}"
    entry = BY_SIGNATURE[signature]
    data = "0x" + (entry.selector + encode(entry.values.types, arguments)).hex()
    ours = _median(lambda: read_call(ROUTER, data), repeats)
    routed = signature.startswith("execute(")
    note = "the commands as well; the peers read the outer call alone" if routed else ""
    rows = [compared(GROUP, name, "us/call", ours, note="from hex to what it means; " + note)]
    for peer, make in (("eth-abi", _by_eth_abi), ("web3", _by_web3)):
        try:
            read = make(signature, data)
        except ImportError:
            rows.append(skipped(GROUP, name, peer, f"{peer} is not installed beside us"))
            continue
        if _plain(read()) != _plain(entry.values.read(bytes.fromhex(data[2:]), 4)):
            rows.append(skipped(GROUP, name, peer, f"{peer} reads other arguments"))
            continue
        theirs = _median(read, max(1, repeats // 3))
        rows.append(compared(GROUP, name, "us/call", ours, peer, version(peer), theirs, note=note))
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(_plain(each) for each in value.values())
    if isinstance(value, list | tuple):
        return tuple(_plain(each) for each in value)
    return value.lower() if isinstance(value, str) else value


def _by_eth_abi(signature: str, data: str) -> Callable[[], Any]:
    from eth_abi import decode

    types = BY_SIGNATURE[signature].values.types
    return lambda: decode(types, bytes.fromhex(data[10:]))


def _by_web3(signature: str, data: str) -> Callable[[], Any]:
    contract = _web3_contract()
    assert signature in BY_SIGNATURE
    return lambda: contract.decode_function_input(data)[1]


def _web3_contract() -> Any:
    """A contract of web3's with the functions that are measured, as one for each would have."""
    from web3 import Web3

    abi = [_abi(signature) for signature, _ in _calls().values()]
    return Web3().eth.contract(abi=abi)


def _abi(signature: str) -> dict[str, Any]:
    entry = BY_SIGNATURE[signature]

    def part(kind: str, place: int) -> dict[str, Any]:
        name = f"p{place}"
        if not kind.startswith("("):
            return {"name": name, "type": kind}
        inside = [part(each, at) for at, each in enumerate(kind[1:-1].split(","))]
        return {"name": name, "type": "tuple", "components": inside}

    inputs = [part(kind, place) for place, kind in enumerate(entry.values.types)]
    return {
        "type": "function",
        "name": entry.name,
        "inputs": inputs,
        "outputs": [],
        "stateMutability": "payable",
    }


def _median(work: Callable[[], object], repeats: int) -> float:
    """Microseconds of one call."""
    return statistics.median(timed(work, 300) for _ in range(max(1, repeats))) * 1_000


# --- the whole way --------------------------------------------------------------------------------


class _Sender:
    """Sends swaps to a node from a thread of its own, and notes when each was handed over."""

    def __init__(self, chain: EvmChain) -> None:
        self.chain = chain
        self.sent_ns: dict[str, int] = {}
        router = chain.contract("uniswap_v2.router")
        path = [chain.layout.tokens[each].address for each in ("WETH", "USDC")]
        me = chain.layout.accounts["desk"]
        data = router.data("swapExactTokensForTokens", 10**15, 0, path, me, 2**40)
        self.fields = {"from": me, "to": router.address, "data": data, "gas": hex(300_000)}

    def run(self) -> None:
        with Link(self.chain.node.url) as link:
            for number in range(SENT):
                fields = self.fields | {"maxFeePerGas": hex(10**11 + number)}
                at = time.perf_counter_ns()
                self.sent_ns[link.call("eth_sendTransaction", fields)] = at
                time.sleep(0.002)


Hear = Callable[[str, int], None]  # a hash, and nanoseconds that we ourselves took for it
Listen = Callable[[EvmChain, Hear], Awaitable[None]]


def _ways(repeats: int) -> list[Row]:
    try:
        ours = [_way(_ours) for _ in range(repeats)]
    except ConfigError as e:
        return [skipped(GROUP, WAY, "", str(e))]
    median = statistics.median(statistics.median(whole) for whole, _ in ours)
    within = statistics.median(statistics.median(own) for _, own in ours)
    worst = statistics.median(sorted(whole)[len(whole) * 99 // 100] for whole, _ in ours)
    unit, note = "ms, wall", "one after another, streamed whole by anvil, whose own work is in it"
    rows = [
        compared(
            GROUP, f"{WAY}: of that, from the frame on", "us, wall", within, note="ours alone"
        ),
        compared(GROUP, f"{WAY}, 99 of 100 within", unit, worst, note=note),
        compared(GROUP, WAY, unit, median, note=note),
    ]
    try:
        import web3  # noqa: F401 - whether it is there
    except ImportError:
        return [*rows, skipped(GROUP, WAY, "web3", "web3 is not installed beside us")]
    theirs = [_way(_web3)[0] for _ in range(repeats)]
    value = statistics.median(statistics.median(each) for each in theirs)
    return [*rows, compared(GROUP, WAY, unit, median, "web3", version("web3"), value, note=note)]


def _way(listen: Listen) -> tuple[list[float], list[float]]:
    """Of each transaction: milliseconds from before it was sent until it was decoded; and
    microseconds that were ours.
    """
    heard_ns: dict[str, int] = {}
    took_us: list[float] = []

    def hear(name: str, took_ns: int) -> None:
        heard_ns.setdefault(name, time.perf_counter_ns())
        took_us.append(took_ns / 1_000)

    async def run() -> dict[str, int]:
        with EvmChain(NodeSettings(mine=False)) as chain:
            sender = _Sender(chain)
            task = asyncio.get_running_loop().create_task(listen(chain, hear))
            await asyncio.sleep(1)  # until it stands
            thread = threading.Thread(target=sender.run)
            thread.start()
            while thread.is_alive() or not sender.sent_ns.keys() <= heard_ns.keys():
                await asyncio.sleep(0.01)
                if task.done():
                    task.result()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return sender.sent_ns

    sent_ns = asyncio.run(asyncio.wait_for(run(), 60))
    return [(heard_ns[name] - at) / 1e6 for name, at in sent_ns.items()], took_us


async def _ours(chain: EvmChain, hear: Hear) -> None:
    clock = SystemClock()

    def deliver(event: object) -> None:
        if isinstance(event, PendingDecoded) and event.call is not None:
            hear(event.transaction.hash, clock.now_ns() - event.transaction.received_ns)

    nodes = [RpcNode(name="node", url=chain.node.url)]
    rng = random.Random(1)
    async with RpcClient(chain="bench", nodes=nodes, clock=clock, rng=rng) as client:
        settings = WatchSettings(blocks=False)
        watch = ChainWatch(client, deliver, rng=rng, ws_url=chain.node.ws_url, settings=settings)
        await watch.run()


async def _web3(chain: EvmChain, hear: Hear) -> None:
    from web3 import AsyncWeb3, WebSocketProvider

    abi = chain.contract("uniswap_v2.router").abi
    contract = _router(list(abi))
    async with AsyncWeb3(WebSocketProvider(chain.node.ws_url)) as web3:
        await web3.eth.subscribe("newPendingTransactions", True)
        async for told in web3.socket.process_subscriptions():
            found = told["result"]
            contract.decode_function_input(found["input"])
            hear("0x" + bytes(found["hash"]).hex(), 0)


def _router(abi: list[Any]) -> Any:
    from web3 import Web3

    return Web3().eth.contract(abi=abi)
