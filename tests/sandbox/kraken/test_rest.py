"""REST as Kraken documents it."""

from decimal import Decimal

import pytest

from argosy.model import Credentials
from argosy.sandbox.faults import Faults
from argosy.sandbox.keys import TRADE, ApiKey
from argosy.sandbox.kraken.auth import Auth
from argosy.sandbox.kraken.wire import KrakenError
from argosy.sandbox.world import World, WorldSettings

LIMIT = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "40000", "volume": "0.01"}


def test_the_published_signature_is_accepted():
    """The example of docs.kraken.com/api/docs/guides/spot-rest-auth."""
    venue = World(WorldSettings(venues=("kraken",), market=None)).venues["kraken"]
    secret = (
        "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
    )
    venue.keys["trade"] = ApiKey(
        label="trade",
        account="desk",
        permissions=TRADE,
        credentials=Credentials(key="k", secret=secret),
    )
    auth = Auth(venue)
    sign = (
        "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ=="
    )
    body = b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25"
    request = {"key": "k", "path": "/0/private/AddOrder", "nonce": "1616492376594"}
    assert auth.check(sign=sign, body=body, **request).label == "trade"
    with pytest.raises(KrakenError, match="EAPI:Invalid nonce"):
        auth.check(sign=sign, body=body, **request)
    with pytest.raises(KrakenError, match="EAPI:Invalid signature"):
        auth.check(sign=sign, body=body + b"0", **request)


async def test_nonces_rise_strictly_at_any_width(client):
    assert (await client.private("Balance", nonce=10**18))["error"] == []
    assert await client.error("Balance", nonce=10**18) == "EAPI:Invalid nonce"
    assert await client.error("Balance", nonce=1_700_000_000_000) == "EAPI:Invalid nonce"
    assert (await client.private("Balance", nonce=10**18 + 1))["error"] == []


async def test_keys_and_permissions(client, sandbox):
    client.key = sandbox.venue("kraken").keys["read"].credentials
    assert await client.result("Balance")
    assert await client.error("AddOrder", **LIMIT) == "EGeneral:Permission denied"
    info = await client.result("GetApiKeyInfo")
    assert "modify-trades" not in info["permissions"]
    client.key = Credentials(key="nobody", secret=client.key.secret)
    assert await client.error("Balance") == "EAPI:Invalid key"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"pair": "ABCXYZ"}, "EQuery:Unknown asset pair"),
        ({"price": "40000.123"}, "EOrder:Invalid price:XBTUSD price can only be specified up to 1"),
        ({"volume": "0.00001"}, "EOrder:Order minimum not met"),
        ({"volume": "1000"}, "EOrder:Insufficient funds"),
        ({"volume": "x"}, "EGeneral:Invalid arguments:volume"),
        ({"ordertype": "nonsense"}, "EGeneral:Invalid arguments:ordertype"),
        ({"timeinforce": "GTD"}, "EGeneral:Invalid arguments:expiretm"),
        ({"deadline": "2020-01-01T00:00:00Z"}, "EService:Deadline elapsed"),
        ({"leverage": "50"}, "EGeneral:Invalid arguments:leverage"),
        ({"cl_ord_id": "a", "userref": "3"}, "EGeneral:Invalid arguments:cl_ord_id"),
    ],
)
async def test_order_errors(client, changes, error):
    assert (await client.error("AddOrder", **(LIMIT | changes))).startswith(error)
    assert (await client.result("OpenOrders"))["open"] == {}


async def test_an_order_from_placement_to_trade(client, sandbox, quote):
    placed = await client.result("AddOrder", **LIMIT, cl_ord_id="mine")
    txid = placed["txid"][0]
    assert placed["descr"] == {"order": "buy 0.01000000 XBTUSD @ limit 40000.0"}
    assert await client.error("AddOrder", **LIMIT, cl_ord_id="mine") == "EOrder:Duplicate order"
    shown = (await client.result("QueryOrders", txid=txid))[txid]
    assert (shown["status"], shown["cl_ord_id"], shown["vol"]) == ("open", "mine", "0.01000000")
    held = (await client.result("BalanceEx"))["ZUSD"]["hold_trade"]
    assert Decimal(held) == Decimal("401.6")
    quote(sandbox, "BTC/USD", "sell", 39_000, "31")
    shown = (await client.result("QueryOrders", txid=txid, trades="true"))[txid]
    assert (shown["status"], shown["vol_exec"], shown["price"]) == (
        "closed",
        "0.01000000",
        "40000.0",
    )
    trade = (await client.result("QueryTrades", txid=shown["trades"][0]))[shown["trades"][0]]
    assert (trade["ordertxid"], trade["cost"], trade["maker"]) == (txid, "400.00000", True)
    assert trade["fee"] == "1.00000"
    assert (await client.result("ClosedOrders"))["count"] == 1
    ledger = (await client.result("Ledgers", asset="ZUSD", type="trade"))["ledger"]
    assert [Decimal(entry["amount"]) for entry in ledger.values()] == [Decimal(-400)]


