"""What one market gives at given token prices: its best trade, what that pays, how it bends.

Each market answers for itself, in closed form; the network adds them up. Floats; no I/O.
"""

import math
from collections.abc import Sequence

import msgspec

Matrix = list[list[float]]


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """A market over some tokens, numbered as in the network. `kept` is 1 minus its fee."""

    tokens: tuple[int, ...]
    kept: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.kept <= 1:
            raise ValueError(f"kept is {self.kept}; give 1 minus the fee, 0.997 for 0.3 %")
        if len(set(self.tokens)) < len(self.tokens) or len(self.tokens) < 2:
            raise ValueError(f"tokens are {self.tokens}; two or more different ones are needed")

    @property
    def barriers(self) -> int:
        """How many barrier terms make it smooth."""
        return 0

    def rates(self) -> Sequence[float]:
        """Token prices at which it would about stand still."""
        raise NotImplementedError

    def depth(self, token: int) -> float:
        """About how much of a token it holds."""
        raise NotImplementedError

    def profit(self, prices: Sequence[float]) -> float:
        """What its best trade is worth at token prices: 0 or more."""
        raise NotImplementedError

    def smooth(self, prices: Sequence[float], weight: float) -> float:
        """The same with a barrier of this weight, where it needs one."""
        del weight
        return self.profit(prices)

    def flow(self, prices: Sequence[float], weight: float) -> tuple[list[float], Matrix]:
        """Its best trade (what it gives us, below 0: takes), and how that changes with prices."""
        raise NotImplementedError


class GeometricMean(Market, frozen=True, kw_only=True):
    """Keeps the weighted geometric mean of its reserves: constant product (equal weights), and
    pools of several tokens with weights of their own.
    """

    reserves: tuple[float, ...]
    weights: tuple[float, ...] = ()  # none: equal

    def __post_init__(self) -> None:
        super().__post_init__()
        shares = self.shares()
        if not len(self.reserves) == len(shares) == len(self.tokens):
            raise ValueError(f"{len(self.tokens)} tokens need as many reserves and weights")
        if min(self.reserves) <= 0 or min(shares) <= 0:
            raise ValueError(f"reserves {self.reserves} and weights {shares} must be above 0")

    def shares(self) -> tuple[float, ...]:
        """The weights."""
        return self.weights or (1.0,) * len(self.tokens)

    def rates(self) -> Sequence[float]:
        """See Market."""
        return [w / r for w, r in zip(self.shares(), self.reserves, strict=True)]

    def depth(self, token: int) -> float:
        """See Market."""
        return self.reserves[self.tokens.index(token)] if token in self.tokens else 0.0

    def profit(self, prices: Sequence[float]) -> float:
        """See Market."""
        flow, _ = self.flow(prices, 0.0)
        return max(0.0, math.fsum(p * f for p, f in zip(prices, flow, strict=True)))

    def flow(self, prices: Sequence[float], weight: float) -> tuple[list[float], Matrix]:
        """See Market.

        At the optimum, a token we take ends at theta w / p, one we give at theta w kept / p, and
        others stay; theta is where the mean is kept. In logarithms that is a line with corners.
        """
        del weight
        shares = self.shares()
        n = len(shares)
        logs = [math.log(r) for r in self.reserves]
        base = [math.log(w / p) for w, p in zip(shares, prices, strict=True)]
        cost = math.log(self.kept)
        # A token begins to be taken below `out`, and to be given above `into`.
        out = [logs[i] - base[i] for i in range(n)]
        into = [logs[i] - base[i] - cost for i in range(n)]
        theta = _balance(shares, out, into)
        active = [i for i in range(n) if theta < out[i] or theta > into[i]]
        flow = [0.0] * n
        bends = [[0.0] * n for _ in range(n)]
        whole = math.fsum(shares[i] for i in active)
        for i in active:
            if theta < out[i]:
                flow[i] = -self.reserves[i] * math.expm1(theta - out[i])
            else:
                flow[i] = -self.reserves[i] * math.expm1(theta - into[i]) / self.kept
        grown = math.exp(theta)
        for i in active:
            for j in active:
                part = shares[i] * ((1.0 if i == j else 0.0) - shares[j] / whole)
                bends[i][j] = grown * part / (prices[i] * prices[j])
        return flow, bends


def _balance(shares: Sequence[float], out: Sequence[float], into: Sequence[float]) -> float:
    """Where the weighted logarithms of reserves add up to what they were."""

    def excess(theta: float) -> float:
        return math.fsum(
            w * (theta - o if theta < o else theta - i if theta > i else 0.0)
            for w, o, i in zip(shares, out, into, strict=True)
        )

    corners = sorted([*out, *into])
    values = [excess(corner) for corner in corners]
    for k, value in enumerate(values):
        if value >= 0:
            if k == 0 or value == 0:
                return corners[k]
            before, low, high = values[k - 1], corners[k - 1], corners[k]
            return low + (high - low) * -before / (value - before) if value > before else high
    return corners[-1]


