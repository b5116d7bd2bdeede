"""The outlook for gas: what is certain, what is bounded, and how waiting counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Head, Nanos, PendingTransaction
from argosy.net.chain_fees import GWEI, HISTORY_BLOCKS, PERCENTILES, next_base_fee, read_history
from argosy.net.gas_forecast import forecast
from argosy.net.heads import HeadFollower
from net.nodes import ask, client, node


def head(number: int = 10, *, used: int = 15, limit: int = 30, base: int = 100) -> Head:
    return Head(
        chain="test",
        number=number,
        hash=f"0x{number:064x}",
        parent=f"0x{number - 1:064x}",
        timestamp_s=1_000 + 2 * number,
        base_fee=base * GWEI,
        gas_used=used * 1_000_000,
        gas_limit=limit * 1_000_000,
        received_ns=Nanos(0),
    )


HISTORY = read_history(
    {
        "baseFeePerGas": [hex(100 * GWEI)] * 2,
        "gasUsedRatio": [0.5],
        "reward": [[hex(1 * GWEI), hex(2 * GWEI), hex(9 * GWEI)]],
    }
)


def waits(tip: int, gas: int = 1_000_000, most: int = 500) -> PendingTransaction:
    return PendingTransaction(
        chain="test",
        hash="0x1",
        sender="0xa",
        gas=gas,
        max_fee=most * GWEI,
        priority_fee=tip * GWEI,
        received_ns=Nanos(0),
    )


def test_the_next_base_fee_is_by_the_rule_and_the_rest_is_bounded():
    told = forecast([head(9, used=30), head(10, used=30)], HISTORY)
    assert told.base_fee == next_base_fee(100 * GWEI, 30_000_000, 30_000_000) == 112_500_000_000
    assert (told.fullness, told.block_s) == (1.0, 2.0)
    one, *later = told.ahead
    assert one.least == one.usual == one.most == told.base_fee
    for each in later:
        assert each.least < each.usual == each.most
    calm = forecast([head(used=15)], HISTORY, block_s=12)
    assert calm.ahead[-1].usual == calm.base_fee
    assert calm.block_s == 12


def test_who_offers_more_waits_less():
    queue = [waits(5)] * 70 + [waits(1)] * 30 + [waits(50, most=10)] * 7
    told = forecast([head()], HISTORY, queue)
    assert (told.waiting, told.priced_out) == (107, 7)
    slow, usual, fast = told.offers
    assert (fast.priority_fee, fast.blocks) == (9 * GWEI, 1)
    assert usual.blocks == 1 + 70 // 30
    assert slow.blocks == 1 + 100 // 30
    assert slow.seconds == slow.blocks * told.block_s
    assert fast.max_fee == 2 * told.base_fee + 9 * GWEI


def test_what_is_too_far_is_not_told():
    told = forecast([head()], HISTORY, [waits(50, gas=10**10)])
    assert told.offers[0].blocks == 0


def test_without_a_block_there_is_none():
    with pytest.raises(ValueError, match="no block"):
        forecast([], HISTORY)


@given(st.integers(1, 30), st.integers(0, 10**6), st.lists(st.integers(0, 30), max_size=30))
def test_the_real_base_fee_stays_within_the_bounds(used, base, later):
    told = forecast([head(used=used, base=base)], HISTORY)
    fee = told.base_fee
    for blocks, gas in enumerate(later, 2):
        fee = next_base_fee(fee, gas * 1_000_000, 30_000_000)
        for each in told.ahead:
            if each.blocks == blocks:
                assert each.least <= fee <= each.most


async def test_of_a_real_node_the_forecast_of_the_next_base_fee_comes_true():
    with node() as one:
        sender = (await ask(one.url, "eth_accounts"))[0]
        async with client(one.url) as rpc:
            follower = HeadFollower(rpc)
            for _ in range(4):
                fields = {"from": sender, "to": sender, "value": "0x1"}
                await ask(one.url, "eth_sendTransaction", fields)
                await ask(one.url, "evm_mine")
                await follower.poll()
                told = await rpc.call(
                    "eth_feeHistory", hex(HISTORY_BLOCKS), "latest", list(PERCENTILES)
                )
                outlook = forecast([follower.tracker.tip], read_history(told))
                await ask(one.url, "evm_mine")
                await follower.poll()
                assert follower.tracker.tip.base_fee == outlook.base_fee
