"""Calls that change nothing, as JSON-RPC asks for them: eth_call, eth_estimateGas, both with
overrides, and eth_simulateV1.

Source: execution-apis eth_simulateV1 and geth's overrides of states and blocks; read 2026-11-27. Of
the former's options there are calls and both overrides; a question with others is refused.
"""

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.link import BLOCK_GAS
from argosy.sandbox.evm.pychain import Asked, Override, PyChain, overwrite

FAILED, REVERTED = -32000, 3
UNREADABLE, NO_QUESTION, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602
_NUMBERS_FALL, _TIMES_FALL = -38020, -38021  # of simulated blocks
_MOST_BLOCKS = 16
_KNOWN = {"stateOverrides", "blockOverrides", "calls"}
_BEFORE = 256  # hashes of blocks that code can ask for


def raw(text: str) -> bytes:
    """Bytes as parameters have them."""
    return bytes.fromhex(text.removeprefix("0x"))


# What a block may be told to have: our name, and how its text is read.
_BLOCK: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "number": ("block_number", lambda told: int(told, 16)),
    "time": ("timestamp", lambda told: int(told, 16)),
    "gasLimit": ("gas_limit", lambda told: int(told, 16)),
    "feeRecipient": ("coinbase", raw),
    "prevRandao": ("mix_hash", lambda told: int(told, 16).to_bytes(32)),
}


