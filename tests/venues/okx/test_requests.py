"""What goes out: exact method, path and body of every order request."""

import json
from decimal import Decimal
from typing import Any

import pytest

from argosy.errors import InvalidOrder, Unsupported
from argosy.model import (
    AmendOrder,
    AttachedExit,
    CancelOrder,
    ClientOrderId,
    InstrumentId,
    MarginMode,
    OffsetUnit,
    OrderType,
    PlaceOrder,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
    TriggerSource,
    VenueOrderId,
)
from argosy.ports import HttpRequest
from argosy.venues.catalog import Adapter

D = Decimal
SPOT = InstrumentId("okx:BTC/USDT")
SWAP = InstrumentId("okx:BTC/USDT:USDT")
OPTION = InstrumentId("okx:BTC/USD:BTC-261225-100000-C")
ETH = InstrumentId("okx:ETH/USDT")  # not listed on margin


def order(**fields: Any) -> PlaceOrder:
    """A limit order to buy one, but for `fields`."""
    given: dict[str, Any] = {
        "instrument": SPOT,
        "client_id": ClientOrderId("abc1"),
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "size": D(1),
    } | fields
    if given["type"] in {OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT}:
        given.setdefault("price", D(60000))
    return PlaceOrder(**{key: value for key, value in given.items() if value is not None})


def body(request: HttpRequest) -> Any:
    assert request.method == "POST"
    assert dict(request.headers)["Content-Type"] == "application/json"
    assert request.signed
    return json.loads(request.body)


def sent(okx: Adapter, **fields: Any) -> dict[str, Any]:
    """The body of the order, less what is the same in all of them."""
    found = body(okx.trading.place(order(**fields)).request)
    assert found.pop("clOrdId", None) == "abc1" or found.pop("algoClOrdId") == "abc1"
    assert "tag" not in found  # nobody's broker
    return {key: value for key, value in found.items() if key not in {"instId", "side"}}


LIMIT = {"tdMode": "cash", "ordType": "limit", "sz": "1", "px": "60000"}
CROSS = LIMIT | {"tdMode": "cross"}


