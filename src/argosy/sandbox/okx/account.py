"""REST endpoints of /api/v5/account. Sizes and money as OKX counts them."""

from decimal import Decimal

from argosy.model import MarginMode, Permission, PositionSide
from argosy.model.money import plain
from argosy.sandbox.engine import Account, FillEvent, Listing
from argosy.sandbox.okx import names, positions, rows
from argosy.sandbox.okx.args import Row, ms
from argosy.sandbox.okx.call import Call, between, paged
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange
from argosy.sandbox.okx.instruments import group_of
from argosy.sandbox.okx.positions import short

ZERO = Decimal(0)
_PERMISSIONS = (
    (Permission.READ, "read_only"),
    (Permission.TRADE, "trade"),
    (Permission.WITHDRAW, "withdraw"),
)


def config(call: Call) -> list[Row]:
    """GET /account/config: what the key may do, among other things."""
    exchange, key = call.exchange, call.key
    uid = exchange.uid(call.account)
    perm = ",".join(text for right, text in _PERMISSIONS if right in key.permissions)
    return [
        {
            "acctLv": "2",
            "acctStpMode": "cancel_maker",
            "autoLoan": False,
            "ctIsoMode": "automatic",
            "enableSpotBorrow": False,
            "feeType": "0",
            "greeksType": "PA",
            "ip": "",
            "kycLv": "3",
            "label": key.label,
            "level": "Lv1",
            "levelTmp": "",
            "liquidationGear": "-1",
            "mainUid": uid,
            "mgnIsoMode": "automatic",
            "opAuth": "1",
            "perm": perm,
            "posMode": exchange.position_modes.get(call.account.name, "net_mode"),
            "roleType": "0",
            "settleCcy": "",
            "settleCcyList": [],
            "spotBorrowAutoRepay": False,
            "spotOffsetType": "",
            "spotRoleType": "0",
            "spotTraderInsts": [],
            "stgyType": "0",
            "traderInsts": [],
            "type": "0",
            "uid": uid,
        }
    ]


_UNUSED = (
    *("accAvgPx", "autoLendMtAmt", "autoLendStatus", "borrowFroz", "clSpotInUseAmt"),
    *("colBorrAutoConversion", "colRes", "collateralEnabled", "collateralRestrict", "imr"),
    *("maxLoan", "maxSpotInUseAmt", "mgnRatio", "mmr", "notionalLever", "openAvgPx", "smtSyncEq"),
    *("spotCopyTradingEq", "spotInUseAmt", "spotIsoBal", "spotUpl", "spotUplRatio", "totalPnl"),
    *("totalPnlRatio",),
)
_NOTHING = (
    *("crossLiab", "fixedBal", "interest", "isoEq", "isoLiab", "isoUpl", "liab", "rewardBal"),
    *("stgyEq", "twap", "uplLiab"),
)


def detail(exchange: Exchange, account: Account, currency: str) -> Row:
    """One currency of GET /account/balance."""
    engine, holding = exchange.engine, account.holding(currency)
    equity = engine.equity(account, currency)
    free = max(ZERO, engine.available(account, currency))
    worth = short(equity * exchange.names.usd(currency))
    row: Row = dict.fromkeys(_UNUSED, "")
    row |= dict.fromkeys(_NOTHING, "0")
    row |= {
        "availBal": short(free),
        "availEq": short(free),
        "cashBal": short(holding.total),
        "ccy": currency,
        "disEq": worth,
        "eq": short(equity),
        "eqUsd": worth,
        "frozenBal": short(max(ZERO, equity - free)),
        "ordFrozen": short(holding.held),
        "spotBal": short(holding.total),
        "uTime": ms(exchange.now_ns()),
        "upl": short(equity - holding.total),
    }
    row["collateralEnabled"] = False
    return row


def balance(exchange: Exchange, account: Account, wanted: set[str]) -> Row:
    """GET /account/balance and the account channel; `wanted` chooses currencies, {} all."""
    shown = [
        currency
        for currency, holding in account.holdings.items()
        if (holding.total or holding.held) and (not wanted or currency in wanted)
    ]
    total = sum(
        (
            exchange.engine.equity(account, currency) * exchange.names.usd(currency)
            for currency in account.holdings
        ),
        ZERO,
    )
    initial, least, worth = _margins(exchange, account)
    return {
        "adjEq": short(total),
        "availEq": short(total - initial),
        "borrowFroz": "0",
        "details": [detail(exchange, account, currency) for currency in shown],
        "imr": short(initial),
        "isoEq": "0",
        "mgnRatio": short(total / least) if least else "",
        "mmr": short(least),
        "notionalUsd": short(worth),
        "notionalUsdForBorrow": "0",
        "notionalUsdForFutures": short(worth),
        "notionalUsdForOption": "0",
        "notionalUsdForSwap": short(worth),
        "ordFroz": "0",
        "totalEq": short(total),
        "uTime": ms(exchange.now_ns()),
        "upl": "0",
    }


