"""Calldata read: every function of the tables against eth-abi and the published ABIs, what they
mean, and bytes that mean nothing.
"""

import pytest
from eth_abi import decode, encode
from eth_hash.auto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.dialects.evm.calldata import FUNCTIONS, read_call
from argosy.dialects.evm.calls.entry import MOST_ACTIONS, MOST_DEPTH
from argosy.errors import ConfigError, WireError
from argosy.model.calls import (
    EVERYTHING,
    NATIVE,
    Allowance,
    LendingAction,
    LiquidityChange,
    NftOrder,
    Note,
    Swap,
    TokenTransfer,
    Unknown,
    Wrap,
)
from dialects.evm.abi_values import of_types

BY_SIGNATURE = {entry.signature: entry for entry in FUNCTIONS}
ROUTER, A, B, C, ME = ("0x" + digit * 40 for digit in "1abcf")
CALLER, ITSELF = "0x" + "0" * 39 + "1", "0x" + "0" * 39 + "2"


def call(signature: str, *values: object) -> bytes:
    entry = BY_SIGNATURE[signature]
    return entry.selector + encode(entry.values.types, values)


def actions(signature: str, *values: object, value: int = 0) -> tuple:
    return read_call(ROUTER, call(signature, *values), value).actions


def only(signature: str, *values: object, value: int = 0):
    (found,) = actions(signature, *values, value=value)
    return found


def path(*parts: object) -> bytes:
    return b"".join(
        bytes.fromhex(part[2:]) if isinstance(part, str) else part.to_bytes(3, "big")
        for part in parts
    )


# --- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", FUNCTIONS, ids=lambda entry: entry.signature[:60])
def test_selectors_are_the_hashes_of_their_signatures(entry):
    assert entry.selector == keccak(entry.signature.encode())[:4]


def test_no_selector_is_there_twice():
    assert len({entry.selector for entry in FUNCTIONS}) == len(FUNCTIONS)


@pytest.mark.parametrize("entry", FUNCTIONS, ids=lambda entry: entry.signature[:60])
def test_arguments_are_read_as_eth_abi_reads_them(entry):
    @settings(max_examples=20)
    @given(of_types(entry.values.types))
    def check(values):
        raw = encode(entry.values.types, values)
        assert entry.values.read(entry.selector + raw, 4) == decode(entry.values.types, raw)
        try:
            told = read_call(ROUTER, entry.selector + raw, 7)
        except WireError:
            return  # well-formed, but no call: a path of no token, commands without inputs
        assert told.function == entry.name
        assert told.selector == "0x" + entry.selector.hex()

    check()


_PUBLISHED = {
    "uniswap_v2": ["UniswapV2Router02"],
    "uniswap_v3": ["SwapRouter", "SwapRouter02", "NonfungiblePositionManager"],
    "uniswap_v4": ["PositionManager"],
    "permit2": [],
    "universal_router": ["UniversalRouter"],
    "seaport": ["Seaport"],
    "aave": ["Pool"],
    "tokens": ["WETH9", "MintableERC20", "TestERC721"],
}


def test_the_published_contracts_have_these_functions():
    from argosy.sandbox.evm import abi
    from argosy.sandbox.evm.artifacts import artifact

    published = set()
    try:
        for names in _PUBLISHED.values():
            for name in names:
                for entry in artifact(name).abi:
                    if entry["type"] == "function":
                        published.add(abi.signature_of(entry))
    except ConfigError as e:
        pytest.skip(f"no contracts on this machine: {e}")
    ours = {entry.signature for entry in FUNCTIONS}
    missing = {each.partition("(")[0] for each in ours - published}
    # What these builds have not: Permit2 (its package has no ABI), Dai's permit, ERC-1155,
    # signatures older or newer than the builds.
    assert missing <= {
        "permit",
        "permitTransferFrom",
        "permitWitnessTransferFrom",
        "transferFrom",
        "approve",
        "lockdown",
        "invalidateNonces",
        "safeTransferFrom",
        "increaseAllowance",
        "unwrapWETH9WithFee",
        "sweepTokenWithFee",
    }


# --- what they mean -------------------------------------------------------------------------------


