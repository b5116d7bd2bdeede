"""Real nodes for the tests of JSON-RPC: anvil, or a skip that says why there is none."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from argosy.errors import ConfigError
from argosy.net.clock import SystemClock
from argosy.net.http import HttpSettings
from argosy.net.rpc import RpcClient, RpcNode, RpcSettings
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_database import kept_at
from argosy.ports import TxSigner
from argosy.sandbox.evm.anvil import find_anvil
from argosy.sandbox.evm.link import Link
from argosy.sandbox.evm.node import Node, NodeSettings

FAST = RpcSettings(http=HttpSettings(attempts=2, backoff_s=0.001, timeout_s=5))


def node(**settings: Any) -> Node:
    """A node that is not started yet."""
    try:
        return Node(NodeSettings(**settings), binary=find_anvil())
    except ConfigError as e:
        pytest.skip(f"no anvil on this machine: {e}")


def client(*urls: str, settings: RpcSettings = FAST, **more: Any) -> RpcClient:
    nodes = [RpcNode(name=f"node{place}", url=url) for place, url in enumerate(urls)]
    return RpcClient(
        chain="test",
        nodes=more.pop("nodes", nodes),
        clock=SystemClock(),
        rng=random.Random(1),
        settings=settings,
        **more,
    )


@contextlib.asynccontextmanager
async def sending(
    rpc: RpcClient, signer: TxSigner, folder: Path, settings: TxSettings, **more: Any
) -> AsyncIterator[TxSender]:
    """A sender that is open, what it sends in a database in `folder`."""
    with kept_at(f"sqlite:///{folder}/journal.db", SystemClock()) as store:
        sender = TxSender(rpc, signer, store, settings, **more)
        await sender.open()
        try:
            yield sender
        finally:
            sender.close()


async def ask(url: str, method: str, *params: Any) -> Any:
    """Say something to a node past the client, without holding up the loop."""

    def one() -> Any:
        with Link(url) as link:
            return link.call(method, *params)

    return await asyncio.to_thread(one)


async def receipt(url: str, sent: str) -> Any:
    """The receipt of what a node mines by itself, which takes it a moment."""

    def one() -> Any:
        with Link(url) as link:
            return link.receipt(sent)

    return await asyncio.to_thread(one)
