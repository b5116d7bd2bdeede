"""Why the engine says no, in venue-neutral words; each server turns them into its venue's codes."""

from enum import StrEnum

from argosy.errors import ArgosyError


class Reason(StrEnum):
    """Why an order was refused, or ended before it was filled."""

    UNKNOWN_INSTRUMENT = "unknown_instrument"
    INSTRUMENT_CLOSED = "instrument_closed"  # its status forbids this
    INVALID = "invalid"  # parts that do not fit together
    TICK = "tick"
    LOT = "lot"
    MIN_SIZE = "min_size"
    MAX_SIZE = "max_size"
    MIN_NOTIONAL = "min_notional"
    PRICE_BAND = "price_band"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LEVERAGE = "leverage"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    UNKNOWN_ORDER = "unknown_order"
    TOO_MANY_ORDERS = "too_many_orders"
    REDUCE_ONLY = "reduce_only"
    POST_ONLY = "post_only"  # it would have taken
    FILL_OR_KILL = "fill_or_kill"
    UNFILLED = "unfilled"  # what an immediate order could not get
    NO_LIQUIDITY = "no_liquidity"
    SELF_TRADE = "self_trade"
    USER = "user"
    DEAD_MAN = "dead_man"
    LINKED = "linked"  # the other of a pair triggered
    LIQUIDATION = "liquidation"
    DELISTED = "delisted"


class Refused(ArgosyError):
    """The engine did nothing; `reason` says why."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
