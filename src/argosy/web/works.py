"""Baskets and schedules over the API; like orders, every request needs the desk's token."""

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, RawBody

from argosy.desk.baskets import BasketAsk, BasketDesk, BasketView
from argosy.desk.schedules import ScheduleAsk, ScheduleDesk, ScheduleView
from argosy.web.asks import guarded, read


def _baskets(state: State) -> BasketDesk:
    found: BasketDesk = state["baskets"]
    return found


def _schedules(state: State) -> ScheduleDesk:
    found: ScheduleDesk = state["schedules"]
    return found


@get("/baskets", summary="Baskets that run, or ended lately", sync_to_thread=False)
def list_baskets(state: State, everything: FromQuery[bool] = False) -> list[BasketView]:
    """Oldest first."""
    return _baskets(state).baskets(everything=everything)


@post("/baskets", summary="Begin a basket", status_code=200)
async def start_basket(state: State, body: RawBody) -> BasketView:
    """A BasketAsk in, the basket out; with `dry_run` what it would send."""
    return await _baskets(state).start(read(BasketAsk, body))


@get("/schedules", summary="Schedules that run, or ended lately", sync_to_thread=False)
def list_schedules(state: State, everything: FromQuery[bool] = False) -> list[ScheduleView]:
    """Oldest first."""
    return _schedules(state).schedules(everything=everything)


@post("/schedules", summary="Begin a schedule", status_code=200)
async def start_schedule(state: State, body: RawBody) -> ScheduleView:
    """A ScheduleAsk in, the schedule out; with `dry_run` when it would run."""
    return await _schedules(state).start(read(ScheduleAsk, body))


def work_routes() -> Router:
    """The routes; the application's state must hold `baskets`, `schedules` and `token`."""
    return Router(
        "/",
        route_handlers=[list_baskets, start_basket, list_schedules, start_schedule],
        guards=[guarded],
    )
