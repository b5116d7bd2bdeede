"""Streams of the node without anvil: told once, also of another branch."""

import asyncio
import contextlib

import msgspec
import pytest
from aiohttp import ClientSession

pytest.importorskip("eth_tester", reason="py-evm needs an extra: pip install 'argosy[chain-slow]'")
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.node import NodeSettings, SlowNode


@pytest.fixture
def node():
    with SlowNode(NodeSettings(mine=False)) as found:
        yield found


class Told:
    """A connection to the streams."""

    def __init__(self, socket):
        self.socket = socket
        self.frames = []

    async def ask(self, method, *params):
        await self.socket.send_json({"id": 1, "method": method, "params": params})
        return await self.until(lambda frame: frame.get("id") == 1)

    async def until(self, wanted):
        """The next frame that is wanted; the others are kept."""
        while True:
            frame = msgspec.json.decode((await self.socket.receive(5)).data)
            if wanted(frame):
                return frame
            self.frames.append(frame["params"])

    async def results(self, name, count):
        found = [each["result"] for each in self.frames if each["subscription"] == name]
        while len(found) < count:
            frame = await self.until(lambda frame: "params" in frame)
            if frame["params"]["subscription"] == name:
                found.append(frame["params"]["result"])
        return found


@contextlib.asynccontextmanager
async def told(node):
    async with ClientSession() as session, session.ws_connect(node.ws_url) as socket:
        yield Told(socket)


def say(node, *calls):
    def each():
        with Link(node.url) as link:
            return [link.call(*call) for call in calls]

    return asyncio.to_thread(each)


async def test_heads_are_told_once_and_those_of_another_branch_too(node):
    await say(node, ("anvil_mine", "0x3"))
    async with told(node) as it:
        name = (await it.ask("eth_subscribe", "newHeads"))["result"]
        snapshot, _ = await say(node, ("evm_snapshot",), ("anvil_mine", "0x2"))
        heads = await it.results(name, 2)
        assert [head["number"] for head in heads] == ["0x4", "0x5"]
        it.frames.clear()
        await say(node, ("evm_revert", snapshot), ("evm_mine",))  # the very same block as before
        await say(node, ("anvil_reorg", 2, []))
        other = await it.results(name, 2)
        assert [head["number"] for head in other] == ["0x3", "0x4"]
        assert other[1]["parentHash"] == other[0]["hash"]
        assert other[1]["hash"] != heads[0]["hash"]


async def test_of_very_many_blocks_the_newest_are_told(node):
    async with told(node) as it:
        name = (await it.ask("eth_subscribe", "newHeads"))["result"]
        await say(node, ("anvil_mine", hex(300)))
        heads = await it.results(name, 256)
        assert [int(head["number"], 16) for head in heads] == list(range(45, 301))


async def test_waiting_transactions_are_told_by_name_and_whole(node):
    async with told(node) as it:
        names = [
            (await it.ask("eth_subscribe", "newPendingTransactions", *more))["result"]
            for more in ((), (True,))
        ]
        (accounts,) = await say(node, ("eth_accounts",))
        fields = {"from": accounts[0], "to": accounts[1], "value": "0x5"}
        (sent,) = await say(node, ("eth_sendTransaction", fields))
        frames = {}
        while len(frames) < 2:
            frame = await it.until(lambda frame: "params" in frame)
            frames[frame["params"]["subscription"]] = frame["params"]["result"]
        assert frames[names[0]] == sent
        assert frames[names[1]]["hash"] == sent
        assert frames[names[1]]["value"] == "0x5"


async def test_what_it_cannot_stream_it_says_and_questions_are_answered(node):
    async with told(node) as it:
        refused = await it.ask("eth_subscribe", "syncing")
        assert "'syncing' cannot be subscribed to here" in refused["error"]["message"]
        assert (await it.ask("eth_chainId"))["result"] == hex(1337)
        name = (await it.ask("eth_subscribe", "newHeads"))["result"]
        assert (await it.ask("eth_unsubscribe", name))["result"] is True
        assert (await it.ask("eth_unsubscribe", name))["result"] is False
        asked = [{"id": each, "method": "eth_chainId"} for each in (7, 8)]
        await it.socket.send_json(asked)
        answers = msgspec.json.decode((await it.socket.receive(5)).data)
        assert [(each["id"], each["result"]) for each in answers] == [(7, "0x539"), (8, "0x539")]
        for text in ("{", "[]"):
            await it.socket.send_str(text)
            frame = await it.until(lambda frame: "error" in frame)
            assert frame["id"] is None


async def test_bytes_and_lists_of_questions_are_answered_as_text_is(node):
    async with told(node) as it:
        await it.socket.send_bytes(b'{"id": 1, "method": "eth_chainId", "params": []}')
        assert (await it.until(lambda _: True))["result"] == "0x539"
        questions = [("eth_blockNumber", ()), ("eth_subscribe", ("newHeads",)), ("nonsense", ())]
        rows = [
            {"id": n, "method": method, "params": params}
            for n, (method, params) in enumerate(questions)
        ]
        await it.socket.send_json(rows)
        number, head, wrong = await it.until(lambda frame: isinstance(frame, list))
        assert (number["result"], wrong["error"]["code"]) == ("0x0", -32601)
        await say(node, ("evm_mine",))
        assert [each["number"] for each in await it.results(head["result"], 1)] == ["0x1"]
        await it.socket.send_str("{")
        assert (await it.until(lambda _: True))["error"]["code"] == -32700


async def test_what_is_mined_at_once_is_told_as_waiting_before_its_block(node):
    async with told(node) as it:
        heads = (await it.ask("eth_subscribe", "newHeads"))["result"]
        waiting = (await it.ask("eth_subscribe", "newPendingTransactions"))["result"]
        (owner, *_), _ = await say(node, ("eth_accounts",), ("evm_setAutomine", True))
        (sent,) = await say(node, ("eth_sendTransaction", {"from": owner, "to": owner}))
        assert await it.results(waiting, 1) == [sent]
        assert len(await it.results(heads, 1)) == 1
        assert [each["subscription"] for each in it.frames] == []
