"""Swaps and the chain under them: restarts, reorganisations, ladders, ways over several pools."""

import asyncio
import random
from decimal import Decimal

import pytest

from argosy.desk.asks import OrderAsk
from argosy.desk.chain import ChainAccount
from argosy.desk.routes import free_balance
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.errors import ConfigError
from argosy.model import (
    ClientOrderId,
    InstrumentId,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Side,
)
from argosy.net.tx_journal import TxState
from desk.pooled import BALANCE, V3, desk_on, final, held, orders_of, sandboxed


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


@pytest.mark.timeout(120)
async def test_swaps_over_several_pools_bring_what_was_quoted(tmp_path):
    async with sandboxed("uniswap", block_s=0.8) as sandbox, desk_on(sandbox, tmp_path) as desk:
        chain = sandbox.live.chain
        swaps = SwapDesk(desk, random.Random(3))
        cases = [
            ("WBTC", "USDT", "0.2"),
            ("ETH", "USDT", "1"),
            ("DAI", "ETH", "900"),
            ("USDT", "WBTC", "700"),
            ("ETH", "DAI", "0.7"),
        ]
        for give, get, amount in cases:
            seen = await swaps.swap(SwapAsk(give=give, get=get, amount=amount))
            kinds = {path.pools.count("→") for path in seen.paths}
            assert max(kinds) >= 1
            digits = {"ETH": 18, "DAI": 18, "USDT": 6, "WBTC": 8}
            before = {name: chain_balance(chain, name) for name in (give, get)}
            done = await swaps.swap(
                SwapAsk(
                    give=give,
                    get=get,
                    amount=amount,
                    slippage_bps="1000",  # whales move small pools between the look and the block
                    dry_run=False,
                    id=f"swap-{give}-{get}",
                )
            )
            moved = {
                name: Decimal(chain_balance(chain, name) - before[name]).scaleb(-digits[name])
                for name in (give, get)
            }
            gas = Decimal("0.01")
            assert abs(moved[get] - done.got) <= (gas if get == "ETH" else 0)
            assert abs(moved[give] + done.amount) <= (gas if give == "ETH" else 0)
            assert done.least <= done.got
            again = await swaps.swap(
                SwapAsk(
                    give=give,
                    get=get,
                    amount=amount,
                    slippage_bps="1000",  # whales move small pools between the look and the block
                    dry_run=False,
                    id=f"swap-{give}-{get}",
                )
            )
            assert again.transaction == done.transaction
            assert (again.got, again.repeated, again.paths) == (done.got, True, ())
            assert not done.repeated
        for ask, words in [
            (SwapAsk(give="PEPE", get="ETH", amount="1"), "'PEPE' is not known there"),
            (SwapAsk(give="ETH", get="ETH", amount="1"), "is none"),
            (SwapAsk(give="ETH", get="DAI", amount="1", venue="okx"), "no venue of pools"),
            (SwapAsk(give="ETH", get="DAI", amount="1", hops=9), "hops is 9"),
            (SwapAsk(give="ETH", get="DAI", amount="some"), "amount"),
            (SwapAsk(give="ETH", get="DAI", amount="0"), "amount is 0; a unit of ETH and above"),
            (SwapAsk(give="ETH", get="DAI", amount="1e59"), r"amount is 1e59; .* below 10\*\*12"),
            (SwapAsk(give="ETH", get="DAI", amount="1", slippage_bps="-5"), "0 to below 10000"),
        ]:
            with pytest.raises(ConfigError, match=words):
                await swaps.swap(ask)


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
            # Others may have traded before it in its block: for better, or a little for worse.
            paid = fill.size * fill.price
            worse = (paid / exact - 1) * (1 if side is Side.BUY else -1)
            assert Decimal("-0.1") < worse < Decimal("0.0051"), (instrument, worse)
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


@pytest.mark.timeout(60)
async def test_what_is_held_is_known_soon_after_the_start(tmp_path, monkeypatch):
    """Of both venues of a chain that is slow to answer; not only at the next round, in a minute."""
    opening = ChainAccount._open

    async def slowly(account):
        await asyncio.sleep(3)
        await opening(account)

    monkeypatch.setattr(ChainAccount, "_open", slowly)
    async with sandboxed() as sandbox, desk_on(sandbox, tmp_path, known=False) as desk:
        for _ in range(100):
            held_there = {name: free_balance(each, "USDC") for name, each in desk.traders.items()}
            if all(held_there.values()):
                break
            await asyncio.sleep(0.1)
        assert set(held_there) == {"uniswap", "sushiswap"}
        assert all(amount > 10**6 for amount in held_there.values())
