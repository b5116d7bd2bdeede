"""A movement of funds as a value: what both ends say, in any order, and what is never guessed."""

from decimal import Decimal
from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.transfers import (
    Movement,
    accepted,
    decode,
    doubted,
    effects,
    encode,
    follows_target,
    given_up,
    may_be_ours,
    seen_at_source,
    seen_at_target,
)
from argosy.model import Nanos, Transfer, TransferKind, TransferRequest, TransferState, VenueId

D = Decimal
T0, T1 = Nanos(1_790_000_000_000_000_000), Nanos(1_790_000_001_000_000_000)
S = TransferState
REQUEST = TransferRequest(
    venue=VenueId("kraken"),
    client_id="m1",
    kind=TransferKind.WITHDRAWAL,
    currency="BTC",
    amount=D("0.5"),
    fee=D("0.001"),
    network="Bitcoin",
    address="bc1q",
)
BEGUN = Movement(
    request=REQUEST,
    created_ns=T0,
    changed_ns=T0,
    to_venue="okx",
    before=("old",),
    state=S.PENDING,
)


def out(state: S = S.PENDING, **changes: Any) -> Transfer:
    plain = Transfer(
        venue=VenueId("kraken"),
        kind=TransferKind.WITHDRAWAL,
        venue_id="W1",
        currency="BTC",
        amount=D("0.5"),
        state=state,
        received_ns=T1,
        address="bc1q",
    )
    return msgspec.structs.replace(plain, **changes)


def into(state: S, **changes: Any) -> Transfer:
    same = {"venue": VenueId("okx"), "kind": TransferKind.DEPOSIT, "venue_id": "D1", "tx_id": "tx"}
    return out(state, **{**same, **changes})


def test_a_life() -> None:
    moved = accepted(BEGUN, out(), T1)
    seen = [moved.state]
    for told in (out(S.AWAITING), out(S.SENT), out(S.SENT, tx_id="tx"), out(S.DONE, tx_id="tx")):
        moved = seen_at_source(moved, [told], (), T1)
        seen.append(moved.state)
        assert follows_target(moved) == bool(told.tx_id)
    for told in (into(S.CONFIRMING), into(S.AWAITING), into(S.DONE)):
        moved = seen_at_target(moved, [told], T1)
        seen.append(moved.state)
    assert seen == [
        S.PENDING, S.AWAITING, S.SENT, S.SENT, S.CONFIRMING, S.CONFIRMING, S.AWAITING, S.DONE,
    ]  # fmt: skip
    assert moved.reason == ""
    assert decode(encode(moved)) == moved


def test_done_at_the_source_alone_is_not_done() -> None:
    moved = seen_at_source(accepted(BEGUN, out(), T1), [out(S.DONE, tx_id="tx")], (), T1)
    assert moved.state is S.CONFIRMING
    assert "not credited at okx" in moved.reason
    outside = msgspec.structs.replace(BEGUN, to_venue="")
    assert accepted(outside, out(S.DONE), T1).state is S.DONE


@pytest.mark.parametrize("state", [S.FAILED, S.CANCELLED])
def test_what_is_final_stays_so(state: S) -> None:
    moved = seen_at_source(accepted(BEGUN, out(), T1), [out(state, detail="word")], (), T1)
    assert (moved.state, moved.reason) == (state, "kraken: word")
    for again in (
        seen_at_source(moved, [out(S.SENT, tx_id="tx")], (), T1),
        seen_at_target(moved, [into(S.DONE)], T1),
        doubted(moved, "why", T1),
        given_up(moved, "why", T1),
    ):
        assert again is moved


def test_only_the_transaction_tells_which_deposit_is_ours() -> None:
    moved = seen_at_source(accepted(BEGUN, out(), T1), [out(S.SENT, tx_id="tx")], (), T1)
    for other in (
        into(S.DONE, tx_id="other"),  # of the same amount
        into(S.DONE, currency="ETH"),
        into(S.DONE, address="bc1qother"),  # the same transaction pays others, too
    ):
        assert seen_at_target(moved, [other], T1) is moved
    not_sent = accepted(BEGUN, out(), T1)
    assert seen_at_target(not_sent, [into(S.DONE, tx_id="")], T1) is not_sent


def test_a_deposit_that_failed_or_is_short_says_so() -> None:
    moved = seen_at_source(accepted(BEGUN, out(), T1), [out(S.SENT, tx_id="tx")], (), T1)
    failed = seen_at_target(moved, [into(S.FAILED, detail="Failure")], T1)
    assert (failed.state, failed.reason) == (
        S.FAILED,
        "okx did not credit it (Failure): ask there",
    )
    short = seen_at_target(moved, [into(S.DONE, amount=D("0.4"))], T1)
    assert (short.state, short.reason) == (S.DONE, "0.4 arrived, 0.5 were asked for")


def test_a_state_that_is_not_known_changes_nothing_but_the_reason() -> None:
    sent = seen_at_source(accepted(BEGUN, out(), T1), [out(S.SENT)], (), T1)
    moved = seen_at_source(sent, [out(S.UNKNOWN, detail="state 77")], (), T1)
    assert moved.state is S.SENT
    assert "'state 77', which we do not know" in moved.reason