def test_tokens():
    assert only("transfer(address,uint256)", A, 5) == TokenTransfer(
        token=ROUTER, recipient=A, amount=5
    )
    assert only("transferFrom(address,address,uint256)", A, B, 5) == TokenTransfer(
        token=ROUTER, sender=A, recipient=B, amount=5
    )
    allowed = only("approve(address,uint256)", A, EVERYTHING)
    assert allowed == Allowance(token=ROUTER, spender=A, amount=EVERYTHING)
    assert allowed.unlimited
    assert not only("increaseAllowance(address,uint256)", A, 5).unlimited
    permit = only(
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
        *(A, B, 5, 99, 27, bytes(32), bytes(32)),
    )
    assert (permit.owner, permit.spender, permit.amount, permit.deadline) == (A, B, 5, 99)
    assert permit.permitted
    dai = only(
        "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)",
        *(A, B, 3, 99, True, 27, bytes(32), bytes(32)),
    )
    assert (dai.owner, dai.amount, dai.deadline) == (A, EVERYTHING, 99)
    assert only("setApprovalForAll(address,bool)", A, True).unlimited
    assert not only("setApprovalForAll(address,bool)", A, False).unlimited
    assert only("safeTransferFrom(address,address,uint256)", A, B, 9).token_id == 9
    assert only("deposit()", value=8) == Wrap(wrap=True, amount=8, token=ROUTER)
    assert only("withdraw(uint256)", 8) == Wrap(wrap=False, amount=8, token=ROUTER)


def test_pairs():
    due = "address[],address,uint256"
    assert only(f"swapExactTokensForTokens(uint256,uint256,{due})", 5, 4, [A, B], ME, 9) == Swap(
        protocol="uniswap_v2",
        path=(A, B),
        amount=5,
        limit=4,
        exact_in=True,
        recipient=ME,
        deadline=9,
    )
    got = only(f"swapTokensForExactETH(uint256,uint256,{due})", 5, 6, [A, B, C], ME, 9)
    assert (got.amount, got.limit, got.exact_in, got.native_out) == (5, 6, False, True)
    got = only(f"swapExactETHForTokens(uint256,{due})", 4, [A, B], ME, 9, value=7)
    assert (got.amount, got.limit, got.exact_in, got.native_in) == (7, 4, True, True)
    got = only(f"swapETHForExactTokens(uint256,{due})", 4, [A, B], ME, 9, value=7)
    assert (got.amount, got.limit, got.exact_in, got.native_in) == (4, 7, False, True)
    with pytest.raises(WireError, match="two are the least"):
        only(f"swapETHForExactTokens(uint256,{due})", 4, [A], ME, 9)
    added = only(
        "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
        *(A, B, 10, 20, 9, 19, ME, 5),
    )
    assert (added.tokens, added.amounts, added.least) == ((A, B), (10, 20), (9, 19))
    allowed, removed = actions(
        "removeLiquidityETHWithPermit(address,uint256,uint256,uint256,address,uint256,"
        "bool,uint8,bytes32,bytes32)",
        *(A, 10, 1, 2, ME, 5, False, 27, bytes(32), bytes(32)),
    )
    assert (allowed.amount, allowed.permitted) == (10, True)
    assert (removed.kind, removed.liquidity, removed.least) == ("remove", 10, (1, 2))


def test_concentrated_pools():
    old = "(address,address,uint24,address,uint256,uint256,uint256,uint160)"
    new = "(address,address,uint24,address,uint256,uint256,uint160)"
    swap = only(f"exactInputSingle({old})", (A, B, 500, ME, 99, 5, 4, 3))
    assert swap == Swap(
        protocol="uniswap_v3",
        path=(A, B),
        fees=(500,),
        amount=5,
        limit=4,
        exact_in=True,
        recipient=ME,
        price_limit=3,
        deadline=99,
    )
    swap = only(f"exactOutputSingle({new})", (A, B, 500, CALLER, 5, 6, 0))
    assert (swap.amount, swap.limit, swap.exact_in, swap.recipient) == (5, 6, False, "")
    many = only("exactInput((bytes,address,uint256,uint256))", (path(A, 500, B, 3000, C), ME, 5, 4))
    assert (many.path, many.fees) == ((A, B, C), (500, 3000))
    many = only(
        "exactOutput((bytes,address,uint256,uint256))", (path(C, 3000, B, 500, A), ITSELF, 4, 5)
    )
    assert (many.path, many.fees, many.recipient) == ((A, B, C), (500, 3000), ROUTER)
    with pytest.raises(WireError, match="a path of 20 bytes"):
        only("exactInput((bytes,address,uint256,uint256))", (path(A), ME, 5, 4))


