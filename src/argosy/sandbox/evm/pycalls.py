"""Calls that change nothing, as JSON-RPC asks for them: eth_call with overrides, eth_simulateV1.

Source: execution-apis eth_simulateV1 and geth's state overrides; read 2026-11-27. Of the former's
options there are stateOverrides and calls; a question with others is refused.
"""

from typing import Any

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.link import BLOCK_GAS
from argosy.sandbox.evm.pychain import Asked, Override, PyChain, overwrite

FAILED, REVERTED, BAD_PARAMS = -32000, 3, -32602
_MOST_BLOCKS = 16
_KNOWN = {"stateOverrides", "calls"}


class Refused(Exception):
    """An error to answer with."""

    def __init__(self, message: str, code: int = FAILED, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.data = data


def number(text: str) -> int | str:
    """A block by number or by word, as parameters have it."""
    return int(text, 16) if text.startswith("0x") else text


def raw(text: str) -> bytes:
    """Bytes as parameters have them."""
    return bytes.fromhex(text.removeprefix("0x"))


def asked(told: dict[str, Any], sender: bytes) -> Asked:
    """A call's parameters; gas that is above a block's is a block's."""
    return Asked(
        sender=raw(told["from"]) if told.get("from") else sender,
        to=raw(told.get("to") or ""),
        data=raw(told.get("input") or told.get("data") or ""),
        value=int(told.get("value") or "0x0", 16),
        gas=min(int(told.get("gas") or hex(BLOCK_GAS), 16), BLOCK_GAS),
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


def simulated(chain: PyChain, options: dict[str, Any], at: str, sender: bytes) -> list[Any]:
    """Blocks of calls, one after another on a state that is thrown away."""
    blocks = options.get("blockStateCalls") or []
    if len(blocks) > _MOST_BLOCKS:
        raise Refused(f"at most {_MOST_BLOCKS} blocks can be simulated", BAD_PARAMS)
    if options.get("validation") or options.get("traceTransfers"):
        raise Refused("neither validation nor traceTransfers is known here", BAD_PARAMS)
    state, found = chain.state(number(at), free=True), []
    for block in blocks:
        if unknown := set(block) - _KNOWN:
            raise Refused(f"{', '.join(sorted(unknown))} cannot be simulated here", BAD_PARAMS)
        put(state, block.get("stateOverrides"))
        calls = [_called(chain, state, each, sender) for each in block.get("calls") or []]
        found.append({"calls": calls})
    return found


def _called(chain: PyChain, state: Any, told: dict[str, Any], sender: bytes) -> dict[str, Any]:
    wanted = asked(told, sender)
    done = chain.run(state, wanted)
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
