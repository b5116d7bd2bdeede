"""Trades out of logs of all three families, and the pools just before them; and of other bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.jsonrpc import read_head
from argosy.dialects.evm.logs import Log
from argosy.dialects.evm.receipts import read_receipts
from argosy.dialects.evm.trades import Receipt, read_block
from argosy.dialects.evm.transfers import read_transfers
from argosy.dialects.uniswap_v2 import events as v2
from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, amount_out
from argosy.dialects.uniswap_v3 import events as v3
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.dialects.uniswap_v4 import events as v4
from argosy.errors import VenueUnavailable, WireError
from argosy.model import Head

POOL, MANAGER, WHO = "0x" + "aa" * 20, "0x" + "bb" * 20, "0x" + "0" * 24 + "cc" * 20
ID = "0x" + "1d" * 32


def topic(events, name: str) -> str:
    return next(t for t, each in events.by_topic.items() if each.signature.startswith(name + "("))


def words(*values: int) -> str:
    return "0x" + "".join((value % (1 << 256)).to_bytes(32, "big").hex() for value in values)


def log(address: str, topics: list[str], data: str, index: int) -> Log:
    return Log(
        address=address,
        topics=tuple(topics),
        data=data,
        block_number="0x7",
        block_hash="0x" + "00" * 32,
        transaction_hash="0x" + f"{index:064x}",
        log_index=hex(index),
    )


def receipt(position: int, *logs: Log, sender: str = "someone") -> Receipt:
    return Receipt(f"0x{position:064x}", position, sender, "router", 5, logs)


def v3_swap(index: int, quote, *, forward: bool, pool: str = POOL) -> Log:
    came, went = quote.amount_in, -quote.amount_out
    amounts = (came, went) if forward else (went, came)
    data = words(*amounts, quote.sqrt_price, quote.liquidity, quote.tick)
    return log(pool, [topic(v3.POOL_EVENTS, "Swap"), WHO, WHO], data, index)


def test_a_pair_s_trades_and_the_reserves_before_each():
    reserves = [10**21, 3 * 10**21]
    logs, before, outs = [], [], []
    rng = random.Random(5)
    for place in range(6):
        forward = rng.random() < 0.5
        amount = rng.randint(10**17, 10**20)
        given, got = (0, 1) if forward else (1, 0)
        before.append(tuple(reserves))
        out = amount_out(amount, reserves[given], reserves[got], UNISWAP_FEE)
        outs.append((forward, amount, out))
        reserves[given] += amount
        reserves[got] -= out
        sync = log(POOL, [topic(v2.PAIR_EVENTS, "Sync")], words(*reserves), 2 * place)
        moved = (amount, 0, 0, out) if forward else (0, amount, out, 0)
        swap = log(POOL, [topic(v2.PAIR_EVENTS, "Swap"), WHO, WHO], words(*moved), 2 * place + 1)
        logs.append(receipt(place, sync, swap))
    seen = read_block(7, "0xb7", logs)
    assert [(t.forward, t.amount_in, t.amount_out) for t in seen.block.trades] == outs
    assert [t.position for t in seen.block.trades] == list(range(6))
    curves = [seen.curves[trade.place] for trade in seen.block.trades]
    assert [(curve.reserve0, curve.reserve1) for curve in curves] == before
    for curve, (forward, amount, out) in zip(curves, outs, strict=True):
        assert curve.swap(amount, forward=forward)[0] == out
    assert not read_block(7, "0xb7", logs, pools={MANAGER}).block.trades


@pytest.mark.parametrize("fee", [500, 3_000])
def test_a_concentrated_pool_is_known_where_its_trades_met_one_liquidity(fee):
    pool = ConcentratedPool(fee=fee, spacing=10)
    pool.initialise(sqrt_price_at(1_000))
    pool.modify(-10_000, 10_000, 10**24)
    start = (pool.core.sqrt_price, pool.core.liquidity)
    fresh = ConcentratedPool(fee=fee, spacing=10)
    fresh.initialise(pool.core.sqrt_price)
    fresh.modify(-10_000, 10_000, 10**24)
    front, _ = pool.swap(10**22, zero_for_one=True, exact_in=True)
    victim, _ = pool.swap(10**21, zero_for_one=True, exact_in=True)
    logs = [
        receipt(0, v3_swap(0, front, forward=True)),
        receipt(1, v3_swap(1, victim, forward=True)),
    ]
    seen = read_block(7, "0xb7", logs, before={POOL: start})
    first, second = seen.block.trades
    fair, _ = fresh.swap(10**21, zero_for_one=True, exact_in=True)
    out, after = seen.curves[first.place].swap(10**21, forward=True)
    assert out == fair.amount_out > second.amount_out
    assert after.swap(10**15, forward=True)[0] > 0
    assert seen.curves[second.place].swap(10**21, forward=True)[0] == victim.amount_out
    with pytest.raises(ValueError, match="leads beyond"):
        seen.curves[first.place].swap(10**23, forward=True)
    assert seen.states[POOL] == (victim.sqrt_price, victim.liquidity)
    unknown = read_block(7, "0xb7", logs)
    assert first.place not in unknown.curves  # the price before is not known
    assert second.place in unknown.curves


def test_a_trade_through_other_liquidity_tells_nothing():
    pool = ConcentratedPool(fee=500, spacing=10)
    pool.initialise(sqrt_price_at(0))
    pool.modify(-10_000, 10_000, 10**22)
    pool.modify(-20, -10, 10**24)  # met on the way, and left behind
    start = (pool.core.sqrt_price, pool.core.liquidity)
    quote, _ = pool.swap(10**21, zero_for_one=True, exact_in=True)
    assert quote.liquidity == start[1]
    logs = [receipt(0, v3_swap(0, quote, forward=True))]
    assert not read_block(7, "0xb7", logs, before={POOL: start}).curves


def test_v4_trades_are_told_from_the_pool_s_side():
    data = words(-1_000, 900, 2**96, 10**20, 0, 3_000)
    swap = log(MANAGER, [topic(v4.MANAGER_EVENTS, "Swap"), ID, WHO], data, 0)
    moved = words(-60, 60, 10**18, 0)
    added = log(MANAGER, [topic(v4.MANAGER_EVENTS, "ModifyLiquidity"), ID, WHO], moved, 1)
    seen = read_block(7, "0xb7", [receipt(0, swap, added)])
    (trade,) = seen.block.trades
    assert (trade.pool, trade.forward, trade.amount_in, trade.amount_out) == (ID, True, 1_000, 900)
    (move,) = seen.block.moves
    assert (move.pool, move.ticks, move.liquidity) == (ID, (-60, 60), 10**18)
    assert ID not in seen.states  # the liquidity there may be another now


def test_what_only_looks_like_a_pool_s_log_is_left_out():
    short = log(POOL, [topic(v3.POOL_EVENTS, "Swap"), WHO, WHO], words(1), 0)
    nothing = log(POOL, [], "0x", 1)
    other = log(POOL, ["0x" + "99" * 32], "0x", 2)
    empty = log(POOL, [topic(v3.POOL_EVENTS, "Swap"), WHO, WHO], words(0, 0, 1, 1, 0), 3)
    seen = read_block(7, "0xb7", [receipt(0, short, nothing, other, empty)])
    assert not seen.block.trades


def test_transfers_of_tokens_and_not_of_nfts():
    name = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    token = log(POOL, [name, WHO, WHO], words(7), 0)
    nft = log(POOL, [name, WHO, WHO, words(7)], "0x", 1)
    (found,) = read_transfers([token, nft])
    assert (found.token, found.sender, found.amount) == (POOL, "0x" + "cc" * 20, 7)


HEAD: Head = read_head(
    {
        "number": "0x7",
        "hash": "0x" + "07" * 32,
        "parentHash": "0x" + "06" * 32,
        "timestamp": "0x1",
        "baseFeePerGas": "0x5",
        "gasUsed": "0x1",
        "gasLimit": "0x2",
    },
    "test",
    0,
)
ROW = {
    "transactionHash": "0x" + "11" * 32,
    "transactionIndex": "0x0",
    "blockHash": HEAD.hash,
    "from": "0x" + "AA" * 20,
    "to": None,
    "status": "0x0",
    "effectiveGasPrice": "0x9",
    "logs": [],
}


def test_receipts():
    told = read_receipts([ROW], HEAD)
    (one,) = told.receipts
    assert (one.sender, one.contract, one.priority_fee) == ("0x" + "aa" * 20, "", 4)
    assert told.failed == {"0x" + "11" * 32}
    for gone in (None, [None]):
        with pytest.raises(VenueUnavailable):
            read_receipts(gone, HEAD)
    with pytest.raises(WireError, match="a receipt of block"):
        read_receipts([ROW | {"blockHash": "0x" + "08" * 32}], HEAD)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ROW]), inner),
    max_leaves=12,
)


@given(JUNK)
def test_of_any_answer_only_known_errors_come(told):
    try:
        read_receipts(told, HEAD)
    except (WireError, VenueUnavailable):
        return


@given(st.data())
def test_of_any_log_with_a_known_topic_nothing_breaks(data):
    topics = [*v2.PAIR_EVENTS.by_topic, *v3.POOL_EVENTS.by_topic, *v4.MANAGER_EVENTS.by_topic]
    logs = []
    for index in range(data.draw(st.integers(1, 5))):
        count = data.draw(st.integers(0, 3))
        rest = [data.draw(st.sampled_from([WHO, ID, words(5), "0x", "zz"])) for _ in range(count)]
        values = data.draw(st.lists(st.integers(-(2**255), 2**255 - 1), max_size=6))
        logs.append(log(POOL, [data.draw(st.sampled_from(topics)), *rest], words(*values), index))
    read_block(7, "0xb7", [receipt(0, *logs)], before={POOL: (2**96, 10**18)})
