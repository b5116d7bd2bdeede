"""Seaport passes the contract of NftMarket, on its own published contract."""

import contextlib

import pytest

from argosy.net.tx_signing import KeySigner
from argosy.sandbox.evm.accounts import private_key
from argosy.testing.nft_market import NftMarketContract, NftWorld
from argosy.venues import catalog
from argosy.venues.opensea.hashing import components
from venues.chains import client, now_s, pass_time


def seaport(chain):
    market = catalog.on_chain("opensea", 1337, {"seaport": chain.layout.contracts["seaport"]}).nft
    assert market is not None
    return market


@contextlib.asynccontextmanager
async def nft_world(chain):
    collection, real = chain.contract("collection"), chain.contract("seaport")
    maker = chain.layout.accounts["desk"]

    async def owner_of(token):
        return collection.call("ownerOf", token)

    async def contract_hash(order):
        return "0x" + real.call("getOrderHash", components(order)).hex()

    async def time():
        return now_s(chain)

    async def wait(seconds):
        pass_time(chain, seconds)

    with chain.undone():
        async with client(chain) as desk, client(chain, "rival") as rival:
            yield NftWorld(
                market=seaport(chain),
                maker=desk,
                taker=rival,
                maker_key=KeySigner(private_key("desk")),
                collection=collection.address,
                tokens=tuple(n for n in range(1, 21) if collection.call("ownerOf", n) == maker)[:3],
                money=chain.layout.contracts["token.WETH"],
                owner_of=owner_of,
                contract_hash=contract_hash,
                now_s=time,
                pass_time=wait,
            )


class TestSeaport(NftMarketContract):
    @pytest.fixture(autouse=True)
    def given(self, evm):
        self.chain = evm

    def world(self):
        return nft_world(self.chain)
