"""The simulated market's book: collections, orders, what became of them on the chain."""

import math
from collections.abc import Callable
from typing import Any

import msgspec

from argosy.sandbox.evm.abi import topic
from argosy.sandbox.evm.contract import Contract
from argosy.sandbox.opensea.signed import Refused, Signed, fees_of

_MOST_ORDERS = 10_000
_MOST_EVENTS = 10_000
_FULFILLED = topic(
    "OrderFulfilled(bytes32,address,address,address,(uint8,address,uint256,uint256)[],"
    "(uint8,address,uint256,uint256,address)[])"
)
_ERC721 = {2, 4}  # Seaport's items: of an identifier, and of any
NOBODY = "0x" + "00" * 20


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection that is traded here. `fees` are (recipient, percent), all required."""

    slug: str
    name: str
    contract: str
    supply: int
    fees: tuple[tuple[str, float], ...] = ()


class Entry(msgspec.Struct, kw_only=True):
    """An order in the book."""

    signed: Signed
    slug: str
    status: str = "ACTIVE"
    created_s: int = 0


class Book:
    """Orders by hash. `now_s` tells the time that they expire by."""

    def __init__(
        self,
        collections: tuple[Collection, ...],
        *,
        chain: str,
        chain_id: int,
        seaport: str,
        now_s: Callable[[], int],
        currencies: dict[str, str] | None = None,
        contract: Contract | None = None,
        nfts: Contract | None = None,
    ) -> None:
        self.collections = {each.slug: each for each in collections}
        self.chain = chain
        self.chain_id = chain_id
        self.seaport = seaport.lower()
        self.at_s = 0  # when it was last refreshed: what orders expire by
        self.entries: dict[str, Entry] = {}
        self.events: list[dict[str, Any]] = []  # newest first
        self.symbols = {NOBODY: "ETH"} | (currencies or {})
        self._now_s = now_s
        self._contract = contract
        self._nfts = nfts  # the collections' own contract, for who owns what

    def add(self, signed: Signed, slug: str = "") -> Entry:
        """Take an order. The same one again is the same entry. Raises Refused."""
        known = self.entries.get(signed.hash)
        if known is not None:
            return known
        home = next(
            (each for each in self.collections.values() if each.contract == signed.contract), None
        )
        if home is None or (slug and slug != home.slug):
            raise Refused("the NFT is of no collection that is traded here")
        if signed.item_type not in _ERC721:
            raise Refused("the item is not of the collection's token standard, ERC721")
        if len(self.entries) >= _MOST_ORDERS:
            raise Refused("the book is full")
        now = self.at_s
        if signed.end_s <= now:
            raise Refused("endTime must be in the future")
        paid = fees_of(signed)
        for recipient, percent in home.fees:
            least = math.floor(signed.price * percent / 100 * 0.999)
            if paid.get(recipient, 0) < least:
                raise Refused(f"missing required fee of {percent}% to {recipient}")
        entry = Entry(signed=signed, slug=home.slug, created_s=now)
        self.entries[signed.hash] = entry
        self._tell("order", entry, order_type="listing" if signed.is_listing else _offer(signed))
        return entry

    def close(self) -> None:
        """Give up the connection to the chain."""
        if self._contract is not None:
            self._contract.link.close()

    def refresh(self) -> None:
        """Look at the chain and at the clock for what became of active orders. Blocking."""
        now = self.at_s = self._now_s()
        for entry in self.entries.values():
            if entry.status != "ACTIVE":
                continue
            if entry.signed.end_s <= now:
                entry.status = "EXPIRED"
            elif self._contract is not None:
                self._look(entry)

    def _look(self, entry: Entry) -> None:
        contract = self._contract
        assert contract is not None
        signed = entry.signed
        _, cancelled, filled, size = contract.call("getOrderStatus", bytes.fromhex(signed.hash[2:]))
        counter = contract.call("getCounter", signed.offerer)
        if size and filled >= size:
            entry.status = "FULFILLED"
            self._tell_sale(entry)
        elif cancelled or counter != int(str(signed.parameters["counter"]), 0):
            entry.status = "CANCELLED"

    def _tell_sale(self, entry: Entry) -> None:
        """Who took it, and in which transaction, is among the contract's logs."""
        contract, signed = self._contract, entry.signed
        assert contract is not None
        wanted = {
            "address": self.seaport,
            "topics": [_FULFILLED, "0x" + signed.offerer[2:].zfill(64)],
            "fromBlock": "earliest",
        }
        for log in contract.link.call("eth_getLogs", wanted):
            if log["data"][:66] == signed.hash:
                taker = "0x" + log["data"][90:130]
                buyer, seller = (signed.offerer, taker)[:: -1 if signed.is_listing else 1]
                more = {"buyer": buyer, "seller": seller, "closing_date": self.at_s}
                self._tell("sale", entry, transaction=log["transactionHash"], **more)

    def active(self, slug: str, *, listings: bool, identifier: str = "") -> list[Entry]:
        """What can be taken now, the best first. An offer for any is one for each."""
        now = self.at_s
        found = [
            each
            for each in self.entries.values()
            if each.slug == slug
            and each.status == "ACTIVE"
            and each.signed.is_listing is listings
            and each.signed.start_s <= now
            and (not identifier or each.signed.identifier in {identifier, ""})
        ]
        return sorted(found, key=lambda e: e.signed.price, reverse=not listings)

    def owner(self, identifier: int) -> str:
        """Who has an NFT, in lower case; empty where nobody can say. Blocking."""
        return "" if self._nfts is None else str(self._nfts.call("ownerOf", identifier)).lower()

    def stats(self, slug: str) -> dict[str, Any]:
        """Floor and trading, as the API tells them."""
        sales = [e for e in self.entries.values() if e.slug == slug and e.status == "FULFILLED"]
        listed = self.active(slug, listings=True)
        volume = sum(each.signed.price for each in sales) / 1e18
        floor = listed[0] if listed else None
        return {
            "total": {
                "volume": volume,
                "volume_symbol": "ETH",
                "sales": len(sales),
                "num_owners": 0,
                "floor_price": floor.signed.price / 1e18 if floor else 0,
                "floor_price_symbol": self.symbol(floor.signed.money) if floor else "",
            },
            "intervals": [
                {
                    "interval": "one_day",
                    "volume": volume,
                    "volume_symbol": "ETH",
                    "sales": len(sales),
                }
            ],
        }

    def symbol(self, money: str) -> str:
        """What a currency is called."""
        return self.symbols.get(money, money)

    def currencies(self) -> dict[str, Any]:
        """What listings and offers are priced in."""

        def row(money: str) -> dict[str, Any]:
            symbol = self.symbol(money)
            return {
                "address": money,
                "symbol": symbol,
                "chain": self.chain,
                "name": symbol,
                "decimals": 18,
                "image": "",
                "eth_price": "1",
                "usd_price": "",
            }

        offered = next((each for each in self.symbols if each != NOBODY), NOBODY)
        return {"listing_currency": row(NOBODY), "offer_currency": row(offered)}

    def _tell(self, kind: str, entry: Entry, **more: Any) -> None:
        signed = entry.signed
        known = self.collections[entry.slug]
        item = nft_row(known, int(signed.identifier)) if signed.identifier else None
        event: dict[str, Any] = {
            "event_type": kind,
            "event_timestamp": self.at_s,
            "order_hash": signed.hash,
            "protocol_address": self.seaport,
            "chain": self.chain,
            "quantity": 1,
            "payment": {
                "quantity": str(signed.price),
                "token_address": signed.money,
                "decimals": 18,
                "symbol": self.symbol(signed.money),
            },
            **more,
        }
        if kind == "order":
            event |= {"maker": signed.offerer, "is_private_listing": False}
            event |= {"asset": item} if item else {"criteria": criteria(entry)}
        elif item:
            event |= {"nft": item}
        self.events.insert(0, event)
        del self.events[_MOST_EVENTS:]


def criteria(entry: Entry) -> dict[str, Any]:
    """What an offer for any of a collection is for."""
    return {
        "collection": {"slug": entry.slug},
        "contract": {"address": entry.signed.contract},
    }


def nft_row(known: Collection, identifier: int) -> dict[str, Any]:
    """An NFT as the API tells it."""
    return {
        "identifier": str(identifier),
        "collection": known.slug,
        "contract": known.contract,
        "token_standard": "erc721",
        "name": f"{known.name} #{identifier}",
        "opensea_url": "",
        "updated_at": "",
        "is_disabled": False,
        "is_nsfw": False,
        "traits": [],
    }


def _offer(signed: Signed) -> str:
    return "item_offer" if signed.identifier else "collection_offer"
