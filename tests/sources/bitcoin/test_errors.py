"""Bitcoin Core's codes and HTTP statuses, sorted."""

import pytest

from argosy.errors import (
    AuthFailed,
    InsufficientFunds,
    NotKnown,
    RateLimited,
    TransactionRefused,
    Underpriced,
    VenueError,
    VenueUnavailable,
)
from argosy.sources.bitcoin.errors import (
    AlreadyMined,
    NoMethod,
    sorted_error,
    sorted_status,
)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (-5, "Block not found", NotKnown),
        (-8, "Block height out of range", NotKnown),
        (-8, "Invalid conf_target, must be between 1 and 1008", VenueError),
        (-1, "JSON value is not a string as expected", VenueError),
        (-22, "TX decode failed. Make sure the tx has at least one input.", TransactionRefused),
        (-25, "bad-txns-inputs-missingorspent", TransactionRefused),
        (-26, "min relay fee not met, 141 < 1410", Underpriced),
        (-26, "mempool min fee not met", Underpriced),
        (-26, "insufficient fee, rejecting replacement aa", Underpriced),
        (-26, "dust", TransactionRefused),
        (-27, "Transaction outputs already in utxo set", AlreadyMined),
        (-28, "Loading block index…", VenueUnavailable),
        (-10, "is downloading blocks...", VenueUnavailable),
        (-32603, "internal", VenueUnavailable),
        (-32601, "Method not found", NoMethod),
        (-6, "Insufficient funds", InsufficientFunds),
        (12345, "", VenueError),
    ],
)
def test_codes(code, message, kind):
    error = sorted_error(code, message, "getsome", "mine")
    assert type(error) is kind
    assert (error.venue, error.code) == ("mine", str(code))
    assert "getsome" in str(error)


def test_long_messages_are_cut():
    assert len(str(sorted_error(-1, "x" * 10_000, "getsome", "mine"))) < 600


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthFailed), (403, AuthFailed), (429, RateLimited), (503, VenueUnavailable)],
)
def test_statuses(status, kind):
    error = sorted_status(status, b"secret echoed by a proxy", "mine")
    assert type(error) is kind
    assert "secret" not in str(error)


def test_a_full_queue_is_named():
    assert "work queue" in str(sorted_status(503, b"Work queue depth exceeded", "mine"))


@pytest.mark.parametrize("status", [200, 400, 404, 500])
def test_other_statuses_leave_it_to_the_body(status):
    assert sorted_status(status, b"", "mine") is None
