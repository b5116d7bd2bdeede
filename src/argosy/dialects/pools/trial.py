"""A round trip over pools as a trial on a node: the calls, two ways of having them made without a
transaction, and what their answers say of the tokens. Asks nothing itself.

Sources: execution-apis eth_simulateV1; geth's state overrides of eth_call; read 2026-11-27.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import address_bytes
from argosy.dialects.evm.functions import unhex
from argosy.dialects.evm.outgoing import DEPOSIT, NATIVE, PERMIT2_APPROVE, WITHDRAW
from argosy.dialects.pools.exchange import PERMIT2, Exchange
from argosy.dialects.pools.functions import BALANCE_OF
from argosy.dialects.pools.reverts import reason
from argosy.dialects.pools.router import SwapTerms, router_of, wraps
from argosy.dialects.pools.swaps import Allowed, Swaps, approval, given_token
from argosy.errors import Blocked, WireError
from argosy.model import ContractCall

PROBE = "0x" + b"argosy balance probe".hex()  # nobody's address: code is put there for the trial
_PROBE_CODE = "0x5f35315f5260205ff3"  # returns the balance of the address that it is sent
_UINT160 = (1 << 160) - 1
_PLENTY = 1 << 128  # an allowance that no trial uses up
_LEG = 4  # measurements around each leg
_DUST = 16  # units that a token may round by
_OUT = 320  # bytes kept of each call: whether it worked, how much it said, and 256 of that
_SAID = 256
_GAS = 100_000_000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one call of a trial."""

    done: bool
    data: str


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One swap of a trial, as balances tell it. Smallest units."""

    held: int  # of what goes in, before
    paid: int  # by us
    came: int  # into the pool
    sent: int  # out of the pool
    got: int  # by us


class TrialLeg(msgspec.Struct, frozen=True, kw_only=True):
    """One swap that is tried; `before` it, what else we do."""

    terms: SwapTerms
    allowed: Allowed
    before: tuple[ContractCall, ...] = ()


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Swaps one after another, all by our own address."""

    swaps: Swaps
    legs: tuple[TrialLeg, ...]

    @property
    def calls(self) -> list[ContractCall]:
        """In order."""
        return [call for part in self._parts() for call in part]

    def _parts(self) -> list[list[ContractCall]]:
        """The calls of each leg. A token is approved once: some refuse to be asked again."""
        found, approved = [], set()
        for leg in self.legs:
            token, router = self.swaps.given(leg.terms), self._router(leg.terms)
            approvals = [] if (token, router) in approved else self._approvals(leg)
            approved.add((token, router))
            looks = self._looks(leg.terms)
            call = self.swaps.call(leg.terms, None)
            found.append([*leg.before, *looks, *approvals, call, *looks])
        return found

    def _router(self, terms: SwapTerms) -> str:
        return router_of(self.swaps.exchange, terms.spec)

    def _approvals(self, leg: TrialLeg) -> list[ContractCall]:
        token, owner = self.swaps.given(leg.terms), leg.terms.owner
        if not token:
            return []
        router, universal = self._router(leg.terms), bool(self.swaps.exchange.universal_router)
        found = []
        if leg.allowed.token < _PLENTY:
            spender = PERMIT2 if universal else router
            found += approval(token, owner, leg.allowed.token, spender)
        if universal:
            data = PERMIT2_APPROVE.data(token, router, _UINT160, leg.terms.deadline_s)
            found.append(ContractCall(to=PERMIT2, data=data, sender=owner))
        return found

    def _looks(self, terms: SwapTerms) -> list[ContractCall]:
        """Balances of what goes in and of what comes out, ours and the pool's."""
        spec = terms.spec
        given, taken = spec.token0.address, spec.token1.address
        if not terms.zero_for_one:
            given, taken = taken, given
        wrapped = wraps(terms, self.swaps.exchange.chain.wrapper.address)
        owner, pool = terms.owner, spec.address
        return [
            _balance(NATIVE if wrapped[0] else given, owner),
            _balance(given, pool),
            _balance(taken, pool),
            _balance(NATIVE if wrapped[1] else taken, owner),
        ]

    def read(self, told: Sequence[Said]) -> list[Leg]:
        """The legs, in order.

        Raises:
            Blocked: a call failed; which, and why.
            WireError: answers that are none to these calls.
        """
        parts = self._parts()
        if len(told) != sum(map(len, parts)):
            raise WireError(f"{len(told)} answers to {len(self.calls)} calls of a trial")
        found, at = [], 0
        for leg, part in zip(self.legs, parts, strict=True):
            said = told[at : at + len(part)]
            found.append(self._read_leg(leg.terms, said, len(leg.before)))
            at += len(part)
        return found

    @staticmethod
    def _read_leg(terms: SwapTerms, told: Sequence[Said], before: int) -> Leg:
        given, taken = names(terms)
        for each in told:
            if not each.done:
                raise Blocked(f"{given} cannot be swapped for {taken}: {reason(each.data)}")
        first = [_number(each) for each in told[before : before + _LEG]]
        last = [_number(each) for each in told[-_LEG:]]
        return Leg(
            held=first[0],
            paid=first[0] - last[0],
            came=last[1] - first[1],
            sent=first[2] - last[2],
            got=last[3] - first[3],
        )


