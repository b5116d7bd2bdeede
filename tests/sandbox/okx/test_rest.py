"""REST as OKX documents it."""

import itertools

import pytest

from argosy.model import Credentials
from argosy.sandbox.okx.auth import sign

SECRET = "22582BD0CFF14C41EDBF1AB98506286D"
STAMP = "2020-12-08T09:08:57.715Z"


def test_signatures_cover_time_method_path_query_and_body():
    path = "/api/v5/account/balance?ccy=BTC"
    assert sign(SECRET, STAMP, "GET", path, "") == "HiZhvSfMtWJA3uUIVXV3a/bSXNPCWvYFXoGCVS8V4zY="
    body = (
        '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2.15","sz":"2"}'
    )
    found = sign(SECRET, STAMP, "POST", "/api/v5/trade/order", body)
    assert found == "iwrdSpN7pm4G4u8+fswZUyH6mOM48+sBF6WvKpj4Dvk="
    login = sign(SECRET, "1538054050", "GET", "/users/self/verify", "")
    assert login == "+LdIr8lkkvhr5hoA3g9TMC0+uQJ849ftAcocA/ouu4M="


async def test_requests_that_are_not_signed_right(client):
    path = "/account/balance"
    good = client.headers("GET", f"/api/v5{path}")
    for name, code in (
        ("OK-ACCESS-KEY", "50103"),
        ("OK-ACCESS-PASSPHRASE", "50104"),
        ("OK-ACCESS-SIGN", "50106"),
        ("OK-ACCESS-TIMESTAMP", "50107"),
    ):
        less = {key: value for key, value in good.items() if key != name}
        assert (await client.call("GET", path, headers=less))["code"] == code
        assert client.status == 401
    for change, code in (
        ({"OK-ACCESS-KEY": "nobody"}, "50111"),
        ({"OK-ACCESS-KEY": "0" * 8 + "-0000-0000-0000-" + "0" * 12}, "50119"),
        ({"OK-ACCESS-TIMESTAMP": "yesterday"}, "50112"),
        ({"OK-ACCESS-PASSPHRASE": "other"}, "50105"),
        ({"OK-ACCESS-SIGN": "AAAA"}, "50113"),
    ):
        assert (await client.call("GET", path, headers=good | change))["code"] == code
    for late in (31, -31):
        stale = client.headers("GET", f"/api/v5{path}", late_s=late)
        assert (await client.call("GET", path, headers=stale))["code"] == "50102"
    assert (await client.get(path))["code"] == "0"


async def test_the_clock_is_judged_by_the_skewed_one(client, sandbox):
    sandbox.faults.skew_ns = 40 * 10**9
    assert (await client.get("/account/balance"))["code"] == "50102"


async def test_permissions(client, sandbox):
    seen = {}
    for label in ("read", "trade", "withdraw"):
        client.key = sandbox.venue("okx").keys[label].credentials
        seen[label] = (await client.data("/account/config"))[0]["perm"]
    assert seen == {
        "read": "read_only",
        "trade": "read_only,trade",
        "withdraw": "read_only,trade,withdraw",
    }
    client.key = sandbox.venue("okx").keys["read"].credentials
    answer = await client.post("/trade/order", {"instId": "BTC-USDT"})
    assert (answer["code"], client.status) == ("50120", 200)
    client.key = Credentials(key="x", secret="y", passphrase="z")
    assert (await client.get("/account/balance"))["code"] == "50111"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sz": "0.000001"}, "51020"),
        ({"sz": "0.0100000001"}, "51121"),
        ({"px": "40000.05"}, "51000"),
        ({"px": "60000"}, "51137"),
        ({"px": "40000", "instId": "BTC-USDT-SWAP", "tdMode": "cross", "side": "sell"}, "51006"),
        ({"instId": "NO-SUCH"}, "51001"),
        ({"tdMode": "margin"}, "51000"),
        ({"side": "BUY"}, "51000"),
        ({"ordType": "stop"}, "51000"),
        ({"sz": ""}, "50014"),
        ({"px": ""}, "51204"),
        ({"sz": "1e99"}, "51000"),
        ({"sz": "1e-9999999999"}, "51000"),
        ({"sz": "NaN"}, "51000"),
        ({"sz": "100"}, "51008"),
        ({"clOrdId": "a-b"}, "51000"),
        ({"clOrdId": "a" * 33}, "51000"),
        ({"posSide": "long"}, "51000"),
        ({"stpMode": "none"}, "51000"),
        ({"instId": "BTC-USDT-SWAP", "tdMode": "cross", "reduceOnly": True}, "51169"),
        ({"instId": "BTC-USDT-SWAP", "tdMode": "cash"}, "51000"),
    ],
)
async def test_orders_that_are_refused(client, changes, code):
    row = await client.order(**({"px": "49000", "sz": "0.01"} | changes))
    assert row["sCode"] == code, row
    assert not client.sandbox.orders("okx")