def _margins(exchange: Exchange, account: Account) -> tuple[Decimal, Decimal, Decimal]:
    initial = least = worth = ZERO
    for position in account.positions.values():
        if position.size:
            mark = exchange.engine.listings[position.spec.id].mark_price
            usd = exchange.names.usd(position.spec.money)
            initial += position.initial_margin(mark) * usd
            least += position.maintenance_margin(mark) * usd
            worth += position.notional(mark) * usd
    return initial, least, worth


def get_balance(call: Call) -> list[Row]:
    """GET /account/balance."""
    wanted = set(call.args.text("ccy").split(",")) - {""}
    return [balance(call.exchange, call.account, wanted)]


def position_rows(exchange: Exchange, account: Account, inst_type: str = "ANY") -> list[Row]:
    """Every open position of a type."""
    return [
        positions.row(exchange.engine, exchange.names, account, position)
        for position in account.positions.values()
        if position.size and inst_type in {"", "ANY", positions.position_type(position)}
    ]


def get_positions(call: Call) -> list[Row]:
    """GET /account/positions."""
    args = call.args
    wanted = set(args.text("instId").split(",")) - {""}
    ids = set(args.text("posId").split(",")) - {""}
    return [
        row
        for row in position_rows(call.exchange, call.account, args.text("instType"))
        if (not wanted or row["instId"] in wanted) and (not ids or row["posId"] in ids)
    ]


def positions_history(call: Call) -> list[Row]:
    """GET /account/positions-history."""
    filed = list(call.exchange.position_log.closed.get(call.account.name, ()))
    args = call.args
    found = [
        row
        for row in filed
        if args.text("instId", str(row["instId"])) == row["instId"]
        and args.text("instType", str(row["instType"])) == row["instType"]
    ]
    return paged(args, found, "uTime")


def position_risk(call: Call) -> list[Row]:
    """GET /account/account-position-risk."""
    exchange, account = call.exchange, call.account
    whole = balance(exchange, account, set())
    details = whole["details"]
    assert isinstance(details, list), "built just above"
    return [
        {
            "adjEq": whole["adjEq"],
            "balData": [{name: each[name] for name in ("ccy", "disEq", "eq")} for each in details],
            "posData": position_rows(exchange, account, call.args.text("instType")),
            "ts": ms(exchange.now_ns()),
        }
    ]


def trade_fee(call: Call) -> list[Row]:
    """GET /account/trade-fee: rates are below 0 where the customer pays."""
    args, table = call.args, call.exchange.names
    inst_type = args.choice("instType", names.ALL_TYPES)
    found = table.of_type(inst_type)
    if args.has("instId"):
        found = [table.listing(args.text("instId"))]
    spec = found[0].spec
    account = call.account
    maker = -(spec.maker_rate if account.maker_rate is None else account.maker_rate)
    taker = -(spec.taker_rate if account.taker_rate is None else account.taker_rate)
    contract = not spec.is_spot
    return [
        {
            "category": "1",
            "delivery": "0.0001" if inst_type == "FUTURES" else "",
            "exercise": "",
            "feeGroup": [
                {"groupId": group, "maker": plain(maker), "taker": plain(taker)}
                for group in sorted({group_of(listing) for listing in found})
            ],
            "fiat": [],
            "instType": inst_type,
            "level": "Lv1",
            "maker": plain(maker),
            "makerU": plain(maker) if contract else "",
            "makerUSDC": plain(maker),
            "ruleType": "normal",
            "taker": plain(taker),
            "takerU": plain(taker) if contract else "",
            "takerUSDC": plain(taker),
            "ts": ms(call.exchange.now_ns()),
        }
    ]


def _leverage_rows(call: Call, listing: Listing, mode: str) -> list[Row]:
    exchange, account, spec = call.exchange, call.account, listing.spec
    lever = account.leverage_of(spec, exchange.engine.rules.default_leverage)
    sides = ["net"]
    if mode == "isolated" and not spec.is_spot and exchange.long_short(account):
        sides = ["long", "short"]
    return [
        {
            "ccy": "",
            "instId": spec.instrument.venue_symbol,
            "lever": plain(lever),
            "mgnMode": mode,
            "posSide": side,
        }
        for side in sides
    ]


