"""NFT markets: orders of items for items, and what a market knows of a collection. Values only.

Amounts of orders are ints in a token's smallest unit, as they are signed; prices Decimals.
"""

from decimal import Decimal
from enum import IntEnum, StrEnum

import msgspec


class ItemKind(IntEnum):
    """What an item is; numbers as Seaport writes them. ANY_*: any token of the collection, or any
    whose number is in a list that `identifier` is the Merkle root of.
    """

    NATIVE = 0
    ERC20 = 1
    ERC721 = 2
    ERC1155 = 3
    ANY_ERC721 = 4
    ANY_ERC1155 = 5

    @property
    def is_money(self) -> bool:
        """Ether or a token of which one is like the other."""
        return self in {ItemKind.NATIVE, ItemKind.ERC20}


class NftItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something given or wanted. `recipient` is who gets it, of what is wanted."""

    kind: ItemKind
    token: str  # address, lower case; of ether the zero address
    identifier: int = 0  # which one; for ANY_*: the Merkle root, 0 for the whole collection
    amount: int = 1  # at the order's start
    end_amount: int | None = None  # at its end, where it moves in between; None: the same
    recipient: str = ""

    @property
    def last_amount(self) -> int:
        """The amount at the order's end."""
        return self.amount if self.end_amount is None else self.end_amount


class NftOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as it is signed. `counter` is the offerer's; raising it ends all their orders."""

    offerer: str
    offer: tuple[NftItem, ...]
    consideration: tuple[NftItem, ...]
    start_s: int
    end_s: int
    counter: int
    salt: int
    zone: str = "0x0000000000000000000000000000000000000000"
    order_type: int = 0  # 0: whole, by anyone; 1: in parts; 2, 3: the same through the zone
    zone_hash: str = "0x" + "00" * 32
    conduit_key: str = "0x" + "00" * 32
    signature: str = ""

    @property
    def is_listing(self) -> bool:
        """Whether an NFT is offered (a listing), rather than money for one (a bid)."""
        return bool(self.offer) and not self.offer[0].kind.is_money

    @property
    def item(self) -> NftItem:
        """The NFT that it is about: the first that is not money.

        Raises:
            ValueError: it is about none.
        """
        for each in (*self.offer, *self.consideration):
            if not each.kind.is_money:
                return each
        raise ValueError("this order is about no NFT")

    @property
    def price(self) -> int:
        """What the buyer pays in all, at the start, in the money's smallest unit."""
        side = self.consideration if self.is_listing else self.offer
        return sum(each.amount for each in side if each.kind.is_money)

    @property
    def money(self) -> NftItem | None:
        """The money of it: its first item that is one; None in a swap of NFTs."""
        side = self.consideration if self.is_listing else self.offer
        return next((each for each in side if each.kind.is_money), None)


class NftFee(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the price that goes to somebody else."""

    recipient: str
    share: Decimal  # of the price: 0.025 is 2.5 %
    required: bool = True


class NftOrderStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract knows of an order. Never seen: all False and 0."""

    validated: bool
    cancelled: bool
    filled: int
    size: int

    @property
    def done(self) -> bool:
        """Nothing is left of it."""
        return self.size > 0 and self.filled >= self.size


class NftState(StrEnum):
    """How an order stands in an order book of a market."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    FULFILLED = "fulfilled"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class NftQuote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order as a market's book shows it. `order` is what can be fulfilled, where it is told."""

    hash: str
    chain: str
    price: Decimal
    currency: str
    remaining: int
    state: NftState
    order: NftOrder | None = None
    contract: str = ""  # of the item or collection
    identifier: str = ""  # empty: any of the collection
    protocol: str = ""  # the contract that it is fulfilled on


class NftCollection(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A collection as a market describes it."""

    slug: str
    name: str
    contracts: tuple[tuple[str, str], ...] = ()  # (chain, address)
    fees: tuple[NftFee, ...] = ()
    supply: int = 0
    required_zone: str = ""


class NftInterval(msgspec.Struct, frozen=True, kw_only=True):
    """Trading of a collection over the last day, week or month."""

    name: str
    volume: Decimal
    sales: int


class NftStats(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Trading of a collection. `floor` is None where nothing is listed."""

    floor: Decimal | None
    floor_currency: str
    volume: Decimal
    sales: int
    owners: int
    intervals: tuple[NftInterval, ...] = ()


class NftEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that happened to an item or order: told by a market, or by the contract's logs."""

    kind: str  # sale, transfer, order, fulfilled, cancelled, counter
    at_s: int = 0
    hash: str = ""  # of the order
    maker: str = ""
    taker: str = ""
    contract: str = ""
    identifier: str = ""
    price: Decimal | None = None
    currency: str = ""
    transaction: str = ""


class NftPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page of a market's answers. `next` asks for what follows; empty: it was the last."""

    quotes: tuple[NftQuote, ...] = ()
    events: tuple[NftEvent, ...] = ()
    next: str = ""
