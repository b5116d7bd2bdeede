"""Against the published v4 contracts on a local node: quotes, logs and state to the last unit."""

import random
from collections.abc import Iterator

import pytest

from argosy.dialects.uniswap_v3.ticks import sqrt_price_at
from argosy.dialects.uniswap_v4.keys import DYNAMIC_FEE, Hook, PoolKey
from argosy.dialects.uniswap_v4.tracking import TrackedManagedPool
from dialects.chain import ME, Chain, Reverted, artifact, packed, selector, signed, tokens, word

CORE = "@uniswap/v4-core"
PERIPHERY = "@uniswap/v4-periphery"
KEY = "(address,address,uint24,int24,address)"
CHANGE = "(int24,int24,int256,bytes32)"
HOOKS = "0x" + "00" * 18 + "1080"  # what its address must say: before swap, after initialize
NOTHING = packed(0)  # empty bytes
CODES = ("PoolManager", "PoolSwapTest", "PoolModifyLiquidityTest", "PoolDonateTest")


class World:
    """The contracts, two tokens, and a hook that sets fees."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.tokens = tokens(chain)
        code = {name: artifact(CORE, f"out/{name}.sol/{name}.json") for name in CODES}
        self.manager = chain.deploy(code["PoolManager"], ME)
        self.swapper, self.adder, self.donor = (
            chain.deploy(code[name], self.manager) for name in CODES[1:]
        )
        self.quoter = chain.deploy(
            artifact(PERIPHERY, "foundry-out/V4Quoter.sol/V4Quoter.json"), self.manager
        )
        self.view = chain.deploy(
            artifact(PERIPHERY, "foundry-out/StateView.sol/StateView.json"), self.manager
        )
        hook = chain.deploy(artifact(CORE, "out/DynamicFeesTestHook.sol/DynamicFeesTestHook.json"))
        chain.rpc("anvil_setCode", HOOKS, chain.rpc("eth_getCode", hook, "latest"))
        chain.send(HOOKS, "setManager(address)", self.manager)
        chain.send(self.manager, "setProtocolFeeController(address)", ME)
        for token in self.tokens:
            for spender in (self.swapper, self.adder, self.donor):
                chain.send(token, "approve(address,uint256)", spender, (1 << 256) - 1)


class Deployed:
    """One pool, and ours beside it that reads the manager's logs."""

    def __init__(self, world: World, fee: int, spacing: int, tick: int, hooks: str) -> None:
        self.world = world
        self.chain = world.chain
        self.middle = tick
        self.key = PoolKey(
            currency0=world.tokens[0],
            currency1=world.tokens[1],
            fee=fee,
            spacing=spacing,
            hooks=hooks,
        )
        self.words = (*world.tokens, fee, spacing, hooks)
        self.ours = TrackedManagedPool(world.manager, self.key)
        self.chain.send(
            world.manager, f"initialize({KEY},uint160)", self.words, sqrt_price_at(tick) + 12_345
        )
        self.follow()

    def follow(self) -> None:
        for log in self.chain.logs(self.world.manager):
            self.ours.apply(log)

    def modify(self, lower: int, upper: int, delta: int) -> None:
        self.chain.send(
            self.world.adder,
            f"modifyLiquidity({KEY},{CHANGE},bytes)",
            self.words,
            (lower, upper, delta, 0),
            word(32 * 10),
            tail=NOTHING,
        )

    def swap(self, amount: int, *, zero_for_one: bool, exact_in: bool, limit: int) -> None:
        self.chain.send(
            self.world.swapper,
            f"swap({KEY},(bool,int256,uint160),(bool,bool),bytes)",
            self.words,
            (zero_for_one, -amount if exact_in else amount, limit),
            (False, False),
            word(32 * 11),
            tail=NOTHING,
        )

    def donate(self, amount0: int, amount1: int) -> None:
        self.chain.send(
            self.world.donor,
            f"donate({KEY},uint256,uint256,bytes)",
            self.words,
            amount0,
            amount1,
            word(32 * 8),
            tail=NOTHING,
        )

    def set_protocol_fee(self, fee0: int, fee1: int) -> None:
        self.chain.send(
            self.world.manager,
            f"setProtocolFee({KEY},uint24)",
            self.words,
            fee0 | fee1 << 12,
        )

    def check(self) -> None:
        core = self.ours.pool.core
        view, name = self.world.view, self.key.pool_id
        slot = self.chain.call(view, "getSlot0(bytes32)", name)
        assert (core.sqrt_price, core.tick) == (slot[0], signed(slot[1]))
        assert core.share0 | core.share1 << 12 == slot[2]
        if not self.key.dynamic:
            assert core.fee == slot[3]
        assert self.chain.call(view, "getLiquidity(bytes32)", name)[0] == core.liquidity
        growth = self.chain.call(view, "getFeeGrowthGlobals(bytes32)", name)
        assert growth == [core.growth0, core.growth1]
        at = list(self.ours.pool.ticks)
        asked = [selector("getTickInfo(bytes32,int24)") + packed(name, tick) for tick in at]
        for tick, found in zip(at, self.chain.calls(view, asked), strict=True):
            assert [found[0], signed(found[1]), *found[2:]] == list(self.ours.pool.ticks[tick])


