"""What a block brought: trades, who traded around whom, large transfers, events of contracts that
are watched. Undone blocks leave nothing behind that later ones would build on.
"""

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

import msgspec

from argosy.analytics.mev import (
    Arbitrage,
    Mev,
    Sandwich,
    SandwichAttempt,
    find_arbitrage,
    find_attempts,
    find_back_runs,
    find_front_runs,
    find_just_in_time,
    find_sandwiches,
)
from argosy.dialects.evm.call_words import TokenName
from argosy.dialects.evm.contract_events import ContractEvents
from argosy.dialects.evm.receipts import BlockReceipts
from argosy.dialects.evm.trades import Seen, read_block
from argosy.dialects.evm.transfers import Transfer, read_transfers
from argosy.dialects.evm.wished import reverted_swaps, waiting_swaps
from argosy.errors import WireError
from argosy.model import Head, PendingTransaction
from argosy.model.calls import NATIVE
from argosy.model.trades import Curve, PoolTrade, WishedSwap
from argosy.net.blocks import BlockReader, WholeBlock
from argosy.net.rpc import RpcClient
from argosy.net.watch.events import BlockWatched, ContractEvent, LargeTransfer
from argosy.net.watch.tokens import TokenBook
from argosy.net.watch.whales import AROUND_OTHERS, ROUND_TRIPS, Labels, large_transfers

_STATES_KEPT = 16  # blocks after which pools' states are known; reorganisations are shallow
_POOLS_KEPT = 5_000
_EVENTS_MOST = 5_000  # of a block


class LensSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. Addresses in lower case.

    `pools`: whose trades count (None: all that look like a pool's); `routers`: contracts that many
    use; `prices`: USD of a whole token, by address (the zero address is the chain's coin);
    `labels`: what addresses are called; `contracts`: whose events are told, by which ABI.
    """

    pools: frozenset[str] | None = None
    routers: frozenset[str] = frozenset()
    prices: Mapping[str, Decimal] = {}
    large_usd: Decimal = Decimal(100_000)
    labels: Mapping[str, str] = {}
    names: Mapping[str, TokenName] = {}
    contracts: Mapping[str, ContractEvents] = {}


class BlockLens:
    """Reads blocks through a chain's nodes."""

    def __init__(self, client: RpcClient, settings: LensSettings | None = None) -> None:
        self.settings = settings or LensSettings()
        self.tokens = TokenBook(client, self.settings.names)
        self.labels = Labels(client, self.settings.labels)
        self._reader = BlockReader(client)
        self._states: OrderedDict[str, Mapping[str, tuple[int, int]]] = OrderedDict()

    async def fetch(self, head: Head) -> WholeBlock:
        """The block itself. Raises as BlockReader.read."""
        return await self._reader.read(head)

    async def look(
        self,
        block: WholeBlock,
        seen_ns: Mapping[str, int],
        waiting: Sequence[PendingTransaction] = (),
    ) -> BlockWatched:
        """What it brought; `seen_ns`: when those of its transactions that waited were seen;
        `waiting`: what waits still.
        """
        receipts = block.receipts
        head = receipts.head
        seen = read_block(
            head.number,
            head.hash,
            receipts.receipts,
            pools=self.settings.pools,
            before=self._states.get(head.parent),
        )
        self._keep(head.hash, seen.states)
        traders = {trade.sender for trade in seen.block.trades}
        wishes = reverted_swaps(block.transactions, receipts.failed)
        wishes += waiting_swaps(waiting, traders)
        mev, arbitrage = await self._mev(seen, seen_ns, wishes)
        return BlockWatched(
            head=head,
            transactions=len(receipts.receipts),
            failed=len(receipts.failed),
            trades=seen.block.trades,
            mev=mev,
            arbitrage=arbitrage,
            transfers=await self._large(block),
            events=self._events(receipts),
        )

    def _keep(self, block_hash: str, states: Mapping[str, tuple[int, int]]) -> None:
        newest = list(states.items())[-_POOLS_KEPT:]
        self._states[block_hash] = dict(newest)
        while len(self._states) > _STATES_KEPT:
            self._states.popitem(last=False)

    async def _mev(
        self, seen: Seen, seen_ns: Mapping[str, int], wishes: Sequence[WishedSwap]
    ) -> tuple[tuple[Mev, ...], tuple[Arbitrage, ...]]:
        trades, routers = seen.block.trades, self.settings.routers

        def before(trade: PoolTrade) -> Curve | None:
            return seen.curves.get(trade.place)

        sandwiches = find_sandwiches(trades, routers=routers, curve_before=before)
        for trader in round_trips(trades):
            self.labels.saw_bot(trader, ROUND_TRIPS)
        for each in sandwiches:
            self.labels.saw_bot(each.attacker, AROUND_OTHERS)
        await self.tokens.learn_pools(_several(seen))
        cycles = find_arbitrage(trades, self.tokens.pools)
        names = {each.transaction for each in cycles}
        if wishes:
            await self.tokens.learn_pools(dict.fromkeys(trade.pool for trade in trades))
        attempts = find_attempts(
            trades,
            wishes,
            self.tokens.pools,
            sandwiches=sandwiches,
            routers=routers,
            curve_before=before,
        )
        told: list[Sandwich | SandwichAttempt] = [*sandwiches, *attempts]
        found: list[Mev] = [
            *told,
            *find_front_runs(trades, seen_ns, sandwiches=told, curve_before=before),
            *find_back_runs(trades, cycles=names, sandwiches=told),
            *find_just_in_time(trades, seen.block.moves, routers=routers),
        ]
        return tuple(found), tuple(cycles)

    async def _large(self, block: WholeBlock) -> tuple[LargeTransfer, ...]:
        prices = self.settings.prices
        if not prices:
            return ()
        moved = [
            Transfer(NATIVE, each.sender, each.to, each.value, each.hash, -1)
            for each in block.transactions
            if each.value and each.hash not in block.receipts.failed
        ]
        for receipt in block.receipts.receipts:
            moved += read_transfers(log for log in receipt.logs if log.address.lower() in prices)
        await self.tokens.learn_names(each.token for each in moved if each.token in prices)
        large = large_transfers(moved, self.tokens.names, prices, self.settings.large_usd)
        await self.labels.look(
            end for each in large for end in (each.sender, each.recipient) if end
        )
        return tuple(
            msgspec.structs.replace(
                each,
                sender_labels=self.labels.of(each.sender),
                recipient_labels=self.labels.of(each.recipient),
            )
            for each in large
        )

    def _events(self, receipts: BlockReceipts) -> tuple[ContractEvent, ...]:
        watched = self.settings.contracts
        found: list[ContractEvent] = []
        if not watched:
            return ()
        for receipt in receipts.receipts:
            for log in receipt.logs:
                events = watched.get(log.address.lower())
                try:
                    event = None if events is None else events.read(log)
                except WireError:
                    continue  # not as its ABI says: another contract is there now
                if event is not None and len(found) < _EVENTS_MOST:
                    found.append(
                        ContractEvent(
                            contract=log.address.lower(),
                            name=event.name,
                            arguments=event.arguments,
                            transaction=receipt.transaction,
                            index=log.place()[1],
                        )
                    )
        return tuple(found)


def _several(seen: Seen) -> Collection[str]:
    """The pools of transactions that used more than one."""
    by_transaction: dict[str, set[str]] = {}
    for trade in seen.block.trades:
        by_transaction.setdefault(trade.transaction, set()).add(trade.pool)
    return {pool for pools in by_transaction.values() if len(pools) > 1 for pool in pools}


def round_trips(trades: Sequence[PoolTrade]) -> set[str]:
    """Who traded one pool both ways in a block."""
    forward = {(each.sender, each.pool) for each in trades if each.forward}
    back = {(each.sender, each.pool) for each in trades if not each.forward}
    return {sender for sender, _ in forward & back}


def sandwiches_of(block: BlockWatched) -> list[Sandwich]:
    """The sandwiches that a block brought."""
    return [each for each in block.mev if isinstance(each, Sandwich)]


def attempts_of(block: BlockWatched) -> list[SandwichAttempt]:
    """Those that did not come off."""
    return [each for each in block.mev if isinstance(each, SandwichAttempt)]
