"""Liquidity of pools: what the desk's address has there, opened, added to, taken out and collected,
each in one transaction that is tried out before it is signed. For the API and the CLI.
"""

import random
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from argosy.desk.affording import Taken, problem_of
from argosy.desk.asks import new_client_id
from argosy.desk.carrying import Carried, carried
from argosy.desk.chain import ChainAccount
from argosy.desk.desk import Desk
from argosy.desk.held_liquidity import HeldLiquidity, Place
from argosy.desk.liquidity_asked import (
    AddAsk,
    LiquidityDone,
    OpenAsk,
    PositionView,
    TakeAsk,
    ends_of,
    shown,
    sides,
)
from argosy.dialects.evm.chains import Token
from argosy.dialects.pools.exchange import Family, PoolSpec, is_native
from argosy.dialects.pools.liquidity import (
    PoolPosition,
    pool_state,
    positions_of,
    shares_of,
    ticks_of,
)
from argosy.dialects.pools.liquidity_deeds import add_deed, take_deed
from argosy.dialects.pools.provided import (
    entry_key,
)
from argosy.dialects.pools.providing import (
    Adding,
    Taking,
    adding_to_managed,
    adding_to_pair,
    adding_to_range,
    in_words,
    taking,
)
from argosy.dialects.pools.v4_positions import managed_positions, managed_state
from argosy.errors import ArgosyError, ConfigError, WireError
from argosy.model import InstrumentId
from argosy.model.money import parse_decimal
from argosy.ports import Deed, Reading

_BPS = 10_000
_TOO_MUCH = 10**30  # units of any token
_TOKEN_DIGITS = 30
_Amounts = tuple[int | None, int | None]
_Sides = tuple[Decimal, Decimal]  # base and quote


