"""The simulated market: what was signed is found by the API and fulfilled on the chain; what is
wrong is refused as OpenSea does.
"""

import contextlib
import random
from decimal import Decimal

import aiohttp
import msgspec
import pytest

from argosy.errors import AuthFailed, InvalidOrder, OrderNotFound, RateLimited
from argosy.model import Credentials, ItemKind, NftFee, NftItem, NftState
from argosy.net.clock import SystemClock
from argosy.net.http import HttpClient, HttpSettings
from argosy.net.limits import Limiter
from argosy.sandbox.clock import ManualClock
from argosy.sandbox.opensea.beside import SLUG, book_beside
from argosy.sandbox.opensea.server import OpenSeaServer
from argosy.testing.nft_listings import ListingsWorld, NftListingsContract
from argosy.testing.nft_market import NftMarketContract, do, owner
from argosy.venues import catalog
from argosy.venues.catalog import Endpoints
from sandbox.evm.chains import chain_or_skip
from venues.chains import now_s
from venues.opensea.test_contract import nft_world


@pytest.fixture(scope="module")
def evm():
    with chain_or_skip() as chain:
        yield chain


class Desk:
    """A world of NFTs with its market, spoken to by the adapter."""

    def __init__(self, chain, world, http, server):
        self.chain, self.world, self.http, self.server = chain, world, http, server
        seaport = chain.layout.contracts["seaport"]
        self.seaport = seaport
        self.book = catalog.on_chain("opensea", 1337, {"seaport": seaport}).nft_listings

    async def signed(self, price=10**18, token=0, *, bid=False, any_of_it=False, **changes):
        fees = (await self.http.call(self.book.collection(SLUG))).fees
        world, me, now = self.world, owner(self.world.maker), now_s(self.chain)
        kind = ItemKind.ANY_ERC721 if any_of_it else ItemKind.ERC721
        item = NftItem(
            kind=kind,
            token=world.collection,
            identifier=0 if any_of_it else world.tokens[token],
        )
        terms = {
            "counter": await world.maker.ask(world.market.counter(me)),
            "salt": price,
            "start_s": now - 60,
            "end_s": now + 10_000,
            "fees": fees,
        } | changes
        if bid:
            order = world.market.bid(item, price, me, money=world.money, **terms)
        else:
            order = world.market.listing(item, price, me, **terms)
        return await NftMarketContract().signed(world, order)


@contextlib.asynccontextmanager
async def opened(chain, key="anything", **limits):
    async with nft_world(chain) as world:
        server = OpenSeaServer(book_beside(chain), **limits)
        async with server:
            adapter = catalog.load("opensea")
            clock = SystemClock()
            buckets = {
                name: msgspec.structs.replace(bucket, max=1e12, remaining_header="")
                for name, bucket in adapter.info.buckets.items()
            }
            async with HttpClient(
                venue="opensea",
                endpoints=Endpoints(roles={"rest": (server.url,)}),
                limiter=Limiter(buckets, clock),
                clock=clock,
                rng=random.Random(1),
                signer=adapter.signer if key else None,
                credentials=Credentials(key=key, secret=key) if key else None,
                settings=HttpSettings(attempts=1),
            ) as http:
                yield Desk(chain, world, http, server)


class TestOpenSea(NftListingsContract):
    """The adapter passes the contract of NftListings here."""

    @pytest.fixture(autouse=True)
    def given(self, evm):
        self.chain = evm

    @contextlib.asynccontextmanager
    async def world(self):
        async with opened(self.chain) as desk:
            yield ListingsWorld(
                listings=desk.book,
                http=desk.http,
                nft=desk.world,
                slug=SLUG,
                protocol=desk.seaport,
            )


