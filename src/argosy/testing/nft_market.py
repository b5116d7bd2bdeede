"""The contract of NftMarket: hashes that are the contract's, listings and bids fulfilled and
cancelled, what is checked before, refusals in words. Changes only the chain that it is given.
"""

import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from decimal import Decimal

import msgspec
import pytest

from argosy.errors import ConfigError, Reverted
from argosy.model import ItemKind, NftFee, NftItem, NftOrder
from argosy.net.contracts import ContractClient, Done
from argosy.net.tx_signing import KeySigner
from argosy.ports import Deed, NftMarket
from argosy.testing.readings import survives

_FEE = NftFee(recipient="0x" + "fe" * 20, share=Decimal("0.025"))
_PRICE = 10**18
_LONG_S = 7 * 86_400


class NftWorld(msgspec.Struct, frozen=True, kw_only=True):
    """A market on a chain that may be changed, and two accounts with wrapped ether. `tokens` are
    three of the maker's NFTs (ERC-721).
    """

    market: NftMarket
    maker: ContractClient
    taker: ContractClient
    maker_key: KeySigner
    collection: str
    tokens: tuple[int, ...]
    money: str  # wrapped ether's address
    owner_of: Callable[[int], Awaitable[str]]
    contract_hash: Callable[[NftOrder], Awaitable[str]]  # as the contract computes it
    now_s: Callable[[], Awaitable[int]]
    pass_time: Callable[[int], Awaitable[None]]  # seconds, and a block


def owner(client: ContractClient) -> str:
    """Whose client it is."""
    assert client.sender is not None
    return client.sender.address


async def do(client: ContractClient, deed: Deed) -> Done:
    """Do it under an id of its own."""
    assert client.sender is not None
    return await client.do(deed, id_=f"nft-{len(client.sender.transactions)}")


