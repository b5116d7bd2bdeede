"""One WebSocket connection of the simulated OKX: login, subscriptions, orders, idleness."""

import asyncio
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from argosy.model import Permission
from argosy.sandbox.engine import Account
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.okx import auth, channels, entry
from argosy.sandbox.okx.args import Args, Row
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.feeds import Push
from argosy.sandbox.okx.hub import Hub, Key, frame, key_of
from argosy.sandbox.okx.private import PrivateStreams
from argosy.sandbox.sockets import Connection

OPERATIONS_AN_HOUR = 480  # logins and subscriptions of one connection
IDLE_CODE = 4004
_JSON = msgspec.json.Decoder(float_hook=Decimal)


def parse(text: str) -> tuple[Args, list[Args]]:
    """(the request, its args); Fault 60012 when it is none."""
    try:
        value = _JSON.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Fault("60012", text[:1_000]) from None
    if not isinstance(value, dict) or not isinstance(value.get("op"), str):
        raise Fault("60012", text[:1_000])
    request = Args(value)
    return request, request.rows("args")


class Session:
    """What the venue knows of one connection; `place` is public, private or business."""

    def __init__(
        self, connection: Connection, exchange: Exchange, hub: Hub, streams: PrivateStreams
    ) -> None:
        self.connection = connection
        self.exchange, self.hub, self.streams = exchange, hub, streams
        self.place = connection.role.removeprefix("ws_")
        self.connection_id = f"{(connection.number * 2_654_435_761) & 0xFFFFFFFF:08x}"
        self.key: ApiKey | None = None
        self.account: Account | None = None
        self.active_s = asyncio.get_running_loop().time()
        self._subscribed: dict[Key, Args] = {}

    # --- what the socket calls ---

    def opened(self) -> None:
        """Nothing is said on connect."""
        self.streams.sessions.add(self)

    def closed(self) -> None:
        """Leave every feed."""
        self.streams.sessions.discard(self)
        for key in tuple(self._subscribed):
            self.hub.unsubscribe(self, key)
        self._subscribed.clear()

    def operation(self, text: str) -> str:
        """The op, 'ping', or 'invalid'."""
        if text == "ping":
            return "ping"
        try:
            return parse(text)[0].text("op")
        except Fault:
            return "invalid"

    def rate_limited(self, text: str) -> None:
        """Answer as if there had been too many."""
        op = self.operation(text)
        if op not in entry.ALL:
            self._error(Fault("60014"), "")
            return
        request, _ = parse(text)
        fault = Fault("50011")
        self._answer(request, fault.code, fault.text, [])

    def receive(self, text: str) -> None:
        """One text frame."""
        self.active_s = asyncio.get_running_loop().time()
        if text == "ping":
            self.connection.send("pong", "pong")
            return
        number = ""
        try:
            request, items = parse(text)
            number = request.text("id")
            self._do(request, items)
        except Fault as fault:
            self._error(fault, number)

    def idle(self, now_s: float) -> None:
        """Close when nothing went either way for too long."""
        if now_s - self.active_s > self.exchange.options.idle_close_s:
            self.connection.close(IDLE_CODE, "No data received in 30s.")

    def notice(self) -> None:
        """Say that the connection will be closed for an upgrade."""
        fault = Fault("64008")
        event = {"event": "notice", "code": fault.code, "msg": fault.text}
        self._send(event | {"connId": self.connection_id}, "notice")

    # --- requests ---

    def _do(self, request: Args, items: list[Args]) -> None:
        op = request.text("op")
        if op in entry.ALL:
            self._enter(request, items)
            return
        if op not in {"login", "subscribe", "unsubscribe"}:
            raise Fault("60019", op)
        if not items:
            raise Fault("60013")
        if self.exchange.options.rate_limits:
            now = self.exchange.now_ns()
            scope = ("ws", self.connection.role, str(self.connection.number))
            if not self.exchange.limiter.allow(scope, OPERATIONS_AN_HOUR, 3600, now):
                raise Fault("60014")
        if op == "login":
            self._login(request, items[0])
            return
        for args in items:
            try:
                self._subscribe(request, args) if op == "subscribe" else self._leave(request, args)
            except Fault as fault:
                self._error(fault, request.text("id"))

    def _login(self, request: Args, args: Args) -> None:
        del request
        if self.key is not None:
            raise Fault("60031")
        self.key = auth.login(self.exchange.venue, args)
        self.account = self.exchange.venue.account(self.key.account)
        event = {"event": "login", "code": "0", "msg": "", "connId": self.connection_id}
        self._send(event, "login")

    def _subscribe(self, request: Args, args: Args) -> None:
        channel = args.text("channel")
        if channels.place_of(channel) != self.place:
            raise Fault("60018", channels.described(args))
        private = channels.is_private(channel)
        tier = channels.TIERS.get(channel, 0)
        if (private or tier) and self.account is None:
            raise Fault("60011")
        if self.exchange.options.vip < tier:
            raise Fault("64003")
        if not private:
            channels.refuse_both(args, list(self._subscribed.values()))
            first = self.hub.subscribe(self, args)
            self._subscribed[key_of(args)] = args
            self._acknowledge(request, "subscribe", args)
            for push in first:
                self.push(args.raw(), push)
            return
        if channel in {"orders", "positions", "orders-algo", "algo-advance"}:
            args.need("instType")
        if not self._count(channel):
            return
        self._subscribed[key_of(args)] = args
        self._acknowledge(request, "subscribe", args)
        self._tell_count(channel)
        self.streams.first(self, args)

    def _leave(self, request: Args, args: Args) -> None:
        key = key_of(args)
        if channels.place_of(args.text("channel")) != self.place:
            raise Fault("60018", channels.described(args))
        self._subscribed.pop(key, None)
        self.hub.unsubscribe(self, key)
        self._acknowledge(request, "unsubscribe", args)

    def _connections(self, channel: str) -> int:
        return sum(
            1
            for session in self.streams.sessions
            if session.account is self.account and any(session.wants(channel))
        )

    def _count(self, channel: str) -> bool:
        """Whether one more connection may take the channel; else it is told so."""
        if channel not in channels.COUNTED or any(self.wants(channel)):
            return True
        count = self._connections(channel)
        if count < channels.CONNECTIONS:
            return True
        self._send_count("channel-conn-count-error", channel, count)
        return False

    def _tell_count(self, channel: str) -> None:
        if channel in channels.COUNTED:
            self._send_count("channel-conn-count", channel, self._connections(channel))

    def _send_count(self, event: str, channel: str, count: int) -> None:
        body = {"event": event, "channel": channel, "connCount": str(count)}
        self._send(body | {"connId": self.connection_id}, event)

    def _enter(self, request: Args, items: list[Args]) -> None:
        """Orders: every failure is answered in the shape of an order's answer."""
        try:
            if self.place != "private":
                raise Fault("60028")
            if self.account is None or self.key is None:
                raise Fault("60011")
            if Permission.TRADE not in self.key.permissions:
                raise Fault("50120")
            op = request.text("op")
            code, text, rows = entry.run(
                self.exchange, self.account, op, items, request.text("expTime")
            )
        except Fault as fault:
            code, text, rows = fault.code, fault.text, []
        self._answer(request, code, text, rows)

    # --- sending ---

    def wants(self, channel: str) -> Iterable[Args]:
        """The session's subscriptions to a channel."""
        return [a for a in self._subscribed.values() if a.text("channel") == channel]

    def push(self, arg: Row, push: Push) -> None:
        """Send a frame of a public subscription."""
        self._text(frame(arg, push), str(arg["channel"]))

    def send_private(
        self, args: Args, data: list[Row], extra: dict[str, object] | None = None
    ) -> None:
        """Send a frame of a private subscription; its arg carries the account's uid."""
        assert self.account is not None, "private channels need a login"
        arg = {name: value for name, value in args.raw().items() if name != "extraParams"}
        arg["uid"] = self.exchange.uid(self.account)
        body: dict[str, object] = {"arg": arg} | (extra or {}) | {"data": data}
        self._send(body, args.text("channel"))

    def _answer(self, request: Args, code: str, text: str, rows: list[Row]) -> None:
        now = str(self.exchange.now_ns() // 1_000)
        body: dict[str, object] = {
            "id": request.text("id"),
            "op": request.text("op"),
            "code": code,
            "msg": text,
            "data": rows,
            "inTime": now,
            "outTime": now,
        }
        self._send(body, request.text("op"))

    def _acknowledge(self, request: Args, event: str, args: Args) -> None:
        body: dict[str, object] = {"id": request.text("id")} if request.has("id") else {}
        body |= {"event": event, "arg": args.raw(), "connId": self.connection_id}
        self._send(body, event)

    def _error(self, fault: Fault, number: str) -> None:
        body: dict[str, object] = {"id": number} if number else {}
        body |= {"event": "error", "code": fault.code, "msg": fault.text}
        self._send(body | {"connId": self.connection_id}, "error")

    def _send(self, body: object, operation: str) -> None:
        self._text(msgspec.json.encode(body).decode(), operation)

    def _text(self, text: str, operation: str) -> None:
        self.active_s = asyncio.get_running_loop().time()
        self.connection.send(text, operation)