def test_what_a_router_does_in_one_call():
    new = "(address,address,uint24,address,uint256,uint256,uint160)"
    single = call(f"exactInputSingle({new})", (A, B, 500, ITSELF, 5, 4, 0))
    unwrap = call("unwrapWETH9(uint256,address)", 4, ME)
    refund = call("refundETH()")
    told = actions("multicall(uint256,bytes[])", 9, [single, unwrap, refund, b"\1\2\3\4rest"])
    assert [type(each) for each in told] == [Swap, Wrap, TokenTransfer, Unknown]
    assert told[1] == Wrap(wrap=False, least=4, recipient=ME)
    assert told[2].token == NATIVE
    assert (told[3].selector, told[3].size) == ("0x01020304", 8)
    deep = call("refundETH()")
    for _ in range(MOST_DEPTH + 3):
        deep = call("multicall(bytes[])", [deep])
    (told,) = read_call(ROUTER, deep).actions
    assert "within each other" in told.why
    wide = call("multicall(bytes[])", [refund] * (MOST_ACTIONS + 1))
    with pytest.raises(WireError, match=f"more than {MOST_ACTIONS}"):
        read_call(ROUTER, wide)
    broken = call("multicall(bytes[])", [refund, single[:60]])
    told = read_call(ROUTER, broken)
    assert [type(each) for each in told.actions] == [TokenTransfer, Unknown]
    assert not told.known
    assert told.kinds == ("transfer", "unknown")


def test_positions():
    minted = only(
        "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))",
        (A, B, 500, -10, 20, 5, 6, 4, 3, ME, 9),
    )
    assert (minted.ticks, minted.amounts, minted.least) == ((-10, 20), (5, 6), (4, 3))
    assert only(
        "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))", (7, 8, 1, 2, 9)
    ) == (
        LiquidityChange(
            protocol="uniswap_v3",
            kind="remove",
            position=7,
            liquidity=8,
            least=(1, 2),
            deadline=9,
        )
    )
    collected = only("collect((uint256,address,uint128,uint128))", (7, ME, 1, 2))
    assert (collected.kind, collected.position, collected.recipient) == ("collect", 7, ME)
    assert only("burn(uint256)", 7) == Note(what="burn", contract=ROUTER, number=7)


def test_universal_router_commands():
    swap3 = encode(
        ["address", "uint256", "uint256", "bytes", "bool"],
        [ITSELF, 5, 4, path(A, 500, B), True],
    )
    swap2 = encode(
        ["address", "uint256", "uint256", "address[]", "bool"], [CALLER, 5, 6, [A, B], False]
    )
    inputs = {
        0x0B: encode(["address", "uint256"], [ITSELF, 5]),
        0x80: swap3,  # 0x00, which may fail
        0x09: swap2,
        0x06: encode(["address", "address", "uint256"], [B, C, 25]),
        0x0C: encode(["address", "uint256"], [CALLER, 4]),
        0x04: encode(["address", "address", "uint256"], [NATIVE, CALLER, 3]),
        0x0A: encode(
            ["((address,uint160,uint48,uint48),address,uint256)", "bytes"],
            [((A, 5, 6, 7), ROUTER, 8), b"signed"],
        ),
        0x0D: encode(["(address,address,uint160,address)[]"], [[(ME, ITSELF, 5, A)]]),
        0x3E: b"what?",
        0x01: b"malformed",
    }
    inputs[0x21] = encode(["bytes", "bytes[]"], [bytes([0x00]), [swap3]])
    wrap, one, two, fee, unwrap, sweep, permit, taken, unknown, bad, planned = actions(
        "execute(bytes,bytes[],uint256)", bytes(inputs), list(inputs.values()), 9
    )
    assert wrap == Wrap(wrap=True, amount=5, recipient=ROUTER)
    assert (one.path, one.fees, one.recipient, one.exact_in) == ((A, B), (500,), ROUTER, True)
    assert (two.protocol, two.path, two.recipient, two.exact_in) == (
        "uniswap_v2",
        (A, B),
        "",
        False,
    )
    assert (fee.token, fee.recipient, fee.portion_bps) == (B, C, 25)
    assert unwrap == Wrap(wrap=False, least=4, recipient="")
    assert (sweep.token, sweep.sender, sweep.least) == (NATIVE, ROUTER, 3)
    assert permit == Allowance(
        token=A, spender=ROUTER, amount=5, permitted=True, by="permit2", deadline=6
    )
    assert taken == TokenTransfer(token=A, sender=ME, recipient=ROUTER, amount=5)
    assert (unknown.selector, bad.selector) == ("command 0x3e", "command 0x01")
    assert planned == one
    with pytest.raises(WireError, match="2 commands with 1 inputs"):
        actions("execute(bytes,bytes[])", b"\0\0", [swap3])


