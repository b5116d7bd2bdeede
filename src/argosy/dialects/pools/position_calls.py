"""Who gets what a call of a manager of positions brings: the calls that `liquidity_deeds` and
`v4_deeds` write, and no others. What such a call takes is not told by it alone (a position's
number names no tokens): that counts when the manager is permitted to take it.
"""

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.outgoing import Outgoing, exact_values, exactly
from argosy.dialects.pools import liquidity_deeds as v3
from argosy.dialects.pools import v4_deeds as v4
from argosy.dialects.pools.router import MULTICALL, REFUND_ETH, UNWRAP_WETH9
from argosy.errors import WireError

STEPS_MAX = 16
# Where a call says who receives; None: it gives nothing away.
_V3: dict[Function, int | None] = {
    v3.MINT: 9,
    v3.INCREASE: None,
    v3.DECREASE: None,
    v3.COLLECT: 1,
    v3.BURN: None,
    v3.SWEEP_TOKEN: 2,
    REFUND_ETH: None,
    UNWRAP_WETH9: 1,
}
_STRUCTS = {v3.MINT, v3.INCREASE, v3.DECREASE, v3.COLLECT}  # whose only argument is a tuple
_V4 = {v4.MINT: 6, v4.TAKE_PAIR: 2, v4.SWEEP: 1}


def position_call(call: bytes) -> Outgoing:
    """Who receives what comes out of it, or the position that it makes.

    Raises:
        WireError: it is none that we would write.
    """
    if call[:4] == v4.MODIFY.selector:
        return _managed(call)
    steps = [call]
    if call[:4] == MULTICALL.selector:
        (steps,) = exactly(MULTICALL, call)
        if not 0 < len(steps) <= STEPS_MAX:
            raise WireError(f"a multicall of {len(steps)} steps")
    receivers: list[str] = []
    words: list[str] = []
    for step in steps:
        function = next((each for each in _V3 if each.selector == step[:4]), None)
        if function is None:
            raise WireError(f"the manager's function 0x{step[:4].hex()} is none that we call")
        values = exactly(function, step)
        terms = values[0] if function in _STRUCTS else values
        at = _V3[function]
        if at is not None and terms[at] != ZERO_ADDRESS:  # that is the manager, for a later step
            receivers.append(terms[at])
        words.append(function.name)
    return Outgoing(words="positions: " + ", ".join(words), receivers=tuple(receivers))


def _managed(call: bytes) -> Outgoing:
    plan, _ = exactly(v4.MODIFY, call)
    actions, inputs = exact_values(("bytes", "bytes[]"), plan, "v4 plan")
    if len(actions) != len(inputs) or not 0 < len(actions) <= STEPS_MAX:
        raise WireError(f"{len(actions)} v4 actions with {len(inputs)} inputs")
    receivers = []
    for action, data in zip(actions, inputs, strict=True):
        types = v4.TYPES.get(action)
        if types is None:
            raise WireError(f"the v4 action 0x{action:02x} is none that we send")
        values = exact_values(types, data, "v4 action")
        if action == v4.MINT and values[0][4] != ZERO_ADDRESS:
            raise WireError(f"a v4 pool with the hooks {values[0][4]}, which we never use")
        if action in _V4:
            receivers.append(values[_V4[action]])
    names = ", ".join(f"0x{action:02x}" for action in actions)
    return Outgoing(words=f"v4 positions: {names}", receivers=tuple(receivers))
