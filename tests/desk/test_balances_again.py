"""Balances are read again soon after a transaction, and long before the next reconciliation."""

import asyncio
import random
from decimal import Decimal

from argosy.desk.asks import OrderAsk
from argosy.desk.liquidity import LiquidityDesk
from argosy.desk.liquidity_asked import OpenAsk
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.errors import NotSent
from argosy.model import OrderStatus
from desk.pooled import V3, desk_on, final, held, orders_of, sandboxed

CALM = Decimal(300)  # others trade meanwhile
DIGITS = {"ETH": 18, "USDC": 6, "USDT": 6}


def shown(trader, currency):
    return trader.ledger.balances["trading", currency].total


async def as_the_chain_says(sandbox, trader, patience_s=6.0):
    for _ in range(round(patience_s / 0.05)):
        there = {name: Decimal(held(sandbox, name)).scaleb(-at) for name, at in DIGITS.items()}
        if there == {name: shown(trader, name) for name in DIGITS}:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{there} is shown as {[shown(trader, name) for name in DIGITS]}")


async def test_what_moves_balances_shows_soon(tmp_path):
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path, slippage_bps=CALM) as desk:
        traders = [desk.traders["uniswap"], desk.traders["sushiswap"]]  # of one address
        reconciled = [trader.last_reconciled_ns for trader in traders]
        had = shown(traders[0], "USDC")
        sold = OrderAsk(instrument=V3, side="sell", size="1", type="market")
        order = await final(desk, await orders_of(desk).place(sold))
        assert order.status is OrderStatus.FILLED
        for trader in traders:
            await as_the_chain_says(sandbox, trader)
            assert shown(trader, "USDC") > had
        swap = SwapAsk(give="ETH", get="USDT", amount="1", dry_run=False)
        await SwapDesk(desk, random.Random(3)).swap(swap)
        for trader in traders:
            await as_the_chain_says(sandbox, trader)
        ask = OpenAsk(instrument=V3, base="1", lower="3200", upper="3600", dry_run=False)
        await LiquidityDesk(desk, random.Random(5)).open(ask)
        for trader in traders:
            await as_the_chain_says(sandbox, trader)
        assert [trader.last_reconciled_ns for trader in traders] == reconciled
        for _ in range(3):
            for trader in traders:
                await trader.reconcile()
        assert not [trader.unexplained for trader in traders if trader.unexplained]


async def test_many_transactions_are_one_reading_and_a_failed_one_is_repeated(
    tmp_path, monkeypatch
):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        trader = desk.traders["uniswap"]
        sold = OrderAsk(instrument=V3, side="sell", size="0.1", type="market")
        await final(desk, await orders_of(desk).place(sold))
        await as_the_chain_says(sandbox, trader)
        await asyncio.sleep(1.5)
        ((_, done),) = trader.account.sender.transactions.items()
        read, real = [], trader.account.native_balance

        async def native_balance():
            read.append(desk.now_ns())
            if len(read) == 1:
                raise NotSent("the node is away")
            return await real()

        monkeypatch.setattr(trader.account, "native_balance", native_balance)
        for _ in range(50):
            trader._settled(done)
            await asyncio.sleep(0.01)
        await asyncio.sleep(2.0)
        assert len(read) == 2
        assert read[1] - read[0] > 0.9 * 10**9
