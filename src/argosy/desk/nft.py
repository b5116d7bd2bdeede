"""What `argosy nft` does: one function each. Orders are signed here, kept by the market's API or in
files, and fulfilled on the chain.
"""

import asyncio
import contextlib
import os
import random
import secrets
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec

from argosy.desk.place import SANDBOX_ID, Place, Told, Where, address_of, amount_of, open_place
from argosy.dialects.evm.erc20 import units
from argosy.errors import ConfigError, Reverted, WireError
from argosy.model import (
    Credentials,
    ItemKind,
    NftCollection,
    NftEvent,
    NftFee,
    NftItem,
    NftOrder,
    NftPage,
    NftQuote,
    NftStats,
)
from argosy.net.http import HttpClient
from argosy.net.limits import Limiter
from argosy.ports import Deed, NftListings, NftMarket
from argosy.venues.catalog import Adapter, Endpoints

PROTOCOL = "opensea"
SANDBOX_SLUG = "argosy-test"
_SALT_BITS = 128
_EARLY_S = 60  # an order begins so long ago: clocks differ
_MOST_DAYS = 365
_KINDS = {"erc721": ItemKind.ERC721, "erc1155": ItemKind.ERC1155}
_ANY = {ItemKind.ERC721: ItemKind.ANY_ERC721, ItemKind.ERC1155: ItemKind.ANY_ERC1155}


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """Where signed orders are kept. Without a URL: OpenSea's own, or one beside a sandbox chain
    that is started for the command; none where the chain is a sandbox that runs elsewhere.
    """

    url: str = ""
    key_env: str = ""  # the environment variable that holds the API key


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What to sell or buy, and for how much."""

    price: str
    contract: str = ""  # empty: the sandbox's collection
    identifier: int | None = None  # None: any of the collection (bids only)
    money: str = ""  # a token's address; empty: ether for a listing, wrapped ether for a bid
    days: float = 7
    kind: str = "erc721"
    slug: str = ""  # the market's name of the collection, for its fees and its book


class Ordered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that was made."""

    hash: str
    order: NftOrder
    approvals: tuple[Told, ...] = ()  # what had to be allowed first
    posted: bool = False
    dry_run: bool = False


