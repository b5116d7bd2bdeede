"""The HTTP and WebSocket API of a running desk, and the terminal's files. The page only reads;
what acts needs the desk's token.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import msgspec
from litestar import Litestar, MediaType, Response, Router, WebSocket, get, websocket
from litestar.datastructures import CacheControlHeader, State
from litestar.exceptions import HTTPException
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import FromPath, FromQuery, QueryParameter

from argosy import __version__
from argosy.books.universal import CostQuote, UniversalView
from argosy.desk.api import DeskApi
from argosy.desk.orders import OrderDesk
from argosy.desk.view import DeskView, VenueHealth, VenueState
from argosy.errors import ArgosyError, ConfigError
from argosy.model import Side, Trade
from argosy.model.money import parse_decimal
from argosy.web import errors
from argosy.web.account import account_routes
from argosy.web.arbitrage import arbitrage_routes
from argosy.web.errors import ApiError, Refused
from argosy.web.guard import LOOPBACK_NAMES, Guard
from argosy.web.liquidity import liquidity_routes
from argosy.web.orders import order_routes
from argosy.web.pages import STATIC, page_handlers, terminal_built
from argosy.web.stream import Publisher, serve_page
from argosy.web.swaps import swap_routes
from argosy.web.transfers import transfer_routes
from argosy.web.works import work_routes

_ACTING = (
    order_routes,
    work_routes,
    account_routes,
    arbitrage_routes,
    transfer_routes,
    swap_routes,
    liquidity_routes,
)
DEPTH_LIMIT = 1000
TRADES_LIMIT = 1000
_SIZE_DIGITS_LIMIT = 40

Depth = Annotated[
    int, QueryParameter(ge=1, le=DEPTH_LIMIT, description="levels a side of each venue")
]
Limit = Annotated[int, QueryParameter(ge=1, le=TRADES_LIMIT, description="newest trades to return")]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The desk in one line: `ok` all venues live, `degraded` some, `down` none."""

    status: str
    version: str
    venues: int
    venues_live: int
    pairs: int
    terminal: bool  # whether the page is built into this installation


@get("/venues", summary="How every venue is doing", sync_to_thread=False)
def get_venues(state: State) -> list[VenueHealth]:
    """Every configured venue, in a fixed order."""
    return _view(state).venues()


@get("/pairs", summary="Pairs that have a universal book", sync_to_thread=False)
def get_pairs(state: State) -> list[str]:
    """The most important first."""
    return _view(state).pairs()


@get("/book/{pair:path}", summary="The universal book of a pair", sync_to_thread=False)
def get_book(state: State, pair: FromPath[Path], depth: Depth = 50) -> UniversalView:
    """Prices net of taker fees in the pair's quote currency; decimals are strings."""
    view = _view(state)
    return view.universal(_known(view, pair), depth)


@get("/trades/{pair:path}", summary="The latest trades of a pair", sync_to_thread=False)
def get_trades(state: State, pair: FromPath[Path], limit: Limit = 100) -> list[Trade]:
    """Of all instruments in the universal book, newest first."""
    view = _view(state)
    return view.trades(_known(view, pair), limit)


@get("/cost/{pair:path}", summary="What trading a size would cost now", sync_to_thread=False)
def get_cost(
    state: State, pair: FromPath[Path], side: FromQuery[Side], size: FromQuery[str]
) -> CostQuote:
    """`size` in base units, a decimal number above 0."""
    view = _view(state)
    return view.cost(_known(view, pair), side, _size(size))


@get("/health", summary="The desk in one line", sync_to_thread=False)
def get_health(state: State) -> Response[Health]:
    """Status 503 when no venue is live."""
    view = _view(state)
    venues = view.venues()
    live = sum(venue.state is VenueState.LIVE for venue in venues)
    status = "down" if not live else "ok" if live == len(venues) else "degraded"
    health = Health(
        status=status,
        version=__version__,
        venues=len(venues),
        venues_live=live,
        pairs=len(view.pairs()),
        terminal=terminal_built(),
    )
    return Response(health, status_code=200 if live else 503, media_type=MediaType.JSON)


