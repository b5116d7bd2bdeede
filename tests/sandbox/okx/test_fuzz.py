"""Whatever is asked, the venue answers in its own words: no HTTP 500, no connection that dies."""

import json
from random import Random

import pytest

from argosy.sandbox.okx.entry import ALL
from argosy.sandbox.okx.rest import PRIVATE, PUBLIC
from sandbox.okx.raw import read

WORDS = (
    *("", "0", "1", "-1", "1e30", "1e-30", "0.01", "50000", "NaN", "x" * 40, "ä", "\ud800", "a,b"),
    *("BTC-USDT", "BTC-USDT-SWAP", "BTC-USD-SWAP", "ETH-BTC", "BTC-USD", "NOPE", "ANY", "net"),
    *("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "cash", "cross", "isolated", "buy", "sell"),
    *("market", "limit", "post_only", "ioc", "conditional", "oco", "trigger", "twap", "iceberg"),
    *("move_order_stop", "chase", "1m", "1H", "6H", "1Dutc", "long", "true", "1790000000000"),
    *(True, None, 7, 1.5, [], {}, [{}], {"a": 1}, 10**25),
)
NAMES = (
    *("instId", "instType", "instFamily", "tdMode", "side", "ordType", "sz", "px", "clOrdId"),
    *("ordId", "posSide", "reduceOnly", "mgnMode", "lever", "posMode", "bar", "limit", "after"),
    *("before", "begin", "end", "ccy", "amt", "from", "to", "timeOut", "algoId", "algoClOrdId"),
    *("slTriggerPx", "slOrdPx", "tpTriggerPx", "tpOrdPx", "triggerPx", "orderPx", "callbackRatio"),
    *("szLimit", "pxLimit", "timeInterval", "newSz", "newPx", "state", "type", "attachAlgoOrds"),
    *("instIdCode", "channel", "closeFraction", "pxUsd", "tgtCcy", "stpMode", "uly", "quoteCcy"),
)


def some(random, **fixed):
    """A request of arbitrary parameters, some of which fit."""
    names = random.sample(NAMES, random.randrange(12))
    return {name: random.choice(WORDS) for name in names} | fixed


LIKELY = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "tdMode": "cross",
    "side": "buy",
    "sz": "1",
}


@pytest.mark.parametrize("seed", range(3))
async def test_rest_answers_everything(client, exchange, seed):
    exchange.options.rate_limits = False
    random = Random(seed)
    for endpoint in PUBLIC + PRIVATE:
        for fixed in ({}, {}, LIKELY, LIKELY, LIKELY | {"px": "49000", "ordType": "limit"}):
            fields = some(random) | random.choice((fixed, {}))
            if endpoint.method == "GET":
                plain = {k: str(v) for k, v in fields.items() if v != "\ud800"}
                answer = await client.get(endpoint.path, **plain)
            else:
                answer = await client.post(endpoint.path, fields)
            assert client.status != 500, (endpoint.path, fields)
            assert answer["code"].isdecimal(), (endpoint.path, fields, answer)


@pytest.mark.parametrize("place", ["public", "private", "business"])
async def test_streams_answer_everything(client, exchange, place):
    exchange.options.rate_limits = False
    socket = await client.socket(place, login=True)
    random = Random(1)
    channels = ("books", "tickers", "orders", "account", "candle1m", "instruments", "positions")
    for number in range(300):
        op = random.choice((*sorted(ALL), "subscribe", "unsubscribe", "login", "other"))
        args = [some(random, **random.choice((LIKELY, {}))) for _ in range(random.randrange(3))]
        for arg in args:
            if random.random() < 0.5:
                arg["channel"] = random.choice(channels)
            if random.random() < 0.5:
                arg["instIdCode"] = random.choice(list(exchange.names.codes.values()))
        frame = {"id": str(number), "op": op, "args": args}
        await socket.send_str(json.dumps(frame))
    await socket.send_json({"id": "end", "op": "nothing"})
    assert (await read(socket, id="end"))["code"] == "60019"
