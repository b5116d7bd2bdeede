"""Before tokens are traded for the first time: whether they can be bought and sold again, tried
out on a node for a small amount, without a transaction. What is found is remembered for a while.
"""

from decimal import Decimal

import msgspec
import structlog

from argosy.desk.chain import ChainAccount
from argosy.desk.trial_ways import Way
from argosy.dialects.evm.functions import unhex
from argosy.dialects.evm.jsonrpc import Ask, quantity
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.pools.exchange import PoolSpec, is_native
from argosy.dialects.pools.functions import BALANCE_OF
from argosy.dialects.pools.router import SwapTerms, router_of
from argosy.dialects.pools.swaps import Allowed, Swaps, given_token
from argosy.dialects.pools.trial import (
    Leg,
    Said,
    Trial,
    TrialLeg,
    converted,
    judge_fees,
    judge_quote,
    judge_return,
    kept_of,
    names,
    override_params,
    read_program,
    read_simulated,
    simulate_params,
)
from argosy.errors import Blocked, Unsupported, VenueError, WireError
from argosy.model import ContractCall
from argosy.model.money import plain
from argosy.ports import Clock, Reading

_log = structlog.get_logger(__name__)
_LOOK_NS = 60 * 10**9  # between two looks at a token's code
_GOOD_NS = 6 * 3_600 * 10**9
_BAD_NS = 600 * 10**9
_KEPT = 1_000
_TURNS = 4  # where the pool moved between its quote and the trial
_PAUSE_S = 0.25  # until what moved it is heard of


_Key = tuple[str, str, str]  # a router and the two tokens of a pool


class _Verdict(msgspec.Struct, frozen=True, kw_only=True):
    code: bytes  # a hash over the tokens' code
    refusal: str  # "": they may be traded
    until_ns: int
    looked_ns: int


class NotTried(Exception):
    """No node has a way to try it out."""


class Moved(Exception):
    """It gave less than is quoted: as its token makes it, or as the pool moved meanwhile."""


class _Refused(Exception):
    """What was found at one pool of a way."""

    def __init__(self, place: int, why: str) -> None:
        super().__init__(why)
        self.place = place


