"""Where fair prices come from: one seeded path per asset, shared by every venue. Floats on purpose:
nothing here is money until a book rounds it to a tick.
"""

import math
from random import Random

from argosy.model import InstrumentKind, OptionRight
from argosy.model.time import DAY, SECOND
from argosy.sandbox.engine.spec import Spec

START_USD = {
    "BTC": 91_250.0,
    "ETH": 3_020.0,
    "SOL": 138.0,
    "XRP": 2.18,
    "DOGE": 0.1525,
    "EUR": 1.152,
    "USDT": 0.9997,
    "USDC": 1.0,
    "USD": 1.0,
}
_BETA = {"BTC": 1.0, "ETH": 1.25, "SOL": 1.5, "XRP": 1.3, "DOGE": 1.6}
_STABLE = {"USDT", "USDC", "EUR"}
YEAR_S = 365 * 86_400
IMPLIED_VOLATILITY = 0.55
CARRY = 0.06  # a year, of dated futures


class Prices:
    """Fair values in USD that drift, trend and jump together."""

    def __init__(self, random: Random, *, volatility: float, jumps_per_day: float) -> None:
        self._random = random
        self._sigma = volatility / math.sqrt(YEAR_S)  # per root second
        self._jumps = jumps_per_day / 86_400
        self._trend = 0.0
        self._skew: dict[str, float] = {}  # venue's own distance from fair, as a fraction
        self.usd = dict(START_USD)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        gauss = self._random.gauss
        root = math.sqrt(seconds)
        pull = min(1.0, seconds / 90)  # a trend lasts about a minute and a half
        self._trend += -self._trend * pull + gauss(0, self._sigma * 0.3) * math.sqrt(pull)
        common = self._trend * seconds + gauss(0, self._sigma) * root
        if self._random.random() < self._jumps * seconds:
            common += self._random.choice((-1, 1)) * self._random.uniform(0.002, 0.01)
        for asset, price in self.usd.items():
            if asset in _BETA:
                own = gauss(0, self._sigma * 0.35) * root
                self.usd[asset] = price * math.exp(_BETA[asset] * common + own)
            elif asset in _STABLE:
                home = START_USD[asset]
                self.usd[asset] = price + (home - price) * pull + gauss(0, 2e-6) * root * price
        for key, skew in self._skew.items():
            self._skew[key] = skew * (1 - min(1.0, seconds / 20)) + gauss(0, 1.5e-5) * root

    def index(self, spec: Spec) -> float:
        """The underlying's fair price in the instrument's quote currency, with no venue's noise."""
        return self.usd[spec.instrument.base] / self.usd[spec.instrument.quote]

    def fair(self, spec: Spec, now_ns: int) -> float:
        """What the instrument is worth at its venue now."""
        instrument = spec.instrument
        skew = self._skew.setdefault(instrument.id, 0.0)
        spot = self.index(spec)
        if instrument.kind is InstrumentKind.OPTION:
            return max(option_value(spec, spot, now_ns), float(spec.price_unit))
        if instrument.expiry_ns is not None:
            years = max(0, instrument.expiry_ns - now_ns) / SECOND / YEAR_S
            spot *= 1 + CARRY * years
        elif instrument.kind is InstrumentKind.PERPETUAL:
            spot *= 1.0002
        return spot * (1 + skew)


def normal(x: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def option_greeks(spec: Spec, spot: float, now_ns: int) -> dict[str, float]:
    """Black-76 at a flat volatility: value (in coin), delta, gamma, vega, theta a day, forward."""
    instrument = spec.instrument
    assert instrument.strike is not None, "options have one"
    assert instrument.expiry_ns is not None, "options have one"
    years = max((instrument.expiry_ns - now_ns) / DAY / 365, 1e-6)
    forward, strike = spot * (1 + CARRY * years), float(instrument.strike)
    width = IMPLIED_VOLATILITY * math.sqrt(years)
    d1 = math.log(forward / strike) / width + width / 2
    sign = 1 if instrument.right is OptionRight.CALL else -1
    density = math.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    value = sign * (forward * normal(sign * d1) - strike * normal(sign * (d1 - width)))
    return {
        "value": value / forward,
        "delta": sign * normal(sign * d1),
        "gamma": density / (forward * width),
        "vega": forward * density * math.sqrt(years) / 100,
        "theta": -forward * density * IMPLIED_VOLATILITY / (2 * math.sqrt(years)) / 365,
        "forward": forward,
        "volatility": IMPLIED_VOLATILITY,
    }


def option_value(spec: Spec, spot: float, now_ns: int) -> float:
    """An option's worth in its settlement coin."""
    return option_greeks(spec, spot, now_ns)["value"]
