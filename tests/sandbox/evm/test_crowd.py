"""The actors: the same seed makes the same blocks, and each does what it is for."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from argosy.sandbox.evm.pools import Pools, v2_arbitrage, v2_out
from sandbox.evm.chains import missing

BLOCKS = 15


@pytest.fixture(scope="module", autouse=True)
def there_is_a_chain():
    if why := missing():
        pytest.skip(why)


def lived(settings: CrowdSettings, blocks: int = BLOCKS) -> tuple[list[Any], Crowd]:
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, settings)
        crowd.open()
        return [crowd.step() for _ in range(blocks)], crowd


def test_the_same_seed_makes_the_same_blocks_and_another_does_not():
    one, _ = lived(CrowdSettings(seed=5))
    again, _ = lived(CrowdSettings(seed=5))
    other, _ = lived(CrowdSettings(seed=6))
    assert one == again
    assert one[-1].hash != other[-1].hash


def test_everyone_does_what_they_are_for():
    reports, crowd = lived(CrowdSettings(seed=7, whale_rate=0.3, provider_rate=0.4), 25)
    assert {"swap", "whale", "mint", "add", "arbitrage", "sandwich"} <= set(crowd.totals)
    total = sum(sum(report.kinds.values()) for report in reports)
    assert sum(report.reverted for report in reports) < total / 10
    assert [report.number for report in reports] == list(
        range(reports[0].number, reports[0].number + 25)
    )


def worth(chain: EvmChain, role: str) -> Decimal:
    """What somebody has, in USD of the first prices; the gas paid is not counted."""
    found = Decimal(0)
    for symbol, token in chain.layout.tokens.items():
        units = chain.contract(f"token.{symbol}").call("balanceOf", chain.layout.accounts[role])
        found += Decimal(units).scaleb(-token.decimals) * token.usd
    return found


def test_a_sandwich_pays_and_its_victim_gets_no_less_than_insisted_on():
    quiet = CrowdSettings(
        swapper_rate=0, whale_rate=0, provider_rate=0, arbitrage=False, sandwich=True
    )
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, quiet)
        crowd.open()
        pools = Pools(chain)
        pool = chain.layout.pool("uniswap_v2", "WETH", "USDC")
        amount = chain.layout.tokens["WETH"].worth(Decimal(400_000))
        quoted = pools.quote(pool, "WETH", "USDC", amount)
        least = quoted * 98 // 100
        before = worth(chain, "sandwicher")
        purse = chain.contract("token.USDC")
        had = purse.call("balanceOf", chain.layout.accounts["whale_a"])
        pools.swap("whale_a", "whale", pool, "WETH", "USDC", amount=amount, least=least)
        report = crowd.step()
        got = purse.call("balanceOf", chain.layout.accounts["whale_a"]) - had
        assert report.kinds["sandwich"] == 2
        assert report.reverted == 0
        assert least <= got < quoted
        assert got - least < quoted // 100_000  # all of the room was taken
        assert worth(chain, "sandwicher") > before + 1_000


def test_no_sandwich_where_there_is_no_room():
    quiet = CrowdSettings(swapper_rate=0, whale_rate=0, provider_rate=0, arbitrage=False)
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, quiet)
        crowd.open()
        pools = Pools(chain)
        pool = chain.layout.pool("uniswap_v2", "WETH", "USDC")
        amount = chain.layout.tokens["WETH"].worth(Decimal(400_000))
        least = pools.quote(pool, "WETH", "USDC", amount)
        pools.swap("whale_a", "whale", pool, "WETH", "USDC", amount=amount, least=least)
        assert "sandwich" not in crowd.step().kinds


def test_the_arbitrageur_keeps_every_pool_near_the_fair_price():
    still = CrowdSettings(
        swapper_rate=0, whale_rate=0, provider_rate=0, sandwich=False, volatility=1e-9
    )
    within = Decimal("0.0075")  # the fee of 0.3 %, and what is not worth a trade in a small pool
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, still)
        crowd.open()
        assert crowd.step().kinds["arbitrage"] >= 3  # SushiSwap begins off the price
        assert not crowd.step().kinds  # then there is nothing left to take
        pools = Pools(chain)
        for pool in pools.v2:
            first, second = (chain.layout.tokens[s] for s in (pool.token0, pool.token1))
            have, other = pools.reserves(pool, pool.token0)
            price = Decimal(other).scaleb(-second.decimals) / Decimal(have).scaleb(-first.decimals)
            assert abs(price / (first.usd / second.usd) - 1) < within, pool.label


def test_the_actors_trade_and_provide_in_pools_of_v4():
    busy = CrowdSettings(seed=11, swapper_rate=1, provider_rate=1, sandwich=False)
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, busy)
        crowd.open()
        pools = Pools(chain)
        managed = pools.managed
        before = {pool.label: (managed.slot0(pool), managed.liquidity(pool)) for pool in pools.v4}
        for _ in range(12):
            crowd.step()
        moved, deeper = set(), set()
        for pool in pools.v4:
            (price, _), liquidity = before[pool.label]
            moved |= {pool.label} if managed.slot0(pool)[0] != price else set()
            deeper |= {pool.label} if managed.liquidity(pool) > liquidity else set()
        assert len(moved) == len(pools.v4) == 3
        assert deeper
        filters = {"fromBlock": "0x0", "toBlock": "latest"}
        manager = chain.layout.contracts["uniswap_v4.pools"]
        logs = chain.link.call("eth_getLogs", filters | {"address": manager})
        assert len(logs) > 20


def test_the_arbitrageur_brings_pools_of_v4_to_the_fair_price():
    still = CrowdSettings(
        swapper_rate=0, whale_rate=0, provider_rate=0, sandwich=False, volatility=1e-9
    )
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, still)
        crowd.open()
        crowd.step()
        pools = Pools(chain)
        pool = next(pool for pool in pools.v4 if (pool.token0, pool.fee) == ("ETH", 500))
        fair = pools.price_x96(pool)
        for give, get, amount in (("ETH", "USDC", 400 * 10**18), ("USDC", "ETH", 2 * 10**12)):
            pools.swap("whale_a", "whale", pool, give, get, amount=amount, least=0)
            crowd.step()
            off = abs(Decimal(pools.price_x96(pool)) / fair - 1)
            assert off > Decimal("0.0004")  # in square roots
            for _ in range(6):
                if "arbitrage" not in crowd.step().kinds:
                    break
            assert abs(Decimal(pools.price_x96(pool)) / fair - 1) < Decimal("0.0006")


def test_nobody_needs_a_chain_that_mines_by_itself(chain):
    with pytest.raises(AssertionError, match="mine=False"):
        Crowd(chain)


UNITS = st.integers(10**12, 10**26)


@given(UNITS, UNITS, UNITS, UNITS)
def test_the_arbitrage_formula_finds_the_best_amount(have, other, fair_in, fair_out):
    def profit(amount: int) -> int:
        return v2_out(amount, have, other) * fair_in - amount * fair_out

    best = v2_arbitrage(have, other, fair_in, fair_out)
    room = fair_in + fair_out  # a unit more or less is rounding
    for amount in (0, best * 99 // 100, best * 101 // 100, best // 2, best * 2, best + 10**9):
        assert profit(amount) <= profit(best) + 2 * room