class Traded(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What fulfilling or cancelling is, and what became of it."""

    deed: Told
    problems: tuple[str, ...] = ()
    events: tuple[NftEvent, ...] = ()


class CollectionTold(msgspec.Struct, frozen=True, kw_only=True):
    """A collection as the market knows it."""

    collection: NftCollection
    stats: NftStats
    listings: tuple[NftQuote, ...]
    offers: tuple[NftQuote, ...]


class _Desk:
    """A place, its market on the chain, and the market's book where there is one."""

    def __init__(self, place: Place, adapter: Adapter, http: HttpClient | None) -> None:
        assert adapter.nft is not None
        assert adapter.nft_listings is not None
        self.place = place
        self.nft: NftMarket = adapter.nft
        self.book: NftListings = adapter.nft_listings
        self._http = http

    @property
    def http(self) -> HttpClient:
        if self._http is None:
            raise ConfigError("no market: give --market URL (`argosy sandbox --chain` prints it)")
        return self._http

    @property
    def has_book(self) -> bool:
        return self._http is not None


@contextlib.asynccontextmanager
async def _desk(where: Where, market: Market) -> AsyncIterator[_Desk]:
    async with contextlib.AsyncExitStack() as stack:
        place = await stack.enter_async_context(open_place(where))
        adapter = place.protocol(PROTOCOL)
        url, key = market.url or place.market, os.environ.get(market.key_env, "")
        if not url and place.sandbox is not None:
            from argosy.sandbox.opensea.beside import book_beside
            from argosy.sandbox.opensea.server import OpenSeaServer

            server = OpenSeaServer(book_beside(place.sandbox))
            url = (await stack.enter_async_context(server)).url
        elif not url and place.chain_id != SANDBOX_ID:
            url = adapter.info.endpoints["live"].first("rest")
        if place.chain_id == SANDBOX_ID:
            key = key or "sandbox-api-key"
        http = None
        if url and (key or market.url):
            http = await stack.enter_async_context(_http(place, adapter, url, key))
        yield _Desk(place, adapter, http)


def _http(place: Place, adapter: Adapter, url: str, key: str) -> HttpClient:
    if not key:
        raise ConfigError("OpenSea needs an API key: give --api-key-env NAME of a variable with it")
    return HttpClient(
        venue=PROTOCOL,
        endpoints=Endpoints(roles={"rest": (url,)}),
        limiter=Limiter(adapter.info.buckets, place.clock),
        clock=place.clock,
        rng=random.Random(),
        signer=adapter.signer,
        credentials=Credentials(key=key, secret=key),
    )


async def collection(where: Where, market: Market, slug: str) -> CollectionTold:
    """A collection: fees, floor, trading, and the best of its book."""
    async with _desk(where, market) as desk:
        http, book = desk.http, desk.book
        slug = slug or SANDBOX_SLUG
        best = await http.call(book.best_listings(slug, 20))
        offers: NftPage = await http.call(book.offers(slug, 20))
        return CollectionTold(
            collection=await http.call(book.collection(slug)),
            stats=await http.call(book.stats(slug)),
            listings=best.quotes,
            offers=tuple(sorted(offers.quotes, key=lambda each: -each.price)),
        )


async def offer(
    where: Where, market: Market, terms: Terms, *, selling: bool, dry_run: bool = False
) -> Ordered:
    """Sign a listing or a bid, after what must be allowed for it, and post it where there is a
    market. Nothing of it is on the chain until somebody fulfils it.
    """
    async with _desk(where, market) as desk:
        place, owner = desk.place, desk.place.owner
        order = await _unsigned(desk, terms, owner, selling=selling)
        if dry_run:
            return Ordered(hash=desk.nft.hash(order), order=order, dry_run=True)
        if place.signer is None or place.signer.address != owner:
            raise ConfigError(f"an order of {owner} needs its key: give --key-env")
        allowed = []
        for each in desk.nft.permissions(order):
            if await place.client.ask(each.needed):
                deed = Deed(call=each.call, words=f"allow {each.spender} to take {each.token}")
                allowed.append((await place.carry_out(deed, desk.nft))[0])
        signature = "0x" + place.signer.sign_typed(desk.nft.typed(order)).hex()
        order = msgspec.structs.replace(order, signature=signature)
        if desk.has_book:
            if selling:
                call = desk.book.post_listing(order)
            else:
                slug = _slug(desk, terms) if terms.identifier is None else ""
                call = desk.book.post_offer(order, slug)
            await desk.http.call(call)
        return Ordered(
            hash=desk.nft.hash(order),
            order=order,
            approvals=tuple(allowed),
            posted=desk.has_book,
        )


def _slug(desk: _Desk, terms: Terms) -> str:
    if terms.slug or desk.place.chain_id != SANDBOX_ID:
        return terms.slug
    return SANDBOX_SLUG


def _identifier(number: int) -> int:
    if not 0 <= number < 2**256:
        raise ConfigError("an NFT's number is from 0 to 2**256 - 1")
    return number


async def _owned(desk: _Desk, item: NftItem, owner: str) -> None:
    """Nothing is signed for what somebody else has, or nobody. Raises ConfigError."""
    try:
        why = await desk.place.client.ask(desk.nft.missing(item, owner))
    except Reverted:
        why = f"there is no NFT {item.identifier}"
    except WireError:
        why = "it does not answer as such a collection"
    if why:
        raise ConfigError(f"it cannot be listed: {why} (collection {item.token})")


async def _unsigned(desk: _Desk, terms: Terms, owner: str, *, selling: bool) -> NftOrder:
    place = desk.place
    contract = address_of(terms.contract, "--contract") or place.labels.get("collection", "")
    if not contract:
        raise ConfigError("which collection? give --contract ADDRESS")
    if terms.kind not in _KINDS:
        raise ConfigError(f"kind is {terms.kind!r}; erc721 or erc1155 is needed")
    if not 0 < terms.days <= _MOST_DAYS:
        raise ConfigError(f"--days is {terms.days:g}; above 0 to {_MOST_DAYS} is possible")
    price = units(amount_of(terms.price, "price"), 18, "of the money")
    money = address_of(terms.money, "--money")
    if not money and not selling:
        money = place.labels.get("token.WETH", "")
    kind = _KINDS[terms.kind]
    if terms.identifier is None and not selling:
        item = NftItem(kind=_ANY[kind], token=contract)
    else:
        item = NftItem(kind=kind, token=contract, identifier=_identifier(terms.identifier or 0))
    if selling:
        await _owned(desk, item, owner)
    fees: Sequence[NftFee] = ()
    if desk.has_book and (slug := _slug(desk, terms)):
        known = await desk.http.call(desk.book.collection(slug))
        fees = [each for each in known.fees if each.required]
    now = await place.at_s()
    make = desk.nft.listing if selling else desk.nft.bid
    return make(
        item,
        price,
        owner,
        counter=await place.client.ask(desk.nft.counter(owner)),
        salt=secrets.randbits(_SALT_BITS),
        start_s=now - _EARLY_S,
        end_s=now + round(terms.days * 86_400),
        money=money,
        fees=fees,
    )


def _kept(which: str) -> NftOrder | None:
    """The order in a file; None where there is no such file."""
    file = Path(which)
    if not file.is_file():
        return None
    try:
        return msgspec.json.decode(file.read_bytes(), type=Ordered).order
    except msgspec.MsgspecError as e:
        raise ConfigError(f"{which} holds no order ({e}); give what --json printed") from e


async def _known(desk: _Desk, which: str) -> NftOrder:
    """An order by its hash in the market's book, or from a file that `list` or `bid` printed."""
    kept = await asyncio.to_thread(_kept, which)
    if kept is not None:
        return kept
    seaport = desk.place.protocol(PROTOCOL).info.contracts[desk.place.chain_id]["seaport"]
    found = await desk.http.call(desk.book.order(seaport, which))
    if found.order is None:
        raise ConfigError(f"the market does not show how {which} is to be fulfilled")
    if desk.nft.hash(found.order) != which.lower():
        raise WireError(f"the market shows another order than {which}; it is not taken")
    return found.order


async def fulfil(
    where: Where,
    market: Market,
    which: str,
    identifier: int | None = None,
    *,
    dry_run: bool = False,
) -> Traded:
    """Take the other side of an order, unless something speaks against it."""
    async with _desk(where, market) as desk:
        place = desk.place
        order = await _known(desk, which)
        found = await place.client.ask(desk.nft.problems(order, place.owner, await place.at_s()))
        deed = desk.nft.fulfil(order, place.owner, identifier)
        if found and not dry_run:
            raise Reverted(f"{'; '.join(found)}. Nothing was sent", venue=PROTOCOL, code="checked")
        if found:
            told = Told(words=deed.words, call=deed.call, dry_run=True)
            return Traded(deed=told, problems=found)
        told, done = await place.carry_out(deed, desk.nft, dry_run=dry_run)
        return Traded(deed=told, events=() if done is None else desk.nft.events(done.logs))


async def cancel(
    where: Where, market: Market, which: Sequence[str], *, dry_run: bool = False
) -> Traded:
    """Cancel orders on the chain; every order of the account where none is named."""
    async with _desk(where, market) as desk:
        owner = desk.place.owner
        if which:
            orders = [await _known(desk, each) for each in which]
            deed = desk.nft.cancel(orders, owner)
        else:
            deed = desk.nft.cancel_all(owner)
        told, done = await desk.place.carry_out(deed, desk.nft, dry_run=dry_run)
        return Traded(deed=told, events=() if done is None else desk.nft.events(done.logs))
