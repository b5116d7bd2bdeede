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
    Nanos,
    Permission,
    Position,
    Side,
    VenueId,
)
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
        """OpenPositions: one for each opening trade, with profit counted (docalcs)."""
        fields = (("docalcs", "true"),)
        read = rest.reader(wire_rest.positions, "OpenPositions", self._positions)
        return [Call(rest.private("OpenPositions", fields), read)]

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
        return [self._position(txid, row, response.received_ns) for txid, row in rows.items()]

    def _position(self, txid: str, row: wire_rest.PositionRow, at: Nanos) -> Position:
        size = row.vol - row.vol_closed
        left = size / row.vol if row.vol else Decimal(0)
        return Position(
            instrument=self._symbols.pair(row.pair),
            size=size if side(row.type) is Side.BUY else -size,
            venue_ns=nanos(row.time),
            received_ns=at,
            entry_price=row.cost / row.vol if row.vol else None,
            mark_price=row.value / size if row.value is not None and size else None,
            unrealised_pnl=row.net,
            margin_mode=MarginMode.CROSS,
            leverage=row.cost / row.margin if row.margin else None,
            initial_margin=row.margin * left if row.margin is not None else None,
            venue_id=txid,
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
