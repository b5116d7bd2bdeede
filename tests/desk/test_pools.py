"""A desk on the sandbox's chain: pools in one book with the rest, orders that are swaps on the real
contracts, and journal, balances and fills that agree with the chain.
"""

import asyncio
import contextlib
import random
from decimal import Decimal

import pytest

from argosy.desk.arbitrage import ArbitrageDesk, ScanAsk, TakeAsk
from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.build import open_desk
from argosy.desk.orders import OrderDesk
from argosy.desk.settings import ChainSettings, DeskSettings, JournalSettings, Settings
from argosy.desk.trader import Patience
from argosy.desk.ways import WayAsk, WayDesk
from argosy.dialects.evm.functions import Function
from argosy.errors import ConfigError, InsufficientFunds, InvalidOrder, Unsupported
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from argosy.net.tx_journal import TxState
from argosy.sandbox.market import MarketSettings
from argosy.sandbox.server import Sandbox, SandboxSettings

V3 = "uniswap:ETH/USDC@v3-500"
PATIENCE = Patience(look_s=0.05, sure_s=1.0, reconcile_s=60.0)
BALANCE = Function("balanceOf(address)", "uint256")


@contextlib.asynccontextmanager
async def sandboxed(*venues: str, block_s: float = 0.3):
    settings = SandboxSettings(
        seed=3,
        venues=venues or ("uniswap", "sushiswap"),
        market=MarketSettings(steps_per_second=20, levels=30),
        tls=False,
        limits=False,
        tick_s=0.02,
        block_s=block_s,
    )
    async with Sandbox(settings) as sandbox:
        yield sandbox


@contextlib.asynccontextmanager
async def desk_on(sandbox, folder, *, venues=(), pairs=("ETH/USD",), journal="", **chain):
    settings = Settings(
        desk=DeskSettings(
            venues=venues or sandbox.settings.venues, pairs=pairs, state_folder=str(folder)
        ),
        chains={"sandbox": ChainSettings(**chain)},
        journal=JournalSettings(url=journal),
    )
    async with (
        open_desk(settings, sandbox=sandbox, patience=PATIENCE) as desk,
        asyncio.TaskGroup() as group,
    ):
        running = group.create_task(desk.run())
        try:
            assert await desk.settled(20), [link.detail for link in desk.links.values()]
            for trader in desk.traders.values():
                await trader.reconcile()
            yield desk
        finally:
            running.cancel()


def orders_of(desk):
    return OrderDesk(desk, random.Random(4))


async def final(desk, report, patience_s=20.0):
    """What becomes of an order."""
    trader = desk.traders[report.instrument.partition(":")[0]]
    for _ in range(round(patience_s / 0.05)):
        known = trader.ledger.find(report.client_id)
        if known is not None and known.status.final:
            return known
        await asyncio.sleep(0.05)
    raise AssertionError(f"still {known}")


def held(sandbox, symbol):
    """What the chain says that the desk's address has, in smallest units."""
    chain = sandbox.live.chain
    address = chain.layout.accounts["desk"]
    if symbol == "ETH":
        return int(chain.link.call("eth_getBalance", address, "latest"), 16)
    token = chain.layout.tokens[symbol].address
    asked = {"to": token, "data": BALANCE.data(address)}
    return BALANCE.one(chain.link.call("eth_call", asked, "latest"))


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
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path, pairs=pairs) as desk:
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


async def test_a_desk_that_starts_again_finds_its_swap_once(tmp_path):
    url = f"sqlite:///{tmp_path}/journal.db"
    async with sandboxed(block_s=1.5) as sandbox:
        before = held(sandbox, "USDC")
        async with desk_on(sandbox, tmp_path, journal=url) as desk:
            placed = await orders_of(desk).place(
                OrderAsk(instrument=V3, side="sell", size="1", type="market", client_id="once")
            )
            assert placed.status is OrderStatus.ACCEPTED
        async with desk_on(sandbox, tmp_path, journal=url) as desk:
            done = await final(desk, placed)
            assert (done.status, done.filled) == (OrderStatus.FILLED, 1)
            sender = desk.links["uniswap"].account.sender
            assert [name for name in sender.transactions if "." not in name] == ["once"]
            (fill,) = desk.traders["uniswap"].ledger.fills.values()
            gained = Decimal(held(sandbox, "USDC") - before).scaleb(-6)
            assert gained == fill.size * fill.price


async def test_an_order_that_was_never_signed_is_known_not_to_exist(tmp_path):
    url = f"sqlite:///{tmp_path}/journal.db"
    async with sandboxed() as sandbox:
        async with desk_on(sandbox, tmp_path, journal=url) as desk:
            trader = desk.traders["uniswap"]
            order = PlaceOrder(
                instrument=InstrumentId(V3),
                client_id=ClientOrderId("ghost"),
                side=Side.SELL,
                type=OrderType.MARKET,
                size=Decimal(1),
            )
            await trader.intend(order)  # and the process ends before it is sent
        async with desk_on(sandbox, tmp_path, journal=url) as desk:
            placed = desk.traders["uniswap"].ledger.find(ClientOrderId("ghost"))
            done = await final(desk, placed)
            assert done.status is OrderStatus.REJECTED
            assert not desk.links["uniswap"].account.sender.transactions


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


