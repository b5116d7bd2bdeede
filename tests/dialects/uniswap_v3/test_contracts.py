"""Against the published v3 contracts on a local node: quotes, logs and state to the last unit."""

import random
from collections.abc import Iterator

import pytest

from argosy.dialects.evm.addresses import checksummed, create2_address
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.uniswap_v3.pool import ConcentratedPool
from argosy.dialects.uniswap_v3.ticks import sqrt_price_at, tick_at
from argosy.dialects.uniswap_v3.tracking import TrackedPool
from dialects.chain import ME, Chain, Reverted, artifact, packed, selector, signed, tokens, words

CORE = "@uniswap/v3-core"
PERIPHERY = "@uniswap/v3-periphery"
POOL_HASH = "e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54"
FOREVER = 1 << 60
SPACINGS = {500: 10, 3000: 60, 10000: 200}
EXACT_IN = "quoteExactInputSingle((address,address,uint256,uint24,uint160))"
EXACT_OUT = "quoteExactOutputSingle((address,address,uint256,uint24,uint160))"


class World:
    """The contracts, two tokens, and what is done with them by seed."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.tokens = tokens(chain)
        weth = chain.deploy(artifact("canonical-weth", "build/contracts/WETH9.json"))
        folder = "artifacts/contracts"
        self.factory = chain.deploy(
            artifact(CORE, f"{folder}/UniswapV3Factory.sol/UniswapV3Factory.json")
        )
        self.router = chain.deploy(
            artifact(PERIPHERY, f"{folder}/SwapRouter.sol/SwapRouter.json"), self.factory, weth
        )
        self.quoter = chain.deploy(
            artifact(PERIPHERY, f"{folder}/lens/QuoterV2.sol/QuoterV2.json"), self.factory, weth
        )
        name = "NonfungiblePositionManager"
        self.manager = chain.deploy(
            artifact(PERIPHERY, f"{folder}/{name}.sol/{name}.json"),
            self.factory,
            weth,
            self.factory,
        )
        for token in self.tokens:
            for spender in (self.router, self.manager):
                chain.send(token, "approve(address,uint256)", spender, (1 << 256) - 1)

    def pool(self, fee: int, price: int) -> "Deployed":
        self.chain.send(
            self.manager,
            "createAndInitializePoolIfNecessary(address,address,uint24,uint160)",
            *self.tokens,
            fee,
            price,
        )
        found = self.chain.call(self.factory, "getPool(address,address,uint24)", *self.tokens, fee)[
            0
        ]
        return Deployed(self, fee, "0x" + word_address(found), tick_at(price))


def word_address(value: int) -> str:
    return value.to_bytes(20, "big").hex()


class Deployed:
    """One pool, and ours beside it that reads its logs."""

    def __init__(self, world: World, fee: int, address: str, middle: int) -> None:
        self.world = world
        self.middle = middle
        self.chain = world.chain
        self.fee = fee
        self.spacing = SPACINGS[fee]
        self.address = address
        self.ours = TrackedPool(address, ConcentratedPool(fee=fee, spacing=self.spacing))
        self.read_to = 0

    def follow(self) -> int:
        """Apply every log since the last time; returns how many there were."""
        logs = self.chain.logs(self.address, self.read_to)
        for log in logs:
            self.ours.apply(log)
        self.read_to = int(self.chain.rpc("eth_blockNumber"), 16)  # its logs come twice: no harm
        return len(logs)

    def mint(self, lower: int, upper: int, amount: int) -> None:
        self.chain.send(
            self.world.manager,
            "mint((address,address,uint24,int24,int24,uint256,uint256,uint256,uint256,address,uint256))",
            *self.world.tokens,
            self.fee,
            lower,
            upper,
            amount,
            amount,
            0,
            0,
            ME,
            FOREVER,
        )

    def swap(self, amount: int, *, zero_for_one: bool, exact_in: bool, limit: int = 0) -> None:
        entering, leaving = self.world.tokens[:: 1 if zero_for_one else -1]
        kind = "exactInputSingle" if exact_in else "exactOutputSingle"
        self.chain.send(
            self.world.router,
            f"{kind}((address,address,uint24,address,uint256,uint256,uint256,uint160))",
            entering,
            leaving,
            self.fee,
            ME,
            FOREVER,
            amount,
            0 if exact_in else 1 << 200,
            limit,
        )

    def burn_some(self, rng: random.Random) -> None:
        held = self.chain.call(self.world.manager, "balanceOf(address)", ME)[0]
        token = rng.randint(1, held)
        liquidity = self.chain.call(self.world.manager, "positions(uint256)", token)[7]
        self.chain.send(
            self.world.manager,
            "decreaseLiquidity((uint256,uint128,uint256,uint256,uint256))",
            token,
            liquidity if rng.random() < 0.5 else rng.randint(0, liquidity),
            0,
            0,
            FOREVER,
        )

    def random_range(self, rng: random.Random, near: int) -> tuple[int, int]:
        middle = near // self.spacing + rng.randint(-60, 60)
        width = rng.choice([1, 2, 5, 30, 300])
        return (middle - width) * self.spacing, (middle + rng.randint(1, width)) * self.spacing

    def check(self) -> None:
        """Everything the contract keeps is what ours keeps."""
        self.follow()  # what is burnt may be any pool's
        core = self.ours.pool.core
        slot = self.chain.call(self.address, "slot0()")
        assert (core.sqrt_price, core.tick) == (slot[0], signed(slot[1]))
        assert slot[5] == core.share0 + (core.share1 << 4)
        assert self.chain.call(self.address, "liquidity()")[0] == core.liquidity
        assert self.chain.call(self.address, "feeGrowthGlobal0X128()")[0] == core.growth0
        assert self.chain.call(self.address, "feeGrowthGlobal1X128()")[0] == core.growth1
        assert self.chain.call(self.address, "protocolFees()") == [core.owed0, core.owed1]
        at = list(self.ours.pool.ticks)
        asked = [selector("ticks(int24)") + packed(tick) for tick in at]
        for tick, found in zip(at, self.chain.calls(self.address, asked), strict=True):
            ours = self.ours.pool.ticks[tick]
            assert found[7] == 1
            assert [found[0], signed(found[1]), found[2], found[3]] == list(ours)


@pytest.fixture(scope="module")
def world(chain: Chain) -> World:
    return World(chain)


@pytest.fixture(scope="module")
def busy(world: World) -> Iterator[list[Deployed]]:
    """Three pools after a few hundred random deeds, protocol fee included."""
    rng = random.Random(20_261_127)
    pools = []
    for fee in SPACINGS:
        tick = rng.randint(-100_000, 100_000)
        pool = world.pool(fee, sqrt_price_at(tick) + rng.randint(0, 1 << 40))
        shares = rng.choice([(0, 0), (4, 10), (5, 0)])
        world.chain.send(pool.address, "setFeeProtocol(uint8,uint8)", *shares)
        for _ in range(30):
            pool.mint(*pool.random_range(rng, tick), 10 ** rng.randint(6, 24))
        pool.follow()
        for _ in range(60):
            deed(pool, rng)
            pool.follow()
        pools.append(pool)
    return pools


def deed(pool: Deployed, rng: random.Random) -> None:
    """Something random; what the contract refuses changes nothing."""
    kind = rng.random()
    try:
        if kind < 0.12:
            pool.mint(*pool.random_range(rng, pool.ours.pool.core.tick), 10 ** rng.randint(6, 24))
        elif kind < 0.22:
            pool.burn_some(rng)
        elif kind < 0.25:
            owed = pool.ours.pool.core
            pool.chain.send(
                pool.address,
                "collectProtocol(address,uint128,uint128)",
                ME,
                owed.owed0 // 2,
                owed.owed1,
            )
        else:
            at = pool.ours.pool.core.tick
            zero = rng.random() < 0.5 if abs(at - pool.middle) < 20_000 else at > pool.middle
            away = rng.randint(1, 2_000) if rng.random() < 0.3 else 30_000
            limit = sqrt_price_at(at + away * (-1 if zero else 1))
            pool.swap(
                int(10 ** rng.uniform(0, 25)),
                zero_for_one=zero,
                exact_in=rng.random() < 0.6,
                limit=limit,
            )
    except Reverted:
        pass


def test_the_state_read_from_logs_is_the_contracts(busy):
    for pool in busy:
        pool.check()
        assert pool.ours.pool.core.liquidity >= 0
        assert len(pool.ours.pool.ticks) > 20


def compare(pool: Deployed, rng: random.Random, count: int) -> tuple[int, int]:
    """So many random quotes; returns how many the contract gave and how many ticks they crossed."""
    cases, asked = [], []
    for _ in range(count):
        zero, exact_in = rng.random() < 0.5, rng.random() < 0.5
        amount = int(10 ** rng.uniform(0, 26))
        limit = 0
        if rng.random() < 0.3:
            limit = sqrt_price_at(
                pool.ours.pool.core.tick + rng.randint(2, 3_000) * (-1 if zero else 1)
            )
        entering, leaving = pool.world.tokens[:: 1 if zero else -1]
        signature = EXACT_IN if exact_in else EXACT_OUT
        asked.append(selector(signature) + packed(entering, leaving, amount, pool.fee, limit))
        cases.append((amount, zero, exact_in, limit))
    given = crossed = 0
    for case, answer in zip(cases, pool.chain.calls(pool.world.quoter, asked), strict=True):
        amount, zero, exact_in, limit = case
        ours = pool.ours.pool.quote(
            amount, zero_for_one=zero, exact_in=exact_in, limit=limit or None
        )
        if answer is None:
            # The quoter refuses to give less than was asked for, where no limit was set, and
            # swaps through nothing but emptiness.
            short = not exact_in and not ours.complete and not limit
            assert short or (ours.amount_in, ours.amount_out) == (0, 0), case
            continue
        figure = ours.amount_out if exact_in else ours.amount_in
        assert (figure, ours.sqrt_price) == (answer[0], answer[1]), case
        given += 1
        crossed += ours.crossed
    return given, crossed


def test_quotes_are_the_contracts_to_the_last_unit(busy):
    rng = random.Random(1)
    for pool in busy:
        pool.follow()
        given, crossed = compare(pool, rng, 200)
        assert given > 100
        assert crossed > 100


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_ten_thousand_quotes_are_the_contracts(busy):
    rng = random.Random(2)
    given = crossed = 0
    for _ in range(10):
        for pool in busy:
            pool.follow()
            more = compare(pool, rng, 400)
            given += more[0]
            crossed += more[1]
            for _ in range(3):
                deed(pool, rng)
            pool.follow()
            pool.check()
    assert given >= 10_000
    assert crossed > 10_000


def test_pools_are_where_their_code_hash_says(busy, world):
    code = artifact(CORE, "artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool.json")
    assert keccak256(bytes.fromhex(code)).hex() == POOL_HASH
    for pool in busy:
        salt = keccak256(bytes.fromhex(packed(*world.tokens, pool.fee)))
        found = create2_address(world.factory, salt, bytes.fromhex(POOL_HASH))
        assert found == checksummed(pool.address)


def test_ticks_are_the_contracts(chain):
    """Every power of two, both ends, and thousands between, against v4's TickMath (as v3's)."""
    code = artifact("@uniswap/v4-core", "out/TickMathTest.sol/TickMathTest.json")
    contract = chain.deploy(code)
    rng = random.Random(3)
    at = [s * (1 << i) + d for s in (1, -1) for i in range(20) for d in (-1, 0, 1)]
    at += [-887_272, -887_271, 887_272, 887_271]
    at += [rng.randint(-887_272, 887_272) for _ in range(3_000)]
    at = [tick for tick in at if abs(tick) <= 887_272]
    asked = [selector("getSqrtPriceAtTick(int24)") + packed(tick) for tick in at]
    for tick, found in zip(at, chain.calls(contract, asked, 500), strict=True):
        assert found == [sqrt_price_at(tick)], tick
    prices = [sqrt_price_at(tick) + rng.randint(0, 3) for tick in at if tick < 887_000]
    prices += [int(2 ** rng.uniform(33, 159)) for _ in range(1_000)]
    asked = [selector("getTickAtSqrtPrice(uint160)") + packed(price) for price in prices]
    for price, found in zip(prices, chain.calls(contract, asked, 500), strict=True):
        assert signed(found[0]) == tick_at(price), price


def test_words_are_read_as_they_are_packed():
    assert words("0x" + packed(-1, True, "0xab")) == [(1 << 256) - 1, 1, 0xAB]
    assert signed((1 << 256) - 5) == -5
