"""Pools of the Uniswap v2 family: factory, router, seeded pairs. Forks differ by artifact, data."""

import msgspec

from argosy.sandbox.evm.builder import FOREVER, Builder
from argosy.sandbox.evm.layout import Pool

FEE = 3_000  # in millionths, the same for every pair


class PairSeed(msgspec.Struct, frozen=True):
    """A pair, what each side is worth in USD, and how far its price is off, in basis points."""

    one: str
    other: str
    side_usd: int
    off_bps: int = 0


UNISWAP = (
    PairSeed("WETH", "USDC", 6_000_000),
    PairSeed("WETH", "DAI", 3_000_000),
    PairSeed("WBTC", "WETH", 4_000_000),
    PairSeed("USDC", "USDT", 2_000_000),
)


def deploy_uniswap_v2(build: Builder) -> None:
    """Uniswap v2, whose pairs have mainnet's init code hash."""
    factory = build.deploy("uniswap_v2.factory", "UniswapV2Factory", build.owner)
    weth = build.token("WETH").address
    build.deploy("uniswap_v2.router", "UniswapV2Router02", factory.address, weth)
    seed(build, "uniswap_v2", "UniswapV2Pair", UNISWAP)


def seed(build: Builder, protocol: str, artifact: str, pairs: tuple[PairSeed, ...]) -> None:
    """Create pairs through the protocol's router, with liquidity of provider_a."""
    provider = build.accounts["provider_a"]
    router, factory = build[f"{protocol}.router"], build[f"{protocol}.factory"]
    used = sorted({symbol for pair in pairs for symbol in (pair.one, pair.other)})
    build.approve(provider, router.address, *used)
    for pair in pairs:
        one, other = build.tokens[pair.one], build.tokens[pair.other]
        amounts = (
            build.worth(pair.one, pair.side_usd),
            build.worth(pair.other, pair.side_usd) * (10_000 + pair.off_bps) // 10_000,
        )
        router.send(
            provider, "addLiquidity", one.address, other.address, *amounts, 0, 0, provider, FOREVER
        )
        address = factory.call("getPair", one.address, other.address)
        first, second = build.sorted(pair.one, pair.other)
        pool = Pool(
            protocol=protocol,
            token0=first.symbol,
            token1=second.symbol,
            fee=FEE,
            address=address.lower(),
        )
        build.pools.append(pool)
        build.keep(f"pool.{pool.label}", artifact, build.at(artifact, address))
