"""Order entry at a venue of pools: each order is a swap, in one transaction of ours.

What was signed is on disk before a node has it, under the order's own id: so an order that is not
there was never sent, and one that is there is followed until the chain says what it came to.
"""

import asyncio
from decimal import Decimal

import msgspec
import structlog

from argosy.desk.chain import ChainAccount
from argosy.desk.link import VenueLink
from argosy.desk.sending import SwapSending, SwapToSend
from argosy.desk.token_trials import TokenTrials
from argosy.desk.trader import Patience, Trader
from argosy.desk.trial_ways import order_way
from argosy.dialects.pools.reverts import reason
from argosy.dialects.pools.router import router_of
from argosy.dialects.pools.swaps import Nothing, Quoted
from argosy.dialects.pools.venue import PoolVenue
from argosy.errors import (
    ArgosyError,
    NonceUsed,
    OrderNotFound,
    Reverted,
    Unsupported,
    VenueError,
)
from argosy.execution.journal import Journal
from argosy.model import (
    AmendOrder,
    Balance,
    CancelOrder,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    OrderReport,
    OrderStatus,
    PlaceOrder,
    VenueOrderId,
)
from argosy.model.money import ZERO, plain
from argosy.net.tx_journal import Transaction, TxState
from argosy.ports import Clock

_log = structlog.get_logger(__name__)
_CANCEL_S = 60.0
_AGAIN_S = 1.0  # between two readings of balances that transactions ask for


