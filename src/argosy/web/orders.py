"""Order entry over the API, for this user's own commands: every request needs the desk's token.

The terminal's page has no token and cannot reach any of this.
"""

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, RawBody

from argosy.desk.algo_words import AlgoAsk
from argosy.desk.algos import AlgoDesk, WorkAsk, WorkView
from argosy.desk.asks import AmendAsk, CancelAsk, OrderAsk
from argosy.desk.orders import ListedOrder, OrderDesk, OrderPreview
from argosy.desk.routes import RouteAsk, RouteDesk, RouteDone
from argosy.desk.stories import Story
from argosy.model import Fill, OrderReport
from argosy.web.asks import guarded, read


def _orders(state: State) -> OrderDesk:
    found: OrderDesk = state["orders"]
    return found


def _routes(state: State) -> RouteDesk:
    found: RouteDesk = state["routes"]
    return found


@get("/", summary="Open orders, or all that are remembered")
async def list_orders(state: State, everything: FromQuery[bool] = False) -> list[ListedOrder]:
    """Oldest first; all: the latest of the journal too. `foreign`: not placed from here, as far as
    the journal knows.
    """
    orders = _orders(state)
    return await orders.every_order() if everything else orders.orders()


@get("/fills", summary="Executions that are remembered", sync_to_thread=False)
def list_fills(state: State) -> list[Fill]:
    """Oldest first."""
    return _orders(state).fills()


@post("/", summary="Place an order", status_code=200)
async def place(state: State, body: RawBody) -> OrderReport:
    """An OrderAsk in, what the venue answered out."""
    return await _orders(state).place(read(OrderAsk, body))


@post("/preview", summary="What placing an order would send", status_code=200, sync_to_thread=False)
def preview(state: State, body: RawBody) -> OrderPreview:
    """An OrderAsk in, what it would be out; nothing is sent."""
    return _orders(state).preview(read(OrderAsk, body))


@post("/amend", summary="Change an order", status_code=200)
async def amend(state: State, body: RawBody) -> OrderReport:
    """An AmendAsk in, the order out."""
    return await _orders(state).amend(read(AmendAsk, body))


@post("/cancel", summary="Cancel one order or many", status_code=200)
async def cancel(state: State, body: RawBody) -> list[str]:
    """A CancelAsk in, the ids of what is cancelled out."""
    return await _orders(state).cancel(read(CancelAsk, body))


@get("/story", summary="All that the journal has of one order, route or work")
async def show(state: State, order: FromQuery[str]) -> Story:
    """By our id or the venue's; a route or work with every order it placed."""
    return await _orders(state).story(order)


@post("/route", summary="Trade a size over all venues at the least cost", status_code=200)
async def route(state: State, body: RawBody) -> RouteDone:
    """A RouteAsk in; plans, orders and what was filled out. `dry_run` sends nothing."""
    return await _routes(state).route(read(RouteAsk, body))


def _algos(state: State) -> AlgoDesk:
    found: AlgoDesk = state["algos"]
    return found


@get("/works", summary="Orders that the desk works itself", sync_to_thread=False)
def list_works(state: State, everything: FromQuery[bool] = False) -> list[WorkView]:
    """Algorithms and emulated order types that run, or that ended lately as well."""
    return _algos(state).works(everything=everything)


@post("/works", summary="Begin an execution algorithm", status_code=200)
async def start_work(state: State, body: RawBody) -> WorkView:
    """An AlgoAsk in, the work out."""
    return await _algos(state).start(read(AlgoAsk, body))


@post("/works/ask", summary="Pause, continue or stop a work", status_code=200)
async def ask_work(state: State, body: RawBody) -> WorkView:
    """A WorkAsk in, the work out."""
    return await _algos(state).ask(read(WorkAsk, body))


def order_routes() -> Router:
    """The routes; the application's state must hold `orders` and `token`."""
    return Router(
        "/orders",
        route_handlers=[
            list_orders,
            list_fills,
            place,
            preview,
            amend,
            cancel,
            show,
            route,
            list_works,
            start_work,
            ask_work,
        ],
        guards=[guarded],
    )