async def test_bodies_that_are_none(client):
    for body, code in (("", "50000"), ("{", "50002"), ("[1]", "50002"), ("[" * 5000, "50002")):
        assert (await client.call("POST", "/trade/order", body))["code"] == code, body
        assert client.status == 400
    assert (await client.get("/no/such"))["code"] == "404"


async def test_an_order_from_its_placing_to_its_end(client):
    placed = await client.order(px="49000", sz="0.5", clOrdId="abc1", tag="mine")
    assert placed["sCode"] == "0"
    again = await client.order(px="49000", sz="0.5", clOrdId="abc1")
    assert again["sCode"] == "51016"
    row = (await client.data("/trade/order", instId="BTC-USDT", clOrdId="abc1"))[0]
    wanted = {"state": "live", "px": "49000", "sz": "0.5", "tag": "mine", "instType": "SPOT"}
    assert wanted.items() <= row.items()
    balance = (await client.data("/account/balance", ccy="USDT"))[0]["details"][0]
    assert (balance["ordFrozen"], balance["cashBal"]) == ("24500", "1000000")
    body = {"instId": "BTC-USDT", "clOrdId": "abc1", "newPx": "50001", "reqId": "r7"}
    changed = (await client.post("/trade/amend-order", body))["data"][0]
    assert (changed["sCode"], changed["reqId"]) == ("0", "r7")
    row = (await client.data("/trade/order", instId="BTC-USDT", ordId=placed["ordId"]))[0]
    wanted = {"state": "filled", "avgPx": "50001", "fee": "-0.0005", "feeCcy": "BTC"}
    assert wanted.items() <= row.items()
    fill = (await client.data("/trade/fills", ordId=placed["ordId"]))[0]
    assert (fill["fillSz"], fill["fillPx"], fill["execType"]) == ("0.5", "50001", "T")
    trade = (await client.data("/market/trades", instId="BTC-USDT"))[0]
    assert trade["tradeId"] == fill["tradeId"]
    gone = await client.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "abc1"})
    assert (gone["code"], gone["data"][0]["sCode"]) == ("1", "51400")
    assert (await client.get("/trade/order", instId="BTC-USDT", ordId="77"))["code"] == "51603"


@pytest.mark.parametrize(
    ("kind", "price", "state", "source"),
    [
        ("post_only", "50001", "canceled", "31"),
        ("post_only", "49999", "live", ""),
        ("ioc", "49000", "canceled", "14"),
        ("fok", "50001", "canceled", "13"),
        ("ioc", "50001", "canceled", "14"),
        ("fok", "50003", "filled", ""),
    ],
)
async def test_orders_end_as_their_kind_says(client, kind, price, state, source):
    placed = await client.order(ordType=kind, px=price, sz="5")
    row = (await client.data("/trade/order", instId="BTC-USDT", ordId=placed["ordId"]))[0]
    assert (row["state"], row["cancelSource"]) == (state, source)
    assert row["accFillSz"] == ("5" if state == "filled" else "2" if row["avgPx"] else "0")


async def test_the_best_limit_there_may_be(client):
    wanted = {"instId": "BTC-USDT-SWAP", "ordType": "optimal_limit_ioc", "sz": "3"}
    placed = await client.order(**wanted)
    row = (await client.data("/trade/order", instId="BTC-USDT-SWAP", ordId=placed["ordId"]))[0]
    assert (row["px"], row["state"], row["accFillSz"]) == ("55000", "filled", "3")
    assert (await client.order(ordType="optimal_limit_ioc", sz="3"))["sCode"] == "51000"


