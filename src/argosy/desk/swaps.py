"""Swaps of one token for another over several pools, in one transaction: for what no pair of tokens
has a pool of its own, or where the way around gives more. For the API and the CLI.
"""

import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial

import msgspec

from argosy.desk.affording import problem_of
from argosy.desk.asks import new_client_id
from argosy.desk.carrying import outcome
from argosy.desk.chain import ChainAccount
from argosy.desk.desk import Desk
from argosy.desk.sending import SwapSending, SwapToSend
from argosy.desk.swapper import SwapTrader
from argosy.desk.swaps_asked import SwapAsk, SwapDone, SwapPath
from argosy.desk.trial_ways import path_way
from argosy.desk.wrapping import is_wrapping, wrap
from argosy.dialects.evm.jsonrpc import Ask, quantity
from argosy.dialects.evm.logs import log_of
from argosy.dialects.pools.asking import eth_call
from argosy.dialects.pools.board import LivePool
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.pools.loading import loading
from argosy.dialects.pools.paths import HOPS_MAX, Path, path_call, paths
from argosy.dialects.pools.samples import path_sample
from argosy.dialects.pools.swaps import given_token
from argosy.dialects.pools.trades import swapped
from argosy.dialects.pools.venue import PoolVenue
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS
from argosy.errors import Blocked, ConfigError, Unsupported, WireError
from argosy.model import Log
from argosy.model.money import ZERO, parse_decimal

_BPS = 10_000
_TOO_MUCH_DIGITS = 30
_TOO_MUCH = 10**_TOO_MUCH_DIGITS  # units of any token
_SHOWN = 5
_RANKED = 40  # ways whose whole cost is looked at, what gives most first


