"""Coins as nodes write them, into satoshi and rates. Exact: what does not fit is a WireError."""

from decimal import Decimal

from argosy.errors import WireError
from argosy.model.bitcoin import SATOSHI_PER_COIN

_MOST = 10**11  # coins; Bitcoin has 21 million, its siblings up to billions
_DIGITS = 20
_PER_KILO = Decimal(SATOSHI_PER_COIN) / 1000  # coins a kvB -> satoshi a vB


def satoshi(coins: Decimal, what: str) -> int:
    """An amount of coins, 0 or above, with eight digits after the point at most."""
    _check(coins, what)
    scaled = coins * SATOSHI_PER_COIN
    if scaled != scaled.to_integral_value():
        raise WireError(f"{what} is {coins}, no whole number of satoshi")
    return int(scaled)


def rate(coins_per_kilo: Decimal, what: str) -> Decimal:
    """A fee rate in satoshi a virtual byte, 0 or above."""
    _check(coins_per_kilo, what)
    return coins_per_kilo * _PER_KILO


def _check(coins: Decimal, what: str) -> None:
    # The length first: arithmetic on 1E+999999 would not end.
    if not coins.is_finite() or len(coins.as_tuple().digits) > _DIGITS:
        raise WireError(f"{what} is no amount of coins")
    if coins.adjusted() < -2 * _DIGITS and coins != 0:
        raise WireError(f"{what} is no amount of coins")
    if not 0 <= coins <= _MOST:
        raise WireError(f"{what} is {coins:.3E}, no amount of coins")