async def test_post_only_that_would_take_gets_an_id_and_is_cancelled(client):
    placed = await client.result("AddOrder", **(LIMIT | {"price": "51000", "oflags": "post"}))
    shown = (await client.result("QueryOrders", txid=placed["txid"][0]))[placed["txid"][0]]
    assert (shown["status"], shown["reason"]) == ("canceled", "Post only order")


async def test_json_bodies_and_batches(client):
    orders = [{k: v for k, v in LIMIT.items() if k != "pair"}] * 2
    placed = await client.result("AddOrderBatch", as_json=True, pair="XBTUSD", orders=orders)
    ids = [order["txid"] for order in placed["orders"]]
    strange = [*orders[:1], "an order"]
    refused = await client.error("AddOrderBatch", as_json=True, pair="XBTUSD", orders=strange)
    assert "EGeneral:Invalid arguments:orders" in str(refused)
    assert await client.error("AddOrderBatch", as_json=True, pair="XBTUSD", orders=orders[:1])
    amended = await client.result("AmendOrder", as_json=True, txid=ids[0], order_qty="0.02")
    assert amended["amend_id"]
    cancelled = await client.result("CancelOrderBatch", as_json=True, orders=[*ids, "OAAAAA-A-A"])
    assert cancelled == {"count": 2}
    assert await client.error("CancelOrder", txid=ids[0]) == "EOrder:Unknown order"


async def test_the_call_counter(client):
    errors = [(await client.private("Balance"))["error"] for _ in range(24)]
    assert errors[:20] == [[]] * 20
    assert errors[-1] == ["EAPI:Rate limit exceeded"]


async def test_the_trading_counter_punishes_quick_cancels(client):
    found = []
    for _ in range(40):
        placed = await client.private("AddOrder", **LIMIT)
        found += placed["error"]
        if placed["error"]:
            break
        await client.result("CancelOrder", txid=placed["result"]["txid"][0])
    assert found == ["EOrder:Rate limit exceeded"]


async def test_maintenance_and_cancel_only(client, sandbox):
    placed = await client.result("AddOrder", **LIMIT)
    venue = sandbox.venue("kraken")
    venue.set_status("cancel_only")
    assert await client.error("AddOrder", **LIMIT) == "EService:Market in cancel_only mode"
    assert (await client.result("CancelOrder", txid=placed["txid"][0]))["count"] == 1
    venue.set_status("maintenance")
    assert await client.error("Balance") == "EService:Unavailable"
    assert (await client.public("SystemStatus"))["result"]["status"] == "maintenance"
    venue.set_status("online")
    assert await client.result("AddOrder", **LIMIT)


async def test_a_clock_that_is_off_shows(client, sandbox):
    before = (await client.public("Time"))["result"]["unixtime"]
    assert isinstance(sandbox.faults, Faults)
    sandbox.faults.skew_ns = 3600 * 10**9
    assert 3590 < (await client.public("Time"))["result"]["unixtime"] - before < 3620


async def test_margin_positions_open_and_settle(client):
    order = {"pair": "XBTUSD", "type": "buy", "ordertype": "market", "volume": "0.5"}
    await client.result("AddOrder", **order, leverage="5")
    row = next(iter((await client.result("OpenPositions")).values()))
    assert (row["type"], row["vol"], row["cost"]) == ("buy", "0.50000000", "25000.50000")
    assert Decimal((await client.result("TradeBalance"))["m"]) > 0
    settle = order | {"type": "sell", "ordertype": "settle-position"}
    await client.result("AddOrder", **settle)
    assert await client.result("OpenPositions") == {}
    assert Decimal((await client.result("Balance"))["XXBT"]) == Decimal("12.5")
