"""Blocks of trades written by hand, on a pair whose reserves are really moved."""

from argosy.dialects.evm.trade_curves import PairCurve
from argosy.model.trades import PoolTrade

POOL, ROUTER = "0x" + "aa" * 20, "0x" + "bb" * 20
START = PairCurve(10**24, 10**24)


class Block:
    """Swaps one after the other; remembers the pool before each."""

    def __init__(self, curve: PairCurve = START, pool: str = POOL) -> None:
        self.curve = curve
        self.pool = pool
        self.trades: list[PoolTrade] = []
        self.before: dict[tuple[int, int], PairCurve] = {}

    def swap(
        self,
        sender: str,
        amount: int,
        *,
        forward: bool = True,
        contract: str = ROUTER,
        transaction: str = "",
        priority_fee: int = 0,
        pool: str = "",
    ) -> PoolTrade:
        at = len(self.trades)
        out, after = self.curve.swap(amount, forward=forward)
        trade = PoolTrade(
            pool=pool or self.pool,
            protocol="uniswap_v2",
            block=1,
            position=at,
            index=at,
            transaction=transaction or f"0x{at:064x}",
            sender=sender,
            contract=contract,
            forward=forward,
            amount_in=amount,
            amount_out=out,
            priority_fee=priority_fee,
        )
        self.before[trade.place] = self.curve
        if not pool:
            self.curve = after
        self.trades.append(trade)
        return trade

    def curve_before(self, trade: PoolTrade) -> PairCurve | None:
        return self.before.get(trade.place)
