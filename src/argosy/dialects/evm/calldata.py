"""What a transaction asks for, read from its calldata: swaps, allowances, transfers, orders, loans.
In plain Python and quickly, for all that waits. Knows calls by their selectors alone.

Only WireError comes out, whatever the bytes. A contract of another kind may have the same selector:
what is said of a call is what its words mean, not what its contract does.
"""

from argosy.dialects.evm.calls.aave import AAVE_CALLS
from argosy.dialects.evm.calls.entry import Context, Entry
from argosy.dialects.evm.calls.permit2 import PERMIT2_CALLS
from argosy.dialects.evm.calls.seaport import SEAPORT_CALLS
from argosy.dialects.evm.calls.tokens import TOKEN_CALLS, coin
from argosy.dialects.evm.calls.uniswap_v2 import V2_ROUTER_CALLS
from argosy.dialects.evm.calls.uniswap_v3 import V3_POSITION_CALLS, V3_ROUTER_CALLS
from argosy.dialects.evm.calls.uniswap_v4 import V4_POSITION_CALLS
from argosy.dialects.evm.calls.universal_router import UNIVERSAL_ROUTER_CALLS
from argosy.errors import WireError
from argosy.model.calls import DecodedCall, Unknown

_SELECTOR = 4
FUNCTIONS: tuple[Entry, ...] = (
    *TOKEN_CALLS,
    *V2_ROUTER_CALLS,
    *V3_ROUTER_CALLS,
    *V3_POSITION_CALLS,
    *V4_POSITION_CALLS,
    *UNIVERSAL_ROUTER_CALLS,
    *PERMIT2_CALLS,
    *SEAPORT_CALLS,
    *AAVE_CALLS,
)
_BY_SELECTOR = {entry.selector: entry for entry in FUNCTIONS}


def read_call(to: str, data: str | bytes, value: int = 0) -> DecodedCall:
    """What a transaction to this contract asks for; `data` as bytes or 0x hex, `value` in wei.

    A selector that is not known comes back as Unknown, a payment without data as a transfer of the
    chain's coin. An empty `to` creates a contract.

    Raises:
        WireError: it is not hex, or does not read as the function whose selector it has.
    """
    raw = _bytes(data) if isinstance(data, str) else data
    selector = raw[:_SELECTOR]
    if not to:
        return _only(to, selector, Unknown(selector="", size=len(raw), why="creates a contract"))
    if not raw:
        return DecodedCall(to=to, selector="", function="", actions=(coin(to, value),))
    entry = _BY_SELECTOR.get(selector)
    if entry is None:
        return _only(to, selector, Unknown(selector=_hex(selector), size=len(raw), contract=to))
    at = Context(to, value, _nested)
    try:
        entry.decode(entry.values.read(raw, _SELECTOR), at)
    except WireError as e:
        raise WireError(f"{entry.name} of {to}: {e}") from None
    return DecodedCall(
        to=to, selector=_hex(selector), function=entry.name, actions=tuple(at.actions)
    )


def _bytes(text: str) -> bytes:
    try:
        raw = bytes.fromhex(text[2:])
    except ValueError:
        raw = b""
    if text[:2] != "0x" or 2 * len(raw) != len(text) - 2:  # fromhex skips blanks
        raise WireError(f"calldata {text[:80]!r}: 0x and hexadecimal digits are needed")
    return raw


def _nested(data: bytes, at: Context) -> None:
    """A call within a call, of the same contract."""
    entry = _BY_SELECTOR.get(data[:_SELECTOR])
    if entry is None:
        at.unknown(_hex(data[:_SELECTOR]), len(data))
    else:
        entry.decode(entry.values.read(data, _SELECTOR), at)


def _only(to: str, selector: bytes, what: Unknown) -> DecodedCall:
    return DecodedCall(to=to, selector=_hex(selector), function="", actions=(what,))


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()
