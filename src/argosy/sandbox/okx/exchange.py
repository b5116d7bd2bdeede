"""What the simulated OKX knows beside its engine: options, algos, fills, modes. No wire."""

from collections import OrderedDict
from decimal import Decimal

from argosy.model import OrderType
from argosy.model.time import HOUR
from argosy.sandbox.engine import (
    Account,
    FillEvent,
    FundingEvent,
    Listing,
    Order,
    OrderEvent,
    OrderKind,
    PositionEvent,
    Reason,
    Refused,
    State,
)
from argosy.sandbox.okx.args import Args, Row, ms
from argosy.sandbox.okx.history import Days, FundingLog
from argosy.sandbox.okx.limits import Limiter
from argosy.sandbox.okx.names import Names
from argosy.sandbox.okx.positions import PositionLog
from argosy.sandbox.world import Venue

KEPT = 20_000
FIRST_SEQUENCE = 5_000_000_000
CONDITIONAL = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.TAKE_PROFIT,
        OrderType.TAKE_PROFIT_LIMIT,
        OrderType.TRAILING_STOP,
        OrderType.TRAILING_STOP_LIMIT,
    }
)
WORKED = frozenset({OrderType.TWAP, OrderType.CHASE})  # only their children are orders
ALGOS = CONDITIONAL | WORKED | {OrderType.ICEBERG}


class Options:
    """Which of OKX's behaviours to show; set them on `server.exchange.options` at any time."""

    def __init__(self, *, rate_limits: bool = True) -> None:
        self.initial_snapshot = True  # books streams begin with one; else clients fetch it by REST
        self.checksum = False  # True: the CRC32 of before 2026-06-23; else the field is 0
        self.strict_inst_id_code = True  # False: orders over WebSocket may still name instId
        self.rate_limits = rate_limits
        self.connect_limit = 3  # new connections a second and address; 0: none
        self.price_band = Decimal("0.1")  # how far from the mark a limit may be; 0: anywhere
        self.idle_close_s = 30.0
        self.book_heartbeat_s = 60.0
        self.vip = 9  # the fee tier that deep channels ask for


class Algo:
    """One algo order: what was asked and the engine's orders that do it (two in an OCO)."""

    __slots__ = ("args", "client_id", "kind", "orders", "parent")

    def __init__(self, kind: str, args: Args, client_id: str, parent: Order | None) -> None:
        self.kind = kind  # conditional, oco, trigger, move_order_stop, iceberg, twap, chase
        self.args = args
        self.client_id = client_id
        self.parent = parent
        self.orders: list[Order] = []

    @property
    def id(self) -> str:
        """The algoId."""
        return self.orders[0].id

    @property
    def fired(self) -> Order | None:
        """The order that was triggered, None before that."""
        return next((order for order in self.orders if order.triggered), None)

    @property
    def state(self) -> str:
        """live, effective, canceled or order_failed."""
        fired = self.fired
        if fired is not None:
            failed = fired.state is State.CANCELLED and not fired.filled
            refused = fired.reason in {Reason.INSUFFICIENT_FUNDS, Reason.REDUCE_ONLY}
            return "order_failed" if failed and refused else "effective"
        if any(not order.state.final for order in self.orders):
            return "live"
        done = any(order.state is State.FILLED for order in self.orders)
        return "effective" if done else "canceled"


class Wanted:
    """What the request said that the engine has no place for; rides on OrderRequest.extra."""

    __slots__ = ("algo", "args")

    def __init__(self, args: Args, algo: Algo | None = None) -> None:
        self.args = args
        self.algo = algo


class FundingPurse:
    """The funding account: deposits reach it and withdrawals leave it."""

    def __init__(self, funding: dict[str, dict[str, Decimal]]) -> None:
        self._funding = funding

    def change(self, account: Account, currency: str, amount: Decimal) -> None:
        """Credit or debit; Refused beyond what is there."""
        held = self._funding[account.name]
        after = held.get(currency, Decimal(0)) + amount
        if after < 0:
            raise Refused(Reason.INSUFFICIENT_FUNDS, f"funding has too little {currency}")
        held[currency] = after


