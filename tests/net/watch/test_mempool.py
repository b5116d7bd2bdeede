"""What waits and what becomes of it, told by hand: fates, doubles, limits, blocks undone."""

from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Nanos, PendingTransaction
from argosy.net.watch.events import PendingAgain, PendingDecoded, PendingEnded
from argosy.net.watch.mempool import Mempool, Mined

A, B = "0x" + "aa" * 20, "0x" + "bb" * 20


def waits(name: str, sender: str = A, nonce: int = 0, at_ns: int = 0, **more) -> PendingTransaction:
    return PendingTransaction(
        chain="test",
        hash=name,
        sender=sender,
        to=B,
        nonce=nonce,
        data=more.get("data", "0x"),
        received_ns=Nanos(at_ns),
    )


def fates(events) -> list[tuple[str, str, str]]:
    return [(each.hash, each.fate, each.by) for each in events if isinstance(each, PendingEnded)]


def test_each_is_told_once_and_its_data_is_not_kept():
    pool = Mempool()
    (told,) = pool.add(waits("0x1", data="0xdeadbeef"), Nanos(5))
    assert isinstance(told, PendingDecoded)
    assert told.call.actions[0].selector == "0xdeadbeef"
    assert told.transaction.data == "0xdeadbeef"
    assert pool.add(waits("0x1"), Nanos(6)) == []
    assert pool.get("0x1").data == ""
    pool.block(1, "0xb1", [Mined("0x1", A, 0, False)], Nanos(9))
    assert pool.add(waits("0x1"), Nanos(10)) == []
    assert len(pool) == 0


def test_calldata_that_is_broken_is_told_as_that():
    (told,) = Mempool().add(waits("0x1", data="0x38ed173900"), Nanos(0))
    assert told.call is None
    assert "swapExactTokensForTokens" in told.problem


def test_mined_failed_and_replaced():
    pool = Mempool()
    for name, nonce in (("0x1", 0), ("0x2", 1), ("0x3", 2)):
        pool.add(waits(name, nonce=nonce, at_ns=nonce), Nanos(3))
    mined = [Mined("0x1", A, 0, False), Mined("0x2", A, 1, True), Mined("0xother", A, 2, False)]
    told = pool.block(7, "0xb7", mined, Nanos(10))
    assert fates(told) == [
        ("0x1", "mined", ""),
        ("0x2", "failed", ""),
        ("0x3", "replaced", "0xother"),
    ]
    assert (told[0].block_number, told[0].block_hash, told[0].waited_ns) == (7, "0xb7", 10)


def test_a_new_one_with_the_same_nonce_replaces_and_may_lose_after_all():
    pool = Mempool()
    pool.add(waits("0x1"), Nanos(0))
    told = pool.add(waits("0x2"), Nanos(0))
    assert fates(told) == [("0x1", "replaced", "0x2")]
    told = pool.block(1, "0xb1", [Mined("0x1", A, 0, False)], Nanos(0))
    assert fates(told) == [("0x1", "mined", ""), ("0x2", "replaced", "0x1")]


def test_a_nonce_used_in_a_block_that_was_not_seen():
    pool = Mempool()
    pool.add(waits("0x1", nonce=3), Nanos(0))
    pool.add(waits("0x2", nonce=5), Nanos(0))
    told = pool.block(1, "0xb1", [Mined("0x9", A, 4, False)], Nanos(0))
    assert fates(told) == [("0x1", "replaced", "")]
    assert len(pool) == 1


def test_an_undone_block_gives_back_what_it_had():
    pool = Mempool()
    pool.add(waits("0x1"), Nanos(0))
    pool.add(waits("0x2", sender=B), Nanos(0))
    pool.block(1, "0xb1", [Mined("0x1", A, 0, False), Mined("0x2", B, 0, True)], Nanos(0))
    assert pool.undo("0xb1") == [
        PendingAgain(hash="0x1", block_hash="0xb1"),
        PendingAgain(hash="0x2", block_hash="0xb1"),
    ]
    assert pool.undo("0xb1") == []
    told = pool.block(1, "0xb2", [Mined("0x2", B, 0, False)], Nanos(0))
    assert fates(told) == [("0x2", "mined", "")]
    assert [each.hash for each in pool.waiting()] == ["0x1"]


def test_dropped_is_what_a_node_has_not_twice():
    pool = Mempool()
    pool.add(waits("0x1", at_ns=5), Nanos(5))
    pool.add(waits("0x2", nonce=1, at_ns=50), Nanos(50))
    assert pool.stale(Nanos(10)) == ["0x1"]
    assert pool.looked_up([("0x1", False)], Nanos(20)) == []
    assert pool.looked_up([("0x1", True)], Nanos(20)) == []
    assert pool.looked_up([("0x1", False), ("0x9", False)], Nanos(20)) == []
    assert fates(pool.looked_up([("0x1", False)], Nanos(30))) == [("0x1", "dropped", "")]
    assert pool.add(waits("0x1"), Nanos(40))  # somebody sent it again


def test_too_many_and_the_oldest_is_forgotten():
    pool = Mempool(most=2)
    for number in range(3):
        told = pool.add(waits(f"0x{number}", nonce=number), Nanos(0))
    assert fates(told) == [("0x0", "forgotten", "")]
    told = pool.block(1, "0xb", [Mined("0x0", A, 0, False)], Nanos(0))
    assert fates(told) == [("0x0", "mined", "")]


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 30), st.integers(0, 2), st.integers(0, 4)),
            st.tuples(st.just("block"), st.integers(0, 30), st.integers(0, 2), st.integers(0, 4)),
            st.tuples(st.just("undo"), st.integers(0, 5), st.just(0), st.just(0)),
        ),
        max_size=60,
    )
)
def test_whatever_comes_its_books_stay_in_order(steps):
    pool = Mempool(most=5)
    blocks = 0
    for what, number, sender, nonce in steps:
        name, who = f"0x{number}-{sender}-{nonce}", f"sender {sender}"
        if what == "add":
            pool.add(waits(name, sender=who, nonce=nonce), Nanos(0))
        elif what == "block":
            pool.block(blocks, f"0xb{blocks}", [Mined(name, who, nonce, False)], Nanos(0))
            blocks += 1
        else:
            pool.undo(f"0xb{number}")
        names = {each.hash for each in pool.waiting()}
        assert len(names) == len(pool)
        assert set(pool._by_nonce.values()) <= names
