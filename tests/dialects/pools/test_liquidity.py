"""Liquidity on the published contracts: what is computed is taken, held, earned and paid."""

from decimal import Decimal

import pytest

from argosy.analytics.liquidity import against_holding, loss_at, pair_without_fees
from argosy.desk.liquidity_asked import sides
from argosy.dialects.pools.liquidity import pool_state, price_of, ticks_of
from argosy.dialects.pools.liquidity_deeds import add_deed, take_deed
from argosy.dialects.pools.provided import entries, put_in, taken_out
from argosy.dialects.pools.providing import adding_to_pair, adding_to_range, taking
from argosy.dialects.pools.reverts import reason
from argosy.errors import ConfigError, Reverted
from argosy.sandbox.evm.local import EvmChain
from dialects.pools.chain import Followed
from dialects.pools.provider import LATER_S, SLIPPAGE, V3, gas_paid, sent_gas, world

D = Decimal


@pytest.fixture(scope="module")
def chain():
    with EvmChain() as chain:
        yield chain


@pytest.fixture(scope="module")
def boards(chain):
    return {name: Followed(chain, name).pools.board for name in ("uniswap", "sushiswap")}


@pytest.mark.parametrize("venue", ["uniswap", "sushiswap"])
async def test_what_is_computed_is_what_happens(chain, boards, tmp_path, venue):
    async with world(chain, boards, tmp_path, venue) as it:
        spec = it.spec(V3)
        price = price_of(spec, (await it.client.ask(pool_state(spec))).sqrt_price)
        give = 0 if spec.base_token is spec.token0 else 1
        amounts = (10**18, None) if give == 0 else (None, 10**18)
        before = it.balances(spec)
        adding, came, done = await it.open(spec, price * D("0.95"), price * D("1.05"), amounts)
        assert came.amounts == adding.expected
        assert came.liquidity == adding.liquidity
        after = it.balances(spec)
        spent = [b - a for b, a in zip(before, after, strict=True)]
        gas = sum(sent_gas(it, name) for name in it.client.sender.transactions)
        spent[give] -= gas  # the base is the chain's own currency
        assert tuple(spent) == came.amounts

        (position,) = await it.positions()
        assert (position.token_id, position.fees) == (came.token_id, (0, 0))
        assert position.in_range
        low, high = position.range
        assert abs(low / (price * D("0.95")) - 1) < D("0.0006")
        assert abs(high / (price * D("1.05")) - 1) < D("0.0006")
        # What is put in is rounded up, what is there down.
        assert all(0 <= a - b <= 1 for a, b in zip(came.amounts, position.amounts, strict=True))

        it.swap(spec, 200_000 * 10**6 if give == 1 else 60 * 10**18, give=0)
        it.swap(spec, 90 * 10**18 if give == 1 else 300_000 * 10**6, give=1)
        (position,) = await it.positions()
        assert min(position.fees) > 0
        before = it.balances(spec)
        gas_before = gas_paid(it)
        collect = taking(position, D(0), slippage=SLIPPAGE)
        done = await it.do(take_deed(it.exchange, collect, it.me, LATER_S))
        out = taken_out(it.exchange, spec, done.logs)
        assert out.amounts == out.fees == position.fees
        got = [a - b for b, a in zip(before, it.balances(spec), strict=True)]
        got[give] += gas_paid(it) - gas_before
        assert tuple(got) == position.fees

        it.swap(spec, 50_000 * 10**6 if give == 1 else 20 * 10**18, give=0)
        (position,) = await it.positions()
        half = taking(position, D("0.5"), slippage=SLIPPAGE)
        done = await it.do(take_deed(it.exchange, half, it.me, LATER_S))
        out = taken_out(it.exchange, spec, done.logs)
        assert out.fees == position.fees
        assert out.amounts == tuple(map(sum, zip(half.expected, position.fees, strict=True)))

        (position,) = await it.positions()
        whole = taking(position, D(1), slippage=SLIPPAGE)
        assert whole.all
        done = await it.do(take_deed(it.exchange, whole, it.me, LATER_S))
        out = taken_out(it.exchange, spec, done.logs)
        assert out.amounts == tuple(map(sum, zip(position.amounts, position.fees, strict=True)))
        assert await it.positions() == []


