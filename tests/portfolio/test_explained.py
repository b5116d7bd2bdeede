"""Balances that fills explain, in whichever order things are told, and those that none does."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.model import Balance, Fill, Liquidity, Nanos, Position, Side, VenueId, VenueOrderId
from argosy.model.time import SECOND
from argosy.portfolio.explained import Explained
from execution.emulated.worlds import ABOUT, SPOT, SWAP, SWAP_ABOUT

D = Decimal
LISTED = {SPOT: ABOUT, SWAP: SWAP_ABOUT}


def fill(side, price, size, fee="0", currency="USD", at=1000, instrument=SPOT):
    return Fill(
        instrument=instrument,
        venue_order_id=VenueOrderId("V"),
        venue_trade_id="T",
        side=side,
        price=D(price),
        size=D(size),
        fee=D(fee),
        fee_currency=currency,
        liquidity=Liquidity.TAKER,
        venue_ns=Nanos(at * SECOND),
        received_ns=Nanos(at * SECOND),
    )


def balances(**totals):
    return [
        Balance(
            venue=VenueId("test"),
            currency=currency,
            total=D(total),
            free=D(total),
            held=D(0),
            venue_ns=Nanos(0),
            received_ns=Nanos(0),
        )
        for currency, total in totals.items()
    ]


def looked(book, at=0, positions=(), **totals):
    found = book.look(balances(**totals), positions, LISTED, at * SECOND)
    return [(one.currency, one.amount) for one in found]


def test_what_fills_explain_is_not_told():
    book = Explained()
    assert looked(book, USD="1000", BTC="1") == []
    book.fill(fill(Side.BUY, "100", "2", "0.5"), ABOUT)
    assert looked(book, USD="799.5", BTC="3") == []
    book.fill(fill(Side.SELL, "110", "1", "0.001", "BTC"), ABOUT)
    assert looked(book, USD="909.5", BTC="1.999") == []


def test_a_change_is_told_once_two_looks_agree():
    book = Explained()
    looked(book, USD="1000", BTC="1")
    assert looked(book, USD="1000", BTC="1.5") == []
    assert looked(book, USD="1000", BTC="1.5") == [("BTC", D("0.5"))]
    assert looked(book, USD="1000", BTC="1.5") == []
    looked(book, USD="1000")
    assert looked(book, USD="1000") == [("BTC", D("-1.5"))]  # listed no more: it is gone


def test_a_fill_that_is_told_late_explains_it_after_all():
    book = Explained()
    looked(book, USD="1000", BTC="1")
    assert looked(book, USD="800", BTC="3") == []
    book.fill(fill(Side.BUY, "100", "2"), ABOUT)
    assert looked(book, USD="800", BTC="3") == []
    assert looked(book, USD="800", BTC="3") == []


def test_a_fill_near_the_first_look_begins_it_anew():
    book = Explained()
    looked(book, at=1000, USD="800", BTC="3")  # the fill below is in it already
    book.fill(fill(Side.BUY, "100", "2", at=1001), ABOUT)
    assert looked(book, at=1030, USD="800", BTC="3") == []
    assert looked(book, at=1060, USD="800", BTC="3") == []
    looked(book, at=1090, USD="801", BTC="3")
    assert looked(book, at=1120, USD="801", BTC="3") == [("USD", D(1))]


def test_a_fill_heard_before_the_first_look_may_not_be_in_it():
    book = Explained()
    book.fill(fill(Side.BUY, "100", "2", at=1001), ABOUT)  # while the venue was being asked
    looked(book, at=1000, USD="1000", BTC="1")
    assert looked(book, at=1030, USD="800", BTC="3") == []
    assert looked(book, at=1060, USD="800", BTC="3") == []
    looked(book, at=1090, USD="801", BTC="3")
    assert looked(book, at=1120, USD="801", BTC="3") == [("USD", D(1))]


def test_a_transfer_is_explained_whenever_it_shows():
    book = Explained()
    looked(book, USD="1000")
    book.expect("a out", "USD", D(-300))
    assert looked(book, USD="1000") == []  # not yet
    assert looked(book, USD="700") == []
    assert looked(book, USD="700") == []
    book.over("a out")
    looked(book, USD="400")
    assert looked(book, USD="400") == [("USD", D(-300))]  # the same again is another one


def test_transfers_may_show_together_with_each_other_and_with_fills():
    book = Explained()
    looked(book, USD="1000", BTC="1")
    for key, amount in (("a out", -300), ("b in", 50), ("c in", 7)):
        book.expect(key, "USD", D(amount))
    book.fill(fill(Side.BUY, "100", "2"), ABOUT)
    assert looked(book, USD="550", BTC="3") == []  # a, b and the fill
    assert looked(book, USD="557", BTC="3") == []
    assert looked(book, USD="557", BTC="3") == []


def test_many_transfers_may_show_at_once():
    book = Explained()
    looked(book, USD="1000")
    amounts = [D(20) + D(n * n) / 1000 for n in range(12)]
    for number, amount in enumerate(amounts):
        sign = 1 if number % 2 else -1
        book.expect(f"{number}", "USD", sign * amount)
    apart = sum((amount if n % 2 else -amount for n, amount in enumerate(amounts) if n != 4), D(0))
    assert looked(book, USD=str(1000 + apart)) == []
    assert looked(book, USD=str(1000 + apart)) == []
    assert looked(book, USD=str(1000 + apart - amounts[4])) == []


def test_a_look_at_very_many_transfers_ends_soon():
    book = Explained()
    looked(book, USD="1000")
    for number in range(60):
        book.expect(f"{number}", "USD", D(2**number))
    looked(book, USD="999.5")
    assert looked(book, USD="999.5") == [("USD", D("-0.5"))]


def test_a_transfer_that_is_over_explains_no_more_two_looks_later():
    book = Explained()
    looked(book, USD="1000")
    book.expect("a in", "USD", D(40))
    book.expect("b in", "USD", D(50))
    book.over("a in")
    book.over("b in")
    assert looked(book, USD="1000") == []
    book.over("a in")  # told again: no new term
    assert looked(book, USD="1040") == []
    assert looked(book, USD="1090") == []
    assert looked(book, USD="1090") == [("USD", D(50))]


def test_a_change_that_no_transfer_makes_up_is_told():
    book = Explained()
    looked(book, USD="1000", BTC="1")
    book.expect("a in", "BTC", D(-300))
    book.expect("b in", "USD", D(-299))
    looked(book, USD="700", BTC="1")
    assert looked(book, USD="700", BTC="1") == [("USD", D(-300))]


def test_what_positions_move_is_left_out():
    book = Explained()
    looked(book, USD="1000", BTC="1")
    book.fill(fill(Side.BUY, "100", "2", "0.1", instrument=SWAP), SWAP_ABOUT)
    held = Position(instrument=SWAP, size=D(2), venue_ns=Nanos(0), received_ns=Nanos(0))
    for total in ("990", "985", "985", "980"):
        assert looked(book, positions=[held], USD=total, BTC="1") == []
    looked(book, at=1030, USD="980", BTC="1")  # closed: it begins anew
    looked(book, at=1060, USD="970", BTC="1")
    assert looked(book, at=1090, USD="970", BTC="1") == [("USD", D(-10))]


def test_a_fill_of_what_is_not_listed_begins_all_anew():
    book = Explained()
    looked(book, USD="1000")
    book.fill(fill(Side.BUY, "100", "2"), None)
    assert looked(book, USD="500") == []
    assert looked(book, USD="500") == []


@settings(max_examples=200)
@given(st.data())
def test_never_a_false_alarm(data):
    """Fills and looks in any order: each is told before or after the look that has it."""
    book, at = Explained(), 1000
    usd, btc = D(10_000), D(100)
    looked(book, at=0, USD=str(usd), BTC=str(btc))
    waiting = []
    for _ in range(data.draw(st.integers(1, 30))):
        at += 30
        side = data.draw(st.sampled_from(Side))
        price, size = data.draw(st.integers(50, 150)), data.draw(st.integers(1, 5))
        sign = 1 if side is Side.BUY else -1
        if data.draw(st.booleans()):
            waiting.append(fill(side, price, size, at=at))
            usd -= sign * price * size
            btc += sign * size
        # No fill stays untold for two looks in a row.
        late = waiting[-1:] if data.draw(st.booleans()) else []
        for each in waiting[: len(waiting) - len(late)]:
            book.fill(each, ABOUT)
        waiting = late
        assert looked(book, at=at, USD=str(usd), BTC=str(btc)) == []
        for each in waiting:
            book.fill(each, ABOUT)
        waiting = []
    looked(book, USD=str(usd + 7), BTC=str(btc))
    assert looked(book, USD=str(usd + 7), BTC=str(btc)) == [("USD", D(7))]
