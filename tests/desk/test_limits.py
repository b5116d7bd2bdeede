"""Limits in the path of everything that a desk signs, on a real node: what is beyond them is
Blocked before anything is signed or approved.
"""

import asyncio
import contextlib
import random
from decimal import Decimal

import pytest

from argosy.desk.asks import CancelAsk, OrderAsk
from argosy.desk.onchain import sandbox_chain
from argosy.desk.settings import LimitSettings
from argosy.desk.signing import guarded, limits_of
from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk
from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.outgoing import APPROVE
from argosy.errors import Blocked
from argosy.model import ClientOrderId, ContractCall, OrderStatus
from argosy.net.clock import SystemClock
from argosy.net.contracts import ContractClient
from argosy.net.tx import TxSettings
from argosy.net.tx_journal import TxRequest, TxState
from argosy.net.tx_signing import KeySigner
from argosy.ports import Approval, Deed, Reading
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.told import ToldChain
from desk.test_pools import V3, desk_on, final, orders_of, sandboxed
from net.nodes import client, sending

SUPPLY = Function("supply(address,uint256,address,uint16)")
ALLOWANCE = Function("allowance(address,address)", "uint256")
BOB = "0x" + "b0" * 20


def caps(**told):
    return {
        name: {token: Decimal(cap) for token, cap in found.items()} for name, found in told.items()
    }


def nonce(sandbox):
    chain = sandbox.live.chain
    told = chain.link.call("eth_getTransactionCount", chain.layout.accounts["desk"], "pending")
    return int(told, 16)


def sell(size, **more):
    return OrderAsk(**{"instrument": V3, "side": "sell", "size": size, "type": "market"} | more)


async def test_a_swap_within_the_limits_passes_and_one_beyond_is_not_signed(tmp_path):
    limits = LimitSettings(
        uncapped=False, **caps(per_transaction={"ETH": "1.5", "USDC": "4000"}, per_day={"ETH": "2"})
    )
    async with (
        sandboxed("uniswap") as sandbox,
        desk_on(sandbox, tmp_path, limits=limits, pairs=("ETH/USD", "WBTC/ETH")) as desk,
    ):
        orders, account = orders_of(desk), desk.links["uniswap"].account
        done = await final(desk, await orders.place(sell("1")))
        assert done.status is OrderStatus.FILLED
        before, sent = nonce(sandbox), dict(account.sender.transactions)
        for ask, why in (
            (sell("1.6", client_id="much"), r"1\.6 ETH would leave at once; the cap is 1\.5 ETH"),
            (sell("1.2"), r"2\.2 ETH would leave in 24 hours, 1 ETH of it before"),
            (sell("2", side="buy"), r"USDC would leave at once; the cap is 4000 USDC"),
            (sell("0.1", instrument="uniswap:WBTC/ETH@v3-3000"), "no cap for WBTC is set"),
        ):
            with pytest.raises(Blocked, match=why):
                await orders.place(ask)
        assert nonce(sandbox) == before
        assert account.sender.transactions == sent  # nor was anything approved
        known = desk.traders["uniswap"].ledger.find(ClientOrderId("much"))
        assert known.status is OrderStatus.REJECTED
        bought = await final(desk, await orders.place(sell("1", side="buy")))
        assert bought.status is OrderStatus.FILLED
        assert account.signer.spent()[account.info.token("USDC").address] > 2_000 * 10**6


async def test_what_a_day_let_go_is_known_after_a_restart(tmp_path):
    limits = LimitSettings(**caps(per_day={"ETH": "1.5"}))
    journal = f"sqlite:///{tmp_path / 'journal.db'}"
    async with sandboxed("uniswap") as sandbox:
        async with desk_on(sandbox, tmp_path, limits=limits, journal=journal) as desk:
            await final(desk, await orders_of(desk).place(sell("1")))
        async with desk_on(sandbox, tmp_path, limits=limits, journal=journal) as desk:
            with pytest.raises(Blocked, match=r"2 ETH would leave in 24 hours, 1 ETH of it"):
                await orders_of(desk).place(sell("1", client_id="second"))
            half = sell("0.5", client_id="third")
            done = await final(desk, await orders_of(desk).place(half))
            assert done.status is OrderStatus.FILLED


async def test_what_waits_is_sped_up_and_cancelled_at_the_cap(tmp_path):
    limits = LimitSettings(**caps(per_day={"ETH": "1"}))
    async with (
        sandboxed("uniswap", block_s=3.0) as sandbox,
        desk_on(sandbox, tmp_path, limits=limits) as desk,
    ):
        orders, account = orders_of(desk), desk.links["uniswap"].account
        placed = await orders.place(sell("1"))
        await account.sender.speed_up(placed.client_id)
        assert account.signer.spent()[account.info.own.address] == 10**18
        await orders.cancel(CancelAsk(order=placed.client_id))
        gone = await final(desk, placed)
        assert gone.status in {OrderStatus.CANCELLED, OrderStatus.FILLED}
        assert len(account.sender.transactions[placed.client_id].attempts) == 3


