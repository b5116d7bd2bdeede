"""The node for a machine without anvil: py-evm behind JSON-RPC over HTTP and WebSocket, run as a
process of its own (`python -m argosy.sandbox.evm.pynode`). Slow, and lacks what `LOST` says.
"""

import argparse
import asyncio
import gzip
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from argosy.sandbox.clock import WallClock
from argosy.sandbox.evm.link import BLOCK_GAS
from argosy.sandbox.evm.pycalls import (
    BAD_PARAMS,
    FAILED,
    NO_METHOD,
    NO_QUESTION,
    Calls,
    Refused,
    accesses,
    raw,
    unreadable,
)
from argosy.sandbox.evm.pychain import NoBlock, Override, PyChain, data_gas
from argosy.sandbox.evm.pyfilters import Filters, Heads
from argosy.sandbox.evm.pypool import Pool, PoolRefused, Waiting, waiting
from argosy.sandbox.evm.pyreads import Reads
from argosy.sandbox.evm.pystream import Streams

LOST = (
    "speed: a first start takes some eight seconds, a later one one; a swap takes 25 ms",
    "calls at 'pending' do not see what waits; eth_simulateV1 has overrides and calls, no more",
    "no traces, proofs, access lists made for a call, transactions with blobs",
    "of anvil's own methods few; nobody is impersonated; logs that went are not told again",
)
_MOST_MINED = 1_000
_WAITS = 4  # it is taken, but is in no block yet (EIP-7966)
_NO_SUCH_PARAMS = (TypeError, ValueError, KeyError, AttributeError)  # of what was asked with
_WORDS = {"value", "gas", "nonce", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"}
_SNAKE = {"gasPrice": "gas_price", "maxFeePerGas": "max_fee_per_gas"}
_SNAKE["maxPriorityFeePerGas"] = "max_priority_fee_per_gas"


class PyNode:
    """A chain and what waits for it, answering as a node does: hex in, hex out."""

    def __init__(self, chain: PyChain, *, mine: bool = True, fifo: bool = False) -> None:
        self.chain = chain
        self.pool = Pool(fifo=fifo)
        self.mining = mine  # a block for each transaction
        self._snapshots: list[Any] = []
        self._reads = Reads(chain, self.pool)
        self._calls = Calls(chain, next(iter(chain.keys)))
        self._methods: Mapping[str, Callable[..., Any]] = {
            **self._reads.methods(),
            **self._calls.methods(),
            **Filters(chain, self.pool, self._reads.logs).methods(),
            **self._changing(),
        }

    def answer(self, told: Any) -> dict[str, Any]:
        """One question's answer; whatever goes wrong is an error in it."""
        head = {"jsonrpc": "2.0", "id": told.get("id") if isinstance(told, dict) else None}
        try:
            if not isinstance(told, dict) or not isinstance(told.get("method"), str):
                raise Refused("invalid request", NO_QUESTION)
            method = self._methods.get(told["method"])
            if method is None:
                raise Refused(f"method not found: {told['method']}", NO_METHOD)
            return {**head, "result": method(*(told.get("params") or ()))}
        except Refused as e:
            more = {} if e.data is None else {"data": e.data}
            return {**head, "error": {"code": e.code, "message": str(e), **more}}
        except (NoBlock, PoolRefused) as e:
            return {**head, "error": {"code": FAILED, "message": str(e)}}
        except Exception as e:  # the library has dozens, of several kinds
            code = BAD_PARAMS if isinstance(e, _NO_SUCH_PARAMS) else FAILED
            return {**head, "error": {"code": code, "message": f"{type(e).__name__}: {e}"}}

    # --- changing ---------------------------------------------------------------------------------

    def _changing(self) -> Mapping[str, Callable[..., Any]]:
        chain = self.chain
        return {
            "eth_sendTransaction": lambda told: self._take(self._signed(told)),
            "eth_signTransaction": lambda told: "0x" + self._signed(told).encode().hex(),
            "eth_sendRawTransaction": lambda told: self._take(chain.decoded(raw(told))),
            "eth_sendRawTransactionSync": self._send_and_wait,
            "evm_mine": self._mine_one,
            "anvil_mine": self._mine,
            "evm_setAutomine": self._set_mining,
            "anvil_getAutomine": lambda: self.mining,
            "evm_snapshot": self._snapshot,
            "evm_revert": self._revert,
            "evm_setNextBlockTimestamp": lambda at_s: chain.due(int(str(at_s), 0)),
            "evm_increaseTime": lambda seconds: chain.later(int(str(seconds), 0)),
            "anvil_dropTransaction": lambda name: name if self.pool.drop(raw(name)) else None,
            "anvil_setCode": lambda who, code: chain.write(raw(who), Override(code=raw(code))),
            "anvil_setBalance": lambda who, amount: chain.write(
                raw(who), Override(balance=int(amount, 16))
            ),
            "anvil_setNonce": lambda who, nonce: chain.write(
                raw(who), Override(nonce=int(nonce, 16))
            ),
            "anvil_setStorageAt": lambda who, slot, value: chain.write(
                raw(who), Override(slots={int(slot, 16): int(value, 16)})
            ),
            "anvil_dumpState": lambda: "0x" + gzip.compress(chain.dump(), 1).hex(),
            "anvil_reorg": self._reorg,
        }

    def _signed(self, told: dict[str, Any]) -> Any:
        sender = raw(told["from"])
        if sender not in self.chain.keys:
            raise Refused(f"no account {told['from']} is unlocked here")
        fields = {_SNAKE.get(word, word): int(told[word], 16) for word in _WORDS if told.get(word)}
        fields["gas"] = min(fields.get("gas") or int(self._calls.estimate(told), 16), BLOCK_GAS)
        fields.setdefault("nonce", self.pool.next_nonce(sender, self._reads.nonce(sender)))
        data = raw(told.get("input") or told.get("data") or "")
        more = {"to": raw(told.get("to") or ""), "data": data, "access_list": accesses(told)}
        return self.chain.signed(sender, {**fields, **more})

    def _take(self, transaction: Any) -> str:
        """Mine it at once, or let it wait."""
        new = waiting(transaction)
        self._check(new)
        if not self.mining:
            self.pool.add(new, self._reads.nonce(new.sender))
        elif new.tip(self.chain.base_fee) < 0:
            raise Refused("max fee per gas less than block base fee")
        elif why := self.chain.mine([transaction]).get(new.name):
            raise Refused(why)
        else:
            self.pool.notice(transaction)  # it waited, if not for long
        return "0x" + new.name.hex()

    def _send_and_wait(self, told: str, _timeout_ms: Any = None) -> dict[str, Any]:
        """EIP-7966, but without a wait: it is in a block at once, or who asks is told that not."""
        name = self._take(self.chain.decoded(raw(told)))
        if (receipt := self._reads.receipt(name)) is None:
            raise Refused("it waits for a block", _WAITS, name)
        return receipt

    def _check(self, new: Waiting) -> None:
        theirs = getattr(new.transaction, "chain_id", self.chain.chain_id)
        if theirs not in {None, self.chain.chain_id}:
            raise Refused(f"invalid chain id {theirs}; this is {self.chain.chain_id}")
        if new.gas > BLOCK_GAS:
            raise Refused("exceeds block gas limit")
        if new.gas < max(new.transaction.intrinsic_gas, data_gas(new.transaction.data)):
            raise Refused("intrinsic gas too low")
        state = self.chain.state("latest")
        if new.nonce < (following := state.get_nonce(new.sender)):
            raise Refused(f"nonce too low: next nonce {following}, tx nonce {new.nonce}")
        if self.mining and new.nonce > following:
            raise Refused(f"nonce too high: next nonce {following}, tx nonce {new.nonce}")
        if state.get_balance(new.sender) < new.gas * new.max_fee + new.transaction.value:
            raise Refused("insufficient funds for gas * price + value")

    def _mine_one(self) -> str:
        self._mine()
        return "0x0"

    def _mine(self, count: str = "0x1", apart_s: str = "0x0") -> None:
        if (blocks := int(count, 16)) > _MOST_MINED:
            raise Refused(f"at most {_MOST_MINED} blocks at once", BAD_PARAMS)
        for turn in range(blocks):
            if turn and (apart := int(apart_s, 16)):
                self.chain.due(int(self.chain.head.timestamp) + apart)
            chosen = self.pool.block(self.chain.base_fee, BLOCK_GAS, self._reads.nonce)
            stuck = set()
            for name in self.chain.mine(chosen):
                held = self.pool.find(name)
                if held is not None and held.sender not in stuck:
                    stuck.add(held.sender)  # those after it wait on, for another in its place
                    self.pool.drop(name)  # its account has not enough any more
            self.pool.settle(self._reads.nonce)

    def _set_mining(self, by_itself: bool) -> None:
        self.mining = by_itself
        if by_itself and len(self.pool):
            self._mine()

    def _snapshot(self) -> str:
        self._snapshots.append(self.chain.mark())
        return hex(len(self._snapshots))

    def _revert(self, which: str) -> bool:
        place = int(which, 16)
        if not 1 <= place <= len(self._snapshots):
            return False
        self.chain.back(self._snapshots[place - 1])
        del self._snapshots[place - 1 :]
        return True

    def _reorg(self, depth: int, transactions: Any = ()) -> None:
        """Other blocks, with nothing in them, in place of the last; what was in those is gone."""
        if transactions:
            raise Refused("a reorganisation has no transactions here", BAD_PARAMS)
        seed = bytes(self.chain.head.hash)
        self._snapshots.clear()
        self.chain.shorten(depth)
        for _ in range(depth):
            self.chain.mine(seed=seed)


def application(node: PyNode, streams: Streams) -> web.Application:
    """The node as a web application: POST / takes one question or a list of them; GET / as a
    WebSocket is its streams.
    """

    async def handle(request: web.Request) -> web.Response:
        try:
            told = msgspec.json.decode(await request.read())
        except msgspec.DecodeError:
            found: Any = unreadable()
        else:
            several = isinstance(told, list) and told
            found = [node.answer(each) for each in told] if several else node.answer(told)
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/", handle)
    app.router.add_get("/", streams.serve)
    return app


async def _serve(node: PyNode, port: int) -> None:
    streams = Streams(node.answer, node.pool.arrivals, Heads(node.chain))
    runner = web.AppRunner(application(node, streams), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write(f"Listening on 127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await streams.run()


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser()
    numbers = ("chain_id", "accounts", "balance_eth", "block_s", "genesis_s")
    for name in ("port", *numbers):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--no-mining", action="store_true")
    parser.add_argument("--order", choices=("fees", "fifo"), default="fees")
    told = vars(parser.parse_args())
    chain = PyChain(
        clock=WallClock(),
        state=told["state"].read_bytes() if told["state"] else b"",
        **{name: told[name] for name in numbers},
    )
    node = PyNode(chain, mine=not told["no_mining"], fifo=told["order"] == "fifo")
    asyncio.run(_serve(node, told["port"]))


if __name__ == "__main__":
    main()
