"""A chain to look at: a node that somebody names, or a sandbox chain of our own, with what is known
of its tokens, routers and prices.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from decimal import Decimal
from urllib.parse import urlsplit, urlunsplit

import msgspec

from argosy.desk.chain_look import Look
from argosy.dialects.evm.call_words import TokenName
from argosy.dialects.evm.deployments import Deployment
from argosy.dialects.evm.jsonrpc import quantity
from argosy.dialects.uniswap_v2.deployments import deployments as v2_deployments
from argosy.dialects.uniswap_v3.deployments import deployments as v3_deployments
from argosy.dialects.uniswap_v4.deployments import deployments as v4_deployments
from argosy.errors import ConfigError
from argosy.model.calls import NATIVE
from argosy.net.clock import SystemClock
from argosy.net.rpc import RpcClient, RpcNode
from argosy.net.watch.lens import LensSettings
from argosy.sandbox.evm.crowd import Crowd
from argosy.sandbox.evm.layout import Layout
from argosy.sandbox.evm.live import LiveChain

_SECRET_LENGTH = 16  # parts of an address that are as long may be a provider's key
_WS = {"http": "ws", "https": "wss"}
_HTTP = {"ws": "http", "wss": "https", "http": "http", "https": "https"}


class ChainSource(msgspec.Struct, frozen=True, kw_only=True):
    """Where a chain is. Empty addresses: a sandbox chain of our own."""

    url: str = ""  # http(s) or ws(s); of the latter, questions go to the same host by http
    ws_url: str = ""  # streams; empty: those of `url` where it is one, else questions now and then
    seed: int = 7  # of the sandbox's actors
    every_s: float = 2.0  # the sandbox's blocks
    look: Look = Look()  # besides what is known of it


class OpenChain:
    """A chain that answers."""

    def __init__(
        self,
        client: RpcClient,
        ws_url: str,
        lens: LensSettings,
        about: str,
        crowd: Crowd | None = None,
    ) -> None:
        self.client = client
        self.ws_url = ws_url
        self.lens = lens
        self.about = about  # for people: which chain this is
        self.crowd = crowd  # the sandbox's actors
        self.rng = random.Random()

    async def step(self) -> None:
        """Make a block of the sandbox's; of another chain nothing happens."""
        if self.crowd is not None:
            await asyncio.to_thread(self.crowd.step)


@contextlib.asynccontextmanager
async def open_chain(source: ChainSource, *, act: bool = True) -> AsyncIterator[OpenChain]:
    """The chain of a source, until the end of the block. `act`: the sandbox's blocks come by
    themselves; else `step` makes them.

    Raises:
        ConfigError: an address that is none, or no sandbox chain can be started here.
        And what RpcClient.call raises: the node does not answer.
    """
    if source.url:
        url, ws_url = _addresses(source)
        async with _client("chain", url) as client:
            chain_id = quantity(await client.call("eth_chainId"))
            routers = known_routers(chain_id)
            about = f"chain {chain_id} at {urlsplit(url).hostname}"
            lens = source.look.over(LensSettings(routers=routers), chain_id)
            yield OpenChain(client, ws_url, lens, about)
        return
    async with LiveChain(seed=source.seed, every_s=source.every_s) as live:
        chain = live.chain
        async with _client("sandbox", chain.node.url) as client:
            about = f"a sandbox chain of its own, at {chain.node.url}; nothing of it is real"
            lens = source.look.over(_sandbox_lens(chain.layout), chain.settings.chain_id)
            opened = OpenChain(client, chain.node.ws_url, lens, about, live.crowd)
            if not act:
                await asyncio.to_thread(live.crowd.open)
            async with asyncio.TaskGroup() as group:
                task = group.create_task(live.run()) if act else None
                try:
                    yield opened
                finally:
                    if task is not None:
                        task.cancel()


def _client(chain: str, url: str) -> RpcClient:
    secrets = tuple(
        part
        for part in (*urlsplit(url).path.split("/"), *urlsplit(url).query.split("&"))
        if len(part) >= _SECRET_LENGTH
    )
    node = RpcNode(name="node", url=url, secrets=secrets)
    return RpcClient(chain=chain, nodes=[node], clock=SystemClock(), rng=random.Random())


def _addresses(source: ChainSource) -> tuple[str, str]:
    """(for questions, for streams); the latter may be empty."""
    parts = urlsplit(source.url)
    if parts.scheme not in _HTTP or not parts.hostname:
        raise ConfigError(
            f"an address of {parts.scheme or 'no'} scheme is no node's; http(s):// or ws(s)://"
        )
    if source.ws_url and urlsplit(source.ws_url).scheme not in _WS.values():
        raise ConfigError("the address of streams must begin with ws:// or wss://")
    ws_url = source.ws_url or (source.url if parts.scheme in _WS.values() else "")
    return urlunsplit(parts._replace(scheme=_HTTP[parts.scheme])), ws_url


def known_routers(chain_id: int) -> frozenset[str]:
    """The routers and managers of positions that are known on a chain: contracts that many use."""
    found = set()
    families = (v2_deployments(), v3_deployments(), v4_deployments())
    tables: list[Deployment] = [each for family in families for each in family.values()]
    for deployment in tables:
        contracts = deployment.chains.get(chain_id)
        if contracts is not None:
            shared = (contracts.router, contracts.positions, contracts.universal_router)
            found |= {contract.lower() for contract in shared if contract}
    return frozenset(found)


def _sandbox_lens(layout: Layout) -> LensSettings:
    prices = {each.address: each.usd for each in layout.tokens.values()}
    if "WETH" in layout.tokens:
        prices[NATIVE] = layout.tokens["WETH"].usd
    names = {each.address: TokenName(each.symbol, each.decimals) for each in layout.tokens.values()}
    labels = {address: role.replace("_", " ") for role, address in layout.accounts.items()}
    labels |= {address: label for label, address in layout.contracts.items()}
    shared = ("router", "router02", "positions", "universal_router")
    routers = {a for label, a in layout.contracts.items() if label.split(".")[-1] in shared}
    return LensSettings(
        routers=frozenset(routers),
        prices=prices,
        large_usd=Decimal(100_000),
        labels=labels,
        names=names,
    )
