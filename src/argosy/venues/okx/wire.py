"""OKX's own types for market data and envelopes, one to one with its documents. No logic.

https://www.okx.com/docs-v5/en/ (read 2026-11). Absent, null and "" all mean: does not apply.
`IGNORED` lists the documented keys that we leave unread, by type.
"""

from collections.abc import Mapping

import msgspec

Text = str | None


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What all wire types have in common."""


class Reply(Wire, frozen=True, kw_only=True):
    """The envelope of every REST answer. `code` "0": done; "1": all failed; "2": some failed."""

    code: str | int
    msg: Text = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")
    in_time: Text = ""
    out_time: Text = ""


class Arg(Wire, frozen=True, kw_only=True):
    """What a stream message is of. https://www.okx.com/docs-v5/en/#overview-websocket-subscribe"""

    channel: str
    inst_id: str = ""
    inst_type: str = ""
    inst_family: str = ""
    uly: str = ""
    uid: str = ""
    ccy: str = ""


class Message(Wire, frozen=True, kw_only=True):
    """Any frame of a stream: data (arg, data), event, or answer to an operation (id, op)."""

    arg: Arg | None = None
    action: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")
    event: str = ""
    code: str | int = ""
    msg: Text = ""
    id: Text = ""
    op: str = ""
    channel: str = ""
    conn_count: Text = ""


class ServerTime(Wire, frozen=True, kw_only=True):
    """GET /api/v5/public/time"""

    ts: str


class InstrumentRow(Wire, frozen=True, kw_only=True):
    """GET /api/v5/public/instruments, channel `instruments`. 2022 rows lack the later keys."""

    inst_type: str
    inst_id: str
    inst_id_code: int | None = None
    inst_family: Text = ""
    uly: Text = ""
    base_ccy: Text = ""
    quote_ccy: Text = ""
    settle_ccy: Text = ""
    ct_val: Text = ""
    ct_mult: Text = ""
    ct_val_ccy: Text = ""
    ct_type: Text = ""
    opt_type: Text = ""
    stk: Text = ""
    list_time: Text = ""
    exp_time: Text = ""
    lever: Text = ""
    tick_sz: Text = ""
    lot_sz: Text = ""
    min_sz: Text = ""
    max_lmt_sz: Text = ""
    max_mkt_sz: Text = ""
    state: Text = ""


class TradeRow(Wire, frozen=True, kw_only=True):
    """Channels `trades` and `trades-all`, GET /api/v5/market/trades"""

    inst_id: str
    trade_id: str
    px: str
    sz: str
    side: str
    ts: str
    count: Text = ""


class TickerRow(Wire, frozen=True, kw_only=True):
    """Channel `tickers`, GET /api/v5/market/ticker"""

    inst_id: str
    ts: str
    last: Text = ""
    last_sz: Text = ""
    ask_px: Text = ""
    ask_sz: Text = ""
    bid_px: Text = ""
    bid_sz: Text = ""
    open24h: Text = ""
    high24h: Text = ""
    low24h: Text = ""
    vol_ccy24h: Text = msgspec.field(name="volCcy24h", default="")
    vol24h: Text = ""


class FundingRow(Wire, frozen=True, kw_only=True):
    """Channel `funding-rate`, GET /api/v5/public/funding-rate"""

    inst_id: str
    funding_rate: str
    funding_time: str
    next_funding_rate: Text = ""
    next_funding_time: Text = ""
    ts: Text = ""


class MarkPriceRow(Wire, frozen=True, kw_only=True):
    """Channel `mark-price`, GET /api/v5/public/mark-price"""

    inst_id: str
    mark_px: str
    ts: str


class IndexRow(Wire, frozen=True, kw_only=True):
    """Channel `index-tickers`: `inst_id` is the index ("BTC-USDT"), not an instrument."""

    inst_id: str
    idx_px: str
    ts: str


class OpenInterestRow(Wire, frozen=True, kw_only=True):
    """Channel `open-interest`, GET /api/v5/public/open-interest"""

    inst_id: str
    oi: str
    ts: str
    oi_ccy: Text = ""


class PriceLimitRow(Wire, frozen=True, kw_only=True):
    """Channel `price-limit`: the highest buy and lowest sell price now taken."""

    inst_id: str
    ts: str
    buy_lmt: Text = ""
    sell_lmt: Text = ""
    enabled: bool = True


class LiquidationDetail(Wire, frozen=True, kw_only=True):
    """One forced close in `liquidation-orders`; `side` is that of the closing order."""

    side: str
    bk_px: str
    sz: str
    ts: str


class LiquidationRow(Wire, frozen=True, kw_only=True):
    """Channel `liquidation-orders`: at most one per contract and second."""

    inst_id: str
    details: tuple[LiquidationDetail, ...] = ()


class GreeksRow(Wire, frozen=True, kw_only=True):
    """Channel `opt-summary`, GET /api/v5/public/opt-summary. Greeks "in coins"; vols 1 = 100 %."""

    inst_id: str
    ts: str
    delta: Text = ""
    gamma: Text = ""
    vega: Text = ""
    theta: Text = ""
    mark_vol: Text = ""
    bid_vol: Text = ""
    ask_vol: Text = ""
    fwd_px: Text = ""


class BookRow(Wire, frozen=True, kw_only=True):
    """GET /api/v5/market/books; levels stay raw: `argosy.books` reads them."""

    asks: msgspec.Raw
    bids: msgspec.Raw
    ts: str
    seq_id: int | None = None


IGNORED: Mapping[type, frozenset[str]] = {
    Arg: frozenset({"generated"}),
    Message: frozenset({"connId", "inTime", "outTime", "curPage", "lastPage", "eventType"}),
    InstrumentRow: frozenset(
        {
            "alias", "auctionEndTime", "category", "contTdSwTime", "elp", "futureSettlement",
            "groupId", "instCategory", "maxIcebergSz", "maxLmtAmt", "maxMktAmt", "maxPlatOILmt",
            "maxStopSz", "maxTriggerSz", "maxTwapSz", "openType", "posLmtAmt", "posLmtPct",
            "preMktSwTime", "ruleType", "tradeQuoteCcyList", "upcChg",
        }
    ),
    TradeRow: frozenset({"source", "seqId"}),
    TickerRow: frozenset({"instType", "sodUtc0", "sodUtc8"}),
    FundingRow: frozenset(
        {
            "instType", "method", "formulaType", "maxFundingRate", "minFundingRate", "premium",
            "settFundingRate", "settState", "interestRate", "impactValue", "realizedRate",
        }
    ),
    MarkPriceRow: frozenset({"instType"}),
    IndexRow: frozenset({"open24h", "high24h", "low24h", "sodUtc0", "sodUtc8"}),
    OpenInterestRow: frozenset({"instType", "oiUsd"}),
    PriceLimitRow: frozenset({"instType"}),
    LiquidationDetail: frozenset({"bkLoss", "ccy", "posSide"}),
    LiquidationRow: frozenset({"instFamily", "instType", "uly"}),
    GreeksRow: frozenset(
        {
            "instType", "uly", "instFamily", "deltaBS", "gammaBS", "thetaBS", "vegaBS", "deltaBs",
            "gammaBs", "thetaBs", "vegaBs", "realVol", "volLv", "lever", "buyApr", "sellApr",
            "distance",
        }
    ),
    BookRow: frozenset(),
    ServerTime: frozenset(),
    Reply: frozenset(),
}  # fmt: skip