def leverage_info(call: Call) -> list[Row]:
    """GET /account/leverage-info."""
    mode = call.args.choice("mgnMode", frozenset({"cross", "isolated"}))
    found = []
    for inst_id in call.args.need("instId").split(","):
        found += _leverage_rows(call, call.exchange.names.listing(inst_id), mode)
    return found


def set_leverage(call: Call) -> list[Row]:
    """POST /account/set-leverage: by instrument; the engine has one figure for both modes."""
    args, account = call.args, call.account
    mode = args.choice("mgnMode", frozenset({"cross", "isolated"}))
    listing = call.exchange.names.listing(args.need("instId"))
    args.need("lever")
    lever = args.number("lever")
    if lever is None or lever < 1 or lever > listing.spec.max_leverage:
        raise Fault("59102")
    account.leverage[listing.spec.id] = lever
    for (instrument, _), position in account.positions.items():
        if instrument == listing.spec.id and position.margin_mode is MarginMode(mode):
            position.leverage = lever
    found = _leverage_rows(call, listing, mode)
    side = args.text("posSide")
    return [row for row in found if side in {"", row["posSide"]}] or found


def set_position_mode(call: Call) -> list[Row]:
    """POST /account/set-position-mode; not while contracts are held or ordered."""
    mode = call.args.choice("posMode", frozenset({"long_short_mode", "net_mode"}))
    account = call.account
    busy = any(position.size for position in account.positions.values())
    busy = busy or any(not order.spec.is_spot for order in account.open.values())
    if busy and mode != call.exchange.position_modes.get(account.name, "net_mode"):
        raise Fault("59000")
    call.exchange.position_modes[account.name] = mode
    return [{"posMode": mode}]


def _room(call: Call, listing: Listing) -> tuple[Decimal, Decimal]:
    """(buy, sell) in quote and base for spot, else in settle currency for both."""
    engine, account = call.exchange.engine, call.account
    instrument = listing.spec.instrument
    if call.args.text("tdMode") == "cash":
        buy = engine.available(account, instrument.quote)
        sell = engine.available(account, instrument.base)
    else:
        buy = sell = engine.available(account, listing.spec.money)
    return max(ZERO, buy), max(ZERO, sell)


def _many(call: Call) -> list[Listing]:
    call.args.need("tdMode")
    return [call.exchange.names.listing(name) for name in call.args.need("instId").split(",")]


def max_avail_size(call: Call) -> list[Row]:
    """GET /account/max-avail-size: money for spot, what positions leave for contracts."""
    found: list[Row] = []
    for listing in _many(call):
        buy, sell = _room(call, listing)
        symbol = listing.spec.instrument.venue_symbol
        found.append({"instId": symbol, "availBuy": short(buy), "availSell": short(sell)})
    return found


def max_size(call: Call) -> list[Row]:
    """GET /account/max-size: sizes that could be ordered at px, else at the last price."""
    found: list[Row] = []
    for listing in _many(call):
        spec, account = listing.spec, call.account
        buy, sell = _room(call, listing)
        price = call.args.number("px") or spec.price(listing.last)
        lot = spec.instrument.size_increment
        if not price:
            buy = sell = ZERO
        elif call.args.text("tdMode") == "cash":
            buy = buy / price
        else:
            lever = account.leverage_of(spec, call.exchange.engine.rules.default_leverage)
            unit = spec.notional(price, Decimal(1))
            buy, sell = buy * lever / unit, sell * lever / unit
        found.append(
            {
                "ccy": spec.money,
                "instId": spec.instrument.venue_symbol,
                "maxBuy": plain(buy // lot * lot),
                "maxSell": plain(sell // lot * lot),
            }
        )
    return found


def bills(call: Call) -> list[Row]:
    """GET /account/bills and bills-archive."""
    exchange, account, args = call.exchange, call.account, call.args
    by_trade: dict[str, FillEvent] = {fill.trade_id: fill for fill in account.fills}
    found = [
        rows.bill_row(exchange, entry, by_trade.get(entry.ref) if entry.ref else None)
        for entry in account.ledger
    ]
    kept = [
        row
        for row in found
        if all(
            args.text(name, str(row[name])) == row[name]
            for name in ("ccy", "type", "subType", "instType", "instId", "mgnMode")
        )
    ]
    return paged(args, between(args, kept, "ts"), "billId")


def close_side(call: Call) -> PositionSide:
    """The posSide of a request, net by default; Fault 51000 for another word."""
    text = call.args.text("posSide", "net")
    try:
        return PositionSide(text)
    except ValueError:
        raise Fault("51000", "posSide") from None
