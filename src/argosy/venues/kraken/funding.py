"""Reads Kraken's methods, addresses, deposits and withdrawals into ours. No state.

https://docs.kraken.com/api-reference/funding (2026-11-27)
"""

import re
from collections.abc import Mapping, Sequence

from argosy.errors import AddressRefused, TransferRejected
from argosy.model import (
    DepositAddress,
    Nanos,
    Network,
    Transfer,
    TransferKind,
    TransferRequest,
    TransferState,
    VenueId,
)
from argosy.venues.kraken import wire_funding
from argosy.venues.kraken.reports import nanos
from argosy.venues.kraken.symbols import VENUE, asset

ACCOUNT = "trading"
# WithdrawMethods' `network`. One that is not here is usable, but no venue's network is taken to be
# the same one.
_NETWORKS: Mapping[str, str] = {
    "Bitcoin": "bitcoin",
    "Lightning": "lightning",
    "Ethereum": "ethereum",
    "Solana": "solana",
    "Tron": "tron",
    "Arbitrum": "arbitrum",
    "Arbitrum One": "arbitrum",
    "Optimism": "optimism",
    "Base": "base",
    "Polygon": "polygon",
    "XRP Ledger": "ripple",
    "Litecoin": "litecoin",
    "Dogecoin": "dogecoin",
}
# DepositMethods has names of methods only: "Bitcoin", "Tether USD (TRC20)", "Ether (Hex)",
# "USDC - Base (Unified)".
_METHODS: Mapping[str, str] = {
    "Bitcoin": "bitcoin",
    "Bitcoin Lightning": "lightning",
    "Ether (Hex)": "ethereum",
    "Solana": "solana",
    "Ripple XRP": "ripple",
    "Litecoin": "litecoin",
    "Dogecoin": "dogecoin",
}
_STANDARDS = {"ERC20": "ethereum", "TRC20": "tron", "SPL": "solana"}
_IN_BRACKETS = re.compile(r".+ \((ERC20|TRC20|SPL)\)", re.ASCII)
_UNIFIED = re.compile(r".+ - (.+) \(Unified\)", re.ASCII)
# Kraken's API tells no confirmations. https://support.kraken.com/articles/203325283 (2026-11-27)
_CONFIRMATIONS = {"bitcoin": 4, "ethereum": 30}


def chain_of(method: str, network: str = "") -> str:
    """Our word for where a method sends to; empty where its name does not say."""
    if network:
        return _NETWORKS.get(network, "")
    if method in _METHODS:
        return _METHODS[method]
    if found := _IN_BRACKETS.fullmatch(method):
        return _STANDARDS[found[1]]
    if found := _UNIFIED.fullmatch(method):
        return _NETWORKS.get(found[1], "")
    return ""


def networks(
    currency: str,
    out: Sequence[wire_funding.WithdrawMethod],
    into: Sequence[wire_funding.DepositMethod],
) -> list[Network]:
    """Ways out joined with ways in: of the same method, else of the same chain."""
    left = list(into)
    found = []
    for row in out:
        if asset(row.asset) != currency:
            continue
        chain = chain_of(row.method, row.network)
        same = next((one for one in left if one.method == row.method), None) or next(
            (one for one in left if chain and chain_of(one.method) == chain), None
        )
        if same is not None:
            left.remove(same)
        found.append(_network(currency, chain, row, same))
    return found + [_network(currency, chain_of(one.method), None, one) for one in left]


def _network(
    currency: str,
    chain: str,
    out: wire_funding.WithdrawMethod | None,
    into: wire_funding.DepositMethod | None,
) -> Network:
    return Network(
        venue=VenueId(VENUE),
        currency=currency,
        chain=chain,
        name=out.method if out is not None else into.method if into is not None else "",
        deposit_name=into.method if into is not None else "",
        min_withdrawal=out.minimum if out is not None else None,
        min_deposit=into.minimum if into is not None else None,
        withdrawals=out is not None,
        deposits=into is not None,
        confirmations=_CONFIRMATIONS.get(chain),
    )


def address(rows: Sequence[wire_funding.DepositAddress], network: Network) -> DepositAddress | None:
    """An address that does not expire; None where there is none. Of several the last, so that it
    stays the same when others are made: Kraken's example lists the unused ones first.
    """
    lasting = [row for row in rows if str(row.expiretm) == "0"]
    if not lasting:
        return None
    row = lasting[-1]
    return DepositAddress(
        venue=VenueId(VENUE),
        currency=network.currency,
        network=network.deposit_name or network.name,
        chain=network.chain,
        address=row.address,
        tag=row.tag or row.memo,
        account=ACCOUNT,
    )


def key_for(rows: Sequence[wire_funding.WithdrawAddress], request: TransferRequest) -> str:
    """The name under which an address was approved on the website. Raises AddressRefused."""
    for row in rows:
        same = row.address == request.address and (row.tag or row.memo or "") == request.tag
        if same and row.method == request.network:
            if not row.verified:
                raise AddressRefused(
                    f"{row.key!r} is not verified yet: confirm it by the venue's e-mail",
                    venue=VENUE,
                )
            return row.key
    raise AddressRefused(
        f"{request.address} is none of the withdrawal addresses of {request.network}; add it on"
        " the venue's website first",
        venue=VENUE,
    )


_STATES = {
    "Initial": TransferState.PENDING,
    "Pending": TransferState.PENDING,
    "Settled": TransferState.CONFIRMING,
    "Success": TransferState.DONE,
    "Failure": TransferState.FAILED,
}


def transfer(row: wire_funding.FundingRow, kind: TransferKind, now_ns: Nanos) -> Transfer:
    """A deposit or withdrawal; `amount` is without the fee."""
    state = _STATES.get(row.status, TransferState.UNKNOWN)
    if row.status_prop == "canceled" and state is TransferState.FAILED:
        state = TransferState.CANCELLED
    elif row.status_prop == "onhold" and not state.final:
        state = TransferState.AWAITING
    elif state is TransferState.PENDING and row.txid:
        state = TransferState.SENT
    return Transfer(
        venue=VenueId(VENUE),
        kind=kind,
        venue_id=row.refid,
        currency=asset(row.asset),
        amount=row.amount,
        fee=row.fee,
        network=row.method,
        address=row.info or "",
        tx_id=row.txid or "",
        state=state,
        detail=" ".join(part for part in (row.status, row.status_prop) if part),
        venue_ns=nanos(row.time),
        received_ns=now_ns,
    )


def may_be(row: Transfer, request: TransferRequest) -> bool:
    """Whether a withdrawal may be the one that was asked for. Its net amount differs from the one
    wanted where the fee fell in between; net and fee together do not.
    """
    total = request.amount + request.fee
    return (
        row.currency == request.currency
        and row.address == request.address
        and (row.amount in {request.amount, total} or row.amount + (row.fee or 0) == total)
    )


def no_address(network: Network) -> TransferRejected:
    """There is none, and Kraken made none."""
    return TransferRejected(
        f"there is no deposit address for {network.deposit_name or network.name}", venue=VENUE
    )
