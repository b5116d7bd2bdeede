"""Pools followed from a real node: found, read whole, kept by logs; reorganisations, lost logs, and
frames that are none.
"""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.pools.exchange import Family
from argosy.errors import StreamGap, Unsupported, WireError
from argosy.model import BookGap, GapReason, InstrumentId, Nanos, Side, Trade
from argosy.ports import BookChanged, Channel, Subscription
from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from dialects.pools.chain import Followed

ETH = InstrumentId("uniswap:ETH/USDC@v3-500")


@pytest.fixture(scope="module")
def live():
    with EvmChain(NodeSettings(mine=False)) as chain:
        crowd = Crowd(chain, CrowdSettings(seed=5, swapper_rate=1.0, provider_rate=0.6))
        crowd.open()
        yield chain, crowd


@pytest.fixture
def followed(live):
    it = Followed(live[0], "uniswap")
    it.confirm()
    return it


def states(followed):
    """Every pool's numbers, as its side prices them."""
    return {
        name: (pool.side(buy=True).bends()[:5], pool.side(buy=False).bends()[:5])
        for name, pool in followed.pools.board.live.items()
    }


def test_every_pool_of_two_known_tokens_is_found(live, followed):
    named = {(spec.family, spec.fee, spec.name) for spec in followed.pools.board.specs.values()}
    made = {"uniswap_v2": Family.V2, "uniswap_v3": Family.V3, "uniswap_v4": Family.V4}
    theirs = {
        (made[pool.protocol], pool.fee, pool.address)
        for pool in live[0].layout.pools
        if pool.protocol in made
    }
    assert named == theirs
    about = followed.instruments[ETH]
    assert (about.base, about.quote) == ("ETH", "USDC")
    assert about.price_increment == Decimal("0.001")
    assert "uniswap:ETH/USDC@v4-500" in followed.instruments
    assert followed.session.ready
    shown = {event.instrument for event in followed.events if isinstance(event, BookChanged)}
    assert shown == set(followed.instruments)


def test_logs_keep_pools_as_a_new_reading_finds_them(live, followed):
    for _ in range(6):
        live[1].step()
    followed.catch_up()
    again = Followed(live[0], "uniswap")
    again.confirm()
    assert states(followed) == states(again)
    trades = [event for event in followed.events if isinstance(event, Trade)]
    assert trades
    assert {trade.taker_side for trade in trades} == {Side.BUY, Side.SELL}
    for trade in trades:
        bids, asks = followed.shelf.book(followed.instruments[trade.instrument]).levels(1)
        # A whale's may have moved a small pool far, which the arbitrageur has put right since.
        assert bids[0][0] * Decimal("0.75") < trade.price < asks[0][0] * Decimal("1.33")


def test_a_head_that_does_not_follow_has_all_read_anew(live, followed):
    chain, crowd = live
    crowd.step()
    followed.catch_up()
    crowd.step()  # a block that the session hears of...
    followed.catch_up()
    before = len(followed.events)
    chain.link.call("anvil_reorg", 1, [])  # ...and that is none any more; its logs are not removed
    followed.head()
    told = followed.events[before:]
    gaps = [event for event in told if isinstance(event, BookGap)]
    assert {gap.reason for gap in gaps} == {GapReason.SEQUENCE}
    assert {gap.instrument for gap in gaps} == set(followed.instruments)
    assert followed.session.ready
    again = Followed(chain, "uniswap")
    again.confirm()
    assert states(followed) == states(again)
    followed.seen = int(chain.link.call("eth_blockNumber"), 16)
    crowd.step()
    followed.catch_up()


def test_removed_logs_are_taken_back(live, followed):
    chain, crowd = live
    before = states(followed)
    first = followed.seen + 1
    while not [log for log in followed.logs(first) if is_v3(log, followed)]:
        crowd.step()
    followed.catch_up()
    for log in reversed(followed.logs(first)):
        if is_v3(log, followed):
            followed.push(2, log | {"removed": True})
    after = states(followed)
    v3 = {n for n, spec in followed.pools.board.specs.items() if spec.family is Family.V3}
    assert {name: after[name] for name in v3} == {name: before[name] for name in v3}
    del chain


def test_logs_before_their_head_are_of_their_own_block(live, followed):
    chain, crowd = live
    board, before = followed.pools.board, followed.seen
    while not (found := [log for log in followed.logs(before + 1) if is_v3(log, followed)]):
        crowd.step()
    at = int(found[0]["blockNumber"], 16)
    told = [log for log in found if int(log["blockNumber"], 16) == at]
    for number in range(before + 1, at):
        followed.head(number)
    for log in told:
        followed.push(2, log)
    names = {
        name for name, spec in board.specs.items() if spec.name in {log["address"] for log in told}
    }
    assert names
    assert {board.live[name].block for name in names} == {at}
    assert {board.books[name].sequence for name in names} == {at}
    assert {pool.block for name, pool in board.live.items() if name not in names} == {before}
    for log in reversed(told):
        followed.push(2, log | {"removed": True})
    assert {board.live[name].block for name in names} == {at - 1}
    for log in told:
        followed.push(2, log)
    followed.head(at)
    assert {board.live[name].block for name in names} == {at}
    del chain


