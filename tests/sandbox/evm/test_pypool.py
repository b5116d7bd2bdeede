"""What waits on the node without anvil: who is taken, who replaces whom, who comes first."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.sandbox.evm import pypool
from argosy.sandbox.evm.pypool import Pool, PoolRefused, Waiting, waiting

ALICE, BOB = b"a" * 20, b"b" * 20
LIMIT = 1_000_000


def none(_sender: bytes) -> int:
    return 0


def tx(sender=ALICE, nonce=0, *, fee=100, tip=10, gas=21_000, name="") -> Waiting:
    name = name or f"{sender[:1].decode()}{nonce}:{fee}/{tip}"
    return waiting(
        SimpleNamespace(
            hash=name.encode(),
            sender=sender,
            nonce=nonce,
            gas=gas,
            max_fee_per_gas=fee,
            max_priority_fee_per_gas=tip,
        )
    )


def pool(*them: Waiting, **settings) -> Pool:
    found = Pool(**settings)
    for each in them:
        found.add(each, 0)
    return found


def names(transactions) -> list[str]:
    return [each.hash.decode().partition(":")[0] for each in transactions]


def test_who_pays_most_comes_first_and_nonces_keep_their_order():
    held = pool(tx(nonce=1, tip=90), tx(nonce=0, tip=1), tx(BOB, 0, tip=5), tx(BOB, 1, tip=2))
    assert names(held.block(10, LIMIT, none)) == ["b0", "b1", "a0", "a1"]


def test_what_is_paid_above_the_base_fee_counts_not_the_most_that_would_be():
    held = pool(tx(fee=200, tip=3), tx(BOB, fee=100, tip=4))
    assert names(held.block(10, LIMIT, none)) == ["b0", "a0"]
    assert names(held.block(98, LIMIT, none)) == ["a0", "b0"]  # 2 is left of 100


def test_the_same_price_is_served_in_the_order_it_came_and_fifo_serves_all_so():
    held = pool(tx(BOB), tx(ALICE))
    assert names(held.block(10, LIMIT, none)) == ["b0", "a0"]
    held = pool(tx(BOB, tip=1), tx(ALICE, tip=9), fifo=True)
    assert names(held.block(10, LIMIT, none)) == ["b0", "a0"]


def test_what_cannot_be_mined_now_holds_up_its_sender_alone():
    held = pool(tx(fee=50), tx(nonce=1), tx(BOB))
    assert names(held.block(51, LIMIT, none)) == ["b0"]
    held = pool(tx(nonce=1), tx(BOB, gas=30_000), tx(BOB, 1, gas=30_000))
    assert names(held.block(10, 50_000, none)) == ["b0"]  # a gap; no more room


@given(
    st.lists(
        st.tuples(
            st.sampled_from((ALICE, BOB)), st.integers(0, 4), st.integers(1, 99), st.integers(1, 9)
        ),
        max_size=12,
    ),
    st.integers(0, 100),
    st.integers(0, 20),
)
def test_a_block_is_in_order_and_within_its_gas(them, base_fee, room):
    held = Pool()
    for sender, nonce, fee, gas in them:
        with_name = tx(sender, nonce, fee=fee, tip=fee, gas=gas)
        try:
            held.add(with_name, 0)
        except PoolRefused:
            continue
    chosen = held.block(base_fee, room, none)
    assert sum(each.gas for each in chosen) <= room
    assert all(each.max_fee_per_gas >= base_fee for each in chosen)
    for sender in (ALICE, BOB):
        theirs = [each.nonce for each in chosen if each.sender == sender]
        assert theirs == list(range(len(theirs)))


def test_a_replacement_pays_a_tenth_more_of_both_fees():
    held = pool(tx(fee=100, tip=10))
    for fee, tip in ((109, 11), (110, 10), (200, 10)):
        with pytest.raises(PoolRefused, match="replacement transaction underpriced"):
            held.add(tx(fee=fee, tip=tip), 0)
    assert held.find(b"a0:100/10") is not None
    held.add(tx(fee=110, tip=11), 0)
    assert held.find(b"a0:100/10") is None
    assert len(held) == 1
    assert held.find(b"a0:110/11").max_fee == 110


def test_what_is_known_or_too_late_is_refused():
    held = pool(tx())
    with pytest.raises(PoolRefused, match="already known"):
        held.add(tx(), 0)
    with pytest.raises(PoolRefused, match="nonce too low: next nonce 3, tx nonce 2"):
        held.add(tx(nonce=2), 3)


def test_it_is_full_at_its_limit_but_for_replacements(monkeypatch):
    monkeypatch.setattr(pypool, "MOST", 1)
    held = pool(tx())
    with pytest.raises(PoolRefused, match="txpool is full"):
        held.add(tx(BOB), 0)
    held.add(tx(fee=200, tip=20), 0)
    assert len(held) == 1


def test_what_is_mined_or_dropped_is_forgotten():
    held = pool(tx(nonce=0), tx(nonce=1), tx(BOB))
    held.settle(lambda sender: 1 if sender == ALICE else 0)
    assert sorted(each.name for each in held) == [b"a1:100/10", b"b0:100/10"]
    assert held.drop(b"b0:100/10")
    assert not held.drop(b"b0:100/10")
    assert len(held) == 1


def test_the_next_nonce_is_after_what_waits_without_a_gap():
    held = pool(tx(nonce=0), tx(nonce=1), tx(nonce=3))
    assert held.next_nonce(ALICE, 0) == 2
    assert held.next_nonce(BOB, 7) == 7
    pending, queued = held.sorted(none)
    assert list(pending["0x" + ALICE.hex()]) == ["0", "1"]
    assert list(queued["0x" + ALICE.hex()]) == ["3"]


def test_arrivals_are_told_once_each_also_of_what_is_gone():
    held = pool(tx(), tx(BOB))
    held.drop(b"b0:100/10")
    newest, came = held.arrivals(0)
    assert names(came) == ["a0", "b0"]
    assert held.arrivals(newest) == (newest, [])
    held.add(tx(nonce=1), 0)
    assert names(held.arrivals(newest)[1]) == ["a1"]
