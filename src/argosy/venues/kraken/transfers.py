"""Funds into Kraken, out of it, and to the futures wallet. Does no I/O.

https://docs.kraken.com/api-reference/funding (2026-11-27). The newer Funding API is in beta.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import TypeVar

from argosy.errors import (
    InsufficientFunds,
    OrderRejected,
    TransferRejected,
    Unsupported,
    VenueError,
    WireError,
)
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
    VenueId,
    transfer_of,
)
from argosy.model.money import plain
from argosy.model.time import SECOND
from argosy.ports import Call, HttpRequest, HttpResponse, Ways
from argosy.venues.kraken import funding, rest, wire_funding
from argosy.venues.kraken.account import KrakenAccount
from argosy.venues.kraken.symbols import VENUE, altname

T = TypeVar("T")

_FUTURES = "futures"
# What a currency without a way in, or one that Kraken does not have, is answered:
# https://github.com/krakenfx/kraken-api-client/issues/10
_NO_WAY = frozenset({"EFunding:No funding method", "EQuery:Unknown asset"})
_PAGE = 500  # asked for, the most that is documented


class KrakenTransfers:
    """A Transfers. Kraken keeps no ids of ours: what is looked up is told by what it is."""

    def __init__(self, account: KrakenAccount) -> None:
        self._account = account

    def accounts(self) -> Sequence[str]:
        """The spot wallet, and the futures wallet that WalletTransfer reaches."""
        return (funding.ACCOUNT, _FUTURES)

    def balances(self) -> Sequence[Call[list[Balance]]]:
        """BalanceEx."""
        return self._account.balances()

    def networks(self, currency: str, ways: Ways = "both") -> Call[list[Network]]:
        """WithdrawMethods, which only keys that withdraw may ask, then DepositMethods: joined once
        both are there.
        """
        fields = (("asset", altname(currency)),)

        def deposits(out: Sequence[wire_funding.WithdrawMethod]) -> Call[list[Network]]:
            ways_in = rest.reader(
                wire_funding.deposit_methods, "DepositMethods", lambda rows, _: rows
            )

            def read(response: HttpResponse) -> list[Network]:
                try:
                    into = ways_in(response)
                except VenueError as e:
                    if e.code not in _NO_WAY:
                        raise
                    into = []
                return funding.networks(currency, out, into)

            return Call(rest.private("DepositMethods", fields), read)

        if ways == "in":
            return deposits(())
        ways_out = rest.reader(
            wire_funding.withdraw_methods, "WithdrawMethods", lambda rows, _: rows
        )
        if ways == "out":
            return Call(
                rest.private("WithdrawMethods", fields),
                lambda response: funding.networks(currency, ways_out(response), ()),
            )

        def none_yet(response: HttpResponse) -> list[Network]:
            ways_out(response)
            return []

        return Call(
            rest.private("WithdrawMethods", fields),
            none_yet,
            lambda response: deposits(ways_out(response)),
        )

    def deposit_address(self, network: Network) -> Call[DepositAddress]:
        """DepositAddresses; where there is none, it is asked to make one."""
        method = network.deposit_name or network.name
        fields = (("asset", altname(network.currency)), ("method", method))

        def found(response: HttpResponse) -> DepositAddress | None:
            return rest.reader(
                wire_funding.deposit_addresses,
                "DepositAddresses",
                lambda rows, _: funding.address(rows, network),
            )(response)

        def made(response: HttpResponse) -> DepositAddress:
            address = found(response)
            if address is None:
                raise funding.no_address(network)
            return address

        def read(response: HttpResponse) -> DepositAddress:
            # An empty one says "none yet": `then` asks for a new one, whose answer counts.
            return found(response) or DepositAddress(
                venue=VenueId(VENUE),
                currency=network.currency,
                network=method,
                chain=network.chain,
                address="",
            )

        def then(response: HttpResponse) -> Call[DepositAddress] | None:
            if found(response) is not None:
                return None
            return Call(
                rest.private("DepositAddresses", (*fields, ("new", "true")), idempotent=False),
                made,
            )

        return Call(rest.private("DepositAddresses", fields), read, then)

    def quote(self, request: TransferRequest) -> Call[Quote]:
        """WithdrawAddresses for the name of the address, then WithdrawInfo."""

        def priced(info: wire_funding.WithdrawInfo, _: HttpResponse) -> Quote:
            return Quote(fee=info.fee, limit=info.limit)

        def ask(key: str) -> Call[Quote]:
            fields = (
                ("asset", altname(request.currency)),
                ("key", key),
                ("amount", plain(request.amount)),
            )
            read = rest.reader(wire_funding.withdraw_info, "WithdrawInfo", priced)
            return Call(rest.private("WithdrawInfo", fields), read)

        key_of = _key_reader(request)

        def none_yet(response: HttpResponse) -> Quote:
            key_of(response)
            return Quote(fee=Decimal(0))

        return Call(_addresses(request), none_yet, lambda response: ask(key_of(response)))

    def withdraw(self, request: TransferRequest) -> Call[Transfer]:
        """WithdrawAddresses for the name of the address, then Withdraw.

        Kraken's amount includes its fee: ours and the fee that was quoted are added, and `max_fee`
        keeps it from taking more. `address` makes it check what the name stands for.
        """
        if request.kind is not TransferKind.WITHDRAWAL:
            raise Unsupported(f"kraken: withdraw() got a transfer of kind {request.kind.value}")
        key_of = _key_reader(request)

        def send(key: str) -> Call[Transfer]:
            fields = (
                ("asset", altname(request.currency)),
                ("key", key),
                ("address", request.address),
                ("amount", plain(request.amount + request.fee)),
                ("max_fee", plain(request.fee)),
            )
            read = rest.reader(
                wire_funding.reference,
                "Withdraw",
                partial(_made, request, TransferState.PENDING),
                entry=True,
            )
            return Call(rest.private("Withdraw", fields, idempotent=False), _refusing(read))

        def none_yet(response: HttpResponse) -> Transfer:
            key_of(response)
            return transfer_of(request, VENUE, "", TransferState.PENDING, response.received_ns)

        return Call(_addresses(request), none_yet, lambda response: send(key_of(response)))

    def lookup(self, request: TransferRequest, since_ns: Nanos) -> Call[list[Transfer]]:
        """WithdrawStatus of the currency: what has the same address and amount."""
        if request.kind is not TransferKind.WITHDRAWAL:
            raise Unsupported(f"{VENUE} does not say what became of a transfer to {_FUTURES}")
        return _paged(
            "WithdrawStatus",
            TransferKind.WITHDRAWAL,
            since_ns,
            lambda found: funding.may_be(found, request),
            asset=altname(request.currency),
        )

    def withdrawals(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """WithdrawStatus, page by page back to `since_ns`."""
        return _paged("WithdrawStatus", TransferKind.WITHDRAWAL, since_ns)

    def deposits(self, since_ns: Nanos) -> Call[list[Transfer]]:
        """DepositStatus, page by page back to `since_ns`."""
        return _paged("DepositStatus", TransferKind.DEPOSIT, since_ns)

    def cancel_withdrawal(self, withdrawal: Transfer) -> Call[None]:
        """WithdrawCancel: true is "requested", the withdrawal's state tells the rest."""
        fields = (("asset", altname(withdrawal.currency)), ("refid", withdrawal.venue_id))

        def read(accepted: bool, _: HttpResponse) -> None:
            if not accepted:
                raise TransferRejected(
                    f"{withdrawal.venue_id} can no longer be cancelled", venue=VENUE
                )

        request = rest.private("WithdrawCancel", fields, idempotent=False, urgent=True)
        reader = rest.reader(wire_funding.done, "WithdrawCancel", read, entry=True)
        return Call(request, _refusing(reader))

    def transfer(self, request: TransferRequest) -> Call[Transfer]:
        """WalletTransfer from spot to futures; the way back is the futures API's."""
        if (request.from_account, request.to_account) != self.accounts():
            raise Unsupported(
                f"{VENUE} moves funds from {funding.ACCOUNT} to {_FUTURES} only, not from"
                f" {request.from_account!r} to {request.to_account!r}"
            )
        fields = (
            ("asset", altname(request.currency)),
            ("from", "Spot Wallet"),
            ("to", "Futures Wallet"),
            ("amount", plain(request.amount)),
        )
        read = rest.reader(
            wire_funding.reference,
            "WalletTransfer",
            partial(_made, request, TransferState.DONE),
            entry=True,
        )
        return Call(rest.private("WalletTransfer", fields, idempotent=False), _refusing(read))


