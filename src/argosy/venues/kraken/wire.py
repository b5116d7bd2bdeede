"""WebSocket v2 messages as Kraken documents them, one to one. Decodes; never interprets.

https://docs.kraken.com/exchange/api-reference/spot-websocket-v2 (2026-11-22). Numbers are JSON
numbers there: they are decoded to Decimal from their text and written back with all their digits.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

import msgspec

from argosy.errors import WireError
from argosy.model.money import plain

T = TypeVar("T")
_LARGEST_EXPONENT = 40  # 1e400 is a number to JSON and a trap to arithmetic


class Envelope(msgspec.Struct, frozen=True):
    """Any message: data of a channel, or the answer to a method. The parts are read by kind."""

    channel: str = ""
    type: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")
    sequence: int | None = None
    timestamp: str = ""
    method: str = ""
    req_id: int | None = None
    success: bool | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: str | None = None
    symbol: str = ""  # subscription errors name it here
    order_id: str = ""  # so do errors of orders
    cl_ord_id: str = ""
    warnings: list[str] | None = None
    time_in: str = ""
    time_out: str = ""


class Status(msgspec.Struct, frozen=True):
    """Channel `status`."""

    system: str
    api_version: str = ""
    connection_id: int | str = 0
    version: str = ""


class SubscribeResult(msgspec.Struct, frozen=True):
    """What was subscribed to or unsubscribed from."""

    channel: str
    symbol: str = ""
    depth: int | None = None
    interval: int | None = None
    snapshot: bool | None = None
    event_trigger: str = ""
    snap_orders: bool | None = None
    snap_trades: bool | None = None
    order_status: bool | None = None
    ratecounter: bool | None = None
    maxratecount: int | None = None
    warnings: list[str] | None = None


class BookLevel(msgspec.Struct, frozen=True):
    """A level of channel `book`; qty 0 removes it."""

    price: Decimal
    qty: Decimal


class Book(msgspec.Struct, frozen=True):
    """Channel `book`. Live books are read by argosy.books; this is for single frames."""

    symbol: str
    bids: list[BookLevel]
    asks: list[BookLevel]
    checksum: int | None = None
    timestamp: str = ""


class Level3Order(msgspec.Struct, frozen=True):
    """One resting order of channel `level3`."""

    order_id: str
    limit_price: Decimal
    order_qty: Decimal
    timestamp: str
    event: str = "add"


class Level3(msgspec.Struct, frozen=True):
    """Channel `level3`: every resting order."""

    symbol: str
    checksum: int
    bids: list[Level3Order]
    asks: list[Level3Order]
    timestamp: str = ""


class Trade(msgspec.Struct, frozen=True):
    """Channel `trade`; side is the taker's."""

    symbol: str
    side: str
    price: Decimal
    qty: Decimal
    trade_id: int
    timestamp: str
    ord_type: str = ""


class Ticker(msgspec.Struct, frozen=True):
    """Channel `ticker`; a price of 0 means that there is none."""

    symbol: str
    bid: Decimal
    bid_qty: Decimal
    ask: Decimal
    ask_qty: Decimal
    last: Decimal | None = None
    volume: Decimal | None = None
    vwap: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    change: Decimal | None = None
    change_pct: Decimal | None = None
    timestamp: str = ""


class Ohlc(msgspec.Struct, frozen=True):
    """Channel `ohlc`; interval in minutes."""

    symbol: str
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    trades: int
    volume: Decimal
    interval_begin: str
    interval: int
    vwap: Decimal | None = None
    timestamp: str = ""


class Asset(msgspec.Struct, frozen=True):
    """Channel `instrument`: an asset."""

    id: str
    status: str
    precision: int = 0
    precision_display: int = 0
    borrowable: bool = False
    collateral_value: Decimal | None = None
    margin_rate: Decimal | None = None
    multiplier: Decimal | None = None


class Pair(msgspec.Struct, frozen=True):
    """Channel `instrument`: a pair."""

    symbol: str
    base: str
    quote: str
    status: str
    qty_precision: int | None = None
    qty_increment: Decimal | None = None
    qty_min: Decimal | None = None
    price_precision: int | None = None
    price_increment: Decimal | None = None
    cost_precision: int | None = None
    cost_min: Decimal | None = None
    marginable: bool = False
    margin_initial: Decimal | None = None
    position_limit_long: Decimal | None = None
    position_limit_short: Decimal | None = None
    has_index: bool = False
    tick_size: Decimal | None = None


class Instruments(msgspec.Struct, frozen=True):
    """Channel `instrument`."""

    assets: list[Asset] = []
    pairs: list[Pair] = []


class Fee(msgspec.Struct, frozen=True):
    """A fee of an execution."""

    asset: str
    qty: Decimal


class Triggers(msgspec.Struct, frozen=True):
    """The trigger of an order."""

    reference: str = ""
    price: Decimal | None = None
    price_type: str = ""
    status: str = ""
    actual_price: Decimal | None = None
    peak_price: Decimal | None = None
    last_price: Decimal | None = None
    timestamp: str = ""


class Contingent(msgspec.Struct, frozen=True):
    """The closing order that fills will place."""

    order_type: str = ""
    trigger_price: Decimal | None = None
    trigger_price_type: str = ""
    limit_price: Decimal | None = None
    limit_price_type: str = ""


