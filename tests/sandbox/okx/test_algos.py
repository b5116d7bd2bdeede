"""Algo orders: what waits, what sets it off, and what becomes of it."""

import pytest

SWAP = "BTC-USDT-SWAP"


async def state(client, algo):
    return (await client.data("/trade/order-algo", algoId=algo["algoId"]))[0]


async def buy(client, size="2"):
    await client.order(instId=SWAP, ordType="market", sz=size)


@pytest.fixture
def trade(quote, sandbox):
    """Moves the market to a price and lets it trade there."""

    def at(price):
        engine = sandbox.venue("okx").engine
        spec = sandbox.venue("okx").listing("BTC/USDT:USDT").spec
        for side in (engine.listings[spec.id].book.bids, engine.listings[spec.id].book.asks):
            for level in tuple(side):
                if level.house is not None:
                    name = "buy" if side is engine.listings[spec.id].book.bids else "sell"
                    quote(sandbox, "BTC/USDT:USDT", name, spec.price(level.price), 0)
        quote(sandbox, "BTC/USDT:USDT", "buy", price - 1, "100")
        quote(sandbox, "BTC/USDT:USDT", "sell", price + 1, "100")
        quote(sandbox, "BTC/USDT:USDT", "buy", price, "1")
        quote(sandbox, "BTC/USDT:USDT", "sell", price, "1")
        sandbox.advance()

    return at


async def test_a_stop_loss_fires_once(client, trade):
    await buy(client)
    algo = await client.algo(ordType="conditional", sz="2", slTriggerPx="49000", slOrdPx="-1")
    assert (algo["sCode"], (await state(client, algo))["state"]) == ("0", "live")
    assert not await client.data("/trade/orders-pending")
    trade(49_500)
    assert (await state(client, algo))["state"] == "live"
    trade(48_990)
    row = await state(client, algo)
    assert (row["state"], row["actualSide"], row["slOrdPx"]) == ("effective", "sl", "-1")
    order = (await client.data("/trade/order", instId=SWAP, ordId=row["ordId"]))[0]
    assert (order["state"], order["algoId"], order["source"]) == ("filled", algo["algoId"], "7")
    assert order["ordId"] != algo["algoId"]
    assert not await client.data("/account/positions")
    gone = await client.post("/trade/cancel-algos", [{"instId": SWAP, "algoId": algo["algoId"]}])
    assert gone["data"][0]["sCode"] == "51400"


async def test_one_cancels_the_other(client, trade):
    await buy(client)
    algo = await client.algo(
        ordType="oco",
        sz="2",
        slTriggerPx="49000",
        slOrdPx="-1",
        tpTriggerPx="51000",
        tpOrdPx="-1",
        algoClOrdId="pair1",
    )
    pending = await client.data("/trade/orders-algo-pending", ordType="oco")
    assert [row["algoId"] for row in pending] == [algo["algoId"]]
    assert (pending[0]["slTriggerPx"], pending[0]["tpTriggerPx"]) == ("49000", "51000")
    trade(51_010)
    row = (await client.data("/trade/order-algo", algoClOrdId="pair1"))[0]
    assert (row["state"], row["actualSide"]) == ("effective", "tp")
    assert not client.sandbox.orders("okx")


@pytest.mark.parametrize(
    ("side", "trigger", "move"), [("buy", 51_000, 51_010), ("buy", 49_000, 48_990)]
)
async def test_triggers_fire_from_either_side(client, trade, side, trigger, move):
    trade(50_000)
    algo = await client.algo(
        ordType="trigger", side=side, triggerPx=str(trigger), orderPx=str(trigger + 500)
    )
    trade(50_001)
    assert (await state(client, algo))["state"] == "live"
    trade(move)
    row = await state(client, algo)
    assert row["state"] == "effective"
    order = (await client.data("/trade/order", instId=SWAP, ordId=row["ordId"]))[0]
    assert (order["source"], order["px"]) == ("6", str(trigger + 500))


