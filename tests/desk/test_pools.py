"""A desk on the sandbox's chain: pools in one book with the rest, orders that are swaps on the real
contracts, and journal, balances and fills that agree with the chain.
"""

import asyncio
import random
from decimal import Decimal

import pytest

from argosy.desk.arbitrage import ArbitrageDesk, ScanAsk, TakeAsk
from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.portfolio import PortfolioDesk
from argosy.errors import InsufficientFunds, InvalidOrder, Unsupported
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    OrderStatus,
)
from desk.pooled import V3, desk_on, final, held, orders_of, sandboxed


def _wrapped_ether_is_ether(account) -> None:
    """A part of the same exposure, and of the same worth."""
    ours = [each for each in account.holdings if each.currency in {"ETH", "WETH"}]
    assert {each.currency for each in ours} == {"ETH", "WETH"}
    first, *others = (each.value / each.total for each in ours)
    for other in others:
        assert abs(other / first - 1) < Decimal("0.001")
    exposed = {each.asset: each for each in account.exposures}
    assert "WETH" not in exposed
    assert exposed["ETH"].net == sum(each.total for each in ours)


async def test_one_book_has_pools_beside_venues(tmp_path):
    async with (
        sandboxed("kraken", "okx", "uniswap", "sushiswap") as sandbox,
        desk_on(sandbox, tmp_path) as desk,
    ):
        await asyncio.sleep(0.5)
        view = desk.universal("ETH/USD", 5)
        shown = {level.venue for level in (*view.bids, *view.asks)}
        assert shown == {"kraken", "okx", "uniswap", "sushiswap"}
        assert set(view.gas) == {
            level.instrument
            for level in (*view.bids, *view.asks)
            if level.venue in {"uniswap", "sushiswap"}
        }
        assert all(0 < gas < 100 for gas in view.gas.values())
        ask = next(level for level in view.asks if level.instrument == V3)
        rate = next(c.rate for c in view.conversions if c.source_currency == "USDC")
        spread = ask.price * rate * view.gas[V3] / view.gas_over
        assert abs(ask.net_price - ask.price * rate - spread) < Decimal("1e-9")
        _wrapped_ether_is_ether(PortfolioDesk(desk).account())


CASES = [
    ("uniswap:ETH/USDC@v2", "1.5"),
    (V3, "2"),
    ("uniswap:ETH/USDC@v4-500", "0.5"),
    ("uniswap:WBTC/ETH@v3-3000", "0.2"),
    ("uniswap:WBTC/USDC@v4-3000", "0.05"),
    ("uniswap:USDC/USDT@v3-100", "500"),
    ("sushiswap:ETH/USDC@v2", "1.5"),
    ("sushiswap:WBTC/ETH@v2", "0.1"),
    ("sushiswap:ETH/USDC@v3-500", "1"),
]


@pytest.mark.timeout(120)
async def test_orders_are_swaps_and_everything_agrees_with_the_chain(tmp_path):
    pairs = ("ETH/USD", "WBTC/ETH", "WBTC/USD", "USDC/USDT")
    terms = {"pairs": pairs, "slippage_bps": Decimal(500)}  # others trade much, and all the time
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path, **terms) as desk:
        orders = orders_of(desk)
        before = {symbol: held(sandbox, symbol) for symbol in ("ETH", "USDC", "USDT", "WBTC")}
        expected = dict.fromkeys(before, Decimal(0))
        digits = {"ETH": 18, "USDC": 6, "USDT": 6, "WBTC": 8}
        for instrument, size in CASES:
            for side in ("buy", "sell"):
                placed = await orders.place(
                    OrderAsk(instrument=instrument, side=side, size=size, type="market")
                )
                done = await final(desk, placed)
                assert done.status is OrderStatus.FILLED, (instrument, side, done.reason)
                assert Decimal(size) <= done.filled < Decimal(size) * Decimal("1.000001")
        for name in ("uniswap", "sushiswap"):
            trader = desk.traders[name]
            await trader.reconcile()
            await trader.reconcile()
            assert not trader.unexplained
        fills = [fill for t in desk.traders.values() for fill in t.ledger.fills.values()]
        assert len(fills) == 2 * len(CASES)
        for fill in fills:
            about = desk.links[fill.instrument.partition(":")[0]].instruments[fill.instrument]
            sign = 1 if fill.side.value == "buy" else -1
            expected[about.base] += sign * fill.size
            expected[about.quote] -= sign * fill.size * fill.price
            expected["ETH"] -= fill.fee
        for symbol, was in before.items():
            moved = Decimal(held(sandbox, symbol) - was).scaleb(-digits[symbol])
            gas = Decimal("0.01") if symbol == "ETH" else Decimal(0)  # of approvals
            assert abs(moved - expected[symbol]) <= gas + Decimal("1e-9"), symbol


