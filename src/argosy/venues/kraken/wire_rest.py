"""REST replies as Kraken documents them, one to one. Decodes; never interprets.

https://docs.kraken.com/api-reference (OpenAPI, 2026-11-22). Money comes as strings, times as
numbers of seconds: both are decoded to Decimal, never through a float.
"""

from decimal import Decimal

import msgspec


class Reply(msgspec.Struct, frozen=True):
    """Every reply: errors, and the result, read by what was asked."""

    error: list[str]  # empty in every success, never absent
    result: msgspec.Raw = msgspec.Raw(b"")


class ServerTime(msgspec.Struct, frozen=True):
    """Time."""

    unixtime: int
    rfc1123: str = ""


class AssetPair(msgspec.Struct, frozen=True):
    """A row of AssetPairs."""

    altname: str
    base: str
    quote: str
    pair_decimals: int
    lot_decimals: int
    wsname: str = ""
    aclass_base: str = ""
    aclass_quote: str = ""
    lot: str = ""
    lot_multiplier: int = 1
    cost_decimals: int | None = None
    leverage_buy: list[Decimal] = []
    leverage_sell: list[Decimal] = []
    fees: list[tuple[Decimal, Decimal]] = []  # 30-day volume, percent
    fees_maker: list[tuple[Decimal, Decimal]] = []
    fee_volume_currency: str = ""
    margin_call: int | None = None  # percent
    margin_stop: int | None = None
    ordermin: Decimal | None = None
    costmin: Decimal | None = None
    tick_size: Decimal | None = None
    status: str = "online"
    execution_venue: str = ""
    long_position_limit: Decimal | None = None
    short_position_limit: Decimal | None = None


OhlcRow = tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal, Decimal, int]
# time, open, high, low, close, vwap, volume, count


class OrderDescription(msgspec.Struct, frozen=True):
    """`descr` of an order."""

    pair: str
    type: str
    ordertype: str
    price: str = "0"
    price2: str = "0"
    leverage: str = ""
    order: str = ""
    close: str = ""
    aclass: str = ""


class Order(msgspec.Struct, frozen=True):
    """A row of OpenOrders, ClosedOrders and QueryOrders."""

    status: str
    descr: OrderDescription
    vol: Decimal
    vol_exec: Decimal
    opentm: Decimal = Decimal(0)
    closetm: Decimal | None = None
    starttm: Decimal | None = None
    expiretm: Decimal | None = None
    cost: Decimal | None = None
    fee: Decimal | None = None
    price: Decimal | None = None  # average
    stopprice: Decimal | None = None
    limitprice: Decimal | None = None
    trigger: str = ""
    misc: str = ""
    oflags: str = ""
    margin: bool | str | None = None
    timeinforce: str = ""
    reduce_only: bool | None = None
    reason: str | None = None
    refid: str | None = None
    link_id: str | None = None
    userref: int | None = None
    cl_ord_id: str | None = None
    trades: list[str] | None = None
    sender_sub_id: str | None = None
    amended: bool | None = None
    displayvol: Decimal | None = None


class OpenOrders(msgspec.Struct, frozen=True):
    """OpenOrders."""

    open: dict[str, Order]
    next_cursor: str | None = None


class ClosedOrders(msgspec.Struct, frozen=True):
    """ClosedOrders."""

    closed: dict[str, Order]
    count: int | None = None
    next_cursor: str | None = None


class TradeRow(msgspec.Struct, frozen=True):
    """A row of TradesHistory."""

    ordertxid: str
    pair: str
    time: Decimal
    type: str
    price: Decimal
    fee: Decimal
    vol: Decimal
    cost: Decimal | None = None
    postxid: str = ""
    ordertype: str = ""
    margin: Decimal | None = None
    leverage: str = ""
    misc: str = ""
    aclass: str = ""
    trade_id: int | None = None
    maker: bool | None = None
    ledgers: list[str] | None = None
    posstatus: str | None = None
    cprice: Decimal | None = None
    ccost: Decimal | None = None
    cfee: Decimal | None = None
    cvol: Decimal | None = None
    cmargin: Decimal | None = None
    net: Decimal | None = None
    trades: list[str] | None = None


class TradesHistory(msgspec.Struct, frozen=True):
    """TradesHistory: fifty a page, the newest first."""

    trades: dict[str, TradeRow]
    count: int | None = None
    next_cursor: str | None = None


class AddedDescription(msgspec.Struct, frozen=True):
    """What Kraken understood of an order."""

    order: str = ""
    close: str = ""


class Added(msgspec.Struct, frozen=True):
    """AddOrder."""

    txid: list[str] = []
    descr: AddedDescription = AddedDescription()
    cl_ord_id: str = ""


class BatchRow(msgspec.Struct, frozen=True):
    """A row of AddOrderBatch, in the order of the request."""

    txid: str = ""
    descr: AddedDescription = AddedDescription()
    close: str = ""
    error: str = ""
    cl_ord_id: str = ""


class AddedBatch(msgspec.Struct, frozen=True):
    """AddOrderBatch."""

    orders: list[BatchRow]


