"""Reports in any order, told twice, some missing: the end is the same. Fills count once."""

import random
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from argosy.execution.ledger import OrderLedger
from argosy.model import (
    Balance,
    ClientOrderId,
    Fill,
    InstrumentId,
    Liquidity,
    Nanos,
    OrderReport,
    OrderStatus,
    OrderType,
    PlaceOrder,
    Position,
    PositionSide,
    Side,
    VenueId,
    VenueOrderId,
)

INSTRUMENT = InstrumentId("kraken:BTC/USD")
MINE = ClientOrderId("mine")
SIZE = 10
ENDS = (OrderStatus.CANCELLED, OrderStatus.EXPIRED, OrderStatus.FILLED, None)


def report(at: int, status: OrderStatus, filled: int = 0, **more: object) -> OrderReport:
    return OrderReport(
        **{
            "instrument": INSTRUMENT,
            "venue_id": VenueOrderId("V1"),
            "client_id": MINE,
            "status": status,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "size": Decimal(SIZE),
            "price": Decimal(100),
            "filled": Decimal(filled),
            "venue_ns": Nanos(at),
            "received_ns": Nanos(at + 5),
            **more,
        }
    )


def order() -> PlaceOrder:
    return PlaceOrder(
        instrument=INSTRUMENT,
        client_id=MINE,
        side=Side.BUY,
        type=OrderType.LIMIT,
        size=Decimal(SIZE),
        price=Decimal(100),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[OrderReport]:
    """What a venue says of one order, in its own order of time: fills, amendments, an end."""
    at, filled, price = 1, 0, 100
    told = [report(at, OrderStatus.ACCEPTED)]
    for _ in range(draw(st.integers(0, 5))):
        at += 1
        if draw(st.booleans()) and filled < SIZE - 1:
            filled += draw(st.integers(1, SIZE - 1 - filled))
        else:
            price += 1
        status = OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.ACCEPTED
        told.append(report(at, status, filled, price=Decimal(price)))
    end = draw(st.sampled_from(ENDS))
    if end is not None:
        filled = SIZE if end is OrderStatus.FILLED else filled
        told.append(report(at + 1, end, filled, price=Decimal(price), reason="over"))
    return told


def ended(reports: list[OrderReport], *, placed: bool = True) -> tuple[object, ...]:
    ledger = OrderLedger()
    if placed:
        ledger.placing(order(), Nanos(0))
    for one in reports:
        ledger.order(one)
    found = ledger.find(MINE)
    assert found is not None
    assert found == ledger.find("V1")
    assert len(ledger.everything()) == 1
    return (found.status, found.filled, found.price, found.reason, found.client_id)


@given(histories(), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_end_the_same(
    told: list[OrderReport], chance: random.Random
) -> None:
    last = told[-1]
    jumbled = told + chance.choices(told, k=3)
    chance.shuffle(jumbled)
    expected = (last.status, last.filled, last.price, last.reason, MINE)
    assert ended(told) == ended(jumbled) == ended(jumbled, placed=False) == expected


@given(histories(), st.randoms(use_true_random=False))
def test_whatever_is_missing_the_last_report_is_enough(
    told: list[OrderReport], chance: random.Random
) -> None:
    *earlier, last = told
    kept = [one for one in earlier if chance.random() < 0.5] + [last]
    chance.shuffle(kept)
    assert ended(kept) == ended([last])


@given(histories(), st.randoms(use_true_random=False))
def test_an_end_without_its_fills_still_ends_and_takes_none_back(
    told: list[OrderReport], chance: random.Random
) -> None:
    """Some venues' cancellations carry no filled size."""
    most = max(one.filled for one in told)
    bare = report(50, OrderStatus.CANCELLED, 0, price=told[-1].price)
    jumbled = [one for one in told if not one.status.final] + [bare]
    chance.shuffle(jumbled)
    status, filled, *_ = ended(jumbled)
    assert status is OrderStatus.CANCELLED
    assert filled == max(one.filled for one in jumbled) <= most


def test_only_what_is_new_is_new() -> None:
    ledger = OrderLedger()
    ledger.placing(order(), Nanos(7))
    assert ledger.order(report(1, OrderStatus.ACCEPTED))
    assert ledger.find(MINE).created_ns == 7
    assert not ledger.order(report(1, OrderStatus.ACCEPTED, received_ns=Nanos(99)))
    assert ledger.order(report(2, OrderStatus.PARTIALLY_FILLED, 3))
    assert not ledger.order(report(1, OrderStatus.ACCEPTED))
    assert ledger.order(report(3, OrderStatus.CANCELLED, 3))
    assert not ledger.order(report(2, OrderStatus.PARTIALLY_FILLED, 3))
    assert ledger.order(report(4, OrderStatus.CANCELLED, 5))  # it had filled more
    assert not ledger.open()


def test_what_one_report_leaves_out_another_tells() -> None:
    ledger = OrderLedger()
    ledger.order(report(1, OrderStatus.ACCEPTED))
    ledger.order(report(2, OrderStatus.CANCELLED, client_id=None, price=None, size=None))
    found = ledger.find(MINE)
    assert (found.status, found.price, found.size) == (OrderStatus.CANCELLED, 100, SIZE)


def test_an_order_that_never_got_an_id() -> None:
    ledger = OrderLedger(max_final=3)
    for number in range(9):
        one = PlaceOrder(
            instrument=INSTRUMENT,
            client_id=ClientOrderId(f"c{number}"),
            side=Side.BUY,
            type=OrderType.MARKET,
            size=Decimal(1),
        )
        assert ledger.placing(one, Nanos(number)).status is OrderStatus.PENDING
        assert len(ledger.open()) == 1
        ledger.settle(one.client_id, OrderStatus.REJECTED, "no")
    assert len(ledger.pending) <= 3
    assert ledger.find("c8").reason == "no"
    assert not ledger.open()


def test_final_orders_are_kept_to_a_number() -> None:
    ledger = OrderLedger(max_final=3)
    for number in range(9):
        ledger.order(
            report(
                number,
                OrderStatus.FILLED,
                SIZE,
                venue_id=VenueOrderId(f"V{number}"),
                client_id=ClientOrderId(f"c{number}"),
            )
        )
    assert list(ledger.orders) == ["V6", "V7", "V8"]
    assert list(ledger.by_client) == ["c6", "c7", "c8"]


def fill(number: int) -> Fill:
    return Fill(
        instrument=INSTRUMENT,
        venue_order_id=VenueOrderId("V1"),
        venue_trade_id=str(number),
        side=Side.BUY,
        price=Decimal(100),
        size=Decimal(1),
        fee=Decimal(0),
        fee_currency="USD",
        liquidity=Liquidity.MAKER,
        venue_ns=Nanos(number),
        received_ns=Nanos(number),
    )


@given(st.lists(st.integers(0, 9), max_size=40))
def test_a_fill_counts_once(numbers: list[int]) -> None:
    ledger = OrderLedger()
    new = [ledger.fill(fill(number)) for number in numbers]
    assert sum(new) == len(ledger.fills) == len(set(numbers))
    assert ledger.repeated_fills == len(numbers) - len(set(numbers))


def test_holdings_are_the_latest() -> None:
    ledger = OrderLedger(max_fills=2)
    for number in range(5):
        ledger.fill(fill(number))
    assert len(ledger.fills) == 2

    def position(size: str) -> Position:
        return Position(
            instrument=INSTRUMENT,
            side=PositionSide.NET,
            size=Decimal(size),
            venue_ns=Nanos(1),
            received_ns=Nanos(1),
        )

    ledger.position(position("2"))
    assert len(ledger.positions) == 1
    ledger.position(position("0"))
    assert not ledger.positions
    balance = Balance(
        venue=VenueId("kraken"),
        currency="USD",
        total=Decimal(5),
        free=Decimal(5),
        held=Decimal(0),
        venue_ns=Nanos(1),
        received_ns=Nanos(1),
    )
    ledger.balance(balance)
    assert list(ledger.balances.values()) == [balance]


def test_of_two_reports_stamped_alike_the_one_read_later_holds() -> None:
    """OKX stamps whole milliseconds: an order is placed and amended within one."""
    ledger = OrderLedger()
    ledger.order(report(1, OrderStatus.ACCEPTED, received_ns=Nanos(10)))
    ledger.order(report(1, OrderStatus.ACCEPTED, price=Decimal(90), received_ns=Nanos(20)))
    assert ledger.find(MINE).price == 90
    ledger.order(report(1, OrderStatus.ACCEPTED, received_ns=Nanos(10)))
    assert ledger.find(MINE).price == 90


STOP = VenueOrderId("S1")
AFTER = VenueOrderId("V1")  # what it goes on as once triggered


@st.composite
def triggered(draw: st.DrawFn) -> list[OrderReport]:
    """What a venue says of a stop that it gives another id once triggered."""
    waiting = [
        report(at, OrderStatus.ACCEPTED, venue_id=STOP, type=OrderType.STOP, price=None,
               trigger_price=Decimal(90), created_ns=Nanos(1))
        for at in range(draw(st.integers(1, 3)))
    ]  # fmt: skip
    return waiting + [
        report(one.venue_ns + 10, one.status, int(one.filled), price=one.price, reason=one.reason,
               former_id=STOP, created_ns=Nanos(9))
        for one in draw(histories())
    ]  # fmt: skip


@given(triggered(), st.randoms(use_true_random=False))
def test_a_triggered_order_stays_one_order_whatever_comes_late(
    told: list[OrderReport], chance: random.Random
) -> None:
    jumbled = told + chance.choices(told, k=3)
    chance.shuffle(jumbled)
    for reports in (told, jumbled):
        ledger = OrderLedger()
        ledger.placing(order(), Nanos(0))
        for one in reports:
            ledger.order(one)
        (found,) = ledger.everything()
        assert found == ledger.find(MINE) == ledger.find(STOP) == ledger.find(AFTER)
        assert (found.venue_id, found.status) == (AFTER, told[-1].status)
        assert (found.filled, found.client_id) == (told[-1].filled, MINE)


def test_a_triggered_order_keeps_what_only_its_former_self_told() -> None:
    ledger = OrderLedger()
    waits = report(1, OrderStatus.ACCEPTED, venue_id=STOP, trigger_price=Decimal(90))
    assert ledger.order(waits)
    assert ledger.order(report(2, OrderStatus.FILLED, SIZE, client_id=None, former_id=STOP))
    found = ledger.find(MINE)
    assert found is not None
    assert (found.trigger_price, found.client_id, found.status) == (
        Decimal(90),
        MINE,
        OrderStatus.FILLED,
    )
    assert not ledger.order(waits)
    assert ledger.open() == []


def test_what_the_venue_holds_no_more_is_gone_but_for_what_is_newer() -> None:
    ledger = OrderLedger()

    def balance(currency: str, at: int) -> Balance:
        return Balance(
            venue=VenueId("kraken"),
            currency=currency,
            total=Decimal(1),
            free=Decimal(1),
            held=Decimal(0),
            venue_ns=Nanos(at),
            received_ns=Nanos(at),
        )

    def position(symbol: str, at: int) -> Position:
        return Position(
            instrument=InstrumentId(f"kraken:{symbol}"),
            size=Decimal(1),
            venue_ns=Nanos(at),
            received_ns=Nanos(at),
        )

    for currency, at in (("BTC", 5), ("ETH", 15), ("USD", 5)):
        ledger.balance(balance(currency, at))
    for symbol, at in (("BTC/USD", 5), ("ETH/USD", 15), ("SOL/USD", 5)):
        ledger.position(position(symbol, at))
    ledger.holds_only([balance("USD", 11)], [position("SOL/USD", 11)], asked_ns=10)
    assert {currency for _, currency in ledger.balances} == {"ETH", "USD"}
    assert {one for one, _ in ledger.positions} == {"kraken:ETH/USD", "kraken:SOL/USD"}
