"""Moving funds over the API, for this user's own commands: every request needs the desk's token."""

from litestar import Router, get, post
from litestar.datastructures import State
from litestar.params import FromQuery, RawBody

from argosy.desk.transfer_plans import TransferPlan
from argosy.desk.transfers import CancelTransferAsk, TransferAsk, TransferDesk, TransferView
from argosy.web.asks import guarded, read


def _desk(state: State) -> TransferDesk:
    found: TransferDesk = state["transfers"]
    return found


@get("/", summary="Transfers under way, or all that are remembered", sync_to_thread=False)
def list_transfers(state: State, everything: FromQuery[bool] = False) -> list[TransferView]:
    """Oldest first; `everything`: those that ended lately as well."""
    return _desk(state).transfers(everything=everything)


@get("/show", summary="One transfer, as both of its ends tell it", sync_to_thread=False)
def show_transfer(state: State, transfer: FromQuery[str]) -> TransferView:
    """By our id."""
    return _desk(state).show(transfer)


@post("/plan", summary="What a transfer would cost, and by which network", status_code=200)
async def plan_transfer(state: State, body: RawBody) -> TransferPlan:
    """A TransferAsk in; nothing is moved."""
    return await _desk(state).plan(read(TransferAsk, body))


@post("/", summary="Move funds, once", status_code=200)
async def start_transfer(state: State, body: RawBody) -> TransferView:
    """A TransferAsk in; refused unless the settings and the key allow it."""
    return await _desk(state).start(read(TransferAsk, body))


@post("/cancel", summary="Ask to cancel a withdrawal", status_code=200)
async def cancel_transfer(state: State, body: RawBody) -> TransferView:
    """A CancelTransferAsk in; what became of it its state tells."""
    return await _desk(state).cancel(read(CancelTransferAsk, body))


def transfer_routes() -> Router:
    """The routes; the application's state must hold `transfers` and `token`."""
    return Router(
        "/transfers",
        route_handlers=[
            list_transfers,
            show_transfer,
            plan_transfer,
            start_transfer,
            cancel_transfer,
        ],
        guards=[guarded],
    )
