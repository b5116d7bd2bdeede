"""Sandwiches that did not come off: what did not happen, and whether anybody lost by it."""

import msgspec
import pytest

from analytics.mev.blocks import POOL, ROUTER, START, Block
from argosy.analytics.mev import find_attempts, find_back_runs, find_front_runs, find_sandwiches
from argosy.model.trades import WishedSwap

E = 10**20
T0, T1 = "0x" + "00" * 19 + "01", "0x" + "00" * 19 + "02"
TOKENS = {POOL: (T0, T1)}
BOT, OTHER = "0x" + "b0" * 20, "0x" + "cc" * 20


def wish(sender, position, amount_in, amount_out=0, *, forward=True, **more):
    terms = {
        "transaction": f"0xf{position % 1000:063x}",
        "contract": ROUTER,
        "protocol": "uniswap_v2",
    } | more
    given, taken = (T0, T1) if forward else (T1, T0)
    return WishedSwap(
        sender=sender,
        position=position,
        given=given,
        taken=taken,
        amount_in=amount_in,
        amount_out=amount_out,
        **terms,
    )


def moved(block, *places):
    """A block's trades at other places, as reverted transactions stand between."""
    block.trades = [
        msgspec.structs.replace(trade, position=place)
        for trade, place in zip(block.trades, places, strict=True)
    ]
    return block.trades


def attempts(block, wishes, tokens=TOKENS, **more):
    return find_attempts(block.trades, wishes, tokens, curve_before=block.curve_before, **more)


def without_front(limit=True):
    """The victim got what is fair, as the first part was reverted; the last went through."""
    block = Block()
    bought = START.swap(500 * E, forward=True)[0]
    block.swap("victim", 100 * E)
    block.swap("attacker", bought, forward=False)
    moved(block, 1, 2)
    return block, [wish("attacker", 0, 500 * E, bought if limit else 0)]


@pytest.mark.parametrize("limit", [True, False], ids=["by its limit", "by the pool's curve"])
def test_one_whose_first_part_was_reverted_harmed_nobody(limit):
    block, wishes = without_front(limit)
    (found,) = attempts(block, wishes)
    assert (found.attacker, found.pool, found.block) == ("attacker", POOL, 1)
    assert found.reason == "its first part was reverted"
    assert (found.front.outcome, found.back.outcome) == ("reverted", "done")
    assert found.back.transaction == block.trades[1].transaction
    assert [(each.trade.sender, each.loss) for each in found.victims] == [("victim", 0)]
    assert not find_sandwiches(block.trades)
    # The last part is told already, not once more as what it looks like.
    assert find_back_runs(block.trades)
    assert not find_back_runs(block.trades, sandwiches=[found])


def test_one_whose_last_part_was_reverted_harmed_its_victim():
    block = Block()
    front = block.swap("attacker", 500 * E, priority_fee=2)
    block.swap("victim", 100 * E)
    (found,) = attempts(block, [wish("attacker", 2, front.amount_out, 7, forward=False)])
    assert found.reason == "its last part was reverted"
    fair = START.swap(100 * E, forward=True)[0]
    assert found.victims[0].loss == fair - block.trades[1].amount_out > 0
    seen = {block.trades[0].transaction: 9, block.trades[1].transaction: 5}
    assert find_front_runs(block.trades, seen)
    assert not find_front_runs(block.trades, seen, sandwiches=[found])
    unknown = find_attempts(
        block.trades, [wish("attacker", 2, front.amount_out, 7, forward=False)], TOKENS
    )
    assert unknown[0].victims[0].loss is None


def test_one_whose_parts_were_both_reverted_is_of_the_pool_with_its_victim():
    block = Block()
    block.swap("victim", 100 * E, contract=OTHER, pool="0x" + "dd" * 20)
    block.swap("victim", 100 * E)
    moved(block, 1, 2)
    tokens = TOKENS | {"0x" + "dd" * 20: (T0, T1)}
    wishes = [wish("attacker", 0, 500 * E, 99), wish("attacker", 3, 99, forward=False)]
    (found,) = attempts(block, wishes, tokens)
    assert found.pool == POOL  # whose trade went through the same router
    assert found.reason == "its first part was reverted and its last part was reverted"
    assert found.victims[0].loss == 0


