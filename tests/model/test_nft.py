"""Orders for NFTs: which side they are on, what they are about, what they cost."""

import pytest

from argosy.model import ItemKind, NftItem, NftOrder, NftOrderStatus

NFT = NftItem(kind=ItemKind.ERC721, token="0xnft", identifier=7)
ETHER = NftItem(kind=ItemKind.NATIVE, token="0x0", amount=90, recipient="0xme")
FEE = NftItem(kind=ItemKind.NATIVE, token="0x0", amount=10, recipient="0xfee")


def order(offer, consideration):
    return NftOrder(
        offerer="0xme", offer=offer, consideration=consideration, start_s=0, end_s=1, counter=0,
        salt=0,
    )  # fmt: skip


def test_a_listing_costs_all_that_is_wanted():
    listing = order((NFT,), (ETHER, FEE))
    assert listing.is_listing
    assert (listing.item, listing.price, listing.money) == (NFT, 100, ETHER)


def test_a_bid_costs_what_is_offered():
    money = NftItem(kind=ItemKind.ERC20, token="0xweth", amount=50)
    bid = order((money,), (NFT, FEE))
    assert not bid.is_listing
    assert (bid.item, bid.price, bid.money) == (NFT, 50, money)


def test_a_swap_has_no_money_and_money_alone_is_about_nothing():
    swap = order((NFT,), (NFT,))
    assert (swap.price, swap.money) == (0, None)
    with pytest.raises(ValueError, match="no NFT"):
        _ = order((ETHER,), (FEE,)).item


def test_amounts_may_move_with_time():
    assert NFT.last_amount == 1
    assert NftItem(kind=ItemKind.ERC20, token="0x", amount=5, end_amount=3).last_amount == 3
    assert not ItemKind.ANY_ERC721.is_money


def test_an_order_is_done_when_all_of_it_is_filled():
    def status(filled, size):
        return NftOrderStatus(validated=True, cancelled=False, filled=filled, size=size)

    assert [status(0, 0).done, status(1, 2).done, status(2, 2).done] == [False, False, True]
