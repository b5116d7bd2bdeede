"""Windows, their benchmarks and the tracking error, by hand."""

from decimal import Decimal

import pytest

from argosy.execution.algorithms import Span
from argosy.model import Side
from argosy.model.time import SECOND
from argosy.testing.replayed import Tick
from argosy.testing.tracking import Contenders, error_bps, windows
from execution.emulated.worlds import ABOUT

D = Decimal


def market(seconds):
    """Each second a quote around its number plus 100, and a trade of its number plus one."""
    for second in range(seconds):
        price = D(100 + second)
        yield Tick(second * SECOND, price - 1, D(5), price + 1, D(5))
        yield Tick(second * SECOND + SECOND // 2, price=price, size=D(second + 1))


def found(**more):
    asked = {"length_s": 2, "every_s": 3, "after_s": 4, "step_s": 2, **more}
    return windows(list(market(12)), **asked)


def test_windows_and_what_was_before_them():
    first, second = found()
    assert [window.begin_ns // SECOND for window in (first, second)] == [4, 7]
    assert [tick.size for tick in first.ticks if tick.price] == [5, 6]
    assert first.history == (Span(0, 2 * SECOND, D(3)), Span(2 * SECOND, 4 * SECOND, D(7)))
    assert second.history[-1] == Span(5 * SECOND, 7 * SECOND, D(13))
    assert second.history[0].start_ns == SECOND
    assert first.volumes(2) == [5, 6]


def test_benchmarks():
    first, _ = found()
    assert first.vwap == (104 * 5 + 105 * 6) / D(11)
    assert first.twap == D("104.5")


def test_the_error_is_the_root_mean_square():
    over = found()
    contenders = Contenders(ABOUT, Side.BUY, D(1), 2)
    paid = [105, 108]  # half a unit above the middle when each begins
    wanted = [
        (price / float(window.vwap) - 1) * 1e4 for price, window in zip(paid, over, strict=True)
    ]
    error = error_bps(contenders.at_once, over, ABOUT, lambda window: window.vwap)
    assert error == pytest.approx((sum(one**2 for one in wanted) / 2) ** 0.5)
    equal = error_bps(contenders.equal, over, ABOUT, lambda window: window.twap)
    # Both parts are bought at 105: the second is due a moment before the quote of its second.
    assert equal == pytest.approx(
        (((0.5 / 104.5 * 1e4) ** 2 + (0.5 / 107.5 * 1e4) ** 2) / 2) ** 0.5
    )


def test_each_contender_is_what_it_says():
    over = windows(list(market(90)), length_s=10, every_s=5, after_s=62, step_s=1)
    contenders = Contenders(ABOUT, Side.SELL, D(2), 5)
    assert len(contenders.at_once(over[0]).targets) == 1
    assert contenders.equal(over[0]).targets[0] == D("0.2")
    foresight = contenders.by_foresight(over[0]).targets
    assert abs(foresight[0] - D(63 + 64) / sum(range(63, 73))) < D("1e-18")
    assert contenders.by_curve(over[0]).kind == "twap"
    assert contenders.participating(over[0]).rate == D("0.1")
    benchmark = lambda window: window.vwap  # noqa: E731
    for make in (contenders.by_curve, contenders.participating):
        assert error_bps(make, over, ABOUT, benchmark) < 500


def test_what_cannot_be_measured_says_so():
    contenders = Contenders(ABOUT, Side.BUY, D(1), 2)
    with pytest.raises(ValueError, match="no windows"):
        error_bps(contenders.equal, found(length_s=60), ABOUT, lambda window: window.vwap)
    tiny = Contenders(ABOUT, Side.BUY, D("0.001"), 2)
    with pytest.raises(ValueError, match="nothing was filled"):
        error_bps(tiny.equal, found(), ABOUT, lambda window: window.vwap)