async def test_client_ids_are_free_again_once_an_order_is_over(client):
    first = await client.order(px="49000", sz="0.01", clOrdId="again")
    await client.post("/trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "again"})
    second = await client.order(px="49000", sz="0.01", clOrdId="again")
    row = (await client.data("/trade/order", instId="BTC-USDT", clOrdId="again"))[0]
    assert row["ordId"] == second["ordId"] != first["ordId"]


async def test_market_buys_spend_quote_unless_told(client):
    spent = await client.order(ordType="market", sz="50001")
    row = (await client.data("/trade/order", instId="BTC-USDT", ordId=spent["ordId"]))[0]
    assert (row["sz"], row["tgtCcy"], row["accFillSz"]) == ("50001", "quote_ccy", "1")
    bought = await client.order(ordType="market", sz="0.5", tgtCcy="base_ccy")
    row = (await client.data("/trade/order", instId="BTC-USDT", ordId=bought["ordId"]))[0]
    assert row["accFillSz"] == "0.5"


async def test_batches_answer_item_by_item(client):
    good = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01"}
    items = [good | {"px": "49000"}, good | {"px": "49000.01"}]
    mixed = await client.post("/trade/batch-orders", items)
    assert (mixed["code"], [row["sCode"] for row in mixed["data"]]) == ("2", ["0", "51000"])
    assert int(mixed["outTime"]) >= int(mixed["inTime"])
    assert (await client.post("/trade/batch-orders", items[1:]))["code"] == "1"
    assert (await client.post("/trade/batch-orders", items[:1] * 21))["code"] == "51111"
    mine = {"instId": "BTC-USDT", "ordId": mixed["data"][0]["ordId"]}
    assert (await client.post("/trade/amend-batch-orders", [mine | {"newSz": "0.02"}]))[
        "code"
    ] == "0"
    assert (await client.post("/trade/cancel-batch-orders", [mine]))["code"] == "0"


async def test_prices_beyond_the_band_may_be_brought_back(client):
    placed = await client.order(px="60000", sz="0.01", ordType="ioc", pxAmendType="1")
    assert (placed["sCode"], placed["subCode"]) == ("0", "")
    row = (await client.data("/trade/order", instId="BTC-USDT", ordId=placed["ordId"]))[0]
    assert (row["px"], row["avgPx"], row["cTime"]) == ("55000", "50001", placed["ts"])


async def test_an_amendment_that_fails_may_cancel(client):
    placed = await client.order(px="49000", sz="0.5")
    body = {"instId": "BTC-USDT", "ordId": placed["ordId"], "newSz": "99", "cxlOnFail": True}
    assert (await client.post("/trade/amend-order", body))["data"][0]["sCode"] == "51502"
    assert not client.sandbox.orders("okx")
    assert (await client.post("/trade/amend-order", body))["data"][0]["sCode"] == "51503"


async def test_lists_are_paged_newest_first(client, exchange):
    exchange.options.rate_limits = False
    placed = [(await client.order(px="49000", sz="0.01"))["ordId"] for _ in range(7)]
    pages, after = [], {}
    while rows := await client.data("/trade/orders-pending", limit="3", **after):
        pages.append([row["ordId"] for row in rows])
        after = {"after": rows[-1]["ordId"]}
    assert [len(page) for page in pages] == [3, 3, 1]
    assert list(itertools.chain(*pages)) == placed[::-1]
    newer = await client.data("/trade/orders-pending", before=placed[4])
    assert [row["ordId"] for row in newer] == [placed[6], placed[5]]


async def test_rate_limits_count_by_instrument_and_by_endpoint(client, clock):
    for number in range(60):
        assert (await client.order(px="49000", sz="0.01"))["sCode"] == "0", number
    body = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "market", "sz": "100"}
    answer = await client.post("/trade/order", body)
    assert (client.status, answer["code"], answer["data"]) == (429, "50011", [])
    assert (await client.order(instId="BTC-USDT-SWAP", px="49000", sz="1"))["sCode"] == "0"
    clock.advance(2 * 10**9)
    assert (await client.order(px="49000", sz="0.01"))["sCode"] == "0"
    found = [(await client.get("/account/config"))["code"] for _ in range(6)]
    assert found == ["0"] * 5 + ["50011"]


async def test_cancel_all_after(client, clock):
    await client.order(px="49000", sz="0.01")
    for wrong in ("9", "121", "x"):
        assert (await client.post("/trade/cancel-all-after", {"timeOut": wrong}))["code"] == "51000"
        clock.advance(10**9)
    armed = (await client.post("/trade/cancel-all-after", {"timeOut": "10"}))["data"][0]
    assert int(armed["triggerTime"]) == clock.now_ns() // 10**6 + 10_000
    clock.advance(10 * 10**9)
    client.sandbox.advance()
    row = (await client.data("/trade/orders-history", instType="SPOT"))[0]
    assert (row["state"], row["cancelSource"]) == ("canceled", "20")


