"""A Bitcoin chain for the commands: how its nodes are, and the transfers on it until stopped. Sends
no transactions.
"""

import random
from collections.abc import Callable, Sequence

import msgspec

from argosy.errors import (
    ArgosyError,
    AuthFailed,
    ConfigError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    StreamGap,
    VenueUnavailable,
    WireError,
)
from argosy.model import Head, HeadChanged
from argosy.model.bitcoin import BitcoinEvent, FeeForecast, MempoolState
from argosy.net.bitcoin import BitcoinClient, BitcoinSettings, NodeState
from argosy.net.bitcoin_follow import TransferFollower
from argosy.net.bitcoin_node import BitcoinNode
from argosy.net.clock import SystemClock
from argosy.ports import Clock
from argosy.sources.bitcoin.watch import WatchSettings

# What another look may not meet again.
_PASSING = (NotSent, OutcomeUnknown, VenueUnavailable, RateLimited, WireError)


class BitcoinStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A chain as its nodes tell it."""

    tip: Head
    mempool: MempoolState
    fees: FeeForecast
    nodes: tuple[NodeState, ...]


def _client(nodes: Sequence[BitcoinNode], network: str, clock: Clock) -> BitcoinClient:
    return BitcoinClient(
        nodes=nodes,
        clock=clock,
        rng=random.Random(clock.monotonic_ns()),
        settings=BitcoinSettings(network=network),
    )


async def status(nodes: Sequence[BitcoinNode], network: str = "") -> BitcoinStatus:
    """Ask all nodes once. Raises as BitcoinClient.ask where none answers."""
    async with _client(nodes, network, SystemClock()) as client:
        tip = await client.tip()
        return BitcoinStatus(
            tip=tip,
            mempool=await client.mempool_state(),
            fees=await client.fee_forecast(),
            nodes=tuple(await client.states()),
        )


async def watch(
    nodes: Sequence[BitcoinNode],
    settings: WatchSettings,
    *,
    tell: Callable[[BitcoinEvent | HeadChanged], None],
    trouble: Callable[[str], None],
    network: str = "",
    every_s: float = 5.0,
) -> None:
    """Tell blocks, what waits and transfers, until cancelled. A look that fails is told to
    `trouble` and made again; what it missed is told then.

    Raises:
        ConfigError: a node of another network.
        AuthFailed: no node lets us in.
    """
    clock = SystemClock()
    async with _client(nodes, network, clock) as client:
        follower = TransferFollower(client, settings)
        while True:
            try:
                for event in await follower.poll():
                    tell(event)
            except (AuthFailed, ConfigError):
                raise
            except StreamGap as e:
                trouble(f"{e}; beginning anew: what was told before may be undone")
                follower = TransferFollower(client, settings)
            except _PASSING as e:
                trouble(_line(e))
            await clock.sleep(every_s)


def _line(error: ArgosyError) -> str:
    return f"{error} (trying again)"
