"""The account over all venues, by the API: shown to whoever has the desk's token."""

from litestar import Router, get
from litestar.datastructures import State
from litestar.params import FromQuery

from argosy.analytics.tca import OrderCost
from argosy.desk.portfolio import TARGET_LEVEL, AccountView, PortfolioDesk
from argosy.desk.tca import CostReport, TcaDesk
from argosy.errors import ConfigError
from argosy.model.money import parse_decimal
from argosy.portfolio.margin import MarginView
from argosy.web.asks import guarded


def _portfolio(state: State) -> PortfolioDesk:
    found: PortfolioDesk = state["portfolio"]
    return found


@get("/account", summary="Everything held, at all venues together", sync_to_thread=False)
def get_account(state: State, currency: FromQuery[str] = "USD") -> AccountView:
    """Balances, positions, exposure by asset, and positions that cancel out."""
    return _portfolio(state).account(currency.upper())


@get("/margin", summary="What positions need, and how far liquidation is", sync_to_thread=False)
def get_margin(
    state: State, currency: FromQuery[str] = "USD", target: FromQuery[str] = str(TARGET_LEVEL)
) -> MarginView:
    """By venue and overall, with transfers that would even it out."""
    try:
        level = parse_decimal(target, "target")
    except ValueError as e:
        raise ConfigError(f"margin: {e}") from None
    return _portfolio(state).margin(currency.upper(), level)


def _tca(state: State) -> TcaDesk:
    found: TcaDesk = state["tca"]
    return found


@get("/tca", summary="What trading cost against the market it found")
async def get_tca(
    state: State,
    by: FromQuery[str] = "venue",
    since_s: FromQuery[float] = 86_400.0,
    instrument: FromQuery[str] = "",
) -> CostReport:
    """Orders together by venue, instrument, type, side, work, order or all."""
    return await _tca(state).report(by=by, since_s=since_s, instrument=instrument)


@get("/tca/order", summary="What one order, route or work cost")
async def get_costs(state: State, order: FromQuery[str]) -> list[OrderCost]:
    """Every order that was placed for it, oldest first."""
    return await _tca(state).order(order)


def account_routes() -> Router:
    """The routes; the application's state must hold `portfolio`, `tca` and `token`."""
    handlers = [get_account, get_margin, get_tca, get_costs]
    return Router("/", route_handlers=handlers, guards=[guarded])
