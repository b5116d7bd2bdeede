"""What may be signed: everything that the desk writes, with the right amounts, and nothing else."""

import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm import outgoing as o
from argosy.dialects.evm.functions import Function, unhex
from argosy.dialects.evm.outgoing import NATIVE
from argosy.dialects.pools.exchange import PERMIT2
from argosy.dialects.pools.outgoing import RouterKind, router_call
from argosy.dialects.pools.router import EXECUTE, UNWRAP_WETH9, V2_TOKENS_IN
from argosy.dialects.pools.swaps import PermitWanted
from argosy.errors import Blocked, WireError
from argosy.model import ContractCall
from argosy.vault.limits import GAS
from argosy.vault.policy import Policy
from vault.calls import (
    CHAIN,
    MOST,
    NOW_S,
    STRANGER,
    SUSHI,
    UNISWAP,
    USDC,
    WETH,
    fields,
    limits,
    permit,
    swaps,
    ways,
)
from vault.sealing import ADDRESS

ROUTER = UNISWAP.universal_router.lower()
OTHER = "0x" + "0b" * 20
CALLS = [*swaps(), *ways()]


def policy(**told):
    return Policy(limits(**told), ADDRESS)


def judged(to, data="0x", value=0, policy_=None, **more):
    call = ContractCall(to=to, data=data, value=value)
    return (policy_ or policy()).transaction(fields(call, **more))


@pytest.mark.parametrize(("token", "call"), [c[1:] for c in CALLS], ids=[c[0] for c in CALLS])
def test_swaps_of_the_desk_are_read_to_the_unit(token, call):
    found = policy().transaction(fields(call))
    assert found.spends.pop(GAS) == 300_000 * 10**9
    assert found.spends == {token or NATIVE: MOST}
    assert set(found.checked) <= {token}
    assert not found.cancels


def test_there_are_swaps_of_every_kind():
    assert len(CALLS) > 40
    words = {policy().transaction(fields(call)).words for _, _, call in CALLS}
    assert {"swap: permit, v3", "swap: wrap or unwrap, v2", "swap: v2", "swap: permit, v4"} <= words


def stolen(call):
    """The same swap for somebody else; None where it names no receiver."""
    marker = "00" * 19 + "01" + "00" * 24  # of whoever calls, and no address
    for old, new in ((ADDRESS[2:], STRANGER[2:]), (marker, STRANGER[2:] + "00" * 24)):
        if old in call.data:
            return msgspec.structs.replace(call, data=call.data.replace(old, new, 1))
    return None


STOLEN = [(name, found) for name, _, call in CALLS if (found := stolen(call)) is not None]


@pytest.mark.parametrize("call", [c[1] for c in STOLEN], ids=[c[0] for c in STOLEN])
def test_a_swap_for_somebody_else_is_blocked(call):
    assert len(STOLEN) > 35
    with pytest.raises(Blocked):
        judged(call.to, call.data, call.value)


TARGETS = [ROUTER, SUSHI.v2.router.lower(), SUSHI.v3.router.lower(), PERMIT2, USDC.address]
TARGETS += [WETH.address, STRANGER]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(TARGETS), st.binary(min_size=1, max_size=300), st.integers(0, 10**20))
def test_unknown_calldata_is_never_allowed(to, data, value):
    with pytest.raises(Blocked):
        judged(to, "0x" + data.hex(), value)


SELECTORS = [
    value.selector
    for module in (o, __import__("argosy.dialects.pools.router", fromlist=["x"]))
    for value in vars(module).values()
    if isinstance(value, Function)
]


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(TARGETS), st.sampled_from(SELECTORS), st.binary(max_size=400))
def test_known_functions_with_other_arguments_are_never_allowed(to, selector, rest):
    try:
        found = judged(to, "0x" + (selector + rest).hex())
    except Blocked:
        return
    assert found.words in {"wrap", "unwrap", "decreaseAllowance", "swap: refund"}


@settings(max_examples=800, deadline=None)
@given(st.integers(0, len(CALLS) - 1), st.randoms(use_true_random=False))
def test_what_is_changed_is_blocked_or_still_ours(at, rng):
    """A bit of a real swap is another: still the owner gets what comes out."""
    _, _, call = CALLS[at]
    raw = bytearray(unhex(call.data))
    raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    kind = limits().routers[call.to]
    try:
        read = router_call(kind, bytes(raw), owner=ADDRESS, wrapper=WETH.address, value=call.value)
        judged(call.to, "0x" + raw.hex(), call.value)
    except (Blocked, WireError):
        return
    assert set(read.receivers) <= {ADDRESS}