class TokenTrials:
    """Trials for one address at one exchange. What orders found, swaps over pools need not try."""

    def __init__(self, account: ChainAccount, swaps: Swaps, clock: Clock) -> None:
        self._account = account
        self._swaps = swaps
        self._clock = clock
        self._verdicts: dict[_Key, _Verdict] = {}

    async def check(self, way: Way) -> str:
        """Try the tokens of a way, unless that was done a while ago and their code is the same.
        Returns what was found, for people.

        Raises:
            Blocked: they cannot be sold, take a fee, or give less than is quoted, with the numbers;
                or no node can try it, and the settings do not allow them all the same.
            And what the nodes raise.
        """
        keys = [self._key(terms.spec) for terms in way.terms]
        untried = [key for key in keys if not await self._passed(key)]
        if not untried:
            return "tried before"
        codes = {key: await self._code(key[1:]) for key in keys}
        try:
            said, whole = await self._settled(way)
        except Moved as e:  # a pool that moves is no property of its tokens: not remembered
            raise Blocked(str(e)) from e
        except _Refused as e:
            key = keys[e.place]
            self._remember(key, codes[key], str(e), way)
            raise Blocked(str(e)) from e
        except NotTried as e:
            specs = dict(zip(keys, (terms.spec for terms in way.terms), strict=True))
            refusals = {key: self._unchecked(specs[key], str(e)) for key in untried}
            for key, refusal in refusals.items():
                self._remember(key, codes[key], refusal, way)
            self._say("; ".join(filter(None, refusals.values())))
            return f"not tried, which the settings allow: {e}"
        if whole:
            for key, code in codes.items():
                self._remember(key, code, "", way)
        return said

    # --- what is remembered -----------------------------------------------------------------------

    def _key(self, spec: PoolSpec) -> _Key:
        router = router_of(self._swaps.exchange, spec)
        return (router, spec.token0.address, spec.token1.address)

    async def _passed(self, key: _Key) -> bool:
        """Whether they were tried and may be traded. Blocked where they were and may not."""
        known, now_ns = self._verdicts.get(key), self._clock.monotonic_ns()
        if known is None or now_ns >= known.until_ns:
            return False
        if now_ns - known.looked_ns >= _LOOK_NS:
            if known.code != await self._code(key[1:]):
                return False
            self._verdicts[key] = msgspec.structs.replace(known, looked_ns=now_ns)
        self._say(known.refusal)
        return True

    def _remember(self, key: _Key, code: bytes, refusal: str, way: Way) -> None:
        if len(self._verdicts) >= _KEPT:
            self._verdicts.clear()
        now_ns = self._clock.monotonic_ns()
        until_ns = now_ns + (_BAD_NS if refusal else _GOOD_NS)
        self._verdicts[key] = _Verdict(
            code=code, refusal=refusal, until_ns=until_ns, looked_ns=now_ns
        )
        say = _log.warning if refusal else _log.info
        say("tokens were tried", at=way.what, tokens=key[1:], refusal=refusal)

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

    def _unchecked(self, spec: PoolSpec, why: str) -> str:
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

    async def _settled(self, way: Way) -> tuple[str, bool]:
        """As `_try`; once more where quotes follow the newest block and one was of the block
        before. Raises Moved where that goes on, or quotes were exact.
        """
        for _ in range(_TURNS - 1 if way.block is None else 0):
            try:
                return await self._try(way)
            except Moved:
                await self._clock.sleep(_PAUSE_S)
        return await self._try(way)

    async def _try(self, way: Way) -> tuple[str, bool]:
        """What was found, and whether it was tried: not where we have too little of what goes in,
        which is refused elsewhere.
        """
        exchange, slippage = self._swaps.exchange, self._account.terms.slippage
        first, at = way.terms[0], "latest" if way.block is None else hex(way.block)
        got = self._paid_in(way)
        held = await self._held(got, first.owner, at)
        digits = (first.spec.token0 if first.zero_for_one else first.spec.token1).decimals
        if held < first.most_in:
            has, needs = (plain(Decimal(each).scaleb(-digits)) for each in (held, first.most_in))
            return f"not tried: the address has {has} {names(first)[0]} of {needs}", False
        terms, quoted = way.part(held)
        trial = Trial(swaps=self._swaps, legs=())
        found: list[Leg] = []
        for place in range(len(way.terms)):
            if place:
                terms = self._onward(way.terms[place], found[-1].got)
                quoted = way.onward[place - 1](found[-1].got)
            before = converted(exchange, got, terms)
            got = given_token(exchange, terms.spec, zero_for_one=not terms.zero_for_one)
            trial, found = await self._further(trial, terms, before, place, at)
            try:
                judge_quote(terms, found[-1], quoted, slippage)
            except Blocked as e:
                raise Moved(str(e)) from e
        kept = Decimal(1)
        for place in reversed(range(len(way.terms))):
            there = trial.legs[place].terms
            turned = msgspec.structs.replace(there, zero_for_one=not there.zero_for_one)
            terms = self._onward(turned, found[-1].got)
            before = converted(exchange, got, terms)
            got = given_token(exchange, terms.spec, zero_for_one=not terms.zero_for_one)
            trial, found = await self._further(trial, terms, before, place, at)
            kept *= kept_of(there)
            try:
                judge_return(found[place], found[-1], there, slippage, kept)
            except Blocked as e:
                raise _Refused(place, str(e)) from e
        gone, came = (plain(Decimal(n).scaleb(-digits)) for n in (found[0].paid, found[-1].got))
        tokens = ", ".join(names(one)[1] for one in way.terms)
        return f"tried: {gone} {names(first)[0]} to {tokens} and back came to {came}", True

    @staticmethod
    def _onward(terms: SwapTerms, amount: int) -> SwapTerms:
        """The same swap for what the last one gave; what it comes to is looked at afterwards."""
        return msgspec.structs.replace(terms, exact_in=True, amount=amount, bound=0)

    async def _further(
        self,
        trial: Trial,
        terms: SwapTerms,
        before: tuple[ContractCall, ...],
        place: int,
        at: str,
    ) -> tuple[Trial, list[Leg]]:
        """A trial with one more swap, and what all of it came to. Raises _Refused."""
        leg = TrialLeg(terms=terms, allowed=await self._allowed(terms, at), before=before)
        longer = msgspec.structs.replace(trial, legs=(*trial.legs, leg))
        try:
            found = longer.read(await self._made(longer, at))
            judge_fees(terms, found[-1])
        except Blocked as e:
            raise _Refused(place, str(e)) from e
        return longer, found

    def _paid_in(self, way: Way) -> str:
        """The token that the whole way takes from us; "" for the chain's own currency."""
        return "" if way.native else self._swaps.given(way.terms[0])

    async def _held(self, token: str, owner: str, at: str) -> int:
        """What we have of what goes in."""
        if not token:
            return quantity(await self._account.rpc.call("eth_getBalance", owner, at))
        call = ContractCall(to=token, data=BALANCE_OF.data(owner))
        reading = Reading((call,), lambda told: str(told[0]))
        held: int = BALANCE_OF.one(await self._account.contracts.ask(reading, at))
        return held

    async def _allowed(self, terms: SwapTerms, at: str) -> Allowed:
        if not self._swaps.given(terms):
            return Allowed(token=0)
        return await self._account.contracts.ask(self._swaps.allowed(terms), at)

    async def _made(self, trial: Trial, at: str) -> list[Said]:
        """What a trial's calls came to, by the first way that a node knows; at the newest block
        where it has not that one.
        """
        calls, owner, rpc = trial.calls, self._account.address, self._account.rpc
        failed: list[str] = []
        for block in dict.fromkeys((at, "latest")):
            try:
                answer = await rpc.call("eth_simulateV1", *simulate_params(calls, owner, block))
                return read_simulated(answer, len(calls))
            except (Unsupported, VenueError, WireError) as e:
                failed.append(f"{e!s:.150}")
            try:
                answer = await rpc.call("eth_call", *override_params(calls, owner, block))
                return read_program(answer, len(calls))
            except (Unsupported, VenueError, WireError) as e:
                failed.append(f"{e!s:.150}")
        raise NotTried("; ".join(dict.fromkeys(failed)))