async def test_a_listing_is_found_and_bought(evm):
    async with opened(evm) as desk:
        book, http, world = desk.book, desk.http, desk.world
        cheap, dear = await desk.signed(10**18), await desk.signed(2 * 10**18, 1)
        for order in (dear, cheap):
            posted = await http.call(book.post_listing(order))
            assert posted.hash == world.market.hash(order)  # by two libraries
            assert await http.call(book.post_listing(order)) == posted
        page = await http.call(book.best_listings(SLUG))
        assert [each.price for each in page.quotes] == [1, 2]
        assert page.quotes[0].order == cheap
        assert (await http.call(book.stats(SLUG))).floor == 1
        best = await http.call(book.best_listing(SLUG, str(world.tokens[0])))
        await do(world.taker, world.market.fulfil(best.order, owner(world.taker)))
        assert await world.owner_of(world.tokens[0]) == owner(world.taker)
        state = (await http.call(book.order(desk.seaport, best.hash))).state
        assert state is NftState.FULFILLED
        stats = await http.call(book.stats(SLUG))
        assert (stats.floor, stats.sales, stats.volume) == (2, 1, 1)
        events = (await http.call(book.events(SLUG))).events
        assert [each.kind for each in events] == ["sale", "listing", "listing"]
        assert (events[0].maker, events[0].taker) == (owner(world.maker), owner(world.taker))
        assert len(events[0].transaction) == 66
        assert [e.kind for e in (await http.call(book.events(SLUG, ["sale"]))).events] == ["sale"]


async def test_bids_are_found_and_taken(evm):
    async with opened(evm) as desk:
        book, http, world = desk.book, desk.http, desk.world
        sold = await desk.signed(10**18)
        await do(world.taker, world.market.fulfil(sold, owner(world.taker)))
        token = world.tokens[0]
        for_one = await desk.signed(10**17, bid=True)
        for_any = await desk.signed(2 * 10**17, bid=True, any_of_it=True)
        await http.call(book.post_offer(for_one))
        await http.call(book.post_offer(for_any, SLUG))
        best = await http.call(book.best_offer(SLUG, str(token)))
        assert (best.price, best.currency, best.identifier) == (Decimal("0.2"), "WETH", "")
        assert best.order == for_any
        await do(world.taker, world.market.fulfil(best.order, owner(world.taker), token))
        assert await world.owner_of(token) == owner(world.maker)
        (sale,) = (await http.call(book.events(SLUG, ["sale"]))).events
        assert (sale.maker, sale.taker) == (owner(world.taker), owner(world.maker))
        left = (await http.call(book.offers(SLUG))).quotes
        assert [each.hash for each in left] == [world.market.hash(for_one)]


async def test_cancelled_and_expired_orders_leave_the_book(evm):
    async with opened(evm) as desk:
        book, http, world, me = desk.book, desk.http, desk.world, owner(desk.world.maker)
        one, two, three = [
            await desk.signed(10**18 + n, n, end_s=now_s(evm) + 10_000 + n * 10**6)
            for n in range(3)
        ]
        for order in (one, two, three):
            await http.call(book.post_listing(order))
        await do(world.maker, world.market.cancel([two], me))
        await world.pass_time(20_000)
        found = {
            name: (await http.call(book.order(desk.seaport, world.market.hash(order)))).state
            for name, order in (("one", one), ("two", two), ("three", three))
        }
        assert found == {
            "one": NftState.EXPIRED,
            "two": NftState.CANCELLED,
            "three": NftState.ACTIVE,
        }
        await do(world.maker, world.market.cancel_all(me))
        assert (await http.call(book.listings(SLUG))).quotes == ()


def compact(signature):
    """The same in 64 bytes (EIP-2098)."""
    raw = bytes.fromhex(signature[2:])
    word = int.from_bytes(raw[32:64]) | (raw[64] - 27) << 255
    return "0x" + raw[:32].hex() + f"{word:064x}"


async def test_a_signature_may_be_compact(evm):
    async with opened(evm) as desk:
        book, http, world = desk.book, desk.http, desk.world
        for token in range(2):
            order = await desk.signed(10**18 + token, token)
            short = msgspec.structs.replace(order, signature=compact(order.signature))
            posted = await http.call(book.post_listing(short))
            assert posted.order == short
            taker = owner(world.taker)
            assert await world.taker.ask(world.market.problems(short, taker, now_s(evm))) == ()
            await do(world.taker, world.market.fulfil(short, taker))
            assert await world.owner_of(world.tokens[token]) == taker


