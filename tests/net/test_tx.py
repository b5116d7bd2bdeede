"""Sending and following transactions on a real node: restarts, lost answers, replacements,
forgetful nodes, reorganisations.
"""

import contextlib

import msgspec
import pytest

from argosy.errors import Blocked, InsufficientFunds, NonceUsed, NotSent, TransactionRefused
from argosy.net.chain_fees import GWEI, Fees
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_journal import TxRequest, TxState
from argosy.net.tx_signing import KeySigner
from net.nodes import ask, client, node, sending
from net.servers import Cut, closed_port, raw_server
from net.test_tx_signing import KEY

TO = "0x" + "ab" * 20
FEES = Fees(base_fee=GWEI, priority_fee=GWEI, max_fee=10 * GWEI)
TWO = TxSettings(confirmations=2)
# Runtime code that reverts, whatever it is asked.
REVERTS = "0x60006000fd"


def request(id_: str = "a", **more) -> TxRequest:
    return TxRequest(id=id_, **{"to": TO, "value": 7} | more)


@contextlib.asynccontextmanager
async def sender(path, *urls: str, settings: TxSettings = TWO, **more):
    async with client(*urls) as rpc, sending(rpc, KeySigner(KEY), path, settings, **more) as it:
        yield it


async def balance(url: str) -> int:
    return int(await ask(url, "eth_getBalance", TO, "latest"), 16)


async def test_from_pending_over_mined_to_done(tmp_path):
    told = []
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, on_change=told.append) as tx:
            sent = await tx.send(request())
            assert (sent.nonce, sent.state, sent.note) == (0, TxState.PENDING, "")
            assert await tx.settle() == []
            await ask(one.url, "evm_mine")
            (mined,) = await tx.settle()
            assert (mined.state, mined.block_number) == (TxState.MINED, 1)
            await ask(one.url, "evm_mine")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE
            assert done.mined_hash == sent.last.hash
            assert await tx.settle() == []
            assert await balance(one.url) == 7
    assert [each.state for each in told] == ["pending", "mined", "done"]


async def test_an_end_counts_where_enough_nodes_tell_the_same(tmp_path):
    """The same node twice agrees; one of another chain has the transaction in another block."""
    settings = TxSettings(confirmations=1, quorum=2)
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, one.url, settings=settings) as tx:
            sent = await tx.send(request())
            await ask(one.url, "evm_mine")
            (done,) = await tx.settle()
            assert (sent.state, done.state) == (TxState.PENDING, TxState.DONE)
    with node(mine=False) as one, node(mine=False, genesis_s=1_600_000_000) as other:
        async with sender(tmp_path / "other", one.url, other.url, settings=settings) as tx:
            await tx.send(request())
            for each in (one, other):
                await ask(each.url, "evm_mine")
            (mined,) = await tx.settle()
            assert mined.state is TxState.MINED
            assert "no 2 nodes say the same" in mined.note
            other.close()
            await tx.settle()
            assert [each.request.id for each in tx.open_transactions] == ["a"]