async def test_limits_fill_or_kill_and_take_what_they_reach(tmp_path):
    async with sandboxed(block_s=1.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        bid, ask = desk.top(InstrumentId(V3))
        terms = {"instrument": V3, "side": "buy", "type": "limit"}

        async def done(**more):
            return await final(desk, await orders.place(OrderAsk(**terms | more)))

        killed = await done(size="1", price=str(bid), time_in_force="fok")
        assert (killed.status, killed.filled) == (OrderStatus.CANCELLED, 0)
        assert "beyond" in killed.reason
        nothing = await done(size="1", price=str(bid), time_in_force="ioc")
        assert (nothing.status, nothing.filled) == (OrderStatus.CANCELLED, 0)
        assert "has nothing at" in nothing.reason
        deep = str((ask * Decimal("1.003")).quantize(Decimal("0.001")))
        whole = await done(size="1", price=deep, time_in_force="fok")
        assert whole.status is OrderStatus.FILLED
        assert whole.average_price <= Decimal(deep)
        some = await done(size="5000", price=deep, time_in_force="ioc")
        assert some.status is OrderStatus.CANCELLED
        assert 0 < some.filled < 5000
        assert some.average_price <= Decimal(deep)
        assert "beyond its limit" in some.reason
        with pytest.raises(Unsupported, match="nothing can rest there"):
            await orders.place(
                OrderAsk(**terms | {"type": "iceberg", "display_size": "1"}, size="5", price="3000")
            )


async def test_a_limit_that_waits_is_worked_from_here(tmp_path):
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        far = OrderAsk(instrument=V3, side="buy", type="limit", size="0.5", price="1000")
        waiting = await orders.place(far)
        assert waiting.status is OrderStatus.ACCEPTED
        near = OrderAsk(instrument=V3, side="buy", type="limit", size="0.5", price="4000")
        reached = await orders.place(near)
        for _ in range(400):
            work = desk.running_works().find(reached.client_id)
            if work.phase.value == "done":
                break
            await asyncio.sleep(0.05)
        assert work.filled >= Decimal("0.5")
        assert not desk.running_works().find(waiting.client_id).filled
        await orders.cancel(CancelAsk(order=waiting.client_id))


async def test_what_cannot_be_paid_for_is_refused_before_it_is_sent(tmp_path):
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path, pairs=("ETH/USD",)) as desk:
        orders = orders_of(desk)
        sender = desk.links["uniswap"].account.sender
        before = dict(sender.transactions)
        chain = sandbox.live.chain
        token = chain.contract("token.USDC")
        rich = held(sandbox, "USDC")
        gone = token.data("transfer", chain.layout.accounts["rival"], rich)
        spent = chain.link.call(
            "eth_sendTransaction",
            {"from": chain.layout.accounts["desk"], "to": token.address, "data": gone},
        )
        for _ in range(100):
            if chain.link.call("eth_getTransactionReceipt", spent) is not None:
                break
            await asyncio.sleep(0.1)
        with pytest.raises((InvalidOrder, InsufficientFunds)) as refused:
            await orders.place(
                OrderAsk(
                    instrument="uniswap:ETH/USDC@v2",
                    side="buy",
                    size="1",
                    type="market",
                    client_id="poor",
                )
            )
        assert "uniswap" in str(refused.value)
        known = desk.traders["uniswap"].ledger.find(ClientOrderId("poor"))
        assert known.status is OrderStatus.REJECTED
        assert set(sender.transactions) - set(before) <= {"poor.approve1"}


