"""Liquidity of pools over the API: every request needs the desk's token."""

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, RawBody

from argosy.desk.liquidity import LiquidityDesk
from argosy.desk.liquidity_asked import AddAsk, LiquidityDone, OpenAsk, PositionView, TakeAsk
from argosy.web.asks import guarded, read


def _desk(state: State) -> LiquidityDesk:
    found: LiquidityDesk = state["liquidity"]
    return found


@get("/", summary="What the desk's address has in pools")
async def list_liquidity(state: State, venue: FromQuery[str] = "") -> list[PositionView]:
    """Positions of v3 and v4, and shares of v2 pairs, of one venue or all."""
    return await _desk(state).positions(venue)


@get("/missing", summary="What the last list of liquidity may lack", sync_to_thread=False)
def missing_liquidity(state: State) -> list[str]:
    """In words; empty where everything was looked at."""
    return _desk(state).missing


@post("/open", summary="Put liquidity into a pool", status_code=200)
async def open_liquidity(state: State, body: RawBody) -> LiquidityDone:
    """An OpenAsk in; a dry run unless it says otherwise. Answers once it is final."""
    return await _desk(state).open(read(OpenAsk, body))


@post("/add", summary="Put more into a position", status_code=200)
async def add_liquidity(state: State, body: RawBody) -> LiquidityDone:
    """An AddAsk in; a dry run unless it says otherwise."""
    return await _desk(state).add(read(AddAsk, body))


@post("/take", summary="Take a part of a position, its fees with it", status_code=200)
async def take_liquidity(state: State, body: RawBody) -> LiquidityDone:
    """A TakeAsk in: 0 percent collects fees, 100 closes; a dry run unless it says otherwise."""
    return await _desk(state).take(read(TakeAsk, body))


def liquidity_routes() -> Router:
    """The routes; the application's state must hold `liquidity` and `token`."""
    return Router(
        "/liquidity",
        route_handlers=[
            list_liquidity,
            missing_liquidity,
            open_liquidity,
            add_liquidity,
            take_liquidity,
        ],
        guards=[guarded],
    )
