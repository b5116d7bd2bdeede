"""Orders as people and programs ask for them: words in, checked commands out, reports back."""

import difflib
import random
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

import msgspec

from argosy.desk.desk import Desk
from argosy.desk.link import VenueLink
from argosy.desk.stories import Story, story
from argosy.desk.support import declared
from argosy.desk.works import WorkRunner
from argosy.errors import (
    ConfigError,
    InvalidOrder,
    OrderRejected,
    OutcomeUnknown,
    Unsupported,
)
from argosy.execution.emulated import How, choose
from argosy.execution.work import Change, Stop, Work
from argosy.model import (
    AmendOrder,
    AttachedExit,
    CancelOrder,
    ClientOrderId,
    Fill,
    Instrument,
    InstrumentId,
    MarginMode,
    Nanos,
    OffsetUnit,
    OrderReport,
    OrderStatus,
    OrderType,
    Peg,
    PegTo,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
)
from argosy.model.money import ZERO, on_grid, parse_decimal, plain
from argosy.model.time import SECOND

_LONGEST_S = 10 * 365 * 86_400

E = TypeVar("E", bound=StrEnum)


class OrderAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order in words. Numbers are decimal strings; what is left out is left to the defaults."""

    instrument: str
    side: str
    size: str = ""
    quote_size: str = ""
    type: str = "limit"
    price: str = ""
    time_in_force: str = "gtc"
    expire_in_s: float | None = None
    post_only: bool = False
    reduce_only: bool = False
    trigger_price: str = ""
    trigger_by: str = "last"
    trailing: str = ""  # "50" in quote units, "1.5%" or "20 ticks"
    activation_price: str = ""
    display_size: str = ""
    margin: str = "cash"
    leverage: str = ""
    position_side: str = "net"
    self_trade: str = ""
    take_profit: str = ""
    take_profit_limit: str = ""
    take_profit_rests: bool = False
    stop_loss: str = ""
    stop_loss_limit: str = ""
    exit_trailing: str = ""  # instead of stop_loss: "50", "1.5%" or "20 ticks"
    display_variance: str = ""  # iceberg: 0.2 varies its slices by a fifth
    peg: str = ""  # pegged: primary, market or mid
    peg_offset: str = ""  # "0.5" or "2 ticks"; above 0 is away from the market
    then: "OrderAsk | None" = None  # OTO: what follows its fills
    client_id: str = ""


class AmendAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change of an order, by our id or the venue's."""

    order: str
    size: str = ""
    price: str = ""
    trigger_price: str = ""


