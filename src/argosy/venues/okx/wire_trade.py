"""OKX's own types for orders, algo orders and fills, read and sent. One to one; no logic.

https://www.okx.com/docs-v5/en/#order-book-trading-trade (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from argosy.venues.okx.wire import Text, Wire


class Ack(Wire, frozen=True, kw_only=True):
    """What comes back for one order placed, amended or cancelled; `s_code` "0": done.

    Algo orders answer with `algo_id` and `algo_cl_ord_id` instead of the order's.
    """

    s_code: Text = "0"
    s_msg: Text = ""
    ord_id: Text = ""
    cl_ord_id: Text = ""
    algo_id: Text = ""
    algo_cl_ord_id: Text = ""
    ts: Text = ""


class OrderRow(Wire, frozen=True, kw_only=True):
    """GET /trade/order, orders-pending, orders-history; channel `orders`."""

    inst_id: str
    ord_id: str
    state: str
    side: str
    ord_type: str
    inst_type: str = ""
    cl_ord_id: Text = ""
    algo_id: Text = ""
    algo_cl_ord_id: Text = ""
    category: Text = ""
    source: Text = ""
    sz: Text = ""
    px: Text = ""
    avg_px: Text = ""
    acc_fill_sz: Text = ""
    tgt_ccy: Text = ""
    pos_side: Text = ""
    reduce_only: str | bool | None = None
    cancel_source: Text = ""
    cancel_source_reason: Text = ""
    c_time: Text = ""
    u_time: Text = ""
    # of the newest fill; in channel `orders`
    fill_sz: Text = ""
    fill_px: Text = ""
    fill_time: Text = ""
    fill_fee: Text = ""
    fill_fee_ccy: Text = ""
    trade_id: Text = ""
    exec_type: Text = ""
    fee: Text = ""
    fee_ccy: Text = ""
    # of the newest amendment; in channel `orders`
    amend_result: Text = ""
    code: Text = ""
    msg: Text = ""


class AlgoRow(Wire, frozen=True, kw_only=True):
    """GET /trade/order-algo, orders-algo-pending; channels `orders-algo` and `algo-advance`."""

    inst_id: str
    algo_id: str
    state: str
    side: str
    ord_type: str
    algo_cl_ord_id: Text = ""
    ord_id: Text = ""
    ord_id_list: tuple[str, ...] | None = ()
    pos_side: Text = ""
    sz: Text = ""
    tgt_ccy: Text = ""
    reduce_only: str | bool | None = None
    trigger_px: Text = ""
    ord_px: Text = ""
    tp_trigger_px: Text = ""
    tp_ord_px: Text = ""
    sl_trigger_px: Text = ""
    sl_ord_px: Text = ""
    active_px: Text = ""
    px_limit: Text = ""
    actual_sz: Text = ""
    actual_px: Text = ""
    fail_code: Text = ""
    c_time: Text = ""
    u_time: Text = ""


class FillRow(Wire, frozen=True, kw_only=True):
    """GET /trade/fills and fills-history. `fee` below 0 is paid, above 0 a rebate."""

    inst_id: str
    ord_id: str
    trade_id: str
    side: str
    fill_px: str
    fill_sz: str
    ts: str
    cl_ord_id: Text = ""
    exec_type: Text = ""
    fee: Text = ""
    fee_ccy: Text = ""
    bill_id: Text = ""
    fill_time: Text = ""


class CancelAfterRow(Wire, frozen=True, kw_only=True):
    """POST /trade/cancel-all-after"""

    trigger_time: Text = ""
    ts: Text = ""


# --- sent -----------------------------------------------------------------------------------------


class Sent(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Types that we write: what is at its default stays out of the JSON."""