async def test_nonces_go_up_also_while_nothing_is_mined(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            nonces = [(await tx.send(request(name))).nonce for name in "abc"]
            await ask(one.url, "anvil_mine", "0x2")
            await tx.settle()
            nonces.append((await tx.send(request("d"))).nonce)
    assert nonces == [0, 1, 2, 3]


async def test_the_same_id_is_carried_out_once_also_after_a_restart(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            first = await tx.send(request())
            assert await tx.send(request()) == first
        async with sender(tmp_path, one.url) as tx:
            assert await tx.send(request()) == first
            assert (await tx.send(request("b"))).nonce == 1
            await ask(one.url, "anvil_mine", "0x2")
            assert [each.state for each in await tx.settle()] == ["done", "done"]
        assert await balance(one.url) == 14


async def test_after_a_crash_before_it_was_sent_it_is_sent_then(tmp_path):
    """Written down, and the process ends before a byte leaves: the restart hands it out."""
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:

            async def crash(*_):
                raise KeyboardInterrupt

            tx._client.send_raw = crash
            with pytest.raises(KeyboardInterrupt):
                await tx.send(request())
        async with sender(tmp_path, one.url) as tx:
            (known,) = tx.open_transactions
            assert await ask(one.url, "eth_getTransactionByHash", known.last.hash) is None
            assert (await tx.send(request("b"))).nonce == 1  # its nonce is taken
            await tx.settle()
            await ask(one.url, "anvil_mine", "0x2")
            await tx.settle()
            assert [each.state for each in tx.transactions.values()] == ["done", "done"]


async def test_an_answer_that_was_lost_is_no_reason_to_send_another(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            real, tries = tx._client.send_raw, []

            async def lossy(raw, name):
                await real(raw, name)
                tries.append(name)
                from argosy.errors import OutcomeUnknown

                raise OutcomeUnknown("no answer")

            tx._client.send_raw = lossy
            sent = await tx.send(request())
            assert (sent.state, sent.note) == (TxState.PENDING, "no answer")
            (seen,) = await tx.settle()
            assert seen.note == ""  # a node has it
            assert len(tries) == 1
            await ask(one.url, "anvil_mine", "0x2")
            await tx.settle()
            assert tx.transactions["a"].state is TxState.DONE
        assert await balance(one.url) == 7


async def test_what_reached_nobody_is_handed_out_later(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            real = tx._client.send_raw

            async def dead(*_):
                raise NotSent("no connection")

            tx._client.send_raw = dead
            assert (await tx.send(request())).note == "no connection"
            tx._client.send_raw = real
            (after,) = await tx.settle()
            assert after.note == ""
            assert await ask(one.url, "eth_getTransactionByHash", after.last.hash) is not None


async def test_where_one_node_of_two_is_gone_it_gets_in_through_the_other(tmp_path):
    with node(mine=False) as one:
        dead = f"http://127.0.0.1:{closed_port()}"
        async with (
            raw_server(lambda *_: Cut()) as lossy,
            sender(tmp_path, dead, lossy.url, one.url) as tx,
        ):
            assert (await tx.send(request())).note == ""
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE


async def test_a_faster_one_gets_in_instead(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            slow = await tx.send(request(), FEES)
            quick = await tx.speed_up("a", FEES)
            assert quick.nonce == slow.nonce
            assert quick.last.max_fee == 11_250_000_000
            assert quick.last.priority_fee == 1_125_000_000
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert (done.state, done.mined_hash) == (TxState.DONE, quick.last.hash)
            with pytest.raises(NonceUsed, match="a is done"):
                await tx.speed_up("a")
        assert await balance(one.url) == 7


async def test_a_cancellation_gets_in_instead_and_stays_one(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            await tx.send(request(), FEES)
            await tx.cancel("a", FEES)
            again = await tx.speed_up("a", FEES)
            assert [attempt.kind for attempt in again.attempts] == ["send", "cancel", "cancel"]
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.CANCELLED
        assert await balance(one.url) == 0


async def test_a_cancellation_that_came_too_late_says_so(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            sent = await tx.send(request(), FEES)
            await ask(one.url, "evm_mine")
            with pytest.raises(NonceUsed):
                await tx.cancel("a", FEES)
            assert tx.transactions["a"] == sent
            await ask(one.url, "evm_mine")
            (done,) = await tx.settle()
            assert (done.state, done.mined_hash) == (TxState.DONE, sent.last.hash)


async def test_a_forgetful_node_is_told_again(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            sent = await tx.send(request())
            await ask(one.url, "anvil_dropTransaction", sent.last.hash)
            await tx.settle()
            assert await ask(one.url, "eth_getTransactionByHash", sent.last.hash) is not None


async def test_what_is_stuck_pays_more_by_itself_up_to_the_cap(tmp_path):
    settings = TxSettings(confirmations=2, stuck_blocks=3, fee_cap=4 * GWEI)
    low = Fees(base_fee=GWEI, priority_fee=1, max_fee=GWEI * 12 // 10)
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, settings=settings) as tx:
            await tx.send(request(), low)
            await ask(one.url, "anvil_setNextBlockBaseFeePerGas", hex(2 * GWEI))
            for _ in range(3):
                assert tx.transactions["a"].state is TxState.PENDING
                await ask(one.url, "evm_mine")
                await tx.settle()
            assert [each.kind for each in tx.transactions["a"].attempts] == ["send", "speed_up"]
            assert tx.transactions["a"].last.max_fee > GWEI
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE


async def test_what_is_stuck_and_cannot_pay_more_says_why(tmp_path):
    settings = TxSettings(confirmations=2, stuck_blocks=1, fee_cap=10 * GWEI)
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, settings=settings) as tx:
            sent = await tx.send(request(), FEES)
            await ask(one.url, "anvil_dropTransaction", sent.last.hash)
            await ask(one.url, "evm_mine")
            (after,) = await tx.settle()
            assert "above the cap" in after.note
            assert after.attempts == sent.attempts
            assert (await tx.find("a")).note == after.note


async def test_a_node_that_fails_in_the_middle_changes_nothing(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            sent = await tx.send(request(), FEES)
            real = tx._client.batch

            async def fails(asks):
                return [NotSent("no connection") for _ in asks]

            tx._client.batch = fails
            with pytest.raises(NotSent, match="no connection"):
                await tx.settle()
            assert tx.open_transactions == [sent]
            tx._client.batch = real
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE


async def test_above_the_cap_nothing_is_signed(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, settings=TxSettings(fee_cap=10 * GWEI)) as tx:
            await tx.send(request(), FEES)
            with pytest.raises(Blocked, match="above the cap"):
                await tx.speed_up("a", FEES)
            assert len(tx.transactions["a"].attempts) == 1


async def test_what_nobody_takes_leaves_its_nonce_free(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            with pytest.raises(InsufficientFunds):
                await tx.send(request(value=10**30))
            with pytest.raises(TransactionRefused):
                await tx.send(request("b", gas=100))
            assert tx.transactions == {}
            assert (await tx.send(request("c"))).nonce == 0
        async with sender(tmp_path, one.url) as tx:
            assert [each.request.id for each in tx.open_transactions] == ["c"]
            assert (await tx.send(request("d"))).nonce == 1


async def test_somebody_else_with_the_same_key_is_made_way_for(tmp_path):
    with node() as one:
        me = KeySigner(KEY).address
        async with sender(tmp_path, one.url) as tx:
            for _ in range(2):  # past us, after nonces were learnt
                await ask(one.url, "eth_sendTransaction", {"from": me, "to": TO, "value": "0x1"})
            sent = await tx.send(request())
            assert sent.nonce == 2
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE
        async with sender(tmp_path, one.url) as tx:
            assert tx.open_transactions == []
            assert tx.transactions["a"].nonce == 2


async def test_who_is_always_too_late_sends_nothing_and_the_id_stays_free(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            real = tx._client.send_raw

            async def late(*_):
                raise NonceUsed("nonce too low")

            tx._client.send_raw = late
            with pytest.raises(NotSent, match="used by somebody else"):
                await tx.send(request())
            assert await tx.find("a") is None
            tx._client.send_raw = real
            assert (await tx.send(request())).nonce == 3
        async with sender(tmp_path, one.url) as tx:
            assert [each.nonce for each in tx.open_transactions] == [3]


async def test_a_nonce_that_somebody_else_used_is_said_after_some_blocks(tmp_path):
    with node(mine=False) as one:
        me = KeySigner(KEY).address
        async with sender(tmp_path, one.url) as tx:
            sent = await tx.send(request(), FEES)
            await ask(one.url, "anvil_dropTransaction", sent.last.hash)
            fields = {"from": me, "to": TO, "value": "0x1", "nonce": "0x0"}
            await ask(one.url, "eth_sendTransaction", fields)
            await ask(one.url, "evm_mine")
            (after,) = await tx.settle()
            assert after.state is TxState.PENDING  # receipts may come late: not yet
            assert await tx.settle() == []
            await ask(one.url, "evm_mine")
            (after,) = await tx.settle()
            assert after.state is TxState.REPLACED


async def test_a_revert_in_the_chain_is_said(tmp_path):
    with node(mine=False) as one:
        await ask(one.url, "anvil_setCode", TO, REVERTS)
        async with sender(tmp_path, one.url) as tx:
            await tx.send(request(gas=60_000, value=0))
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.REVERTED


async def test_what_a_reorganisation_takes_out_is_sent_again(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, settings=TxSettings(confirmations=5)) as tx:
            await ask(one.url, "anvil_mine", "0x2")
            await tx.send(request())
            await ask(one.url, "evm_mine")
            (mined,) = await tx.settle()
            assert mined.state is TxState.MINED
            await ask(one.url, "anvil_reorg", 1, [])
            assert await ask(one.url, "eth_getTransactionReceipt", mined.mined_hash) is None
            (back,) = await tx.settle()
            assert (back.state, back.block_hash) == (TxState.PENDING, "")
            await ask(one.url, "evm_mine")
            (again,) = await tx.settle()
            assert again.state is TxState.MINED
            assert again.block_hash != mined.block_hash
            await ask(one.url, "anvil_mine", "0x4")
            (done,) = await tx.settle()
            assert done.state is TxState.DONE
        assert await balance(one.url) == 7


async def test_what_expired_is_not_sent_again_but_its_nonce_is_filled(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url) as tx:
            soon = request(expires_ns=tx._client.clock.now_ns() - 1)
            sent = await tx.send(soon, FEES)
            await ask(one.url, "anvil_dropTransaction", sent.last.hash)
            await tx.settle()
            assert [each.kind for each in tx.transactions["a"].attempts] == ["send", "cancel"]
            await ask(one.url, "anvil_mine", "0x2")
            (done,) = await tx.settle()
            assert done.state is TxState.CANCELLED
        assert await balance(one.url) == 0


async def test_a_crash_at_every_step_neither_doubles_nor_loses(tmp_path):
    """Fail the nth write or send, for every n: after a restart each request gets in once."""
    for step in range(1, 13):
        folder = tmp_path / str(step)
        with node(mine=False) as one:
            try:
                async with sender(folder, one.url) as tx:
                    arm(tx, step)
                    await tx.send(request("a"), FEES)
                    await tx.speed_up("a", FEES)
                    await tx.send(request("b"), FEES)
            except KeyboardInterrupt:
                pass
            async with sender(folder, one.url) as tx:
                for name in "ab":
                    await tx.send(request(name), FEES)
                await tx.settle()
                await ask(one.url, "anvil_mine", "0x2")
                await tx.settle()
                assert {each.state for each in tx.transactions.values()} == {TxState.DONE}
            assert await balance(one.url) == 14, step


def arm(tx: TxSender, step: int) -> None:
    """Crash at the nth of: before a write, after it, before a send, after it."""
    left = [step]

    def tick() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt

    keep, hand_out = tx._keep, tx._client.send_raw

    async def keep_or_crash(transaction):
        tick()
        await keep(transaction)
        tick()

    async def send_or_crash(raw, name):
        tick()
        await hand_out(raw, name)
        tick()

    tx._keep, tx._client.send_raw = keep_or_crash, send_or_crash


async def test_too_many_at_once_are_refused(tmp_path):
    with node(mine=False) as one:
        async with sender(tmp_path, one.url, settings=TxSettings(max_open=2)) as tx:
            await tx.send(request("a"))
            await tx.send(request("b"))
            with pytest.raises(Blocked, match="2 transactions are open"):
                await tx.send(request("c"))


def test_the_smallest_bump_is_what_nodes_want():
    bumped = msgspec.structs.asdict(FEES.bumped())
    assert bumped["max_fee"] >= FEES.max_fee * 11 // 10