@websocket("/stream")
async def stream(socket: WebSocket[Any, Any, Any], state: State) -> None:
    """?pair=BTC/USD: StreamFrames, at most ten a second, everything again once a second."""
    publisher: Publisher = state["publisher"]
    pair = socket.query_params.get("pair", "")
    if pair not in publisher.view.pairs():
        await socket.accept()
        await socket.close(code=4404, reason=f"no universal book of {pair[:40]!r}")
        return
    await serve_page(publisher, socket, pair)


def _view(state: State) -> DeskView:
    view: DeskView = state["view"]
    return view


def _known(view: DeskView, path: Path) -> str:
    pair = path.as_posix().strip("/").upper()
    pairs = view.pairs()
    if pair not in pairs:
        raise Refused(
            404,
            ApiError(
                error="unknown_pair",
                detail=f"There is no universal book of {pair[:60]!r}.",
                what_to_do=f"Ask for one of {', '.join(pairs[:20])}; /api/pairs lists all.",
            ),
        )
    return pair


def _size(text: str) -> Decimal:
    try:
        if len(text) > _SIZE_DIGITS_LIMIT:
            raise ValueError(f"size has {len(text)} characters; {_SIZE_DIGITS_LIMIT} are enough")
        size = parse_decimal(text, "size")
        if not Decimal("1e-30") < size < Decimal("1e30"):
            raise ValueError(f"size is {text}; it must be above 0 and of this world")
    except ValueError as error:
        raise Refused(
            400,
            ApiError(
                error="bad_size",
                detail=str(error),
                what_to_do="Give the size in base units as a decimal number above 0, like 0.25.",
            ),
        ) from None
    return size


def create_app(
    view: DeskView,
    names: Iterable[str] = LOOPBACK_NAMES,
    orders: OrderDesk | None = None,
    token: str = "",
) -> Guard:
    """Build the application that shows `view`, answering to the host names given only.

    With `orders` it also takes orders, from who sends `token`, which must then not be empty.
    """
    if orders is not None and not token:
        raise ConfigError("order entry needs a token")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        publisher = Publisher(view)
        app.state["publisher"] = publisher
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(publisher.run())
            yield
            following.cancel()

    api = Router(
        "/api",
        cache_control=CacheControlHeader(no_store=True),
        route_handlers=[
            get_venues,
            get_pairs,
            get_book,
            get_trades,
            get_cost,
            get_health,
            stream,
            *([make() for make in _ACTING] if orders is not None else []),
        ],
    )
    app = Litestar(
        route_handlers=[api, *page_handlers(STATIC)],
        state=State({"view": view, **_acting(orders, token)}),
        lifespan=[lifespan],
        exception_handlers={
            Refused: errors.on_refused,
            HTTPException: errors.on_http,
            ArgosyError: errors.on_desk,
            Exception: errors.on_any,
        },
        openapi_config=OpenAPIConfig(
            title="Argosy",
            version=__version__,
            path="/api/schema",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        logging_config=None,
        request_max_body_size=65_536,
        debug=False,
    )
    # Around the application, not in it: the framework answers unknown paths before middleware.
    return Guard(app, names)


def _acting(orders: OrderDesk | None, token: str) -> dict[str, object]:
    """What requests that act need."""
    acting: dict[str, object] = {"orders": orders, "token": token}
    if orders is not None:
        api = DeskApi(orders.desk, orders.rng)
        acting |= {
            "routes": api.routes,
            "algos": api.algos,
            "baskets": api.baskets,
            "schedules": api.schedules,
            "portfolio": api.portfolio,
            "arbitrage": api.arbitrage,
            "transfers": api.transfers,
            "tca": api.tca,
            "swaps": api.swaps,
            "liquidity": api.liquidity,
        }
    return acting
