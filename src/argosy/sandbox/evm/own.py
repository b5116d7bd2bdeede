"""The contracts that are ours, because nobody publishes their bytecode: small, and written as EVM
assembly, so that no compiler is needed.
"""

from typing import Any

import msgspec

from argosy.sandbox.evm.assembler import assemble, creation
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.link import Link

_REFUSE = "refuse: PUSH0 PUSH0 REVERT"
ONE_WORD = "PUSH0 MSTORE 0x20 PUSH0 RETURN"


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of ours. `functions` maps a signature with its results to its source."""

    name: str
    functions: dict[str, str]  # "latestAnswer()(int256)" -> code, the selector gone from the stack
    payable: frozenset[str] = frozenset()
    events: tuple[str, ...] = ()  # "AnswerUpdated(int256 indexed,uint256)"
    errors: tuple[str, ...] = ()  # "NotOwner(address,address)"
    rest: str = ""  # subroutines
    receives: bool = False  # plain ether, without a function

    @property
    def abi(self) -> tuple[dict[str, Any], ...]:
        """Its ABI, as a compiler would give it."""
        functions = [_function(text, text in self.payable) for text in self.functions]
        events = (_named("event", text) for text in self.events)
        return (*functions, *events, *(_named("error", text) for text in self.errors))

    @property
    def code(self) -> bytes:
        """What creates it; whoever does becomes its owner (storage slot 0)."""
        table, bodies = [], []
        for number, (text, body) in enumerate(self.functions.items()):
            signature = text[: text.index(")") + 1]
            table.append(f"DUP1 #{signature} EQ @f{number} JUMPI")
            guard = "" if text in self.payable else "CALLVALUE @refuse JUMPI"
            bodies.append(f"f{number}: POP {guard}\n{body}")
        head = "PUSH0 CALLDATALOAD 0xe0 SHR"
        if self.receives:
            head = f"CALLDATASIZE ISZERO @received JUMPI {head}"
            bodies.append("received: STOP")
        source = "\n".join((head, *table, "@refuse JUMP", *bodies, self.rest, _REFUSE))
        return creation(assemble(source), "CALLER PUSH0 SSTORE")


def _split(inside: str) -> list[str]:
    """Types between commas, tuples whole."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(inside):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and not depth:
            found.append(inside[start:at])
            start = at + 1
    return [*found, inside[start:]] if inside else []


def _types(inside: str) -> list[dict[str, Any]]:
    found = []
    for n, part in enumerate(_split(inside)):
        kind, _, indexed = part.partition(" ")
        entry: dict[str, Any] = {"type": kind, "name": f"_{n}", "indexed": indexed == "indexed"}
        if kind[0] == "(":
            within, _, after = kind[1:].rpartition(")")
            entry |= {"type": f"tuple{after}", "components": _types(within)}
        found.append(entry)
    return found


def _function(text: str, payable: bool) -> dict[str, Any]:
    name, _, rest = text.partition("(")
    inputs, _, outputs = rest.partition(")")
    return {
        "type": "function",
        "name": name,
        "inputs": _types(inputs),
        "outputs": _types(outputs[1:-1]),
        "stateMutability": "payable" if payable else "nonpayable",
    }


def _named(kind: str, text: str) -> dict[str, Any]:
    name, _, rest = text.partition("(")
    return {"type": kind, "name": name, "inputs": _types(rest.removesuffix(")"))}


def deploy_own(link: Link, sender: str, own: Own) -> Contract:
    """Create one of our contracts; `sender` becomes its owner. Raises ChainError."""
    receipt = link.send(sender, None, "0x" + own.code.hex())
    return Contract(link, receipt["contractAddress"], own.abi)
