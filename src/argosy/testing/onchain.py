"""Contract clients for tests of protocols: one address on one node, its journal in a folder that
goes away. Talks to the node that it is given, and to no other.
"""

import contextlib
import random
from collections.abc import AsyncIterator
from tempfile import TemporaryDirectory

from argosy.net.clock import SystemClock
from argosy.net.contracts import ContractClient
from argosy.net.rpc import RpcClient, RpcNode
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_database import kept_at
from argosy.net.tx_signing import KeySigner


@contextlib.asynccontextmanager
async def on_chain(url: str, key: str, chain: str = "sandbox") -> AsyncIterator[ContractClient]:
    """A client that signs with `key` (0x hex) and takes one block as final."""
    clock, rng = SystemClock(), random.Random(1)
    with TemporaryDirectory() as folder:
        nodes = [RpcNode(name="node", url=url)]
        async with RpcClient(chain=chain, nodes=nodes, clock=clock, rng=rng) as rpc:
            with kept_at(f"sqlite:///{folder}/journal.db", clock) as store:
                sender = TxSender(rpc, KeySigner(key), store, TxSettings(confirmations=1))
                await sender.open()
                try:
                    yield ContractClient(rpc, sender)
                finally:
                    sender.close()
