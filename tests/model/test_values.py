"""Values that do not fit together cannot be made, and say which part is wrong."""

from decimal import Decimal

import msgspec
import pytest

from argosy import errors, model
from argosy.model import (
    AmendOrder,
    AttachedExit,
    Credentials,
    Instrument,
    InstrumentId,
    InstrumentKind,
    OptionRight,
    OrderStatus,
    OrderType,
    Payoff,
    Peg,
    PlaceOrder,
    Side,
    TimeInForce,
    Trade,
    Trigger,
    VenueId,
)

SPOT = {
    "id": InstrumentId("okx:BTC/USDT"),
    "venue": VenueId("okx"),
    "venue_symbol": "BTC-USDT",
    "kind": InstrumentKind.SPOT,
    "base": "BTC",
    "quote": "USDT",
    "price_increment": Decimal("0.1"),
    "size_increment": Decimal("0.001"),
}
SWAP = {**SPOT, "kind": InstrumentKind.PERPETUAL, "settle": "USDT", "payoff": Payoff.LINEAR}
OPTION = {
    **SWAP,
    "kind": InstrumentKind.OPTION,
    "expiry_ns": 5,
    "strike": Decimal(100),
    "right": OptionRight.CALL,
}
BOTH = AttachedExit(take_profit=Decimal(2), stop_loss=Decimal(1))
LIMIT = {
    "instrument": InstrumentId("okx:BTC/USDT"),
    "client_id": "a1",
    "side": Side.BUY,
    "type": OrderType.LIMIT,
    "size": Decimal(1),
    "price": Decimal(100),
}


def test_instruments_of_every_kind_can_be_made():
    assert Instrument(**SPOT).symbol == "BTC/USDT"
    assert Instrument(**OPTION).strike == 100
    assert Instrument(**{**SWAP, "kind": InstrumentKind.FUTURE, "expiry_ns": 1}).expiry_ns == 1
    assert Instrument(**{**SPOT, "kind": InstrumentKind.POOL}).kind == "pool"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({**SPOT, "price_increment": Decimal(0)}, "price_increment is 0"),
        ({**SPOT, "size_increment": Decimal("NaN")}, "size_increment is NaN"),
        ({**SPOT, "settle": "USDT", "payoff": Payoff.LINEAR}, "cannot have settle"),
        ({**SWAP, "settle": None}, "needs settle"),
        ({**SWAP, "expiry_ns": 1}, "expiry_ns does not fit"),
        ({**OPTION, "expiry_ns": None}, "expiry_ns does not fit"),
        ({**OPTION, "strike": None}, "strike and right"),
        ({**SPOT, "strike": Decimal(1), "right": OptionRight.PUT}, "strike and right"),
    ],
)
def test_instruments_that_do_not_fit_together(parts, said):
    with pytest.raises(ValueError, match=said):
        Instrument(**parts)


def test_notional_and_base_size():
    spot, linear = Instrument(**SPOT), Instrument(**{**SWAP, "contract_size": Decimal("0.01")})
    inverse = Instrument(**{**SWAP, "payoff": Payoff.INVERSE, "contract_size": Decimal(100)})
    price, size = Decimal(50_000), Decimal(3)
    assert spot.notional(price, size) == 150_000
    assert linear.notional(price, size) == 1_500
    assert inverse.notional(price, size) == 300
    assert spot.base_size(size, price) == 3
    assert linear.base_size(size, price) == Decimal("0.03")
    assert inverse.base_size(size, price) == Decimal("0.006")