class AttachedAlgo(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """An element of attachAlgoOrds; a price of "-1" means at market."""

    tp_trigger_px: str = ""
    tp_ord_px: str = ""
    tp_trigger_px_type: str = ""
    sl_trigger_px: str = ""
    sl_ord_px: str = ""
    sl_trigger_px_type: str = ""


class NewOrder(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/order. WebSocket entry takes `inst_id_code` instead of `inst_id` (2026-03)."""

    inst_id: str = ""
    inst_id_code: int = 0
    td_mode: str
    side: str
    ord_type: str
    sz: str
    cl_ord_id: str
    ccy: str = ""
    pos_side: str = ""
    px: str = ""
    tgt_ccy: str = ""
    reduce_only: bool = False
    stp_mode: str = ""
    attach_algo_ords: tuple[AttachedAlgo, ...] = ()


class NewAlgo(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/order-algo"""

    inst_id: str
    td_mode: str
    side: str
    ord_type: str
    sz: str
    algo_cl_ord_id: str
    ccy: str = ""
    pos_side: str = ""
    tgt_ccy: str = ""
    reduce_only: bool = False
    tp_trigger_px: str = ""
    tp_ord_px: str = ""
    tp_trigger_px_type: str = ""
    sl_trigger_px: str = ""
    sl_ord_px: str = ""
    sl_trigger_px_type: str = ""
    trigger_px: str = ""
    order_px: str = ""
    trigger_px_type: str = ""
    attach_algo_ords: tuple[AttachedAlgo, ...] = ()
    callback_ratio: str = ""
    callback_spread: str = ""
    active_px: str = ""
    px_spread: str = ""
    sz_limit: str = ""
    px_limit: str = ""
    time_interval: str = ""
    chase_type: str = ""
    chase_val: str = ""


class Amendment(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/amend-order; `cxlOnFail` stays off: a refused change leaves all as it was."""

    inst_id: str = ""
    inst_id_code: int = 0
    ord_id: str = ""
    cl_ord_id: str = ""
    new_sz: str = ""
    new_px: str = ""


class AlgoAmendment(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/amend-algos"""

    inst_id: str
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    new_sz: str = ""
    new_tp_trigger_px: str = ""
    new_tp_ord_px: str = ""
    new_sl_trigger_px: str = ""
    new_sl_ord_px: str = ""


class Cancellation(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /trade/cancel-order; an element of cancel-batch-orders."""

    inst_id: str = ""
    inst_id_code: int = 0
    ord_id: str = ""
    cl_ord_id: str = ""


class AlgoCancellation(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """An element of POST /trade/cancel-algos."""

    inst_id: str
    algo_id: str = ""
    algo_cl_ord_id: str = ""


IGNORED: Mapping[type, frozenset[str]] = {
    Ack: frozenset({"tag", "reqId", "subCode"}),
    OrderRow: frozenset(
        {
            "attachAlgoClOrdId", "attachAlgoOrds", "ccy", "fillFwdPx", "fillIdxPx", "fillMarkPx",
            "fillMarkVol", "fillNotionalUsd", "fillPnl", "fillPxUsd", "fillPxVol", "isTpLimit",
            "lastPx", "lever", "linkedAlgoOrd", "notionalUsd", "pnl", "pxType", "pxUsd", "pxVol",
            "quickMgnType", "rebate", "rebateCcy", "reqId", "slOrdPx", "slTriggerPx",
            "slTriggerPxType", "stpId", "stpMode", "tag", "tdMode", "tpOrdPx",
            "tpTriggerPx", "tpTriggerPxType", "tradeQuoteCcy",
        }
    ),
    AlgoRow: frozenset(
        {
            "actualSide", "advanceOrdType", "amendPxOnTriggerType", "amendResult",
            "attachAlgoOrds", "callbackRatio", "callbackSpread", "ccy", "chaseType", "chaseVal",
            "clOrdId", "closeFraction", "instType", "isTradeBorrowMode", "last", "lever",
            "linkedOrd", "maxChaseType", "maxChaseVal", "moveTriggerPx", "notionalUsd", "pTime",
            "pxSpread", "pxVar", "quickMgnType", "reqId", "slTriggerPxType", "szLimit", "tag",
            "tdMode", "timeInterval", "tpTriggerPxType", "tradeQuoteCcy", "triggerPxType",
            "triggerTime",
        }
    ),
    FillRow: frozenset(
        {
            "feeRate", "fillFwdPx", "fillIdxPx", "fillMarkPx", "fillMarkVol", "fillPnl",
            "fillPxUsd", "fillPxVol", "instType", "posSide", "subType", "tag", "tradeQuoteCcy",
        }
    ),
    CancelAfterRow: frozenset({"tag"}),
}  # fmt: skip
