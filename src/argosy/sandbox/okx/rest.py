"""The HTTP side: which endpoints there are, who may call them how often, how answers look."""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

import msgspec
from aiohttp import web

from argosy.model import Permission
from argosy.sandbox.okx import account, auth, funding, public, queries
from argosy.sandbox.okx.args import Args, objects
from argosy.sandbox.okx.call import Answer, Call
from argosy.sandbox.okx.codes import Fault
from argosy.sandbox.okx.exchange import Exchange

READ, TRADE, WITHDRAW = Permission.READ, Permission.TRADE, Permission.WITHDRAW
Handler = Callable[[Call], Sequence[object] | Answer]


class Endpoint(NamedTuple):
    """One endpoint; `most` requests per `seconds`, 0 where its handler counts by instrument."""

    path: str
    handler: Handler
    most: int
    seconds: int
    right: Permission | None = None
    method: str = "GET"


PUBLIC = (
    Endpoint("/public/time", public.time, 10, 2),
    Endpoint("/public/instruments", public.list_instruments, 20, 2),
    Endpoint("/market/books", public.books, 40, 2),
    Endpoint("/market/books-full", public.books_full, 10, 2),
    Endpoint("/market/tickers", public.tickers, 20, 2),
    Endpoint("/market/ticker", public.ticker, 20, 2),
    Endpoint("/market/candles", public.candles, 40, 2),
    Endpoint("/market/history-candles", public.candles, 20, 2),
    Endpoint("/market/mark-price-candles", public.other_candles, 20, 2),
    Endpoint("/market/index-candles", public.other_candles, 20, 2),
    Endpoint("/market/trades", public.trades, 100, 2),
    Endpoint("/market/history-trades", public.history_trades, 20, 2),
    Endpoint("/market/index-tickers", public.index_tickers, 20, 2),
    Endpoint("/public/funding-rate", public.funding_rate, 10, 2),
    Endpoint("/public/funding-rate-history", public.funding_history, 10, 2),
    Endpoint("/public/mark-price", public.mark_price, 10, 2),
    Endpoint("/public/open-interest", public.open_interest, 20, 2),
    Endpoint("/public/opt-summary", public.option_summary, 20, 2),
    Endpoint("/public/price-limit", public.price_limit, 20, 2),
    Endpoint("/public/position-tiers", public.position_tiers, 10, 2),
    Endpoint("/public/instrument-tick-bands", public.tick_bands, 5, 2),
    Endpoint("/public/underlying", public.underlying, 20, 2),
    Endpoint("/system/status", public.status, 1, 5),
)
PRIVATE = (
    Endpoint("/account/config", account.config, 5, 2, READ),
    Endpoint("/account/instruments", public.list_instruments, 20, 2, READ),
    Endpoint("/account/balance", account.get_balance, 10, 2, READ),
    Endpoint("/account/positions", account.get_positions, 10, 2, READ),
    Endpoint("/account/positions-history", account.positions_history, 10, 2, READ),
    Endpoint("/account/account-position-risk", account.position_risk, 10, 2, READ),
    Endpoint("/account/trade-fee", account.trade_fee, 5, 2, READ),
    Endpoint("/account/leverage-info", account.leverage_info, 20, 2, READ),
    Endpoint("/account/max-size", account.max_size, 20, 2, READ),
    Endpoint("/account/max-avail-size", account.max_avail_size, 20, 2, READ),
    Endpoint("/account/bills", account.bills, 5, 1, READ),
    Endpoint("/account/bills-archive", account.bills, 5, 2, READ),
    Endpoint("/account/set-leverage", account.set_leverage, 40, 2, TRADE, "POST"),
    Endpoint("/account/set-position-mode", account.set_position_mode, 5, 2, TRADE, "POST"),
    Endpoint("/asset/balances", funding.asset_balances, 6, 1, READ),
    Endpoint("/asset/currencies", funding.currencies, 6, 1, READ),
    Endpoint("/asset/transfer", funding.transfer, 2, 1, TRADE, "POST"),
    Endpoint("/asset/transfer-state", funding.transfer_state, 10, 1, READ),
    Endpoint("/asset/deposit-address", funding.deposit_address, 6, 1, READ),
    Endpoint("/asset/deposit-history", funding.deposit_history, 6, 1, READ),
    Endpoint("/asset/withdrawal-history", funding.withdrawal_history, 6, 1, READ),
    Endpoint("/asset/withdrawal", funding.withdraw, 6, 1, WITHDRAW, "POST"),
    Endpoint("/asset/cancel-withdrawal", funding.cancel_withdrawal, 6, 1, TRADE, "POST"),
    Endpoint("/trade/order", queries.place, 0, 0, TRADE, "POST"),
    Endpoint("/trade/batch-orders", queries.place_batch, 0, 0, TRADE, "POST"),
    Endpoint("/trade/cancel-order", queries.cancel, 0, 0, TRADE, "POST"),
    Endpoint("/trade/cancel-batch-orders", queries.cancel_batch, 0, 0, TRADE, "POST"),
    Endpoint("/trade/amend-order", queries.amend, 0, 0, TRADE, "POST"),
    Endpoint("/trade/amend-batch-orders", queries.amend_batch, 0, 0, TRADE, "POST"),
    Endpoint("/trade/close-position", queries.close_position, 20, 2, TRADE, "POST"),
    Endpoint("/trade/cancel-all-after", queries.rest_cancel_all_after, 1, 1, TRADE, "POST"),
    Endpoint("/trade/mass-cancel", queries.rest_mass_cancel, 5, 2, TRADE, "POST"),
    Endpoint("/trade/account-rate-limit", queries.rate_limit, 1, 1, READ),
    Endpoint("/trade/order", queries.order, 60, 2, READ),
    Endpoint("/trade/orders-pending", queries.pending, 60, 2, READ),
    Endpoint("/trade/orders-history", queries.history, 40, 2, READ),
    Endpoint("/trade/orders-history-archive", queries.history, 20, 2, READ),
    Endpoint("/trade/fills", queries.fills, 60, 2, READ),
    Endpoint("/trade/fills-history", queries.fills, 10, 2, READ),
    Endpoint("/trade/order-algo", queries.place_algo, 20, 2, TRADE, "POST"),
    Endpoint("/trade/cancel-algos", queries.cancel_algos, 20, 2, TRADE, "POST"),
    Endpoint("/trade/cancel-advance-algos", queries.cancel_algos, 20, 2, TRADE, "POST"),
    Endpoint("/trade/amend-algos", queries.amend_algos, 20, 2, TRADE, "POST"),
    Endpoint("/trade/order-algo", queries.algo, 20, 2, READ),
    Endpoint("/trade/orders-algo-pending", queries.algos_pending, 20, 2, READ),
    Endpoint("/trade/orders-algo-history", queries.algos_history, 20, 2, READ),
)


