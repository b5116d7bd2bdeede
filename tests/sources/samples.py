"""Answers of the simulated chain, for the tests of what reads them."""

from collections.abc import Callable
from typing import Any

import msgspec

from argosy.model import Nanos
from argosy.ports import Call, HttpResponse
from argosy.sandbox.bitcoin.chain import Chain, ChainSettings
from argosy.sandbox.bitcoin.crowd import Crowd
from argosy.sandbox.bitcoin.explorer import Explorer as Simulated
from argosy.sandbox.bitcoin.node import Node
from argosy.sources.bitcoin.rpc import Rpc
from argosy.sources.mempool_space.rest import Explorer

NOW = Nanos(5)


def answer(body: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(status=status, body=body, received_ns=NOW)


def lived() -> Crowd:
    """A chain on which a lot has happened."""
    crowd = Crowd(Chain(ChainSettings(block_vsize=4_000)))
    crowd.open()
    for _ in range(30):
        crowd.step()
    crowd.pay("person1", "person2", 10_000, 3)
    return crowd


def node_calls(chain: Chain) -> dict[str, Callable[[Rpc], Call[Any]]]:
    """Every question to a node, as it may be asked of this chain."""
    tip, waiting = chain.tip.hash, sorted(chain.pool)
    raw = bytes.fromhex("00")
    return {
        "chain_info": lambda rpc: rpc.chain_info(),
        "network_info": lambda rpc: rpc.network_info(),
        "block_count": lambda rpc: rpc.block_count(),
        "block_hash": lambda rpc: rpc.block_hash(5),
        "head": lambda rpc: rpc.head(tip),
        "block": lambda rpc: rpc.block(tip),
        "mempool_info": lambda rpc: rpc.mempool_info(),
        "mempool_ids": lambda rpc: rpc.mempool_ids(),
        "mempool": lambda rpc: rpc.mempool(),
        "mempool_entries": lambda rpc: rpc.mempool_entries(waiting[:3]),
        "fee_rates": lambda rpc: rpc.fee_rates((1, 6)),
        "unspent": lambda rpc: rpc.unspent([(chain.tip.txids[0], 0), ("11" * 32, 0)]),
        "transactions": lambda rpc: rpc.transactions(waiting[:3]),
        "test": lambda rpc: rpc.test(raw),
        "send": lambda rpc: rpc.send(raw),
    }


def node_answer(chain: Chain, call: Call[Any], *, old: bool = False) -> HttpResponse:
    status, body = Node(chain, old=old).answer(call.request.body)
    return answer(body, status)


def explorer_calls(crowd: Crowd) -> dict[str, Call[Any]]:
    """Every question to an explorer."""
    ask, chain = Explorer(), crowd.chain
    address, mined = crowd.address("exchange"), chain.tip.txids[-1]
    return {
        "fees": ask.fees(),
        "mempool_blocks": ask.mempool_blocks(),
        "mempool": ask.mempool(),
        "recent": ask.recent(),
        "address": ask.address(address),
        "address_transactions": ask.address_transactions(address),
        "unspent": ask.unspent(address),
        "transaction": ask.transaction(mined),
        "status": ask.status(mined),
        "tip_height": ask.tip_height(),
        "tip_hash": ask.tip_hash(),
        "block": ask.block(chain.tip.hash),
    }


def explorer_answer(crowd: Crowd, call: Call[Any]) -> HttpResponse:
    found = Simulated(crowd.chain).get(call.request.path)
    return answer(found.encode() if isinstance(found, str) else msgspec.json.encode(found))
