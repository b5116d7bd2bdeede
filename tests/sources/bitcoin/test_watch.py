"""What a watch makes of transactions: sides, change, labels, limits, and undoing."""

from hypothesis import given
from hypothesis import strategies as st

from argosy.model import Nanos
from argosy.model.bitcoin import (
    BitcoinBlock,
    BitcoinInput,
    BitcoinOutput,
    BitcoinTransaction,
    TransferState,
)
from argosy.sources.bitcoin.watch import TransferWatch, WatchSettings, spending

NOW = Nanos(9)


def tx(txid, inputs, outputs, **more):
    return BitcoinTransaction(
        chain="test",
        txid=txid,
        inputs=tuple(
            BitcoinInput(txid=f"from {txid}", index=n, value=value, address=address)
            for n, (address, value) in enumerate(inputs)
        ),
        outputs=tuple(
            BitcoinOutput(index=n, value=value, address=address, kind="pubkeyhash")
            for n, (address, value) in enumerate(outputs)
        ),
        vsize=100,
        weight=400,
        received_ns=NOW,
        **more,
    )


def block(name, *transactions):
    return BitcoinBlock(
        chain="test",
        number=1,
        hash=name,
        parent="p",
        timestamp_s=1,
        size=1,
        weight=4,
        transaction_count=len(transactions),
        transactions=transactions,
        received_ns=NOW,
    )


def watch(**settings):
    return TransferWatch(WatchSettings(**settings))


def test_change_is_not_counted():
    it = watch(threshold=50)
    paid = tx("t", [("a", 100)], [("b", 60), ("a", 39)])
    (found,) = it.waits(paid)
    assert found.value == 60
    assert [(each.address, each.value) for each in found.senders] == [("a", 61)]
    assert [(each.address, each.value) for each in found.recipients] == [("b", 60)]
    assert it.waits(tx("u", [("a", 1000)], [("b", 49), ("a", 950)])) == ()


def test_coins_moved_to_oneself_are_no_transfer():
    assert watch(threshold=1).waits(tx("t", [("a", 100)], [("a", 99)])) == ()


def test_new_coins_are_no_large_transfer_but_reach_a_watched_address():
    mined = tx("t", [], [("a", 5_000)])
    mined = type(mined)(
        **{
            **{name: getattr(mined, name) for name in mined.__struct_fields__},
            "inputs": (BitcoinInput(txid="", index=0),),
        }
    )
    assert watch(threshold=1).block(block("x", mined)) == ()
    (found,) = watch(addresses=frozenset({"a"})).block(block("x", mined))
    assert (found.value, found.senders, found.watched) == (5_000, (), ("a",))


def test_labels_are_shown_on_either_side():
    it = watch(addresses=frozenset({"b"}), labels={"a": "exchange", "b": "ours"})
    (found,) = it.waits(tx("t", [("a", 100)], [("b", 90)]))
    assert [each.label for each in (*found.senders, *found.recipients)] == ["exchange", "ours"]


def test_a_transaction_that_waits_is_told_once_and_then_confirmed():
    it = watch(threshold=1)
    paid = tx("t", [("a", 100)], [("b", 90)])
    assert [each.state for each in it.waits(paid)] == [TransferState.WAITING]
    assert it.waits(paid) == ()
    assert [each.state for each in it.block(block("x", paid))] == [TransferState.CONFIRMED]
    assert it.left(["t"], NOW) == ()


def test_a_block_is_undone_once_newest_first():
    it = watch(threshold=1)
    one, two = (tx(name, [("a", 100)], [("b", 90)]) for name in "tu")
    it.block(block("x", one, two))
    assert [(each.txid, each.state) for each in it.undo("x", NOW)] == [
        ("u", TransferState.UNDONE),
        ("t", TransferState.UNDONE),
    ]
    assert it.undo("x", NOW) == ()
    assert it.undo("never seen", NOW) == ()


def test_what_left_without_a_block_is_removed():
    it = watch(threshold=1)
    it.waits(tx("t", [("a", 100)], [("b", 90)]))
    assert [(each.txid, each.state) for each in it.left(["z", "t"], NOW)] == [
        ("t", TransferState.REMOVED)
    ]
    assert it.left(["t"], NOW) == ()


def test_where_the_node_does_not_tell_what_is_spent_our_own_coins_are_known_again():
    it = watch(addresses=frozenset({"a"}))
    it.block(block("x", tx("t", [("z", 100)], [("b", 1), ("a", 90)])))
    spend = BitcoinTransaction(
        chain="test",
        txid="u",
        inputs=(BitcoinInput(txid="t", index=1),),
        outputs=(BitcoinOutput(index=0, value=80, address="c", kind="pubkeyhash"),),
        vsize=100,
        weight=400,
        received_ns=NOW,
    )
    (found,) = it.waits(spend)
    assert [(each.address, each.value) for each in found.senders] == [("a", 90)]
    assert found.value == 80


def test_what_is_spent_is_filled_in_and_the_fee_where_all_of_it_is_known():
    spend = BitcoinTransaction(
        chain="test",
        txid="u",
        inputs=(BitcoinInput(txid="t", index=1), BitcoinInput(txid="s", index=0)),
        outputs=(BitcoinOutput(index=0, value=80, address="c", kind="pubkeyhash"),),
        vsize=100,
        weight=400,
        received_ns=NOW,
    )
    one = {("t", 1): BitcoinOutput(index=1, value=60, address="a", kind="pubkeyhash")}
    half = spending(spend, one)
    assert [(each.address, each.value) for each in half.inputs] == [("a", 60), ("", None)]
    assert half.fee is None
    both = one | {("s", 0): BitcoinOutput(index=0, value=25, address="b", kind="pubkeyhash")}
    assert spending(half, both).fee == 5


def test_everything_it_remembers_is_bounded():
    it = watch(addresses=frozenset({"b"}), max_blocks=2, max_waiting=2, max_outputs=2)
    for n in range(5):
        paid = tx(f"t{n}", [("a", 100)], [("b", 90)])
        it.waits(paid)
        it.block(block(f"x{n}", tx(f"u{n}", [("a", 100)], [("b", 90)])))
    assert len(it._waiting) == len(it._blocks) == len(it._outputs) == 2
    assert it.undo("x0", NOW) == ()
    assert len(it.undo("x4", NOW)) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 1000)), max_size=5),
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 1000)), max_size=5),
)
def test_both_sides_add_up(inputs, outputs):
    it = watch(addresses=frozenset("abcd"))
    for found in it.waits(tx("t", inputs, outputs)):
        fee = sum(value for _, value in inputs) - sum(value for _, value in outputs)
        sent = sum(each.value for each in found.senders)
        got = sum(each.value for each in found.recipients)
        assert sent - got == fee
        assert found.value == got
        assert not {each.address for each in found.senders} & {
            each.address for each in found.recipients
        }