KEY = "(address,address,uint24,int24,address)"


@pytest.mark.parametrize("with_prices", [False, True])
def test_v4_swaps(with_prices):
    price = ["uint256"] if with_prices else []
    prices = ["uint256[]"] if with_prices else []
    zero, none = ([0], [[1, 2]]) if with_prices else ([], [])
    single = encode(
        [f"({','.join([KEY, 'bool', 'uint128', 'uint128', *price, 'bytes'])})"],
        [((A, B, 500, 10, C), False, 5, 4, *zero, b"hook data")],
    )
    hops = "(address,uint24,int24,address,bytes)[]"
    many = encode(
        [f"({','.join(['address', hops, *prices, 'uint128', 'uint128'])})"],
        [(C, [(A, 100, 1, NATIVE, b""), (B, 500, 10, NATIVE, b"x")], *none, 5, 6)],
    )
    todo = {
        0x06: single,
        0x09: many,
        0x0C: encode(["address", "uint256"], [A, 5]),
        0x0F: encode(["address", "uint256"], [B, 4]),
        0x16: encode(["uint256"], [4]),
    }
    inputs = encode(["bytes", "bytes[]"], [bytes(todo), list(todo.values())])
    one, two, settled, taken, unwrapped = actions("execute(bytes,bytes[])", b"\x10", [inputs])
    assert (one.protocol, one.path, one.fees, one.hooks) == ("uniswap_v4", (B, A), (500,), (C,))
    assert (one.amount, one.limit, one.exact_in) == (5, 4, True)
    assert (two.path, two.fees, two.exact_in) == ((A, B, C), (100, 500), False)
    assert (two.amount, two.limit) == (5, 6)
    assert settled == Note(what="settle", contract=A)
    assert taken == TokenTransfer(token=B, recipient="", least=4)
    assert unwrapped == Wrap(wrap=False, amount=4, recipient=ROUTER)


