"""Tokens that cannot be sold, or take a fee, are found out before anything is signed."""

import asyncio

import pytest

from argosy.desk.asks import OrderAsk
from argosy.desk.settings import LimitSettings
from argosy.errors import Blocked, Unsupported
from argosy.model import ClientOrderId, OrderStatus
from desk.odd_tokens import deploy_odd, told_with
from desk.test_pools import desk_on, final, orders_of, sandboxed

PAIRS = ("GOOD/ETH", "FEE/ETH", "HONEY/ETH")


def ask(symbol, **more):
    terms = {"side": "buy", "size": "100", "type": "market"} | more
    return OrderAsk(instrument=f"uniswap:{symbol}/ETH@v2", **terms)


async def odd(sandbox, monkeypatch):
    made = await asyncio.to_thread(deploy_odd, sandbox.live.chain)
    told = told_with(sandbox.live.told(), made)
    monkeypatch.setattr(sandbox.live, "told", lambda: told)


def without(desk, monkeypatch, *methods):
    """As a node that lacks what these calls need."""
    rpc = desk.links["uniswap"].account.rpc
    real = rpc.call

    async def call(method, *params):
        if method in methods and (method != "eth_call" or len(params) > 2):
            raise Unsupported(f"no {method} here")
        return await real(method, *params)

    monkeypatch.setattr(rpc, "call", call)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("methods", [(), ("eth_simulateV1",)], ids=["simulate", "overrides"])
async def test_what_cannot_be_sold_or_takes_a_fee_is_refused(tmp_path, monkeypatch, methods):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS) as desk:
            without(desk, monkeypatch, *methods)
            sender = desk.links["uniswap"].account.sender
            orders = orders_of(desk)
            with pytest.raises(Blocked, match="HONEY cannot be swapped for WETH"):
                await orders.place(ask("HONEY", client_id="honey"))
            with pytest.raises(Blocked, match=r"FEE takes a fee .* of \d+ units .* \d+ arrived"):
                await orders.place(ask("FEE"))
            assert not sender.transactions
            known = desk.traders["uniswap"].ledger.find(ClientOrderId("honey"))
            assert known.status is OrderStatus.REJECTED
            assert "cannot be swapped" in known.reason
            for side in ("buy", "sell"):
                done = await final(desk, await orders.place(ask("GOOD", side=side)))
                assert done.status is OrderStatus.FILLED, done.reason


async def test_what_was_found_is_remembered_until_the_code_is_another(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS) as desk:
            orders, trader = orders_of(desk), desk.traders["uniswap"]
            tried = []
            real = trader.trials._made

            async def made(trial, at):
                tried.append(trial)
                return await real(trial, at)

            monkeypatch.setattr(trader.trials, "_made", made)
            await final(desk, await orders.place(ask("GOOD")))
            assert len(tried) == 2
            await final(desk, await orders.place(ask("GOOD", side="sell")))
            assert len(tried) == 2
            for _ in range(2):
                with pytest.raises(Blocked, match="HONEY"):
                    await orders.place(ask("HONEY"))
            assert len(tried) == 4
            known = dict(trader.trials._verdicts)
            for key, verdict in known.items():
                trader.trials._verdicts[key] = type(verdict)(
                    code=b"another", refusal="", until_ns=verdict.until_ns, looked_ns=-(10**15)
                )
            with pytest.raises(Blocked, match="HONEY"):
                await orders.place(ask("HONEY"))


async def test_where_no_node_can_try_the_settings_must_say_so(tmp_path, monkeypatch):
    async with sandboxed("uniswap") as sandbox:
        await odd(sandbox, monkeypatch)
        async with desk_on(sandbox, tmp_path, pairs=PAIRS) as desk:
            without(desk, monkeypatch, "eth_simulateV1", "eth_call")
            with pytest.raises(Blocked, match=r"limits\.unchecked_tokens"):
                await orders_of(desk).place(ask("GOOD"))
            assert not desk.links["uniswap"].account.sender.transactions
        limits = LimitSettings(unchecked_tokens=("GOOD",))
        async with desk_on(sandbox, tmp_path, pairs=PAIRS, limits=limits) as desk:
            without(desk, monkeypatch, "eth_simulateV1", "eth_call")
            done = await final(desk, await orders_of(desk).place(ask("GOOD")))
            assert done.status is OrderStatus.FILLED
