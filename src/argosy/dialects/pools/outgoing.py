"""What a router's call may take from us, and who gets what comes out of it: the calls that `router`
writes, and no others. The reading is separate from the writing, so that it can judge it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.outgoing import NATIVE, Allowance, Outgoing, exact_values, exactly
from argosy.dialects.pools import router as r
from argosy.dialects.pools.liquidity_deeds import ADD, ADD_ETH, REMOVE, REMOVE_ETH
from argosy.errors import WireError

PATH_MAX = 8  # pools on one path
STEPS_MAX = 32  # commands of one call
_DEPTH_MAX = 1  # a multicall within a multicall is none of ours
_SINGLE_PERMIT = ("((address,uint160,uint48,uint48),address,uint256)", "bytes")
_V2_PATH = ("address", "uint256", "uint256", "address[]", "bool")
_V3_PATH = ("address", "uint256", "uint256", "bytes", "bool")
_MOVE = ("address", "address", "uint256")
_PAIR = ("address", "uint256")


class RouterKind(StrEnum):
    """Which calls a router takes."""

    UNIVERSAL = "universal"
    V2 = "v2"
    V3 = "v3"


class _Found:
    """What was read so far."""

    def __init__(self, owner: str, wrapper: str, value: int) -> None:
        self.owner, self.wrapper = owner, wrapper
        self.value = value  # of the chain's own currency, that the router has of us
        self.spends: list[tuple[str, int]] = []
        self.allowances: list[Allowance] = []
        self.receivers: list[str] = []
        self.words: list[str] = []

    def takes(self, token: str, amount: int) -> None:
        """A router that has enough of the chain's own currency pays with that, not from us."""
        if token == self.wrapper and 0 < amount <= self.value:
            self.value -= amount
        else:
            self.spends.append((token, amount))

    def gives(self, receiver: str) -> None:
        """SENDER is whoever calls, so the owner; ROUTER keeps it for a later step."""
        if receiver == r.SENDER:
            receiver = self.owner
        if receiver != r.ROUTER:
            self.receivers.append(receiver)


def pair_liquidity(call: bytes) -> Outgoing | None:
    """What putting liquidity into a pair, or taking it out, lets go; None: it is neither.

    Raises:
        WireError: the call is not written just so.
    """
    head = call[:4]
    if head == ADD.selector:
        one, other, amount, more, _, _, to, _ = exactly(ADD, call)
        return Outgoing(
            words="add liquidity", spends=((one, amount), (other, more)), receivers=(to,)
        )
    if head == ADD_ETH.selector:
        token, amount, _, _, to, _ = exactly(ADD_ETH, call)
        return Outgoing(words="add liquidity", spends=((token, amount),), receivers=(to,))
    for function in (REMOVE, REMOVE_ETH):
        if head == function.selector:
            to = exactly(function, call)[-2]
            return Outgoing(words="remove liquidity", receivers=(to,))
    return None


def router_call(kind: RouterKind, call: bytes, *, owner: str, wrapper: str, value: int) -> Outgoing:
    """What a call of a router lets go. `value` is what is sent with it, and not counted here.

    Raises:
        WireError: it is none that we would write.
    """
    found = _Found(owner, wrapper, value)
    if kind is RouterKind.UNIVERSAL:
        _universal(found, call)
    else:
        _family(found, kind, call, 0)
    return Outgoing(
        words="swap: " + ", ".join(found.words),
        spends=tuple(found.spends),
        allowances=tuple(found.allowances),
        receivers=tuple(found.receivers),
    )


# --- the Universal Router -------------------------------------------------------------------------


def _universal(found: _Found, call: bytes) -> None:
    commands, inputs, _ = exactly(r.EXECUTE, call)
    if len(commands) != len(inputs) or not 0 < len(commands) <= STEPS_MAX:
        raise WireError(f"{len(commands)} commands with {len(inputs)} inputs")
    for command, data in zip(commands, inputs, strict=True):
        read = _COMMANDS.get(command)
        if read is None:
            raise WireError(f"the router's command 0x{command:02x} is none that we send")
        read(found, command, data)


def _permit(found: _Found, _command: int, data: bytes) -> None:
    (details, spender, _deadline), _signature = exact_values(_SINGLE_PERMIT, data, "permit")
    token, amount, expires_s, _nonce = details
    given = Allowance(token=token, spender=spender, amount=amount, expires_s=expires_s)
    found.allowances.append(given)
    found.words.append("permit")


def _v2(found: _Found, command: int, data: bytes) -> None:
    receiver, amount, bound, path, pays = exact_values(_V2_PATH, data, "v2 swap")
    if not 2 <= len(path) <= PATH_MAX:
        raise WireError(f"a path of {len(path)} tokens")
    if pays:
        found.spends.append((path[0], amount if command == r.V2_IN else bound))
    found.gives(receiver)
    found.words.append("v2")


def _v3(found: _Found, command: int, data: bytes) -> None:
    receiver, amount, bound, path, pays = exact_values(_V3_PATH, data, "v3 swap")
    pools, rest = divmod(len(path) - 20, 23)
    if rest or not 1 <= pools <= PATH_MAX:
        raise WireError(f"a path of {len(path)} bytes")
    exact_in = command == r.V3_IN
    if pays:
        token = "0x" + (path[:20] if exact_in else path[-20:]).hex()
        found.spends.append((token, amount if exact_in else bound))
    found.gives(receiver)
    found.words.append("v3")


