"""Which contracts a venue of pools means, and who sends for it: by settings, or by a sandbox."""

import random
from decimal import Decimal
from pathlib import Path

import msgspec

from argosy.desk.chain import ChainAccount, ChainTerms
from argosy.desk.sandbox_limits import SANDBOX, openly, told_tokens
from argosy.desk.settings import ChainSettings, Settings
from argosy.desk.signing import guarded, limits_of, signer_of, token_address
from argosy.dialects.evm.chains import ChainInfo, chains
from argosy.dialects.evm.deployments import Contracts
from argosy.dialects.pools.exchange import Exchange, live_exchange
from argosy.dialects.uniswap_v3.deployments import deployments as v3_deployments
from argosy.errors import ConfigError
from argosy.execution.journal import Journal
from argosy.model import VenueId
from argosy.net.audit import Tap
from argosy.net.chain_fees import GWEI
from argosy.net.rpc import RpcNode
from argosy.net.tx import TxSettings
from argosy.net.tx_database import TxDatabase
from argosy.net.tx_signing import KeySigner
from argosy.ports import Clock, TxSigner, Vault
from argosy.sandbox.told import ToldChain
from argosy.venues import catalog
from argosy.venues.catalog import Endpoints


class ChainReach(msgspec.Struct, frozen=True, kw_only=True):
    """A chain as a venue reaches it."""

    info: ChainInfo
    endpoints: Endpoints


def sandbox_chain(told: ToldChain) -> ChainInfo:
    """The sandbox's chain as chains.toml would have it."""
    tokens = {symbol: (at, told.decimals[symbol]) for symbol, at in told.tokens.items()}
    return told_tokens(told.chain_id, tokens)


def sandbox_exchange(venue: str, protocol: str, told: ToldChain) -> Exchange:
    """A protocol's contracts on the sandbox's chain."""
    head = {"uniswap": "uniswap", "sushiswap": "sushi"}[protocol]
    at = told.contracts
    v4 = protocol == "uniswap" and "uniswap_v4.pools" in at
    v3 = f"{head}_v3.factory" in at
    return Exchange(
        venue=VenueId(venue),
        chain=sandbox_chain(told),
        v2=Contracts(factory=at[f"{head}_v2.factory"], router=at[f"{head}_v2.router"]),
        v3=Contracts(
            factory=at[f"{head}_v3.factory"],
            router=at[f"{head}_v3.router"],
            quoter=at.get(f"{head}_v3.quoter", ""),
            positions=at.get(f"{head}_v3.positions", ""),
        )
        if v3
        else None,
        spacings=v3_deployments()[protocol].spacings,
        v4=Contracts(
            manager=at["uniswap_v4.pools"],
            state_view=at["uniswap_v4.state"],
            quoter=at["uniswap_v4.quoter"],
            positions=at["uniswap_v4.positions"],
        )
        if v4
        else None,
        universal_router=at.get("universal_router", "") if protocol == "uniswap" else "",
    )


def chain_of(settings: Settings, venue: str) -> tuple[ChainInfo, ChainSettings]:
    """The chain that a venue's settings name, and how it is reached.

    Raises:
        ConfigError: there is no such chain, or no node of it is named.
    """
    key = settings.venue(venue).chain
    known = chains()
    if key not in known:
        raise ConfigError(f"venues.{venue}.chain is {key!r}; there are: {', '.join(known)}")
    reach = settings.chains.get(key, ChainSettings())
    if not reach.rpc or not reach.ws:
        raise ConfigError(
            f"{venue} needs a node of {key}: set chains.{key}.rpc and chains.{key}.ws to the"
            " addresses of yours (https://..., wss://...)"
        )
    return known[key], reach


def exchange_of(
    settings: Settings, venue: str, protocol: str, told: ToldChain | None
) -> tuple[Exchange, Endpoints]:
    """The contracts that a venue of pools means, and the nodes that it asks."""
    if told is not None:
        endpoints = Endpoints(roles={"rpc": (told.rpc,), "ws_public": (told.ws,)})
        return sandbox_exchange(venue, protocol, told), endpoints
    info, reach = chain_of(settings, venue)
    roles = {"rpc": reach.rpc, "ws_public": reach.ws}
    return live_exchange(venue, protocol, info), Endpoints(roles=roles)


def exchanges_on(settings: Settings, chain: str, told: ToldChain | None) -> list[Exchange]:
    """Every exchange of the desk's that is on a chain: whose routers its address may call."""
    found = []
    for name in settings.desk.venues:
        pools = catalog.load(name).pools
        if pools is None or (told is None and settings.venue(name).chain != chain):
            continue
        found.append(
            live_exchange(name, pools.protocol, chains()[chain])
            if told is None
            else sandbox_exchange(name, pools.protocol, told)
        )
    return found


def account_of(
    settings: Settings,
    venue: str,
    told: ToldChain | None,
    folder: Path,
    journal: Journal | None,
    *,
    clock: Clock,
    rng: random.Random,
    tap: Tap | None,
    vault: Vault | None,
) -> ChainAccount:
    """Who sends on a venue's chain, within the limits of its settings, and writes down what is
    sent. Without a vault and a journal no key is used, and it only asks. What a folder of a
    sandbox's is called tells its chain from others.
    """
    key: TxSigner | None = None
    if told is not None:
        info, reach = sandbox_chain(told), settings.chains.get(SANDBOX, ChainSettings())
        urls: tuple[str, ...] = (told.rpc,)
        if vault is not None and settings.sandbox.key != "read":
            key = KeySigner(told.keys["desk"])
    else:
        info, reach = chain_of(settings, venue)
        urls = reach.rpc
        if vault is not None and reach.key:
            key = signer_of(reach.key, f"chains.{info.key}.key", vault)
    nodes = [RpcNode(name=f"{info.key}-{at}", url=url) for at, url in enumerate(urls, 1)]
    limits = limits_of(
        info,
        exchanges_on(settings, info.key, told),
        reach.limits,
        sandbox=told is not None,
        openly=openly(told.contracts) if told is not None else None,
    )
    signer = guarded(key, limits, folder, clock) if key is not None else None
    tx = TxSettings(
        confirmations=reach.confirmations or info.confirmations,
        fee_cap=round(reach.fee_cap_gwei * GWEI),
        stuck_blocks=reach.stuck_blocks,
        quorum=reach.quorum,
    )
    terms = ChainTerms(
        tx=tx,
        slippage=reach.slippage_bps / Decimal(10_000),
        deadline_s=reach.deadline_s,
        fees_s=max(info.block_s, 1.0),
        unchecked_tokens=frozenset(
            token_address(name, info) for name in reach.limits.unchecked_tokens
        ),
    )
    store = None
    if signer is not None and journal is not None:
        world = folder.name if told is not None else ""
        before = folder / f"transactions-{info.key}-{signer.address[2:10]}.jsonl"
        store = TxDatabase(journal, clock, world=world, file=before)
    relay = RpcNode(name=f"{info.key}-relay", url=reach.relay) if reach.relay else None
    return ChainAccount(
        info, nodes, signer, store, terms, clock=clock, rng=rng, tap=tap, relay=relay
    )