class LiquidityDesk:
    """Positions in pools of the desk's venues."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self._desk = desk
        self._rng = rng
        self._held = HeldLiquidity()

    @property
    def missing(self) -> list[str]:
        """What the last list may lack, in words."""
        return self._held.missing

    # --- looking ----------------------------------------------------------------------------------

    async def positions(self, venue: str = "") -> list[PositionView]:
        """What the address has in pools, of one venue or all; `missing` says what it may lack.

        Raises:
            ConfigError: no such venue, or no key.
            And what ContractClient.ask raises.
        """
        names = [venue] if venue else [name for name in self._desk.links if self._is_pools(name)]
        found: list[PositionView] = []
        self._held.missing = []
        for name in names:
            place = self._place(name)
            held = await self._held.positions(place)
            known = await self._held.entries(place) if held else {}
            found += [shown(each, known.get(entry_key(place.exchange, each))) for each in held]
        return found

    # --- acting -----------------------------------------------------------------------------------

    async def open(self, ask: OpenAsk) -> LiquidityDone:
        """Put liquidity into a pool: a new position of v3, or shares of a v2 pair.

        Raises:
            ConfigError: words or numbers that cannot be used; no key; an id that something else
                was sent under.
            InvalidOrder: it would fail, or did; says why.
            And what TxSender.send raises.
        """
        place = self._place(ask.instrument.partition(":")[0])
        spec = _spec(place, ask.instrument)
        slippage = _slippage(ask.slippage_bps, place.account)
        amounts = _amounts(spec, ask.base, ask.quote)
        if spec.family is Family.V2:
            if ask.lower or ask.upper:
                raise ConfigError(f"{spec.instrument} has no ranges; leave lower and upper out")
            pair = (await place.account.contracts.ask(self._pair(place, spec)))[0]
            adding = adding_to_pair(place.exchange, pair, amounts, slippage=slippage)
        else:
            lower = _number(ask.lower, "lower") if ask.lower else None
            upper = _number(ask.upper, "upper") if ask.upper else None
            ticks = ticks_of(spec, lower, upper)
            managed = spec.family is Family.V4
            reading = managed_state(place.exchange, spec) if managed else pool_state(spec)
            price = (await place.account.contracts.ask(reading)).sqrt_price
            add = adding_to_managed if managed else adding_to_range
            adding = add(spec, price, ticks, amounts, slippage=slippage)
        return await self._add(place, adding, ask.id, dry_run=ask.dry_run)

    async def add(self, ask: AddAsk) -> LiquidityDone:
        """Put more into a position. Raises as `open` does."""
        place, position = await self._find(ask.position)
        spec = position.spec
        slippage = _slippage(ask.slippage_bps, place.account)
        amounts = _amounts(spec, ask.base, ask.quote)
        ticks = (position.lower, position.upper)
        if spec.family is Family.V2:
            adding = adding_to_pair(place.exchange, position, amounts, slippage=slippage)
        elif spec.family is Family.V4:
            adding = adding_to_managed(
                spec, position.sqrt_price, ticks, amounts, slippage=slippage, position=position
            )
        else:
            adding = adding_to_range(
                spec,
                position.sqrt_price,
                ticks,
                amounts,
                slippage=slippage,
                token_id=position.token_id,
            )
        return await self._add(place, adding, ask.id, dry_run=ask.dry_run)

    async def take(self, ask: TakeAsk) -> LiquidityDone:
        """Take a part out with all fees; 100 percent closes it. Raises as `open` does."""
        place, position = await self._find(ask.position)
        percent = _number(ask.percent, "percent")
        taken = taking(position, percent / 100, slippage=_slippage(ask.slippage_bps, place.account))
        return await self._take(place, taken, ask.id, dry_run=ask.dry_run)

    async def _add(self, place: Place, adding: Adding, id_: str, *, dry_run: bool) -> LiquidityDone:
        spec = adding.spec
        account, exchange = place.account, place.exchange
        deed = add_deed(exchange, adding, account.address, account.deadline_s())
        lower, upper = ends_of(spec, adding.lower, adding.upper)
        base, quote = sides(spec, adding.expected)
        least, fees = sides(spec, adding.least), sides(spec, adding.fees)
        most = sides(spec, adding.most)
        token = f"#{adding.token_id}" if adding.token_id else ""
        done = LiquidityDone(
            id=id_ or new_client_id(self._rng),
            position=f"{spec.instrument}{token}",
            words=deed.words,
            lower=lower,
            upper=upper,
            base=base,
            quote=quote,
            base_fees=fees[0],
            quote_fees=fees[1],
            least_base=least[0],
            least_quote=least[1],
            most_base=most[0],
            most_quote=most[1],
        )
        if dry_run:
            own = exchange.own_side(spec)  # all that may be needed of it is sent along
            each = zip((spec.token0, spec.token1), adding.expected, strict=True)
            takes = [
                (exchange.chain.own, adding.most[at]) if at == own else taken
                for at, taken in enumerate(each)
            ]
            return await self._tried(account, deed, done, takes)
        done, sent = await self._carry(account, deed, done)
        try:
            came, paid = await self._held.put_in(place, spec, sent)
        except WireError as e:
            raise _other(done, e) from e
        base, quote = sides(spec, came.amounts)
        fees = sides(spec, paid)
        self._tell(account, spec, sent, (fees[0] - base, fees[1] - quote))
        token = f"#{came.token_id}" if came.token_id else ""
        return msgspec.structs.replace(
            done,
            position=f"{spec.instrument}{token}",
            words=f"put {in_words(spec, came.amounts)} into {spec.instrument}",
            base=base,
            quote=quote,
            base_fees=fees[0],
            quote_fees=fees[1],
        )

    async def _take(self, place: Place, taken: Taking, id_: str, *, dry_run: bool) -> LiquidityDone:
        position, spec = taken.position, taken.position.spec
        account, exchange = place.account, place.exchange
        deed = take_deed(exchange, taken, account.address, account.deadline_s())
        lower, upper = ends_of(spec, position.lower, position.upper)
        base, quote = sides(spec, taken.expected)
        fees, least = sides(spec, position.fees), sides(spec, taken.least)
        done = LiquidityDone(
            id=id_ or new_client_id(self._rng),
            position=position.name,
            words=deed.words,
            lower=lower,
            upper=upper,
            base=base,
            quote=quote,
            base_fees=fees[0],
            quote_fees=fees[1],
            least_base=least[0],
            least_quote=least[1],
        )
        if dry_run:
            return await self._tried(account, deed, done)
        done, sent = await self._carry(account, deed, done)
        try:
            came = await self._held.taken_out(place, spec, sent)
        except WireError as e:
            raise _other(done, e) from e
        fees = sides(spec, came.fees)
        base, quote = sides(spec, came.amounts)
        self._tell(account, spec, sent, (base, quote))
        return msgspec.structs.replace(
            done,
            base=base - fees[0],
            quote=quote - fees[1],
            base_fees=fees[0],
            quote_fees=fees[1],
        )

    @staticmethod
    async def _tried(
        account: ChainAccount, deed: Deed, done: LiquidityDone, takes: Iterable[Taken] = ()
    ) -> LiquidityDone:
        """A dry run, with why it would not go through."""
        if account.ready and await account.must_be_ready().find(done.id) is not None:
            problem = f"id {done.id!r} was used before: nothing would be sent"
        else:
            problem = await problem_of(account, deed.call, takes)
        return msgspec.structs.replace(done, problem=problem)

    async def _carry(
        self, account: ChainAccount, deed: Deed, done: LiquidityDone
    ) -> tuple[LiquidityDone, Carried]:
        expires_s = account.deadline_s()
        came = await carried(account, deed, id_=done.id, what="pool", expires_s=expires_s)
        gas = Decimal(came.gas_cost).scaleb(-18)
        hash_ = came.done.transaction.mined_hash
        repeated = not came.fresh
        return msgspec.structs.replace(done, gas=gas, transaction=hash_, repeated=repeated), came

    def _tell(self, account: ChainAccount, spec: PoolSpec, came: Carried, changes: _Sides) -> None:
        """What balances changed by: no fill and no transfer explains it."""
        if not came.fresh:
            return
        now_ns = self._desk.now_ns()
        moved = (
            (_held_as(spec.base_token, spec, account), changes[0]),
            (_held_as(spec.quote_token, spec, account), changes[1]),
        )
        for currency, amount in (
            *moved,
            (account.info.native, -Decimal(came.gas_cost).scaleb(-18)),
        ):
            account.explained.known(currency, amount, now_ns)

    # --- within -----------------------------------------------------------------------------------

    def _is_pools(self, venue: str) -> bool:
        link = self._desk.links[venue]
        return link.adapter.pools is not None and link.account is not None

    def _place(self, venue: str) -> Place:
        link = self._desk.links.get(venue)
        pools, account = (link.adapter.pools, link.account) if link is not None else (None, None)
        if pools is None or account is None:
            raise ConfigError(f"pool: {venue!r} is no venue of pools of this desk")
        return Place(pools.board.exchange, account, tuple(pools.board.specs.values()))

    @staticmethod
    def _pair(place: Place, spec: PoolSpec) -> Reading[list[PoolPosition]]:
        return shares_of(place.exchange, [spec], place.account.address)

    async def _find(self, name: str) -> tuple[Place, PoolPosition]:
        instrument, _, token_id = name.partition("#")
        place = self._place(instrument.partition(":")[0])
        spec = _spec(place, instrument)
        if spec.family is Family.V2:
            return place, (await place.account.contracts.ask(self._pair(place, spec)))[0]
        address = place.account.address
        if spec.family is Family.V4:
            tokens = (
                [int(token_id)] if token_id.isdecimal() and len(token_id) < _TOKEN_DIGITS else []
            )
            reading = managed_positions(place.exchange, [spec], address, tokens)
        else:
            reading = positions_of(place.exchange, [spec], address)
        found = await place.account.contracts.ask(reading)
        for each in found:
            if str(each.token_id) == token_id:
                return place, each
        there = ", ".join(each.name for each in found) or "none"
        raise ConfigError(f"pool: {name!r} is no position of ours; there are: {there}")


def _other(done: LiquidityDone, e: WireError) -> ArgosyError:
    """Why what was done cannot be told: its id was something else's, or `e`."""
    if not done.repeated:
        return e
    return ConfigError(f"pool: id {done.id!r} was used before, and not for it")


