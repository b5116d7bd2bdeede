"""Aave v3: one market with every token as a reserve, price feeds that can be moved, first loans."""

from decimal import Decimal

from argosy.sandbox.evm.builder import Builder
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.evm.feed import FEED
from argosy.sandbox.evm.own import deploy_own

NOBODY = "0x" + "00" * 20
RAY = 10**27
PRICE_UNIT = 10**8  # feeds tell USD with 8 decimals, as Chainlink's do
VARIABLE = 2  # Aave's interest rate mode
_LIBRARIES = (
    "BorrowLogic",
    "BridgeLogic",
    "ConfiguratorLogic",
    "EModeLogic",
    "FlashLoanLogic",  # after BorrowLogic, which it is linked to
    "LiquidationLogic",
    "PoolLogic",
    "SupplyLogic",
)
# Loan to value, liquidation threshold and bonus, in basis points (bonus: what a liquidator gets).
_RISK = {
    "WETH": (8_000, 8_250, 10_500),
    "WBTC": (7_000, 7_500, 11_000),
    "USDC": (7_700, 8_000, 10_500),
    "USDT": (7_500, 7_800, 10_500),
    "DAI": (7_700, 8_000, 10_500),
}
# Optimal usage; base rate, slopes of variable and stable rates; how stable rates stand off; in %.
_RATES = (80, 0, 4, 60, 1, 60, 1, 8, 20)
SUPPLY_USD = 3_000_000


def deploy_feeds(build: Builder) -> None:
    """A price feed for each token, as Chainlink's are read; the deployer moves it by setAnswer."""
    for symbol, token in build.tokens.items():
        feed = deploy_own(build.link, build.owner, FEED)
        feed.send(build.owner, "setAnswer", int(token.usd * PRICE_UNIT))
        build.keep(f"feed.{symbol}", FEED.name, feed)


def deploy_aave(build: Builder) -> None:
    """The market, its reserves, and what provider_b supplies; whale_a has a loan."""
    provider = build.deploy("aave.provider", "PoolAddressesProvider", "Argosy", build.owner)
    provider.send(build.owner, "setACLAdmin", build.owner)
    access = build.deploy("aave.access", "ACLManager", provider.address)
    provider.send(build.owner, "setACLManager", access.address)
    access.send(build.owner, "addPoolAdmin", build.owner)
    pool, configurator = _deploy_pool(build, provider)
    data = build.deploy("aave.data", "AaveProtocolDataProvider", provider.address)
    provider.send(build.owner, "setPoolDataProvider", data.address)
    symbols = list(build.tokens)
    oracle = build.deploy(
        "aave.oracle",
        "AaveOracle",
        provider.address,
        [build.tokens[symbol].address for symbol in symbols],
        [build[f"feed.{symbol}"].address for symbol in symbols],
        NOBODY,
        NOBODY,
        PRICE_UNIT,
    )
    provider.send(build.owner, "setPriceOracle", oracle.address)
    _list_reserves(build, provider, pool, configurator)
    _lend(build, pool)


def _deploy_pool(build: Builder, provider: Contract) -> tuple[Contract, Contract]:
    """The market's two proxies, with their implementations behind them."""
    libraries: dict[str, str] = {}
    for name in _LIBRARIES:
        library = build.deploy(f"aave.{name}", name, libraries=libraries)
        libraries[name] = library.address
    code = build.deploy("aave.pool_code", "Pool", provider.address, libraries=libraries)
    provider.send(build.owner, "setPoolImpl", code.address)
    code = build.deploy("aave.configurator_code", "PoolConfigurator", libraries=libraries)
    provider.send(build.owner, "setPoolConfiguratorImpl", code.address)
    pool = build.at("Pool", provider.call("getPool"))
    configurator = build.at("PoolConfigurator", provider.call("getPoolConfigurator"))
    build.keep("aave.pool", "Pool", pool)
    build.keep("aave.configurator", "PoolConfigurator", configurator)
    return pool, configurator


def _list_reserves(
    build: Builder, provider: Contract, pool: Contract, configurator: Contract
) -> None:
    kinds = ("AToken", "StableDebtToken", "VariableDebtToken")
    codes = [build.deploy(f"aave.{kind}", kind, pool.address).address for kind in kinds]
    rates = build.deploy(
        "aave.rates",
        "DefaultReserveInterestRateStrategy",
        provider.address,
        *(percent * RAY // 100 for percent in _RATES),
    )
    reserves = []
    for symbol, token in build.tokens.items():
        words = []
        for name, short in (
            ("", "a"),
            ("Variable Debt ", "variableDebt"),
            ("Stable Debt ", "stableDebt"),
        ):
            words += [f"Aave {name}{symbol}", f"{short}{symbol}"]
        where = (rates.address, token.address, build.owner, NOBODY)
        reserves.append((*codes, token.decimals, *where, *words, b"\x10"))
    configurator.send(build.owner, "initReserves", reserves)
    for symbol, risk in _RISK.items():
        asset = build.tokens[symbol].address
        configurator.send(build.owner, "configureReserveAsCollateral", asset, *risk)
        configurator.send(build.owner, "setReserveBorrowing", asset, True)
        configurator.send(build.owner, "setReserveFactor", asset, 1_000)


def _lend(build: Builder, pool: Contract) -> None:
    lender, borrower = build.accounts["provider_b"], build.accounts["whale_a"]
    build.approve(lender, pool.address, *build.tokens)
    build.approve(borrower, pool.address, "WETH", "USDC")
    for symbol, token in build.tokens.items():
        pool.send(lender, "supply", token.address, build.worth(symbol, SUPPLY_USD), lender, 0)
    weth, usdc = build.tokens["WETH"], build.tokens["USDC"]
    pool.send(borrower, "supply", weth.address, weth.worth(Decimal(1_000_000)), borrower, 0)
    borrowed = usdc.worth(Decimal(500_000))
    pool.send(borrower, "borrow", usdc.address, borrowed, VARIABLE, 0, borrower)
