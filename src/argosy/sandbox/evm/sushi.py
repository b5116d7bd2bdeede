"""SushiSwap: a fork of Uniswap v2 with a code hash of its own, and one of v3 with Uniswap's."""

from argosy.sandbox.evm import abi, concentrated, constant_product
from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.builder import Builder
from argosy.sandbox.evm.concentrated import PoolSeed
from argosy.sandbox.evm.constant_product import PairSeed
from argosy.sandbox.evm.contract import Contract

# Prices a little off Uniswap's, so that there is something for an arbitrageur.
PAIRS = (
    PairSeed("WETH", "USDC", 3_000_000, 80),
    PairSeed("WBTC", "WETH", 2_000_000, -75),
    PairSeed("WETH", "DAI", 1_000_000, 120),
)
POOLS = (PoolSeed("WETH", "USDC", 500, 2_000_000, 15),)


def deploy_sushi(build: Builder) -> None:
    """Deploy and seed both. The router of the package is of another build than its factory's pairs:
    the hash that it computes addresses by is put right, the one change made to any contract here.
    """
    factory = build.deploy("sushi_v2.factory", "SushiFactory", build.owner)
    code = artifact("SushiRouter").bytecode
    ours = factory.call("pairCodeHash").hex()
    compiled = abi.keccak(bytes.fromhex(artifact("SushiPair").bytecode)).hex()
    if ours not in code and compiled in code:
        code = code.replace(compiled, ours)
    weth = build.token("WETH").address
    tail = abi.encode(["address", "address"], [factory.address, weth]).hex()
    receipt = build.link.send(build.owner, None, f"0x{code}{tail}")
    router = Contract(build.link, receipt["contractAddress"], artifact("SushiRouter").abi)
    build.keep("sushi_v2.router", "SushiRouter", router)
    constant_product.seed(build, "sushi_v2", "SushiPair", PAIRS)
    concentrated.family(build, "sushi_v3")
    concentrated.seed(build, "sushi_v3", POOLS)
