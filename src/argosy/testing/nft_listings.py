"""The contract of NftListings: what is signed is posted once, found, and gone when it is fulfilled;
what is wrong is refused. Talks to the market that it is given, which keeps its orders.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest

from argosy.errors import ConfigError, OrderNotFound, VenueError
from argosy.model import Nanos, NftOrder, NftState
from argosy.net.http import HttpClient
from argosy.ports import Call, HttpResponse, NftListings
from argosy.testing.contract import READ_ERRORS
from argosy.testing.damage import bad_bytes
from argosy.testing.nft_market import NftMarketContract, NftWorld, do, owner

_NOBODY = "0x" + "11" * 32
_SHAPES = (
    b'{"listings":[{"order_hash":"0x1","chain":"a","price":{"current":{"currency":"ETH"}}}]}',
    b'{"order_hash":"0x1","chain":"a","price":{"currency":"E","decimals":18,"value":"1"}}',
    b'{"errors":["no"]}',
)


class ListingsWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A market's book, the chain that its orders are fulfilled on, and the collection's name."""

    listings: NftListings
    http: HttpClient
    nft: NftWorld
    slug: str
    protocol: str  # the contract that fulfils


class NftListingsContract:
    """Subclass it with `world`."""

    def world(self) -> AbstractAsyncContextManager[ListingsWorld]:
        """A fresh world."""
        raise NotImplementedError

    async def listing(self, world: ListingsWorld, token: int, price: int) -> NftOrder:
        """One of the maker's tokens for sale, signed, with the collection's fees."""
        fees = (await world.http.call(world.listings.collection(world.slug))).fees
        order = await NftMarketContract().listing(world.nft, token, salt=price)
        me = owner(world.nft.maker)
        order = world.nft.market.listing(
            order.item,
            price,
            me,
            counter=order.counter,
            salt=price,
            start_s=order.start_s,
            end_s=order.end_s,
            fees=fees,
        )
        return await NftMarketContract().signed(world.nft, order)

    async def test_what_is_posted_is_found(self) -> None:
        """NL-01 A listing is posted once, and found by its hash, in the book and as the best."""
        async with self.world() as world:
            book, call = world.listings, world.http.call
            cheap = await self.listing(world, 0, 10**18)
            dear = await self.listing(world, 1, 2 * 10**18)
            for order in (dear, cheap, cheap):
                posted = await call(book.post_listing(order))
                assert posted.hash == world.nft.market.hash(order)
            page = await call(book.best_listings(world.slug))
            assert [each.order for each in page.quotes] == [cheap, dear]
            assert len((await call(book.listings(world.slug))).quotes) == 2
            best = await call(book.best_listing(world.slug, str(cheap.item.identifier)))
            assert best.order == cheap
            stats = await call(book.stats(world.slug))
            assert stats.floor == 1

    async def test_what_is_fulfilled_is_gone(self) -> None:
        """NL-02 A sale takes the listing out of the book, and is among the events."""
        async with self.world() as world:
            book, call = world.listings, world.http.call
            order = await self.listing(world, 0, 10**18)
            posted = await call(book.post_listing(order))
            deed = world.nft.market.fulfil(order, owner(world.nft.taker))
            await do(world.nft.taker, deed)
            after = await call(book.order(world.protocol, posted.hash))
            assert after.state is NftState.FULFILLED
            assert (await call(book.listings(world.slug))).quotes == ()
            events = (await call(book.events(world.slug))).events
            assert posted.hash in {each.hash for each in events if each.kind == "sale"}

    async def test_what_is_wrong_is_refused(self) -> None:
        """NL-03 An order of another signature is refused, an unsigned one not even sent."""
        async with self.world() as world:
            order = await self.listing(world, 0, 10**18)
            other = msgspec.structs.replace(order, salt=7)
            with pytest.raises(VenueError):
                await world.http.call(world.listings.post_listing(other))
            with pytest.raises(ConfigError):
                world.listings.post_listing(msgspec.structs.replace(order, signature=""))
            with pytest.raises(OrderNotFound):
                await world.http.call(world.listings.order(world.protocol, _NOBODY))
            with pytest.raises(OrderNotFound):
                await world.http.call(world.listings.stats("no-such-collection"))

    async def test_bad_bytes_are_told(self) -> None:
        """NL-04 Whatever comes back, nothing but a venue's error or WireError comes out."""
        async with self.world() as world:
            book, slug = world.listings, world.slug
            calls: tuple[Call[Any], ...] = (
                book.collection(slug),
                book.stats(slug),
                book.listings(slug),
                book.best_listings(slug),
                book.best_listing(slug, "1"),
                book.offers(slug),
                book.best_offer(slug, "1"),
                book.order(world.protocol, _NOBODY),
                book.events(slug),
            )
            for call in calls:
                for body in bad_bytes(list(_SHAPES), 20):
                    for status in (200, 400, 429, 500, 502):
                        try:
                            call.read(HttpResponse(status=status, body=body, received_ns=Nanos(0)))
                        except READ_ERRORS:
                            pass
