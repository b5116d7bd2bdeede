"""Before tokens are traded for the first time: whether they can be bought and sold again, tried
out on a node for a small amount, without a transaction. What is found is remembered for a while.
"""

from collections.abc import Callable
from decimal import ROUND_DOWN

import msgspec
import structlog

from argosy.desk.chain import ChainAccount
from argosy.dialects.evm.functions import unhex
from argosy.dialects.evm.jsonrpc import Ask
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.pools.exchange import is_native
from argosy.dialects.pools.functions import BALANCE_OF
from argosy.dialects.pools.router import SwapTerms, router_of
from argosy.dialects.pools.swaps import Allowed, Quoted, Swaps
from argosy.dialects.pools.trial import (
    Said,
    Trial,
    judge_fees,
    judge_quote,
    judge_return,
    override_params,
    read_program,
    read_simulated,
    simulate_params,
)
from argosy.errors import Blocked, Unsupported, VenueError, WireError
from argosy.model import ContractCall, OrderType, PlaceOrder
from argosy.ports import Clock, Reading

_log = structlog.get_logger(__name__)
_LOOK_NS = 60 * 10**9  # between two looks at a token's code
_GOOD_NS = 6 * 3_600 * 10**9
_BAD_NS = 600 * 10**9
_PART = 100  # of an order that is tried
_KEPT = 1_000


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    code: bytes  # a hash over the tokens' code
    refusal: str  # "": they may be traded
    until_ns: int
    looked_ns: int


class NotTried(Exception):
    """No node has a way to try it out."""


class Moved(Exception):
    """It gave less than is quoted: as its token makes it, or as the pool moved meanwhile."""


