"""A real node watched: what its actors send is decoded, followed to its end, and undone."""

import asyncio

import pytest

from argosy.errors import ConfigError
from argosy.model import Nanos, PendingTransaction
from argosy.model.calls import Allowance, LiquidityChange, Note, Swap, TokenTransfer
from argosy.net.watch.events import (
    BlockUndone,
    BlockWatched,
    PendingAgain,
    PendingDecoded,
    PendingEnded,
    WatchGap,
)
from argosy.net.watch.feed import WatchSettings
from argosy.net.watch.lens import LensSettings, sandwiches_of
from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from net.watch.watching import GWEI, waiting_chain, watched

FAST = {"poll_s": 0.02, "batch_s": 0.002, "drop_after_s": 0.0}


def told_kinds(found, sent: dict[str, str]) -> dict[str, set[type]]:
    """What each kind of actors' transactions was decoded as."""
    kinds: dict[str, set[type]] = {}
    for event in found.of(PendingDecoded):
        kind = sent.get(event.transaction.hash)
        if kind:
            kinds.setdefault(kind, set()).update(type(each) for each in event.call.actions)
    return kinds


@pytest.mark.parametrize(("stream", "whole"), [(True, True), (True, False), (False, False)])
async def test_what_actors_send_is_decoded_and_followed(stream, whole):
    with waiting_chain() as chain:
        crowd = Crowd(chain, CrowdSettings(seed=7, whale_rate=0.4, provider_rate=0.6))
        sent: dict[str, str] = {}
        submit = crowd._pools.submit

        def submitting(role, kind, *rest, **named):
            name = submit(role, kind, *rest, **named)
            sent[name] = kind
            return name

        crowd._pools.submit = submitting
        settings = WatchSettings(whole=whole, **FAST)
        async with watched(chain, settings, stream=stream) as found:
            await asyncio.to_thread(crowd.open)
            for _ in range(12):
                report = await asyncio.to_thread(crowd.step)
                await found.until(
                    lambda at=report: (
                        found.watch.tip is not None
                        and found.watch.tip.hash == at.hash
                        and any(b.head.hash == at.hash for b in found.of(BlockWatched))
                    )
                )
            kinds = told_kinds(found, sent)
            blocks = found.of(BlockWatched)
    if whole:  # hashes of what is mined at once are asked for too late
        of_v4 = {Note, TokenTransfer}  # which says how it is paid as well
        assert {kind: found - of_v4 for kind, found in kinds.items()} == {
            "approve": {Allowance},
            "swap": {Swap},
            "whale": {Swap},
            "arbitrage": {Swap},
            "sandwich": {Swap},
            "mint": {LiquidityChange},
            "add": {LiquidityChange},
        }
        assert kinds["swap"] >= of_v4
        decoded = {each.transaction.hash for each in found.of(PendingDecoded)}
        assert set(sent) <= decoded
        ended = {each.hash: each.fate for each in found.of(PendingEnded)}
        assert set(ended) == decoded
        assert set(ended.values()) <= {"mined", "failed"}
        assert len(found.watch.mempool) == 0
    assert all(not block.problem for block in blocks)
    assert sum(len(block.trades) for block in blocks) > 20
    found_sandwiches = [each for block in blocks for each in sandwiches_of(block)]
    assert found_sandwiches
    assert all(sent[each.front.transaction] == "sandwich" for each in found_sandwiches)
    assert all(victim.loss > 0 for each in found_sandwiches for victim in each.victims)


async def test_hashes_alone_are_asked_for_in_batches():
    with waiting_chain() as chain:
        settings = WatchSettings(whole=False, **FAST)
        async with watched(chain, settings) as found:
            token = chain.contract("token.WETH")
            names = [
                await found.send("desk", token.address, token.data("transfer", token.address, n))
                for n in range(5)
            ]
            await found.until(lambda: len(found.of(PendingDecoded)) == 5)
    calls = {each.transaction.hash: each.call.actions for each in found.of(PendingDecoded)}
    assert set(calls) == set(names)
    assert calls[names[3]] == (
        TokenTransfer(token=token.address, recipient=token.address, amount=3),
    )


async def test_replaced_and_dropped():
    with waiting_chain() as chain:
        async with watched(chain, WatchSettings(**FAST)) as found:
            rival = chain.layout.accounts["rival"]
            first = await found.send("desk", rival, value=1, nonce=0 + await nonce(found, "desk"))
            second = await found.send(
                "desk",
                rival,
                value=2,
                tip=9 * GWEI,
                fee=200 * GWEI,
                nonce=await nonce(found, "desk"),
            )
            gone = await found.send("whale_a", rival, value=3)
            await found.until(lambda: len(found.of(PendingDecoded)) == 3)
            await found.call("anvil_dropTransaction", gone)
            await found.mine()
            await found.mine()
            await found.mine()
            await found.until(lambda: len(found.of(PendingEnded)) == 3)
    ended = {each.hash: (each.fate, each.by) for each in found.of(PendingEnded)}
    assert ended == {
        first: ("replaced", second),
        second: ("mined", ""),
        gone: ("dropped", ""),
    }


async def nonce(found, role: str) -> int:
    told = await found.call("eth_getTransactionCount", found.chain.layout.accounts[role], "latest")
    return int(told, 16)


