"""The whole chain with the real contracts: what stands, what it quotes, how it is kept."""

import time
from random import Random

import pytest

from argosy.errors import ConfigError
from argosy.sandbox.evm import abi
from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.deploy import build
from argosy.sandbox.evm.link import ChainError, Link
from argosy.sandbox.evm.node import Node
from sandbox.evm.chains import chain_or_skip

# The init code hashes of mainnet's pairs and pools: whoever computes addresses relies on them.
V2_INIT_HASH = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
V3_INIT_HASH = "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"


def test_every_contract_has_code(chain):
    labels = list(chain.layout.contracts)
    codes = chain.link.batch(
        [("eth_getCode", (chain.layout.contracts[label], "latest")) for label in labels]
    )
    empty = [label for label, code in zip(labels, codes, strict=True) if len(code) < 100]
    assert not empty
    assert len(labels) > 20


def test_the_pools_are_mainnets_own_bytecode(chain):
    for name, expected in (("UniswapV2Pair", V2_INIT_HASH), ("UniswapV3Pool", V3_INIT_HASH)):
        assert abi.keccak(bytes.fromhex(artifact(name).bytecode)).hex() == expected


def test_tokens_have_their_decimals_and_everyone_has_some(chain):
    decimals = {"WETH": 18, "USDC": 6, "USDT": 6, "DAI": 18, "WBTC": 8}
    for symbol, token in chain.layout.tokens.items():
        contract = chain.contract(f"token.{symbol}")
        assert contract.call("decimals") == token.decimals == decimals[symbol]
        assert contract.call("symbol") == symbol
        for account in chain.layout.accounts.values():
            assert contract.call("balanceOf", account) > 0


def test_pools_keep_their_tokens_in_the_order_the_layout_says(chain):
    for pool in chain.layout.pools:
        if pool.protocol == "uniswap_v4":
            continue  # it has no contract of its own
        contract = chain.contract(f"pool.{pool.label}")
        assert contract.call("token0") == chain.layout.tokens[pool.token0].address
        assert contract.call("token1") == chain.layout.tokens[pool.token1].address


def test_a_v3_swap_gives_what_the_quoter_said(chain):
    random = Random(11)
    tokens, me = chain.layout.tokens, chain.layout.accounts["desk"]
    quoter, router = chain.contract("uniswap_v3.quoter"), chain.contract("uniswap_v3.router")
    pools = [pool for pool in chain.layout.pools if pool.protocol == "uniswap_v3"]
    for symbol in tokens:
        chain.contract(f"token.{symbol}").send(me, "approve", router.address, FOREVER)
    for _ in range(12):
        pool = random.choice(pools)
        give, get = random.sample((pool.token0, pool.token1), 2)
        amount = tokens[give].worth(random.choice((1, 1_000, 100_000, 1_500_000)))
        pair = (tokens[give].address, tokens[get].address)
        quoted, price, _, _ = quoter.call("quoteExactInputSingle", (*pair, amount, pool.fee, 0))
        purse = chain.contract(f"token.{get}")
        before = purse.call("balanceOf", me)
        router.send(me, "exactInputSingle", (*pair, pool.fee, me, FOREVER, amount, quoted, 0))
        assert purse.call("balanceOf", me) - before == quoted > 0
        assert chain.contract(f"pool.{pool.label}").call("slot0")[0] == price


def test_a_v2_swap_follows_the_constant_product_to_the_unit(chain):
    tokens, me = chain.layout.tokens, chain.layout.accounts["desk"]
    router = chain.contract("uniswap_v2.router")
    pool = chain.layout.pool("uniswap_v2", "WETH", "USDC")
    pair = chain.contract(f"pool.{pool.label}")
    chain.contract("token.WETH").send(me, "approve", router.address, FOREVER)
    reserves = dict(zip((pool.token0, pool.token1), pair.call("getReserves")[:2], strict=True))
    amount = 25 * 10**18
    paid = amount * 997
    expected = paid * reserves["USDC"] // (reserves["WETH"] * 1000 + paid)
    path = [tokens["WETH"].address, tokens["USDC"].address]
    receipt = router.send(me, "swapExactTokensForTokens", amount, expected, path, me, FOREVER)
    (swap,) = pair.events(receipt, "Swap")
    assert max(swap["amount0Out"], swap["amount1Out"]) == expected
    with pytest.raises(ChainError, match="INSUFFICIENT_OUTPUT_AMOUNT"):
        router.send(me, "swapExactTokensForTokens", amount, expected, path, me, FOREVER)


def test_prices_begin_where_the_simulated_venues_do(chain):
    tokens = chain.layout.tokens
    quoter = chain.contract("uniswap_v3.quoter")
    pair = (tokens["WETH"].address, tokens["USDC"].address)
    out, *_ = quoter.call("quoteExactInputSingle", (*pair, 10**15, 500, 0))
    fair = tokens["WETH"].usd * 10**3  # of a thousandth, in units of 6 decimals
    assert 0.998 < out / float(fair) < 1.001


def test_it_is_built_once_and_the_same_every_time(tmp_path, record_property):
    heads = []
    for cache in ("cache", "cache", "other"):
        began = time.monotonic()
        with chain_or_skip(tmp_path / cache) as chain:
            took_s = time.monotonic() - began
            assert chain.loaded == (len(heads) == 1)
            record_property("load_s" if chain.loaded else "build_s", round(took_s, 3))
            heads.append(chain.link.call("eth_getBlockByNumber", "latest", False)["hash"])
    assert len(set(heads)) == 1


def test_a_stage_that_fails_says_which_and_why(chain):
    def stage(builder):
        builder["token.DAI"].send(builder.owner, "transfer", builder.owner, 10**40)

    from argosy.sandbox.evm.tokens import deploy_tokens

    stages = (("tokens", deploy_tokens), ("folly", stage))
    with (
        Node() as node,
        Link(node.url) as link,
        pytest.raises(ConfigError, match=r"'folly' failed: transfer: .*exceeds balance"),
    ):
        build(link, stages)
