"""What a trial of tokens needs to know of a trade: an order's swap at one pool, or a way over
several. Says what a small part of it is; tries nothing.
"""

from collections.abc import Callable, Sequence
from decimal import ROUND_DOWN

import msgspec

from argosy.dialects.pools.board import LivePool
from argosy.dialects.pools.paths import Path, quote_through
from argosy.dialects.pools.router import SwapTerms
from argosy.dialects.pools.swaps import Quoted
from argosy.model import Instrument, OrderType, PlaceOrder

_PART = 100  # of a trade that is tried
_COARSE = 10_000  # units of a token below which roundings would hide a fee


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Swaps in a row, by what is wanted of them. Amounts in smallest units."""

    what: str  # for the log
    terms: tuple[SwapTerms, ...]
    part: Callable[[int], tuple[SwapTerms, int]]  # by what we hold: see `order_way`
    onward: tuple[Callable[[int], int], ...] = ()  # what each later pool gives for so much
    native: bool = False  # paid in the chain's own currency, whichever form the first pool has
    block: int | None = None  # which its quotes are exact at; None: they follow the newest one


def order_way(
    order: PlaceOrder, quoted: Quoted, about: Instrument, quote: Callable[[PlaceOrder], Quoted]
) -> Way:
    """An order at one pool; `quote` prices one as the swap that would be sent. `part` says a small
    part of the first swap, and its other amount as the pool quotes it.
    """

    def part(held: int) -> tuple[SwapTerms, int]:
        small = quote(_smaller(order, about))
        value = int(small.value.scaleb(small.terms.spec.quote_token.decimals))
        # Its own bound would only say that it failed; what it came to is looked at afterwards.
        bound = 0 if small.terms.exact_in else min(2 * value, held)
        return msgspec.structs.replace(small.terms, bound=bound), value

    return Way(what=order.instrument, terms=(quoted.terms,), part=part)


def _smaller(order: PlaceOrder, about: Instrument) -> PlaceOrder:
    """A part of an order, at the market."""
    assert order.size is not None
    step = about.size_increment
    part = (order.size / _PART / step).to_integral_value(ROUND_DOWN) * step
    size = min(order.size, max(part, about.min_size or step, step))
    return msgspec.structs.replace(order, type=OrderType.MARKET, price=None, size=size)


def path_way(path: Path, live: Sequence[LivePool], owner: str, deadline_s: int, native: str) -> Way:
    """A way over several pools; `live` are their states at one block, among others."""
    states = {pool.spec: pool for pool in live}
    terms = tuple(
        SwapTerms(
            spec=hop.spec,
            zero_for_one=hop.zero_for_one,
            exact_in=True,
            amount=hop.amount_in,
            bound=0,
            owner=owner,
            deadline_s=deadline_s,
        )
        for hop in path.hops
    )

    quotes = tuple(_quote(states[hop.spec], zero_for_one=hop.zero_for_one) for hop in path.hops)

    def part(_held: int) -> tuple[SwapTerms, int]:
        amount = next(
            (each for each in _parts(path.amount_in) if _least(quotes, each) >= _COARSE),
            path.amount_in,
        )
        return msgspec.structs.replace(terms[0], amount=amount), quotes[0](amount)

    return Way(
        what=path.words,
        terms=terms,
        part=part,
        onward=quotes[1:],
        native=path.give == native,
        block=live[0].block,
    )


def _quote(pool: LivePool, *, zero_for_one: bool) -> Callable[[int], int]:
    return lambda amount: quote_through(pool, amount, zero_for_one=zero_for_one) or 0


def _parts(amount: int) -> tuple[int, ...]:
    return (amount // _PART, amount * 10 // _PART)


def _least(quotes: Sequence[Callable[[int], int]], amount: int) -> int:
    """The smallest amount on a way, in units of whichever token it is."""
    found = [amount]
    for quote in quotes:
        found.append(quote(found[-1]))
    return min(found)
