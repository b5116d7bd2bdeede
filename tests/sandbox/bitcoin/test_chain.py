"""The simulated chain: no coin is made or lost, whatever is done to it; what it refuses."""

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.sandbox.bitcoin.chain import COIN, SUBSIDY, Chain, ChainSettings, Refused
from argosy.sandbox.bitcoin.crowd import Crowd, CrowdSettings
from argosy.sandbox.bitcoin.encoding import Tx, TxIn, TxOut, merkle_root, txid
from argosy.sandbox.bitcoin.scripts import pay_to


def crowd(seed=7, **more) -> Crowd:
    made = Crowd(Chain(ChainSettings(block_vsize=4_000)), CrowdSettings(seed=seed, **more))
    made.open()
    return made


def check(chain: Chain) -> None:
    """What must hold of any chain."""
    assert sum(coin.out.value for coin in chain.coins.values()) == SUBSIDY * len(chain.best)
    for height, (before, block) in enumerate(itertools.pairwise(chain.best), 1):
        assert (block.parent, block.height) == (before.hash, height)
        assert block.time_s > before.time_s
    for block in chain.best:
        assert merkle_root(block.txids)[::-1].hex() == block.root
        assert tuple(txid(tx) for tx in block.txs) == block.txids
        assert sum(len(tx.outputs) for tx in block.txs[:1]) == 1
    spent = [(each.txid, each.index) for e in chain.pool.values() for each in e.tx.inputs]
    assert len(set(spent)) == len(spent)
    for entry in chain.pool.values():
        coins = [chain.coin((each.txid, each.index)) for each in entry.tx.inputs]
        assert None not in coins
        paid = sum(coin.out.value for coin in coins) - sum(o.value for o in entry.tx.outputs)
        assert entry.fee == paid > 0
    assert set(chain.pool) & set(chain.mined_in) == set()
    assert set(chain.mined_in) == {name for block in chain.best for name in block.txids}


@settings(max_examples=25)
@given(
    st.integers(0, 1000),
    st.lists(
        st.one_of(
            st.just(("step",)),
            st.just(("mine",)),
            st.just(("empty",)),
            st.tuples(st.just("reorg"), st.integers(1, 6), st.integers(0, 3), st.booleans()),
        ),
        max_size=20,
    ),
)
def test_no_coin_is_made_or_lost(seed, deeds):
    people = crowd(seed)
    chain = people.chain
    for deed in deeds:
        if deed[0] == "step":
            people.step()
        elif deed[0] == "reorg":
            _, depth, more, empty = deed
            depth = min(depth, len(chain.best) - 101)
            chain.reorganise(depth, depth + 1 + more, empty=empty)
        else:
            chain.mine(empty=deed[0] == "empty")
        check(chain)


def test_the_same_seed_makes_the_same_chain():
    def tip(seed):
        people = crowd(seed)
        for _ in range(20):
            people.step()
        return people.chain.tip.hash, list(people.chain.pool)

    assert tip(7) == tip(7)
    assert tip(7) != tip(8)


def test_blocks_hold_what_pays_best_and_no_more_than_they_may():
    people = crowd()
    for _ in range(150):
        people._act()
    chain = people.chain
    waiting = dict(chain.pool)
    assert len(waiting) > 30
    block = chain.mine()
    taken = [waiting[name] for name in block.txids[1:]]
    assert sum(each.vsize for each in taken) <= 4_000
    assert block.txs[0].outputs[0].value == SUBSIDY + sum(each.fee for each in taken)
    left = max(each.rate for each in chain.pool.values())
    assert min(each.rate for each in taken) >= left or sum(e.vsize for e in taken) > 3_800


def test_parents_are_mined_before_children():
    people = crowd()
    chain = people.chain
    cheap = people.pay("person1", "person2", COIN // 2, 1)
    index = next(n for n, o in enumerate(cheap.tx.outputs) if o.script == pay_to("person2"))
    value = cheap.tx.outputs[index].value
    dear = chain.submit(Tx((TxIn(cheap.txid, index),), (TxOut(value - 50_000, pay_to("x")),)))
    assert [each.txid for each in chain.ancestors(dear)] == [dear.txid, cheap.txid]
    block = chain.mine()
    assert block.txids.index(cheap.txid) < block.txids.index(dear.txid)


def refused(chain, tx):
    with pytest.raises(Refused) as failed:
        chain.submit(tx)
    return failed.value.code, failed.value.reason


def test_what_is_refused():
    people = crowd()
    chain = people.chain
    place, coin = next(
        (place, coin) for place, coin in chain.coins.items() if coin.out.script == pay_to("person1")
    )
    spend, value = TxIn(*place), coin.out.value

    def to(amount):
        return (TxOut(amount, pay_to("x")),)

    assert refused(chain, Tx((TxIn("11" * 32, 0),), to(1)))[0] == -25
    assert refused(chain, Tx((spend, spend), to(1))) == (-26, "bad-txns-inputs-duplicate")
    assert refused(chain, Tx((spend,), to(value + 1))) == (-26, "bad-txns-in-belowout")
    assert refused(chain, Tx((spend,), to(-5))) == (-26, "bad-txns-vout-negative")
    assert "min relay fee not met" in refused(chain, Tx((spend,), to(value - 5)))[1]
    young = TxIn(chain.tip.txids[0], 0)
    assert "premature-spend" in refused(chain, Tx((young,), to(1)))[1]
    taken = chain.submit(Tx((spend,), to(value - 1_000)))
    assert chain.submit(taken.tx) is taken
    assert "insufficient fee" in refused(chain, Tx((spend,), to(value - 1_001)))[1]
    dearer = chain.submit(Tx((spend,), to(value - 2_000)))
    assert list(chain.pool) == [dearer.txid]
    chain.mine()
    assert refused(chain, dearer.tx)[0] == -27
    assert refused(chain, taken.tx)[0] == -25
    check(chain)


def test_a_replacement_takes_children_along():
    people = crowd()
    chain = people.chain
    first = people.pay("person1", "person2", COIN // 2, 2)
    index = next(n for n, o in enumerate(first.tx.outputs) if o.script == pay_to("person2"))
    value = first.tx.outputs[index].value
    chain.submit(Tx((TxIn(first.txid, index),), (TxOut(value - 500, pay_to("x")),)))
    told = []
    chain.pool_told.append(lambda added, removed: told.append((len(added), len(removed))))
    assert people.replace(first.txid) is not None
    assert told == [(1, 2)]
    assert len(chain.pool) == 1
    check(chain)


def test_an_empty_reorganisation_puts_everything_back_to_wait():
    people = crowd()
    chain = people.chain
    for _ in range(10):
        people.step()
    chain.mine()
    chain.mine()
    mined = {name for block in chain.best[-2:] for name in block.txids[1:]}
    old = chain.best[-2:]
    chain.reorganise(2, empty=True)
    assert mined <= set(chain.pool)
    assert all(block not in chain.best for block in old)
    assert all(block.hash in chain.blocks for block in old)
    check(chain)


def test_random_deeds_for_a_long_time():
    people = crowd(11)
    rng = random.Random(3)
    for _ in range(150):
        people.step()
        if rng.random() < 0.1:
            people.chain.reorganise(rng.randint(1, 5), empty=rng.random() < 0.5)
    check(people.chain)
