"""Kraken's private stream: orders, fills, balances and order entry, WebSocket v2. Does no I/O.

https://docs.kraken.com/exchange/guides/websockets/authentication (2026-11-22)
"""

from collections.abc import Sequence

from argosy.errors import StreamGap, VenueError, WireError
from argosy.model import (
    AmendOrder,
    CancelOrder,
    Credentials,
    GapReason,
    Nanos,
    PlaceOrder,
    VenueId,
    VenueStatus,
)
from argosy.model.time import SECOND
from argosy.ports import (
    NOTHING,
    Channel,
    CommandSession,
    FeedPlan,
    HttpResponse,
    SessionCall,
    Step,
    Subscription,
)
from argosy.venues.kraken import rest, wire, wire_rest
from argosy.venues.kraken.account import balances_of
from argosy.venues.kraken.commands import Commands
from argosy.venues.kraken.executions import Holds, OrderMemory
from argosy.venues.kraken.session import CONFIRM_WITHIN_NS, PING_EVERY_NS, PONG_WITHIN_NS
from argosy.venues.kraken.symbols import VENUE, Symbols

TOKEN = "token"  # noqa: S105  # a tag, not a secret
BALANCES = "balances"
_CHANNELS = ("executions", "balances")
# What orders hold is asked of REST after changes, at most this often: a call costs 1 of 0.33 a
# second.
_HOLDS_EVERY_NS = 15 * SECOND


