"""Kraken's private REST methods that only read.

https://docs.kraken.com/api/docs/category/rest-api/account-data (read 2026-11-22)
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from argosy.model import Permission
from argosy.model.time import DAY, SECOND
from argosy.sandbox.engine import Account, Order
from argosy.sandbox.ids import kraken_id
from argosy.sandbox.keys import ApiKey
from argosy.sandbox.kraken import views
from argosy.sandbox.kraken.auth import PERMISSIONS, Auth
from argosy.sandbox.kraken.intake import decimal_of
from argosy.sandbox.kraken.names import Names, asset_code, asset_of, pair_key
from argosy.sandbox.kraken.public import Parameters, whole
from argosy.sandbox.kraken.wire import INVALID, KrakenError, places
from argosy.sandbox.world import Venue

PAGE = 50


class Method(NamedTuple):
    """A private method: what it does, which permission it needs, what a call costs."""

    call: Callable[[ApiKey, Parameters], Any]
    permission: Permission = Permission.READ
    cost: int = 1


class Private:
    """The methods under /0/private that change nothing."""

    def __init__(self, venue: Venue, names: Names, auth: Auth) -> None:
        self._venue = venue
        self._names = names
        self._auth = auth
        self.methods: dict[str, Method] = {
            "Balance": Method(self.balance),
            "BalanceEx": Method(self.balance_ex),
            "TradeBalance": Method(self.trade_balance),
            "OpenOrders": Method(self.open_orders),
            "ClosedOrders": Method(self.closed_orders),
            "QueryOrders": Method(self.query_orders),
            "TradesHistory": Method(self.trades_history, cost=2),
            "QueryTrades": Method(self.query_trades),
            "OpenPositions": Method(self.open_positions),
            "Ledgers": Method(self.ledgers, cost=2),
            "TradeVolume": Method(self.trade_volume),
            "GetWebSocketsToken": Method(self.websockets_token),
            "GetApiKeyInfo": Method(self.api_key_info),
        }

    def account(self, key: ApiKey) -> Account:
        """The account that a key belongs to."""
        return self._venue.account(key.account)

    def balance(self, key: ApiKey, parameters: Parameters) -> Any:
        """Balance."""
        del parameters
        holdings = self.account(key).holdings
        return {asset_code(c): places(h.total, 10) for c, h in holdings.items()}

    def balance_ex(self, key: ApiKey, parameters: Parameters) -> Any:
        """BalanceEx."""
        del parameters
        return {
            asset_code(c): {"balance": places(h.total, 10), "hold_trade": places(h.held, 10)}
            for c, h in self.account(key).holdings.items()
        }

    def trade_balance(self, key: ApiKey, parameters: Parameters) -> Any:
        """TradeBalance, in USD (or another quote currency) at mark prices."""
        account, engine = self.account(key), self._venue.engine
        asset = asset_of(parameters.get("asset", "ZUSD"), ["USD", "EUR", "USDT"]) or "USD"
        total = sum(
            (h.total * self._rate(c, asset) for c, h in account.holdings.items()), Decimal(0)
        )
        margin = profit = cost = worth = Decimal(0)
        for position in account.positions.values():
            mark = engine.listings[position.spec.id].mark_price
            rate = self._rate(position.spec.money, asset)
            margin += position.initial_margin(mark) * rate
            profit += position.unrealised(mark) * rate
            cost += abs(position.basis) * rate
            worth += position.notional(mark) * rate
        equity = total + profit
        view = {
            "eb": places(total, 4),
            "tb": places(total, 4),
            "m": places(margin, 4),
            "uv": "0.0000",
            "n": places(profit, 4),
            "c": places(cost, 4),
            "v": places(worth, 4),
            "e": places(equity, 4),
            "mf": places(equity - margin, 4),
        }
        if margin:
            view["ml"] = places(equity / margin * 100, 2)
        return view

    def _rate(self, currency: str, asset: str) -> Decimal:
        if currency == asset:
            return Decimal(1)
        for first, second in ((currency, asset), (asset, currency)):
            listing = self._names.v2(f"{first}/{second}")
            if listing is not None and listing.mark_price:
                return listing.mark_price if first == currency else 1 / listing.mark_price
        return Decimal(0) if asset == "USD" else self._rate(currency, "USD")

    # --- orders ---

    def _matching(self, orders: list[Order], parameters: Parameters) -> list[Order]:
        userref, client = parameters.get("userref"), parameters.get("cl_ord_id")
        found = []
        for order in orders:
            ticket = views.ticket_of(order)
            if userref and (ticket is None or str(ticket.userref) != userref):
                continue
            if client and order.client_id != client:
                continue
            found.append(order)
        return found

    def open_orders(self, key: ApiKey, parameters: Parameters) -> Any:
        """OpenOrders, newest first."""
        trades = parameters.get("trades", "").lower() == "true"
        orders = self._matching(list(self.account(key).open.values()), parameters)
        return {"open": {o.id: views.order_view(o, trades=trades) for o in reversed(orders)}}

    def closed_orders(self, key: ApiKey, parameters: Parameters) -> Any:
        """ClosedOrders, newest first, fifty at a time; `start` and `end` by time or order id."""
        trades = parameters.get("trades", "").lower() == "true"
        account = self.account(key)
        orders = [order for order in account.orders.values() if order.state.final]
        orders = self._matching(orders, parameters)
        orders.sort(key=lambda order: order.updated_ns, reverse=True)
        start, end = (self._bound(account, parameters, name) for name in ("start", "end"))
        orders = [
            o
            for o in orders
            if (start is None or o.updated_ns > start) and (end is None or o.updated_ns <= end)
        ]
        offset = whole(parameters, "ofs", 0)
        page = orders[offset : offset + PAGE]
        return {
            "closed": {order.id: views.order_view(order, trades=trades) for order in page},
            "count": len(orders),
        }

    def _bound(self, account: Account, parameters: Parameters, name: str) -> int | None:
        text = parameters.get(name, "")
        if not text:
            return None
        if text in account.orders:
            return account.orders[text].updated_ns
        for fill in account.fills:
            if fill.trade_id == text:
                return fill.at_ns
        return int(decimal_of(text, name) * SECOND)

    def query_orders(self, key: ApiKey, parameters: Parameters) -> Any:
        """QueryOrders by txid (up to 50) or cl_ord_id."""
        account = self.account(key)
        trades = parameters.get("trades", "").lower() == "true"
        wanted = parameters.get("txid", "")
        if not wanted and parameters.get("cl_ord_id"):
            order = account.by_client_id.get(parameters["cl_ord_id"])
            return {} if order is None else {order.id: views.order_view(order, trades=trades)}
        if not wanted or len(wanted.split(",")) > 50:
            raise KrakenError(INVALID)
        found = {}
        for txid in wanted.split(","):
            if txid not in account.orders:
                raise KrakenError("EOrder:Unknown order")
            found[txid] = views.order_view(account.orders[txid], trades=trades)
        return found

    # --- trades, positions, ledgers ---

    def trades_history(self, key: ApiKey, parameters: Parameters) -> Any:
        """TradesHistory, newest first, fifty at a time."""
        account = self.account(key)
        start, end = (self._bound(account, parameters, name) for name in ("start", "end"))
        fills = [
            fill
            for fill in reversed(account.fills)
            if (start is None or fill.at_ns > start) and (end is None or fill.at_ns <= end)
        ]
        offset = whole(parameters, "ofs", 0)
        page = fills[offset : offset + PAGE]
        return {"trades": {f.trade_id: views.trade_view(f) for f in page}, "count": len(fills)}

    def query_trades(self, key: ApiKey, parameters: Parameters) -> Any:
        """QueryTrades by txid (up to 20)."""
        wanted = parameters.get("txid", "").split(",")
        if not wanted[0] or len(wanted) > 20:
            raise KrakenError(INVALID)
        known = {fill.trade_id: fill for fill in self.account(key).fills}
        if any(trade not in known for trade in wanted):
            raise KrakenError("EQuery:Unknown trade")
        return {trade: views.trade_view(known[trade]) for trade in wanted}

    def open_positions(self, key: ApiKey, parameters: Parameters) -> Any:
        """OpenPositions."""
        found = views.positions_view(self.account(key))
        if parameters.get("docalcs", "").lower() == "true":
            for position in self.account(key).positions.values():
                name = kraken_id("T", position.number)
                if name in found:
                    mark = self._venue.engine.listings[position.spec.id].mark_price
                    found[name]["value"] = places(position.notional(mark), 4)
                    found[name]["net"] = places(position.unrealised(mark), 4)
        return found

    def ledgers(self, key: ApiKey, parameters: Parameters) -> Any:
        """Ledgers, newest first, fifty at a time."""
        account = self.account(key)
        entries = list(reversed(account.ledger))
        asset = parameters.get("asset", "all")
        if asset != "all":
            known = list(account.holdings)
            wanted = {asset_of(name, known) for name in asset.split(",")}
            entries = [entry for entry in entries if entry.currency in wanted]
        kind = parameters.get("type", "all")
        if kind != "all":
            entries = [entry for entry in entries if views.ledger_kind(entry) == kind]
        start, end = (self._bound(account, parameters, name) for name in ("start", "end"))
        entries = [
            e
            for e in entries
            if (start is None or e.at_ns > start) and (end is None or e.at_ns <= end)
        ]
        offset = whole(parameters, "ofs", 0)
        page = entries[offset : offset + PAGE]
        return {
            "ledger": {kraken_id("L", entry.number): views.ledger_view(entry) for entry in page},
            "count": len(entries),
        }

    def trade_volume(self, key: ApiKey, parameters: Parameters) -> Any:
        """TradeVolume: the last 30 days in USD, and the fees of the pairs asked for."""
        account = self.account(key)
        since = self._venue.now_ns() - 30 * DAY
        volume = Decimal(0)
        for fill in account.fills:
            if fill.at_ns > since:
                spec = fill.order.spec
                worth = spec.price(fill.price) * spec.size(fill.size)
                volume += worth * self._rate(spec.instrument.quote, "USD")
        view: dict[str, Any] = {"currency": "ZUSD", "volume": places(volume, 4)}
        fees: dict[str, Any] = {}
        makers: dict[str, Any] = {}
        for name in filter(None, parameters.get("pair", "").split(",")):
            listing = self._names.rest(name)
            if listing is None:
                raise KrakenError("EQuery:Unknown asset pair")
            spec = listing.spec
            for table, rate in ((fees, spec.taker_rate), (makers, spec.maker_rate)):
                percent = places(rate * 100, 4)
                table[pair_key(spec)] = {
                    "fee": percent,
                    "minfee": "0.0000",
                    "maxfee": percent,
                    "nextfee": None,
                    "nextvolume": None,
                    "tiervolume": "0.0000",
                }
        if fees:
            view |= {"fees": fees, "fees_maker": makers}
        return view

    # --- the key itself ---

    def websockets_token(self, key: ApiKey, parameters: Parameters) -> Any:
        """GetWebSocketsToken."""
        del parameters
        return {"token": self._auth.token(key), "expires": 900}

    def api_key_info(self, key: ApiKey, parameters: Parameters) -> Any:
        """GetApiKeyInfo."""
        del parameters
        names = [n for p, group in PERMISSIONS.items() if p in key.permissions for n in group]
        return {
            "api_key_name": key.label,
            "api_key": key.credentials.key,
            "nonce": str(self._auth.nonces.get(key.credentials.key, 0)),
            "nonce_window": 0,
            "permissions": names,
            "valid_until": "0",
            "query_from": "0",
            "query_to": "0",
            "created_time": "1735689600",
            "modified_time": "1735689600",
            "ip_allowlist": [],
            "last_used": str(self._venue.now_ns() // SECOND),
        }