def test_whole_request(okx: Adapter) -> None:
    request = okx.trading.place(order()).request
    assert request.path == "/api/v5/trade/order"
    assert request.body == (
        b'{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"1",'
        b'"clOrdId":"abc1","px":"60000"}'
    )
    assert request.cost == {"place/BTC-USDT": 1, "account_orders": 1}
    assert not request.idempotent
    assert not request.urgent


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, LIMIT),
        (
            {"size": D("1E-8"), "price": D("60000.10")},
            LIMIT | {"sz": "0.00000001", "px": "60000.1"},
        ),
        ({"post_only": True}, LIMIT | {"ordType": "post_only"}),
        ({"time_in_force": TimeInForce.IOC}, LIMIT | {"ordType": "ioc"}),
        ({"time_in_force": TimeInForce.FOK}, LIMIT | {"ordType": "fok"}),
        ({"self_trade": SelfTradePrevention.CANCEL_BOTH}, LIMIT | {"stpMode": "cancel_both"}),
        ({"self_trade": SelfTradePrevention.CANCEL_MAKER}, LIMIT | {"stpMode": "cancel_maker"}),
        ({"self_trade": SelfTradePrevention.CANCEL_TAKER}, LIMIT | {"stpMode": "cancel_taker"}),
        ({"margin_mode": MarginMode.CROSS}, CROSS | {"ccy": "USDT"}),
        (
            {"margin_mode": MarginMode.ISOLATED, "reduce_only": True},
            LIMIT | {"tdMode": "isolated", "ccy": "USDT", "reduceOnly": True},
        ),
        ({"instrument": SWAP}, CROSS),
        ({"instrument": SWAP, "margin_mode": MarginMode.ISOLATED}, LIMIT | {"tdMode": "isolated"}),
        ({"instrument": SWAP, "position_side": PositionSide.LONG}, CROSS | {"posSide": "long"}),
        ({"instrument": SWAP, "reduce_only": True}, CROSS | {"reduceOnly": True}),
        ({"instrument": OPTION, "price": D("0.05")}, CROSS | {"px": "0.05"}),
    ],
)
def test_limit_orders(okx: Adapter, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(okx, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {"tdMode": "cash", "ordType": "market", "sz": "1", "tgtCcy": "base_ccy"}),
        (
            {"side": Side.SELL},
            {"tdMode": "cash", "ordType": "market", "sz": "1", "tgtCcy": "base_ccy"},
        ),
        (
            {"size": None, "quote_size": D(100)},
            {"tdMode": "cash", "ordType": "market", "sz": "100", "tgtCcy": "quote_ccy"},
        ),
        ({"instrument": SWAP}, {"tdMode": "cross", "ordType": "market", "sz": "1"}),
        (
            {"instrument": SWAP, "time_in_force": TimeInForce.IOC},
            {"tdMode": "cross", "ordType": "optimal_limit_ioc", "sz": "1"},
        ),
        (
            {"margin_mode": MarginMode.CROSS, "side": Side.SELL},
            {"tdMode": "cross", "ordType": "market", "sz": "1", "ccy": "USDT"},
        ),
        (
            {"margin_mode": MarginMode.CROSS, "size": None, "quote_size": D(100)},
            {"tdMode": "cross", "ordType": "market", "sz": "100", "ccy": "USDT"},
        ),
    ],
)
def test_market_orders(okx: Adapter, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(okx, type=OrderType.MARKET, **fields) == expected


def test_attached_exits(okx: Adapter) -> None:
    levels = AttachedExit(take_profit=D(66000), stop_loss=D(54000), stop_loss_limit=D(53900))
    assert sent(okx, exit=levels)["attachAlgoOrds"] == [
        {
            "tpTriggerPx": "66000",
            "tpOrdPx": "-1",
            "tpTriggerPxType": "last",
            "slTriggerPx": "54000",
            "slOrdPx": "53900",
            "slTriggerPxType": "last",
        }
    ]
    only = AttachedExit(stop_loss=D(54000), source=TriggerSource.MARK)
    assert sent(okx, exit=only)["attachAlgoOrds"] == [
        {"slTriggerPx": "54000", "slOrdPx": "-1", "slTriggerPxType": "mark"}
    ]


STOP = Trigger(price=D(54000))
ALGO = {"tdMode": "cross", "sz": "1"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"type": OrderType.STOP, "trigger": STOP},
            {"ordType": "conditional", "slTriggerPx": "54000", "slOrdPx": "-1",
             "slTriggerPxType": "last"},
        ),
        (
            {"type": OrderType.STOP_LIMIT, "trigger": STOP, "price": D(53400)},
            {"ordType": "conditional", "slTriggerPx": "54000", "slOrdPx": "53400",
             "slTriggerPxType": "last"},
        ),
        (
            {"type": OrderType.TAKE_PROFIT, "reduce_only": True,
             "trigger": Trigger(price=D(66000), source=TriggerSource.INDEX)},
            {"ordType": "conditional", "tpTriggerPx": "66000", "tpOrdPx": "-1",
             "tpTriggerPxType": "index", "reduceOnly": True},
        ),
        (
            {"type": OrderType.TAKE_PROFIT_LIMIT, "trigger": Trigger(price=D(66000)),
             "price": D(65900), "position_side": PositionSide.LONG},
            {"ordType": "conditional", "tpTriggerPx": "66000", "tpOrdPx": "65900",
             "tpTriggerPxType": "last", "posSide": "long"},
        ),
        (
            {"type": OrderType.STOP, "trigger": STOP, "exit": AttachedExit(stop_loss=D(50000))},
            {"ordType": "trigger", "triggerPx": "54000", "orderPx": "-1", "triggerPxType": "last",
             "attachAlgoOrds": [
                 {"slTriggerPx": "50000", "slOrdPx": "-1", "slTriggerPxType": "last"}
             ]},
        ),
        (
            {"type": OrderType.OCO, "exit": AttachedExit(take_profit=D(66000), stop_loss=D(54000))},
            {"ordType": "oco", "tpTriggerPx": "66000", "tpOrdPx": "-1", "tpTriggerPxType": "last",
             "slTriggerPx": "54000", "slOrdPx": "-1", "slTriggerPxType": "last"},
        ),
        (
            {"type": OrderType.TRAILING_STOP,
             "trigger": Trigger(offset=D(1), offset_unit=OffsetUnit.PERCENT)},
            {"ordType": "move_order_stop", "callbackRatio": "0.01"},
        ),
        (
            {"type": OrderType.TRAILING_STOP,
             "trigger": Trigger(offset=D(100), activation_price=D(60600))},
            {"ordType": "move_order_stop", "callbackSpread": "100", "activePx": "60600"},
        ),
        (
            {"type": OrderType.ICEBERG, "price": D(60000), "display_size": D("0.1")},
            {"ordType": "iceberg", "szLimit": "0.1", "pxLimit": "60000", "pxSpread": "0.1"},
        ),
        (
            {"type": OrderType.TWAP, "price": D(60000), "slices": 3, "interval_s": 15},
            {"ordType": "twap", "szLimit": "0.34", "pxLimit": "60000", "pxSpread": "0.1",
             "timeInterval": "15"},
        ),
        (
            {"type": OrderType.CHASE},
            {"ordType": "chase", "chaseType": "distance", "chaseVal": "0"},
        ),
    ],
)  # fmt: skip
def test_algo_orders(okx: Adapter, fields: dict[str, Any], expected: dict[str, Any]) -> None:
    call = okx.trading.place(order(instrument=SWAP, side=Side.SELL, **fields))
    assert call.request.path == "/api/v5/trade/order-algo"
    assert call.request.cost == {"algo_place/BTC-USDT-SWAP": 1}
    assert sent(okx, instrument=SWAP, side=Side.SELL, **fields) == ALGO | expected


