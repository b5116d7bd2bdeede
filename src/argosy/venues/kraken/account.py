"""What a Kraken account holds, owes, pays and may do. Does no I/O.

https://docs.kraken.com/api-reference/account-data (2026-11-22)
"""

from collections.abc import Sequence
from decimal import Decimal

from argosy.errors import WireError
from argosy.model import (
    Balance,
    Credentials,
    FeeRates,
    InstrumentId,
    KeyInfo,
    MarginMode,
    MarginSummary,
    Nanos,
    Permission,
    Position,
    Side,
    VenueId,
)
from argosy.model.money import ZERO
from argosy.model.time import SECOND
from argosy.ports import Call, HttpResponse
from argosy.venues.kraken import rest, wire_rest
from argosy.venues.kraken.reports import nanos, side
from argosy.venues.kraken.symbols import VENUE, Symbols, holding

# https://docs.kraken.com/exchange/guides/rest/api-keys (2026-11-22). Whatever moves funds out is a
# withdrawal; a permission that is not listed here is shown in raw_permissions all the same.
_PERMISSIONS = {
    "query-funds": Permission.READ,
    "query-open-trades": Permission.READ,
    "query-closed-trades": Permission.READ,
    "query-ledger": Permission.READ,
    "export-data": Permission.READ,
    "create-ws-token": Permission.READ,
    "modify-trades": Permission.TRADE,
    "close-trades": Permission.TRADE,
    "withdraw-funds": Permission.WITHDRAW,
    "add-funds": Permission.TRANSFER,
    "earn-funds": Permission.TRANSFER,
}
_HUNDRED = Decimal(100)
# Margin level (equity over margin in use) at which Kraken closes positions; it calls at 80 %.
# https://support.kraken.com/articles/204585998 (read 2026-11)
_LIQUIDATED_AT = Decimal("0.4")


class KrakenAccount:
    """An Account."""

    def __init__(self, symbols: Symbols) -> None:
        self._symbols = symbols

    def balances(self) -> Sequence[Call[list[Balance]]]:
        """BalanceEx: totals and what open orders hold."""
        return [
            Call(
                rest.private("BalanceEx"),
                rest.reader(wire_rest.balances, "BalanceEx", balances_of),
            )
        ]

    def positions(self) -> Sequence[Call[list[Position]]]:
        """OpenPositions, with profit counted (docalcs); one for each pair."""
        fields = (("docalcs", "true"),)
        read = rest.reader(wire_rest.positions, "OpenPositions", self._positions)
        return [Call(rest.private("OpenPositions", fields), read)]

    def margin(self) -> Call[MarginSummary]:
        """TradeBalance, in USD. Kraken names no maintenance margin: it liquidates at about 40 % of
        the margin in use, which is what is told as that here.
        """
        read = rest.reader(wire_rest.trade_balance, "TradeBalance", _margin)
        return Call(rest.private("TradeBalance", (("asset", "ZUSD"),)), read)

    def fees(self, instrument: InstrumentId) -> Call[FeeRates]:
        """TradeVolume: this account's rates for the pair at its volume of 30 days."""
        known = self._symbols.need(instrument)
        request = rest.private("TradeVolume", (("pair", known.venue_code or ""),))
        return Call(request, rest.reader(wire_rest.trade_volume, "TradeVolume", _fees))

    def key_info(self, credentials: Credentials) -> Call[KeyInfo]:
        """GetApiKeyInfo; every key may ask about itself."""
        del credentials  # the signer puts the key in
        return Call(
            rest.private("GetApiKeyInfo"),
            rest.reader(wire_rest.api_key_info, "GetApiKeyInfo", _key_info),
        )

    def _positions(
        self, rows: dict[str, wire_rest.PositionRow], response: HttpResponse
    ) -> list[Position]:
        pairs: dict[str, list[tuple[str, wire_rest.PositionRow]]] = {}
        for txid, row in rows.items():
            pairs.setdefault(row.pair, []).append((txid, row))
        return [self._position(pair, held, response.received_ns) for pair, held in pairs.items()]

    def _position(
        self, pair: str, rows: list[tuple[str, wire_rest.PositionRow]], at: Nanos
    ) -> Position:
        """All rows of a pair as one: each opening trade has one of its own, all on one side."""
        size = cost = margin = used = worth = net = ZERO
        latest = ZERO
        for _, row in rows:
            sign = 1 if side(row.type) is Side.BUY else -1
            left = row.vol - row.vol_closed
            size += sign * left
            share = left / row.vol if row.vol else ZERO
            cost += row.cost * share
            used += row.cost * share if row.margin is not None else ZERO
            margin += (row.margin or ZERO) * share
            worth += row.value or ZERO
            net += row.net or ZERO
            latest = max(latest, row.time)
        told = [row for _, row in rows]
        return Position(
            instrument=self._symbols.pair(pair),
            size=size,
            venue_ns=nanos(latest),
            received_ns=at,
            entry_price=cost / abs(size) if size else None,
            mark_price=(
                worth / abs(size) if size and all(row.value is not None for row in told) else None
            ),
            unrealised_pnl=net if all(row.net is not None for row in told) else None,
            margin_mode=MarginMode.CROSS,
            leverage=used / margin if margin else None,
            initial_margin=margin if all(row.margin is not None for row in told) else None,
            venue_id=rows[0][0] if len(rows) == 1 else "",
        )


def balances_of(
    rows: dict[str, wire_rest.ExtendedBalance], response: HttpResponse
) -> list[Balance]:
    """BalanceEx as balances; what is held is not free, what is borrowed on credit is told apart."""
    balances = []
    for code, row in rows.items():
        currency, account = holding(code)
        balances.append(
            Balance(
                venue=VenueId(VENUE),
                currency=currency,
                total=row.balance,
                free=row.balance - row.hold_trade,
                held=row.hold_trade,
                venue_ns=Nanos(0),
                received_ns=response.received_ns,
                borrowed=row.credit_used,
                account=account,
            )
        )
    return balances


def _margin(row: wire_rest.TradeBalance, response: HttpResponse) -> MarginSummary:
    return MarginSummary(
        venue=VenueId(VENUE),
        currency="USD",
        equity=row.e,
        initial_margin=row.m,
        maintenance_margin=row.m * _LIQUIDATED_AT,
        free=row.mf,
        venue_ns=Nanos(0),
        received_ns=response.received_ns,
    )


def _fees(volume: wire_rest.TradeVolume, response: HttpResponse) -> FeeRates:
    del response
    taker = next(iter(volume.fees.values()), None)
    if taker is None:
        raise WireError("kraken TradeVolume: no fees for the pair that was asked for")
    maker = next(iter(volume.fees_maker.values()), taker)
    return FeeRates(maker=maker.fee / _HUNDRED, taker=taker.fee / _HUNDRED)


def _key_info(info: wire_rest.ApiKeyInfo, response: HttpResponse) -> KeyInfo:
    del response
    permissions = {_PERMISSIONS[name] for name in info.permissions if name in _PERMISSIONS}
    # An unknown word with "withdraw" in it must not pass for harmless.
    if any("withdraw" in name.lower() for name in info.permissions):
        permissions.add(Permission.WITHDRAW)
    until = int(info.valid_until or info.validUntil or 0)
    return KeyInfo(
        venue=VenueId(VENUE),
        permissions=frozenset(permissions),
        raw_permissions=tuple(info.permissions),
        ip_allowlist=tuple(info.ip_allowlist or info.ipAllowlist),
        expires_ns=Nanos(until * SECOND) if until else None,
        label=info.api_key_name or info.apiKeyName,
    )
