"""The optimal schedule of Almgren and Chriss: expected cost against its variance.

Source: Almgren, Chriss, "Optimal execution of portfolio transactions", Journal of Risk 3 (2001),
sections 1 to 3, with linear permanent and temporary impact. Floats: this is analytics, not money.
"""

import itertools
import math

import msgspec


class Trajectory(msgspec.Struct, frozen=True, kw_only=True):
    """`holdings` after each of the periods, the first being the whole; costs in currency units."""

    holdings: tuple[float, ...]
    expected_cost: float
    deviation: float  # standard deviation of the cost
    kappa: float  # per unit of time; 0 for a straight line; of the sine's argument below 0
    half_life: float  # 1 / kappa; infinite for a straight line

    @property
    def done(self) -> tuple[float, ...]:
        """The share that is to be done by the end of each period."""
        whole = self.holdings[0]
        return tuple(1 - held / whole for held in self.holdings[1:])


def trajectory(
    *,
    size: float,
    periods: int,
    horizon: float,
    volatility: float,
    risk_aversion: float,
    temporary: float,
    permanent: float = 0.0,
    fixed: float = 0.0,
) -> Trajectory:
    """The schedule that minimises expected cost plus `risk_aversion` times its variance.

    Args:
        size: units to trade, above 0.
        periods: how many trades.
        horizon: the time they take, in the unit of `volatility`.
        volatility: of the price, currency per unit and square root of time.
        risk_aversion: lambda, per currency unit; 0 gives equal trades, below 0 seeks risk.
        temporary: eta, currency per unit and unit of rate.
        permanent: gamma, currency per unit squared.
        fixed: epsilon, what a unit costs whatever the rate: half the spread and fees.

    Raises:
        ValueError: figures for which the model has no schedule, named.
    """
    if size <= 0 or periods < 1 or horizon <= 0:
        raise ValueError(f"size {size}, periods {periods}, horizon {horizon}: all must be above 0")
    tau = horizon / periods
    adjusted = temporary - permanent * tau / 2
    if adjusted <= 0:
        raise ValueError(
            f"temporary impact {temporary} is not above permanent times half a period,"
            f" {permanent * tau / 2}: there is no best schedule"
        )
    curvature = 1 + risk_aversion * volatility**2 / adjusted * tau**2 / 2  # cosh(kappa tau)
    holdings, kappa = _holdings(size, periods, tau, curvature)
    trades = [before - after for before, after in itertools.pairwise(holdings)]
    expected = (
        permanent * size**2 / 2
        + fixed * sum(abs(trade) for trade in trades)
        + adjusted / tau * sum(trade**2 for trade in trades)
    )
    variance = volatility**2 * tau * sum(held**2 for held in holdings[1:])
    return Trajectory(
        holdings=tuple(holdings),
        expected_cost=expected,
        deviation=math.sqrt(variance),
        kappa=kappa,
        half_life=1 / kappa if kappa > 0 else math.inf,
    )


def _holdings(size: float, periods: int, tau: float, curvature: float) -> tuple[list[float], float]:
    """What is held after each period; and kappa."""
    steps = range(periods + 1)
    if abs(curvature - 1) < 1e-15:
        return [size * (periods - step) / periods for step in steps], 0.0
    if curvature > 1:
        angle = math.acosh(curvature)
        if angle * periods > 700:  # sinh would overflow: nearly all of it at once
            return [size * math.exp(-angle * step) for step in steps[:-1]] + [0.0], angle / tau
        whole = math.sinh(angle * periods)
        return [size * math.sinh(angle * (periods - step)) / whole for step in steps], angle / tau
    if curvature <= -1:
        raise ValueError("risk_aversion is so far below 0 that there is no best schedule")
    angle = math.acos(curvature)
    if angle * periods >= math.pi:
        raise ValueError("risk_aversion is so far below 0 that there is no best schedule")
    whole = math.sin(angle * periods)
    return [size * math.sin(angle * (periods - step)) / whole for step in steps], -angle / tau
