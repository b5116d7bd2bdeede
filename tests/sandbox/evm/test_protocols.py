"""Each protocol does on our chain what it does on mainnet."""

from decimal import Decimal

import pytest

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.lending import PRICE_UNIT, VARIABLE
from argosy.sandbox.evm.link import ChainError
from argosy.sandbox.evm.singleton import KEY, NATIVE, PERMIT2, pool_id, pool_key

SUSHI_INIT_HASH = "e18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"
EXACT_IN_SINGLE, SETTLE_ALL, TAKE_ALL = 0x06, 0x0C, 0x0F  # v4-periphery, libraries/Actions.sol
V4_SWAP = 0x10  # universal-router, libraries/Commands.sol


def v4_swap(key, amount: int, least: int) -> list[bytes]:
    """The Universal Router's input for one swap of native ether."""
    single = abi.encode([f"({KEY},bool,uint128,uint128,bytes)"], [(key, True, amount, least, b"")])
    settle = abi.encode(["address", "uint256"], [key[0], amount])
    take = abi.encode(["address", "uint256"], [key[1], least])
    actions = bytes([EXACT_IN_SINGLE, SETTLE_ALL, TAKE_ALL])
    return [abi.encode(["bytes", "bytes[]"], [actions, [single, settle, take]])]


def test_a_v4_swap_of_native_ether_gives_what_the_quoter_said(chain):
    me, usdc = chain.layout.accounts["desk"], chain.layout.tokens["USDC"]
    key = pool_key(NATIVE, usdc.address, 500)
    pool = chain.layout.pool("uniswap_v4", "ETH", "USDC", 500)
    assert pool.address == pool_id(key)
    amount = 3 * 10**18
    quoted, _ = chain.contract("uniswap_v4.quoter").call(
        "quoteExactInputSingle", (key, True, amount, b"")
    )
    router, purse = chain.contract("universal_router"), chain.contract("token.USDC")
    execute = "execute(bytes,bytes[],uint256)"
    before = purse.call("balanceOf", me)
    command = bytes([V4_SWAP])
    inputs = v4_swap(key, amount, quoted + 1)
    told = rf"V4TooLittleReceived\({quoted + 1}, {quoted}\)"
    with pytest.raises(ChainError, match=told):
        router.send(me, execute, command, inputs, FOREVER, value=amount)
    inputs = v4_swap(key, amount, quoted)
    router.send(me, execute, command, inputs, FOREVER, value=amount)
    assert purse.call("balanceOf", me) - before == quoted
    assert quoted > 0


def test_v4_pools_are_seen_through_the_state_view(chain):
    view = chain.contract("uniswap_v4.state")
    pools = [pool for pool in chain.layout.pools if pool.protocol == "uniswap_v4"]
    assert len(pools) >= 3
    for pool in pools:
        pool_hash = bytes.fromhex(pool.address[2:])
        assert view.call("getSlot0", pool_hash)[3] == pool.fee
        assert view.call("getLiquidity", pool_hash) > 0


def test_permit2_signs_for_this_chain(chain):
    """Its published code has a fixed domain for one chain id; on ours it must make its own."""
    domain = abi.keccak(b"EIP712Domain(string name,uint256 chainId,address verifyingContract)")
    own = abi.keccak(
        abi.encode(
            ["bytes32", "bytes32", "uint256", "address"],
            [domain, abi.keccak(b"Permit2"), chain.settings.chain_id, PERMIT2],
        )
    )
    assert chain.contract("permit2").call("DOMAIN_SEPARATOR") == own


def test_sushi_is_a_fork_with_its_own_hash_and_another_price(chain):
    assert chain.contract("sushi_v2.factory").call("pairCodeHash").hex() == SUSHI_INIT_HASH
    tokens, me = chain.layout.tokens, chain.layout.accounts["desk"]
    path = [tokens["WETH"].address, tokens["USDC"].address]
    gets = [
        chain.contract(f"{name}.router").call("getAmountsOut", 10**18, path)[1]
        for name in ("uniswap_v2", "sushi_v2")
    ]
    assert gets[0] != gets[1]
    router = chain.contract("sushi_v2.router")
    chain.contract("token.WETH").send(me, "approve", router.address, FOREVER)
    receipt = router.send(
        me, "swapExactTokensForTokens", 10**18, gets[1], path, me, FOREVER
    )  # its router finds the pair by computing its address: the hash is right
    assert int(receipt["gasUsed"], 16) < 200_000


