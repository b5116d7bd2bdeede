"""Increments for a recorded book whose instrument nobody described: read off its own snapshot.

For recordings only: an order is never sized by them.
"""

from collections.abc import Iterable
from decimal import Decimal

_DIGITS = 18  # an int64 holds this many, whatever they are


def increment_of(values: Iterable[Decimal], spare: int = 0) -> Decimal:
    """The finest step that `values` are written with, finer by `spare` digits where they fit.

    Trailing zeros count: they are how some venues pad. Falls back to 8 decimals without values.
    """
    decimals = 0
    whole = 1
    empty = True
    for value in values:
        empty = False
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int)  # decoders let nothing but finite numbers through
        decimals = max(decimals, -exponent)
        whole = max(whole, value.adjusted() + 1)
    if empty:
        return Decimal("1e-8")
    return Decimal(1).scaleb(-max(decimals, min(decimals + spare, _DIGITS - 1 - whole)))
