"""Many swaps of one token at once: each gets a permission of its own, and all get in."""

import asyncio
from decimal import Decimal

import pytest

from argosy.desk.asks import OrderAsk
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.dialects.pools.exchange import PERMIT2
from argosy.dialects.pools.swaps import permit_number, token_permissions
from argosy.errors import InvalidOrder, Unsupported
from argosy.model import OrderStatus
from desk.pooled import V3, desk_on, final, held, orders_of, random, sandboxed

BUYS = [V3, "uniswap:ETH/USDC@v4-500", "uniswap:ETH/USDC@v2", "uniswap:ETH/USDC@v3-3000", V3]


def buy(instrument, number, size="0.1"):
    return OrderAsk(
        instrument=instrument, side="buy", size=size, type="market", client_id=f"many-{number}"
    )


@pytest.mark.timeout(120)
async def test_swaps_of_one_token_go_side_by_side(tmp_path):
    async with sandboxed("uniswap", block_s=4.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        first = await orders.place(buy(V3, "first"))  # Permit2 is approved by it
        await final(desk, first)
        before = held(sandbox, "USDC")
        placed = await asyncio.gather(*(orders.place(buy(at, n)) for n, at in enumerate(BUYS)))
        sender = desk.links["uniswap"].account.sender
        done = [await final(desk, each) for each in placed]
        assert [each.status for each in done] == [OrderStatus.FILLED] * len(BUYS)
        blocks = [sender.transactions[f"many-{n}"].block_number for n in range(len(BUYS))]
        assert len(set(blocks)) < len(BUYS)  # they waited together
        trader = desk.traders["uniswap"]
        fills = [each for each in trader.ledger.fills.values() if each.client_id != "many-first"]
        spent = sum((each.size * each.price for each in fills), Decimal(0))
        assert abs(Decimal(before - held(sandbox, "USDC")).scaleb(-6) - spent) < Decimal("0.00001")


@pytest.mark.timeout(120)
async def test_a_family_router_takes_what_each_of_them_needs(tmp_path):
    async with sandboxed("sushiswap", block_s=2.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        orders = orders_of(desk)
        at = "sushiswap:ETH/USDC@v2"
        placed = await asyncio.gather(*(orders.place(buy(at, n)) for n in range(3)))
        done = [await final(desk, each) for each in placed]
        assert [each.status for each in done] == [OrderStatus.FILLED] * 3
        account = desk.links["sushiswap"].account
        exchange = desk.links["sushiswap"].adapter.pools.board.exchange
        usdc = next(each.address for each in exchange.tokens if each.symbol == "USDC")
        asked = token_permissions(usdc, account.address, exchange.v2.router, universal=False)
        left = (await account.contracts.ask(asked)).token
        assert left < 60 * 10**6  # what slippage did not take, and no whole order's


@pytest.mark.timeout(120)
@pytest.mark.parametrize("tries", [True, False])
async def test_swaps_over_pools_wait_for_nothing_but_the_chain(tmp_path, monkeypatch, tries):
    async with sandboxed("uniswap", block_s=2.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        swaps = SwapDesk(desk, random.Random(5))
        contracts = desk.links["uniswap"].account.contracts
        simulate = contracts.simulate

        async def grudging(call, sender=None, overrides=None):
            if overrides is not None and not tries:
                raise Unsupported("no overrides here")
            return await simulate(call, sender, overrides)

        monkeypatch.setattr(contracts, "simulate", grudging)
        asks = [
            SwapAsk(give="USDC", get="DAI", amount=str(90 + n), id=f"s-{n}", dry_run=False)
            for n in range(3)
        ]
        before = held(sandbox, "USDC")
        done = await asyncio.gather(*(swaps.swap(ask) for ask in asks))
        assert all(each.got > 80 for each in done)
        assert before - held(sandbox, "USDC") == (90 + 91 + 92) * 10**6
        again = await swaps.swap(asks[0])
        assert again.transaction == done[0].transaction


@pytest.mark.timeout(60)
async def test_the_number_of_a_permission_is_where_it_is_said_to_be(tmp_path):
    async with sandboxed("uniswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        await final(desk, await orders_of(desk).place(buy(V3, 1)))
        account = desk.links["uniswap"].account
        exchange = desk.links["uniswap"].adapter.pools.board.exchange
        router = exchange.universal_router.lower()
        usdc = next(each.address for each in exchange.tokens if each.symbol == "USDC")
        asked = token_permissions(usdc, account.address, router, universal=True)
        allowed = await account.contracts.ask(asked)
        assert allowed.nonce == 1
        (slot,) = permit_number(account.address, usdc, router, 1)
        told = await account.rpc.call("eth_getStorageAt", PERMIT2, slot, "latest")
        word = int(told, 16)
        assert word >> 208 == allowed.nonce
        assert word >> 160 & (1 << 48) - 1 == allowed.expires_s
        assert word & (1 << 160) - 1 == allowed.permit
        assert permit_number(account.address, usdc, router, 7)[slot] == f"0x{7 << 208:064x}"


@pytest.mark.timeout(120)
async def test_who_must_go_alone_does_not_wait_for_ever(tmp_path, monkeypatch):
    async with sandboxed("uniswap", block_s=30.0) as sandbox, desk_on(sandbox, tmp_path) as desk:
        sandbox.live.chain.link.call("evm_mine")
        orders, account = orders_of(desk), desk.links["uniswap"].account
        async with asyncio.TaskGroup() as group:
            group.create_task(orders.place(buy(V3, "approves")))
            for _ in range(400):
                await asyncio.sleep(0.05)
                if account.sender.transactions:
                    break
            sandbox.live.chain.link.call("evm_mine")  # the approval
        simulate = account.contracts.simulate

        async def grudging(call, sender=None, overrides=None):
            if overrides is not None:
                raise Unsupported("no overrides here")
            return await simulate(call, sender, overrides)

        monkeypatch.setattr(account.contracts, "simulate", grudging)
        monkeypatch.setattr("argosy.desk.sending._APPROVING_S", 0.3)
        with pytest.raises(InvalidOrder, match=r"other swaps of that token wait since 0\.3 s"):
            await orders.place(buy(V3, "second"))
