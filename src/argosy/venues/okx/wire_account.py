"""OKX's own types for balances, positions, fees and the account's settings. One to one; no logic.

https://www.okx.com/docs-v5/en/#trading-account-rest-api (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from argosy.venues.okx.wire import Text, Wire
from argosy.venues.okx.wire_trade import Sent


class BalanceDetail(Wire, frozen=True, kw_only=True):
    """One currency in GET /account/balance and channel `account`."""

    ccy: str
    avail_bal: Text = ""
    avail_eq: Text = ""
    cash_bal: Text = ""
    frozen_bal: Text = ""
    liab: Text = ""
    interest: Text = ""
    eq: Text = ""
    eq_usd: Text = ""
    imr: Text = ""
    mmr: Text = ""
    u_time: Text = ""


class BalanceRow(Wire, frozen=True, kw_only=True):
    """GET /account/balance; channel `account`. Sums are in USD."""

    details: tuple[BalanceDetail, ...] = ()
    total_eq: Text = ""
    adj_eq: Text = ""
    imr: Text = ""
    mmr: Text = ""
    u_time: Text = ""


class FundingBalanceRow(Wire, frozen=True, kw_only=True):
    """GET /asset/balances: the funding account"""

    ccy: str
    bal: Text = ""
    avail_bal: Text = ""
    frozen_bal: Text = ""


class CashRow(Wire, frozen=True, kw_only=True):
    """`balData` in channel `balance_and_position`"""

    ccy: str
    cash_bal: Text = ""
    u_time: Text = ""


class PositionRow(Wire, frozen=True, kw_only=True):
    """GET /account/positions; channels `positions` and `balance_and_position` (fewer keys)"""

    inst_id: str
    pos: str
    inst_type: str = ""
    pos_id: Text = ""
    pos_side: Text = ""
    pos_ccy: Text = ""
    mgn_mode: Text = ""
    avg_px: Text = ""
    mark_px: Text = ""
    liq_px: Text = ""
    upl: Text = ""
    realized_pnl: Text = ""
    lever: Text = ""
    imr: Text = ""
    mmr: Text = ""
    margin: Text = ""
    liab: Text = ""
    u_time: Text = ""


class BalanceAndPositionRow(Wire, frozen=True, kw_only=True):
    """Channel `balance_and_position`"""

    p_time: Text = ""
    event_type: Text = ""
    bal_data: tuple[CashRow, ...] = ()
    pos_data: tuple[PositionRow, ...] = ()


class FeeGroup(Wire, frozen=True, kw_only=True):
    """Rates of one group of instruments (since 2025)"""

    group_id: Text = ""
    maker: Text = ""
    taker: Text = ""


class FeeRow(Wire, frozen=True, kw_only=True):
    """GET /account/trade-fee. Below 0 is paid, above 0 is a rebate."""

    inst_type: str = ""
    maker: Text = ""
    taker: Text = ""
    maker_u: Text = ""  # USDT-margined
    taker_u: Text = ""
    maker_usdc: Text = msgspec.field(name="makerUSDC", default="")
    taker_usdc: Text = msgspec.field(name="takerUSDC", default="")
    fee_group: tuple[FeeGroup, ...] = ()


class ConfigRow(Wire, frozen=True, kw_only=True):
    """GET /account/config: the account's modes, and what this API key may do (`perm`)"""

    uid: Text = ""
    label: Text = ""
    perm: Text = ""
    ip: Text = ""
    acct_lv: Text = ""
    pos_mode: Text = ""


class LeverageRow(Wire, frozen=True, kw_only=True):
    """POST /account/set-leverage, GET /account/leverage-info"""

    inst_id: Text = ""
    mgn_mode: Text = ""
    pos_side: Text = ""
    lever: Text = ""


class PositionModeRow(Wire, frozen=True, kw_only=True):
    """POST /account/set-position-mode"""

    pos_mode: str


class MaxSizeRow(Wire, frozen=True, kw_only=True):
    """GET /account/max-size"""

    inst_id: str
    max_buy: Text = ""
    max_sell: Text = ""


class NewLeverage(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /account/set-leverage"""

    inst_id: str
    lever: str
    mgn_mode: str
    pos_side: str = ""


class NewPositionMode(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /account/set-position-mode"""

    pos_mode: str


class CancelAfter(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/cancel-all-after; "0" disarms"""

    time_out: str


IGNORED: Mapping[type, frozenset[str]] = {
    BalanceDetail: frozenset(
        {
            "accAvgPx", "autoLendAmt", "autoLendMtAmt", "autoLendStatus", "autoStakingStatus",
            "borrowFroz", "clSpotInUseAmt", "colBorrAutoConversion", "colRes",
            "collateralEnabled", "collateralRestrict", "crossLiab", "disEq",
            "fixedBal", "frpType", "isoEq", "isoLiab", "isoUpl", "maxLoan",
            "maxSpotInUse", "maxSpotInUseAmt", "mgnRatio", "notionalLever", "openAvgPx",
            "ordFrozen", "rewardBal", "smtSyncEq", "spotBal", "spotCopyTradingEq", "spotInUseAmt",
            "spotIsoBal", "spotUpl", "spotUplRatio", "stgyEq", "totalPnl", "totalPnlRatio",
            "twap", "upl", "uplLiab",
        }
    ),
    BalanceRow: frozenset(
        {
            "availEq", "borrowFroz", "delta", "deltaLever", "deltaNeutralStatus",
            "isoEq", "mgnRatio", "notionalUsd", "notionalUsdForBorrow",
            "notionalUsdForFutures", "notionalUsdForOption", "notionalUsdForSwap", "ordFroz",
            "upl",
        }
    ),
    FundingBalanceRow: frozenset(),
    CashRow: frozenset(),
    PositionRow: frozenset(
        {
            "adl", "availPos", "baseBal", "baseBorrowed", "baseInterest", "bePx", "bizRefId",
            "bizRefType", "cTime", "ccy", "clSpotInUseAmt", "closeOrderAlgo", "deltaBS",
            "deltaPA", "fee", "fundingFee", "gammaBS", "gammaPA", "hedgedPos", "idxPx",
            "interest", "last", "liabCcy", "liqPenalty", "maxSpotInUseAmt", "mgnRatio",
            "nonSettleAvgPx", "notionalUsd", "optVal", "pTime", "pendingCloseOrdLiabVal", "pnl",
            "quoteBal", "quoteBorrowed", "quoteInterest", "settledPnl", "spotInUseAmt",
            "spotInUseCcy", "thetaBS", "thetaPA", "tradeId", "uplLastPx", "uplRatio",
            "uplRatioLastPx", "usdPx", "vegaBS", "vegaPA",
        }
    ),
    BalanceAndPositionRow: frozenset({"trades"}),
    FeeGroup: frozenset(),
    FeeRow: frozenset(
        {"category", "delivery", "exercise", "fiat", "level", "ruleType", "settle", "ts"}
    ),
    ConfigRow: frozenset(
        {
            "acctStpMode", "autoLoan", "ctIsoMode", "enableSpotBorrow", "feeType", "greeksType",
            "kycLv", "level", "levelTmp", "liquidationGear", "mainUid", "mgnIsoMode", "opAuth",
            "roleType", "settleCcy", "settleCcyList", "spotBorrowAutoRepay", "spotOffsetType",
            "spotRoleType", "spotTraderInsts", "stgyType", "traderInsts", "type",
        }
    ),
    LeverageRow: frozenset({"ccy"}),
    PositionModeRow: frozenset(),
    MaxSizeRow: frozenset({"ccy"}),
}  # fmt: skip
