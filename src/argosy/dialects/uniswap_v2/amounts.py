"""What a constant-product pair gives and takes: exact integers in smallest units.

Source: Uniswap v2 core white paper, 3.2 to 3.6; roundings as the deployed pair and router's. The
fee is data (`PairFee`), as forks differ by it. Tokens that keep a part of a transfer are left out.
"""

from math import isqrt
from typing import NamedTuple

MINIMUM_LIQUIDITY = 1_000  # burnt with the first mint, so that one share never costs a fortune


class PairFee(NamedTuple):
    """What of the input counts: `kept` parts of `whole`; Uniswap's 0.3 % is 997 of 1000."""

    kept: int = 997
    whole: int = 1_000


UNISWAP_FEE = PairFee()


def amount_out(amount_in: int, reserve_in: int, reserve_out: int, fee: PairFee) -> int:
    """What the pair gives for `amount_in`, rounded down.

    Raises:
        ValueError: nothing goes in, or the pair is empty.
    """
    _check(reserve_in, reserve_out)
    if amount_in <= 0:
        raise ValueError(f"amount in is {amount_in}; it must be above 0")
    counted = amount_in * fee.kept
    return counted * reserve_out // (reserve_in * fee.whole + counted)


def amount_in(wanted: int, reserve_in: int, reserve_out: int, fee: PairFee) -> int:
    """What must go in for `wanted` to come out, as the router asks it: up, and one more.

    Raises:
        ValueError: nothing is wanted, or more than the pair has.
    """
    _check(reserve_in, reserve_out)
    if not 0 < wanted < reserve_out:
        raise ValueError(f"amount out is {wanted}; it must be above 0 and below {reserve_out}")
    return reserve_in * wanted * fee.whole // ((reserve_out - wanted) * fee.kept) + 1


def _check(reserve_in: int, reserve_out: int) -> None:
    if reserve_in <= 0 or reserve_out <= 0:
        raise ValueError(f"reserves are {reserve_in} and {reserve_out}; the pair is empty")


def keeps_product(
    reserves: tuple[int, int], balances: tuple[int, int], amounts_in: tuple[int, int], fee: PairFee
) -> bool:
    """Whether the pair lets a swap end with these balances: the product after fees never falls."""
    lost = fee.whole - fee.kept
    adjusted0 = balances[0] * fee.whole - amounts_in[0] * lost
    adjusted1 = balances[1] * fee.whole - amounts_in[1] * lost
    return adjusted0 * adjusted1 >= reserves[0] * reserves[1] * fee.whole**2


def shares_minted(amounts: tuple[int, int], reserves: tuple[int, int], supply: int) -> int:
    """Liquidity shares for amounts put in; `supply` counts the protocol's mint of before.

    Raises:
        ValueError: it comes to no share.
    """
    if supply == 0:
        shares = isqrt(amounts[0] * amounts[1]) - MINIMUM_LIQUIDITY
    else:
        shares = min(amounts[0] * supply // reserves[0], amounts[1] * supply // reserves[1])
    if shares <= 0:
        raise ValueError(f"amounts {amounts[0]} and {amounts[1]} come to no share")
    return shares


def amounts_burnt(shares: int, balances: tuple[int, int], supply: int) -> tuple[int, int]:
    """Both tokens for shares given back, rounded down.

    Raises:
        ValueError: either comes to nothing, or there are not as many shares.
    """
    if not 0 < shares <= supply:
        raise ValueError(f"shares is {shares}; there are {supply}")
    amounts = (shares * balances[0] // supply, shares * balances[1] // supply)
    if not all(amounts):
        raise ValueError(f"{shares} shares come to {amounts[0]} and {amounts[1]}")
    return amounts


def protocol_shares(reserves: tuple[int, int], product_last: int, supply: int) -> int:
    """Shares that the protocol mints itself where its fee is on: a sixth of the growth of sqrt(k).

    `product_last` is the product after the last mint or burn, 0 for none.
    """
    root, root_last = isqrt(reserves[0] * reserves[1]), isqrt(product_last)
    if not product_last or root <= root_last:
        return 0
    return supply * (root - root_last) // (root * 5 + root_last)
