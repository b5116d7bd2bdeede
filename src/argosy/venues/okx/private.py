"""One private OKX connection as a state machine: login, private streams, and order entry.

https://www.okx.com/docs-v5/en/#overview-websocket-login (read 2026-11). Does no I/O.
"""

import re
from collections.abc import Callable, Sequence

import msgspec

from argosy.errors import ArgosyError, NotSent, OutcomeUnknown, Unsupported, WireError
from argosy.model import (
    AmendOrder,
    CancelOrder,
    CommandDone,
    Credentials,
    Instrument,
    Nanos,
    PlaceOrder,
    VenueId,
    VenueOrderId,
)
from argosy.model.time import SECOND, to_ms
from argosy.ports import (
    NOTHING,
    Channel,
    CommandSession,
    Event,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
    Subscription,
)
from argosy.venues.catalog import VenueInfo
from argosy.venues.okx.envelope import decode_rows, judge
from argosy.venues.okx.errors import CODES, Doing, error_for
from argosy.venues.okx.lineage import Lineage
from argosy.venues.okx.names import VENUE, Names
from argosy.venues.okx.orders import ALGO_TYPES, amendment, cancellation, new_order
from argosy.venues.okx.private_data import PrivateReader
from argosy.venues.okx.sign import ORDER_DEADLINE_MS, login_frame
from argosy.venues.okx.streams import BUSINESS, PRIVATE, StreamArg
from argosy.venues.okx.upkeep import Pinger, Subscriptions, notice, read_message, status
from argosy.venues.okx.wire import Message
from argosy.venues.okx.wire_trade import Ack, Sent

COMMANDS_MAX = 2_000  # unanswered
ANSWER_WITHIN_S = 30
BATCH = 20
_WIRE_ID = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_OPTIONAL = frozenset({"algo-advance"})  # not offered to every account
_ALL = StreamArg(channel="orders", inst_type="ANY")
_ARGS: dict[tuple[str, Channel], tuple[StreamArg, ...]] = {
    (PRIVATE, Channel.ORDERS): (_ALL,),
    (PRIVATE, Channel.FILLS): (_ALL,),  # executions come with the orders, fees included
    (PRIVATE, Channel.BALANCES): (StreamArg(channel="account"),),
    (PRIVATE, Channel.POSITIONS): (StreamArg(channel="positions", inst_type="ANY"),),
    (BUSINESS, Channel.ORDERS): (
        StreamArg(channel="orders-algo", inst_type="ANY"),
        StreamArg(channel="algo-advance", inst_type="ANY"),
    ),
}