@pytest.mark.parametrize("stream", [True, False])
async def test_a_reorganisation_undoes_what_was_told(stream):
    with waiting_chain() as chain:
        async with watched(chain, WatchSettings(**FAST), stream=stream) as found:
            rival = chain.layout.accounts["rival"]
            sent = await found.send("desk", rival, value=5)
            await found.until(lambda: len(found.of(PendingDecoded)) == 1)
            await found.mine()
            await found.mine()
            (ended,) = found.of(PendingEnded)
            assert (ended.hash, ended.fate) == (sent, "mined")
            before = [block.head.hash for block in found.of(BlockWatched)][-2:]
            await found.call("anvil_reorg", 2, [])
            await found.until(lambda: len(found.of(BlockUndone)) == 2)
            undone = [event.block.head.hash for event in found.of(BlockUndone)]
            assert undone == before[::-1]
            (again,) = found.of(PendingAgain)
            assert (again.hash, again.block_hash) == (sent, ended.block_hash)
            head = await found.call("eth_getBlockByNumber", "latest", False)
            await found.until(lambda: found.of(BlockWatched)[-1].head.hash == head["hash"])
            # anvil puts nothing back into its pool: it is found to be gone.
            await found.mine()
            await found.mine()
            await found.until(lambda: found.of(PendingEnded)[-1].fate == "dropped")


async def test_large_transfers_with_labels_and_events_of_contracts():
    from argosy.dialects.evm.contract_events import ContractEvents

    with waiting_chain() as chain:
        layout = chain.layout
        tokens = {each.address: each.usd for each in layout.tokens.values()}
        usdc = chain.contract("token.USDC")
        desk, fresh = layout.accounts["desk"], "0x" + "12" * 20
        lens = LensSettings(
            prices=tokens | {"0x" + "00" * 20: layout.tokens["WETH"].usd},
            labels={desk.upper().replace("0X", "0x"): "our desk"},
            contracts={usdc.address: ContractEvents(usdc.abi)},
        )
        async with watched(chain, WatchSettings(lens=lens, **FAST)) as found:
            await found.send("desk", usdc.address, usdc.data("transfer", fresh, 250_000 * 10**6))
            await found.send("desk", usdc.address, usdc.data("transfer", fresh, 10 * 10**6))
            await found.send(
                "whale_a", usdc.address.lower(), usdc.data("transfer", usdc.address, 10**12)
            )
            await found.send("whale_b", fresh, value=1_000 * 10**18)
            await found.mine()
            block = found.of(BlockWatched)[-1]
    large = {(each.symbol, each.sender): each for each in block.transfers}
    assert set(large) == {
        ("USDC", desk),
        ("USDC", layout.accounts["whale_a"]),
        ("ETH", layout.accounts["whale_b"]),
    }
    ours = large["USDC", desk]
    assert (ours.amount, ours.recipient) == (250_000, fresh)
    assert [each.text for each in ours.sender_labels if not each.guess] == ["our desk"]
    assert "fresh wallet" in [each.text for each in ours.recipient_labels]
    to_contract = large["USDC", layout.accounts["whale_a"]]
    assert [each.text for each in to_contract.recipient_labels] == ["contract"]
    events = [(each.name, each.arguments["value"]) for each in block.events]
    assert sorted(events) == [
        ("Transfer", 10 * 10**6),
        ("Transfer", 250_000 * 10**6),
        ("Transfer", 10**12),
    ]


async def test_a_node_that_is_gone_and_comes_back_not_ends_nothing():
    with waiting_chain() as chain:
        async with watched(chain, WatchSettings(**FAST), stream=False) as found:
            chain.node.close()
            await found.until(lambda: bool(found.watch.trouble))


async def test_no_stream_is_a_setting_to_mend():
    with waiting_chain() as chain:
        chain.node.ws_url = "http://127.0.0.1:1"
        with pytest.raises((ConfigError, ExceptionGroup)):
            async with watched(chain, WatchSettings(**FAST)):
                await asyncio.sleep(0.5)


async def test_a_node_that_refuses_whole_transactions_is_asked_for_hashes():
    with waiting_chain() as chain:
        async with watched(chain, WatchSettings(**FAST)) as found:
            kinds = [each.params for each in found.watch._session(None)._watches]
            assert kinds == [["newHeads"], ["newPendingTransactions", True]]
            found.watch._state("lost", "sandbox refuses newPendingTransactions: no")
            kinds = [each.params for each in found.watch._session(None)._watches]
            assert kinds == [["newHeads"], ["newPendingTransactions"]]
            assert found.of(WatchGap)


async def test_too_many_hashes_are_counted():
    with waiting_chain() as chain:
        async with watched(chain, WatchSettings(most_unasked=2, **FAST), stream=False) as found:
            for number in range(5):
                heard = PendingTransaction(
                    chain="sandbox", hash=f"0x{number:064x}", received_ns=Nanos(0)
                )
                found.watch.pending(heard)
                found.watch.pending(heard)
            assert found.watch.missed >= 3
            await found.until(lambda: not found.watch._hashes)


def test_who_trades_both_ways_in_a_block():
    from analytics.mev.blocks import Block
    from argosy.net.watch.lens import round_trips

    block = Block()
    block.swap("there", 10**20)
    block.swap("there and back", 10**20)
    block.swap("there and back", 10**20, forward=False)
    assert round_trips(block.trades) == {"there and back"}