class Amended(msgspec.Struct, frozen=True):
    """AmendOrder."""

    amend_id: str


class Cancelled(msgspec.Struct, frozen=True):
    """CancelOrder, CancelOrderBatch, CancelAll."""

    count: int
    pending: bool = False


class CancelAfter(msgspec.Struct, frozen=True):
    """CancelAllOrdersAfter."""

    currentTime: str  # noqa: N815  # as Kraken writes it
    triggerTime: str  # noqa: N815


class Token(msgspec.Struct, frozen=True):
    """GetWebSocketsToken. The token opens the account: it is never shown."""

    token: str
    expires: int = 900

    def __repr__(self) -> str:
        return "Token(hidden)"


class ExtendedBalance(msgspec.Struct, frozen=True):
    """A row of BalanceEx."""

    balance: Decimal
    hold_trade: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    credit_used: Decimal = Decimal(0)


class TradeBalance(msgspec.Struct, frozen=True):
    """TradeBalance, in the asset that was asked for."""

    eb: Decimal  # worth of all currencies
    tb: Decimal  # of those that count as collateral
    m: Decimal = Decimal(0)  # initial margin of open positions
    n: Decimal = Decimal(0)  # unrealised profit
    c: Decimal = Decimal(0)
    v: Decimal = Decimal(0)
    e: Decimal = Decimal(0)  # equity: tb + n
    mf: Decimal = Decimal(0)  # free: e - m
    ml: Decimal | None = None  # equity over m, percent; absent without positions
    uv: Decimal = Decimal(0)
    mfo: Decimal | None = None


class PositionRow(msgspec.Struct, frozen=True):
    """A row of OpenPositions."""

    ordertxid: str
    pair: str
    type: str
    cost: Decimal
    vol: Decimal
    vol_closed: Decimal
    time: Decimal = Decimal(0)
    posstatus: str = ""
    ordertype: str = ""
    fee: Decimal | None = None
    margin: Decimal | None = None
    value: Decimal | None = None
    net: Decimal | None = None
    terms: str = ""
    rollovertm: str = ""
    misc: str = ""
    oflags: str = ""
    aclass: str = ""


class FeeRow(msgspec.Struct, frozen=True):
    """A row of TradeVolume's fees; percent."""

    fee: Decimal
    minfee: Decimal | None = None
    maxfee: Decimal | None = None
    nextfee: Decimal | None = None
    nextvolume: Decimal | None = None
    tiervolume: Decimal | None = None


class TradeVolume(msgspec.Struct, frozen=True):
    """TradeVolume. A pair without makers' fees has only `fees`."""

    fees: dict[str, FeeRow] = {}
    fees_maker: dict[str, FeeRow] = {}
    currency: str = ""
    volume: Decimal | None = None
    asset_class: str = ""


class ApiKeyInfo(msgspec.Struct, frozen=True):
    """GetApiKeyInfo. The schema writes snake case, its example camel case: both are read."""

    permissions: list[str]
    api_key_name: str = ""
    apiKeyName: str = ""  # noqa: N815
    api_key: str = ""
    apiKey: str = ""  # noqa: N815
    nonce: str | int = ""
    nonce_window: str | int = 0
    nonceWindow: str | int = 0  # noqa: N815
    iban: str = ""
    valid_until: str | int = 0
    validUntil: str | int = 0  # noqa: N815
    query_from: str | int = 0
    queryFrom: str | int = 0  # noqa: N815
    query_to: str | int = 0
    queryTo: str | int = 0  # noqa: N815
    created_time: str | int = 0
    createdTime: str | int = 0  # noqa: N815
    modified_time: str | int = 0
    modifiedTime: str | int = 0  # noqa: N815
    ip_allowlist: list[str] = []
    ipAllowlist: list[str] = []  # noqa: N815
    last_used: str | int = 0
    lastUsed: str | int = 0  # noqa: N815

    def __repr__(self) -> str:
        return "ApiKeyInfo(hidden)"


reply = msgspec.json.Decoder(Reply)
server_time = msgspec.json.Decoder(ServerTime)
asset_pairs = msgspec.json.Decoder(dict[str, AssetPair])
ohlc = msgspec.json.Decoder(dict[str, list[OhlcRow] | int | str])
orders = msgspec.json.Decoder(dict[str, Order])
open_orders = msgspec.json.Decoder(OpenOrders)
closed_orders = msgspec.json.Decoder(ClosedOrders)
trades_history = msgspec.json.Decoder(TradesHistory)
added = msgspec.json.Decoder(Added)
added_batch = msgspec.json.Decoder(AddedBatch)
amended = msgspec.json.Decoder(Amended)
cancelled = msgspec.json.Decoder(Cancelled)
cancel_after = msgspec.json.Decoder(CancelAfter)
token = msgspec.json.Decoder(Token)
balances = msgspec.json.Decoder(dict[str, ExtendedBalance])
positions = msgspec.json.Decoder(dict[str, PositionRow])
trade_balance = msgspec.json.Decoder(TradeBalance)
trade_volume = msgspec.json.Decoder(TradeVolume)
api_key_info = msgspec.json.Decoder(ApiKeyInfo)
