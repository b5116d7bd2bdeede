"""Streams of a real node: heads, logs, waiting transactions; and what is no frame of one."""

import asyncio
import contextlib
import random

import msgspec
import pytest

from argosy.errors import StreamGap, WireError
from argosy.model import Head, Log, Nanos, PendingTransaction
from argosy.model.time import SECOND
from argosy.net.clock import SystemClock
from argosy.net.feed import FeedRunner, FeedSettings
from argosy.net.rpc_stream import ChainSession, Watch
from argosy.ports import FeedPlan
from argosy.venues.catalog import Endpoints, FeedLimits
from net.nodes import ask, node
from net.sessions import Shelf, until

NOBODY = "0x" + "11" * 20
# Creates a contract that logs the topic 5 with no data, whatever it is asked.
LOGGER = "0x6007600c60003960076000f3" + "600560005fa100"


@contextlib.asynccontextmanager
async def streaming(url: str, *watches: Watch):
    events: list[object] = []
    states: list[str] = []
    runner = FeedRunner(
        venue="test",
        plan=FeedPlan(url="ws"),
        endpoints=Endpoints(roles={"ws": (url,)}),
        limits=FeedLimits(connects_per_window=1000, messages_per_s=1000),
        make_session=lambda _: ChainSession("test", watches),
        make_shelf=Shelf,
        clock=SystemClock(),
        rng=random.Random(1),
        deliver=events.append,
        settings=FeedSettings(backoff_s=0.005, backoff_max_s=0.02, tick_s=0.02),
        on_state=lambda state, _: states.append(state),
    )
    task = asyncio.get_running_loop().create_task(runner.run())
    try:
        await until(lambda: runner.ready)
        yield events, runner, states
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.005)


async def test_heads_logs_and_waiting_transactions_are_told():
    with node(mine=False) as one:
        sender = (await ask(one.url, "eth_accounts"))[0]
        created = await ask(one.url, "eth_sendTransaction", {"from": sender, "data": LOGGER})
        await ask(one.url, "evm_mine")
        receipt = await ask(one.url, "eth_getTransactionReceipt", created)
        logger = receipt["contractAddress"]
        watches = (
            Watch(kind="newHeads"),
            Watch(kind="logs", addresses=(logger,)),
            Watch(kind="logs", addresses=(NOBODY,)),
            Watch(kind="newPendingTransactions", whole=True),
        )
        async with streaming(one.ws_url, *watches) as (events, _, _):
            fields = {"from": sender, "to": logger, "value": "0x0", "gas": hex(100_000)}
            sent = await ask(one.url, "eth_sendTransaction", fields)
            await until(lambda: any(isinstance(e, PendingTransaction) for e in events))
            await ask(one.url, "evm_mine")
            await until(lambda: {type(e) for e in events} == {Head, Log, PendingTransaction})
    (waiting,) = [e for e in events if isinstance(e, PendingTransaction)]
    assert (waiting.hash, waiting.sender, waiting.to) == (sent, sender.lower(), logger)
    assert (waiting.nonce, waiting.gas) == (1, 100_000)
    (head,) = [e for e in events if isinstance(e, Head)]
    (log,) = [e for e in events if isinstance(e, Log)]
    assert (log.address, log.transaction_hash, log.removed) == (logger, sent, False)
    assert log.topics == ("0x" + "0" * 63 + "5",)
    assert (log.block_number, log.block_hash) == (head.number, head.hash) == (2, head.hash)


async def test_where_the_node_is_gone_the_stream_says_so():
    with node() as one:
        async with streaming(one.ws_url, Watch(kind="newHeads")) as (events, runner, states):
            await ask(one.url, "evm_mine")
            await until(lambda: bool(events))
            one.close()
            await until(lambda: "lost" in states)
            assert not runner.ready


def session(*watches: Watch) -> ChainSession:
    return ChainSession("test", watches or (Watch(kind="newHeads"),))


def frame(**fields: object) -> bytes:
    return msgspec.json.encode({"jsonrpc": "2.0", **fields})


def test_subscriptions_are_sent_as_documented():
    watches = (
        Watch(kind="newHeads"),
        Watch(kind="logs", addresses=("0xaa",), topics=("0x01", None, ["0x02", "0x03"])),
        Watch(kind="newPendingTransactions"),
        Watch(kind="newPendingTransactions", whole=True),
    )
    sent = [msgspec.json.decode(text)["params"] for text in session(*watches).open(Nanos(0)).send]
    assert sent == [
        ["newHeads"],
        ["logs", {"address": ["0xaa"], "topics": ["0x01", None, ["0x02", "0x03"]]}],
        ["newPendingTransactions"],
        ["newPendingTransactions", True],
    ]


def test_a_refused_subscription_ends_the_connection():
    it = session()
    it.open(Nanos(0))
    with pytest.raises(StreamGap, match="refuses newHeads"):
        it.receive(frame(id=1, error={"code": -32601, "message": "no"}), Nanos(0))


def test_subscriptions_must_be_confirmed_in_time():
    it = session()
    it.open(Nanos(0))
    it.tick(Nanos(14 * SECOND))
    with pytest.raises(StreamGap, match="confirmed 0 of 1"):
        it.tick(Nanos(16 * SECOND))


def test_a_quiet_chain_is_asked_for_a_sign_of_life():
    it = session()
    it.open(Nanos(0))
    it.receive(frame(id=1, result="0xabc"), Nanos(0))
    assert it.ready
    assert it.tick(Nanos(9 * SECOND)).send == ()
    (beat,) = it.tick(Nanos(10 * SECOND)).send
    assert msgspec.json.decode(beat)["method"] == "eth_blockNumber"
    assert it.receive(frame(id=0, result="0x5"), Nanos(0)).events == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[1]",
        b'{"id": 9, "result": "0x1"}',
        frame(method="eth_subscription", params={"subscription": "0xabc", "result": {"number": 1}}),
        frame(method="eth_subscription", params={"subscription": "0xabc", "result": None}),
    ],
)
def test_other_frames_are_wire_errors(data):
    it = session()
    it.open(Nanos(0))
    it.receive(frame(id=1, result="0xabc"), Nanos(0))
    with pytest.raises(WireError):
        it.receive(data, Nanos(0))