def converted(exchange: Exchange, got: str, terms: SwapTerms) -> tuple[ContractCall, ...]:
    """What turns the chain's own currency, or its wrapper, into the one of the two that a swap is
    paid in. `got` is the token that is there, "" for the currency itself.
    """
    wrapper = exchange.chain.wrapper.address
    given = given_token(exchange, terms.spec, zero_for_one=terms.zero_for_one)
    if {got, given} != {"", wrapper}:
        return ()
    data, value = (DEPOSIT.data(), terms.most_in) if given else (WITHDRAW.data(terms.most_in), 0)
    return (ContractCall(to=wrapper, data=data, value=value, sender=terms.owner),)


def names(terms: SwapTerms) -> tuple[str, str]:
    """The symbols of what goes in and of what comes out."""
    pair = (terms.spec.token0.symbol, terms.spec.token1.symbol)
    return pair if terms.zero_for_one else pair[::-1]


def _balance(token: str, who: str) -> ContractCall:
    if token == NATIVE:
        return ContractCall(to=PROBE, data="0x" + address_bytes(who).rjust(32, b"\0").hex())
    return ContractCall(to=token, data=BALANCE_OF.data(who))


def _number(said: Said) -> int:
    value: int = BALANCE_OF.one(said.data)
    return value


# --- what the legs say ----------------------------------------------------------------------------


def judge_fees(terms: SwapTerms, leg: Leg) -> None:
    """Whether all that was sent arrived.

    Raises:
        Blocked: a token takes a fee of its own; the numbers.
    """
    given, taken = names(terms)
    _no_fee(given, leg.paid, leg.came)
    _no_fee(taken, leg.sent, leg.got)


def judge_quote(terms: SwapTerms, leg: Leg, quoted: int, slippage: Decimal) -> None:
    """Whether a swap gave what it should. `quoted` is the other amount by the pool's exact state:
    what comes out where the input is exact, else what goes in; the pool may have moved since, by at
    most `slippage` (a fraction).

    Raises:
        Blocked: less came than was quoted, or more was taken; the numbers.
    """
    given, taken = names(terms)
    least, most = quoted * (1 - slippage), quoted * (1 + slippage)
    if terms.exact_in and leg.got + _DUST < least:
        raise Blocked(
            f"{terms.amount} units of {given} gave {leg.got} of {taken}; the pool quotes {quoted}"
        )
    if not terms.exact_in and leg.paid - _DUST > most:
        raise Blocked(
            f"{terms.amount} units of {taken} took {leg.paid} of {given}; the pool quotes {quoted}"
        )


def judge_return(there: Leg, back: Leg, terms: SwapTerms, slippage: Decimal, kept: Decimal) -> None:
    """Whether the way back gave what the fees of the pools leave; `terms` are of the swap there,
    `kept` is the part that these fees leave of what went there.

    Raises:
        Blocked: it gave less; the numbers.
    """
    given, taken = names(terms)
    least = there.paid * kept * (1 - slippage)
    if back.got + _DUST < least:
        raise Blocked(
            f"{there.paid} units of {given}, swapped for {taken} and back, came to {back.got}; the"
            f" fees of the pools leave {int(there.paid * kept)}"
        )


def kept_of(terms: SwapTerms) -> Decimal:
    """The part that two fees of a pool leave, there and back."""
    return (1 - Decimal(terms.spec.fee) / 1_000_000) ** 2


