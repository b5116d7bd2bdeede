"""JSON-RPC: what answers and errors mean, whatever the bytes."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy import errors
from argosy.dialects.evm.jsonrpc import (
    AlreadyKnown,
    Ask,
    body,
    hash_of,
    quantity,
    read_answers,
    read_head,
    read_log,
    read_pending,
)
from argosy.errors import ArgosyError, WireError

TWO = (Ask("eth_chainId"), Ask("eth_blockNumber"))


def answers(*rows: object) -> bytes:
    return msgspec.json.encode([{"jsonrpc": "2.0", **row} for row in rows])


def refused(code: int, message: str, data: object = None) -> Exception:
    error = {"code": code, "message": message, "data": data}
    told = msgspec.json.encode({"id": 1, "error": error})
    (result,) = read_answers(told, [Ask("eth_call")], "node")
    return result


def test_questions_are_numbered():
    one = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [1]}
    assert msgspec.json.decode(body([Ask("eth_call", (1,))], batch=False)) == one
    assert [row["id"] for row in msgspec.json.decode(body(TWO, batch=True))] == [1, 2]


def test_answers_come_in_any_order_and_go_to_their_questions():
    told = answers({"id": 2, "result": "0x2"}, {"id": 1, "result": None})
    assert read_answers(told, TWO, "node") == [None, "0x2"]


@pytest.mark.parametrize(
    "told",
    [
        answers({"id": 1, "result": 1}),
        answers({"id": 1, "result": 1}, {"id": 1, "result": 1}),
        answers({"id": 1, "result": 1}, {"id": 3, "result": 1}),
        answers({"id": 1, "result": 1}, {"id": 2, "result": 1}, {"id": 2, "result": 1}),
        b"<html>",
        b"[]",
        b"7",
        b"",
    ],
)
def test_other_answers_than_asked_for_are_none(told):
    with pytest.raises(WireError):
        read_answers(told, TWO, "node")


def test_an_answer_of_nothing_is_the_wire_errors_alone():
    found = read_answers(answers({"id": 1}, {"id": 2, "result": 5}), TWO, "node")
    assert isinstance(found[0], WireError)
    assert found[1] == 5


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (3, "execution reverted: Too little received", errors.Reverted),
        (-32000, "execution reverted", errors.Reverted),
        (-32003, "nonce too low: next nonce 5, tx nonce 4", errors.NonceUsed),
        (-32000, "replacement transaction underpriced", errors.Underpriced),
        (-32000, "transaction underpriced: tip needed 1, tip permitted 0", errors.Underpriced),
        (-32000, "insufficient funds for gas * price + value", errors.InsufficientFunds),
        (-32000, "already known", AlreadyKnown),
        (-32010, "AlreadyKnown", AlreadyKnown),
        (-32000, "intrinsic gas too low", errors.TransactionRefused),
        (-32005, "daily request count exceeded", errors.RateLimited),
        (-32000, "Too Many Requests", errors.RateLimited),
        (-32601, "the method eth_foo does not exist", errors.Unsupported),
        (-32000, "header not found", errors.VenueUnavailable),
        (-32603, "Internal error", errors.VenueUnavailable),
        (-32602, "invalid argument 0", errors.VenueError),
    ],
)
def test_errors_are_sorted_by_outcome(code, message, kind):
    assert type(refused(code, message)) is kind


def test_what_a_contract_said_is_kept():
    found = refused(3, "execution reverted", "0x08c379a0")
    assert isinstance(found, errors.Reverted)
    assert found.data == "0x08c379a0"


def test_one_error_for_a_whole_batch_is_raised():
    told = msgspec.json.encode({"id": None, "error": {"code": -32005, "message": "limit"}})
    with pytest.raises(errors.RateLimited):
        read_answers(told, TWO, "node")


@pytest.mark.parametrize("text", ["", "0x", "1", 1, None, "0xg", "0x-1", "0x" + "0" * 65, " 0x1"])
def test_quantities_are_hex_or_nothing(text):
    with pytest.raises(WireError):
        quantity(text)
    assert quantity("0x1A") == 26


def test_hashes_are_32_bytes_in_lower_case():
    assert hash_of("0x" + "AB" * 32) == "0x" + "ab" * 32
    with pytest.raises(WireError):
        hash_of("0x" + "ab" * 31)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("0x1"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "result", "error", "number", "hash", "topics", "from", "x"]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(JSON | st.binary())
def test_no_bytes_bring_anything_but_our_errors(told):
    data = told if isinstance(told, bytes) else msgspec.json.encode(told)
    try:
        read_answers(data, TWO, "node")
    except ArgosyError:
        pass
    for read in (read_head, read_log, read_pending):
        try:
            read(told, "test", 0)
        except WireError:
            pass
