"""Fees forecast from a pool, held against blocks that are filled one transaction at a time."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Nanos
from argosy.model.bitcoin import WaitingTransaction
from argosy.sources.bitcoin.fees import projected

FLOOR = Decimal(1)


def entry(fee, vsize, *, ancestor_fee=None, ancestor_vsize=None, name="t"):
    return WaitingTransaction(
        chain="test",
        txid=name,
        fee=fee,
        vsize=vsize,
        ancestor_fee=fee if ancestor_fee is None else ancestor_fee,
        ancestor_vsize=vsize if ancestor_vsize is None else ancestor_vsize,
        entered_s=1,
        received_ns=Nanos(1),
    )


def forecast(waiting, targets=(1, 2, 3), block_vsize=300):
    return projected(
        waiting,
        targets,
        chain="test",
        floor=FLOOR,
        received_ns=Nanos(1),
        block_vsize=block_vsize,
    )


def test_an_empty_pool_asks_for_the_floor():
    assert forecast([]).rates == ((1, FLOOR), (2, FLOOR), (3, FLOOR))
    assert forecast([], ()).rate(1) is None


def test_the_first_that_does_not_fit_sets_the_rate():
    pool = [entry(rate * 100, 100) for rate in (9, 8, 7, 6, 5, 4, 3)]
    assert forecast(pool).rates == ((1, Decimal(6)), (2, Decimal(3)), (3, FLOOR))


def test_who_waits_for_cheap_parents_counts_at_the_packages_rate():
    dear = entry(5_000, 100, ancestor_fee=5_100, ancestor_vsize=1_000)
    assert forecast([dear, entry(700, 100)], (1,), 150).rates == ((1, Decimal("5.1")),)


@given(
    st.lists(st.tuples(st.integers(1, 50), st.integers(50, 300)), max_size=30),
    st.integers(300, 1_000),
)
def test_rates_fall_with_patience_and_get_in(pool, block_vsize):
    waiting = [entry(rate * vsize, vsize) for rate, vsize in pool]
    told = forecast(waiting, (1, 2, 3, 5), block_vsize)
    rates = [rate for _, rate in told.rates]
    assert rates == sorted(rates, reverse=True)
    for target, rate in told.rates:
        better = sum(vsize for each, vsize in pool if each > rate)
        assert better <= target * block_vsize  # who pays the rate finds only these before
