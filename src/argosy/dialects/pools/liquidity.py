"""What an address has in pools: positions of v3 by their tokens, shares of v2 pairs, with what they
would bring now and the fees that are due, to the last unit. Readings and values; sends nothing.

Sources: NonfungiblePositionManager of v3-periphery, UniswapV3Pool of v3-core, UniswapV2Pair;
read 2026-11-27.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from math import isqrt
from typing import Any

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.dialects.uniswap_v2.amounts import protocol_shares
from argosy.dialects.uniswap_v3.growth import NO_TICK, Tick, fees_owed, growth_inside
from argosy.dialects.uniswap_v3.positions import amounts_of
from argosy.dialects.uniswap_v3.ticks import (
    MAX_SQRT_PRICE,
    MIN_SQRT_PRICE,
    sqrt_price_at,
    tick_at,
    usable_ticks,
)
from argosy.errors import ArgosyError, ConfigError, WireError
from argosy.model import ContractCall
from argosy.ports import Reading

MOST_POSITIONS = 200  # of one address that are read
TOKEN_OF_OWNER = Function("tokenOfOwnerByIndex(address,uint256)", "uint256")
POSITIONS = Function(
    "positions(uint256)",
    *("uint96", "address", "address", "address", "uint24", "int24", "int24"),
    *("uint128", "uint256", "uint256", "uint128", "uint128"),
)
POOL_POSITIONS = Function(
    "positions(bytes32)", "uint128", "uint256", "uint256", "uint128", "uint128"
)
TOTAL_SUPPLY = Function("totalSupply()", "uint256")
K_LAST = Function("kLast()", "uint256")
FEE_TO = Function("feeTo()", "address")
_DIGITS = Context(prec=24)
_EXACT = Context(prec=120)


class PoolPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Liquidity of one address in one pool. Amounts are of token 0 and token 1."""

    spec: PoolSpec
    token_id: int = 0  # v3: the position's token
    lower: int = 0  # v3: ticks
    upper: int = 0
    liquidity: int  # of v2: shares
    whole: int  # of the pool: what works at its price now; of v2 all shares
    sqrt_price: int  # of the pool, Q64.96
    amounts: tuple[int, int]  # what taking all of it out brings, fees apart
    fees: tuple[int, int] = (0, 0)  # what collecting pays; of v2 they are within the amounts
    reserves: tuple[int, int] = (0, 0)  # v2: what it prices by
    balances: tuple[int, int] = (0, 0)  # v2: what it pays out of

    @property
    def name(self) -> str:
        """As in "uniswap:ETH/USDC@v3-500#17", or the pair's own name."""
        return f"{self.spec.instrument}#{self.token_id}" if self.token_id else self.spec.instrument

    @property
    def in_range(self) -> bool:
        """Whether it earns at the price of now."""
        if self.spec.family is Family.V2:
            return True
        return sqrt_price_at(self.lower) <= self.sqrt_price < sqrt_price_at(self.upper)

    @property
    def price(self) -> Decimal:
        """Quote per base now."""
        return price_of(self.spec, self.sqrt_price)

    @property
    def range(self) -> tuple[Decimal, Decimal] | None:
        """The prices between which it earns, the lower first; None for all."""
        if self.spec.family is Family.V2:
            return None
        ends = [price_of(self.spec, sqrt_price_at(at)) for at in (self.lower, self.upper)]
        return min(ends), max(ends)


class PoolState(msgspec.Struct, frozen=True):
    """What adding to a v3 pool depends on."""

    sqrt_price: int
    tick: int


# --- prices ---------------------------------------------------------------------------------------


def price_of(spec: PoolSpec, sqrt_price: int) -> Decimal:
    """Quote per base, to 24 digits, of a square-root price."""
    digits = spec.token0.decimals - spec.token1.decimals
    ratio = _EXACT.divide(_EXACT.power(Decimal(sqrt_price), 2), Decimal(1 << 192)).scaleb(
        digits, _EXACT
    )
    return _DIGITS.plus(ratio) if spec.base == 0 else _DIGITS.divide(Decimal(1), ratio)


def ticks_of(spec: PoolSpec, lower: Decimal | None, upper: Decimal | None) -> tuple[int, int]:
    """The usable ticks nearest to two prices (quote per base); None: as far as there are prices.

    Raises:
        ConfigError: a price that is none, or both come to one tick.
    """
    least, most = usable_ticks(spec.spacing)
    below = None if lower is None else _tick_near(spec, lower)
    above = None if upper is None else _tick_near(spec, upper)
    if spec.base == 1:
        below, above = above, below
    found = (least if below is None else below, most if above is None else above)
    if found[0] >= found[1]:
        raise ConfigError(
            f"a range from {lower} to {upper} is none at {spec.instrument}: the lower price comes"
            f" first, and its prices are {Decimal(spec.spacing) / 100} % apart"
        )
    return found


