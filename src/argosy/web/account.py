"""The account over all venues, by the API: shown to whoever has the desk's token."""

from litestar import Router, get
from litestar.datastructures import State
from litestar.params import FromQuery

from argosy.desk.portfolio import TARGET_LEVEL, AccountView, PortfolioDesk
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


def account_routes() -> Router:
    """The routes; the application's state must hold `portfolio` and `token`."""
    return Router("/", route_handlers=[get_account, get_margin], guards=[guarded])
