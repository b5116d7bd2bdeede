"""Reads OKX's balances and positions into ours, from REST and streams alike. No state.

https://www.okx.com/docs-v5/en/#trading-account-rest-api-get-balance (read 2026-11).
"""

from decimal import Decimal

from argosy.model import (
    Balance,
    MarginMode,
    MarginSummary,
    Nanos,
    Position,
    PositionSide,
    VenueId,
)
from argosy.model.money import ZERO
from argosy.venues.okx.names import VENUE, Names
from argosy.venues.okx.values import (
    decoding,
    number,
    number_or_none,
    number_or_zero,
    positive_or_none,
    shown,
    stamp,
)
from argosy.venues.okx.wire_account import (
    BalanceDetail,
    BalanceRow,
    FundingBalanceRow,
    PositionRow,
)


def balances(row: BalanceRow, now_ns: Nanos) -> list[Balance]:
    """The currencies of the trading account."""
    return [_balance(detail, now_ns) for detail in row.details]


def margin(row: BalanceRow, now_ns: Nanos) -> MarginSummary:
    """The whole account in USD. In the modes with margin by currency OKX leaves the sums out: then
    they are those of the currencies, each at OKX's own USD value of it. Spot accounts need none.
    """
    with decoding("the account's margin"):
        equity = number_or_zero(row.adj_eq or row.total_eq, "totalEq")
        initial = number_or_none(row.imr, "imr")
        least = number_or_none(row.mmr, "mmr")
        if initial is None:
            initial = sum((_in_usd(each, each.imr, "imr") for each in row.details), ZERO)
        if least is None:
            least = sum((_in_usd(each, each.mmr, "mmr") for each in row.details), ZERO)
        return MarginSummary(
            venue=VenueId(VENUE),
            currency="USD",
            equity=equity,
            initial_margin=initial,
            maintenance_margin=least,
            free=equity - initial,
            venue_ns=stamp(row.u_time, "uTime"),
            received_ns=now_ns,
        )


def _in_usd(row: BalanceDetail, text: str | None, name: str) -> Decimal:
    value, equity = number_or_zero(text, name), number_or_zero(row.eq, "eq")
    return value * number_or_zero(row.eq_usd, "eqUsd") / equity if value and equity else ZERO


def _balance(row: BalanceDetail, now_ns: Nanos) -> Balance:
    """Free is availBal and held frozenBal; OKX's own equity also counts unrealised profit, which no
    order can use, so total is their sum.
    """
    with decoding(f"balance of {shown(row.ccy)}"):
        free = number_or_zero(row.avail_bal or row.avail_eq or row.cash_bal, "availBal")
        held = number_or_zero(row.frozen_bal, "frozenBal")
        return Balance(
            venue=VenueId(VENUE),
            currency=row.ccy,
            total=free + held,
            free=free,
            held=held,
            borrowed=abs(number_or_zero(row.liab, "liab")),
            interest=abs(number_or_zero(row.interest, "interest")),
            venue_ns=stamp(row.u_time, "uTime"),
            received_ns=now_ns,
        )


def funding_balance(row: FundingBalanceRow, now_ns: Nanos) -> Balance:
    """One currency of the funding account, which no order can use."""
    with decoding(f"funding balance of {shown(row.ccy)}"):
        free = number_or_zero(row.avail_bal, "availBal")
        held = number_or_zero(row.frozen_bal, "frozenBal")
        return Balance(
            venue=VenueId(VENUE),
            currency=row.ccy,
            total=free + held,
            free=free,
            held=held,
            venue_ns=Nanos(0),
            received_ns=now_ns,
            account="funding",
        )


def position(row: PositionRow, names: Names, now_ns: Nanos) -> Position:
    """One position, signed. In long/short mode OKX writes shorts above 0; margin positions are
    short when they are held in the quote currency: their size is then what is owed of the base.
    """
    with decoding(f"position of {shown(row.inst_id)}"):
        instrument = names.id_of(row.inst_id)
        size = number_or_zero(row.pos, "pos")
        if row.pos_side == "short":
            size = -abs(size)
        if row.inst_type == "MARGIN" and row.pos_ccy:
            base = instrument.partition(":")[2].partition("/")[0]
            if row.pos_ccy != base:
                size = -abs(number_or_zero(row.liab, "liab"))
        side = PositionSide(row.pos_side) if row.pos_side in {"long", "short"} else PositionSide.NET
        isolated = row.mgn_mode == "isolated"
        initial = number_or_none(row.imr, "imr")
        if initial is None and isolated:
            initial = number_or_none(row.margin, "margin")
        return Position(
            instrument=instrument,
            size=size,
            venue_ns=stamp(row.u_time, "uTime"),
            received_ns=now_ns,
            side=side,
            entry_price=positive_or_none(row.avg_px, "avgPx"),
            mark_price=positive_or_none(row.mark_px, "markPx"),
            liquidation_price=positive_or_none(row.liq_px, "liqPx"),
            unrealised_pnl=number_or_none(row.upl, "upl"),
            realised_pnl=number_or_none(row.realized_pnl, "realizedPnl"),
            margin_mode=MarginMode.ISOLATED if isolated else MarginMode.CROSS,
            leverage=positive_or_none(row.lever, "lever"),
            initial_margin=initial,
            maintenance_margin=number_or_none(row.mmr, "mmr"),
            venue_id=row.pos_id or "",
        )


def rate(text: str | None, name: str) -> Decimal:
    """A fee rate; OKX writes what we pay below 0, we above."""
    return -number(text, name)