class Command(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """An order operation: https://www.okx.com/docs-v5/en/#order-book-trading-trade-ws-place-order"""

    id: str
    op: str
    args: tuple[Sent, ...]
    exp_time: str = ""


class OkxPrivateFeed:
    """The private streams: orders, balances and positions on one, algo orders on another."""

    def __init__(self, info: VenueInfo, names: Names, lineage: Lineage) -> None:
        self._info = info
        self._names = names
        self._lineage = lineage

    def private_plans(self) -> list[FeedPlan]:
        """The first carries order entry as well."""
        main = (Channel.ORDERS, Channel.FILLS, Channel.BALANCES, Channel.POSITIONS)
        return [
            FeedPlan(
                url=PRIVATE,
                private=True,
                subscriptions=tuple(Subscription(channel=channel) for channel in main),
            ),
            FeedPlan(
                url=BUSINESS,
                private=True,
                subscriptions=(Subscription(channel=Channel.ORDERS),),
            ),
        ]

    def private_session(self, plan: FeedPlan, credentials: Credentials) -> CommandSession:
        """The state machine for one private connection."""
        return PrivateSession(plan, credentials, self._names, self._info, self._lineage)


class PrivateSession:
    """One connection to the private or the business URL."""

    def __init__(
        self,
        plan: FeedPlan,
        credentials: Credentials,
        names: Names,
        info: VenueInfo,
        lineage: Lineage,
    ) -> None:
        self.plan = plan
        self._credentials = credentials
        self._names = names
        self._reader = PrivateReader(names, lineage)
        self._pinger = Pinger()
        self._subscriptions = Subscriptions(info.feed.subscribe_batch)
        self._logged_in = False
        self._commands: dict[str, tuple[tuple[str, ...], Nanos]] = {}  # by the id on the wire
        self._next_id = 1
        args: dict[StreamArg, None] = {}
        for subscription in plan.subscriptions:
            try:
                args |= dict.fromkeys(_ARGS[plan.url, subscription.channel])
            except KeyError:
                raise Unsupported(
                    f"OKX has no private {subscription.channel} on {plan.url}"
                ) from None
        self._args = list(args)

    def prepare(self) -> Sequence[SessionCall]:
        """Nothing: the login is a frame, not a token."""
        return ()

    def answer(self, tag: str, response: HttpResponse) -> Step:  # noqa: ARG002
        """Nothing was asked."""
        return NOTHING

    def open(self, now_ns: Nanos) -> Step:
        """Log in; subscriptions follow when that was confirmed."""
        self._pinger.heard_ns = now_ns
        if self.plan.listen:
            return NOTHING
        return Step(send=(login_frame(self._credentials, now_ns),))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """What a frame means."""
        self._pinger.heard_ns = received_ns
        if frame == b"pong":
            return NOTHING
        message = read_message(frame)
        if message.event:
            return self._event(message, received_ns)
        if message.op:
            return self._answered(message, received_ns)
        events = self._reader.read(message, received_ns)
        return Step(events=tuple(events)) if events else NOTHING

    def tick(self, now_ns: Nanos) -> Step:
        """Pings, subscriptions that were not confirmed, commands that were not answered."""
        if self.plan.listen:
            return NOTHING
        late = [
            ident
            for ident, (_, at_ns) in self._commands.items()
            if now_ns - at_ns > ANSWER_WITHIN_S * SECOND
        ]
        events = [event for ident in late for event in self._unknown(ident, now_ns)]
        send = (*self._pinger.due(now_ns), *self._subscriptions.again(now_ns))
        return Step(events=tuple(events), send=send) if events or send else NOTHING

    def close(self, now_ns: Nanos) -> Step:
        """The connection is gone: nobody knows what became of unanswered commands."""
        self._logged_in = False
        return Step(
            tuple(e for ident in list(self._commands) for e in self._unknown(ident, now_ns))
        )

    @property
    def ready(self) -> bool:
        """Whether it is logged in and every stream was confirmed."""
        return self._logged_in and self._subscriptions.complete

    def _event(self, message: Message, now_ns: Nanos) -> Step:
        code = str(message.code)
        detail = f"{code}: {message.msg or ''}"
        if message.event == "login" and code in {"0", ""}:
            self._logged_in = True
            return Step(send=self._subscriptions.ask(self._args, now_ns))
        if message.event == "login":
            return Step((status("login_failed", detail, now_ns),))
        if message.event == "subscribe":
            self._subscriptions.confirmed(message)
            return NOTHING
        if message.event == "notice":
            return notice(message, now_ns)
        if message.event not in {"error", "channel-conn-count-error"}:
            return NOTHING
        if message.id in self._commands:
            return self._answered(message, now_ns)
        if not self._logged_in:
            return Step((status("login_failed", detail, now_ns),))
        self._subscriptions.refused(message, _OPTIONAL)
        return Step((status("error", detail, now_ns),))

    # --- order entry --------------------------------------------------------------------------

    def place(self, order: PlaceOrder, command_id: str, now_ns: Nanos) -> str:
        """The frame that places a market or limit order."""
        return self.place_many([order], [command_id], now_ns)

    def amend(self, order: AmendOrder, command_id: str, now_ns: Nanos) -> str:
        """The frame that changes an order."""
        return self.amend_many([order], [command_id], now_ns)

    def cancel(self, order: CancelOrder, command_id: str, now_ns: Nanos) -> str:
        """The frame that cancels an order."""
        return self.cancel_many([order], [command_id], now_ns)

    def place_many(
        self, orders: Sequence[PlaceOrder], command_ids: Sequence[str], now_ns: Nanos
    ) -> str:
        """Up to 20 orders in a frame; a CommandDone follows for each."""
        args = [self._args_of(order, new_order) for order in orders]
        return self._command(("order", "batch-orders"), args, command_ids, now_ns, dated=True)

    def amend_many(
        self, orders: Sequence[AmendOrder], command_ids: Sequence[str], now_ns: Nanos
    ) -> str:
        """Up to 20 amendments in a frame; a CommandDone follows for each."""
        args = [self._args_of(order, amendment) for order in orders]
        names = ("amend-order", "batch-amend-orders")
        return self._command(names, args, command_ids, now_ns, dated=True)

    def cancel_many(
        self, orders: Sequence[CancelOrder], command_ids: Sequence[str], now_ns: Nanos
    ) -> str:
        """Up to 20 cancellations in a frame; a CommandDone follows for each."""
        args = [self._args_of(order, cancellation) for order in orders]
        names = ("cancel-order", "batch-cancel-orders")
        return self._command(names, args, command_ids, now_ns, dated=False)

    def _args_of(self, order: "Order", build: "Callable[..., Sent]") -> Sent:
        if order.type in ALGO_TYPES:
            raise Unsupported(f"OKX takes {order.type} orders over REST only")
        instrument: Instrument = self._names.instrument(order.instrument)
        return build(order, instrument, by_code=True)

    def _command(
        self,
        names: tuple[str, str],
        args: Sequence[Sent],
        command_ids: Sequence[str],
        now_ns: Nanos,
        *,
        dated: bool,
    ) -> str:
        if self.plan.url != PRIVATE:
            raise Unsupported(f"OKX takes orders on {PRIVATE}, not on {self.plan.url}")
        if not 1 <= len(args) <= BATCH or len(args) != len(command_ids):
            raise Unsupported(f"OKX takes 1 to {BATCH} orders in one frame, not {len(args)}")
        if not self._logged_in:
            raise NotSent("okx: the private stream is not logged in")
        if len(self._commands) >= COMMANDS_MAX:
            raise NotSent(f"okx: {COMMANDS_MAX} commands are unanswered on this connection")
        ident = command_ids[0]
        if _WIRE_ID.fullmatch(ident) is None or ident in self._commands:
            ident = f"argosy{self._next_id}"  # OKX takes letters and digits only
            self._next_id += 1
        command = Command(
            id=ident,
            op=names[0] if len(args) == 1 else names[1],
            args=tuple(args),
            exp_time=str(to_ms(now_ns) + ORDER_DEADLINE_MS) if dated else "",
        )
        self._commands[ident] = (tuple(command_ids), now_ns)
        return msgspec.json.encode(command).decode()

    def _answered(self, message: Message, now_ns: Nanos) -> Step:
        """What became of a command; answers to commands of nobody are left alone."""
        known = self._commands.get(message.id or "")
        if known is None:
            return NOTHING
        command_ids, _ = known
        code = str(message.code)
        acks = decode_rows(message.data, Ack, "an answer to a command") if not message.event else []
        if len(acks) != len(command_ids):
            if acks or code == "0":
                raise WireError(f"okx: {len(acks)} answers to {len(command_ids)} orders")
            error = error_for(code, message.msg or "", Doing.TRADING)
            results: list[Ack | ArgosyError] = [error] * len(command_ids)
        else:
            # A code of the whole request outdoes what it says of the items.
            whole = code not in {"0", "1", "2"} and code in CODES
            error = error_for(code, message.msg or "", Doing.TRADING)
            results = [error if whole else judge(ack) for ack in acks]
        del self._commands[message.id or ""]
        return Step(
            tuple(
                _done(command_id, result, now_ns)
                for command_id, result in zip(command_ids, results, strict=True)
            )
        )

    def _unknown(self, ident: str, now_ns: Nanos) -> list[Event]:
        command_ids, _ = self._commands.pop(ident)
        error = OutcomeUnknown("okx: the stream did not answer; look the order up")
        return [_done(command_id, error, now_ns) for command_id in command_ids]


Order = PlaceOrder | AmendOrder | CancelOrder


def _done(command_id: str, result: Ack | ArgosyError, now_ns: Nanos) -> CommandDone:
    venue_id = result.ord_id if isinstance(result, Ack) else None
    return CommandDone(
        venue=VenueId(VENUE),
        command_id=command_id,
        received_ns=now_ns,
        venue_id=VenueOrderId(venue_id) if venue_id else None,
        error=None if isinstance(result, Ack) else result,
    )
