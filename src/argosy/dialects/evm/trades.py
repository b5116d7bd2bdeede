"""Trades and moves of liquidity out of a block's logs, for the families of Uniswap v2, v3 and v4,
and the pools' curves just before each, where logs alone tell them.

Any contract may send logs that look like a pool's: who wants real pools alone gives `pools`.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from argosy.dialects.evm.logs import Log, quantity
from argosy.dialects.evm.trade_curves import PairCurve, Range, fee_paid
from argosy.dialects.uniswap_v2 import events as v2
from argosy.dialects.uniswap_v2.amounts import UNISWAP_FEE, PairFee
from argosy.dialects.uniswap_v3 import events as v3
from argosy.dialects.uniswap_v4 import events as v4
from argosy.errors import WireError
from argosy.model.trades import BlockTrades, Curve, LiquidityMove, PoolTrade

MOST_LOGS = 50_000  # of a block, that are read


class Receipt(NamedTuple):
    """What is needed of a transaction: who, to whom, where, what it paid, and its logs."""

    transaction: str
    position: int
    sender: str
    contract: str
    priority_fee: int
    logs: tuple[Log, ...]


class Seen(NamedTuple):
    """A block's trades, and the pools before them (by the trade's place) where they are known."""

    block: BlockTrades
    curves: Mapping[tuple[int, int], Curve]
    states: Mapping[str, tuple[int, int]]  # concentrated pools' (root of the price, liquidity)


def read_block(
    number: int,
    block_hash: str,
    receipts: Collection[Receipt],
    *,
    pools: Collection[str] | None = None,
    before: Mapping[str, tuple[int, int]] | None = None,
    fee: PairFee = UNISWAP_FEE,
) -> Seen:
    """The trades of a block. `pools`: whose logs count (None: all that look like a pool's).
    `before`: the states of concentrated pools at the end of its parent, as far as they are known.

    Logs that are not as their events should be are left out: they are some other contract's.

    Raises:
        WireError: a log has no place in the block, or there are too many.
    """
    if sum(len(receipt.logs) for receipt in receipts) > MOST_LOGS:
        raise WireError(f"block {number} has more than {MOST_LOGS} logs")
    reader = _Reader(number, before or {}, fee)
    for receipt in sorted(receipts, key=lambda each: each.position):
        for log in receipt.logs:
            if pools is None or log.address.lower() in pools:
                reader.take(receipt, log)
    block = BlockTrades(
        number=number, hash=block_hash, trades=tuple(reader.trades), moves=tuple(reader.moves)
    )
    return Seen(block, reader.told(), reader.states)


class _Reader:
    """Goes through a block's logs in order."""

    def __init__(self, number: int, before: Mapping[str, tuple[int, int]], fee: PairFee) -> None:
        self.number = number
        self.fee = fee
        self.trades: list[PoolTrade] = []
        self.moves: list[LiquidityMove] = []
        self.states = dict(before)
        self._curves: dict[tuple[int, int], Curve] = {}
        self._reserves: dict[str, v2.Sync] = {}
        self._ranges: dict[str, Range] = {}
        self._within: list[tuple[PoolTrade, Range, int, int]] = []  # with price before, and fee

    def told(self) -> dict[tuple[int, int], Curve]:
        """The pools before each trade. Only now is it known how far each range goes."""
        return self._curves | {
            trade.place: within.curve(price, fee) for trade, within, price, fee in self._within
        }

    def take(self, receipt: Receipt, log: Log) -> None:
        """One log."""
        try:
            event = _read(log)
        except WireError:
            return
        index = quantity(log.log_index or "")
        address = log.address.lower()
        if isinstance(event, v2.Sync):
            self._reserves[address] = event
        elif isinstance(event, v2.Swap):
            self._pair(receipt, index, address, event)
        elif isinstance(event, v3.Swap):
            self._pool(receipt, index, address, "uniswap_v3", event, (event.amount0, event.amount1))
        elif isinstance(event, v4.Swap):
            came = (-event.amount0, -event.amount1)  # it tells the swapper's side
            self._pool(receipt, index, event.pool_id, "uniswap_v4", event, came)
        else:
            self._move(receipt, index, address, event)

    def _trade(
        self,
        receipt: Receipt,
        index: int,
        pool: str,
        protocol: str,
        came: tuple[int, int],
    ) -> PoolTrade | None:
        """A trade by what came into the pool of each token (below 0: went out)."""
        forward = came[0] > 0
        amount_in, amount_out_ = (came[0], -came[1]) if forward else (came[1], -came[0])
        if amount_in <= 0 or amount_out_ <= 0:
            return None
        trade = PoolTrade(
            pool=pool,
            protocol=protocol,
            block=self.number,
            position=receipt.position,
            index=index,
            transaction=receipt.transaction,
            sender=receipt.sender,
            contract=receipt.contract,
            forward=forward,
            amount_in=amount_in,
            amount_out=amount_out_,
            priority_fee=receipt.priority_fee,
        )
        self.trades.append(trade)
        return trade

    def _pair(self, receipt: Receipt, index: int, address: str, event: v2.Swap) -> None:
        came = (
            event.amount0_in - event.amount0_out,
            event.amount1_in - event.amount1_out,
        )
        trade = self._trade(receipt, index, address, "uniswap_v2", came)
        after = self._reserves.pop(address, None)
        if trade is not None and after is not None:
            before = (after.reserve0 - came[0], after.reserve1 - came[1])
            if min(before) > 0:
                self._curves[trade.place] = PairCurve(*before, self.fee)

    def _pool(
        self,
        receipt: Receipt,
        index: int,
        pool: str,
        protocol: str,
        event: v3.Swap | v4.Swap,
        came: tuple[int, int],
    ) -> None:
        trade = self._trade(receipt, index, pool, protocol, came)
        before = self.states.get(pool)
        self.states[pool] = (event.sqrt_price, event.liquidity)
        if trade is None or before is None or before[1] != event.liquidity:
            self._ranges.pop(pool, None)
            return
        price = before[0]
        fee = fee_paid(trade, price, event.sqrt_price, event.liquidity)
        if fee is None:
            self._ranges.pop(pool, None)
            return
        if isinstance(event, v4.Swap):
            fee = event.fee
        within = self._ranges.setdefault(pool, Range(event.liquidity, price))
        within.reach(event.sqrt_price)
        self._within.append((trade, within, price, fee))

    def _move(self, receipt: Receipt, index: int, address: str, event: object) -> None:
        pool, protocol, liquidity = address, "uniswap_v3", 0
        ticks = amounts = (0, 0)
        if isinstance(event, v3.Mint | v3.Burn):
            liquidity = event.liquidity if isinstance(event, v3.Mint) else -event.liquidity
            ticks, amounts = (event.lower, event.upper), (event.amount0, event.amount1)
        elif isinstance(event, v4.ModifyLiquidity):
            pool, protocol, liquidity = event.pool_id, "uniswap_v4", event.delta
            ticks = (event.lower, event.upper)
        if not liquidity:
            return
        self.states.pop(pool, None)  # the liquidity at the price may be another now
        self._ranges.pop(pool, None)
        self.moves.append(
            LiquidityMove(
                pool=pool,
                protocol=protocol,
                block=self.number,
                position=receipt.position,
                index=index,
                transaction=receipt.transaction,
                sender=receipt.sender,
                contract=receipt.contract,
                liquidity=liquidity,
                ticks=ticks,
                amounts=amounts,
            )
        )


def _read(log: Log) -> object:
    """The event of a log of any family; None: none of theirs. Raises WireError."""
    if not log.topics:
        return None
    for events in (v2.PAIR_EVENTS, v3.POOL_EVENTS, v4.MANAGER_EVENTS):
        layout = events.by_topic.get(log.topics[0])
        if layout is not None:
            event: object = layout.read(log)
            return event
    return None