class TokenTrials:
    """Trials for one address at one exchange; `quote` prices an order as `SwapTrader.plan` does."""

    def __init__(
        self,
        account: ChainAccount,
        swaps: Swaps,
        quote: Callable[[PlaceOrder], Quoted],
        clock: Clock,
    ) -> None:
        self._account = account
        self._swaps = swaps
        self._quote = quote
        self._clock = clock
        self._verdicts: dict[tuple[str, str, str], _Verdict] = {}  # by router and tokens

    async def check(self, order: PlaceOrder, quoted: Quoted) -> None:
        """Try the tokens of an order, unless that was done a while ago and their code is the same.

        Raises:
            Blocked: they cannot be sold, take a fee, or give less than is quoted, with the numbers;
                or no node can try it, and the settings do not allow them all the same.
            And what the nodes raise.
        """
        spec = quoted.terms.spec
        key = (router_of(self._swaps.exchange, spec), spec.token0.address, spec.token1.address)
        now_ns = self._clock.monotonic_ns()
        known = self._verdicts.get(key)
        if known is not None and now_ns < known.until_ns and now_ns - known.looked_ns < _LOOK_NS:
            return self._say(known.refusal)
        code = await self._code(key[1:])
        if known is not None and now_ns < known.until_ns and known.code == code:
            self._verdicts[key] = msgspec.structs.replace(known, looked_ns=now_ns)
            return self._say(known.refusal)
        refusal = ""
        try:
            whole = await self._try(order, quoted)
        except Moved as e:  # a pool that moves is no property of its tokens: not remembered
            raise Blocked(str(e)) from e
        except Blocked as e:
            whole, refusal = True, str(e)
        except NotTried as e:
            whole, refusal = True, self._unchecked(quoted, str(e))
        if whole:
            if len(self._verdicts) >= _KEPT:
                self._verdicts.clear()
            until_ns = now_ns + (_BAD_NS if refusal else _GOOD_NS)
            self._verdicts[key] = _Verdict(
                code=code, refusal=refusal, until_ns=until_ns, looked_ns=now_ns
            )
            say = _log.warning if refusal else _log.info
            say("tokens were tried", at=order.instrument, refusal=refusal)
        return self._say(refusal)

    @staticmethod
    def _say(refusal: str) -> None:
        if refusal:
            raise Blocked(refusal)

    async def _code(self, tokens: tuple[str, ...]) -> bytes:
        asks = [Ask("eth_getCode", (token, "latest")) for token in tokens]
        told = await self._account.rpc.batch(asks)
        for each in told:
            if isinstance(each, Exception):
                raise each
        return keccak256(b"".join(keccak256(unhex(each)) for each in told))

    def _unchecked(self, quoted: Quoted, why: str) -> str:
        spec = quoted.terms.spec
        info = self._account.info
        allowed = self._account.terms.unchecked_tokens
        missing = [
            token.symbol
            for token in (spec.token0, spec.token1)
            if not is_native(token)
            and token.address != info.wrapper.address
            and token.address not in allowed
        ]
        if not missing:
            return ""
        return (
            f"whether {' and '.join(missing)} can be sold again could not be tried ({why}); to"
            f" trade all the same, add to chains.{info.key}.limits.unchecked_tokens"
        )

    # --- the trial --------------------------------------------------------------------------------

    async def _try(self, order: PlaceOrder, quoted: Quoted) -> bool:
        """Whether it was tried: not where we have too little of what goes in, which is refused
        elsewhere.
        """
        slippage = self._account.terms.slippage
        held = await self._held(quoted.terms)
        if held < quoted.terms.most_in:
            return False
        small = self._quote(self._smaller(order))
        value = int(small.value.scaleb(small.terms.spec.quote_token.decimals))
        # Its own bound would only say that it failed; what it came to is looked at here.
        bound = 0 if small.terms.exact_in else min(2 * value, held)
        there = msgspec.structs.replace(small.terms, bound=bound)
        back = msgspec.structs.replace(
            there, zero_for_one=not there.zero_for_one, exact_in=True, amount=0, bound=0
        )
        trial = Trial(swaps=self._swaps, there=there, there_allowed=await self._allowed(there))
        (leg,) = trial.read(await self._made(trial))
        judge_fees(there, leg)
        try:
            judge_quote(there, leg, value, slippage)
        except Blocked as e:
            raise Moved(str(e)) from e
        trial = msgspec.structs.replace(
            trial,
            back=msgspec.structs.replace(back, amount=leg.got),
            back_allowed=await self._allowed(back),
        )
        legs = trial.read(await self._made(trial))
        judge_fees(trial.back or back, legs[1])
        judge_return(legs[0], legs[1], there, slippage)
        return True

    def _smaller(self, order: PlaceOrder) -> PlaceOrder:
        """A part of an order, at the market."""
        about = self._swaps.about(order.instrument)
        assert order.size is not None
        step = about.size_increment
        part = (order.size / _PART / step).to_integral_value(ROUND_DOWN) * step
        size = min(order.size, max(part, about.min_size or step, step))
        return msgspec.structs.replace(order, type=OrderType.MARKET, price=None, size=size)

    async def _held(self, terms: SwapTerms) -> int:
        """What we have of what goes in."""
        token = self._swaps.given(terms)
        if not token:
            return await self._account.native_balance()
        call = ContractCall(to=token, data=BALANCE_OF.data(terms.owner))
        told = await self._account.contracts.ask(Reading((call,), lambda told: str(told[0])))
        held: int = BALANCE_OF.one(told)
        return held

    async def _allowed(self, terms: SwapTerms) -> Allowed:
        if not self._swaps.given(terms):
            return Allowed(token=0)
        return await self._account.contracts.ask(self._swaps.allowed(terms))

    async def _made(self, trial: Trial) -> list[Said]:
        """What a trial's calls came to, by the first way that this node knows."""
        calls, owner, rpc = trial.calls, self._account.address, self._account.rpc
        try:
            answer = await rpc.call("eth_simulateV1", *simulate_params(calls, owner))
            return read_simulated(answer, len(calls))
        except (Unsupported, VenueError, WireError) as e:
            first = e
        try:
            answer = await rpc.call("eth_call", *override_params(calls, owner))
            return read_program(answer, len(calls))
        except (Unsupported, VenueError, WireError) as e:
            raise NotTried(f"{first!s:.150}; {e!s:.150}") from e
