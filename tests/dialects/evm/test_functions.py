"""Calls and answers by signature: known selectors, round trips, and bytes that are not any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.abi_reader import split_types
from argosy.dialects.evm.functions import (
    MOST_BYTES,
    Function,
    decode,
    encode,
    unhex,
)
from argosy.errors import WireError

TRANSFER = Function("transfer(address,uint256)", "bool")
BOB = "0x" + "b0" * 20


def test_a_transfer_is_what_the_standard_says():
    data = TRANSFER.data(BOB, 258)
    assert data[:10] == "0xa9059cbb"
    assert data[10:] == "0" * 24 + "b0" * 20 + f"{258:064x}"
    assert TRANSFER.arguments(bytes.fromhex(data[2:])) == (BOB, 258)
    assert TRANSFER.one("0x" + f"{1:064x}") is True
    assert repr(TRANSFER) == "Function(transfer(address,uint256))"


def test_tuples_and_overloads_are_told_apart_by_signature():
    assert split_types("uint256,(address,(uint24,bytes))[],bytes") == (
        "uint256",
        "(address,(uint24,bytes))[]",
        "bytes",
    )
    assert split_types("") == ()
    execute = Function("execute(bytes,bytes[],uint256)")
    assert execute.selector.hex() == "3593564c"
    assert Function("execute(bytes,bytes[])").selector.hex() == "24856bc3"


@given(st.integers(0, 2**256 - 1), st.binary(max_size=100))
def test_what_is_written_is_read(number, data):
    types = ("uint256", "bytes")
    assert decode(types, encode(types, (number, data))) == (number, data)


@given(st.binary(max_size=200))
def test_nothing_but_wire_errors_comes_out(data):
    for types in (("uint256", "bytes"), ("address[]",), ("(string,bool)[]",), ("string",)):
        try:
            decode(types, data)
        except WireError:
            pass


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: TRANSFER.arguments(b"\x01\x02\x03\x04"), "0x01020304 is not transfer"),
        (lambda: TRANSFER.read("0x"), "no such contract"),
        (lambda: TRANSFER.read("0xzz"), "not hexadecimal"),
        (lambda: unhex("1234"), "no data"),
        (lambda: unhex(None), "no data"),
        (lambda: decode(("uint256",), bytes(MOST_BYTES + 1)), "are the most"),
    ],
)
def test_what_cannot_be_read_is_said(act, words):
    with pytest.raises(WireError, match=words):
        act()


def test_a_value_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="cannot hold"):
        TRANSFER.data(BOB, -1)
    with pytest.raises(ValueError, match="cannot hold"):
        TRANSFER.data("bob", 1)
