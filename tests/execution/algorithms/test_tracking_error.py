"""Tracking error on real trades: Binance spot, six minutes up to midnight of 2024-08-08 UTC."""

from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from argosy.model import Instrument, InstrumentId, InstrumentKind, Side, VenueId
from argosy.testing.recordings import missing
from argosy.testing.replayed import binance_spot
from argosy.testing.tracking import Contenders, error_bps, windows

D = Decimal
PARTS = 24
pytestmark = pytest.mark.recordings


@cache
def recorded(path: Path):
    return windows(list(binance_spot(path)), length_s=120, every_s=10, after_s=120, step_s=1)


def about(base: str) -> Instrument:
    return Instrument(
        id=InstrumentId(f"binance:{base}/USDT"),
        venue=VenueId("binance"),
        venue_symbol=f"{base}USDT",
        kind=InstrumentKind.SPOT,
        base=base,
        quote="USDT",
        price_increment=D("0.01"),
        size_increment=D("0.00001"),
        min_size=D("0.00001"),
    )


@pytest.fixture(params=["BTC", "ETH"])
def errors(request: pytest.FixtureRequest, recordings: Path):
    path = recordings / "market" / f"binance_spot_{request.param.lower()}usdt_20240808.txt.zst"
    if why := missing(path):
        pytest.skip(why)
    instrument, over = about(request.param), recorded(path)
    contenders = Contenders(instrument, Side.BUY, D(1), PARTS)

    def of(name, benchmark, **more):
        make = getattr(contenders, name)
        return error_bps(lambda window: make(window, **more), over, instrument, benchmark)

    return of


def vwap(window):
    return window.vwap


def twap(window):
    return window.twap


def test_equal_parts_keep_to_the_average_over_time(errors) -> None:
    assert errors("equal", twap) < errors("at_once", twap) / 10


def test_participation_keeps_to_the_market_better_than_equal_parts(errors) -> None:
    equal = errors("equal", vwap)
    assert errors("participating", vwap) < equal < errors("at_once", vwap) / 2


def test_a_curve_is_worth_what_it_knows(errors) -> None:
    """One that knew every volume beats equal parts. Six minutes teach no shape of a day, so the
    one that learns from them must do as well as equal parts, give or take; and far better than all
    at once.
    """
    equal = errors("equal", vwap)
    assert errors("by_foresight", vwap) < equal
    for live in (False, True):
        learnt = errors("by_curve", vwap, live=live)
        assert learnt < equal * 1.1
        assert learnt < errors("at_once", vwap) / 2