class Exchange:
    """The venue with everything around the engine."""

    def __init__(self, venue: Venue) -> None:
        self.venue = venue
        self.engine = venue.engine
        self.names = Names(venue)
        self.options = Options(rate_limits=venue.limits)
        self.limiter = Limiter()
        self.started_ns = venue.engine.now_ns()
        self.last_fills: OrderedDict[int, FillEvent] = OrderedDict()
        self.position_modes: dict[str, str] = {}
        self.funding = {
            name: {"USDT": Decimal(10_000), "BTC": Decimal(1)} for name in venue.engine.accounts
        }
        self.moves: list[tuple[Account, Row]] = []  # between funding and trading
        venue.wallet.purse = FundingPurse(self.funding)
        self.days = Days()
        self.funding_log = FundingLog(self.names)
        self.position_log = PositionLog(self.names)
        self.amending: tuple[str, str] | None = None  # (reqId, source) during engine.amend
        self.sequence_offsets: dict[str, int] = {}
        self._algos: OrderedDict[int, Algo] = OrderedDict()
        self.engine.on(FillEvent, self._hear_fill)
        self.engine.on(OrderEvent, self._hear_order)
        self.engine.on(PositionEvent, self.position_log.hear)
        self.engine.on(FundingEvent, self.funding_log.hear)

    def now_ns(self) -> int:
        """The venue's clock."""
        return self.venue.now_ns()

    def long_short(self, account: Account) -> bool:
        """Whether the account keeps long and short positions apart."""
        return self.position_modes.get(account.name) == "long_short_mode"

    def uid(self, account: Account) -> str:
        """The account's number."""
        return str(614_488_474_791_936 + list(self.engine.accounts).index(account.name))

    def sequence(self, listing: Listing) -> int:
        """The seqId that a book has now."""
        symbol = listing.spec.instrument.venue_symbol
        return listing.book.sequence + self.sequence_offsets.get(symbol, FIRST_SEQUENCE)

    def reset_sequence(self, inst_id: str) -> None:
        """Begin the book's seqId anew, as OKX does after maintenance: the next one is lower."""
        self.sequence_offsets[inst_id] = 1 - self.names.listing(inst_id).book.sequence

    def status_rows(self, state: str = "") -> list[Row]:
        """GET /system/status: maintenance while the venue's status says so."""
        if self.venue.status != "maintenance" or state not in {"", "ongoing"}:
            return []
        now = ms(self.now_ns())
        return [
            {
                "begin": now,
                "end": ms(self.now_ns() + HOUR),
                "env": "1",
                "href": "",
                "maintType": "1",
                "preOpenBegin": "",
                "scheDesc": "",
                "serviceType": "5",
                "state": "ongoing",
                "system": "unified",
                "title": "Trading account system upgrade",
                "ts": now,
            }
        ]

    # --- algos and the ids that they share with orders ---

    def algo_of(self, order: Order) -> Algo | None:
        """The algo that an order is, or comes from; None for plain orders."""
        found = self._algos.get(order.number)
        if found is None and order.parent is not None:
            return self._algos.get(order.parent.number)
        return found

    def is_order(self, order: Order) -> bool:
        """Whether OKX lists it among orders: plain ones, and what algos put on the market."""
        if order.type in CONDITIONAL:
            return order.triggered
        return order.type not in WORKED

    def order_id(self, order: Order) -> str:
        """The ordId; an algo's order has another id than the algo."""
        return str(int(order.id) + 1) if order.type in ALGOS else order.id

    def find_order(self, account: Account, order_id: str, client_id: str) -> Order | None:
        """An order (no algo) by ordId, else clOrdId."""
        if order_id:
            order = account.orders.get(order_id)
            if order is None and order_id.isdecimal() and len(order_id) < 40:
                order = account.orders.get(str(int(order_id) - 1))
                if order is not None and order.type not in ALGOS:
                    return None
            elif order is not None and order.type in ALGOS:
                return None
        else:
            order = account.by_client_id.get(client_id)
        return order if order is not None and self.is_order(order) else None

    def find_algo(self, account: Account, algo_id: str, client_id: str) -> Algo | None:
        """An algo by algoId, else algoClOrdId."""
        key = f"algo:{client_id}"
        order = account.orders.get(algo_id) if algo_id else account.by_client_id.get(key)
        return None if order is None else self._algos.get(order.number)

    def algos(self, account: Account) -> list[Algo]:
        """The account's algos, oldest first."""
        return [
            algo
            for number, algo in self._algos.items()
            if algo.orders[0].account is account and algo.orders[0].number == number
        ]

    def forget_beyond(self) -> None:
        """Keep the newest only."""
        while len(self.last_fills) > KEPT:
            self.last_fills.popitem(last=False)
        while len(self._algos) > KEPT:
            self._algos.popitem(last=False)

    def _hear_fill(self, event: FillEvent) -> None:
        self.last_fills[event.order.number] = event
        parent = event.order.parent
        if parent is not None:
            self.last_fills[parent.number] = event

    def _hear_order(self, event: OrderEvent) -> None:
        """Know every algo from the moment that the engine accepts it."""
        order = event.order
        if event.kind is not OrderKind.ACCEPTED or order.number in self._algos:
            return
        attached = order.parent is not None and order.parent.type not in WORKED
        if order.type not in ALGOS and not attached:
            return
        wanted = order.request.extra if order.request is not None else None
        if not isinstance(wanted, Wanted):
            return
        algo = wanted.algo if not attached else None
        if attached:
            pair = order.linked
            algo = self._algos.get(pair.number) if pair is not None else None
            if algo is None:
                kind = "conditional" if pair is None else "oco"
                first = wanted.args.rows("attachAlgoOrds")
                args = first[0] if first else Args({})
                algo = Algo(kind, args, args.text("attachAlgoClOrdId"), order.parent)
        if algo is not None:
            algo.orders.append(order)
            self._algos[order.number] = algo
            self.forget_beyond()
