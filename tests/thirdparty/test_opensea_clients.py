"""OpenSea's API client and seaport-js on the simulated market: they take what Argosy made, and
Argosy takes what they made.
"""

import asyncio

import pytest

from argosy.model import NftState
from argosy.sandbox.evm.accounts import MNEMONIC
from argosy.sandbox.opensea.beside import CHAIN, FEE_PERCENT, SLUG
from argosy.testing.nft_market import do, owner
from sandbox.evm.chains import chain_or_skip
from sandbox.opensea.test_server import opened
from thirdparty.javascript import checked, packages_or_skip
from venues.chains import now_s

pytestmark = [pytest.mark.thirdparty, pytest.mark.slow, pytest.mark.timeout(300)]

SHAPED = (
    "/collections/{slug}",
    "/collections/{slug}/stats",
    "/listings/collection/{slug}/all",
    "/listings/collection/{slug}/best",
    "/listings/collection/{slug}/nfts/{identifier}/best",
    "/offers/collection/{slug}/all",
    "/offers/collection/{slug}/nfts/{identifier}/best",
    "/orders/chain/{chain}/protocol/{protocol_address}/{order_hash}",
    "/collection/{slug}/nfts",
    "/chain/{chain}/contract/{address}/nfts/{identifier}",
    "/events/collection/{slug}",
)


async def test_orders_of_either_are_taken_by_the_other():
    packages_or_skip()
    with chain_or_skip() as chain:
        async with opened(chain) as desk:
            book, http, world, layout = desk.book, desk.http, desk.world, chain.layout
            rival = owner(world.taker)
            held = chain.contract("collection")
            rivals = next(n for n in range(1, 21) if held.call("ownerOf", n) == rival)
            orders = {
                "listing": await desk.signed(10**18),
                "bid": await desk.signed(10**17, bid=True),
                "any": await desk.signed(2 * 10**17, bid=True, any_of_it=True),
            }
            await http.call(book.post_listing(orders["listing"]))
            await http.call(book.post_offer(orders["bid"]))
            await http.call(book.post_offer(orders["any"], SLUG))
            setup = {
                "rpc": chain.node.url,
                "url": desk.server.url,
                "mnemonic": MNEMONIC,
                "chain": CHAIN,
                "slug": SLUG,
                "supply": 20,
                "fees": [[layout.accounts["deployer"], FEE_PERCENT]],
                "collection": world.collection,
                "weth": world.money,
                "seaport": desk.seaport,
                "tokens": world.tokens,
                "rivals": rivals,
                "now_s": now_s(chain),
                "made": {name: world.market.hash(order) for name, order in orders.items()},
            }
            ended = await asyncio.to_thread(checked, "opensea.mjs", setup)
            assert ended["checks"] == 11
            for name, token, before, after in (
                ("listing", None, owner(world.maker), rival),
                ("bid", None, rival, owner(world.maker)),
                ("any", world.tokens[1], rival, owner(world.maker)),
            ):
                quote = await http.call(book.order(desk.seaport, ended["left"][name]))
                assert quote.state is NftState.ACTIVE
                assert world.market.hash(quote.order) == quote.hash
                at = now_s(chain)
                found = world.market.problems(quote.order, rival, at)
                assert await world.taker.ask(found) == ()
                which = token or int(quote.identifier)
                assert await world.owner_of(which) == before
                more = (token,) if token else ()
                await do(world.taker, world.market.fulfil(quote.order, rival, *more))
                assert await world.owner_of(which) == after
                quote = await http.call(book.order(desk.seaport, ended["left"][name]))
                assert quote.state is NftState.FULFILLED


async def test_answers_have_the_published_shape():
    packages_or_skip()
    with chain_or_skip() as chain:
        async with opened(chain) as desk:
            book, http, world = desk.book, desk.http, desk.world
            listing = await desk.signed(10**18)
            hashed = world.market.hash(listing)
            await http.call(book.post_listing(listing))
            sold = await desk.signed(10**18, 1)
            await http.call(book.post_listing(sold))
            await do(world.taker, world.market.fulfil(sold, owner(world.taker)))
            await http.call(book.post_offer(await desk.signed(10**17, bid=True)))
            any_of_it = await desk.signed(2 * 10**17, bid=True, any_of_it=True)
            await http.call(book.post_offer(any_of_it, SLUG))
            values = {
                "slug": SLUG,
                "chain": CHAIN,
                "address": world.collection,
                "identifier": str(world.tokens[0]),
                "protocol_address": desk.seaport,
                "order_hash": hashed,
            }
            told = {path: f"/api/v2{path.format(**values)}" for path in SHAPED}
            asked = {f"/api/v2{path}": where for path, where in told.items()}
            setup = {"url": desk.server.url, "asked": asked}
            ended = await asyncio.to_thread(checked, "opensea_shapes.mjs", setup)
            assert ended["checks"] == len(SHAPED)
