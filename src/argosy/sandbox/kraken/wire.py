"""How Kraken writes numbers and times, and the errors it answers with.

https://docs.kraken.com/api/docs/guides/spot-errors (read 2026-11-22)
"""

from decimal import ROUND_HALF_EVEN, Decimal

import msgspec

from argosy.errors import ArgosyError
from argosy.model.time import SECOND, Nanos, format_utc
from argosy.sandbox.engine import Reason, Refused


class KrakenError(ArgosyError):
    """An error as Kraken writes it: 'EOrder:Insufficient funds'."""


INVALID = "EGeneral:Invalid arguments"
_TEXTS = {
    Reason.UNKNOWN_INSTRUMENT: "EQuery:Unknown asset pair",
    Reason.LOT: "EGeneral:Invalid arguments:volume",
    Reason.MIN_SIZE: "EOrder:Order minimum not met",
    Reason.MAX_SIZE: "EGeneral:Invalid arguments:volume",
    Reason.MIN_NOTIONAL: "EOrder:Cost minimum not met",
    Reason.PRICE_BAND: "EOrder:Invalid price",
    Reason.INSUFFICIENT_FUNDS: "EOrder:Insufficient funds",
    Reason.LEVERAGE: "EGeneral:Invalid arguments:leverage",
    Reason.DUPLICATE_CLIENT_ID: "EOrder:Duplicate order",  # the text is not documented
    Reason.UNKNOWN_ORDER: "EOrder:Unknown order",
    Reason.TOO_MANY_ORDERS: "EOrder:Orders limit exceeded",
    Reason.REDUCE_ONLY: "EOrder:Reduce only:No position exists",
    Reason.POST_ONLY: "EOrder:Post only order",
    Reason.TICK: "EOrder:Tick size check failed",
    Reason.NO_LIQUIDITY: "EOrder:Insufficient liquidity",
}
# Why an order was cancelled, as executions and REST tell it.
CANCEL_REASONS = {
    Reason.USER: "User requested",
    Reason.POST_ONLY: "Post only order",
    Reason.FILL_OR_KILL: "FOK order could not be filled",
    Reason.UNFILLED: "IOC remainder cancelled",
    Reason.NO_LIQUIDITY: "Out of funds or liquidity",
    Reason.SELF_TRADE: "Self trade prevention",
    Reason.DEAD_MAN: "Cancelled by timer",
    Reason.REDUCE_ONLY: "Reduce only:No position exists",
    Reason.INSUFFICIENT_FUNDS: "Insufficient funds",
    Reason.LIQUIDATION: "Liquidation",
}


def error_of(refused: Refused, *, margin: bool = False, status: str = "") -> KrakenError:
    """The engine's refusal in Kraken's words."""
    if refused.reason is Reason.INSTRUMENT_CLOSED:
        mode = status if status not in {"online", "maintenance"} else ""
        return KrakenError(f"EService:Market in {mode} mode" if mode else "EService:Unavailable")
    if refused.reason is Reason.INSUFFICIENT_FUNDS and margin:
        return KrakenError("EOrder:Insufficient margin")
    return KrakenError(_TEXTS.get(refused.reason, INVALID))


def number(text: str) -> msgspec.Raw:
    """A JSON number token with exactly these digits."""
    return msgspec.Raw(text.encode())


def decimal_number(value: Decimal, decimals: int = 8) -> msgspec.Raw:
    """A JSON number token with that many decimals."""
    return number(places(value, decimals))


def places(value: Decimal, decimals: int) -> str:
    """Digits with exactly so many decimals."""
    return f"{value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN):f}"


def seconds(at_ns: int, digits: int = 4) -> msgspec.Raw:
    """Unix seconds as a JSON number token."""
    whole, nanos = divmod(at_ns, SECOND)
    return number(f"{whole}.{nanos:09d}"[: len(str(whole)) + 1 + digits])


def stamp(at_ns: int, digits: int = 6) -> str:
    """RFC 3339 to the microsecond, as WebSocket v2 writes it."""
    return format_utc(Nanos(at_ns), digits)


def encode(value: object) -> str:
    """Compact JSON."""
    return msgspec.json.encode(value).decode()
