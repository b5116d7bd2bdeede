"""What an account's streams push: orders, algos, fills, balances, positions, by session."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from argosy.model.money import plain
from argosy.sandbox.engine import (
    Account,
    BalanceEvent,
    FillEvent,
    OrderEvent,
    OrderKind,
    Position,
    PositionEvent,
)
from argosy.sandbox.okx import account, names, positions, rows
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.exchange import ALGOS, Exchange

ADVANCED = frozenset({"iceberg", "twap", "move_order_stop"})
REGULAR_S = 5.0  # balances and positions are repeated about this often
LOOK_S = 0.5  # between two looks at margin ratios
WARNING_RATIO = Decimal(3)


class Listener(Protocol):
    """What the streams ask of a session."""

    account: Account | None

    def wants(self, channel: str) -> Iterable[Args]:
        """The session's subscriptions to a channel."""
        ...

    def send_private(
        self, args: Args, data: list[Row], extra: dict[str, object] | None = None
    ) -> None:
        """Send one frame of a subscription."""
        ...


class PrivateStreams:
    """Passes the engine's events on to the sessions of their account."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.sessions: set[Listener] = set()
        self._currencies: dict[str, set[str]] = {}
        self._positions: dict[str, dict[int, Position]] = {}
        self._trades: dict[str, list[FillEvent]] = {}
        self._regular_s = 0.0
        self._filled: set[int] = set()  # told as filled by their last execution
        self._looked_s = 0.0
        self._warned: set[tuple[int, int]] = set()
        engine = exchange.engine
        engine.on(OrderEvent, self._hear_order)
        engine.on(FillEvent, self._hear_fill)
        engine.on(BalanceEvent, self._hear_balance)
        engine.on(PositionEvent, self._hear_position)

    def _of(self, owner: Account) -> list[Listener]:
        return [session for session in self.sessions if session.account is owner]

    # --- at once ---

    def _hear_order(self, event: OrderEvent) -> None:
        order = event.order
        listeners = self._of(order.account)
        if not listeners or event.kind is OrderKind.REFILLED:
            return
        algo = self.exchange.algo_of(order)
        if algo is not None and order in algo.orders:
            self._push_algo(listeners, event)
        whole = event.kind is OrderKind.FILLED and order.number in self._filled
        self._filled.discard(order.number)
        if event.kind is OrderKind.FILL and not order.remaining:
            self._filled.add(order.number)
        if whole or not self.exchange.is_order(order):
            return  # the last execution told it already, or it is only an algo so far
        row = rows.order_row(self.exchange, order, stream=True)
        if event.kind is not OrderKind.FILL:
            row |= {"fillPx": "", "fillSz": "0", "tradeId": "", "fillTime": "", "fillFee": "0"}
        kind, family = names.type_of_order(order), names.family_of(order.spec)
        for session in listeners:
            for args in session.wants("orders"):
                if _fits(args, kind, family, str(row["instId"])):
                    session.send_private(args, [row])

    def _push_algo(self, listeners: list[Listener], event: OrderEvent) -> None:
        order = event.order
        algo = self.exchange.algo_of(order)
        assert algo is not None, "checked by the caller"
        quiet = {OrderKind.FILL} if order.type in ALGOS and algo.fired else set()
        second = order is not algo.orders[0] and event.kind is OrderKind.ACCEPTED
        if event.kind in quiet or second:
            return
        row = rows.algo_row(self.exchange, order)
        channel = "algo-advance" if algo.kind in ADVANCED else "orders-algo"
        kind, family = names.type_of_order(order), names.family_of(order.spec)
        for session in listeners:
            for args in session.wants(channel):
                if _fits(args, kind, family, str(row["instId"])):
                    session.send_private(args, [row])

    def _hear_fill(self, event: FillEvent) -> None:
        owner = event.order.account
        self._trades.setdefault(owner.name, []).append(event)
        for session in self._of(owner):
            for args in session.wants("fills"):
                shown = rows.fill_row(self.exchange, event)
                row: Row = {
                    name: shown[name]
                    for name in ("instId", "fillSz", "fillPx", "side", "ts", "ordId", "clOrdId")
                }
                row |= {"tradeId": shown["tradeId"], "execType": shown["execType"], "count": "1"}
                if args.text("instId", str(row["instId"])) == row["instId"]:
                    session.send_private(args, [row])

    # --- gathered until the next tick ---

    def _hear_balance(self, event: BalanceEvent) -> None:
        self._currencies.setdefault(event.account.name, set()).add(event.currency)

    def _hear_position(self, event: PositionEvent) -> None:
        changed = self._positions.setdefault(event.account.name, {})
        changed[id(event.position)] = event.position

    def tick(self, now_s: float) -> None:
        """Push what changed. `now_s` is the loop's clock."""
        regular = now_s - self._regular_s >= REGULAR_S
        if regular:
            self._regular_s = now_s
        gathered = self._currencies, self._positions, self._trades
        self._currencies, self._positions, self._trades = {}, {}, {}
        for session in tuple(self.sessions):
            owner = session.account
            if owner is None:
                continue
            currencies = gathered[0].get(owner.name, set())
            changed = list(gathered[1].get(owner.name, {}).values())
            if currencies:
                self._push_account(session, owner, currencies, "event_update")
            if changed:
                self._push_positions(session, owner, changed, "event_update")
            if currencies or changed:
                fills = gathered[2].get(owner.name, [])
                self._push_both(session, owner, currencies, changed, fills)
            if regular:
                self._repeat(session, owner)
            if now_s - self._looked_s >= LOOK_S:
                self._warn(session, owner)
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            there = {id(session) for session in self.sessions}
            self._warned = {known for known in self._warned if known[0] in there}

    def _repeat(self, session: Listener, owner: Account) -> None:
        held = [each for each in owner.positions.values() if each.size]
        self._push_account(session, owner, set(), "interval_update")
        self._push_positions(session, owner, held, "interval_update")

    def _warn(self, session: Listener, owner: Account) -> None:
        """Tell once of each position whose margin ratio fell to 300 %."""
        for position in [each for each in owner.positions.values() if each.size]:
            ratio = positions.margin_ratio(self.exchange.engine, owner, position)
            if ratio is None or ratio > WARNING_RATIO:
                self._warned.discard((id(session), position.number))
            elif (id(session), position.number) not in self._warned:
                self._warned.add((id(session), position.number))
                row = positions.row(self.exchange.engine, self.exchange.names, owner, position)
                for args in session.wants("liquidation-warning"):
                    session.send_private(args, [row])

    def first(self, session: Listener, args: Args) -> None:
        """What a new subscription gets at once."""
        owner = session.account
        assert owner is not None, "private channels need a login"
        channel = args.text("channel")
        held = [each for each in owner.positions.values() if each.size]
        if channel == "account":
            wanted = set(args.text("ccy").split(",")) - {""}
            row = account.balance(self.exchange, owner, wanted)
            session.send_private(args, [row], _page("snapshot"))
        elif channel == "positions":
            found = self._position_rows(owner, held, args)
            session.send_private(args, found, _page("snapshot"))
        elif channel == "algo-advance":
            for algo in self.exchange.algos(owner):
                order = algo.orders[0]
                kind, family = names.type_of_order(order), names.family_of(order.spec)
                symbol = order.spec.instrument.venue_symbol
                live = algo.kind in ADVANCED and algo.state == "live"
                if live and _fits(args, kind, family, symbol):
                    session.send_private(args, [rows.algo_row(self.exchange, order)])
        elif channel == "balance_and_position":
            row = self._both(owner, set(owner.holdings), held, [], "snapshot")
            session.send_private(args, [row])

    def _push_account(
        self, session: Listener, owner: Account, currencies: set[str], event: str
    ) -> None:
        for args in session.wants("account"):
            wanted = set(args.text("ccy").split(",")) - {""}
            shown = currencies & wanted if wanted and currencies else currencies or wanted
            quiet = '"updateInterval":"0"' in args.text("extraParams").replace(" ", "")
            if (currencies and wanted and not shown) or (event == "interval_update" and quiet):
                continue
            row = account.balance(self.exchange, owner, shown)
            session.send_private(args, [row], _page(event))

    def _position_rows(self, owner: Account, held: list[Position], args: Args) -> list[Row]:
        found = []
        for position in held:
            kind, family = positions.position_type(position), names.family_of(position.spec)
            if _fits(args, kind, family, position.spec.instrument.venue_symbol):
                table = self.exchange.names
                found.append(positions.row(self.exchange.engine, table, owner, position))
        return found

    def _push_positions(
        self, session: Listener, owner: Account, held: list[Position], event: str
    ) -> None:
        for args in session.wants("positions"):
            found = self._position_rows(owner, held, args)
            if found:
                session.send_private(args, found, _page(event))

    def _push_both(
        self,
        session: Listener,
        owner: Account,
        currencies: set[str],
        held: list[Position],
        fills: list[FillEvent],
    ) -> None:
        for args in session.wants("balance_and_position"):
            event = "filled" if fills else "transferred"
            if fills or held:
                row = self._both(owner, currencies, held, fills, event)
                session.send_private(args, [row])

    def _both(
        self,
        owner: Account,
        currencies: set[str],
        held: list[Position],
        fills: list[FillEvent],
        event: str,
    ) -> Row:
        now = ms(self.exchange.now_ns())
        shown = [
            positions.row(self.exchange.engine, self.exchange.names, owner, each) for each in held
        ]
        kept = ("posId", "tradeId", "instId", "instType", "mgnMode", "posSide", "pos", "ccy")
        more = ("posCcy", "avgPx", "nonSettleAvgPx", "settledPnl", "uTime")
        return {
            "balData": [
                {"ccy": currency, "cashBal": plain(owner.holding(currency).total), "uTime": now}
                for currency in sorted(currencies)
            ],
            "eventType": event,
            "pTime": now,
            "posData": [{name: row[name] for name in kept + more} for row in shown],
            "trades": [
                {"instId": fill.order.spec.instrument.venue_symbol, "tradeId": str(fill.print_id)}
                for fill in fills
            ],
        }


def _page(event: str) -> dict[str, object]:
    return {"eventType": event, "curPage": 1, "lastPage": True}


def _fits(args: Args, kind: str, family: str, inst_id: str) -> bool:
    return (
        args.text("instType", "ANY") in {"ANY", kind}
        and args.text("instFamily", args.text("uly", family)) == family
        and args.text("instId", inst_id) == inst_id
    )
