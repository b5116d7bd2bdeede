"""What each kind of actor does in a block. All chance comes from the random number generator given;
what they know is what anybody can read from the node.
"""

from decimal import Decimal
from math import isqrt
from random import Random
from typing import Protocol

from argosy.sandbox.evm.builder import FOREVER
from argosy.sandbox.evm.concentrated import SPACING, bounds
from argosy.sandbox.evm.layout import LISTED, Pool
from argosy.sandbox.evm.pools import Pools, Swap, v2_arbitrage, v2_out
from argosy.sandbox.prices import Prices

_BPS = 10_000
_LEAST_PROFIT_USD = Decimal(5)
_PARTS = 6  # amounts that are tried where the pool cannot be told when to stop


class Actor(Protocol):
    """Somebody who looks at the chain once a block, and may send something."""

    role: str

    def act(self) -> None:
        """Look, decide, send."""
        ...


class Swapper:
    """Trades a little, now and then, in any pool, with half a percent of slippage allowed."""

    kind = "swap"
    slippage_bps = 50

    def __init__(self, pools: Pools, role: str, random: Random, rate: float) -> None:
        self.pools, self.role, self.random, self.rate = pools, role, random, rate

    def size_usd(self) -> float:
        """How much this time."""
        return min(250_000.0, self.random.lognormvariate(8.5, 1.2))  # about 5,000

    def act(self) -> None:
        """Swap, or not."""
        if self.random.random() >= self.rate:
            return
        pools = self.pools
        pool = self.random.choice([*pools.v2, *pools.v3, *pools.v4])
        give, get = self.random.sample((pool.token0, pool.token1), 2)
        amount = pools.token(give).worth(Decimal(round(self.size_usd())))
        quoted = pools.quote(pool, give, get, amount)
        if quoted:
            least = quoted * (_BPS - self.slippage_bps) // _BPS
            pools.swap(self.role, self.kind, pool, give, get, amount=amount, least=least)


class Whale(Swapper):
    """Trades rarely and much, and is careless about the price."""

    kind = "whale"
    slippage_bps = 200

    def size_usd(self) -> float:
        """How much this time."""
        return self.random.uniform(150_000, 900_000)


class Provider:
    """Opens positions of v3 and v4 pools around the price, and adds to v2 pairs."""

    def __init__(self, pools: Pools, role: str, random: Random, rate: float) -> None:
        self.pools, self.role, self.random, self.rate = pools, role, random, rate

    def act(self) -> None:
        """Provide, or not."""
        if self.random.random() >= self.rate:
            return
        usd = Decimal(round(self.random.uniform(20_000, 200_000)))
        if self.random.random() < 0.7:
            self._mint(self.random.choice([*self.pools.v3, *self.pools.v4]), usd)
        else:
            self._add(self.random.choice(self.pools.v2), usd)

    def _mint(self, pool: Pool, usd: Decimal) -> None:
        spacing = SPACING[pool.fee]
        centre = self.pools.tick(pool) // spacing * spacing
        half = self.random.choice((4, 10, 40, 120)) * spacing
        amounts = (
            self.pools.token(pool.token0).worth(usd),
            self.pools.token(pool.token1).worth(usd),
        )
        self.pools.mint(self.role, pool, *bounds(centre, half, spacing), amounts)

    def _add(self, pool: Pool, usd: Decimal) -> None:
        pools = self.pools
        router, me = pools.router(pool.protocol), pools.account(self.role)
        first, second = pools.token(pool.token0), pools.token(pool.token1)
        amounts = (first.worth(usd), second.worth(usd))
        terms = (first.address, second.address, *amounts, 0, 0, me, FOREVER)
        pools.submit(self.role, "add", router.address, router.data("addLiquidity", *terms))


