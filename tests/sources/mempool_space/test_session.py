"""The stream's session: what it sends, what frames mean, and whatever else may come."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import StreamGap, WireError
from argosy.model import Head, Nanos
from argosy.model.bitcoin import FeeForecast, MempoolState, ProjectedBlocks
from argosy.model.time import SECOND
from argosy.sandbox.bitcoin.explorer import Explorer
from argosy.sandbox.bitcoin.stream import Reader, Stream
from argosy.sources.mempool_space.session import ExplorerSession, Wanted
from argosy.testing.damage import bad_bytes
from sources.broken import broken
from sources.samples import lived

NOW = Nanos(5)


def session(**wanted) -> ExplorerSession:
    it = ExplorerSession(Wanted(**wanted))
    it.open(Nanos(0))
    return it


def frames(*sent: dict) -> list[bytes]:
    """What the simulation answers, and tells as its chain goes on."""
    crowd = lived()
    stream = Stream(Explorer(crowd.chain))
    reader = Reader()
    stream.readers.add(reader)
    for each in sent:
        stream.receive(reader, json.dumps(each))
    crowd.pay("person1", "exchange", 10_000, 9)
    crowd.chain.mine()
    crowd.chain.reorganise(2)
    found = []
    while not reader.frames.empty():
        found.append(reader.frames.get_nowait())
    return found


EXCHANGE = lived().address("exchange")
FRAMES = frames(
    {"action": "init"},
    {"action": "want", "data": ["blocks", "mempool-blocks", "stats"]},
    {"track-address": EXCHANGE},
    {"track-addresses": [EXCHANGE]},
    {"track-tx": min(lived().chain.pool), "watch-mempool": True},
    {"action": "ping"},
)


def sent(**wanted):
    return [json.loads(each) for each in ExplorerSession(Wanted(**wanted)).open(Nanos(0)).send]


def test_subscriptions_are_sent_as_documented():
    assert sent() == [
        {"action": "init"},
        {"action": "want", "data": ["blocks", "mempool-blocks", "stats"]},
        {"action": "ping"},
    ]
    assert sent(blocks=False, mempool_blocks=False, stats=False, addresses=("a",)) == [
        {"action": "init"},
        {"track-address": "a"},
        {"action": "ping"},
    ]
    told = sent(addresses=("a", "b"), transaction="t")
    assert {"track-addresses": ["a", "b"]} in told
    assert {"track-tx": "t", "watch-mempool": True} in told


def test_a_whole_story_is_read():
    it = session(addresses=(EXCHANGE,))
    events = [event for frame in FRAMES for event in it.receive(frame, NOW).events]
    assert it.ready
    kinds = {type(each) for each in events}
    assert {Head, FeeForecast, MempoolState, ProjectedBlocks} < kinds
    heads = [each for each in events if isinstance(each, Head)]
    assert len({each.hash for each in heads}) == len(heads)


def test_it_is_ready_once_all_that_is_wanted_came():
    it = session(blocks=False)
    assert not it.ready
    it.receive(b'{"mempool-blocks": []}', NOW)
    it.receive(b'{"mempoolInfo":{"size":1,"bytes":2,"mempoolminfee":0.00001}}', NOW)
    assert not it.ready
    it.receive(b'{"pong": true}', NOW)
    assert it.ready


def test_coins_of_the_stream_become_satoshi():
    info = (
        b'{"mempoolInfo":{"size":264505,"bytes":108875402,'
        b'"total_fee":1.6103657500000002,"mempoolminfee":0.00001858}}'
    )
    (state,) = session().receive(info, NOW).events
    assert state.total_fee == 161_036_575
    assert state.floor == Decimal("1.858")


def test_what_does_not_come_is_not_waited_for():
    it = session()
    it.tick(Nanos(19 * SECOND))
    with pytest.raises(StreamGap, match="sent no blocks, mempool-blocks, stats"):
        it.tick(Nanos(21 * SECOND))


def test_a_quiet_chain_is_asked_for_a_sign_of_life():
    it = session(blocks=False, mempool_blocks=False, stats=False)
    it.receive(b'{"pong": true}', NOW)
    assert it.tick(Nanos(9 * SECOND)).send == ()
    assert it.tick(Nanos(10 * SECOND)).send == ('{"action":"ping"}',)
    assert it.tick(Nanos(11 * SECOND)).send == ()


def test_refused_addresses_end_the_connection():
    with pytest.raises(StreamGap, match="too many"):
        session().receive(b'{"track-addresses-error":"too many addresses requested"}', NOW)


def test_frames_of_no_use_tell_nothing():
    for frame in (b"{}", b'{"conversions":{"USD":1}}', b'{"loadingIndicators":{"mempool":50}}'):
        assert session().receive(frame, NOW).events == ()


def read(frame):
    try:
        session(addresses=("a",), transaction="0" * 64).receive(frame, NOW)
    except (WireError, StreamGap):
        return


@given(frame=st.sampled_from(FRAMES).flatmap(broken))
def test_frames_with_a_value_changed_come_to_our_errors_alone(frame):
    read(frame)


def test_any_bytes_come_to_our_errors_alone():
    for frame in bad_bytes(FRAMES, 1_000):
        read(frame)
