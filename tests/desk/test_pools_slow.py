"""The same on the node that is there without anvil: what it can is followed and traded."""

from decimal import Decimal

import pytest

from argosy.desk.asks import OrderAsk
from argosy.errors import ConfigError
from argosy.model import OrderStatus
from argosy.sandbox.evm import live, local
from desk.pooled import desk_on, final, held, orders_of, sandboxed
from sandbox.evm.chains import missing

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")


def no_anvil():
    raise ConfigError("no anvil here")


@pytest.mark.slow
@pytest.mark.timeout(280)
async def test_pools_are_followed_and_traded_without_anvil(tmp_path, monkeypatch):
    if why := missing():
        pytest.skip(why)
    monkeypatch.setattr(local, "find_anvil", no_anvil)
    monkeypatch.setattr(live, "find_anvil", no_anvil)
    async with sandboxed("uniswap", "sushiswap") as sandbox, desk_on(sandbox, tmp_path) as desk:
        listed = set(desk.links["uniswap"].instruments)
        assert {"uniswap:ETH/USDC@v2", "uniswap:ETH/USDC@v3-500"} <= listed
        assert not [name for name in listed if "@v4" in name]
        orders = orders_of(desk)
        for instrument in (
            "uniswap:ETH/USDC@v2",
            "uniswap:ETH/USDC@v3-500",
            "sushiswap:ETH/USDC@v2",
            "sushiswap:ETH/USDC@v3-500",
        ):
            for side in ("buy", "sell"):
                before = held(sandbox, "USDC")
                placed = await orders.place(
                    OrderAsk(instrument=instrument, side=side, size="0.5", type="market")
                )
                done = await final(desk, placed, 60)
                assert done.status is OrderStatus.FILLED, (instrument, side, done.reason)
                moved = Decimal(held(sandbox, "USDC") - before).scaleb(-6)
                sign = -1 if side == "buy" else 1
                paid = sign * done.filled * done.average_price
                assert abs(moved - paid) < Decimal("0.000002")
        for trader in desk.traders.values():
            await trader.reconcile()
            await trader.reconcile()
            assert not trader.unexplained
