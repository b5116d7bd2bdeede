"""OKX's ways in and out: exact requests, every state, peers' recorded answers, pages."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from argosy.errors import (
    AddressRefused,
    DuplicateOrder,
    InsufficientFunds,
    OutcomeUnknown,
    TransferRejected,
    VenueUnavailable,
    WireError,
)
from argosy.model import Nanos, Network, Transfer, TransferKind, TransferRequest, TransferState
from argosy.ports import Call, Transfers
from argosy.venues.catalog import Adapter
from argosy.venues.okx import wire_funding
from venues.okx.samples import NOW, raw, reply

D = Decimal
REQUEST = TransferRequest(
    venue="okx",
    client_id="a1b2",
    kind=TransferKind.WITHDRAWAL,
    currency="USDT",
    amount=D("10.50"),
    fee=D("1.5"),
    network="USDT-TRC20",
    address="TXYZ",
)
MOVE = msgspec.structs.replace(
    REQUEST,
    kind=TransferKind.INTERNAL,
    network="",
    address="",
    from_account="funding",
    to_account="trading",
)
CURRENCY = {
    "ccy": "USDT", "chain": "USDT-TRC20", "canDep": True, "canWd": False, "fee": "1.5",
    "burningFeeRate": "", "minDep": "0.1", "minWd": "2", "maxWd": "900", "wdTickSz": "6",
    "needTag": False, "minDepArrivalConfirm": "20",
}  # fmt: skip
WITHDRAWAL = {
    "ccy": "USDT", "chain": "USDT-TRC20", "amt": "10.5", "wdId": "7", "state": "2",
    "clientId": "a1b2", "to": "TXYZ", "txId": "beef", "fee": "1.5", "feeCcy": "USDT",
    "ts": "1655251200000",
}  # fmt: skip
DEPOSIT = {
    "ccy": "USDT", "chain": "USDT-TRC20", "amt": "1", "depId": "5", "state": "0", "to": "TN4h",
    "txId": "fee2", "ts": "1674038705000", "actualDepBlkConfirm": "2",
}  # fmt: skip


@pytest.fixture
def transfers(okx: Adapter) -> Transfers:
    assert okx.transfers is not None
    return okx.transfers


def sent(call: Call[Any]) -> tuple[str, str, Any]:
    request = call.request
    assert request.signed
    body = json.loads(request.body) if request.body else dict(request.query)
    return request.method, request.path.removeprefix("/api/v5/asset/"), body


def test_what_goes_out(transfers: Transfers) -> None:
    made = Transfer(
        venue="okx", kind=TransferKind.WITHDRAWAL, venue_id="7", currency="USDT", amount=D(1),
        state=TransferState.PENDING, received_ns=Nanos(NOW),
    )  # fmt: skip
    tron = Network(venue="okx", currency="USDT", chain="tron", name="USDT-TRC20")
    assert [
        sent(call)
        for call in (
            transfers.networks("USDT"),
            transfers.deposit_address(tron),
            transfers.quote(REQUEST),
            transfers.withdraw(REQUEST),
            transfers.withdraw(msgspec.structs.replace(REQUEST, tag="99")),
            transfers.lookup(REQUEST, Nanos(5)),
            transfers.lookup(MOVE, Nanos(5)),
            transfers.withdrawals(Nanos(5)),
            transfers.deposits(Nanos(5)),
            transfers.cancel_withdrawal(made),
            transfers.transfer(MOVE),
        )
    ] == [
        ("GET", "currencies", {"ccy": "USDT"}),
        ("GET", "deposit-address", {"ccy": "USDT"}),
        ("GET", "currencies", {"ccy": "USDT"}),
        ("POST", "withdrawal", withdraw := {
            "ccy": "USDT", "amt": "10.5", "dest": "4", "toAddr": "TXYZ", "chain": "USDT-TRC20",
            "clientId": "a1b2",
        }),
        ("POST", "withdrawal", {**withdraw, "toAddr": "TXYZ:99"}),
        ("GET", "withdrawal-history", {"clientId": "a1b2"}),
        ("GET", "transfer-state", {"clientId": "a1b2"}),
        ("GET", "withdrawal-history", {}),
        ("GET", "deposit-history", {}),
        ("POST", "cancel-withdrawal", {"wdId": "7"}),
        ("POST", "transfer", {
            "ccy": "USDT", "amt": "10.5", "from": "6", "to": "18", "clientId": "a1b2",
        }),
    ]  # fmt: skip


def test_a_network(transfers: Transfers) -> None:
    (found,) = transfers.networks("USDT").read(reply([CURRENCY]))
    assert found == Network(
        venue="okx", currency="USDT", chain="tron", name="USDT-TRC20", deposit_name="USDT-TRC20",
        fee=D("1.5"), min_withdrawal=D(2), max_withdrawal=D(900), min_deposit=D("0.1"), decimals=6,
        deposits=True, confirmations=20,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("chain", "ours"),
    [
        ("USDT-ERC20", "ethereum"),
        ("USDT-Polygon (Bridged)", ""),
        ("USDC-TRC20", ""),
        ("USDT", ""),
    ],
)
def test_only_names_that_are_known_are_shared(transfers: Transfers, chain: str, ours: str) -> None:
    (found,) = transfers.networks("USDT").read(reply([{**CURRENCY, "chain": chain}]))
    assert (found.name, found.chain) == (chain, ours)


def test_a_fee_that_burns_is_no_fixed_fee(transfers: Transfers) -> None:
    burning = reply([{**CURRENCY, "burningFeeRate": "0.05"}])
    (found,) = transfers.networks("USDT").read(burning)
    assert found.fee is None
    with pytest.raises(TransferRejected, match="share of the amount"):
        transfers.quote(REQUEST).read(burning)


STATES = {
    "19": "awaiting", "17": "awaiting", "10": "pending", "0": "pending", "4": "awaiting",
    "5": "awaiting", "6": "awaiting", "8": "awaiting", "9": "awaiting", "12": "awaiting",
    "7": "pending", "1": "sent", "15": "sent", "16": "awaiting", "-3": "pending",
    "-2": "cancelled", "-1": "failed", "2": "done", "77": "unknown",
}  # fmt: skip


@pytest.mark.parametrize("state", STATES)
def test_states_of_withdrawals(transfers: Transfers, state: str) -> None:
    answer = reply([{**WITHDRAWAL, "state": state}])
    (found,) = transfers.lookup(REQUEST, Nanos(0)).read(answer)
    assert found.state.value == STATES[state]
    assert (found.client_id, found.venue_id, found.tx_id) == ("a1b2", "7", "beef")
    assert (found.amount, found.fee, found.venue_ns) == (
        D("10.5"),
        D("1.5"),
        1_655_251_200_000_000_000,
    )


@pytest.mark.parametrize(
    ("state", "ours"),
    [("0", "confirming"), ("1", "done"), ("2", "done"), ("8", "awaiting"), ("11", "awaiting"),
     ("12", "awaiting"), ("13", "awaiting"), ("14", "awaiting"), ("17", "awaiting"),
     ("99", "unknown")],
)  # fmt: skip
def test_states_of_deposits(transfers: Transfers, state: str, ours: str) -> None:
    (found,) = transfers.deposits(Nanos(0)).read(reply([{**DEPOSIT, "state": state}]))
    assert (found.state.value, found.confirmations, found.tx_id) == (ours, 2, "fee2")


def test_addresses(transfers: Transfers) -> None:
    tron = Network(venue="okx", currency="USDT", chain="tron", name="USDT-TRC20")
    row = {"ccy": "USDT", "chain": "USDT-TRC20", "addr": "T1", "to": "6", "selected": False}
    read = transfers.deposit_address(tron).read
    chosen = {**row, "addr": "T2", "selected": True, "memo": "55"}
    found = read(reply([row, chosen, {**row, "chain": "USDT-ERC20", "addr": "0x"}]))
    assert (found.address, found.tag, found.account, found.chain) == ("T2", "55", "funding", "tron")
    found = read(reply([{**row, "addrEx": {"comment": "123"}}]))
    assert found.tag == "123"
    with pytest.raises(TransferRejected, match="need a, b"):
        read(reply([{**row, "addrEx": {"a": "1", "b": "2"}}]))
    with pytest.raises(TransferRejected, match="no deposit address"):
        read(reply([{**row, "chain": "USDT-ERC20"}]))
    with pytest.raises(WireError):
        read(reply([{**row, "addr": ""}]))


@pytest.mark.parametrize(
    ("code", "kind"),
    [("58207", AddressRefused), ("58221", AddressRefused), ("58350", InsufficientFunds),
     ("58206", TransferRejected), ("51000", TransferRejected), ("58404", DuplicateOrder),
     ("58124", OutcomeUnknown), ("58400", OutcomeUnknown), ("50004", OutcomeUnknown),
     ("50001", OutcomeUnknown), ("50013", OutcomeUnknown)],
)  # fmt: skip
def test_refusals(transfers: Transfers, code: str, kind: type[Exception]) -> None:
    answer = reply([], code=code, msg="no")
    for call in (transfers.withdraw(REQUEST), transfers.transfer(MOVE)):
        with pytest.raises(kind) as caught:
            call.read(answer)
        assert type(caught.value) is kind
    if kind is OutcomeUnknown:  # nothing can have happened to a question
        with pytest.raises(VenueUnavailable):
            transfers.withdrawals(Nanos(0)).read(answer)


def test_a_gateway_says_nothing_of_a_withdrawal(transfers: Transfers) -> None:
    page = raw(b"<html>502</html>", 502)
    with pytest.raises(OutcomeUnknown):
        transfers.withdraw(REQUEST).read(page)
    with pytest.raises(VenueUnavailable):
        transfers.deposits(Nanos(0)).read(page)


@pytest.mark.parametrize("data", [[], [{"wdId": ""}], [{"wdId": "1"}, {"wdId": "2"}]])
def test_an_answer_without_its_id_cannot_be_read(transfers: Transfers, data: Any) -> None:
    with pytest.raises(WireError):
        transfers.withdraw(REQUEST).read(reply(data))


def test_pages_go_back_to_the_time_asked_for(transfers: Transfers) -> None:
    def page(newest: int, count: int = 100) -> Any:
        return reply(
            [
                {**WITHDRAWAL, "wdId": str(n), "ts": str(n)}
                for n in range(newest, newest - count, -1)
            ]
        )

    call = transfers.withdrawals(Nanos(850 * 10**6))
    assert len(call.read(page(1000))) == 100
    assert call.then is not None
    second = call.then(page(1000))
    assert second is not None
    assert second.request.query == (("after", "901"),)
    assert [found.venue_id for found in second.read(page(900))][-1] == "850"
    assert second.then is not None
    assert second.then(page(900)) is None  # older than asked for
    assert call.then(page(1000, 99)) is None  # a short page is the last
    with pytest.raises(WireError, match="not older"):  # it would go on for ever
        second.then(page(1000))


# --- what others recorded -------------------------------------------------------------------------


@pytest.fixture
def answered(recordings: Path) -> Any:
    found = json.loads((recordings / "ccxt/response/okx.json").read_text())["methods"]
    return lambda method: found[method][0]


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("method", "kind"),
    [
        ("fetchCurrencies", wire_funding.CurrencyRow),
        ("fetchDepositAddress", wire_funding.DepositAddressRow),
        ("fetchDeposits", wire_funding.DepositRow),
        ("fetchWithdrawals", wire_funding.WithdrawalRow),
        ("withdraw", wire_funding.WithdrawalAck),
        ("transfer", wire_funding.MovedRow),
    ],
)
def test_every_recorded_key_is_known(answered: Any, method: str, kind: type) -> None:
    known = {field.encode_name for field in msgspec.structs.fields(kind)}
    for row in answered(method)["httpResponse"]["data"]:
        assert set(row) <= known | wire_funding.IGNORED[kind]


@pytest.mark.recordings
def test_recorded_answers(transfers: Transfers, answered: Any) -> None:
    def body(method: str) -> Any:
        return reply(answered(method)["httpResponse"]["data"])

    (bitcoin,) = transfers.networks("BTC").read(body("fetchCurrencies"))
    assert (bitcoin.chain, bitcoin.min_withdrawal, bitcoin.confirmations) == (
        "bitcoin",
        D("0.001"),
        1,
    )
    assert bitcoin.fee is None  # minFee and maxFee are of another time
    address = transfers.deposit_address(bitcoin).read(body("fetchDepositAddress"))
    assert address.address.startswith("39XNx")
    (deposit,) = transfers.deposits(Nanos(0)).read(body("fetchDeposits"))
    theirs = answered("fetchDeposits")["parsedResponse"][0]
    assert (deposit.tx_id, deposit.amount) == (theirs["txid"], D(str(theirs["amount"])))
    assert deposit.state is TransferState.DONE
    (withdrawal,) = transfers.withdrawals(Nanos(0)).read(body("fetchWithdrawals"))
    assert (withdrawal.currency, withdrawal.amount) == ("ETH", D("0.029809"))
    assert (withdrawal.fee, withdrawal.state) == (D("0.007"), TransferState.DONE)
    made = transfers.withdraw(REQUEST).read(body("withdraw"))
    assert made.venue_id == "67485"
    moved = transfers.transfer(MOVE).read(body("transfer"))
    assert moved.venue_id == "754147"


@pytest.mark.recordings
def test_requests_as_peers_send_them(transfers: Transfers, recordings: Path) -> None:
    methods = json.loads((recordings / "ccxt/request/okx.json").read_text())["methods"]
    theirs = json.loads(methods["withdraw"][0]["output"])
    _, _, mine = sent(transfers.withdraw(REQUEST))
    assert set(mine) - set(theirs) == {"clientId"}
    assert mine["dest"] == theirs["dest"]
    (peer,) = [m for m in methods["transfer"] if m["description"] == "funding->trading"]
    moved = sent(transfers.transfer(MOVE))[2]
    assert {**json.loads(peer["output"]), "amt": "10.5", "clientId": "a1b2"} == {
        **moved,
        "type": "0",
    }


def test_numbers_that_are_none(transfers: Transfers) -> None:
    with pytest.raises(WireError):
        transfers.withdrawals(Nanos(0)).read(reply([{**WITHDRAWAL, "amt": "1e999"}]))