# --- in doubt -------------------------------------------------------------------------------------

LOST = doubted(BEGUN, "the answer was lost", T1)


def test_the_only_new_one_is_ours() -> None:
    found = [out(venue_id="old"), out(venue_id="claimed"), out(venue_id="new")]
    for order in permutations(found):
        moved = seen_at_source(LOST, order, {"claimed"}, T1)
        assert moved.source is not None
        assert moved.source.venue_id == "new"
        assert moved.state is S.PENDING


def test_of_several_none_is_taken() -> None:
    found = [out(venue_id="b"), out(venue_id="a"), out(venue_id="b")]
    moved = seen_at_source(LOST, found, (), T1)
    assert moved.source is None
    assert (moved.state, moved.reason) == (S.UNKNOWN, "kraken has several that look like it: a, b")
    assert [one.venue_id for one in may_be_ours(LOST, found, ())] == ["b", "a"]
    later = seen_at_source(moved, found, {"a"}, T1)  # one turned out to be another's
    assert later.source is not None
    assert later.source.venue_id == "b"


def test_where_ids_are_kept_only_ours_counts() -> None:
    theirs = out(venue_id="1", client_id="else")
    assert seen_at_source(LOST, [theirs], (), T1) is LOST
    mine = out(venue_id="2", client_id="m1")
    assert seen_at_source(LOST, [theirs, mine], (), T1).source == mine


def test_nothing_found_leaves_it_open() -> None:
    assert seen_at_source(LOST, [], (), T1) is LOST
    assert LOST.in_doubt
    assert not given_up(LOST, "never", T1).in_doubt
    assert not accepted(BEGUN, out(), T1).in_doubt


def test_being_told_the_same_again_is_nothing_new() -> None:
    moved = accepted(BEGUN, out(S.SENT, tx_id="tx"), T1)
    again = seen_at_source(moved, [out(S.SENT, tx_id="tx", received_ns=Nanos(T1 + 5))], (), T1)
    assert again is moved


states = st.sampled_from(list(S))
told = st.builds(
    out, states, tx_id=st.sampled_from(["", "tx"]), venue_id=st.sampled_from(["W1", "W2", "old"])
)
paid = st.builds(into, states, tx_id=st.sampled_from(["tx", "other"]))


@given(st.lists(st.one_of(st.lists(told, max_size=3), st.lists(paid, max_size=2)), max_size=12))
def test_whatever_is_told_it_never_changes_its_mind(steps: list[list[Transfer]]) -> None:
    """The source's id is never exchanged for another, and what is final stays."""
    moved, final, source_id = LOST, None, None
    for found in steps:
        if found and found[0].kind is TransferKind.DEPOSIT:
            moved = seen_at_target(moved, found, T1)
        else:
            moved = seen_at_source(moved, found, (), T1)
        if source_id is not None:
            assert moved.source is not None
            assert moved.source.venue_id == source_id
        source_id = moved.source.venue_id if moved.source is not None else None
        assert source_id != "old"
        if final is not None:
            assert moved is final
        final = moved if moved.state.final else None
        if moved.state is S.DONE:
            assert moved.target is not None
            assert moved.target.tx_id == "tx"


def told(movement: Movement) -> list[tuple[str, str, str, Decimal, bool]]:
    return [(e.key, e.venue, e.account, e.amount, e.over) for e in effects(movement)]


def test_what_it_does_to_balances() -> None:
    left, came = ("m1 out", "kraken", "", D("-0.501")), ("m1 in", "okx", "", D("0.5"))
    assert told(BEGUN) == [(*left, False), (*came, False)]
    done = accepted(BEGUN, out(S.DONE, tx_id="tx"), T1)
    done = seen_at_target(done, [into(S.DONE)], T1)
    assert told(done) == [(*left, True), (*came, True)]
    away = msgspec.structs.replace(BEGUN, to_venue="", to_name="cold")
    assert told(away) == [(*left, False)]


def test_what_comes_back_does_so_only_if_it_left() -> None:
    left, back = ("m1 out", "kraken", "", D("-0.501")), ("m1 back", "kraken", "", D("0.501"))
    assert told(given_up(BEGUN, "it never reached the venue", T1)) == [(*left, True)]
    cancelled = accepted(BEGUN, out(S.CANCELLED), T1)
    assert told(cancelled) == [(*left, True), (*back, True)]


def test_between_accounts_both_change() -> None:
    moved = msgspec.structs.replace(
        REQUEST,
        kind=TransferKind.INTERNAL,
        fee=D(0),
        from_account="funding",
        to_account="trading",
    )
    inside = msgspec.structs.replace(BEGUN, request=moved, to_venue="")
    assert told(inside) == [
        ("m1 out", "kraken", "funding", D("-0.5"), False),
        ("m1 in", "kraken", "trading", D("0.5"), False),
    ]
