"""The orders that works place: sent, withdrawn and amended, each child's actions in their order."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from argosy.desk.trader import Trader
from argosy.errors import ArgosyError, ConfigError, InsufficientFunds
from argosy.execution.journal import Intended
from argosy.execution.work import Child, Place, Reprice, Withdraw, Work
from argosy.model import (
    AmendOrder,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    split_id,
)
from argosy.ports import Clock

_AGAIN_S = 0.2
_AGAIN_MAX_S = 5.0
_log = structlog.get_logger(__name__)


class Children:
    """Sends what works decided. Actions on one child keep their order; different ones do not wait
    for each other. `heard` is told every report of an order.
    """

    def __init__(self, clock: Clock, traders: Mapping[str, Trader]) -> None:
        self.heard: Callable[[OrderReport], None] = lambda _report: None
        self.group: asyncio.TaskGroup | None = None
        self._clock = clock
        self._traders = traders
        self._tasks: dict[ClientOrderId, asyncio.Task[None]] = {}  # the latest of each child
        self._poor: set[ClientOrderId] = set()  # refused for want of funds

    def attach(self, trader: Trader) -> None:
        """Hear what becomes of a venue's orders."""
        trader.record.on_order.append(self._heard)

    def _heard(self, report: OrderReport) -> None:
        self.heard(report)

    def trader(self, instrument: InstrumentId) -> Trader:
        """Who trades an instrument; ConfigError when no one does."""
        venue = split_id(instrument)[0]
        if venue not in self._traders:
            raise ConfigError(f"no venue {venue!r} on this desk trades {instrument}")
        return self._traders[venue]

    # --- what is known ----------------------------------------------------------------------------

    def known(self, children: tuple[Child, ...]) -> bool:
        """Whether every venue was reconciled since the start and none of these is in doubt."""
        for child in children:
            trader = self.trader(child.instrument)
            if not trader.last_reconciled_ns or child.client_id in trader.unresolved:
                return False
        return True

    def report(self, child: Child) -> OrderReport | None:
        """What is known of a child."""
        return self.trader(child.instrument).ledger.find(child.client_id)

    def refusal(self, report: OrderReport) -> bool:
        """Whether a refused order was refused for want of funds."""
        assert report.client_id is not None
        poor = report.client_id in self._poor
        self._poor.discard(report.client_id)
        return poor

    # --- doing ------------------------------------------------------------------------------------

    def intention(self, order: PlaceOrder, work: str) -> Intended:
        """A child as pending, to be made durable with its work. ConfigError: it cannot be."""
        record = self.trader(order.instrument).record
        record.check_new(order)
        return record.intention(order, work)

    def forget(self, client_id: ClientOrderId) -> None:
        """An intention that did not become durable."""
        for trader in self._traders.values():
            trader.record.forget(client_id)

    def do(self, action: Place | Withdraw | Reprice, work: Work) -> None:
        """Carry an action out once those before it on the same child are done."""
        assert self.group is not None
        if isinstance(action, Place):
            client_id, doing = action.order.client_id, self._place(action)
        else:
            client_id = action.client_id
            child = work.child(client_id)
            if child is None:
                return  # it became final since that was decided
            if isinstance(action, Withdraw):
                doing = self._withdraw(client_id, child.instrument)
            else:
                doing = self._reprice(action, child.instrument)
        before = self._tasks.get(client_id)

        async def after() -> None:
            if before is not None:
                await asyncio.wait((before,))
            try:
                await doing
            except Exception as e:  # its outcome is in doubt, and looked up as any other
                _log.error("child's action failed", child=client_id, exc_info=e)
            finally:
                if self._tasks.get(client_id) is task:
                    del self._tasks[client_id]

        task = self.group.create_task(after())
        self._tasks[client_id] = task

    async def _place(self, action: Place) -> None:
        order = action.order
        trader = self.trader(order.instrument)
        try:
            await trader.send(order)
        except InsufficientFunds:
            self._poor.add(order.client_id)
        except ArgosyError as e:  # settled in the record, which told the work
            _log.info("child refused", child=order.client_id, error=str(e))

    async def _withdraw(self, client_id: ClientOrderId, instrument: InstrumentId) -> None:
        """Cancel until it is over: a cancellation may be repeated, and has to come through."""
        trader = self.trader(instrument)
        pause_s = _AGAIN_S
        while True:
            known = trader.ledger.find(client_id)
            if known is not None and known.status.final:
                self.heard(known)
                return
            try:
                ended = await trader.cancel(
                    CancelOrder(
                        instrument=instrument,
                        client_id=client_id,
                        venue_id=(known.venue_id or None) if known else None,
                        type=known.type if known else OrderType.LIMIT,
                    )
                )
            except ArgosyError as e:
                _log.info("cancellation goes on", child=client_id, error=str(e))
            else:
                if ended.status.final:
                    self.heard(ended)
                    return
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, _AGAIN_MAX_S)

    async def _reprice(self, action: Reprice, instrument: InstrumentId) -> None:
        trader = self.trader(instrument)
        known = trader.ledger.find(action.client_id)
        try:
            await trader.amend(
                AmendOrder(
                    instrument=instrument,
                    client_id=action.client_id,
                    venue_id=(known.venue_id or None) if known else None,
                    new_size=action.size,
                    new_price=action.price,
                    type=known.type if known else OrderType.LIMIT,
                )
            )
        except ArgosyError as e:
            _log.info("amendment failed", child=action.client_id, error=str(e))
        known = trader.ledger.find(action.client_id)
        if known is not None and known.status is not OrderStatus.UNKNOWN:
            self.heard(known)
