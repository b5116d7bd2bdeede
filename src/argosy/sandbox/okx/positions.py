"""Positions as OKX shows them: the rows, and a history of the closed ones. Changes nothing."""

from collections import deque
from decimal import Decimal

from argosy.model import MarginMode, PositionSide
from argosy.model.money import plain
from argosy.sandbox.engine import Account, Engine, Position, PositionEvent
from argosy.sandbox.okx import names
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.names import Names

CENT = Decimal("1e-10")
HISTORY = 1_000
_UNUSED = (
    *("algoId", "baseBal", "baseBorrowed", "baseInterest", "bizRefId", "bizRefType"),
    *("clSpotInUseAmt", "deltaBS", "deltaPA", "gammaBS", "gammaPA", "hedgedPos"),
    *("maxSpotInUseAmt", "nonSettleAvgPx", "pendingCloseOrdLiabVal", "quoteBal"),
    *("quoteBorrowed", "quoteInterest", "settledPnl", "spotInUseAmt", "spotInUseCcy"),
    *("thetaBS", "thetaPA", "vegaBS", "vegaPA"),
)


def short(value: Decimal | None) -> str:
    """A figure with ten decimals at most, '' for none."""
    return "" if value is None else plain(value.quantize(CENT))


def usd_value(table: Names, position: Position, mark: Decimal) -> Decimal:
    """A position's worth in USD."""
    return position.notional(mark) * table.usd(position.spec.money)


def margin_ratio(engine: Engine, account: Account, position: Position) -> Decimal | None:
    """Equity over maintenance margin: liquidation is at 1."""
    mark = engine.listings[position.spec.id].mark_price
    if position.margin_mode is MarginMode.ISOLATED:
        assert position.entry_price is not None, "it is open"
        left = position.initial_margin(position.entry_price) + position.unrealised(mark)
        needed = position.maintenance_margin(mark)
    else:
        money = position.spec.money
        left, needed = engine.equity(account, money), engine.maintenance(account, money)
    return left / needed if needed else None


def position_type(position: Position) -> str:
    """The instType, MARGIN for spot on margin."""
    return "MARGIN" if position.spec.is_spot else names.type_of(position.spec)


def margin_parts(spot: bool, position: Position, mark: Decimal) -> Row:
    """What only spot on margin has: the loan behind it."""
    instrument = position.spec.instrument
    if not spot:
        return {"posCcy": "", "liab": "", "liabCcy": "", "interest": ""}
    long = position.size > 0
    owed = position.notional(mark) if long else abs(position.size)
    return {
        "posCcy": instrument.base if long else instrument.quote,
        "liab": short(-owed),
        "liabCcy": instrument.quote if long else instrument.base,
        "interest": "0",
    }


def shown_size(position: Position) -> Decimal:
    """Signed for net positions; on spot margin never negative, a short being counted in quote."""
    if position.spec.is_spot:
        return position.size if position.size > 0 else abs(position.basis)
    return position.size if position.side is PositionSide.NET else abs(position.size)


def row(engine: Engine, table: Names, account: Account, position: Position) -> Row:
    """GET /account/positions and the positions channel."""
    spec = position.spec
    listing = engine.listings[spec.id]
    mark = listing.mark_price
    isolated = position.margin_mode is MarginMode.ISOLATED
    open_ = bool(position.size)
    profit = position.unrealised(mark)
    margin = position.initial_margin(mark) if open_ else Decimal(0)
    ratio = profit / margin if margin else Decimal(0)
    option = position_type(position) == "OPTION"
    now = ms(engine.now_ns())
    size, side = shown_size(position), position.side.value
    shown: Row = dict.fromkeys(_UNUSED, "")
    return shown | {
        "adl": "1" if open_ else "",
        "availPos": plain(abs(size)),
        "avgPx": short(position.entry_price),
        "bePx": short(position.entry_price),
        "cTime": ms(position.opened_ns),
        "ccy": spec.money,
        "closeOrderAlgo": [],
        "fee": "0",
        "fundingFee": short(position.funding),
        "idxPx": plain(table.index_price(listing)),
        "imr": "" if isolated else short(margin),
        "instId": spec.instrument.venue_symbol,
        "instType": position_type(position),
        "last": names.price(spec, listing.last),
        "lever": "" if option else plain(position.leverage),
        "liqPenalty": "0",
        "liqPx": short(engine.liquidation_price(account, position)),
        "margin": short(margin) if isolated else "",
        "markPx": plain(mark),
        "mgnMode": position.margin_mode.value,
        "mgnRatio": short(margin_ratio(engine, account, position)) if open_ else "",
        "mmr": short(position.maintenance_margin(mark)) if open_ else "",
        "notionalUsd": short(usd_value(table, position, mark)),
        "pTime": now,
        "optVal": short(position.size * mark * spec.contract_size) if option else "",
        "pnl": short(position.realised),
        "pos": plain(size),
        "posId": str(1_000_000_000_000 + position.number),
        "posSide": side,
        "realizedPnl": short(position.realised + position.funding),
        "tradeId": str(listing.prints),
        "uTime": now,
        "upl": short(profit),
        "uplLastPx": short(position.unrealised(spec.price(listing.last))) if open_ else "0",
        "uplRatio": short(ratio),
        "uplRatioLastPx": short(ratio),
        "usdPx": plain(table.usd(spec.money)),
        **margin_parts(spec.is_spot, position, mark),
    }


class PositionLog:
    """Closed positions of every account, newest last."""

    def __init__(self, table: Names) -> None:
        self._names = table
        self._open: dict[tuple[str, str, PositionSide], Row] = {}
        self.closed: dict[str, deque[Row]] = {}

    def hear(self, event: PositionEvent) -> None:
        """Follow a position; file it once it is flat."""
        position, spec = event.position, event.position.spec
        key = (event.account.name, spec.instrument.venue_symbol, position.side)
        listing = self._names.listing(spec.instrument.venue_symbol)
        if position.size:
            long = position.size > 0
            known = self._open.get(key)
            most = abs(position.size)
            if known is not None:
                most = max(most, Decimal(str(known["openMaxPos"])))
            self._open[key] = {
                "direction": "long" if long else "short",
                "openAvgPx": short(position.entry_price),
                "openMaxPos": plain(most),
                "lever": plain(position.leverage),
                "cTime": ms(position.opened_ns),
            }
            return
        known = self._open.pop(key, None)
        if known is None:
            return
        result = position.realised + position.funding
        filed = self.closed.setdefault(event.account.name, deque(maxlen=HISTORY))
        filed.append(
            known
            | {
                "ccy": spec.money,
                "closeAvgPx": names.price(spec, listing.last),
                "closeTotalPos": known["openMaxPos"],
                "fee": "0",
                "fundingFee": short(position.funding),
                "instId": spec.instrument.venue_symbol,
                "instType": position_type(position),
                "liqPenalty": "0",
                "mgnMode": position.margin_mode.value,
                "nonSettleAvgPx": "",
                "pnl": short(position.realised),
                "pnlRatio": "",
                "posId": str(1_000_000_000_000 + position.number),
                "posSide": position.side.value,
                "realizedPnl": short(result),
                "settledPnl": "",
                "triggerPx": "",
                "type": "2",
                "uTime": ms(event.at_ns),
                "uly": names.family_of(spec),
            }
        )
