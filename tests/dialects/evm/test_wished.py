"""What reverted and waiting transactions wanted of one pool, by their calldata."""

from argosy.dialects.evm.functions import Function
from argosy.dialects.evm.wished import reverted_swaps, waiting_swaps
from argosy.model import Nanos, PendingTransaction

ROUTER, ALICE, BOB = ("0x" + byte * 20 for byte in ("aa", "01", "02"))
T0, T1, T2 = ("0x" + "00" * 19 + byte for byte in ("0a", "0b", "0c"))
_V2 = "(uint256,uint256,address[],address,uint256)"
EXACT_IN = Function(f"swapExactTokensForTokens{_V2}")
EXACT_OUT = Function(f"swapTokensForExactTokens{_V2}")


def sent(name, data, sender=ALICE):
    return PendingTransaction(
        chain="test",
        hash=name,
        sender=sender,
        to=ROUTER,
        data=data,
        received_ns=Nanos(0),
    )


def exact_in(path=(T0, T1), amount=70):
    return EXACT_IN.data(amount, 50, list(path), ALICE, 9)


def test_only_what_was_reverted_is_told_with_its_place():
    block = [
        sent("0x1", exact_in()),
        sent("0x2", EXACT_OUT.data(50, 90, [T1, T0], ALICE, 9)),
        sent("0x3", exact_in()),
    ]
    found = reverted_swaps(block, {"0x1", "0x2"})
    told = [
        (each.transaction, each.position, each.given, each.amount_in, each.amount_out)
        for each in found
    ]
    assert told == [("0x1", 0, T0, 70, 50), ("0x2", 1, T1, 90, 50)]
    assert (found[0].sender, found[0].contract, found[0].protocol) == (ALICE, ROUTER, "uniswap_v2")


def test_what_waits_is_told_of_those_that_are_asked_for():
    waiting = [sent("0x1", exact_in()), sent("0x2", exact_in(), BOB)]
    (found,) = waiting_swaps(waiting, {BOB})
    assert (found.transaction, found.position) == ("0x2", -1)


def test_what_has_no_pool_or_amount_of_its_own_is_left_out():
    for data in (
        exact_in((T0, T1, T2)),
        exact_in(amount=0),
        exact_in(amount=1 << 255),
        exact_in()[:-40],
        "0x",
        "0x12345678",
    ):
        assert reverted_swaps([sent("0x1", data)], {"0x1"}) == []
