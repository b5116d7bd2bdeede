# cython: annotation_typing=False
"""One side of a concentrated pool as books and the router ask for it. See argosy.books.amm.

Compiled by Cython; it also runs as it stands.
"""

from math import ceil

from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.steps import MILLION
from argosy.dialects.uniswap_v3.ticks import Q96
from argosy.dialects.uniswap_v3.walk import Edge

FURTHEST = 4.0  # how many times better or worse than now a price may be and still be shown


class ConcentratedSide:
    """Buying or selling token `base` (0 or 1) for the other; right until the pool next changes.

    Satisfies books.amm.PoolSide.
    """

    def __init__(self, pool: ConcentratedPool, *, base: int, buy: bool) -> None:
        if base not in {0, 1}:
            raise ValueError(f"base is {base}; it is token 0 or token 1")
        self.buy = buy
        self.base = base
        self.way = pool.way(zero_for_one=(base == 0) != buy)
        self.kept = 1.0 - self.way.fee / MILLION
        self._edges: list[Edge] | None = None
        self._roundings: list[int] = []

    def value(self, base: int) -> int | None:
        """See PoolSide."""
        return self.way.other(base, not self.buy)

    def bends(self) -> list[tuple[float, float, float]]:
        """See PoolSide; one stretch for each step that has liquidity."""
        if self.kept <= 0:
            return []
        found = []
        for edge in self._within():
            price, after = float(edge.price), float(edge.step.price)
            liquidity = float(edge.liquidity)
            if self.base == 0:
                reach = liquidity * Q96 / price
                size = abs(reach - liquidity * Q96 / after)
            else:
                reach = liquidity * price / Q96
                size = abs(reach - liquidity * after / Q96)
            spot = self._spot(price)
            if self.buy:
                found.append((spot / self.kept, size, reach))
            else:
                found.append((spot * self.kept, size / self.kept, reach / self.kept))
        return found

    def rounding(self, stretches: int) -> int:
        """See PoolSide.

        A step rounds what comes in, its fee and what goes out, each by a unit or two of its token,
        and its price by one bit, which is worth L / 2 ** 96 of token 1 or as much of token 0.
        """
        edges = self._within()
        while len(self._roundings) < min(stretches, len(edges)):
            edge = edges[len(self._roundings)]
            low = float(min(edge.price, edge.step.price))
            bit = edge.liquidity / Q96
            if self.base == 1:
                bit = edge.liquidity * (Q96 / low) / low
            dearest = max(self._spot(edge.price), self._spot(edge.step.price)) / self.kept
            at = len(self._roundings)
            before = self._roundings[at - 1] if at else 0
            self._roundings.append(before + ceil(5 + 4 * dearest + 4 * bit / self.kept))
        at = min(stretches, len(self._roundings))
        return self._roundings[at - 1] if at else 0

    def _spot(self, price: float) -> float:
        """Quote per base, smallest units, without fee."""
        ratio = (price / Q96) ** 2
        return ratio if self.base == 0 else 1.0 / ratio

    def _within(self) -> list[Edge]:
        """The edges that have liquidity, as far as prices are of interest."""
        if self._edges is None:
            way = self.way
            first = None
            at = 0
            self._edges = []
            while at < len(way.edges) or way.extend():
                edge = way.edges[at]
                at += 1
                if not edge.liquidity:
                    continue
                first = edge.price if first is None else first
                if not 1 / FURTHEST < (edge.price / first) ** 2 < FURTHEST:
                    break
                if edge.price != edge.step.price:
                    self._edges.append(edge)
        return self._edges