async def test_trailing_stops_follow(client, trade):
    await buy(client)
    trade(50_000)
    algo = await client.algo(ordType="move_order_stop", callbackRatio="0.01", reduceOnly=True)
    trade(51_000)
    row = await state(client, algo)
    assert (row["moveTriggerPx"], row["callbackRatio"]) == ("50490", "0.01")
    trade(50_400)
    assert (await state(client, algo))["state"] == "effective"


async def test_twap_and_iceberg_and_chase(client, clock, sandbox):
    twap = await client.algo(
        ordType="twap", side="buy", sz="4", szLimit="1", pxLimit="50500", timeInterval="10"
    )
    for _ in range(4):
        sandbox.advance()
        clock.advance(10 * 10**9)
    assert (await state(client, twap))["state"] == "effective"
    assert (await state(client, twap))["actualSz"] == "4"
    fills = await client.data("/trade/fills", instId=SWAP)
    assert [row["fillSz"] for row in fills] == ["1"] * 4
    ice = await client.algo(ordType="iceberg", side="buy", sz="9", szLimit="2", pxLimit="49990.5")
    book = (await client.data("/market/books", instId=SWAP, sz="400"))[0]
    assert ["49990.5", "2", "0", "1"] in book["bids"]
    chase = await client.algo(ordType="chase", side="buy", sz="1")
    child = (await client.data("/trade/orders-pending", ordType="post_only"))[0]
    assert child["px"] == "50000"
    body = [{"instId": SWAP, "algoId": algo["algoId"]} for algo in (ice, chase)]
    assert (await client.post("/trade/cancel-advance-algos", body))["code"] == "0"
    assert not client.sandbox.orders("okx")


async def test_attached_exits_come_with_the_fill(client, trade):
    exits = [{"tpTriggerPx": "51000", "tpOrdPx": "-1", "slTriggerPx": "49000", "slOrdPx": "-1"}]
    exits[0]["attachAlgoClOrdId"] = "exit1"
    placed = await client.order(instId=SWAP, ordType="market", sz="2", attachAlgoOrds=exits)
    row = (await client.data("/trade/orders-algo-pending", ordType="oco"))[0]
    assert (row["algoClOrdId"], row["sz"]) == ("exit1", "2")
    assert row["linkedOrd"] == {"ordId": placed["ordId"]}
    assert row["state"] == "live"
    trade(48_990)
    assert not await client.data("/account/positions")


async def test_algos_are_amended_and_refused(client):
    await buy(client)
    algo = await client.algo(ordType="conditional", sz="2", slTriggerPx="49000", slOrdPx="-1")
    body = {"instId": SWAP, "algoId": algo["algoId"], "newSlTriggerPx": "48000", "newSz": "1"}
    assert (await client.post("/trade/amend-algos", body))["code"] == "0"
    row = await state(client, algo)
    assert (row["slTriggerPx"], row["sz"]) == ("48000", "1")
    for wrong, code in (
        ({"ordType": "conditional"}, "50015"),
        ({"ordType": "oco", "slTriggerPx": "1", "slOrdPx": "-1"}, "50015"),
        ({"ordType": "trigger", "triggerPx": "49000"}, "50014"),
        ({"ordType": "move_order_stop"}, "50015"),
        ({"ordType": "twap", "pxLimit": "1", "szLimit": "1"}, "50014"),
        ({"ordType": "other"}, "51000"),
        ({"ordType": "conditional", "slTriggerPx": "49000"}, "50014"),
        ({"ordType": "conditional", "slTriggerPx": "52000", "slOrdPx": "-1"}, "51280"),
        ({"ordType": "conditional", "tpTriggerPx": "49000", "tpOrdPx": "-1"}, "51279"),
    ):
        assert (await client.algo(**wrong))["sCode"] == code, wrong
