"""Calls of routers that swap at one pool: exact size out or in, with a bound on the other side, for
the chain's own currency where the pool has its wrapper. Encodes only.

Sources: Uniswap universal-router 2.1 (Commands, Dispatcher), v4-periphery (Actions, IV4Router),
v2-periphery Router02, v3-periphery SwapRouter; read 2026-11-27.
"""

from collections.abc import Sequence

import msgspec

from argosy.dialects.evm.functions import Function, encode
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec, is_native
from argosy.model import ContractCall

# Universal Router commands, and v4 actions within V4_SWAP.
V3_IN, V3_OUT, SWEEP, V2_IN, V2_OUT = 0x00, 0x01, 0x04, 0x08, 0x09
PERMIT, WRAP, UNWRAP, V4_SWAP = 0x0A, 0x0B, 0x0C, 0x10
V4_IN_SINGLE, V4_OUT_SINGLE, SETTLE_ALL, TAKE_ALL = 0x06, 0x08, 0x0C, 0x0F
SETTLE, TAKE = 0x0B, 0x0E
SENDER = "0x" + "00" * 19 + "01"  # whoever called the router
ROUTER = "0x" + "00" * 19 + "02"  # the router itself

EXECUTE = Function("execute(bytes,bytes[],uint256)")
_KEY = "(address,address,uint24,int24,address)"
V4_SINGLE = f"({_KEY},bool,uint128,uint128,bytes)"

_V2 = "(uint256,uint256,address[],address,uint256)"
V2_TOKENS_IN = Function(f"swapExactTokensForTokens{_V2}")
V2_TOKENS_OUT = Function(f"swapTokensForExactTokens{_V2}")
V2_TOKENS_ETH_IN = Function(f"swapExactTokensForETH{_V2}")
V2_TOKENS_ETH_OUT = Function(f"swapTokensForExactETH{_V2}")
V2_ETH_IN = Function("swapExactETHForTokens(uint256,address[],address,uint256)")
V2_ETH_OUT = Function("swapETHForExactTokens(uint256,address[],address,uint256)")

_V3_TERMS = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
V3_ROUTER_IN = Function(f"exactInputSingle({_V3_TERMS})")
V3_ROUTER_OUT = Function(f"exactOutputSingle({_V3_TERMS})")
MULTICALL = Function("multicall(bytes[])")
UNWRAP_WETH9 = Function("unwrapWETH9(uint256,address)")
REFUND_ETH = Function("refundETH()")


class SwapTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One swap at one pool. Amounts in smallest units; beyond its bound it reverts."""

    spec: PoolSpec
    zero_for_one: bool
    exact_in: bool
    amount: int  # exactly this much in, or out
    bound: int  # at least this much out, or at most this much in
    owner: str
    deadline_s: int

    @property
    def most_in(self) -> int:
        """What may leave the owner."""
        return self.amount if self.exact_in else self.bound

    @property
    def least_out(self) -> int:
        """What must come."""
        return self.bound if self.exact_in else self.amount


class SignedPermit(msgspec.Struct, frozen=True, kw_only=True):
    """Permission for the router to take one token through Permit2, signed."""

    token: str
    amount: int
    expires_s: int
    nonce: int
    spender: str
    deadline_s: int
    signature: bytes


_PERMIT_TYPES = ("((address,uint160,uint48,uint48),address,uint256)", "bytes")


def _tokens(terms: SwapTerms) -> tuple[str, str]:
    pair = (terms.spec.token0.address, terms.spec.token1.address)
    return pair if terms.zero_for_one else pair[::-1]


def wraps(terms: SwapTerms, wrapper: str) -> tuple[bool, bool]:
    """Whether what goes in, and what comes out, is the chain's own currency at a wrapping pool."""
    given, taken = _tokens(terms)
    return given == wrapper, taken == wrapper


def swap_call(
    exchange: Exchange, terms: SwapTerms, permit: SignedPermit | None = None
) -> ContractCall:
    """The call that swaps: through the Universal Router, else by the family's own."""
    if exchange.universal_router:
        return _universal(exchange, terms, permit)
    if terms.spec.family is Family.V2:
        return _v2_router(exchange, terms)
    return _v3_router(exchange, terms)


def router_of(exchange: Exchange, spec: PoolSpec) -> str:
    """Who swaps at a pool: lower case."""
    if exchange.universal_router:
        return exchange.universal_router.lower()
    contracts = exchange.v2 if spec.family is Family.V2 else exchange.v3
    assert contracts is not None
    return contracts.router.lower()


# --- the Universal Router -------------------------------------------------------------------------