def test_other_chains_and_creations_are_blocked():
    call = CALLS[0][2]
    with pytest.raises(Blocked, match="chain 5"):
        policy().transaction(fields(call, chain_id=5))
    with pytest.raises(Blocked, match="creates a contract"):
        policy().transaction(fields(call, to=None))
    with pytest.raises(Blocked, match="bytes"):
        judged(STRANGER, "0x" + "00" * 200_000)
    with pytest.raises(Blocked, match="digits"):
        judged(STRANGER, "0xzz")


def test_an_empty_transfer_to_ourselves_cancels_and_counts_nothing():
    found = judged(ADDRESS)
    assert found.cancels
    assert found.spends == found.checked == {}
    assert judged(ADDRESS.upper().replace("0X", "0x")).cancels
    for more in ({"value": 1}, {"data": "0x00"}):
        with pytest.raises(Blocked, match="ourselves"):
            judged(ADDRESS, **more)


def test_plain_transfers_go_to_those_who_are_named():
    transfer = o.TRANSFER.data(STRANGER, 7)
    for attempt in ((STRANGER, "0x", 5), (USDC.address, transfer)):
        with pytest.raises(Blocked, match=r"chains\.ethereum\.limits\.recipients"):
            judged(*attempt)
    allowed = policy(recipients=(STRANGER,))
    assert judged(STRANGER, "0x", 5, allowed).spends[NATIVE] == 5
    assert judged(USDC.address, transfer, 0, allowed).spends[USDC.address] == 7
    with pytest.raises(Blocked, match="not allowed"):
        judged(STRANGER, "0x01", 5, allowed)
    pulled = o.TRANSFER_FROM.data(ADDRESS, STRANGER, 7)
    assert judged(USDC.address, pulled, 0, allowed).spends[USDC.address] == 7
    with pytest.raises(Blocked):
        judged(USDC.address, pulled)
    assert (
        USDC.address not in judged(USDC.address, o.TRANSFER_FROM.data(STRANGER, ADDRESS, 7)).spends
    )


def test_approvals_go_to_those_who_are_known():
    forever = (1 << 256) - 1
    free = judged(USDC.address, o.APPROVE.data(PERMIT2, forever))
    assert set(free.spends) == {GAS}
    assert free.checked == {}
    router = SUSHI.v2.router.lower()
    assert judged(USDC.address, o.APPROVE.data(router, 7)).checked == {USDC.address: 7}
    assert judged(USDC.address, o.APPROVE.data(STRANGER, 0)).checked == {}
    for function in (o.APPROVE, o.INCREASE):
        with pytest.raises(Blocked, match=r"could take USDC.*contracts"):
            judged(USDC.address, function.data(STRANGER, 1))
    let = policy(contracts=(STRANGER,))  # what it takes is not seen: so it counts at once
    assert judged(USDC.address, o.APPROVE.data(STRANGER, 7), 0, let).spends[USDC.address] == 7
    with pytest.raises(Blocked, match="could take USDC"):
        judged(PERMIT2, o.PERMIT2_APPROVE.data(USDC.address, OTHER, 5, NOW_S))
    given_ = judged(PERMIT2, o.PERMIT2_APPROVE.data(USDC.address, ROUTER, 5, NOW_S))
    assert given_.checked == {USDC.address: 5}
    signed = (ADDRESS, STRANGER, 5, NOW_S, 27, b"\1" * 32, b"\1" * 32)
    with pytest.raises(Blocked, match="could take USDC"):
        judged(USDC.address, o.PERMIT.data(*signed))


def test_items_are_no_amounts():
    items = "0x" + "ab" * 20
    allowed = policy(collections=(items,), contracts=(OTHER,))
    found = judged(items, o.APPROVE_ALL.data(OTHER, True), 0, allowed)
    assert set(found.spends) == {GAS}
    with pytest.raises(Blocked, match="could take"):
        judged(items, o.APPROVE_ALL.data(STRANGER, True), 0, allowed)
    assert judged(items, o.APPROVE_ALL.data(STRANGER, False), 0, allowed)
    with pytest.raises(Blocked, match="recipients"):
        judged(items, o.SAFE_TRANSFER.data(ADDRESS, STRANGER, 77), 0, allowed)
    with pytest.raises(Blocked, match=r"not amounts.*collections"):
        judged(items, o.APPROVE_ALL.data(OTHER, True), 0, policy(contracts=(items, OTHER)))


def test_contracts_that_are_allowed_may_be_called():
    supply = "0x617ba037" + "00" * 128
    with pytest.raises(Blocked, match=r"limits\.contracts"):
        judged(OTHER, supply)
    assert judged(OTHER, supply, 5, policy(contracts=(OTHER,))).spends[NATIVE] == 5
    with pytest.raises(Blocked, match="USDC, but no transfer or approval"):
        judged(USDC.address, supply)
    assert judged(WETH.address, o.DEPOSIT.data(), 5).spends[NATIVE] == 5
    assert judged(WETH.address, o.WITHDRAW.data(5)).words == "unwrap"


