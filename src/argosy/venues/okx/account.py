"""What we hold at OKX and may do: balances, positions, fees, the key's permissions, leverage.

https://www.okx.com/docs-v5/en/#trading-account-rest-api (read 2026-11). Sends nothing.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from argosy.errors import Unsupported, WireError
from argosy.model import (
    Balance,
    Credentials,
    FeeRates,
    InstrumentId,
    InstrumentKind,
    KeyInfo,
    MarginMode,
    MarginSummary,
    Permission,
    Position,
    PositionSide,
    VenueId,
)
from argosy.model.money import plain
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.venues.okx.envelope import read_one, read_rows
from argosy.venues.okx.holdings import balances, funding_balance, margin, position, rate
from argosy.venues.okx.names import VENUE, Names, family, inst_type
from argosy.venues.okx.values import number, shown
from argosy.venues.okx.wire_account import (
    BalanceRow,
    ConfigRow,
    FeeRow,
    FundingBalanceRow,
    LeverageRow,
    MaxSizeRow,
    NewLeverage,
    NewPositionMode,
    PositionModeRow,
    PositionRow,
)

_ACCOUNT = "/api/v5/account/"
_PERMISSIONS = {
    "read_only": Permission.READ,
    "trade": Permission.TRADE,
    "withdraw": Permission.WITHDRAW,
    "transfer": Permission.TRANSFER,
}


def _get(path: str, cost: str, *query: tuple[str, str]) -> HttpRequest:
    return HttpRequest(method="GET", path=path, query=query, signed=True, cost={cost: 1})


def _post(what: str, body: object, cost: str) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=_ACCOUNT + what,
        headers=(("Content-Type", "application/json"),),
        body=msgspec.json.encode(body),
        signed=True,
        cost={cost: 1},
    )


class OkxAccount:
    """Balances, positions, fees and settings of the account a key belongs to."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def balances(self) -> Sequence[Call[list[Balance]]]:
        """The trading account; see `funding_balances` for the other."""

        def read(response: HttpResponse) -> list[Balance]:
            rows = read_rows(response, BalanceRow, "balances")
            return [b for row in rows for b in balances(row, response.received_ns)]

        return [Call(_get(_ACCOUNT + "balance", "balance"), read)]

    def margin(self) -> Call[MarginSummary]:
        """What the trading account's positions need and what backs them, in USD."""

        def read(response: HttpResponse) -> MarginSummary:
            row = read_one(response, BalanceRow, "the account's margin")
            return margin(row, response.received_ns)

        return Call(_get(_ACCOUNT + "balance", "balance"), read)

    def funding_balances(self) -> Sequence[Call[list[Balance]]]:
        """The funding account, where deposits arrive; no order can use it."""

        def read(response: HttpResponse) -> list[Balance]:
            rows = read_rows(response, FundingBalanceRow, "funding balances")
            return [funding_balance(row, response.received_ns) for row in rows]

        return [Call(_get("/api/v5/asset/balances", "funding_balance"), read)]

    def positions(self) -> Sequence[Call[list[Position]]]:
        """Every open position."""

        def read(response: HttpResponse) -> list[Position]:
            rows = read_rows(response, PositionRow, "positions")
            return [position(row, self._names, response.received_ns) for row in rows]

        return [Call(_get(_ACCOUNT + "positions", "positions"), read)]

    def fees(self, instrument: InstrumentId) -> Call[FeeRates]:
        """What we pay for an instrument. Contracts go by family and by settlement."""
        about = self._names.instrument(instrument)
        spot = about.kind is InstrumentKind.SPOT
        which = ("instId", about.venue_symbol) if spot else ("instFamily", family(about))
        request = _get(_ACCOUNT + "trade-fee", "trade_fee", ("instType", inst_type(about)), which)
        settle = about.settle or ""

        def read(response: HttpResponse) -> FeeRates:
            row = read_one(response, FeeRow, "fees")
            maker, taker = row.maker, row.taker
            if settle == "USDT" and row.maker_u and row.taker_u:
                maker, taker = row.maker_u, row.taker_u
            if settle == "USDC" and row.maker_usdc and row.taker_usdc:
                maker, taker = row.maker_usdc, row.taker_usdc
            if not (maker and taker) and row.fee_group:
                maker, taker = row.fee_group[0].maker, row.fee_group[0].taker
            return FeeRates(maker=rate(maker, "maker"), taker=rate(taker, "taker"))

        return Call(request, read)

    def key_info(self, credentials: Credentials) -> Call[KeyInfo]:  # noqa: ARG002  asked with it
        """What the key may do: `perm` is like "read_only,withdraw,trade"."""

        def read(response: HttpResponse) -> KeyInfo:
            row = read_one(response, ConfigRow, "the account's settings")
            words = tuple(word.strip() for word in (row.perm or "").split(",") if word.strip())
            if not words:
                raise WireError(f"okx: perm is {shown(row.perm)}; what the key may do is expected")
            addresses = tuple(ip.strip() for ip in (row.ip or "").split(",") if ip.strip())
            return KeyInfo(
                venue=VenueId(VENUE),
                permissions=frozenset(_PERMISSIONS[w] for w in words if w in _PERMISSIONS),
                raw_permissions=words,
                ip_allowlist=addresses,
                label=row.label or "",
            )

        return Call(_get(_ACCOUNT + "config", "config"), read)

    def position_mode(self) -> Call[str]:
        """'net_mode' or 'long_short_mode': whether orders need a position_side."""
        return Call(
            _get(_ACCOUNT + "config", "config"),
            lambda r: read_one(r, ConfigRow, "the account's settings").pos_mode or "",
        )

    def set_position_mode(self, *, long_short: bool) -> Call[str]:
        """One net position per contract, or a long and a short one; refused while any is open."""
        body = NewPositionMode(pos_mode="long_short_mode" if long_short else "net_mode")
        return Call(
            _post("set-position-mode", body, "set_position_mode"),
            lambda r: read_one(r, PositionModeRow, "the position mode").pos_mode,
        )

    def set_leverage(
        self,
        instrument: InstrumentId,
        leverage: Decimal,
        margin_mode: MarginMode = MarginMode.CROSS,
        position_side: PositionSide = PositionSide.NET,
    ) -> Call[Decimal]:
        """Leverage of an instrument; the answer is what now holds."""
        if margin_mode is MarginMode.CASH:
            raise Unsupported("OKX has no leverage in cash mode")
        body = NewLeverage(
            inst_id=self._names.instrument(instrument).venue_symbol,
            lever=plain(leverage),
            mgn_mode=margin_mode.value,
            pos_side="" if position_side is PositionSide.NET else position_side.value,
        )
        return Call(
            _post("set-leverage", body, "set_leverage"),
            lambda r: number(read_one(r, LeverageRow, "leverage").lever, "lever"),
        )

    def max_size(
        self, instrument: InstrumentId, margin_mode: MarginMode = MarginMode.CASH
    ) -> Call[tuple[Decimal, Decimal]]:
        """(most to buy, most to sell): contracts; spot buys in quote, spot sells in base units."""
        about = self._names.instrument(instrument)
        spot = about.kind is InstrumentKind.SPOT
        mode = margin_mode if spot or margin_mode is MarginMode.ISOLATED else MarginMode.CROSS
        request = _get(
            _ACCOUNT + "max-size",
            "max_size",
            ("instId", about.venue_symbol),
            ("tdMode", mode.value),
        )

        def read(response: HttpResponse) -> tuple[Decimal, Decimal]:
            row = read_one(response, MaxSizeRow, "the largest size")
            return number(row.max_buy, "maxBuy"), number(row.max_sell, "maxSell")

        return Call(request, read)
