"""Positions in v4 pools, for `held_liquidity`: which tokens may be ours, and what transactions of
ours came to. Asks the nodes, and remembers what cannot change any more.
"""

from collections.abc import Sequence

import msgspec

from argosy.desk.chain import ChainAccount
from argosy.dialects.evm.jsonrpc import quantity, read_log
from argosy.dialects.evm.keccak import keccak256
from argosy.dialects.pools.exchange import Exchange, PoolSpec
from argosy.dialects.pools.v4_deeds import manager_of
from argosy.dialects.pools.v4_positions import (
    Change,
    Changed,
    came_to,
    changes_in,
    kept,
    managed_state,
    pool_logs_filter,
)
from argosy.errors import WireError
from argosy.model import Log
from argosy.net.log_search import search_logs

_KEPT = 1_000  # changes that are remembered
_TRANSFER = "0x" + keccak256(b"Transfer(address,address,uint256)").hex()
_NEWS = 64  # blocks at the tip that are looked at again: by then they may be others


class Looked(msgspec.Struct):
    """Tokens that came to an address, and the blocks that were looked through for them."""

    tokens: set[int]
    since: int
    until: int


class ManagedPositions:
    """What is known of v4 positions of the desk's addresses."""

    def __init__(self) -> None:
        self._looked: dict[tuple[str, str], Looked] = {}
        self._changed: dict[tuple[str, int], Changed] = {}

    async def tokens(self, account: ChainAccount, exchange: Exchange) -> Looked:
        """The tokens that came to the address at any time: whose they are now has to be asked.

        Raises what `search_logs` raises.
        """
        manager, owner = manager_of(exchange), account.address.lower()
        last = quantity(await account.rpc.call("eth_blockNumber"))
        looked = self._looked.setdefault((manager, owner), Looked(set(), 0, 0))
        wanted = {
            "address": manager,
            "topics": [_TRANSFER, None, "0x" + owner[2:].rjust(64, "0")],
        }
        found = await search_logs(account.rpc, wanted, looked.until, last)
        if looked.until == 0:
            looked.since = found.since
        looked.tokens |= {int(log.topics[3], 16) for log in found.logs if len(log.topics) == 4}
        looked.until = max(last - _NEWS, 0)
        return looked

    async def changed(
        self,
        account: ChainAccount,
        exchange: Exchange,
        specs: Sequence[PoolSpec],
        logs: Sequence[Log],
    ) -> list[Changed]:
        """What a final transaction of ours changed, of its logs.

        Raises:
            WireError: it does not follow from the state around its block.
            And what ContractClient.ask raises: a node may have that state no more.
        """
        found = []
        for change in changes_in(exchange, specs, logs):
            key = (logs[0].transaction_hash, change.place)
            known = self._changed.get(key)
            if known is None:
                known = await _came_to(account, exchange, change, logs[0].block_number)
                if len(self._changed) >= _KEPT:
                    self._changed.pop(next(iter(self._changed)))
                self._changed[key] = known
            found.append(known)
        return found


async def _came_to(
    account: ChainAccount, exchange: Exchange, change: Change, block: int
) -> Changed:
    ask = account.contracts.ask
    state = await ask(managed_state(exchange, change.spec), block - 1)
    before = await ask(kept(exchange, change), block - 1)
    after = await ask(kept(exchange, change), block)
    wanted = pool_logs_filter(exchange, change.spec, block)
    told = await account.rpc.call("eth_getLogs", wanted)
    if not isinstance(told, list):
        raise WireError(f"{account.id}: {str(told)[:80]!r} are no logs")
    now_ns = account.rpc.clock.now_ns()
    logs = [read_log(each, account.rpc.chain, now_ns) for each in told]
    return came_to(change, state, before, after, logs)
