"""Events by any JSON ABI: against eth-abi for whatever types; the ABIs of published contracts."""

import json

import pytest
from eth_abi import encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.contract_events import ContractEvents
from argosy.dialects.evm.logs import Log
from argosy.errors import ConfigError, WireError
from dialects.evm.abi_values import of_type
from dialects.evm.test_abi_reader import types

A = "0x" + "ab" * 20
TRANSFER = [
    {"name": "from", "type": "address", "indexed": True},
    {"name": "to", "type": "address", "indexed": True},
    {"name": "value", "type": "uint256", "indexed": False},
]
STATIC = {"uint8", "uint256", "int24", "int256", "address", "bool", "bytes4", "bytes32"}


def event(name: str, inputs: list, **more: object) -> dict:
    return {"type": "event", "name": name, "inputs": inputs, "anonymous": False, **more}


def entry(kind: str, name: str = "", *, indexed: bool = False) -> dict:
    """A parameter as compilers write it: tuples by their components."""
    from argosy.dialects.evm.abi_reader import split_types

    told = {"name": name, "indexed": indexed}
    if not kind.startswith("("):
        return told | {"type": kind}
    inside, _, tail = kind.rpartition(")")
    parts = [entry(part, str(place)) for place, part in enumerate(split_types(inside[1:]))]
    return told | {"type": "tuple" + tail, "components": parts}


def plain(value):
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def log(topics: list[bytes], data: bytes) -> Log:
    return Log(
        address=A, topics=tuple("0x" + each.hex() for each in topics), data="0x" + data.hex()
    )


@given(st.data(), st.lists(types(), max_size=4))
def test_whatever_its_types_an_event_is_read_as_eth_abi_reads_it(data, kinds):
    marks = [data.draw(st.booleans()) for _ in kinds]
    for place in [i for i, mark in enumerate(marks) if mark][3:]:
        marks[place] = False
    values = [data.draw(of_type(kind)) for kind in kinds]
    inputs = [
        entry(kind, f"v{place}", indexed=mark)
        for place, (kind, mark) in enumerate(zip(kinds, marks, strict=True))
    ]
    topics = [keccak(f"Happened({','.join(kinds)})".encode())]
    expected = {}
    for place, (kind, mark, value) in enumerate(zip(kinds, marks, values, strict=True)):
        static = kind in STATIC
        if mark:
            word = encode([kind], [value]) if static else keccak(encode([kind], [value]))
            topics.append(word)
        expected[f"v{place}"] = plain(value) if static or not mark else "0x" + topics[-1].hex()
    rest = [(k, v) for k, v, mark in zip(kinds, values, marks, strict=True) if not mark]
    raw = encode([k for k, _ in rest], [v for _, v in rest])
    told = ContractEvents([event("Happened", inputs)]).read(log(topics, raw))
    assert told == ("Happened", expected)


def test_erc20_and_erc721_have_the_same_event_in_one_abi():
    nft = [*TRANSFER[:2], {"name": "id", "type": "uint256", "indexed": True}]
    both = ContractEvents(json.dumps([event("Transfer", TRANSFER), event("Transfer", nft)]))
    topic = keccak(b"Transfer(address,address,uint256)")
    party, word = bytes(12) + b"\xab" * 20, (7).to_bytes(32, "big")
    assert both.read(log([topic, party, party], word)).arguments == {
        "from": A,
        "to": A,
        "value": 7,
    }
    assert both.read(log([topic, party, party, word], b"")).arguments["id"] == 7
    with pytest.raises(WireError, match="2 topics of no event"):
        both.read(log([topic, party], word))
    assert both.read(log([keccak(b"Other()")], b"")) is None
    assert both.read(log([], b"")) is None
    assert both.topics == ("0x" + topic.hex(),)


def test_anonymous_events_and_arguments_without_names():
    inputs = [{"type": "uint256", "indexed": True}, {"type": "string", "indexed": False}]
    odd = ContractEvents({"abi": [event("Odd", inputs, anonymous=True)]})
    told = odd.read(log([(5).to_bytes(32, "big")], encode(["string"], ["hello"])))
    assert told == ("Odd", {"0": 5, "1": "hello"})
    assert odd.read(log([], b"")) is None
    assert odd.signatures == ("Odd(uint256,string)",)


@pytest.mark.parametrize(
    "abi",
    ["", "{", "5", "[5]", [{"type": "event", "name": "X"}], [event("X", [{"type": "money"}])]],
)
def test_what_is_no_abi(abi):
    with pytest.raises(ConfigError):
        ContractEvents(abi)


def test_the_events_of_published_contracts_are_read():
    from argosy.sandbox.evm.artifacts import artifact

    try:
        abis = [artifact(name).abi for name in ("UniswapV3Pool", "Seaport", "Pool", "PoolManager")]
    except ConfigError as e:
        pytest.skip(f"no contracts on this machine: {e}")
    for abi in abis:
        assert len(ContractEvents(abi).signatures) == sum(each["type"] == "event" for each in abi)


@given(st.lists(st.binary(max_size=33), max_size=5), st.binary(max_size=200))
def test_of_any_log_only_wire_errors_come(topics, data):
    inputs = [
        *TRANSFER[:1],
        {"name": "text", "type": "string"},
        {"name": "many", "type": "uint8[]"},
    ]
    events = ContractEvents([event("Happened", inputs), event("Still", TRANSFER)])
    for topic in events.topics:
        try:
            events.read(log([bytes.fromhex(topic[2:]), *topics], data))
        except WireError:
            continue
