"""Against the published v2 contracts on a local node: quotes, logs, reserves to the last unit."""

import random
from collections.abc import Iterator

import pytest

from argosy.dialects.evm.addresses import checksummed, create2_address
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.uniswap_v2.amounts import (
    UNISWAP_FEE,
    amount_in,
    amount_out,
    amounts_burnt,
    keeps_product,
    protocol_shares,
    shares_minted,
)
from argosy.dialects.uniswap_v2.tracking import TrackedPair
from dialects.chain import ME, Chain, Reverted, artifact, packed, selector, tokens, word

PAIR_HASH = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
FOREVER = 1 << 60


class World:
    """Factory, router, two tokens and their pair, with ours beside it."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.tokens = tokens(chain)
        weth = chain.deploy(artifact("canonical-weth", "build/contracts/WETH9.json"))
        self.factory = chain.deploy(artifact("@uniswap/v2-core", "build/UniswapV2Factory.json"), ME)
        self.router = chain.deploy(
            artifact("@uniswap/v2-periphery", "build/UniswapV2Router02.json"), self.factory, weth
        )
        chain.send(self.factory, "setFeeTo(address)", "0x" + "be" * 20)
        for token in self.tokens:
            chain.send(token, "approve(address,uint256)", self.router, (1 << 256) - 1)
        chain.send(self.factory, "createPair(address,address)", *self.tokens)
        found = chain.call(self.factory, "getPair(address,address)", *self.tokens)[0]
        self.pair = "0x" + found.to_bytes(20, "big").hex()
        chain.send(self.pair, "approve(address,uint256)", self.router, (1 << 256) - 1)
        self.ours = TrackedPair(self.pair)

    def reserves(self) -> tuple[int, int]:
        found = self.chain.call(self.pair, "getReserves()")
        return found[0], found[1]

    def supply(self) -> int:
        return self.chain.call(self.pair, "totalSupply()")[0]

    def add(self, amount0: int, amount1: int) -> None:
        self.chain.send(
            self.router,
            "addLiquidity(address,address,uint256,uint256,uint256,uint256,address,uint256)",
            *self.tokens,
            amount0,
            amount1,
            0,
            0,
            ME,
            FOREVER,
        )

    def swap(self, amount: int, *, zero_for_one: bool, exact_in: bool) -> None:
        path = self.tokens[:: 1 if zero_for_one else -1]
        kind = "swapExactTokensForTokens" if exact_in else "swapTokensForExactTokens"
        self.chain.send(
            self.router,
            f"{kind}(uint256,uint256,address[],address,uint256)",
            amount,
            0 if exact_in else 1 << 200,
            word(32 * 5),
            ME,
            FOREVER,
            tail=packed(2, *path),
        )

    def follow(self) -> None:
        for log in self.chain.logs(self.pair):
            self.ours.apply(log)


@pytest.fixture(scope="module")
def world(chain: Chain) -> Iterator[World]:
    return World(chain)


def test_a_busy_pair_read_from_logs_is_the_contracts(world):
    rng = random.Random(7)
    last = 0  # the product after the last mint or burn, which the protocol's fee counts from
    for i in range(120):
        kind = rng.random()
        reserves, supply = world.reserves(), world.supply()
        try:
            if i == 0 or kind < 0.15:
                given = (int(10 ** rng.uniform(18, 24)), int(10 ** rng.uniform(18, 24)))
                world.add(*given)
                after = world.reserves()
                put = (after[0] - reserves[0], after[1] - reserves[1])
                grown = supply + protocol_shares(reserves, last, supply)
                minted = shares_minted(put, reserves, grown)
                assert world.supply() == grown + minted + (1_000 if i == 0 else 0)
                last = after[0] * after[1]
            elif kind < 0.25:
                shares = rng.randint(1, supply // 10)
                world.chain.send(world.pair, "transfer(address,uint256)", world.pair, shares)
                world.chain.send(world.pair, "burn(address)", ME)
                grown = supply + protocol_shares(reserves, last, supply)
                out = amounts_burnt(shares, reserves, grown)
                after = world.reserves()
                assert (reserves[0] - after[0], reserves[1] - after[1]) == out
                assert world.supply() == grown - shares
                last = after[0] * after[1]
            elif kind < 0.3:
                world.chain.send(world.tokens[0], "transfer(address,uint256)", world.pair, 12_345)
                world.chain.send(world.pair, "sync()")
            else:
                world.swap(
                    int(10 ** rng.uniform(3, 24)),
                    zero_for_one=rng.random() < 0.5,
                    exact_in=rng.random() < 0.6,
                )
        except Reverted:
            pass
        world.follow()
        assert world.ours.reserves == world.reserves()
    assert world.ours.history.last[0] > 50


def quotes(world: World, rng: random.Random, count: int) -> int:
    cases, asked = [], []
    for _ in range(count):
        entering, leaving = (int(10 ** rng.uniform(0, 33)) for _ in range(2))
        exact_in = rng.random() < 0.5
        amount = int(10 ** rng.uniform(0, 34))
        name = "getAmountOut" if exact_in else "getAmountIn"
        asked.append(
            selector(f"{name}(uint256,uint256,uint256)") + packed(amount, entering, leaving)
        )
        cases.append((amount, entering, leaving, exact_in))
    given = 0
    for case, answer in zip(cases, world.chain.calls(world.router, asked, 500), strict=True):
        amount, entering, leaving, exact_in = case
        if answer is None:
            assert not exact_in
            with pytest.raises(ValueError, match="amount out is"):
                amount_in(amount, entering, leaving, UNISWAP_FEE)
            continue
        ours = amount_out if exact_in else amount_in
        assert [ours(amount, entering, leaving, UNISWAP_FEE)] == answer, case
        given += 1
    return given


def test_quotes_are_the_routers_to_the_last_unit(world):
    assert quotes(world, random.Random(8), 500) > 300


@pytest.mark.slow
def test_ten_thousand_quotes_are_the_routers(world):
    assert quotes(world, random.Random(9), 15_000) > 10_000


def test_the_pair_takes_a_unit_less_and_not_two(world):
    """The product rule is the pair's: what the router asks passes, what is below it does not."""
    world.follow()
    reserves = world.ours.reserves
    wanted = reserves[1] // 7
    least = amount_in(wanted, *reserves, UNISWAP_FEE)
    for given in (least, least - 1, least - 2):
        balances = (reserves[0] + given, reserves[1] - wanted)
        ours = keeps_product(reserves, balances, (given, 0), UNISWAP_FEE)
        snapshot = world.chain.rpc("evm_snapshot")
        world.chain.send(world.tokens[0], "transfer(address,uint256)", world.pair, given)
        call = "swap(uint256,uint256,address,bytes)"
        try:
            world.chain.send(world.pair, call, 0, wanted, ME, word(32 * 4), tail=packed(0))
            took = True
        except Reverted:
            took = False
        world.chain.rpc("evm_revert", snapshot)
        assert took == ours, given
    assert ours is False


def test_the_pair_is_where_its_code_hash_says(world):
    code = artifact("@uniswap/v2-core", "build/UniswapV2Pair.json")
    assert keccak256(bytes.fromhex(code)).hex() == PAIR_HASH
    salt = keccak256(b"".join(bytes.fromhex(token[2:]) for token in world.tokens))
    found = create2_address(world.factory, salt, bytes.fromhex(PAIR_HASH))
    assert found == checksummed(world.pair)