def test_spot_stop_at_market_says_its_unit(okx: Adapter) -> None:
    found = sent(okx, type=OrderType.STOP, trigger=STOP, side=Side.BUY)
    assert (found["tgtCcy"], found["tdMode"]) == ("base_ccy", "cash")
    limit = sent(okx, type=OrderType.STOP_LIMIT, trigger=STOP, price=D(1))
    assert "tgtCcy" not in limit


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"time_in_force": TimeInForce.GTD, "expire_ns": 1}, "good-till-date"),
        ({"leverage": D(3)}, "set_leverage"),
        ({"reduce_only": True}, "cash spot"),
        ({"instrument": SWAP, "reduce_only": True, "position_side": PositionSide.LONG}, "long/short"),
        ({"instrument": ETH, "margin_mode": MarginMode.CROSS}, "not traded on margin"),
        ({"position_side": PositionSide.LONG}, "long and short"),
        ({"type": OrderType.MARKET, "size": None, "quote_size": D(1), "instrument": SWAP}, "contracts"),
        ({"type": OrderType.MARKET, "instrument": OPTION}, "options"),
        ({"type": OrderType.MARKET, "time_in_force": TimeInForce.FOK}, "fill-or-kill"),
        ({"type": OrderType.MARKET, "margin_mode": MarginMode.CROSS}, "quote_size"),
        ({"type": OrderType.TRAILING_STOP_LIMIT, "trigger": Trigger(offset=D(1))}, "trailing_stop_limit"),
        ({"type": OrderType.OCO}, "take_profit"),
        ({"type": OrderType.CHASE}, "futures and perpetuals"),
        ({"type": OrderType.CHASE, "instrument": SWAP, "price": D(1)}, "no price"),
        ({"type": OrderType.TWAP, "price": D(1)}, "slices"),
        ({"type": OrderType.TWAP, "price": D(1), "slices": 0, "interval_s": 1}, "above 0"),
        ({"type": OrderType.STOP, "trigger": STOP, "instrument": OPTION}, "options"),
        ({"type": OrderType.STOP_LIMIT, "trigger": STOP, "time_in_force": TimeInForce.IOC}, "ioc"),
        ({"type": OrderType.STOP, "trigger": STOP, "self_trade": SelfTradePrevention.CANCEL_BOTH}, "self"),
        (
            {"type": OrderType.TRAILING_STOP,
             "trigger": Trigger(offset=D(1), source=TriggerSource.MARK)},
            "last price",
        ),
        (
            {"type": OrderType.TRAILING_STOP, "trigger": Trigger(offset=D(1)),
             "exit": AttachedExit(stop_loss=D(1))},
            "exits",
        ),
        ({"instrument": InstrumentId("okx:NO/ONE")}, "not listed"),
    ],
)  # fmt: skip
def test_what_okx_does_not_take(okx: Adapter, fields: dict[str, Any], why: str) -> None:
    with pytest.raises(Unsupported, match=why):
        okx.trading.place(order(**fields))