class SwapTrader(Trader):
    """Orders of the desk at one venue of pools."""

    def __init__(
        self,
        link: VenueLink,
        clock: Clock,
        account: ChainAccount,
        pools: PoolVenue,
        patience: Patience | None = None,
        journal: Journal | None = None,
    ) -> None:
        super().__init__(link, clock, patience, journal)
        self.account = account
        self.pools = pools
        self.wallet = f"{account.info.key} {account.address}"
        self.explained = account.explained
        account.explained_by = account.explained_by or link.id
        self.trials = TokenTrials(account, pools.swaps, clock)
        self.sending = SwapSending(account, pools.swaps.exchange, link.id)
        self._following: set[str] = set()
        self._moved = asyncio.Event()  # a transaction is final: balances are not as shown
        account.on_settled.append(self._settled)
        self._news: asyncio.Queue[Transaction] = asyncio.Queue(maxsize=1_000)

    # --- placing ----------------------------------------------------------------------------------

    def _can_trade(self) -> None:
        self.account.must_be_ready()

    def plan(self, order: PlaceOrder) -> Quoted:
        """An order as the swap that would be sent now. Raises as Swaps.quote does."""
        terms = self.account.terms
        return self.pools.swaps.quote(
            order,
            owner=self.account.address,
            deadline_s=self.account.deadline_s(),
            slippage=terms.slippage,
        )

    def preview(self, order: PlaceOrder) -> str:
        """What would be sent now, for people; why nothing would be."""
        try:
            quoted = self.plan(order)
        except Nothing as e:
            return f"nothing: {e}"
        router = router_of(self.pools.swaps.exchange, quoted.terms.spec)
        return f"transaction to {router}: {quoted.words} ({plain(quoted.value)} now)"

    async def _place(self, order: PlaceOrder) -> OrderReport:
        self.account.must_be_ready()
        try:
            quoted = self.plan(order)
        except Nothing as e:
            return self._report(order, OrderStatus.CANCELLED, reason_=str(e))
        self._within_limits(quoted)
        about = self.pools.swaps.about(order.instrument)
        await self.trials.check(order_way(order, quoted, about, self.plan))
        swaps, asked = self.pools.swaps, quoted.terms
        handed = await self.sending.send(
            SwapToSend(
                id=order.client_id,
                router=router_of(swaps.exchange, asked.spec),
                token=swaps.given(asked),
                amount=asked.most_in,
                deadline_s=asked.deadline_s,
                built=lambda permit: swaps.call(asked, permit),
            )
        )
        sent = handed.transaction
        if sent.note:
            _log.warning("a swap waits to be handed out", order=order.client_id, why=sent.note)
        return self._report(order, OrderStatus.ACCEPTED, sent)

    def _within_limits(self, quoted: Quoted) -> None:
        """Raises Blocked before anything is approved for a swap that would not be signed."""
        signer = self.account.signer
        assert signer is not None
        signer.review(self.pools.swaps.call(quoted.terms, None))

    # --- what became of it ------------------------------------------------------------------------

    def _settled(self, transaction: Transaction) -> None:
        """The chain said something of a transaction of this address."""
        if transaction.state.final:
            self._moved.set()
        if self._news.full():
            return  # reconciling finds it
        self._news.put_nowait(transaction)

    async def run(self) -> None:
        """See Trader.run; beside it, tell what the chain says of our transactions."""
        async with asyncio.TaskGroup() as group:
            group.create_task(super().run())
            group.create_task(self._listen())
            group.create_task(self._hold_again())
            group.create_task(self._begin())

    async def _begin(self) -> None:
        """What is held is read once the chain answers, not at the next round."""
        await self.account.opened()
        self._wake.set()

    async def _hold_again(self) -> None:
        """Read balances soon after transactions. What explains them may not be told yet: that is
        compared at the next reconciliation.
        """
        await self.link.started.wait()
        while True:
            await self._moved.wait()
            self._moved.clear()
            try:
                async with self._reconciling:
                    await self._hold()
            except ArgosyError as e:
                _log.info("balances not read", venue=self.link.id, why=str(e))
                self._moved.set()
            await self._clock.sleep(_AGAIN_S)

    async def _listen(self) -> None:
        while True:
            transaction = await self._news.get()
            try:
                await self._follow(transaction)
            except ArgosyError as e:
                self.link.detail = f"reading a swap: {e}"
                self._wake.set()

    async def _follow(self, transaction: Transaction) -> None:
        """Tell what a transaction means for its order, once it is final."""
        if transaction.state.final:
            await self._count_gas(transaction)
        client_id = ClientOrderId(transaction.request.id)
        known = self.ledger.find(client_id)
        if known is None or known.status.final:
            return
        order = self.record.intents.get(client_id)
        if order is None:
            return
        if not transaction.state.final:
            if known.status is not OrderStatus.ACCEPTED:
                self.event(self._report(order, OrderStatus.ACCEPTED, transaction))
            return
        await self._finish(order, transaction)

    async def _finish(self, order: PlaceOrder, transaction: Transaction) -> None:
        state = transaction.state
        if state is TxState.DONE:
            await self._filled(order, transaction)
            return
        words = {
            TxState.CANCELLED: "cancelled: an empty transaction took its place",
            TxState.REPLACED: "a transaction that is not ours took its place",
        }.get(state, "")
        if state is TxState.REVERTED:
            words = await self._why(transaction)
        self.event(self._report(order, OrderStatus.CANCELLED, transaction, reason_=words))

    async def _filled(self, order: PlaceOrder, transaction: Transaction) -> None:
        done = await self.account.contracts.receipt(transaction)
        found = self.pools.swaps.outcome(order.instrument, done.logs)
        now_ns = self._clock.now_ns()
        venue_id = VenueOrderId(transaction.attempts[0].hash)
        self.event(
            Fill(
                instrument=order.instrument,
                venue_order_id=venue_id,
                venue_trade_id=f"{transaction.mined_hash}-{found.log_index}",
                side=order.side,
                price=found.price,
                size=found.size,
                fee=Decimal(done.gas_cost).scaleb(-18),
                fee_currency=self.account.info.native,
                liquidity=Liquidity.TAKER,
                venue_ns=now_ns,
                received_ns=now_ns,
                client_id=order.client_id,
            )
        )
        whole = order.size is not None and found.size >= order.size
        status = OrderStatus.FILLED if whole else OrderStatus.CANCELLED
        words = "" if whole else "the rest was beyond its limit"
        report = self._report(order, status, transaction, reason_=words)
        self.event(msgspec.structs.replace(report, filled=found.size, average_price=found.price))

    async def _why(self, transaction: Transaction) -> str:
        """Why a mined transaction failed: by the node's own trace where it has one, else by trying
        it again on the block before it, which does not know what came before it in its own.
        """
        request = transaction.request
        fields = {"from": self.account.address, "to": request.to or "", "data": request.data}
        if request.value:
            fields["value"] = hex(request.value)
        before = hex(max(transaction.block_number - 1, 0))
        call = self.account.rpc.call
        try:
            traced = await call(
                "debug_traceTransaction", transaction.mined_hash, {"tracer": "callTracer"}
            )
            if isinstance(traced, dict) and traced.get("error"):
                return f"reverted: {reason(str(traced.get('output') or '0x'))}"
        except ArgosyError:
            pass  # few nodes of providers have it
        try:
            await call("eth_call", fields, before)
        except Reverted as e:
            return f"reverted: {reason(e.data)}"
        except ArgosyError:
            pass
        return (
            "reverted in its block, for what came before it there: most likely the price had moved"
        )

    async def _count_gas(self, transaction: Transaction) -> None:
        """Gas of what is no fill (approvals, failures, cancellations) changes the balance too."""
        if not transaction.mined_hash or transaction.request.id in self._following:
            return
        filled = transaction.state is TxState.DONE
        if filled and self.ledger.find(ClientOrderId(transaction.request.id)) is not None:
            return  # it is the fill's fee
        if not self._ours(transaction):
            return
        self._following.add(transaction.request.id)
        done = await self.account.contracts.receipt(transaction)
        cost = Decimal(done.gas_cost).scaleb(-18)
        self.explained.known(self.account.info.native, -cost, self._clock.now_ns())

    def _ours(self, transaction: Transaction) -> bool:
        order = transaction.request.id.partition(".")[0]
        return self.ledger.find(ClientOrderId(order)) is not None

    # --- asked ------------------------------------------------------------------------------------

    async def refresh(
        self, instrument: InstrumentId, client_id: ClientOrderId, venue_id: str | None = None
    ) -> OrderReport:
        """What the chain, and what was signed, say of an order."""
        sender = self.account.must_be_ready()
        await self.account.settle()
        known = self.ledger.find(client_id) or (self.ledger.find(venue_id) if venue_id else None)
        name = known.client_id if known is not None and known.client_id else client_id
        transaction = await sender.find(name)
        if transaction is None:
            raise OrderNotFound(f"no transaction was signed for {name}", venue=self.link.id)
        await self._follow(transaction)
        found = self.ledger.find(name)
        if found is None:
            raise OrderNotFound(f"{instrument} has no order {name}", venue=self.link.id)
        return found

    async def amend(self, amend: AmendOrder) -> OrderReport:
        """A swap that was sent is as it is."""
        raise Unsupported(f"{amend.instrument}: a swap cannot be changed, only cancelled")

    async def cancel(self, cancel: CancelOrder) -> OrderReport:
        """Put an empty transaction in its place; what became of it the chain decides."""
        sender = self.account.must_be_ready()
        known = self.ledger.find(cancel.venue_id or cancel.client_id)
        name = known.client_id if known is not None and known.client_id else cancel.client_id
        self.record.asks(name, "cancel")
        if await sender.find(name) is not None:
            try:
                await sender.cancel(name)
            except NonceUsed:
                pass  # it is in the chain: what it came to is asked below
        until_ns = self._clock.monotonic_ns() + round(_CANCEL_S * 1e9)
        while True:
            report = await self.refresh(cancel.instrument, name)
            if report.status.final or self._clock.monotonic_ns() > until_ns:
                return report
            await self._clock.sleep(0.1)

    async def cancel_all(self, instrument: InstrumentId | None = None) -> list[str]:
        """Cancel what waits, one after another."""
        over: list[str] = []
        for report in self.ledger.open():
            if instrument not in {None, report.instrument} or report.client_id is None:
                continue
            try:
                after = await self.cancel(
                    CancelOrder(instrument=report.instrument, client_id=report.client_id)
                )
            except VenueError as e:
                _log.warning("not cancelled", order=report.client_id, why=str(e))
                continue
            if after.status.final and after.status is not OrderStatus.FILLED:
                over.append(after.venue_id)
        return over

    async def _reconcile(self) -> None:
        """Compare with the chain: what is open, then what the address holds."""
        if not self.account.ready:
            return
        began_ns = self._clock.now_ns()
        await self.account.settle()
        sender = self.account.must_be_ready()
        for report in self.ledger.open():
            if report.client_id is None:
                continue
            transaction = await sender.find(report.client_id)
            if transaction is not None:
                await self._follow(transaction)
        balances, asked_ns = await self._hold()
        if self.account.explained_by == self.link.id and not sender.open_transactions:
            self._explain(balances, [], asked_ns)
        self.last_reconciled_ns = began_ns
        self.record.mark("reconciled_ns", began_ns)

    async def _hold(self) -> tuple[list[Balance], int]:
        """Take in what the address holds; returns it, and when it was asked."""
        native = await self.account.native_balance()
        asked_ns = self._clock.now_ns()
        reading = self.pools.swaps.balances(self.account.address, native, self._clock.now_ns)
        balances = await self.account.contracts.ask(reading)
        self.ledger.holds_only(balances, [], asked_ns)
        return balances, asked_ns

    # --- within -----------------------------------------------------------------------------------

    def _report(
        self,
        order: PlaceOrder,
        status: OrderStatus,
        transaction: Transaction | None = None,
        reason_: str = "",
    ) -> OrderReport:
        now_ns = self._clock.now_ns()
        name = transaction.attempts[0].hash if transaction is not None else order.client_id
        return OrderReport(
            instrument=order.instrument,
            venue_id=VenueOrderId(name),
            status=status,
            side=order.side,
            type=order.type,
            filled=ZERO,
            venue_ns=now_ns,
            received_ns=now_ns,
            client_id=order.client_id,
            size=order.size,
            price=order.price,
            time_in_force=order.time_in_force,
            reason=reason_,
        )
