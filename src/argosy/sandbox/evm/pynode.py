"""The node for a machine without anvil: py-evm behind JSON-RPC over HTTP, run as a process of its
own (`python -m argosy.sandbox.evm.pynode`). Slow, and lacks what `LOST` says; answers nothing else.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from aiohttp import web

from argosy.sandbox.evm.pystream import Streams

MNEMONIC = (
    "test test test test test test test test test test test junk"  # and anvil's accounts of it
)
HD_PATH = "m/44'/60'/0'/0"
LOST = (
    "state is built anew at each start (seconds instead of a tenth of one)",
    "Uniswap v4, Permit2 and the Universal Router are left out: no code can be put at an address",
    "no waiting transactions: each is mined at once, so no txpool, no actors, no replacement",
    "streams of heads and logs only; no traces, no reorganisations by request",
)
_BLOCK_GAS = 30_000_000
_NO_METHOD, _FAILED, _REVERTED = -32601, -32000, 3


class Refused(Exception):
    """An error to answer with."""

    def __init__(self, message: str, code: int = _FAILED, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class PyNode:
    """An EthereumTester that answers as a node does: hex in, hex out."""

    def __init__(
        self, *, chain_id: int, accounts: int, balance_eth: int, block_s: int, genesis_s: int
    ) -> None:
        from eth_tester import EthereumTester, PyEVMBackend

        genesis = {"timestamp": genesis_s} if block_s else {}
        backend = PyEVMBackend.from_mnemonic(
            MNEMONIC,
            genesis_state_overrides={"balance": balance_eth * 10**18},
            genesis_parameters=PyEVMBackend.generate_genesis_params(genesis),
            num_accounts=accounts,
            hd_path=HD_PATH,
        )
        backend.chain.chain_id = chain_id  # the library's own cannot be chosen; read by each block
        self.tester = EthereumTester(backend=backend)
        self.chain_id = chain_id
        self.block_s = block_s
        self._methods: Mapping[str, Callable[..., Any]] = {
            "eth_chainId": lambda: hex(self.chain_id),
            "net_version": lambda: str(self.chain_id),
            "web3_clientVersion": lambda: "py-evm/argosy",
            "eth_accounts": lambda: list(self.tester.get_accounts()),
            "eth_blockNumber": lambda: hex(backend.chain.get_canonical_head().block_number),
            "eth_getBlockByNumber": lambda number, whole=False: self._block(number, whole=whole),
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBalance": lambda who, at="latest": hex(
                self.tester.get_balance(who, _number(at))
            ),
            "eth_getTransactionCount": lambda who, at="latest": hex(
                self.tester.get_nonce(who, _number(at))
            ),
            "eth_getCode": lambda who, at="latest": self.tester.get_code(who, _number(at)),
            "eth_getStorageAt": lambda who, slot, at="latest": self.tester.get_storage_at(
                who, slot, _number(at)
            ),
            "eth_call": self._call,
            "eth_estimateGas": lambda told, _at="latest": hex(
                self.tester.estimate_gas(_fields(told))
            ),
            "eth_gasPrice": lambda: hex(2 * 10**9),
            "eth_maxPriorityFeePerGas": lambda: hex(10**9),
            "eth_feeHistory": self._fee_history,
            "eth_sendTransaction": self._send,
            "eth_sendRawTransaction": self._send_raw,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getTransactionByHash": self._transaction,
            "eth_getLogs": self._logs,
            "evm_mine": self._mine,
            "evm_snapshot": self._snapshot,
            "evm_revert": self._revert,
        }
        self._snapshots: list[Any] = []

    def answer(self, told: Any) -> dict[str, Any]:
        """One question's answer; whatever goes wrong is an error in it."""
        number = told.get("id") if isinstance(told, dict) else None
        head = {"jsonrpc": "2.0", "id": number}
        try:
            method = self._methods.get(told["method"])
            if method is None:
                raise Refused(f"method not found: {told['method']}", _NO_METHOD)
            return {**head, "result": method(*told.get("params", []))}
        except Refused as e:
            return {**head, "error": {"code": e.code, "message": str(e), "data": e.data}}
        except Exception as e:  # the library has dozens, of several kinds
            return {**head, "error": _explained(e)}

    # --- reading ----------------------------------------------------------------------------------

    def _block(self, number: str, *, whole: bool = False) -> dict[str, Any] | None:
        from eth_tester.exceptions import BlockNotFound

        try:
            told = self.tester.get_block_by_number(_number(number), full_transactions=whole)
        except BlockNotFound:
            return None
        return _row(told)

    def _block_by_hash(self, name: str, whole: bool = False) -> dict[str, Any] | None:
        from eth_tester.exceptions import BlockNotFound

        try:
            told = self.tester.get_block_by_hash(name, full_transactions=whole)
        except BlockNotFound:
            return None
        return _row(told)

    def _call(self, told: dict[str, Any], at: str = "latest") -> str:
        fields = _fields(told)
        fields.setdefault("from", self.tester.get_accounts()[0])
        fields.setdefault("gas", _BLOCK_GAS - 1)
        result: str = self.tester.call(fields, _number(at))
        return result

    def _fee_history(self, count: str, newest: str, percentiles: Any = ()) -> dict[str, Any]:
        last = _number(newest)
        head = self.tester.backend.chain.get_canonical_head().block_number
        tip = head if isinstance(last, str) else min(last, head)
        first = max(0, tip - int(count, 16) + 1)
        blocks = [self._block(hex(number)) for number in range(first, tip + 1)]
        base = [block["baseFeePerGas"] for block in blocks if block]
        ratios = [int(b["gasUsed"], 16) / int(b["gasLimit"], 16) for b in blocks if b]
        pending = hex(self.tester.backend.get_base_fee("pending"))
        return {
            "oldestBlock": hex(first),
            "baseFeePerGas": [*base, pending],
            "gasUsedRatio": ratios,
            "reward": [[hex(10**9)] * len(percentiles) for _ in blocks],  # all here pay the same
        }

    def _receipt(self, name: str) -> dict[str, Any] | None:
        from eth_tester.exceptions import TransactionNotFound

        try:
            told = _row(self.tester.get_transaction_receipt(name))
        except TransactionNotFound:
            return None
        return told if told.get("blockNumber") is not None else None

    def _transaction(self, name: str) -> dict[str, Any] | None:
        from eth_tester.exceptions import TransactionNotFound

        try:
            return _row(self.tester.get_transaction_by_hash(name))
        except TransactionNotFound:
            return None

    def _logs(self, wanted: dict[str, Any]) -> list[Any]:
        found = self.tester.get_logs(
            from_block=_number(wanted.get("fromBlock", "latest")),
            to_block=_number(wanted.get("toBlock", "latest")),
            address=wanted.get("address"),
            topics=wanted.get("topics"),
        )
        return [_told(each) for each in found]

    # --- changing ---------------------------------------------------------------------------------

    def _pace(self) -> None:
        if self.block_s:
            # The library's own time_travel starts from the wall clock, and refuses the past.
            chain = self.tester.backend.chain
            at_s = chain.get_canonical_head().timestamp + self.block_s
            chain.header = chain.header.copy(timestamp=at_s)

    def _send(self, told: dict[str, Any]) -> str:
        fields = _fields(told)
        fields.setdefault("gas", _BLOCK_GAS - 1)
        fields["gas"] = min(fields["gas"], _BLOCK_GAS - 1)
        if "max_fee_per_gas" not in fields:
            fields.setdefault("gas_price", 2 * 10**9)
        self._pace()
        sent: str = self.tester.send_transaction(fields)
        return sent

    def _send_raw(self, raw: str) -> str:
        self._pace()
        sent: str = self.tester.send_raw_transaction(raw)
        return sent

    def _mine(self) -> str:
        self._pace()
        self.tester.mine_block()
        return "0x0"

    def _snapshot(self) -> str:
        self._snapshots.append(self.tester.take_snapshot())
        return hex(len(self._snapshots))

    def _revert(self, number: str) -> bool:
        place = int(number, 16)
        if not 1 <= place <= len(self._snapshots):
            return False
        self.tester.revert_to_snapshot(self._snapshots[place - 1])
        del self._snapshots[place - 1 :]
        return True


