"""Looks for logs through many blocks of a chain: in one question where a node takes it, in ever
smaller ones where it does not, the newest blocks first, and no more questions than were allowed.
"""

from typing import Any

import msgspec

from argosy.dialects.evm.jsonrpc import read_log
from argosy.errors import VenueError, WireError
from argosy.model import Log
from argosy.net.rpc import RpcClient

ASKS_MAX = 64
LOGS_MAX = 10_000


class FoundLogs(msgspec.Struct, frozen=True, kw_only=True):
    """Logs in their order, complete from block `since` on."""

    logs: tuple[Log, ...]
    since: int


async def search_logs(rpc: RpcClient, wanted: dict[str, Any], first: int, last: int) -> FoundLogs:
    """The logs that a filter (`address`, `topics`) lets through, of blocks `first` to `last`.

    Nodes limit how many blocks or logs a question may have, each otherwise and in other words: one
    that is refused is asked again for the newer half of its blocks.

    Raises:
        WireError: no logs, or more than LOGS_MAX.
        And what RpcClient.call raises where a single block is refused, or no node answers.
    """
    found: list[Log] = []
    end, width = last, last - first + 1
    for _ in range(ASKS_MAX):
        if end < first:
            break
        start = max(first, end - width + 1)
        try:
            told = await rpc.call(
                "eth_getLogs", {**wanted, "fromBlock": hex(start), "toBlock": hex(end)}
            )
        except VenueError:
            if start == end:
                raise
            width = (end - start + 1) // 2
            continue
        if not isinstance(told, list) or len(told) + len(found) > LOGS_MAX:
            raise WireError(f"{str(told)[:80]!r} are no logs, or more than {LOGS_MAX}")
        now_ns = rpc.clock.now_ns()
        found += [read_log(each, rpc.chain, now_ns) for each in told]
        end = start - 1
    found.sort(key=lambda log: (log.block_number, log.index))
    return FoundLogs(logs=tuple(found), since=end + 1)
