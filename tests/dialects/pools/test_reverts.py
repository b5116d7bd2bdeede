"""Refusals of routers, pools and Permit2 in words, however deep they are wrapped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.functions import Function
from argosy.dialects.pools.reverts import reason


def told(signature, *values):
    return Function(signature).data(*values)


def wrapped(inner, times=1):
    for _ in range(times):
        inner = told("ExecutionFailed(uint256,bytes)", 1, bytes.fromhex(inner[2:]))
    return inner


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "no reason"),
        ("0x", "no reason"),
        (told("Error(string)", "Too little received"), "less came out"),
        (told("Error(string)", "anything"), "anything"),
        (told("Panic(uint256)", 0x11), "flow"),
        (told("Panic(uint256)", 0x99), "panic 0x99"),
        ("0x849eaf98", "less came out"),  # V2TooLittleReceived(), as the router writes it
        (told("V4TooLittleReceived(uint256,uint256)", 5, 3), "least 5, got 3"),
        (wrapped(told("InsufficientToken()")), "holds less of the token"),
        (wrapped(told("TransactionDeadlinePassed()"), 4), "deadline has passed"),
        (wrapped(told("TransactionDeadlinePassed()"), 9), "ExecutionFailed"),
        (
            told(
                "WrappedError(address,bytes4,bytes,bytes)",
                "0x" + "11" * 20,
                b"abcd",
                bytes.fromhex(told("PoolNotInitialized()")[2:]),
                b"",
            ),
            "no such pool",
        ),
        ("0x12345678", "refused with 0x12345678"),
        ("no hex", "refused with no hex"),
    ],
)
def test_refusals_are_in_words(data, words):
    assert words in reason(data)


@given(st.binary(max_size=200))
def test_nothing_is_raised_whatever_the_bytes(data):
    assert reason("0x" + data.hex())