@pytest.mark.timeout(120)
async def test_swaps_over_several_pools_bring_what_was_quoted(tmp_path):
    async with sandboxed("uniswap", block_s=0.4) as sandbox, desk_on(sandbox, tmp_path) as desk:
        chain = sandbox.live.chain
        ways = WayDesk(desk, random.Random(3))
        cases = [
            ("WBTC", "USDT", "0.2"),
            ("ETH", "USDT", "1"),
            ("DAI", "ETH", "900"),
            ("USDT", "WBTC", "700"),
            ("ETH", "DAI", "0.7"),
        ]
        for give, get, amount in cases:
            seen = await ways.swap(WayAsk(give=give, get=get, amount=amount))
            kinds = {way.pools.count("→") for way in seen.ways}
            assert max(kinds) >= 1
            digits = {"ETH": 18, "DAI": 18, "USDT": 6, "WBTC": 8}
            before = {name: chain_balance(chain, name) for name in (give, get)}
            done = await ways.swap(
                WayAsk(give=give, get=get, amount=amount, dry_run=False, id=f"way-{give}-{get}")
            )
            moved = {
                name: Decimal(chain_balance(chain, name) - before[name]).scaleb(-digits[name])
                for name in (give, get)
            }
            gas = Decimal("0.01")
            assert abs(moved[get] - done.got) <= (gas if get == "ETH" else 0)
            assert abs(moved[give] + done.amount) <= (gas if give == "ETH" else 0)
            assert done.least <= done.got
            again = await ways.swap(
                WayAsk(give=give, get=get, amount=amount, dry_run=False, id=f"way-{give}-{get}")
            )
            assert again.transaction == done.transaction
        for ask, words in [
            (WayAsk(give="PEPE", get="ETH", amount="1"), "'PEPE' is not known there"),
            (WayAsk(give="ETH", get="ETH", amount="1"), "is none"),
            (WayAsk(give="ETH", get="DAI", amount="1", venue="okx"), "no venue of pools"),
            (WayAsk(give="ETH", get="DAI", amount="1", hops=9), "hops is 9"),
        ]:
            with pytest.raises(ConfigError, match=words):
                await ways.swap(ask)


def chain_balance(chain, currency):
    address = chain.layout.accounts["desk"]
    if currency == "ETH":
        return int(chain.link.call("eth_getBalance", address, "latest"), 16)
    asked = {"to": chain.layout.tokens[currency].address, "data": BALANCE.data(address)}
    return BALANCE.one(chain.link.call("eth_call", asked, "latest"))


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
async def test_the_ladders_cost_is_the_swaps_that_follows(tmp_path, side):
    async with sandboxed("uniswap", block_s=3.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        trader = desk.traders["uniswap"]
        for number, instrument in enumerate((V3, "uniswap:ETH/USDC@v2", "uniswap:ETH/USDC@v4-500")):
            size = Decimal(40)
            shown = desk.average_price(InstrumentId(instrument), side, size) * size
            order = PlaceOrder(
                instrument=InstrumentId(instrument),
                client_id=ClientOrderId(f"c{number}"),
                side=side,
                type=OrderType.MARKET,
                size=size,
            )
            exact = trader.plan(order).value
            off = (shown - exact) / exact * (1 if side is Side.BUY else -1)
            assert 0 <= off <= Decimal("0.0001"), (instrument, off)  # it never flatters
            head = sandbox.live.chain.link.call("eth_blockNumber")
            placed = await trader.place(order)
            done = await final(desk, placed)
            (fill,) = [f for f in trader.ledger.fills.values() if f.client_id == order.client_id]
            # Others may have traded before it in its block, with half a percent at stake at most.
            paid = fill.size * fill.price
            assert abs(paid / exact - 1) < Decimal("0.01")
            receipt = sandbox.live.chain.link.call("eth_getTransactionReceipt", done.venue_id)
            if int(receipt["transactionIndex"], 16) == 0 and int(head, 16) + 1 == int(
                receipt["blockNumber"], 16
            ):
                assert abs(paid - exact) < Decimal("0.000002") * size


@pytest.mark.timeout(120)
async def test_a_swap_that_a_reorganisation_takes_out_is_filled_once(tmp_path):
    async with (
        sandboxed("uniswap", block_s=1.0) as sandbox,
        desk_on(sandbox, tmp_path, confirmations=4) as desk,
    ):
        chain, trader = sandbox.live.chain, desk.traders["uniswap"]
        sender = desk.links["uniswap"].account.sender
        before = held(sandbox, "USDC")
        placed = await orders_of(desk).place(
            OrderAsk(instrument=V3, side="sell", size="1", type="market", client_id="again")
        )
        for _ in range(200):
            if sender.transactions["again"].state is TxState.MINED:
                break
            await asyncio.sleep(0.05)
        with sandbox.live.crowd.busy:
            await asyncio.to_thread(chain.link.call, "anvil_reorg", 2, [])
        done = await final(desk, placed, 40)
        assert (done.status, done.filled) == (OrderStatus.FILLED, 1)
        (fill,) = trader.ledger.fills.values()
        assert Decimal(held(sandbox, "USDC") - before).scaleb(-6) == fill.size * fill.price
        await trader.reconcile()
        await trader.reconcile()
        assert not trader.unexplained
