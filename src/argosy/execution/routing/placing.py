"""How much to take now and how much to leave waiting in queues: the model of Cont and Kukanov.

R. Cont, A. Kukanov, "Optimal order placement in limit order markets", Quantitative Finance 17
(2017). This file is compiled by Cython and also runs as it stands. Floats only; no I/O.
"""

from array import array
from collections.abc import Callable, Sequence

import cython

INFINITY = cython.declare(cython.double, float("inf"))


def place_at_one(
    size: float,
    queue: float,
    quantile: Callable[[float], float],
    below: Callable[[float], float],
    *,
    half_spread: float,
    fee: float,
    rebate: float,
    impact: float,
    underfill: float,
) -> tuple[float, float]:
    """(market, limit) sizes at one venue: the closed form of the paper's proposition.

    `below(x)` is the distribution function of the outflow from the queue in the time there is,
    `quantile` its inverse; `queue` stands ahead of us. Costs are per unit.
    """
    taking = 2 * half_spread + fee + rebate
    waiting = half_spread + rebate + impact
    if underfill <= _over(taking, below(queue + size)) - waiting:
        return 0.0, size
    if underfill >= _over(taking, below(queue)) - waiting:
        return size, 0.0
    limit = quantile(taking / (underfill + waiting)) - queue
    limit = min(max(limit, 0.0), size)
    return size - limit, limit


def _over(value: float, share: float) -> float:
    return value / share if share > 0 else float("inf") if value > 0 else float("-inf")