def _spec(place: Place, instrument: str) -> PoolSpec:
    for spec in place.specs:
        if spec.instrument == InstrumentId(instrument):
            return spec
    raise ConfigError(f"pool: {instrument!r} is no pool that was found; see argosy book")


def _held_as(token: Token, spec: PoolSpec, account: ChainAccount) -> str:
    """What a balance of a pool's token is listed as: a v4 pool of the wrapper is paid in that."""
    if spec.family is Family.V4 and not is_native(token) and token.symbol == account.info.wrapped:
        return token.symbol
    return token.currency


def _amounts(spec: PoolSpec, base: str, quote: str) -> _Amounts:
    found: list[int | None] = []
    for text, token, what in (
        (base, spec.base_token, "base"),
        (quote, spec.quote_token, "quote"),
    ):
        if not text:
            found.append(None)
            continue
        amount = int(_number(text, what).scaleb(token.decimals))
        if not 0 <= amount < _TOO_MUCH:
            raise ConfigError(f"pool: {what} is {text}; 0 to 10**{30 - token.decimals} is possible")
        found.append(amount)
    if not any(found) and (base or quote):
        raise ConfigError("pool: nothing would be put in; give an amount above 0 of a token")
    return (found[0], found[1]) if spec.base == 0 else (found[1], found[0])


def _number(text: str, name: str) -> Decimal:
    try:
        return parse_decimal(text, name)
    except ValueError as e:
        raise ConfigError(f"pool: {e}") from None


def _slippage(told: str, account: ChainAccount) -> Decimal:
    slippage = _number(told, "slippage_bps") / _BPS if told else account.terms.slippage
    if not 0 <= slippage < 1:
        raise ConfigError(f"pool: slippage_bps is {told}; 0 to below {_BPS} is possible")
    return slippage
