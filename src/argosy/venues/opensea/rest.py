"""OpenSea's book of signed orders over its REST API v2: what to ask, and what answers mean.

Source: https://docs.opensea.io/reference (2026-11-27). A posted order is named by its hash, so the
same one may be posted again.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from argosy.dialects.evm.addresses import checksummed
from argosy.errors import ConfigError, WireError
from argosy.model import (
    NftCollection,
    NftEvent,
    NftFee,
    NftInterval,
    NftOrder,
    NftPage,
    NftQuote,
    NftStats,
)
from argosy.ports import Call, HttpRequest, HttpResponse
from argosy.venues.opensea import rest_wire as wire
from argosy.venues.opensea.orders_json import number, read_quote, write_order
from argosy.venues.opensea.refusals import answer_of

T = TypeVar("T")
W = TypeVar("W")

# Names of chains, by id. 1337 is the sandbox's.
CHAINS = {
    1: "ethereum",
    10: "optimism",
    137: "matic",
    8453: "base",
    42161: "arbitrum",
    1337: "sandbox",
}
_PREFIX = "/api/v2"


def _get(path: str, query: Sequence[tuple[str, str]] = ()) -> HttpRequest:
    return HttpRequest(
        method="GET",
        path=f"{_PREFIX}{path}",
        query=tuple((name, value) for name, value in query if value),
        signed=True,
        cost={"read": 1},
    )


def _post(path: str, body: Any) -> HttpRequest:
    return HttpRequest(
        method="POST",
        path=f"{_PREFIX}{path}",
        headers=(("Content-Type", "application/json"),),
        body=msgspec.json.encode(body),
        signed=True,
        cost={"write": 1},
    )


def _reader(kind: type[W], make: Callable[[W], T]) -> Callable[[HttpResponse], T]:
    def read(response: HttpResponse) -> T:
        return make(answer_of(response, kind))

    return read


def _name(text: str, what: str) -> str:
    if not text or "/" in text:
        raise ConfigError(f"{what} is {text!r}; a name without slashes is needed")
    return quote(text, safe="")


class OpenSeaListings:
    """The book of one chain. Every request carries a key."""

    def __init__(self, chain: int, seaport: str) -> None:
        self.chain = CHAINS.get(chain, str(chain))
        self._seaport = seaport

    def collection(self, slug: str) -> Call[NftCollection]:
        """What a collection is, and the fees that its orders must have."""
        request = _get(f"/collections/{_name(slug, 'collection')}")
        return Call(request, _reader(wire.Collection, _collection))

    def stats(self, slug: str) -> Call[NftStats]:
        """Its floor and its trading."""
        request = _get(f"/collections/{_name(slug, 'collection')}/stats")
        return Call(request, _reader(wire.Stats, _stats))

    def listings(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]:
        """A page of all active listings."""
        return self._page("listings", slug, "all", limit, after)

    def best_listings(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]:
        """A page of them, the cheapest first."""
        return self._page("listings", slug, "best", limit, after)

    def offers(self, slug: str, limit: int = 100, after: str = "") -> Call[NftPage]:
        """A page of all active offers."""
        return self._page("offers", slug, "all", limit, after)

    def _page(self, side: str, slug: str, which: str, limit: int, after: str) -> Call[NftPage]:
        query = (("limit", str(limit)), ("next", after))
        request = _get(f"/{side}/collection/{_name(slug, 'collection')}/{which}", query)
        if side == "listings":
            return Call(
                request,
                _reader(wire.Listings, lambda told: _quotes(told.listings, told.next)),
            )
        return Call(request, _reader(wire.Offers, lambda told: _quotes(told.offers, told.next)))

    def best_listing(self, slug: str, identifier: str) -> Call[NftQuote]:
        """The cheapest of one NFT."""
        return self._best("listings", slug, identifier)

    def best_offer(self, slug: str, identifier: str) -> Call[NftQuote]:
        """The highest for one NFT, those for any of its collection included."""
        return self._best("offers", slug, identifier)

    def _best(self, side: str, slug: str, identifier: str) -> Call[NftQuote]:
        collection, which = _name(slug, "collection"), _name(identifier, "identifier")
        request = _get(f"/{side}/collection/{collection}/nfts/{which}/best")
        return Call(request, _reader(wire.Quote, read_quote))

    def order(self, protocol: str, order_hash: str) -> Call[NftQuote]:
        """An order by its hash."""
        name = _name(order_hash, "order hash")
        request = _get(f"/orders/chain/{self.chain}/protocol/{_name(protocol, 'protocol')}/{name}")
        return Call(request, _reader(wire.OneOrder, lambda told: read_quote(told.order)))

    def events(
        self, slug: str, kinds: Sequence[str] = (), limit: int = 50, after: str = ""
    ) -> Call[NftPage]:
        """What happened lately, newest first. Kinds: sale, transfer, listing, offer, ..."""
        query = [("event_type", kind) for kind in kinds]
        query += [("limit", str(limit)), ("next", after)]
        request = _get(f"/events/collection/{_name(slug, 'collection')}", query)
        return Call(request, _reader(wire.Events, _events))

    def post_listing(self, order: NftOrder) -> Call[NftQuote]:
        """Put a signed listing into the book."""
        return self._posted(f"/orders/{self.chain}/seaport/listings", order)

    def post_offer(self, order: NftOrder, slug: str = "") -> Call[NftQuote]:
        """Put a signed bid into the book: for its item, or for any of a collection."""
        if not slug:
            return self._posted(f"/orders/{self.chain}/seaport/offers", order)
        _must_be_signed(order)
        body = {
            "protocol_data": {"parameters": write_order(order), "signature": order.signature},
            "criteria": {"collection": {"slug": slug}},
            "protocol_address": checksummed(self._seaport),
        }
        return Call(_post("/offers", body), _reader(wire.Quote, read_quote))

    def _posted(self, path: str, order: NftOrder) -> Call[NftQuote]:
        _must_be_signed(order)
        body = {
            "parameters": write_order(order),
            "protocol_address": checksummed(self._seaport),
            "signature": order.signature,
        }
        return Call(_post(path, body), _reader(wire.Quote, read_quote))

    def cancel(self, protocol: str, order_hash: str) -> Call[None]:
        """Have OpenSea withhold its co-signature, for orders through its signed zone.

        Others are cancelled on the chain alone.
        """
        name = _name(order_hash, "order hash")
        path = f"/orders/chain/{self.chain}/protocol/{_name(protocol, 'protocol')}/{name}/cancel"
        return Call(_post(path, {}), _reader(dict, lambda _: None))


def _must_be_signed(order: NftOrder) -> None:
    if not order.signature:
        raise ConfigError("the order is not signed")


def _quotes(told: Sequence[wire.Quote], following: str | None) -> NftPage:
    return NftPage(quotes=tuple(read_quote(each) for each in told), next=following or "")


def _collection(told: wire.Collection) -> NftCollection:
    if any(not each.fee.is_finite() or each.fee < 0 for each in told.fees):
        raise WireError("a fee of a collection is below 0")
    return NftCollection(
        slug=told.collection,
        name=told.name,
        contracts=tuple((each.chain, each.address.lower()) for each in told.contracts),
        fees=tuple(
            NftFee(recipient=each.recipient.lower(), share=each.fee / 100, required=each.required)
            for each in told.fees
        ),
        supply=told.total_supply or 0,
        required_zone=(told.required_zone or "").lower(),
    )


def _stats(told: wire.Stats) -> NftStats:
    total = told.total
    return NftStats(
        floor=total.floor_price or None,
        floor_currency=total.floor_price_symbol,
        volume=total.volume,
        sales=total.sales,
        owners=total.num_owners,
        intervals=tuple(
            NftInterval(name=each.interval, volume=each.volume, sales=each.sales)
            for each in told.intervals
        ),
    )


def _events(told: wire.Events) -> NftPage:
    return NftPage(events=tuple(_event(each) for each in told.asset_events), next=told.next or "")


def _event(told: wire.Event) -> NftEvent:
    item = told.asset or told.nft or wire.Asset()
    price = None
    if told.payment is not None:
        if not 0 <= told.payment.decimals <= 77:
            raise WireError(f"payment: {told.payment.decimals} decimals")
        quantity = number(told.payment.quantity, "quantity")
        price = Decimal(quantity).scaleb(-told.payment.decimals)
    return NftEvent(
        kind=told.order_type or told.event_type,
        at_s=told.event_timestamp,
        hash=told.order_hash or "",
        maker=(told.maker or told.seller or told.from_address or "").lower(),
        taker=(told.taker or told.buyer or told.to_address or "").lower(),
        contract=item.contract.lower(),
        identifier=item.identifier,
        price=price,
        currency=told.payment.symbol if told.payment else "",
        transaction=told.transaction or "",
    )