def deed(pool: Deployed, rng: random.Random) -> None:
    """Something random; what the contract refuses changes nothing."""
    at = pool.ours.pool.core.tick
    spacing = pool.key.spacing
    kind = rng.random()
    try:
        if kind < 0.25:
            middle = at // spacing + rng.randint(-30, 30)
            width = rng.choice([1, 3, 20, 200])
            delta = 10 ** rng.randint(6, 22)
            if pool.ours.pool.order and rng.random() < 0.3:
                lower, upper = sorted(rng.sample(pool.ours.pool.order, 2))
                pool.modify(lower, upper, -rng.randint(0, 10**12))
            else:
                pool.modify((middle - width) * spacing, (middle + width) * spacing, delta)
        elif kind < 0.3:
            pool.donate(rng.randint(0, 10**18), rng.randint(0, 10**18))
        elif kind < 0.35:
            pool.set_protocol_fee(rng.randint(0, 1_000), rng.choice([0, rng.randint(0, 1_000)]))
        else:
            if pool.key.dynamic and rng.random() < 0.5:
                pool.chain.send(HOOKS, "setFee(uint24)", rng.choice([0, 1, 777, 30_000, 999_999]))
            zero = rng.random() < 0.5 if abs(at - pool.middle) < 20_000 else at > pool.middle
            away = rng.randint(1, 2_000) if rng.random() < 0.3 else 20_000
            pool.swap(
                int(10 ** rng.uniform(0, 24)),
                zero_for_one=zero,
                exact_in=rng.random() < 0.6,
                limit=sqrt_price_at(at + (-away if zero else away)),
            )
    except Reverted:
        pass


@pytest.fixture(scope="module")
def busy(chain: Chain) -> Iterator[list[Deployed]]:
    rng = random.Random(20_261_127)
    world = World(chain)
    none = "0x" + "00" * 20
    pools = [
        Deployed(world, 3_000, 60, 12_345, none),
        Deployed(world, 0, 1, -54_321, none),
        Deployed(world, 1_000_000, 200, 0, none),
        Deployed(world, DYNAMIC_FEE, 10, 777, HOOKS),
    ]
    for pool in pools:
        for _ in range(20):
            middle, width = pool.middle // pool.key.spacing, rng.randint(1, 400)
            where = ((middle - width) * pool.key.spacing, (middle + width) * pool.key.spacing)
            pool.modify(*where, 10 ** rng.randint(15, 22))
        for _ in range(60):
            deed(pool, rng)
            pool.follow()
    return pools


def test_the_state_read_from_logs_is_the_contracts(busy):
    for pool in busy:
        pool.check()
        assert len(pool.ours.pool.ticks) > 10


def test_keys_say_what_hooks_do(busy):
    assert [pool.key.predictable for pool in busy] == [True, True, True, False]
    assert busy[3].key.flags == Hook.BEFORE_SWAP | Hook.AFTER_INITIALIZE
    assert busy[3].key.dynamic


@pytest.mark.parametrize("which", [0, 1])
def test_quotes_are_the_contracts_to_the_last_unit(busy, which):
    rng = random.Random(which)
    pool = busy[which]
    cases, asked = [], []
    for _ in range(300):
        zero, exact_in = rng.random() < 0.5, rng.random() < 0.5
        amount = int(10 ** rng.uniform(0, 26))
        kind = "quoteExactInputSingle" if exact_in else "quoteExactOutputSingle"
        call = selector(f"{kind}(({KEY},bool,uint128,bytes))")
        asked.append(call + packed(32, pool.words, zero, amount, 32 * 8) + NOTHING)
        cases.append((amount, zero, exact_in))
    given = crossed = 0
    for case, answer in zip(cases, pool.chain.calls(pool.world.quoter, asked), strict=True):
        amount, zero, exact_in = case
        ours = pool.ours.pool.quote(amount, zero_for_one=zero, exact_in=exact_in)
        if answer is None:  # the quoter refuses what the pool has not enough for
            assert not ours.complete, case
            continue
        assert (ours.amount_out if exact_in else ours.amount_in) == answer[0], case
        given += 1
        crossed += ours.crossed
    assert given > 100
    assert crossed > 50


def test_a_fee_of_all_that_comes_in_gives_nothing_out(busy):
    pool = busy[2].ours.pool
    quote = pool.quote(10**18, zero_for_one=True, exact_in=True)
    assert (quote.amount_in, quote.amount_out) == (10**18, 0)
    assert quote.sqrt_price == pool.core.sqrt_price
    with pytest.raises(ValueError, match="fee takes all"):
        pool.quote(1, zero_for_one=True, exact_in=False)