def _tick_near(spec: PoolSpec, price: Decimal) -> int:
    if not price.is_finite() or price <= 0:
        raise ConfigError(f"a price of {price} is none; above 0 is possible")
    digits = spec.token1.decimals - spec.token0.decimals
    ratio = price if spec.base == 0 else _EXACT.divide(Decimal(1), price)
    if abs(ratio.adjusted()) > 60:
        raise ConfigError(f"a price of {price} is beyond what pools have")
    root = isqrt(int(_EXACT.multiply(ratio.scaleb(digits, _EXACT), Decimal(1 << 192))))
    tick = tick_at(min(max(root, MIN_SQRT_PRICE), MAX_SQRT_PRICE - 1))
    least, most = usable_ticks(spec.spacing)
    near = (tick + spec.spacing // 2) // spec.spacing * spec.spacing
    return min(max(near, least), most)


# --- v3 -------------------------------------------------------------------------------------------


def pool_state(spec: PoolSpec) -> Reading[PoolState]:
    """Where a v3 pool stands."""
    call = ContractCall(to=spec.address, data=f.SLOT0.data())
    return Reading((call,), lambda told: PoolState(*_price(spec, _text(told[0]))))


def _price(spec: PoolSpec, slot0: str) -> tuple[int, int]:
    sqrt_price, tick, *_ = f.SLOT0.read(slot0)
    if not MIN_SQRT_PRICE <= sqrt_price < MAX_SQRT_PRICE:
        raise WireError(f"{spec.instrument} is told to be at the root {sqrt_price}: no price")
    return sqrt_price, tick


class _Held(msgspec.Struct, frozen=True):
    """A position as its contract keeps it."""

    token_id: int
    spec: PoolSpec
    lower: int
    upper: int
    liquidity: int
    last: tuple[int, int]
    owed: tuple[int, int]


def positions_of(
    exchange: Exchange, specs: Iterable[PoolSpec], owner: str
) -> Reading[list[PoolPosition]]:
    """The v3 positions of an address in known pools, the oldest first; empty ones that are owed
    nothing are among them until they are burnt.
    """
    assert exchange.v3 is not None
    manager = exchange.v3.positions.lower()
    known = {
        (spec.token0.address, spec.token1.address, spec.fee): spec
        for spec in specs
        if spec.family is Family.V3
    }

    # Each step's answer is a list, and only the last one's is the value.
    def listed(indexes: list[Any]) -> Reading[Any] | None:
        calls = [
            ContractCall(to=manager, data=TOKEN_OF_OWNER.data(owner, index)) for index in indexes
        ]
        return (
            Reading(
                tuple(calls), lambda told: [TOKEN_OF_OWNER.one(_text(each)) for each in told], held
            )
            if calls
            else None
        )

    def held(ids: list[Any]) -> Reading[Any]:
        def read(told: Sequence[str | ArgosyError]) -> list[Any]:
            found = [
                _held(each, _text(answer), known) for each, answer in zip(ids, told, strict=True)
            ]
            return [each for each in found if each is not None]

        calls = [ContractCall(to=manager, data=POSITIONS.data(each)) for each in ids]
        return Reading(tuple(calls), read, grown)

    def grown(found: list[Any]) -> Reading[Any] | None:
        if not found:
            return None
        per = [_growth_calls(each, manager) for each in found]
        size = len(per[0])

        def read(told: Sequence[str | ArgosyError]) -> list[Any]:
            texts = [_text(each) for each in told]
            return [
                _position(each, texts[at * size : (at + 1) * size]) for at, each in enumerate(found)
            ]

        return Reading(tuple(call for calls in per for call in calls), read)

    def counted(told: Sequence[str | ArgosyError]) -> list[Any]:
        count = f.BALANCE_OF.one(_text(told[0]))
        if count > MOST_POSITIONS:
            raise WireError(f"{owner} has {count} positions; {MOST_POSITIONS} are the most read")
        return list(range(count))

    first = ContractCall(to=manager, data=f.BALANCE_OF.data(owner))
    return Reading((first,), counted, listed)


def _held(token_id: int, answer: str, known: dict[tuple[str, str, int], PoolSpec]) -> _Held | None:
    told = POSITIONS.read(answer)
    _, _, token0, token1, fee, lower, upper, liquidity, last0, last1, owed0, owed1 = told
    spec = known.get((str(token0).lower(), str(token1).lower(), fee))
    if spec is None:
        return None
    return _Held(token_id, spec, lower, upper, liquidity, (last0, last1), (owed0, owed1))


def _growth_calls(held: _Held, manager: str) -> list[ContractCall]:
    packed = bytes.fromhex(manager[2:])
    for tick in (held.lower, held.upper):
        packed += tick.to_bytes(3, "big", signed=True)
    data = (
        f.SLOT0.data(),
        f.LIQUIDITY.data(),
        f.GROWTH0.data(),
        f.GROWTH1.data(),
        f.TICKS.data(held.lower),
        f.TICKS.data(held.upper),
        POOL_POSITIONS.data(keccak256(packed)),
    )
    return [ContractCall(to=held.spec.address, data=each) for each in data]


def _position(held: _Held, told: Sequence[str]) -> PoolPosition:
    sqrt_price, tick = _price(held.spec, told[0])
    growths = (f.GROWTH0.one(told[2]), f.GROWTH1.one(told[3]))
    low, high = (_tick(answer) for answer in told[4:6])
    inside = growth_inside(low, high, held.lower, held.upper, tick, *growths)
    whole, pool_last0, pool_last1, pool_owed0, pool_owed1 = POOL_POSITIONS.read(told[6])
    # The pool keeps one account for all positions of the contract in this range. It rounds down
    # more often than each of them, and so may be a unit short: collecting pays what it has.
    pool_last, pool_owed = (pool_last0, pool_last1), (pool_owed0, pool_owed1)
    fees = []
    for at in (0, 1):
        mine, theirs = held.owed[at], pool_owed[at]
        if held.liquidity:
            mine += fees_owed(held.liquidity, inside[at], held.last[at])
            theirs += fees_owed(whole, inside[at], pool_last[at])
        fees.append(min(mine, theirs))
    try:
        amounts = amounts_of(held.liquidity, held.lower, held.upper, sqrt_price, tick, up=False)
    except ValueError as e:
        raise WireError(f"position {held.token_id} of {held.spec.instrument}: {e}") from e
    return PoolPosition(
        spec=held.spec,
        token_id=held.token_id,
        lower=held.lower,
        upper=held.upper,
        liquidity=held.liquidity,
        whole=f.LIQUIDITY.one(told[1]),
        sqrt_price=sqrt_price,
        amounts=amounts,
        fees=(fees[0], fees[1]),
    )


def _tick(answer: str) -> Tick:
    gross, net, outside0, outside1, *_ = f.TICKS.read(answer)
    return Tick(gross, net, outside0, outside1) if gross else NO_TICK


# --- v2 -------------------------------------------------------------------------------------------

_PAIR_CALLS = 7


def shares_of(
    exchange: Exchange, specs: Sequence[PoolSpec], owner: str
) -> Reading[list[PoolPosition]]:
    """What an address has of v2 pairs, pairs that it has nothing of among them."""
    assert exchange.v2 is not None
    calls: list[ContractCall] = []
    for spec in specs:
        calls += [
            ContractCall(to=spec.address, data=f.BALANCE_OF.data(owner)),
            ContractCall(to=spec.address, data=TOTAL_SUPPLY.data()),
            ContractCall(to=spec.address, data=f.GET_RESERVES.data()),
            ContractCall(to=spec.token0.address, data=f.BALANCE_OF.data(spec.address)),
            ContractCall(to=spec.token1.address, data=f.BALANCE_OF.data(spec.address)),
            ContractCall(to=spec.address, data=K_LAST.data()),
            ContractCall(to=exchange.v2.factory.lower(), data=FEE_TO.data()),
        ]

    def read(told: Sequence[str | ArgosyError]) -> list[PoolPosition]:
        texts = [_text(each) for each in told]
        return [
            _shares(spec, texts[at * _PAIR_CALLS : (at + 1) * _PAIR_CALLS])
            for at, spec in enumerate(specs)
        ]

    return Reading(tuple(calls), read)


def _shares(spec: PoolSpec, told: Sequence[str]) -> PoolPosition:
    shares, supply = f.BALANCE_OF.one(told[0]), TOTAL_SUPPLY.one(told[1])
    reserve0, reserve1, _ = f.GET_RESERVES.read(told[2])
    balances = (f.BALANCE_OF.one(told[3]), f.BALANCE_OF.one(told[4]))
    if not reserve0 or not reserve1 or not supply:
        raise WireError(f"{spec.instrument} is empty: it has no price")
    if FEE_TO.one(told[6]) != ZERO_ADDRESS:  # the protocol takes its part before anybody's
        supply += protocol_shares((reserve0, reserve1), K_LAST.one(told[5]), supply)
    return PoolPosition(
        spec=spec,
        liquidity=shares,
        whole=supply,
        sqrt_price=isqrt((reserve1 << 192) // reserve0),
        amounts=(shares * balances[0] // supply, shares * balances[1] // supply),
        reserves=(reserve0, reserve1),
        balances=balances,
    )


def _text(answer: str | ArgosyError) -> str:
    if isinstance(answer, ArgosyError):
        raise answer
    return answer
