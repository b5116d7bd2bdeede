"""Sandwiches: what is one, what only looks like one, and what its victims lost."""

from hypothesis import given
from hypothesis import strategies as st

from analytics.mev.blocks import ROUTER, START, Block
from argosy.analytics.mev import find_sandwiches

E = 10**20
BOT = "0x" + "b0" * 20


def sandwiched() -> Block:
    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("victim", 100 * E)
    block.swap("attacker", front.amount_out, forward=False)
    return block


def test_one_is_found_with_its_evidence():
    block = sandwiched()
    (found,) = find_sandwiches(block.trades, curve_before=block.curve_before)
    assert found.attacker == "attacker"
    assert found.front, found.back == (block.trades[0], block.trades[2])
    (victim,) = found.victims
    fair, _ = START.swap(100 * E, forward=True)
    assert victim.fair_out == fair
    assert victim.loss == fair - block.trades[1].amount_out > 0
    assert found.kept == 0
    assert found.profit == found.returned - found.spent > 0


def test_without_a_curve_the_loss_is_not_known():
    (found,) = find_sandwiches(sandwiched().trades)
    assert found.victims[0].loss is None


def test_several_victims_and_two_attackers():
    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("one", 100 * E)
    other = block.swap("rival", 50 * E)
    block.swap("two", 100 * E)
    block.swap("rival", other.amount_out, forward=False)
    block.swap("attacker", front.amount_out, forward=False)
    found = find_sandwiches(block.trades, curve_before=block.curve_before)
    assert [each.attacker for each in found] == ["attacker", "rival"]
    assert {each.trade.sender for each in found[0].victims} >= {"one", "two"}
    assert all(victim.loss for each in found for victim in each.victims)


def test_a_contract_of_their_own_is_the_same_party_whoever_signs():
    block = Block()
    front = block.swap("key one", 500 * E, contract=BOT)
    block.swap("victim", 100 * E)
    block.swap("key two", front.amount_out, forward=False, contract=BOT)
    (found,) = find_sandwiches(block.trades)
    assert found.attacker == BOT
    assert not find_sandwiches(block.trades, routers={BOT})


def test_strangers_through_one_router_are_no_party():
    block = Block()
    front = block.swap("one", 500 * E)
    block.swap("two", 100 * E)
    block.swap("three", front.amount_out, forward=False)
    assert not find_sandwiches(block.trades)
    quiet = Block()
    front = quiet.swap("one", 500 * E)
    quiet.swap("two", 100 * E, contract=BOT)
    quiet.swap("three", front.amount_out, forward=False)
    assert not find_sandwiches(quiet.trades, routers={ROUTER})


def test_what_only_looks_like_one():
    nobody = Block()
    front = nobody.swap("attacker", 500 * E)
    nobody.swap("attacker", front.amount_out, forward=False)
    against = Block()
    front = against.swap("attacker", 500 * E)
    against.swap("other", 100 * E, forward=False)
    against.swap("attacker", front.amount_out, forward=False)
    much_more = Block()
    front = much_more.swap("attacker", 500 * E)
    much_more.swap("victim", 100 * E)
    much_more.swap("attacker", front.amount_out * 2, forward=False)
    same_way = Block()
    same_way.swap("attacker", 500 * E)
    same_way.swap("victim", 100 * E)
    same_way.swap("attacker", 500 * E)
    one_transaction = Block()
    front = one_transaction.swap("attacker", 500 * E, transaction="0xaa")
    one_transaction.swap("victim", 100 * E, transaction="0xaa")
    one_transaction.swap("attacker", front.amount_out, forward=False, transaction="0xaa")
    for block in (nobody, against, much_more, same_way, one_transaction):
        assert not find_sandwiches(block.trades)


def test_other_pools_between_do_not_matter():
    block = sandwiched()
    other = Block(pool="0x" + "cc" * 20)
    other.swap("attacker", 5 * E)
    assert len(find_sandwiches([*block.trades, *other.trades])) == 1


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 10**23), st.booleans()), max_size=30)
)
def test_of_any_block_each_trade_is_part_of_one_at_most(rows):
    block = Block()
    for sender, amount, forward in rows:
        block.swap(sender, amount, forward=forward)
    found = find_sandwiches(block.trades, curve_before=block.curve_before)
    parts = [place for each in found for place in (each.front.place, each.back.place)]
    assert len(parts) == len(set(parts))
    for each in found:
        assert each.front.sender == each.back.sender
        for victim in each.victims:
            assert victim.trade.sender != each.attacker
            assert each.front.place < victim.trade.place < each.back.place