async def test_positions_net_and_apart(client):
    await client.post(
        "/account/set-leverage", {"instId": "BTC-USDT-SWAP", "mgnMode": "cross", "lever": "10"}
    )
    await client.order(instId="BTC-USDT-SWAP", ordType="market", sz="2")
    held = (await client.data("/account/positions"))[0]
    wanted = {"pos": "2", "avgPx": "50001", "lever": "10", "posSide": "net", "mgnMode": "cross"}
    assert wanted.items() <= held.items()
    assert held["upl"] == "-0.02"
    mode = {"posMode": "long_short_mode"}
    assert (await client.post("/account/set-position-mode", mode))["code"] == "59000"
    close = {"instId": "BTC-USDT-SWAP", "mgnMode": "cross"}
    assert (await client.post("/trade/close-position", close))["code"] == "0"
    assert (await client.post("/trade/close-position", close))["code"] == "51023"
    assert (await client.data("/account/positions-history"))[0]["openAvgPx"] == "50001"
    assert (await client.post("/account/set-position-mode", mode))["code"] == "0"
    both = {"instId": "BTC-USDT-SWAP", "ordType": "market"}
    assert (await client.order(**both, sz="1"))["sCode"] == "51000"
    await client.order(**both, sz="1", posSide="long")
    await client.order(**both, sz="1", side="sell", posSide="short")
    held = await client.data("/account/positions")
    assert {row["posSide"]: row["pos"] for row in held} == {"long": "1", "short": "1"}
    over = await client.order(**both, sz="5", side="sell", posSide="long")
    assert over["sCode"] == "0"
    assert [row["posSide"] for row in await client.data("/account/positions")] == ["short"]


async def test_requests_past_their_deadline_are_not_processed(client, clock):
    now = clock.now_ns() // 10**6
    body = (
        '{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"49000","sz":"1"}'
    )
    for late, code in ((now - 1, "50036"), ("soon", "51000"), (now + 1, "0")):
        headers = client.headers("POST", "/api/v5/trade/order", body) | {"expTime": str(late)}
        assert (await client.call("POST", "/trade/order", body, headers))["code"] == code
    assert len(client.sandbox.orders("okx")) == 1


async def test_a_batch_of_one_counts_as_an_order(client):
    for _ in range(60):
        await client.order(px="49000", sz="0.01")
    item = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit"}
    item |= {"px": "49000", "sz": "0.01"}
    assert (await client.post("/trade/batch-orders", [item]))["code"] == "50011"
    assert (await client.post("/trade/batch-orders", [item, item]))["code"] == "0"


async def test_reducing_orders_go_against_the_position(client):
    await client.order(instId="BTC-USDT-SWAP", ordType="market", sz="2")
    more = await client.order(instId="BTC-USDT-SWAP", ordType="market", sz="1", reduceOnly="true")
    assert more["sCode"] == "51170"


async def test_options(client, exchange, mark, quote, sandbox):
    listing = exchange.names.of_type("OPTION")[0]
    name = listing.spec.instrument.venue_symbol
    mark(sandbox, "BTC/USD:BTC", 50_000)
    mark(sandbox, listing.spec.id, "0.05")
    quote(sandbox, listing.spec.id, "sell", "0.0515", "10")
    base = {"instId": name, "tdMode": "cross", "side": "buy", "sz": "2"}
    refused = await client.order(**base, ordType="market")
    assert refused["sCode"] == "51066"
    placed = await client.order(**base, ordType="limit", pxUsd="2500")
    row = (await client.data("/trade/order", instId=name, ordId=placed["ordId"]))[0]
    assert (row["px"], row["pxUsd"], row["instType"]) == ("0.05", "2500", "OPTION")
    assert (await client.order(**base, ordType="limit", pxVol="0.5"))["sCode"] == "51000"
    await client.order(**base, ordType="limit", px="0.0515")
    held = (await client.data("/account/positions", instType="OPTION"))[0]
    assert (held["pos"], held["avgPx"], held["ccy"], held["lever"]) == ("2", "0.0515", "BTC", "")
    assert held["optVal"] == "0.001"
    summary = await client.data("/public/opt-summary", instFamily="BTC-USD")
    assert [row["instId"] for row in summary] == [name]
    answer = await client.post(
        "/trade/mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"}
    )
    assert answer["data"] == [{"result": True}]
    assert not sandbox.orders("okx")


async def test_spot_on_margin(client):
    place = {"tdMode": "cross", "ordType": "limit"}
    await client.order(**place, px="50001", sz="1")
    held = (await client.data("/account/positions", instType="MARGIN"))[0]
    wanted = {"pos": "1", "posCcy": "BTC", "liabCcy": "USDT", "lever": "3", "posSide": "net"}
    assert wanted.items() <= held.items()
    await client.order(**place, side="sell", px="50000", sz="1")
    await client.order(**place, side="sell", px="49999", sz="1")
    held = (await client.data("/account/positions", instType="MARGIN"))[0]
    assert (held["pos"], held["posCcy"], held["liabCcy"]) == ("50000", "USDT", "BTC")
    assert {row["instType"] for row in await client.data("/trade/fills")} == {"MARGIN"}


async def test_maintenance(client, sandbox):
    sandbox.venue("okx").set_status("maintenance")
    assert (await client.data("/system/status"))[0]["state"] == "ongoing"
    rows = await client.data("/public/instruments", instType="SWAP")
    assert {row["state"] for row in rows} == {"suspend"}
    assert (await client.post("/trade/order", {}))["code"] == "50001"
    assert client.status == 503
