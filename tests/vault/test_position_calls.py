"""Positions of pools, judged: what the desk writes passes, for somebody else it does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm.functions import encode, unhex
from argosy.dialects.evm.outgoing import NATIVE
from argosy.dialects.pools import liquidity_deeds as v3
from argosy.dialects.pools import v4_deeds as v4
from argosy.dialects.pools.exchange import Family
from argosy.dialects.pools.liquidity import PoolPosition
from argosy.dialects.pools.position_calls import position_call
from argosy.dialects.pools.providing import Adding, Taking
from argosy.dialects.pools.router import MULTICALL
from argosy.errors import Blocked, WireError
from argosy.model import ContractCall
from argosy.vault.policy import Policy
from vault.calls import CHAIN, NOW_S, POOL, STRANGER, SUSHI, UNISWAP, USDC, WBTC, WETH, fields
from vault.calls import limits as limits_of
from vault.sealing import ADDRESS

V3, V4 = UNISWAP.v3.positions.lower(), UNISWAP.v4.positions.lower()
MODIFY_V4 = v4.MODIFY


def deeds():
    """(name, deed), of every kind."""
    for exchange in (UNISWAP, SUSHI):
        for family in (Family.V3, Family.V4):
            if family is Family.V4 and exchange.v4 is None:
                continue
            for first in (CHAIN.own if family is Family.V4 else WETH, WBTC):
                spec = exchange.spec(family, first, USDC, fee=500, address=POOL, spacing=10)
                name = f"{exchange.venue} {spec.instrument}"
                for token_id in (0, 7):
                    adding = Adding(
                        spec=spec,
                        token_id=token_id,
                        lower=-10,
                        upper=10,
                        most=(50, 60),
                        expected=(40, 50),
                        least=(30, 40),
                        liquidity=9,
                    )
                    yield f"{name} add {token_id}", v3.add_deed(exchange, adding, ADDRESS, NOW_S)
                for taken in (0, 5, 9):
                    position = PoolPosition(
                        spec=spec,
                        token_id=7,
                        lower=-10,
                        upper=10,
                        liquidity=9,
                        whole=10,
                        sqrt_price=1 << 96,
                        amounts=(4, 4),
                    )
                    taking = Taking(
                        position=position, liquidity=taken, expected=(4, 4), least=(3, 3)
                    )
                    deed = v3.take_deed(exchange, taking, ADDRESS, NOW_S)
                    yield f"{name} take {taken}", deed


DEEDS = list(deeds())


def judge(call, **told):
    return Policy(limits_of(**told), ADDRESS).transaction(fields(call))


@pytest.mark.parametrize("deed", [deed for _, deed in DEEDS], ids=[name for name, _ in DEEDS])
def test_deeds_of_the_desk_pass_and_for_somebody_else_they_do_not(deed):
    found = judge(deed.call)
    assert found.words.startswith(("positions: ", "v4 positions: "))
    assert found.spends.get(NATIVE, 0) == deed.call.value
    for approval in deed.approvals:
        assert judge(approval.call).words
    if ADDRESS[2:] not in deed.call.data:
        assert not position_call(unhex(deed.call.data)).receivers
        return
    data = deed.call.data.replace(ADDRESS[2:], STRANGER[2:])
    stolen = ContractCall(to=deed.call.to, data=data, value=deed.call.value)
    with pytest.raises(Blocked, match=f"{STRANGER} would receive it"):
        judge(stolen)
    assert judge(stolen, recipients=(STRANGER,)).words


def test_what_a_manager_may_take_counts_when_it_is_let():
    by_name = dict(DEEDS)
    deed = by_name["uniswap uniswap:WBTC/USDC@v4-500 add 0"]
    spent = [judge(approval.call).spends for approval in deed.approvals]
    assert spent[1][WBTC.address] == 50  # Permit2's permission for the manager
    assert WBTC.address not in spent[0]  # and none for Permit2 itself
    deed = by_name["uniswap uniswap:WBTC/USDC@v3-500 add 0"]
    assert judge(deed.approvals[0].call).spends[WBTC.address] == 50


def plan(actions, inputs):
    return MODIFY_V4.data(encode(("bytes", "bytes[]"), (actions, inputs)), NOW_S)


def test_what_the_desk_does_not_write_is_refused():
    hooked = (CHAIN.own.address, USDC.address, 500, 10, STRANGER)
    mint = encode(v4.TYPES[v4.MINT], (hooked, -10, 10, 1, 1, 1, ADDRESS, b""))
    sweep = encode(("address", "address"), (NATIVE, ADDRESS))
    for to, data, why in (
        (V3, "0x095ea7b3" + "00" * 64, "0x095ea7b3 is none that we call"),  # of the token itself
        (V3, MULTICALL.data([]), "a multicall of 0 steps"),
        (V3, MULTICALL.data([unhex(MULTICALL.data([b""]))]), "is none that we call"),
        (V4, plan(b"", []), "0 v4 actions with 0 inputs"),
        (V4, plan(b"\x14", []), "1 v4 actions with 0 inputs"),
        (V4, plan(b"\x0e", [sweep]), "action 0x0e is none that we send"),
        (V4, plan(b"\x14", [sweep + b"\0"]), "not written as the ABI"),
        (V4, plan(bytes([v4.MINT]), [mint]), "with the hooks"),
        (V4, "0x", "is none that we call"),
    ):
        with pytest.raises(Blocked, match=why):
            judge(ContractCall(to=to, data=data))
    # Named in the settings, it is called unread.
    unread = ContractCall(to=V4, data="0x095ea7b3")
    with pytest.raises(Blocked):
        judge(unread)
    assert judge(ContractCall(to=V4, data="0x12345678"), contracts=(V4,)).words.startswith("call")


@given(data=st.binary(max_size=400), head=st.sampled_from([v4.MODIFY, MULTICALL, v3.MINT]))
@settings(max_examples=200)
def test_nothing_but_a_wire_error_comes_out_of_reading(data, head):
    for call in (data, head.selector + data):
        with pytest.raises(WireError):
            position_call(call)