class Flat(Market, frozen=True, kw_only=True):
    """One unit of the first token against `price` of the second, at most `size` of the first sold
    to us and `opposite` of the second: a level of a book, or a constant sum pool (both ways).
    """

    price: float
    size: float  # of the first token, that we can take
    opposite: float = 0.0  # of the second token, that we can take

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.price <= 0 or self.size < 0 or self.opposite < 0 or len(self.tokens) != 2:
            raise ValueError(f"no level has price {self.price}, sizes {self.size}, {self.opposite}")

    @property
    def barriers(self) -> int:
        """See Market."""
        return 2 * (self.size > 0) + 2 * (self.opposite > 0)

    def rates(self) -> Sequence[float]:
        """See Market."""
        return [self.price, 1.0]

    def depth(self, token: int) -> float:
        """See Market."""
        if token not in self.tokens:
            return 0.0
        return (self.size, self.opposite)[self.tokens.index(token)]

    def ways(self) -> list[tuple[float, float, float]]:
        """(most, first token per unit, second token per unit) of each direction."""
        found = []
        if self.size > 0:
            found.append((self.size, 1.0, -self.price / self.kept))
        if self.opposite > 0:
            found.append((self.opposite, -1 / (self.price * self.kept), 1.0))
        return found

    def profit(self, prices: Sequence[float]) -> float:
        """See Market."""
        return math.fsum(
            most * max(0.0, a * prices[0] + b * prices[1]) for most, a, b in self.ways()
        )

    def smooth(self, prices: Sequence[float], weight: float) -> float:
        """See Market. A trade x of a way earns g x + weight (log x + log(most - x))."""
        total = 0.0
        for most, a, b in self.ways():
            gain = a * prices[0] + b * prices[1]
            x, rest = _inside(gain, most, weight)
            total += gain * x + weight * (math.log(x) + math.log(rest))
        return total

    def flow(self, prices: Sequence[float], weight: float) -> tuple[list[float], Matrix]:
        """See Market."""
        flow = [0.0, 0.0]
        bends = [[0.0, 0.0], [0.0, 0.0]]
        for most, a, b in self.ways():
            gain = a * prices[0] + b * prices[1]
            x, rest = _inside(gain, most, weight)
            each = (a, b)
            slope = 1.0 / (weight / (x * x) + weight / (rest * rest))
            for i in range(2):
                flow[i] += x * each[i]
                for j in range(2):
                    bends[i][j] += slope * each[i] * each[j]
        return flow, bends


def _inside(gain: float, most: float, weight: float) -> tuple[float, float]:
    """The x of gain + weight / x - weight / (most - x) = 0, and most - x, both exact when small."""
    # With u = gain * most / weight: x = most * 2 / (2 - u + sqrt(u u + 4)).
    u = gain * most / weight
    root = math.hypot(u, 2.0)
    if u <= 0:
        x = most * 2 / (2 - u + root)
        return x, most - x
    rest = most * 2 / (2 + u + root)
    return most - rest, rest


class Concentrated(Market, frozen=True, kw_only=True):
    """A pool of concentrated liquidity: `price` of the first token in the second, and ranges
    (lower price, upper price, liquidity), rising.
    """

    price: float
    ranges: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        end = 0.0
        for lower, upper, liquidity in self.ranges:
            if not (end <= lower < upper and liquidity >= 0):
                raise ValueError(f"range {lower} to {upper} does not follow one that ends at {end}")
            end = upper
        if self.price <= 0 or len(self.tokens) != 2:
            raise ValueError(f"price is {self.price}, tokens {self.tokens}: above 0, and two")

    def rates(self) -> Sequence[float]:
        """See Market."""
        return [self.price, 1.0]

    def depth(self, token: int) -> float:
        """See Market."""
        if token not in self.tokens:
            return 0.0
        up = sum(
            liquidity * (1 / math.sqrt(max(lower, self.price)) - 1 / math.sqrt(upper))
            for lower, upper, liquidity in self.ranges
            if upper > self.price
        )
        down = sum(
            liquidity * (math.sqrt(min(upper, self.price)) - math.sqrt(lower))
            for lower, upper, liquidity in self.ranges
            if lower < self.price
        )
        return (up, down)[self.tokens.index(token)]

    def profit(self, prices: Sequence[float]) -> float:
        """See Market."""
        flow, _ = self.flow(prices, 0.0)
        return max(0.0, math.fsum(p * f for p, f in zip(prices, flow, strict=True)))

    def flow(self, prices: Sequence[float], weight: float) -> tuple[list[float], Matrix]:
        """See Market. Trades until the pool's price is ours, the fee allowed for."""
        del weight
        ours = prices[0] / prices[1]
        up, down = ours * self.kept, ours / self.kept
        first = second = edge = 0.0
        if up > self.price:
            for lower, upper, liquidity in self.ranges:
                start, end = max(lower, self.price), min(upper, up)
                if end > start:
                    first += liquidity * (1 / math.sqrt(start) - 1 / math.sqrt(end))
                    second -= liquidity * (math.sqrt(end) - math.sqrt(start)) / self.kept
                    edge = liquidity / (2 * end**1.5) * self.kept if end == up else 0.0
        elif down < self.price:
            for lower, upper, liquidity in reversed(self.ranges):
                start, end = min(upper, self.price), max(lower, down)
                if end < start:
                    first -= liquidity * (1 / math.sqrt(end) - 1 / math.sqrt(start)) / self.kept
                    second += liquidity * (math.sqrt(start) - math.sqrt(end))
                    edge = liquidity / (2 * end**1.5) / self.kept**2 if end == down else 0.0
        # d first / d ours = edge; d second follows, as prices times flows do not change to first
        # order at an optimum.
        a, b = edge / prices[1], -edge * ours / prices[1]
        return [first, second], [[a, b], [b, -b * ours]]
