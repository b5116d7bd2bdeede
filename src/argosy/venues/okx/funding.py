"""Reads OKX's currencies, addresses, deposits, withdrawals and transfers into ours. No state.

https://www.okx.com/docs-v5/en/#funding-account-rest-api (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from argosy.errors import TransferRejected, WireError
from argosy.model import (
    DepositAddress,
    Nanos,
    Network,
    Transfer,
    TransferKind,
    TransferState,
    VenueId,
)
from argosy.venues.okx.names import VENUE
from argosy.venues.okx.values import (
    decoding,
    number,
    number_or_none,
    positive_or_none,
    shown,
    stamp,
    truth,
)
from argosy.venues.okx.wire_funding import (
    CurrencyRow,
    DepositAddressRow,
    DepositRow,
    MovedRow,
    WithdrawalRow,
)

ACCOUNTS: Mapping[str, str] = {"funding": "6", "trading": "18"}
_OUR_ACCOUNTS = {theirs: ours for ours, theirs in ACCOUNTS.items()}

# What stands after the currency in `chain`. One that is not here is usable, but no venue's network
# is taken to be the same one.
_CHAINS = {
    "Bitcoin": "bitcoin",
    "Lightning": "lightning",
    "ERC20": "ethereum",
    "Ethereum": "ethereum",
    "TRC20": "tron",
    "Solana": "solana",
    "Arbitrum One": "arbitrum",
    "Optimism": "optimism",
    "Base": "base",
    "Polygon": "polygon",
    "Avalanche C-Chain": "avalanche",
    "Ripple": "ripple",
    "Litecoin": "litecoin",
    "Dogecoin": "dogecoin",
}

_PENDING, _AWAITING, _SENT = TransferState.PENDING, TransferState.AWAITING, TransferState.SENT
# "Get withdrawal history", state. 2 is the final "success"; 1 broadcasts.
_WITHDRAWAL = {
    "19": _AWAITING, "17": _AWAITING, "10": _PENDING, "0": _PENDING, "4": _AWAITING,
    "5": _AWAITING, "6": _AWAITING, "8": _AWAITING, "9": _AWAITING, "12": _AWAITING,
    "7": _PENDING, "1": _SENT, "15": _SENT, "16": _AWAITING, "-3": _PENDING,
    "-2": TransferState.CANCELLED, "-1": TransferState.FAILED, "2": TransferState.DONE,
}  # fmt: skip
# "Get deposit history", state. Credited (1) can be traded; 2 can be withdrawn again as well.
_DEPOSIT = {
    "0": TransferState.CONFIRMING, "1": TransferState.DONE, "2": TransferState.DONE,
    "8": _AWAITING, "11": _AWAITING, "12": _AWAITING, "13": _AWAITING, "14": _AWAITING,
    "17": _AWAITING,
}  # fmt: skip
_MOVED = {"success": TransferState.DONE, "pending": _PENDING, "failed": TransferState.FAILED}


def network(row: CurrencyRow) -> Network:
    """One chain of a currency. A fee that burns a share of the amount is no fixed fee: None."""
    with decoding(f"currency {shown(row.ccy)}"):
        decimals = number_or_none(row.wd_tick_sz, "wdTickSz")
        confirmations = number_or_none(row.min_dep_arrival_confirm, "minDepArrivalConfirm")
        burns = positive_or_none(row.burning_fee_rate, "burningFeeRate") is not None
        return Network(
            venue=VenueId(VENUE),
            currency=row.ccy,
            chain=_chain(row.ccy, row.chain),
            name=row.chain,
            deposit_name=row.chain,
            fee=None if burns else number_or_none(row.fee, "fee"),
            min_withdrawal=number_or_none(row.min_wd, "minWd"),
            max_withdrawal=number_or_none(row.max_wd, "maxWd"),
            min_deposit=number_or_none(row.min_dep, "minDep"),
            decimals=None if decimals is None else int(decimals),
            withdrawals=truth(row.can_wd),
            deposits=truth(row.can_dep),
            confirmations=None if confirmations is None else int(confirmations),
            needs_tag=truth(row.need_tag),
        )


def _chain(currency: str, chain: str) -> str:
    head, _, tail = chain.partition("-")
    return _CHAINS.get(tail, "") if head == currency else ""


def address(row: DepositAddressRow) -> DepositAddress:
    """A deposit address with its tag, whatever it is called. An attachment of another kind
    (`addrEx`) cannot be told to another venue: TransferRejected.
    """
    with decoding(f"deposit address of {shown(row.ccy)}"):
        if not row.addr:
            raise WireError(f"okx: the deposit address of {shown(row.chain)} is empty")
        tag = row.tag or row.memo or row.pmt_id or ""
        attached = bytes(row.addr_ex)
        if attached not in {b"null", b"{}", b'""'} and not tag:
            named = msgspec.json.decode(attached, type=dict[str, str])
            if len(named) != 1:
                raise TransferRejected(
                    f"deposits of {row.chain} need {', '.join(named)}: make it at the venue",
                    venue=VENUE,
                )
            (tag,) = named.values()
        return DepositAddress(
            venue=VenueId(VENUE),
            currency=row.ccy,
            network=row.chain,
            chain=_chain(row.ccy, row.chain),
            address=row.addr,
            tag=tag,
            account=_OUR_ACCOUNTS.get(row.to or "", ""),
        )


def _state(states: Mapping[str, TransferState], word: str | int | None) -> TransferState:
    """A state by its word; one we do not know is UNKNOWN, never taken for final."""
    return states.get(str(word), TransferState.UNKNOWN)


def withdrawal(row: WithdrawalRow, now_ns: Nanos) -> Transfer:
    """A withdrawal; `amt` is what arrives. A fee in another currency is not told in `fee`."""
    with decoding(f"withdrawal {shown(row.wd_id)}"):
        fee = number_or_none(row.fee, "fee")
        return Transfer(
            venue=VenueId(VENUE),
            kind=TransferKind.WITHDRAWAL,
            venue_id=row.wd_id,
            client_id=row.client_id or "",
            currency=row.ccy,
            amount=number(row.amt, "amt"),
            fee=fee if not row.fee_ccy or row.fee_ccy == row.ccy else None,
            network=row.chain or "",
            address=row.to or "",
            tag=row.tag or row.memo or row.pmt_id or "",
            tx_id=row.tx_id or "",
            state=_state(_WITHDRAWAL, row.state),
            detail=f"state {row.state}",
            from_account="funding",
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now_ns,
        )


def deposit(row: DepositRow, now_ns: Nanos) -> Transfer:
    """A deposit, credited or on its way."""
    with decoding(f"deposit {shown(row.dep_id)}"):
        confirmations = number_or_none(row.actual_dep_blk_confirm, "actualDepBlkConfirm")
        return Transfer(
            venue=VenueId(VENUE),
            kind=TransferKind.DEPOSIT,
            venue_id=row.dep_id,
            currency=row.ccy,
            amount=number(row.amt, "amt"),
            network=row.chain or "",
            address=row.to or "",
            tx_id=row.tx_id or "",
            state=_state(_DEPOSIT, row.state),
            detail=f"state {row.state}",
            confirmations=None if confirmations is None else int(confirmations),
            venue_ns=stamp(row.ts, "ts"),
            received_ns=now_ns,
        )


def moved(row: MovedRow, now_ns: Nanos) -> Transfer:
    """A transfer between two accounts."""
    with decoding(f"transfer {shown(row.trans_id)}"):
        return Transfer(
            venue=VenueId(VENUE),
            kind=TransferKind.INTERNAL,
            venue_id=row.trans_id,
            client_id=row.client_id or "",
            currency=row.ccy,
            amount=number(row.amt, "amt"),
            state=_state(_MOVED, row.state),
            detail=row.state or "",
            from_account=_OUR_ACCOUNTS.get(row.from_, row.from_),
            to_account=_OUR_ACCOUNTS.get(row.to, row.to),
            received_ns=now_ns,
        )
