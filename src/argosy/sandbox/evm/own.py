"""The contracts that are ours, because nobody publishes their bytecode: small, and written as EVM
assembly, so that no compiler is needed.
"""

from typing import Any

import msgspec

from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.assembler import assemble, creation
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.link import Link

_REFUSE = "refuse: PUSH0 PUSH0 REVERT"
_ONE_WORD = "PUSH0 MSTORE 0x20 PUSH0 RETURN"


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A contract of ours. `functions` maps a signature with its results to its source."""

    name: str
    functions: dict[str, str]  # "latestAnswer()(int256)" -> code, the selector gone from the stack
    payable: frozenset[str] = frozenset()
    events: tuple[str, ...] = ()  # "AnswerUpdated(int256 indexed,uint256)"
    rest: str = ""  # subroutines

    @property
    def abi(self) -> tuple[dict[str, Any], ...]:
        """Its ABI, as a compiler would give it."""
        functions = [_function(text, text in self.payable) for text in self.functions]
        return (*functions, *(_event(text) for text in self.events))

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
        source = "\n".join((head, *table, "@refuse JUMP", *bodies, self.rest, _REFUSE))
        return creation(assemble(source), "CALLER PUSH0 SSTORE")


def _types(text: str) -> list[dict[str, Any]]:
    inside = text.strip("()")
    return [
        {"type": part.split()[0], "name": f"_{n}", "indexed": part.endswith(" indexed")}
        for n, part in enumerate(inside.split(","))
        if part
    ]


def _function(text: str, payable: bool) -> dict[str, Any]:
    name, _, rest = text.partition("(")
    inputs, _, outputs = rest.partition(")")
    return {
        "type": "function",
        "name": name,
        "inputs": _types(inputs),
        "outputs": _types(outputs),
        "stateMutability": "payable" if payable else "nonpayable",
    }


def _event(text: str) -> dict[str, Any]:
    name, _, rest = text.partition("(")
    return {"type": "event", "name": name, "inputs": _types(rest)}


# A price feed as Chainlink's aggregators are read (AggregatorV3Interface), with 8 decimals.
# Storage: 0 owner, 1 answer, 2 round, 3 when it was set.
FEED = Own(
    name="PriceFeed",
    functions={
        "decimals()(uint8)": f"8 {_ONE_WORD}",
        "version()(uint256)": f"4 {_ONE_WORD}",
        "latestAnswer()(int256)": f"1 SLOAD {_ONE_WORD}",
        "latestRoundData()(uint80,int256,uint256,uint256,uint80)": """
            2 SLOAD DUP1 PUSH0 MSTORE 0x80 MSTORE
            1 SLOAD 0x20 MSTORE
            3 SLOAD DUP1 0x40 MSTORE 0x60 MSTORE
            0xa0 PUSH0 RETURN""",
        "setAnswer(int256)()": """
            PUSH0 SLOAD CALLER XOR @refuse JUMPI
            4 CALLDATALOAD DUP1 1 SSTORE                ; answer
            2 SLOAD 1 ADD DUP1 2 SSTORE                 ; answer round
            TIMESTAMP DUP1 3 SSTORE PUSH0 MSTORE
            SWAP1 !AnswerUpdated(int256,uint256,uint256) ; round answer topic
            0x20 PUSH0 LOG3 STOP""",
    },
    events=("AnswerUpdated(int256 indexed,uint256 indexed,uint256)",),
)

ALL: dict[str, Own] = {own.name: own for own in (FEED,)}


def deploy_own(link: Link, sender: str, own: Own) -> Contract:
    """Create one of our contracts; `sender` becomes its owner. Raises ChainError."""
    receipt = link.send(sender, None, "0x" + own.code.hex())
    return Contract(link, receipt["contractAddress"], own.abi)


def at(link: Link, name: str, address: str) -> Contract:
    """A contract that stands already, ours or a published one, by its artifact's name."""
    return Contract(link, address, ALL[name].abi if name in ALL else artifact(name).abi)
