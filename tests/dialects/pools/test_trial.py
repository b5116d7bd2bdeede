"""Trials: what answers mean, whatever they are. That nodes carry them out is in tests/desk."""

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dialects.evm.chains import chains
from argosy.dialects.evm.outgoing import DEPOSIT, WITHDRAW
from argosy.dialects.pools.board import Board
from argosy.dialects.pools.exchange import Family, live_exchange
from argosy.dialects.pools.router import SwapTerms
from argosy.dialects.pools.swaps import Allowed, Swaps
from argosy.dialects.pools.trial import (
    Leg,
    Said,
    Trial,
    TrialLeg,
    converted,
    judge_fees,
    judge_quote,
    judge_return,
    kept_of,
    override_params,
    program,
    read_program,
    read_simulated,
    simulate_params,
)
from argosy.errors import Blocked, WireError
from argosy.model import ContractCall

CHAIN = chains()["ethereum"]
WETH, USDC = CHAIN.token("WETH"), CHAIN.token("USDC")
OWNER = "0x" + "0a" * 20
EXCHANGE = live_exchange("uniswap", "uniswap", CHAIN)
EXACT_IN = SwapTerms(
    spec=EXCHANGE.spec(Family.V2, WETH, USDC, fee=3_000, address=OWNER),
    zero_for_one=False,
    exact_in=True,
    amount=10**6,
    bound=0,
    owner=OWNER,
    deadline_s=1,
)
EXACT_OUT = msgspec.structs.replace(EXACT_IN, exact_in=False)
SLIPPAGE = Decimal("0.005")
CALLS = [ContractCall(to=OWNER, data="0x0102", value=5), ContractCall(to=OWNER, data="0x")]


def leg(paid=10**6, came=10**6, sent=10**6, got=10**6):
    return Leg(held=10**9, paid=paid, came=came, sent=sent, got=got)


def test_fees_of_tokens_are_seen_on_both_sides():
    judge_fees(EXACT_IN, leg(came=10**6 - 2))  # rounding
    for told in (leg(came=990_000), leg(got=990_000)):
        with pytest.raises(Blocked, match="of 1000000 units that were sent 990000 arrived"):
            judge_fees(EXACT_IN, told)


def test_quotes_hold_within_what_a_pool_may_move():
    judge_quote(EXACT_IN, leg(got=995_000), 10**6, SLIPPAGE)
    with pytest.raises(Blocked, match=r"gave 994900 of .*; the pool quotes 1000000"):
        judge_quote(EXACT_IN, leg(got=994_900), 10**6, SLIPPAGE)
    judge_quote(EXACT_OUT, leg(paid=1_005_000), 10**6, SLIPPAGE)
    with pytest.raises(Blocked, match=r"took 1005100 of .*; the pool quotes 1000000"):
        judge_quote(EXACT_OUT, leg(paid=1_005_100), 10**6, SLIPPAGE)


def test_the_way_back_leaves_what_two_fees_leave():
    kept = 10**6 * 997 * 997 // 10**6
    part = kept_of(EXACT_IN)
    assert part == Decimal("0.994009")
    judge_return(leg(), leg(got=kept), EXACT_IN, SLIPPAGE, part)
    words = f"units of WETH, swapped for USDC and back, came to 980000; the fees .* leave {kept}"
    with pytest.raises(Blocked, match=words):
        judge_return(leg(), leg(got=980_000), EXACT_IN, SLIPPAGE, part)


def test_what_is_there_is_turned_into_what_a_pool_wants():
    wrapped = msgspec.structs.replace(
        EXACT_IN,
        spec=EXCHANGE.spec(Family.V4, WETH, USDC, fee=500, address=OWNER, spacing=10),
        zero_for_one=int(WETH.address, 16) < int(USDC.address, 16),
        amount=77,
    )
    own = msgspec.structs.replace(
        wrapped,
        spec=EXCHANGE.spec(Family.V2, WETH, USDC, fee=3_000, address=OWNER),
    )
    (deposit,) = converted(EXCHANGE, "", wrapped)
    assert (deposit.to, deposit.data, deposit.value) == (WETH.address, DEPOSIT.data(), 77)
    (withdraw,) = converted(EXCHANGE, WETH.address, own)
    assert (withdraw.to, withdraw.data, withdraw.value) == (WETH.address, WITHDRAW.data(77), 0)
    assert converted(EXCHANGE, WETH.address, wrapped) == ()
    assert converted(EXCHANGE, "", own) == ()
    assert converted(EXCHANGE, USDC.address, EXACT_IN) == ()


def test_a_token_is_approved_once_however_often_it_goes_in():
    board = Board()
    board.use(EXCHANGE)
    terms = msgspec.structs.replace(EXACT_IN, zero_for_one=True)
    few = TrialLeg(terms=terms, allowed=Allowed(token=5))
    trial = Trial(swaps=Swaps(board), legs=(few, few))
    (first, second) = trial._parts()
    usdc = [call.data[:10] for call in first if call.to == USDC.address]
    assert usdc.count("0x095ea7b3") == 2  # to 0 and to all
    assert len(second) == len(first) - 3
    plenty = TrialLeg(terms=terms, allowed=Allowed(token=1 << 200))
    assert len(Trial(swaps=Swaps(board), legs=(plenty,)).calls) == len(first) - 2
    board.use(live_exchange("sushiswap", "sushiswap", CHAIN))
    assert len(Trial(swaps=Swaps(board), legs=(plenty,)).calls) == len(first) - 3
    with pytest.raises(WireError, match="1 answers to"):
        trial.read([Said(done=True, data="0x")])


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | st.sampled_from(["0x1", "0x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["calls", "status", "returnData", "error", "data"]), inner, max_size=4
        )
    ),
)


@given(JSON, st.integers(1, 3))
def test_other_answers_are_wire_errors(answer, calls):
    for read in (read_simulated, read_program):
        try:
            found = read(answer, calls)
        except WireError:
            continue
        assert len(found) == calls


def test_each_call_has_its_answer():
    with pytest.raises(WireError, match="has 0 answers to 2 calls"):
        read_simulated([{"calls": []}], 2)


def test_a_node_that_ignores_overrides_is_noticed():
    for answer in ("0x", "0x01", "0x" + "00" * 639):
        with pytest.raises(WireError, match="does not put code in place"):
            read_program(answer, 2)
    done = "00" * 31 + "01" + "00" * 31 + "02" + "abcd" + "00" * 254
    found = read_program("0x" + done + "00" * 320, 2)
    assert [(each.done, each.data) for each in found] == [(True, "0xabcd"), (False, "0x")]


def test_what_is_asked():
    (asked, block) = simulate_params(CALLS, OWNER)
    assert block == "latest"
    assert simulate_params(CALLS, OWNER, "0x10")[1] == "0x10"
    assert asked["blockStateCalls"][0]["calls"][0] == {
        "from": OWNER,
        "to": OWNER,
        "data": "0x0102",
        "value": "0x5",
    }
    call, block, codes = override_params(CALLS, OWNER)
    assert (call["from"], call["to"], block) == (OWNER, OWNER, "latest")
    assert override_params(CALLS, OWNER, "0x10")[1] == "0x10"
    assert codes[OWNER]["code"] == "0x" + program(CALLS).hex()
    assert program(CALLS).endswith(b"\x01\x02")