class CancelAsk(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cancellation, by our id or the venue's; or of everything at a venue."""

    order: str = ""
    venue: str = ""
    instrument: str = ""


class ListedOrder(
    OrderReport, frozen=True, kw_only=True, tag_field="event", tag="order", omit_defaults=True
):
    """An order as it is listed: a report, and whether it was placed from elsewhere."""

    foreign: bool = False


def _listed(report: OrderReport, *, foreign: bool = False) -> ListedOrder:
    parts = {name: getattr(report, name) for name in OrderReport.__struct_fields__}
    return ListedOrder(**parts, foreign=foreign)


def new_client_id(rng: random.Random) -> ClientOrderId:
    """An id no one had before and that every venue takes: 32 hexadecimal digits."""
    return ClientOrderId(uuid.UUID(int=rng.getrandbits(128), version=4).hex)


def command(ask: OrderAsk, now_ns: Nanos, client_id: ClientOrderId) -> PlaceOrder:
    """The order an ask describes. ConfigError naming the word that cannot be understood."""
    in_s = ask.expire_in_s
    if in_s is not None and not 0 < in_s < _LONGEST_S:
        raise ConfigError(f"order: expire_in_s is {in_s}; it must be above 0 and under ten years")
    try:
        return PlaceOrder(
            instrument=InstrumentId(ask.instrument),
            client_id=ClientOrderId(ask.client_id) or client_id,
            side=_word(Side, ask.side, "side"),
            type=_word(OrderType, ask.type, "type"),
            size=_number(ask.size, "size"),
            quote_size=_number(ask.quote_size, "quote_size"),
            price=_number(ask.price, "price"),
            time_in_force=_word(TimeInForce, ask.time_in_force, "time_in_force"),
            expire_ns=(None if in_s is None else Nanos(now_ns + round(in_s * SECOND))),
            post_only=ask.post_only,
            reduce_only=ask.reduce_only,
            trigger=_trigger(ask),
            display_size=_number(ask.display_size, "display_size"),
            margin_mode=_word(MarginMode, ask.margin, "margin"),
            leverage=_number(ask.leverage, "leverage"),
            position_side=_word(PositionSide, ask.position_side, "position_side"),
            self_trade=(
                _word(SelfTradePrevention, ask.self_trade, "self_trade") if ask.self_trade else None
            ),
            exit=_exit(ask),
            display_variance=_number(ask.display_variance, "display_variance"),
            peg=_peg(ask),
            then=_then(ask, now_ns, client_id),
        )
    except ValueError as e:
        raise ConfigError(f"order: {e}") from None


def _word(kind: type[E], text: str, name: str) -> E:
    try:
        return kind(text.lower().replace("-", "_"))
    except ValueError:
        raise ValueError(
            f"{name} is {text!r}; it must be one of {', '.join(member.value for member in kind)}"
        ) from None


def _number(text: str, name: str) -> Decimal | None:
    return parse_decimal(text, name) if text else None


def distance_in_words(text: str, name: str) -> tuple[Decimal | None, OffsetUnit]:
    """A distance in words: "50", "1.5%" or "20 ticks"."""
    if text.endswith("%"):
        return _number(text[:-1].strip(), name), OffsetUnit.PERCENT
    if text.endswith(("ticks", "tick")):
        return _number(text.partition("tick")[0].strip(), name), OffsetUnit.TICKS
    return _number(text, name), OffsetUnit.PRICE


def _trigger(ask: OrderAsk) -> Trigger | None:
    if not ask.trigger_price and not ask.trailing:
        return None
    offset, unit = distance_in_words(ask.trailing, "trailing")
    return Trigger(
        price=_number(ask.trigger_price, "trigger_price"),
        source=_word(TriggerSource, ask.trigger_by, "trigger_by"),
        offset=offset,
        offset_unit=unit,
        activation_price=_number(ask.activation_price, "activation_price"),
    )


def _exit(ask: OrderAsk) -> AttachedExit | None:
    if not ask.take_profit and not ask.stop_loss and not ask.exit_trailing:
        return None
    trail, unit = distance_in_words(ask.exit_trailing, "exit_trailing")
    return AttachedExit(
        take_profit=_number(ask.take_profit, "take_profit"),
        take_profit_limit=_number(ask.take_profit_limit, "take_profit_limit"),
        take_profit_rests=ask.take_profit_rests,
        stop_loss=_number(ask.stop_loss, "stop_loss"),
        stop_loss_limit=_number(ask.stop_loss_limit, "stop_loss_limit"),
        trail=trail,
        trail_unit=unit,
    )


def _peg(ask: OrderAsk) -> Peg | None:
    if not ask.peg:
        return None
    offset, unit = distance_in_words(ask.peg_offset, "peg_offset")
    return Peg(to=_word(PegTo, ask.peg, "peg"), offset=offset or ZERO, offset_unit=unit)


def _then(ask: OrderAsk, now_ns: Nanos, client_id: ClientOrderId) -> PlaceOrder | None:
    if ask.then is None:
        return None
    if ask.then.then is not None:
        raise ValueError("what follows may not have an order that follows it in turn")
    return command(ask.then, now_ns, client_id)


def check(order: PlaceOrder, instrument: Instrument) -> None:
    """Refuse what the venue is known to refuse, before anything is sent.

    Raises:
        InvalidOrder: a price or size off the grid, or a size outside the instrument's bounds.
    """

    def refuse(what: str) -> InvalidOrder:
        return InvalidOrder(f"{instrument.id}: {what}")

    if order.price is not None and not on_grid(order.price, instrument.price_increment):
        step = plain(instrument.price_increment)
        raise refuse(f"price {plain(order.price)} is no multiple of {step}")
    for name, size in (("size", order.size), ("display_size", order.display_size)):
        if size is not None and not on_grid(size, instrument.size_increment):
            step = plain(instrument.size_increment)
            raise refuse(f"{name} {plain(size)} is no multiple of {step}")
    if order.size is None:
        return
    if instrument.min_size is not None and order.size < instrument.min_size:
        raise refuse(f"size {plain(order.size)} is below the least, {plain(instrument.min_size)}")
    if instrument.max_size is not None and order.size > instrument.max_size:
        raise refuse(f"size {plain(order.size)} is above the most, {plain(instrument.max_size)}")


def unlisted(wanted: str, link: VenueLink) -> str:
    if not link.instruments:
        return f"{link.id} is not connected yet ({link.detail}); try again shortly"
    near = difflib.get_close_matches(wanted, link.instruments, n=3, cutoff=0.5)
    return f"{link.id} lists no {wanted}" + (f"; did you mean {' or '.join(near)}?" if near else "")


class OrderDesk:
    """Order entry for the API and the CLI."""

    def __init__(self, desk: Desk, rng: random.Random) -> None:
        self.desk = desk
        self.rng = rng

    async def story(self, order_id: str) -> Story:
        """All that the journal has of an order, a route or a work."""
        return await story(self.desk, order_id)

    async def place(self, ask: OrderAsk) -> OrderReport:
        """Place an order; see Trader.place for what it raises."""
        order = command(ask, self.desk.now_ns(), new_client_id(self.rng))
        try:
            trader = self.desk.trader(order.instrument)
        except ValueError as e:
            raise ConfigError(str(e)) from None
        instrument = trader.link.instruments.get(order.instrument)
        if instrument is None:
            raise ConfigError(unlisted(order.instrument, trader.link))
        check(order, instrument)
        chosen = choose(
            order,
            declared(trader.link.adapter.info),
            now_ns=self.desk.now_ns(),
            seed=self.rng.getrandbits(32),
            fee_in_base=trader.link.fee_in_base(instrument),
        )
        if chosen.how is How.UNSUPPORTED:
            raise Unsupported(f"{order.instrument}: {chosen.reason}")
        if chosen.work is None:
            return await trader.place(order)
        works = self._works()
        if trader.ledger.find(order.client_id) is not None:
            raise ConfigError(f"client id {order.client_id!r} was used before; use an id once")
        work = await works.start(chosen.work)
        return work.report(self.desk.now_ns())

    def _works(self) -> WorkRunner:
        if self.desk.works is None:
            raise ConfigError("this desk works no orders: it keeps no journal without an API key")
        return self.desk.works

    async def amend(self, ask: AmendAsk) -> OrderReport:
        """Change an order that this desk knows."""
        work = self._worked(ask.order)
        if work is not None:
            change = Change(
                size=_number(ask.size, "size"),
                price=_number(ask.price, "price"),
                trigger_price=_number(ask.trigger_price, "trigger_price"),
            )
            return (await self._works().ask(work.id, change)).report(self.desk.now_ns())
        venue, report = self.known(ask.order)
        try:
            amend = AmendOrder(
                instrument=report.instrument,
                client_id=report.client_id or ClientOrderId(""),
                venue_id=report.venue_id or None,
                new_size=_number(ask.size, "size"),
                new_price=_number(ask.price, "price"),
                new_trigger_price=_number(ask.trigger_price, "trigger_price"),
                type=report.type,
            )
        except ValueError as e:
            raise ConfigError(f"order: {e}") from None
        return await self.desk.traders[venue].amend(amend)

    async def cancel(self, ask: CancelAsk) -> list[str]:
        """Cancel one order or many; returns the ids of what is cancelled."""
        work = self._worked(ask.order) if ask.order else None
        if work is not None:
            return [await self._stopped(work.id)]
        if ask.order:
            venue, report = self.known(ask.order)
            ended = await self.desk.traders[venue].cancel(
                CancelOrder(
                    instrument=report.instrument,
                    client_id=report.client_id or ClientOrderId(""),
                    venue_id=report.venue_id or None,
                    type=report.type,
                )
            )
            if ended.status in {OrderStatus.FILLED, OrderStatus.REJECTED}:
                raise OrderRejected(f"{ask.order} cannot be cancelled: it is {ended.status}")
            return [ended.venue_id]
        instrument = InstrumentId(ask.instrument) if ask.instrument else None
        where = ask.venue or (ask.instrument or "")
        if not where:
            raise ConfigError("say which order, or give a venue or an instrument to cancel all of")
        trader = self.desk.trader(where)
        if instrument is not None and not instrument.startswith(f"{trader.link.id}:"):
            raise ConfigError(f"{instrument} is not an instrument of {trader.link.id}")
        stopped: list[ClientOrderId] = []
        if self.desk.works is not None:
            here = f"{trader.link.id}:"
            stopped = self.desk.works.stop_all(
                lambda work: (
                    instrument in {None, work.instrument} and work.instrument.startswith(here)
                )
            )
        return [*stopped, *await trader.cancel_all(instrument)]

    def _worked(self, order_id: str) -> Work | None:
        """The work of that id that runs."""
        work = self.desk.works.find(order_id) if self.desk.works is not None else None
        return work if work is not None and not work.done else None

    async def _stopped(self, work_id: ClientOrderId) -> str:
        """Stop a work and wait until its children are gone; raises when it filled meanwhile."""
        works = self._works()
        await works.ask(work_id, Stop())
        until_ns = self.desk.clock.monotonic_ns() + 15 * SECOND
        while (work := works.find(work_id)) is not None and not work.done:
            if self.desk.clock.monotonic_ns() > until_ns:
                raise OutcomeUnknown(f"{work_id} is being withdrawn; `argosy order list` shows it")
            await self.desk.clock.sleep(0.02)
        if work is not None and work.status is OrderStatus.FILLED:
            raise OrderRejected(f"{work_id} cannot be cancelled: it is filled")
        return work_id

    def known(self, order_id: str) -> tuple[str, OrderReport]:
        """The venue and the latest report of an order."""
        for venue, trader in self.desk.traders.items():
            report = trader.ledger.find(order_id)
            if report is not None:
                return venue, report
        raise ConfigError(f"this desk knows no order {order_id!r}; `argosy order list --all`")

    def orders(self, *, everything: bool = False) -> list[ListedOrder]:
        """Open orders, or all that are remembered, oldest first; those worked here, then their
        children, as orders of their own.
        """
        found = [
            _listed(report, foreign=report.venue_id in trader.ledger.foreign)
            for trader in self.desk.traders.values()
            for report in (trader.ledger.everything() if everything else trader.ledger.open())
        ]
        works = self.desk.works
        if works is not None:
            now_ns = self.desk.now_ns()
            running = [*works.works(), *(works.finished if everything else ())]
            found += [_listed(work.report(now_ns)) for work in running]
        return sorted(found, key=lambda report: report.created_ns or report.venue_ns)

    def fills(self) -> list[Fill]:
        """Fills that are remembered, oldest first."""
        found = [
            fill for trader in self.desk.traders.values() for fill in trader.ledger.fills.values()
        ]
        return sorted(found, key=lambda fill: fill.venue_ns)