def test_instrument_ids():
    assert model.instrument_id("okx", "BTC/USDT:USDT") == "okx:BTC/USDT:USDT"
    assert model.split_id(InstrumentId("okx:BTC/USDT:USDT")) == ("okx", "BTC/USDT:USDT")
    for venue, symbol in (("", "BTC/USD"), ("a:b", "BTC/USD"), ("okx", ""), ("okx", "BTC")):
        with pytest.raises(ValueError, match="do not make an instrument id"):
            model.instrument_id(venue, symbol)
    for text in ("BTC/USD", ":BTC/USD", "okx:BTC"):
        with pytest.raises(ValueError, match="not an instrument id"):
            model.split_id(InstrumentId(text))


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"type": OrderType.MARKET, "price": None},
        {"type": OrderType.MARKET, "price": None, "size": None, "quote_size": Decimal(5)},
        {"type": OrderType.ICEBERG, "display_size": Decimal("0.1")},
        {"type": OrderType.STOP, "price": None, "trigger": Trigger(price=Decimal(5))},
        {"type": OrderType.TRAILING_STOP, "price": None, "trigger": Trigger(offset=Decimal(5))},
        {"time_in_force": TimeInForce.GTD, "expire_ns": 5},
        {"exit": AttachedExit(stop_loss=Decimal(1))},
        {"exit": AttachedExit(trail=Decimal(1))},
        {"type": OrderType.LIMIT_IF_TOUCHED, "trigger": Trigger(price=Decimal(5))},
        {"type": OrderType.PEGGED, "price": None, "peg": Peg(offset=Decimal(-1))},
        {"type": OrderType.OTO, "then": PlaceOrder(**LIMIT)},
        {"type": OrderType.BRACKET, "exit": BOTH},
        {
            "type": OrderType.ICEBERG,
            "display_size": Decimal("0.1"),
            "display_variance": Decimal("0.2"),
        },
        {"post_only": True},
    ],
)
def test_orders_that_fit_together(parts):
    PlaceOrder(**{**LIMIT, **parts})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"size": None}, "either size or quote_size"),
        ({"quote_size": Decimal(5)}, "either size or quote_size"),
        ({"size": None, "quote_size": Decimal(5)}, "market orders only"),
        ({"size": Decimal(-1)}, "size is -1"),
        ({"price": Decimal("Infinity")}, "price is Infinity"),
        ({"display_size": Decimal(1)}, "display_size goes with iceberg"),
        ({"type": OrderType.ICEBERG}, "display_size goes with iceberg"),
        ({"price": None}, "needs a price"),
        ({"type": OrderType.MARKET}, "takes no price"),
        ({"type": OrderType.STOP_LIMIT}, "needs trigger"),
        ({"trigger": Trigger(price=Decimal(1))}, "takes no trigger"),
        ({"type": OrderType.STOP, "trigger": Trigger(offset=Decimal(1))}, "needs a trigger price"),
        (
            {"type": OrderType.TRAILING_STOP, "trigger": Trigger(price=Decimal(1))},
            "needs a trigger offset",
        ),
        ({"type": OrderType.PEGGED}, "peg goes with pegged"),
        ({"peg": Peg()}, "peg goes with pegged"),
        ({"type": OrderType.OTO}, "then goes with oto"),
        ({"type": OrderType.BRACKET}, "needs exit.take_profit"),
        (
            {"type": OrderType.BRACKET, "exit": AttachedExit(stop_loss=Decimal(1))},
            "needs exit.take_profit",
        ),
        (
            {"type": OrderType.BRACKET, "exit": AttachedExit(take_profit=Decimal(1))},
            "needs exit.stop_loss or exit.trail",
        ),
        ({"display_variance": Decimal("0.1")}, "goes with iceberg orders only"),
        (
            {
                "type": OrderType.ICEBERG,
                "display_size": Decimal(1),
                "display_variance": Decimal(1),
            },
            "must be between 0 and 1",
        ),
        ({"time_in_force": TimeInForce.GTD}, "expire_ns goes with"),
        ({"expire_ns": 5}, "expire_ns goes with"),
        ({"post_only": True, "time_in_force": TimeInForce.IOC}, "contradicts time_in_force"),
        (
            {"post_only": True, "type": OrderType.MARKET, "price": None},
            "contradicts order type",
        ),
    ],
)
def test_orders_that_do_not_fit_together(parts, said):
    with pytest.raises(ValueError, match=said):
        PlaceOrder(**{**LIMIT, **parts})


def test_parts_of_orders_need_their_parts():
    with pytest.raises(ValueError, match="either a price or an offset"):
        Trigger()
    with pytest.raises(ValueError, match="needs an activation_price"):
        Trigger(offset=Decimal(1), activation_against=True)
    with pytest.raises(ValueError, match="take_profit or a stop_loss"):
        AttachedExit()
    with pytest.raises(ValueError, match="not both"):
        AttachedExit(stop_loss=Decimal(1), trail=Decimal(1))
    with pytest.raises(ValueError, match="take_profit_rests needs"):
        AttachedExit(stop_loss=Decimal(1), take_profit_rests=True)
    with pytest.raises(ValueError, match="min_move_ticks is 0"):
        Peg(min_move_ticks=0)
    with pytest.raises(ValueError, match="peg offset is NaN"):
        Peg(offset=Decimal("NaN"))
    with pytest.raises(ValueError, match="needs a new_size"):
        AmendOrder(instrument=InstrumentId("okx:BTC/USDT"), client_id="a1")
    amend = AmendOrder(instrument=InstrumentId("okx:BTC/USDT"), client_id="a1", new_size=Decimal(2))
    assert amend.new_price is None


def test_final_statuses():
    assert [status for status in OrderStatus if status.final] == [
        OrderStatus.FILLED,
        OrderStatus.CANCELLED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    ]


def test_sides_have_opposites():
    assert (Side.BUY.opposite, Side.SELL.opposite) == (Side.SELL, Side.BUY)


def test_a_trade_has_a_size_above_zero():
    parts = {
        "instrument": InstrumentId("okx:BTC/USDT"),
        "venue_ns": 1,
        "received_ns": 2,
        "venue_trade_id": "1",
        "taker_side": Side.BUY,
        "price": Decimal(1),
    }
    with pytest.raises(ValueError, match="trade size is 0"):
        Trade(**parts, size=Decimal(0))
    with pytest.raises(ValueError, match="trade price is NaN"):
        Trade(**{**parts, "price": Decimal("NaN")}, size=Decimal(1))
    trade = Trade(**parts, size=Decimal("1.50"))
    encoded = msgspec.json.encode(trade)
    assert b'"event":"trade"' in encoded
    assert msgspec.json.decode(encoded, type=Trade) == trade


def test_credentials_hide_themselves():
    secret = Credentials(key="KEY-1", secret="SECRET-1", passphrase="PASS-1")
    for text in (repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{secret!r}"):
        assert "-1" not in text
    assert list(secret.__rich_repr__()) == ["hidden"]


def test_errors_say_venue_and_code():
    said = errors.InsufficientFunds("not enough USDT", venue="okx", code="51008")
    assert str(said) == "okx 51008: not enough USDT"
    assert str(errors.VenueError("EOrder:x", venue="kraken", code="EOrder:x")) == "kraken EOrder:x"
    assert str(errors.VenueError("plain")) == "plain"
    assert str(errors.VenueError("", venue="okx", code="1")) == "okx 1"
    limited = errors.RateLimited("slow down", retry_at_ns=5)
    assert limited.retry_at_ns == 5
    assert errors.StreamGap("lost").reason is model.GapReason.SEQUENCE


def test_the_error_tree_is_the_one_drawn():
    drawn = errors.__doc__
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.ArgosyError):
            assert name in drawn
