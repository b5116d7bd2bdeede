"""Fees by EIP-1559, checked against blocks that a real node made."""

import itertools

import pytest

from argosy.dialects.evm.jsonrpc import read_head
from argosy.errors import WireError
from argosy.net.chain_fees import (
    GWEI,
    HISTORY_BLOCKS,
    PERCENTILES,
    Fees,
    next_base_fee,
    read_history,
)
from net.nodes import client, node

NOBODY = "0x" + "00" * 20


@pytest.mark.parametrize(
    ("used", "expected"),
    [
        (15_000_000, 1_000_000_000),  # as aimed at: the same
        (30_000_000, 1_125_000_000),  # full: an eighth more
        (0, 875_000_000),  # empty: an eighth less
        (15_000_001, 1_000_000_008),
    ],
)
def test_the_next_base_fee_is_the_chains_rule(used, expected):
    assert next_base_fee(1_000_000_000, used, 30_000_000) == expected


def test_a_tiny_fee_still_rises():
    assert next_base_fee(1, 30_000_000, 30_000_000) == 2


async def test_a_real_node_computes_the_same_for_every_block():
    """Blocks from full to empty; the first one's parent is the genesis, where anvil has no rule."""
    with node(mine=False) as one:
        async with client(one.url) as rpc:
            sender = (await rpc.call("eth_accounts"))[0]
            await rpc.call("anvil_setBlockGasLimit", hex(2_100_000))
            for transfers in (90, 100, 50, 9, 0, 0, 0, 0, 0):
                for _ in range(transfers):
                    fields = {"from": sender, "to": NOBODY, "gas": hex(21_000), "value": "0x1"}
                    fields |= {"maxFeePerGas": hex(50 * GWEI), "maxPriorityFeePerGas": hex(GWEI)}
                    await rpc.call("eth_sendTransaction", fields)
                await rpc.call("evm_mine")
            heads = [
                read_head(await rpc.call("eth_getBlockByNumber", hex(number), False), "test", 0)
                for number in range(1, 10)
            ]
            told = await rpc.call("eth_feeHistory", hex(HISTORY_BLOCKS), "latest", PERCENTILES)
    assert max(head.gas_used for head in heads) == 2_100_000
    for before, after in itertools.pairwise(heads):
        assert after.base_fee == next_base_fee(before.base_fee, before.gas_used, before.gas_limit)
    last = heads[-1]
    fees = read_history(told)
    expected = next_base_fee(last.base_fee, last.gas_used, last.gas_limit)
    for quote in fees.values():
        assert quote.base_fee == expected
        assert quote.priority_fee == GWEI  # all paid this; empty blocks do not count
        assert quote.max_fee == 2 * expected + GWEI


def test_a_history_of_empty_blocks_gives_the_least():
    told = {
        "baseFeePerGas": ["0x64", "0x64", "0x58"],
        "gasUsedRatio": [0, 0],
        "reward": [["0x0"] * 3] * 2,
    }
    assert read_history(told, least_priority=7)[50.0] == Fees(
        base_fee=0x58, priority_fee=7, max_fee=2 * 0x58 + 7
    )


@pytest.mark.parametrize(
    "told",
    [
        None,
        {},
        {"baseFeePerGas": []},
        {"baseFeePerGas": ["x"], "gasUsedRatio": []},
        {"baseFeePerGas": ["0x1"], "gasUsedRatio": [1], "reward": [["0x1"]]},
        {"baseFeePerGas": ["0x1"], "gasUsedRatio": 5, "reward": []},
    ],
)
def test_other_histories_are_refused(told):
    with pytest.raises(WireError):
        read_history(told)


@pytest.mark.parametrize("fee", [0, 1, 9, 1_000, 123_456_789])
def test_a_bump_is_never_too_small(fee):
    offer = Fees(base_fee=1, priority_fee=fee, max_fee=2 * fee + 1)
    more = offer.bumped()
    for before, after in ((fee, more.priority_fee), (2 * fee + 1, more.max_fee)):
        assert after > before
        assert after * 1_000 >= before * 1_125