def _addresses(request: TransferRequest) -> HttpRequest:
    fields = (("asset", altname(request.currency)), ("method", request.network))
    return rest.private("WithdrawAddresses", fields)


def _key_reader(request: TransferRequest) -> Callable[[HttpResponse], str]:
    return rest.reader(
        wire_funding.withdraw_addresses,
        "WithdrawAddresses",
        lambda rows, _: funding.key_for(rows, request),
    )


def _refusing(read: Callable[[HttpResponse], T]) -> Callable[[HttpResponse], T]:
    """What would be an order's refusal ("Invalid arguments:amount") is a transfer's here."""

    def reading(response: HttpResponse) -> T:
        try:
            return read(response)
        except InsufficientFunds:
            raise
        except OrderRejected as e:
            raise TransferRejected(e.code, venue=VENUE, code=e.code) from e

    return reading


def _made(
    request: TransferRequest,
    state: TransferState,
    reference: wire_funding.Reference,
    response: HttpResponse,
) -> Transfer:
    if not reference.refid:
        raise WireError("kraken: the reference of a transfer is empty")
    return transfer_of(request, VENUE, reference.refid, state, response.received_ns)


def _paged(
    method: str,
    kind: TransferKind,
    since_ns: Nanos,
    wanted: Callable[[Transfer], bool] = lambda _: True,
    *,
    asset: str = "",
    until_s: int | None = None,
) -> Call[list[Transfer]]:
    """Newest first. Times are whole seconds and bounds include: the last second of a page is asked
    for again with the next, and its rows come twice.
    """
    fields = [("asset", asset)] if asset else []
    fields += [("start", str(since_ns // SECOND)), ("limit", str(_PAGE))]
    if until_s is not None:
        fields.append(("end", str(until_s)))
    every = rest.reader(
        wire_funding.funding_rows,
        method,
        lambda rows, response: [funding.transfer(row, kind, response.received_ns) for row in rows],
    )
    floor_ns = since_ns - since_ns % SECOND

    def read(response: HttpResponse) -> list[Transfer]:
        return [one for one in every(response) if one.venue_ns >= floor_ns and wanted(one)]

    def then(response: HttpResponse) -> Call[list[Transfer]] | None:
        rows = every(response)
        if len(rows) < _PAGE:
            return None
        oldest_s = min(row.venue_ns for row in rows) // SECOND
        if until_s is not None and oldest_s >= until_s:
            raise WireError(f"kraken {method}: the page before {until_s} is not older")
        return _paged(method, kind, since_ns, wanted, asset=asset, until_s=oldest_s)

    return Call(rest.private(method, fields), read, then)