async def test_a_swap_that_waits_can_be_cancelled(tmp_path):
    async with sandboxed(block_s=2.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        first = await orders.place(OrderAsk(instrument=V3, side="sell", size="1", type="market"))
        await final(desk, first)
        placed = await orders.place(OrderAsk(instrument=V3, side="sell", size="1", type="market"))
        await orders.cancel(CancelAsk(order=placed.client_id))
        gone = await final(desk, placed)
        assert gone.status in {OrderStatus.CANCELLED, OrderStatus.FILLED}
        trader = desk.traders["uniswap"]
        await trader.reconcile()
        await trader.reconcile()
        assert not trader.unexplained


async def test_a_swap_whose_price_ran_away_fails_and_says_why(tmp_path):
    async with sandboxed(block_s=1.5) as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        bid, ask = desk.top(InstrumentId("uniswap:ETH/USDC@v2"))
        del bid
        chain = sandbox.live.chain
        router, whale = chain.contract("uniswap_v2.router"), chain.layout.accounts["whale_a"]
        tokens = chain.layout.tokens
        path = [tokens["USDC"].address, tokens["WETH"].address]
        price = str((ask * Decimal("1.002")).quantize(Decimal("0.001")))
        data = router.data("swapExactTokensForTokens", 400_000 * 10**6, 0, path, whale, 1 << 40)
        fields = {
            "from": whale,
            "to": router.address,
            "data": data,
            "gas": hex(400_000),
            "maxFeePerGas": hex(900 * 10**9),
            "maxPriorityFeePerGas": hex(900 * 10**9),
        }
        order = OrderAsk(
            instrument="uniswap:ETH/USDC@v2",
            side="buy",
            type="limit",
            size="0.5",
            price=price,
            time_in_force="fok",
        )
        placed = await orders.place(order)
        chain.link.call("eth_sendTransaction", fields)  # pays more, and so comes first
        done = await final(desk, placed)
        if done.status is OrderStatus.FILLED:
            pytest.skip("the swap was mined before the whale's came")
        assert done.status is OrderStatus.CANCELLED
        assert "reverted" in done.reason
        assert not done.filled
        trader = desk.traders["uniswap"]
        await trader.reconcile()
        await trader.reconcile()
        assert not trader.unexplained


async def test_a_pair_of_a_venue_and_a_pool_is_taken_pool_first(tmp_path):
    async with (
        sandboxed("okx", "uniswap", block_s=0.5) as sandbox,
        desk_on(sandbox, tmp_path) as desk,
    ):
        chain = sandbox.live.chain
        router, whale = chain.contract("uniswap_v2.router"), chain.layout.accounts["whale_a"]
        tokens = chain.layout.tokens
        path = [tokens["WETH"].address, tokens["USDC"].address]
        arbitrage = ArbitrageDesk(desk, random.Random(2))
        data = router.data("swapExactTokensForTokens", 1_500 * 10**18, 0, path, whale, 1 << 40)
        fields = {"from": whale, "to": router.address, "data": data, "gas": hex(400_000)}
        taken = None
        scan = ScanAsk(kinds=("pool",))
        for turn in range(400):
            if turn % 80 == 0:  # ETH is cheap in that pair for a moment
                chain.link.call("eth_sendTransaction", fields)
            found = [
                each
                for each in arbitrage.scan(scan).opportunities
                if each.executable and {leg.instrument[:3] for leg in each.legs} == {"okx", "uni"}
            ]
            if found:
                assert "gas" in found[0].costs
                taken = await arbitrage.take(TakeAsk(which=found[0].id, scan=scan, dry_run=False))
                break
            await asyncio.sleep(0.02)
        assert taken is not None
        work = desk.running_works().find(taken.work.id)
        assert "uniswap" in work.legs[work.first].instrument
        for _ in range(400):
            work = desk.running_works().find(taken.work.id)
            if work.phase.value == "done":
                break
            await asyncio.sleep(0.05)
        assert work.is_even, (work.detail, work.reason)


async def test_a_dry_run_says_what_would_be_sent(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        shown = orders.preview(OrderAsk(instrument=V3, side="buy", size="1", type="market"))
        router = sandbox.live.chain.layout.contracts["universal_router"]
        assert f"transaction to {router}: buy 1 ETH at {V3} for at most" in shown.wire
        low = OrderAsk(
            instrument=V3, side="buy", size="1", type="limit", price="9", time_in_force="ioc"
        )
        assert "nothing: " in orders.preview(low).wire
        assert not desk.links["uniswap"].account.sender.transactions
