"""The same on the node that is there without anvil: swaps of every exchange, v4 among them, and
trials of tokens.
"""

import pytest

from argosy.sandbox.evm import local
from desk import test_pools as pools
from desk import test_token_trials as trials
from sandbox.evm.chains import missing, no_anvil

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]


@pytest.fixture(autouse=True)
def without_anvil(monkeypatch):
    if why := missing():
        pytest.skip(why)
    monkeypatch.setattr(local, "find_anvil", no_anvil)


async def test_orders_are_swaps_and_everything_agrees_with_the_chain(tmp_path):
    assert any("@v4" in instrument for instrument, _ in pools.CASES)
    await pools.test_orders_are_swaps_and_everything_agrees_with_the_chain(tmp_path)


async def test_a_swap_that_waits_can_be_cancelled(tmp_path):
    await pools.test_a_swap_that_waits_can_be_cancelled(tmp_path)


async def test_what_cannot_be_sold_or_takes_a_fee_is_refused(tmp_path, monkeypatch):
    await trials.test_what_cannot_be_sold_or_takes_a_fee_is_refused(tmp_path, monkeypatch, ())


async def test_where_nothing_can_be_tried_the_settings_must_say_so(tmp_path, monkeypatch):
    await trials.test_where_no_node_can_try_the_settings_must_say_so(tmp_path, monkeypatch)