async def test_a_swap_over_several_pools_is_within_the_limits_too(tmp_path):
    limits = LimitSettings(**caps(per_transaction={"ETH": "1"}))
    async with (
        sandboxed("uniswap") as sandbox,
        desk_on(sandbox, tmp_path, limits=limits) as desk,
    ):
        ways = SwapDesk(desk, random.Random(3))
        before = nonce(sandbox)
        terms = {"give": "ETH", "get": "WBTC", "dry_run": False}
        with pytest.raises(Blocked, match="the cap is 1 ETH"):
            await ways.swap(SwapAsk(amount="2", **terms))
        assert nonce(sandbox) == before
        done = await ways.swap(SwapAsk(amount="1", **terms))
        assert done.got


# --- deeds of other protocols ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def chain():
    with EvmChain() as chain:
        yield chain


def told_of(chain):
    layout = chain.layout
    return ToldChain(
        chain_id=chain.settings.chain_id,
        rpc=chain.node.url,
        ws=chain.node.ws_url,
        accounts=layout.accounts,
        keys={"desk": private_key("desk")},
        tokens={symbol: token.address for symbol, token in layout.tokens.items()},
        decimals={symbol: token.decimals for symbol, token in layout.tokens.items()},
        contracts=layout.contracts,
    )


@contextlib.asynccontextmanager
async def contracts(chain, folder, **limits):
    told = told_of(chain)
    policy = limits_of(sandbox_chain(told), (), LimitSettings(**limits), sandbox=False)
    signer = guarded(KeySigner(told.keys["desk"]), policy, folder, SystemClock())
    terms = TxSettings(confirmations=1)
    async with client(told.rpc) as rpc, sending(rpc, signer, folder, terms) as sender:
        yield ContractClient(rpc, sender)


def supply(chain, me, amount):
    pool, token = chain.layout.contracts["aave.pool"], chain.layout.tokens["WETH"].address
    allowed = ContractCall(to=token, data=ALLOWANCE.data(me, pool))
    approval = Approval(
        call=ContractCall(to=token, data=APPROVE.data(pool, amount)),
        needed=Reading((allowed,), lambda told: ALLOWANCE.one(told[0]) < amount),
        token=token,
        spender=pool,
        amount=amount,
    )
    call = ContractCall(to=pool, data=SUPPLY.data(token, amount, me, 0))
    return Deed(call=call, words="supply", approvals=(approval,))


async def test_a_deed_passes_once_its_contract_is_allowed(chain, tmp_path):
    pool = chain.layout.contracts["aave.pool"]
    with chain.undone():
        async with contracts(chain, tmp_path, **caps(per_day={"WETH": "2"})) as it:
            me = it.sender.address
            with pytest.raises(Blocked, match=f"{pool} could take WETH"):
                await it.do(supply(chain, me, 10**18), id_="supply")
            assert not it.sender.transactions
        allowed = {"contracts": (pool,)} | caps(per_day={"WETH": "2"})
        async with contracts(chain, tmp_path, **allowed) as it:
            done = await it.do(supply(chain, me, 10**18), id_="supply")
            assert done.transaction.state is TxState.DONE
            with pytest.raises(Blocked, match="WETH would leave in 24 hours"):
                await it.do(supply(chain, me, 2 * 10**18), id_="more")
            assert list(it.sender.transactions) == ["supply.1", "supply"]


async def test_nothing_is_sent_around_the_limits(chain, tmp_path):
    with chain.undone():
        async with contracts(chain, tmp_path, **caps(per_day={"ETH": "1"})) as it:
            used = await it.rpc.call("eth_getTransactionCount", it.sender.address, "pending")
            for request in (
                TxRequest(id="bob", to=BOB, value=1),
                TxRequest(id="new", to=None, data="0x00", gas=100_000),
                TxRequest(id="call", to=BOB, data="0x01", gas=100_000),
                TxRequest(id="self", to=it.sender.address, value=5),
            ):
                with pytest.raises(Blocked):
                    await it.sender.send(request)
            assert not it.sender.transactions
            told = await it.rpc.call("eth_getTransactionCount", it.sender.address, "pending")
            assert told == used
            for name in ("bob", "new", "call", "self"):
                assert await it.sender.find(name) is None  # nor on disk
            await asyncio.sleep(0)
