"""Funds into OKX, out of it, and between its funding and trading accounts. Sends nothing.

https://www.okx.com/docs-v5/en/#funding-account-rest-api (read 2026-11).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from argosy.errors import TransferRejected, Unsupported, WireError
from argosy.model import (
    Balance,
    DepositAddress,
    Nanos,
    Network,
    Quote,
    Transfer,
    TransferKind,
    TransferRequest,
    TransferState,
    transfer_of,
)
from argosy.model.money import plain
from argosy.model.time import to_ms
from argosy.ports import Call, HttpRequest, HttpResponse, Ways
from argosy.venues.okx import funding
from argosy.venues.okx.account import OkxAccount
from argosy.venues.okx.envelope import read_changed, read_rows
from argosy.venues.okx.names import VENUE
from argosy.venues.okx.wire_funding import (
    CancelledWithdrawal,
    CancelWithdrawal,
    CurrencyRow,
    DepositAddressRow,
    DepositRow,
    MovedRow,
    NewMove,
    NewWithdrawal,
    WithdrawalAck,
    WithdrawalRow,
)

Row = TypeVar("Row", DepositRow, WithdrawalRow)

_ASSET = "/api/v5/asset/"
_ON_CHAIN = "4"
_PAGE = 100


def _get(what: str, cost: str, *query: tuple[str, str]) -> HttpRequest:
    return HttpRequest(method="GET", path=_ASSET + what, query=query, signed=True, cost={cost: 1})


def _post(what: str, body: object, cost: str) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=_ASSET + what,
        headers=(("Content-Type", "application/json"),),
        body=msgspec.json.encode(body),
        signed=True,
        idempotent=False,
        cost={cost: 1},
    )


class OkxTransfers:
    """A Transfers. Withdrawals leave the funding account; client ids are kept by the venue."""

    def __init__(self, account: OkxAccount) -> None:
        self._account = account

    def accounts(self) -> Sequence[str]:
        """Withdrawals leave "funding"; orders use "trading"."""
        return tuple(funding.ACCOUNTS)

    def balances(self) -> Sequence[Call[list[Balance]]]:
        """GET /asset/balances."""
        return self._account.funding_balances()

    def networks(self, currency: str, ways: Ways = "both") -> Call[list[Network]]:
        """GET /asset/currencies: every key may ask, and it tells both ways."""
        del ways

        def read(response: HttpResponse) -> list[Network]:
            return [funding.network(row) for row in read_rows(response, CurrencyRow, "currencies")]

        return Call(_get("currencies", "currencies", ("ccy", currency)), read)

    def deposit_address(self, network: Network) -> Call[DepositAddress]:
        """GET /asset/deposit-address: of the chain, the one the account has selected."""

        def read(response: HttpResponse) -> DepositAddress:
            rows = read_rows(response, DepositAddressRow, "deposit addresses")
            here = [row for row in rows if row.chain == network.name]
            if not here:
                raise TransferRejected(
                    f"there is no deposit address of {network.name}; make one at the venue",
                    venue=VENUE,
                )
            return funding.address(next((row for row in here if row.selected), here[0]))

        return Call(_get("deposit-address", "deposit_address", ("ccy", network.currency)), read)

    def quote(self, request: TransferRequest) -> Call[Quote]:
        """What /asset/currencies says of the chain; whether an address is approved it does not."""

        def read(response: HttpResponse) -> Quote:
            rows = read_rows(response, CurrencyRow, "currencies")
            found = next((row for row in rows if row.chain == request.network), None)
            if found is None:
                raise TransferRejected(f"no network {request.network!r}", venue=VENUE)
            about = funding.network(found)
            if about.fee is None:
                raise TransferRejected(
                    f"the fee of {request.network} is a share of the amount, which is not counted"
                    " here: withdraw at the venue",
                    venue=VENUE,
                )
            return Quote(fee=about.fee, limit=about.max_withdrawal)

        return Call(_get("currencies", "currencies", ("ccy", request.currency)), read)

    def withdraw(self, request: TransferRequest) -> Call[Transfer]:
        """POST /asset/withdrawal, on chain; `amt` is what arrives, OKX takes its fee on top."""
        if request.kind is not TransferKind.WITHDRAWAL:
            raise Unsupported(f"okx: withdraw() got a transfer of kind {request.kind.value}")
        to = f"{request.address}:{request.tag}" if request.tag else request.address
        body = NewWithdrawal(
            ccy=request.currency,
            amt=plain(request.amount),
            dest=_ON_CHAIN,
            to_addr=to,
            chain=request.network,
            client_id=request.client_id,
        )

        def read(response: HttpResponse) -> Transfer:
            ack = read_changed(response, WithdrawalAck, "a withdrawal")
            return _of_request(request, ack.wd_id, TransferState.PENDING, response.received_ns)

        return Call(_post("withdrawal", body, "withdrawal"), read)

    def lookup(self, request: TransferRequest, since_ns: Nanos) -> Call[list[Transfer]]:
        """By `clientId`: /asset/withdrawal-history, or /asset/transfer-state (two weeks back)."""
        del since_ns  # an id is used once
        own = ("clientId", request.client_id)
        if request.kind is TransferKind.INTERNAL:

            def read(response: HttpResponse) -> list[Transfer]:
                rows = read_rows(response, MovedRow, "the state of a transfer")
                return [funding.moved(row, response.received_ns) for row in rows]

            return Call(_get("transfer-state", "transfer_state", own), read)
        return Call(
            _get("withdrawal-history", "withdrawal_history", own),
            lambda response: [
                funding.withdrawal(row, response.received_ns)
                for row in read_rows(response, WithdrawalRow, "withdrawals")
            ],
        )

    def withdrawals(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """GET /asset/withdrawal-history, page by page back to `since_ns`."""
        return _paged("withdrawal-history", WithdrawalRow, funding.withdrawal, since_ns)

    def deposits(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """GET /asset/deposit-history, page by page back to `since_ns`."""
        return _paged("deposit-history", DepositRow, funding.deposit, since_ns)

    def cancel_withdrawal(self, withdrawal: Transfer) -> Call[None]:
        """POST /asset/cancel-withdrawal: accepted is not cancelled."""
        body = CancelWithdrawal(wd_id=withdrawal.venue_id)

        def read(response: HttpResponse) -> None:
            read_changed(response, CancelledWithdrawal, "a cancellation")

        return Call(_post("cancel-withdrawal", body, "cancel_withdrawal"), read)

    def transfer(self, request: TransferRequest) -> Call[Transfer]:
        """POST /asset/transfer between funding and trading; the state tells whether it was done."""
        for account in (request.from_account, request.to_account):
            if account not in funding.ACCOUNTS:
                raise Unsupported(f"okx has the accounts {', '.join(self.accounts())}: {account!r}")
        body = NewMove(
            ccy=request.currency,
            amt=plain(request.amount),
            from_=funding.ACCOUNTS[request.from_account],
            to=funding.ACCOUNTS[request.to_account],
            client_id=request.client_id,
        )

        def read(response: HttpResponse) -> Transfer:
            row = read_changed(response, MovedRow, "a transfer")
            return _of_request(request, row.trans_id, TransferState.PENDING, response.received_ns)

        return Call(_post("transfer", body, f"transfer/{request.currency}"), read)


def _of_request(
    request: TransferRequest, venue_id: str, state: TransferState, at: Nanos
) -> Transfer:
    """What was asked for, under the id that the venue gave it."""
    if not venue_id:
        raise WireError(f"okx: no id was given to {request.client_id}")
    return transfer_of(request, VENUE, venue_id, state, at, client_id=request.client_id)


def _paged(
    what: str,
    kind: type[Row],
    translate: Callable[[Row, Nanos], Transfer],
    since_ns: Nanos,
    before_ms: int | None = None,
) -> Call[list[Transfer]]:
    """Newest first; `after` is a time here, and asks for what is older."""
    query = () if before_ms is None else (("after", str(before_ms)),)

    def every(response: HttpResponse) -> list[Transfer]:
        return [translate(row, response.received_ns) for row in read_rows(response, kind, what)]

    def read(response: HttpResponse) -> list[Transfer]:
        return [found for found in every(response) if found.venue_ns >= since_ns]

    def then(response: HttpResponse) -> Call[list[Transfer]] | None:
        rows = every(response)
        oldest = min((row.venue_ns for row in rows), default=Nanos(0))
        if len(rows) < _PAGE or oldest < since_ns:
            return None
        if before_ms is not None and to_ms(oldest) >= before_ms:
            raise WireError(f"okx: {what}: the page before {before_ms} is not older")
        return _paged(what, kind, translate, since_ns, to_ms(oldest))

    return Call(_get(what, what.replace("-", "_"), *query), read, then)