class Arbitrageur:
    """Brings every pool back to the fair price, as soon as that pays for its fee and more."""

    def __init__(self, pools: Pools, role: str, prices: Prices) -> None:
        self.pools, self.role, self.prices = pools, role, prices
        self._assets = {symbol: asset for symbol, _, _, asset in LISTED}

    def usd(self, symbol: str) -> Decimal:
        """The fair price of a token now."""
        return Decimal(repr(self.prices.usd[self._assets.get(symbol, symbol)]))

    def act(self) -> None:
        """Look at each pool."""
        for pool in self.pools.v2:
            self._constant_product(pool)
        for pool in (*self.pools.v3, *self.pools.v4):
            self._concentrated(pool)

    def _units(self, symbol: str, usd: Decimal) -> int:
        return self.pools.token(symbol).units(usd / self.usd(symbol))

    def _constant_product(self, pool: Pool) -> None:
        worth = Decimal(1_000_000)
        for give, get in ((pool.token0, pool.token1), (pool.token1, pool.token0)):
            reserves = self.pools.reserves(pool, give)
            fair = (self._units(give, worth), self._units(get, worth))
            amount = v2_arbitrage(*reserves, *fair)
            got = v2_out(amount, *reserves)
            profit = Decimal(got * fair[0] - amount * fair[1]) / fair[0] / fair[1] * worth
            if amount and profit > _LEAST_PROFIT_USD:
                self.pools.swap(
                    self.role, "arbitrage", pool, give, get, amount=amount, least=got * 99 // 100
                )
                return

    def _concentrated(self, pool: Pool) -> None:
        worth = Decimal(10**12)
        fair_x96 = isqrt(
            (self._units(pool.token1, worth) << 192) // self._units(pool.token0, worth)
        )
        price_x96 = self.pools.price_x96(pool)
        # A pool is worth a trade where it is off by more than its fee; the square root, by half.
        edge = fair_x96 * pool.fee // 2_000_000
        least_off = fair_x96 * 3 // (2 * _BPS)
        if price_x96 > fair_x96 + edge + least_off:
            give, get, limit = pool.token0, pool.token1, fair_x96 + edge
        elif price_x96 < fair_x96 - edge - least_off:
            give, get, limit = pool.token1, pool.token0, fair_x96 - edge
        else:
            return
        if pool in self.pools.v4:
            self._managed(pool, give, get, (price_x96, limit))
            return
        most = self.pools.token(give).worth(Decimal(2_000_000))  # the limit stops it long before
        self.pools.swap(self.role, "arbitrage", pool, give, get, amount=most, least=0, limit=limit)

    def _managed(self, pool: Pool, give: str, get: str, way: tuple[int, int]) -> None:
        """The router of v4 knows no limit of the price: of some amounts that lead there, or not as
        far, the one that pays most. Liquidity is thinner away from the middle.
        """
        low, high = sorted(way)
        liquidity = self.pools.managed.liquidity(pool)
        if give == pool.token0:
            whole = (liquidity << 96) * (high - low) // high // low
        else:
            whole = liquidity * (high - low) >> 96
        worth = Decimal(10**12)
        fair_give, fair_get = self._units(give, worth), self._units(get, worth)
        best: tuple[int, int, int] | None = None
        for parts in range(1, _PARTS + 1):
            amount = whole * parts // _PARTS
            got = self.pools.quote(pool, give, get, amount)
            profit = got * fair_give - amount * fair_get
            if best is None or profit > best[0]:
                best = (profit, amount, got)
        if best is not None and best[0] > 0:
            _, amount, got = best
            least = got * 99 // 100
            self.pools.swap(self.role, "arbitrage", pool, give, get, amount=amount, least=least)


class Sandwicher:
    """Buys before somebody's swap and sells after it, where the slippage leaves a profit."""

    def __init__(self, pools: Pools, role: str) -> None:
        self.pools, self.role = pools, role

    def act(self) -> None:
        """Look at what waits; take the one that pays most."""
        best: tuple[Decimal, Swap, int] | None = None
        for swap in self.pools.waiting():
            front = self._largest(swap)
            profit = self._profit_usd(swap, front) if front else Decimal(0)
            if profit > _LEAST_PROFIT_USD and (best is None or profit > best[0]):
                best = (profit, swap, front)
        if best is None:
            return
        _, swap, front = best
        pools, pool = self.pools, swap.pool
        got, _ = self._play(swap, front)
        me, kind, give, get = self.role, "sandwich", swap.give, swap.get
        before, after = swap.tip + 1, swap.tip - 1
        pools.swap(me, kind, pool, give, get, amount=front, least=got, tip=before)
        pools.swap(me, kind, pool, get, give, amount=got, least=0, tip=after)

    def _play(self, swap: Swap, front: int) -> tuple[int, int]:
        """What the first part gives, and what the second brings back, in exact units."""
        reserve_in, reserve_out = self.pools.reserves(swap.pool, swap.give)
        got = v2_out(front, reserve_in, reserve_out)
        reserve_in, reserve_out = reserve_in + front, reserve_out - got
        theirs = v2_out(swap.amount, reserve_in, reserve_out)
        reserve_in, reserve_out = reserve_in + swap.amount, reserve_out - theirs
        return got, v2_out(got, reserve_out, reserve_in)

    def _largest(self, swap: Swap) -> int:
        """The most that still leaves them what they insist on; the profit grows with it."""
        reserve_in, reserve_out = self.pools.reserves(swap.pool, swap.give)
        low, high = 0, self.pools.token(swap.give).worth(Decimal(5_000_000))
        while low < high:
            middle = (low + high + 1) // 2
            got = v2_out(middle, reserve_in, reserve_out)
            theirs = v2_out(swap.amount, reserve_in + middle, reserve_out - got)
            low, high = (middle, high) if theirs >= swap.least else (low, middle - 1)
        return low

    def _profit_usd(self, swap: Swap, front: int) -> Decimal:
        _, back = self._play(swap, front)
        token = self.pools.token(swap.give)
        return Decimal(back - front).scaleb(-token.decimals) * token.usd
