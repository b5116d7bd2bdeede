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
    "50014": "Parameter {0} can not be empty.",
    "50015": "Either parameter {0} or {1} is required",
    "50025": "Parameter {0} count exceeds the limit {1}",
    "50036": "The expTime can't be earlier than the current system time. Please adjust the "
    "expTime and try again.",
    "50061": "You've reached the maximum order rate limit for this account.",
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
    "51065": "algoClOrdId already exists.",
    "51066": "Market orders unavailable for options trading. Place a limit order to close "
    "position.",
    "51102": "Order failed, the number of pending orders for this instId can't be more than {0} "
    "(orders)",
    "51109": "No available offers.",
    "51111": "Maximum {0} orders can be placed in bulk.",
    "51121": "Order quantity must be a multiple of the lot size.",
    "51137": "The highest price limit for buy orders is {0}.",
    "51138": "The lowest price limit for sell orders is {0}.",
    "51169": "Order failed because you don't have any positions in this direction for this "
    "contract to reduce or close.",
    "51170": "Failed to place order. A reduce-only order can't be the same trading direction as "
    "your existing positions.",
    "51202": "Market order amount exceeds the maximum amount",
    "51204": "The price for the limit order cannot be empty.",
    "51400": "Order cancellation failed as the order has been filled, canceled or does not exist.",
    "51406": "Canceled - order count exceeds the limit {0}.",
    "51501": "Maximum {0} orders can be modified.",
    "51502": "Unable to edit order: insufficient balance or margin.",
    "51503": "Your order has already been filled or canceled.",
    "51603": "Order does not exist",
    "58010": "Chain {0} isn't supported",
    "58123": "The From parameter cannot be the same as the To parameter.",
    "58205": "Withdrawal amount exceeds the upper limit.",
    "58206": "Withdrawal amount is less than the lower limit.",
    "58207": "Withdrawal address isn't on the verified address list. (The format for withdrawal "
    "addresses with a label is “address:label”.)",
    "58214": "Withdrawals suspended due to {0} maintenance",
    "58215": "Withdrawal ID does not exist.",
    "58216": "Operation not allowed.",
    "58220": "Withdrawal request already canceled.",
    "58303": "Deposit for chain {0} is currently unavailable",
    "58350": "Insufficient balance.",
    "58404": "ClientId already exists",
    "59102": "Leverage exceeds the maximum limit. Please lower the leverage.",
    "59000": "Settings failed. Close any open positions or orders before modifying settings.",
    "60004": "Invalid timestamp",
    "60005": "Invalid apiKey",
    "60006": "Timestamp request expired",
    "60007": "Invalid sign",
    "60011": "Please log in",
    "60012": "Invalid request: {0}",
    "60013": "Invalid args",
    "60014": "Requests too frequent",
    "60018": "Wrong URL or {0} doesn't exist. Please use the correct URL, channel and parameters "
    "referring to API document.",
    "60019": "Invalid op: {0}",
    "60024": "Wrong passphrase",
    "60031": "The WebSocket endpoint does not allow multiple or repeated logins.",
    "60028": "The current operation is not supported by this URL. Please use the correct WebSocket "
    "URL for the operation.",
    "60032": "API key doesn't exist",
    "64003": "Your trading fee tier doesn't meet the requirement to access this channel.",
    "64004": "Subscribe to both {0} and books-l2-tbt for {1} is not allowed. Unsubscribe "
    "books-l2-tbt first.",
    "64008": "The connection will soon be closed for a service upgrade. Please reconnect.",
}
_TRIGGERS = {  # TP/SL triggers on the wrong side of the price that they watch
    "last": ("51277", "51278", "51279", "51280"),
    "mark": ("51300", "51302", "51303", "51304"),
    "index": ("51305", "51306", "51307", "51308"),
}
for _source, _codes in _TRIGGERS.items():
    for _code, _leg, _bound in zip(
        _codes, ("TP", "SL", "TP", "SL"), ("higher", "lower", "lower", "higher"), strict=True
    ):
        TEXTS[_code] = f"{_leg} trigger price cannot be {_bound} than the {_source} price"
_STATUS = {"50001": 503, "50011": 429, "50119": 200, "50120": 200}
_BAD_REQUEST = frozenset({"50000", "50002", "50014", "50015", "51000", "51406", "51501"})


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
    Reason.REDUCE_ONLY: "51169",
    Reason.NO_LIQUIDITY: "51109",
}


def wrong_side(source: str, *, profit: bool, buying: bool) -> Fault:
    """A take profit or stop loss that would trigger at once."""
    codes = _TRIGGERS[source]
    return Fault(codes[(0 if buying else 2) + (0 if profit else 1)])


def of_refusal(refused: Refused, *, unknown: str = "51603", currency: str = "") -> Fault:
    """What the engine's refusal is called at OKX; `unknown` is the code for orders not there."""
    if refused.reason is Reason.UNKNOWN_ORDER:
        return Fault(unknown)
    if refused.reason is Reason.TOO_MANY_ORDERS:
        return Fault("51102", "500")
    if refused.reason is Reason.INSUFFICIENT_FUNDS:
        return Fault("51008", currency)
    if refused.reason is Reason.TICK:
        return Fault("51000", "px")
    if refused.reason in _REASONS:
        return Fault(_REASONS[refused.reason])
    return Fault("51000", str(refused))
