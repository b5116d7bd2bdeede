"""The node for a machine without anvil: py-evm behind JSON-RPC over HTTP and WebSocket, run as a
process of its own (`python -m argosy.sandbox.evm.pynode`). Slow, and lacks what `LOST` says.
"""

import argparse
import asyncio
import gzip
import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from argosy.sandbox.clock import WallClock
from argosy.sandbox.evm import pyrows
from argosy.sandbox.evm.link import BLOCK_GAS
from argosy.sandbox.evm.pycalls import BAD_PARAMS, FAILED, Refused, asked, failure, number, put, raw
from argosy.sandbox.evm.pycalls import simulated as simulate
from argosy.sandbox.evm.pychain import GWEI, NoBlock, Override, PyChain, data_gas
from argosy.sandbox.evm.pypool import Pool, PoolRefused, Waiting, waiting
from argosy.sandbox.evm.pystream import Streams

LOST = (
    "speed: a first start takes some eight seconds, a later one one; a swap takes 25 ms",
    "calls at 'pending' do not see what waits; eth_simulateV1 has overrides and calls, no more",
    "no traces, no filters but that of waiting transactions; of anvil's own methods few",
)
_NO_METHOD = -32601
_MOST_MINED = 1_000
_MOST_FILTERS = 256
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
        self._filters: dict[str, int] = {}  # of waiting transactions: which came last
        self._filter_names = itertools.count(1)
        self._owner = next(iter(chain.keys))
        self._methods: Mapping[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(chain.chain_id),
            "net_version": lambda: str(chain.chain_id),
            "web3_clientVersion": lambda: "py-evm/argosy",
            "eth_accounts": lambda: ["0x" + each.hex() for each in chain.keys],
            "eth_blockNumber": lambda: hex(chain.head.block_number),
            "eth_gasPrice": lambda: hex(chain.base_fee + GWEI),
            "eth_maxPriorityFeePerGas": lambda: hex(GWEI),
            **self._reading(),
            **self._changing(),
        }

    def answer(self, told: Any) -> dict[str, Any]:
        """One question's answer; whatever goes wrong is an error in it."""
        head = {"jsonrpc": "2.0", "id": told.get("id") if isinstance(told, dict) else None}
        try:
            method = self._methods.get(told["method"])
            if method is None:
                raise Refused(f"method not found: {told['method']}", _NO_METHOD)
            return {**head, "result": method(*told.get("params", []))}
        except Refused as e:
            return {**head, "error": {"code": e.code, "message": str(e), "data": e.data}}
        except (NoBlock, PoolRefused) as e:
            return {**head, "error": {"code": FAILED, "message": str(e)}}
        except Exception as e:  # the library has dozens, of several kinds
            return {**head, "error": {"code": FAILED, "message": f"{type(e).__name__}: {e}"}}

    # --- reading ----------------------------------------------------------------------------------

    def _reading(self) -> Mapping[str, Callable[..., Any]]:
        chain = self.chain

        def state(at: str) -> Any:
            return chain.state(number(at))

        return {
            "eth_getBlockByNumber": self._block,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockReceipts": self._block_receipts,
            "eth_getBalance": lambda who, at="latest": hex(state(at).get_balance(raw(who))),
            "eth_getTransactionCount": self._count,
            "eth_getCode": lambda who, at="latest": "0x" + state(at).get_code(raw(who)).hex(),
            "eth_getStorageAt": lambda who, slot, at="latest": (
                f"0x{state(at).get_storage(raw(who), int(slot, 16)):064x}"
            ),
            "eth_call": self._call,
            "eth_simulateV1": lambda options, at="latest": simulate(
                chain, options, at, self._owner
            ),
            "eth_estimateGas": self._estimate,
            "eth_feeHistory": self._fee_history,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionByHash": self._transaction,
            "eth_getLogs": self._logs,
            "eth_newPendingTransactionFilter": self._new_filter,
            "eth_getFilterChanges": self._filter_changes,
            "eth_uninstallFilter": lambda name: self._filters.pop(name, None) is not None,
            "txpool_content": self._content,
            "txpool_status": lambda: {
                kind: hex(sum(map(len, senders.values())))
                for kind, senders in self._content().items()
            },
        }

    def _nonce(self, sender: bytes) -> int:
        return int(self.chain.state("latest").get_nonce(sender))

    def _count(self, who: str, at: str = "latest") -> str:
        sender = raw(who)
        if at == "pending":
            return hex(self.pool.next_nonce(sender, self._nonce(sender)))
        return hex(self.chain.state(number(at)).get_nonce(sender))

    def _block(self, at: str, whole: bool = False) -> dict[str, Any] | None:
        try:
            return pyrows.block_row(self.chain.block(number(at)), whole=whole)
        except NoBlock:
            return None

    def _block_by_hash(self, name: str, whole: bool = False) -> dict[str, Any] | None:
        block = self.chain.block_named(raw(name))
        return None if block is None else pyrows.block_row(block, whole=whole)

    def _block_receipts(self, which: str) -> list[dict[str, Any]] | None:
        named = len(which) == 66  # a hash
        try:
            block = self.chain.block_named(raw(which)) if named else self.chain.block(number(which))
        except NoBlock:
            return None
        return None if block is None else pyrows.receipt_rows(self.chain, block)

    def _call(self, told: dict[str, Any], at: str = "latest", overrides: Any = None) -> str:
        state = self.chain.state(number(at), free=True)
        put(state, overrides)
        done = self.chain.run(state, asked(told, self._owner))
        if why := failure(done):
            raise why
        return f"0x{done.output.hex()}"

    def _estimate(self, told: dict[str, Any], _at: str = "latest") -> str:
        gas, done = self.chain.gas_needed(asked(told, self._owner))
        if why := failure(done):
            raise why
        return hex(gas)

    def _fee_history(self, count: str, newest: str, percentiles: Any = ()) -> dict[str, Any]:
        chain = self.chain
        head = int(chain.head.block_number)
        last = number(newest)
        tip = min(last, head) if isinstance(last, int) else head
        first = max(0, tip - int(str(count), 0) + 1)
        blocks = [chain.block(each) for each in range(first, tip + 1)]
        following = chain.base_fee
        if tip < head:
            following = chain.block(tip + 1).header.base_fee_per_gas
        return {
            "oldestBlock": hex(first),
            "baseFeePerGas": [*(hex(b.header.base_fee_per_gas) for b in blocks), hex(following)],
            "gasUsedRatio": [b.header.gas_used / b.header.gas_limit for b in blocks],
            "reward": [pyrows.fee_row(chain, each, percentiles) for each in blocks],
        }

    def _receipt(self, name: str) -> dict[str, Any] | None:
        place = self.chain.place(raw(name))
        return None if place is None else pyrows.receipt_rows(self.chain, place[0])[place[1]]

    def _transaction(self, name: str) -> dict[str, Any] | None:
        if (held := self.pool.find(raw(name))) is not None:
            return pyrows.waiting_row(held.transaction)
        place = self.chain.place(raw(name))
        return None if place is None else pyrows.transaction_row(*place)

    def _new_filter(self) -> str:
        if len(self._filters) >= _MOST_FILTERS:
            del self._filters[next(iter(self._filters))]  # nobody takes the trouble to end them
        name = hex(next(self._filter_names))
        self._filters[name], _ = self.pool.arrivals(0)
        return name

    def _filter_changes(self, name: str) -> list[str]:
        if name not in self._filters:
            raise Refused(f"filter not found: {name}")
        self._filters[name], came = self.pool.arrivals(self._filters[name])
        return ["0x" + each.hash.hex() for each in came]

    def _content(self) -> dict[str, Any]:
        pending, queued = self.pool.sorted(self._nonce)
        return {
            kind: {
                sender: {nonce: pyrows.waiting_row(each) for nonce, each in theirs.items()}
                for sender, theirs in senders.items()
            }
            for kind, senders in (("pending", pending), ("queued", queued))
        }

    def _logs(self, wanted: dict[str, Any]) -> list[Any]:
        if "blockHash" in wanted:
            block = self.chain.block_named(raw(wanted["blockHash"]))
            if block is None:
                raise NoBlock(f"unknown block {wanted['blockHash']}")
            blocks: Iterator[Any] = iter((block,))
        else:
            ends = (wanted.get("fromBlock", "latest"), wanted.get("toBlock", "latest"))
            first, last = (self.chain.header(number(end)).block_number for end in ends)
            head = self.chain.head.block_number
            blocks = (self.chain.block(each) for each in range(first, min(last, head) + 1))
        return [
            log
            for block in blocks
            if block.header.bloom
            for receipt in pyrows.receipt_rows(self.chain, block)
            for log in receipt["logs"]
            if pyrows.matches(log, wanted)
        ]

    # --- changing ---------------------------------------------------------------------------------

    def _changing(self) -> Mapping[str, Callable[..., Any]]:
        chain = self.chain
        return {
            "eth_sendTransaction": lambda told: self._take(self._signed(told)),
            "eth_signTransaction": lambda told: "0x" + self._signed(told).encode().hex(),
            "eth_sendRawTransaction": lambda told: self._take(chain.decoded(raw(told))),
            "evm_mine": self._mine_one,
            "anvil_mine": self._mine,
            "evm_setAutomine": self._set_mining,
            "evm_snapshot": self._snapshot,
            "evm_revert": self._revert,
            "evm_setNextBlockTimestamp": lambda at_s: chain.due(int(str(at_s), 0)),
            "evm_increaseTime": lambda seconds: chain.later(int(str(seconds), 0)),
            "anvil_dropTransaction": lambda name: name if self.pool.drop(raw(name)) else None,
            "anvil_setCode": lambda who, code: chain.write(raw(who), Override(code=raw(code))),
            "anvil_setBalance": lambda who, amount: chain.write(
                raw(who), Override(balance=int(amount, 16))
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
        fields["gas"] = min(fields.get("gas") or int(self._estimate(told), 16), BLOCK_GAS)
        fields.setdefault("nonce", self.pool.next_nonce(sender, self._nonce(sender)))
        data = raw(told.get("input") or told.get("data") or "")
        return self.chain.signed(sender, {**fields, "to": raw(told.get("to") or ""), "data": data})

    def _take(self, transaction: Any) -> str:
        """Mine it at once, or let it wait."""
        new = waiting(transaction)
        self._check(new)
        if not self.mining:
            self.pool.add(new, self._nonce(new.sender))
        elif new.tip(self.chain.base_fee) < 0:
            raise Refused("max fee per gas less than block base fee")
        elif why := self.chain.mine([transaction]).get(new.name):
            raise Refused(why)
        return "0x" + new.name.hex()

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

    def _mine(self, count: str = "0x1") -> None:
        if (blocks := int(count, 16)) > _MOST_MINED:
            raise Refused(f"at most {_MOST_MINED} blocks at once", BAD_PARAMS)
        for _ in range(blocks):
            chosen = self.pool.block(self.chain.base_fee, BLOCK_GAS, self._nonce)
            stuck = set()
            for name in self.chain.mine(chosen):
                held = self.pool.find(name)
                if held is not None and held.sender not in stuck:
                    stuck.add(held.sender)  # those after it wait on, for another in its place
                    self.pool.drop(name)  # its account has not enough any more
            self.pool.settle(self._nonce)

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
            told = None
        if isinstance(told, list):
            found: Any = [node.answer(each) for each in told]
        else:
            found = node.answer(told)
        return web.Response(body=msgspec.json.encode(found), content_type="application/json")

    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/", handle)
    app.router.add_get("/", streams.serve)
    return app


async def _serve(node: PyNode, port: int) -> None:
    streams = Streams(node.answer, node.pool.arrivals)
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
