"""Accounts: what we hold, owe and may do at a venue. Values only."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from argosy.model.instruments import InstrumentId, VenueId
from argosy.model.orders import MarginMode, PositionSide
from argosy.model.time import Nanos


class Balance(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="balance", omit_defaults=True
):
    """One currency of one account. total = free + held; borrowed is owed, not subtracted."""

    venue: VenueId
    currency: str
    total: Decimal
    free: Decimal
    held: Decimal
    venue_ns: Nanos
    received_ns: Nanos
    borrowed: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    account: str = "trading"


class Position(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="position", omit_defaults=True
):
    """One position; `size` is signed, in contracts or base units: below 0 is short, 0 closed."""

    instrument: InstrumentId
    size: Decimal
    venue_ns: Nanos
    received_ns: Nanos
    side: PositionSide = PositionSide.NET
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    liquidation_price: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    realised_pnl: Decimal | None = None
    margin_mode: MarginMode = MarginMode.CROSS
    leverage: Decimal | None = None
    initial_margin: Decimal | None = None
    maintenance_margin: Decimal | None = None
    venue_id: str = ""


class MarginSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an account's positions need, and what backs them, as the venue counts it.

    `equity` is collateral at the venue's own discounts, with unrealised profit. Below
    `maintenance_margin` it liquidates.
    """

    venue: VenueId
    currency: str  # of all figures
    equity: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    free: Decimal  # what new positions may use
    venue_ns: Nanos
    received_ns: Nanos
    account: str = "trading"

    @property
    def level(self) -> Decimal | None:
        """Equity over the maintenance margin: liquidated at 1; None where nothing is at stake."""
        return self.equity / self.maintenance_margin if self.maintenance_margin > 0 else None


class FeeRates(msgspec.Struct, frozen=True, kw_only=True):
    """What a fill costs, as a fraction of its notional: 0.0026 is 26 bps; below 0 is a rebate."""

    maker: Decimal
    taker: Decimal


class Permission(StrEnum):
    """What an API key may do."""

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"
    TRANSFER = "transfer"


class KeyInfo(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a venue says about the API key we use."""

    venue: VenueId
    permissions: frozenset[Permission]
    raw_permissions: tuple[str, ...] = ()
    ip_allowlist: tuple[str, ...] = ()
    expires_ns: Nanos | None = None
    label: str = ""


class Credentials(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """An API key. Its parts never appear in a repr, a log or an error."""

    key: str
    secret: str
    passphrase: str = ""

    def __repr__(self) -> str:
        return "Credentials(hidden)"

    __str__ = __repr__

    def __rich_repr__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        yield "hidden"
