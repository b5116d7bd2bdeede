"""Kraken's ways in and out: exact requests and chains, states, matching, recorded answers."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest

from argosy.errors import (
    AddressRefused,
    InsufficientFunds,
    OutcomeUnknown,
    TransferRejected,
    VenueUnavailable,
    WireError,
)
from argosy.model import Nanos, Network, TransferKind, TransferRequest, TransferState
from argosy.ports import Call, HttpResponse, Transfers
from argosy.venues.kraken import wire_funding
from argosy.venues.kraken.funding import chain_of
from venues.kraken.samples import answer, kraken, recorded, reply

D = Decimal
REQUEST = TransferRequest(
    venue="kraken",
    client_id="a1",
    kind=TransferKind.WITHDRAWAL,
    currency="BTC",
    amount=D("0.72485"),
    fee=D("0.00015"),
    network="Bitcoin",
    address="bc1q9",
)
ADDRESS = {
    "address": "bc1q9", "asset": "XBT", "method": "Bitcoin", "key": "cold one", "verified": True,
}  # fmt: skip
BITCOIN = Network(
    venue="kraken", currency="BTC", chain="bitcoin", name="Bitcoin", deposit_name="Bitcoin"
)
ROW = {
    "method": "Bitcoin", "aclass": "currency", "asset": "XXBT", "refid": "FTQ", "txid": "2932",
    "info": "bc1q9", "amount": "0.72485000", "fee": "0.00015000", "time": 1688014586,
    "status": "Success", "key": "cold one",
}  # fmt: skip


@pytest.fixture
def transfers() -> Transfers:
    found = kraken().transfers
    assert found is not None
    return found


def sent(call: Call[Any] | None) -> tuple[str, dict[str, str]]:
    assert call is not None
    assert call.request.signed
    fields = dict(parse_qsl(call.request.body.decode(), keep_blank_values=True))
    return call.request.path.removeprefix("/0/private/"), fields


def then(call: Call[Any], response: HttpResponse) -> Call[Any]:
    assert call.then is not None
    following = call.then(response)
    assert following is not None
    return following


def test_a_withdrawal_asks_for_the_name_of_its_address_first(transfers: Transfers) -> None:
    call = transfers.withdraw(REQUEST)
    assert sent(call) == ("WithdrawAddresses", {"asset": "XBT", "method": "Bitcoin"})
    assert call.request.idempotent
    listed = reply([{**ADDRESS, "address": "other", "key": "other"}, ADDRESS])
    step = then(call, listed)
    assert sent(step) == (
        "Withdraw",
        {
            "asset": "XBT",
            "key": "cold one",
            "address": "bc1q9",
            "amount": "0.725",  # the fee is part of it
            "max_fee": "0.00015",
        },
    )
    assert not step.request.idempotent
    assert step.then is None
    made = step.read(reply({"refid": "FTQ"}))
    assert (made.venue_id, made.amount, made.fee) == ("FTQ", REQUEST.amount, REQUEST.fee)
    assert made.state is TransferState.PENDING


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{**ADDRESS, "address": "bc1q8"}],
        [{**ADDRESS, "method": "Bitcoin Lightning"}],
        [{**ADDRESS, "verified": False}],
        [{**ADDRESS, "tag": "5"}],
    ],
)
def test_an_address_that_is_not_approved_goes_no_further(
    transfers: Transfers, rows: list[Any]
) -> None:
    for call in (transfers.withdraw(REQUEST), transfers.quote(REQUEST)):
        for step in (call.read, call.then):
            assert step is not None
            with pytest.raises(AddressRefused):
                step(reply(rows))


def test_a_quote(transfers: Transfers) -> None:
    call = transfers.quote(REQUEST)
    step = then(call, reply([ADDRESS]))
    assert sent(step) == (
        "WithdrawInfo",
        {"asset": "XBT", "key": "cold one", "amount": "0.72485"},
    )
    info = {"method": "Bitcoin", "limit": "332.0", "amount": "0.7247", "fee": "0.00015"}
    quote = step.read(reply(info))
    assert (quote.fee, quote.limit) == (D("0.00015"), D(332))


def test_networks_join_ways_in_and_out(transfers: Transfers) -> None:
    call = transfers.networks("BTC")
    out = reply(
        [
            {"asset": "XXBT", "method": "Bitcoin", "network": "Bitcoin", "minimum": "0.0004"},
            {"asset": "XXBT", "method": "Lightning", "network": "Lightning", "minimum": "0.00001"},
            {"asset": "XXBT", "method": "kBTC", "network": "Newnet", "minimum": "0.1"},
            {"asset": "XETH", "method": "Ether", "network": "Ethereum", "minimum": "1"},
        ]
    )
    assert sent(call) == ("WithdrawMethods", {"asset": "XBT"})
    assert call.read(out) == []
    step = then(call, out)
    assert sent(step) == ("DepositMethods", {"asset": "XBT"})
    found = step.read(
        reply(
            [
                {"method": "Bitcoin Lightning", "limit": "0.1", "gen-address": True},
                {"method": "Bitcoin", "limit": False, "minimum": "0.0001"},
                {"method": "Bitcoin - Base (Unified)", "limit": False},
            ]
        )
    )
    assert [
        (one.name, one.chain, one.deposit_name, one.withdrawals, one.deposits, one.min_withdrawal)
        for one in found
    ] == [
        ("Bitcoin", "bitcoin", "Bitcoin", True, True, D("0.0004")),
        ("Lightning", "lightning", "Bitcoin Lightning", True, True, D("0.00001")),
        ("kBTC", "", "", True, False, D("0.1")),
        ("Bitcoin - Base (Unified)", "base", "Bitcoin - Base (Unified)", False, True, None),
    ]
    assert {one.fee for one in found} == {None}  # told by quote alone


def test_a_currency_without_a_way_in(transfers: Transfers) -> None:
    call = transfers.networks("BTC", "in")
    assert sent(call) == ("DepositMethods", {"asset": "XBT"})
    for text in ("EFunding:No funding method", "EQuery:Unknown asset"):
        assert call.read(reply(None, text)) == []
    with pytest.raises(TransferRejected):
        call.read(reply(None, "EFunding:Something else"))


@pytest.mark.parametrize(
    ("method", "network", "ours"),
    [
        ("Tether USD (TRC20)", "", "tron"),
        ("Tether USD (ERC20)", "", "ethereum"),
        ("Tether USD (SPL)", "", "solana"),
        ("Ether (Hex)", "", "ethereum"),
        ("USDC - Base (Unified)", "", "base"),
        ("USDC - Somewhere (Unified)", "", ""),
        ("Tether USD", "", ""),
        ("Bitcoin", "Newnet", ""),  # the network's name counts
    ],
)
def test_what_methods_are_called(method: str, network: str, ours: str) -> None:
    assert chain_of(method, network) == ours


def test_a_deposit_address_is_made_where_there_is_none(transfers: Transfers) -> None:
    call = transfers.deposit_address(BITCOIN)
    assert sent(call) == ("DepositAddresses", {"asset": "XBT", "method": "Bitcoin"})
    assert call.then is not None
    there = reply([{"address": "2N9f", "expiretm": "0"}])
    assert call.read(there).address == "2N9f"
    assert call.then(there) is None
    expiring = reply([{"address": "old", "expiretm": "1688014586"}])
    for nothing in (reply([]), expiring):
        step = then(call, nothing)
        assert sent(step) == (
            "DepositAddresses",
            {"asset": "XBT", "method": "Bitcoin", "new": "true"},
        )
        assert not step.request.idempotent
        new = step.read(reply([{"address": "r", "expiretm": "0", "new": True, "tag": "13"}]))
        assert (new.address, new.tag, new.account) == ("r", "13", "trading")
        with pytest.raises(TransferRejected, match="no deposit address"):
            step.read(reply([]))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "Initial", "txid": None}, "pending"),
        ({"status": "Pending", "txid": None}, "pending"),
        ({"status": "Pending"}, "sent"),
        ({"status": "Pending", "status-prop": "onhold"}, "awaiting"),
        ({"status": "Pending", "txid": "", "status-prop": "cancel-pending"}, "pending"),
        ({"status": "Settled"}, "confirming"),
        ({"status": "Success"}, "done"),
        ({"status": "Success", "status-prop": "return"}, "done"),
        ({"status": "Failure"}, "failed"),
        ({"status": "Failure", "status-prop": "canceled"}, "cancelled"),
        ({"status": "Partial"}, "unknown"),
    ],
)
def test_states(transfers: Transfers, changes: dict[str, Any], state: str) -> None:
    for call in (transfers.withdrawals(Nanos(0)), transfers.deposits(Nanos(0))):
        (found,) = call.read(reply([{**ROW, **changes}]))
        assert found.state.value == state


@pytest.mark.parametrize(
    ("changes", "ours"),
    [
        ({}, True),
        ({"amount": "0.72490000", "fee": "0.00010000"}, True),  # the fee fell in between
        ({"amount": "0.725", "fee": None}, True),  # an amount with its fee
        ({"amount": "0.7"}, False),
        ({"info": "bc1q8"}, False),
        ({"asset": "XETH"}, False),
        ({"time": 1688014580}, False),  # before it was asked for
    ],
)
def test_what_may_be_ours(transfers: Transfers, changes: dict[str, Any], ours: bool) -> None:
    since = Nanos(1_688_014_586_900_000_000)  # Kraken's times are whole seconds
    call = transfers.lookup(REQUEST, since)
    assert sent(call) == (
        "WithdrawStatus",
        {"asset": "XBT", "start": "1688014586", "limit": "500"},
    )
    found = call.read(reply([{**ROW, **changes}]))
    assert [one.venue_id for one in found] == (["FTQ"] if ours else [])


def test_pages(transfers: Transfers) -> None:
    def page(newest: int, count: int = 500) -> HttpResponse:
        return reply(
            [{**ROW, "refid": str(n), "time": n} for n in range(newest, newest - count, -1)]
        )

    call = transfers.deposits(Nanos(100 * 10**9))
    assert sent(call) == ("DepositStatus", {"start": "100", "limit": "500"})
    step = then(call, page(1000))
    assert sent(step) == ("DepositStatus", {"start": "100", "limit": "500", "end": "501"})
    assert len(step.read(page(501, 402))) == 402
    assert step.then is not None
    assert step.then(page(501, 402)) is None
    with pytest.raises(WireError, match="not older"):  # it would go on for ever
        step.then(reply([{**ROW, "time": 501}] * 500))


def test_cancelling_and_moving(transfers: Transfers) -> None:
    (made,) = transfers.withdrawals(Nanos(0)).read(reply([ROW]))
    call = transfers.cancel_withdrawal(made)
    assert sent(call) == ("WithdrawCancel", {"asset": "XBT", "refid": "FTQ"})
    assert call.read(reply(True)) is None
    with pytest.raises(TransferRejected, match="no longer"):
        call.read(reply(False))
    move = msgspec.structs.replace(
        REQUEST, kind=TransferKind.INTERNAL, from_account="trading", to_account="futures"
    )
    assert sent(transfers.transfer(move)) == (
        "WalletTransfer",
        {"asset": "XBT", "from": "Spot Wallet", "to": "Futures Wallet", "amount": "0.72485"},
    )


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EFunding:Unknown withdraw key", AddressRefused),
        ("EFunding:Invalid withdrawal address", AddressRefused),
        ("EFunding:Max fee exceeded", TransferRejected),
        ("EFunding:Invalid amount", TransferRejected),
        ("EFunding:Insufficient funds", InsufficientFunds),
        ("EGeneral:Invalid arguments:amount", TransferRejected),
        ("EGeneral:Internal error", OutcomeUnknown),
        ("EService:Unavailable", OutcomeUnknown),
        ("EService:Busy", OutcomeUnknown),
    ],
)
def test_refusals(transfers: Transfers, text: str, kind: type[Exception]) -> None:
    step = then(transfers.withdraw(REQUEST), reply([ADDRESS]))
    with pytest.raises(kind) as caught:
        step.read(reply(None, text))
    assert type(caught.value) is kind


@pytest.mark.parametrize("body", [b"<html>", b'{"error":[],"result":{"refid":""}}', b"{}", b""])
def test_a_withdrawal_whose_answer_cannot_be_read_may_stand(
    transfers: Transfers, body: bytes
) -> None:
    step = then(transfers.withdraw(REQUEST), reply([ADDRESS]))
    with pytest.raises(OutcomeUnknown):
        step.read(answer(body))
    with pytest.raises(OutcomeUnknown):
        step.read(answer(body or b"x", 502))
    with pytest.raises(VenueUnavailable):
        transfers.withdrawals(Nanos(0)).read(answer(b"x", 502))


# --- what others recorded -------------------------------------------------------------------------


def theirs(kind: str, method: str) -> Any:
    return recorded(f"ccxt/{kind}/kraken.json")["methods"][method][0]


def body(method: str) -> HttpResponse:
    return answer(json.dumps(theirs("response", method)["httpResponse"]).encode())


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("fetchDepositAddress", wire_funding.DepositAddress),
        ("fetchDeposits", wire_funding.FundingRow),
        ("fetchWithdrawals", wire_funding.FundingRow),
        ("withdraw", wire_funding.Reference),
        ("transfer", wire_funding.Reference),
    ],
)
def test_every_recorded_key_is_known(method: str, kind: type) -> None:
    result = theirs("response", method)["httpResponse"]["result"]
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    for row in result if isinstance(result, list) else [result]:
        assert set(row) <= known


def test_recorded_answers(transfers: Transfers) -> None:
    bitcoin, ether = transfers.deposits(Nanos(0)).read(body("fetchDeposits"))
    parsed = theirs("response", "fetchDeposits")["parsedResponse"]
    peer = parsed[0]
    assert (bitcoin.venue_id, bitcoin.currency, bitcoin.tx_id, bitcoin.address) == (
        peer["id"],
        peer["currency"],
        peer["txid"],
        peer["address"],
    )
    assert bitcoin.venue_ns == peer["timestamp"] * 10**6
    assert (bitcoin.state, ether.state) == (TransferState.DONE, TransferState.AWAITING)
    first, second = transfers.withdrawals(Nanos(0)).read(body("fetchWithdrawals"))
    assert (first.state, second.state) == (TransferState.SENT, TransferState.CANCELLED)
    assert (first.amount, first.fee) == (D("0.72485"), D("0.0002"))
    made = then(transfers.withdraw(REQUEST), reply([ADDRESS])).read(body("withdraw"))
    assert made.venue_id == theirs("response", "withdraw")["parsedResponse"]["id"]
    assert transfers.deposit_address(BITCOIN).read(body("fetchDepositAddress")).address


def test_requests_as_peers_send_them(transfers: Transfers) -> None:
    def fields(method: str) -> dict[str, str]:
        return dict(parse_qsl(theirs("request", method)["output"]))

    _, mine = sent(then(transfers.withdraw(REQUEST), reply([ADDRESS])))
    assert set(mine) - set(fields("withdraw")) == {"max_fee"}
    move = msgspec.structs.replace(
        REQUEST, kind=TransferKind.INTERNAL, from_account="trading", to_account="futures"
    )
    _, mine = sent(transfers.transfer(move))
    assert {**mine, "asset": "", "amount": ""} == {
        **{name: value for name, value in fields("transfer").items() if name != "nonce"},
        "asset": "",
        "amount": "",
    }