class KrakenPrivate:
    """A PrivateFeed."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols

    def private_plans(self) -> list[FeedPlan]:
        """One connection carries everything."""
        wanted = (Channel.ORDERS, Channel.FILLS, Channel.BALANCES)
        subscriptions = tuple(Subscription(channel=channel) for channel in wanted)
        return [FeedPlan(url="ws_private", subscriptions=subscriptions, private=True)]

    def private_session(self, plan: FeedPlan, credentials: Credentials) -> CommandSession:
        """The state machine for one connection; its REST calls are signed by whoever makes them."""
        del credentials
        return PrivateSession(plan, self._symbols)


class PrivateSession:
    """A CommandSession."""

    def __init__(self, plan: FeedPlan, symbols: Symbols) -> None:
        self.plan = plan
        self._commands = Commands(symbols)
        self._orders = OrderMemory()
        self._holds = Holds()
        self._token = ""
        self._sequences: dict[str, int] = {}
        self._confirmed: set[str] = set()
        self._opened_ns: Nanos | None = None
        self._pinged_ns: Nanos | None = None
        self._ping_due_ns: Nanos | None = None
        self._holds_due = False
        self._holds_asked_ns = Nanos(0)
        self._last_id = 0

    def __repr__(self) -> str:
        return f"PrivateSession(ready={self.ready})"

    # --- FeedSession --------------------------------------------------------------------------

    def prepare(self) -> Sequence[SessionCall]:
        """A token, which is good for a quarter of an hour or as long as the connection; and what
        open orders hold.
        """
        return (
            SessionCall(TOKEN, rest.private("GetWebSocketsToken")),
            SessionCall(BALANCES, rest.private("BalanceEx")),
        )

    def answer(self, tag: str, response: HttpResponse) -> Step:
        """Raises VenueError when there is no token to be had; without balances one can live."""
        if tag == TOKEN:
            self._token = rest.unwrap(wire_rest.token, response, "GetWebSocketsToken").token
            return NOTHING
        if tag != BALANCES:
            raise WireError(f"kraken: an answer to {tag!r}, which was not asked")
        self._holds_asked_ns = response.received_ns
        try:
            found = balances_of(rest.unwrap(wire_rest.balances, response, "BalanceEx"), response)
        except (VenueError, WireError) as e:
            return self._told("error", f"BalanceEx: {e}", response.received_ns)
        self._holds.learn(found)
        return Step(tuple(found))

    def open(self, now_ns: Nanos) -> Step:
        """Subscribe. Past trades come too: those that happened while nobody listened."""
        if not self._token:
            raise StreamGap("kraken: the token was not answered before the connection was opened")
        self._opened_ns = now_ns
        self._ping_due_ns = Nanos(now_ns + PING_EVERY_NS)
        executions = {
            "channel": "executions",
            "snap_orders": True,
            "snap_trades": True,
            "token": self._token,
        }
        balances = {"channel": "balances", "snapshot": True, "token": self._token}
        return Step(send=tuple(self._request("subscribe", each) for each in (executions, balances)))

    def receive(self, frame: bytes, received_ns: Nanos) -> Step:
        """One frame. Raises WireError; StreamGap when messages were lost."""
        message = wire.read(wire.envelope, frame, "v2 frame")
        try:
            if message.channel:
                return self._data(message, received_ns)
            return self._reply(message, received_ns)
        except (ValueError, ArithmeticError) as e:
            raise WireError(f"kraken {message.channel or message.method}: {e}") from e

    def tick(self, now_ns: Nanos) -> Step:
        """Ping; end commands nobody answered; ask what orders hold. Raises StreamGap."""
        if self._pinged_ns is not None and now_ns - self._pinged_ns > PONG_WITHIN_NS:
            raise StreamGap("kraken answered no ping", reason=GapReason.STALE)
        waited = self._opened_ns is not None and now_ns - self._opened_ns > CONFIRM_WITHIN_NS
        if waited and not self.ready:
            raise StreamGap("kraken did not confirm the private streams", reason=GapReason.STALE)
        send: tuple[str, ...] = ()
        if self._ping_due_ns is not None and now_ns >= self._ping_due_ns:
            send = (self._request("ping", {}),)
            self._pinged_ns = now_ns
            self._ping_due_ns = Nanos(now_ns + PING_EVERY_NS)
        calls: tuple[SessionCall, ...] = ()
        if self._holds_due and now_ns - self._holds_asked_ns >= _HOLDS_EVERY_NS:
            self._holds_due = False
            self._holds_asked_ns = now_ns
            calls = (SessionCall(BALANCES, rest.private("BalanceEx")),)
        return Step(tuple(self._commands.overdue(now_ns)), send, calls)

    def close(self, now_ns: Nanos) -> Step:
        """What became of the commands on their way is unknown."""
        self._opened_ns = self._ping_due_ns = self._pinged_ns = None
        self._confirmed.clear()
        return Step(tuple(self._commands.lost(now_ns)))

    @property
    def ready(self) -> bool:
        """Whether both streams were confirmed and sent their snapshots."""
        return all(name in self._confirmed and name in self._sequences for name in _CHANNELS)

    # --- CommandSession -------------------------------------------------------------------------

    def place(self, order: PlaceOrder, command_id: str, now_ns: Nanos) -> str:
        """add_order."""
        return self._commands.place(order, self._token, (command_id, now_ns))

    def amend(self, order: AmendOrder, command_id: str, now_ns: Nanos) -> str:
        """amend_order."""
        return self._commands.amend(order, self._token, (command_id, now_ns))

    def cancel(self, order: CancelOrder, command_id: str, now_ns: Nanos) -> str:
        """cancel_order."""
        return self._commands.cancel([order], [command_id], self._token, now_ns)

    def place_many(
        self, orders: Sequence[PlaceOrder], command_ids: Sequence[str], now_ns: Nanos
    ) -> str:
        """batch_add; a CommandDone for each order."""
        return self._commands.place_many(orders, command_ids, self._token, now_ns)

    def cancel_many(
        self, orders: Sequence[CancelOrder], command_ids: Sequence[str], now_ns: Nanos
    ) -> str:
        """cancel_order of several; a CommandDone for each, as Kraken answers for each."""
        return self._commands.cancel(orders, command_ids, self._token, now_ns)

    def cancel_all(self, command_id: str, now_ns: Nanos) -> str:
        """cancel_all, of every pair."""
        return self._commands.cancel_all(command_id, self._token, now_ns)

    def cancel_all_after(self, seconds: int, command_id: str, now_ns: Nanos) -> str:
        """cancel_all_orders_after: the dead-man switch; 0 disarms."""
        return self._commands.cancel_all_after(seconds, command_id, self._token, now_ns)

    # --- inside ---------------------------------------------------------------------------------

    def _data(self, message: wire.Envelope, at: Nanos) -> Step:
        match message.channel:
            case "heartbeat":
                return NOTHING
            case "status":
                rows = wire.read(wire.statuses, message.data, "status")
                return Step(
                    tuple(event for r in rows for event in self._told(r.system, "", at).events)
                )
            case "executions":
                self._in_order(message)
                self._holds_due = True
                executed = wire.read(wire.executions, message.data, "executions")
                past = message.type == "snapshot"
                return Step(tuple(self._orders.events(executed, at, snapshot=past)))
            case "balances":
                self._in_order(message)
                self._holds_due = message.type != "snapshot" or self._holds_due
                changed = wire.read(wire.balances, message.data, "balances")
                return Step(tuple(self._holds.balances(changed, at)))
            case _:
                raise WireError(f"kraken: channel {message.channel!r} is not documented")

    def _in_order(self, message: wire.Envelope) -> None:
        """Each channel counts its messages, from its snapshot on."""
        if message.sequence is None:
            raise WireError(f"kraken {message.channel}: no sequence")
        last = self._sequences.get(message.channel)
        if message.type != "snapshot" and last is not None and message.sequence != last + 1:
            raise StreamGap(
                f"kraken {message.channel}: message {message.sequence} after {last}",
                reason=GapReason.SEQUENCE,
            )
        self._sequences[message.channel] = message.sequence

    def _reply(self, message: wire.Envelope, at: Nanos) -> Step:
        match message.method:
            case "pong":
                self._pinged_ns = None
                return NOTHING
            case "subscribe" if message.success:
                result = wire.read(wire.subscribed, message.result, "subscribe")
                self._confirmed.add(result.channel)
                return NOTHING
            case "subscribe":
                # Most often the token: a new connection fetches a new one.
                raise StreamGap(f"kraken refused a private stream: {message.error}")
            case "":
                return self._told("error", message.error or "no reason given", at)
            case _:
                return Step(tuple(self._commands.answered(message, at)))

    def _told(self, status: str, detail: str, at: Nanos) -> Step:
        told = VenueStatus(venue=VenueId(VENUE), status=status, received_ns=at, detail=detail)
        return Step((told,))

    def _request(self, method: str, params: dict[str, object]) -> str:
        self._last_id += 1
        return wire.frame(method, params, self._last_id)
