"""What follows from Bitcoin's values."""

from decimal import Decimal

import pytest

from argosy.model import Nanos
from argosy.model.bitcoin import (
    AddressState,
    BitcoinInput,
    BitcoinOutput,
    BitcoinTransaction,
    FeeForecast,
    WaitingTransaction,
)

NOW = Nanos(1)


def transaction(*inputs: BitcoinInput) -> BitcoinTransaction:
    outputs = tuple(
        BitcoinOutput(index=n, value=value, address="", kind="nulldata")
        for n, value in enumerate((5, 7))
    )
    return BitcoinTransaction(
        chain="test",
        txid="t",
        inputs=inputs,
        outputs=outputs,
        vsize=100,
        weight=400,
        received_ns=NOW,
    )


def test_new_coins_come_from_nowhere():
    assert transaction(BitcoinInput(txid="", index=0)).mined
    assert not transaction(BitcoinInput(txid="x", index=0)).mined
    assert not transaction().mined
    assert transaction().value == 12


def test_rates():
    waiting = WaitingTransaction(
        chain="test",
        txid="t",
        fee=282,
        vsize=141,
        ancestor_fee=300,
        ancestor_vsize=400,
        entered_s=1,
        received_ns=NOW,
    )
    assert (waiting.rate, waiting.package_rate) == (2, Decimal("0.75"))


@pytest.mark.parametrize(
    ("blocks", "rate"), [(1, 9), (2, 9), (3, 5), (5, 5), (6, 2), (1000, 2), (0, 9)]
)
def test_a_forecast_goes_by_the_nearest_target_that_is_not_later(blocks, rate):
    rates = ((2, Decimal(9)), (3, Decimal(5)), (6, Decimal(2)))
    forecast = FeeForecast(
        chain="test", rates=rates, floor=Decimal(1), source="node", received_ns=NOW
    )
    assert forecast.rate(blocks) == rate


def test_without_a_forecast_there_is_no_rate():
    forecast = FeeForecast(chain="test", rates=(), floor=Decimal(1), source="node", received_ns=NOW)
    assert forecast.rate(6) is None


def test_a_balance_is_what_blocks_left_there():
    state = AddressState(
        chain="test",
        address="a",
        received=100,
        spent=40,
        transaction_count=3,
        waiting_received=7,
        waiting_spent=60,
        waiting_count=1,
        received_ns=NOW,
    )
    assert state.balance == 60