class Refused(Exception):
    """An error to answer with."""

    def __init__(self, message: str, code: int = FAILED, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


def unreadable() -> dict[str, Any]:
    """The answer to what is no JSON."""
    return {"jsonrpc": "2.0", "id": None, "error": {"code": UNREADABLE, "message": "parse error"}}


def place(told: Any) -> int | str | bytes:
    """A block by number, word or hash, as parameters have it: as text, or as EIP-1898 has it."""
    if isinstance(told, dict):
        if "blockHash" in told:
            return raw(told["blockHash"])
        told = told["blockNumber"]
    if not isinstance(told, str):
        raise Refused(f"{told!r} is no block", BAD_PARAMS)
    if len(told) == 66:
        return raw(told)
    return int(told, 16) if told.startswith("0x") else told


def accesses(told: Mapping[str, Any]) -> tuple[tuple[bytes, tuple[int, ...]], ...]:
    """An access list (EIP-2930)."""
    return tuple(
        (raw(each["address"]), tuple(int(slot, 16) for slot in each.get("storageKeys") or ()))
        for each in told.get("accessList") or ()
    )


def asked(told: dict[str, Any], sender: bytes) -> Asked:
    """A call's parameters; gas that is above a block's is a block's."""
    return Asked(
        sender=raw(told["from"]) if told.get("from") else sender,
        to=raw(told.get("to") or ""),
        data=raw(told.get("input") or told.get("data") or ""),
        value=int(told.get("value") or "0x0", 16),
        gas=min(int(told.get("gas") or hex(BLOCK_GAS), 16), BLOCK_GAS),
        accesses=accesses(told),
        authorizations=tuple(_authorization(each) for each in told.get("authorizationList") or ()),
    )


def _authorization(told: Mapping[str, str]) -> Any:
    from eth.vm.forks.prague.transactions import Authorization

    parity = told.get("yParity") or hex(int(told.get("v") or "0x1b", 16) - 27)
    r, s = told.get("r") or "0x0", told.get("s") or "0x0"
    return Authorization(
        int(told["chainId"], 16),
        raw(told["address"]),
        int(told["nonce"], 16),
        *(int(each, 16) for each in (parity, r, s)),
    )


def put(state: Any, overrides: dict[str, Any] | None) -> None:
    """Put what a call asks to be otherwise into a state."""
    for account, told in (overrides or {}).items():
        if unknown := set(told) - {"balance", "nonce", "code", "state", "stateDiff"}:
            raise Refused(f"cannot override {', '.join(sorted(unknown))}", BAD_PARAMS)
        slots = told["state"] if "state" in told else told.get("stateDiff") or {}
        overwrite(
            state,
            raw(account),
            Override(
                balance=int(told["balance"], 16) if "balance" in told else None,
                nonce=int(told["nonce"], 16) if "nonce" in told else None,
                code=raw(told["code"]) if "code" in told else None,
                slots={int(slot, 16): int(value, 16) for slot, value in slots.items()},
                bare="state" in told,
            ),
        )


def block_of(overrides: dict[str, Any] | None) -> dict[str, Any]:
    """What a block is asked to have, as a header has it."""
    told = {name: value for name, value in (overrides or {}).items() if value is not None}
    if unknown := set(told) - set(_BLOCK):
        words = f"cannot override a block's {', '.join(sorted(unknown))} here"
        raise Refused(f"{words}; what can be: {', '.join(_BLOCK)}", BAD_PARAMS)
    return {_BLOCK[name][0]: _BLOCK[name][1](value) for name, value in told.items()}


def failure(done: Any) -> Refused | None:
    """Why a computation failed, as nodes say it."""
    if not done.is_error:
        return None
    kind = type(done.error).__name__
    if kind != "Revert":
        return Refused(f"vm execution error: {kind} {done.error}".rstrip())
    said = "0x" + done.output.hex()
    reason = abi.revert_reason(said, ()) if done.output else ""
    return Refused("execution reverted" + (f": {reason}" if reason else ""), REVERTED, said)


def _payable(state: Any, wanted: Asked) -> None:
    if (held := state.get_balance(wanted.sender)) < wanted.value:
        who = f"0x{wanted.sender.hex()}"
        raise Refused(f"insufficient funds for transfer: {who} has {held}, not {wanted.value}")


class Calls:
    """The three methods, for a chain; `sender` calls where nobody is named."""

    def __init__(self, chain: PyChain, sender: bytes) -> None:
        self._chain = chain
        self._sender = sender

    def methods(self) -> Mapping[str, Callable[..., Any]]:
        """By the names that JSON-RPC has for them."""
        return {
            "eth_call": self.call,
            "eth_estimateGas": self.estimate,
            "eth_simulateV1": self.simulate,
        }

    def call(
        self, told: dict[str, Any], at: Any = "latest", overrides: Any = None, block: Any = None
    ) -> str:
        """What a call returns."""
        state = self._chain.state(place(at), free=True, other=block_of(block))
        put(state, overrides)
        wanted = asked(told, self._sender)
        _payable(state, wanted)
        done = self._chain.run(state, wanted)
        if why := failure(done):
            raise why
        return f"0x{done.output.hex()}"

    def estimate(
        self, told: dict[str, Any], at: Any = "pending", overrides: Any = None, block: Any = None
    ) -> str:
        """The gas that a transaction needs."""
        where, other, wanted = place(at or "pending"), block_of(block), asked(told, self._sender)

        def fresh() -> Any:
            state = self._chain.state(where, free=True, other=other)
            put(state, overrides)
            _payable(state, wanted)
            return state

        gas, done = self._chain.gas_needed(wanted, fresh)
        if why := failure(done):
            raise why
        return hex(gas)

    def simulate(self, options: dict[str, Any], at: Any = "latest") -> list[Any]:
        """Blocks of calls, one after another on a state that is thrown away."""
        blocks = options.get("blockStateCalls") or []
        if len(blocks) > _MOST_BLOCKS:
            raise Refused(f"at most {_MOST_BLOCKS} blocks can be simulated", BAD_PARAMS)
        if options.get("validation") or options.get("traceTransfers"):
            raise Refused("neither validation nor traceTransfers is known here", BAD_PARAMS)
        chain, found = self._chain, []
        where = "latest" if at == "pending" else place(at)  # what waits is not seen anyway
        state, header = chain.state(where, free=True), chain.block(where).header
        first = max(0, int(header.block_number) - _BEFORE)
        passed = [chain.hash_at(each) for each in range(int(header.block_number), first - 1, -1)]
        for block in blocks:
            if unknown := set(block) - _KNOWN:
                raise Refused(f"{', '.join(sorted(unknown))} cannot be simulated here", BAD_PARAMS)
            following = chain.supposed(header, block_of(block.get("blockOverrides")))
            if following.block_number <= header.block_number:
                raise Refused("block numbers must be in order", _NUMBERS_FALL)
            if following.timestamp <= header.timestamp:
                raise Refused("block timestamps must be in order", _TIMES_FALL)
            chain.move(state, following, passed)
            put(state, block.get("stateOverrides"))
            row, header = self._block(state, following, block.get("calls") or [])
            passed.insert(0, bytes(header.hash))
            found.append(row)
        return found

    def _block(self, state: Any, header: Any, calls: list[Any]) -> tuple[dict[str, Any], Any]:
        """A simulated block, and its header. Roots are not told: nothing is written to have any."""
        rows = [self._called(state, each) for each in calls]
        header = header.copy(gas_used=sum(int(each["gasUsed"], 16) for each in rows))
        named = {"blockHash": "0x" + header.hash.hex(), "blockNumber": hex(header.block_number)}
        counted = itertools.count()
        for index, row in enumerate(rows):
            for log in row["logs"]:
                log |= {**named, "transactionIndex": hex(index), "removed": False}
                log["logIndex"] = hex(next(counted))
        return {
            "number": named["blockNumber"],
            "hash": named["blockHash"],
            "parentHash": "0x" + header.parent_hash.hex(),
            "timestamp": hex(header.timestamp),
            "gasLimit": hex(header.gas_limit),
            "gasUsed": hex(header.gas_used),
            "baseFeePerGas": hex(header.base_fee_per_gas),
            "miner": "0x" + header.coinbase.hex(),
            "mixHash": "0x" + header.mix_hash.hex(),
            "calls": rows,
        }, header

    def _called(self, state: Any, told: dict[str, Any]) -> dict[str, Any]:
        wanted = asked(told, self._sender)
        _payable(state, wanted)
        done = self._chain.run(state, wanted)
        why = failure(done)
        row: dict[str, Any] = {
            "status": hex(why is None),
            "returnData": "0x" + done.output.hex(),
            "gasUsed": hex(wanted.gas - done.get_gas_remaining()),
            "logs": [
                {
                    "address": "0x" + address.hex(),
                    "topics": [f"0x{topic:064x}" for topic in topics],
                    "data": "0x" + data.hex(),
                }
                for address, topics, data in done.get_log_entries()
            ],
        }
        if why is not None:
            row["error"] = {"code": why.code, "message": str(why), "data": why.data}
        return row
