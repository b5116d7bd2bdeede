"""The people of the chain: seeded actors who trade, provide liquidity, arbitrage and sandwich,
block by block. The same seed on the same chain makes the same blocks, hash for hash.
"""

import asyncio
import threading
from collections import Counter
from random import Random

import msgspec

from argosy.sandbox.evm.actors import (
    Actor,
    Arbitrageur,
    Provider,
    Sandwicher,
    Swapper,
    Whale,
)
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.pools import Pools
from argosy.sandbox.prices import Prices

_OPEN_PROTOCOLS = ("uniswap_v2", "sushi_v2", "uniswap_v3", "sushi_v3")


class CrowdSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How lively the chain is. Rates are chances for each block."""

    seed: int = 7
    swapper_rate: float = 0.5  # of each swapper
    whale_rate: float = 0.06
    provider_rate: float = 0.15
    arbitrage: bool = True
    sandwich: bool = True
    volatility: float = 0.6  # a year, of the fair prices that the arbitrageur follows


class BlockReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a block brought: transactions by kind, and how many of them were reverted."""

    number: int
    hash: str
    kinds: dict[str, int]
    reverted: int


class Crowd:
    """Drives a chain that does not mine by itself (`NodeSettings(mine=False)`). Blocking calls."""

    def __init__(
        self,
        chain: EvmChain,
        settings: CrowdSettings | None = None,
        prices: Prices | None = None,
    ) -> None:
        """`prices`: fair ones that somebody else moves; by default its own, by the seed."""
        assert not chain.settings.mine, "its blocks are made here: start it with mine=False"
        self.chain = chain
        self.settings = settings or CrowdSettings()
        self.totals: Counter[str] = Counter()
        self.busy = threading.Lock()  # held while a block is made
        self._random = Random(self.settings.seed)
        self._own_prices = prices is None
        self._prices = prices or Prices(
            Random(self.settings.seed + 1),
            volatility=self.settings.volatility,
            jumps_per_day=6.0,
        )
        self._pools = Pools(chain)
        self._actors = self._hire()
        self._opened = False

    def _hire(self) -> list[Actor]:
        """Those who only watch others come last: they see what waits."""
        settings, pools, random = self.settings, self._pools, self._random
        hired: list[Actor] = [
            Swapper(pools, f"swapper_{each}", random, settings.swapper_rate) for each in "abcd"
        ]
        hired += [Whale(pools, f"whale_{each}", random, settings.whale_rate) for each in "ab"]
        hired += [
            Provider(pools, f"provider_{each}", random, settings.provider_rate) for each in "ab"
        ]
        if settings.arbitrage:
            hired.append(Arbitrageur(pools, "arbitrageur", self._prices))
        if settings.sandwich:
            hired.append(Sandwicher(pools, "sandwicher"))
        return hired

    def open(self) -> None:
        """Let the routers take everyone's tokens, in a block. Once, before the first step."""
        positions = [f"{protocol}.positions" for protocol in ("uniswap_v3", "sushi_v3")]
        with self.busy:
            for actor in self._actors:
                for protocol in _OPEN_PROTOCOLS:
                    self._pools.approve(actor.role, self._pools.router(protocol).address)
                self._pools.permit(actor.role)
            for role in ("provider_a", "provider_b"):
                for label in positions:
                    self._pools.approve(role, self.chain.contract(label).address)
            self._mine()
            self._opened = True

    def step(self) -> BlockReport:
        """Everyone acts, and a block is made."""
        with self.busy:
            if self._own_prices:
                self._prices.advance(self.chain.settings.block_s or 12)
            self._pools.begin()
            for actor in self._actors:
                actor.act()
            return self._mine()

    def _mine(self) -> BlockReport:
        link = self.chain.link
        link.call("evm_mine")
        block, receipts = link.batch(
            [
                ("eth_getBlockByNumber", ("latest", False)),
                ("eth_getBlockReceipts", ("latest",)),
            ]
        )
        kinds = Counter(
            self._pools.sent.pop(receipt["transactionHash"], "other") for receipt in receipts
        )
        self.totals.update(kinds)
        return BlockReport(
            number=int(block["number"], 16),
            hash=block["hash"],
            kinds=dict(kinds),
            reverted=sum(int(receipt["status"], 16) == 0 for receipt in receipts),
        )

    async def run(self, block_s: float = 12) -> None:
        """A block every so many seconds of real time, until cancelled."""
        if not self._opened:
            await asyncio.to_thread(self.open)
        while True:
            await asyncio.to_thread(self.step)
            await asyncio.sleep(block_s)
