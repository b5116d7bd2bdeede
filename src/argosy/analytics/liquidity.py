"""What providing liquidity cost against holding: impermanent loss, with fees apart. Decimals
throughout; knows no chain and no pool.

Source: Uniswap v2 core white paper, 3.2; Uniswap v3 core white paper, 6.2 and 6.3.
"""

from decimal import Decimal

import msgspec

from argosy.model.money import ZERO

ONE = Decimal(1)


class Provided(msgspec.Struct, frozen=True, kw_only=True):
    """A position against what was put in, all in quote at the price of now."""

    held: Decimal  # what was put in would be worth, had it been kept
    worth: Decimal  # the position, fees apart
    fees: Decimal

    @property
    def loss(self) -> Decimal:
        """Impermanent loss: below 0, or 0 at the price of entry."""
        return self.worth - self.held

    @property
    def loss_share(self) -> Decimal:
        """The loss as a share of what was kept; 0 where nothing was."""
        return self.loss / self.held if self.held else ZERO

    @property
    def net(self) -> Decimal:
        """What providing brought over holding, fees counted."""
        return self.loss + self.fees


def against_holding(
    put_in: tuple[Decimal, Decimal],
    now: tuple[Decimal, Decimal],
    fees: tuple[Decimal, Decimal],
    price: Decimal,
) -> Provided:
    """A position against its entry; amounts of base and quote, `price` in quote per base."""
    return Provided(
        held=put_in[0] * price + put_in[1],
        worth=now[0] * price + now[1],
        fees=fees[0] * price + fees[1],
    )


def holdings(
    liquidity: Decimal, price: Decimal, lower: Decimal | None = None, upper: Decimal | None = None
) -> tuple[Decimal, Decimal]:
    """Base and quote of liquidity between two prices; None: without that end, as v2 is.

    Liquidity is the root of base times quote, in whole tokens.
    """
    inside = price if lower is None else max(price, lower)
    inside = inside if upper is None else min(inside, upper)
    root = inside.sqrt()
    base = liquidity * (ONE / root - (ZERO if upper is None else ONE / upper.sqrt()))
    quote = liquidity * (root - (ZERO if lower is None else lower.sqrt()))
    return base, quote


def loss_at(
    entry_price: Decimal,
    price: Decimal,
    lower: Decimal | None = None,
    upper: Decimal | None = None,
) -> Decimal:
    """Impermanent loss as a share of holding, of liquidity put in at one price, at another.

    Without ends it is 2 * sqrt(r) / (1 + r) - 1, r being the ratio of the prices.
    """
    put_in = holdings(ONE, entry_price, lower, upper)
    now = holdings(ONE, price, lower, upper)
    return against_holding(put_in, now, (ZERO, ZERO), price).loss_share


def pair_without_fees(put_in: tuple[Decimal, Decimal], price: Decimal) -> tuple[Decimal, Decimal]:
    """What a share of a v2 pair would hold had it earned nothing: its fees are all beyond that."""
    return holdings((put_in[0] * put_in[1]).sqrt(), price)