def routes(exchange: Exchange) -> list[web.RouteDef]:
    """Every REST route."""
    return [
        web.route(endpoint.method, f"/api/v5{endpoint.path}", _serve(exchange, endpoint))
        for endpoint in PUBLIC + PRIVATE
    ]


def _serve(
    exchange: Exchange, endpoint: Endpoint
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        started = exchange.now_ns()
        raw = await request.read()
        try:
            answer = _answer(exchange, endpoint, request, raw)
        except Fault as fault:
            return refuse(fault)
        if not isinstance(answer, Answer):
            return _json({"code": "0", "data": answer, "msg": ""})
        envelope: dict[str, object] = {
            "code": answer.code,
            "data": answer.rows,
            "inTime": str(started // 1_000),
            "msg": answer.text,
            "outTime": str(exchange.now_ns() // 1_000),
        }
        return _json(envelope)

    return handle


def _answer(
    exchange: Exchange, endpoint: Endpoint, request: web.Request, raw: bytes
) -> Sequence[object] | Answer:
    who = request.remote or ""
    try:
        body = raw.decode()
    except UnicodeDecodeError:
        raise Fault("50002") from None
    key = owner = None
    if endpoint.right is not None:
        key = auth.authenticate(
            exchange.venue, request.headers, endpoint.method, request.raw_path, body
        )
        if endpoint.right not in key.permissions:
            raise Fault("50120")
        owner = exchange.venue.account(key.account)
        who = owner.name
    items = [Args(request.query)] if endpoint.method == "GET" else objects(body)
    if endpoint.most and exchange.options.rate_limits:
        named = (items[0].text("instId"), items[0].text("instType")) if items else ()
        scope = (endpoint.method, endpoint.path, who, *named)
        now = exchange.now_ns()
        if not exchange.limiter.allow(scope, endpoint.most, endpoint.seconds, now):
            raise Fault("50011")
    if endpoint.right in {TRADE, WITHDRAW} and exchange.venue.status == "maintenance":
        raise Fault("50001")
    return endpoint.handler(
        Call(exchange, items or [Args({})], owner, key, request.headers.get("expTime", ""))
    )


def refuse(fault: Fault) -> web.Response:
    """The answer to a request that failed as a whole."""
    return _json({"code": fault.code, "data": [], "msg": fault.text}, fault.status)


def _json(envelope: dict[str, object], status: int = 200) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(envelope), content_type="application/json", status=status
    )


async def not_found(request: web.Request) -> web.StreamResponse:
    """What OKX answers where there is no such endpoint."""
    del request
    text = "Not Found"
    return _json({"code": "404", "data": {}, "error_message": text, "msg": text}, 404)