class SwapDesk:
    """Swaps over several pools."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng

    async def swap(self, ask: SwapAsk) -> SwapDone:
        """Find the best way and, unless it is a dry run, go it; returns once it is final.

        Raises:
            ConfigError: words or numbers that cannot be used; no way; no key; an id that something
                else was sent under.
            Blocked: a token on the way cannot be sold, or takes a fee; the numbers.
            InvalidOrder: it would fail, or did; says why.
            And what TxSender.send raises.
        """
        link = self._desk.links.get(ask.venue)
        pools, account = (link.adapter.pools, link.account) if link is not None else (None, None)
        if pools is None or account is None:
            raise ConfigError(f"swap: {ask.venue!r} is no venue of pools of this desk")
        if is_wrapping(account.info, ask.give, ask.get):
            return await self._wrap(ask, account)
        exchange = pools.board.exchange
        give, get = self._known(exchange, ask.give), self._known(exchange, ask.get)
        if give == get:
            raise ConfigError(f"swap: {give} for {get} is none")
        amount = _number(ask.amount, "amount")
        raw = _units(ask.amount, amount, give, _decimals(exchange, give))
        if not 1 <= ask.hops <= HOPS_MAX:
            raise ConfigError(f"swap: hops is {ask.hops}; 1 to {HOPS_MAX} are possible")
        slippage = _slippage(ask, account)
        block, live = await self._read(pools, account)
        ways = paths(live, give, get, raw, hops_max=ask.hops)
        if not ways:
            raise ConfigError(f"swap: no pools of {ask.venue} lead from {give} to {get}")
        posting = await _posting(exchange, account, ways)
        ranked = sorted(
            zip(ways, posting, strict=False),
            key=lambda each: each[0].amount_out - _worth(live, account, *each),
            reverse=True,
        )
        best = ranked[0][0]
        least = int(best.amount_out * (1 - slippage))
        done = SwapDone(
            id=ask.id or new_client_id(self._rng),
            give=give,
            get=get,
            amount=amount,
            block=block,
            paths=tuple(self._view(exchange, account, *each) for each in ranked[:_SHOWN]),
            least=Decimal(least).scaleb(-_decimals(exchange, get)),
        )
        if ask.dry_run:
            try:
                found = await self._try(best, live, ask.venue, account)
            except Blocked as e:
                found = f"it would be refused: {e}"
            problem = await self._problem(done, best, least, exchange, account)
            return msgspec.structs.replace(done, trial=found, problem=problem)
        if await account.must_be_ready().find(done.id) is not None:
            done = msgspec.structs.replace(done, repeated=True, paths=(), least=ZERO)
            try:
                return await self._go(done, best, least, pools, account)
            except WireError as e:
                raise ConfigError(f"swap: id {done.id!r} was used before, and not for it") from e
        found = await self._try(best, live, ask.venue, account)
        done = msgspec.structs.replace(done, trial=found)
        return await self._go(done, best, least, pools, account)

    @staticmethod
    async def _problem(
        done: SwapDone, path: Path, least: int, exchange: Exchange, account: ChainAccount
    ) -> str:
        """Why a swap would not go through, as problem_of."""
        if account.signer is None:
            return "there is no key"
        if account.ready and await account.must_be_ready().find(done.id) is not None:
            return f"id {done.id!r} was used before: nothing would be sent"
        try:
            call = path_call(
                exchange,
                path,
                least_out=least,
                owner=account.address,
                deadline_s=account.deadline_s(),
            )
        except Unsupported as e:
            return str(e)
        first = path.hops[0]
        token = first.spec.token0 if first.zero_for_one else first.spec.token1
        given = exchange.chain.own if call.value else token
        return await problem_of(account, call, [(given, path.amount_in)], done.paths[0].gas)

    async def _try(
        self, path: Path, live: Sequence[LivePool], venue: str, account: ChainAccount
    ) -> str:
        """Try the tokens of a way that were not tried. Raises as TokenTrials.check."""
        trader = self._desk.traders.get(venue)
        if not isinstance(trader, SwapTrader):
            return "not tried: no key"
        way = path_way(path, live, account.address, account.deadline_s(), account.info.native)
        return await trader.trials.check(way)

    async def _wrap(self, ask: SwapAsk, account: ChainAccount) -> SwapDone:
        """The chain's own currency for the token that wraps it, or back: no pool is asked."""
        amount = _number(ask.amount, "amount")
        raw = _units(ask.amount, amount, ask.give.upper(), 18)
        done = await wrap(account, ask, raw, ask.id or new_client_id(self._rng))
        if done.got is not None and not done.repeated:
            self._tell(account, done)
        return done

    @staticmethod
    def _known(exchange: Exchange, name: str) -> str:
        known = list(dict.fromkeys(token.currency for token in exchange.tokens))
        if name.upper() in known:
            return name.upper()
        native, wrapped = exchange.chain.native, exchange.chain.wrapped
        if name.upper() == wrapped:
            raise ConfigError(
                f"swap: pools take and give {native} for {wrapped}, which `argosy swap {wrapped}"
                f" {native}` unwraps"
            )
        raise ConfigError(f"swap: {name!r} is not known there; there are: {', '.join(known)}")

    @staticmethod
    def _view(exchange: Exchange, account: ChainAccount, path: Path, posting: int) -> SwapPath:
        return SwapPath(
            pools=path.words,
            gets=Decimal(path.amount_out).scaleb(-_decimals(exchange, path.get)),
            gas=account.gas_cost(path.gas, posting),
        )

    # --- reading ----------------------------------------------------------------------------------

    async def _read(self, pools: PoolVenue, account: ChainAccount) -> tuple[int, list[LivePool]]:
        """Every pool of the venue as of one block."""
        block = quantity(await account.rpc.call("eth_blockNumber"))
        exchange = pools.board.exchange
        specs = list(pools.board.specs.values())
        return block, [await self._load(spec, exchange, account, block) for spec in specs]

    @staticmethod
    async def _load(
        spec: PoolSpec, exchange: Exchange, account: ChainAccount, block: int
    ) -> LivePool:
        load = loading(spec, exchange)
        while calls := load.calls():
            asks: list[Ask] = [eth_call(call, hex(block)) for call in calls]
            answers = await account.rpc.batch(asks)
            for each in answers:
                if isinstance(each, Exception):
                    raise each
            load.take(answers)
        return LivePool(spec, load.tracked(block), block)

    # --- going ------------------------------------------------------------------------------------

    async def _go(
        self, done: SwapDone, path: Path, least: int, pools: PoolVenue, account: ChainAccount
    ) -> SwapDone:
        exchange, specs = pools.board.exchange, pools.board.specs.values()
        fresh = await account.must_be_ready().find(done.id) is None
        before = await self._send(done.id, path, least, exchange, account) if fresh else 0
        came = await outcome(account, done.id, what="swap")
        got = _got(specs, done.get, came.logs)
        after = msgspec.structs.replace(
            done,
            got=Decimal(got).scaleb(-_decimals(exchange, done.get)),
            gas=Decimal(before + came.gas_cost).scaleb(-18),
            transaction=came.transaction.mined_hash,
        )
        if fresh:
            self._tell(account, after)
        return after

    def _tell(self, account: ChainAccount, done: SwapDone) -> None:
        """What it did to balances, so that none seems strange."""
        assert done.got is not None
        assert done.gas is not None
        now_ns = self._desk.now_ns()
        changes = ((done.give, -done.amount), (done.get, done.got))
        for currency, amount in (*changes, (account.info.native, -done.gas)):
            account.explained.known(currency, amount, now_ns)

    @staticmethod
    async def _send(
        id_: str, path: Path, least: int, exchange: Exchange, account: ChainAccount
    ) -> int:
        """Send the transaction of a path; returns what approvals before it cost. Blocked, before
        anything is approved, for a swap that would not be signed.
        """
        signer = account.signer
        assert signer is not None
        deadline_s = account.deadline_s()
        whole = partial(
            path_call,
            exchange,
            path,
            least_out=least,
            owner=account.address,
            deadline_s=deadline_s,
        )
        signer.review(whole())
        first = path.hops[0]
        token = given_token(exchange, first.spec, zero_for_one=first.zero_for_one)
        handed = await SwapSending(account, exchange, "swap").send(
            SwapToSend(
                id=id_,
                router=exchange.universal_router.lower(),
                token=token,
                amount=path.amount_in,
                deadline_s=deadline_s,
                built=lambda permit: whole(permit=permit),
            )
        )
        return handed.approvals_cost


