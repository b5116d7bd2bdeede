"""Arbitrage, front-runs, back-runs, liquidity just in time."""

from analytics.mev.blocks import POOL, Block
from argosy.analytics.mev import (
    find_arbitrage,
    find_back_runs,
    find_front_runs,
    find_just_in_time,
    find_sandwiches,
)
from argosy.model.trades import LiquidityMove

E = 10**20
OTHER = "0x" + "cc" * 20
WETH, USDC = "0x" + "ee" * 20, "0x" + "cd" * 20
TOKENS = {POOL: (WETH, USDC), OTHER: (WETH, USDC)}


def cycle(cheap: int = 11) -> Block:
    block = Block()
    block.swap("leader", 100 * E)
    bought = block.swap("searcher", 50 * E, forward=False, transaction="0xcc")
    sold = block.swap("searcher", bought.amount_out, transaction="0xcc", pool=OTHER)
    block.trades[-1] = msgspec_replace(sold, amount_out=50 * E * cheap // 10)
    return block


def msgspec_replace(trade, **fields):
    import msgspec

    return msgspec.structs.replace(trade, **fields)


def test_a_cycle_that_gains_is_arbitrage():
    block = cycle()
    (found,) = find_arbitrage(block.trades, TOKENS)
    assert found.pools == (POOL, OTHER)
    assert found.profit == {USDC: 5 * E}
    assert not find_arbitrage(cycle(cheap=9).trades, TOKENS)
    assert not find_arbitrage(block.trades, {POOL: (WETH, USDC)})


def test_a_cycle_after_somebody_is_a_back_run():
    block = cycle()
    (found,) = find_back_runs(block.trades, cycles={"0xcc"})
    assert (found.leader.sender, found.runner.sender, found.cycle) == ("leader", "searcher", True)
    (near,) = find_back_runs(block.trades)
    assert not near.cycle


def test_a_trade_much_later_or_the_same_way_is_no_back_run():
    block = Block()
    block.swap("leader", 100 * E)
    block.swap("elsewhere", 5 * E, pool=OTHER)
    block.swap("late", 5 * E, forward=False)
    block.swap("follower", 5 * E, forward=False)
    assert not find_back_runs(block.trades)


def test_the_parts_of_a_sandwich_are_told_once():
    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("victim", 100 * E)
    block.swap("attacker", front.amount_out, forward=False)
    sandwiches = find_sandwiches(block.trades)
    assert find_back_runs(block.trades)
    assert not find_back_runs(block.trades, sandwiches=sandwiches)


def test_who_came_later_and_went_first_ran_in_front():
    block = Block()
    runner = block.swap("runner", 100 * E, priority_fee=9)
    victim = block.swap("victim", 50 * E, priority_fee=2)
    seen = {victim.transaction: 1_000, runner.transaction: 1_500}
    (found,) = find_front_runs(block.trades, seen, curve_before=block.curve_before)
    assert (found.later_ns, found.runner, found.victim.trade) == (500, runner, victim)
    assert found.victim.loss > 0
    assert not find_front_runs(block.trades, {victim.transaction: 1_000})
    assert not find_front_runs(block.trades, {victim.transaction: 9, runner.transaction: 8})
    cheap = [msgspec_replace(runner, priority_fee=1), victim]
    assert not find_front_runs(cheap, seen)


def move(index: int, liquidity: int, sender: str = "provider", ticks=(0, 10)) -> LiquidityMove:
    return LiquidityMove(
        pool=POOL,
        protocol="uniswap_v3",
        block=1,
        position=index,
        index=index,
        transaction=f"0xfe{index}",
        sender=sender,
        contract="0x" + "fe" * 20,
        liquidity=liquidity,
        ticks=ticks,
    )


def test_liquidity_for_one_swap_alone():
    block = Block()
    block.swap("before", E)
    block.swap("unused", E)
    block.swap("served", E)
    served = block.trades[2]
    moves = [move(1, 500), move(3, -500)]
    (found,) = find_just_in_time(block.trades, moves)
    assert (found.provider, found.served) == ("provider", (served,))
    assert not find_just_in_time(block.trades, [move(1, 500), move(3, -400)])
    assert not find_just_in_time(block.trades, [move(1, 500), move(3, -500, ticks=(0, 20))])
    assert not find_just_in_time(block.trades, [move(5, 500), move(6, -500)])
    served_self = [move(1, 500, sender="served"), move(3, -500, sender="served")]
    assert not find_just_in_time(block.trades, served_self)
    strangers = [move(1, 500), move(3, -500, sender="another")]
    assert not find_just_in_time(block.trades, strangers, routers={"0x" + "fe" * 20})
