"""One side of a constant-product pair as books and the router ask for it. See argosy.books.amm."""

from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, PairFee, amount_in, amount_out

NEARLY_ALL = 0.999_999_999  # of what a pair holds: beyond, prices are no prices
FURTHEST = 1e9  # times its reserve, the most a pair is shown to take in


class PairSide:
    """Buying or selling a pair's base token for the other. Satisfies books.amm.PoolSide."""

    def __init__(
        self, base_reserve: int, quote_reserve: int, *, buy: bool, fee: PairFee = UNISWAP_FEE
    ) -> None:
        self.base_reserve = base_reserve
        self.quote_reserve = quote_reserve
        self.buy = buy
        self.fee = fee

    def value(self, base: int) -> int | None:
        """See PoolSide."""
        if base == 0:
            return 0
        if self.base_reserve <= 0 or self.quote_reserve <= 0:
            return None
        if not self.buy:
            return amount_out(base, self.base_reserve, self.quote_reserve, self.fee)
        if base >= self.base_reserve:
            return None
        return amount_in(base, self.quote_reserve, self.base_reserve, self.fee)

    def bends(self) -> list[tuple[float, float, float]]:
        """See PoolSide; a pair is one stretch."""
        if self.base_reserve <= 0 or self.quote_reserve <= 0:
            return []
        kept = self.fee.kept / self.fee.whole
        reserve = float(self.base_reserve)
        price = self.quote_reserve / self.base_reserve
        if self.buy:
            return [(price / kept, reserve * NEARLY_ALL, reserve)]
        return [(price * kept, reserve * FURTHEST, reserve / kept)]

    def rounding(self, stretches: int) -> int:  # noqa: ARG002  # there is one
        """See PoolSide: a whole unit at most, in the pair's favour."""
        return 1