class NftMarketContract:
    """Subclass it with `world`."""

    def world(self) -> AbstractAsyncContextManager[NftWorld]:
        """A fresh world."""
        raise NotImplementedError

    async def signed(self, world: NftWorld, order: NftOrder) -> NftOrder:
        """Allow what it needs, and sign it as the maker."""
        for each in world.market.permissions(order):
            if await world.maker.ask(each.needed):
                await do(world.maker, Deed(call=each.call, words="allow"))
        signature = world.maker_key.sign_typed(world.market.typed(order))
        return msgspec.structs.replace(order, signature="0x" + signature.hex())

    async def listing(
        self, world: NftWorld, token: int = 0, money: str = "", salt: int = 1
    ) -> NftOrder:
        """One of the maker's tokens for sale, signed."""
        me, now = owner(world.maker), await world.now_s()
        order = world.market.listing(
            NftItem(kind=ItemKind.ERC721, token=world.collection, identifier=world.tokens[token]),
            _PRICE,
            me,
            counter=await world.maker.ask(world.market.counter(me)),
            salt=salt,
            start_s=now - 60,
            end_s=now + _LONG_S,
            money=money,
            fees=(_FEE,),
        )
        return await self.signed(world, order)

    async def bid(self, world: NftWorld, identifier: int | None) -> NftOrder:
        """The maker's bid for a token, or for any."""
        me, now = owner(world.maker), await world.now_s()
        kind = ItemKind.ANY_ERC721 if identifier is None else ItemKind.ERC721
        order = world.market.bid(
            NftItem(kind=kind, token=world.collection, identifier=identifier or 0),
            _PRICE,
            me,
            counter=await world.maker.ask(world.market.counter(me)),
            salt=2,
            start_s=now - 60,
            end_s=now + _LONG_S,
            money=world.money,
            fees=(_FEE,),
        )
        return await self.signed(world, order)

    async def problems(self, world: NftWorld, order: NftOrder) -> str:
        """What speaks against it for the taker now."""
        reading = world.market.problems(order, owner(world.taker), await world.now_s())
        found = await world.taker.ask(reading)
        return "; ".join(found)

    async def refused(self, world: NftWorld, order: NftOrder) -> Reverted:
        """The refusal that the taker meets, in words."""
        with pytest.raises(Reverted) as caught:
            await do(world.taker, world.market.fulfil(order, owner(world.taker)))
        said = world.market.explain(caught.value)
        assert said.code
        assert len(str(said).split()) > 4
        return said

    async def test_the_hash_is_the_contracts(self) -> None:
        """NM-01 Orders of every form have the hash that the contract computes."""
        async with self.world() as world:
            for order in (
                await self.listing(world),
                await self.listing(world, money=world.money),
                await self.bid(world, world.tokens[1]),
                await self.bid(world, None),
            ):
                assert world.market.hash(order) == await world.contract_hash(order)

    async def test_a_listing_is_bought(self) -> None:
        """NM-02 Buying it moves the token, is told by an event, and leaves nothing of it."""
        async with self.world() as world:
            for number, money in enumerate(("", world.money)):
                order = await self.listing(world, number, money)
                assert await self.problems(world, order) == ""
                done = await do(world.taker, world.market.fulfil(order, owner(world.taker)))
                assert await world.owner_of(order.item.identifier) == owner(world.taker)
                (event,) = world.market.events(done.logs)
                assert (event.kind, event.hash) == ("fulfilled", world.market.hash(order))
                assert (event.maker, event.taker) == (order.offerer, owner(world.taker))
                assert event.price == 1
                status = await world.taker.ask(world.market.status(order))
                assert status.done
                assert "filled" in await self.problems(world, order)

    async def test_a_bid_is_taken(self) -> None:
        """NM-03 A bid for one token, and one for any of the collection, are each sold into."""
        async with self.world() as world:
            taker = owner(world.taker)
            for number, any_of_it in enumerate((False, True)):
                sold = await self.listing(world, number)
                await do(world.taker, world.market.fulfil(sold, taker))
                token = sold.item.identifier
                order = await self.bid(world, None if any_of_it else token)
                assert await self.problems(world, order) == ""
                deed = world.market.fulfil(order, taker, token if any_of_it else None)
                done = await do(world.taker, deed)
                assert await world.owner_of(token) == owner(world.maker)
                (event,) = world.market.events(done.logs)
                assert event.identifier == str(token)
                assert event.price == 1

    async def test_a_cancelled_order_is_refused(self) -> None:
        """NM-04 One order is cancelled by itself, all others by the counter."""
        async with self.world() as world:
            me = owner(world.maker)
            one, other = await self.listing(world, 0), await self.listing(world, 1)
            done = await do(world.maker, world.market.cancel([one], me))
            assert [each.kind for each in world.market.events(done.logs)] == ["cancelled"]
            assert "cancelled" in await self.problems(world, one)
            assert "cancelled" in str(await self.refused(world, one))
            assert await self.problems(world, other) == ""
            done = await do(world.maker, world.market.cancel_all(me))
            assert [each.kind for each in world.market.events(done.logs)] == ["counter"]
            assert "counter" in await self.problems(world, other)
            assert "counter" in str(await self.refused(world, other))
            with pytest.raises(ConfigError, match="one's own"):
                world.market.cancel([one], owner(world.taker))

    async def test_a_wrong_signature_is_refused(self) -> None:
        """NM-05 An order whose signature is of another one is found before, and refused."""
        async with self.world() as world:
            order = msgspec.structs.replace(await self.listing(world), salt=99)
            assert "signature" in await self.problems(world, order)
            assert "signature" in str(await self.refused(world, order))
            unsigned = msgspec.structs.replace(order, signature="")
            assert "not signed" in await self.problems(world, unsigned)
            with pytest.raises(ConfigError, match="not signed"):
                world.market.fulfil(unsigned, owner(world.taker))

    async def test_an_expired_order_is_refused(self) -> None:
        """NM-06 After its end it is told as expired, and refused."""
        async with self.world() as world:
            order = await self.listing(world)
            await world.pass_time(_LONG_S + 1)
            assert "expired" in await self.problems(world, order)
            assert "expired" in str(await self.refused(world, order))

    async def test_what_is_no_longer_there_is_told(self) -> None:
        """NM-07 A token that its offerer sold meanwhile is told before anything is sent."""
        async with self.world() as world:
            first = await self.listing(world, 0, salt=1)
            second = await self.listing(world, 0, salt=2)
            await do(world.taker, world.market.fulfil(first, owner(world.taker)))
            assert "does not own" in await self.problems(world, second)
            await self.refused(world, second)
            item = second.offer[0]
            assert await world.maker.ask(world.market.missing(item, owner(world.taker))) == ""
            gone = await world.maker.ask(world.market.missing(item, owner(world.maker)))
            assert "does not own" in gone

    async def test_orders_that_make_no_sense_are_none(self) -> None:
        """NM-08 No price, no time, fees of everything, or ether to be taken later."""
        async with self.world() as world:
            me = owner(world.maker)
            item = NftItem(kind=ItemKind.ERC721, token=world.collection, identifier=1)
            any_of_it = NftItem(kind=ItemKind.ANY_ERC721, token=world.collection)
            whole = NftFee(recipient=me, share=Decimal(1))
            for what, price, end_s, fees in (
                (item, 0, 20, ()),
                (item, 1, 10, ()),
                (item, 1, 20, (whole,)),
                (any_of_it, 1, 20, ()),
            ):
                with pytest.raises(ConfigError):
                    world.market.listing(
                        what, price, me, counter=0, salt=1, start_s=10, end_s=end_s, fees=fees
                    )
            with pytest.raises(ConfigError, match="token"):
                world.market.bid(item, 1, me, counter=0, salt=1, start_s=10, end_s=20, money="")

    async def test_nonsense_is_a_wire_error(self) -> None:
        """NM-09 Whatever a node answers, nothing but WireError comes out."""
        async with self.world() as world:
            rng, me = random.Random(3), owner(world.maker)
            order = await self.listing(world)
            survives(world.market.counter(me), rng)
            survives(world.market.status(order), rng)
            survives(world.market.problems(order, me, 0), rng)
            survives(world.market.missing(order.offer[0], me), rng)
