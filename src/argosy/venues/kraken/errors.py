"""Kraken's error texts as our errors. Never decides to retry: that is for who reads the outcome.

https://docs.kraken.com/exchange/guides/general/errors and
https://support.kraken.com/articles/360001491786-api-error-messages (2026-11-22)
"""

import re
from collections.abc import Sequence

from argosy.errors import (
    AddressRefused,
    ArgosyError,
    AuthFailed,
    DuplicateOrder,
    InsufficientFunds,
    InvalidOrder,
    OrderNotFound,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
    TransferRejected,
    VenueError,
    VenueUnavailable,
    WireError,
    WouldTake,
)
from argosy.model import Nanos
from argosy.model.time import SECOND

VENUE = "kraken"


class UnreadableOutcome(OutcomeUnknown, WireError):
    """The answer to a request that changes something could not be read: it may have been done."""


# The longest beginning that fits decides. Texts are compared without regard to case.
_TABLE: dict[str, type[VenueError]] = {
    "EAPI:": AuthFailed,
    "EAPI:Bad request": VenueError,
    "EAPI:Feature disabled": VenueError,
    "EAPI:Invalid key": AuthFailed,
    "EAPI:Invalid nonce": AuthFailed,
    "EAPI:Invalid signature": AuthFailed,
    "EAPI:Rate limit exceeded": RateLimited,
    "EAccount:": AuthFailed,
    "EAccount:Invalid permissions": AuthFailed,
    "EAuth:": AuthFailed,
    "EAuth:Account temporary disabled": AuthFailed,
    "EAuth:Account unconfirmed": AuthFailed,
    "EAuth:Rate limit exceeded": RateLimited,
    "EAuth:Too many requests": RateLimited,
    "EBM:": OrderRejected,
    "EBM:limit exceeded:CAL": OrderRejected,
    "EFunding:": TransferRejected,
    "EFunding:Insufficient funds": InsufficientFunds,
    "EFunding:Invalid withdrawal address": AddressRefused,
    "EFunding:Unknown withdraw key": AddressRefused,
    "EGeneral:": VenueError,
    "EGeneral:Internal error": VenueUnavailable,
    "EGeneral:Invalid arguments": InvalidOrder,
    "EGeneral:Permission denied": AuthFailed,
    "EGeneral:Temporary lockout": RateLimited,
    "EGeneral:Too many requests": RateLimited,
    "EGeneral:Unknown asset pair": InvalidOrder,
    "EGeneral:Unknown method": VenueError,
    "EOrder:": OrderRejected,
    "EOrder:Cannot open opposing position": OrderRejected,
    "EOrder:Cannot open position": OrderRejected,
    "EOrder:Cost minimum not met": InvalidOrder,
    "EOrder:Domain rate limit exceeded": RateLimited,
    "EOrder:Duplicate": DuplicateOrder,
    "EOrder:Insufficient funds": InsufficientFunds,
    "EOrder:Insufficient initial margin": InsufficientFunds,
    "EOrder:Insufficient margin": InsufficientFunds,
    "EOrder:Invalid order": InvalidOrder,
    "EOrder:Invalid price": InvalidOrder,
    "EOrder:Margin allowance exceeded": InsufficientFunds,
    "EOrder:Margin level too low": InsufficientFunds,
    "EOrder:Margin position size exceeded": InsufficientFunds,
    "EOrder:Order minimum not met": InvalidOrder,
    "EOrder:Orders limit exceeded": OrderRejected,
    "EOrder:Positions limit exceeded": OrderRejected,
    "EOrder:Post only order": WouldTake,
    "EOrder:Rate limit exceeded": RateLimited,
    "EOrder:Reduce only": OrderRejected,
    "EOrder:Scheduled orders limit exceeded": OrderRejected,
    "EOrder:Tick size check failed": InvalidOrder,
    "EOrder:Trading agreement required": AuthFailed,
    "EOrder:Unknown order": OrderNotFound,
    "EOrder:Unknown position": OrderRejected,
    "EQuery:": VenueError,
    "EQuery:Invalid asset pair": InvalidOrder,
    "EQuery:Unknown asset pair": InvalidOrder,
    "EService:": VenueUnavailable,
    "EService:Deadline elapsed": OrderRejected,
    "EService:Market in": VenueUnavailable,
    "EService:Throttled": RateLimited,
    "ESession:": AuthFailed,
    "ETrade:": OrderRejected,
    "ETrade:Invalid request": InvalidOrder,
}
_PREFIXES = sorted(
    ((text.lower(), kind) for text, kind in _TABLE.items()), key=lambda p: -len(p[0])
)

# Kraken does not say whether an order that met one of these reached the engine; clients saw orders
# stand after them (krakenex #52 and #60), so on order entry the outcome is unknown.
_UNKNOWN_ON_ENTRY = (
    "egeneral:internal error",
    "eservice:unavailable",
    "eservice:busy",
    "eservice:timeout",
)
_DUPLICATE = re.compile(
    r"cl_?ord_?id.*(?:duplicate|unique|exists|in use)|duplicate.*cl_?ord_?id", re.IGNORECASE
)
_THROTTLED_UNTIL = re.compile(r"Throttled:\s*(\d{9,12})\s*$", re.IGNORECASE)


def translate(text: str, *, entry: bool = False) -> ArgosyError:
    """The error that one of Kraken's texts means.

    `entry` is true for what places, changes or cancels orders and for what moves funds: there a
    service fault leaves the outcome unknown, where a read merely failed. Texts not listed go by
    their category.
    """
    clean = re.sub(r":\s+", ":", text.strip())
    low = clean.lower()
    if entry and low.startswith(_UNKNOWN_ON_ENTRY):
        return OutcomeUnknown(f"{VENUE} {clean}: it may have acted; look up what became of it")
    if _DUPLICATE.search(clean):
        return DuplicateOrder(clean, venue=VENUE, code=clean)
    kind = next((kind for prefix, kind in _PREFIXES if low.startswith(prefix)), VenueError)
    if kind is RateLimited:
        until = _THROTTLED_UNTIL.search(clean)
        at = Nanos(int(until[1]) * SECOND) if until else None
        return RateLimited(clean, venue=VENUE, code=clean, retry_at_ns=at)
    return kind(clean, venue=VENUE, code=clean)


def raise_for(errors: Sequence[str], *, entry: bool) -> None:
    """Raise for the first error (E...); warnings (W...) are not errors."""
    for text in errors:
        if not text.startswith("W"):
            raise translate(text, entry=entry)


def raise_for_status(status: int, body: bytes, *, entry: bool) -> None:
    """Raise for an HTTP status other than 200: such a body is a proxy's, not the API's."""
    if status == 200:
        return
    code = f"HTTP {status}"
    if status == 429:
        raise RateLimited("too many requests", venue=VENUE, code=code)
    if status >= 500:
        # A gateway's error page says nothing of whether the engine had the order by then.
        if entry:
            raise OutcomeUnknown(f"{VENUE} {code}: it may have acted; look up what became of it")
        raise VenueUnavailable("the service did not answer", venue=VENUE, code=code)
    kind = AuthFailed if status in {401, 403} else VenueError
    raise kind(f"{len(body)} bytes that are no API answer", venue=VENUE, code=code)
