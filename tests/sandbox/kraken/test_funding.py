"""Funding methods over the wire: what Kraken refuses, and in which words."""

from decimal import Decimal

import pytest

from sandbox.kraken.raw import Client

D = Decimal


@pytest.fixture
def owner(sandbox, client):
    """A client whose key may withdraw."""
    return Client(sandbox, client.session, "withdraw")


def held(sandbox, currency="BTC"):
    return sandbox.account("kraken").holding(currency).total


COLD = {"asset": "XBT", "key": "cold bitcoin", "amount": "1"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"key": "hot"}, "EFunding:Unknown withdraw key"),
        ({"address": "bc1qother"}, "EFunding:Invalid withdrawal address"),
        ({"max_fee": "0.0001"}, "EFunding:Max fee exceeded"),
        ({"amount": "0.0005"}, "EFunding:Invalid amount"),
        ({"amount": "0.123456789"}, "EFunding:Invalid amount"),
        ({"amount": "501"}, "EFunding:Invalid amount"),
        ({"amount": "-1"}, "EFunding:Invalid amount"),
        ({"amount": "x"}, "EGeneral:Invalid arguments:amount"),
        ({"amount": "12.6"}, "EFunding:Insufficient funds"),
        ({"asset": "NONE"}, "EQuery:Unknown asset"),
    ],
)
async def test_refusals(sandbox, owner, changes, error):
    before = held(sandbox)
    assert await owner.error("Withdraw", **{**COLD, **changes}) == error
    assert held(sandbox) == before
    assert await owner.result("WithdrawStatus", asset="XBT") == []


async def test_only_a_key_that_may_withdraw_does(sandbox, client):
    before = held(sandbox)
    for method in ("WithdrawMethods", "WithdrawAddresses", "WithdrawInfo", "Withdraw"):
        assert await client.error(method, **COLD) == "EGeneral:Permission denied"
    assert held(sandbox) == before
    assert await client.result("WithdrawStatus") == []  # asking is for every key


async def test_the_fee_is_part_of_the_amount(sandbox, owner):
    before = held(sandbox)
    info = await owner.result("WithdrawInfo", **COLD)
    assert (info["fee"], info["amount"]) == ("0.00015000", "0.99985000")
    made = await owner.result("Withdraw", **COLD, max_fee="0.00015")
    assert before - held(sandbox) == D(1)
    (row,) = await owner.result("WithdrawStatus", asset="BTC")
    assert (row["refid"], row["amount"], row["fee"]) == (
        made["refid"],
        "0.99985000",
        "0.00015000",
    )
    assert await owner.result("WithdrawStatus", asset="ETH") == []
    assert await owner.result("WithdrawStatus", start=str(row["time"] + 1)) == []
    assert len(await owner.result("WithdrawStatus", start=str(row["time"]))) == 1
    assert await owner.result("WithdrawCancel", asset="XBT", refid=made["refid"]) is True
    assert held(sandbox) == before
    assert await owner.result("WithdrawCancel", asset="XBT", refid=made["refid"]) is False
    assert (
        await owner.error("WithdrawCancel", asset="XBT", refid="A")
        == "EFunding:Unknown reference id"
    )


async def test_addresses_are_made_when_asked_for(client):
    methods = await client.result("DepositMethods", asset="ETH")
    (name,) = [row["method"] for row in methods]
    query = {"asset": "ETH", "method": name}
    assert await client.result("DepositAddresses", **query) == []
    (new,) = await client.result("DepositAddresses", **query, new="true")
    assert new["new"] is True
    (row,) = await client.result("DepositAddresses", **query)
    assert row["address"] == new["address"]
    for method in ("Bitcoin", ""):
        error = await client.error("DepositAddresses", asset="ETH", method=method)
        assert error == "EFunding:No funding method"


async def test_a_network_that_is_closed(sandbox, owner):
    sandbox.venue("kraken").wallet.suspended.add(("BTC", "bitcoin"))
    assert await owner.result("WithdrawMethods", asset="XBT") == []
    assert await owner.error("DepositMethods", asset="XBT") == "EFunding:No funding method"
    assert await owner.error("Withdraw", **COLD) == "EFunding:No funding method"


async def test_the_futures_wallet(sandbox, owner):
    before = held(sandbox)
    move = {"asset": "XBT", "from": "Spot Wallet", "to": "Futures Wallet", "amount": "2"}
    assert (await owner.result("WalletTransfer", **move))["refid"]
    assert before - held(sandbox) == D(2)
    for changes, error in (
        ({"amount": "99"}, "EFunding:Insufficient funds"),
        ({"amount": "0"}, "EFunding:Invalid amount"),
        ({"from": "Futures Wallet", "to": "Spot Wallet"}, "EGeneral:Invalid arguments"),
    ):
        assert await owner.error("WalletTransfer", **{**move, **changes}) == error
    assert before - held(sandbox) == D(2)