async def test_more_goes_into_a_position_and_its_entry_is_known(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec("WBTC/ETH@v3-3000")
        wbtc = 0 if spec.token0.symbol == "WBTC" else 1
        amounts = (10**7, None) if wbtc == 0 else (None, 10**7)
        _, first, done = await it.open(spec, None, None, amounts)
        logs = [done.logs]
        (position,) = await it.positions()
        assert position.name == f"{spec.instrument}#{position.token_id}"
        adding = adding_to_range(
            spec,
            position.sqrt_price,
            (position.lower, position.upper),
            amounts,
            slippage=SLIPPAGE,
            token_id=position.token_id,
        )
        done = await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        logs.append(done.logs)
        more = put_in(it.exchange, spec, it.me, done.logs)
        assert (more.token_id, more.amounts) == (position.token_id, adding.expected)
        (position,) = await it.positions()
        assert position.liquidity == first.liquidity + more.liquidity
        half = taking(position, D("0.5"), slippage=SLIPPAGE)
        done = await it.do(take_deed(it.exchange, half, it.me, LATER_S))
        logs.append(done.logs)
        (entry,) = entries(it.exchange, [spec], it.me, logs).values()
        (position,) = await it.positions()
        assert entry.liquidity == position.liquidity
        paid = first.amounts[wbtc] + more.amounts[wbtc]
        told = (entry.amount0, entry.amount1)[wbtc]
        assert abs(told - D(paid) / 2) < 1


async def test_a_range_beside_the_price_takes_one_token(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V3)
        price = price_of(spec, (await it.client.ask(pool_state(spec))).sqrt_price)
        usdc = 0 if spec.token0.symbol == "USDC" else 1
        amounts = (10**9, None) if usdc == 0 else (None, 10**9)
        ends = (price * D("0.8"), price * D("0.9"))
        _, came, _ = await it.open(spec, *ends, amounts)
        assert came.amounts[1 - usdc] == 0
        (position,) = await it.positions()
        assert not position.in_range
        it.swap(spec, 10**9, give=usdc)
        assert (await it.positions())[0].fees == (0, 0)
        with pytest.raises(ConfigError, match="takes USDC alone"):
            await it.open(spec, *ends, amounts[::-1])
        with pytest.raises(ConfigError, match="is none at"):
            ticks_of(spec, ends[1], ends[0])


async def test_a_price_that_ran_away_is_refused_in_words(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V3)
        state = await it.client.ask(pool_state(spec))
        price = price_of(spec, state.sqrt_price)
        usdc = 0 if spec.token0.symbol == "USDC" else 1
        amounts = (10**9, None) if usdc == 0 else (None, 10**9)
        ticks = ticks_of(spec, price * D("0.95"), price * D("1.05"))
        adding = adding_to_range(spec, state.sqrt_price, ticks, amounts, slippage=D("0.001"))
        it.swap(spec, 2_000_000 * 10**6, give=usdc)
        with pytest.raises(Reverted) as refused:
            await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        assert reason(refused.value.data) == "the price moved further than was allowed"
        _, came, _ = await it.open(spec, price * D("0.9"), price * D("1.1"), amounts)
        (position,) = await it.positions()
        taken = taking(position, D(1), slippage=D("0.001"))
        it.swap(spec, 1_000_000 * 10**6, give=usdc)
        with pytest.raises(Reverted) as refused:
            await it.do(take_deed(it.exchange, taken, it.me, LATER_S))
        assert reason(refused.value.data) == "the price moved further than was allowed"
        assert (await it.positions())[0].liquidity == came.liquidity


@pytest.mark.parametrize(
    ("venue", "name"),
    [("uniswap", "ETH/USDC@v2"), ("uniswap", "USDC/USDT@v2"), ("sushiswap", "ETH/USDC@v2")],
)
async def test_shares_of_a_pair(chain, boards, tmp_path, venue, name):
    async with world(chain, boards, tmp_path, venue) as it:
        spec = it.spec(name)
        usdc = 0 if spec.token0.symbol == "USDC" else 1
        amounts = (10**9, None) if usdc == 0 else (None, 10**9)
        adding = adding_to_pair(it.exchange, await it.shares(spec), amounts, slippage=SLIPPAGE)
        done = await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        logs = [done.logs]
        came = put_in(it.exchange, spec, it.me, done.logs)
        assert (came.liquidity, came.amounts) == (adding.liquidity, adding.expected)
        it.swap(spec, 50_000 * 10**6, give=usdc)
        share = await it.shares(spec)
        assert share.liquidity == came.liquidity
        (entry,) = entries(it.exchange, [spec], it.me, logs).values()
        assert (entry.amount0, entry.amount1) == came.amounts
        for part in (D("0.25"), D(1)):
            share = await it.shares(spec)
            taken = taking(share, part, slippage=SLIPPAGE)
            done = await it.do(take_deed(it.exchange, taken, it.me, LATER_S))
            logs.append(done.logs)
            assert taken_out(it.exchange, spec, done.logs).amounts == taken.expected
        assert (await it.shares(spec)).liquidity == 0
        assert not entries(it.exchange, [spec], it.me, logs)
        with pytest.raises(ConfigError, match="nothing to take"):
            taking(await it.shares(spec), D(1), slippage=SLIPPAGE)


async def test_two_tokens_neither_of_which_is_the_chains_own(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec("USDC/USDT@v3-100")
        before = it.balances(spec)
        adding, came, _ = await it.open(spec, D("0.999"), D("1.001"), (10**9, 10**9))
        assert came.amounts == adding.expected
        spent = [b - a for b, a in zip(before, it.balances(spec), strict=True)]
        assert tuple(spent) == came.amounts
        it.swap(spec, 10**11, give=0)
        (position,) = await it.positions()
        taken = taking(position, D(1), slippage=SLIPPAGE)
        await it.do(take_deed(it.exchange, taken, it.me, LATER_S))
        back = [a - b + c for a, b, c in zip(it.balances(spec), before, came.amounts, strict=True)]
        expected = map(sum, zip(position.amounts, position.fees, strict=True))
        assert back == list(expected)


@pytest.mark.parametrize("ends", [(D("0.97"), D("1.03")), (D("0.999"), D("1.5")), None])
async def test_impermanent_loss_is_the_chains(chain, boards, tmp_path, ends):
    """Arithmetic of prices alone against what the contracts hold, within a range and beyond."""
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec(V3)
        entry_price = price_of(spec, (await it.client.ask(pool_state(spec))).sqrt_price)
        lower, upper = (entry_price * each for each in ends) if ends else (None, None)
        usdc = 0 if spec.token0.symbol == "USDC" else 1
        amounts = (10**10, None) if usdc == 0 else (None, 10**10)
        _, came, _ = await it.open(spec, lower, upper, amounts)
        it.swap(spec, 4_000_000 * 10**6, give=usdc)
        (position,) = await it.positions()
        assert position.price > entry_price * D("1.01")
        seen = against_holding(
            sides(spec, came.amounts),
            sides(spec, position.amounts),
            sides(spec, position.fees),
            position.price,
        )
        expected = loss_at(entry_price, position.price, *position.range)
        assert seen.loss < 0
        assert abs(seen.loss_share - expected) < D("1e-8")
        assert seen.net == seen.loss + seen.fees
        assert seen.fees > 0


async def test_a_pairs_loss_is_the_closed_form(chain, boards, tmp_path):
    async with world(chain, boards, tmp_path) as it:
        spec = it.spec("ETH/USDC@v2")
        before = await it.shares(spec)
        usdc = 0 if spec.token0.symbol == "USDC" else 1
        amounts = (10**10, None) if usdc == 0 else (None, 10**10)
        adding = adding_to_pair(it.exchange, before, amounts, slippage=SLIPPAGE)
        await it.do(add_deed(it.exchange, adding, it.me, LATER_S))
        it.swap(spec, 1_500_000 * 10**6, give=usdc)
        share = await it.shares(spec)
        put = sides(spec, adding.expected)
        bare = pair_without_fees(put, share.price)
        seen = against_holding(put, bare, (D(0), D(0)), share.price)
        ratio = share.price / before.price
        assert ratio > D("1.3")
        assert abs(seen.loss_share - (2 * ratio.sqrt() / (1 + ratio) - 1)) < D("1e-8")
        # Three thousandths of a quarter of the pair came in as fees.
        now = sides(spec, share.amounts)
        fees = (now[0] - bare[0]) * share.price + now[1] - bare[1]
        assert D("0.0002") < fees / seen.held < D("0.0006")
