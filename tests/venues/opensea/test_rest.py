"""OpenSea's REST API: exact requests, documented answers, errors and limits, and broken bytes."""

import random
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import (
    AuthFailed,
    ConfigError,
    InvalidOrder,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    VenueError,
    VenueUnavailable,
    WireError,
)
from argosy.model import Credentials, NftFee, NftState
from argosy.ports import target
from argosy.testing.contract import READ_ERRORS
from argosy.testing.damage import NONSENSE, damaged
from argosy.venues import catalog
from argosy.venues.opensea.orders_json import number, read_order, write_order
from argosy.venues.opensea.rest import OpenSeaListings
from argosy.venues.opensea.rest_wire import ProtocolData
from venues.opensea.samples import (
    COLLECTION,
    COLLECTION_TOLD,
    EVENTS,
    FEES,
    LISTING,
    MAKER,
    NOW_NS,
    OFFER,
    ORDER,
    OTHER,
    PARAMETERS,
    SEAPORT,
    STATS,
    answer,
)

D = Decimal
BOOK = OpenSeaListings(1, SEAPORT)
HASH = "0x" + "0d" * 32
CALLS = {
    "collection": (BOOK.collection("things"), COLLECTION_TOLD),
    "stats": (BOOK.stats("things"), STATS),
    "listings": (BOOK.listings("things"), {"listings": [LISTING], "next": "more"}),
    "best_listings": (BOOK.best_listings("things"), {"listings": [LISTING]}),
    "offers": (BOOK.offers("things"), {"offers": [OFFER], "next": None}),
    "best_listing": (BOOK.best_listing("things", "7"), LISTING),
    "best_offer": (BOOK.best_offer("things", "7"), OFFER),
    "order": (BOOK.order(SEAPORT, HASH), {"order": LISTING}),
    "events": (BOOK.events("things", ["sale"]), EVENTS),
    "post_listing": (BOOK.post_listing(ORDER), LISTING),
    "post_offer": (BOOK.post_offer(ORDER), {**OFFER, "price": None}),
    "cancel": (BOOK.cancel(SEAPORT, HASH), {"last_signature_issued_valid_until": "x"}),
}


@pytest.mark.parametrize(
    ("name", "method", "where"),
    [
        ("collection", "GET", "/api/v2/collections/things"),
        ("stats", "GET", "/api/v2/collections/things/stats"),
        ("listings", "GET", "/api/v2/listings/collection/things/all?limit=100"),
        ("best_listings", "GET", "/api/v2/listings/collection/things/best?limit=100"),
        ("offers", "GET", "/api/v2/offers/collection/things/all?limit=100"),
        ("best_listing", "GET", "/api/v2/listings/collection/things/nfts/7/best"),
        ("best_offer", "GET", "/api/v2/offers/collection/things/nfts/7/best"),
        ("order", "GET", f"/api/v2/orders/chain/ethereum/protocol/{SEAPORT}/{HASH}"),
        ("events", "GET", "/api/v2/events/collection/things?event_type=sale&limit=50"),
        ("post_listing", "POST", "/api/v2/orders/ethereum/seaport/listings"),
        ("post_offer", "POST", "/api/v2/orders/ethereum/seaport/offers"),
        ("cancel", "POST", f"/api/v2/orders/chain/ethereum/protocol/{SEAPORT}/{HASH}/cancel"),
    ],
)
def test_requests_are_as_the_documents_have_them(name, method, where):
    request = CALLS[name][0].request
    assert (request.method, target(request)) == (method, where)
    assert request.signed
    assert request.idempotent
    info = catalog.venue("opensea")
    assert set(request.cost) <= set(info.buckets)
    signer = catalog.load("opensea").signer
    credentials = Credentials(key="the-key", secret="the-key")
    assert ("x-api-key", "the-key") in signer.sign(request, credentials, NOW_NS, 1).headers


def test_what_is_posted_is_the_order():
    body = msgspec.json.decode(BOOK.post_listing(ORDER).request.body)
    assert body["protocol_address"] == SEAPORT
    assert body["signature"] == ORDER.signature
    told = body["parameters"]
    assert told["offerer"].lower() == MAKER
    assert told["totalOriginalConsiderationItems"] == 2
    assert told["salt"] == str(2**200 + 1)
    offer = msgspec.json.decode(BOOK.post_offer(ORDER, "things").request.body)
    assert offer["criteria"] == {"collection": {"slug": "things"}}
    assert offer["protocol_data"]["signature"] == ORDER.signature
    unsigned = msgspec.structs.replace(ORDER, signature="")
    for post in (BOOK.post_listing, BOOK.post_offer, lambda o: BOOK.post_offer(o, "things")):
        with pytest.raises(ConfigError, match="not signed"):
            post(unsigned)


def read(name):
    call, body = CALLS[name]
    return call.read(answer(body))