def _universal(exchange: Exchange, terms: SwapTerms, permit: SignedPermit | None) -> ContractCall:
    steps: list[tuple[int, bytes]] = []
    if permit is not None:
        steps.append((PERMIT, permit_input(permit)))
    value = 0
    if terms.spec.family is Family.V4:
        given, taken = _tokens(terms)
        if is_native(terms.spec.token0) and terms.zero_for_one:
            value = terms.most_in
        steps.append((V4_SWAP, _v4_input(terms, given, taken)))
        if value and not terms.exact_in:
            steps.append((SWEEP, encode(("address", "address", "uint256"), (given, SENDER, 0))))
    else:
        wrap_in, wrap_out = wraps(terms, exchange.chain.wrapper.address)
        if wrap_in:
            value = terms.most_in
            steps.append((WRAP, encode(("address", "uint256"), (ROUTER, value))))
        recipient = ROUTER if wrap_out else SENDER
        steps.append(_path_step(terms, recipient, pays=not wrap_in))
        if wrap_out:
            steps.append((UNWRAP, encode(("address", "uint256"), (SENDER, terms.least_out))))
        elif wrap_in and not terms.exact_in:
            steps.append((UNWRAP, encode(("address", "uint256"), (SENDER, 0))))
    commands = bytes(command for command, _ in steps)
    data = EXECUTE.data(commands, [step for _, step in steps], terms.deadline_s)
    return ContractCall(
        to=exchange.universal_router.lower(), data=data, value=value, sender=terms.owner
    )


def permit_input(permit: SignedPermit) -> bytes:
    """The input of the command PERMIT."""
    details = (permit.token, permit.amount, permit.expires_s, permit.nonce)
    single = (details, permit.spender, permit.deadline_s)
    return encode(_PERMIT_TYPES, (single, permit.signature))


def _path_step(terms: SwapTerms, recipient: str, *, pays: bool) -> tuple[int, bytes]:
    given, taken = _tokens(terms)
    if terms.spec.family is Family.V2:
        command = V2_IN if terms.exact_in else V2_OUT
        values = (recipient, terms.amount, terms.bound, [given, taken], pays)
        return command, encode(("address", "uint256", "uint256", "address[]", "bool"), values)
    ends = (given, taken) if terms.exact_in else (taken, given)
    path = packed_path(ends, (terms.spec.fee,))
    command = V3_IN if terms.exact_in else V3_OUT
    types = ("address", "uint256", "uint256", "bytes", "bool")
    return command, encode(types, (recipient, terms.amount, terms.bound, path, pays))


def _v4_input(terms: SwapTerms, given: str, taken: str) -> bytes:
    key = terms.spec.key
    assert key is not None
    named = (key.currency0, key.currency1, key.fee, key.spacing, key.hooks)
    action = V4_IN_SINGLE if terms.exact_in else V4_OUT_SINGLE
    single = (named, terms.zero_for_one, terms.amount, terms.bound, b"")
    steps = {
        action: encode((V4_SINGLE,), (single,)),
        SETTLE_ALL: encode(("address", "uint256"), (given, terms.most_in)),
        TAKE_ALL: encode(("address", "uint256"), (taken, terms.least_out)),
    }
    return encode(("bytes", "bytes[]"), (bytes(steps), list(steps.values())))


def packed_path(tokens: Sequence[str], fees: Sequence[int]) -> bytes:
    """A v3 path: token, fee, token, ... without padding."""
    packed = bytes.fromhex(tokens[0][2:])
    for fee, token in zip(fees, tokens[1:], strict=True):
        packed += fee.to_bytes(3, "big") + bytes.fromhex(token[2:])
    return packed


# --- a family's own router ------------------------------------------------------------------------


def _v2_router(exchange: Exchange, terms: SwapTerms) -> ContractCall:
    given, taken = _tokens(terms)
    path, when = [given, taken], terms.deadline_s
    from_eth, to_eth = wraps(terms, exchange.chain.wrapper.address)
    value = terms.most_in if from_eth else 0
    if from_eth:
        function = V2_ETH_IN if terms.exact_in else V2_ETH_OUT
        data = function.data(terms.least_out, path, terms.owner, when)
    else:
        named = {
            (True, False): V2_TOKENS_IN,
            (False, False): V2_TOKENS_OUT,
            (True, True): V2_TOKENS_ETH_IN,
            (False, True): V2_TOKENS_ETH_OUT,
        }
        function = named[terms.exact_in, to_eth]
        data = function.data(terms.amount, terms.bound, path, terms.owner, when)
    return ContractCall(
        to=router_of(exchange, terms.spec), data=data, value=value, sender=terms.owner
    )


def _v3_router(exchange: Exchange, terms: SwapTerms) -> ContractCall:
    given, taken = _tokens(terms)
    from_eth, to_eth = wraps(terms, exchange.chain.wrapper.address)
    recipient = "0x" + "00" * 20 if to_eth else terms.owner  # the zero address: the router
    function = V3_ROUTER_IN if terms.exact_in else V3_ROUTER_OUT
    single = (given, taken, terms.spec.fee, recipient, terms.deadline_s)
    steps = [function.data((*single, terms.amount, terms.bound, 0))]
    if to_eth:
        steps.append(UNWRAP_WETH9.data(terms.least_out, terms.owner))
    elif from_eth and not terms.exact_in:
        steps.append(REFUND_ETH.data())
    data = steps[0] if len(steps) == 1 else MULTICALL.data([bytes.fromhex(s[2:]) for s in steps])
    return ContractCall(
        to=router_of(exchange, terms.spec),
        data=data,
        value=terms.most_in if from_eth else 0,
        sender=terms.owner,
    )