def test_aave_liquidates_when_the_feed_falls(chain):
    layout = chain.layout
    borrower, desk = layout.accounts["whale_a"], layout.accounts["desk"]
    weth, usdc = layout.tokens["WETH"], layout.tokens["USDC"]
    pool = chain.contract("aave.pool")

    def health() -> Decimal:
        return Decimal(pool.call("getUserAccountData", borrower)[5]).scaleb(-18)

    assert Decimal("1.6") < health() < Decimal("1.7")  # 1M of collateral at 82.5 %, 500k owed
    chain.contract("token.USDC").send(desk, "approve", pool.address, FOREVER)
    repay = usdc.worth(Decimal(100_000))
    call = (desk, "liquidationCall", weth.address, usdc.address, borrower, repay, False)
    with pytest.raises(ChainError, match=r"\b45\b"):  # health factor not below the threshold
        pool.send(*call)
    low = int(weth.usd * PRICE_UNIT * 58 / 100)
    chain.contract("feed.WETH").send(layout.accounts["deployer"], "setAnswer", low)
    assert health() < 1
    purse = chain.contract("token.WETH")
    before = purse.call("balanceOf", desk)
    pool.send(*call)
    got = Decimal(purse.call("balanceOf", desk) - before).scaleb(-18) * weth.usd * 58 / 100
    assert Decimal(104_900) < got < Decimal(105_100)  # what was repaid, and the bonus of 5 %


def test_aave_lends_against_collateral_and_no_further(chain):
    me, tokens = chain.layout.accounts["rival"], chain.layout.tokens
    pool = chain.contract("aave.pool")
    chain.contract("token.WBTC").send(me, "approve", pool.address, FOREVER)
    amount = tokens["WBTC"].worth(Decimal(10_000))
    pool.send(me, "supply", tokens["WBTC"].address, amount, me, 0)
    too_much = tokens["DAI"].worth(Decimal(7_100))  # above 70 %
    with pytest.raises(ChainError, match=r"\b36\b"):  # collateral cannot cover the new borrow
        pool.send(me, "borrow", tokens["DAI"].address, too_much, VARIABLE, 0, me)
    enough = tokens["DAI"].worth(Decimal(6_900))
    pool.send(me, "borrow", tokens["DAI"].address, enough, VARIABLE, 0, me)


def test_feeds_are_read_as_chainlinks_are_and_only_their_owner_moves_them(chain):
    feed, layout = chain.contract("feed.WBTC"), chain.layout
    price = int(layout.tokens["WBTC"].usd * PRICE_UNIT)
    assert feed.call("decimals") == 8
    assert feed.call("latestAnswer") == price
    with pytest.raises(ChainError):
        feed.send(layout.accounts["desk"], "setAnswer", 1)
    receipt = feed.send(layout.accounts["deployer"], "setAnswer", price - 1)
    block = chain.link.call("eth_getBlockByNumber", receipt["blockNumber"], False)
    at_s = int(block["timestamp"], 16)
    assert feed.call("latestRoundData") == (2, price - 1, at_s, at_s, 2)
    (told,) = feed.events(receipt, "AnswerUpdated")
    assert told == {"_0": price - 1, "_1": 2, "_2": at_s}
    data = feed.data("latestAnswer")
    with pytest.raises(ChainError):  # takes no ether
        chain.link.send(layout.accounts["deployer"], feed.address, data, value=1)


def test_seaport_sells_an_item_of_the_collection(chain):
    layout = chain.layout
    seller, buyer = layout.accounts["whale_a"], layout.accounts["desk"]
    seaport, collection = chain.contract("seaport"), chain.contract("collection")
    assert seaport.call("information")[0] == "1.6"
    assert collection.call("ownerOf", 1) == seller
    price, nobody = 2 * 10**18, "0x" + "00" * 20
    item = (2, collection.address, 1, 1, 1)  # ERC-721
    payment = (0, nobody, 0, price, price, seller)  # native
    when = (0, 2**63)
    key = bytes(32)
    terms = (seller, nobody, [item], [payment], 0, *when, key, 7, key, 1)
    order = (terms, b"")
    seaport.send(seller, "validate", [order])  # the seller says so on chain: no signature needed
    with pytest.raises(ChainError):
        seaport.send(buyer, "fulfillOrder", order, key, value=price - 1)
    receipt = seaport.send(buyer, "fulfillOrder", order, key, value=price)
    assert collection.call("ownerOf", 1) == buyer
    assert len(seaport.events(receipt, "OrderFulfilled")) == 1
