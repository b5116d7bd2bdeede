"""Uniswap v4: all pools in one contract, native ether in them, Permit2 for allowances, and the
Universal Router over v2, v3 and v4.
"""

from decimal import Decimal, localcontext

from argosy.sandbox.evm import abi
from argosy.sandbox.evm.artifacts import artifact
from argosy.sandbox.evm.builder import FOREVER, Builder
from argosy.sandbox.evm.concentrated import (
    RANGES,
    SPACING,
    PoolSeed,
    bounds,
    sqrt_price_x96,
    tick_near,
)
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.layout import Pool, Token

PERMIT2 = "0x000000000022d473030f116ddee9f6b43ac78ba3"  # the same on every chain
NATIVE = "0x" + "00" * 20
NO_HOOKS = "0x" + "00" * 20
_SUBSCRIBER_GAS = 300_000  # as on mainnet
MINT, SETTLE_PAIR, SWEEP = 0x02, 0x0D, 0x14  # v4-periphery, libraries/Actions.sol
KEY = "(address,address,uint24,int24,address)"
# "ETH" stands for native ether, at WETH's price.
POOLS = (
    PoolSeed("ETH", "USDC", 500, 8_000_000, 5),
    PoolSeed("ETH", "USDC", 3_000, 4_000_000),
    PoolSeed("WBTC", "USDC", 3_000, 4_000_000),
)


def pool_key(first: str, second: str, fee: int) -> tuple[str, str, int, int, str]:
    """How a pool without hooks is named in calls: currencies by address, fee, spacing."""
    return (first, second, fee, SPACING[fee], NO_HOOKS)


def pool_id(key: tuple[str, str, int, int, str]) -> str:
    """The hash that names a pool in events and views."""
    return "0x" + abi.keccak(abi.encode([KEY], [key])).hex()


def liquidity_for(price_x96: int, lower: int, upper: int, amount0: int, amount1: int) -> int:
    """How much liquidity two amounts make in a range around the price; cut down, never above."""
    with localcontext() as context:
        context.prec = 60
        base, price = Decimal("1.0001"), Decimal(price_x96) / 2**96
        low, high = (base**lower).sqrt(), (base**upper).sqrt()
        by_first = Decimal(amount0) * price * high / (high - price)
        by_second = Decimal(amount1) / (price - low)
        return int(min(by_first, by_second) * Decimal("0.999999"))


def deploy_uniswap_v4(build: Builder) -> None:
    """Deploy and seed. Permit2 is put where it is everywhere: no transaction could do it."""
    permit2 = artifact("Permit2")
    build.link.call("anvil_setCode", PERMIT2, "0x" + permit2.bytecode)
    build.keep("permit2", "Permit2", Contract(build.link, PERMIT2, permit2.abi))
    weth = build.token("WETH").address
    pools = build.deploy("uniswap_v4.pools", "PoolManager", build.owner).address
    label = b"ETH".ljust(32, b"\0")
    descriptor = build.deploy("uniswap_v4.descriptor", "PositionDescriptor", pools, weth, label)
    positions = build.deploy(
        "uniswap_v4.positions",
        "PositionManager",
        pools,
        PERMIT2,
        _SUBSCRIBER_GAS,
        descriptor.address,
        weth,
    )
    build.deploy("uniswap_v4.quoter", "V4Quoter", pools)
    build.deploy("uniswap_v4.state", "StateView", pools)
    _deploy_router(build)
    provider = build.accounts["provider_a"]
    for symbol in ("USDC", "WBTC"):
        build.approve(provider, PERMIT2, symbol)
        token = build.tokens[symbol].address
        build["permit2"].send(provider, "approve", token, positions.address, 2**160 - 1, 2**48 - 1)
    for seed in POOLS:
        _open(build, seed)


def _deploy_router(build: Builder) -> None:
    hashes = [
        abi.keccak(bytes.fromhex(artifact(name).bytecode))
        for name in ("UniswapV2Pair", "UniswapV3Pool")
    ]
    build.deploy(
        "universal_router",
        "UniversalRouter",
        (
            PERMIT2,
            build.token("WETH").address,
            build["uniswap_v2.factory"].address,
            build["uniswap_v3.factory"].address,
            *hashes,
            build["uniswap_v4.pools"].address,
            build["uniswap_v3.positions"].address,
            build["uniswap_v4.positions"].address,
            NATIVE,  # no bridge
        ),
    )


def _currency(build: Builder, symbol: str) -> tuple[str, Token]:
    if symbol == "ETH":
        return NATIVE, build.tokens["WETH"]
    return build.tokens[symbol].address, build.tokens[symbol]


def _open(build: Builder, seed: PoolSeed) -> None:
    positions, provider = build["uniswap_v4.positions"], build.accounts["provider_a"]
    sides = sorted(
        ((*_currency(build, symbol), symbol) for symbol in (seed.one, seed.other)),
        key=lambda side: side[0],
    )
    (first, token0, symbol0), (second, token1, symbol1) = sides
    key = pool_key(first, second, seed.fee)
    price = sqrt_price_x96(token0, token1, seed.off_bps)
    positions.send(build.owner, "initializePool", key, price)
    centre = tick_near(price, SPACING[seed.fee])
    for half, share in RANGES:
        lower, upper = bounds(centre, half, SPACING[seed.fee])
        usd = Decimal(seed.side_usd * share // 100)
        most = (token0.worth(usd), token1.worth(usd))
        liquidity = liquidity_for(price, lower, upper, *most)
        steps = {
            MINT: abi.encode(
                [KEY, "int24", "int24", "uint256", "uint128", "uint128", "address", "bytes"],
                [key, lower, upper, liquidity, *most, provider, b""],
            ),
            SETTLE_PAIR: abi.encode(["address", "address"], [first, second]),
        }
        native = first == NATIVE
        if native:
            steps[SWEEP] = abi.encode(["address", "address"], [NATIVE, provider])
        plan = abi.encode(["bytes", "bytes[]"], [bytes(steps), list(steps.values())])
        value = most[0] if native else 0
        positions.send(provider, "modifyLiquidities", plan, FOREVER, value=value)
    build.pools.append(
        Pool(
            protocol="uniswap_v4",
            token0=symbol0,
            token1=symbol1,
            fee=seed.fee,
            address=pool_id(key),
        )
    )