async def test_nfts_are_told_by_collection_owner_and_number(evm):
    async with opened(evm) as desk, aiohttp.ClientSession() as session:
        world, maker = desk.world, owner(desk.world.maker)

        async def ask(path):
            url = f"{desk.server.url}/api/v2/{path}"
            async with session.get(url, headers={"x-api-key": "x"}) as response:
                return response.status, await response.json()

        _, told = await ask(f"collection/{SLUG}/nfts?limit=15")
        assert [each["identifier"] for each in told["nfts"]] == [str(n) for n in range(1, 16)]
        _, told = await ask(f"collection/{SLUG}/nfts?limit=15&next={told['next']}")
        assert len(told["nfts"]) == 5
        assert "next" not in told
        _, told = await ask(f"chain/sandbox/account/{maker}/nfts")
        assert {str(n) for n in world.tokens} <= {each["identifier"] for each in told["nfts"]}
        place = f"chain/sandbox/contract/{world.collection}/nfts"
        _, told = await ask(f"{place}/{world.tokens[0]}")
        assert told["nft"]["owners"] == [{"address": maker, "quantity": 1, "quantity_string": "1"}]
        for path, status in (
            (f"{place}/21", 404),
            (f"{place}/x", 404),
            (f"chain/ethereum/account/{maker}/nfts", 400),
        ):
            assert (await ask(path))[0] == status


async def test_what_is_wrong_is_refused(evm):
    async with opened(evm) as desk:
        book, http = desk.book, desk.http
        good = await desk.signed()
        other = msgspec.structs.replace(good, salt=77)
        free = await desk.signed(fees=(NftFee(recipient="0x" + "fe" * 20, share=Decimal("0.1")),))
        late = await desk.signed(start_s=1, end_s=2)
        for call, said in (
            (book.post_listing(other), "not the offerer's"),
            (book.post_listing(free), "missing required fee"),
            (book.post_listing(late), "endTime"),
            (book.post_offer(good), "another kind"),
            (book.post_offer(await desk.signed(bid=True), SLUG), "another kind"),
            (book.post_listing(msgspec.structs.replace(good, signature="0x12")), "format"),
            (book.cancel(desk.seaport, "0x" + "11" * 32), "not found"),
        ):
            with pytest.raises((InvalidOrder, OrderNotFound), match=said):
                await http.call(call)
        with pytest.raises(OrderNotFound, match="Collection nothing not found"):
            await http.call(book.stats("nothing"))
        with pytest.raises(OrderNotFound):
            await http.call(book.best_listing(SLUG, "1"))
        posted = await http.call(book.post_listing(good))
        with pytest.raises(InvalidOrder, match="signed zone"):
            await http.call(book.cancel(desk.seaport, posted.hash))


async def test_pages_follow_each_other(evm):
    async with opened(evm) as desk:
        for n in range(3):
            await desk.http.call(desk.book.post_listing(await desk.signed(10**18 + n, n)))
        first = await desk.http.call(desk.book.best_listings(SLUG, 2))
        assert (len(first.quotes), first.next) == (2, "2")
        rest = await desk.http.call(desk.book.best_listings(SLUG, 2, first.next))
        assert (len(rest.quotes), rest.next) == (1, "")
        with pytest.raises(InvalidOrder, match="between 1 and 100"):
            await desk.http.call(desk.book.listings(SLUG, 101))


async def test_a_key_is_needed_and_counted(evm):
    async with opened(evm, key="") as desk:
        call = desk.book.stats(SLUG)
        plain = msgspec.structs.replace(call, request=unsigned(call.request))
        with pytest.raises(AuthFailed, match="API key required"):
            await desk.http.call(plain)
    clock = ManualClock()
    async with opened(evm, reads=2, writes=1, clock=clock) as desk:
        for _ in range(2):
            await desk.http.call(desk.book.stats(SLUG))
        with pytest.raises(RateLimited, match="Rate limit exceeded") as caught:
            await desk.http.call(desk.book.stats(SLUG))
        assert caught.value.retry_at_ns is not None
        where = desk.server.url + desk.book.stats(SLUG).request.path
        key = {"x-api-key": "anything"}
        async with aiohttp.ClientSession() as session:
            async with session.get(where, headers=key) as told:
                assert told.status == 429
                assert told.headers["X-RateLimit-Remaining"] == "0"
            clock.advance(3_601 * 10**9)
            async with session.get(where, headers=key) as told:
                assert (told.status, told.headers["X-RateLimit-Remaining"]) == (200, "1")


def unsigned(request):
    return msgspec.structs.replace(request, signed=False)
