"""What the tests of protocols share: a chain, its time, its prices, clients for its accounts."""

import contextlib
from collections.abc import AsyncIterator
from decimal import Decimal

from argosy.net.contracts import ContractClient
from argosy.sandbox.evm.accounts import private_key
from argosy.sandbox.evm.local import EvmChain
from argosy.testing.onchain import on_chain


@contextlib.asynccontextmanager
async def client(chain: EvmChain, role: str = "desk") -> AsyncIterator[ContractClient]:
    """A client of one of the chain's accounts."""
    async with on_chain(chain.node.url, private_key(role)) as found:
        yield found


def now_s(chain: EvmChain) -> int:
    return int(chain.link.call("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


def pass_time(chain: EvmChain, seconds: int) -> None:
    chain.link.call("evm_setNextBlockTimestamp", hex(now_s(chain) + seconds))
    chain.link.call("evm_mine")


def set_price(chain: EvmChain, symbol: str, price: Decimal) -> None:
    owner = chain.layout.accounts["deployer"]
    chain.contract(f"feed.{symbol}").send(owner, "setAnswer", int(price * 10**8))
