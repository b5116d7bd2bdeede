"""Whole blocks of a real node, of one without eth_getBlockReceipts, and blocks that are gone."""

from typing import Any

import msgspec
import pytest

from argosy.errors import Unsupported, VenueUnavailable, WireError
from argosy.net.blocks import BlockReader
from argosy.net.heads import HeadFollower
from net.nodes import ask, client, node


class Changed:
    """A client whose answers are not those of its node."""

    def __init__(self, rpc: Any, **answers: Any) -> None:
        self.rpc = rpc
        self.clock = rpc.clock
        self.answers = answers
        self.asked: list[str] = []

    async def batch(self, asks: Any) -> list[Any]:
        self.asked += [each.method for each in asks]
        told = await self.rpc.batch(asks)
        return [
            self.answers.get(each.method, answer) for each, answer in zip(asks, told, strict=True)
        ]


async def mined(url: str, rpc: Any, count: int = 3):
    """A block of some payments."""
    sender, other = (await ask(url, "eth_accounts"))[:2]
    sent = [
        await ask(url, "eth_sendTransaction", {"from": sender, "to": other, "value": hex(1 + each)})
        for each in range(count)
    ]
    await ask(url, "evm_mine")
    follower = HeadFollower(rpc)
    await follower.poll()
    return follower.tracker.tip, sent


async def test_a_block_with_its_receipts_in_two_ways():
    with node(mine=False) as one:
        async with client(one.url) as rpc:
            head, sent = await mined(one.url, rpc)
            whole = await BlockReader(rpc).read(head)
            old = Changed(rpc, eth_getBlockReceipts=Unsupported("no such method"))
            reader = BlockReader(old)
            assert (await reader.read(head)).receipts == whole.receipts
            assert old.asked.count("eth_getTransactionReceipt") == len(sent)
            await reader.read(head)
            assert old.asked.count("eth_getBlockReceipts") == 1  # it is asked once
    assert [each.hash for each in whole.transactions] == sent
    assert [each.transaction for each in whole.receipts.receipts] == sent
    assert [each.value for each in whole.transactions] == [1, 2, 3]
    assert not whole.receipts.failed


async def test_a_block_that_is_gone_or_another():
    with node(mine=False) as one:
        async with client(one.url) as rpc:
            head, _ = await mined(one.url, rpc)
            gone = msgspec.structs.replace(head, hash="0x" + "99" * 32)
            with pytest.raises(VenueUnavailable, match="any more"):
                await BlockReader(rpc).read(gone)
            before = await rpc.call("eth_getBlockByNumber", "0x0", True)
            with pytest.raises(WireError, match="is not block"):
                await BlockReader(Changed(rpc, eth_getBlockByHash=before)).read(head)
            with pytest.raises(VenueUnavailable, match="no receipts"):
                await BlockReader(Changed(rpc, eth_getBlockReceipts=None)).read(head)
            with pytest.raises(WireError):
                await BlockReader(Changed(rpc, eth_getBlockReceipts=[5])).read(head)
