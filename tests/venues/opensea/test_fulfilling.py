"""Which form an order is fulfilled in, and what is refused before anything is sent."""

import msgspec
import pytest

from argosy.dialects.evm.functions import unhex
from argosy.errors import ConfigError
from argosy.model import ItemKind, NftItem
from argosy.venues import catalog
from argosy.venues.opensea import seaport_wire as wire
from argosy.venues.opensea.fulfilling import basic_route, fulfil_call
from argosy.venues.opensea.market import OPENSEA_CONDUIT_KEY
from venues.opensea.samples import COLLECTION, FEES, MAKER, ORDER, OTHER, SEAPORT

MONEY = "0x" + "ee" * 20


def changed(**fields):
    return msgspec.structs.replace(ORDER, **fields)


def in_tokens(order):
    return tuple(
        msgspec.structs.replace(each, kind=ItemKind.ERC20, token=MONEY)
        for each in order.consideration
    )


BID = changed(
    offer=(NftItem(kind=ItemKind.ERC20, token=MONEY, amount=100),),
    consideration=(
        NftItem(kind=ItemKind.ERC721, token=COLLECTION, identifier=7, recipient=MAKER),
        NftItem(kind=ItemKind.ERC20, token=MONEY, amount=3, recipient=FEES),
    ),
)
ANY = changed(
    offer=BID.offer,
    consideration=(
        NftItem(kind=ItemKind.ANY_ERC721, token=COLLECTION, recipient=MAKER),
        *BID.consideration[1:],
    ),
)
SWAP = changed(
    consideration=(NftItem(kind=ItemKind.ERC721, token=COLLECTION, identifier=8, recipient=MAKER),)
)


@pytest.mark.parametrize(
    ("order", "route"),
    [
        (ORDER, 0),
        (changed(offer=(NftItem(kind=ItemKind.ERC1155, token=COLLECTION, amount=5),)), 1),
        (changed(consideration=in_tokens(ORDER)), 2),
        (BID, 4),
        (ANY, None),
        (SWAP, None),
        (changed(consideration=(*ORDER.consideration[:1], *in_tokens(ORDER)[1:])), None),
        (changed(order_type=1), None),
        (changed(offer=ORDER.offer * 2), None),
        (changed(consideration=ORDER.consideration[::-1]), None),
        (
            changed(
                consideration=(
                    msgspec.structs.replace(ORDER.consideration[0], end_amount=1),
                    ORDER.consideration[1],
                )
            ),
            None,
        ),
    ],
)
def test_the_basic_form_is_for_one_nft_against_one_money(order, route):
    assert basic_route(order) == route


def test_each_form_is_a_call_of_its_own():
    for order, token, function, value in (
        (ORDER, None, wire.FULFILL_BASIC, 10**18),
        (SWAP, None, wire.FULFILL, 0),
        (ANY, 7, wire.FULFILL_ADVANCED, 0),
    ):
        call = fulfil_call(order, SEAPORT, OTHER, token)
        assert unhex(call.data)[:4] == function.selector
        assert (call.value, call.sender) == (value, OTHER)
    whole, resolvers, _, recipient = wire.FULFILL_ADVANCED.arguments(unhex(call.data))
    assert whole[1:3] == (1, 1)
    assert resolvers == ((0, 1, 0, 7, ()),)
    assert recipient == OTHER


def test_what_cannot_be_filled_is_told_before():
    listed = msgspec.structs.replace(ANY.consideration[0], identifier=5)
    for order, token, said in (
        (changed(signature=""), None, "not signed"),
        (ANY, None, "which token"),
        (ORDER, 7, "names its token"),
        (changed(offer=BID.offer, consideration=(listed,)), 7, "only the market has"),
        (changed(offer=(ANY.consideration[0],)), None, "not filled"),
    ):
        with pytest.raises(ConfigError, match=said):
            fulfil_call(order, SEAPORT, OTHER, token)


def test_conduits_are_known_by_their_key():
    market = catalog.load("opensea").nft
    order = changed(conduit_key=OPENSEA_CONDUIT_KEY)
    (allowed,) = market.permissions(order)
    assert allowed.spender == catalog.venue("opensea").contracts[1]["conduit"].lower()
    (direct,) = market.permissions(ORDER)
    assert direct.spender == SEAPORT.lower()
    with pytest.raises(ConfigError, match="conduit"):
        market.permissions(changed(conduit_key="0x" + "12" * 32))
    with pytest.raises(ConfigError, match="no order"):
        market.hash(changed(salt=2**256))
