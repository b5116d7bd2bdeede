"""A v2 pair from its logs: in step, through reorganisations, and honest when logs are missing."""

import msgspec
import pytest

from argosy.dialects.evm.logs import Log
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS
from argosy.dialects.uniswap_v2.tracking import TrackedPair
from argosy.errors import StreamGap, WireError
from dialects.writing import POOL, Writer


def swapped(write, reserves, **amounts):
    """The two logs of a swap."""
    change = (
        amounts.get("amount0_in", 0) - amounts.get("amount0_out", 0),
        amounts.get("amount1_in", 0) - amounts.get("amount1_out", 0),
    )
    after = (reserves[0] + change[0], reserves[1] + change[1])
    sync = write("Sync", reserve0=after[0], reserve1=after[1])
    return [sync, write("Swap", **amounts)], after


def story():
    write = Writer(PAIR_EVENTS)
    logs = [
        write("Sync", reserve0=1_000, reserve1=4_000),
        write("Mint", amount0=1_000, amount1=4_000),
    ]
    more, after = swapped(write, (1_000, 4_000), amount0_in=100, amount1_out=300)
    logs += more
    more, after = swapped(write, after, amount1_in=50, amount0_out=10, amount1_out=3)
    logs += more
    logs += [
        write("Sync", reserve0=after[0] - 90, reserve1=after[1] - 77),
        write("Burn", amount0=90, amount1=77),
    ]
    return logs, (after[0] - 90, after[1] - 77), write


def test_reserves_are_those_of_the_last_sync_and_quotes_use_them():
    logs, reserves, _ = story()
    pair = TrackedPair(POOL.upper().replace("0X", "0x"))
    for log in [*logs, *logs]:  # told twice is told once
        pair.apply(log)
    assert pair.reserves == reserves
    assert pair.quote(100, zero_for_one=True, exact_in=True) == (
        100 * 997 * reserves[1] // (reserves[0] * 1000 + 100 * 997)
    )
    assert pair.quote(100, zero_for_one=False, exact_in=False) == (
        reserves[1] * 100 * 1000 // ((reserves[0] - 100) * 997) + 1
    )


@pytest.mark.parametrize("oldest_first", [True, False])
@pytest.mark.parametrize("kept", range(0, 8, 2))
def test_dropped_blocks_are_taken_back(kept, oldest_first):
    logs, _, _ = story()
    pair = TrackedPair(POOL)
    states = []
    for log in logs:
        states.append((pair.reserves, pair.before))
        pair.apply(log)
    dropped = [msgspec.structs.replace(log, removed=True) for log in logs[kept:]]
    for log in dropped if oldest_first else reversed(dropped):
        pair.apply(log)
    assert (pair.reserves, pair.before) == states[kept]
    for log in logs[kept:]:
        pair.apply(msgspec.structs.replace(log, block_hash=log.block_hash[:-1] + "f"))
    assert pair.reserves == story()[1]


def test_a_swap_whose_sync_was_lost_is_a_gap():
    logs, _, _ = story()
    pair = TrackedPair(POOL)
    for log in logs[:2]:
        pair.apply(log)
    with pytest.raises(StreamGap, match="without its Sync"):
        pair.apply(logs[3])


def test_a_swap_that_does_not_explain_the_reserves_is_a_gap():
    logs, reserves, write = story()
    pair = TrackedPair(POOL)
    for log in logs:
        pair.apply(log)
    pair.apply(write("Sync", reserve0=reserves[0] + 100, reserve1=reserves[1] - 9))
    with pytest.raises(StreamGap, match="a reserve is"):
        pair.apply(write("Swap", amount0_in=99, amount1_out=9))


def test_a_token_that_shrinks_by_itself_is_no_gap():
    logs, reserves, write = story()
    pair = TrackedPair(POOL)
    for log in logs:
        pair.apply(log)
    pair.apply(write("Sync", reserve0=reserves[0] + 100, reserve1=reserves[1] - 9 - 5))
    pair.apply(write("Swap", amount0_in=100, amount1_out=9))
    assert pair.reserves == (reserves[0] + 100, reserves[1] - 14)


def test_anothers_log_is_refused_and_an_unknown_one_passed_over():
    pair = TrackedPair(POOL)
    with pytest.raises(WireError, match="a log of"):
        pair.apply(Log(address="0x11", topics=(), data="0x"))
    assert pair.apply(Log(address=POOL, topics=("0x" + "00" * 32,), data="0x")) is None
