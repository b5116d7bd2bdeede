"""Moving funds: networks, addresses, and transfers within a venue, out of it and into it. Values
only.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.model.instruments import VenueId
from argosy.model.time import Nanos


class TransferKind(StrEnum):
    """Which way funds go, seen from the venue that tells it."""

    INTERNAL = "internal"  # between two accounts of ours at one venue
    WITHDRAWAL = "withdrawal"
    DEPOSIT = "deposit"


class TransferState(StrEnum):
    """How far a transfer is. What is final stays so."""

    PENDING = "pending"  # the venue has it, or is about to
    AWAITING = "awaiting"  # it waits for somebody: a review, a travel-rule answer, a hold
    SENT = "sent"  # on its way to the network
    CONFIRMING = "confirming"  # on the network, not yet confirmed often enough
    DONE = "done"  # withdrawals: confirmed on the network; deposits: credited
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # it may have been carried out: being looked up

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self in {TransferState.DONE, TransferState.FAILED, TransferState.CANCELLED}


class Network(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way in and out of a venue for one currency. Amounts are in that currency."""

    venue: VenueId
    currency: str
    chain: str  # our word, the same at every venue: "bitcoin"; empty: none that we know
    name: str  # the venue's word: "USDT-ERC20", "Bitcoin"
    deposit_name: str = ""  # the venue's word where it has another one for deposits
    fee: Decimal | None = None  # of a withdrawal; None: told for each, see Transfers.quote
    min_withdrawal: Decimal | None = None
    max_withdrawal: Decimal | None = None
    min_deposit: Decimal | None = None
    decimals: int | None = None  # of withdrawn amounts; None: the venue does not say
    withdrawals: bool = False  # whether they are possible now
    deposits: bool = False
    confirmations: int | None = None  # until a deposit is credited; None: not told
    needs_tag: bool = False  # an address alone is not enough


class DepositAddress(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where to send a currency so that it arrives in an account of ours."""

    venue: VenueId
    currency: str
    network: str  # the venue's word
    chain: str
    address: str
    tag: str = ""  # memo, tag or payment id: without it the funds may be lost
    account: str = ""  # which of our accounts it is credited to; empty: the venue has one


class TransferRequest(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to move. `amount` is what arrives; `fee` comes on top and may not be exceeded.

    Withdrawals need network, address and fee; internal transfers both accounts.
    """

    venue: VenueId
    client_id: str  # 1 to 32 letters and digits, used once
    kind: TransferKind
    currency: str
    amount: Decimal
    fee: Decimal = Decimal(0)
    network: str = ""  # the venue's word
    address: str = ""
    tag: str = ""
    from_account: str = ""
    to_account: str = ""


class Quote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a withdrawal costs now, in its own currency."""

    fee: Decimal
    limit: Decimal | None = None  # the most that could be withdrawn now; None: not told


class Transfer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a venue says of a transfer. `amount` is what arrives, or arrived."""

    venue: VenueId
    kind: TransferKind
    venue_id: str
    currency: str
    amount: Decimal
    state: TransferState
    received_ns: Nanos
    venue_ns: Nanos = Nanos(0)  # when it was requested or first seen; 0: not told
    client_id: str = ""  # ours, where the venue keeps such ids
    fee: Decimal | None = None
    network: str = ""
    address: str = ""
    tag: str = ""
    tx_id: str = ""
    confirmations: int | None = None
    from_account: str = ""
    to_account: str = ""
    detail: str = ""  # the venue's own word for the state


def transfer_of(
    request: TransferRequest,
    venue: str,
    venue_id: str,
    state: TransferState,
    received_ns: Nanos,
    client_id: str = "",
) -> Transfer:
    """What was asked for, under the id that the venue gave it; `client_id` where it keeps ours."""
    return Transfer(
        venue=VenueId(venue),
        kind=request.kind,
        venue_id=venue_id,
        client_id=client_id,
        currency=request.currency,
        amount=request.amount,
        fee=request.fee,
        network=request.network,
        address=request.address,
        tag=request.tag,
        from_account=request.from_account,
        to_account=request.to_account,
        state=state,
        received_ns=received_ns,
    )
