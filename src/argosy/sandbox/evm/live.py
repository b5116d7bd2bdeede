"""The chain as `argosy sandbox --chain` runs it: on the wall clock, a block every few seconds, with
its actors at work. Everything blocking is done in threads.
"""

import asyncio
from types import TracebackType

from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.crowd import Crowd, CrowdSettings
from argosy.sandbox.evm.local import EvmChain
from argosy.sandbox.evm.node import NodeSettings
from argosy.sandbox.opensea.beside import book_beside
from argosy.sandbox.opensea.server import OpenSeaServer
from argosy.sandbox.prices import Prices
from argosy.sandbox.told import ToldChain


class LiveChain:
    """`async with LiveChain(seed=7) as live: live.chain.node.url`; `await live.run()` beside it."""

    def __init__(
        self,
        *,
        seed: int = 7,
        port: int = 0,
        every_s: float = 2.0,
        prices: Prices | None = None,
    ) -> None:
        self.seed = seed
        self.port = port
        self.every_s = every_s
        self.prices = prices  # of the market that moves them; None: the chain has its own
        self.chain: EvmChain
        self.crowd: Crowd
        self.market: OpenSeaServer | None = None  # where NFTs of the chain are traded

    async def __aenter__(self) -> "LiveChain":
        await asyncio.to_thread(self._start)
        try:
            self.market = await OpenSeaServer(book_beside(self.chain)).__aenter__()
        except BaseException:
            await asyncio.to_thread(self._stop)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.market is not None:
            await self.market.__aexit__(kind, error, trace)
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        with self.crowd.busy:  # a cancelled task leaves its thread to finish the block
            self.chain.close()

    def _start(self) -> None:
        self.chain = EvmChain(NodeSettings(mine=False, block_s=0, port=self.port))
        try:
            self.chain.start()
        except BaseException:
            self.chain.close()
            raise
        self.crowd = Crowd(self.chain, CrowdSettings(seed=self.seed), self.prices)
        self.crowd.open()

    async def run(self) -> None:
        """Make blocks until cancelled."""
        await self.crowd.run(self.every_s)

    def told(self) -> ToldChain:
        """Addresses and all that stands, for programs."""
        chain, layout = self.chain, self.chain.layout
        return ToldChain(
            chain_id=chain.settings.chain_id,
            rpc=chain.node.url,
            ws=chain.node.ws_url,
            accounts=layout.accounts,
            keys={"desk": private_key("desk")},
            tokens={symbol: token.address for symbol, token in layout.tokens.items()},
            decimals={symbol: token.decimals for symbol, token in layout.tokens.items()},
            contracts=layout.contracts,
            opensea=self.market.url if self.market is not None else "",
            lost=chain.lost,
        )

    def banner(self) -> str:
        """The same for people, without what is long."""
        chain, layout = self.chain, self.chain.layout
        lines = [
            f"chain {chain.settings.chain_id}",
            f"  rpc          {chain.node.url}",
            f"  ws           {chain.node.ws_url or 'none'}",
            f"  desk         {layout.accounts['desk']} (unlocked; --json lists all contracts)",
        ]
        lines += [f"  {symbol:12} {token.address}" for symbol, token in layout.tokens.items()]
        if self.market is not None:
            lines.append(f"  opensea      {self.market.url}")
        for label in ("uniswap_v2.router", "uniswap_v3.router02", "universal_router", "aave.pool"):
            if label in layout.contracts:
                lines.append(f"  {label:20} {layout.contracts[label]}")
        return "\n".join([*lines, *(f"  lost: {each}" for each in chain.lost)])
