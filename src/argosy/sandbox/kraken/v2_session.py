"""One WebSocket v2 connection: requests in, acknowledgements out, subscriptions kept.

https://docs.kraken.com/api/docs/guides/spot-ws-intro (read 2026-11-22)
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from argosy.model import InstrumentId, Permission
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.kraken import v2_private, v2_public
from argosy.sandbox.kraken.auth import Auth, require
from argosy.sandbox.kraken.desk import Desk
from argosy.sandbox.kraken.names import Names
from argosy.sandbox.kraken.public import INTERVALS
from argosy.sandbox.kraken.v2 import Hub, Key
from argosy.sandbox.kraken.v2_books import DEPTHS
from argosy.sandbox.kraken.v2_level3 import ORDER_DEPTHS
from argosy.sandbox.kraken.v2_orders import Orders
from argosy.sandbox.kraken.wire import KrakenError, encode, stamp
from argosy.sandbox.sockets import Connection

PRIVATE = {"executions", "balances"}
NO_INSTRUMENT = InstrumentId("")


class V2Session:
    """A connection's state. The hub calls `tell`, `executions` and `balances`."""

    def __init__(
        self, connection: Connection, hub: Hub, names: Names, auth: Auth, desk: Desk
    ) -> None:
        self._connection = connection
        self._hub = hub
        self._names = names
        self._auth = auth
        self._keys: set[Key] = set()
        self._private: dict[str, tuple[ApiKey, bool]] = {}  # channel -> key, all statuses wanted
        self._sequence: dict[str, int] = {}
        self._proven: set[str] = set()  # tokens that this connection has used
        self._orders = Orders(desk, names, self._reply)
        self._time_in = ""

    @property
    def subscribed(self) -> bool:
        """Whether it subscribed to anything."""
        return bool(self._keys or self._private)

    # --- from the frame ---

    def opened(self) -> None:
        """Say the status, as Kraken does first of all."""
        self._hub.sessions[self] = None
        self.show_status()

    def show_status(self) -> None:
        """The status message."""
        number = 12_393_906_104_898_154_338 + self._connection.number
        self.tell(v2_public.status(self._hub.venue, number), "status")

    def closed(self) -> None:
        """Forget everything."""
        self._hub.leave(self)

    def operation(self, text: str) -> str:
        """The request's method."""
        try:
            return str(json.loads(text).get("method", ""))
        except (ValueError, AttributeError):
            return "malformed"

    def rate_limited(self, text: str) -> None:
        """Refuse a request."""
        self._time_in = stamp(self._hub.venue.now_ns())
        method, req_id = self.operation(text), None
        if method != "malformed":
            req_id = json.loads(text).get("req_id")
        error = "EOrder:Rate limit exceeded"
        if method in {"subscribe", "unsubscribe", "ping"}:
            error = "Exceeded msg rate"
        self._reply(method, req_id, error=error)

    def receive(self, text: str) -> None:
        """Answer one request."""
        self._time_in = stamp(self._hub.venue.now_ns())
        try:
            request = json.loads(text, parse_float=Decimal)
        except ValueError:
            self._reply("", None, error="Malformed request")
            return
        if not isinstance(request, dict) or not isinstance(request.get("params", {}), dict):
            self._reply("", None, error="Malformed request")
            return
        method, params = str(request.get("method", "")), request.get("params", {})
        req_id = request.get("req_id")
        if method == "ping":
            self._pong(req_id)
            return
        if method in {"subscribe", "unsubscribe"}:
            self._subscription(method, params, req_id)
            return
        handler = self._orders.methods.get(method)
        if handler is None:
            self._reply(method, req_id, error="Unsupported method")
            return
        try:
            key = self._key(params)
            require(key, Permission.TRADE)
            handler(self._hub.venue.account(key.account), params, req_id)
        except KrakenError as error:
            self._reply(method, req_id, error=str(error))

    def _key(self, params: dict[str, Any]) -> ApiKey:
        token = str(params.get("token", ""))
        key = self._auth.by_token(token, used=token in self._proven)
        self._proven.add(token)
        return key

    # --- to the client ---

    def tell(self, text: str, channel: str) -> None:
        """Send a frame; `channel` is what fault plans call it."""
        self._connection.send(text, channel)

    def _reply(
        self,
        method: str,
        req_id: Any,
        *,
        result: Any = None,
        error: str = "",
        more: dict[str, Any] | None = None,
    ) -> None:
        body: dict[str, Any] = {"method": method} if method else {}
        if isinstance(req_id, int):
            body["req_id"] = req_id
        if error:
            body["error"] = error
        elif result is not None:
            body["result"] = result
        body["success"] = not error
        body |= more or {}
        body["time_in"] = self._time_in
        body["time_out"] = stamp(self._hub.venue.now_ns())
        self.tell(encode(body), method or "error")

    def _pong(self, req_id: Any) -> None:
        body: dict[str, Any] = {"method": "pong"}
        if isinstance(req_id, int):
            body["req_id"] = req_id
        body |= {"time_in": self._time_in, "time_out": stamp(self._hub.venue.now_ns())}
        self.tell(encode(body), "pong")

    # --- subscriptions ---

    def _subscription(self, method: str, params: dict[str, Any], req_id: Any) -> None:
        channel = str(params.get("channel", ""))
        if channel in PRIVATE:
            self._private_subscription(method, channel, params, req_id)
            return
        if channel == "instrument":
            key: Key = (channel, NO_INSTRUMENT, "")
            listings = list(self._hub.venue.engine.listings.values())
            snapshot = params.get("snapshot", True) is not False
            text = v2_public.instruments(listings, "snapshot") if snapshot else ""
            self._switch(method, key, req_id, {"channel": channel, "snapshot": snapshot}, text)
            return
        symbols = params.get("symbol", [])
        if channel not in {"book", "trade", "ticker", "ohlc", "level3"}:
            self._reply(method, req_id, error="Channel Not Found")
            return
        if not isinstance(symbols, list) or not symbols:
            self._reply(method, req_id, error="Symbol(s) not found")
            return
        if channel == "level3" and not self._proves(method, params, req_id):
            return
        for symbol in symbols:
            self._one(method, channel, str(symbol), params, req_id)

    def _proves(self, method: str, params: dict[str, Any], req_id: Any) -> bool:
        try:
            require(self._key(params), Permission.READ)
        except KrakenError as error:
            self._reply(method, req_id, error=str(error))
            return False
        return True

    def _one(
        self, method: str, channel: str, symbol: str, params: dict[str, Any], req_id: Any
    ) -> None:
        listing = self._names.v2(symbol)
        if listing is None:
            self._reply(
                method,
                req_id,
                error=f"Currency pair not supported {symbol}",
                more={"symbol": symbol},
            )
            return
        instrument = listing.spec.id
        result: dict[str, Any] = {"channel": channel, "symbol": symbol}
        snapshot = params.get("snapshot", channel != "trade") is not False
        now = self._hub.venue.now_ns
        make: Callable[[], str]
        variant = ""
        if channel == "book":
            depth = params.get("depth", 10)
            if not isinstance(depth, int) or depth not in DEPTHS:
                error = "Subscription depth not supported"
                self._reply(method, req_id, error=error, more={"symbol": symbol})
                return
            variant = str(depth)
            result["depth"] = depth
            make = lambda: self._hub.view(instrument, depth).snapshot(now())  # noqa: E731
        elif channel == "level3":
            depth = params.get("depth", 10)
            if not isinstance(depth, int) or depth not in ORDER_DEPTHS:
                error = "Subscription depth not supported"
                self._reply(method, req_id, error=error, more={"symbol": symbol})
                return
            variant = str(depth)
            result["depth"] = depth
            make = lambda: self._hub.order_view(instrument, depth).snapshot(now())  # noqa: E731
        elif channel == "trade":
            make = lambda: v2_public.trades_snapshot(listing)  # noqa: E731
        elif channel == "ticker":
            variant = str(params.get("event_trigger", "trades"))
            if variant not in {"trades", "bbo"}:
                self._reply(method, req_id, error="Event trigger not supported")
                return
            result["event_trigger"] = variant
            make = lambda: v2_public.ticker(listing, "snapshot", now())  # noqa: E731
        else:
            interval = params.get("interval", 1)
            if not isinstance(interval, int) or interval not in INTERVALS:
                self._reply(method, req_id, error="Interval not supported")
                return
            variant = str(interval)
            result["interval"] = interval
            make = lambda: v2_public.candles(listing, interval, "snapshot")  # noqa: E731
        key: Key = (channel, instrument, variant)
        if method == "subscribe":
            result["snapshot"] = snapshot
            if channel == "book":
                self._hub.view(instrument, int(variant))
            elif channel == "level3":
                self._hub.order_view(instrument, int(variant))
        text = make() if method == "subscribe" and snapshot else ""
        self._switch(method, key, req_id, result, text)

    def _switch(
        self, method: str, key: Key, req_id: Any, result: dict[str, Any], snapshot: str
    ) -> None:
        symbol = {"symbol": result["symbol"]} if "symbol" in result else {}
        if method == "unsubscribe":
            if key not in self._keys:
                self._reply(method, req_id, error="Subscription Not Found", more=symbol)
                return
            self._keys.discard(key)
            self._hub.drop(key, self)
            self._reply(method, req_id, result=result)
            return
        if key in self._keys:
            self._reply(method, req_id, error="Already subscribed", more=symbol)
            return
        self._keys.add(key)
        self._reply(method, req_id, result=result)
        if snapshot:
            self.tell(snapshot, key[0])
        self._hub.add(key, self)

    def _private_subscription(
        self, method: str, channel: str, params: dict[str, Any], req_id: Any
    ) -> None:
        try:
            key = self._key(params)
            require(key, Permission.READ)
        except KrakenError as error:
            self._reply(method, req_id, error=str(error))
            return
        if method == "unsubscribe":
            if self._private.pop(channel, None) is None:
                self._reply(method, req_id, error="Subscription Not Found")
            else:
                self._reply(method, req_id, result={"channel": channel})
            return
        if channel in self._private:
            self._reply(method, req_id, error="Already subscribed")
            return
        account = self._hub.venue.account(key.account)
        result: dict[str, Any] = {"channel": channel}
        if channel == "executions":
            orders = params.get("snap_orders", params.get("snapshot", True)) is not False
            trades = params.get("snap_trades", False) is True
            result |= {"maxratecount": 180, "snap_orders": orders, "snap_trades": trades}
            rows = v2_private.executions_snapshot(account, orders=orders, trades=trades)
            wanted = orders or trades
        else:
            wanted = params.get("snapshot", True) is not False
            result["snapshot"] = wanted
            rows = v2_private.balances_snapshot(account)
        self._reply(method, req_id, result=result)
        self._private[channel] = (key, params.get("order_status", True) is not False)
        self._sequence[channel] = 0
        if wanted:
            self._numbered(channel, "snapshot", rows)

    def _numbered(self, channel: str, kind: str, rows: list[dict[str, Any]]) -> None:
        self._sequence[channel] += 1
        body = {
            "channel": channel,
            "type": kind,
            "data": rows,
            "sequence": self._sequence[channel],
        }
        self.tell(encode(body), channel)

    def executions(self, account: str, rows: list[dict[str, Any]]) -> None:
        """One message per report."""
        key, every = self._private.get("executions", (None, True))
        if key is None or key.account != account:
            return
        for row in rows:
            if every or row["exec_type"] in v2_private.ENDS:
                self._numbered("executions", "update", [row])

    def balances(self, account: str, rows: list[dict[str, Any]]) -> None:
        """One message per movement."""
        key, _ = self._private.get("balances", (None, True))
        if key is not None and key.account == account:
            self._numbered("balances", "update", rows)