def test_v4_positions():
    todo = {
        0x02: encode(
            [KEY, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"],
            [(A, B, 500, 10, NATIVE), -10, 10, 99, 5, 6, ME, b""],
        ),
        0x01: encode(["uint256", "uint256", "uint128", "uint128", "bytes"], [7, 8, 1, 2, b""]),
        0x0A: b"",
    }
    inside = encode(["bytes", "bytes[]"], [bytes(todo), list(todo.values())])
    added, removed, unknown = actions("modifyLiquidities(bytes,uint256)", inside, 9)
    assert (added.tokens, added.ticks, added.liquidity) == ((A, B), (-10, 10), 99)
    assert (added.amounts, added.recipient) == ((5, 6), ME)
    assert (removed.position, removed.liquidity, removed.least) == (7, 8, (1, 2))
    assert unknown.selector == "v4 action 0x0a"


def test_permit2():
    batch = "((address,uint160,uint48,uint48)[],address,uint256)"
    told = actions(
        f"permit(address,{batch},bytes)", ME, ([(A, 5, 6, 0), (B, 7, 8, 1)], C, 9), b"signed"
    )
    assert [(each.token, each.amount, each.deadline, each.owner) for each in told] == [
        (A, 5, 6, ME),
        (B, 7, 8, ME),
    ]
    assert only("approve(address,address,uint160,uint48)", A, B, 5, 6) == Allowance(
        token=A, spender=B, amount=5, by="permit2", deadline=6
    )
    assert only("transferFrom(address,address,uint160,address)", A, B, 5, C) == TokenTransfer(
        token=C, sender=A, recipient=B, amount=5
    )
    moved = only(
        "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)",
        *(((A, 9), 0, 0), (B, 5), C, b"signed"),
    )
    assert moved == TokenTransfer(token=A, sender=C, recipient=B, amount=5)
    assert only("lockdown((address,address)[])", [(A, B)]).amount == 0


def seaport(prefix: str) -> str:
    (found,) = [each for each in BY_SIGNATURE if each.startswith(prefix + "(")]
    return found


def test_seaport():
    nft, paid = (2, A, 7, 1, 1), (0, NATIVE, 0, 50, 50, ME)
    terms = (ME, NATIVE, [nft], [paid], 0, 1, 99, bytes(32), 3, bytes(32), 1)
    fill = only(seaport("fulfillOrder"), (terms, b"signed"), bytes(32))
    assert isinstance(fill, NftOrder)
    assert (fill.kind, fill.offerer, fill.deadline) == ("fill", ME, 99)
    assert [(each.token, each.token_id) for each in fill.offer] == [(A, 7)]
    assert [(each.kind, each.amount, each.recipient) for each in fill.wanted] == [(0, 50, ME)]
    both = actions(
        seaport("fulfillAvailableAdvancedOrders"),
        *([(terms, 1, 1, b"", b"")] * 2, [], [], [], bytes(32), C, 2),
    )
    assert [each.recipient for each in both] == [C, C]
    (gone,) = actions(seaport("cancel"), [terms])
    assert gone.kind == "cancel"
    basic = (
        *(NATIVE, 0, 50, ME, NATIVE, A, 7, 1, 0, 1, 99, bytes(32)),
        *(3, bytes(32), bytes(32), 1, [(2, B)], b"signed"),
    )
    fill = only(seaport("fulfillBasicOrder"), basic)
    assert [(each.amount, each.recipient) for each in fill.wanted] == [(50, ME), (2, B)]
    assert only("incrementCounter()").contract == ROUTER
    with pytest.raises(WireError, match="no type of a basic order"):
        only(seaport("fulfillBasicOrder"), (*basic[:8], 24, *basic[9:]))


def test_aave():
    assert only("supply(address,uint256,address,uint16)", A, 5, ME, 0) == LendingAction(
        kind="supply", asset=A, amount=5, account=ME
    )
    assert only("repay(address,uint256,uint256,address)", A, EVERYTHING, 2, ME).amount == EVERYTHING
    seized = only("liquidationCall(address,address,address,uint256,bool)", A, B, ME, 5, False)
    assert (seized.collateral, seized.asset, seized.account) == (A, B, ME)
    assert only("setUserUseReserveAsCollateral(address,bool)", A, False).on is False
    loans = actions(
        "flashLoan(address,address[],uint256[],uint256[],address,bytes,uint16)",
        *(ME, [A, B], [1, 2], [0, 0], C, b"", 0),
    )
    assert [(each.asset, each.amount) for each in loans] == [(A, 1), (B, 2)]


# --- what is no call ------------------------------------------------------------------------------


def test_payments_creations_and_strangers():
    paid = read_call(A, "0x", 5)
    assert paid.actions == (TokenTransfer(token=NATIVE, recipient=A, amount=5),)
    assert read_call("", "0x6001", 0).actions[0].why == "creates a contract"
    stranger = read_call(A, "0xdeadbeef00")
    assert stranger.actions == (Unknown(selector="0xdeadbeef", size=5, contract=A),)
    assert read_call(A, "0xde").actions[0].selector == "0xde"


@pytest.mark.parametrize("data", ["", "0", "abcd", "0xa", "0xzz", "0xab cd", "0x38ed1739"])
def test_what_is_no_calldata_is_a_wire_error(data):
    with pytest.raises(WireError):
        read_call(A, data)


@given(st.sampled_from(FUNCTIONS), st.binary(max_size=500))
def test_of_any_bytes_only_wire_errors_come(entry, raw):
    try:
        read_call(A, entry.selector + raw)
    except WireError:
        return


@given(st.data(), st.sampled_from(FUNCTIONS))
def test_of_damaged_calls_only_wire_errors_come(data, entry):
    raw = bytearray(encode(entry.values.types, data.draw(of_types(entry.values.types))))
    for _ in range(data.draw(st.integers(1, 5))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from([0, 32, 255]))
    try:
        read_call(A, entry.selector + bytes(raw))
    except WireError:
        return