def _v4(found: _Found, _command: int, data: bytes) -> None:
    actions, inputs = exact_values(("bytes", "bytes[]"), data, "v4 swap")
    if len(actions) != len(inputs) or not 0 < len(actions) <= STEPS_MAX:
        raise WireError(f"{len(actions)} v4 actions with {len(inputs)} inputs")
    for action, part in zip(actions, inputs, strict=True):
        if action in {r.V4_IN_SINGLE, r.V4_OUT_SINGLE}:
            ((key, *_),) = exact_values((r.V4_SINGLE,), part, "v4 swap")
            if key[4] != ZERO_ADDRESS:
                raise WireError(f"a v4 pool with the hooks {key[4]}, which we never use")
        elif action == r.SETTLE_ALL:
            token, most = exact_values(_PAIR, part, "v4 settle")
            if token != NATIVE:  # that is sent with the call
                found.spends.append((token, most))
        elif action == r.TAKE_ALL:
            exact_values(_PAIR, part, "v4 take")  # to whoever calls
        elif action == r.SETTLE:
            token, amount, pays = exact_values(("address", "uint256", "bool"), part, "v4 settle")
            if pays and not amount:
                raise WireError("a v4 settlement of whatever is owed, without a limit")
            if pays and token != NATIVE:
                found.spends.append((token, amount))
        elif action == r.TAKE:
            _token, receiver, _amount = exact_values(_MOVE, part, "v4 take")
            found.gives(receiver)
        else:
            raise WireError(f"the v4 action 0x{action:02x} is none that we send")
    found.gives(r.SENDER)
    found.words.append("v4")


def _wrap(found: _Found, _command: int, data: bytes) -> None:
    receiver, _amount = exact_values(_PAIR, data, "wrap")
    found.gives(receiver)
    found.words.append("wrap or unwrap")


def _sweep(found: _Found, _command: int, data: bytes) -> None:
    _token, receiver, _least = exact_values(_MOVE, data, "sweep")
    found.gives(receiver)
    found.words.append("sweep")


_COMMANDS: dict[int, Callable[[_Found, int, bytes], None]] = {
    r.PERMIT: _permit,
    r.V2_IN: _v2,
    r.V2_OUT: _v2,
    r.V3_IN: _v3,
    r.V3_OUT: _v3,
    r.V4_SWAP: _v4,
    r.WRAP: _wrap,
    r.UNWRAP: _wrap,
    r.SWEEP: _sweep,
}


# --- a family's own router ------------------------------------------------------------------------

_V2_TOKENS = (r.V2_TOKENS_IN, r.V2_TOKENS_OUT, r.V2_TOKENS_ETH_IN, r.V2_TOKENS_ETH_OUT)
_V2_EXACT_OUT = (r.V2_TOKENS_OUT, r.V2_TOKENS_ETH_OUT)
_V2_ETH = (r.V2_ETH_IN, r.V2_ETH_OUT)


def _family(found: _Found, kind: RouterKind, call: bytes, depth: int) -> None:
    if kind is RouterKind.V2:
        _v2_family(found, call)
        return
    function = _of(
        call, (r.V3_ROUTER_IN, r.V3_ROUTER_OUT, r.MULTICALL, r.UNWRAP_WETH9, r.REFUND_ETH)
    )
    values = exactly(function, call)
    if function is r.MULTICALL:
        (steps,) = values
        if depth >= _DEPTH_MAX or not 0 < len(steps) <= STEPS_MAX:
            raise WireError(f"a multicall of {len(steps)} steps, {depth} deep")
        for step in steps:
            _family(found, kind, step, depth + 1)
    elif function is r.UNWRAP_WETH9:
        found.gives(values[1])
        found.words.append("unwrap")
    elif function is r.REFUND_ETH:
        found.words.append("refund")
    else:
        _v3_single(found, function, values[0])


def _v3_single(found: _Found, function: Function, terms: tuple[Any, ...]) -> None:
    given, _taken, _fee, receiver, _deadline, amount, bound, _limit = terms
    found.takes(given, amount if function is r.V3_ROUTER_IN else bound)
    if receiver != ZERO_ADDRESS:  # the router itself
        found.gives(receiver)
    found.words.append("v3")


def _v2_family(found: _Found, call: bytes) -> None:
    function = _of(call, (*_V2_TOKENS, *_V2_ETH))
    values = exactly(function, call)
    path, receiver = values[-3], values[-2]
    if not 2 <= len(path) <= PATH_MAX:
        raise WireError(f"a path of {len(path)} tokens")
    if function in _V2_TOKENS:
        found.spends.append((path[0], values[1] if function in _V2_EXACT_OUT else values[0]))
    found.receivers.append(receiver)
    found.words.append("v2")


def _of(call: bytes, functions: tuple[Function, ...]) -> Function:
    for function in functions:
        if call[:4] == function.selector:
            return function
    raise WireError(f"the router's function 0x{call[:4].hex()} is none that we call")
