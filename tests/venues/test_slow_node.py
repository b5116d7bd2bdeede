"""The same adapters on py-evm, in place of anvil: the other implementation of the machine."""

import random
from decimal import Decimal
from types import SimpleNamespace

import msgspec
import pytest

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.model import ItemKind, LendingAction, LendingKind, NftItem
from argosy.model.lending import find
from argosy.net.tx_signing import KeySigner
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.collectibles import deploy_seaport
from argosy.sandbox.evm.deploy import build
from argosy.sandbox.evm.lending import deploy_aave, deploy_feeds
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.node import SlowNode
from argosy.sandbox.evm.staking import deploy_staking
from argosy.sandbox.evm.tokens import deploy_tokens
from argosy.testing.onchain import on_chain
from argosy.testing.readings import survives
from sandbox.evm.chains import missing
from venues.aave.test_contract import aave
from venues.chains import now_s
from venues.lido.test_contract import lido
from venues.opensea.test_contract import seaport

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
STAGES = (
    ("tokens", deploy_tokens),
    ("price feeds", deploy_feeds),
    ("aave v3", deploy_aave),
    ("seaport", deploy_seaport),
    ("staking", deploy_staking),
)


@pytest.fixture(scope="module")
def slow():
    if why := missing():
        pytest.skip(why)
    with SlowNode() as node, Link(node.url) as link:
        yield SimpleNamespace(node=node, link=link, layout=build(link, STAGES))


async def test_a_loan(slow):
    lending = aave(slow)
    async with on_chain(slow.node.url, private_key("desk")) as client:
        me = client.sender.address
        reserves = await client.ask(lending.markets())
        for kind, symbol, amount in (
            (LendingKind.SUPPLY, "WETH", "10"),
            (LendingKind.BORROW, "USDC", "15000"),
        ):
            account = await client.ask(lending.account(me, reserves))
            reserve = find(reserves, symbol)
            action = LendingAction(kind=kind, asset=symbol, amount=Decimal(amount))
            expected = lending.after(account, reserve, action)
            await client.do(lending.act(account, reserve, action), id_=kind.value)
        account = await client.ask(lending.account(me, reserves))
        assert abs(account.health / expected.health - 1) < Decimal("1e-8")
        survives(lending.markets(), random.Random(9), 5)


async def test_a_stake_and_its_withdrawal(slow):
    staking = lido(slow)
    async with on_chain(slow.node.url, private_key("desk")) as client:
        me = client.sender.address
        await client.do(staking.stake(Decimal(2), me), id_="stake")
        await client.do(staking.wrap(Decimal(1), me), id_="wrap")
        await client.do(staking.request_withdrawal(Decimal(1), me), id_="ask")
        (asked,) = await client.ask(staking.requests(me))
        assert (asked.id, asked.finalized) == (1, False)
        assert (await client.ask(staking.position(me))).wrapped > 0


async def test_a_listing_and_its_sale(slow):
    market, key = seaport(slow), KeySigner(private_key("desk"))
    collection = slow.layout.contracts["collection"]
    async with (
        on_chain(slow.node.url, private_key("desk")) as desk,
        on_chain(slow.node.url, private_key("rival")) as rival,
    ):
        me, other, now = desk.sender.address, rival.sender.address, now_s(slow)
        order = market.listing(
            NftItem(kind=ItemKind.ERC721, token=collection, identifier=11),
            10**18,
            me,
            counter=await desk.ask(market.counter(me)),
            salt=1,
            start_s=now - 60,
            end_s=now + 3_600,  # of the chain's own time, in which gas is estimated too
        )
        signature = key.sign_typed(market.typed(order))
        order = msgspec.structs.replace(order, signature="0x" + signature.hex())
        assert await rival.ask(market.problems(order, other, now)) == ()
        done = await rival.do(market.fulfil(order, other), id_="buy")
        assert market.events(done.logs)[0].hash == market.hash(order)
