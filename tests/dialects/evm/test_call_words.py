"""Words for calls: the common ones as people read them, and some for whatever comes."""

import pytest
from eth_abi import encode
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm.call_words import TokenName, action_words, call_words
from argosy.dialects.evm.calldata import FUNCTIONS, read_call
from argosy.errors import WireError
from argosy.model.calls import (
    EVERYTHING,
    NATIVE,
    Allowance,
    LendingAction,
    LiquidityChange,
    NftOrder,
    OrderItem,
    Swap,
    TokenTransfer,
    Unknown,
    Wrap,
)
from dialects.evm.abi_values import of_types

WETH, USDC, ME = "0x" + "ee" * 20, "0x" + "cc" * 20, "0x" + "ab" * 20
NAMES = {WETH: TokenName("WETH", 18), USDC: TokenName("USDC", 6)}
E18 = 10**18


def swap(**more: object) -> Swap:
    fields = {"protocol": "uniswap_v2", "path": (WETH, USDC), "exact_in": True}
    return Swap(**(fields | more))


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (
            swap(amount=15 * E18 // 10, limit=2_500 * 10**6),
            "swap 1.5 WETH for at least 2,500 USDC on uniswap_v2",
        ),
        (swap(amount=E18, limit=0), "swap 1 WETH for any price in USDC on uniswap_v2"),
        (
            swap(amount=10**6, limit=E18, exact_in=False, native_in=True, recipient=ME),
            "swap at most 1 ETH for 1 USDC on uniswap_v2 to 0xabab…abab",
        ),
        (
            Allowance(token=USDC, spender=ME, amount=EVERYTHING),
            "let 0xabab…abab take all USDC",
        ),
        (
            Allowance(token=USDC, spender=ME, amount=0),
            "take back the allowance of 0xabab…abab for USDC",
        ),
        (TokenTransfer(token=USDC, recipient=ME, amount=5), "send 0.000005 USDC to 0xabab…abab"),
        (
            TokenTransfer(token=ME, recipient=ME, amount=5),
            "send 5 units of 0xabab…abab to 0xabab…abab",
        ),
        (
            TokenTransfer(token=USDC, recipient="", portion_bps=25),
            "send 0.25 % of the USDC to the caller",
        ),
        (
            TokenTransfer(token=ME, recipient=ME, token_id=7),
            "send 0xabab…abab number 7 to 0xabab…abab",
        ),
        (Wrap(wrap=True, amount=E18), "wrap 1 ETH"),
        (
            LiquidityChange(
                protocol="uniswap_v3",
                kind="add",
                tokens=(WETH, USDC),
                fee=500,
                amounts=(E18, 10**6),
            ),
            "add to the pool WETH/USDC 0.05 % with 1 WETH and 1 USDC on uniswap_v3",
        ),
        (LendingAction(kind="borrow", asset=USDC, amount=10**6), "borrow 1 USDC on aave_v3"),
        (
            NftOrder(
                kind="fill",
                offerer=ME,
                offer=(OrderItem(kind=2, token=ME, token_id=3, amount=1),),
                wanted=(OrderItem(kind=0, token=NATIVE, token_id=0, amount=E18),),
            ),
            "fill an order of 0xabab…abab: 0xabab…abab number 3 for 1 ETH on seaport",
        ),
        (Unknown(selector="0xdeadbeef", size=5), "not understood: 0xdeadbeef, 5 bytes"),
    ],
)
def test_words(action, words):
    assert action_words(action, NAMES) == words


@settings(max_examples=300)
@given(st.data(), st.sampled_from(FUNCTIONS))
def test_there_are_words_for_whatever_is_read(data, entry):
    values = data.draw(of_types(entry.values.types))
    try:
        call = read_call(ME, entry.selector + encode(entry.values.types, values))
    except WireError:
        return
    assert call_words(call, NAMES)
