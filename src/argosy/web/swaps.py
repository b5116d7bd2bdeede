"""Swaps over several pools over the API: every request needs the desk's token."""

from litestar import Router, post
from litestar.datastructures import State
from litestar.params import RawBody

from argosy.desk.swaps import SwapDesk
from argosy.desk.swaps_asked import SwapAsk, SwapDone
from argosy.web.asks import guarded, read


@post("/", summary="Find the best way over pools, and go it", status_code=200)
async def post_swap(state: State, body: RawBody) -> SwapDone:
    """A SwapAsk in; a dry run unless it says otherwise. Answers once the swap is final."""
    desk: SwapDesk = state["swaps"]
    return await desk.swap(read(SwapAsk, body))


def swap_routes() -> Router:
    """The routes; the application's state must hold `swaps` and `token`."""
    return Router("/swaps", route_handlers=[post_swap], guards=[guarded])
