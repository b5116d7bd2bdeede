"""OKX's error codes and texts, and which of them an engine's refusal becomes. Decides nothing.

Source: https://www.okx.com/docs-v5/en/#error-code (read 2026-11-22).
"""

from argosy.errors import ArgosyError
from argosy.sandbox.engine import Reason, Refused

TEXTS = {
    "50000": "Body for POST request cannot be empty.",
    "50001": "Service temporarily unavailable. Try again later.",
    "50002": "JSON syntax error",
    "50011": "Rate limit reached. Please refer to API documentation and throttle requests "
    "accordingly.",
    "50014": "Parameter {0} cannot be empty.",
    "50015": "Either parameter {0} or {1} is required",
    "50025": "Parameter {0} count exceeds the limit {1}",
    "50061": "Sub-account rate limit reached. Please refer to API documentation and throttle "
    "requests accordingly.",
    "50102": "Timestamp request expired",
    "50103": 'Request header "OK-ACCESS-KEY" cannot be empty.',
    "50104": 'Request header "OK-ACCESS-PASSPHRASE" cannot be empty.',
    "50105": 'Request header "OK-ACCESS-PASSPHRASE" incorrect.',
    "50106": 'Request header "OK-ACCESS-SIGN" cannot be empty.',
    "50107": 'Request header "OK-ACCESS-TIMESTAMP" cannot be empty.',
    "50111": "Invalid OK-ACCESS-KEY",
    "50112": "Invalid OK-ACCESS-TIMESTAMP",
    "50113": "Invalid signature",
    "50119": "API key doesn't exist",
    "50120": "This API key doesn't have permission to use this function",
    "51000": "Parameter {0} error",
    "51001": "Instrument ID, Instrument ID code, or Spread ID doesn't exist.",
    "51003": "Either client order ID or order ID is required",
    "51006": "Order price is not within the price limit (max buy price: {0} min sell price: {1})",
    "51008": "Order failed. Insufficient {0} balance in account",
    "51016": "Client order ID already exists.",
    "51020": "Your order should meet or exceed the minimum order amount.",
    "51022": "Contract suspended.",
    "51023": "Position doesn't exist.",
    "51025": "Order count exceeds the limit",
    "51109": "There are no ask prices or bid prices in the order book.",
    "51121": "Order quantity must be a multiple of the lot size.",
    "51137": "The highest price limit for buy orders is {0}.",
    "51138": "The lowest price limit for sell orders is {0}.",
    "51169": "Order failed because you don't have any positions in this direction for this "
    "contract to reduce or close.",
    "51202": "Market order amount exceeds the maximum amount",
    "51204": "The price for the limit order cannot be empty",
    "51400": "Cancellation failed as the order has been filled, canceled or does not exist.",
    "51503": "Order modification failed as the order has been filled, canceled or does not exist.",
    "51510": "Modification failed as the order has been completed.",
    "51603": "Order does not exist",
    "58350": "Insufficient balance",
    "59102": "Leverage exceeds the maximum limit. Please lower the leverage.",
    "59000": "Setting failed. Cancel any open orders, close positions, and stop trading bots "
    "first.",
    "60004": "Invalid timestamp",
    "60005": "Invalid apiKey",
    "60006": "Timestamp request expired",
    "60007": "Invalid sign",
    "60009": "Login failed.",
    "60011": "Please log in",
    "60012": "Invalid request: {0}",
    "60013": "Invalid args",
    "60014": "Requests too frequent",
    "60018": "Wrong URL or {0} doesn't exist. Please use the correct URL, channel and parameters "
    "referring to API document.",
    "60019": "Invalid op: {0}",
    "60024": "Wrong passphrase",
    "60028": "The current operation is not supported by this URL. Please use the correct WebSocket "
    "URL for the operation.",
    "60032": "API key doesn't exist",
    "64003": "Your trading fee tier doesn't meet the requirement to access this channel.",
    "64008": "The connection will soon be closed for a service upgrade. Please reconnect.",
}
_STATUS = {"50001": 503, "50011": 429, "50061": 429}
_BAD_REQUEST = frozenset({"50000", "50002", "50014", "50015", "51000", "50025"})


class Fault(ArgosyError):
    """OKX says no: `code` and `text` go onto the wire."""

    def __init__(self, code: str, *details: str) -> None:
        self.code = code
        self.text = TEXTS[code].format(*details)
        super().__init__(f"{code}: {self.text}")

    @property
    def status(self) -> int:
        """The HTTP status of a request that fails as a whole."""
        if self.code in _STATUS:
            return _STATUS[self.code]
        if self.code.startswith("501"):
            return 401
        return 400 if self.code in _BAD_REQUEST else 200


_REASONS = {
    Reason.UNKNOWN_INSTRUMENT: "51001",
    Reason.INSTRUMENT_CLOSED: "51022",
    Reason.LOT: "51121",
    Reason.MIN_SIZE: "51020",
    Reason.MIN_NOTIONAL: "51020",
    Reason.MAX_SIZE: "51202",
    Reason.LEVERAGE: "59102",
    Reason.DUPLICATE_CLIENT_ID: "51016",
    Reason.TOO_MANY_ORDERS: "51025",
    Reason.REDUCE_ONLY: "51169",
    Reason.NO_LIQUIDITY: "51109",
}


def of_refusal(refused: Refused, *, unknown: str = "51603", currency: str = "") -> Fault:
    """What the engine's refusal is called at OKX; `unknown` is the code for orders not there."""
    if refused.reason is Reason.UNKNOWN_ORDER:
        return Fault(unknown)
    if refused.reason is Reason.INSUFFICIENT_FUNDS:
        return Fault("51008", currency)
    if refused.reason is Reason.TICK:
        return Fault("51000", "px")
    if refused.reason in _REASONS:
        return Fault(_REASONS[refused.reason])
    return Fault("51000", str(refused))
