"""A process of test_tx_faults: sends two transactions, one of them again for more, and is killed at
its nth step: before and after each write, and each handing out.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys

from argosy.execution.journal import Journal, Store
from argosy.net.chain_fees import GWEI, Fees
from argosy.net.clock import SystemClock
from argosy.net.rpc import RpcClient, RpcNode
from argosy.net.tx import TxSender, TxSettings
from argosy.net.tx_database import TxDatabase
from argosy.net.tx_journal import TxRequest
from argosy.net.tx_signing import KeySigner

FEES = Fees(base_fee=GWEI, priority_fee=GWEI, max_fee=10 * GWEI)


async def main(url: str, database: str, to: str, key: str, last: int) -> None:
    left, armed = [last], [False]

    def step(_name: str = "") -> None:
        left[0] -= armed[0]
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = SystemClock()
    nodes = [RpcNode(name="node", url=url)]
    with contextlib.closing(Journal(Store(database, now_ns=clock.now_ns, step=step))) as journal:
        async with RpcClient(chain="test", nodes=nodes, clock=clock, rng=random.Random(1)) as rpc:
            real = rpc.send_raw

            async def send_raw(raw: bytes, name: str) -> None:
                step()
                await real(raw, name)
                step()

            rpc.send_raw = send_raw
            sender = TxSender(rpc, KeySigner(key), TxDatabase(journal, clock), TxSettings())
            await sender.open()
            armed[0] = True
            await sender.send(TxRequest(id="a", to=to, value=7), FEES)
            await sender.speed_up("a", FEES)
            await sender.send(TxRequest(id="b", to=to, value=7), FEES)
            armed[0] = False
            sender.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5], int(sys.argv[5])))
