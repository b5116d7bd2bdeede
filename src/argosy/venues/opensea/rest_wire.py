"""OpenSea's REST API v2: answers one to one with its documents.

Source: https://docs.opensea.io/reference and its OpenAPI definition (read 2026-11-27). Numbers of
orders are text, or JSON numbers in some answers; fields that nothing here needs are left out.
"""

from decimal import Decimal

import msgspec


class Item(msgspec.Struct, frozen=True, rename="camel"):
    """Something given or wanted."""

    item_type: int
    token: str
    identifier_or_criteria: str | int
    start_amount: str | int
    end_amount: str | int
    recipient: str = ""


class Parameters(msgspec.Struct, frozen=True, rename="camel"):
    """A Seaport order."""

    offerer: str
    offer: tuple[Item, ...]
    consideration: tuple[Item, ...]
    start_time: str | int
    end_time: str | int
    order_type: int
    zone: str
    zone_hash: str
    salt: str | int
    conduit_key: str
    counter: str | int


class ProtocolData(msgspec.Struct, frozen=True):
    """An order and its signature; the signature is withheld where a zone signs as well."""

    parameters: Parameters
    signature: str | None = None


class Price(msgspec.Struct, frozen=True):
    """A price in a currency's smallest unit."""

    currency: str
    decimals: int
    value: str


class CurrentPrice(msgspec.Struct, frozen=True):
    """The price of a listing."""

    current: Price


class Asset(msgspec.Struct, frozen=True):
    """What an order is about."""

    contract: str = ""
    identifier: str = ""


class ContractNamed(msgspec.Struct, frozen=True):
    """A contract of criteria."""

    address: str = ""


class Criteria(msgspec.Struct, frozen=True):
    """What a bid for any is about."""

    contract: ContractNamed | None = None


class Quote(msgspec.Struct, frozen=True):
    """A listing or an offer; its price is unread, as the two differ in it."""

    order_hash: str
    chain: str
    protocol_address: str = ""
    protocol_data: ProtocolData | None = None
    asset: Asset | None = None
    criteria: Criteria | None = None
    remaining_quantity: int = 1
    price: msgspec.Raw = msgspec.Raw(b"null")
    status: str = "ACTIVE"


class OneOrder(msgspec.Struct, frozen=True):
    """An order that was asked for by its hash. Alone of all, it comes in a wrapper."""

    order: Quote


class Listings(msgspec.Struct, frozen=True):
    """A page of listings."""

    listings: tuple[Quote, ...]
    next: str | None = None


class Offers(msgspec.Struct, frozen=True):
    """A page of offers."""

    offers: tuple[Quote, ...]
    next: str | None = None


class Fee(msgspec.Struct, frozen=True):
    """A fee in percent."""

    fee: Decimal
    recipient: str
    required: bool = True


class Contract(msgspec.Struct, frozen=True):
    """A contract of a collection."""

    address: str
    chain: str


class Collection(msgspec.Struct, frozen=True):
    """A collection."""

    collection: str
    name: str
    contracts: tuple[Contract, ...] = ()
    fees: tuple[Fee, ...] = ()
    total_supply: int | None = 0
    required_zone: str | None = None


class Total(msgspec.Struct, frozen=True):
    """Trading since the beginning."""

    volume: Decimal
    sales: int
    num_owners: int
    floor_price: Decimal
    floor_price_symbol: str


class Interval(msgspec.Struct, frozen=True):
    """Trading of late."""

    interval: str
    volume: Decimal
    sales: int


class Stats(msgspec.Struct, frozen=True):
    """Statistics of a collection."""

    total: Total
    intervals: tuple[Interval, ...] = ()


class Payment(msgspec.Struct, frozen=True):
    """What was paid or is asked."""

    quantity: str
    token_address: str
    decimals: int
    symbol: str


class Event(msgspec.Struct, frozen=True):
    """A sale, a transfer or an order."""

    event_type: str
    event_timestamp: int
    order_hash: str | None = None
    transaction: str | None = None
    payment: Payment | None = None
    order_type: str | None = None
    maker: str | None = None
    taker: str | None = None
    seller: str | None = None
    buyer: str | None = None
    from_address: str | None = None
    to_address: str | None = None
    asset: Asset | None = None
    nft: Asset | None = None


class Events(msgspec.Struct, frozen=True):
    """A page of events."""

    asset_events: tuple[Event, ...]
    next: str | None = None


class Refused(msgspec.Struct, frozen=True):
    """What comes with an error's status."""

    errors: tuple[str, ...] = ()
    detail: str = ""