def _got(specs: Iterable[PoolSpec], get: str, logs: tuple[Log, ...]) -> int:
    """What the last pool of a way gave."""
    events = {Family.V2: PAIR_EVENTS, Family.V3: POOL_EVENTS, Family.V4: MANAGER_EVENTS}
    known = list(specs)
    for log in reversed(logs):
        for spec in known:
            if log.address.lower() != spec.address:
                continue
            event = events[spec.family].read(log_of(log))
            if spec.family is Family.V4 and getattr(event, "pool_id", "") != spec.name:
                continue
            for token, came in zip((spec.token0, spec.token1), swapped(event) or (), strict=False):
                if came < 0 and token.currency == get:
                    return -came
    raise WireError(f"no swap for {get} in a transaction of ours")


def _units(text: str, amount: Decimal, give: str, decimals: int) -> int:
    raw = int(amount.scaleb(decimals))
    if not 0 < raw < _TOO_MUCH:
        raise ConfigError(
            f"swap: amount is {text}; a unit of {give} and above is possible, below"
            f" 10**{_TOO_MUCH_DIGITS - decimals}"
        )
    return raw


def _slippage(ask: SwapAsk, account: ChainAccount) -> Decimal:
    if not ask.slippage_bps:
        return account.terms.slippage
    slippage = _number(ask.slippage_bps, "slippage_bps") / _BPS
    if not 0 <= slippage < 1:
        raise ConfigError(
            f"swap: slippage_bps is {ask.slippage_bps}; 0 to below {_BPS} is possible"
        )
    return slippage


def _number(text: str, name: str) -> Decimal:
    try:
        return parse_decimal(text, name)
    except ValueError as e:
        raise ConfigError(f"swap: {e}") from None


async def _posting(
    exchange: Exchange, account: ChainAccount, ways: Sequence[Path]
) -> tuple[int, ...]:
    """What posting each of the ways that give most costs on a rollup, in wei."""
    chosen = ways[:_RANKED]
    if not account.info.data_fee or not exchange.universal_router:
        return (0,) * len(chosen)
    return await account.data_costs([path_sample(exchange, path) for path in chosen])


def _worth(live: Sequence[LivePool], account: ChainAccount, path: Path, posting: int) -> int:
    """What a path's gas comes to in what it brings, by the same pools; 0 while nobody knows."""
    spent = account.gas_cost(path.gas, posting)
    if spent is None:
        return 0
    wei, native = int(spent.scaleb(18)), account.info.native
    if path.get == native:
        return wei
    found = paths(live, native, path.get, wei, hops_max=2)
    return found[0].amount_out if found else 0


def _decimals(exchange: Exchange, currency: str) -> int:
    return next(token.decimals for token in exchange.tokens if token.currency == currency)