def is_v3(log, followed) -> bool:
    spec = next(
        (s for s in followed.pools.board.specs.values() if s.name == log["address"].lower()), None
    )
    return spec is not None and spec.family is Family.V3


def test_a_lost_log_is_noticed(live, followed):
    crowd = live[1]
    first = followed.seen + 1
    found = []
    while len(found) < 2:
        crowd.step()
        by_pool = {}
        for log in followed.logs(first):
            if is_v3(log, followed):
                by_pool.setdefault(log["address"], []).append(log)
        found = max(by_pool.values(), key=len, default=[])

    def all_but_the_first():
        for log in found[1:]:
            followed.push(2, log)

    with pytest.raises(StreamGap, match="is impossible now"):
        all_but_the_first()


def test_what_the_pools_were_read_at_may_not_be_removed(followed):
    chain = followed.chain
    log = followed.logs(0)[-1]
    log = log | {"blockNumber": hex(followed.seen), "removed": True}
    with pytest.raises(StreamGap, match="is gone"):
        followed.push(2, log)
    del chain


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        (b"{", WireError),
        (b'{"params": {"subscription": "sub-1", "result": {}}}', WireError),
        (b'{"params": {"subscription": "sub-2", "result": 5}}', WireError),
        (b'{"id": 1, "result": 5}', WireError),
        (b'{"id": 2, "error": {"code": -32601, "message": "no"}}', StreamGap),
    ],
)
def test_frames_that_are_none_are_told(followed, frame, error):
    with pytest.raises(error):
        followed.session.receive(frame, Nanos(9))


def test_what_is_nobodys_is_passed_over(followed):
    nothing = followed.session.receive(b'{"id": 11, "result": "0x5"}', Nanos(9))
    assert not nothing.events
    unknown = {"params": {"subscription": "other", "result": {}}}
    assert not followed.session.receive(json.dumps(unknown).encode(), Nanos(9)).events
    assert not followed.session.answer("0", None).events


def test_answers_that_make_no_pool_end_the_connection(live):
    it = Followed(live[0], "uniswap")
    step = it.session.open(Nanos(1))
    assert len(step.send) == 4
    block = live[0].link.call("eth_getBlockByNumber", "latest", False)
    reading = it.session.receive(json.dumps({"id": 10, "result": block}).encode(), Nanos(2))
    (call,) = reading.calls
    good = it.ask(call.request)
    for body, status in ((good.body, 500), (b"[]", 200), (b"{}", 200), (good.body[:-9], 200)):
        bad = type(good)(status=status, body=body, received_ns=good.received_ns)
        with pytest.raises(StreamGap, match="reading pools"):
            it.session.answer(call.tag, bad)


def test_silence_and_beats(live):
    it = Followed(live[0], "uniswap")
    it.session.open(Nanos(0))
    assert not it.session.tick(Nanos(10**9)).send
    assert "eth_blockNumber" in it.session.tick(Nanos(4 * 10**9)).send[0]
    with pytest.raises(StreamGap, match="does not say where"):
        it.session.tick(Nanos(16 * 10**9))


def test_a_closed_connection_leaves_no_book_in_use(followed):
    events = followed.session.close(Nanos(9)).events
    assert {event.reason for event in events} == {GapReason.DISCONNECTED}
    assert not followed.pools.board.live
    with pytest.raises(Unsupported, match="not followed"):
        followed.pools.board.pool(ETH)


def test_a_pool_has_no_candles_and_no_other_streams(followed):
    with pytest.raises(Unsupported, match="candles"):
        followed.pools.reference.candles(ETH, 60, None, 5)
    with pytest.raises(Unsupported, match="no ticker"):
        followed.pools.feed.plans([Subscription(channel=Channel.TICKER, instrument=ETH)])
    assert followed.pools.reference.recognise("http://x", None) == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_bring_anything_but_known_errors(live, data):
    it = SESSIONS.get("one")
    if it is None:
        it = SESSIONS["one"] = Followed(live[0], "uniswap")
        it.confirm()
    for frame in (data, b'{"params":{"subscription":"sub-2","result":' + data + b"}}"):
        try:
            it.session.receive(frame, Nanos(9))
        except (WireError, StreamGap):
            pass


SESSIONS: dict[str, Followed] = {}