def _no_fee(token: str, left: int, arrived: int) -> None:
    if arrived + _DUST < left:
        raise Blocked(
            f"{token} takes a fee of its own: of {left} units that were sent {arrived} arrived"
        )


# --- two ways of asking ---------------------------------------------------------------------------


def simulate_params(
    calls: Sequence[ContractCall], owner: str, at: str = "latest"
) -> tuple[Any, ...]:
    """Parameters of eth_simulateV1: one block after block `at`, all calls by the owner."""
    told = [
        {"from": owner, "to": call.to, "data": call.data, "value": hex(call.value)}
        for call in calls
    ]
    block = {"stateOverrides": {PROBE: {"code": _PROBE_CODE}}, "calls": told}
    return ({"blockStateCalls": [block], "validation": False}, at)


def read_simulated(answer: object, calls: int) -> list[Said]:
    """What eth_simulateV1 answered. Raises WireError."""
    try:
        (block,) = msgspec.convert(answer, list[_Block])
    except (msgspec.ValidationError, ValueError) as e:
        raise WireError(f"eth_simulateV1 was answered with {str(answer)[:80]!r}") from e
    if len(block.calls) != calls:
        raise WireError(f"eth_simulateV1 has {len(block.calls)} answers to {calls} calls")
    return [
        Said(
            done=each.status == "0x1",
            data=each.error.data if each.error is not None and each.error.data else each.returned,
        )
        for each in block.calls
    ]


class _Error(msgspec.Struct):
    data: str | None = None


class _Call(msgspec.Struct):
    status: str
    returned: str = msgspec.field(name="returnData", default="0x")
    error: _Error | None = None


class _Block(msgspec.Struct):
    calls: list[_Call]


def override_params(
    calls: Sequence[ContractCall], owner: str, at: str = "latest"
) -> tuple[Any, ...]:
    """Parameters of an eth_call at block `at` that makes all calls: our own address is given code
    for it.
    """
    asked = {"from": owner, "to": owner, "data": "0x01", "gas": hex(_GAS)}
    codes = {owner: {"code": "0x" + program(calls).hex()}, PROBE: {"code": _PROBE_CODE}}
    return (asked, at, codes)


def program(calls: Sequence[ContractCall]) -> bytes:
    """EVM code that makes calls one after another, and returns what became of each. Without
    calldata it does nothing: so it can be sent the chain's own currency.
    """
    heads = [_step(call, 0, 0, 0) for call in calls]
    start = bytes.fromhex("36600557005b")  # CALLDATASIZE PUSH1 5 JUMPI STOP JUMPDEST
    end = b"\x63" + (_OUT * len(calls)).to_bytes(4) + b"\x5f\xf3"
    at = len(start) + sum(map(len, heads)) + len(end)
    scratch = _OUT * len(calls)
    code, data = start, b""
    for number, call in enumerate(calls):
        code += _step(call, at + len(data), _OUT * number, scratch)
        data += unhex(call.data)
    return code + end + data


def _step(call: ContractCall, place: int, out: int, scratch: int) -> bytes:
    def push(value: int) -> bytes:
        return b"\x63" + value.to_bytes(4)  # PUSH4: as long for any number

    size = len(unhex(call.data))
    copy = push(size) + push(place) + push(scratch) + b"\x39"  # CODECOPY
    ends = push(_SAID) + push(out + 64) + push(size) + push(scratch)
    value = b"\x7f" + call.value.to_bytes(32)
    to = b"\x73" + address_bytes(call.to)
    made = ends + value + to + b"\x5a\xf1"  # GAS CALL
    return copy + made + push(out) + b"\x52\x3d" + push(out + 32) + b"\x52"  # .. RETURNDATASIZE ..


def read_program(answer: object, calls: int) -> list[Said]:
    """What the program returned. Raises WireError for another answer, as of a node that puts no
    code in place.
    """
    if not isinstance(answer, str):
        raise WireError(f"eth_call was answered with {str(answer)[:80]!r}")
    raw = unhex(answer)
    if len(raw) != _OUT * calls:
        raise WireError(f"{len(raw)} bytes for {calls} calls: this node does not put code in place")
    found = []
    for at in range(0, len(raw), _OUT):
        done, size = (int.from_bytes(raw[at + n : at + n + 32]) for n in (0, 32))
        said = raw[at + 64 : at + 64 + min(size, _SAID)]
        found.append(Said(done=done == 1, data="0x" + said.hex()))
    return found
