"""The simulated market over HTTP on loopback: the routes of OpenSea's API v2 for orders.

Source: https://docs.opensea.io/reference (read 2026-11-27). Simplified: no traits, no co-signing
zones, no accounts; a key is any text that is not empty; pages are numbered.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from aiohttp import web

from argosy.sandbox.clock import SandboxClock, WallClock
from argosy.sandbox.opensea.book import NOBODY, Book, Collection, Entry, criteria, nft_row
from argosy.sandbox.opensea.signed import Refused, read_signed

LOOPBACK = "127.0.0.1"
_PREFIX = "/api/v2"
_HOUR_S = 3_600
_MOST_BYTES = 1 << 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Failure(Exception):
    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(*errors)
        self.status = status
        self.errors = errors


class OpenSeaServer:
    """`async with OpenSeaServer(book) as server: server.url`. Requests an hour: `reads`, `writes`
    of a key; 0: as many as come.
    """

    def __init__(
        self,
        book: Book,
        *,
        port: int = 0,
        reads: int = 0,
        writes: int = 0,
        clock: SandboxClock | None = None,
    ) -> None:
        self.book = book
        self.url = ""
        self._port = port
        self._limits = {"GET": reads, "POST": writes}
        self._clock = clock or WallClock()
        self._asked: dict[tuple[str, str], deque[int]] = {}
        self._looking = asyncio.Lock()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "OpenSeaServer":
        app = web.Application(middlewares=[self._guard], client_max_size=_MOST_BYTES)
        routes = (
            ("GET", "/collections/{slug}", self._collection),
            ("GET", "/collections/{slug}/stats", self._stats),
            ("GET", "/{side:listings|offers}/collection/{slug}/{which:all|best}", self._list),
            ("GET", "/{side:listings|offers}/collection/{slug}/nfts/{nft}/best", self._best),
            ("GET", "/orders/chain/{chain}/protocol/{protocol}/{hash}", self._order),
            ("GET", "/events/collection/{slug}", self._events),
            ("GET", "/collection/{slug}/nfts", self._nfts),
            ("GET", "/chain/{chain}/account/{owner}/nfts", self._nfts_of),
            ("GET", "/chain/{chain}/contract/{contract}/nfts/{nft}", self._nft),
            ("POST", "/orders/{chain}/seaport/{side:listings|offers}", self._post),
            ("POST", "/offers", self._post_any),
            ("POST", "/orders/chain/{chain}/protocol/{protocol}/{hash}/cancel", self._cancel),
        )
        for method, path, handler in routes:
            app.router.add_route(method, _PREFIX + path, handler)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, LOOPBACK, self._port).start()
        self.url = f"http://{LOOPBACK}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self.book.close()

    # --- before every request ---------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        key = request.headers.get("x-api-key", "")
        if not key:
            return _refusal(401, "API key required")
        headers = {}
        if limit := self._limits.get(request.method, 0):
            left, reset_s = self._count(key, request.method, limit)
            headers = {
                "X-RateLimit-Limit": str(limit),
                "X-RateLimit-Remaining": str(max(0, left)),
                "X-RateLimit-Reset": str(reset_s),
            }
            if left < 0:
                wait = str(max(1, reset_s - self._clock.now_ns() // 10**9))
                return _refusal(429, "Rate limit exceeded", headers=headers | {"Retry-After": wait})
        try:
            await self._refresh()
            response = await handler(request)
        except _Failure as e:
            return _refusal(e.status, *e.errors, headers=headers)
        except Refused as e:
            return _refusal(400, str(e), headers=headers)
        except web.HTTPException as e:
            return _refusal(e.status, e.reason, headers=headers)
        response.headers.update(headers)
        return response

    def _count(self, key: str, method: str, limit: int) -> tuple[int, int]:
        """(requests left after this one, when the next is allowed)."""
        now = self._clock.now_ns() // 10**9
        asked = self._asked.setdefault((key, method), deque(maxlen=limit))
        while asked and asked[0] <= now - _HOUR_S:
            asked.popleft()
        if len(asked) >= limit:
            return -1, asked[0] + _HOUR_S
        asked.append(now)
        return limit - len(asked), asked[0] + _HOUR_S

    async def _refresh(self) -> None:
        async with self._looking:  # its connection to the node is for one at a time
            await asyncio.to_thread(self.book.refresh)

    # --- reading ----------------------------------------------------------------------------------

    def _slug(self, request: web.Request) -> str:
        slug = request.match_info["slug"]
        if slug not in self.book.collections:
            raise _Failure(404, f"Collection {slug} not found")
        return slug

    async def _collection(self, request: web.Request) -> web.Response:
        known = self.book.collections[self._slug(request)]
        return web.json_response(
            {
                "collection": known.slug,
                "name": known.name,
                "description": "",
                "contracts": [{"address": known.contract, "chain": self.book.chain}],
                "fees": [
                    {"fee": percent, "recipient": recipient, "required": True}
                    for recipient, percent in known.fees
                ],
                "total_supply": known.supply,
                "unique_item_count": known.supply,
                "collection_offers_enabled": True,
                "trait_offers_enabled": False,
                "safelist_status": "not_requested",
                "is_disabled": False,
                "is_nsfw": False,
                "opensea_url": "",
                "created_date": "",
                "editors": [],
                "pricing_currencies": self.book.currencies(),
            }
        )

    async def _stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.book.stats(self._slug(request)))

    async def _list(self, request: web.Request) -> web.Response:
        side = request.match_info["side"]
        found = self.book.active(self._slug(request), listings=side == "listings")
        if request.match_info["which"] == "all":
            found.sort(key=lambda each: -each.created_s)
        shown, following = _page(request, found)
        body: dict[str, Any] = {side: [self._told(each) for each in shown]}
        return web.json_response(body | ({"next": following} if following else {}))

    async def _best(self, request: web.Request) -> web.Response:
        listings = request.match_info["side"] == "listings"
        found = self.book.active(
            self._slug(request), listings=listings, identifier=request.match_info["nft"]
        )
        if not found:
            raise _Failure(404, "No active order for this NFT")
        return web.json_response(self._told(found[0]))

    def _entry(self, request: web.Request) -> Entry:
        entry = self.book.entries.get(request.match_info["hash"].lower())
        if entry is None or request.match_info["chain"] != self.book.chain:
            raise _Failure(404, "Order not found")
        return entry

    async def _order(self, request: web.Request) -> web.Response:
        return web.json_response({"order": self._told(self._entry(request))})

    async def _events(self, request: web.Request) -> web.Response:
        slug = self._slug(request)
        kinds = set(request.query.getall("event_type", []))
        entries = self.book.entries
        found = [
            each
            for each in self.book.events
            if entries[each["order_hash"]].slug == slug
            and (not kinds or kinds & {each["event_type"], each.get("order_type")})
        ]
        shown, following = _page(request, found)
        body: dict[str, Any] = {"asset_events": shown}
        return web.json_response(body | ({"next": following} if following else {}))

    async def _nfts(self, request: web.Request) -> web.Response:
        known = self.book.collections[self._slug(request)]
        return self._page_of(request, [(known, each) for each in range(1, known.supply + 1)])

    async def _nfts_of(self, request: web.Request) -> web.Response:
        self._must_be_ours(request)
        wanted = request.match_info["owner"].lower()

        def theirs() -> list[tuple[Collection, int]]:
            every = (
                (known, each)
                for known in self.book.collections.values()
                for each in range(1, known.supply + 1)
            )
            return [found for found in every if self.book.owner(found[1]) == wanted]

        async with self._looking:
            found = await asyncio.to_thread(theirs)
        return self._page_of(request, found)

    def _page_of(self, request: web.Request, found: list[tuple[Collection, int]]) -> web.Response:
        shown, following = _page(request, found)
        body: dict[str, Any] = {"nfts": [nft_row(known, each) for known, each in shown]}
        return web.json_response(body | ({"next": following} if following else {}))

    async def _nft(self, request: web.Request) -> web.Response:
        self._must_be_ours(request)
        contract, told = request.match_info["contract"].lower(), request.match_info["nft"]
        for known in self.book.collections.values():
            if known.contract == contract and told.isdecimal() and 1 <= int(told) <= known.supply:
                async with self._looking:
                    owner = await asyncio.to_thread(self.book.owner, int(told))
                more: dict[str, Any] = {"creator": NOBODY, "is_suspicious": False}
                more["owners"] = _owned(owner)
                return web.json_response({"nft": nft_row(known, int(told)) | more})
        raise _Failure(404, f"NFT {contract} {told:.80} not found")

    def _must_be_ours(self, request: web.Request) -> None:
        if request.match_info["chain"] != self.book.chain:
            raise _Failure(400, "chain: Unsupported chain")

    # --- writing ----------------------------------------------------------------------------------

    async def _body(self, request: web.Request) -> dict[str, Any]:
        try:
            body = json.loads(await request.text())
        except (ValueError, RecursionError):
            raise _Failure(400, "JSON parse error") from None
        if not isinstance(body, dict):
            raise _Failure(400, "a JSON object is needed")
        if str(body.get("protocol_address", "")).lower() != self.book.seaport:
            raise _Failure(400, "protocol_address: Unsupported protocol address")
        return body

    async def _post(self, request: web.Request) -> web.Response:
        if request.match_info["chain"] != self.book.chain:
            raise _Failure(400, "chain: Unsupported chain")
        body = await self._body(request)
        listing = request.match_info["side"] == "listings"
        return await self._take(body.get("parameters"), body.get("signature"), listing=listing)

    async def _post_any(self, request: web.Request) -> web.Response:
        body = await self._body(request)
        data, criteria = body.get("protocol_data"), body.get("criteria")
        collection = criteria.get("collection") if isinstance(criteria, dict) else None
        slug = collection.get("slug") if isinstance(collection, dict) else None
        if not isinstance(data, dict) or not isinstance(slug, str) or not slug:
            raise _Failure(400, "protocol_data and criteria.collection.slug are required")
        return await self._take(
            data.get("parameters"), data.get("signature"), listing=False, slug=slug
        )

    async def _take(
        self, parameters: Any, signature: Any, *, listing: bool, slug: str = ""
    ) -> web.Response:
        book = self.book
        signed = await asyncio.to_thread(
            read_signed, parameters, signature, book.chain_id, book.seaport
        )
        if signed.is_listing is not listing or bool(signed.identifier) is bool(slug):
            raise Refused("the order is of another kind than this endpoint is for")
        return web.json_response(self._told(book.add(signed, slug)))

    async def _cancel(self, request: web.Request) -> web.Response:
        self._entry(request)
        raise _Failure(400, "only orders through the signed zone can be cancelled offchain")

    def _told(self, entry: Entry) -> dict[str, Any]:
        signed = entry.signed
        price = {
            "currency": self.book.symbol(signed.money),
            "decimals": 18,
            "value": str(signed.price),
        }
        # Numbers of 256 bits are texts, except this one, whichever it was posted as.
        parameters = signed.parameters | {"counter": int(str(signed.parameters["counter"]), 0)}
        told: dict[str, Any] = {
            "order_hash": signed.hash,
            "chain": self.book.chain,
            "protocol_data": {"parameters": parameters, "signature": signed.signature},
            "protocol_address": self.book.seaport,
            "remaining_quantity": 0 if entry.status == "FULFILLED" else 1,
            "order_created_at": entry.created_s,
            "price": {"current": price} if signed.is_listing else price,
            "status": entry.status,
        }
        if signed.identifier:
            told["asset"] = {"contract": signed.contract, "identifier": signed.identifier}
        else:
            told["criteria"] = criteria(entry)
        return told | ({"type": "basic"} if signed.is_listing else {})


def _owned(owner: str) -> list[dict[str, Any]]:
    return [{"address": owner, "quantity": 1, "quantity_string": "1"}] if owner else []


def _page(request: web.Request, found: list[Any]) -> tuple[list[Any], str]:
    try:
        limit, start = int(request.query.get("limit", "50")), int(request.query.get("next", "0"))
    except ValueError:
        raise _Failure(400, "limit and next must be what was told before") from None
    if not 1 <= limit <= 100 or start < 0:
        raise _Failure(400, "limit must be between 1 and 100")
    end = start + limit
    return found[start:end], str(end) if end < len(found) else ""


def _refusal(status: int, *errors: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"errors": list(errors)}, status=status, headers=headers)
