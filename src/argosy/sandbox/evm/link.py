"""The sandbox's own JSON-RPC to its node: synchronous, on one kept connection. Shares nothing with
argosy.net, which is tested against the same node.
"""

import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from argosy.errors import ArgosyError

_TIMEOUT_S = 30
_TURNS = 60  # looks for a receipt, 5 s in all
BLOCK_GAS = 30_000_000
# Said with each transaction: a node's own suggestion is the base fee it knew at that moment, which
# after a block is the last one's for a little longer. Blocks would then differ from run to run.
_FEES = {"maxFeePerGas": hex(100 * 10**9), "maxPriorityFeePerGas": hex(10**9)}


class ChainError(ArgosyError):
    """The node answered with an error; `data` is what a reverted call returned (0x hex)."""

    def __init__(self, message: str, *, code: int = 0, data: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.data = data


class Reverted(ChainError):
    """A transaction is in a block, and its status is 0."""

    def __init__(self, message: str, receipt: dict[str, Any]) -> None:
        super().__init__(message)
        self.receipt = receipt


class Link:
    """A connection to a node. Threads that share one take turns."""

    def __init__(self, url: str) -> None:
        self.url = url
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=_TIMEOUT_S)
        self._numbers = itertools.count(1)
        self._turn = threading.Lock()

    def close(self) -> None:
        """Give up the connection."""
        self._http.close()

    def __enter__(self) -> "Link":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def call(self, method: str, *params: object) -> Any:
        """Ask, and return the result.

        Raises:
            ChainError: the node said no, or does not answer.
        """
        return self.batch([(method, params)])[0]

    def batch(self, calls: Sequence[tuple[str, Sequence[object]]]) -> list[Any]:
        """Ask several things in one request; results in the order asked. Raises as `call` does."""
        numbered = {next(self._numbers): call for call in calls}
        asked = [
            {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}
            for number, (method, params) in numbered.items()
        ]
        told = self._post(msgspec.json.encode(asked[0] if len(asked) == 1 else asked))
        answers = {each["id"]: each for each in (told if isinstance(told, list) else [told])}
        results = []
        for number, (method, _) in numbered.items():
            answer = answers[number]
            if error := answer.get("error"):
                raise _error(method, error)
            results.append(answer["result"])
        return results

    def _post(self, body: bytes) -> Any:
        try:
            with self._turn:
                self._http.request("POST", "/", body, {"Content-Type": "application/json"})
                told = self._http.getresponse().read()
            return msgspec.json.decode(told)
        except (OSError, http.client.HTTPException, msgspec.MsgspecError) as e:
            self._http.close()
            raise ChainError(f"the node at {self.url} does not answer: {e!r}") from e

    def send(
        self, sender: str, to: str | None, data: str = "0x", *, value: int = 0, gas: int = 0
    ) -> dict[str, Any]:
        """A transaction of one of the node's own accounts, mined at once; returns its receipt.

        Raises:
            Reverted: it was mined and failed.
            ChainError: the node did not take it.
        """
        transaction = {
            "from": sender,
            "data": data,
            "value": hex(value),
            "gas": hex(gas or BLOCK_GAS),
        }
        if to is not None:
            transaction["to"] = to
        sent = self.call("eth_sendTransaction", transaction | _FEES)
        receipt = self.receipt(sent)
        if int(receipt["status"], 16) != 1:
            raise self._reverted(sent, transaction, receipt)
        return receipt

    def _reverted(
        self, sent: str, transaction: dict[str, str], receipt: dict[str, Any]
    ) -> "Reverted":
        """Why: a receipt does not say, so the call is made once more on the block before."""
        error = Reverted(f"{sent} was reverted", receipt)
        before = hex(int(receipt["blockNumber"], 16) - 1)
        try:
            self.call("eth_call", transaction, before)
        except ChainError as e:
            error.args = (f"{sent} was reverted: {e}",)
            error.data = e.data
        return error

    def settle_pool(self) -> None:
        """Wait until the pool of a node that mines by itself is empty. Raises ChainError."""
        for turn in range(_TURNS):
            if int(self.call("txpool_status")["pending"], 16) == 0:
                return
            time.sleep(min(0.001 * 2**turn, 0.1))
        raise ChainError("transactions wait that are not mined; does this node mine by itself?")

    def receipt(self, sent: str) -> dict[str, Any]:
        """The receipt of a transaction that the node mines by itself, a moment after it came.

        Raises:
            ChainError: it is not mined after all.
        """
        for turn in range(_TURNS):
            found = self.call("eth_getTransactionReceipt", sent)
            if found is not None:
                return dict(found)
            time.sleep(min(0.001 * 2**turn, 0.1))
        raise ChainError(f"{sent} is not mined; does this node mine by itself?")


def _error(method: str, error: dict[str, Any]) -> ChainError:
    data = error.get("data")
    return ChainError(
        f"{method}: {error.get('message', 'no message')}",
        code=int(error.get("code", 0)),
        data=data if isinstance(data, str) else "",
    )
