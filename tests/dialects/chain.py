"""A local node and the published contracts, where both are installed; tests skip with a reason.

`ARGOSY_CONTRACTS` (by default `build/contracts`) is a folder with `node_modules` of the npm
packages that the contracts come in; anvil is there too (`@foundry-rs/anvil-*`), in `ANVIL_BIN`, or
on the path. See docs/how_to/price_a_pool.md.
"""

import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest

from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.evm.logs import Log, read_logs

ME = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"  # anvil's first account
GAS = 30_000_000


MISSING = "no published contracts in ARGOSY_CONTRACTS or build/contracts to compare with"


def modules() -> Path | None:
    default = Path(__file__).resolve().parents[2] / "build" / "contracts"
    folder = Path(os.environ.get("ARGOSY_CONTRACTS") or default).resolve() / "node_modules"
    return folder if folder.is_dir() else None


def anvil() -> str | None:
    found = os.environ.get("ANVIL_BIN") or shutil.which("anvil")
    if not found and (where := modules()):
        found = next((str(each) for each in where.glob("@foundry-rs/anvil-*/bin/anvil")), None)
    return found


def artifact(package: str, path: str) -> str:
    """The creation code of a published contract, or a skip."""
    where = modules()
    if where is None:
        pytest.skip(MISSING)
    file = where / package / path
    if not file.is_file():
        pytest.skip(f"{package} is not in ARGOSY_CONTRACTS: npm install it there")
    found = json.loads(file.read_text())
    code = found["bytecode"]
    if isinstance(code, dict):  # foundry
        code = code["object"]
    return code.removeprefix("0x")


def word(value: int | str | bool) -> str:
    if isinstance(value, str):
        return value.removeprefix("0x").lower().rjust(64, "0")
    return (int(value) % (1 << 256)).to_bytes(32, "big").hex()


def packed(*values: int | str | bool | Sequence) -> str:
    """Static values one after the other, as the ABI packs them; sequences are static structs."""
    return "".join(packed(*each) if isinstance(each, tuple) else word(each) for each in values)


def selector(signature: str) -> str:
    return "0x" + keccak256(signature.encode())[:4].hex()


def words(data: str) -> list[int]:
    raw = bytes.fromhex(data[2:])
    return [int.from_bytes(raw[i : i + 32], "big") for i in range(0, len(raw), 32)]


def signed(value: int) -> int:
    return value - (1 << 256) if value >> 255 else value


class Reverted(Exception):
    """The contract refused."""


class Chain:
    """JSON-RPC to one anvil, in batches where many are asked at once."""

    def __init__(self, port: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=50)
        self.gas = 0

    def _post(self, body: object) -> object:
        self.http.request("POST", "/", json.dumps(body), {"Content-Type": "application/json"})
        return json.loads(self.http.getresponse().read())

    def rpc(self, method: str, *params: object) -> object:
        answer = self._post({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        if "error" in answer:
            raise Reverted(f"{method}: {answer['error']}")
        return answer["result"]

    def deploy(self, code: str, *arguments: int | str | bool) -> str:
        return self._mined({"from": ME, "data": "0x" + code + packed(*arguments)})[
            "contractAddress"
        ]

    def send(self, to: str, signature: str, *arguments, value: int = 0, tail: str = "") -> dict:
        data = selector(signature) + packed(*arguments) + tail
        return self._mined({"from": ME, "to": to, "data": data, "value": hex(value)})

    def _mined(self, transaction: dict) -> dict:
        transaction["gas"] = hex(GAS)
        name = self.rpc("eth_sendTransaction", transaction)
        for _ in range(10_000):  # mined at once, but not before it answers
            receipt = self.rpc("eth_getTransactionReceipt", name)
            if receipt is not None:
                break
        assert receipt is not None, f"transaction {name} was never mined"
        if receipt["status"] != "0x1":
            raise Reverted(f"transaction {name} reverted")
        return receipt

    def call(self, to: str, signature: str, *arguments) -> list[int]:
        data = selector(signature) + packed(*arguments)
        return words(self.rpc("eth_call", {"from": ME, "to": to, "data": data}, "latest"))

    def calls(self, to: str, asked: Sequence[str], batch: int = 200) -> Iterator[list[int] | None]:
        """Answers to many calls (selector and arguments, as hex); None where one reverted."""
        for start in range(0, len(asked), batch):
            part = asked[start : start + batch]
            answers = self._post(
                [
                    {
                        "jsonrpc": "2.0",
                        "id": i,
                        "method": "eth_call",
                        "params": [{"from": ME, "to": to, "data": data}, "latest"],
                    }
                    for i, data in enumerate(part)
                ]
            )
            found = {each["id"]: each.get("result") for each in answers}
            for i in range(len(part)):
                yield words(found[i]) if found[i] else None

    def logs(self, address: str, block: int = 0) -> tuple[Log, ...]:
        found = self.rpc(
            "eth_getLogs", {"address": address, "fromBlock": hex(block), "toBlock": "latest"}
        )
        return read_logs(json.dumps(found))


@contextmanager
def running() -> Iterator[Chain]:
    """A node of its own, or a skip that says what is missing."""
    program = anvil()
    if modules() is None:
        pytest.skip(MISSING)
    if program is None:
        pytest.skip("no anvil in ANVIL_BIN, on the path or in ARGOSY_CONTRACTS")
    command = [program, "--port", "0", "--chain-id", "1337", "--code-size-limit", "100000"]
    command += ["--gas-limit", str(10 * GAS), "--base-fee", "0", "--gas-price", "0"]
    command += ["--prune-history"]  # else it leaves states behind on the disk
    with tempfile.TemporaryFile("w+") as said:  # it says much: a pipe would fill and stop it
        node = subprocess.Popen(command, stdout=said)
        try:
            chain = Chain(_port(node, said))
            chain.rpc("anvil_setBalance", ME, hex(1 << 200))
            yield chain
            chain.http.close()
        finally:
            node.kill()
            node.wait()


def _port(node: subprocess.Popen, said: IO[str]) -> int:
    while node.poll() is None:
        said.seek(0)
        if found := re.search(r"Listening on [\d.]+:(\d+)\n", said.read()):
            return int(found[1])
        with suppress(subprocess.TimeoutExpired):
            node.wait(0.02)
    raise AssertionError(f"anvil ended with {node.returncode}")


def tokens(chain: Chain) -> tuple[str, str]:
    """Two ERC-20 tokens with much of both in our hands: WETH9, twice, as it needs no more."""
    code = artifact("canonical-weth", "build/contracts/WETH9.json")
    a, b = sorted(chain.deploy(code).lower() for _ in range(2))
    for token in (a, b):
        chain.send(token, "deposit()", value=1 << 120)
    return a, b
