"""Sandwiches of some blocks, by web3.py alone and the definition of textbooks: two swaps of one
address or contract in one pool and block, the second the other way round, and somebody else's
between them that goes the way of the first. Knows nothing of Argosy's detector, nor of amounts.

argv: a node's URL, the first block, the last one, and contracts that say nothing about who calls
them (routers). Prints a line of JSON for each sandwich, then how many swaps there were.
"""

import json
import sys
from collections import defaultdict
from typing import NamedTuple

from web3 import Web3

URL, FIRST, LAST, *ROUTERS = sys.argv[1:]
W3 = Web3(Web3.HTTPProvider(URL))


def event(name, *inputs):
    """An event's ABI: inputs as "type name", those that are topics with a star."""
    rows = []
    for each in inputs:
        kind, parameter = each.split()
        rows.append({"type": kind, "name": parameter.strip("*"), "indexed": "*" in parameter})
    return {"type": "event", "name": name, "anonymous": False, "inputs": rows}


PAIR = event(
    "Swap",
    "address *sender",
    "uint256 in0",
    "uint256 in1",
    "uint256 out0",
    "uint256 out1",
    "address *to",
)
POOL = event(
    "Swap",
    "address *sender",
    "address *recipient",
    "int256 amount0",
    "int256 amount1",
    "uint160 price",
    "uint128 liquidity",
    "int24 tick",
)
MANAGED = event(
    "Swap",
    "bytes32 *id",
    "address *sender",
    "int128 amount0",
    "int128 amount1",
    "uint160 price",
    "uint128 liquidity",
    "int24 tick",
    "uint24 fee",
)
KINDS = {}
for _abi in (PAIR, POOL, MANAGED):
    _words = f"Swap({','.join(each['type'] for each in _abi['inputs'])})"
    KINDS[Web3.keccak(text=_words)] = (_abi, W3.eth.contract(abi=[_abi]).events.Swap())


class Swapped(NamedTuple):
    pool: str
    forward: bool  # token 0 goes in
    transaction: str
    sender: str
    contract: str


def swapped(log, transaction):
    """A log as a swap; None: it is none."""
    if not log["topics"] or log["topics"][0] not in KINDS:
        return None
    abi, reader = KINDS[log["topics"][0]]
    args = reader.process_log(log)["args"]
    pool = log["address"].lower()
    if abi is PAIR:
        forward = args["in0"] > args["out0"]
    elif abi is POOL:
        forward = args["amount0"] > 0
    else:  # it tells what the swapper gets, and one contract has every pool
        forward, pool = args["amount0"] < 0, args["id"].hex()
    return Swapped(
        pool, forward, log["transactionHash"].to_0x_hex(), transaction["from"], transaction["to"]
    )


def same(one, other):
    by_contract = one.contract == other.contract and one.contract.lower() not in ROUTERS
    return one.sender == other.sender or by_contract


def is_sandwich(front, between, back):
    """Whether two swaps are around somebody else's."""
    return (
        front.transaction != back.transaction
        and same(front, back)
        and front.forward != back.forward
        and any(
            each.forward == front.forward and not same(each, front) and not same(each, back)
            for each in between
        )
    )


count = 0
for number in range(int(FIRST), int(LAST) + 1):
    block = W3.eth.get_block(number, True)
    transactions = {each["hash"]: each for each in block["transactions"]}
    pools = defaultdict(list)
    for receipt in W3.eth.get_block_receipts(number):
        for log in receipt["logs"]:
            found = swapped(log, transactions[log["transactionHash"]])
            if found is not None:
                pools[found.pool].append(found)
                count += 1
    for swaps in pools.values():
        used = set()
        for start, front in enumerate(swaps):
            for end in range(start + 2, len(swaps)):
                if {start, end} & used or not is_sandwich(front, swaps[start:end], swaps[end]):
                    continue
                used |= {start, end}
                names = [front.transaction, swaps[end].transaction]
                print(json.dumps({"block": number, "parts": names}))
print(json.dumps({"swaps": count}))