def test_what_is_missing_was_seen_waiting():
    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("victim", 100 * E)
    waits = wish("attacker", -1, front.amount_out, forward=False)
    (found,) = attempts(block, [waits])
    assert found.reason == "its last part is missing"
    assert found.back.position == -1
    block, _ = without_front()
    bought = block.trades[1].amount_in
    (found,) = attempts(block, [wish("attacker", -1, 500 * E, bought)])
    assert found.reason == "its first part is missing"
    both = [wish("attacker", -1, 7, 9), wish("attacker", -2, 9, forward=False)]
    assert not attempts(block, both)  # nothing of it is there
    block.trades[1] = msgspec.structs.replace(block.trades[1], position=3)
    assert not attempts(block, [wish("attacker", -1, 500 * E, bought)])  # not next to a victim


def test_one_around_a_swap_that_was_reverted():
    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("attacker", front.amount_out, forward=False)
    moved(block, 0, 2)
    (found,) = attempts(block, [wish("victim", 1, 100 * E, 10**30)])
    assert found.reason == "whom it was around was reverted"
    assert found.victims == ()
    assert not attempts(block, [wish("victim", 1, 100 * E, forward=False)])
    assert not attempts(block, [])


def test_what_only_looks_like_one():
    block, (front,) = without_front()
    assert not attempts(block, [front], tokens={})  # nobody knows what the pool holds
    for change in (
        {"protocol": "uniswap_v3"},
        {"taken": BOT},
        {"sender": "stranger", "contract": OTHER},
        {"position": 1},  # not before the victim
        {"position": 9},
        {"amount_in": 200 * E, "amount_out": 10**22},  # another amount
        {"amount_in": 0, "amount_out": 0},
    ):
        assert not attempts(block, [msgspec.structs.replace(front, **change)]), change
    # Whoever is victim of a whole sandwich has no attempt of the same two transactions.
    whole = Block()
    first = whole.swap("attacker", 500 * E)
    whole.swap("victim", 100 * E)
    whole.swap("attacker", first.amount_out, forward=False)
    same = wish("attacker", 3, first.amount_out, forward=False)
    assert len(attempts(whole, [same])) == 1
    assert not attempts(whole, [same], sandwiches=find_sandwiches(whole.trades))


def test_a_contract_of_their_own_must_fit_closely():
    block, (front,) = without_front()
    block.trades[1] = msgspec.structs.replace(block.trades[1], sender="key two", contract=BOT)
    mine = msgspec.structs.replace(front, sender="key one", contract=BOT)
    (found,) = attempts(block, [mine])
    assert found.attacker == BOT
    assert not attempts(block, [mine], routers={BOT})
    loose = msgspec.structs.replace(mine, amount_in=1, amount_out=front.amount_out * 105 // 100)
    assert not attempts(block, [loose])
    assert attempts(block, [msgspec.structs.replace(loose, sender="key two")])


def test_a_curve_that_tells_no_further_tells_no_loss():
    class Short:
        def swap(self, amount, *, forward):
            raise ValueError("beyond what is known")

    block = Block()
    front = block.swap("attacker", 500 * E)
    block.swap("victim", 100 * E)
    block.swap("another", 100 * E)
    wishes = [wish("attacker", 3, front.amount_out, forward=False)]
    (found,) = find_attempts(block.trades, wishes, TOKENS, curve_before=lambda _: Short())
    assert [each.loss for each in found.victims] == [None, None]
    block, wishes = without_front(limit=False)
    assert not find_attempts(block.trades, wishes, TOKENS, curve_before=lambda _: Short())
    assert not find_attempts(block.trades, wishes, TOKENS, curve_before=lambda _: None)