@pytest.mark.parametrize("client_id", ["", "a-b", "a_b", "é", "x" * 33, "a b", "abc\n"])
def test_client_ids_okx_refuses(okx: Adapter, client_id: str) -> None:
    with pytest.raises(InvalidOrder, match="letters and digits"):
        okx.trading.place(order(client_id=client_id))
    with pytest.raises(InvalidOrder, match="letters and digits"):
        okx.trading.order(SPOT, client_id, None)


def test_longest_client_id(okx: Adapter) -> None:
    assert b"x" * 32 in okx.trading.place(order(client_id="x" * 32)).request.body


def test_batch(okx: Adapter) -> None:
    orders = [order(), order(client_id="abc2", instrument=SWAP), order(client_id="abc3")]
    request = okx.trading.place_many(orders).request
    assert request.path == "/api/v5/trade/batch-orders"
    assert [item["clOrdId"] for item in body(request)] == ["abc1", "abc2", "abc3"]
    assert request.cost == {
        "place_batch/BTC-USDT": 2,
        "place_batch/BTC-USDT-SWAP": 1,
        "account_orders": 3,
    }
    with pytest.raises(Unsupported, match="20"):
        okx.trading.place_many([order()] * 21)
    with pytest.raises(Unsupported, match="not 0"):
        okx.trading.place_many([])
    with pytest.raises(Unsupported, match="batch"):
        okx.trading.place_many([order(type=OrderType.STOP, trigger=STOP)])


def change(**fields: Any) -> AmendOrder:
    return AmendOrder(instrument=SPOT, client_id=ClientOrderId("abc1"), **fields)


def test_amend(okx: Adapter) -> None:
    request = okx.trading.amend(change(new_size=D("0.01"), new_price=D(60000))).request
    assert request.path == "/api/v5/trade/amend-order"
    assert body(request) == {
        "instId": "BTC-USDT", "clOrdId": "abc1", "newSz": "0.01", "newPx": "60000",
    }  # fmt: skip
    assert request.cost == {"amend/BTC-USDT": 1, "account_orders": 1}
    by_id = okx.trading.amend(change(venue_id=VenueOrderId("7"), new_size=D(1))).request
    assert body(by_id) == {"instId": "BTC-USDT", "ordId": "7", "newSz": "1"}
    many = okx.trading.amend_many([change(new_size=D(1)), change(new_price=D(2))]).request
    assert many.path == "/api/v5/trade/amend-batch-orders"
    assert len(body(many)) == 2
    with pytest.raises(Unsupported, match="trigger"):
        okx.trading.amend(change(new_trigger_price=D(1)))


def test_amend_algos(okx: Adapter) -> None:
    stop = change(type=OrderType.STOP_LIMIT, new_trigger_price=D(5), new_price=D(4), new_size=D(2))
    request = okx.trading.amend(stop).request
    assert request.path == "/api/v5/trade/amend-algos"
    assert body(request) == {
        "instId": "BTC-USDT", "algoClOrdId": "abc1", "newSz": "2", "newSlTriggerPx": "5",
        "newSlOrdPx": "4",
    }  # fmt: skip
    profit = change(type=OrderType.TAKE_PROFIT, new_trigger_price=D(5), venue_id=VenueOrderId("9"))
    assert body(okx.trading.amend(profit).request) == {
        "instId": "BTC-USDT", "algoId": "9", "newTpTriggerPx": "5",
    }  # fmt: skip
    with pytest.raises(Unsupported, match="twap"):
        okx.trading.amend(change(type=OrderType.TWAP, new_size=D(1)))


def cancel(**fields: Any) -> CancelOrder:
    return CancelOrder(**({"instrument": SPOT, "client_id": ClientOrderId("myorder001")} | fields))


def test_cancel(okx: Adapter) -> None:
    request = okx.trading.cancel(cancel()).request
    assert request.path == "/api/v5/trade/cancel-order"
    assert body(request) == {"instId": "BTC-USDT", "clOrdId": "myorder001"}
    assert request.urgent
    assert request.cost == {"cancel/BTC-USDT": 1}
    by_id = okx.trading.cancel(cancel(venue_id=VenueOrderId("123456"))).request
    assert body(by_id) == {"instId": "BTC-USDT", "ordId": "123456"}


