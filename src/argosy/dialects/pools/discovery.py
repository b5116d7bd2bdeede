"""Finds an exchange's pools among a chain's tokens, and says how each is traded. Pure: readings."""

from collections.abc import Sequence
from decimal import Decimal
from math import floor, log10

import msgspec

from argosy.dialects.evm.addresses import ZERO_ADDRESS
from argosy.dialects.pools import functions as f
from argosy.dialects.pools.exchange import Exchange, Family, PoolSpec
from argosy.errors import ArgosyError, WireError
from argosy.model import ContractCall, Instrument, InstrumentKind
from argosy.ports import Reading

_Q192 = Decimal(1 << 192)
CANDIDATES = 45  # asked for at once: nodes take about a hundred questions in a request


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A pool that is there, and its price now: quote per base, tokens' digits taken out."""

    spec: PoolSpec
    price: Decimal


def searches(exchange: Exchange) -> list[Reading[list[Found]]]:
    """Readings that together find every pool that has liquidity."""
    found: list[Reading[list[Found]]] = []
    if exchange.v2 is not None:
        pairs = exchange.pairs(Family.V2)
        calls = [
            ContractCall(to=exchange.v2.factory, data=f.GET_PAIR.data(a.address, b.address))
            for a, b in pairs
        ]
        specs = [
            exchange.spec(Family.V2, a, b, fee=_v2_fee(exchange), address="0x") for a, b in pairs
        ]
        found += _by_address(calls, specs)
    if exchange.v3 is not None:
        calls, specs = [], []
        for a, b in exchange.pairs(Family.V3):
            for fee, spacing in exchange.spacings.items():
                data = f.GET_POOL.data(a.address, b.address, fee)
                calls.append(ContractCall(to=exchange.v3.factory, data=data))
                specs.append(exchange.spec(Family.V3, a, b, fee=fee, address="0x", spacing=spacing))
        found += _by_address(calls, specs)
    if exchange.v4 is not None:
        managed = [
            exchange.spec(Family.V4, a, b, fee=fee, address=exchange.v4.manager, spacing=spacing)
            for a, b in exchange.pairs(Family.V4)
            for fee, spacing in exchange.spacings.items()
        ]
        found += [_alive(chunk, exchange) for chunk in _chunks(managed)]
    return found


def _v2_fee(exchange: Exchange) -> int:
    fee = exchange.v2_fee
    return (fee.whole - fee.kept) * 1_000_000 // fee.whole


def _chunks(specs: Sequence[PoolSpec]) -> list[Sequence[PoolSpec]]:
    return [specs[at : at + CANDIDATES] for at in range(0, len(specs), CANDIDATES)]


def _by_address(
    calls: Sequence[ContractCall], specs: Sequence[PoolSpec]
) -> list[Reading[list[Found]]]:
    """Ask a factory where pools are, then those that are how they stand."""
    return [
        _located(calls[at : at + CANDIDATES], specs[at : at + CANDIDATES])
        for at in range(0, len(calls), CANDIDATES)
    ]


def _located(calls: Sequence[ContractCall], specs: Sequence[PoolSpec]) -> Reading[list[Found]]:
    there: list[PoolSpec] = []

    def read(answers: Sequence[str | ArgosyError]) -> list[Found]:
        there.clear()
        for spec, answer in zip(specs, answers, strict=True):
            address = str(f.GET_PAIR.one(_text(answer)))
            if address != ZERO_ADDRESS:
                there.append(msgspec.structs.replace(spec, address=address.lower()))
        return []

    return Reading(tuple(calls), read, lambda _: _alive(tuple(there), None) if there else None)


def _alive(specs: Sequence[PoolSpec], exchange: Exchange | None) -> Reading[list[Found]]:
    """Which of them have a price and liquidity."""
    calls = [call for spec in specs for call in _state_calls(spec, exchange)]

    def read(answers: Sequence[str | ArgosyError]) -> list[Found]:
        rest = iter(answers)
        found = []
        for spec in specs:
            told = [next(rest) for _ in _state_calls(spec, exchange)]
            if any(isinstance(each, ArgosyError) for each in told):
                continue  # a contract that does not answer as a pool does is none
            price = _price(spec, [_text(each) for each in told])
            if price is not None:
                found.append(Found(spec=spec, price=price))
        return found

    return Reading(tuple(calls), read, partial=True)


def _state_calls(spec: PoolSpec, exchange: Exchange | None) -> list[ContractCall]:
    if spec.family is Family.V2:
        return [ContractCall(to=spec.address, data=f.GET_RESERVES.data())]
    if spec.family is Family.V3:
        return [
            ContractCall(to=spec.address, data=f.SLOT0.data()),
            ContractCall(to=spec.address, data=f.LIQUIDITY.data()),
        ]
    assert exchange is not None
    assert exchange.v4 is not None
    name = bytes.fromhex(spec.name[2:])
    view = exchange.v4.state_view
    return [
        ContractCall(to=view, data=f.V4_SLOT0.data(name)),
        ContractCall(to=view, data=f.V4_LIQUIDITY.data(name)),
    ]


def _price(spec: PoolSpec, answers: Sequence[str]) -> Decimal | None:
    digits = spec.token0.decimals - spec.token1.decimals
    if spec.family is Family.V2:
        reserve0, reserve1, _ = f.GET_RESERVES.read(answers[0])
        if not reserve0 or not reserve1:
            return None
        price = (Decimal(reserve1) / Decimal(reserve0)).scaleb(digits)
    else:
        slot0 = f.SLOT0 if spec.family is Family.V3 else f.V4_SLOT0
        root = slot0.read(answers[0])[0]
        if not root or not f.LIQUIDITY.one(answers[1]):
            return None
        price = (Decimal(root) ** 2 / _Q192).scaleb(digits)
    if spec.base == 1:
        price = 1 / price
    return price if Decimal("1e-9") < price < Decimal("1e9") else None


def _text(answer: str | ArgosyError) -> str:
    if isinstance(answer, ArgosyError):
        raise WireError(f"a factory does not answer: {answer}") from answer
    return answer


def instrument_of(found: Found) -> Instrument:
    """How a pool is traded: seven digits of price, and sizes fine enough that the smallest trade
    has a ten-thousandth to spare.
    """
    spec = found.spec
    magnitude = floor(log10(found.price))
    spread = max(magnitude - spec.least_notional, 0)  # digits of the smallest trade's size
    size_digits = min(spread + 4, spec.base_token.decimals, 12)
    step = Decimal(1).scaleb(-size_digits)
    return Instrument(
        id=spec.instrument,
        venue=spec.venue,
        venue_symbol=spec.name,
        kind=InstrumentKind.POOL,
        base=spec.base_token.currency,
        quote=spec.quote_token.currency,
        price_increment=Decimal(1).scaleb(-max(0, 6 - magnitude)),
        size_increment=step,
        min_size=max(Decimal(1).scaleb(-spread), step),
    )
