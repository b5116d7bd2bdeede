"""Seaport 1.6, the protocol of NFT markets, and a collection of ERC-721 to trade on it."""

from argosy.sandbox.evm.builder import Builder

OWNERS = ("whale_a", "whale_b", "desk", "rival")
EACH = 5


def deploy_seaport(build: Builder) -> None:
    """Deploy both, mint some of the collection, and let Seaport move them for their owners."""
    conduits = build.deploy("seaport.conduits", "ConduitController")
    seaport = build.deploy("seaport", "Seaport", conduits.address)
    collection = build.deploy("collection", "TestERC721")
    number = 1
    for role in OWNERS:
        owner = build.accounts[role]
        for _ in range(EACH):
            collection.send(owner, "mint", owner, number)
            number += 1
        collection.send(owner, "setApprovalForAll", seaport.address, True)
