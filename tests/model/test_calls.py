"""What calls ask for, and what happened in pools, as values that go through JSON and back."""

import msgspec
import pytest

from argosy.model.calls import (
    EVERYTHING,
    Action,
    Allowance,
    DecodedCall,
    LendingAction,
    LiquidityChange,
    NftOrder,
    Note,
    OrderItem,
    Swap,
    TokenTransfer,
    Unknown,
    Wrap,
)
from argosy.model.trades import BlockTrades, LiquidityMove, PoolTrade

A, B = "0x" + "aa" * 20, "0x" + "bb" * 20
SWAP = Swap(protocol="uniswap_v2", path=(A, B), amount=5, limit=3, exact_in=True)
ACTIONS = (
    SWAP,
    LiquidityChange(protocol="uniswap_v3", kind="add", tokens=(A, B), fee=500),
    Allowance(token=A, spender=B, amount=7),
    TokenTransfer(token=A, recipient=B, amount=7),
    Wrap(wrap=True, amount=9),
    NftOrder(
        kind="fill",
        offerer=A,
        offer=(OrderItem(kind=2, token=A, token_id=1, amount=1),),
        wanted=(OrderItem(kind=0, token="", token_id=0, amount=9),),
    ),
    LendingAction(kind="supply", asset=A, amount=5),
    Note(what="deadline"),
    Unknown(selector="0x12345678", size=4),
)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda each: type(each).__name__)
def test_an_action_keeps_its_kind_as_json(action):
    assert msgspec.json.decode(msgspec.json.encode(action), type=Action) == action


def test_a_call_knows_its_kinds_and_whether_all_was_understood():
    call = DecodedCall(to=A, selector="0x1", function="multicall", actions=(SWAP, SWAP, *ACTIONS))
    assert call.kinds == (
        *("swap", "liquidity", "allowance", "transfer", "wrap", "nft_order", "lending", "note"),
        "unknown",
    )
    assert not call.known
    assert DecodedCall(to=A, selector="0x1", function="f", actions=(SWAP,)).known


@pytest.mark.parametrize(
    ("amount", "everything", "unlimited"),
    [(5, False, False), (1 << 96, False, True), (EVERYTHING, False, True), (0, True, True)],
)
def test_an_allowance_beyond_what_exists_is_unlimited(amount, everything, unlimited):
    found = Allowance(token=A, spender=B, amount=amount, everything=everything)
    assert found.unlimited is unlimited


def test_a_trade_has_its_place_in_the_chain():
    about = {"pool": A, "protocol": "uniswap_v2", "block": 7, "position": 1, "index": 4}
    who = {"transaction": "0x1", "sender": A, "contract": B}
    trade = PoolTrade(**about, **who, forward=True, amount_in=5, amount_out=3)
    move = LiquidityMove(**about, **who, liquidity=9, ticks=(-10, 10))
    block = BlockTrades(number=7, hash="0x7", trades=(trade,), moves=(move,))
    assert trade.place == (7, 4)
    assert block.moves[0].amounts == (0, 0)
