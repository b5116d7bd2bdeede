"""OKX's own types for the funding account: currencies, addresses, deposits, withdrawals, transfers.
One to one; no logic.

https://www.okx.com/docs-v5/en/#funding-account-rest-api (read 2026-11).
"""

from collections.abc import Mapping

import msgspec

from argosy.venues.okx.wire import Text, Wire
from argosy.venues.okx.wire_trade import Sent


class CurrencyRow(Wire, frozen=True, kw_only=True):
    """GET /asset/currencies: one chain of one currency"""

    ccy: str
    chain: str
    can_dep: bool | str | None = None
    can_wd: bool | str | None = None
    fee: Text = ""
    burning_fee_rate: Text = ""
    min_dep: Text = ""
    min_wd: Text = ""
    max_wd: Text = ""
    wd_tick_sz: Text = ""
    need_tag: bool | str | None = None
    min_dep_arrival_confirm: Text = ""


class DepositAddressRow(Wire, frozen=True, kw_only=True):
    """GET /asset/deposit-address; `to` "6" is the funding account, "18" the trading one"""

    ccy: str
    chain: str
    addr: str
    to: Text = ""
    tag: Text = ""
    memo: Text = ""
    pmt_id: Text = ""
    addr_ex: msgspec.Raw = msgspec.Raw(b"null")
    selected: bool | str | None = None


class DepositRow(Wire, frozen=True, kw_only=True):
    """GET /asset/deposit-history"""

    ccy: str
    chain: Text = ""
    amt: str
    dep_id: str
    state: str | int
    to: Text = ""
    tx_id: Text = ""
    ts: Text = ""
    actual_dep_blk_confirm: Text = ""


class WithdrawalRow(Wire, frozen=True, kw_only=True):
    """GET /asset/withdrawal-history"""

    ccy: str
    chain: Text = ""
    amt: str
    wd_id: str
    state: str | int
    client_id: Text = ""
    to: Text = ""
    tag: Text = ""
    memo: Text = ""
    pmt_id: Text = ""
    tx_id: Text = ""
    fee: Text = ""
    fee_ccy: Text = ""
    ts: Text = ""


class WithdrawalAck(Wire, frozen=True, kw_only=True):
    """POST /asset/withdrawal"""

    wd_id: str
    ccy: Text = ""
    chain: Text = ""
    amt: Text = ""
    client_id: Text = ""


class CancelledWithdrawal(Wire, frozen=True, kw_only=True):
    """POST /asset/cancel-withdrawal"""

    wd_id: str


class MovedRow(Wire, frozen=True, kw_only=True):
    """POST /asset/transfer, and GET /asset/transfer-state, which alone has `state`"""

    trans_id: str
    ccy: str
    amt: str
    from_: str = msgspec.field(name="from")
    to: str
    client_id: Text = ""
    state: Text = ""


# --- written --------------------------------------------------------------------------------------


class NewWithdrawal(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /asset/withdrawal; `dest` "4": on chain, `to_addr`: "address" or "address:tag"."""

    ccy: str
    amt: str
    dest: str
    to_addr: str
    chain: str
    client_id: str


class CancelWithdrawal(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /asset/cancel-withdrawal"""

    wd_id: str


class NewMove(Sent, frozen=True, kw_only=True, omit_defaults=True):
    """POST /asset/transfer"""

    ccy: str
    amt: str
    from_: str = msgspec.field(name="from")
    to: str
    client_id: str


IGNORED: Mapping[type, frozenset[str]] = {
    CurrencyRow: frozenset(
        {
            "canInternal", "ctAddr", "depEstOpenTime", "depQuotaFixed", "depQuoteDailyLayer2",
            "logoLink", "mainNet", "maxFee", "maxFeeForCtAddr", "minFee", "minFeeForCtAddr",
            "minInternal", "minWdUnlockConfirm", "name", "usedDepQuotaFixed", "usedWdQuota",
            "wdEstOpenTime", "wdQuota",
        }
    ),
    DepositAddressRow: frozenset({"ctAddr", "verifiedName"}),
    DepositRow: frozenset({"areaCodeFrom", "from", "fromWdId"}),
    WithdrawalRow: frozenset(
        {"addrEx", "areaCodeFrom", "areaCodeTo", "from", "nonTradableAsset", "note", "toAddrType"}
    ),
    WithdrawalAck: frozenset(),
    CancelledWithdrawal: frozenset(),
    MovedRow: frozenset({"instId", "subAcct", "toInstId", "type"}),
}  # fmt: skip