def test_routers_do_what_the_desk_asks_of_them_and_no_more():
    for commands, what in (
        (b"\x05", "0x05"),  # transfer
        (b"\x02", "0x02"),  # permit2 transferFrom
        (b"\x8b", "0x8b"),  # may fail
        (b"\x21", "0x21"),  # a plan within the plan
    ):
        with pytest.raises(Blocked, match=f"command {what}"):
            judged(ROUTER, EXECUTE.data(commands, [b""], NOW_S))
    with pytest.raises(Blocked, match="commands with"):
        judged(ROUTER, EXECUTE.data(b"\x0b\x0b", [b""], NOW_S))
    path = [WETH.address, USDC.address]
    theirs = V2_TOKENS_IN.data(5, 0, path, STRANGER, NOW_S)
    with pytest.raises(Blocked, match="would receive it"):
        judged(SUSHI.v2.router.lower(), theirs)
    with pytest.raises(Blocked, match="would receive it"):
        judged(SUSHI.v3.router.lower(), UNWRAP_WETH9.data(0, STRANGER))


# --- typed data -----------------------------------------------------------------------------------


def wanted(**more):
    told = {
        "chain_id": 1,
        "token": USDC.address,
        "amount": 7,
        "expires_s": NOW_S + 60,
        "nonce": 0,
        "spender": ROUTER,
        "deadline_s": NOW_S + 60,
    }
    return PermitWanted(**told | more).typed()


def test_permits_of_the_desk_are_signed():
    found = policy().typed(wanted(), NOW_S)
    assert found.checked == {USDC.address: 7}
    assert found.spends == {}
    let = policy(contracts=(OTHER,))
    assert let.typed(wanted(spender=OTHER), NOW_S).spends == {USDC.address: 7}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"spender": STRANGER}, "could take USDC"),
        ({"expires_s": NOW_S + 10**6}, "is good for 1000000 s; at most 3600"),
        ({"deadline_s": NOW_S + 10**6}, "permit_s"),
        ({"chain_id": 5}, "for chain 5"),
        ({"amount": -1}, "no permission for one token"),
        ({"token": "0x12"}, "no permission for one token"),
    ],
)
def test_permits_beyond_that_are_not(more, why):
    with pytest.raises(Blocked, match=why):
        policy().typed(wanted(**more), NOW_S)


def changes():
    typed = wanted()
    yield "batch", typed | {"primaryType": "PermitBatch"}
    yield "more types", typed | {"types": typed["types"] | {"Other": []}}
    swapped = dict(typed["types"])
    swapped["PermitSingle"] = swapped["PermitSingle"][::-1]
    yield "order", typed | {"types": swapped}
    longer = dict(typed["types"])
    longer["PermitSingle"] = [*longer["PermitSingle"], {"name": "x", "type": "uint256", "y": "z"}]
    yield "more fields", typed | {"types": longer}
    yield "name", typed | {"domain": typed["domain"] | {"name": "Permit3"}}
    yield "salt", typed | {"domain": typed["domain"] | {"salt": "0x00"}}
    yield "message", typed | {"message": typed["message"] | {"more": 1}}
    yield "no message", {key: value for key, value in typed.items() if key != "message"}


@pytest.mark.parametrize("typed", [c[1] for c in changes()], ids=[c[0] for c in changes()])
def test_what_is_no_permit_is_not_signed(typed):
    with pytest.raises(Blocked):
        policy().typed(typed, NOW_S)


ANY = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from([PERMIT2, 1, "PermitSingle"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["types", "domain", "message", "verifyingContract", "chainId", "details"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(ANY)
def test_other_typed_data_is_never_signed(typed):
    with pytest.raises(Blocked):
        policy().typed(typed, NOW_S)


def test_contracts_whose_typed_data_is_signed_unread_are_named():
    order = {
        "types": {},
        "primaryType": "OrderComponents",
        "domain": {"name": "Seaport", "chainId": 1, "verifyingContract": OTHER.upper()},
        "message": {},
    }
    with pytest.raises(Blocked, match=r"limits\.typed_data"):
        policy().typed(order, NOW_S)
    found = policy(typed_data=(OTHER,)).typed(order | {"domain": order["domain"]}, NOW_S)
    assert "OrderComponents" in found.words


def test_a_router_of_no_kind_reads_nothing():
    rng = random.Random(3)
    for kind in RouterKind:
        with pytest.raises(WireError):
            router_call(kind, rng.randbytes(64), owner=ADDRESS, wrapper=WETH.address, value=0)
    assert permit(USDC.address, ROUTER).amount == MOST
    assert CHAIN.id == 1
