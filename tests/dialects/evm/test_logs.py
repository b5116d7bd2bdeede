"""Events from logs: against eth-abi where it is there, and against anything that is no log."""

import json
import random
import string

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.logs import Log, quantity, read_log, read_logs
from argosy.dialects.uniswap_v2.events import PAIR_EVENTS
from argosy.dialects.uniswap_v3.events import POOL_EVENTS
from argosy.dialects.uniswap_v4.events import MANAGER_EVENTS
from argosy.errors import WireError

FAMILIES = {"v2": PAIR_EVENTS, "v3": POOL_EVENTS, "v4": MANAGER_EVENTS}
LAYOUTS = [
    pytest.param(layout, id=f"{family}-{layout.signature.partition('(')[0]}")
    for family, events in FAMILIES.items()
    for layout in events.by_topic.values()
]


def fields(layout):
    return [*layout._indexed, *layout._data]


def random_value(rng, field):
    if field.kind == "address":
        return "0x" + rng.randbytes(20).hex()
    if field.kind == "bytes32":
        return "0x" + rng.randbytes(32).hex()
    edge = rng.random()
    if edge < 0.1:
        return field.low
    if edge < 0.2:
        return field.high
    return rng.randint(field.low, field.high) >> rng.randint(0, 200)


def word(value):
    if isinstance(value, str):
        return value[2:].rjust(64, "0")
    return (value % (1 << 256)).to_bytes(32, "big").hex()


def log_of(layout, values):
    topics = [layout.topic] + ["0x" + word(values[each.name]) for each in layout._indexed]
    return Log(
        address="0x" + "ab" * 20,
        topics=tuple(topics),
        data="0x" + "".join(word(values[each.name]) for each in layout._data),
        block_number="0x10",
        block_hash="0x" + "01" * 32,
        log_index="0x3",
    )


def plain(event):
    return msgspec.structs.asdict(event)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_event_is_read_as_it_was_written(layout):
    rng = random.Random(layout.signature)
    for _ in range(50):
        values = {each.name: random_value(rng, each) for each in fields(layout)}
        assert plain(layout.read(log_of(layout, values))) == values


@pytest.mark.parametrize("layout", LAYOUTS)
def test_eth_abi_reads_the_same(layout):
    """Thousands of random logs, encoded and decoded by the library that everyone uses."""
    abi = pytest.importorskip("eth_abi", reason="eth-abi is not installed")
    rng = random.Random(layout.signature + "abi")
    kinds = [each.kind for each in layout._data]
    for _ in range(300):
        values = {each.name: random_value(rng, each) for each in fields(layout)}
        log = log_of(layout, values)
        data = [
            bytes.fromhex(values[each.name][2:]) if each.kind == "bytes32" else values[each.name]
            for each in layout._data
        ]
        assert abi.encode(kinds, data).hex() == log.data[2:]
        event = plain(layout.read(log))
        for each, found in zip(
            layout._data, abi.decode(kinds, bytes.fromhex(log.data[2:])), strict=True
        ):
            assert event[each.name] == ("0x" + found.hex() if isinstance(found, bytes) else found)
        for each, topic in zip(layout._indexed, log.topics[1:], strict=True):
            (found,) = abi.decode([each.kind], bytes.fromhex(topic[2:]))
            assert event[each.name] == ("0x" + found.hex() if isinstance(found, bytes) else found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_value_beyond_its_type_is_refused(layout):
    rng = random.Random(3)
    for field in fields(layout):
        values = {each.name: random_value(rng, each) for each in fields(layout)}
        if field.kind == "bytes32" or field.kind.endswith("256"):
            continue
        values[field.name] = 1 << 160 if field.kind == "address" else field.high + 1
        with pytest.raises(WireError, match=field.name):
            layout.read(log_of(layout, values))
        if field.low < 0:
            values[field.name] = field.low - 1
            with pytest.raises(WireError, match=field.name):
                layout.read(log_of(layout, values))


HEX = st.text(string.hexdigits, max_size=70).map(lambda text: "0x" + text)
ANY = st.one_of(HEX, st.text(max_size=70))


@given(st.sampled_from(sorted(FAMILIES)), st.data())
def test_nothing_but_wire_errors_comes_out(family, data):
    events = FAMILIES[family]
    layout = data.draw(st.sampled_from(list(events.by_topic.values())))
    size = 64 * len(layout._data)
    body = st.text(string.hexdigits + " _g\u0661", min_size=size, max_size=size).map(
        lambda text: "0x" + text
    )
    log = Log(
        address=data.draw(ANY),
        topics=(layout.topic, *data.draw(st.lists(ANY, max_size=4))),
        data=data.draw(st.one_of(body, ANY)),
        block_number=data.draw(st.none() | ANY),
        log_index=data.draw(st.none() | ANY),
    )
    for attempt in (lambda: events.read(log), log.place):
        try:
            attempt()
        except WireError:
            continue


@given(st.binary(max_size=200))
def test_bytes_that_are_no_log_are_refused(data):
    for read in (read_log, read_logs):
        try:
            read(data)
        except WireError:
            continue


def test_a_log_as_a_node_writes_it():
    raw = {
        "address": "0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc",
        "topics": ["0x1c411e9a96e071241c2f21f7726b17ae89e3cab4c78be50e062b03a9fffbbad1"],
        "data": "0x" + word(5) + word(7),
        "blockNumber": "0x12d4a0",
        "blockHash": "0x" + "02" * 32,
        "transactionHash": "0x" + "03" * 32,
        "transactionIndex": "0x1",
        "logIndex": "0x1f",
        "removed": False,
    }
    log = read_log(json.dumps(raw))
    assert read_logs(json.dumps([raw])) == (log,)
    assert log.place() == (0x12D4A0, 31)
    event = PAIR_EVENTS.read(log)
    assert (event.reserve0, event.reserve1) == (5, 7)


def test_other_contracts_events_are_none_of_ours():
    assert POOL_EVENTS.read(Log(address="0x", topics=("0x" + "00" * 32,), data="0x")) is None
    assert POOL_EVENTS.read(Log(address="0x", topics=(), data="0x")) is None


@pytest.mark.parametrize("text", ["", "0x", "1f", "0x-1", "0x1_0", "0x 1", "0xzz", "0x\u0661"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(WireError, match="no quantity"):
        quantity(text)


def test_a_pending_log_has_no_place():
    with pytest.raises(WireError, match="no block yet"):
        Log(address="0xab", topics=(), data="0x").place()