class Execution(msgspec.Struct, frozen=True):
    """Channel `executions`. Updates carry what changed; only the first has the whole order."""

    exec_type: str
    order_id: str = ""
    timestamp: str = ""
    order_status: str = ""
    symbol: str = ""
    side: str = ""
    order_type: str = ""
    cl_ord_id: str | None = None
    order_userref: int | None = None
    order_qty: Decimal | None = None
    cash_order_qty: Decimal | None = None
    limit_price: Decimal | None = None
    limit_price_type: str = ""
    stop_price: Decimal | None = None
    triggers: Triggers | None = None
    trigger: str = ""
    triggered_price: Decimal | None = None
    contingent: Contingent | None = None
    time_in_force: str = ""
    effective_time: str = ""
    expire_time: str = ""
    post_only: bool | None = None
    reduce_only: bool | None = None
    margin: bool | None = None
    margin_borrow: bool | None = None
    no_mpp: bool | None = None
    display_qty: Decimal | None = None
    display_qty_remain: Decimal | None = None
    exec_id: str = ""
    trade_id: int | None = None
    last_qty: Decimal | None = None
    last_price: Decimal | None = None
    cost: Decimal | None = None
    cum_qty: Decimal | None = None
    cum_cost: Decimal | None = None
    avg_price: Decimal | None = None
    fees: list[Fee] | None = None
    fee_usd_equiv: Decimal | None = None
    fee_ccy_pref: str = ""
    liquidity_ind: str = ""
    reason: str = ""
    cancel_reason: str = ""
    amended: bool | None = None
    liquidated: bool | None = None
    position_status: str = ""
    ext_ord_id: str = ""
    ext_exec_id: str = ""
    sender_sub_id: str = ""
    order_ref_id: str = ""
    user: str = ""
    ratecount: Decimal | None = None


class Wallet(msgspec.Struct, frozen=True):
    """Part of a balance: type spot, earn, ...; id main, flex, ..."""

    type: str
    balance: Decimal
    id: str = ""


class BalanceRow(msgspec.Struct, frozen=True):
    """Channel `balances`: a row of the snapshot (wallets), or a ledger entry (ledger_id)."""

    asset: str
    balance: Decimal
    asset_class: str = ""
    wallets: list[Wallet] | None = None
    ledger_id: str = ""
    ref_id: str = ""
    timestamp: str = ""
    type: str = ""
    subtype: str = ""
    category: str = ""
    wallet_type: str = ""
    wallet_id: str = ""
    amount: Decimal | None = None
    fee: Decimal | None = None
    user: str = ""


class OrderResult(msgspec.Struct, frozen=True):
    """The result of add_order, amend_order, cancel_order, and a row of batch_add's."""

    order_id: str = ""
    cl_ord_id: str = ""
    order_userref: int | None = None
    amend_id: str = ""
    success: bool = True
    error: str | None = None
    warnings: list[str] | None = None


class BatchResult(msgspec.Struct, frozen=True):
    """One of the two documented forms of batch_add's result; the other is the bare list."""

    orders: list[OrderResult]


class CountResult(msgspec.Struct, frozen=True):
    """The result of cancel_all and batch_cancel."""

    count: int = 0
    orders_cancelled: int = 0
    warnings: list[str] | None = None


class AfterResult(msgspec.Struct, frozen=True):
    """The result of cancel_all_orders_after."""

    currentTime: str = ""  # noqa: N815  # as Kraken writes it
    triggerTime: str = ""  # noqa: N815


envelope = msgspec.json.Decoder(Envelope)
statuses = msgspec.json.Decoder(list[Status])
subscribed = msgspec.json.Decoder(SubscribeResult)
books = msgspec.json.Decoder(list[Book])
level3 = msgspec.json.Decoder(list[Level3])
trades = msgspec.json.Decoder(list[Trade])
tickers = msgspec.json.Decoder(list[Ticker])
candles = msgspec.json.Decoder(list[Ohlc])
instruments = msgspec.json.Decoder(Instruments)
executions = msgspec.json.Decoder(list[Execution])
balances = msgspec.json.Decoder(list[BalanceRow])
order_result = msgspec.json.Decoder(OrderResult)
batch_result = msgspec.json.Decoder(list[OrderResult] | BatchResult)
count_result = msgspec.json.Decoder(CountResult)
after_result = msgspec.json.Decoder(AfterResult)


def read(decoder: "msgspec.json.Decoder[T]", data: bytes | msgspec.Raw, what: str) -> T:
    """Decode, and see that every number is finite and of a size that money has.

    Raises WireError naming `what`, whatever the bytes.
    """
    try:
        value = decoder.decode(data)
        _check_numbers(value)
    except (msgspec.DecodeError, ValueError, ArithmeticError, RecursionError) as e:
        raise WireError(f"kraken {what}: {e}") from e
    return value


def _check_numbers(value: object) -> None:
    if isinstance(value, Decimal):
        if not value.is_finite() or (value and abs(value.adjusted()) > _LARGEST_EXPONENT):
            raise ValueError(f"{value} is no price, size or fee")
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            _check_numbers(getattr(value, name))
    elif isinstance(value, list | tuple):
        for item in value:
            _check_numbers(item)
    elif isinstance(value, dict):
        for item in value.values():
            _check_numbers(item)


def number(value: Decimal) -> msgspec.Raw:
    """A Decimal as a JSON number token: all its digits, no exponent."""
    return msgspec.Raw(plain(value).encode())


def frame(method: str, params: Mapping[str, object], req_id: int) -> str:
    """A request frame."""
    body: dict[str, object] = {"method": method}
    if params:
        body["params"] = params
    body["req_id"] = req_id
    return msgspec.json.encode(body).decode()
