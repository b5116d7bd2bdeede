"""The call that fulfils an order, and what must be allowed for it. Pure.

The basic form is the cheapest, and does for one NFT against one money. Source: Seaport's
documentation, "fulfillBasicOrder" and "Criteria-based orders" (read 2026-11-27).
"""

from argosy.dialects.evm.erc20 import permission_for_all, permissions
from argosy.dialects.evm.functions import unhex
from argosy.errors import ConfigError
from argosy.model import ContractCall, ItemKind, NftItem, NftOrder
from argosy.ports import Approval
from argosy.venues.opensea import seaport_wire as wire
from argosy.venues.opensea.hashing import parameters

NO_CONDUIT = "0x" + "00" * 32
_CONSIDERATION_SIDE = 1
_ANY = {ItemKind.ANY_ERC721, ItemKind.ANY_ERC1155}
_ROUTES = {  # (offered, wanted first): Seaport's number of the route
    (ItemKind.ERC721, ItemKind.NATIVE): 0,
    (ItemKind.ERC1155, ItemKind.NATIVE): 1,
    (ItemKind.ERC721, ItemKind.ERC20): 2,
    (ItemKind.ERC1155, ItemKind.ERC20): 3,
    (ItemKind.ERC20, ItemKind.ERC721): 4,
    (ItemKind.ERC20, ItemKind.ERC1155): 5,
}


def basic_route(order: NftOrder) -> int | None:
    """The number of the basic form that does for an order; None: none does."""
    if len(order.offer) != 1 or not order.consideration:
        return None
    given, first, rest = order.offer[0], order.consideration[0], order.consideration[1:]
    route = _ROUTES.get((given.kind, first.kind))
    money = first if route is not None and route < 4 else given
    if route is None or any(
        each.kind is not money.kind or each.token != money.token for each in rest
    ):
        return None
    if any(each.amount != each.last_amount for each in (given, *order.consideration)):
        return None
    if first.recipient != order.offerer or order.order_type not in {0, 2}:
        return None
    return route


def fulfil_call(order: NftOrder, seaport: str, taker: str, identifier: int | None) -> ContractCall:
    """The call by which `taker` takes the other side.

    Raises:
        ConfigError: the order has no signature; or a token is needed, or given, and should not be.
    """
    if not order.signature:
        raise ConfigError("the order is not signed")
    value = sum(each.amount for each in order.consideration if each.kind is ItemKind.NATIVE)
    wants_any = [n for n, each in enumerate(order.consideration) if each.kind in _ANY]
    if any(each.kind in _ANY for each in order.offer) or len(wants_any) > 1:
        raise ConfigError("orders that offer any of a collection, or want several, are not filled")
    route = basic_route(order)
    if wants_any:
        data = _advanced(order, taker, wants_any[0], identifier)
    elif identifier is not None:
        raise ConfigError("the order names its token; none is to be given")
    elif route is not None:
        data = _basic(order, route)
    else:
        signed = (parameters(order), unhex(order.signature))
        data = wire.FULFILL.data(signed, unhex(NO_CONDUIT))
    return ContractCall(to=seaport, data=data, value=value, sender=taker)


def _advanced(order: NftOrder, taker: str, index: int, identifier: int | None) -> str:
    item = order.consideration[index]
    if identifier is None:
        raise ConfigError("the order is for any of a collection: say which token is given")
    if item.identifier:
        raise ConfigError("the order is for a list of tokens, whose proof only the market has")
    resolver: tuple[object, ...] = (0, _CONSIDERATION_SIDE, index, identifier, [])
    whole = (parameters(order), 1, 1, unhex(order.signature), b"")
    return wire.FULFILL_ADVANCED.data(whole, [resolver], unhex(NO_CONDUIT), taker)


def _basic(order: NftOrder, route: int) -> str:
    given, first, rest = order.offer[0], order.consideration[0], order.consideration[1:]
    return wire.FULFILL_BASIC.data(
        (
            first.token,
            first.identifier,
            first.amount,
            order.offerer,
            order.zone,
            given.token,
            given.identifier,
            given.amount,
            order.order_type + 4 * route,
            order.start_s,
            order.end_s,
            unhex(order.zone_hash),
            order.salt,
            unhex(order.conduit_key),
            unhex(NO_CONDUIT),
            len(rest),
            [(each.amount, each.recipient) for each in rest],
            unhex(order.signature),
        )
    )


def taker_permissions(order: NftOrder, seaport: str, taker: str) -> tuple[Approval, ...]:
    """What `taker` must allow Seaport: the NFT that is wanted, and the tokens that they pay.

    In the basic form of a bid the fees come out of the bidder's money by themselves.
    """
    route = basic_route(order)
    paid = () if route in {4, 5} else order.consideration
    return (*_nfts(order.consideration, taker, seaport), *_money(paid, taker, seaport))


def maker_permissions(order: NftOrder, operator: str) -> tuple[Approval, ...]:
    """What the offerer must allow Seaport, or the order's conduit."""
    owner = order.offerer
    return (*_nfts(order.offer, owner, operator), *_money(order.offer, owner, operator))


def _nfts(items: tuple[NftItem, ...], owner: str, operator: str) -> tuple[Approval, ...]:
    collections = dict.fromkeys(each.token for each in items if not each.kind.is_money)
    return tuple(permission_for_all(each, owner, operator) for each in collections)


def _money(items: tuple[NftItem, ...], owner: str, operator: str) -> tuple[Approval, ...]:
    sums: dict[str, int] = {}
    for each in items:
        if each.kind is ItemKind.ERC20:
            sums[each.token] = sums.get(each.token, 0) + max(each.amount, each.last_amount)
    return tuple(
        each
        for token, amount in sums.items()
        for each in permissions(token, owner, operator, amount)
    )
