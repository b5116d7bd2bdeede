"""The funding account over the wire: what OKX refuses, and by which code."""

import pytest

from sandbox.okx.raw import Client

BTC = {"ccy": "BTC", "amt": "0.5", "dest": "4", "chain": "BTC-Bitcoin"}


@pytest.fixture
def owner(sandbox, client):
    """A client whose key may withdraw."""
    return Client(sandbox, client.session, "withdraw")


@pytest.fixture
def cold(sandbox):
    venue = sandbox.venue("okx")
    approved = venue.wallet.approved(venue.account(), "BTC")
    return next(one.address for one in approved if one.label == "cold bitcoin")


async def balance(client, currency="BTC"):
    rows = await client.data("/asset/balances", ccy=currency)
    return rows[0]["bal"] if rows else "0"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amt": "0.0009"}, "58206"),
        ({"amt": "501"}, "58205"),
        ({"amt": "0.123456789"}, "51000"),
        ({"amt": "0"}, "51000"),
        ({"amt": ""}, "50014"),
        ({"amt": "1"}, "58350"),  # the fee is not there
        ({"toAddr": "bc1qstranger"}, "58207"),
        ({"chain": "BTC-TRC20"}, "58010"),
        ({"ccy": "NONE"}, "51000"),
        ({"dest": "3"}, "51000"),
        ({"clientId": "with-dash"}, "51000"),
    ],
)
async def test_refusals(owner, cold, changes, code):
    answer = await owner.post("/asset/withdrawal", {**BTC, "toAddr": cold, **changes})
    assert answer["code"] == code
    assert await balance(owner) == "1"
    assert await owner.data("/asset/withdrawal-history") == []


async def test_only_a_key_that_may_withdraw_does(client, cold):
    answer = await client.post("/asset/withdrawal", {**BTC, "toAddr": cold})
    assert answer["code"] == "50120"
    assert await balance(client) == "1"


async def test_a_network_that_is_closed(sandbox, owner, cold):
    sandbox.venue("okx").wallet.suspended.add(("BTC", "bitcoin"))
    (row,) = await owner.data("/asset/currencies", ccy="BTC")
    assert (row["canDep"], row["canWd"]) == (False, False)
    answer = await owner.post("/asset/withdrawal", {**BTC, "toAddr": cold})
    assert answer["code"] == "58214"


async def test_one_withdrawal_by_its_id_and_filters(sandbox, owner, cold):
    body = {**BTC, "toAddr": cold, "amt": "0.2", "clientId": "mine1"}
    made = (await owner.post("/asset/withdrawal", body))["data"][0]
    assert (await owner.post("/asset/withdrawal", body))["code"] == "58404"
    assert await balance(owner) == "0.7998"
    for query, count in (
        ({"clientId": "mine1"}, 1),
        ({"wdId": made["wdId"]}, 1),
        ({"clientId": "other"}, 0),
        ({"state": "2"}, 0),
        ({"type": "4"}, 1),
        ({"type": "3"}, 0),
    ):
        assert len(await owner.data("/asset/withdrawal-history", **query)) == count
    assert (await owner.post("/asset/cancel-withdrawal", {"wdId": "1"}))["code"] == "58215"
    assert (await owner.post("/asset/cancel-withdrawal", {"wdId": made["wdId"]}))["code"] == "0"
    assert (await owner.post("/asset/cancel-withdrawal", {"wdId": made["wdId"]}))["code"] == "58220"
    assert await balance(owner) == "1"


async def test_transfers_and_their_state(sandbox, client):
    body = {"ccy": "BTC", "amt": "0.25", "from": "6", "to": "18", "clientId": "m1"}
    made = (await client.post("/asset/transfer", body))["data"][0]
    assert await balance(client) == "0.75"
    assert (await client.post("/asset/transfer", body))["code"] == "58404"
    for query in ({"clientId": "m1"}, {"transId": made["transId"]}):
        (row,) = await client.data("/asset/transfer-state", **query)
        assert (row["state"], row["amt"], row["from"], row["to"]) == ("success", "0.25", "6", "18")
    assert (await client.get("/asset/transfer-state"))["code"] == "50015"
    assert await client.data("/asset/transfer-state", clientId="none") == []
    sandbox.world.clock.advance(2 * 10**9)  # two transfers a second
    same = {**body, "to": "6", "clientId": "m2"}
    assert (await client.post("/asset/transfer", same))["code"] == "58123"
    assert (await client.post("/asset/transfer", {**body, "amt": "9", "clientId": "m3"}))[
        "code"
    ] == "58350"
