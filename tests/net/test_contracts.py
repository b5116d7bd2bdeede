"""Contracts asked and changed on a real node: one block's answers, deeds once, refusals."""

import contextlib

import pytest

from argosy.dialects.evm.functions import Function
from argosy.errors import NotSent, OutcomeUnknown, Reverted, WireError
from argosy.model import ContractCall
from argosy.net.contracts import ContractClient
from argosy.net.tx import TxSettings
from argosy.net.tx_journal import TxState
from argosy.net.tx_signing import KeySigner
from argosy.ports import Approval, Deed, Reading
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from net.nodes import client, sending
from net.test_tx_signing import KEY

BALANCE = Function("balanceOf(address)", "uint256")
ALLOWANCE = Function("allowance(address,address)", "uint256")
APPROVE = Function("approve(address,uint256)", "bool")
DEPOSIT = Function("deposit()")
TRANSFER_FROM = Function("transferFrom(address,address,uint256)", "bool")
BOB = "0x" + "b0" * 20


@pytest.fixture(scope="module")
def chain():
    with EvmChain() as chain:
        yield chain


@contextlib.asynccontextmanager
async def contracts(chain, path, **settings):
    terms = TxSettings(**{"confirmations": 1} | settings)
    async with client(chain.node.url) as rpc, sending(rpc, KeySigner(KEY), path, terms) as sender:
        yield ContractClient(rpc, sender)


def weth(chain):
    return chain.layout.contracts["token.WETH"]


def balance(chain, owner) -> Reading[int]:
    call = ContractCall(to=weth(chain), data=BALANCE.data(owner))
    return Reading((call,), lambda answers: BALANCE.one(answers[0]))


def deposit(chain, amount) -> Deed:
    call = ContractCall(to=weth(chain), data=DEPOSIT.data(), value=amount)
    return Deed(call=call, words=f"wrap {amount} wei")


async def test_a_deed_is_done_once_and_told(chain, tmp_path):
    with chain.undone():
        async with contracts(chain, tmp_path) as it:
            before = await it.ask(balance(chain, it.sender.address))
            done = await it.do(deposit(chain, 7), id_="wrap-1")
            assert (done.success, done.transaction.state) == (True, TxState.DONE)
            assert done.gas_cost > done.gas_used > 21_000
            assert [log.address for log in done.logs] == [weth(chain)]
            again = await it.do(deposit(chain, 7), id_="wrap-1")
            assert again.transaction == done.transaction
            assert await it.ask(balance(chain, it.sender.address)) == before + 7


async def test_what_is_needed_first_is_sent_first(chain, tmp_path):
    with chain.undone():
        async with contracts(chain, tmp_path) as it:
            me = it.sender.address
            allowed = ContractCall(to=weth(chain), data=ALLOWANCE.data(me, me))
            approval = Approval(
                call=ContractCall(to=weth(chain), data=APPROVE.data(me, 5)),
                needed=Reading((allowed,), lambda answers: ALLOWANCE.one(answers[0]) < 5),
                token=weth(chain),
                spender=me,
                amount=5,
            )
            move = ContractCall(to=weth(chain), data=TRANSFER_FROM.data(me, BOB, 5))
            await it.do(deposit(chain, 7), id_="wrap")
            await it.do(Deed(call=move, words="pay", approvals=(approval,)), id_="pay")
            assert list(it.sender.transactions) == ["wrap", "pay.1", "pay"]
            assert await it.ask(balance(chain, BOB)) == 5
            await it.do(Deed(call=move, words="pay", approvals=(approval,)), id_="pay")
            assert await it.ask(balance(chain, BOB)) == 5


async def test_what_was_done_long_ago_is_not_done_again(chain, tmp_path):
    """Nor are its approvals: no id of it is remembered but on disk."""
    with chain.undone():
        async with contracts(chain, tmp_path, kept=0) as it:
            before = await it.ask(balance(chain, it.sender.address))
            always = Reading((), lambda _: True)
            call = ContractCall(to=weth(chain), data=APPROVE.data(BOB, 5))
            approval = Approval(call=call, needed=always, token=weth(chain), spender=BOB, amount=5)
            deed = Deed(call=deposit(chain, 7).call, words="wrap", approvals=(approval,))
            done = await it.do(deed, id_="wrap")
            assert (await it.do(deed, id_="wrap")).transaction == done.transaction
            assert it.sender.transactions == {}
            approved = await it.sender.find("wrap.1")
            assert done.transaction.nonce == approved.nonce + 1
            assert await it.ask(balance(chain, it.sender.address)) == before + 7


async def test_what_would_fail_is_not_sent(chain, tmp_path):
    async with contracts(chain, tmp_path) as it:
        move = ContractCall(to=weth(chain), data=TRANSFER_FROM.data(BOB, BOB, 1))
        with pytest.raises(Reverted):
            await it.do(Deed(call=move, words="steal"), id_="steal")
        assert not it.sender.transactions


async def test_what_fails_in_the_chain_is_said(chain, tmp_path):
    with chain.undone():
        async with contracts(chain, tmp_path) as it:
            move = ContractCall(to=weth(chain), data=TRANSFER_FROM.data(BOB, BOB, 1))
            with pytest.raises(Reverted, match="its contract refused"):
                await it.do(Deed(call=move, words="steal"), id_="steal", gas=100_000)
            assert it.sender.transactions["steal"].state is TxState.REVERTED


async def test_readings_follow_from_one_another_at_one_block(chain, tmp_path):
    async with contracts(chain, tmp_path) as it:
        first = balance(chain, BOB)
        chained = Reading(first.calls, first.read, lambda _: first)
        assert await it.ask(chained) == 0
        endless = Reading(first.calls, first.read, lambda _: endless)
        with pytest.raises(WireError, match="never ends"):
            await it.ask(endless)
        steal = ContractCall(to=weth(chain), data=TRANSFER_FROM.data(BOB, weth(chain), 1))
        both = Reading((steal, *first.calls), list, partial=True)
        refused, told = await it.ask(both, block="latest")
        assert isinstance(refused, Reverted)
        assert BALANCE.one(told) == 0
        (alone,) = await it.ask(Reading((steal,), list, partial=True))
        assert isinstance(alone, Reverted)
        with pytest.raises(Reverted):
            await it.ask(Reading((steal,), list))


async def test_a_client_without_a_key_only_asks(chain, tmp_path):
    async with client(chain.node.url) as rpc:
        it = ContractClient(rpc)
        assert await it.ask(balance(chain, BOB)) == 0
        with pytest.raises(NotSent, match="no key"):
            await it.do(deposit(chain, 1), id_="a")


async def test_what_came_of_an_id_is_told_and_nothing_sent(chain, tmp_path):
    async with contracts(chain, tmp_path) as it:
        with pytest.raises(NotSent, match="nothing was sent as a"):
            await it.outcome("a")
        done = await it.do(deposit(chain, 1), id_="a")
        again = await it.outcome("a")
        assert (again.transaction, again.gas_cost) == (done.transaction, done.gas_cost)
        assert list(it.sender.transactions) == ["a"]


async def test_patience_ends_and_the_deed_goes_on(tmp_path):
    with EvmChain(NodeSettings(mine=False)) as chain:
        async with contracts(chain, tmp_path) as it:
            sent = await it._send(deposit(chain, 1).call, "slow", 60_000, None)
            with pytest.raises(OutcomeUnknown, match=r"slow is pending after 0\.3 s"):
                await it.final(sent, patience_s=0.3)
            await it.rpc.call("evm_mine")
            assert (await it._carried(sent)).success
