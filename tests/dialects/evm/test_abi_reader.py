"""Our own reader of ABI-encoded values against eth-abi, and against bytes that are none."""

import pytest
from eth_abi import decode, encode
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.abi_reader import MOST_BYTES, Values, kind_of
from argosy.errors import WireError
from dialects.evm.abi_values import of_types

BASIC = ["uint8", "uint256", "int24", "int256", "address", "bool", "bytes", "string", "bytes4"]


@st.composite
def types(draw: st.DrawFn, depth: int = 0) -> str:
    if depth > 2 or draw(st.booleans()):
        return draw(st.sampled_from(BASIC))
    inner = draw(st.lists(types(depth=depth + 1), min_size=1, max_size=3))
    if draw(st.booleans()):
        return f"({','.join(inner)})"
    return inner[0] + draw(st.sampled_from(["[]", "[2]"]))


@given(st.data(), st.lists(types(), max_size=4))
def test_it_reads_what_eth_abi_writes(data, kinds):
    values = data.draw(of_types(tuple(kinds)))
    written = encode(kinds, values)
    assert Values(",".join(kinds)).read(written) == values
    assert Values(",".join(kinds)).read(b"1234" + written, 4) == values


@given(st.data(), st.lists(types(), max_size=3), st.binary(max_size=400))
def test_of_any_bytes_it_reads_what_eth_abi_reads_or_refuses(data, kinds, raw):
    try:
        ours = Values(",".join(kinds)).read(raw)
    except WireError:
        return
    assert len(ours) == len(kinds)
    try:
        theirs = decode(kinds, raw)
    except Exception:  # it is stricter with padding
        return
    assert ours == theirs


@given(st.data(), st.lists(types(), min_size=1, max_size=3))
def test_damaged_bytes_are_wire_errors_or_values(data, kinds):
    written = bytearray(encode(kinds, data.draw(of_types(tuple(kinds)))))
    for _ in range(data.draw(st.integers(1, 4))):
        if written:
            written[data.draw(st.integers(0, len(written) - 1))] = data.draw(st.integers(0, 255))
    try:
        Values(",".join(kinds)).read(bytes(written))
    except WireError:
        return


def test_offsets_that_lead_to_the_same_place_again_are_refused():
    size = 400
    # An array of arrays, all of which are one and the same: 400 x 400 words out of 801.
    inner = (size).to_bytes(32, "big") + bytes(32 * size)
    head = (32).to_bytes(32, "big") + size.to_bytes(32, "big")
    offsets = (32 * size).to_bytes(32, "big") * size
    with pytest.raises(WireError, match="again and again"):
        Values("uint256[][]").read(head + offsets + inner)
    assert Values("uint256[]").read((32).to_bytes(32, "big") + inner) == ((0,) * size,)


@pytest.mark.parametrize(
    ("kinds", "raw"),
    [
        ("address", b"\1" + bytes(31)),
        ("bool", bytes(31) + b"\2"),
        ("uint8", bytes(30) + b"\1\0"),
        ("int8", bytes(31) + b"\x80"),
        ("bytes4", b"abcde" + bytes(27)),
        ("uint256", bytes(31)),
        ("uint256[]", (32).to_bytes(32, "big") + (1 << 255).to_bytes(32, "big")),
        ("bytes", (1 << 255).to_bytes(32, "big")),
        ("bytes", (32).to_bytes(32, "big")),
        ("uint256[]", (32).to_bytes(32, "big")),
        ("string", (32).to_bytes(32, "big") + (1).to_bytes(32, "big") + b"\xff"),
        ("uint256", bytes(MOST_BYTES + 1)),
        ("()[]", (32).to_bytes(32, "big") + (1 << 200).to_bytes(32, "big")),
    ],
)
def test_what_is_no_value_is_refused(kinds, raw):
    with pytest.raises(WireError):
        Values(kinds).read(raw)


@pytest.mark.parametrize("kind", ["uint7", "uint0", "bytes33", "bytes0", "money", "", "int264"])
def test_types_that_there_are_not(kind):
    with pytest.raises(ValueError, match="no type"):
        kind_of(kind)
