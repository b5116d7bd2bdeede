"""Kraken's error texts, and what each lets one know of the outcome."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.errors import (
    AddressRefused,
    ArgosyError,
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    VenueError,
    VenueUnavailable,
    WireError,
    WouldTake,
)
from argosy.venues.kraken.errors import UnreadableOutcome, raise_for_status, translate

CASES = [
    ("EAPI:Invalid key", AuthFailed),
    ("EAPI:Invalid signature", AuthFailed),
    ("EAPI:Invalid nonce", AuthFailed),
    ("EAPI:Something new", AuthFailed),
    ("EAPI:Rate limit exceeded", RateLimited),
    ("EGeneral:Permission denied", AuthFailed),
    ("EGeneral:Temporary lockout", RateLimited),
    ("EGeneral:Too many requests", RateLimited),
    ("EGeneral:Invalid arguments:volume", InvalidOrder),
    ("EOrder:Insufficient funds", InsufficientFunds),
    ("EOrder:Insufficient margin", InsufficientFunds),
    ("EOrder:Margin allowance exceeded", InsufficientFunds),
    ("EOrder:Unknown order", OrderNotFound),
    ("EOrder:Order minimum not met", InvalidOrder),
    ("EOrder:Cost minimum not met", InvalidOrder),
    ("EOrder:Tick size check failed", InvalidOrder),
    ("EOrder:Invalid price", InvalidOrder),
    ("EOrder:Rate limit exceeded", RateLimited),
    ("EOrder:Orders limit exceeded", OrderRejected),
    ("EOrder:Post only order", WouldTake),
    ("EOrder:Reduce only:No position exists", OrderRejected),
    ("EOrder:Never heard of", OrderRejected),
    ("EGeneral:Invalid arguments:cl_ord_id not unique", DuplicateOrder),
    ("EQuery:Unknown asset pair", InvalidOrder),
    ("EService:Market in cancel_only mode", VenueUnavailable),
    ("EService:Market in post_only mode", VenueUnavailable),
    ("EService:Unavailable", VenueUnavailable),
    ("EService:Deadline elapsed", OrderRejected),
    ("EFunding:Unknown withdraw key", AddressRefused),
    ("ESession:Invalid session", AuthFailed),
    ("Currency pair not supported BTC/XYZ", VenueError),
]


@pytest.mark.parametrize(("text", "kind"), CASES)
def test_texts_become_errors_that_keep_the_text(text: str, kind: type[VenueError]) -> None:
    error = translate(text)
    assert type(error) is kind
    assert isinstance(error, VenueError)
    assert error.code == text
    assert error.venue == "kraken"


@pytest.mark.parametrize(
    "text",
    ["EService:Unavailable", "EService:Busy", "EService:Timeout", "EGeneral:Internal error"],
)
def test_service_faults_leave_an_order_unknown_but_a_read_merely_failed(text: str) -> None:
    assert isinstance(translate(text, entry=True), OutcomeUnknown)
    assert isinstance(translate(text), VenueUnavailable)


@pytest.mark.parametrize("text", ["EService:Market in cancel_only mode", "EOrder:Unknown order"])
def test_refusals_are_known_on_order_entry_too(text: str) -> None:
    assert isinstance(translate(text, entry=True), VenueError)


@pytest.mark.parametrize(
    "text", ["EService:Throttled:1700000001", "EService: Throttled: 1700000001"]
)
def test_throttling_says_until_when(text: str) -> None:
    error = translate(text)
    assert isinstance(error, RateLimited)
    assert error.retry_at_ns == 1_700_000_001_000_000_000


@given(st.text(), st.booleans())
def test_any_text_is_some_error(text: str, entry: bool) -> None:
    assert isinstance(translate(text, entry=entry), ArgosyError)


@pytest.mark.parametrize(
    ("status", "entry", "kind"),
    [
        (429, True, RateLimited),
        (502, True, OutcomeUnknown),
        (520, False, VenueUnavailable),
        (403, False, AuthFailed),
        (404, True, VenueError),
    ],
)
def test_statuses_that_are_no_api_answer(status: int, entry: bool, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        raise_for_status(status, b"<html>", entry=entry)


def test_an_unreadable_outcome_is_both_a_broken_format_and_unknown() -> None:
    assert issubclass(UnreadableOutcome, WireError)
    assert issubclass(UnreadableOutcome, OutcomeUnknown)
