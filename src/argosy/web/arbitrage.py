"""Arbitrage over the API, for this user's own commands: as orders, only with the desk's token."""

from litestar import Router, post
from litestar.datastructures import State
from litestar.params import RawBody

from argosy.desk.arbitrage import ArbitrageDesk, Scan, ScanAsk, TakeAsk, Taken
from argosy.web.asks import guarded, read


def _desk(state: State) -> ArbitrageDesk:
    found: ArbitrageDesk = state["arbitrage"]
    return found


@post("/scan", summary="What could be earned now", status_code=200, sync_to_thread=False)
def scan(state: State, body: RawBody) -> Scan:
    """A ScanAsk in; what pays most first, and what does not with why. Sends nothing."""
    return _desk(state).scan(read(ScanAsk, body or b"{}"))


@post("/take", summary="Trade a pair that was found", status_code=200)
async def take(state: State, body: RawBody) -> Taken:
    """A TakeAsk in; the opportunity, its orders and the work out. `dry_run` sends nothing."""
    return await _desk(state).take(read(TakeAsk, body))


def arbitrage_routes() -> Router:
    """The routes; the application's state must hold `arbitrage` and `token`."""
    return Router("/arbitrage", route_handlers=[scan, take], guards=[guarded])