def test_cancel_algos(okx: Adapter) -> None:
    algo = cancel(type=OrderType.STOP, venue_id=VenueOrderId("123456"))
    request = okx.trading.cancel(algo).request
    assert request.path == "/api/v5/trade/cancel-algos"
    assert body(request) == [{"instId": "BTC-USDT", "algoId": "123456"}]
    assert request.cost == {"algo_cancel/BTC-USDT": 1}


def test_cancel_many(okx: Adapter) -> None:
    request = okx.trading.cancel_many([cancel(), cancel(venue_id=VenueOrderId("7"))]).request
    assert request.path == "/api/v5/trade/cancel-batch-orders"
    assert body(request) == [
        {"instId": "BTC-USDT", "clOrdId": "myorder001"}, {"instId": "BTC-USDT", "ordId": "7"},
    ]  # fmt: skip
    assert request.cost == {"cancel_batch/BTC-USDT": 2}
    with pytest.raises(Unsupported, match="10"):
        okx.trading.cancel_many([cancel(type=OrderType.STOP)] * 11)
    with pytest.raises(Unsupported, match="separate"):
        okx.trading.cancel_many([cancel(), cancel(type=OrderType.STOP)])


def test_dead_mans_switch(okx: Adapter) -> None:
    request = okx.trading.cancel_all_after(60).request
    assert (request.path, body(request)) == ("/api/v5/trade/cancel-all-after", {"timeOut": "60"})
    assert body(okx.trading.cancel_all_after(0).request) == {"timeOut": "0"}
    for seconds in (-1, 9, 121):
        with pytest.raises(Unsupported, match="120"):
            okx.trading.cancel_all_after(seconds)


def test_questions(okx: Adapter) -> None:
    by_client = okx.trading.order(SPOT, "myorder001", None).request
    assert (by_client.method, by_client.path) == ("GET", "/api/v5/trade/order")
    assert by_client.query == (("instId", "BTC-USDT"), ("clOrdId", "myorder001"))
    by_venue = okx.trading.order(SPOT, "myorder001", "123456").request
    assert by_venue.query == (("instId", "BTC-USDT"), ("ordId", "123456"))
    algo = okx.trading.order(SPOT, "myorder001", None, OrderType.STOP).request
    assert (algo.path, algo.query) == (
        "/api/v5/trade/order-algo", (("algoClOrdId", "myorder001"),),
    )  # fmt: skip
    lists = [call.request for call in okx.trading.open_orders()]
    assert [(r.path.rpartition("/")[2], dict(r.query)) for r in lists][:3] == [
        ("orders-pending", {"limit": "100"}),
        ("orders-algo-pending", {"ordType": "conditional,oco", "limit": "100"}),
        ("orders-algo-pending", {"ordType": "trigger", "limit": "100"}),
    ]
    (fills,) = okx.trading.fills(1_699_913_600_000_000_000)
    assert dict(fills.request.query) == {"limit": "100", "begin": "1699913600000"}


def test_every_cost_names_a_limit(okx: Adapter) -> None:
    trading, account = okx.trading, okx.account
    calls = [
        trading.place(order()), trading.place(order(type=OrderType.STOP, trigger=STOP)),
        trading.place_many([order()]), trading.amend(change(new_size=D(1))),
        trading.amend_many([change(new_size=D(1))]),
        trading.amend(change(new_size=D(1), type=OrderType.STOP)), trading.cancel(cancel()),
        trading.cancel(cancel(type=OrderType.STOP)), trading.cancel_many([cancel()]),
        *trading.cancel_all(None), *trading.cancel_all(SPOT), trading.cancel_all_after(60),
        trading.order(SPOT, "a", None), trading.order(SPOT, "a", None, OrderType.TWAP),
        *trading.open_orders(), *trading.orders_history("SPOT"), *trading.fills(None),
        *trading.fills_history("SPOT", None), *account.balances(), *account.funding_balances(),
        *account.positions(), account.fees(SPOT), account.set_position_mode(long_short=True),
        account.set_leverage(SWAP, D(5)), account.max_size(SPOT), account.position_mode(),
    ]  # fmt: skip
    for call in calls:
        assert call.request.cost, call.request.path
        assert {bucket.partition("/")[0] for bucket in call.request.cost} <= set(okx.info.buckets)
        assert call.request.signed