def test_a_collection_and_its_statistics():
    found = read("collection")
    assert found.contracts == (("ethereum", COLLECTION),)
    assert found.fees == (
        NftFee(recipient=FEES, share=D("0.025")),
        NftFee(recipient=OTHER, share=D("0.05"), required=False),
    )
    stats = read("stats")
    assert stats.floor == D("0.85")  # exactly as it is written
    assert stats.volume == D("1234.5678901234567")
    assert (stats.sales, stats.owners, stats.intervals[0].sales) == (42, 17, 2)
    none = {**STATS, "total": {**STATS["total"], "floor_price": 0, "floor_price_symbol": ""}}
    assert BOOK.stats("things").read(answer(none)).floor is None


def test_listings_and_offers():
    page = read("listings")
    (quote,) = page.quotes
    assert page.next == "more"
    assert (quote.price, quote.currency, quote.state) == (1, "ETH", NftState.ACTIVE)
    assert (quote.contract, quote.identifier, quote.order) == (COLLECTION, "7", ORDER)
    (offer,) = read("offers").quotes
    assert (offer.price, offer.currency, offer.remaining) == (D("0.9"), "WETH", 3)
    assert (offer.contract, offer.identifier, offer.order) == (COLLECTION, "", None)
    assert read("post_listing") == read("best_listing") == read("order") == quote
    assert read("cancel") is None
    without_price = {**LISTING, "price": None}
    assert BOOK.best_listing("things", "7").read(answer(without_price)).price == 1


def test_events():
    page = read("events")
    sale, offer = page.events
    assert (sale.kind, sale.maker, sale.taker, sale.price) == ("sale", MAKER, OTHER, 1)
    assert sale.transaction == "0x" + "77" * 32
    assert (offer.kind, offer.maker, offer.price) == ("collection_offer", OTHER, None)
    assert page.next == "abc"


def test_an_order_and_back():
    data = ProtocolData(
        parameters=msgspec.convert(write_order(ORDER), type(_parameters())),
        signature=ORDER.signature,
    )
    assert read_order(data) == ORDER


def _parameters():
    return msgspec.convert({"parameters": PARAMETERS, "signature": None}, ProtocolData).parameters


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidOrder),
        (401, AuthFailed),
        (403, AuthFailed),
        (404, OrderNotFound),
        (405, VenueError),
        (409, InvalidOrder),
        (429, RateLimited),
        (599, RateLimited),
        (500, VenueUnavailable),
        (503, VenueUnavailable),
        (502, OutcomeUnknown),
        (504, OutcomeUnknown),
    ],
)
def test_errors_are_sorted_by_their_status(status, kind):
    for body, words in (
        ({"errors": ["too bad", "and more"]}, "too bad; and more"),
        ({"detail": "Request was throttled."}, "Request was throttled."),
        (b"<html>", f"HTTP {status}"),
    ):
        with pytest.raises(kind) as caught:
            BOOK.stats("things").read(answer(body, status))
        assert words in str(caught.value)


def test_limits_say_when_to_try_again():
    second = 10**9
    for headers, at in (
        ({"retry_after": "7"}, NOW_NS + 7 * second),
        ({"x_ratelimit_reset": str(NOW_NS // second + 30)}, NOW_NS + 30 * second),
        ({"x_ratelimit_reset": "5"}, NOW_NS),
        ({"retry_after": "99999999"}, NOW_NS + 86_400 * second),
        ({"retry_after": "soon"}, None),
        ({}, None),
    ):
        with pytest.raises(RateLimited) as caught:
            BOOK.stats("things").read(answer({"errors": []}, 429, **headers))
        assert caught.value.retry_at_ns == at


@pytest.mark.parametrize("name", CALLS)
def test_broken_answers_are_told(name):
    call, body = CALLS[name]
    rng, raw = random.Random(4), msgspec.json.encode(body)
    for number_ in range(400):
        broken = rng.choice(NONSENSE) if number_ % 8 == 0 else damaged(raw, rng)
        try:
            call.read(answer(broken))
        except READ_ERRORS:
            pass


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("offer", 0, "itemType"), 9),
        (("offer", 0, "token"), "0x12"),
        (("offer", 0, "startAmount"), "-1"),
        (("offer", 0, "startAmount"), "1" * 90),
        (("consideration", 0, "recipient"), ""),
        (("salt",), hex(2**256)),
        (("endTime",), "soon"),
        (("zoneHash",), "0x00"),
        (("orderType",), 5),
        (("offer",), [PARAMETERS["offer"][0]] * 300),
    ],
)
def test_orders_that_are_none_are_told(path, value):
    told = msgspec.json.decode(msgspec.json.encode(PARAMETERS))
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    listing = {**LISTING, "protocol_data": {"parameters": told, "signature": "0x"}}
    with pytest.raises(WireError):
        BOOK.best_listing("things", "7").read(answer(listing))


def test_names_that_would_change_the_path_are_refused():
    assert BOOK.stats("a b?c").request.path == "/api/v2/collections/a%20b%3Fc/stats"
    for name in ("", "a/b"):
        with pytest.raises(ConfigError):
            BOOK.stats(name)
    assert number("0x10", "n") == number(16, "n") == number("16", "n") == 16
