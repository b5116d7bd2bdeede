"""Routes many tokens through many pools at once: arbitrage, liquidation, swaps over several hops.

G. Angeris, A. Evans, T. Chitra, S. Boyd, "Optimal routing for constant function market makers", EC
2022; solved in the prices of the tokens (the dual), pool by pool. Floats; no I/O.
"""

import math
from collections.abc import Sequence

import msgspec

from argosy.execution.routing.markets import Market

SHRINK = 0.2  # of the barrier's weight, each time the prices have settled
NEWTON_MAX = 60  # steps at one weight
GAP = 1e-10  # relative to the value: the barrier stops where this is what it can cost,
DEAREST = 1e6  # a token that cannot be had at this many times its price cannot be had
LEAST = 1e-15  # or at this, relative to all that could move
SETTLED = 1e-12  # of the barrier's weight: a Newton step that promises less is not taken
NEARLY = 0.05  # of the weight: from here on Newton's full step is safe


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Maximise `values` times the net trade, while no token is short of more than `have`.

    `values` is what a unit of each token is worth to us (0: nothing, it only may not be missing),
    `have` what there is of each to give away. Arbitrage has nothing and values all; a liquidation
    values one token and has others; a swap values one and has one.
    """

    values: tuple[float, ...]
    have: tuple[float, ...]
    markets: tuple[Market, ...]

    def __post_init__(self) -> None:
        tokens = len(self.values)
        if len(self.have) != tokens:
            raise ValueError(f"{tokens} values and {len(self.have)} holdings; one of each a token")
        for name in ("values", "have"):
            for figure in getattr(self, name):
                if not math.isfinite(figure) or figure < 0:
                    raise ValueError(f"{name} has {figure}; figures from 0 upward are needed")
        if not any(self.values):
            raise ValueError("every value is 0; at least one token must be worth something")
        for market in self.markets:
            if any(token >= tokens or token < 0 for token in market.tokens):
                raise ValueError(f"a market has tokens {market.tokens}; there are {tokens}")


class Routed(msgspec.Struct, frozen=True, kw_only=True):
    """The trades found. `flows` are what each market gives us (below 0: what we give it).

    `value` is what `net` is worth; no routing is worth more than `bound`. `prices` are the tokens'
    marginal prices, in units of value: above its value for a token that is short.
    """

    value: float
    bound: float
    net: tuple[float, ...]
    flows: tuple[tuple[float, ...], ...]
    prices: tuple[float, ...]
    steps: int

    @property
    def gap(self) -> float:
        """How much better a routing might still be."""
        return self.bound - self.value


def route_network(network: Network) -> Routed:
    """Find the best trades with all markets at once.

    The dual: prices nu of at least `values` that minimise what holdings are worth above value plus
    what each market alone would pay at these prices. A barrier keeps prices above values and makes
    flat markets smooth; it is lowered until what it can cost is below 1e-10 of the value. Every
    flow found is one the market allows, and no token ends short (but for rounding).
    """
    solver = _Solver(network)
    return solver.run()


class _Solver:
    def __init__(self, network: Network) -> None:
        self.network = network
        self.markets = network.markets
        self.n = len(network.values)
        touched = {token for market in self.markets for token in market.tokens}
        self.active = [t for t in range(self.n) if t in touched]
        self.tops: list[float] = []
        self.steps = 0

    def run(self) -> Routed:
        network = self.network
        prices = self._start()
        self.tops = [price * DEAREST for price in prices]
        # A barrier term costs its weight at most, flat markets have two ends each.
        terms = 2 * len(self.active) + sum(market.barriers for market in self.markets)
        depth = self._depth(prices)
        weight = depth / max(1, terms)
        while True:
            prices = self._centre(prices, weight)
            enough = max(GAP * self._dual(prices), LEAST * depth) / max(1, terms)
            if weight <= enough:
                break
            weight = max(weight * SHRINK, 0.99 * enough)
        flows = self._flows(prices, weight)
        net = [0.0] * self.n
        for market, flow in zip(self.markets, flows, strict=True):
            for token, amount in zip(market.tokens, flow, strict=True):
                net[token] += amount
        value = math.fsum(v * x for v, x in zip(network.values, net, strict=True))
        bound = self._dual(prices)
        return Routed(
            value=value,
            bound=bound,
            net=tuple(net),
            flows=tuple(tuple(flow) for flow in flows),
            prices=tuple(prices),
            steps=self.steps,
        )

    def _start(self) -> list[float]:
        """Prices above values, of the order that markets trade the tokens at."""
        known = dict.fromkeys((t for t in range(self.n) if self.network.values[t] > 0), 0.0)
        for token in known:
            known[token] = self.network.values[token] * 1.5
        for _ in range(self.n):
            for market in self.markets:
                rates = market.rates()
                seen = [i for i, t in enumerate(market.tokens) if t in known]
                if not seen:
                    continue
                unit = known[market.tokens[seen[0]]] / rates[seen[0]]
                for i, token in enumerate(market.tokens):
                    known.setdefault(token, unit * rates[i])
        return [known.get(token, 1.0) for token in range(self.n)]

    def _depth(self, prices: Sequence[float]) -> float:
        """About what all that can move is worth."""
        return math.fsum(
            prices[t] * (self.network.have[t] + sum(m.depth(t) for m in self.markets))
            for t in self.active
        )

    def _flows(self, prices: Sequence[float], weight: float) -> list[list[float]]:
        """What the markets do at the optimum, one Newton step on.

        A flat market's flow hangs on the last digits of the prices, and on more digits than they
        have: so the step that prices cannot take is taken by the flows.
        """
        slope, matrix = self._slope(prices, weight)
        move = dict(zip(self.active, solve([-each for each in slope], matrix), strict=True))
        found = []
        for market in self.markets:
            flow, bends = market.flow([prices[t] for t in market.tokens], weight)
            found.append(
                [
                    flow[i]
                    + math.fsum(bend * move[t] for bend, t in zip(row, market.tokens, strict=True))
                    for i, row in enumerate(bends)
                ]
            )
        return found

    def _dual(self, prices: Sequence[float]) -> float:
        """What no routing can be worth more than, for any prices of at least the values."""
        network = self.network
        total = [(prices[t] - network.values[t]) * network.have[t] for t in self.active]
        total += [market.profit([prices[t] for t in market.tokens]) for market in self.markets]
        return math.fsum(total)

    def _centre(self, prices: list[float], weight: float) -> list[float]:
        """Newton's method on the smoothed dual at one weight of the barrier."""
        value = self._smooth(prices, weight)
        last: float | None = None
        for _ in range(NEWTON_MAX):
            slope, matrix = self._slope(prices, weight)
            move = solve([-each for each in slope], matrix)
            falling = math.fsum(a * b for a, b in zip(slope, move, strict=True))
            self.steps += 1
            if -falling <= SETTLED * weight:
                break
            step = 1.0
            for k, token in enumerate(self.active):
                room = prices[token] - self.network.values[token]
                if move[k] > 0:
                    room = self.tops[token] - prices[token]
                if move[k] != 0:
                    step = min(step, 0.95 * room / abs(move[k]))
            if -falling <= NEARLY * weight:
                # The last digits of the slope still tell what the value's no longer do.
                if last is not None and -falling > last:
                    break
                last = -falling
                prices = self._moved(prices, move, step)
                value = self._smooth(prices, weight)
                continue
            for _ in range(60):
                tried = self._moved(prices, move, step)
                now = self._smooth(tried, weight)
                if now <= value + 0.1 * step * falling:
                    break
                step *= 0.5
            else:
                break
            prices, value = tried, now
        return prices

    def _moved(self, prices: Sequence[float], move: Sequence[float], step: float) -> list[float]:
        tried = list(prices)
        for k, token in enumerate(self.active):
            tried[token] += step * move[k]
        return tried

    def _smooth(self, prices: Sequence[float], weight: float) -> float:
        network = self.network
        total = []
        for t in self.active:
            room = prices[t] - network.values[t]
            over = self.tops[t] - prices[t]
            if room <= 0 or over <= 0:
                return math.inf
            total.append(room * network.have[t] - weight * (math.log(room) + math.log(over)))
        total += [m.smooth([prices[t] for t in m.tokens], weight) for m in self.markets]
        return math.fsum(total)

    def _slope(
        self, prices: Sequence[float], weight: float
    ) -> tuple[list[float], list[list[float]]]:
        network = self.network
        place = {token: k for k, token in enumerate(self.active)}
        m = len(self.active)
        slope = [0.0] * m
        matrix = [[0.0] * m for _ in range(m)]
        for k, t in enumerate(self.active):
            room = prices[t] - network.values[t]
            over = self.tops[t] - prices[t]
            slope[k] = network.have[t] - weight / room + weight / over
            matrix[k][k] = weight / (room * room) + weight / (over * over)
        for market in self.markets:
            flow, bends = market.flow([prices[t] for t in market.tokens], weight)
            for i, t in enumerate(market.tokens):
                slope[place[t]] += flow[i]
                for j, u in enumerate(market.tokens):
                    matrix[place[t]][place[u]] += bends[i][j]
        return slope, matrix


def solve(right: list[float], matrix: list[list[float]]) -> list[float]:
    """Solve matrix x = right for a symmetric positive definite matrix: Cholesky, scaled first."""
    n = len(right)
    scale = [1.0 / math.sqrt(matrix[i][i]) if matrix[i][i] > 0 else 1.0 for i in range(n)]
    low = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i][j] * scale[i] * scale[j]
            rest -= math.fsum(low[i][k] * low[j][k] for k in range(j))
            if i == j:
                low[i][i] = math.sqrt(max(rest, 1e-15))
            else:
                low[i][j] = rest / low[j][j]
    x = [right[i] * scale[i] for i in range(n)]
    for i in range(n):
        x[i] = (x[i] - math.fsum(low[i][k] * x[k] for k in range(i))) / low[i][i]
    for i in reversed(range(n)):
        x[i] = (x[i] - math.fsum(low[k][i] * x[k] for k in range(i + 1, n))) / low[i][i]
    return [x[i] * scale[i] for i in range(n)]