@cython.final
@cython.cclass
class Placement:
    """The same question over several venues, answered over samples of what leaves their queues.

    `outflows[k][s]` is what left queue k in sample s; all venues have the same samples, so that
    what happens together is kept together. `place` minimises the mean cost of
    taking M now (at `half_spread` and `fee`) and waiting with L_k at each venue (earning
    `half_spread` and `rebates[k]` on what fills), with `impact` on all that is sent, `underfill`
    and `overfill` on what is missing or too much at the end; what is missing is sent then, and has
    its impact too.
    """

    def __init__(
        self,
        size: float,
        queues: Sequence[float],
        outflows: Sequence[Sequence[float]],
        *,
        half_spread: float,
        fee: float,
        rebates: Sequence[float],
        impact: float,
        underfill: float,
        overfill: float,
    ) -> None:
        if size <= 0:
            raise ValueError(f"size is {size}; it must be above 0")
        self.venues = len(queues)
        self.samples = len(outflows[0]) if outflows else 0
        if not (len(outflows) == len(rebates) == self.venues) or not self.samples:
            raise ValueError("every venue needs its queue, rebate and at least one outflow")
        if any(len(flow) != self.samples for flow in outflows):
            raise ValueError("all venues need outflows of the same moments")
        self.size = size
        self.half_spread = half_spread
        self.fee = fee
        self.impact = impact
        self.underfill = underfill
        self.overfill = overfill
        self.rebates = array("d", rebates)
        # What could fill at most is all that counts of a sample.
        self.ahead = array(
            "d",
            [
                max(0.0, flow - queue)
                for queue, flows in zip(queues, outflows, strict=True)
                for flow in flows
            ],
        )
        self.at = array("d", bytes(8 * (self.venues + 1)))

    def cost(self, market: float, limits: Sequence[float]) -> float:
        """The mean cost of taking `market` and waiting with `limits`."""
        self.at[0] = market
        for k, limit in enumerate(limits):
            self.at[k + 1] = limit
        return self._cost()

    def place(self, finest: float) -> tuple[float, list[float]]:
        """(market, limits) of least mean cost, to within `finest`.

        Searches from several starts along each size and each exchange of two, with steps that
        shrink to `finest`. With several venues the mean cost need not be convex (what overfills
        one way may not another), so this is the best found, checked by `slopes`.
        """
        n: cython.int = self.venues + 1
        best = INFINITY
        found: list[float] = []
        share = self.size / n
        starts = [[share] * n]
        starts += [[self.size if i == k else 0.0 for i in range(n)] for k in range(n)]
        for start in starts:
            self.at[:] = array("d", start)
            value = self._descend(finest)
            if value < best:
                best = value
                found = list(self.at)
        return found[0], found[1:]

    def slopes(self, market: float, limits: Sequence[float], step: float) -> float:
        """The steepest fall of the mean cost per unit, along every size and exchange of two.

        0 or above at an optimum, up to what `step` smooths; no move of `step` helps then.
        """
        here = self.cost(market, limits)
        kept = array("d", self.at)
        steepest = INFINITY
        n: cython.int = self.venues + 1
        i: cython.int
        j: cython.int
        for i in range(n):
            for j in range(-1, n):
                for sign in (1.0, -1.0):
                    if i == j or (j >= 0 and sign < 0):
                        continue
                    self.at[:] = kept
                    if self._moved(i, j, sign * step):
                        steepest = min(steepest, (self._cost() - here) / step)
        return steepest

    def shortfall(self, market: float, limits: Sequence[float]) -> float:
        """The share of samples in which less than the size is filled."""
        count = 0
        for s in range(self.samples):
            filled = market
            for k, limit in enumerate(limits):
                filled += min(limit, self.ahead[k * self.samples + s])
            count += filled < self.size * (1 - 1e-12)
        return count / self.samples

    def expected(self, venue: int, limit: float) -> float:
        """The mean fill of a limit order at a venue."""
        flows = self.ahead[venue * self.samples : (venue + 1) * self.samples]
        return sum(min(limit, flow) for flow in flows) / self.samples

    @cython.cfunc
    @cython.exceptval(-1, check=False)
    def _descend(self, finest: cython.double) -> cython.double:
        n: cython.int = self.venues + 1
        value: cython.double = self._cost()
        step: cython.double = self.size / 2
        i: cython.int
        j: cython.int
        while True:
            better: cython.bint = False
            for i in range(n):
                for j in range(-1, n):
                    if i == j:
                        continue
                    for sign in (1.0, -1.0):
                        if j >= 0 and sign < 0:
                            continue
                        while True:
                            if not self._moved(i, j, sign * step):
                                break
                            now: cython.double = self._cost()
                            if now < value - 1e-15 * abs(value):
                                value = now
                                better = True
                                continue
                            self._moved(i, j, -sign * step)
                            break
            if better:
                continue
            if step <= finest:
                return value
            step = max(finest, step / 2)

    @cython.cfunc
    @cython.exceptval(check=False)
    def _moved(self, i: cython.int, j: cython.int, step: cython.double) -> cython.bint:
        """Add `step` to one size, and take it from another (j >= 0); False where that is none."""
        at: cython.double[::1] = self.at
        tiny: cython.double = 1e-9 * self.size
        if at[i] + step < -tiny or at[i] + step > self.size + tiny:
            return False
        if j >= 0 and (at[j] - step < -tiny or at[j] - step > self.size + tiny):
            return False
        at[i] = max(0.0, at[i] + step)
        if j >= 0:
            at[j] = max(0.0, at[j] - step)
        return True

    @cython.cfunc
    @cython.exceptval(check=False)
    def _cost(self) -> cython.double:
        at: cython.double[::1] = self.at
        ahead: cython.double[::1] = self.ahead
        rebates: cython.double[::1] = self.rebates
        n: cython.int = self.samples
        s: cython.int
        k: cython.int
        sent: cython.double = at[0]
        total: cython.double = 0.0
        filled: cython.double
        part: cython.double
        for k in range(self.venues):
            sent += at[k + 1]
        for s in range(n):
            filled = at[0]
            for k in range(self.venues):
                part = min(at[k + 1], ahead[k * n + s])
                filled += part
                total -= (self.half_spread + rebates[k]) * part
            if filled < self.size:
                total += (self.underfill + self.impact) * (self.size - filled)
            else:
                total += self.overfill * (filled - self.size)
        return total / n + (self.half_spread + self.fee) * at[0] + self.impact * sent
