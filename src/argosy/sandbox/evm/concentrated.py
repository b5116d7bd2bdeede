"""Pools of the Uniswap v3 family: factory, position manager, quoter, routers, pools with positions
in several ranges. Sets first prices and ranges; what a swap gives is the contracts' business.
"""

import math
from math import isqrt

import msgspec

from argosy.sandbox.evm.builder import FOREVER, Builder
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.layout import Pool, Token

SPACING = {100: 1, 500: 10, 3_000: 60, 10_000: 200}  # fee in millionths -> ticks
MAX_TICK = 887_272
# How wide positions are, in ticks to each side (a tick is a basis point), and their share in %.
RANGES = ((200, 50), (1_000, 30), (6_000, 15), (MAX_TICK, 5))
STABLE_RANGES = ((10, 60), (100, 30), (MAX_TICK, 10))


class PoolSeed(msgspec.Struct, frozen=True):
    """A pool, its fee in millionths, what each side is worth in USD, how far its price is off."""

    one: str
    other: str
    fee: int
    side_usd: int
    off_bps: int = 0


UNISWAP = (
    PoolSeed("WETH", "USDC", 500, 12_000_000),
    PoolSeed("WETH", "USDC", 3_000, 8_000_000),
    PoolSeed("WETH", "USDC", 10_000, 1_000_000),
    PoolSeed("WBTC", "WETH", 3_000, 9_000_000),
    PoolSeed("WETH", "DAI", 3_000, 3_000_000),
    PoolSeed("USDC", "USDT", 100, 5_000_000),
    PoolSeed("DAI", "USDC", 100, 5_000_000),
)


def sqrt_price_x96(first: Token, second: Token, off_bps: int = 0) -> int:
    """The square root of the price (units of `second` for one of `first`) times 2**96."""
    unit = 10**60
    of_first = int(first.usd.scaleb(60 - first.decimals)) or unit
    of_second = int(second.usd.scaleb(60 - second.decimals)) or unit
    return isqrt((of_first * (10_000 + off_bps) << 192) // (of_second * 10_000))


def tick_near(sqrt_x96: int, spacing: int) -> int:
    """The usable tick nearest to a price; floating point, for it only places a range."""
    tick = math.log(sqrt_x96 / 2**96) * 2 / math.log(1.0001)
    return round(tick / spacing) * spacing


def bounds(centre: int, half: int, spacing: int) -> tuple[int, int]:
    """A range around a tick, on the spacing and inside what the pool takes."""
    top = MAX_TICK // spacing * spacing
    half = max(spacing, half // spacing * spacing)
    return max(-top, centre - half), min(top, centre + half)


def deploy_uniswap_v3(build: Builder) -> None:
    """Uniswap v3, whose pools have mainnet's init code hash."""
    weth = build.token("WETH").address
    factory = family(build, "uniswap_v3")
    build.deploy(
        "uniswap_v3.router02",
        "SwapRouter02",
        build["uniswap_v2.factory"].address,
        factory.address,
        build["uniswap_v3.positions"].address,
        weth,
    )
    build.deploy("uniswap_v3.ticks", "TickLens")
    seed(build, "uniswap_v3", UNISWAP)


def family(build: Builder, protocol: str) -> Contract:
    """Factory, position manager, quoter and router: what every member of the family has."""
    weth = build.token("WETH").address
    factory = build.deploy(f"{protocol}.factory", "UniswapV3Factory")
    factory.send(build.owner, "enableFeeAmount", 100, SPACING[100])  # as on mainnet since 2021-11
    drawing = build.deploy(f"{protocol}.descriptor_library", "NFTDescriptor")
    descriptor = build.deploy(
        f"{protocol}.descriptor",
        "NonfungibleTokenPositionDescriptor",
        weth,
        b"ETH".ljust(32, b"\0"),
        libraries={"NFTDescriptor": drawing.address},
    )
    build.deploy(
        f"{protocol}.positions",
        "NonfungiblePositionManager",
        factory.address,
        weth,
        descriptor.address,
    )
    build.deploy(f"{protocol}.quoter", "QuoterV2", factory.address, weth)
    build.deploy(f"{protocol}.router", "SwapRouter", factory.address, weth)
    return factory


def seed(build: Builder, protocol: str, pools: tuple[PoolSeed, ...]) -> None:
    """Create pools at their first price, with positions of provider_a and provider_b by turns."""
    positions = build[f"{protocol}.positions"]
    used = sorted({symbol for pool in pools for symbol in (pool.one, pool.other)})
    for role in ("provider_a", "provider_b"):
        build.approve(build.accounts[role], positions.address, *used)
    for pool in pools:
        _open(build, protocol, pool)


def _open(build: Builder, protocol: str, seed: PoolSeed) -> None:
    positions, factory = build[f"{protocol}.positions"], build[f"{protocol}.factory"]
    first, second = build.sorted(seed.one, seed.other)
    price = sqrt_price_x96(first, second, seed.off_bps)
    positions.send(
        build.owner,
        "createAndInitializePoolIfNecessary",
        first.address,
        second.address,
        seed.fee,
        price,
    )
    spacing = SPACING[seed.fee]
    centre = tick_near(price, spacing)
    ranges = STABLE_RANGES if seed.fee == 100 else RANGES
    for number, (half, share) in enumerate(ranges):
        provider = build.accounts[("provider_a", "provider_b")[number % 2]]
        lower, upper = bounds(centre, half, spacing)
        usd = seed.side_usd * share // 100
        amounts = (build.worth(first.symbol, usd), build.worth(second.symbol, usd))
        terms = (first.address, second.address, seed.fee, lower, upper, *amounts, 0, 0)
        positions.send(provider, "mint", (*terms, provider, FOREVER))
    address = factory.call("getPool", first.address, second.address, seed.fee)
    pool = Pool(
        protocol=protocol,
        token0=first.symbol,
        token1=second.symbol,
        fee=seed.fee,
        address=address.lower(),
    )
    build.pools.append(pool)
    build.keep(f"pool.{pool.label}", "UniswapV3Pool", build.at("UniswapV3Pool", address))