_WORDS = {"gasPrice": "gas_price", "maxFeePerGas": "max_fee_per_gas"}
_WORDS["maxPriorityFeePerGas"] = "max_priority_fee_per_gas"
_NUMBERS = {"value", "gas", "nonce", "gas_price", "max_fee_per_gas", "max_priority_fee_per_gas"}


def _fields(told: dict[str, Any]) -> dict[str, Any]:
    """A transaction in the library's words."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        word = _WORDS.get(name, "data" if name == "input" else name)
        if value is not None and word not in {"chainId", "type"}:
            found[word] = int(value, 16) if word in _NUMBERS else value
    return found


def _number(text: str) -> int | str:
    return int(text, 16) if text.startswith("0x") else text


def _told(value: Any) -> Any:
    """The library's answer as JSON-RPC writes it: camelCase, and numbers in hex."""
    if isinstance(value, Mapping):
        found = {}
        for name, each in value.items():
            if name == "data" and "topics" not in value:
                found["input"] = _told(each)
            else:
                found[_camel(str(name))] = _told(each)
        return found
    if isinstance(value, list | tuple):
        return [_told(each) for each in value]
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return hex(value)
    return "0x" + bytes(value).hex()


def _row(value: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_told(value))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _explained(error: Exception) -> dict[str, Any]:
    kind = type(error).__name__
    if kind == "TransactionFailed":
        data = error.args[0] if error.args else b""
        if isinstance(data, bytes):
            return {"code": _REVERTED, "message": "execution reverted", "data": "0x" + data.hex()}
        reason = str(data).removeprefix("execution reverted: ")
        from argosy.sandbox.evm.abi import encode, selector

        told = (selector("Error(string)") + encode(["string"], [reason])).hex()
        message = f"execution reverted: {reason}"
        return {"code": _REVERTED, "message": message, "data": "0x" + told}
    return {"code": _FAILED, "message": f"{kind}: {error}"}


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
    streams = Streams(node.answer)
    runner = web.AppRunner(application(node, streams), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    sys.stdout.write(f"Listening on 127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await streams.run()


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser()
    for name in ("port", "chain_id", "accounts", "balance_eth", "block_s", "genesis_s"):
        parser.add_argument(f"--{name}", type=int, required=True)
    told = vars(parser.parse_args())
    port = told.pop("port")
    asyncio.run(_serve(PyNode(**told), port))


if __name__ == "__main__":
    main()
