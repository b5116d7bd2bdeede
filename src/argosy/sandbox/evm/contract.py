"""A deployed contract as an object: calls it by its ABI, deploys new ones. Keeps no state."""

from collections.abc import Sequence
from typing import Any

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.link import ChainError, Link


class Contract:
    """`contract.call("balanceOf", owner)`, `contract.send(sender, "transfer", to, 5)`."""

    def __init__(self, link: Link, address: str, entries: Sequence[abi.Entry]) -> None:
        self.link = link
        self.address = address.lower()
        self.abi = entries

    def data(self, function: str, *arguments: object) -> str:
        """A call's data as 0x hex; `function` is a name, or a signature where names are doubled."""
        return abi.call_data(abi.find(self.abi, "function", function), arguments)

    def call(self, function: str, *arguments: object, sender: str | None = None) -> Any:
        """Ask without changing anything.

        Raises:
            ChainError: with the contract's own reason, where it reverts.
        """
        request = {"to": self.address, "data": self.data(function, *arguments)}
        if sender is not None:
            request["from"] = sender
        try:
            data = self.link.call("eth_call", request, "latest")
        except ChainError as e:
            raise self._explained(function, e) from None
        return abi.answer(abi.find(self.abi, "function", function), data)

    def send(
        self, sender: str, function: str, *arguments: object, value: int = 0, gas: int = 0
    ) -> dict[str, Any]:
        """Change something; returns the receipt of what was mined. Raises as Link.send does, with
        the contract's own reason.
        """
        data = self.data(function, *arguments)
        try:
            return self.link.send(sender, self.address, data, value=value, gas=gas)
        except ChainError as e:
            raise self._explained(function, e) from None

    def events(self, receipt: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """This contract's events of a kind in a receipt, by parameter name."""
        entry = abi.find(self.abi, "event", name)
        first = abi.topic(abi.signature_of(entry))
        return [
            _event(entry, log)
            for log in receipt["logs"]
            if log["address"].lower() == self.address and log["topics"][0] == first
        ]

    def _explained(self, function: str, error: ChainError) -> ChainError:
        if error.data:
            error.args = (f"{function}: {abi.revert_reason(error.data, self.abi)}",)
        else:
            error.args = (f"{function}: {error}",)
        return error


def _event(entry: abi.Entry, log: dict[str, Any]) -> dict[str, Any]:
    fixed = [part for part in entry["inputs"] if part["indexed"]]
    rest = [part for part in entry["inputs"] if not part["indexed"]]
    values = abi.decode([abi.type_of(part) for part in rest], bytes.fromhex(log["data"][2:]))
    found = {part["name"]: value for part, value in zip(rest, values, strict=True)}
    for part, word in zip(fixed, log["topics"][1:], strict=True):
        kind = abi.type_of(part)
        static = not kind.endswith("]") and kind not in {"string", "bytes"} and kind[0] != "("
        found[part["name"]] = abi.decode([kind], bytes.fromhex(word[2:]))[0] if static else word
    return found


def deploy(
    link: Link,
    sender: str,
    name: str,
    *arguments: object,
    libraries: dict[str, str] | None = None,
) -> Contract:
    """Create a published contract on the chain, with these arguments of its constructor.

    Raises:
        ChainError: it could not be created.
        ConfigError: there is no such artifact, or a library is missing.
    """
    known = artifact(name)
    inputs: list[abi.Entry] = next(
        (e["inputs"] for e in known.abi if e["type"] == "constructor"), []
    )
    tail = abi.encode([abi.type_of(part) for part in inputs], arguments)
    receipt = link.send(sender, None, "0x" + known.linked(libraries or {}) + tail.hex())
    return Contract(link, receipt["contractAddress"], known.abi)
